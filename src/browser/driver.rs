//! Carries out what a recording asks for, and reports to it what comes of that.

use super::encoder::{Encoder, EncoderEvent};
use super::encoders::{Encoders, Provider};
use super::events::{Event, Events, Input, Reply};
use super::prepared::Prepared;
use super::reencode::reencode;
use super::relay::Relay;
use super::reports::{report, report_event};
use super::sound_encoder::{SoundEncoder, SoundEvent};
use super::sound_reader::read_sound;
use super::sounds::Sounds;
use super::track_reader::refuse;
use super::{
    Disk, Encoded, ExportObserver, Frame, Frames, Lock, PictureReader, SoundEncoders, Ticker, Trial, available_bytes,
    fragments, is_decodable, mark_to_js, now, spawn, stretch,
};
use crate::Result;
use crate::codec::{Answer, EncoderSetup, SoundCandidate, SoundCodec, SoundSetup};
use crate::facts::Facts;
use crate::received::{PictureSource, Reader, Reading};
use crate::recording::{
    self, Beginning, Call, Effect, MARK, Machine, NEXT, Original, Packet, ReceivedSample, STORED, Setup,
};
use crate::reel::VideoConfig;
use crate::time::{Steady, Wall};
use futures_util::future::LocalBoxFuture;
use js_sys::{Function, Uint8Array};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::VideoDecoderConfig;

type Handover = recording::Handover<Uint8Array, Rc<Frame>>;

/// Who waits for an answer, and for the progress of a file with these facts.
struct Waiter {
    call: u32,
    facts: Facts,
    observer: ExportObserver,
    reply: Reply,
}

/// What decodes the samples of each configuration, as the encoder announced it.
type Decoders = Rc<RefCell<Vec<(VideoConfig, VideoDecoderConfig)>>>;

/// What a recording works with.
pub(super) struct Driver {
    machine: Machine<Uint8Array, Rc<Frame>>,
    frames: Frames,
    /// Reads those that come as they were sent.
    reader: Reader<Rc<Frame>>,
    /// The sound of the track; none if none is recorded.
    sounds: Option<Sounds>,
    /// The encoder of sound at work, and its number.
    sound_encoder: Option<(u32, SoundEncoder)>,
    pictures: PictureReader,
    provider: Provider,
    /// The encoder at work, and its number.
    encoder: Option<(u32, Encoder)>,
    /// An encoder that was tried beside the recording, which stays warm.
    trial: Option<Trial>,
    decoders: Decoders,
    /// Set, it cancels the re-encoding that is under way.
    give_up: Rc<Cell<bool>>,
    disk: Disk,
    /// Held for as long as the reel may be written.
    lock: Option<Lock>,
    ticker: Option<Ticker>,
    waiters: Vec<Waiter>,
    calls: u32,
    events: Events,
    relay: Relay,
    /// What encodes sound, and where it comes from.
    sound_candidate: Option<SoundCandidate>,
    /// Whether received packets are stored as they come.
    copies_sound: bool,
    sound_encoders: SoundEncoders,
    /// The codec that its sound is to have, and the bitrate; none leaves the choice.
    wanted_sound: (Option<SoundCodec>, Option<u32>),
    /// The reel's id.
    reel: String,
    /// Whether its first write has been asked for.
    is_stored: Cell<bool>,
    /// Whether all of it is stored.
    is_over: bool,
    notify: Function,
}

impl Driver {
    /// That of a recording that waits for its first frame: whether it begins paused, and whether its frames are a device's.
    pub(crate) fn new(
        prepared: Prepared,
        (is_paused, is_device): (bool, bool),
        (frames, sounds): (Frames, Option<Sounds>),
        ticker: Option<Ticker>,
        relay: Relay,
        notify: Function,
    ) -> Self {
        let Prepared {
            options,
            encoders,
            store,
            lock,
            reel,
            contents,
            sound,
            sound_encoder,
            copies_sound,
            sound_encoders,
            memory_bytes,
            is_sound_alone,
            ..
        } = prepared;
        let beginning = Beginning { is_paused, is_device, is_sound_alone };
        let wanted_sound = (reel.sound_codec().or(options.audio_codec), options.audio_bitrate);
        let sound_candidate = sound_encoder.clone().and_then(Result::ok);
        let (events, id) = (relay.of(&reel.id).unwrap_or_default(), reel.id.clone());
        let has_begun = contents.frames() + sound.frames() > 0;
        let (choice, provider, slow) = encoders.into_parts();
        if let Some(slow) = slow {
            let events = events.clone();
            spawn(async move {
                let answer = slow.answer().await;
                events.put(now(), Event::Slow(answer));
            });
        }
        let container = reel.container;
        let machine = Machine::new(
            Setup { options, choice, reel, contents, sound, sound_encoder, copies_sound, memory_bytes, beginning },
            now(),
        );
        Self {
            machine,
            reader: Reader::new(container, frames.picture_source()),
            frames,
            sounds,
            sound_encoder: None,
            pictures: PictureReader::default(),
            provider,
            encoder: None,
            trial: None,
            decoders: Rc::default(),
            give_up: Rc::default(),
            disk: Disk::new(store, has_begun),
            lock,
            ticker,
            waiters: Vec::new(),
            calls: 0,
            events,
            relay,
            sound_candidate,
            copies_sound,
            sound_encoders,
            wanted_sound,
            reel: id,
            is_stored: Cell::new(false),
            is_over: false,
            notify,
        }
    }

