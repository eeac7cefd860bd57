//! Frames that are recorded as they were received.

use super::test_page::{FRAME_US, GRAINY, Page, TestEffect, TestInput, frame, h264, received_config, reports, written};
use super::{Call, Effect, Input, Report};
use crate::clip::Clip;
use crate::options::{FreezeMode, Options};
use crate::received::Shown;
use crate::time::Wall;
use std::ops::Range;

fn asks(effects: &[TestEffect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::AskKeyFrame)).count()
}

/// The frames of a file of all that there is, and which of them are key frames.
fn exported(page: &mut Page) -> (Vec<i64>, Vec<i64>) {
    let effects = page.give(Input::Export(Call::new(1), Clip::default()));
    let snapshot = effects.iter().find_map(|effect| match effect {
        Effect::Export { snapshot, .. } => Some(snapshot),
        _ => None,
    });
    let (mut frames, mut keys) = (Vec::new(), Vec::new());
    // The disk of these tests keeps nothing: what was written is gone, and what was not is here.
    for segment in snapshot.iter().flat_map(|snapshot| &snapshot.newest) {
        for (&frame, sample) in segment.payload.iter().zip(segment.table.samples()) {
            frames.push(frame);
            keys.extend(sample.key.then_some(frame));
        }
    }
    (frames, keys)
}

/// The frame with this number, decoded.
fn decoded(n: i64, rtp: u32) -> TestInput {
    let mut input = frame(n, (1280, 720));
    if let Input::Frame(received) = &mut input {
        received.arrival.rtp = Some(rtp);
    }
    input
}

fn unfit(effects: &[TestEffect]) -> Vec<&'static str> {
    let reasons = reports(effects).into_iter().filter_map(|report| match report {
        Report::Unfit(reason) => Some(*reason),
        _ => None,
    });
    reasons.collect()
}

#[test]
fn what_is_received_is_what_is_recorded_from_its_first_key_frame_on() {
    let mut page = Page::new(h264());
    let effects = page.receive(0..60, &[4]);
    assert_eq!(exported(&mut page), ((4..60).collect(), vec![4]));
    assert_eq!(asks(&effects), 1, "it was asked for at once");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::AskEncoder { .. } | Effect::Inspect { .. })));
    let progress = page.progress();
    assert_eq!((progress.drops.network, progress.frames, progress.received), (4, 56, 60));
    assert_eq!((progress.width, progress.height, progress.codec.as_str()), (1280, 720, "avc1.42e01f"));
    // It begins with the key frame.
    assert!((progress.time_us - 56 * FRAME_US).abs() < FRAME_US / 2, "{}", progress.time_us);
}

// A sender that makes one key frame made one segment of an hour.
#[test]
fn segments_of_two_seconds_need_no_key_frames() {
    let mut page = Page::new(h264());
    let effects = page.receive(0..280, &[0]);
    let segments = written(&effects);
    let starts: Vec<_> = segments.iter().map(|segment| (segment.payload[0], segment.table.samples()[0].key)).collect();
    assert_eq!(starts.iter().map(|(_, key)| *key).collect::<Vec<_>>(), [true, false, false, false]);
    let all: Vec<i64> = segments.iter().flat_map(|segment| segment.payload.clone()).collect();
    assert_eq!(all, (0..all.len() as i64).collect::<Vec<_>>());
}

#[test]
fn a_key_frame_is_asked_for_every_ten_seconds() {
    let mut page = Page::new(h264());
    assert_eq!(asks(&page.receive(0..299, &[0])), 0);
    assert_eq!(asks(&page.receive(299..304, &[0])), 1);
    assert_eq!(asks(&page.receive(304..310, &[306])), 0);
    let mut page = Page::with(h264(), Options { key_frame_interval_us: 1_000_000, ..Options::default() });
    assert_eq!(asks(&page.receive(0..300, &[0])), 15, "again each 600 ms where none comes");
}

