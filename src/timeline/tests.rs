use super::*;
use crate::time::Source;
use proptest::prelude::*;

/// A timeline that does not look at pictures.
fn blind(max_fps: f64, paused: bool) -> Timeline {
    limited(max_fps, None, paused)
}

fn limited(max_fps: f64, max_length_us: Option<i64>, paused: bool) -> Timeline {
    Timeline::new(
        &Options { max_fps, max_length_us, freeze: FreezeMode::Keep, ..Options::default() },
        paused,
        Wall::default(),
    )
}

impl Timeline {
    /// What becomes of a frame without a picture.
    fn late_frame(&mut self, timestamp_us: i64, wall_us: i64) -> Fate {
        let (timestamp, wall) = (Source::from_us(timestamp_us), Wall::from_us(wall_us));
        match self.admit(Arrival { timestamp, rtp: None, wall, is_burst: false, is_encoded: false }) {
            Ok(admitted) => {
                let inspected = self.inspect(admitted, None);
                self.decide(inspected, None).0
            }
            Err(reason) => Fate::Drop(reason),
        }
    }

    /// The same for one that comes when its timestamp says.
    fn frame(&mut self, timestamp_us: i64) -> Fate {
        self.late_frame(timestamp_us, timestamp_us)
    }
}

/// A camera gives way to a screen: its clock is at another time, and its first frame comes half a second after the camera's last.
fn joined(mode: FreezeMode) -> Vec<i64> {
    let mut timeline = Timeline::new(&Options { freeze: mode, ..Options::default() }, false, Wall::default());
    let mut times = kept(&mut timeline, (0..10).map(|n| n * 40_000));
    timeline.join(Wall::from_us(380_000));
    let screen = (0..10).map(|n| (77_000_000 + n * 40_000, 860_000 + n * 40_000));
    times.extend(kept_late(&mut timeline, screen));
    times
}

/// The media times around a sleep of ten minutes, and the length of all: a frame every 40 ms, with RTP timestamps that went on meanwhile
/// or that stood still.
fn slept(mode: FreezeMode, goes_on: bool) -> (Vec<i64>, i64) {
    const SLEEP_US: i64 = 600_000_000;
    let mut timeline = Timeline::new(&Options { freeze: mode, ..Options::default() }, false, Wall::default());
    let mut times = Vec::new();
    for n in 0..200 {
        let wall_us = n * 40_000 + if n < 100 { 0 } else { SLEEP_US };
        let sent_us = if goes_on { wall_us } else { n * 40_000 };
        let (timestamp, rtp) = (Source::from_us(wall_us), Some((sent_us * 9 / 100) as u32));
        let arrival = Arrival { timestamp, rtp, wall: Wall::from_us(wall_us), is_burst: false, is_encoded: false };
        let Ok(admitted) = timeline.admit(arrival) else { continue };
        let inspected = timeline.inspect(admitted, None);
        let last = inspected.roll_back_after();
        if let Fate::Keep { time, .. } = timeline.decide(inspected, last).0 {
            times.push(time.us());
        }
    }
    let length_us = times[times.len() - 1] - times[0];
    (times, length_us)
}

// A laptop was closed during a recording.
#[test]
fn a_sleep_of_ten_minutes_is_cut_or_kept_as_any_stillness() {
    for goes_on in [true, false] {
        let (times, length_us) = slept(FreezeMode::Cut, goes_on);
        assert_eq!(times.len(), 200);
        // The last picture before it is shown for a moment.
        assert!((7_900_000..10_500_000).contains(&length_us), "{length_us}");
        for mode in [FreezeMode::Keep, FreezeMode::Hold] {
            let (times, length_us) = slept(mode, goes_on);
            assert_eq!(times.len(), 200, "{mode:?}");
            assert!((length_us - 607_960_000).abs() < 100_000, "{mode:?}: {length_us}");
        }
    }
}

#[test]
fn where_another_source_joins_the_time_until_it_comes_is_cut() {
    let times = joined(FreezeMode::Cut);
    assert_eq!(times.len(), 20);
    // The camera's last picture is shown until the call.
    assert_eq!(times[8..12], [320_000, 360_000, 400_000, 440_000]);
    assert!((times[19] - 760_000).abs() < 1_000, "{times:?}");
}

