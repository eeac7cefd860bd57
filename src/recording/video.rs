//! The video track of a recording: from a frame to a sample in a segment, and back if it turns out to be a repeat.

mod received;

use super::chain::Chain;
use super::context::{Context, Step};
use super::effect::{Effect, Report};
use super::encoding::{Drain, Encoding, Kept, OVERTIME_US, Wish};
use super::ending::End;
use super::fitting::{Fitted, Fitting};
use super::handover::Reserve;
use super::in_flight::Output;
use super::input::{Beginning, Chunk, Received, ReceivedSample};
use super::inspection::{Inspection, InspectionStep};
use super::max_bytes::MaxBytes;
use super::opening::Opening;
use super::progress::Drops;
use super::{Call, Flush};
use crate::clip::Clip;
use crate::codec::{Answer, Choice};
use crate::options::Options;
use crate::reel::{Contents, ReelRecord, Sample, Segment, SegmentBuilder, Track, VideoConfig};
use crate::time::{Media, Steady, Wall};
use crate::timeline::{Fate, Inspected, Picture, Timeline};
use crate::{Error, Result};

/// How much later than it was received a frame may come decoded, in ticks of RTP's video clock: 5 s.
const LATEST_TICKS: u32 = 450_000;
/// What a picture belongs to that is inspected.
#[derive(Debug)]
enum Subject<P, F> {
    /// A frame that is to be encoded.
    Frame(Received<F>),
    /// One that is recorded as it was received.
    Sample(ReceivedSample<P, F>),
}

/// How long a received frame may take to be read, in microseconds, before it counts as none.
const READING_US: i64 = 4_000_000;

/// The video track of a recording.
#[derive(Debug)]
pub(super) struct Video<P, F> {
    timeline: Timeline,
    inspection: Inspection<F, Subject<P, F>>,
    opening: Opening<P>,
    encoding: Encoding,
    builder: SegmentBuilder<P>,
    fitting: Fitting<F>,
    drops: Drops,
    max_bytes: MaxBytes,
    reserve: Reserve<F>,
    /// Whether a file of it has no room for another frame.
    is_full: bool,
    /// The media time of the first frame that did not fit.
    refused_at: Option<Media>,
    /// How often it was paused or frozen, or encoded a frame.
    interruptions: u32,
    /// Whether the segment before the freeze that is under way was closed.
    is_closed: bool,
    /// When the reel ended, once it has.
    ended: Option<Media>,
    /// Whether its frames came over a connection: they have RTP timestamps.
    is_received: bool,
    /// The frames that are recorded as they were received; none while they are encoded.
    chain: Option<Chain>,
    /// The RTP timestamp of the last of them, while those before it may still come, decoded.
    copied: Option<u32>,
    /// When the last received frame came that has not been read.
    arrived: Option<Wall>,
    /// How many samples have been rolled back since that was reported.
    rolled_back: u32,
}

impl<P: Clone, F: Clone> Video<P, F> {
    /// Before the first frame, at this time.
    pub(crate) fn new(
        options: &Options,
        choice: Choice,
        reel: &ReelRecord,
        [contents, sound]: [&Contents; 2],
        memory_bytes: Option<u64>,
        Beginning { is_paused, is_device, is_sound_alone }: Beginning,
        now: Wall,
    ) -> Self {
        let max_bytes = MaxBytes::new(options.max_bytes, memory_bytes);
        let mut timeline = Timeline::new(options, is_paused, now);
        let (mut opening, mut palette) = (Opening::new(options.size), None);
        if is_sound_alone {
            timeline.have_sound_alone();
            timeline.continue_from(Media::from_us(sound.end_us()));
        }
        if contents.frames() > 0 {
            timeline.continue_from(Media::from_us(contents.end_us()));
            opening = Opening::settled(reel.video.last());
            palette = reel.video.last().and_then(VideoConfig::palette);
        }
        Self {
            timeline,
            inspection: Inspection::new(!is_device),
            opening,
            encoding: Encoding::new(choice, palette, now),
            builder: SegmentBuilder::new(Track::Video, contents.indexes().end),
            fitting: Fitting::default(),
            drops: Drops::default(),
            // A device has few frames.
            reserve: Reserve::new(options.next_at_limit && max_bytes.is_limited() && !is_device),
            max_bytes,
            is_full: false,
            refused_at: None,
            interruptions: 0,
            is_closed: false,
            ended: None,
            is_received: false,
            chain: None,
            copied: None,
            arrived: None,
            rolled_back: 0,
        }
    }

