//! What becomes of each frame: kept, and at which media time, or dropped, and why. A function from state and frame to a
//! [`Fate`], in three steps: [`Timeline::admit`] decides by the timestamp, [`Timeline::look`] by what is in the picture,
//! which costs something, and [`Timeline::decide`] knows what has become of the frames that were to be taken back.

mod cap;
mod clock;
mod freeze;
#[cfg(test)]
mod freeze_tests;
mod history;
mod limit;
#[cfg(test)]
mod tests;
mod wall;

use crate::options::{FreezeMode, Options};
use cap::RateCap;
use clock::Clock;
use freeze::{Finding, FreezeDetector, Seen};
use limit::Limit;
pub use trackreel_pixels::{Picture, Plane};

/// What becomes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It goes into the reel.
    Keep {
        /// Its media time, in microseconds since the reel's start; greater than that of every frame kept before, but
        /// those that were taken back.
        time_us: i64,
        /// The same on a clock from which nothing is cut or taken back, for an encoder's rate control; it always rises.
        steady_us: i64,
        /// Whether time was cut out before it, so that it does not continue the picture before it.
        after_cut: bool,
    },
    /// It is left out.
    Drop(DropReason),
    /// With it the reel would be longer than the limit: the reel ends before it.
    Limit,
}

/// Why a frame is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropReason {
    /// The recording was paused.
    Paused,
    /// It came faster than the cap allows.
    MaxFps,
    /// It repeats what a frozen sender sent before.
    Freeze,
}

/// A frame that is neither paused nor too fast.
#[derive(Debug, Clone, Copy)]
pub struct Admitted {
    timestamp_us: i64,
    wall_us: i64,
    time_us: i64,
}

/// A sender's freeze, as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freeze {
    /// The media time from which the picture did not change, in microseconds: that of the first frame left out. One that
    /// is told twice was interrupted by a flicker, and goes on.
    pub begin_us: i64,
    /// How long it has lasted, in microseconds.
    pub length_us: i64,
    /// Whether it is over.
    pub ended: bool,
}

/// A frame that was looked at.
#[derive(Debug, Clone, Copy)]
pub struct Looked {
    frame: Admitted,
    steady_us: i64,
    finding: Finding,
}

impl Looked {
    /// Frames that were kept at later media times than this, in microseconds, turn out to be repeats: they are to be taken back.
    pub fn take_back_after_us(&self) -> Option<i64> {
        self.finding.repeats_after.map(|last| last.time_us)
    }
}

/// The timeline of one reel.
#[derive(Debug)]
pub struct Timeline {
    clock: Clock,
    cap: RateCap,
    limit: Limit,
    mode: FreezeMode,
    detector: FreezeDetector,
    /// The last frame before the freeze that is under way.
    frozen: Option<Seen>,
    /// The last frame before the freeze that was told last, and the nominal interval then, in microseconds: it is told again
    /// with the same begin.
    told: Option<(Seen, i64)>,
    paused: bool,
    /// Time was cut since the last frame that was kept.
    cut: bool,
    /// What the steady clock is ahead of media time by, and where it was last, in microseconds.
    steady_lead_us: i64,
    steady_us: i64,
}

impl Timeline {
    /// A timeline that has seen no frame.
    pub fn new(options: &Options, paused: bool) -> Self {
        Self {
            clock: Clock::new(options.max_fps),
            cap: RateCap::new(options.max_fps),
            limit: Limit::new(options.max_length_us),
            mode: options.freeze,
            detector: FreezeDetector::new(options.freeze_after_us),
            frozen: None,
            told: None,
            paused,
            cut: false,
            steady_lead_us: 0,
            steady_us: -1,
        }
    }

    /// Goes on where a reel ended, in microseconds: the first frame follows there, after a cut.
    pub fn go_on(&mut self, end_us: i64) {
        self.clock.go_on(end_us);
        self.cut = true;
    }

    /// Drops every frame from the next one on. Time is cut even if none comes meanwhile. Gives the freeze that it ends.
    pub fn pause(&mut self) -> Option<Freeze> {
        self.paused = true;
        let ended = self.frozen.map(|frozen| self.told(frozen, self.steady_us, true));
        if let Some(last) = self.frozen.take().filter(|_| self.mode == FreezeMode::Cut) {
            self.cut_back(last.time_us);
        }
        self.detector.reset();
        self.cut = self.clock.cut();
        ended
    }

    /// Takes frames again from the next one on.
    pub fn resume(&mut self) {
        self.paused = false;
    }

    /// Whether frames are being dropped for a pause.
    pub fn paused(&self) -> bool {
        self.paused
    }

    /// Whether frames are being dropped for a freeze.
    pub fn frozen(&self) -> bool {
        self.frozen.is_some()
    }

    /// Whether the picture stands still, so that frames kept of late may be taken back.
    pub fn is_still(&self) -> bool {
        self.detector.is_still()
    }

    /// Whether [`decide`](Self::decide) looks at pictures.
    pub fn looks(&self) -> bool {
        self.mode != FreezeMode::Keep
    }

    /// When the kept frame at this media time ends if no other follows, in microseconds: after the nominal interval
    /// between frames, the median of the latest, but within the limit.
    pub fn end_us(&self, time_us: i64) -> i64 {
        self.limit.clip(time_us.saturating_add(self.clock.interval_us()))
    }