// A user cleared the site's data, and had no file of what came in the ten seconds after that.
#[test]
fn where_no_key_frame_is_left_of_a_reel_another_is_asked_for_at_once() {
    let mut page = Page::new(h264());
    page.receive(0..130, &[0]);
    page.tick_after(0);
    assert_eq!(asks(&page.give(Input::Cleared)), 1);
    page.receive(130..200, &[140]);
    assert_eq!(page.progress().drops.network, 10);
    let (frames, keys) = exported(&mut page);
    assert_eq!(keys, [140]);
    assert!(frames.ends_with(&[197, 198, 199]), "{frames:?}");
    // One that is left is enough.
    page.receive(200..230, &[210]);
    assert_eq!(asks(&page.give(Input::Cleared)), 0);
    page.receive(230..240, &[]);
    assert_eq!(page.progress().drops.network, 10);
}

#[test]
fn a_pause_ends_before_a_key_frame_and_takes_no_time() {
    let mut page = Page::new(h264());
    page.receive(0..30, &[0]);
    page.give(Input::Pause);
    assert_eq!(asks(&page.receive(30..60, &[])), 0, "none is needed yet");
    assert_eq!(asks(&page.give(Input::Resume)), 1);
    page.receive(60..90, &[63]);
    assert_eq!(exported(&mut page).1, [63]);
    let progress = page.progress();
    assert_eq!((progress.drops.paused, progress.drops.network, progress.frames), (30, 3, 57));
    assert!((progress.time_us - 57 * FRAME_US).abs() < 2 * FRAME_US, "{}", progress.time_us);
}

// The frames after a lost one are grey, or smeared.
#[test]
fn what_needs_a_lost_frame_is_not_in_the_file_and_its_time_is() {
    let mut page = Page::new(h264());
    page.receive(0..10, &[0]);
    let effects = page.sample(10, |sample| sample.is_decodable = false);
    assert_eq!(asks(&effects), 1);
    page.receive(11..30, &[20]);
    assert_eq!(exported(&mut page), ((0..10).chain(20..30).collect(), vec![0, 20]));
    let progress = page.progress();
    assert_eq!(progress.drops.network, 10);
    assert!((progress.time_us - 30 * FRAME_US).abs() < FRAME_US / 2, "{}", progress.time_us);
}

/// A page that shows what it receives: another picture in each frame, but for these.
fn watched(still: Range<i64>, options: Options) -> Page {
    let mut page = Page::with(h264(), options);
    page.shows = Some(Box::new(move |n| if still.contains(&n) { still.start - 1 } else { n }));
    page
}

// A freeze whose repeats are proven can be cut without a key frame: nothing refers to what is omitted.
#[test]
fn repeats_are_cut_exactly_and_no_key_frame_is_asked_for() {
    let mut page = watched(60..160, Options::default());
    page.receive(0..60, &[0]);
    let mut effects = Vec::new();
    for n in 60..160 {
        effects.extend(page.sample(n, |sample| sample.is_repeat = true));
    }
    assert!(reports(&effects).iter().any(|report| matches!(report, Report::Freeze(freeze) if !freeze.ended)));
    let omitted: u32 =
        effects.iter().map(|effect| if let Effect::Omitted(frames) = effect { *frames } else { 0 }).sum();
    assert_eq!(omitted, 100);
    effects.extend(page.receive(160..200, &[]));
    assert_eq!(asks(&effects), 0);
    let progress = page.progress();
    assert_eq!((progress.drops.freeze, progress.drops.network, progress.frames), (100, 0, 100));
    assert!((progress.time_us - 100 * FRAME_US).abs() < 2 * FRAME_US, "{}", progress.time_us);
    let all: Vec<i64> = exported(&mut page).0;
    assert!(all.ends_with(&(160..200).collect::<Vec<_>>()) && !all.contains(&60), "{all:?}");
}

// x264's frames of a static picture prove nothing: they stayed in the file, for as long as a sender was paused.
#[test]
fn a_freeze_that_is_seen_ends_with_a_key_frame_that_is_asked_for_as_motion_returns() {
    let mut page = watched(60..160, Options::default());
    let effects = page.receive(0..160, &[0]);
    assert_eq!(asks(&effects), 0);
    assert!(reports(&effects).iter().any(|report| matches!(report, Report::Freeze(freeze) if !freeze.ended)));
    assert_eq!(asks(&page.receive(160..161, &[])), 1);
    let effects = page.receive(161..200, &[163]);
    assert!(reports(&effects).iter().any(|report| matches!(report, Report::Freeze(freeze) if freeze.ended)));
    assert_eq!(asks(&effects), 0);
    let progress = page.progress();
    assert_eq!((progress.drops.freeze, progress.drops.network, progress.frames), (100, 3, 97));
    assert!((progress.time_us - 97 * FRAME_US).abs() < 2 * FRAME_US, "{}", progress.time_us);
    let (frames, keys) = exported(&mut page);
    assert!(frames.ends_with(&(163..200).collect::<Vec<_>>()) && !frames.contains(&60), "{frames:?}");
    assert_eq!(keys.last(), Some(&163));
}