// Otherwise the clock of the new source counts as a jump, or as a day.
#[test]
fn where_stillness_is_kept_the_time_until_another_source_comes_is_kept() {
    for mode in [FreezeMode::Keep, FreezeMode::Hold] {
        let times = joined(mode);
        assert_eq!(times.len(), 20, "{mode:?}");
        assert_eq!(times[9..11], [360_000, 860_000], "{mode:?}");
        assert!((times[19] - 1_220_000).abs() < 2_000, "{times:?}");
    }
}

#[test]
fn a_paused_recording_takes_another_source_and_stays_paused() {
    let mut timeline = blind(30.0, false);
    kept(&mut timeline, [0, 40_000]);
    timeline.pause(Wall::from_us(80_000));
    timeline.join(Wall::from_us(90_000));
    assert!(timeline.paused());
    assert_eq!(timeline.late_frame(5_000_000, 100_000), Fate::Drop(DropReason::Paused));
    timeline.resume(Wall::default());
    assert_kept(timeline.late_frame(5_040_000, 140_000), 80_000, true);
}

#[track_caller]
fn assert_kept(fate: Fate, expected_us: i64, expected_cut: bool) {
    let Fate::Keep { time, after_cut, .. } = fate else { panic!("{fate:?}") };
    assert_eq!((time.us(), after_cut), (expected_us, expected_cut));
}

fn toggle_pause(timeline: &mut Timeline, wall_us: i64) {
    if timeline.paused() {
        timeline.resume(Wall::default());
    } else {
        timeline.pause(Wall::from_us(wall_us));
    }
}

/// The media times of the frames that were kept, of those that come when their timestamps say.
fn kept(timeline: &mut Timeline, timestamps: impl IntoIterator<Item = i64>) -> Vec<i64> {
    kept_late(timeline, timestamps.into_iter().map(|timestamp| (timestamp, timestamp)))
}

/// The same of frames with a timestamp and a time of arrival.
fn kept_late(timeline: &mut Timeline, frames: impl IntoIterator<Item = (i64, i64)>) -> Vec<i64> {
    let fates = frames.into_iter().map(|(timestamp, wall)| timeline.late_frame(timestamp, wall));
    fates
        .filter_map(|fate| match fate {
            Fate::Keep { time, .. } => Some(time.us()),
            Fate::Drop(_) | Fate::Limit => None,
        })
        .collect()
}

#[test]
fn a_track_that_starts_anywhere_starts_the_reel_at_0() {
    for start in [0, 723_318_000, -5_000_000, i64::MIN, i64::MAX - 100_000] {
        let mut timeline = blind(30.0, false);
        assert_eq!(kept(&mut timeline, [start, start + 33_333, start + 66_667]), [0, 33_333, 66_667]);
    }
}

// A reel that a crash interrupted goes on in the next visit, from a source with another clock.
#[test]
fn a_reel_that_is_resumed_is_cut_at_the_join_and_its_limit_counts_from_its_start() {
    for paused in [false, true] {
        let mut timeline = limited(30.0, Some(8_000_000), paused);
        timeline.continue_from(Media::from_us(7_900_000));
        timeline.resume(Wall::default());
        assert_kept(timeline.frame(723_318_000), 7_900_000, true);
        assert_kept(timeline.frame(723_351_333), 7_933_333, false);
        assert_eq!(
            timeline.frame(723_384_667),
            Fate::Keep { time: Media::from_us(7_966_667), steady: Steady::from_us(7_966_667), after_cut: false }
        );
        assert_eq!(timeline.frame(723_418_000), Fate::Limit);
    }
}

// There is nothing to cut the time from.
#[test]
fn a_pause_before_the_first_frame_cuts_nothing() {
    let mut timeline = blind(30.0, false);
    timeline.pause(Wall::from_us(100_000));
    timeline.resume(Wall::default());
    assert_kept(timeline.frame(200_000), 0, false);
    timeline.pause(Wall::from_us(210_000));
    timeline.resume(Wall::default());
    assert_kept(timeline.frame(1_200_000), 33_333, true);
}

#[test]
fn paused_time_is_not_in_the_reel() {
    let mut timeline = blind(30.0, false);
    assert_eq!(kept(&mut timeline, [0, 40_000, 80_000]), [0, 40_000, 80_000]);
    timeline.pause(Wall::from_us(80_000));
    timeline.pause(Wall::from_us(80_000));
    assert_eq!(timeline.frame(120_000), Fate::Drop(DropReason::Paused));
    assert_eq!(timeline.frame(9_000_000), Fate::Drop(DropReason::Paused));
    timeline.resume(Wall::default());
    assert_kept(timeline.frame(9_040_000), 120_000, true);
    assert_kept(timeline.frame(9_080_000), 160_000, false);
}