    /// When the reel ends for now, in microseconds: later than its last frame, if that is held over a freeze.
    pub fn reel_end_us(&self) -> Option<i64> {
        self.clock.last_kept_us().map(|last_us| self.end_us(last_us))
    }

    /// Whether the limit is reached though no frame has come for so long, in microseconds: a still picture may send none,
    /// and time that is neither paused nor cut goes on in the reel without them.
    pub fn ends_in_silence(&self, silence_us: i64) -> bool {
        let is_cut = self.frozen.is_some() && self.mode == FreezeMode::Cut;
        !is_cut && self.clock.last_us().is_some_and(|last_us| self.limit.passed(last_us, silence_us))
    }

    /// Decides over the frame that came next by its own timestamp, and by when it came on a clock that nobody sets, both
    /// in microseconds. One that is admitted is to be [decided](Self::decide) over before the next comes.
    pub fn admit(&mut self, timestamp_us: i64, wall_us: i64) -> Result<Admitted, DropReason> {
        if self.paused {
            return Err(DropReason::Paused);
        }
        let time_us = self.clock.media_time(timestamp_us, wall_us);
        // The cap goes by the source's own pace: coming back to its clock must not cost a frame.
        if !self.cap.admits(self.clock.paced_us(time_us)) {
            return Err(DropReason::MaxFps);
        }
        Ok(Admitted { timestamp_us, wall_us, time_us })
    }

    /// Looks at a frame's picture, if there is one.
    pub fn look(&mut self, frame: Admitted, picture: Option<Picture>) -> Looked {
        let steady_us = self.advance(frame.time_us);
        let finding = match picture.filter(|_| self.looks()) {
            Some(picture) => self.detector.look(Seen { time_us: frame.time_us, steady_us }, picture),
            None => Finding::default(),
        };
        Looked { frame, steady_us, finding }
    }

    /// Decides over a frame. `last_us` is the media time of the last frame left, in microseconds, if some were taken back.
    /// Gives what becomes of the frame, and a freeze that was found or has ended.
    pub fn decide(&mut self, looked: Looked, last_us: Option<i64>) -> (Fate, Option<Freeze>) {
        let Looked { frame, steady_us, finding } = looked;
        let was_frozen = self.frozen.is_some();
        let found = finding.repeats_after.map(|last| last.at(last_us.unwrap_or(last.time_us)));
        let frozen = found.or(self.frozen);
        if finding.repeats {
            let begun = frozen.filter(|_| !was_frozen).map(|frozen| self.told(frozen, steady_us, false));
            self.frozen = frozen;
            return (self.repeat(frame.time_us), begun);
        }
        let ended = frozen.map(|frozen| self.told(frozen, steady_us, true));
        self.frozen = None;
        self.cut |= frozen.is_some();
        let mut time_us = frame.time_us;
        if let Some(last) = frozen.filter(|_| self.mode == FreezeMode::Cut) {
            self.cut_back(last.time_us);
            time_us = self.clock.media_time(frame.timestamp_us, frame.wall_us);
            self.steady_lead_us = steady_us - time_us;
            self.cap.admits(self.clock.paced_us(time_us));
            self.detector.retime(time_us);
        }
        (self.keep(time_us, steady_us), ended)
    }

    /// What becomes of a repeat: held, it is time without a frame.
    fn repeat(&mut self, time_us: i64) -> Fate {
        if self.mode == FreezeMode::Hold {
            if !self.limit.admits(time_us, self.clock.interval_us()) {
                return Fate::Limit;
            }
            self.clock.keep(time_us);
        }
        Fate::Drop(DropReason::Freeze)
    }

    fn keep(&mut self, time_us: i64, steady_us: i64) -> Fate {
        if !self.limit.admits(time_us, self.clock.interval_us()) {
            return Fate::Limit;
        }
        self.clock.keep(time_us);
        Fate::Keep { time_us, steady_us, after_cut: std::mem::take(&mut self.cut) }
    }

    /// Goes back to the frame kept at this media time, in microseconds, as if none had come after it.
    fn cut_back(&mut self, last_us: i64) {
        self.clock.cut_back(last_us);
        self.cap.cut_back(self.clock.paced_us(last_us));
    }

    /// The time on the steady clock of the frame at this media time, both in microseconds.
    fn advance(&mut self, time_us: i64) -> i64 {
        let steady_us = time_us.saturating_add(self.steady_lead_us);
        if steady_us <= self.steady_us {
            let behind_us = self.steady_us - steady_us;
            self.steady_lead_us = self.steady_lead_us.saturating_add(behind_us + self.clock.interval_us());
        }
        self.steady_us = time_us.saturating_add(self.steady_lead_us);
        self.steady_us
    }

    fn told(&mut self, last: Seen, now_us: i64, ended: bool) -> Freeze {
        let known = self.told.filter(|(known, _)| *known == last);
        let interval_us = known.map_or_else(|| self.clock.interval_us(), |(_, interval_us)| interval_us);
        self.told = Some((last, interval_us));
        let length_us = (now_us - last.steady_us - interval_us).max(0);
        Freeze { begin_us: last.time_us.saturating_add(interval_us), length_us, ended }
    }
}
