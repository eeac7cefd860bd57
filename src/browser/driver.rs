//! Carries out what a recording asks for, and reports to it what comes of that.

use super::encoder::{Encoder, EncoderEvent};
use super::encoders::{Encoders, Provider};
use super::prepared::Prepared;
use super::reencode::reencode;
use super::relay::Relay;
use super::tasks::{Deferred, settle, settled};
use super::track_reader::refuse;
use super::{
    Disk, Frame, Frames, Lock, PictureReader, Received, Ticker, Trial, Watch, available_bytes, is_decodable, now,
    object, spawn,
};
use crate::Result;
use crate::clip::Clip;
use crate::codec::{Answer, EncoderSetup};
use crate::recording::{self, Call, Effect, MOST_IN_FLIGHT, Machine, NEXT, Original, Progress, Report, Setup};
use crate::reel::{Size, VideoConfig};
use crate::time::{Steady, Wall};
use futures_util::future::LocalBoxFuture;
use js_sys::{Function, Uint8Array};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::VideoDecoderConfig;

type Input = recording::Input<Uint8Array, Rc<Frame>>;
type Handover = recording::Handover<Uint8Array, Rc<Frame>>;

/// What answers a call.
pub(super) struct Reply {
    pub resolve: Function,
    pub reject: Function,
}

impl Reply {
    fn send(&self, result: Result<JsValue>) {
        match result {
            Ok(value) => settle(&self.resolve, &value),
            Err(error) => settle(&self.reject, &error.into()),
        }
    }
}

/// What happens to a recording, and what the page asks of it.
pub(super) enum Event {
    Input(Input),
    /// An encoder that was too slow to begin with works, or it never will.
    Slow(Option<Trial>),
    /// A call asks for a file, as the face's `Movie`.
    Export(Clip, Watch, Reply),
    /// The frames from now on are these. `is_device` is whether they are a device's.
    Join {
        frames: Frames,
        is_device: bool,
    },
    /// A call ends the recording: it is answered when all of it is on disk.
    Stop(Reply),
    /// Nothing more is asked of it.
    Forget,
}

impl Event {
    /// Whether it comes from the track, or is about it.
    fn is_of_track(&self) -> bool {
        match self {
            Event::Input(input) => matches!(
                input,
                Input::Frame(_)
                    | Input::Missed(_)
                    | Input::Overflow
                    | Input::TrackEnded
                    | Input::Tick
                    | Input::Pause
                    | Input::Resume
            ),
            Event::Join { .. } | Event::Stop(_) => true,
            Event::Slow(_) | Event::Export(..) | Event::Forget => false,
        }
    }
}

/// What has happened, each with its time, and has not been taken.
#[derive(Clone, Default)]
pub(super) struct Events(Rc<RefCell<Waiting>>);

#[derive(Default)]
struct Waiting {
    events: VecDeque<(Wall, Event)>,
    /// How many of them are frames, which are open.
    frames: usize,
    /// Whether an encoder is being tried, which may take seconds.
    is_trying: bool,
    /// Wakes who waits for the next.
    wake: Option<Function>,
}

impl Events {
    /// Notes what has happened now.
    pub fn send(&self, input: Input) {
        self.put(now(), Event::Input(input));
    }

    /// Hands over a frame.
    pub fn frame(&self, Received { frame, arrival }: Received) {
        let waiting = self.0.borrow();
        if waiting.is_trying && waiting.frames >= MOST_IN_FLIGHT {
            drop(waiting);
            return self.send(Input::Overflow);
        }
        drop(waiting);
        let (look, frame) = (frame.look(), Rc::new(frame));
        self.send(Input::Frame(recording::Received { frame, look, arrival }));
    }

    /// Notes what has happened at this time.
    pub fn put(&self, at: Wall, event: Event) {
        let mut waiting = self.0.borrow_mut();
        if let Event::Input(Input::Frame(_)) = event {
            waiting.frames += 1;
        }
        waiting.events.push_back((at, event));
        if let Some(wake) = waiting.wake.take() {
            settle(&wake, &JsValue::UNDEFINED);
        }
    }

    /// Has others take what comes from the track.
    fn hand_over(&self, others: &Events) {
        let mut waiting = self.0.borrow_mut();
        waiting.frames = 0;
        for (at, event) in std::mem::take(&mut waiting.events) {
            if event.is_of_track() {
                others.put(at, event);
            } else {
                waiting.events.push_back((at, event));
            }
        }
    }

    /// The next one, once it has happened.
    async fn next(&self) -> (Wall, Event) {
        loop {
            let next = self.0.borrow_mut().events.pop_front();
            if let Some(next) = next {
                if let Event::Input(Input::Frame(_)) = next.1 {
                    self.0.borrow_mut().frames -= 1;
                }
                return next;
            }
            let woken = Deferred::new();
            self.0.borrow_mut().wake = Some(woken.resolve);
            let _ = settled(woken.promise).await;
        }
    }
}