    /// Whether an answer has to come before anything else is taken.
    pub(crate) fn is_waiting(&self) -> bool {
        self.inspection.is_reading() || self.fitting.is_asking()
    }

    /// Whether the opening is being re-encoded.
    pub(crate) fn is_reencoding(&self) -> bool {
        self.opening.is_reencoding()
    }

    /// Whether the picture is reported to be frozen.
    pub(crate) fn reports_freeze(&self) -> bool {
        self.timeline.reports_freeze()
    }

    /// The frames that were dropped, by reason.
    pub(crate) fn drops(&self) -> Drops {
        let backpressure = self.drops.backpressure + self.encoding.backpressure();
        Drops { backpressure, encoder: self.encoding.lost(), ..self.drops }
    }

    /// How many frames are in the encoder.
    pub(crate) fn in_flight(&self) -> u32 {
        self.encoding.waiting()
    }

    /// The segments with indexes below this are closed, and nothing will change them; none while something may.
    pub(crate) fn settled(&self) -> Option<u32> {
        self.opening.is_settled().then(|| self.builder.next_index().saturating_sub(2))
    }

    /// The open segment, as it would be if it were closed at this time.
    pub(crate) fn open_segment(&self, now: Wall) -> Option<Segment<P>> {
        let mut open = self.builder.open().cloned();
        if let Some((open, end)) = open.as_mut().zip(self.reel_end(now)) {
            open.table.extend(end.us());
        }
        open
    }

    /// The same as far as it is.
    pub(crate) fn open(&self) -> Option<&Segment<P>> {
        self.builder.open()
    }

    /// The segment that was closed last, which is open again if it is rolled back.
    pub(crate) fn closed(&self) -> Option<Segment<P>> {
        self.builder.closed().cloned()
    }

    /// When the reel ends if it ends at this time; none before its first frame.
    pub(crate) fn reel_end(&self, now: Wall) -> Option<Media> {
        self.ended.or(self.timeline.reel_end(now))
    }

    /// Whether the reel has sound alone.
    pub(crate) fn is_absent(&self) -> bool {
        self.timeline.has_sound_alone()
    }

    /// Whether its frames came over a connection.
    pub(crate) fn is_received(&self) -> bool {
        self.is_received
    }

    /// Whether they are recorded as they came.
    pub(crate) fn is_copied(&self) -> bool {
        self.chain.is_some()
    }

    /// Notes a sound that begins at this moment.
    pub(crate) fn note_sound(&mut self, start: Wall) {
        self.timeline.note_sound(start);
    }

    /// Notes that sound is audible between these moments.
    pub(crate) fn hear(&mut self, from: Wall, until: Wall) {
        if self.timeline.hear(from, until) {
            // Its last picture ends later.
            self.builder.reopen();
            if let Some(open) = self.builder.open() {
                self.opening.reopen(open.index);
            }
        }
    }

    /// Where in the reel a moment is; none if it is cut.
    pub(crate) fn place(&self, moment: Wall) -> Option<Media> {
        self.timeline.place(moment)
    }

    /// Up to where nothing can be cut any more.
    pub(crate) fn settled_until(&self) -> Option<Media> {
        self.timeline.settled_until()
    }

