//! A store that somebody clears while it is written. Each test says what a user would see if the rule were broken.

use super::saving::Saving;
use super::saving_tests::{saving, second};
use super::test_page::{Page, TestEffect, h264, written};
use super::{Call, Effect, Input, Report, Task};
use crate::clip::Clip;
use crate::reel::{Segment, Track};

/// The indexes of the segments that a task writes, and those that it removes.
fn put(task: Option<Task<u32>>) -> (Option<u32>, [std::ops::Range<u32>; 2]) {
    let Some(Task::Put { segment, removed, .. }) = task else { panic!("{task:?}") };
    (segment.map(|segment| segment.index), removed.video)
}

/// So many segments of a second, all of them written.
fn on_disk(count: u32) -> Saving<u32> {
    let mut saving = saving();
    for index in 0..count {
        saving.write(second(index)).unwrap();
        saving.take_task();
        saving.write_ended(Ok(()));
    }
    saving
}

// What waited for the disk went with what was there.
#[test]
fn what_is_in_memory_is_written_again() {
    let mut saving = on_disk(3);
    saving.write(second(3)).unwrap();
    saving.write(second(4)).unwrap();
    saving.take_task();
    assert_eq!(saving.cleared(Some(5), None), 90, "three seconds are gone");
    assert_eq!(put(saving.take_task()), (Some(3), [0..3, 4..u32::MAX]));
    saving.write_ended(Ok(()));
    assert_eq!(put(saving.take_task()), (Some(4), [0..3, 5..u32::MAX]));
    saving.write_ended(Ok(()));
    assert!(saving.is_settled());
    assert_eq!((saving.contents().frames(), saving.forgotten()), (60, 90));
}

// The segment that grows was written already, and was lost in part.
#[test]
fn the_open_segment_is_written_whole() {
    let mut saving = on_disk(1);
    saving.write_open(&second(1));
    saving.take_task();
    saving.write_ended(Ok(()));
    assert_eq!(saving.cleared(Some(1), None), 30);
    assert!(saving.take_task().is_none());
    saving.write_open(&second(1));
    assert_eq!(put(saving.take_task()).0, Some(1));
}

// Files that were merged later would lack what was removed, and what was not.
#[test]
fn what_is_left_is_merged_among_itself() {
    let mut saving = saving();
    for index in 0..60 {
        saving.write(second(index)).unwrap();
        saving.take_task();
        if index == 20 {
            saving.cleared(Some(21), None);
            saving.take_task();
        }
        saving.write_ended(Ok(()));
        saving.merge(Track::Video, index);
        match saving.take_task() {
            Some(Task::Merge { indexes, .. }) => {
                assert!(indexes.video.start == 0 || indexes.video.start >= 32, "{indexes:?}");
                saving.write_ended(Ok(()));
            }
            task => assert!(task.is_none()),
        }
    }
}

// A user who cleared a site's data had an error that ended the recording, and no file.
#[test]
fn the_recording_continues_and_the_loss_is_reported_once() {
    let mut page = Page::new(h264());
    page.record(0..130);
    page.tick_after(0);
    // The page answers every task as done; this one is answered otherwise.
    let cleared = page.give(Input::Cleared);
    let failures = |effects: &[TestEffect]| {
        effects.iter().filter(|effect| matches!(effect, Effect::Report(Report::Failure(_)))).count()
    };
    assert_eq!(failures(&cleared), 1);
    let mut effects = page.record(130..200);
    effects.extend(page.tick_after(0));
    effects.extend(page.tick_after(0));
    assert_eq!(failures(&effects), 0);
    assert_ne!(written(&effects).len(), 0);
    let exported = page.give(Input::Export(Call::new(1), Clip::default()));
    let flushed = page.flush();
    let is_export = |effect: &TestEffect| matches!(effect, Effect::Export { .. });
    assert!(exported.iter().chain(&flushed).any(is_export));
    let progress = page.progress();
    assert!(progress.frames < 200 && progress.frames > 60, "{progress:?}");
    assert_eq!((progress.received, progress.drops.all()), (200, 0));
}

// A reel had a hole, over which the picture before it was held, and nothing was reported.
#[test]
fn what_is_in_memory_before_a_hole_is_gone_too() {
    let mut saving = on_disk(5);
    // The size rose: the first three are re-encoded, and wait.
    (0..3).for_each(|index| saving.replace(second(index)));
    saving.take_task();
    assert_eq!(saving.cleared(Some(5), None), 150, "all five");
    assert_eq!(put(saving.take_task()), (None, [0..0, 0..u32::MAX]), "the first may be there");
    assert_eq!((saving.contents().frames(), saving.forgotten()), (0, 150));
}

// What was re-encoded while a later segment was being written came behind it, and the frames between were in no count.
#[test]
fn what_is_written_again_keeps_its_order() {
    let mut saving = on_disk(1);
    saving.write(second(1)).unwrap();
    saving.take_task();
    saving.replace(second(0));
    assert_eq!(saving.cleared(Some(2), None), 0);
    assert_eq!(put(saving.take_task()).0, Some(0));
    saving.write_ended(Ok(()));
    assert_eq!(put(saving.take_task()).0, Some(1));
}

// A picture froze, the store was cleared, and the repeats were rolled back: what came before them was counted twice.
#[test]
fn the_segment_that_was_closed_last_is_in_memory_too() {
    let mut saving = on_disk(2);
    assert_eq!(saving.cleared(None, Some(second(1))), 30, "the first");
    assert_eq!(put(saving.take_task()).0, Some(1));
    // One of another configuration was re-encoded.
    let mut saving = on_disk(1);
    assert_eq!(saving.cleared(None, Some(Segment { config: 1, ..second(0) })), 30);
}
