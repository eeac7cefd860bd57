//! What becomes of each frame: kept, and at which media time, or dropped, and why. A function from state and frame to a
//! [`Fate`], in three steps: [`Timeline::admit`] decides by the clocks, [`Timeline::look`] by what is in the picture,
//! which costs something, and [`Timeline::decide`] knows what has become of the frames that were to be rolled back.
//! Stillness is one thing, whether a sender repeats a picture or sends nothing: [`Timeline::silence`] is its other half.

mod burst;
mod cap;
mod clock;
mod freeze;
#[cfg(test)]
mod freeze_tests;
mod history;
mod limit;
mod phase;
#[cfg(test)]
mod senders_tests;
mod stall;
mod stillness;
#[cfg(test)]
mod stillness_tests;
#[cfg(test)]
mod tests;

use crate::options::{FreezeMode, Options};
use crate::time::Wall;
pub use burst::Bursts;
use cap::RateCap;
pub use clock::Arrival;
use clock::Clock;
use freeze::{Finding, FreezeDetector, Seen};
use limit::Limit;
pub use stall::Stall;
use stall::Stalls;
use std::ops::Range;
pub use stillness::Freeze;
use stillness::{Stillness, silent_after_us};
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
    /// It is dropped.
    Drop(DropReason),
    /// With it the reel would be longer than the limit: the reel ends before it.
    Limit,
}

/// Why a frame is dropped.
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
    time_us: i64,
    /// Since the frame before, in media time, in microseconds.
    gap_us: i64,
}

/// A frame whose picture was inspected, or a silence that was noticed.
#[derive(Debug, Clone, Copy)]
pub struct Looked {
    frame: Option<Admitted>,
    steady_us: i64,
    finding: Finding,
}

impl Looked {
    /// Frames that were kept at later media times than this, in microseconds, turn out to be repeats: they are to be rolled back.
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
    freeze_after_us: i64,
    detector: FreezeDetector,
    stillness: Stillness,
    stalls: Stalls,
    /// Whether the freeze that is under way was found because nothing came, and nothing has since.
    is_silent: bool,
    /// Whether frames came since the last one that could not be taken.
    has_missed: bool,
    paused: bool,
    /// Time was cut since the last frame that was kept.
    cut: bool,
    /// What the steady clock is ahead of media time by, and where it was last, in microseconds.
    steady_lead_us: i64,
    steady_us: i64,
}

impl Timeline {
    /// A timeline that has seen no frame, at this time.
    pub fn new(options: &Options, paused: bool, now: Wall) -> Self {
        Self {
            clock: Clock::new(options.max_fps),
            cap: RateCap::new(options.max_fps),
            limit: Limit::new(options.max_length_us),
            mode: options.freeze,
            freeze_after_us: options.freeze_after_us,
            detector: FreezeDetector::new(options.freeze_after_us),
            stillness: Stillness::new(options.min_shown_us),
            stalls: Stalls::new(now),
            is_silent: false,
            has_missed: false,
            paused,
            cut: false,
            steady_lead_us: 0,
            steady_us: -1,
        }
    }

    /// Resumes where a reel ended, in microseconds: the first frame follows there, after a cut.
    pub fn go_on(&mut self, end_us: i64) {
        self.clock.go_on(end_us);
        self.limit.reached(end_us);
        self.cut = true;
    }

    /// Drops every frame from the next one on, at this time. Time is cut even if none comes meanwhile; what was shown until now
    /// stays. Gives the freeze that it ends.
    pub fn pause(&mut self, now: Wall) -> Option<Freeze> {
        if self.paused {
            return None;
        }
        let end_us = self.shown_until_us(now);
        let now_us = self.steady_now_us(now);
        self.paused = true;
        let ended = self.stillness.end(now_us);
        if let Some(end_us) = end_us {
            self.hold_until(end_us);
        }
        self.detector.reset();
        self.cut = self.clock.cut();
        ended
    }

    /// No more frames will come. Gives the freeze that is over, if that was not certain yet.
    pub fn finish(&mut self) -> Option<Freeze> {
        self.stillness.finish()
    }

    /// Takes frames again from the next one on.
    pub fn resume(&mut self) {
        self.paused = false;
    }

    /// Whether frames are being dropped for a pause.
    pub fn paused(&self) -> bool {
        self.paused
    }

    /// Whether the picture is frozen, so that its repeats are dropped.
    pub fn frozen(&self) -> bool {
        self.stillness.frozen().is_some()
    }

    /// Whether a freeze has been reported that is not over.
    pub fn reports_freeze(&self) -> bool {
        self.stillness.is_reported()
    }

    /// Whether time is being cut for a freeze at this time.
    pub fn is_cutting(&self, now: Wall) -> bool {
        self.mode == FreezeMode::Cut && self.stillness.is_shown(self.steady_now_us(now))
    }

    /// Whether the picture is static, so that frames kept of late may be rolled back.
    pub fn is_still(&self) -> bool {
        self.detector.is_still()
    }