    /// Up to where nothing of it will change, in microseconds: no repeat is rolled back, and nothing is encoded a second time.
    pub(crate) fn settled_us(&self) -> i64 {
        self.timeline.certain_until().filter(|_| self.opening.is_settled()).map_or(0, Media::us)
    }

    /// Takes the next frame.
    pub(crate) fn take(&mut self, received: Received<F>, context: &mut Context<P, F>) -> Step {
        if let Some(chain) = self.chain.take() {
            self.timeline.forget_pictures();
            self.inspection.release();
            self.builder.split_anywhere(false);
            self.copied = chain.newest();
        }
        // Decoded, a frame comes later than it was received.
        let is_copied = |(copied, rtp): (u32, u32)| copied.wrapping_sub(rtp) <= LATEST_TICKS;
        if self.copied.zip(received.arrival.rtp).is_some_and(is_copied) {
            return Step::Done;
        }
        self.copied = None;
        self.is_received = received.arrival.rtp.is_some();
        for stall in self.timeline.note_arrival(&received.arrival).into_iter().flatten() {
            context.report(Report::Stall(stall));
        }
        let admitted = match self.timeline.admit(received.arrival) {
            Ok(admitted) => admitted,
            Err(reason) => {
                self.drops.add(reason);
                return Step::Taken;
            }
        };
        let (frame, subject) = (received.frame.clone(), Subject::Frame(received));
        let next = self.inspection.begin(&mut self.timeline, frame, subject, admitted);
        self.inspect(next, context)
    }

    /// Takes the pixels that were asked for.
    pub(crate) fn inspected(&mut self, picture: Option<Picture>, context: &mut Context<P, F>) -> Step {
        match self.inspection.read_out(&mut self.timeline, picture) {
            Some(next) => self.inspect(next, context),
            None => Step::Done,
        }
    }

    fn inspect(&mut self, next: InspectionStep<F, Subject<P, F>>, context: &mut Context<P, F>) -> Step {
        let (received, inspected) = match next {
            InspectionStep::Read(frame, rows) => {
                context.effects.push(Effect::Inspect { frame, rows });
                return Step::Waiting;
            }
            InspectionStep::Done(Subject::Sample(sample), inspected) => {
                return self.decide_sample(sample, inspected, context);
            }
            InspectionStep::Done(Subject::Frame(received), inspected) => (received, inspected),
        };
        match self.decide(inspected, context) {
            Fate::Keep { .. } if self.is_too_large(context) => self.go_beyond(received, context),
            Fate::Keep { time, steady, after_cut } => {
                if after_cut {
                    self.encoding.ask_for_key();
                }
                let Received { frame, appearance, arrival } = received;
                let kept = Kept { frame, appearance, arrival, time, steady };
                let fitted = self.fitting.fit(kept, &mut self.encoding, &mut self.opening, context);
                self.fitted(fitted, context)
            }
            Fate::Drop(reason) => {
                self.drops.add(reason);
                Step::from(self.close_frozen(context)).or_taken()
            }
            Fate::Limit => self.go_beyond(received, context),
        }
    }

    /// Ends the recording before a frame. It counts no more than those that follow.
    fn go_beyond(&mut self, received: Received<F>, context: &Context<P, F>) -> Step {
        if context.options.next_at_limit {
            self.reserve.go_beyond(received);
        }
        Step::End(End::Limit)
    }

    /// The frames that came before the end, or at it, and are not in the recording.
    pub(crate) fn release_reserve(&mut self) -> Vec<Received<F>> {
        self.reserve.release()
    }

    /// Drops those that did not fit, since no recording follows.
    pub(crate) fn drop_reserve(&mut self) {
        let refused = self.reserve.drop_all();
        self.encoding.lose(refused);
    }

    /// How many frames are in the encoder, if there is room for them.
    pub(crate) fn fitting_in_flight(&self) -> u32 {
        if self.is_full { 0 } else { self.in_flight() }
    }

