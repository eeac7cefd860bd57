//! From a frame's three clocks to media time.
//!
//! RTP timestamps have exact steps, but they run at the sender's own rate, say nothing of a silence, and may jump to another counter.
//! The time of arrival has the right rate and shows every silence, but its steps are jittery. A browser's timestamp of a received
//! frame is extrapolated from both, and is wrong for seconds after a silence; that of a local track is when it was captured. So
//! steps come from RTP, or from the timestamp where there is no RTP, and [`Phase`] holds them to the wall.

use super::phase::{Phase, Step, Steps};
use crate::time::{Media, Source, Wall};

/// When a frame was sent, shown and received, as far as the browser reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The track's own timestamp.
    pub timestamp: Source,
    /// The sender's RTP timestamp: 90,000 a second, 32 bits (RFC 3550 § 5.1, RFC 3551 § 5).
    pub rtp: Option<u32>,
    /// When it arrived.
    pub wall: Wall,
    /// Whether it is the first of a burst, as frames come that were delayed on their way.
    pub is_burst: bool,
    /// Whether it came as it was sent: then none of those is missing that were delayed with it.
    pub is_encoded: bool,
}

impl Arrival {
    fn steps_since(&self, earlier: &Self) -> Steps {
        let forward = |step_us: &i64| (1..LONGEST_STEP_US).contains(step_us);
        // Differences of 32 bits are right over an overflow (RFC 1982).
        let ticks = earlier.rtp.zip(self.rtp).map(|(earlier, rtp)| i64::from(rtp.wrapping_sub(earlier) as i32));
        let timestamp_us = self.timestamp.checked_since(earlier.timestamp);
        Steps {
            rtp_us: ticks.map(|ticks| ticks * 100 / 9).filter(forward),
            timestamp_us: timestamp_us.filter(forward),
            back_us: timestamp_us
                .filter(|step_us| (-LONGEST_STEP_BACK_US..=0).contains(step_us))
                .map(|step_us| -step_us),
            wall_us: self.wall.saturating_since(earlier.wall).clamp(0, LONGEST_STEP_US),
            is_rtp: ticks.is_some(),
            is_burst: self.is_burst,
            is_encoded: self.is_encoded,
        }
    }
}

/// The longest step, in microseconds: 32 bits of RTP hold no more than 13 hours.
const LONGEST_STEP_US: i64 = 12 * 3_600_000_000;
/// A timestamp that goes further back, in microseconds, is one of a clock that was reset.
const LONGEST_STEP_BACK_US: i64 = 1_000_000;
/// How many of the latest intervals give the nominal one.
const INTERVALS: usize = 9;
/// The longest nominal interval, in microseconds.
const LONGEST_INTERVAL_US: i64 = 1_000_000;

/// Gives each frame its media time: it starts at 0, always rises, keeps the source's cadence and the wall's length, and cuts take no time.
#[derive(Debug)]
pub(super) struct Clock {
    /// Whether the next frame is another source's. Only the wall has the time since the last one.
    has_joined: bool,
    /// The frame before, dropped or not.
    arrival: Option<Arrival>,
    /// Its media time; none before the first and after a cut.
    media: Option<Media>,
    phase: Phase,
    /// By how much media time is later than the source's own pace, in microseconds.
    corrected_us: i64,
    /// The media time of the last frame that was kept, or until which it is held.
    last_kept: Option<Media>,
    /// The same at the source's own pace, in microseconds.
    last_paced_us: Option<i64>,
    /// The latest intervals between kept frames, oldest first.
    intervals_us: Vec<i64>,
    /// The interval before two frames have shown one.
    default_interval_us: i64,
}

impl Clock {
    pub(super) fn new(max_fps: f64) -> Self {
        let fps = if max_fps.is_finite() { max_fps } else { 30.0 };
        let default_interval_us = ((1e6 / fps) as i64).clamp(1_000, LONGEST_INTERVAL_US);
        Self {
            has_joined: false,
            arrival: None,
            media: None,
            phase: Phase::new(default_interval_us),
            corrected_us: 0,
            last_kept: None,
            last_paced_us: None,
            intervals_us: Vec::with_capacity(INTERVALS + 1),
            default_interval_us,
        }
    }

