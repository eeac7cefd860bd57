//! The sound track of a recording: from blocks of samples to packets in segments. What was received as packets of Opus is stored as it
//! came.
//!
//! A block waits until it is certain where in the reel it is: until the picture beside it can't be cut any more, or while it is audible,
//! since that is never cut. So no packet is ever rolled back.

use super::context::Context;
use super::effect::{Effect, Report};
use super::input::Packet;
use super::saving::Saving;
use super::video::Video;
use crate::codec::{SOUND_RATE, SoundCandidate, SoundCodec, SoundSetup};
use crate::reel::{AudioConfig, Contents, Sample, Segment, SegmentBuilder, Track};
use crate::sound::{Block, Joined, Loudness, PacketSplicer, Portion, SoundClock, Splicer};
use crate::time::{Media, Wall};
use crate::{Error, Result};
use std::collections::VecDeque;

/// How long a block waits at least, in microseconds: what is known by then of its time is better than what is known at once.
const LAG_US: i64 = 200_000;
/// By how much sound that came over a connection was heard earlier than it seems, in microseconds. A packet of Opus waits for its last
/// sample (20 ms; RFC 6716, § 2.1.4), and what is decoded is 6.5 ms behind. Pictures take some of that to be encoded: the rest remains.
const RECEIVED_US: i64 = 15_000;
/// The same beside pictures that are not decoded: these are there earlier than they are shown.
const COPIED_US: i64 = 6_000;
/// How long blocks wait at most, in microseconds: a longer freeze is found by then.
const LONGEST_US: i64 = 30_000_000;
/// How many packets may be in the encoder: a second of sound.
const MOST_PACKETS: usize = 50;
/// For how many ticks an encoder that is full may return nothing: ten seconds.
const PATIENCE_TICKS: u32 = 40;
/// How many encoders in a row may give next to nothing.
const ATTEMPTS: u32 = 3;
/// How many samples may wait for the encoder: ten seconds. One that is slower than sound does not catch up.
const MOST_WAITING: usize = 10 * SOUND_RATE as usize;
/// For how long nothing has to come to be filled with silence, in microseconds: what a busy worker has not taken yet still comes.
const MUTED_US: i64 = 1_000_000;
/// For how long nothing but silence leaves it open how many channels there are, in microseconds.
const BLANK_US: i64 = 5_000_000;
/// How many channels a track has that was silent for that long: sound in one channel is whole in two.
const MOST_CHANNELS: usize = 2;

/// The sound track of a recording.
#[derive(Debug)]
pub(super) struct Sound<P> {
    /// Which encoder; none if none is to be had, or not any more.
    candidate: Option<SoundCandidate>,
    /// Whether packets are stored as they come.
    copies: bool,
    /// Why no sound is recorded, until it is reported.
    lacks: Option<Error>,
    clock: SoundClock,
    /// When the last block came.
    taken: Option<Wall>,
    loudness: Loudness,
    /// Blocks whose place is not certain yet, with the moment at which each began.
    held: VecDeque<(Wall, Block)>,
    /// The silence that came before any encoder; none if there was none.
    blank: Option<Blank>,
    /// What encodes; none before the first block that is not silent.
    encoder: Option<Encoder>,
    /// How many encoders there were, and how many of the latest gave nothing.
    opened: u32,
    failures: u32,
    description: Vec<u8>,
    builder: SegmentBuilder<P>,
    /// The media time at which the next packet begins.
    next: Media,
    ending: Option<Ending>,
}

/// Blocks of zeros. A browser gives a received track one channel until its first packet has come, which may have two.
#[derive(Debug, Clone, Copy)]
struct Blank {
    begun: Media,
    channels: usize,
}

/// What makes packets: an encoder at work, or packets that come encoded.
#[derive(Debug)]
struct Encoder {
    number: u32,
    setup: SoundSetup,
    joined: Joined,
    /// The media time at which its first packet begins, and how many have been given to it and returned by it.
    origin: Media,
    fed: usize,
    returned: usize,
    /// How many samples were given to it and returned, and those of each packet that was not.
    given_samples: usize,
    returned_samples: usize,
    lengths: VecDeque<usize>,
    /// How many it had returned when that was looked at last, and for how many ticks it has been so.
    known: usize,
    ticks: u32,
    /// How many flushes it has not answered.
    flushes: u32,
}