    /// How a recording begins that follows now.
    pub(crate) fn beginning(&self) -> Beginning {
        let (is_paused, is_device) = (self.timeline.paused(), !self.inspection.holds());
        Beginning { is_paused, is_device, is_sound_alone: self.is_absent() }
    }

    /// What is known of the encoders.
    pub(crate) fn choice(&mut self) -> Choice {
        self.encoding.choice().clone()
    }

    /// Whether a file of this many packets and bytes has no room for another second of sound alone.
    pub(crate) fn is_full_with(&self, totals: (u32, u64)) -> bool {
        self.max_bytes.is_full_of_sound(totals)
    }

    /// Whether another frame may make a file larger than it may be.
    fn is_too_large(&self, context: &Context<P, F>) -> bool {
        let more = self.encoding.waiting() + 1;
        self.max_bytes.is_limited() && self.max_bytes.may_pass(context.saving.totals(self.open()), more)
    }

    /// Decides over a frame or a silence, and rolls back what turns out to be repeats.
    fn decide(&mut self, inspected: Inspected, context: &mut Context<P, F>) -> Fate {
        let last = inspected.roll_back_after().map(|after| self.roll_back(after, context));
        let (fate, freeze) = self.timeline.decide(inspected, last);
        context.report_freeze(freeze);
        Self::move_marks(fate, context);
        fate
    }

    /// No mark is later than a frame that came after it.
    fn move_marks(fate: Fate, context: &mut Context<P, F>) {
        if let Fate::Keep { time, .. } = fate {
            context.saving.marks().keep(time);
        }
    }

    /// Where a mark is that is made at this time: at the newest frame, or where the recording continues.
    pub(crate) fn mark_at(&self, now: Wall) -> Media {
        self.timeline.mark_at(now)
    }

    /// Whether it is paused or frozen: little is to be written.
    pub(crate) fn rests(&self) -> bool {
        self.timeline.paused() || self.timeline.frozen()
    }

    /// The media time of the first frame that did not fit; none if all did.
    pub(crate) fn refused_at(&self) -> Option<Media> {
        self.refused_at
    }

    /// Notes what the marks take in a file, in bytes.
    pub(crate) fn note_marks(&mut self, bytes: u64) {
        self.max_bytes.note_marks(bytes);
    }

    /// Rolls back the frames kept at later media times than this, encoded or not. Gives the media time of the last one left.
    fn roll_back(&mut self, after: Media, context: &mut Context<P, F>) -> Media {
        let samples = self.builder.take_back(after).len() as u32;
        self.rolled_back += samples;
        self.drops.freeze += samples + self.encoding.roll_back(after);
        context.saving.forget_from(self.builder.next_index());
        let Some(open) = self.builder.open() else { return after };
        self.opening.reopen(open.index);
        Media::from_us(open.table.last_us()).max(after)
    }

    /// Goes by which encoder there is for a frame, or in the place of one that failed.
    fn fitted(&mut self, fitted: Fitted<F>, context: &mut Context<P, F>) -> Step {
        match fitted {
            Fitted::Asked => Step::Waiting,
            Fitted::Ready(kept) => self.encode(kept, context),
            Fitted::Done => Step::Done,
            Fitted::Failed(error) => Step::End(End::Failed(error)),
        }
    }

    /// Takes the answer of the browser.
    pub(crate) fn answered(&mut self, answer: Answer, context: &mut Context<P, F>) -> Step {
        let fitted = self.fitting.answered(answer, &mut self.encoding, &mut self.opening, context);
        self.fitted(fitted, context)
    }