    /// Takes what happens, one after another, for as long as the page may ask for something.
    pub(crate) async fn run(mut self) {
        let events = self.events.clone();
        loop {
            let (at, event) = events.next().await;
            let input = match event {
                Event::Input(input) => {
                    if let Input::SoundFailed(..) = input {
                        self.sound_encoders.failed();
                    }
                    input
                }
                Event::Slow(trial) => {
                    self.trial = trial;
                    Input::SlowAnswered(self.trial.is_some())
                }
                Event::Join { frames, is_device } => {
                    if self.ticker.is_none() {
                        // It has ended.
                        refuse(frames);
                        continue;
                    }
                    self.take_received(at, true).await;
                    self.reader = self.reader.of_next(frames.picture_source());
                    std::mem::replace(&mut self.frames, frames).cancel();
                    Input::Joined { is_device }
                }
                Event::JoinSound(sounds) => {
                    self.join_sound(sounds);
                    continue;
                }
                Event::SoundChosen(chosen, encoders) => {
                    if self.sound_candidate.is_none() {
                        (self.sound_candidate, self.sound_encoders) = (chosen.clone().ok(), encoders);
                    }
                    Input::SoundJoined(chosen)
                }
                Event::Encoded(Encoded { bytes, mime, layer }, arrival) => {
                    self.take(at, Input::Arrived(arrival.wall)).await;
                    self.reader.push(&mime, layer, &bytes, arrival);
                    self.take_received(at, false).await;
                    continue;
                }
                Event::Shown(frame, rtp) => {
                    self.reader.show(rtp, frame, at);
                    self.take_received(at, false).await;
                    continue;
                }
                Event::Export(clip, facts, observer, reply) => Input::Export(self.call(facts, observer, reply), clip),
                Event::Fragments(after, reply) => {
                    let (store, id, is_live) = (self.disk.store(), self.reel.clone(), !self.is_over);
                    spawn(async move { reply.send(fragments(&store, &id, after, is_live).await) });
                    continue;
                }
                Event::Stretch(at, after, reply) => {
                    let (store, id, is_live) = (self.disk.store(), self.reel.clone(), !self.is_over);
                    let newest = is_live.then(|| self.machine.snapshot());
                    spawn(async move { reply.send(stretch(&store, &id, at, after, is_live, newest).await) });
                    continue;
                }
                Event::Pictures(pictures, reply) => {
                    let sources = self.disk.pictures(self.machine.snapshot(), pictures);
                    spawn(async move { reply.send(sources.await) });
                    continue;
                }
                Event::Mark(note, reply) => Input::Mark(self.call_plain(reply), note),
                Event::Cue(words, reply) => Input::Cue(self.call_plain(reply), words),
                Event::Stop(reply) => Input::Stop(self.call_plain(reply)),
                Event::Forget => return,
            };
            let is_tick = matches!(input, Input::Tick);
            match input {
                // What came before it is in the recording, or is not.
                Input::Pause | Input::Resume | Input::TrackEnded | Input::Stop(_) => self.take_received(at, true).await,
                Input::Export(..) | Input::Mark(..) | Input::Cue(..) => {
                    self.take_received(at, self.reader.is_numbered()).await;
                }
                _ => {}
            }
            self.take(at, input).await;
            if is_tick {
                // Frames that wait for a lost one do so for a time.
                self.take_received(at, false).await;
            }
        }
    }

