//! Frames that are recorded as they were received: which of them can be decoded from what is in the reel, and what is asked of the sender.

use super::{Subject, Video};
use crate::codec::Codec;
use crate::received::Shown;
use crate::recording::chain::Chain;
use crate::recording::context::{Context, Step};
use crate::recording::effect::{Effect, Report};
use crate::recording::ending::End;
use crate::recording::input::ReceivedSample;
use crate::recording::inspection::InspectionStep;
use crate::reel::{Sample, VideoConfig};
use crate::time::{Media, Wall};
use crate::timeline::{Arrival, DropReason, Fate, Inspected};

/// Why frames that come faster than the cap allows are to be encoded.
const TOO_FAST: &str = "max-fps";

impl<P: Clone, F: Clone> Video<P, F> {
    /// Notes that a frame came at this time, which is still to be read.
    pub(crate) fn arrived(&mut self, at: Wall) {
        self.arrived = self.arrived.max(Some(at));
    }

    /// Looks at what has not come until this time, before a frame that was received is numbered.
    pub(crate) fn notice_silence(&mut self, until: Wall, context: &mut Context<P, F>) {
        self.rolled_back = 0;
        if let Some(silence) = self.timeline.silence(until) {
            self.decide(silence, context);
        }
        self.omit(0, context);
    }

    /// Notes that this many of the last received frames are not in the reel, beside those that were rolled back.
    fn omit(&mut self, frames: u32, context: &mut Context<P, F>) {
        let omitted = std::mem::take(&mut self.rolled_back) + frames;
        if omitted > 0 && self.chain.as_mut().is_some_and(|chain| chain.omit(omitted)) {
            context.effects.push(Effect::Omitted(omitted));
        }
    }

    /// Takes the next frame, as it was received.
    pub(crate) fn take_sample(&mut self, sample: ReceivedSample<P, F>, context: &mut Context<P, F>) -> Step {
        if self.chain.is_none() {
            self.inspection.release();
            self.timeline.forget_pictures();
            self.chain = Some(Chain::default());
        }
        self.is_received = true;
        self.arrived = self.arrived.filter(|arrived| *arrived > sample.arrival.wall);
        for stall in self.timeline.note_arrival(&sample.arrival).into_iter().flatten() {
            context.report(Report::Stall(stall));
        }
        let is_other = |config: &VideoConfig| Self::codec(context).is_some_and(|codec| config.codec() != Some(codec));
        if sample.config.as_ref().is_some_and(is_other) {
            self.refuse_source("codec", context);
        }
        // What is in the encoder comes before it.
        let is_encoding = self.encoding.waiting() > 0;
        if is_encoding {
            self.encoding.hurry_all(context.effects);
        }
        let is_paused = self.timeline.paused();
        let chain = self.chain.get_or_insert_default();
        chain.layers().next(sample.layer, sample.key, sample.arrival.wall, context.options.max_fps);
        // Repeats are counted one after the other, and what is frozen is looked at.
        let can_omit = !sample.is_repeat && !is_paused && !self.timeline.frozen();
        if can_omit && chain.layers().omits(sample.layer) {
            self.timeline.skip(sample.arrival);
            self.drops.add(DropReason::MaxFps);
            return Step::Taken;
        }
        chain.next(sample.key, sample.is_repeat, sample.is_decodable);
        let is_whole = sample.is_decodable && !chain.is_unfit() && !is_encoding;
        // While the picture is frozen, it is looked at all the same.
        let is_usable = is_whole && (chain.reaches(sample.key) || self.timeline.frozen());
        if !is_usable && !is_paused {
            chain.cut();
            return self.lose(sample.arrival, context);
        }
        let admitted = match self.timeline.admit_any(sample.arrival) {
            Ok(admitted) => admitted,
            Err(reason) => {
                self.drops.add(reason);
                self.rolled_back = 0;
                self.omit(1, context);
                return Step::Taken;
            }
        };
        if self.chain.get_or_insert_default().is_too_fast(self.timeline.is_too_fast(&admitted)) {
            self.refuse_source(TOO_FAST, context);
        }
        let is_owed = sample.key && self.chain.as_ref().is_some_and(Chain::owes);
        if is_owed {
            // It shows what has moved since, whatever the frame before it showed.
            self.timeline.forget_pictures();
        }
        let next = match sample.shown.clone() {
            Shown::Frame(frame) => {
                let subject = Subject::Sample(sample);
                self.inspection.begin(&mut self.timeline, frame, subject, admitted)
            }
            Shown::Skipped if !is_owed => InspectionStep::Done(Subject::Sample(sample), self.timeline.pass(admitted)),
            _ => InspectionStep::Done(Subject::Sample(sample), self.timeline.inspect(admitted, None)),
        };
        self.inspect(next, context)
    }

    /// Drops a received frame that can't be decoded from what is in the reel.
    fn lose(&mut self, arrival: Arrival, context: &mut Context<P, F>) -> Step {
        self.drops.network += 1;
        self.timeline.skip(arrival);
        self.ask_for_key_frame(context);
        Step::Taken
    }

