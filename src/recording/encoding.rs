//! What is in the encoder, whose key frame is due, and which encoder is next.

use super::in_flight::{InFlight, OutputOutcome};
use super::{Call, Effect, Flush, Received};
use crate::clip::Clip;
use crate::codec::colour::Colour;
use crate::codec::{Appearance, Candidate, Choice, Codec, EncoderSetup, Format, Palette, Search};
use crate::options::Options;
use crate::picture_size::Size;
use crate::time::{Media, Steady, Wall};
use crate::timeline::Arrival;

/// How many frames in the encoder are a sign that it waits for more.
const LATE: usize = 12;
/// For how long the open segment may wait for a better encoder, in microseconds.
pub(super) const OVERTIME_US: i64 = 2_000_000;
/// How long the encoder may stand idle, in microseconds. Chromium takes one back after ten seconds.
const IDLE_US: i64 = 5_000_000;

/// Why the encoder was asked for all that it holds.
#[derive(Debug, PartialEq)]
pub(super) enum Drain {
    /// To see what it will return of the frames encoded for up to this time.
    Queue(Steady),
    /// To close the segment before the pause or freeze with this number.
    Interruption(u32),
    /// To answer an export.
    Export(Call, Clip),
    /// To end the recording.
    End,
}

/// A frame that is kept.
#[derive(Debug)]
pub(super) struct Kept<F> {
    /// The frame.
    pub frame: F,
    /// Its size and colours.
    pub appearance: Appearance,
    /// When it was sent, shown and received.
    pub arrival: Arrival,
    /// Its media time.
    pub time: Media,
    /// The time that it is encoded for, which always rises.
    pub steady: Steady,
}

impl<F: Clone> Kept<F> {
    /// The same as it was received.
    pub(crate) fn received(&self) -> Received<F> {
        Received { frame: self.frame.clone(), appearance: self.appearance, arrival: self.arrival }
    }
}

/// Whether the open segment wants a key frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// It does not.
    No,
    /// It does.
    Key,
    /// It does, and has for so long that it waits for nothing.
    Overdue,
}

/// The encoder of a track.
#[derive(Debug)]
pub(super) struct Encoding {
    choice: Choice,
    /// What the encoder is set up with, for when it has to be opened again.
    setup: Option<EncoderSetup>,
    /// The colours of what was recorded before, if the reel is resumed.
    resumed: Option<Palette>,
    /// The colours of the reel, from the first frame on.
    palette: Option<Palette>,
    /// Whether there is one.
    is_open: bool,
    /// How many were opened. What those before report counts no more.
    opened: u32,
    in_flight: InFlight,
    /// The next frame has to be a key frame.
    is_key_due: bool,
    /// The time of a key frame that was asked for and was not returned yet. Until it is, the open segment still wants one.
    key_asked: Option<Steady>,
    /// Whether a flush is under way to see what is in the encoder's queue.
    is_checking_queue: bool,
    /// A better one than the one at work, which is warm: it takes over at a key frame.
    better: Option<Candidate>,
    /// Whether it has taken over, and not returned anything yet.
    is_warm: bool,
    /// What waits for flushes, in their order.
    drains: Vec<(u32, Drain)>,
    flushes: u32,
    /// When a frame was encoded last.
    encoded: Wall,
    /// The frames that were dropped since it held too many, and those that it did not return.
    backpressure: u32,
    lost: u32,
}

impl Encoding {
    /// No encoder yet, at this time. `resumed` is the colours of what was recorded before.
    pub(crate) fn new(choice: Choice, resumed: Option<Palette>, now: Wall) -> Self {
        Self {
            choice,
            setup: None,
            resumed,
            palette: None,
            is_open: false,
            opened: 0,
            in_flight: InFlight::default(),
            is_key_due: true,
            key_asked: None,
            is_checking_queue: false,
            better: None,
            is_warm: false,
            drains: Vec::new(),
            flushes: 0,
            encoded: now,
            backpressure: 0,
            lost: 0,
        }
    }

    /// What the encoder is set up with.
    pub(crate) fn setup(&self) -> Option<&EncoderSetup> {
        self.setup.as_ref()
    }

    /// Whether the encoder makes its pictures of red, green and blue, as far as it gets such.
    pub(crate) fn is_of_rgb(&self) -> bool {
        self.setup.as_ref().and_then(|setup| setup.palette).is_some_and(|palette| palette.is_of_rgb)
    }

    /// How many frames were dropped since the encoder held too many.
    pub(crate) fn backpressure(&self) -> u32 {
        self.backpressure
    }

    /// How many frames it did not return.
    pub(crate) fn lost(&self) -> u32 {
        self.lost
    }

