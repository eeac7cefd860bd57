//! Marks of a recording. Each test says what a user would see if the rule were broken.

use super::saving::Saving;
use super::saving_tests::{saving, second};
use super::test_page::{FRAME_US, Page, TestEffect, h264, reports, setup};
use super::{Call, Effect, Input, Report, Task};
use crate::Error;
use crate::clip::Clip;
use crate::options::{FreezeMode, Options};
use crate::reel::{MOST_MARKS, Mark, Note, ReelRecord, Words, cues};
use crate::time::Media;

fn note(name: &str) -> Note {
    Note { name: name.into(), data: Some("{\"seed\":7}".into()), length_us: None }
}

/// Marks this moment. Gives the mark's time in microseconds from the reel's start, or why there is none.
fn mark(page: &mut Page, name: &str) -> (Result<i64, Error>, Vec<TestEffect>) {
    let effects = page.give(Input::Mark(Call::new(9), note(name)));
    let answer = effects.iter().find_map(|effect| match effect {
        Effect::Marked(call, mark) if *call == Call::new(9) => {
            assert_eq!(mark.note, note(name));
            Some(Ok(mark.time_us))
        }
        Effect::Answer(call, Err(error)) if *call == Call::new(9) => Some(Err(error.clone())),
        _ => None,
    });
    (answer.expect("each call is answered"), effects)
}

/// Names and times, in microseconds.
type Times = Vec<(String, i64)>;

fn times(marks: &[Mark]) -> Times {
    marks.iter().map(|mark| (mark.note.name.to_string(), mark.time_us)).collect()
}

fn expected(marks: &[(&str, i64)]) -> Times {
    marks.iter().map(|(name, time_us)| ((*name).to_owned(), *time_us)).collect()
}

/// The records that were written.
fn records(effects: &[TestEffect]) -> Vec<&ReelRecord> {
    let records = effects.iter().filter_map(|effect| match effect {
        Effect::Disk(Task::Put { reel, .. }) => Some(&**reel),
        _ => None,
    });
    records.collect()
}

/// Ends a recording. Gives the marks that are on disk, and the last that were reported, if any were.
fn stop(page: &mut Page) -> (Times, Option<Times>) {
    let mut effects = page.give(Input::Stop(Call::new(1)));
    while !page.flushes.is_empty() || !page.held.is_empty() {
        effects.extend(page.flush());
    }
    (times(&records(&effects).last().unwrap().marks_from_start()), reported(&effects))
}

/// The last marks that were reported.
fn reported(effects: &[TestEffect]) -> Option<Times> {
    let is_marks = |report: &Report| match report {
        Report::Marks(marks) => Some(times(marks)),
        _ => None,
    };
    reports(effects).into_iter().rev().find_map(is_marks)
}

#[test]
fn a_mark_is_where_the_newest_frame_is() {
    let mut page = Page::new(h264());
    assert_eq!(mark(&mut page, "before").0, Ok(0));
    // The encoder still has them.
    (0..=30).for_each(|n| drop(page.frame(n)));
    page.now_us += 20_000;
    assert_eq!(mark(&mut page, "thirty").0, Ok(30 * FRAME_US));
    page.record(31..60);
    let (on_disk, changed) = stop(&mut page);
    assert_eq!(on_disk, expected(&[("before", 0), ("thirty", 30 * FRAME_US)]));
    assert_eq!(changed, None, "the page has them as they are");
}

// The mark of a new scene was a second behind its first picture, or in the pause.
#[test]
fn a_mark_in_a_pause_is_where_the_recording_continues() {
    let mut page = Page::new(h264());
    page.record(0..30);
    page.give(Input::Pause);
    page.now_us += 5_000_000;
    let end_us = page.progress().time_us;
    assert_eq!(mark(&mut page, "paused").0, Ok(end_us));
    page.now_us += 5_000_000;
    page.give(Input::Resume);
    assert_eq!(mark(&mut page, "resumed").0, Ok(end_us));
    page.record(400..430);
    let (on_disk, _) = stop(&mut page);
    assert_eq!(on_disk, expected(&[("paused", end_us), ("resumed", end_us)]));
    assert_eq!(end_us, 30 * FRAME_US, "the first frame after it is there");
}