/// How the track ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// What has come is to be placed.
    Placing,
    /// All is to be given to the encoder.
    Giving,
    /// The encoder is to return it.
    Flushing,
    /// It is over.
    Over,
}

impl Encoder {
    /// Whether it holds as many packets as it may.
    fn is_full(&self) -> bool {
        self.fed - self.returned >= MOST_PACKETS
    }
}

/// How long a number of samples is, in microseconds.
fn length_us(samples: usize) -> i64 {
    let rate = i64::from(SOUND_RATE);
    (samples as i64 * 1_000_000 + rate / 2) / rate
}

impl<P: Clone> Sound<P> {
    /// That of a reel which has this much sound. Without an encoder, none is recorded but packets, if they are stored as they come; why
    /// there is none is reported.
    pub(crate) fn new(encoder: Option<Result<SoundCandidate>>, copies: bool, contents: &Contents) -> Self {
        let (candidate, lacks) = match encoder {
            Some(Ok(candidate)) => (Some(candidate), None),
            Some(Err(error)) => (None, (!copies).then_some(error)),
            None => (None, None),
        };
        Self {
            candidate,
            copies,
            lacks,
            clock: SoundClock::default(),
            taken: None,
            loudness: Loudness::default(),
            held: VecDeque::new(),
            blank: None,
            encoder: None,
            opened: 0,
            failures: 0,
            description: Vec::new(),
            builder: SegmentBuilder::new(Track::Audio, contents.indexes().end),
            next: Media::from_us(contents.end_us()),
            ending: None,
        }
    }

    /// The open segment.
    pub(crate) fn open(&self) -> Option<&Segment<P>> {
        self.builder.open()
    }

    /// The segments with indexes below this are closed.
    pub(crate) fn settled(&self) -> u32 {
        self.builder.next_index().saturating_sub(1)
    }

    /// Takes a block that has arrived now.
    pub(crate) fn take<F: Clone>(&mut self, mut block: Block, video: &mut Video<P, F>, context: &mut Context<P, F>) {
        let is_copied = self.copies && block.packet.is_some();
        if (self.candidate.is_none() && !is_copied) || !block.is_sound() {
            return;
        }
        block.channels.iter_mut().flatten().filter(|sample| !sample.is_finite()).for_each(|sample| *sample = 0.0);
        self.taken = Some(context.now);
        let late_us = match video.is_received() {
            true if video.is_copied() => COPIED_US,
            true => RECEIVED_US,
            false => 0,
        };
        let start = self.clock.take(&block, context.now).saturating_sub(late_us);
        video.note_sound(start);
        let before = self.loudness.audible_until();
        self.loudness.take(&block, start);
        if let Some(until) = self.loudness.audible_until().filter(|until| before != Some(*until)) {
            video.hear(start, until);
        }
        self.held.push_back((start, block));
        self.advance(video, context);
    }

    /// The blocks from now on are another source's. An encoder that there is encodes them as well.
    pub(crate) fn join<F>(&mut self, encoder: Result<SoundCandidate>, context: &mut Context<P, F>) {
        self.clock = SoundClock::default();
        match encoder {
            Ok(candidate) => {
                self.candidate.get_or_insert(candidate);
                self.failures = 0;
            }
            Err(error) => context.report(Report::Failure(error)),
        }
    }

    /// Gives the encoder what it takes now that the disk has taken something.
    pub(crate) fn disk_drained<F>(&mut self, context: &mut Context<P, F>) {
        self.feed(context);
    }

    /// Places what is certain, and gives the encoder what it takes.
    pub(crate) fn advance<F: Clone>(&mut self, video: &Video<P, F>, context: &mut Context<P, F>) {
        while let Some((start, block)) = self.held.front() {
            let waited_us = context.now - *start;
            if waited_us < LAG_US + block.length_us() && self.ending.is_none() {
                break;
            }
            let place = video.place(*start);
            let is_audible = self.loudness.audible_until().is_some_and(|until| *start <= until);
            let is_certain =
                is_audible || place.is_none_or(|place| video.settled_until().is_some_and(|end| place <= end));
            if !is_certain && waited_us < LONGEST_US && self.ending.is_none() {
                break;
            }
            let is_beyond = place.is_some_and(|place| context.options.max_length_us.is_some_and(|us| place.us() >= us));
            if is_beyond && context.options.next_at_limit && self.ending.is_none() {
                // It is the next recording's.
                break;
            }
            let is_packet = block.packet.is_some();
            if !is_packet && self.is_copying() {
                // What came encoded is stored first.
                break;
            }
            let Some((_, block)) = self.held.pop_front() else { break };
            if let Some(place) = place.filter(|_| !is_beyond) {
                self.put(block, place, context);
            }
        }
        self.feed(context);
    }

