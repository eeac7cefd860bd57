//! What becomes of each frame: kept, and at which media time, or dropped, and why. A function from state and frame to a
//! [`Fate`]; it knows frames by their timestamps alone.

mod cap;
mod clock;
mod limit;

use cap::RateCap;
use clock::Clock;
use limit::Limit;

/// What becomes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It goes into the reel.
    Keep {
        /// Its media time, in microseconds since the reel's start; greater than that of every frame kept before.
        time_us: i64,
        /// Whether time was cut out before it, so that it does not continue the picture before it.
        after_cut: bool,
    },
    /// It is left out.
    Drop(DropReason),
    /// With it the reel would be longer than the limit: the reel ends before it.
    Limit,
}

/// Why a frame is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropReason {
    /// The recording was paused.
    Paused,
    /// It came faster than the cap allows.
    MaxFps,
}

/// The timeline of one reel.
#[derive(Debug)]
pub struct Timeline {
    clock: Clock,
    cap: RateCap,
    limit: Limit,
    paused: bool,
    /// Time was cut since the last frame that was kept.
    cut: bool,
}

impl Timeline {
    /// A timeline that has seen no frame, with the highest frame rate in frames per second (infinite for no cap).
    pub fn new(max_fps: f64, paused: bool) -> Self {
        let limit = Limit::new(None);
        Self { clock: Clock::new(max_fps), cap: RateCap::new(max_fps), limit, paused, cut: false }
    }

    /// With the longest that the reel may become, in microseconds.
    pub fn limited(self, max_length_us: Option<i64>) -> Self {
        Self { limit: Limit::new(max_length_us), ..self }
    }

    /// Drops every frame from the next one on. Time is cut even if none comes meanwhile.
    pub fn pause(&mut self) {
        self.paused = true;
        self.cut = self.clock.cut();
    }

    /// Takes frames again from the next one on.
    pub fn resume(&mut self) {
        self.paused = false;
    }

    /// Whether frames are being dropped for a pause.
    pub fn paused(&self) -> bool {
        self.paused
    }

    /// When the kept frame at this media time ends if no other follows, in microseconds: after the nominal interval
    /// between frames, the median of the latest, but within the limit.
    pub fn end_us(&self, time_us: i64) -> i64 {
        self.limit.clip(time_us.saturating_add(self.clock.interval_us()))
    }

    /// Whether the limit is reached though no frame has come for so long, in microseconds: a still picture may send none,
    /// and time that is neither paused nor cut goes on in the reel without them.
    pub fn ends_in_silence(&self, silence_us: i64) -> bool {
        self.clock.last_us().is_some_and(|last_us| self.limit.passed(last_us, silence_us))
    }