/// A sender that repeats one picture from frame 60 to frame 149.
fn frozen(freeze: FreezeMode) -> Page {
    let mut page = Page::with(h264(), Options { freeze, min_shown_us: 0, ..Options::default() });
    page.shows = Some(Box::new(|n| if (60..150).contains(&n) { 60 } else { n }));
    page
}

// The mark stood where the file had another scene by then: half a second after what it marked.
#[test]
fn a_mark_on_frames_that_are_rolled_back_is_where_the_recording_continues() {
    let mut page = frozen(FreezeMode::Cut);
    page.record(0..=75);
    assert_eq!(mark(&mut page, "static").0, Ok(75 * FRAME_US));
    let mut effects = page.record(76..=140);
    let end_us = page.progress().time_us;
    assert!(end_us < 75 * FRAME_US, "they are rolled back: {end_us}");
    assert_eq!(mark(&mut page, "frozen").0, Ok(end_us));
    effects.extend(page.record(141..200));
    assert_eq!(reported(&effects), Some(expected(&[("static", end_us)])), "the other is where the page has it");
    assert_eq!(mark(&mut page, "moves").0, Ok(end_us + 49 * FRAME_US));
    let (on_disk, _) = stop(&mut page);
    assert_eq!(on_disk, expected(&[("static", end_us), ("frozen", end_us), ("moves", end_us + 49 * FRAME_US)]));
}

#[test]
fn a_mark_on_a_picture_that_is_held_keeps_its_time() {
    let mut page = frozen(FreezeMode::Hold);
    page.record(0..=75);
    assert_eq!(mark(&mut page, "static").0, Ok(75 * FRAME_US));
    page.record(76..=140);
    let held = mark(&mut page, "held").0.unwrap();
    assert!((140 * FRAME_US..=141 * FRAME_US).contains(&held), "{held}");
    page.record(141..200);
    assert_eq!(stop(&mut page).0, expected(&[("static", 75 * FRAME_US), ("held", held)]));
}

// A crash right after a mark lost it, though the recording was paused for an hour.
#[test]
fn a_mark_is_written_with_the_next_write_or_at_once() {
    let mut page = Page::new(h264());
    let (_, effects) = mark(&mut page, "early");
    assert!(records(&effects).is_empty(), "there is no reel on disk");
    page.record(0..40);
    let names = |effects: &[TestEffect]| {
        let last = records(effects).last().map(|reel| times(&reel.marks));
        last.map(|marks| marks.into_iter().map(|(name, _)| name).collect::<Vec<_>>())
    };
    let mut ticks = page.tick_after(1000);
    ticks.extend(page.tick_after(1000));
    assert_eq!(names(&ticks), Some(vec!["early".into()]));
    let (_, effects) = mark(&mut page, "second");
    assert!(records(&effects).is_empty(), "it is with the open segment");
    let mut ticks = page.record(40..45);
    ticks.extend(page.tick_after(1000));
    ticks.extend(page.tick_after(1000));
    assert_eq!(records(&ticks).len(), 1, "in one write");
    assert_eq!(names(&ticks), Some(vec!["early".into(), "second".into()]));
    // No frame comes any more.
    let (_, effects) = mark(&mut page, "third");
    assert_eq!(records(&effects).len(), 0);
    let mut ticks = page.tick_after(1000);
    ticks.extend(page.tick_after(1000));
    assert_eq!(names(&ticks).unwrap().len(), 3);
    page.give(Input::Pause);
    page.flush();
    let (_, effects) = mark(&mut page, "paused");
    assert_eq!(names(&effects).unwrap().len(), 4, "nothing else is to be written");
    let mut ticks = page.tick_after(250_000);
    ticks.extend(page.tick_after(250_000));
    assert!(records(&ticks).is_empty(), "once");
}

