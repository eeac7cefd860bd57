//! Short sequences of inputs, each with what a user saw, or would see if the rule were broken.

use super::test_page::{FRAME_US, Page, SAMPLE, TestEffect, encoded, frame, h264, reports, reports_progress, written};
use super::{Call, Effect, Input, Reason, Report, Task};
use crate::Error;
use crate::clip::Clip;
use crate::codec::Answer;
use crate::options::{FreezeMode, Options};
use crate::time::Wall;

// A browser that copied pixels more slowly than frames came had the frames of a whole recording in memory, and stop() waited for all.
#[test]
fn frames_that_wait_for_pixels_are_bounded_and_the_others_counted() {
    let mut page = Page::new(h264());
    assert!(matches!(page.machine.handle(Wall::default(), frame(0, page.size))[..], [Effect::Inspect { .. }]));
    for n in 1..=100 {
        assert!(page.machine.handle(Wall::from_us(n * FRAME_US), frame(n, page.size)).is_empty());
    }
    assert_eq!(page.progress().drops.backpressure, 40, "60 wait");
    page.now_us = 101 * FRAME_US;
    page.give(Input::Inspected(None));
    let progress = page.progress();
    // 60 waited behind the first, and the encoder holds 60.
    assert_eq!((progress.received, progress.drops.backpressure), (101, 41));
    assert_eq!(progress.received, progress.drops.all() + 60);
}

// The controls showed a time that stood still, or redrew with every frame.
#[test]
fn progress_is_reported_every_quarter_of_a_second() {
    let mut page = Page::new(h264());
    assert!(!reports_progress(&page.tick_after(0)), "nothing is recorded");
    let reported: Vec<i64> = (0..=30).filter(|&n| reports_progress(&page.record([n]))).collect();
    assert_eq!(reported, [0, 8, 16, 24]);
    let before_us = page.progress().time_us;
    page.now_us = 24 * FRAME_US;
    assert!(!reports_progress(&page.tick_after(249_999)));
    assert!(reports_progress(&page.tick_after(1)), "time goes on without frames");
    assert!(page.progress().time_us > before_us);
}

// The disk was full before the page had said a word.
#[test]
fn a_disk_with_less_space_than_for_a_minute_is_reported() {
    let mut page = Page::new(h264());
    let effects = page.record(0..200);
    let on_disk = written(&effects).into_iter().map(|segment| &segment.table);
    let (bytes, length_us) =
        on_disk.fold((0, 0), |sum, table| (sum.0 + table.bytes(), sum.1 + table.end_us() - table.start_us()));
    let rate = bytes as f64 * 1e6 / length_us as f64;
    assert!(page.give(Input::Space(None)).is_empty());
    assert!(page.give(Input::Space(Some(rate * 60.0))).is_empty());
    let effects = page.give(Input::Space(Some(rate * 59.0)));
    let [Report::Space { seconds, bytes }] = reports(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((seconds.round(), *bytes), (59.0, rate * 59.0));
}

// A reel of which only the end is kept takes no more space, and warned of a full disk for hours.
#[test]
fn a_reel_that_keeps_only_its_end_does_not_warn_of_a_full_disk() {
    let mut page = Page::with(h264(), Options { keep_last_us: Some(2_000_000), ..Options::default() });
    page.record(0..300);
    assert!(page.progress().frames < 300);
    assert!(page.give(Input::Space(Some(1.0))).is_empty());
}

#[test]
fn the_space_is_asked_for_every_five_seconds_and_the_open_segment_written_twice_a_second() {
    let mut page = Page::new(h264());
    let mut ticks = Vec::new();
    for tick in 1..=40 {
        page.record([tick * 7, tick * 7 + 1]);
        ticks.push(page.tick_after(0));
    }
    let at = |is: fn(&TestEffect) -> bool| -> Vec<usize> {
        (1..).zip(&ticks).filter(|(_, effects)| effects.iter().any(is)).map(|(tick, _)| tick).collect()
    };
    assert_eq!(at(|effect| matches!(effect, Effect::AskSpace)), [20, 40]);
    assert_eq!(at(|effect| matches!(effect, Effect::Disk(_))), (2..=40).step_by(2).collect::<Vec<_>>());
}

// A player of the page's own recording read all of the reel, from its start, each time something changed.
#[test]
fn a_snapshot_has_up_to_where_nothing_changes_as_what_is_written_has() {
    let mut page = Page::new(h264());
    let (mut times, mut on_disk_us) = (Vec::new(), 0);
    for second in 0..20 {
        page.record(30 * second..30 * (second + 1));
        for effect in page.tick_after(0) {
            if let Effect::Disk(Task::Put { reel, .. }) = effect {
                on_disk_us = reel.settled_us;
            }
        }
        let settled_us = page.machine.snapshot().reel.settled_us;
        assert!(settled_us >= on_disk_us, "{settled_us} of {on_disk_us}");
        times.push(settled_us);
    }
    assert!(times.is_sorted());
    let end_us = page.machine.snapshot().reel.duration_us;
    assert!((1..6_000_000).contains(&(end_us - times[19])), "{times:?} of {end_us}");
}

// A browser that was killed in a pause had lost the last moments before it.
#[test]
fn what_came_before_a_pause_is_written_once_the_encoder_has_returned_it() {
    let mut page = Page::new(h264());
    page.record(0..20);
    page.frame(20);
    let paused = page.give(Input::Pause);
    assert!(matches!(paused[..], [Effect::Flush(_)]), "{paused:?}");
    let flushed = page.flush();
    assert_eq!(written(&flushed)[0].payload, (0..=20).collect::<Vec<_>>());
    page.give(Input::Resume);
    assert_eq!(encoded(&page.frame(40)), [(40, true)], "a segment begins with a key frame");
}

// Otherwise the encoder is flushed four times a second for as long as a sender is paused.
#[test]
fn the_segment_before_a_freeze_is_closed_once() {
    let mut page = Page::new(h264());
    page.record(0..60);
    let mut effects = Vec::new();
    for _ in 0..40 {
        effects.extend(page.tick_after(250_000));
        effects.extend(page.flush());
    }
    assert!(page.progress().is_frozen);
    assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Flush(_))).count(), 1);
}