    /// Decides over a received frame whose picture was looked at.
    pub(super) fn decide_sample(
        &mut self,
        sample: ReceivedSample<P, F>,
        inspected: Inspected,
        context: &mut Context<P, F>,
    ) -> Step {
        self.rolled_back = 0;
        let is_cut = self.timeline.frozen() && !self.chain.get_or_insert_default().reaches(false);
        // Nothing was kept since the freeze began that could be rolled back.
        let inspected = if is_cut { inspected.of_frozen() } else { inspected };
        let last = inspected.roll_back_after().map(|after| self.roll_back(after, context));
        let rolled_back = self.rolled_back;
        let chain = self.chain.get_or_insert_default();
        let is_shown = chain.reaches(sample.key) && (rolled_back == 0 || sample.key);
        let is_lost = !is_shown && !inspected.repeats();
        let moved = inspected.moved();
        let (fate, freeze) = self.timeline.decide(if is_lost { inspected.unshown() } else { inspected }, last);
        context.report_freeze(freeze);
        Self::move_marks(fate, context);
        match fate {
            Fate::Keep { time, .. } => self.keep_sample(sample, time, context),
            Fate::Drop(reason) => {
                self.omit(1, context);
                let chain = self.chain.get_or_insert_default();
                if is_lost {
                    self.drops.add(reason);
                    chain.doubt();
                    let is_owed = chain.owe(sample.arrival.wall, moved);
                    chain.cut();
                    if is_owed {
                        self.count_moved();
                    }
                    self.ask_for_key_frame(context);
                } else {
                    chain.settle();
                    self.drops.add(reason);
                }
                Step::from(self.close_frozen(context)).or_taken()
            }
            Fate::Limit => {
                // What follows begins with a key frame.
                self.drops.network += u32::from(context.options.next_at_limit);
                Step::End(End::Limit)
            }
        }
    }

    /// Counts as lost what has counted as frozen, and has moved.
    fn count_moved(&mut self) {
        let moved = self.chain.as_mut().map_or(0, Chain::take_doubtful);
        self.drops.freeze -= moved;
        self.drops.network += moved;
    }

    fn keep_sample(&mut self, sample: ReceivedSample<P, F>, time: Media, context: &mut Context<P, F>) -> Step {
        let ReceivedSample { bytes, size, key, config, arrival, .. } = sample;
        if let Some(config) = &config {
            // What is encoded after it is of its size and in its colours.
            self.encoding.release(context.effects);
            if let Some(codec) = config.codec() {
                self.encoding.continue_from(codec, config.palette());
            }
            if !self.opening.is_reencoding() {
                self.opening.settle_at(config);
            }
        }
        if self.encoding.is_open() {
            self.encoding.release(context.effects);
        }
        self.interruptions += 1;
        self.builder.split_anywhere(true);
        let config = context.saving.config_index(config);
        if self.makes_too_large(size, time, context) {
            self.drops.network += 1;
            return Step::End(End::Limit);
        }
        self.chain.get_or_insert_default().keep(time, arrival.rtp, key);
        if key {
            self.count_moved();
        }
        let sample = Sample { decode_us: time.us(), composition_offset_us: 0, size, key };
        let step = self.add(sample, config, bytes, context);
        self.ask_for_key_frame(context);
        match step {
            Some(written) => Step::from(written).or_taken(),
            None => Step::Taken,
        }
    }

    /// The codec of what was recorded; none before the first picture.
    fn codec(context: &Context<P, F>) -> Option<Codec> {
        context.saving.configs().last().and_then(VideoConfig::codec)
    }

    /// Asks the sender for a key frame, if one is needed.
    pub(super) fn ask_for_key_frame(&mut self, context: &mut Context<P, F>) {
        let time = self.builder.open().map(|open| Media::from_us(open.table.last_us()));
        let Some(chain) = self.chain.as_mut().filter(|chain| !self.timeline.paused() && !chain.is_unfit()) else {
            return;
        };
        // What is frozen needs none.
        if self.timeline.frozen() && !chain.needs_key() {
            return;
        }
        let interval_us = context.options.key_frame_interval_us;
        if chain.should_request(context.now, time.filter(|_| !self.timeline.frozen()), interval_us) {
            context.effects.push(Effect::AskKeyFrame);
        }
    }

    /// Notes that the reel has no key frame any more: frames as they are received can't be decoded up to the next one, which is asked for.
    pub(crate) fn lose_start(&mut self, context: &mut Context<P, F>) {
        if let Some(chain) = &mut self.chain {
            chain.cut();
            self.ask_for_key_frame(context);
        }
    }

    /// Notes that the frames of the source can't be recorded as they are, for this reason.
    pub(crate) fn refuse_source(&mut self, reason: &'static str, context: &mut Context<P, F>) {
        if self.chain.get_or_insert_default().refuse(reason == TOO_FAST) {
            context.report(Report::Unfit(reason));
        }
    }
}
