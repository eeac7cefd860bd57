//! Silence as a reel shows it: what becomes of the time in which a sender sends nothing.

use super::*;
use crate::time::Source;

const FRAME_US: i64 = 33_333;
const TICK_US: i64 = 250_000;
const SECOND_US: i64 = 1_000_000;

/// A sender and its recording. Its RTP clock goes on by one interval after a silence, as that of aiortc does.
struct Recording {
    timeline: Timeline,
    now: Wall,
    next_tick: Wall,
    rtp: u32,
    /// The media times of the frames that were kept.
    kept: Vec<Media>,
    freezes: Vec<Freeze>,
    limited: bool,
}

impl Recording {
    fn new(freeze: FreezeMode, max_length_us: Option<i64>) -> Self {
        let options = Options { max_length_us, freeze, ..Options::default() };
        Self {
            timeline: Timeline::new(&options, false, Wall::default()),
            now: Wall::default(),
            next_tick: Wall::from_us(TICK_US),
            rtp: u32::MAX - 50_000,
            kept: Vec::new(),
            freezes: Vec::new(),
            limited: false,
        }
    }

    /// Nothing comes for this long.
    fn silent(&mut self, length_us: i64) {
        self.now += length_us;
        while self.next_tick <= self.now && !self.limited {
            let silence = self.timeline.silence(self.next_tick);
            if let Some(silence) = silence {
                self.decide(silence);
            }
            self.limited = self.timeline.ends_in_silence(self.next_tick);
            self.next_tick += TICK_US;
        }
    }

    /// Sends a frame with this interval for this long.
    fn moves(&mut self, length_us: i64, interval_us: i64) {
        for _ in 0..length_us / interval_us {
            let timestamp = Source::from_us(self.now.us());
            let arrival =
                Arrival { timestamp, rtp: Some(self.rtp), wall: self.now, is_burst: false, is_encoded: false };
            if let Ok(admitted) = self.timeline.admit(arrival) {
                let inspected = self.timeline.inspect(admitted, None);
                self.decide(inspected);
            }
            self.rtp = self.rtp.wrapping_add((interval_us * 9 / 100) as u32);
            self.silent(interval_us);
        }
    }

    fn decide(&mut self, inspected: Inspected) {
        let last = inspected.roll_back_after();
        self.kept.retain(|&time| last.is_none_or(|last| time <= last));
        let (fate, freeze) = self.timeline.decide(inspected, last);
        self.freezes.extend(freeze);
        if let Fate::Keep { time, .. } = fate {
            self.kept.push(time);
        }
    }

    /// How long the reel is now, in seconds.
    fn length_s(&self) -> f64 {
        self.timeline.reel_end(self.now).unwrap_or_default().us() as f64 / 1e6
    }

    #[track_caller]
    fn assert_length(&self, seconds: f64) {
        assert!((self.length_s() - seconds).abs() < 0.06, "{} s, not {seconds}", self.length_s());
    }
}

const MODES: [FreezeMode; 3] = [FreezeMode::Cut, FreezeMode::Hold, FreezeMode::Keep];

// A server that is paused sends nothing: the reel of ten seconds was one of two, whatever was asked for.
#[test]
fn silence_before_the_end_is_cut_or_shown() {
    for mode in MODES {
        let mut recording = Recording::new(mode, None);
        recording.moves(2 * SECOND_US, FRAME_US);
        recording.silent(8 * SECOND_US);
        recording.assert_length(if mode == FreezeMode::Cut { 2.0 } else { 10.0 });
        let reported: Vec<_> = recording.freezes.iter().map(|freeze| freeze.ended).collect();
        assert_eq!(reported, if mode == FreezeMode::Keep { vec![] } else { vec![false] }, "{mode:?}");
    }
}

#[test]
fn silence_between_frames_is_cut_or_shown_to_the_frame() {
    for mode in MODES {
        let mut recording = Recording::new(mode, None);
        recording.moves(2 * SECOND_US, FRAME_US);
        recording.silent(8 * SECOND_US);
        recording.moves(2 * SECOND_US, FRAME_US);
        recording.assert_length(if mode == FreezeMode::Cut { 4.0 } else { 12.0 });
        let gap_us = recording.kept.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
        let expected_us = if mode == FreezeMode::Cut { FRAME_US } else { 8 * SECOND_US + FRAME_US };
        assert!((gap_us - expected_us).abs() < 2_000, "{mode:?}: {gap_us}");
        if mode != FreezeMode::Keep {
            let [begun, ended] = recording.freezes[..] else { panic!("{mode:?}: {:?}", recording.freezes) };
            assert_eq!((begun.ended, ended.ended), (false, true));
            assert!((ended.length_us - 8 * SECOND_US).abs() < 50_000, "{mode:?}: {ended:?}");
        }
    }
}