    /// How many frames it holds that are to be kept.
    pub(crate) fn waiting(&self) -> u32 {
        self.in_flight.waiting()
    }

    /// Whether this is the number of the encoder at work.
    pub(crate) fn is_current(&self, number: u32) -> bool {
        self.is_open && number == self.opened
    }

    /// Has the next frame be a key frame.
    pub(crate) fn ask_for_key(&mut self) {
        self.is_key_due = true;
    }

    /// Begins to look for an encoder for pictures of this size, in pixels.
    pub(crate) fn search(&self, options: &Options, size: Size) -> Search {
        let (format, bitrate) = format(options, size);
        self.choice.search(format, bitrate)
    }

    /// What is known of the encoders.
    pub(crate) fn choice(&mut self) -> &mut Choice {
        &mut self.choice
    }

    /// Has frames be encoded by this setup from the next one on, which is a key frame. The reel keeps its codec, and the colours that it
    /// has from its first frame on. `colour` is the description of the next frame.
    pub(crate) fn set_up<P, F>(
        &mut self,
        setup: EncoderSetup,
        colour: Option<Colour>,
        effects: &mut Vec<Effect<P, F>>,
    ) {
        self.is_key_due = true;
        self.choice.settle(setup.candidate.codec);
        let (choice, first) = (&self.choice, self.resumed.unwrap_or_else(|| Palette::new(colour)));
        let palette = *self.palette.get_or_insert_with(|| choice.palette(first));
        let setup = setup.with(palette);
        if self.is_open {
            effects.push(Effect::Configure(setup.clone()));
        }
        self.setup = Some(setup);
    }

    /// Has encoders continue what was recorded with this configuration: with its codec and its colours.
    pub(crate) fn continue_from(&mut self, codec: Codec, palette: Option<Palette>) {
        self.choice.settle(codec);
        (self.resumed, self.palette) = (palette, None);
    }

    /// Has the next setup take the colours of its frame.
    pub(crate) fn forget_colours(&mut self) {
        self.palette = None;
    }

    /// Encodes a frame. Gives whether the encoder took it.
    pub(crate) fn encode<P, F>(
        &mut self,
        kept: Kept<F>,
        wish: Wish,
        options: &Options,
        now: Wall,
        effects: &mut Vec<Effect<P, F>>,
    ) -> bool {
        let needs_key_frame = self.key_asked.is_none() && wish != Wish::No;
        if needs_key_frame || self.is_key_due {
            self.take_over(wish == Wish::Overdue, options, effects);
        }
        if !self.is_open {
            self.open(effects);
        }
        if self.in_flight.is_full() {
            self.backpressure += 1;
            // It may be busy, or have skipped all of them and wait for more.
            self.check_queue(effects);
            return false;
        }
        self.encoded = now;
        let Kept { frame, time, steady, .. } = kept;
        let key = self.is_key_due || (needs_key_frame && self.better.is_none());
        effects.push(Effect::Encode { frame, steady, key });
        self.in_flight.push(time, steady);
        if key {
            self.is_key_due = false;
            self.key_asked = Some(steady);
        }
        true
    }

    fn open<P, F>(&mut self, effects: &mut Vec<Effect<P, F>>) {
        let Some(setup) = self.setup.clone() else { return };
        self.is_open = true;
        self.opened += 1;
        effects.push(Effect::Open { number: self.opened, setup });
    }

    /// Has the better encoder make the next frame, if the one at work holds none. If it holds some, it is asked for them; one that is
    /// always behind loses them.
    fn take_over<P, F>(&mut self, is_overdue: bool, options: &Options, effects: &mut Vec<Effect<P, F>>) {
        let Some((better, current)) = self.better.zip(self.setup.as_ref()) else { return };
        if !self.in_flight.is_empty() && !is_overdue {
            return self.check_queue(effects);
        }
        let (format, bitrate) = format(options, (current.format.width, current.format.height));
        self.better = None;
        match self.choice.setup_of(better, format, bitrate) {
            Some(setup) => {
                self.setup = Some(self.palette.map_or(setup.clone(), |palette| setup.with(palette)));
                self.release(effects);
                self.is_warm = true;
            }
            None => effects.push(Effect::CloseTrial),
        }
    }

    /// Notes that an encoder that was set aside works, or that it never will.
    pub(crate) fn slow_answered<P, F>(&mut self, works: bool, effects: &mut Vec<Effect<P, F>>) {
        let slow = self.choice.answered(works);
        // What has failed meanwhile was replaced by what is sure to work.
        self.better = slow.filter(|_| works && !self.choice.is_replacing());
        if self.better.is_none() {
            effects.push(Effect::CloseTrial);
        }
    }

