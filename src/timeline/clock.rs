//! From the track's timestamps to media time.

/// A step back of more than this is a source that set its clock anew; a smaller one is a frame out of order.
const REBASE_US: i64 = 1_000_000;
/// How many of the latest intervals tell the nominal one.
const INTERVALS: usize = 9;

/// Rebases timestamps so that the reel starts at 0 and cuts take no time.
#[derive(Debug)]
pub(super) struct Clock {
    /// The timestamp and the media time that belong together; none before the first frame and after a cut.
    anchor: Option<Point>,
    /// The last frame that was kept.
    last_kept_us: Option<i64>,
    /// The last frame's timestamp, kept or not.
    last_timestamp_us: i64,
    /// The latest intervals between kept frames, oldest first.
    intervals_us: Vec<i64>,
    /// The interval before two frames have told one.
    default_interval_us: i64,
}

#[derive(Debug, Clone, Copy)]
struct Point {
    timestamp_us: i64,
    media_us: i64,
}

impl Clock {
    pub(super) fn new(max_fps: f64) -> Self {
        let fps = if max_fps.is_finite() { max_fps } else { 30.0 };
        Self {
            anchor: None,
            last_kept_us: None,
            last_timestamp_us: 0,
            intervals_us: Vec::with_capacity(INTERVALS + 1),
            default_interval_us: ((1e6 / fps) as i64).clamp(1_000, 1_000_000),
        }
    }

    /// Takes the time from the last kept frame to the next one out. Tells whether there is anything to cut it from.
    pub(super) fn cut(&mut self) -> bool {
        self.anchor = None;
        self.last_kept_us.is_some()
    }

    /// The media time of the next frame, in microseconds, or none if it is out of order.
    pub(super) fn media_time(&mut self, timestamp_us: i64) -> Option<i64> {
        let step = timestamp_us.checked_sub(self.last_timestamp_us);
        let rebased = step.is_none_or(|step| step < -REBASE_US);
        let anchor = match self.anchor {
            Some(anchor) if !rebased => {
                if step.is_some_and(|step| step <= 0) {
                    return None;
                }
                anchor
            }
            _ => *self.anchor.insert(Point { timestamp_us, media_us: self.end_us() }),
        };
        self.last_timestamp_us = timestamp_us;
        anchor.media_us.checked_add(timestamp_us.checked_sub(anchor.timestamp_us)?)
    }

    /// Notes that the frame at this media time is in the reel.
    pub(super) fn keep(&mut self, time_us: i64) {
        if let Some(last_us) = self.last_kept_us.replace(time_us) {
            self.intervals_us.push(time_us - last_us);
            if self.intervals_us.len() > INTERVALS {
                self.intervals_us.remove(0);
            }
        }
    }

    /// One nominal frame interval after the last kept frame, in microseconds; 0 before the first.
    fn end_us(&self) -> i64 {
        self.last_kept_us.map_or(0, |last_us| last_us.saturating_add(self.interval_us()))
    }

    /// The nominal frame interval: the median of the latest, so that a stall does not stretch it.
    pub(super) fn interval_us(&self) -> i64 {
        let mut sorted = self.intervals_us.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).map_or(self.default_interval_us, |&median| median.min(1_000_000))
    }
}
