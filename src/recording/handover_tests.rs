//! Recordings that follow one another: no frame is lost between them, and none is in two.

use super::test_page::{FRAME_US, Page, TestEffect, h264, reports, setup};
use super::{Call, Effect, Handover, Input, Progress, Reason, Report, Setup, Task};
use crate::clip::Clip;
use crate::options::{FreezeMode, Options};
use crate::reel::{Mark, Note, Track, Words};
use std::collections::BTreeMap;

/// Recordings of one track, the one that goes on last.
struct Chain {
    pages: Vec<Page>,
    /// The frames of each on disk, by segment.
    written: Vec<BTreeMap<u32, Vec<i64>>>,
    effects: Vec<Vec<TestEffect>>,
    /// The marks of each on disk.
    marks: Vec<Vec<Mark>>,
    /// When flushes are done.
    due: BTreeMap<usize, i64>,
    bytes_of: fn(i64) -> u32,
}

impl Chain {
    fn new(options: Options, bytes_of: fn(i64) -> u32) -> Self {
        let mut chain = Self::empty(bytes_of);
        chain.begin(setup(h264(), options));
        chain
    }

    fn empty(bytes_of: fn(i64) -> u32) -> Self {
        let (pages, written, effects, marks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { pages, written, effects, marks, due: BTreeMap::new(), bytes_of }
    }

    fn begin(&mut self, setup: Setup) {
        let mut page = Page::of(setup);
        page.bytes_of = self.bytes_of;
        self.pages.push(page);
        self.written.push(BTreeMap::new());
        self.effects.push(Vec::new());
        self.marks.push(Vec::new());
    }

    /// Has something happen to one recording; what it hands over begins the next.
    fn on(&mut self, at: usize, happen: impl FnOnce(&mut Page) -> Vec<TestEffect>) {
        for effect in happen(&mut self.pages[at]) {
            match effect {
                Effect::Next(handover) => self.follow(handover),
                Effect::Disk(Task::Put { reel, segment, removed }) => {
                    self.marks[at] = reel.marks_from_start();
                    self.written[at].retain(|index, _| !removed.has(Track::Video, *index));
                    self.written[at].extend(segment.map(|segment| (segment.index, segment.payload)));
                }
                other => self.effects[at].push(other),
            }
        }
    }

    fn follow(&mut self, handover: Handover<i64, i64>) {
        let Handover { frames, inputs, marks, options, choice, memory_bytes, beginning } = handover;
        let mut next = Setup { memory_bytes, beginning, ..setup(choice, options) };
        next.reel.marks = marks.into();
        self.begin(next);
        let at = self.pages.len() - 1;
        let frames = frames.into_iter().map(|frame| (frame.arrival.wall, Input::Frame(frame)));
        for (wall, input) in frames.chain(inputs) {
            self.on(at, |page| {
                page.now_us = wall.us();
                page.give(input)
            });
        }
    }

    fn last(&self) -> usize {
        self.pages.len() - 1
    }

    /// Encoders hold this many frames, and a flush takes as long as this many.
    fn record(&mut self, frames: std::ops::Range<i64>, lag: usize, flush: i64) {
        self.record_due(frames, lag, flush, &mut BTreeMap::new());
    }

    fn record_due(&mut self, frames: std::ops::Range<i64>, lag: usize, flush: i64, due: &mut BTreeMap<usize, i64>) {
        for n in frames {
            let last = self.last();
            self.on(last, |page| page.frame(n));
            for at in 0..self.pages.len() {
                while self.pages[at].held.len() > lag {
                    self.on(at, Page::return_one);
                }
                if !self.pages[at].flushes.is_empty() && n >= *due.entry(at).or_insert(n + flush) {
                    due.remove(&at);
                    self.on(at, Page::flush);
                }
            }
        }
    }

    /// The same of one frame.
    fn record_one(&mut self, n: i64, lag: usize, flush: i64) {
        let mut due = std::mem::take(&mut self.due);
        self.record_due(n..n + 1, lag, flush, &mut due);
        self.due = due;
    }

    fn stop(&mut self) {
        let last = self.last();
        self.on(last, |page| page.give(Input::Stop(Call::new(1))));
        for at in 0..self.pages.len() {
            while !self.pages[at].flushes.is_empty() || !self.pages[at].held.is_empty() {
                self.on(at, Page::flush);
            }
        }
    }

    /// The frames of each recording, in their order.
    fn frames(&self) -> Vec<Vec<i64>> {
        self.written.iter().map(|segments| segments.values().flatten().copied().collect()).collect()
    }

    /// Why each has ended.
    fn reasons(&self) -> Vec<Option<Reason>> {
        let reason = |effects: &Vec<TestEffect>| {
            reports(effects).into_iter().find_map(|report| match report {
                Report::Stopped { reason, is_saved: true, .. } => Some(*reason),
                _ => None,
            })
        };
        self.effects.iter().map(reason).collect()
    }
}

fn options() -> Options {
    Options { next_at_limit: true, freeze: FreezeMode::Keep, ..Options::default() }
}

// People split long recordings: between two of them was a second that no file had.
#[test]
fn recordings_that_follow_one_another_have_each_frame_once() {
    for (lag, flush) in [(0, 0), (0, 7), (3, 0), (5, 12), (40, 3), (40, 50)] {
        let mut chain = Chain::new(Options { max_length_us: Some(2_000_000), ..options() }, |_| 1_000);
        chain.record(0..300, lag, flush);
        chain.stop();
        let frames = chain.frames();
        assert_eq!(frames.concat(), (0..300).collect::<Vec<_>>(), "{lag} {flush}");
        assert!(frames.len() == 5 && frames[..4].iter().all(|frames| frames.len() == 60), "{frames:?}");
        let [ends @ .., last] = &chain.reasons()[..] else { panic!() };
        assert!(ends.iter().all(|reason| *reason == Some(Reason::Limit)) && *last == Some(Reason::Stopped));
        let received: u32 = chain.pages.iter().map(|page| page.progress().received).sum();
        assert_eq!(received, 300);
    }
}

// A key frame that is larger than any before it does not fit, when the frames behind it are in the encoder already.
#[test]
fn frames_that_do_not_fit_are_in_the_next_file() {
    let bytes_of: fn(i64) -> u32 = |n| if n % 37 == 0 { 150_000 + (n as u32 % 5) * 60_000 } else { 8_000 };
    for (lag, flush) in [(0, 0), (2, 1), (9, 4), (30, 12)] {
        let mut chain = Chain::new(Options { max_bytes: Some(1_000_000), ..options() }, bytes_of);
        chain.record(0..600, lag, flush);
        chain.stop();
        let frames = chain.frames();
        assert_eq!(frames.concat(), (0..600).collect::<Vec<_>>(), "{lag} {flush}");
        assert!(frames.len() > 3);
        for frames in &frames {
            let bytes: u32 = frames.iter().map(|n| bytes_of(*n) + 32).sum();
            assert!(bytes + 4_096 <= 1_000_000, "{bytes}");
        }
        assert!(chain.pages.iter().all(|page| page.progress().drops.all() == 0));
    }
}

#[test]
fn a_pause_and_a_stop_that_come_at_the_limit_are_for_the_next_recording() {
    let mut chain = Chain::new(Options { max_length_us: Some(2_000_000), ..options() }, |_| 1_000);
    chain.record(0..60, 2, 0);
    chain.on(0, |page| page.frame(60));
    chain.on(0, |page| page.give(Input::Pause));
    chain.on(0, |page| page.frame(61));
    chain.on(0, |page| page.give(Input::Export(Call::new(7), Clip::default())));
    chain.on(0, |page| page.give(Input::Stop(Call::new(8))));
    assert_eq!(chain.pages.len(), 1, "the encoder holds frames of the first");
    chain.on(0, Page::flush);
    assert_eq!(chain.pages.len(), 2);
    chain.on(1, Page::flush);
    chain.on(1, Page::flush);
    assert_eq!(chain.frames(), [(0..60).collect::<Vec<_>>(), vec![60]]);
    assert_eq!(chain.pages[1].progress().drops.paused, 1);
    assert_eq!(chain.reasons(), [Some(Reason::Limit), Some(Reason::Stopped)]);
    let answers = |effects: &[TestEffect]| -> Vec<u32> {
        let number = |effect: &TestEffect| match effect {
            Effect::Export { call, .. } | Effect::Answer(call, Ok(())) => Some(call.number()),
            _ => None,
        };
        effects.iter().filter_map(number).collect()
    };
    assert_eq!((answers(&chain.effects[0]), answers(&chain.effects[1])), (vec![7], vec![8]));
}

// Otherwise a page that stops at the limit has an empty recording in its hand.
#[test]
fn none_follows_if_the_track_ends_before_another_frame() {
    let mut chain = Chain::new(Options { max_length_us: Some(2_000_000), ..options() }, |_| 1_000);
    chain.record(0..59, 0, 0);
    // It is silent until the limit.
    for _ in 0..8 {
        chain.on(0, |page| page.tick_after(250_000));
    }
    chain.on(0, |page| page.give(Input::TrackEnded));
    chain.on(0, |page| page.give(Input::Stop(Call::new(8))));
    chain.on(0, Page::flush);
    assert_eq!((chain.pages.len(), chain.reasons()), (1, vec![Some(Reason::Limit)]));
    let has = |is: fn(&TestEffect) -> bool| chain.effects[0].iter().any(is);
    assert!(has(|effect| matches!(effect, Effect::ReleaseSource)));
    assert!(has(|effect| matches!(effect, Effect::Answer(_, Ok(())))));
}

#[test]
fn as_many_follow_in_memory_as_there_is_room_for() {
    let first =
        Setup { memory_bytes: Some(3_500_000), ..setup(h264(), Options { max_bytes: Some(1_000_000), ..options() }) };
    let mut chain = Chain::empty(|_| 10_000);
    chain.begin(first);
    chain.record(0..500, 1, 0);
    let frames = chain.frames();
    assert_eq!(frames.len(), 3, "a fourth would have less than a megabyte");
    assert!(chain.reasons().iter().all(|reason| *reason == Some(Reason::Limit)));
    let last = reports(&chain.effects[2]).into_iter().rev().find_map(|report| match report {
        Report::Limit { is_next, .. } => Some(*is_next),
        _ => None,
    });
    assert_eq!(last, Some(false));
}

// A page that is frozen for a while comes back to hundreds of frames.
#[test]
fn frames_that_wait_for_the_next_recording_are_bounded_and_the_others_counted() {
    let mut chain = Chain::new(Options { max_length_us: Some(4_000_000), ..options() }, |_| 1_000);
    chain.record(0..120, 0, 0);
    for n in 120..220 {
        chain.on(0, |page| page.frame(n));
    }
    chain.on(0, |page| {
        page.now_us = 220 * FRAME_US;
        page.give(Input::Missed(3))
    });
    chain.on(0, Page::flush);
    chain.stop();
    let progress = chain.pages[1].progress();
    assert_eq!((progress.received, progress.drops.missed), (103, 3));
    assert!(progress.drops.backpressure >= 39, "{:?}", progress.drops);
}

// One reel followed another for ever, and none had a frame.
#[test]
fn none_follows_if_the_first_frame_does_not_fit() {
    for lag in [0, 1, 5] {
        let mut chain = Chain::new(Options { max_bytes: Some(1_000_000), ..options() }, |_| 1_000_000);
        chain.record(0..9, lag, 0);
        while chain.pages[0].flushes.len() + chain.pages[0].held.len() > 0 {
            chain.on(0, Page::flush);
        }
        assert_eq!((chain.pages.len(), chain.frames(), chain.reasons()), (1, vec![vec![]], vec![Some(Reason::Limit)]));
        let Progress { received, drops, .. } = chain.pages[0].progress();
        assert_eq!((received, drops.all(), drops.encoder), (lag as u32 + 1, received, received), "{lag}");
    }
}

// They were in no count.
#[test]
fn frames_that_do_not_fit_are_counted_if_none_follows() {
    let mut chain =
        Chain::new(Options { max_bytes: Some(1_000_000), ..options() }, |n| if n == 7 { 990_000 } else { 9_000 });
    chain.record(0..9, 3, 0);
    chain.on(0, |page| page.give(Input::Stop(Call::new(1))));
    while chain.pages[0].flushes.len() + chain.pages[0].held.len() > 0 {
        chain.on(0, Page::flush);
    }
    assert_eq!((chain.pages.len(), chain.frames()), (1, vec![(0..7).collect::<Vec<_>>()]));
    let Progress { frames, received, drops, .. } = chain.pages[0].progress();
    assert_eq!((frames, received, drops.encoder), (7, 9, 2));
}

// A camera has few frames, and gives no more while some are held.
#[test]
fn frames_of_a_camera_that_joins_are_not_kept() {
    let mut chain =
        Chain::new(Options { max_bytes: Some(1_000_000), ..options() }, |n| if n == 12 { 990_000 } else { 9_000 });
    chain.record(0..10, 2, 0);
    chain.on(0, |page| page.give(Input::Joined { is_device: true }));
    chain.record(10..30, 2, 0);
    chain.stop();
    let frames = chain.frames();
    let lost: Vec<i64> = (0..30).filter(|n| !frames.concat().contains(n)).collect();
    assert_eq!((frames.len(), lost), (2, vec![12, 13, 14]));
    let drops: u32 = chain.pages.iter().map(|page| page.progress().drops.encoder).sum();
    assert_eq!(drops, 3);
}

/// The marks of each recording, as they are on disk.
fn marks_of(chain: &Chain) -> Vec<Vec<(String, i64)>> {
    let of = |marks: &Vec<Mark>| marks.iter().map(|mark| (mark.note.name.to_string(), mark.time_us)).collect();
    chain.marks.iter().map(of).collect()
}

fn mark(n: i64) -> Input<i64, i64> {
    Input::Mark(Call::new(9), Note { name: n.to_string().into(), ..Note::default() })
}

// What was marked in one file was a chapter of the file before it, at its end.
#[test]
fn a_mark_is_in_the_file_that_has_its_frame() {
    let bytes_of: fn(i64) -> u32 = |n| if n % 37 == 0 { 150_000 + (n as u32 % 5) * 60_000 } else { 8_000 };
    // One that is larger than any before it has no place, when those behind it are in the encoder.
    let suddenly: fn(i64) -> u32 = |n| if n % 90 == 36 { 900_000 } else { 8_000 };
    let limits =
        [(Some(2_000_000), None, bytes_of), (None, Some(1_000_000), bytes_of), (None, Some(1_000_000), suddenly)];
    for (max_length_us, max_bytes, bytes_of) in limits {
        for (lag, flush) in [(0, 0), (2, 1), (9, 4), (30, 12)] {
            let mut chain = Chain::new(Options { max_length_us, max_bytes, ..options() }, bytes_of);
            for n in 0..380 {
                chain.record_one(n, lag, flush);
                let last = chain.last();
                chain.on(last, |page| page.give(mark(n)));
            }
            chain.stop();
            let (frames, marks) = (chain.frames(), marks_of(&chain));
            for (frames, marks) in frames.iter().zip(marks) {
                let names: Vec<i64> = marks.iter().map(|(name, _)| name.parse().unwrap()).collect();
                assert_eq!(names, *frames, "{max_bytes:?} {lag} {flush}");
                let start = frames[0];
                for (name, time_us) in marks {
                    let expected_us = (name.parse::<i64>().unwrap() - start) * FRAME_US;
                    assert!((time_us - expected_us).abs() <= 1000, "{name}: {time_us}, not {expected_us}");
                }
            }
        }
    }
}

// The caption of a scene was in the file in which it began, and the next one showed the scene without it.
#[test]
fn words_that_last_past_the_end_are_in_the_next_file_too() {
    for max_bytes in [None, Some(1_000_000)] {
        let max_length_us = max_bytes.is_none().then_some(2_000_000);
        let mut chain = Chain::new(Options { max_length_us, max_bytes, ..options() }, |_| 8_000);
        chain.record(0..30, 2, 1);
        let words = Words { text: "a scene".into(), from_us: None, to: None };
        chain.on(0, |page| page.give(Input::Cue(Call::new(9), words)));
        chain.record(30..380, 2, 1);
        chain.stop();
        let marks = marks_of(&chain);
        assert!(marks.len() > 2, "{marks:?}");
        assert!(marks[0][0].1 > 0);
        assert!(marks[1..].iter().all(|marks| *marks == [("a scene".to_owned(), 0)]), "{marks:?}");
    }
}