    fn encode(&mut self, kept: Kept<F>, context: &mut Context<P, F>) -> Step {
        let time = kept.time;
        let wish = match self.builder.needs_key_frame(time) {
            // A segment that may be rolled back is not closed: that would cost a write and a key frame.
            true if self.timeline.is_still() => Wish::No,
            // Before the first sample there is nothing that has waited.
            true if self.builder.open().is_some() && self.builder.needs_key_frame(time - OVERTIME_US) => Wish::Overdue,
            true => Wish::Key,
            false => Wish::No,
        };
        // What was asked for before returns without this one.
        self.interruptions += 1;
        let reserved = self.reserve.is_on().then(|| (kept.steady, kept.received()));
        if self.encoding.encode(kept, wish, context.options, context.now, context.effects)
            && let Some((steady, received)) = reserved
        {
            self.reserve.encode(steady, received);
        }
        Step::Taken
    }

    /// Adds an encoded frame to the open segment. What an encoder returns that was closed is counted already.
    pub(crate) fn encoded(&mut self, number: u32, chunk: Chunk<P>, context: &mut Context<P, F>) -> Step {
        if !self.encoding.is_current(number) {
            return Step::Done;
        }
        let Chunk { steady, key, bytes, size, config } = chunk;
        let out = self.encoding.note_output(steady, context.effects);
        let reserved = self.reserve.note_output(out.steady);
        let is_of_rgb = self.encoding.is_of_rgb();
        let config = config.map(|config| VideoConfig { is_of_rgb, ..config });
        let config = context.saving.config_index(config);
        let time = match out.output {
            Output::Kept(time) => time,
            Output::RolledBack => return Step::Done,
            // It has been counted as one that never came. Those that follow would come no better.
            Output::OutOfOrder => {
                self.encoding.reorders();
                return self.failed(number, Error::EncoderLost { reason: "it reorders pictures".into() }, context);
            }
        };
        if self.makes_too_large(size, time, context) {
            if !self.reserve.refuse(reserved) {
                self.encoding.refuse_output();
            }
            return Step::End(End::Limit);
        }
        let sample = Sample { decode_us: time.us(), composition_offset_us: 0, size, key };
        let Some(written) = self.add(sample, config, bytes, context) else {
            self.encoding.refuse_output();
            return Step::Done;
        };
        if self.opening.note_output(time, context.saving.configs().get(config as usize)) {
            self.reencode(context);
        }
        self.opening.release();
        written.into()
    }

    /// Whether a sample of this many bytes at this media time makes a file too large: the reel ends before it.
    fn makes_too_large(&mut self, size: u32, time: Media, context: &Context<P, F>) -> bool {
        self.max_bytes.note(size);
        if self.max_bytes.is_limited() {
            let (frames, bytes) = context.saving.totals(self.open());
            // It is larger than any before.
            self.is_full |= self.max_bytes.passes((frames + 1, bytes + u64::from(size)));
            if self.is_full {
                self.ended = Some(self.ended.map_or(time, |end| end.min(time)));
                self.refused_at = Some(self.refused_at.map_or(time, |at| at.min(time)));
            }
        }
        self.is_full
    }

    /// Adds a sample, and has a segment written that it closes. None if nothing can be decoded from it.
    fn add(&mut self, sample: Sample, config: u32, bytes: P, context: &mut Context<P, F>) -> Option<Result<()>> {
        let end = self.timeline.end_of(Media::from_us(sample.decode_us));
        // A segment that may be rolled back is not closed.
        let closed = match self.chain.is_some() && self.timeline.is_still() {
            true => self.builder.push_still(sample, end, config, bytes),
            false => self.builder.push(sample, end, config, bytes),
        };
        Some(closed.ok()?.map_or(Ok(()), |segment| self.put(segment, context)))
    }

    /// Has the next frame make another encoder in the place of one that failed. The recording ends if those that were made in its
    /// place gave nothing either.
    pub(crate) fn failed(&mut self, number: u32, error: Error, context: &mut Context<P, F>) -> Step {
        if !self.encoding.is_current(number) {
            return Step::Done;
        }
        self.reserve.forget();
        let fitted = self.fitting.replace(error, &mut self.encoding, &mut self.opening, context);
        self.fitted(fitted, context)
    }

