//! The longest that a reel may become.

use crate::time::Media;

/// Ends a reel before the frame that would make it too long.
#[derive(Debug)]
pub(super) struct Limit {
    /// The latest time for no limit.
    end: Media,
}

/// How long a frame may be on its way, in microseconds, before its source counts as silent.
const LATE_US: i64 = 1_000_000;

impl Limit {
    pub(super) fn new(max_length_us: Option<i64>) -> Self {
        Self { end: max_length_us.map_or(Media::MAX, Media::from_us) }
    }

    /// The reel is this long already: it gets no longer, if that is beyond the limit.
    pub(super) fn reached(&mut self, end: Media) {
        self.end = self.end.max(end);
    }

    /// Whether the frame at this media time ends within the limit if it lasts its nominal interval, in microseconds.
    /// The first frame goes in always: a reel without one would be none.
    pub(super) fn admits(&self, time: Media, interval_us: i64) -> bool {
        time == Media::default() || time.saturating_add(interval_us) <= self.end
    }

    /// The end of a frame, or the limit if that comes before it.
    pub(super) fn clip(&self, end: Media) -> Media {
        end.min(self.end)
    }

    /// Whether the limit has passed at this media time, while nothing came for this long, in microseconds.
    pub(super) fn passed(&self, end: Media, silence_us: i64) -> bool {
        silence_us >= LATE_US && end > self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_frame_ends_at_the_limit_or_before_it() {
        let limit = Limit::new(Some(3_000_000));
        assert!(limit.admits(Media::from_us(2_960_000), 40_000));
        assert!(!limit.admits(Media::from_us(2_960_001), 40_000));
        assert_eq!(limit.clip(Media::from_us(3_010_000)), Media::from_us(3_000_000));
        assert_eq!(limit.clip(Media::from_us(2_990_000)), Media::from_us(2_990_000));
    }

    #[test]
    fn a_reel_that_is_longer_already_keeps_its_length() {
        let mut limit = Limit::new(Some(3_000_000));
        limit.reached(Media::from_us(10_000_000));
        assert_eq!(limit.clip(Media::from_us(11_000_000)), Media::from_us(10_000_000));
        limit.reached(Media::from_us(4_000_000));
        assert!(limit.admits(Media::from_us(9_960_000), 40_000) && !limit.admits(Media::from_us(9_960_001), 40_000));
    }

    #[test]
    fn a_limit_shorter_than_a_frame_holds_one_frame() {
        let limit = Limit::new(Some(1));
        assert!(limit.admits(Media::from_us(0), 33_333));
        assert!(!limit.admits(Media::from_us(1), 33_333));
        assert_eq!(limit.clip(Media::from_us(33_333)), Media::from_us(1));
    }

    #[test]
    fn silence_counts_once_no_frame_can_be_on_its_way() {
        let limit = Limit::new(Some(3_000_000));
        assert!(!limit.passed(Media::from_us(3_000_000), 1_000_000));
        assert!(limit.passed(Media::from_us(3_000_001), 1_000_000));
        assert!(!limit.passed(Media::from_us(3_989_999), 999_999));
    }

    #[test]
    fn no_limit_is_never_reached() {
        let limit = Limit::new(None);
        assert!(limit.admits(Media::MAX - 1, 33_333));
        assert!(!limit.passed(Media::MAX, i64::MAX));
        assert_eq!(limit.clip(Media::MAX), Media::MAX);
    }
}