// The page called pause() when its server said so, a few seconds after the last frame, and the silence before it was gone.
#[test]
fn a_pause_leaves_the_silence_before_it() {
    for mode in MODES {
        let mut recording = Recording::new(mode, None);
        recording.moves(2 * SECOND_US, FRAME_US);
        recording.silent(5 * SECOND_US);
        recording.timeline.pause(recording.now);
        recording.assert_length(if mode == FreezeMode::Cut { 2.0 } else { 7.0 });
        recording.silent(30 * SECOND_US);
        recording.assert_length(if mode == FreezeMode::Cut { 2.0 } else { 7.0 });
        recording.timeline.resume(Wall::default());
        recording.moves(2 * SECOND_US, FRAME_US);
        recording.assert_length(if mode == FreezeMode::Cut { 4.0 } else { 9.0 });
    }
}

// 26 s of a camera that sends a picture every five seconds were 21.
#[test]
fn a_steady_sender_is_slow_and_not_silent() {
    for mode in MODES {
        for (interval_us, seconds, rest_us) in [(5 * SECOND_US, 25, SECOND_US), (SECOND_US, 10, 0)] {
            let mut recording = Recording::new(mode, None);
            recording.moves(seconds * SECOND_US, interval_us);
            recording.silent(rest_us);
            recording.assert_length((seconds * SECOND_US + rest_us) as f64 / 1e6);
            assert_eq!(recording.freezes, [], "{mode:?}");
        }
    }
}

// A screen on which nothing happens is one picture, and a recording of it is not empty.
#[test]
fn a_picture_that_nothing_follows_is_shown_to_the_end() {
    for mode in MODES {
        let mut recording = Recording::new(mode, None);
        recording.moves(FRAME_US, FRAME_US);
        recording.silent(12 * SECOND_US);
        recording.assert_length(12.0);
    }
}

// A recording of at most nine seconds ended after three, with nearly six left.
#[test]
fn the_limit_counts_the_silence_that_is_in_the_file() {
    for mode in MODES {
        let mut recording = Recording::new(mode, Some(9 * SECOND_US));
        recording.moves(3_200_000, FRAME_US);
        recording.silent(20 * SECOND_US);
        assert_eq!(recording.limited, mode != FreezeMode::Cut, "{mode:?}");
        recording.assert_length(if mode == FreezeMode::Cut { 3.2 } else { 9.0 });
    }
}

// A laptop slept for ten minutes: no tick noticed.
#[test]
fn a_silence_that_no_tick_noticed_is_found_with_the_frame_after_it() {
    for mode in MODES {
        let mut recording = Recording::new(mode, None);
        recording.moves(2 * SECOND_US, FRAME_US);
        recording.now += 600 * SECOND_US;
        recording.next_tick = recording.now + TICK_US;
        recording.moves(2 * SECOND_US, FRAME_US);
        recording.assert_length(if mode == FreezeMode::Cut { 4.0 } else { 604.0 });
        let reported: Vec<_> = recording.freezes.iter().map(|freeze| freeze.ended).collect();
        assert_eq!(reported, if mode == FreezeMode::Keep { vec![] } else { vec![false, true] }, "{mode:?}");
    }
}

// A page that was busy for two seconds took none of the frames that came, and they were cut as if none had come.
#[test]
fn frames_that_were_missed_are_no_silence() {
    for mode in MODES {
        let mut recording = Recording::new(mode, None);
        recording.moves(2 * SECOND_US, FRAME_US);
        recording.silent(2 * SECOND_US);
        recording.rtp = recording.rtp.wrapping_add(180_000);
        recording.timeline.note_missed();
        recording.moves(2 * SECOND_US, FRAME_US);
        recording.assert_length(6.0);
    }
}

// A generator that hiccups is not paused.
#[test]
fn stalls_that_are_shorter_than_a_freeze_keep_their_time() {
    for mode in MODES {
        let mut recording = Recording::new(mode, None);
        recording.moves(2 * SECOND_US, FRAME_US);
        for stall_us in [700_000, 800_000, 400_000] {
            recording.silent(stall_us);
            recording.moves(2 * SECOND_US, FRAME_US);
        }
        recording.assert_length(9.9);
        assert_eq!(recording.freezes, [], "{mode:?}");
    }
}

// The reel of a person at work: what moved for a moment between two freezes is shown for a second.
#[test]
fn what_moved_for_a_moment_between_two_silences_is_shown_for_a_while() {
    for (min_shown_us, expected_s) in [(SECOND_US, 7.0), (0, 2.67)] {
        let mut recording = Recording::new(FreezeMode::Cut, None);
        recording.timeline.freeze_state = FreezeState::new(min_shown_us);
        recording.moves(2 * SECOND_US, FRAME_US);
        for _ in 0..5 {
            recording.silent(3 * SECOND_US);
            recording.moves(4 * FRAME_US, FRAME_US);
        }
        recording.silent(3 * SECOND_US);
        recording.assert_length(expected_s);
    }
}

