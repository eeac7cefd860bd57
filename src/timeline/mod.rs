//! What becomes of each frame: kept, and at which media time, or dropped, and why. A function from state and frame to a
//! [`Fate`]; it knows frames by their timestamps alone.

mod cap;
mod clock;

use cap::RateCap;
use clock::Clock;

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
}

/// Why a frame is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropReason {
    /// The recording was paused.
    Paused,
    /// It came faster than the cap allows.
    MaxFps,
    /// Its timestamp was not after that of the frame before.
    Timestamp,
}

/// The timeline of one reel.
#[derive(Debug)]
pub struct Timeline {
    clock: Clock,
    cap: RateCap,
    paused: bool,
    /// Time was cut since the last frame that was kept.
    cut: bool,
}

impl Timeline {
    /// A timeline that has seen no frame, with the highest frame rate in frames per second (infinite for no cap).
    pub fn new(max_fps: f64, paused: bool) -> Self {
        Self { clock: Clock::new(max_fps), cap: RateCap::new(max_fps), paused, cut: false }
    }

    /// Drops every frame from the next one on.
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// Takes frames again from the next one on.
    pub fn resume(&mut self) {
        self.paused = false;
    }

    /// Whether frames are being dropped for a pause.
    pub fn paused(&self) -> bool {
        self.paused
    }

    /// The nominal interval between frames, in microseconds: the median of the latest.
    pub fn interval_us(&self) -> i64 {
        self.clock.interval_us()
    }

    /// Decides over the frame that came next, by its own timestamp in microseconds.
    pub fn frame(&mut self, timestamp_us: i64) -> Fate {
        if self.paused {
            self.cut = self.clock.cut();
            return Fate::Drop(DropReason::Paused);
        }
        let Some(time_us) = self.clock.media_time(timestamp_us) else {
            return Fate::Drop(DropReason::Timestamp);
        };
        if !self.cap.admits(time_us) {
            return Fate::Drop(DropReason::MaxFps);
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
                Fate::Drop(_) => None,
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
    fn a_pause_between_two_frames_changes_nothing() {
        let mut timeline = Timeline::new(30.0, false);
        timeline.frame(0);
        timeline.pause();
        timeline.resume();
        assert_eq!(timeline.frame(40_000), Fate::Keep { time_us: 40_000, after_cut: false });
    }

    #[test]
    fn a_recording_that_starts_paused_starts_at_0_when_it_is_resumed() {
        let mut timeline = Timeline::new(30.0, true);
        assert_eq!(timeline.frame(1_000_000), Fate::Drop(DropReason::Paused));
        timeline.resume();
        assert_eq!(timeline.frame(5_000_000), Fate::Keep { time_us: 0, after_cut: false });
    }

    #[test]
    fn a_frame_that_is_not_after_the_one_before_is_dropped_and_the_next_is_on_time() {
        let mut timeline = Timeline::new(30.0, false);
        timeline.frame(1_000_000);
        assert_eq!(timeline.frame(1_000_000), Fate::Drop(DropReason::Timestamp));
        assert_eq!(timeline.frame(990_000), Fate::Drop(DropReason::Timestamp));
        assert_eq!(timeline.frame(1_040_000), Fate::Keep { time_us: 40_000, after_cut: false });
    }

    #[test]
    fn a_source_that_set_its_clock_back_goes_on_after_one_interval() {
        let mut timeline = Timeline::new(30.0, false);
        kept(&mut timeline, [3_600_000_000, 3_600_040_000, 3_600_080_000]);
        assert_eq!(timeline.frame(0), Fate::Keep { time_us: 120_000, after_cut: false });
        assert_eq!(timeline.frame(40_000), Fate::Keep { time_us: 160_000, after_cut: false });
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
                    prop_assert!(timeline.interval_us() > 0);
                    last = time_us;
                }
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