    /// Whether the encoder at work has this number.
    pub(crate) fn is_encoder(&self, number: u32) -> bool {
        self.encoding.is_current(number)
    }

    /// Notes that the browser has taken the encoder back.
    pub(crate) fn reclaimed(&mut self, number: u32, context: &mut Context<P, F>) {
        if self.encoding.is_current(number) {
            self.encoding.release(context.effects);
        }
    }

    /// Notes whether an encoder that was set aside works.
    pub(crate) fn slow_answered(&mut self, works: bool, context: &mut Context<P, F>) {
        self.encoding.slow_answered(works, context.effects);
    }

    /// Notes that frames never came to the worker.
    pub(crate) fn note_missed(&mut self, frames: u32, context: &mut Context<P, F>) {
        self.drops.missed += frames;
        context.report_freeze(self.timeline.note_missed());
    }

    /// Counts a frame that came while too many waited.
    pub(crate) fn count_overflow(&mut self) {
        self.drops.backpressure += 1;
    }

    /// Drops frames from now on.
    pub(crate) fn pause(&mut self, context: &mut Context<P, F>) -> Result<()> {
        self.inspection.release();
        let freeze = self.timeline.pause(context.now);
        context.report_freeze(freeze);
        self.interrupt(context)
    }

    /// Takes frames from this time on.
    pub(crate) fn resume(&mut self, context: &mut Context<P, F>) {
        self.timeline.resume(context.now);
        self.ask_for_key_frame(context);
    }

    /// Continues with the frames of another source. `is_device` is whether they are a device's.
    pub(crate) fn join(&mut self, is_device: bool, context: &mut Context<P, F>) {
        self.inspection = Inspection::new(!is_device);
        self.chain = self.chain.take().map(|chain| chain.of_next());
        let is_on = context.options.next_at_limit && self.max_bytes.is_limited() && !is_device;
        self.reserve.set_on(is_on);
        let freeze = self.timeline.join(context.now);
        context.report_freeze(freeze);
    }

    /// Looks at what has not come.
    pub(crate) fn tick(&mut self, context: &mut Context<P, F>) -> Result<()> {
        // What came and waits to be read is no silence.
        if self.arrived.is_none_or(|arrived| context.now.saturating_since(arrived) >= READING_US) {
            if let Some(stall) = self.timeline.stall(context.now) {
                context.report(Report::Stall(stall));
            }
            self.notice_silence(context.now, context);
        }
        self.close_frozen(context)?;
        self.ask_for_key_frame(context);
        if self.timeline.paused() || self.timeline.frozen() {
            self.encoding.release_idle(context.now, context.effects);
        }
        Ok(())
    }

    /// Has the open segment written, so that a crash loses little.
    pub(crate) fn save(&mut self, context: &mut Context<P, F>) {
        self.encoding.hurry(context.effects);
        if let Some(open) = self.open_segment(context.now) {
            context.saving.write_open(&open);
        }
    }

    /// Whether the limit is reached though no frame has come.
    pub(crate) fn ends_in_silence(&self, now: Wall) -> bool {
        self.timeline.ends_in_silence(now)
    }

    /// Has what came before a freeze written while it lasts, once no more of it is shown. A segment whose last frame is being held
    /// is not over yet.
    fn close_frozen(&mut self, context: &mut Context<P, F>) -> Result<()> {
        let is_cutting = self.timeline.is_cutting(context.now);
        let is_new = is_cutting && !self.is_closed;
        self.is_closed = is_cutting;
        if is_new { self.interrupt(context) } else { Ok(()) }
    }

    /// Has the segment closed once the encoder has returned all that it holds.
    fn interrupt(&mut self, context: &mut Context<P, F>) -> Result<()> {
        self.interruptions += 1;
        match self.encoding.drain(Drain::Interruption(self.interruptions), context.effects) {
            Some(_) => self.close_segment(context),
            None => Ok(()),
        }
    }

