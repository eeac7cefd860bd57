//! Frames that were delayed on their way.

use super::Arrival;
use crate::time::Wall;

/// A frame that comes this long after the one before, in microseconds, and as many times the interval before that, may have been
/// delayed.
const GAP_US: i64 = 200_000;
const GAP_INTERVALS: i64 = 3;

/// Separates frames that were delayed from the first after a silence: of those that were delayed, others follow at once.
#[derive(Debug, Default)]
pub struct Bursts {
    /// When the last frame came, and how long after the one before, in microseconds.
    last: Option<Wall>,
    interval_us: i64,
}

impl Bursts {
    /// After a frame that was delayed, this many follow.
    pub const FRAMES: usize = 2;
    /// They follow within this many milliseconds.
    pub const WITHIN_MS: i32 = 20;

    /// Whether the next frame comes so late that it may have been delayed.
    pub fn is_late(&mut self, arrival: &Arrival) -> bool {
        let gap_us = self.last.replace(arrival.wall).map_or(0, |last| arrival.wall - last);
        let is_late = gap_us > GAP_US.max(GAP_INTERVALS * self.interval_us);
        self.interval_us = gap_us;
        is_late
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Source;

    #[test]
    fn a_frame_is_late_after_several_intervals_of_its_own_source() {
        let mut bursts = Bursts::default();
        let mut late_at = |wall_us| {
            let (timestamp, wall) = (Source::default(), Wall::from_us(wall_us));
            bursts.is_late(&Arrival { timestamp, rtp: None, wall, is_burst: false, is_encoded: false })
        };
        assert!(!late_at(5_000_000), "the first");
        assert!(!late_at(5_033_000));
        assert!(!late_at(5_233_000), "not yet");
        assert!(late_at(5_900_000));
        // A slow source is not late at its own pace.
        assert!(!late_at(6_900_000));
        assert!(!late_at(7_900_000));
        assert!(!late_at(10_900_000));
        assert!(late_at(20_000_000));
    }
}
