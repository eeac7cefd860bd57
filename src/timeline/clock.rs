//! From the track's timestamps to media time.

use super::wall::Wall;

/// Steps beyond these, back or forward, are those of a source that set its clock anew, whatever the wall's clock says.
/// Twelve hours are what 32 bits hold at 90,000 ticks a second.
const STEPS_US: std::ops::Range<i64> = -1_000_000..12 * 3_600_000_000;
/// The part of each step that is taken to come back to the source's clock: one in so many, too little to be seen; one in
/// so many while the reel is further ahead than this, in microseconds.
const RECOVERY: i64 = 50;
const FAST_RECOVERY: i64 = 10;
const FAR_AHEAD_US: i64 = 200_000;
/// How many of the latest intervals tell the nominal one.
const INTERVALS: usize = 9;

/// Rebases timestamps so that the reel starts at 0, always rises, and cuts take no time.
///
/// Every step forward is kept as it is, unless the source set its clock anew ([`Wall`] tells): that takes one nominal
/// interval, as does a step back of more than a second. A received track's timestamps step back now and then, as the receiver guesses
/// anew when to show its frames; such a frame is as good as any other and follows after one nominal interval. The reel is
/// then ahead of the source's clock, and comes back to it by shortening the steps that follow: long ones to the nominal
/// interval, others by 2 %, or by 10 % when it is far ahead.
#[derive(Debug)]
pub(super) struct Clock {
    wall: Wall,
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
            wall: Wall::default(),
            position: None,
            last_kept_us: None,
            last_paced_us: None,
            intervals_us: Vec::with_capacity(INTERVALS + 1),
            default_interval_us: ((1e6 / fps) as i64).clamp(1_000, 1_000_000),
            recovered_us: 0,
        }
    }

    /// Has the first frame follow at this media time, in microseconds.
    pub(super) fn go_on(&mut self, end_us: i64) {
        self.last_kept_us = Some(end_us - self.default_interval_us);
    }

    /// Takes the time from the last kept frame to the next one out. Tells whether there is anything to cut it from.
    pub(super) fn cut(&mut self) -> bool {
        self.position = None;
        self.last_kept_us.is_some()
    }

    /// Goes back to the frame that was kept at this media time, in microseconds: what came after it takes no time.
    pub(super) fn cut_back(&mut self, last_us: i64) {
        self.position = None;
        self.last_kept_us = Some(last_us);
        self.last_paced_us = Some(self.paced_us(last_us));
    }

    /// The media time of the next frame, from its timestamp and the time on the wall when it came, all in microseconds.
    pub(super) fn media_time(&mut self, timestamp_us: i64, wall_us: i64) -> i64 {
        let step_us = self.position.map(|last| timestamp_us.checked_sub(last.timestamp_us));
        let is_early = self.wall.is_early(timestamp_us, wall_us);
        let position = match (self.position, step_us.flatten().filter(|step_us| STEPS_US.contains(step_us))) {
            (None, _) => Position { timestamp_us, media_us: self.end_us(), lead_us: 0 },
            (Some(last), Some(step_us)) if !is_early => self.step(last, timestamp_us, step_us),
            (Some(last), _) => {
                self.wall.reset(timestamp_us, wall_us);
                let media_us = last.media_us.saturating_add(self.interval_us());
                Position { timestamp_us, media_us, lead_us: 0 }
            }
        };
        self.position = Some(position);
        position.media_us
    }

    fn step(&mut self, last: Position, timestamp_us: i64, step_us: i64) -> Position {
        let advance_us = if step_us > 0 { step_us } else { self.interval_us() };
        let lead_us = last.lead_us.saturating_add(advance_us - step_us);
        let recovery = if lead_us > FAR_AHEAD_US { FAST_RECOVERY } else { RECOVERY };
        let recovered_us = lead_us.min((advance_us / recovery).max(advance_us - self.interval_us()));
        self.recovered_us = self.recovered_us.saturating_add(recovered_us);
        let media_us = last.media_us.saturating_add(advance_us - recovered_us);
        Position { timestamp_us, media_us, lead_us: lead_us - recovered_us }
    }

    /// Where this media time would be, had no step been shortened, both in microseconds.
    pub(super) fn paced_us(&self, time_us: i64) -> i64 {
        time_us.saturating_add(self.recovered_us)
    }

    /// The media time of the last frame in the reel, or of the last moment for which it is held, in microseconds.
    pub(super) fn last_kept_us(&self) -> Option<i64> {
        self.last_kept_us
    }

    /// Notes that the frame at this media time is in the reel.
    pub(super) fn keep(&mut self, time_us: i64) {
        // An interval that was shortened tells nothing of the source's.
        let paced_us = self.paced_us(time_us);
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