    /// Decides over the frame that came next, by its own timestamp in microseconds.
    pub fn frame(&mut self, timestamp_us: i64) -> Fate {
        if self.paused {
            return Fate::Drop(DropReason::Paused);
        }
        let time_us = self.clock.media_time(timestamp_us);
        // The cap goes by the source's own pace: coming back to its clock must not cost a frame.
        if !self.cap.admits(time_us.saturating_add(self.clock.recovered_us())) {
            return Fate::Drop(DropReason::MaxFps);
        }
        if !self.limit.admits(time_us, self.clock.interval_us()) {
            return Fate::Limit;
        }
        self.clock.keep(time_us);
        Fate::Keep { time_us, after_cut: std::mem::take(&mut self.cut) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The media times of the frames that were kept.
    fn kept(timeline: &mut Timeline, timestamps: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let fates = timestamps.into_iter().map(|timestamp| timeline.frame(timestamp));
        fates
            .filter_map(|fate| match fate {
                Fate::Keep { time_us, .. } => Some(time_us),
                Fate::Drop(_) | Fate::Limit => None,
            })
            .collect()
    }

    #[test]
    fn a_track_that_starts_anywhere_starts_the_reel_at_0() {
        for start in [0, 723_318_000, -5_000_000, i64::MIN, i64::MAX - 100_000] {
            let mut timeline = Timeline::new(30.0, false);
            assert_eq!(kept(&mut timeline, [start, start + 33_333, start + 66_667]), [0, 33_333, 66_667]);
        }
    }

    #[test]
    fn paused_time_is_not_in_the_reel() {
        let mut timeline = Timeline::new(30.0, false);
        assert_eq!(kept(&mut timeline, [0, 40_000, 80_000]), [0, 40_000, 80_000]);
        timeline.pause();
        timeline.pause();
        assert_eq!(timeline.frame(120_000), Fate::Drop(DropReason::Paused));
        assert_eq!(timeline.frame(9_000_000), Fate::Drop(DropReason::Paused));
        timeline.resume();
        assert_eq!(timeline.frame(9_040_000), Fate::Keep { time_us: 120_000, after_cut: true });
        assert_eq!(timeline.frame(9_080_000), Fate::Keep { time_us: 160_000, after_cut: false });
    }

    #[test]
    fn a_pause_between_two_frames_takes_no_more_than_its_time() {
        let mut timeline = Timeline::new(30.0, false);
        timeline.frame(0);
        timeline.frame(40_000);
        timeline.pause();
        timeline.resume();
        assert_eq!(timeline.frame(80_000), Fate::Keep { time_us: 80_000, after_cut: true });
    }

    // Ten minutes of pause over a still page, which sends no frame, were ten minutes of the file.
    #[test]
    fn a_pause_in_which_no_frame_comes_is_cut_as_well() {
        let mut timeline = Timeline::new(30.0, false);
        kept(&mut timeline, [0, 40_000]);
        timeline.pause();
        timeline.resume();
        assert_eq!(timeline.frame(600_040_000), Fate::Keep { time_us: 80_000, after_cut: true });
    }

    #[test]
    fn timestamps_that_stand_still_are_frames_at_the_nominal_rate() {
        let mut timeline = Timeline::new(30.0, false);
        let times = kept(&mut timeline, [0; 3_000]);
        assert_eq!(times.len(), 3_000);
        assert!(times[2_999] > 95_000_000, "{}", times[2_999]);
    }

    #[test]
    fn a_recording_that_starts_paused_starts_at_0_when_it_is_resumed() {
        let mut timeline = Timeline::new(30.0, true);
        assert_eq!(timeline.frame(1_000_000), Fate::Drop(DropReason::Paused));
        timeline.resume();
        assert_eq!(timeline.frame(5_000_000), Fate::Keep { time_us: 0, after_cut: false });
    }

    // Received tracks do this about a second after their start, and the frames are as good as any other.
    #[test]
    fn frames_whose_timestamps_step_back_are_kept_and_follow_one_by_one() {
        let mut timeline = Timeline::new(30.0, false);
        let timestamps = [0, 40_000, 80_000, 120_000, 60_000, 100_000, 100_000, 140_000];
        let times = kept(&mut timeline, timestamps);
        assert_eq!(times, [0, 40_000, 80_000, 120_000, 159_200, 198_400, 237_600, 276_800]);
    }

    #[test]
    fn after_a_step_back_the_reel_comes_back_to_the_source_s_clock_without_losing_a_frame() {
        let mut timeline = Timeline::new(25.0, false);
        let step_back = |i: i64| i * 40_000 - if i >= 25 { 100_000 } else { 0 };
        let times = kept(&mut timeline, (0..500).map(step_back));
        assert_eq!(times.len(), 500);
        assert_eq!(times[499], step_back(499));
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= 39_200));
    }

    #[test]
    fn a_source_that_set_its_clock_back_goes_on_after_one_interval() {
        let mut timeline = Timeline::new(30.0, false);
        kept(&mut timeline, [3_600_000_000, 3_600_040_000, 3_600_080_000]);
        assert_eq!(timeline.frame(0), Fate::Keep { time_us: 120_000, after_cut: false });
        assert_eq!(timeline.frame(40_000), Fate::Keep { time_us: 160_000, after_cut: false });
    }

    #[test]
    fn the_reel_ends_before_the_frame_that_would_pass_the_limit() {
        let mut timeline = Timeline::new(30.0, false).limited(Some(120_000));
        assert_eq!(kept(&mut timeline, [0, 40_000]), [0, 40_000]);
        assert_eq!(timeline.frame(80_001), Fate::Limit);
        let mut timeline = Timeline::new(30.0, false).limited(Some(120_000));
        assert_eq!(kept(&mut timeline, [0, 40_000, 80_000, 120_000]), [0, 40_000, 80_000]);
        assert_eq!(timeline.end_us(80_000), 120_000);
    }