    /// Gives the machine the received frames that need to wait no more at this time, or all that can be decoded.
    async fn take_received(&mut self, at: Wall, is_all: bool) {
        while let Some(came) = self.reader.peek(at, is_all) {
            self.take(at, Input::Coming(came)).await;
            let Some(reading) = self.reader.take() else { return };
            let input = match reading {
                Reading::Unfit(reason) => Input::Unfit(reason),
                Reading::Sample(read) => Input::Sample(ReceivedSample::new(read, |bytes| Uint8Array::from(bytes))),
            };
            self.take(at, input).await;
        }
    }

    /// Gives the machine something, and carries out what it asks for.
    async fn take(&mut self, at: Wall, input: Input) {
        let mut next = Some((at, input));
        while let Some((at, input)) = next.take() {
            for effect in self.machine.handle(at, input) {
                let answer = match effect {
                    // Everything else waits for these.
                    Effect::Inspect { frame, rows } => Input::Inspected(self.pictures.read(&frame, rows).await),
                    Effect::AskEncoder { setup, is_urgent, is_trial } => {
                        self.events.set_trying(is_trial);
                        let answer = self.provider.ask(&setup, is_urgent, is_trial).await;
                        self.events.set_trying(false);
                        Input::Answered(answer)
                    }
                    Effect::AskDecoder(setup) => {
                        Input::Answered(if is_decodable(&setup.name).await { Answer::Yes } else { Answer::No })
                    }
                    Effect::Encode { frame, steady, key } => {
                        self.encode(&frame, steady, key).await;
                        continue;
                    }
                    other => {
                        self.carry_out(other);
                        continue;
                    }
                };
                next = Some((now(), answer));
            }
        }
    }

    /// Reads sound from another source from now on, and finds what encodes it unless that is known.
    fn join_sound(&mut self, sounds: Sounds) {
        if self.ticker.is_none() {
            // It has ended.
            return sounds.cancel();
        }
        spawn(read_sound(sounds.clone(), self.relay.clone()));
        if let Some(before) = self.sounds.replace(sounds) {
            before.cancel();
        }
        let (relay, mut encoders) = (self.relay.clone(), self.sound_encoders.clone());
        let (candidate, (codec, bitrate)) = (self.sound_candidate, self.wanted_sound);
        spawn(async move {
            let chosen = match candidate {
                Some(candidate) => Ok(candidate),
                None => encoders.choose(codec, bitrate).await,
            };
            // Another recording may have followed meanwhile.
            relay.events().put(now(), Event::SoundChosen(chosen, encoders));
        });
    }

    fn call(&mut self, facts: Facts, observer: ExportObserver, reply: Reply) -> Call {
        self.calls += 1;
        self.waiters.push(Waiter { call: self.calls, facts, observer, reply });
        Call::new(self.calls)
    }

    /// A call for something other than a file.
    fn call_plain(&mut self, reply: Reply) -> Call {
        self.call(Facts::default(), ExportObserver::default(), reply)
    }

    /// Who waits for the answer of a call.
    fn waiter(&mut self, call: &Call) -> Option<Waiter> {
        let at = self.waiters.iter().position(|waiters| waiters.call == call.number())?;
        Some(self.waiters.swap_remove(at))
    }