#[test]
fn a_pause_between_two_frames_takes_no_more_than_its_time() {
    let mut timeline = blind(30.0, false);
    timeline.frame(0);
    timeline.frame(40_000);
    timeline.pause(Wall::from_us(40_000));
    timeline.resume(Wall::default());
    assert_kept(timeline.frame(80_000), 80_000, true);
}

// Ten minutes of pause over a still page, which sends no frame, were ten minutes of the file.
#[test]
fn a_pause_in_which_no_frame_comes_is_cut_as_well() {
    let mut timeline = blind(30.0, false);
    kept(&mut timeline, [0, 40_000]);
    timeline.pause(Wall::from_us(40_000));
    timeline.resume(Wall::default());
    assert_kept(timeline.frame(600_040_000), 80_000, true);
}

#[test]
fn timestamps_that_do_not_change_leave_the_wall_s_time() {
    let mut timeline = blind(30.0, false);
    let times = kept_late(&mut timeline, (0..3_000).map(|n| (0, n * 33_334)));
    assert_eq!(times.len(), 3_000);
    assert!((times[2_999] - 2_999 * 33_334).abs() < 20_000, "{}", times[2_999]);
}

// Each of these once stretched a minute, or swallowed it.
#[test]
fn timestamps_that_are_no_clock_neither_stretch_nor_swallow_time() {
    let wall = |n: i64| n * 33_333 + n * 7_919 % 11 * 1_000;
    let swapped = |n: i64| (n ^ 1) * 33_333;
    let doubled = |n: i64| n / 2 * 66_667;
    let in_milliseconds = |n: i64| n * 33;
    let too_fast = |n: i64| n * 66_667;
    let random = |n: i64| n * 7_919 % 1_009 * 100_000;
    let clocks: [(&str, &dyn Fn(i64) -> i64); 5] = [
        ("swapped", &swapped),
        ("doubled", &doubled),
        ("in milliseconds", &in_milliseconds),
        ("too fast", &too_fast),
        ("random", &random),
    ];
    for (name, timestamp) in clocks {
        let mut timeline = blind(f64::INFINITY, false);
        let times = kept_late(&mut timeline, (0..1_800).map(|n| (timestamp(n), wall(n))));
        assert_eq!(times.len(), 1_800, "{name}");
        for n in 100..1_800_usize {
            let off_us = times[n] - wall(n as i64);
            assert!(off_us.abs() < 250_000, "{name}: {off_us} off at frame {n}");
            let step_us = times[n] - times[n - 1];
            assert!((10_000..70_000).contains(&step_us), "{name}: a step of {step_us} at frame {n}");
        }
        let off_us = times[1_799] - wall(1_799);
        assert!(off_us.abs() < 60_000, "{name}: {off_us} off in the end");
    }
}

#[test]
fn a_recording_that_starts_paused_starts_at_0_when_it_is_resumed() {
    let mut timeline = blind(30.0, true);
    assert_eq!(timeline.frame(1_000_000), Fate::Drop(DropReason::Paused));
    timeline.resume(Wall::default());
    assert_kept(timeline.frame(5_000_000), 0, false);
}

// Received tracks do this about a second after their start, and the frames are as good as any other.
#[test]
fn frames_whose_timestamps_step_back_are_kept_and_follow_one_by_one() {
    let mut timeline = blind(30.0, false);
    let timestamps = [0, 40_000, 80_000, 120_000, 60_000, 100_000, 100_000, 140_000];
    let times = kept_late(&mut timeline, timestamps.into_iter().zip((0..).map(|n| n * 40_000)));
    assert_eq!(times, [0, 40_000, 80_000, 120_000, 160_000, 200_000, 240_000, 280_000]);
}

#[test]
fn after_a_step_back_no_frame_is_lost_and_the_wall_s_time_is_kept() {
    let mut timeline = blind(25.0, false);
    let step_back = |n: i64| n * 40_000 - if n >= 25 { 100_000 } else { 0 };
    let times = kept_late(&mut timeline, (0..500).map(|n| (step_back(n), n * 40_000)));
    assert_eq!(times, (0..500).map(|n| n * 40_000).collect::<Vec<_>>());
}

