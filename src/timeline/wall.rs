/// Tells a source that set its clock anew from one that stood still, by the clock on the wall.
///
/// Frames may come late: they wait in networks and queues. None comes early. So one that is further ahead of the wall's
/// clock than those before it has a timestamp of another clock.
#[derive(Debug, Default)]
pub(super) struct Wall {
    /// How far ahead the timeliest frame was, and the time on the wall when the last one came, in microseconds.
    latest: Option<(i64, i64)>,
}

/// How much further ahead a frame may be, in microseconds.
const SLACK_US: i64 = 1_000_000;
/// Clocks differ by less than one part in so many; of a step on the wall of ten seconds at most, since a stall says nothing of them.
const DRIFT: i64 = 1_000;
const LONGEST_STEP_US: i64 = 10_000_000;

impl Wall {
    /// Whether a frame of this timestamp can't have come at this time on the wall, both in microseconds.
    pub(super) fn is_early(&mut self, timestamp_us: i64, wall_us: i64) -> bool {
        let ahead_us = timestamp_us.saturating_sub(wall_us);
        let expected = self.latest.map(|(most_us, last_us)| {
            let step_us = wall_us.saturating_sub(last_us).clamp(0, LONGEST_STEP_US);
            most_us.saturating_sub(step_us / DRIFT)
        });
        self.latest = Some((expected.map_or(ahead_us, |expected_us| expected_us.max(ahead_us)), wall_us));
        expected.is_some_and(|expected_us| ahead_us.saturating_sub(expected_us) > SLACK_US)
    }

    /// Begins anew with a frame.
    pub(super) fn reset(&mut self, timestamp_us: i64, wall_us: i64) {
        self.latest = Some((timestamp_us.saturating_sub(wall_us), wall_us));
    }
}