// A fade after a freeze was lost for two seconds: what fades does not move for certain, and until then no key frame was asked for.
#[test]
fn a_key_frame_is_asked_for_at_once_where_a_freeze_may_have_ended() {
    let mut page = watched(60..160, Options::default());
    // A little darker each time.
    page.shows = Some(Box::new(|n| if n < 60 { n } else { 59 + 48 * (n - 159).clamp(0, 15) }));
    assert_eq!(asks(&page.receive(0..160, &[0])), 0);
    assert_eq!(asks(&page.receive(160..161, &[])), 1);
    page.receive(161..180, &[163]);
    let progress = page.progress();
    assert_eq!((progress.drops.freeze, progress.drops.network, progress.frames), (100, 3, 77));
    let (frames, keys) = exported(&mut page);
    assert!(frames.ends_with(&(163..180).collect::<Vec<_>>()), "{frames:?}");
    assert_eq!(keys.last(), Some(&163));
}

// A codec's noise looks like the end of a freeze for a moment.
#[test]
fn a_key_frame_that_shows_what_was_frozen_is_rolled_back() {
    let mut page = watched(60..160, Options::default());
    page.shows = Some(Box::new(|n| match n {
        ..60 => n,
        160 => GRAINY + 59,
        _ => 59,
    }));
    page.receive(0..160, &[0]);
    assert_eq!(asks(&page.receive(160..163, &[])), 1);
    page.receive(163..164, &[163]);
    assert_eq!(page.progress().frames, 61);
    let effects = page.receive(164..260, &[]);
    assert_eq!(asks(&effects), 0);
    assert!(!reports(&effects).iter().any(|report| matches!(report, Report::Freeze(_))), "it is the same freeze");
    let progress = page.progress();
    assert_eq!((progress.drops.freeze, progress.drops.network, progress.frames), (197, 3, 60));
}

// The picture that has changed may be static again before the key frame is there.
#[test]
fn what_has_moved_is_in_the_file_though_it_is_static_again() {
    let mut page = watched(60..160, Options::default());
    page.shows = Some(Box::new(|n| match n {
        60..160 => 59,
        162.. => 161,
        _ => n,
    }));
    page.receive(0..160, &[0]);
    assert_eq!(asks(&page.receive(160..164, &[])), 1);
    page.receive(164..260, &[164]);
    let progress = page.progress();
    assert_eq!((progress.drops.network, progress.frames), (4, 61));
    assert_eq!(exported(&mut page).1.last(), Some(&164));
}

#[test]
fn frames_that_are_not_shown_are_what_those_around_them_are() {
    let mut page = watched(60..160, Options::default());
    for n in 0..200 {
        page.sample(n, |sample| {
            sample.key = n == 0 || n == 160;
            if n % 3 == 0 && n > 0 {
                sample.shown = Shown::Skipped;
            }
        });
    }
    let progress = page.progress();
    assert_eq!((progress.drops.freeze, progress.drops.network, progress.frames), (100, 0, 100));
}

// A frame that was not shown before a silence was taken for a repeat, and those behind it could not be decoded.
#[test]
fn a_frame_that_was_not_shown_before_a_silence_stays() {
    let mut page = watched(0..0, Options::default());
    page.receive(0..60, &[0]);
    page.sample(60, |sample| sample.shown = Shown::Skipped);
    page.now_us = 130 * FRAME_US;
    page.give(Input::Coming(Wall::from_us(page.now_us)));
    page.receive(130..160, &[]);
    let progress = page.progress();
    assert_eq!((progress.drops.freeze, progress.drops.network, progress.frames), (0, 0, 91));
}