// The server hung, and the controls showed a recording as on any other day.
#[test]
fn a_silent_track_is_reported_as_frozen_until_a_frame_comes() {
    let mut page = Page::new(h264());
    page.record(0..60);
    assert!(!page.progress().is_frozen);
    let silent = page.tick_after(1_500_000);
    assert!(matches!(reports(&silent)[..], [Report::Freeze(_), Report::Progress(_)]), "{silent:?}");
    assert!(page.progress().is_frozen);
    page.flush();
    let stalled = page.tick_after(2_000_000);
    assert!(reports(&stalled).iter().any(|report| matches!(report, Report::Stall(_))), "{stalled:?}");
    let again = page.record([200]);
    assert!(matches!(reports(&again)[..], [Report::Stall(_), Report::Freeze(_), Report::Progress(_)]), "{again:?}");
    assert!(!page.progress().is_frozen);
}

// A browser without an encoder for the codec: the error said so, and the counts said that no frame had come.
#[test]
fn a_frame_for_which_there_is_no_encoder_is_counted() {
    let mut page = Page::new(h264());
    page.encodes = |_| Answer::No;
    let effects = page.frame(0);
    let [Report::Failure(error), Report::Stopped { reason: Reason::Error, progress, .. }] = reports(&effects)[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(error.code(), "unsupported");
    assert_eq!((progress.received, progress.drops.encoder), (1, 1));
}

// An export has all that was encoded before it was asked for. A browser reports the flushes of a closed encoder late.
#[test]
fn each_export_waits_for_its_own_flush() {
    let mut page = Page::new(h264());
    page.record(0..10);
    let export = |page: &mut Page, number| page.give(Input::Export(Call::new(number), Clip::default()));
    let answered = |effects: &[TestEffect]| -> Vec<u32> {
        let call = |effect: &TestEffect| match effect {
            Effect::Export { call, .. } => Some(call.number()),
            _ => None,
        };
        effects.iter().filter_map(call).collect()
    };
    export(&mut page, 1);
    page.give(Input::Reclaimed(1));
    page.frame(10);
    export(&mut page, 2);
    let late = page.flushes.pop_front().unwrap();
    assert_eq!(answered(&page.flush()), [2]);
    assert_eq!(answered(&page.give(Input::Flushed(late))), [1]);
}

// The time went on with what had been removed from the front, and the time that was left grew.
#[test]
fn progress_counts_what_is_kept_and_what_came() {
    let limit_us = 60_000_000;
    let options =
        Options { keep_last_us: Some(2_000_000), max_length_us: Some(limit_us), max_fps: 60.0, ..Options::default() };
    let mut page = Page::with(h264(), options);
    page.frame(0);
    assert_eq!((page.progress().time_us, page.progress().received), (0, 1), "nothing is in the reel");
    page.return_one();
    page.record(1..300);
    page.frame(300);
    let progress = page.progress();
    let end_us = 300 * FRAME_US;
    assert_eq!(progress.received, 301);
    assert!((60..300).contains(&progress.frames));
    assert_eq!(progress.bytes, u64::from(progress.frames * SAMPLE));
    let kept_us = i64::from(progress.frames) * FRAME_US;
    assert!((progress.time_us - kept_us).abs() <= FRAME_US, "{progress:?}");
    assert!((progress.remaining_us.unwrap() - (limit_us - end_us)).abs() <= FRAME_US, "{progress:?}");
}

// A recording that had been stopped reported that an encoder from long before had failed.
#[test]
fn only_the_encoder_at_work_can_fail_at_the_end() {
    for (number, failures) in [(1, 0), (2, 1)] {
        let mut page = Page::new(h264());
        page.record(0..10);
        page.give(Input::Reclaimed(1));
        page.frame(10);
        page.give(Input::Stop(Call::new(1)));
        let mut effects = page.give(Input::Failed(number, Error::EncoderLost { reason: "it died".into() }));
        effects.extend(page.flush());
        let is_failure = |report: &&&Report| matches!(report, Report::Failure(_));
        assert_eq!(reports(&effects).iter().filter(is_failure).count(), failures, "{effects:?}");
        let is_end =
            |report: &&Report| matches!(report, Report::Stopped { reason: Reason::Stopped, is_saved: true, .. });
        assert!(reports(&effects).iter().any(is_end), "{effects:?}");
    }
}

// A service took files of up to a megabyte, and refused what was recorded.
#[test]
fn a_recording_ends_before_its_file_is_too_large() {
    let mut page = Page::with(h264(), Options { max_bytes: Some(100_000), ..Options::default() });
    let effects = page.record(0..200);
    assert!(reports(&effects).iter().any(|report| matches!(report, Report::Limit { .. })), "{effects:?}");
    let progress = page.progress();
    // 1000 bytes each, and an index of at most 32.
    assert!((85..=93).contains(&progress.frames), "{progress:?}");
    assert_eq!(progress.drops.all(), 0);
}

// The sender hung a second before the limit, and the recording never ended.
#[test]
fn a_recording_ends_at_its_limit_also_if_nothing_comes() {
    let of =
        |freeze| Options { freeze, freeze_after_us: 10_000_000, max_length_us: Some(3_000_000), ..Options::default() };
    let is_limit = |report: &&Report| matches!(report, Report::Limit { .. });
    let mut page = Page::with(h264(), of(FreezeMode::Keep));
    page.record(0..60);
    assert!(!reports(&page.tick_after(900_000)).iter().any(is_limit));
    let effects = page.tick_after(300_000);
    assert!(reports(&effects).iter().any(is_limit), "{effects:?}");
    assert_eq!(page.progress().time_us, 3_000_000);

    let mut page = Page::with(h264(), of(FreezeMode::Cut));
    page.record(0..60);
    assert!(!reports(&page.tick_after(1_200_000)).iter().any(is_limit), "the silence may be cut");
}

/// What was reported of the end: the errors, and the reason.
fn ends(effects: &[TestEffect]) -> (Vec<&'static str>, Option<Reason>) {
    let reports = reports(effects);
    let errors = reports.iter().filter_map(|report| match report {
        Report::Failure(error) => Some(error.code()),
        _ => None,
    });
    let reason = reports.iter().find_map(|report| match report {
        Report::Stopped { reason, .. } => Some(*reason),
        _ => None,
    });
    (errors.collect(), reason)
}

// Otherwise the end of a recording whose last second is lost looks like any other.
#[test]
fn an_encoder_that_fails_while_a_recording_ends_is_reported() {
    let mut page = Page::new(h264());
    page.record(0..30);
    page.frame(30);
    page.give(Input::Stop(Call::new(1)));
    page.held.clear();
    let mut effects = page.give(Input::Failed(1, Error::EncoderLost { reason: "it crashed".into() }));
    effects.extend(page.flush());
    assert_eq!(ends(&effects), (vec!["encoder-lost"], Some(Reason::Stopped)));
    assert_eq!(page.progress().frames, 30);
}

// Otherwise a file of the last moment lacks what the encoder still returns.
#[test]
fn an_export_that_is_asked_for_before_the_end_waits_for_all_of_it() {
    let mut page = Page::new(h264());
    page.record(0..30);
    page.frame(30);
    page.give(Input::Export(Call::new(1), Clip::default()));
    page.give(Input::Stop(Call::new(2)));
    let is_export = |effect: &TestEffect| matches!(effect, Effect::Export { .. });
    page.return_one();
    let flushed = page.flush();
    assert!(!flushed.iter().any(is_export), "the end is not over");
    let over = page.flush();
    assert!(over.iter().any(is_export), "{over:?}");
}