    /// Fills up where nothing comes, as from a sender that is muted. An encoder that returns nothing is replaced.
    pub(crate) fn tick<F: Clone>(&mut self, video: &Video<P, F>, context: &mut Context<P, F>) -> Result<()> {
        if let Some(error) = self.lacks.take() {
            context.report(Report::Failure(error));
        }
        self.advance(video, context);
        if let Some(encoder) = &mut self.encoder {
            let is_stuck = encoder.is_full() && encoder.known == encoder.returned;
            encoder.ticks = if is_stuck { encoder.ticks + 1 } else { 0 };
            encoder.known = encoder.returned;
            // Packets that come encoded wait for the disk alone, and are small.
            let is_slow = encoder.joined.waiting() > MOST_WAITING && !encoder.joined.copies();
            if encoder.ticks > PATIENCE_TICKS || is_slow {
                let (number, reason) = (encoder.number, "the encoder of sound does not keep up".into());
                return self.failed(number, Error::EncoderLost { reason }, context);
            }
        }
        let is_muted = self.taken.is_some_and(|taken| context.now.saturating_since(taken) > MUTED_US);
        let place = video.place(context.now.saturating_sub(LAG_US)).filter(|_| is_muted);
        let place = place.map(|place| context.options.max_length_us.map_or(place, |us| place.min(Media::from_us(us))));
        let until = place.filter(|place| video.settled_until().is_some_and(|end| *place <= end));
        // It was silent, and sends nothing now.
        let is_blank = |until: Media| self.blank.is_some_and(|blank| until - blank.begun >= BLANK_US);
        if let Some(candidate) = self.candidate.filter(|_| self.opened == 0 && until.is_some_and(is_blank)) {
            self.open_encoder(candidate, MOST_CHANNELS, context);
        }
        if let Some((until, encoder)) = until.zip(self.encoder.as_mut()).filter(|_| self.held.is_empty()) {
            encoder.joined.fill(until - encoder.origin);
            self.feed(context);
        }
        Ok(())
    }

    fn put<F>(&mut self, block: Block, place: Media, context: &mut Context<P, F>) {
        let copies = self.copies && block.packet.is_some();
        if self.encoder.is_none() {
            let mut channels = block.channels.len();
            if block.is_blank() && !copies {
                let blank = Blank { channels, ..self.blank.unwrap_or(Blank { begun: place, channels }) };
                self.blank = Some(blank);
                let is_open = self.opened == 0 && context.saving.audio_configs().is_empty();
                if is_open && place - blank.begun < BLANK_US {
                    return;
                }
                channels = MOST_CHANNELS;
            }
            match self.candidate.filter(|_| !copies) {
                Some(candidate) => self.open_encoder(candidate, channels, context),
                None if copies => self.open_copies(channels, context),
                None => {}
            }
        }
        if let Some(encoder) = &mut self.encoder {
            encoder.joined.put(block, place - encoder.origin);
        }
    }

    fn open_encoder<F>(&mut self, candidate: SoundCandidate, channels: usize, context: &mut Context<P, F>) {
        let setup = Self::setup(candidate, channels, context);
        let samples = Splicer::new(SOUND_RATE, setup.channels as usize, candidate.codec.packet(), candidate.delay);
        context.effects.push(Effect::OpenSound { number: self.opened + 1, setup: setup.clone() });
        self.begin(setup, Joined::Samples(samples));
    }

    /// Has packets be stored as they come.
    fn open_copies<F>(&mut self, channels: usize, context: &mut Context<P, F>) {
        let candidate = SoundCandidate { codec: SoundCodec::Opus, is_module: false, delay: 0 };
        let setup = Self::setup(candidate, channels, context);
        let packets = PacketSplicer::new(setup.channels as usize);
        self.begin(setup, Joined::Packets(packets));
    }

    fn setup<F>(candidate: SoundCandidate, channels: usize, context: &Context<P, F>) -> SoundSetup {
        let known = context.saving.audio_configs().last();
        let channels = known.map_or(channels.clamp(1, 2) as u32, |known| known.channels);
        SoundSetup::new(candidate, channels, context.options.audio_bitrate)
    }