#[test]
fn marks_are_bounded() {
    let mut page = Page::new(h264());
    page.record(0..2);
    for n in 0..MOST_MARKS {
        assert!(mark(&mut page, &n.to_string()).0.is_ok());
    }
    let error = mark(&mut page, "one more").0.unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("invalid-state", "a reel has at most 10,000 marks"));
    let mut page = Page::new(h264());
    page.record(0..2);
    let large = Note { name: "a".into(), data: Some("1".repeat(15_999).into()), length_us: None };
    let taken = (0..).take_while(|_| {
        let effects = page.give(Input::Mark(Call::new(9), large.clone()));
        effects.iter().any(|effect| matches!(effect, Effect::Marked(..)))
    });
    assert_eq!(taken.count(), 250, "4 MB");
}

#[test]
fn there_is_no_mark_after_the_end() {
    let mut page = Page::new(h264());
    page.record(0..30);
    page.give(Input::Stop(Call::new(1)));
    assert_eq!(mark(&mut page, "ending").0.unwrap_err().code(), "invalid-state");
    while !page.flushes.is_empty() {
        page.flush();
    }
    assert_eq!(mark(&mut page, "ended").0.unwrap_err().code(), "invalid-state");
}

// The last chapter of a file began behind its end, where frames had no place in it.
#[test]
fn no_mark_is_behind_the_end() {
    let mut page = Page::with(h264(), Options { max_bytes: Some(1_000_000), ..Options::default() });
    page.bytes_of = |n| if n == 30 { 2_000_000 } else { 1000 };
    page.record(0..30);
    (30..=33).for_each(|n| drop(page.frame(n)));
    assert_eq!(mark(&mut page, "refused").0, Ok(33 * FRAME_US));
    let mut effects = page.return_one();
    while !page.flushes.is_empty() {
        effects.extend(page.flush());
    }
    let on_disk = times(&records(&effects).last().unwrap().marks_from_start());
    assert_eq!(on_disk, expected(&[("refused", 30 * FRAME_US)]));
    assert_eq!(reported(&effects), Some(on_disk), "the page has what is on disk");
}

// What was marked was gone, and its mark was at the beginning of something else.
#[test]
fn marks_of_what_is_removed_go_and_the_others_are_counted_from_the_start() {
    let options = Options { keep_last_us: Some(2_000_000), max_length_us: None, ..Options::default() };
    let mut page = Page::with(h264(), options);
    page.record(0..30);
    assert_eq!(mark(&mut page, "goes").0, Ok(29 * FRAME_US));
    let mut effects = page.record(30..240);
    let at = page.progress().time_us;
    let (marked, _) = mark(&mut page, "stays");
    assert!(at - FRAME_US * 2 <= marked.clone().unwrap() && marked.clone().unwrap() <= at, "as the progress counts");
    effects.extend(page.record(240..300));
    let (on_disk, _) = stop(&mut page);
    let [(name, time_us)] = &on_disk[..] else { panic!("{on_disk:?}") };
    assert_eq!(name, "stays");
    assert_eq!(page.progress().time_us - time_us, 61 * FRAME_US, "as long before the end as it was made");
    assert_eq!(reported(&effects).unwrap().len(), 1);
}

#[test]
fn what_is_cleared_takes_its_marks_with_it() {
    let mut saving = saving();
    let write = |saving: &mut Saving<u32>, index| {
        saving.write(second(index)).unwrap();
        saving.take_task();
        saving.write_ended(Ok(()));
    };
    let at = Media::from_us;
    for index in 0..3 {
        write(&mut saving, index);
        saving
            .marks()
            .add(note(&index.to_string()), at(i64::from(index) * 1_000_000 + 500_000), at(9_000_000))
            .unwrap();
    }
    saving.write(second(3)).unwrap();
    saving.marks().add(note("3"), at(3_500_000), at(9_000_000)).unwrap();
    saving.take_task();
    assert_eq!(saving.cleared(Some(4), None), 90);
    let Some(Task::Put { reel, .. }) = saving.take_task() else { panic!("it is written again") };
    assert_eq!((times(&reel.marks), reel.start_us), (expected(&[("3", 3_500_000)]), 2_999_970));
    assert_eq!(times(&reel.marks_from_start()), expected(&[("3", 500_030)]));
}