    /// Notes what has happened once that is known.
    fn later(&self, input: impl Future<Output = Input> + 'static) {
        let (events, input): (_, LocalBoxFuture<'static, Input>) = (self.events.clone(), Box::pin(input));
        spawn(async move { events.send(input.await) });
    }

    /// Carries out an effect that nothing waits for.
    fn carry_out(&mut self, effect: Effect<Uint8Array, Rc<Frame>>) {
        match effect {
            Effect::Open { number, setup } => self.open(number, &setup),
            Effect::Configure(setup) => self.configure(&setup),
            Effect::Flush(flush) => {
                let flushed = self.encoder.as_ref().map(|(_, encoder)| encoder.flush());
                self.later(async move {
                    if let Some(flushed) = flushed {
                        flushed.await;
                    }
                    Input::Flushed(flush)
                });
            }
            Effect::Close => self.encoder = None,
            Effect::OpenSound { number, setup } => self.open_sound(number, &setup),
            Effect::EncodeSound { samples, time } => {
                if let Some((number, encoder)) = &self.sound_encoder
                    && let Err(error) = encoder.encode(&samples, time)
                {
                    self.events.send(Input::SoundFailed(*number, error));
                }
            }
            Effect::CopySound { number, bytes } => {
                let (size, bytes) = (bytes.len() as u32, Uint8Array::from(&bytes[..]));
                self.events.send(Input::SoundEncoded(number, Packet { bytes, size, description: None }));
            }
            Effect::FlushSound(number) => {
                let flushed = self.sound_encoder.as_ref().map(|(_, encoder)| encoder.flush());
                self.later(async move {
                    if let Some(flushed) = flushed {
                        flushed.await;
                    }
                    Input::SoundFlushed(number)
                });
            }
            Effect::CloseSound => self.sound_encoder = None,
            Effect::CloseTrial => self.trial = None,
            Effect::Reencode { number, originals, setup } => self.reencode(number, originals, &setup),
            Effect::Disk(task) => {
                let done = self.disk.carry_out(task);
                let first = (!self.is_stored.replace(true)).then(|| (self.notify.clone(), self.reel.clone()));
                self.later(async move {
                    let done = done.await;
                    if let Some((notify, reel)) = first {
                        report_event(&notify, &reel, STORED, &[]);
                    }
                    match done {
                        Ok(true) => Input::Written(Ok(())),
                        Ok(false) => Input::Cleared,
                        Err(error) => Input::Written(Err(error)),
                    }
                });
            }
            Effect::AskSpace => {
                let is_memory = self.disk.is_memory();
                self.later(async move { Input::Space(if is_memory { None } else { available_bytes().await }) });
            }
            Effect::Omitted(samples) => self.reader.omitted(samples as usize),
            Effect::AskKeyFrame => self.frames.ask_key_frame(),
            Effect::ReleaseSource => {
                self.frames.cancel();
                // With the pictures that wait in it, and those that still come.
                self.reader = self.reader.of_next(PictureSource::None);
                if let Some(sounds) = &self.sounds {
                    sounds.cancel();
                }
                self.ticker = None;
            }
            Effect::Next(handover) => self.follow(handover),
            Effect::ReleaseLock => {
                self.lock = None;
                self.is_over = true;
            }
            Effect::Export { call, snapshot, bounds, indexes } => {
                if let Some(Waiter { facts, observer, reply, .. }) = self.waiter(&call) {
                    let movie = self.disk.export(snapshot, bounds, indexes, facts, observer);
                    spawn(async move { reply.send(movie.await.map(|movie| movie.to_js())) });
                }
            }
            Effect::Marked(call, mark) => {
                // The page has it before the call is answered.
                if mark.note.length_us.is_none() {
                    report_event(&self.notify, &self.reel, MARK, &[("mark", mark_to_js(&mark))]);
                }
                if let Some(Waiter { reply, .. }) = self.waiter(&call) {
                    reply.send(Ok(mark_to_js(&mark)));
                }
            }
            Effect::Answer(call, result) => {
                if let Some(Waiter { reply, .. }) = self.waiter(&call) {
                    reply.send(result.map(|()| JsValue::UNDEFINED));
                }
            }
            Effect::Report(reported) => report(&self.notify, &self.reel, &reported),
            // `run` answers these.
            Effect::Inspect { .. } | Effect::AskEncoder { .. } | Effect::AskDecoder(_) | Effect::Encode { .. } => {}
        }
    }

    /// Has a call be answered by the recording that follows.
    fn ask_again(&mut self, call: &Call, events: &Events, at: Wall, event: impl FnOnce(Reply) -> Event) {
        if let Some(Waiter { reply, .. }) = self.waiter(call) {
            events.put(at, event(reply));
        }
    }

    /// Has another recording take over the track.
    fn follow(&mut self, handover: Handover) {
        let Handover { frames, inputs, marks, options, choice, memory_bytes, beginning } = handover;
        let Beginning { is_paused, is_device, is_sound_alone } = beginning;
        let events = Events::default();
        for frame in frames {
            events.put(frame.arrival.wall, Event::Input(Input::Frame(frame)));
        }
        for (at, input) in inputs {
            match input {
                Input::Stop(call) => self.ask_again(&call, &events, at, Event::Stop),
                Input::Mark(call, note) => self.ask_again(&call, &events, at, |reply| Event::Mark(note, reply)),
                Input::Cue(call, words) => self.ask_again(&call, &events, at, |reply| Event::Cue(words, reply)),
                other => events.put(at, Event::Input(other)),
            }
        }
        self.events.hand_over(&events);
        let encoders = Encoders::of(choice, self.provider.clone());
        let store = self.disk.store().for_another();
        let sound = (self.sound_candidate, self.copies_sound, self.sound_encoders.clone());
        let mut next = Prepared::next(options, encoders, store, (memory_bytes, is_sound_alone), sound);
        next.reel.marks = Rc::new(marks);
        report_event(&self.notify, &self.reel, NEXT, &[("started", next.started())]);
        // Frames that wait for the lock are bounded.
        events.set_trying(true);
        self.relay.follow(&next.reel.id, events.clone());
        let (frames, sounds, ticker) = (self.frames.clone(), self.sounds.take(), self.ticker.take());
        let (relay, notify) = (self.relay.clone(), self.notify.clone());
        // With what waits in it.
        let none = self.reader.of_next(PictureSource::None);
        let reader = std::mem::replace(&mut self.reader, none);
        spawn(async move {
            next.take_lock().await;
            events.set_trying(false);
            let driver = Driver::new(next, (is_paused, is_device), (frames, sounds), ticker, relay, notify);
            Driver { reader, ..driver }.run().await;
        });
    }

    fn open(&mut self, number: u32, setup: &EncoderSetup) {
        let (events, decoders) = (self.events.clone(), Rc::clone(&self.decoders));
        let report_event = move |event| match event {
            EncoderEvent::Chunk(chunk, decoder) => {
                if let Some(known) = chunk.config.clone().zip(decoder)
                    && !decoders.borrow().iter().any(|(config, _)| *config == known.0)
                {
                    decoders.borrow_mut().push(known);
                }
                events.send(Input::Encoded(number, chunk));
            }
            EncoderEvent::Reclaimed => events.send(Input::Reclaimed(number)),
            EncoderEvent::Failed(error) => events.send(Input::Failed(number, error)),
        };
        match Encoder::new(&self.provider.config(setup), report_event) {
            Ok(encoder) => self.encoder = Some((number, encoder)),
            Err(error) => self.events.send(Input::Failed(number, error)),
        }
    }

    fn open_sound(&mut self, number: u32, setup: &SoundSetup) {
        let events = self.events.clone();
        let report = move |event| match event {
            SoundEvent::Packet(packet) => events.send(Input::SoundEncoded(number, packet)),
            SoundEvent::Failed(error) => events.send(Input::SoundFailed(number, error)),
        };
        self.sound_encoder = None;
        let class = self.sound_encoders.class_of(setup);
        match class.and_then(|class| SoundEncoder::new(setup, class, report)) {
            Ok(encoder) => self.sound_encoder = Some((number, encoder)),
            Err(error) => self.events.send(Input::SoundFailed(number, error)),
        }
    }

    fn configure(&mut self, setup: &EncoderSetup) {
        let config = self.provider.config(setup);
        self.with_encoder(|encoder| encoder.configure(&config));
    }

    async fn encode(&mut self, frame: &Frame, steady: Steady, key: bool) {
        let mut appearance = frame.appearance();
        if self.encoder.as_ref().is_some_and(|(_, encoder)| encoder.depends_on_alpha(&appearance)) {
            appearance.has_alpha = !self.pictures.is_opaque(frame).await;
        }
        self.with_encoder(|encoder| encoder.encode(frame, appearance, steady, key));
    }

    /// Has the encoder do something. One that is closed has reported why, or will.
    fn with_encoder(&mut self, work: impl FnOnce(&mut Encoder) -> Result<()>) {
        let Some((number, encoder)) = self.encoder.as_mut().filter(|(_, encoder)| !encoder.is_closed()) else { return };
        if let Err(error) = work(encoder)
            && !encoder.is_closed()
        {
            self.events.send(Input::Failed(*number, error));
        }
    }

    fn reencode(&mut self, number: u32, originals: Vec<Original<Uint8Array>>, setup: &EncoderSetup) {
        self.give_up.set(true);
        self.give_up = Rc::default();
        let mut decodable = Vec::new();
        for Original { segment, config } in originals {
            let decoder = self.decoders.borrow().iter().find(|(known, _)| known.decodes_like(&config)).cloned();
            // A segment that nothing decodes ends the re-encoding, as one that can't be decoded does.
            let Some((_, decoder)) = decoder else { break };
            decodable.push((segment, decoder));
        }
        let (config, give_up) = (self.provider.config(setup), Rc::clone(&self.give_up));
        self.later(async move { Input::Reencoded(number, reencode(decodable, config, give_up).await) });
    }
}