/// Somebody speaks for this long while nothing is sent, in blocks of 10 ms, which counts as audible for half a second more.
fn speaks(recording: &mut Recording, length_us: i64) {
    for _ in 0..length_us / 10_000 {
        recording.timeline.hear(recording.now, recording.now + 510_000);
        recording.silent(10_000);
    }
}

/// Holds the place of a moment in the reel to what it is to be, in seconds.
#[track_caller]
fn assert_place(recording: &Recording, moment: Wall, seconds: f64) {
    let place = recording.timeline.place(moment).expect("it is in the reel").us() as f64 / 1e6;
    assert!((place - seconds).abs() < 0.005, "{place} s, not {seconds}");
}

// Somebody explained a slide, and the file had neither.
#[test]
fn while_somebody_speaks_a_silent_sender_is_shown_and_then_cut() {
    for mode in MODES {
        let mut recording = Recording::new(mode, None);
        recording.moves(2 * SECOND_US, FRAME_US);
        speaks(&mut recording, 20 * SECOND_US);
        recording.assert_length(22.0);
        recording.silent(30 * SECOND_US);
        recording.assert_length(if mode == FreezeMode::Cut { 22.5 } else { 52.0 });
        recording.moves(2 * SECOND_US, FRAME_US);
        recording.assert_length(if mode == FreezeMode::Cut { 24.5 } else { 54.0 });
    }
}

// The question after a long silence has to be in the file, the silence not.
#[test]
fn who_speaks_during_a_freeze_is_heard_from_the_first_word_on() {
    let mut recording = Recording::new(FreezeMode::Cut, None);
    recording.moves(2 * SECOND_US, FRAME_US);
    recording.silent(60 * SECOND_US);
    recording.assert_length(2.0);
    let begin = recording.now;
    assert_eq!(recording.timeline.place(begin - SECOND_US), None);
    speaks(&mut recording, 5 * SECOND_US);
    recording.assert_length(7.0);
    assert_place(&recording, begin, 2.0);
    assert_place(&recording, begin + 4 * SECOND_US, 6.0);
    recording.silent(60 * SECOND_US);
    recording.assert_length(7.5);
    assert_eq!(recording.timeline.place(begin + 5_600_000), None);
    // And again.
    let begin = recording.now;
    speaks(&mut recording, SECOND_US);
    assert_place(&recording, begin, 7.5);
    recording.moves(2 * SECOND_US, FRAME_US);
    recording.assert_length(10.5);
    assert_place(&recording, recording.now, 10.5);
}

#[test]
fn sound_is_where_the_pictures_are_through_pauses_and_freezes() {
    for mode in MODES {
        let mut recording = Recording::new(mode, None);
        recording.now += 7 * SECOND_US;
        for _ in 0..3 {
            recording.moves(2 * SECOND_US, FRAME_US);
            recording.silent(5 * SECOND_US);
            recording.moves(2 * SECOND_US, FRAME_US);
            recording.timeline.pause(recording.now);
            recording.silent(3 * SECOND_US);
            assert_eq!(recording.timeline.place(recording.now), None, "{mode:?}");
            recording.timeline.resume(Wall::default());
            let paused = recording.now;
            recording.moves(2 * SECOND_US, FRAME_US);
            let last = recording.kept[recording.kept.len() - 1];
            let off_us = recording.timeline.place(recording.now - FRAME_US).unwrap_or_default() - last;
            assert!(off_us.abs() < 5_000, "{mode:?}: {off_us}");
            let begun =
                recording.timeline.place(paused).unwrap_or_default() - recording.kept[recording.kept.len() - 60];
            assert!(begun.abs() < 5_000, "{mode:?}: {begun}");
        }
    }
}

#[test]
fn what_was_missed_by_a_busy_page_cuts_no_sound() {
    let mut recording = Recording::new(FreezeMode::Cut, None);
    recording.moves(2 * SECOND_US, FRAME_US);
    let busy = recording.now;
    recording.silent(2 * SECOND_US);
    assert_eq!(recording.timeline.place(busy + SECOND_US), None);
    recording.rtp = recording.rtp.wrapping_add(180_000);
    recording.timeline.note_missed();
    recording.moves(2 * SECOND_US, FRAME_US);
    assert_place(&recording, busy + SECOND_US, 3.0);
}

// A recording of at most nine seconds grew for as long as somebody spoke.
#[test]
fn the_limit_counts_what_is_said_over_a_static_picture() {
    let mut recording = Recording::new(FreezeMode::Cut, Some(9 * SECOND_US));
    recording.moves(2 * SECOND_US, FRAME_US);
    speaks(&mut recording, 20 * SECOND_US);
    assert!(recording.limited);
    recording.assert_length(9.0);
}