#[test]
fn a_source_that_set_its_clock_back_continues_after_one_interval() {
    let mut timeline = blind(30.0, false);
    kept(&mut timeline, [3_600_000_000, 3_600_040_000, 3_600_080_000]);
    assert_kept(timeline.frame(0), 120_000, false);
    assert_kept(timeline.frame(40_000), 160_000, false);
}

#[test]
fn the_reel_ends_before_the_frame_that_would_pass_the_limit() {
    let mut timeline = limited(30.0, Some(120_000), false);
    assert_eq!(kept(&mut timeline, [0, 40_000]), [0, 40_000]);
    assert_eq!(timeline.frame(80_001), Fate::Limit);
    let mut timeline = limited(30.0, Some(120_000), false);
    assert_eq!(kept(&mut timeline, [0, 40_000, 80_000, 120_000]), [0, 40_000, 80_000]);
    assert_eq!(timeline.end_of(Media::from_us(80_000)), Media::from_us(120_000));
}

#[test]
fn paused_time_does_not_count_towards_the_limit() {
    let mut timeline = limited(30.0, Some(160_000), false);
    kept(&mut timeline, [0, 40_000]);
    timeline.pause(Wall::from_us(40_000));
    assert_eq!(timeline.frame(9_000_000), Fate::Drop(DropReason::Paused));
    assert!(!timeline.ends_in_silence(Wall::from_us(3_600_000_000)));
    timeline.resume(Wall::default());
    assert!(!timeline.ends_in_silence(Wall::from_us(3_600_000_000)), "nothing is in the reel until a frame comes");
    assert_eq!(kept(&mut timeline, [20_000_000, 20_040_000, 20_080_000]), [80_000, 120_000]);
}

// A still page sends no frame, and its recording went on for ever.
#[test]
fn a_source_that_falls_silent_comes_to_the_limit_as_well() {
    let mut timeline = limited(30.0, Some(3_000_000), false);
    assert!(!timeline.ends_in_silence(Wall::from_us(3_600_000_000)), "the reel begins with its first frame");
    timeline.frame(0);
    assert!(!timeline.ends_in_silence(Wall::from_us(3_000_000)));
    assert!(timeline.ends_in_silence(Wall::from_us(3_000_001)));
    assert!(!blind(30.0, false).ends_in_silence(Wall::MAX));
}

// A remote source that restarted had set its clock 5 hours on, and the file got 5 hours of nothing.
#[test]
fn a_source_that_set_its_clock_forward_continues_after_one_interval() {
    for jump in [2_000_000, 5 * 3_600_000_000, 40 * 3_600_000_000, i64::MAX / 2] {
        let mut timeline = blind(30.0, false);
        kept(&mut timeline, [0, 40_000, 80_000]);
        assert_kept(timeline.late_frame(jump, 120_000), 120_000, false);
        assert_kept(timeline.late_frame(jump + 40_000, 160_000), 160_000, false);
    }
}

#[test]
fn a_source_that_stood_still_keeps_its_time() {
    for stall in [2_000_000, 5 * 3_600_000_000] {
        let mut timeline = blind(30.0, false);
        kept(&mut timeline, [0, 40_000, 80_000]);
        assert_kept(timeline.late_frame(stall, stall + 25_000), stall, false);
    }
}

// Frames wait while the worker is busy, and then come all at once.
#[test]
fn a_worker_that_was_busy_over_a_stall_takes_it_for_no_jump() {
    let mut timeline = blind(30.0, false);
    kept(&mut timeline, [0, 40_000]);
    let busy_until = 6_000_000;
    assert_kept(timeline.late_frame(80_000, busy_until), 80_000, false);
    assert_kept(timeline.late_frame(5_900_000, busy_until + 1_000), 5_900_000, false);
}

#[test]
fn the_least_timestamp_there_is_may_be_the_first() {
    let mut timeline = blind(30.0, false);
    assert_kept(timeline.late_frame(i64::MIN, 5_000_000), 0, false);
    assert_kept(timeline.late_frame(723_318_000, 5_040_000), 33_333, false);
    assert_kept(timeline.late_frame(723_358_000, 5_080_000), 73_333, false);
}