    fn begin(&mut self, setup: SoundSetup, joined: Joined) {
        self.opened += 1;
        self.encoder = Some(Encoder {
            number: self.opened,
            setup,
            joined,
            origin: self.next,
            fed: 0,
            returned: 0,
            given_samples: 0,
            returned_samples: 0,
            lengths: VecDeque::new(),
            known: 0,
            ticks: 0,
            flushes: 0,
        });
    }

    /// Whether packets are being stored as they came. Once all are, another encoder may take the place of it.
    fn is_copying(&mut self) -> bool {
        let is_done = |encoder: &Encoder| encoder.fed == encoder.returned && encoder.joined.waiting() == 0;
        self.encoder.take_if(|encoder| encoder.joined.copies() && is_done(encoder));
        self.encoder.as_ref().is_some_and(|encoder| encoder.joined.copies())
    }

    /// Gives the encoder as many packets as it takes.
    fn feed<F>(&mut self, context: &mut Context<P, F>) {
        let Some(encoder) = &mut self.encoder else { return };
        // What the disk has not taken is in memory.
        while !encoder.is_full() && !context.saving.is_behind_with_sound() {
            let Some(portion) = encoder.joined.take() else {
                if self.ending == Some(Ending::Giving) {
                    self.ending = Some(Ending::Flushing);
                    encoder.flushes += 1;
                    context.effects.push(Effect::FlushSound(encoder.number));
                }
                return;
            };
            let (time, length) = (encoder.origin + length_us(encoder.given_samples), portion.samples());
            encoder.fed += 1;
            encoder.given_samples += length;
            encoder.lengths.push_back(length);
            context.effects.push(match portion {
                Portion::Samples(samples) => Effect::EncodeSound { samples, time },
                Portion::Packet(bytes) => Effect::CopySound { number: encoder.number, bytes },
            });
        }
    }

    /// Adds a packet to the open segment.
    pub(crate) fn encoded<F: Clone>(
        &mut self,
        number: u32,
        packet: Packet<P>,
        video: &Video<P, F>,
        context: &mut Context<P, F>,
    ) -> Result<()> {
        let Some(encoder) = self.encoder.as_mut().filter(|encoder| encoder.number == number) else { return Ok(()) };
        let codec = encoder.setup.candidate.codec;
        // What it holds at the end beyond what it was given is silence of its own.
        let Some(length) = encoder.lengths.pop_front() else { return Ok(()) };
        if encoder.returned > MOST_PACKETS {
            self.failures = 0;
        }
        let start = encoder.origin + length_us(encoder.returned_samples);
        encoder.returned += 1;
        encoder.returned_samples += length;
        let end = encoder.origin + length_us(encoder.returned_samples);
        self.next = end;
        // Opus is known by its channels.
        if let Some(description) = packet.description.filter(|_| codec != SoundCodec::Opus) {
            self.description = description;
        }
        let config = context.saving.audio_index_of(AudioConfig {
            codec: codec.name().into(),
            sample_rate: SOUND_RATE,
            channels: encoder.setup.channels,
            description: self.description.clone(),
        });
        let sample = Sample { decode_us: start.us(), composition_offset_us: 0, size: packet.size, key: true };
        let closed = self.builder.push(sample, end, config, packet.bytes).unwrap_or_default();
        let written = closed.map_or(Ok(()), |segment| context.saving.write(segment));
        context.saving.note_open_sound(self.builder.open());
        self.advance(video, context);
        written
    }

    /// Opens another encoder in the place of one that failed. What it held is silence.
    pub(crate) fn failed<F>(&mut self, number: u32, error: Error, context: &mut Context<P, F>) -> Result<()> {
        let Some(encoder) = self.encoder.take_if(|encoder| encoder.number == number) else { return Ok(()) };
        self.failures += 1;
        if self.failures < ATTEMPTS && self.ending.is_none() {
            self.open_encoder(encoder.setup.candidate, encoder.setup.channels as usize, context);
            return Ok(());
        }
        let is_free = context.options.audio_codec.is_none() && context.saving.audio_configs().is_empty();
        let other = encoder.setup.candidate.other().filter(|_| is_free && self.ending.is_none());
        if let Some(other) = other {
            self.failures = 0;
            self.candidate = Some(other);
            self.open_encoder(other, encoder.setup.channels as usize, context);
            return Ok(());
        }
        self.candidate = None;
        self.held.clear();
        let closed = self.close(context);
        // There is nothing else to record.
        if context.saving.has_sound_alone() && self.ending.is_none() {
            return Err(error);
        }
        context.report(Report::Failure(error));
        closed
    }

