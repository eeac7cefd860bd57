//! What becomes of each frame: kept, and at which media time, or dropped, and why. A function from state and frame to a
//! [`Fate`], in three steps: [`Timeline::admit`] decides by the clocks, [`Timeline::inspect`] by what is in the picture,
//! which costs something, and [`Timeline::decide`] knows what has become of the frames that were to be rolled back.
//! Stillness is one thing, whether a sender repeats a picture or sends nothing: [`Timeline::silence`] is its other half.

mod alone;
mod burst;
mod cap;
mod clock;
mod freeze;
mod freeze_state;
#[cfg(test)]
mod freeze_state_tests;
#[cfg(test)]
mod freeze_tests;
mod history;
mod limit;
mod phase;
#[cfg(test)]
mod senders_tests;
mod stall;
mod stretches;
#[cfg(test)]
mod tests;

use crate::options::{FreezeMode, Options};
use crate::time::{Media, Steady, Wall};
use alone::Alone;
pub use burst::Bursts;
use cap::RateCap;
pub use clock::Arrival;
use clock::Clock;
use freeze::{Finding, FreezeDetector};
pub use freeze_state::Freeze;
use freeze_state::{FreezeState, silent_after_us};
use history::FrameTimes;
use limit::Limit;
pub use stall::Stall;
use stall::Stalls;
use std::ops::Range;
use stretches::Stretches;
pub use trackreel_pixels::{Picture, Plane};

/// What becomes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It goes into the reel.
    Keep {
        /// Its media time; later than every frame kept before, but those that were rolled back.
        time: Media,
        /// The same on a clock from which nothing is cut or rolled back, for an encoder's rate control; it always rises.
        steady: Steady,
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
    time: Media,
    /// Since the frame before, in media time, in microseconds.
    gap_us: i64,
}

/// A frame whose picture was inspected, or a silence that was noticed.
#[derive(Debug, Clone, Copy)]
pub struct Inspected {
    frame: Option<Admitted>,
    steady: Steady,
    finding: Finding,
}

impl Inspected {
    /// Frames that were kept at later media times than this turn out to be repeats: they are to be rolled back.
    pub fn roll_back_after(&self) -> Option<Media> {
        self.finding.repeats_after.map(|last| last.time)
    }

    /// Whether it repeats what a frozen sender sent before.
    pub fn repeats(&self) -> bool {
        self.finding.repeats
    }

    /// Whether something moved for certain, or what was frozen has become another picture.
    pub fn moved(&self) -> bool {
        self.finding.moved || self.finding.is_other
    }

    /// The same within a freeze whose beginning stays where it is.
    pub fn of_frozen(self) -> Self {
        Self { finding: Finding { repeats_after: None, ..self.finding }, ..self }
    }

