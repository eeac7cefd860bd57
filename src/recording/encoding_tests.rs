//! Short sequences of inputs in which an encoder is slow, idle or replaced. Each says what a user saw, or would see if the rule were
//! broken.

use super::test_page::{FRAME_US, Page, TestEffect, closes, encoded, h264, slow_hardware, written};
use super::{Effect, Input, Task};
use crate::Error;
use crate::codec::Place;
use crate::codec::colour::{BT709, SRGB};

// A hardware encoder that answered in the first moments took over from one that had returned nothing yet: the first frame was lost.
#[test]
fn a_better_encoder_waits_for_the_first_chunk() {
    let mut page = Page::new(slow_hardware());
    assert_eq!(encoded(&page.frame(0)), [(0, true)]);
    page.give(Input::SlowAnswered(true));
    let second = page.frame(1);
    assert!(!closes(&second), "{second:?}");
    page.return_one();
    assert_eq!((page.progress().frames, page.progress().drops.all()), (1, 0));
}

// What the encoder held was lost each time when another took over.
#[test]
fn a_better_encoder_takes_over_at_a_key_frame_once_the_one_at_work_is_empty() {
    let mut page = Page::new(slow_hardware());
    page.record(0..60);
    page.give(Input::SlowAnswered(true));
    page.frame(60);
    // A key frame is due, and one frame is in the encoder.
    assert_eq!(encoded(&page.frame(61)), [(61, false)]);
    assert_eq!(page.flushes.len(), 1);
    page.flush();
    let taken_over = page.frame(62);
    assert!(closes(&taken_over), "{taken_over:?}");
    assert_eq!(encoded(&taken_over), [(62, true)]);
    let is_better = |effect: &Effect<_, _>| matches!(effect, Effect::Open { number: 2, setup } if setup.candidate.place == Place::Hardware);
    assert!(taken_over.iter().any(is_better), "{taken_over:?}");
    let is_trial_over = |effect: &Effect<_, _>| matches!(effect, Effect::CloseTrial);
    assert!(!taken_over.iter().any(is_trial_over), "the trial keeps it warm until it has returned something");
    assert!(page.return_one().iter().any(is_trial_over));
    assert_eq!((page.progress().frames, page.progress().drops.all()), (63, 0));
}

// An encoder on the processor that is never empty kept the hardware from its turn for the whole recording.
#[test]
fn a_better_encoder_takes_over_from_one_that_is_always_behind() {
    let mut page = Page::new(slow_hardware());
    page.record(0..60);
    page.give(Input::SlowAnswered(true));
    page.frame(60);
    let closed = (61..200).find(|&n| {
        let effects = page.frame(n);
        page.return_one();
        closes(&effects)
    });
    // Four seconds after the segment began.
    assert_eq!(closed, Some(121));
    assert_eq!(page.flushes.len(), 1, "it was asked for its frames once");
    assert_eq!(page.progress().drops.encoder, 1);
}

// The hardware had failed, software was at work, and then an answer of the hardware from before had it take over.
#[test]
fn a_slow_encoder_is_closed_if_it_does_not_work_or_another_has_failed_meanwhile() {
    let is_closed = |effects: &[Effect<i64, i64>]| effects.iter().any(|effect| matches!(effect, Effect::CloseTrial));
    let mut page = Page::new(slow_hardware());
    page.record(0..10);
    assert!(is_closed(&page.give(Input::SlowAnswered(false))));
    let mut page = Page::new(slow_hardware());
    page.record(0..10);
    page.give(Input::Failed(1, Error::EncoderLost { reason: "it died".into() }));
    assert!(is_closed(&page.give(Input::SlowAnswered(true))));
    let mut page = Page::new(slow_hardware());
    page.record(0..10);
    assert!(!is_closed(&page.give(Input::SlowAnswered(true))));
}

// Each encoder in turn was opened with the profile that has pictures returned out of their order.
#[test]
fn a_profile_that_reorders_pictures_is_not_asked_for_again() {
    let mut page = Page::new(h264());
    page.record(0..10);
    page.frame(10);
    page.frame(11);
    page.held.swap(0, 1);
    page.return_one();
    let asked = page.return_one();
    let profiles = asked.iter().filter_map(|effect| match effect {
        Effect::AskEncoder { setup, .. } => Some(setup.candidate.profile),
        _ => None,
    });
    assert_eq!(profiles.collect::<Vec<_>>(), [1]);
}

// Otherwise the colours of a file change where an encoder failed, or where it was resumed.
#[test]
fn every_encoder_of_a_reel_makes_pictures_of_the_colours_of_its_first() {
    let palettes = |effects: &[TestEffect]| {
        let palettes = effects.iter().filter_map(|effect| match effect {
            Effect::Open { setup, .. } => setup.palette.map(|palette| palette.colour),
            _ => None,
        });
        palettes.collect::<Vec<_>>()
    };
    let mut page = Page::new(slow_hardware());
    assert_eq!(palettes(&page.record(0..10)), [BT709]);
    page.give(Input::Failed(1, Error::EncoderLost { reason: "it died".into() }));
    assert_eq!(palettes(&page.record(10..20)), [BT709], "in the place of one that failed");
    let mut page = Page::new(slow_hardware());
    page.record(0..10);
    page.give(Input::SlowAnswered(true));
    assert_eq!(palettes(&page.record(10..200)), [BT709], "the better one");
    let mut resumed = Page::resumed(320, 180);
    assert_eq!(palettes(&resumed.record(0..10)), [SRGB], "what the reel had before");
}