    /// Notes that the encoder has returned the frame of this time.
    pub(crate) fn note_output<P, F>(&mut self, steady: Steady, effects: &mut Vec<Effect<P, F>>) -> OutputOutcome {
        let out = self.in_flight.note_output(steady);
        self.lost += out.skipped;
        self.choice.chunk_returned();
        if std::mem::take(&mut self.is_warm) {
            effects.push(Effect::CloseTrial);
        }
        self.key_asked = self.key_asked.filter(|&asked| asked > out.steady);
        out
    }

    /// Notes that the encoder's output can't be decoded: no key frame came before it.
    pub(crate) fn refuse_output(&mut self) {
        self.lost += 1;
        self.is_key_due = true;
    }

    /// Notes that frames it returned are in no file.
    pub(crate) fn lose(&mut self, frames: u32) {
        self.lost += frames;
    }

    /// Notes that a frame was dropped since no encoder takes its picture.
    pub(crate) fn refuse_frame(&mut self) {
        self.lost += 1;
    }

    /// Has another encoder make the next frame, in the place of one that failed.
    pub(crate) fn replace<P, F>(&mut self, setup: EncoderSetup, effects: &mut Vec<Effect<P, F>>) {
        self.setup = Some(self.palette.map_or(setup.clone(), |palette| setup.with(palette)));
        self.release(effects);
    }

    /// Notes that the encoder returns pictures out of their order.
    pub(crate) fn reorders(&mut self) {
        if let Some(setup) = &self.setup {
            self.choice.reorders(setup.candidate);
        }
    }

    /// Rolls back the frames at later media times than this. Gives their number.
    pub(crate) fn roll_back(&mut self, after: Media) -> u32 {
        self.is_key_due = true;
        self.in_flight.roll_back(after)
    }

    /// Closes the encoder; the next frame opens a new one.
    pub(crate) fn release<P, F>(&mut self, effects: &mut Vec<Effect<P, F>>) {
        if std::mem::take(&mut self.is_open) {
            effects.push(Effect::Close);
        }
        self.lost += self.in_flight.lost_all();
        self.is_key_due = true;
        self.key_asked = None;
        self.is_checking_queue = false;
    }

    /// Releases an encoder that has nothing to do, at this time: browsers have few of them.
    pub(crate) fn release_idle<P, F>(&mut self, now: Wall, effects: &mut Vec<Effect<P, F>>) {
        if self.is_open && now - self.encoded > IDLE_US && self.in_flight.is_empty() {
            self.release(effects);
        }
    }

    /// Has an encoder that holds many frames return them, so that a crash does not lose them: Firefox's looks 40 ahead.
    pub(crate) fn hurry<P, F>(&mut self, effects: &mut Vec<Effect<P, F>>) {
        if self.in_flight.len() >= LATE {
            self.check_queue(effects);
        }
    }

    /// Has the encoder return all that it holds, since nothing more is encoded.
    pub(crate) fn hurry_all<P, F>(&mut self, effects: &mut Vec<Effect<P, F>>) {
        self.check_queue(effects);
    }

    /// Whether there is an encoder.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Has the encoder return what it holds, or show that it won't.
    fn check_queue<P, F>(&mut self, effects: &mut Vec<Effect<P, F>>) {
        if let Some(newest) = self.in_flight.newest().filter(|_| !self.is_checking_queue) {
            self.is_checking_queue = true;
            // It holds frames, so there is one.
            let _ = self.drain(Drain::Queue(newest), effects);
        }
    }

    /// Has the encoder return all that it holds now; it takes frames meanwhile. Gives the drain back if there is no encoder.
    #[must_use]
    pub(crate) fn drain<P, F>(&mut self, drain: Drain, effects: &mut Vec<Effect<P, F>>) -> Option<Drain> {
        if !self.is_open {
            return Some(drain);
        }
        self.flushes += 1;
        self.drains.push((self.flushes, drain));
        effects.push(Effect::Flush(Flush(self.flushes)));
        None
    }

    /// What waited for a flush.
    pub(crate) fn flushed(&mut self, Flush(number): Flush) -> Option<Drain> {
        let at = self.drains.iter().position(|(of, _)| *of == number)?;
        Some(self.drains.remove(at).1)
    }

    /// Notes that the encoder has returned all that it will of what was encoded for up to this time.
    pub(crate) fn queue_drained(&mut self, newest: Steady) {
        self.is_checking_queue = false;
        self.lost += self.in_flight.drained(newest);
    }
}

/// The format of pictures of this size in pixels, and their bitrate in bits per second.
fn format(options: &Options, (width, height): Size) -> (Format, u32) {
    let format = Format { width, height, fps: options.max_fps };
    (format, options.bitrate_of(format))
}