    /// Whether [`decide`](Self::decide) inspects pictures.
    pub fn looks(&self) -> bool {
        self.mode != FreezeMode::Keep
    }

    /// When the kept frame at this media time ends if no other follows, in microseconds: after the nominal interval
    /// between frames, the median of the latest, but within the limit.
    pub fn end_us(&self, time_us: i64) -> i64 {
        self.limit.clip(time_us.saturating_add(self.clock.interval_us()))
    }

    /// When the reel ends, in microseconds, if it ends at this time: its last picture is shown until then, unless that is
    /// cut.
    pub fn reel_end_us(&self, now: Wall) -> Option<i64> {
        self.shown_until_us(now).map(|end_us| self.limit.clip(end_us))
    }

    /// The same without the limit.
    fn shown_until_us(&self, now: Wall) -> Option<i64> {
        let interval_us = self.clock.interval_us();
        let nominal_us = self.clock.last_kept_us()?.saturating_add(interval_us);
        if let Some(last) = self.stillness.frozen().filter(|_| self.mode == FreezeMode::Cut) {
            return Some(last.time_us + self.stillness.shown_us(self.steady_now_us(now), interval_us));
        }
        let Some((media_us, last)) = self.clock.last() else { return Some(nominal_us) };
        Some(nominal_us.max(media_us.saturating_add(now.saturating_since(last))))
    }

    /// Whether the limit is reached at this time though no frame has come: time that is neither paused nor cut goes on in the reel
    /// without them.
    pub fn ends_in_silence(&self, now: Wall) -> bool {
        let silence_us = self.silence_us(now).unwrap_or(0);
        // Silence that will be cut counts for nothing.
        let own_us = self.clock.known_interval_us().filter(|_| self.mode == FreezeMode::Cut);
        if own_us.is_some_and(|own_us| silence_us <= silent_after_us(own_us, self.freeze_after_us)) {
            return false;
        }
        self.shown_until_us(now).is_some_and(|end_us| self.limit.passed(end_us, silence_us))
    }

    /// For how long nothing has come at this time, in microseconds; none before the first frame, and in a pause.
    pub fn silence_us(&self, now: Wall) -> Option<i64> {
        self.clock.last().map(|(_, last)| now.saturating_since(last))
    }

    /// Reports that nothing has come for several of the sender's own intervals until this time, once.
    pub fn stall(&mut self, now: Wall) -> Option<Stall> {
        self.stalls.tick(now, self.clock.known_interval_us())
    }

    /// Notes that a frame came at this time. Gives the stall that it ends.
    pub fn came(&mut self, now: Wall) -> Option<Stall> {
        self.stalls.frame(now)
    }

    /// Notices that nothing has come until this time, if that makes the picture a frozen one. What is given is to be
    /// [decided](Self::decide) over.
    pub fn silence(&mut self, now: Wall) -> Option<Looked> {
        let silence_us = self.silence_us(now)?;
        let last = self.silent_since(silence_us)?;
        self.detector.freeze();
        self.is_silent = true;
        let finding = Finding { repeats: true, repeats_after: Some(last), moved: false };
        Some(Looked { frame: None, steady_us: self.steady_us.saturating_add(silence_us), finding })
    }

    /// The last frame before a freeze that is found because nothing came for this long, in microseconds: for several of the
    /// sender's own intervals, while its picture was static for as long as a freeze takes.
    fn silent_since(&self, silence_us: i64) -> Option<Seen> {
        if self.paused || self.mode == FreezeMode::Keep || self.frozen() {
            return None;
        }
        let last = Seen { time_us: self.clock.last_kept_us()?, steady_us: self.steady_us };
        let last = self.detector.static_since().unwrap_or(last);
        let is_silence = silence_us >= silent_after_us(self.clock.known_interval_us()?, 0);
        let static_us = self.steady_us.saturating_add(silence_us) - last.steady_us;
        (is_silence && static_us >= self.freeze_after_us).then_some(last)
    }

    /// Frames came that could not be taken, as those that a busy page missed: that was no silence, and its time is kept. Gives the freeze
    /// that was none.
    pub fn missed(&mut self) -> Option<Freeze> {
        self.has_missed = true;
        if !std::mem::take(&mut self.is_silent) {
            return None;
        }
        self.detector.thaw();
        self.stillness.end(self.steady_us)
    }

    /// Decides over the frame that came next by its clocks. One that is admitted is to be [decided](Self::decide) over before the
    /// next comes.
    pub fn admit(&mut self, arrival: Arrival) -> Result<Admitted, DropReason> {
        if self.paused {
            self.clock.observe(arrival);
            return Err(DropReason::Paused);
        }
        let last_us = self.clock.last().map(|(last_us, _)| last_us);
        let time_us = self.clock.media_time(arrival);
        let gap_us = last_us.map_or(0, |last_us| time_us - last_us);
        // The cap goes by the source's own pace: corrections must not cost a frame.
        if !self.cap.admits(self.clock.paced_us(time_us)) {
            return Err(DropReason::MaxFps);
        }
        Ok(Admitted { time_us, gap_us })
    }