#[test]
fn a_reel_that_is_resumed_keeps_its_marks() {
    let mut setup = setup(h264(), Options::default());
    setup.reel.marks = vec![Mark { time_us: 1_500_000, note: note("before") }].into();
    let entry =
        crate::reel::Entry { index: 0, frames: 60, bytes: 60_000, start_us: 0, end_us: 2_000_000, key_us: Some(0) };
    setup.contents.put(entry);
    let mut page = Page::of(setup);
    assert_eq!(mark(&mut page, "resumed").0, Ok(2_000_000));
    page.record(0..30);
    assert_eq!(mark(&mut page, "after").0, Ok(2_000_000 + 29 * FRAME_US));
    let (on_disk, changed) = stop(&mut page);
    let all = [("before", 1_500_000), ("resumed", 2_000_000), ("after", 2_000_000 + 29 * FRAME_US)];
    assert_eq!((on_disk, changed), (expected(&all), None));
}

// Chapters of a part that was exported during a freeze were behind its end.
#[test]
fn an_export_has_the_marks_that_there_are() {
    let mut page = Page::new(h264());
    page.record(0..60);
    mark(&mut page, "a").0.unwrap();
    let effects = page.give(Input::Export(Call::new(2), Clip::default()));
    let effects = effects.into_iter().chain(page.flush());
    let marks = effects.filter_map(|effect| match effect {
        Effect::Export { snapshot, .. } => Some(times(&snapshot.reel.marks)),
        _ => None,
    });
    assert_eq!(marks.collect::<Vec<_>>(), [expected(&[("a", 59 * FRAME_US)])]);
}

#[test]
fn marks_of_sound_alone_are_at_its_end() {
    let mut setup = setup(h264(), Options::default());
    setup.beginning.is_sound_alone = true;
    let mut page = Page::of(setup);
    assert_eq!(mark(&mut page, "before").0, Ok(0));
}

// A file that may have a million bytes had more, by the names of its chapters.
#[test]
fn marks_count_as_part_of_the_file() {
    let length = |marks: usize| {
        let options = Options { max_bytes: Some(1_000_000), freeze: FreezeMode::Keep, ..Options::default() };
        let mut page = Page::with(h264(), options);
        page.record(0..5);
        (0..marks).for_each(|_| drop(mark(&mut page, &"x".repeat(200))));
        page.record(5..1200);
        page.progress().frames
    };
    let (without, with) = (length(0), length(500));
    assert!(without - with >= 200, "{without} {with}");
}

// The second of two marks was before the first: frames were missing, and had counted as a freeze.
#[test]
fn no_mark_is_before_one_that_was_made_before_it() {
    let mut page = frozen(FreezeMode::Cut);
    page.record(0..=59);
    page.tick_after(3_000_000);
    let frozen = mark(&mut page, "frozen").0.unwrap();
    assert_eq!(frozen, page.progress().time_us);
    page.give(Input::Missed(8));
    assert_eq!(mark(&mut page, "missed").0, Ok(frozen));
}

/// Adds words now, or from a time of the reel to another, in microseconds. Gives when they begin.
fn cue(page: &mut Page, text: &str, from_us: Option<i64>, to_us: Option<i64>) -> Result<i64, Error> {
    let words = Words { text: text.into(), from_us, to: to_us.map(|us| (us, "then".into())) };
    let effects = page.give(Input::Cue(Call::new(8), words));
    let answer = effects.iter().find_map(|effect| match effect {
        Effect::Marked(call, mark) if *call == Call::new(8) => Some(Ok(mark.time_us)),
        Effect::Answer(call, Err(error)) if *call == Call::new(8) => Some(Err(error.clone())),
        _ => None,
    });
    let answer = answer.expect("each call is answered");
    // Other words may have ended with these.
    assert_eq!(answer.is_ok(), reported(&effects).is_some(), "the page has all of them");
    answer
}

/// The words of a reel on disk: when they begin and end, in microseconds from its start.
fn words(reel: &ReelRecord) -> Vec<(String, i64, i64)> {
    let cues = cues(&reel.marks_from_start(), 0, reel.duration_us);
    cues.into_iter().map(|cue| (cue.text.to_string(), cue.from_us, cue.to_us)).collect()
}

