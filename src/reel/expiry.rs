//! Which reels of earlier sessions are removed when a new one begins to record.

/// A reel that is not being recorded; times in milliseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub struct IdleReel {
    /// When its recording began.
    pub created_ms: f64,
    /// When it was written last.
    pub updated_ms: f64,
    /// Whether all of it has been exported.
    pub is_exported: bool,
}

impl IdleReel {
    /// Whether it is removed by a page that was loaded at this time, in milliseconds since 1970. It is from before that, and was exported
    /// in full or has not been written for this long, in microseconds.
    pub fn is_expired(&self, visit_began_ms: f64, now_ms: f64, recover_for_us: i64) -> bool {
        // A clock that was set back since makes nothing older.
        let idle_us = (now_ms - self.updated_ms).max(0.0) * 1e3;
        self.created_ms < visit_began_ms && (self.is_exported || idle_us >= recover_for_us as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_US: i64 = 3_600_000_000;
    const HOUR_MS: f64 = 3_600_000.0;
    const NOW_MS: f64 = 1_795_356_207_000.0;

    fn is_expired(created_ms: f64, updated_ms: f64, is_exported: bool, recover_for_us: i64) -> bool {
        IdleReel { created_ms, updated_ms, is_exported }.is_expired(NOW_MS - 60_000.0, NOW_MS, recover_for_us)
    }

    #[test]
    fn what_was_saved_goes_and_what_may_be_missed_stays_for_its_time() {
        let hours_ago = |hours: f64| NOW_MS - hours * HOUR_MS;
        assert!(is_expired(hours_ago(1.0), hours_ago(0.5), true, 24 * HOUR_US));
        assert!(!is_expired(hours_ago(23.0), hours_ago(22.0), false, 24 * HOUR_US));
        assert!(is_expired(hours_ago(26.0), hours_ago(25.0), false, 24 * HOUR_US));
        assert!(!is_expired(hours_ago(1e6), hours_ago(1e6), false, i64::MAX), "for ever");
    }

    // A recording of thirty hours that a crash has just ended was older than a day.
    #[test]
    fn the_age_counts_from_the_last_write() {
        assert!(!is_expired(NOW_MS - 30.0 * HOUR_MS, NOW_MS - 1000.0, false, 24 * HOUR_US));
    }

    #[test]
    fn a_strict_start_removes_all_that_is_of_an_earlier_visit() {
        assert!(is_expired(NOW_MS - HOUR_MS, NOW_MS - 61_000.0, false, 0));
        assert!(is_expired(NOW_MS - HOUR_MS, NOW_MS + HOUR_MS, false, 0), "the clock was set back");
        assert!(!is_expired(NOW_MS - 1000.0, NOW_MS, false, 0), "of this visit");
        assert!(!is_expired(NOW_MS - 1000.0, NOW_MS, true, 0));
        assert!(!is_expired(NOW_MS - 60_000.0, NOW_MS, true, 0), "begun in the millisecond of the load");
    }
}