#[test]
fn a_day_does_not_drift_from_the_wall() {
    let mut timeline = blind(30.0, false);
    let (mut state, mut behind, mut last, mut dropped) = (1_u64, 0, 0, 0);
    let frames = 24 * 3_600 * 30_i64;
    // The source's clock is 50 ppm slow.
    let wall = |n: i64| n * 100_000 / 3 - n * 5 / 3;
    for n in 0..frames {
        // Jitter of 12 ms, rounded to whole ones; a step back of 50 ms now and then, as receivers make.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let jitter = (state >> 33) as i64 % 12_000;
        if n % 7_919 == 0 {
            behind = 50_000 - behind;
        }
        let timestamp = (n * 100_000 / 3 + jitter - behind) / 1_000 * 1_000;
        match timeline.late_frame(timestamp, wall(n)) {
            Fate::Keep { time, .. } => last = time.us(),
            _ => dropped += 1,
        }
    }
    assert!((last - wall(frames - 1)).abs() < 100_000, "{} off after a day", last - wall(frames - 1));
    assert!(dropped < frames / 1_000, "{dropped} dropped for a cap that is the rate");
}

fn arrivals() -> impl Strategy<Value = Vec<(i64, bool)>> {
    let step = prop_oneof![8 => 0..60_000_i64, 1 => -5_000_000..5_000_000_i64, 1 => any::<i64>()];
    proptest::collection::vec((step, prop::bool::weighted(0.1)), 1..300)
}

proptest! {
    #[test]
    fn media_time_starts_at_0_and_always_rises(
        steps in arrivals(), start in any::<i64>(), fps in prop_oneof![Just(f64::INFINITY), 0.5..240.0], late in any::<bool>()
    ) {
        let mut timeline = blind(fps, false);
        let before = (Media::from_us(-1), Steady::from_us(-1));
        let (mut timestamp, (mut last, mut last_steady)) = (start, before);
        for (step, toggle) in steps {
            timestamp = timestamp.wrapping_add(step);
            // The wall's clock is ours, and counts no million years.
            let wall = if late { timestamp.wrapping_sub(step / 2) } else { timestamp } >> 14;
            if toggle {
                toggle_pause(&mut timeline, wall);
            }
            if let Fate::Keep { time, steady, .. } = timeline.late_frame(timestamp, wall) {
                prop_assert!(time > last);
                prop_assert!(steady > last_steady);
                last_steady = steady;
                prop_assert!(last.us() >= 0 || time.us() == 0);
                prop_assert!(timeline.end_of(time) > time, "{:?} {:?}", timeline.end_of(time), time);
                last = time;
            }
        }
    }

    #[test]
    fn no_frame_ends_after_the_limit(
        steps in arrivals(), fps in prop_oneof![Just(f64::INFINITY), 0.5..240.0], max_length_us in 1..20_000_000_i64
    ) {
        let mut timeline = limited(fps, Some(max_length_us), false);
        let (mut timestamp, mut frames) = (0_i64, 0);
        for (step, toggle) in steps {
            if toggle {
                toggle_pause(&mut timeline, timestamp);
            }
            timestamp = timestamp.wrapping_add(step);
            match timeline.frame(timestamp) {
                Fate::Keep { time, .. } => {
                    frames += 1;
                    prop_assert!((time.us() + 1..=max_length_us).contains(&timeline.end_of(time).us()));
                }
                Fate::Limit => {
                    prop_assert!(frames > 0, "the first frame is in the reel");
                    break;
                }
                Fate::Drop(_) => {}
            }
        }
    }

    #[test]
    fn jitter_that_reorders_timestamps_neither_loses_frames_nor_drifts(
        jitter in proptest::collection::vec(-25_000..25_000_i64, 3_000)
    ) {
        let mut timeline = blind(f64::INFINITY, false);
        let frames = jitter.iter().zip(0..).map(|(j, i)| (i * 33_333 + j, i * 33_333));
        let times = kept_late(&mut timeline, frames);
        prop_assert_eq!(times.len(), jitter.len());
        for (time, i) in times.iter().zip(0..) {
            let off = time - i * 33_333;
            prop_assert!(off.abs() < 250_000, "{} off", off);
        }
    }

    #[test]
    fn the_cadence_of_what_is_kept_is_the_source_s(steps in proptest::collection::vec(34_000..500_000_i64, 1..200)) {
        let mut timeline = blind(30.0, false);
        let timestamps: Vec<i64> = steps.iter().scan(0, |sum, step| { *sum += step; Some(*sum) }).collect();
        let expected: Vec<i64> = timestamps.iter().map(|t| t - timestamps[0]).collect();
        prop_assert_eq!(kept(&mut timeline, timestamps), expected);
    }
}