/// Ends a recording. Gives its record.
fn ended(page: &mut Page) -> ReelRecord {
    let mut effects = page.give(Input::Stop(Call::new(1)));
    while !page.flushes.is_empty() || !page.held.is_empty() {
        effects.extend(page.flush());
    }
    ReelRecord::clone(records(&effects).last().unwrap())
}

#[test]
fn words_last_until_the_next_ones_or_the_end() {
    let mut page = Page::new(h264());
    page.record(0..=30);
    assert_eq!(cue(&mut page, "one", None, None), Ok(30 * FRAME_US));
    page.record(31..=60);
    assert_eq!(cue(&mut page, "two", None, None), Ok(60 * FRAME_US));
    page.record(61..=90);
    assert_eq!(cue(&mut page, "", None, None), Ok(90 * FRAME_US));
    assert_eq!(cue(&mut page, "before", Some(15 * FRAME_US), Some(20 * FRAME_US)), Ok(15 * FRAME_US));
    page.record(91..=119);
    assert_eq!(cue(&mut page, "last", None, None), Ok(119 * FRAME_US));
    let reel = ended(&mut page);
    let us = |n: i64| n * FRAME_US;
    let expected = [("before", 15, 20), ("one", 30, 60), ("two", 60, 90), ("last", 119, 120)];
    assert_eq!(words(&reel), expected.map(|(text, from, to)| (text.to_owned(), us(from), us(to))));
}

// A caption stood where the file had another scene by then.
#[test]
fn words_move_with_the_frames_that_are_rolled_back_and_stay_as_long() {
    let mut page = frozen(FreezeMode::Cut);
    page.record(0..=75);
    let second_us = 1_000_000;
    assert_eq!(cue(&mut page, "static", None, Some(75 * FRAME_US + second_us)), Ok(75 * FRAME_US));
    page.record(76..=140);
    let end_us = page.progress().time_us;
    page.record(141..200);
    assert_eq!(words(&ended(&mut page)), [("static".to_owned(), end_us, end_us + second_us)]);
}

// Only the last seconds were kept, and what was being said in them was gone.
#[test]
fn words_that_last_stay_with_what_is_kept() {
    let options = Options { keep_last_us: Some(2_000_000), max_length_us: None, ..Options::default() };
    let mut page = Page::with(h264(), options);
    page.record(0..30);
    cue(&mut page, "goes", None, None).unwrap();
    page.record(30..60);
    cue(&mut page, "lasts", None, None).unwrap();
    page.record(60..300);
    let reel = ended(&mut page);
    assert_eq!(words(&reel), [("lasts".to_owned(), 0, reel.duration_us)]);
}

#[test]
fn words_that_are_none_are_refused_and_they_count_with_the_marks() {
    let mut page = Page::new(h264());
    page.record(0..=30);
    let error = cue(&mut page, "a", None, Some(30 * FRAME_US)).unwrap_err();
    assert_eq!(error.to_string(), "to: then is not valid; it must be later than from");
    for n in 0..MOST_MARKS - 1 {
        mark(&mut page, &n.to_string()).0.unwrap();
    }
    assert_eq!(cue(&mut page, "a", None, None), Ok(30 * FRAME_US));
    assert_eq!(cue(&mut page, "b", None, None).unwrap_err().code(), "invalid-state");
    page.give(Input::Stop(Call::new(1)));
    assert_eq!(cue(&mut page, "late", None, None).unwrap_err().code(), "invalid-state");
}

// A file that may have a million bytes had more: what lasted for an hour was in it with each of the other words.
#[test]
fn words_count_as_often_as_the_file_has_them() {
    let length = |cues: i64| {
        let options = Options { max_bytes: Some(1_000_000), freeze: FreezeMode::Keep, ..Options::default() };
        let mut page = Page::with(h264(), options);
        page.record(0..30);
        for n in 0..cues {
            cue(&mut page, "short", Some(n * 3000 + 1000), Some(n * 3000 + 2000)).unwrap();
        }
        cue(&mut page, &"x".repeat(1000), Some(0), Some(3_600_000_000)).unwrap();
        page.record(30..1200);
        page.progress().frames
    };
    let (alone, among) = (length(0), length(250));
    assert!(alone > 500 && among < alone * 6 / 10, "{alone} {among}");
}