    /// Notes that the encoder has returned all that went in before this pause or freeze. Frames taken since may still be in the encoder.
    pub(crate) fn interrupted(&mut self, number: u32, context: &mut Context<P, F>) -> Result<()> {
        // Meanwhile somebody may have begun to speak: then the picture is shown for longer.
        let is_interrupted = self.timeline.paused() || self.timeline.is_cutting(context.now);
        if is_interrupted && number == self.interruptions { self.close_segment(context) } else { Ok(()) }
    }

    /// Asks the encoder for all that it holds. Gives the reason back if there is none.
    #[must_use]
    pub(crate) fn drain(&mut self, drain: Drain, context: &mut Context<P, F>) -> Option<Drain> {
        self.encoding.drain(drain, context.effects)
    }

    /// Why the encoder was flushed.
    pub(crate) fn flushed(&mut self, flush: Flush) -> Option<Drain> {
        self.encoding.flushed(flush)
    }

    /// Notes that the encoder has returned all that it will of what was encoded for up to this time.
    pub(crate) fn queue_drained(&mut self, newest: Steady) {
        self.encoding.queue_drained(newest);
        self.reserve.note_output(newest);
    }

    /// Closes the open segment, and has it written.
    ///
    /// # Errors
    /// What [`Saving::write`](super::Saving::write) gives.
    fn close_segment(&mut self, context: &mut Context<P, F>) -> Result<()> {
        self.encoding.ask_for_key();
        if let Some(end) = self.reel_end(context.now) {
            self.builder.end_at(end);
        }
        self.builder.finish().map_or(Ok(()), |segment| self.put(segment, context))
    }

    fn put(&mut self, segment: Segment<P>, context: &mut Context<P, F>) -> Result<()> {
        let written = context.saving.write(segment.clone());
        // It may have been closed before, at a size that rose since.
        if self.opening.keep(segment, context.saving.configs()) {
            self.reencode(context);
        }
        written
    }

    fn reencode(&mut self, context: &mut Context<P, F>) {
        if let Some(setup) = self.encoding.setup() {
            self.opening.reencode(context.saving.configs(), setup, context.effects);
        }
    }

    /// Puts what was re-encoded in the place of what was recorded. Gives the exports that have waited for it.
    pub(crate) fn reencoded(
        &mut self,
        number: u32,
        chunks: Vec<Vec<Chunk<P>>>,
        context: &mut Context<P, F>,
    ) -> Vec<(Call, Clip)> {
        let Some(made) = self.opening.reencoded(number, chunks) else { return Vec::new() };
        let is_of_rgb = self.encoding.is_of_rgb();
        for mut made in made {
            made.segment.config = context.saving.index_of(VideoConfig { is_of_rgb, ..made.config });
            context.saving.replace(made.segment);
        }
        self.opening.release();
        self.opening.postponed()
    }

    /// Has an export wait until nothing is being re-encoded.
    pub(crate) fn postpone(&mut self, call: Call, clip: Clip) {
        self.opening.postpone(call, clip);
    }

    /// Takes no more frames.
    pub(crate) fn end(&mut self, context: &mut Context<P, F>) {
        self.inspection.release();
        context.report_freeze(self.timeline.finish());
        self.ended = self.ended.or(self.timeline.reel_end(context.now));
    }

    /// Closes encoder and segment, once the encoder is empty.
    ///
    /// # Errors
    /// What [`Saving::write`](super::Saving::write) gives.
    pub(crate) fn close(&mut self, context: &mut Context<P, F>) -> Result<()> {
        self.encoding.release(context.effects);
        let closed = self.close_segment(context);
        if !self.is_absent() {
            self.ended = self.builder.end().or(Some(Media::from_us(context.saving.contents().end_us())));
        }
        closed
    }
}