// WebKitGTK describes what it makes of red, green and blue as BT.601. A reel that was resumed there was converted, frozen and grey.
#[test]
fn a_reel_notes_that_its_pictures_were_made_of_red_green_and_blue() {
    for (colour, expected) in [(None, true), (Some(BT709), false)] {
        let mut page = Page::new(h264());
        page.colour = colour;
        let effects = page.record(0..90);
        let noted = effects.iter().find_map(|effect| match effect {
            Effect::Disk(Task::Put { reel, .. }) => reel.video.last().map(|config| config.is_of_rgb),
            _ => None,
        });
        assert_eq!(noted, Some(expected), "{colour:?}");
    }
}

// An encoder that looks ahead made a key frame of each frame until the first was returned.
#[test]
fn a_key_frame_is_asked_for_once_until_it_is_returned() {
    let mut page = Page::new(h264());
    page.record(0..1);
    let mut keys = Vec::new();
    for n in 1..=66 {
        keys.extend(encoded(&page.frame(n)).into_iter().filter(|(_, key)| *key));
        if page.held.len() > 5 {
            // It heeds no such wish.
            page.held[0].key = false;
            page.return_one();
        }
    }
    assert_eq!(keys, [(61, true)]);
    assert_eq!(encoded(&page.frame(67)), [(67, true)], "it is asked for again");
}

// A crash lost two seconds, since Firefox's encoder looks 40 frames ahead.
#[test]
fn an_encoder_that_holds_many_frames_is_asked_for_them_when_the_segment_is_saved() {
    let mut page = Page::new(h264());
    (0..11).for_each(|n| drop(page.frame(n)));
    page.tick_after(0);
    page.tick_after(0);
    assert_eq!(page.flushes.len(), 0);
    page.frame(11);
    page.tick_after(0);
    page.tick_after(0);
    page.tick_after(0);
    page.tick_after(0);
    assert_eq!(page.flushes.len(), 1, "once");
    page.flush();
    assert_eq!((page.progress().frames, page.progress().drops.all()), (12, 0));
}

// Chunks without a key frame before them were in the file: nothing could decode it.
#[test]
fn output_before_a_key_frame_is_dropped_counted_and_followed_by_one() {
    let mut page = Page::new(h264());
    page.frame(0);
    page.held[0].key = false;
    page.return_one();
    assert_eq!((page.progress().frames, page.progress().drops.encoder), (0, 1));
    assert_eq!(encoded(&page.frame(1)), [(1, true)]);
    page.return_one();
    assert_eq!((page.progress().frames, page.progress().drops.encoder), (1, 1));
}

// The frames that an encoder swallows counted as in it for ever, until none was given to it any more.
#[test]
fn frames_that_an_encoder_keeps_after_a_flush_are_counted_as_lost() {
    let mut page = Page::new(h264());
    (0..14).for_each(|n| drop(page.frame(n)));
    page.tick_after(0);
    page.tick_after(0);
    (0..2).for_each(|_| drop(page.return_one()));
    page.held.clear();
    page.flush();
    let progress = page.progress();
    assert_eq!((progress.frames, progress.drops.encoder, progress.received), (2, 12, 14));
    page.record(14..20);
    assert_eq!((page.progress().frames, page.progress().drops.encoder), (8, 12));
}

// Chromium has few hardware encoders: a recording in a pause kept one from a video call.
#[test]
fn an_idle_encoder_is_released_after_five_seconds_and_opened_again_when_it_is_needed() {
    let mut page = Page::new(h264());
    page.record(0..30);
    page.give(Input::Pause);
    page.flush();
    page.now_us = 29 * FRAME_US;
    assert!(!closes(&page.tick_after(5_000_000)));
    assert!(closes(&page.tick_after(1)));
    page.give(Input::Resume);
    let resumed = page.record([240]);
    assert!(resumed.iter().any(|effect| matches!(effect, Effect::Open { number: 2, .. })), "{resumed:?}");
    assert_eq!(encoded(&resumed), [(240, true)]);
    assert_eq!((page.progress().frames, page.progress().drops.all()), (31, 0));
}

// The last frames before a freeze lay in the encoder for as long as it lasted, and a crash lost them.
#[test]
fn what_came_before_a_freeze_is_written_while_it_lasts() {
    let mut page = Page::new(h264());
    page.record(0..30);
    page.frame(30);
    page.tick_after(500_000);
    assert_eq!(page.flushes.len(), 0);
    page.tick_after(1_000_000);
    page.tick_after(250_000);
    assert_eq!(page.flushes.len(), 1, "once");
    assert_eq!(written(&page.flush())[0].payload, (0..=30).collect::<Vec<_>>());
}

#[test]
fn the_encoder_of_a_frozen_sender_is_released_as_well() {
    let mut page = Page::new(h264());
    page.record(0..30);
    page.tick_after(2_000_000);
    page.flush();
    page.now_us = 29 * FRAME_US;
    assert!(closes(&page.tick_after(5_000_001)));
}

#[test]
fn an_encoder_that_still_holds_a_frame_is_not_released() {
    let mut page = Page::new(h264());
    page.record(0..30);
    page.frame(30);
    page.give(Input::Pause);
    assert!(!closes(&page.tick_after(5_000_001)));
    page.flush();
    assert_eq!(page.progress().frames, 31);
    assert!(closes(&page.tick_after(1)));
}
