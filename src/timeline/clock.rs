//! From the track's timestamps to media time.

/// Steps beyond these, back or forward, are those of a source that set its clock anew: its past is forgotten.
/// Twelve hours are also what 32 bits hold at 90,000 ticks a second.
const REBASE_US: std::ops::Range<i64> = -1_000_000..12 * 3_600_000_000;
/// The part of each step that may be taken to come back to the source's clock: one in so many, too little to be seen.
const RECOVERY: i64 = 50;
/// How many of the latest intervals tell the nominal one.
const INTERVALS: usize = 9;

/// Rebases timestamps so that the reel starts at 0, always rises, and cuts take no time.
///
/// Every step forward is kept as it is. A received track's timestamps step back now and then, as the receiver guesses
/// anew when to show its frames; such a frame is as good as any other and follows after one nominal interval. The reel is
/// then ahead of the source's clock, and comes back to it by shortening the steps that follow: long ones to the nominal
/// interval, others by 2 %.
#[derive(Debug)]
pub(super) struct Clock {
    /// Where the frame before was; none before the first and after a cut.
    position: Option<Position>,
    /// The media time of the last frame that was kept, in microseconds.
    last_kept_us: Option<i64>,
    /// The same, had no step been shortened.
    last_paced_us: Option<i64>,
    /// The latest intervals between kept frames, oldest first.
    intervals_us: Vec<i64>,
    /// The interval before two frames have told one.
    default_interval_us: i64,
    recovered_us: i64,
}

#[derive(Debug, Clone, Copy)]
struct Position {
    timestamp_us: i64,
    media_us: i64,
    /// How far media time is ahead of the source's clock.
    lead_us: i64,
}

impl Clock {
    pub(super) fn new(max_fps: f64) -> Self {
        let fps = if max_fps.is_finite() { max_fps } else { 30.0 };
        Self {
            position: None,
            last_kept_us: None,
            last_paced_us: None,
            intervals_us: Vec::with_capacity(INTERVALS + 1),
            default_interval_us: ((1e6 / fps) as i64).clamp(1_000, 1_000_000),
            recovered_us: 0,
        }
    }

    /// Takes the time from the last kept frame to the next one out. Tells whether there is anything to cut it from.
    pub(super) fn cut(&mut self) -> bool {
        self.position = None;
        self.last_kept_us.is_some()
    }

    /// The media time of the next frame, in microseconds.
    pub(super) fn media_time(&mut self, timestamp_us: i64) -> i64 {
        let position = match self.position {
            None => Position { timestamp_us, media_us: self.end_us(), lead_us: 0 },
            Some(last) => match timestamp_us.checked_sub(last.timestamp_us) {
                Some(step_us) if REBASE_US.contains(&step_us) => self.step(last, timestamp_us, step_us),
                _ => Position { timestamp_us, media_us: last.media_us + self.interval_us(), lead_us: 0 },
            },
        };
        self.position = Some(position);
        position.media_us
    }

    fn step(&mut self, last: Position, timestamp_us: i64, step_us: i64) -> Position {
        let advance_us = if step_us > 0 { step_us } else { self.interval_us() };
        let lead_us = last.lead_us + advance_us - step_us;
        let recovered_us = lead_us.min((advance_us / RECOVERY).max(advance_us - self.interval_us()));
        self.recovered_us += recovered_us;
        let media_us = last.media_us.saturating_add(advance_us - recovered_us);
        Position { timestamp_us, media_us, lead_us: lead_us - recovered_us }
    }

    /// How much time was taken to come back to the source's clock, in microseconds.
    pub(super) fn recovered_us(&self) -> i64 {
        self.recovered_us
    }

    /// Notes that the frame at this media time is in the reel.
    pub(super) fn keep(&mut self, time_us: i64) {
        // An interval that was shortened tells nothing of the source's.
        let paced_us = time_us.saturating_add(self.recovered_us);
        self.last_kept_us = Some(time_us);
        if let Some(last_us) = self.last_paced_us.replace(paced_us) {
            self.intervals_us.push(paced_us - last_us);
            if self.intervals_us.len() > INTERVALS {
                self.intervals_us.remove(0);
            }
        }
    }

    /// The media time of the frame before, in microseconds; none before the first and after a cut.
    pub(super) fn last_us(&self) -> Option<i64> {
        self.position.map(|position| position.media_us)
    }

    /// One nominal frame interval after the last kept frame, in microseconds; 0 before the first.
    fn end_us(&self) -> i64 {
        self.last_kept_us.map_or(0, |last_us| last_us.saturating_add(self.interval_us()))
    }

    /// The nominal frame interval, in microseconds: the median of the latest, so that a stall does not stretch it.
    pub(super) fn interval_us(&self) -> i64 {
        let intervals = &self.intervals_us;
        let middle = intervals.len() / 2;
        let is_median = |median: &&i64| {
            let below = intervals.iter().filter(|interval| interval < median).count();
            let up_to = intervals.iter().filter(|interval| interval <= median).count();
            (below..up_to).contains(&middle)
        };
        intervals.iter().find(is_median).map_or(self.default_interval_us, |&median| median.min(1_000_000))
    }
}