/// Who waits for an answer, and for the progress of a file.
struct Asked {
    call: u32,
    watch: Watch,
    reply: Reply,
}

/// What decodes the samples of each configuration, as the encoder announced it.
type Decoders = Rc<RefCell<Vec<(VideoConfig, VideoDecoderConfig)>>>;

/// What a recording works with.
pub(super) struct Driver {
    machine: Machine<Uint8Array, Rc<Frame>>,
    frames: Frames,
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
    asked: Vec<Asked>,
    calls: u32,
    events: Events,
    relay: Relay,
    /// The reel's id.
    reel: String,
    notify: Function,
}

impl Driver {
    /// That of a recording that waits for its first frame.
    pub fn new(
        prepared: Prepared,
        is_paused: bool,
        is_device: bool,
        frames: Frames,
        ticker: Option<Ticker>,
        relay: Relay,
        notify: Function,
    ) -> Self {
        let Prepared { options, encoders, store, lock, reel, contents, memory_bytes, .. } = prepared;
        let (events, id) = (relay.of(&reel.id).unwrap_or_default(), reel.id.clone());
        let has_begun = contents.frames() > 0;
        let (choice, provider, slow) = encoders.into_parts();
        if let Some(slow) = slow {
            let events = events.clone();
            spawn(async move {
                let answer = slow.answer().await;
                events.put(now(), Event::Slow(answer));
            });
        }
        let machine =
            Machine::new(Setup { options, choice, reel, contents, memory_bytes, is_paused, is_device }, now());
        Self {
            machine,
            frames,
            pictures: PictureReader::default(),
            provider,
            encoder: None,
            trial: None,
            decoders: Rc::default(),
            give_up: Rc::default(),
            disk: Disk::new(store, has_begun),
            lock,
            ticker,
            asked: Vec::new(),
            calls: 0,
            events,
            relay,
            reel: id,
            notify,
        }
    }