    /// The same of a frame that can't be shown: what was shown before it still is.
    pub fn unshown(self) -> Self {
        Self { finding: Finding { repeats: true, moved: false, ..self.finding }, ..self }
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
    freeze_state: FreezeState,
    stalls: Stalls,
    stretches: Stretches,
    /// The time of a reel of sound alone; none of one with pictures.
    alone: Option<Alone>,
    /// Whether the freeze that is under way was found because nothing came, and nothing has since.
    is_silent: bool,
    /// Whether frames came since the last whose picture is known: they may have moved.
    has_passed: bool,
    /// Whether frames came since the last one that could not be taken.
    has_missed: bool,
    paused: bool,
    /// Time was cut since the last frame that was kept.
    cut: bool,
    /// What the steady clock is ahead of media time by, in microseconds, and where it was last.
    steady_lead_us: i64,
    steady: Steady,
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
            freeze_state: FreezeState::new(options.min_shown_us),
            stalls: Stalls::new(now),
            stretches: Stretches::default(),
            alone: None,
            is_silent: false,
            has_passed: false,
            has_missed: false,
            paused,
            cut: false,
            steady_lead_us: 0,
            steady: Steady::from_us(-1),
        }
    }

    /// No frame will come: time runs with the wall from the first [sound](Self::note_sound) on.
    pub fn have_sound_alone(&mut self) {
        self.alone = Some(Alone::default());
    }

    /// Whether it is that of a reel of sound alone.
    pub fn has_sound_alone(&self) -> bool {
        self.alone.is_some()
    }

    /// Resumes where a reel ended: the first frame follows there, after a cut.
    pub fn continue_from(&mut self, end: Media) {
        if let Some(alone) = &mut self.alone {
            alone.continue_from(end);
        }
        self.clock.continue_from(end);
        self.limit.reached(end);
        self.cut = true;
    }

    /// Drops every frame from the next one on, at this time. Time is cut even if none comes meanwhile; what was shown until now
    /// stays. Gives the freeze that it ends.
    pub fn pause(&mut self, now: Wall) -> Option<Freeze> {
        if self.paused {
            return None;
        }
        if let Some(alone) = &mut self.alone {
            alone.stop(now, &mut self.stretches);
        }
        let end = self.shown_until(now);
        let steady = self.steady_now(now);
        self.paused = true;
        let ended = self.freeze_state.end(steady);
        if let Some(end) = end.filter(|_| self.alone.is_none()) {
            self.stretches.end_at(Some(end));
            self.hold_until(end);
        }
        self.forget_pictures();
        self.cut = self.clock.cut();
        ended
    }

    /// No more frames will come. Gives the freeze that is over, if that was not certain yet.
    pub fn finish(&mut self) -> Option<Freeze> {
        self.freeze_state.finish()
    }

    /// Takes frames again from the next one on, at this time.
    pub fn resume(&mut self, now: Wall) {
        self.paused = false;
        if let Some(alone) = &mut self.alone {
            alone.resume(now);
        }
    }

    /// Continues with the frames of another source from this time on. Where stillness is cut, the time until its first frame is cut as
    /// well; else it is kept. Gives the freeze that ends.
    pub fn join(&mut self, now: Wall) -> Option<Freeze> {
        let was_paused = self.paused;
        let ended = if self.mode == FreezeMode::Cut { self.pause(now) } else { None };
        self.paused = was_paused;
        self.forget_pictures();
        self.clock.join();
        self.stretches.join();
        ended
    }

    /// Whether frames are being dropped for a pause.
    pub fn paused(&self) -> bool {
        self.paused
    }

    /// Whether the picture is frozen, so that its repeats are dropped.
    pub fn frozen(&self) -> bool {
        self.freeze_state.frozen().is_some()
    }

    /// Whether a freeze has been reported that is not over.
    pub fn reports_freeze(&self) -> bool {
        self.freeze_state.is_reported()
    }

    /// Whether time is being cut for a freeze at this time.
    pub fn is_cutting(&self, now: Wall) -> bool {
        self.mode == FreezeMode::Cut && self.freeze_state.is_shown(self.steady_now(now))
    }

    /// Whether the picture is static, so that frames kept of late may be rolled back.
    pub fn is_still(&self) -> bool {
        self.detector.is_still()
    }

    /// Whether [`decide`](Self::decide) inspects pictures.
    pub fn inspects(&self) -> bool {
        self.mode != FreezeMode::Keep
    }

    /// Notes a sound that begins at this moment.
    pub fn note_sound(&mut self, start: Wall) {
        if let Some(alone) = self.alone.as_mut().filter(|_| !self.paused) {
            alone.hear(start, &mut self.stretches);
        }
    }

    /// Notes that sound is audible between these moments. Somebody would miss it: until then, a static picture is held, not cut.
    /// Gives whether one that was cut is shown again.
    pub fn hear(&mut self, from: Wall, until: Wall) -> bool {
        let Some(last) = self.clock.arrived().filter(|_| !self.paused && self.mode == FreezeMode::Cut) else {
            return false;
        };
        let steady = |wall: Wall| self.steady.saturating_add(wall.saturating_since(last));
        let (from_steady, until_steady) = (steady(from), steady(until));
        let shown_from = self.freeze_state.hear(from_steady, until_steady, self.clock.interval_us());
        if let Some(end) = shown_from {
            self.stretches.note(from, end, self.clock.paced_us(end));
        }
        self.end_stretch();
        shown_from.is_some()
    }

    /// Where in the reel a moment is; none if it is cut, or before the first frame.
    pub fn place(&self, wall: Wall) -> Option<Media> {
        self.stretches.at(wall)
    }

    /// Up to where nothing can be cut any more: the last frame that is certain to stay.
    pub fn settled_until(&self) -> Option<Media> {
        if self.mode != FreezeMode::Cut || self.alone.is_some() {
            return Some(Media::MAX);
        }
        self.detector.static_since().map(|since| since.time).or(self.clock.last_kept())
    }

    /// Up to where no frame can be rolled back any more: the last one that is certain to stay; all where static pictures are kept.
    pub fn certain_until(&self) -> Option<Media> {
        if self.mode == FreezeMode::Keep {
            return Some(Media::MAX);
        }
        self.detector.static_since().map(|since| since.time).or(self.clock.last_kept())
    }

    /// When the kept frame at this media time ends if no other follows: after the nominal interval between frames, the
    /// median of the latest, but within the limit.
    pub fn end_of(&self, time: Media) -> Media {
        self.limit.clip(time.saturating_add(self.clock.interval_us()))
    }

    /// When the reel ends, if it ends at this time: its last picture is shown until then, unless that is cut.
    pub fn reel_end(&self, now: Wall) -> Option<Media> {
        self.shown_until(now).map(|end| self.limit.clip(end))
    }

    /// The same without the limit.
    fn shown_until(&self, now: Wall) -> Option<Media> {
        if let Some(alone) = &self.alone {
            return Some(alone.at(now, &self.stretches));
        }
        let interval_us = self.clock.interval_us();
        let nominal = self.clock.last_kept()?.saturating_add(interval_us);
        if let Some(last) = self.freeze_state.frozen().filter(|_| self.mode == FreezeMode::Cut) {
            return Some(last.time + self.freeze_state.shown_us(self.steady_now(now), interval_us));
        }
        let Some((media, last)) = self.clock.last() else { return Some(nominal) };
        Some(nominal.max(media.saturating_add(now.saturating_since(last))))
    }

    /// Where a mark is that is made at this time: at the frame that came last; where the next follows, if none does now; 0 before the
    /// first one.
    pub fn mark_at(&self, now: Wall) -> Media {
        let is_resting = self.paused || self.frozen() || self.alone.is_some();
        let newest = self.clock.last().filter(|_| !is_resting).map(|(newest, _)| self.limit.clip(newest));
        newest.or(self.reel_end(now)).unwrap_or_default()
    }

    /// Whether the limit is reached at this time though no frame has come: time that is neither paused nor cut goes on in the reel
    /// without them.
    pub fn ends_in_silence(&self, now: Wall) -> bool {
        if let Some(alone) = &self.alone {
            return self.limit.passed(alone.at(now, &self.stretches), i64::MAX);
        }
        let silence_us = self.silence_us(now).unwrap_or(0);
        // Silence that will be cut counts for nothing.
        let own_us = self.clock.known_interval_us().filter(|_| self.mode == FreezeMode::Cut);
        if own_us.is_some_and(|own_us| silence_us <= silent_after_us(own_us, self.freeze_after_us)) {
            return false;
        }
        self.shown_until(now).is_some_and(|end| self.limit.passed(end, silence_us))
    }

    /// For how long nothing has come at this time, in microseconds; none before the first frame, and in a pause.
    pub fn silence_us(&self, now: Wall) -> Option<i64> {
        self.clock.last().map(|(_, last)| now.saturating_since(last))
    }

    /// Reports that nothing has come for several of the sender's own intervals until this time, once.
    pub fn stall(&mut self, now: Wall) -> Option<Stall> {
        self.stalls.tick(now, self.clock.known_interval_us()).filter(|_| self.alone.is_none())
    }

    /// Notes that a frame came. Gives a stall that no tick has noticed, and the end of the stall.
    pub fn note_arrival(&mut self, arrival: &Arrival) -> [Option<Stall>; 2] {
        self.stalls.frame(arrival.wall, self.clock.known_interval_us(), arrival.is_burst)
    }

    /// Notices that nothing has come until this time, if that makes the picture a frozen one. What is given is to be
    /// [decided](Self::decide) over.
    pub fn silence(&mut self, now: Wall) -> Option<Inspected> {
        let silence_us = self.silence_us(now)?;
        let last = self.silent_since(silence_us)?;
        self.detector.freeze();
        self.is_silent = true;
        let finding = Finding { repeats: true, repeats_after: Some(last), ..Finding::default() };
        Some(Inspected { frame: None, steady: self.steady.saturating_add(silence_us), finding })
    }

    /// The last frame before a freeze that is found because nothing came for this long, in microseconds: for several of the
    /// sender's own intervals, while its picture was static for as long as a freeze takes.
    fn silent_since(&self, silence_us: i64) -> Option<FrameTimes> {
        if self.paused || self.mode == FreezeMode::Keep || self.frozen() {
            return None;
        }
        let last = FrameTimes { time: self.clock.last_kept()?, steady: self.steady };
        let last = self.detector.static_since().filter(|_| !self.has_passed).unwrap_or(last);
        let is_silence = silence_us >= silent_after_us(self.clock.known_interval_us()?, 0);
        let static_us = self.steady.saturating_add(silence_us) - last.steady;
        (is_silence && static_us >= self.freeze_after_us).then_some(last)
    }

    /// Frames came that could not be taken, as those that a busy page missed: that was no silence, and its time is kept. Gives the freeze
    /// that was none.
    pub fn note_missed(&mut self) -> Option<Freeze> {
        self.has_missed = true;
        if !std::mem::take(&mut self.is_silent) {
            return None;
        }
        self.detector.undo_freeze();
        self.stretches.end_at(None);
        self.freeze_state.end(self.steady)
    }

    /// Decides over the frame that came next by its clocks. One that is admitted is to be [decided](Self::decide) over before the
    /// next comes.
    ///
    /// # Errors
    /// The reason why it is dropped.
    pub fn admit(&mut self, arrival: Arrival) -> Result<Admitted, DropReason> {
        let admitted = self.admit_any(arrival)?;
        // The cap goes by the source's own pace: corrections must not cost a frame.
        if !self.cap.admits(self.clock.paced_us(admitted.time)) {
            return Err(DropReason::MaxFps);
        }
        Ok(admitted)
    }

    /// The same for one that no cap drops: those that follow need it.
    ///
    /// # Errors
    /// The reason why it is dropped.
    pub fn admit_any(&mut self, arrival: Arrival) -> Result<Admitted, DropReason> {
        if self.paused {
            self.clock.observe(arrival);
            return Err(DropReason::Paused);
        }
        let last = self.clock.last().map(|(last, _)| last);
        let time = self.clock.media_time(arrival);
        Ok(Admitted { time, gap_us: last.map_or(0, |last| time - last) })
    }

    /// Notes a frame that came and can't be decoded: the one before is shown for longer, but after a cut none is.
    pub fn skip(&mut self, arrival: Arrival) {
        match self.clock.last() {
            Some(_) => _ = self.clock.media_time(arrival),
            None => _ = self.clock.observe(arrival),
        }
    }

    /// Whether the frame at this time comes faster than the cap allows.
    pub fn is_too_fast(&mut self, frame: &Admitted) -> bool {
        !self.cap.admits(self.clock.paced_us(frame.time))
    }

    /// Takes a frame that was not shown, between others that were: its picture is taken for that of the one before it.
    pub fn pass(&mut self, frame: Admitted) -> Inspected {
        self.has_passed = true;
        let steady = self.advance(frame.time);
        Inspected { frame: Some(frame), steady, finding: Finding { repeats: self.frozen(), ..Finding::default() } }
    }

    /// What was seen before says nothing of what comes.
    pub fn forget_pictures(&mut self) {
        self.detector.reset();
    }

    /// The rows of the next frame's picture that are to be inspected first; none if all of it is.
    pub fn rows(&self) -> Option<Range<usize>> {
        self.detector.rows()
    }

    /// Inspects these rows of a frame's picture. Gives none if they do not show that it moves: then the whole pictures of the frame before
    /// ([`take_whole`](Self::take_whole)) and of this one ([`inspect`](Self::inspect)) are to be inspected.
    pub fn inspect_rows(&mut self, frame: Admitted, picture: Picture) -> Option<Inspected> {
        if !self.has_missed && self.silent_since(frame.gap_us).is_some() {
            self.detector.forget_rows();
            return None;
        }
        // As it will be if it moves.
        let steady = self.steady_at(frame.time);
        let finding = self.detector.inspect_rows(FrameTimes { time: frame.time, steady }, picture)?;
        self.advance(frame.time);
        (self.is_silent, self.has_missed, self.has_passed) = (false, false, false);
        Some(Inspected { frame: Some(frame), steady, finding })
    }

    /// Takes the whole picture of the last frame, of which only rows were inspected.
    pub fn take_whole(&mut self, picture: Picture) {
        self.detector.take_whole(picture);
    }

    /// Inspects a frame's picture, if there is one.
    pub fn inspect(&mut self, frame: Admitted, picture: Option<Picture>) -> Inspected {
        // A silence that no tick noticed, as of a machine that slept.
        let has_missed = std::mem::take(&mut self.has_missed);
        let silent_since = self.silent_since(frame.gap_us).filter(|_| !has_missed);
        (self.is_silent, self.has_passed) = (false, false);
        if silent_since.is_some() {
            self.detector.freeze();
        }
        let steady = self.advance(frame.time);
        let mut finding = match picture.filter(|_| self.inspects()) {
            Some(picture) => self.detector.inspect(FrameTimes { time: frame.time, steady }, picture),
            None => {
                // What was seen before says nothing of a picture that can't be read.
                self.detector.reset();
                Finding { moved: true, ..Finding::default() }
            }
        };
        finding.repeats_after = finding.repeats_after.or(silent_since);
        Inspected { frame: Some(frame), steady, finding }
    }

    /// Decides over a frame, or a silence. `last` is the media time of the last frame left, if some were rolled back. Gives what
    /// becomes of the frame, and a freeze that was found or has ended.
    pub fn decide(&mut self, inspected: Inspected, last: Option<Media>) -> (Fate, Option<Freeze>) {
        let Inspected { frame, steady, finding } = inspected;
        let found = finding.repeats_after.map(|times| times.at(last.unwrap_or(times.time)));
        let interval_us = self.clock.interval_us();
        if finding.repeats {
            let begun = self.freeze_state.repeat(found, steady, interval_us);
            self.end_stretch();
            return (frame.map_or(Fate::Drop(DropReason::Freeze), |frame| self.repeat(frame.time)), begun);
        }
        let Some(frame) = frame else { return (Fate::Drop(DropReason::Freeze), None) };
        let was_frozen = found.or(self.freeze_state.frozen());
        let mut time = frame.time;
        if let Some(last) = was_frozen {
            self.cut = true;
            if self.mode == FreezeMode::Cut {
                self.hold_until(last.time + self.freeze_state.shown_after_us(last, steady, interval_us));
                time = self.clock.rebase();
                self.stretches.end_at(Some(time));
                self.steady_lead_us = steady.us() - time.us();
                self.cap.admits(self.clock.paced_us(time));
                self.detector.retime(time);
            }
        }
        let ended = self.freeze_state.moves(was_frozen, time, steady, interval_us, finding.moved);
        (self.keep(time, steady), ended)
    }

    /// What becomes of a repeat: held, it is time without a frame.
    fn repeat(&mut self, time: Media) -> Fate {
        let interval_us = self.clock.interval_us();
        if self.mode == FreezeMode::Hold {
            if !self.limit.admits(time, interval_us) {
                return Fate::Limit;
            }
            self.note_place(time);
            self.clock.keep(time);
        } else if let Some(last) = self.freeze_state.frozen().filter(|_| self.freeze_state.has_heard()) {
            // Held under sound, it is time without a frame as well.
            let shown_us = self.freeze_state.shown_after_us(last, self.steady, interval_us);
            if !self.limit.admits(last.time.saturating_add(shown_us), 0) {
                return Fate::Limit;
            }
        }
        Fate::Drop(DropReason::Freeze)
    }

    fn keep(&mut self, time: Media, steady: Steady) -> Fate {
        if !self.limit.admits(time, self.clock.interval_us()) {
            return Fate::Limit;
        }
        self.note_place(time);
        self.clock.keep(time);
        Fate::Keep { time, steady, after_cut: std::mem::take(&mut self.cut) }
    }

    /// Notes where in the reel the frame is that came last.
    fn note_place(&mut self, time: Media) {
        if let Some(wall) = self.clock.arrived() {
            self.stretches.note(wall, time, self.clock.paced_us(time));
        }
    }

    /// Ends the stretch where the freeze that is under way is cut.
    fn end_stretch(&mut self) {
        if self.mode == FreezeMode::Cut
            && let Some(end) = self.freeze_state.cut_at(self.clock.interval_us())
        {
            self.stretches.end_at(Some(end));
        }
    }

    /// Has the next frame follow at this media time, as if nothing had come after it.
    fn hold_until(&mut self, end: Media) {
        let last = end.saturating_sub(self.clock.interval_us());
        self.clock.cut_back(last);
        self.cap.cut_back(self.clock.paced_us(last));
    }

    /// The time on the steady clock of the frame at this media time.
    fn advance(&mut self, time: Media) -> Steady {
        self.steady = self.steady_at(time);
        self.steady_lead_us = self.steady.us().saturating_sub(time.us());
        self.steady
    }

    fn steady_at(&self, time: Media) -> Steady {
        let steady = Steady::from_us(time.us().saturating_add(self.steady_lead_us));
        if steady > self.steady { steady } else { self.steady.saturating_add(self.clock.interval_us()) }
    }

    /// The time on the steady clock at this time on the wall.
    fn steady_now(&self, now: Wall) -> Steady {
        self.steady.saturating_add(self.silence_us(now).unwrap_or(0).max(0))
    }
}