    /// Has the first frame follow at this media time.
    pub(super) fn continue_from(&mut self, end: Media) {
        self.last_kept = Some(end - self.default_interval_us);
    }

    /// Takes the time from the last kept frame to the next one out. Reports whether there is anything to cut it from.
    pub(super) fn cut(&mut self) -> bool {
        self.media = None;
        self.last_kept.is_some()
    }

    /// The frames from the next one on are another source's: its clocks say nothing of the last one's.
    pub(super) fn join(&mut self) {
        self.has_joined = self.arrival.is_some();
        self.phase = Phase::new(self.interval_us());
    }

    /// Rolls back to the frame that was kept at this media time: what came after it takes no time.
    pub(super) fn cut_back(&mut self, last: Media) {
        self.media = None;
        self.last_kept = Some(last);
        self.last_paced_us = Some(self.paced_us(last));
    }

    /// The media time of the next frame.
    pub(super) fn media_time(&mut self, arrival: Arrival) -> Media {
        let step = self.observe(arrival);
        match self.media {
            None => self.rebase(),
            Some(last) => {
                self.corrected_us = self.corrected_us.saturating_add(step.correction_us);
                let media = last.saturating_add(step.paced_us).saturating_add(step.correction_us);
                self.media = Some(media);
                media
            }
        }
    }

    /// The media time of the last frame that came if it follows right after the last one that was kept.
    pub(super) fn rebase(&mut self) -> Media {
        let media = self.end();
        self.media = Some(media);
        media
    }

    /// Notes when a frame came, dropped or not: the source's clock is followed through a pause as well.
    pub(super) fn observe(&mut self, arrival: Arrival) -> Step {
        let Some(last) = self.arrival.replace(arrival) else { return Step::default() };
        let steps = arrival.steps_since(&last);
        if std::mem::take(&mut self.has_joined) {
            return Step { paced_us: steps.wall_us.max(1), correction_us: 0 };
        }
        self.phase.step(steps)
    }

    /// Where this media time would be at the source's own pace, in microseconds: no media time any more.
    pub(super) fn paced_us(&self, time: Media) -> i64 {
        time.us().saturating_sub(self.corrected_us)
    }

    /// The media time of the last frame in the reel, or of the last moment for which it is held.
    pub(super) fn last_kept(&self) -> Option<Media> {
        self.last_kept
    }

    /// Notes that the frame at this media time is in the reel.
    pub(super) fn keep(&mut self, time: Media) {
        // An interval that was corrected is not the source's.
        let paced_us = self.paced_us(time);
        self.last_kept = Some(time);
        if let Some(last_us) = self.last_paced_us.replace(paced_us) {
            self.intervals_us.push((paced_us - last_us).max(1));
            if self.intervals_us.len() > INTERVALS {
                self.intervals_us.remove(0);
            }
        }
    }

    /// The media time of the frame before, and when it arrived; none before the first and after a cut.
    pub(super) fn last(&self) -> Option<(Media, Wall)> {
        self.media.zip(self.arrival.map(|arrival| arrival.wall))
    }

    /// When the frame before arrived; none before the first.
    pub(super) fn arrived(&self) -> Option<Wall> {
        self.arrival.map(|arrival| arrival.wall)
    }

    /// One nominal frame interval after the last kept frame; 0 before the first.
    fn end(&self) -> Media {
        self.last_kept.map_or(Media::default(), |last| last.saturating_add(self.interval_us()))
    }

    /// The nominal frame interval, in microseconds, at most a second.
    pub(super) fn interval_us(&self) -> i64 {
        self.known_interval_us().map_or(self.default_interval_us, |interval_us| interval_us.min(LONGEST_INTERVAL_US))
    }

    /// The interval between kept frames, in microseconds: the median of the latest, so that a stall does not stretch it. None
    /// before two frames have shown one.
    pub(super) fn known_interval_us(&self) -> Option<i64> {
        let intervals = &self.intervals_us;
        let middle = intervals.len() / 2;
        let is_median = |median: &&i64| {
            let below = intervals.iter().filter(|interval| interval < median).count();
            let up_to = intervals.iter().filter(|interval| interval <= median).count();
            (below..up_to).contains(&middle)
        };
        intervals.iter().find(is_median).copied()
    }
}
