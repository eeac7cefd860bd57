//! The longest that a reel may become.

/// Ends a reel before the frame that would make it too long.
#[derive(Debug)]
pub(super) struct Limit {
    /// In microseconds of media time; the highest number for no limit.
    end_us: i64,
}

/// How long a frame may be on its way, in microseconds, before its source counts as silent.
const LATE_US: i64 = 1_000_000;

impl Limit {
    pub(super) fn new(max_length_us: Option<i64>) -> Self {
        Self { end_us: max_length_us.unwrap_or(i64::MAX) }
    }

    /// The reel is this long already, in microseconds: it gets no longer, if that is beyond the limit.
    pub(super) fn reached(&mut self, end_us: i64) {
        self.end_us = self.end_us.max(end_us);
    }

    /// Whether the frame at this media time ends within the limit if it lasts its nominal interval, both in microseconds.
    /// The first frame goes in always: a reel without one would be none.
    pub(super) fn admits(&self, time_us: i64, interval_us: i64) -> bool {
        time_us == 0 || time_us.saturating_add(interval_us) <= self.end_us
    }

    /// The end of a frame, in microseconds, or the limit if that comes before it.
    pub(super) fn clip(&self, end_us: i64) -> i64 {
        end_us.min(self.end_us)
    }

    /// Whether the limit has passed at this media time, while nothing came for this long, both in microseconds.
    pub(super) fn passed(&self, end_us: i64, silence_us: i64) -> bool {
        silence_us >= LATE_US && end_us > self.end_us
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_frame_ends_at_the_limit_or_before_it() {
        let limit = Limit::new(Some(3_000_000));
        assert!(limit.admits(2_960_000, 40_000));
        assert!(!limit.admits(2_960_001, 40_000));
        assert_eq!(limit.clip(3_010_000), 3_000_000);
        assert_eq!(limit.clip(2_990_000), 2_990_000);
    }

    #[test]
    fn a_limit_shorter_than_a_frame_holds_one_frame() {
        let limit = Limit::new(Some(1));
        assert!(limit.admits(0, 33_333));
        assert!(!limit.admits(1, 33_333));
        assert_eq!(limit.clip(33_333), 1);
    }

    #[test]
    fn silence_counts_once_no_frame_can_be_on_its_way() {
        let limit = Limit::new(Some(3_000_000));
        assert!(!limit.passed(3_000_000, 1_000_000));
        assert!(limit.passed(3_000_001, 1_000_000));
        assert!(!limit.passed(3_989_999, 999_999));
    }

    #[test]
    fn no_limit_is_never_reached() {
        let limit = Limit::new(None);
        assert!(limit.admits(i64::MAX - 1, 33_333));
        assert!(!limit.passed(i64::MAX, i64::MAX));
        assert_eq!(limit.clip(i64::MAX), i64::MAX);
    }
}