// A page that shows nothing any more lost all that came after a freeze.
#[test]
fn a_freeze_ends_where_no_pictures_come_any_more() {
    let mut page = watched(60..160, Options::default());
    page.receive(0..160, &[0]);
    for n in 160..200 {
        page.sample(n, |sample| (sample.key, sample.shown) = (n == 162, Shown::Unknown));
    }
    let progress = page.progress();
    assert_eq!((progress.drops.freeze, progress.drops.network, progress.frames), (100, 2, 98));
}

// A reader gives nothing that can be decoded behind a loss, so that nothing was looked at any more.
#[test]
fn a_loss_during_a_freeze_needs_a_key_frame_at_once_and_another_as_something_moves() {
    let mut page = watched(60..160, Options::default());
    page.receive(0..120, &[0]);
    let lost: Vec<_> = (120..124).flat_map(|n| page.sample(n, |sample| sample.is_decodable = false)).collect();
    assert_eq!((asks(&lost), asks(&page.receive(124..160, &[124]))), (1, 0));
    assert_eq!(asks(&page.receive(160..161, &[])), 1);
    page.receive(161..200, &[162]);
    assert_eq!(page.progress().frames, 98);
}

// What waits for its picture is no silence: the reel was cut where nothing had stopped.
#[test]
fn what_came_and_has_not_been_read_is_no_silence() {
    let mut page = Page::new(h264());
    page.receive(0..60, &[0]);
    page.give(Input::Arrived(Wall::from_us(page.now_us + FRAME_US)));
    for _ in 0..6 {
        page.tick_after(250_000);
    }
    assert!(!page.progress().is_frozen);
    for _ in 0..12 {
        page.tick_after(250_000);
    }
    assert!(page.progress().is_frozen, "it may never be read");
}

#[test]
fn held_and_kept_freezes_take_their_time() {
    for (freeze, frames) in [(FreezeMode::Hold, 60), (FreezeMode::Keep, 100)] {
        let mut page = watched(30..70, Options { freeze, ..Options::default() });
        page.receive(0..30, &[0]);
        (30..70).for_each(|n| drop(page.sample(n, |sample| sample.is_repeat = true)));
        page.receive(70..100, &[]);
        let progress = page.progress();
        assert_eq!(progress.frames, frames, "{freeze:?}");
        assert!((progress.time_us - 100 * FRAME_US).abs() < 2 * FRAME_US, "{}", progress.time_us);
    }
}

#[test]
fn what_a_reel_can_not_hold_is_reported_once_and_another_source_takes_its_place() {
    let mut page = Page::new(h264());
    page.receive(0..30, &[0]);
    let mut other = received_config((1280, 720));
    other.codec = "vp09.00.31.08".into();
    let effects = page.sample(30, |sample| (sample.key, sample.config) = (true, Some(other)));
    assert_eq!(unfit(&effects), ["codec"]);
    assert_eq!(unfit(&page.receive(31..40, &[])), [""; 0]);
    page.give(Input::Joined { is_device: false });
    let effects = page.record(40..60);
    let name = |effect: &TestEffect| match effect {
        Effect::Open { setup, .. } => Some(setup.name.clone()),
        _ => None,
    };
    let names: Vec<_> = effects.iter().filter_map(name).collect();
    assert_eq!(names.len(), 1);
    assert!(names[0].starts_with("avc1"), "{names:?}");
    let progress = page.progress();
    assert_eq!((progress.drops.network, progress.frames, progress.drops.encoder), (10, 50, 0));
}

#[test]
fn a_source_that_is_too_fast_is_recorded_until_another_takes_its_place() {
    let mut page = Page::with(h264(), Options { max_fps: 10.0, ..Options::default() });
    let effects = page.receive(0..60, &[0]);
    assert_eq!(unfit(&effects), ["max-fps"]);
    assert_eq!(page.progress().frames, 60);
}