    /// The rows of the next frame's picture that are to be inspected first; none if all of it is.
    pub fn rows(&self) -> Option<Range<usize>> {
        self.detector.rows()
    }

    /// Inspects these rows of a frame's picture. Gives none if they do not show that it moves: then the whole pictures of the frame before
    /// ([`remember`](Self::remember)) and of this one ([`look`](Self::look)) are to be inspected.
    pub fn look_at_rows(&mut self, frame: Admitted, picture: Picture) -> Option<Looked> {
        if !self.has_missed && self.silent_since(frame.gap_us).is_some() {
            self.detector.forget_rows();
            return None;
        }
        // As it will be if it moves.
        let steady_us = self.steady_at_us(frame.time_us);
        let finding = self.detector.look_at_rows(Seen { time_us: frame.time_us, steady_us }, picture)?;
        self.advance(frame.time_us);
        (self.is_silent, self.has_missed) = (false, false);
        Some(Looked { frame: Some(frame), steady_us, finding })
    }

    /// Takes the whole picture of the last frame, of which only rows were inspected.
    pub fn remember(&mut self, picture: Picture) {
        self.detector.remember(picture);
    }

    /// Inspects a frame's picture, if there is one.
    pub fn look(&mut self, frame: Admitted, picture: Option<Picture>) -> Looked {
        // A silence that no tick noticed, as of a machine that slept.
        let has_missed = std::mem::take(&mut self.has_missed);
        let silent_since = self.silent_since(frame.gap_us).filter(|_| !has_missed);
        self.is_silent = false;
        if silent_since.is_some() {
            self.detector.freeze();
        }
        let steady_us = self.advance(frame.time_us);
        let mut finding = match picture.filter(|_| self.looks()) {
            Some(picture) => self.detector.look(Seen { time_us: frame.time_us, steady_us }, picture),
            None => {
                // What was seen before says nothing of a picture that can't be read.
                self.detector.reset();
                Finding { moved: true, ..Finding::default() }
            }
        };
        finding.repeats_after = finding.repeats_after.or(silent_since);
        Looked { frame: Some(frame), steady_us, finding }
    }

    /// Decides over a frame, or a silence. `last_us` is the media time of the last frame left, in microseconds, if some were rolled
    /// back. Gives what becomes of the frame, and a freeze that was found or has ended.
    pub fn decide(&mut self, looked: Looked, last_us: Option<i64>) -> (Fate, Option<Freeze>) {
        let Looked { frame, steady_us, finding } = looked;
        let found = finding.repeats_after.map(|last| last.at(last_us.unwrap_or(last.time_us)));
        let interval_us = self.clock.interval_us();
        if finding.repeats {
            let begun = self.stillness.repeat(found, steady_us, interval_us);
            return (frame.map_or(Fate::Drop(DropReason::Freeze), |frame| self.repeat(frame.time_us)), begun);
        }
        let Some(frame) = frame else { return (Fate::Drop(DropReason::Freeze), None) };
        let was_frozen = found.or(self.stillness.frozen());
        let mut time_us = frame.time_us;
        if let Some(last) = was_frozen {
            self.cut = true;
            if self.mode == FreezeMode::Cut {
                self.hold_until(last.time_us + self.stillness.shown_after_us(last, steady_us, interval_us));
                time_us = self.clock.rebase();
                self.steady_lead_us = steady_us - time_us;
                self.cap.admits(self.clock.paced_us(time_us));
                self.detector.retime(time_us);
            }
        }
        let ended = self.stillness.moves(was_frozen, time_us, steady_us, interval_us, finding.moved);
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

    /// Has the next frame follow at this media time, in microseconds, as if nothing had come after it.
    fn hold_until(&mut self, end_us: i64) {
        let last_us = end_us.saturating_sub(self.clock.interval_us());
        self.clock.cut_back(last_us);
        self.cap.cut_back(self.clock.paced_us(last_us));
    }

    /// The time on the steady clock of the frame at this media time, both in microseconds.
    fn advance(&mut self, time_us: i64) -> i64 {
        self.steady_us = self.steady_at_us(time_us);
        self.steady_lead_us = self.steady_us.saturating_sub(time_us);
        self.steady_us
    }

    fn steady_at_us(&self, time_us: i64) -> i64 {
        let steady_us = time_us.saturating_add(self.steady_lead_us);
        if steady_us > self.steady_us { steady_us } else { self.steady_us.saturating_add(self.clock.interval_us()) }
    }

    /// The time on the steady clock at this time on the wall, in microseconds.
    fn steady_now_us(&self, now: Wall) -> i64 {
        self.steady_us.saturating_add(self.silence_us(now).unwrap_or(0).max(0))
    }
}