    /// Ends the track at this media time. It [is over](Self::is_over) once the encoder has returned all.
    pub(crate) fn finish<F: Clone>(&mut self, end: Media, video: &Video<P, F>, context: &mut Context<P, F>) {
        self.ending = Some(Ending::Placing);
        self.held.retain(|(start, _)| video.place(*start).is_some_and(|place| place < end));
        self.advance(video, context);
        if let Some((candidate, blank)) = self.candidate.zip(self.blank).filter(|_| self.opened == 0) {
            self.open_encoder(candidate, blank.channels, context);
        }
        match &mut self.encoder {
            Some(encoder) => {
                encoder.joined.finish(end - encoder.origin);
                self.ending = Some(Ending::Giving);
                self.feed_rest(context);
            }
            None => self.ending = Some(Ending::Over),
        }
    }

    /// Gives the encoder what it still takes. One that is full is flushed, since that is not waited for without a limit.
    fn feed_rest<F>(&mut self, context: &mut Context<P, F>) {
        self.feed(context);
        if let Some(encoder) = self.encoder.as_mut().filter(|_| self.ending == Some(Ending::Giving)) {
            encoder.known = encoder.returned;
            encoder.flushes += 1;
            context.effects.push(Effect::FlushSound(encoder.number));
        }
    }

    fn close<F>(&mut self, context: &mut Context<P, F>) -> Result<()> {
        self.encoder = None;
        self.ending = self.ending.map(|_| Ending::Over);
        context.effects.push(Effect::CloseSound);
        let closed = self.builder.finish();
        context.saving.note_open_sound(None);
        closed.map_or(Ok(()), |segment| context.saving.write(segment))
    }

    /// Notes that the encoder has returned all that it will.
    pub(crate) fn flushed<F>(&mut self, number: u32, context: &mut Context<P, F>) -> Result<()> {
        let Some(encoder) = self.encoder.as_mut().filter(|encoder| encoder.number == number) else { return Ok(()) };
        encoder.flushes -= 1;
        // The last one counts.
        if encoder.flushes > 0 {
            return Ok(());
        }
        let is_moving = encoder.returned > encoder.known || context.saving.has_to_write_sound();
        match self.ending {
            // Those that came meanwhile have made room.
            Some(Ending::Giving) if is_moving => {
                self.feed_rest(context);
                Ok(())
            }
            _ => self.close(context),
        }
    }

    /// Up to where all of it is on disk with the next write, in microseconds: later sound is behind that. The track begins with the reel,
    /// so that nothing is certain while it may begin yet; what begins after a long silence is not waited for.
    pub(crate) fn settled_us<F: Clone>(&self, video: &Video<P, F>, saving: &Saving<P>) -> i64 {
        let is_blank = self.opened == 0 && self.candidate.is_some() && self.blank.is_some();
        if self.is_over() {
            i64::MAX
        } else if self.encoder.is_some() {
            saving.sound().end_us()
        } else if is_blank {
            0
        } else {
            let held = self.held.front().and_then(|(start, _)| video.place(*start));
            held.map_or(i64::MAX, Media::us)
        }
    }

    /// Whether all of it has been returned.
    pub(crate) fn is_over(&self) -> bool {
        self.ending == Some(Ending::Over)
    }

    /// The blocks from this media time on, each with the moment at which it had arrived: they are the next recording's.
    pub(crate) fn release_from<F: Clone>(&mut self, end: Media, video: &Video<P, F>) -> Vec<(Wall, Block)> {
        let is_later = |start: &Wall| video.place(*start).is_some_and(|place| place >= end);
        let first = self.held.iter().position(|(start, _)| is_later(start)).unwrap_or(self.held.len());
        self.held.drain(first..).map(|(start, block)| (start + block.length_us(), block)).collect()
    }

    /// Has what there is of the open segment written.
    pub(crate) fn save<F>(&self, context: &mut Context<P, F>) {
        if let Some(open) = self.builder.open() {
            context.saving.write_open(open);
        }
    }
}