    #[test]
    fn paused_time_does_not_count_towards_the_limit() {
        let mut timeline = Timeline::new(30.0, false).limited(Some(160_000));
        kept(&mut timeline, [0, 40_000]);
        timeline.pause();
        assert_eq!(timeline.frame(9_000_000), Fate::Drop(DropReason::Paused));
        assert!(!timeline.ends_in_silence(3_600_000_000));
        timeline.resume();
        assert!(!timeline.ends_in_silence(3_600_000_000), "nothing is in the reel until a frame comes");
        assert_eq!(kept(&mut timeline, [20_000_000, 20_040_000, 20_080_000]), [80_000, 120_000]);
    }

    // A still page sends no frame, and its recording went on for ever.
    #[test]
    fn a_source_that_falls_silent_comes_to_the_limit_as_well() {
        let mut timeline = Timeline::new(30.0, false).limited(Some(3_000_000));
        assert!(!timeline.ends_in_silence(3_600_000_000), "the reel begins with its first frame");
        timeline.frame(0);
        assert!(!timeline.ends_in_silence(3_000_000));
        assert!(timeline.ends_in_silence(3_000_001));
        assert!(!Timeline::new(30.0, false).ends_in_silence(i64::MAX));
    }

    fn arrivals() -> impl Strategy<Value = Vec<(i64, bool)>> {
        let step = prop_oneof![8 => 0..60_000_i64, 1 => -5_000_000..5_000_000_i64, 1 => any::<i64>()];
        proptest::collection::vec((step, prop::bool::weighted(0.1)), 1..300)
    }

    proptest! {
        #[test]
        fn media_time_starts_at_0_and_always_rises(
            steps in arrivals(), start in any::<i64>(), fps in prop_oneof![Just(f64::INFINITY), 0.5..240.0]
        ) {
            let mut timeline = Timeline::new(fps, false);
            let (mut timestamp, mut last) = (start, -1);
            for (step, toggle) in steps {
                if toggle {
                    if timeline.paused() { timeline.resume() } else { timeline.pause() }
                }
                timestamp = timestamp.wrapping_add(step);
                if let Fate::Keep { time_us, .. } = timeline.frame(timestamp) {
                    prop_assert!(time_us > last);
                    prop_assert!(last >= 0 || time_us == 0);
                    prop_assert!(timeline.end_us(time_us) > time_us);
                    last = time_us;
                }
            }
        }

        #[test]
        fn no_frame_ends_after_the_limit(
            steps in arrivals(), fps in prop_oneof![Just(f64::INFINITY), 0.5..240.0], max_length_us in 1..20_000_000_i64
        ) {
            let mut timeline = Timeline::new(fps, false).limited(Some(max_length_us));
            let (mut timestamp, mut frames) = (0_i64, 0);
            for (step, toggle) in steps {
                if toggle {
                    if timeline.paused() { timeline.resume() } else { timeline.pause() }
                }
                timestamp = timestamp.wrapping_add(step);
                match timeline.frame(timestamp) {
                    Fate::Keep { time_us, .. } => {
                        frames += 1;
                        prop_assert!((time_us + 1..=max_length_us).contains(&timeline.end_us(time_us)));
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
            let mut timeline = Timeline::new(f64::INFINITY, false);
            let timestamps: Vec<i64> = jitter.iter().zip(0..).map(|(j, i)| i * 33_333 + j).collect();
            let times = kept(&mut timeline, timestamps.iter().copied());
            prop_assert_eq!(times.len(), timestamps.len());
            for (time, timestamp) in times.iter().zip(&timestamps) {
                let lead = time - (timestamp - timestamps[0]);
                prop_assert!((0..300_000).contains(&lead), "{} ahead", lead);
            }
        }

        #[test]
        fn the_cadence_of_what_is_kept_is_the_source_s(steps in proptest::collection::vec(34_000..500_000_i64, 1..200)) {
            let mut timeline = Timeline::new(30.0, false);
            let timestamps: Vec<i64> = steps.iter().scan(0, |sum, step| { *sum += step; Some(*sum) }).collect();
            let expected: Vec<i64> = timestamps.iter().map(|t| t - timestamps[0]).collect();
            prop_assert_eq!(kept(&mut timeline, timestamps), expected);
        }
    }
}