    /// Takes what happens, one after another, for as long as the page may ask for something.
    pub async fn run(mut self) {
        let events = self.events.clone();
        loop {
            let (at, event) = events.next().await;
            let input = match event {
                Event::Input(input) => input,
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
                    std::mem::replace(&mut self.frames, frames).cancel();
                    Input::Joined { is_device }
                }
                Event::Export(clip, watch, reply) => Input::Export(self.call(watch, reply), clip),
                Event::Stop(reply) => Input::Stop(self.call(Watch::default(), reply)),
                Event::Forget => return,
            };
            let mut next = Some((at, input));
            while let Some((at, input)) = next.take() {
                for effect in self.machine.handle(at, input) {
                    let answer = match effect {
                        // Everything else waits for these.
                        Effect::Inspect { frame, rows } => Input::Inspected(self.pictures.read(&frame, rows).await),
                        Effect::AskEncoder { setup, is_urgent, is_trial } => {
                            events.0.borrow_mut().is_trying = is_trial;
                            let answer = self.provider.ask(&setup, is_urgent, is_trial).await;
                            events.0.borrow_mut().is_trying = false;
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
    }

    fn call(&mut self, watch: Watch, reply: Reply) -> Call {
        self.calls += 1;
        self.asked.push(Asked { call: self.calls, watch, reply });
        Call::new(self.calls)
    }

    /// Who waits for the answer of a call.
    fn asked(&mut self, call: &Call) -> Option<Asked> {
        let at = self.asked.iter().position(|asked| asked.call == call.number())?;
        Some(self.asked.swap_remove(at))
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
            Effect::CloseTrial => self.trial = None,
            Effect::Reencode { number, originals, setup } => self.reencode(number, originals, &setup),
            Effect::Disk(task) => {
                let done = self.disk.carry_out(task);
                self.later(async move {
                    match done.await {
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
            Effect::ReleaseSource => {
                self.frames.cancel();
                self.ticker = None;
            }
            Effect::Next(handover) => self.follow(handover),
            Effect::ReleaseLock => self.lock = None,
            Effect::Export { call, snapshot, bounds, indexes } => {
                if let Some(Asked { watch, reply, .. }) = self.asked(&call) {
                    let movie = self.disk.export(snapshot, bounds, indexes, watch);
                    spawn(async move { reply.send(movie.await.map(|movie| movie.to_js())) });
                }
            }
            Effect::Answer(call, result) => {
                if let Some(Asked { reply, .. }) = self.asked(&call) {
                    reply.send(result.map(|()| JsValue::UNDEFINED));
                }
            }
            Effect::Report(reported) => self.report(reported),
            // `run` answers these.
            Effect::Inspect { .. } | Effect::AskEncoder { .. } | Effect::AskDecoder(_) | Effect::Encode { .. } => {}
        }
    }

    /// Has another recording go on with the track.
    fn follow(&mut self, handover: Handover) {
        let Handover { frames, inputs, options, choice, memory_bytes, is_paused, is_device } = handover;
        let events = Events::default();
        for frame in frames {
            events.put(frame.arrival.wall, Event::Input(Input::Frame(frame)));
        }
        for (at, input) in inputs {
            match input {
                Input::Stop(call) => {
                    if let Some(Asked { reply, .. }) = self.asked(&call) {
                        events.put(at, Event::Stop(reply));
                    }
                }
                other => events.put(at, Event::Input(other)),
            }
        }
        self.events.hand_over(&events);
        let encoders = Encoders::of(choice, self.provider.clone());
        let mut next = Prepared::next(options, encoders, self.disk.store().for_another(), memory_bytes);
        report(&self.notify, &self.reel, NEXT, &[("started", next.started())]);
        self.relay.follow(&next.reel.id, events);
        let (frames, ticker) = (self.frames.clone(), self.ticker.take());
        let (relay, notify) = (self.relay.clone(), self.notify.clone());
        spawn(async move {
            next.take_lock().await;
            Driver::new(next, is_paused, is_device, frames, ticker, relay, notify).run().await;
        });
    }

    fn open(&mut self, number: u32, setup: &EncoderSetup) {
        let (events, decoders) = (self.events.clone(), Rc::clone(&self.decoders));
        let tell = move |event| match event {
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
        match Encoder::new(&self.provider.config(setup), tell) {
            Ok(encoder) => self.encoder = Some((number, encoder)),
            Err(error) => self.events.send(Input::Failed(number, error)),
        }
    }

    fn configure(&mut self, setup: &EncoderSetup) {
        let config = self.provider.config(setup);
        self.with_encoder(|encoder| encoder.configure(&config));
    }

    async fn encode(&mut self, frame: &Frame, steady: Steady, key: bool) {
        let mut look = frame.look();
        if self.encoder.as_ref().is_some_and(|(_, encoder)| encoder.depends_on_alpha(&look)) {
            look.has_alpha = !self.pictures.is_opaque(frame).await;
        }
        self.with_encoder(|encoder| encoder.encode(frame, look, steady, key));
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

    fn report(&self, reported: Report) {
        let name = reported.name();
        let progress = |progress: &Progress| ("progress", to_js(progress));
        let fields = match &reported {
            Report::Progress(reached) => vec![progress(reached)],
            Report::Limit { progress: reached, is_next } => vec![progress(reached), ("next", (*is_next).into())],
            Report::Freeze(freeze) => {
                let fields = [
                    ("begin", seconds(freeze.begin.us())),
                    ("length", seconds(freeze.length_us)),
                    ("ended", freeze.ended.into()),
                ];
                vec![("freeze", object(&fields))]
            }
            Report::Stall(stall) => {
                let fields = [("length", seconds(stall.length_us)), ("ended", stall.ended.into())];
                vec![("stall", object(&fields))]
            }
            Report::Space { seconds, bytes } => {
                vec![("space", object(&[("time", (*seconds).into()), ("bytes", (*bytes).into())]))]
            }
            Report::Scaled { from, to } => {
                let size = |&(width, height): &Size| object(&[("width", width.into()), ("height", height.into())]);
                vec![("scaled", object(&[("from", size(from)), ("to", size(to))]))]
            }
            Report::Failure(error) => vec![("error", error.clone().into())],
            Report::Stopped { reason, progress: reached, is_saved } => {
                vec![("reason", reason.name().into()), progress(reached), ("saved", (*is_saved).into())]
            }
        };
        report(&self.notify, &self.reel, name, &fields);
    }
}

/// Reports an event of the recording of a reel to the page.
pub(super) fn report(notify: &Function, reel: &str, event: &str, fields: &[(&str, JsValue)]) {
    let fields: Vec<_> =
        [("type", event.into()), ("reel", reel.into())].into_iter().chain(fields.iter().cloned()).collect();
    // Nothing reaches a page that is gone.
    let _ = notify.call1(&JsValue::UNDEFINED, &object(&fields));
}

/// The face's `Progress`.
fn to_js(progress: &Progress) -> JsValue {
    let drops = progress.drops;
    let drops = object(&[
        ("paused", drops.paused.into()),
        ("maxFps", drops.max_fps.into()),
        ("freeze", drops.freeze.into()),
        ("backpressure", drops.backpressure.into()),
        ("encoder", drops.encoder.into()),
        ("missed", drops.missed.into()),
    ]);
    object(&[
        ("time", seconds(progress.time_us)),
        ("remaining", progress.remaining_us.map_or(f64::INFINITY.into(), seconds)),
        ("frozen", progress.is_frozen.into()),
        ("bytes", (progress.bytes as f64).into()),
        ("frames", progress.frames.into()),
        ("received", progress.received.into()),
        ("drops", drops),
        ("width", progress.width.into()),
        ("height", progress.height.into()),
        ("codec", progress.codec.as_str().into()),
    ])
}

/// A length of time, in microseconds, as the face has it.
fn seconds(us: i64) -> JsValue {
    JsValue::from(us as f64 / 1e6)
}