#[test]
fn a_source_that_is_too_fast_goes_without_its_highest_layer() {
    let mut page = Page::with(h264(), Options { max_fps: 15.0, ..Options::default() });
    let mut receive = |frames: Range<i64>| -> Vec<TestEffect> {
        frames.flat_map(|n| page.sample(n, |sample| (sample.key, sample.layer) = (n == 0, (n % 2) as u32))).collect()
    };
    assert_eq!(unfit(&receive(0..300)), [""; 0]);
    let progress = page.progress();
    assert_eq!(progress.frames + progress.drops.max_fps, 300);
    assert!(progress.drops.max_fps >= 139, "{:?}", progress.drops);
    assert!((progress.time_us - 300 * FRAME_US).abs() < 2 * FRAME_US, "{}", progress.time_us);
    let (frames, keys) = exported(&mut page);
    assert!(frames.iter().rev().take(20).all(|n| n % 2 == 0), "{frames:?}");
    assert!(keys.is_empty(), "none is needed");
}

#[test]
fn a_source_that_is_too_fast_without_its_layers_is_encoded() {
    let mut page = Page::with(h264(), Options { max_fps: 5.0, ..Options::default() });
    let effects: Vec<_> =
        (0..300).flat_map(|n| page.sample(n, |sample| (sample.key, sample.layer) = (n == 0, (n % 2) as u32))).collect();
    assert_eq!(unfit(&effects), ["max-fps"]);
}

// The picture went back by as much as decoding and the buffer before it take.
#[test]
fn a_frame_that_was_recorded_as_it_was_received_is_not_encoded_as_well() {
    let mut page = Page::new(h264());
    page.receive(0..30, &[0]);
    page.give(Input::Joined { is_device: false });
    let mut encoded = Vec::new();
    for n in 26..40 {
        page.now_us = (n + 4) * FRAME_US;
        encoded.extend(super::test_page::encoded(&page.give(decoded(n, (n * 3000) as u32))));
        page.return_one();
    }
    assert_eq!(encoded.iter().map(|(n, _)| *n).collect::<Vec<_>>(), (30..40).collect::<Vec<_>>());
    let progress = page.progress();
    assert_eq!((progress.frames, progress.received), (40, 40));
}

#[test]
fn every_frame_of_another_source_is_encoded() {
    let mut page = Page::new(h264());
    page.receive(0..30, &[0]);
    page.give(Input::Joined { is_device: false });
    for n in 30..40 {
        page.now_us = n * FRAME_US;
        page.give(decoded(n, 3_000_000_000 + (n * 3000) as u32));
        page.return_one();
    }
    assert_eq!(page.progress().frames, 40);
}

// What was in the encoder came behind what was received after it.
#[test]
fn what_is_in_the_encoder_comes_before_what_is_received() {
    let mut page = Page::new(h264());
    page.record(0..10);
    page.frame(10);
    page.give(Input::Joined { is_device: false });
    page.receive(11..13, &[11]);
    assert_eq!(page.progress().drops.network, 2);
    page.flush();
    page.receive(13..20, &[15]);
    let progress = page.progress();
    assert_eq!((progress.frames, progress.drops.network), (11 + 5, 4));
}

#[test]
fn a_reel_has_the_size_that_was_received_for_what_is_encoded_after_it() {
    let mut page = Page::new(h264());
    page.size = (640, 360);
    page.receive(0..10, &[0]);
    page.give(Input::Joined { is_device: false });
    page.size = (1280, 720);
    page.record(10..20);
    assert_eq!((page.progress().width, page.progress().height), (640, 360));
}

// The frame that a file had no room for was in neither, and counted nowhere.
#[test]
fn the_frame_that_ends_a_file_is_counted() {
    let options = Options { max_length_us: Some(2_000_000), next_at_limit: true, ..Options::default() };
    let mut page = Page::with(h264(), options);
    let effects = page.receive(0..61, &[0]);
    let ended = reports(&effects).into_iter().find_map(|report| match report {
        Report::Limit { progress, .. } => Some(progress.clone()),
        _ => None,
    });
    let progress = ended.unwrap();
    assert_eq!((progress.frames, progress.drops.network, progress.received), (60, 1, 61));
}

#[test]
fn a_file_ends_before_it_is_too_large() {
    let mut page = Page::with(h264(), Options { max_bytes: Some(1_000_000), ..Options::default() });
    page.bytes_of = |_| 20_000;
    page.receive(0..100, &[0]);
    let progress = page.progress();
    assert!(progress.bytes <= 1_000_000 && progress.bytes > 900_000, "{}", progress.bytes);
}
