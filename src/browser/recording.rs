//! What the page asks of a recording, and what happens to it, as events for the conductor.

use super::conductor::Conductor;
use super::remake::Remade;
use crate::browser::{
    ALL, EncoderEvent, Encoders, Frames, Lock, Movie, Received, Store, Ticker, Trial, Watch, available_bytes, entries,
    field, next_task, now_ms, now_us, object, promise, sleep, spawn,
};
use crate::clip::Clip;
use crate::codec::{Codec, Format};
use crate::options::Options;
use crate::reel::{Contents, Entry, ReelRecord, Track};
use crate::reels::{clean_up, own};
use crate::{Error, Result};
use futures_channel::{mpsc, oneshot};
use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, select};
use js_sys::{Array, Date, Function, Math, Promise};
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::ReadableStream;

/// The size to ask encoders about before the first frame has told its own.
pub const USUAL_SIZE: (u32, u32) = (1280, 720);

/// Everything that can happen to a recording. What depends on the time comes with it, in microseconds, since it may have waited.
pub(super) enum Event {
    Frame(Received),
    /// Another quarter of a second has passed.
    Tick(i64),
    /// How many bytes the origin may still store, if the browser reports it.
    Available(Option<f64>),
    /// The page could not take this many frames.
    Missed(u32),
    TrackEnded(i64),
    /// Which encoder told it, counted from 1.
    Encoder(u32, EncoderEvent),
    /// An encoder that was too slow to begin with works, or it never will.
    Slow(Option<Trial>),
    Pause(i64),
    Resume,
    /// The encoder has given back all that went in before this pause or freeze, counted from 1.
    InterruptionDrained(u32),
    /// The encoder has given back all that it will of what went in up to this media time, in microseconds.
    QueueDrained(i64),
    Export(Export),
    /// The encoder has given back all that went in before the export was asked for.
    ExportDrained(Export),
    /// The write under way is done, or the disk refuses, or can't keep up.
    Written(Result<()>),
    /// The opening was re-encoded, as far as it could be; the number of the re-encoding, from 1.
    Remade(u32, Vec<Remade>),
    Stop(i64, Reply<()>),
    /// The encoder has given back everything, and the recording ends.
    EndDrained,
}

pub(super) type Reply<T> = oneshot::Sender<Result<T>>;

/// An export that was asked for.
pub(super) struct Export {
    pub(super) clip: Clip,
    pub(super) watch: Watch,
    pub(super) reply: Reply<Movie>,
}

/// A recording as the worker sees it: each call becomes an event.
#[wasm_bindgen]
pub struct Recording {
    events: mpsc::UnboundedSender<Event>,
    started: JsValue,
    read: Rc<Reading>,
}

/// A recording that takes longer than this to begin, in milliseconds, begins late: at 60 frames a second as many wait as can
/// (js/capture.ts).
const LATE_MS: f64 = 900.0;
/// A frame that has waited comes within this many milliseconds.
const WAITED_MS: i32 = 5;
/// A frame that comes this long after the one before, in microseconds, and as many times the interval before that, may have been
/// delayed.
const GAP_US: i64 = 200_000;
const GAP_INTERVALS: i64 = 3;
/// Of frames that were delayed, this many follow within this many milliseconds.
const BURST_FRAMES: usize = 2;
const BURST_MS: i32 = 20;
/// More turns than the browser holds frames for a worker (js/capture.ts).
const CATCH_UP_TURNS: u32 = 100;
/// How often a recording looks at the time though no frame has come, in milliseconds.
const TICK_MS: i32 = 250;
/// The least that must be free on disk for a recording to begin, in seconds of its bitrate.
const LEAST_S: f64 = 10.0;

#[wasm_bindgen]
impl Recording {
    /// Begins to record a stream of `VideoFrame`s. `options` are `{ name, value, shown }`. `setup` is `{ paused, reel, visitBegan,
    /// isLive, openh264 }`, each of which may be missing: whether it begins paused, the id of a reel to resume, since when the page has
    /// been there, in milliseconds since 1970, if reels from before may be cleaned up, whether the stream drops frames that nobody
    /// takes, and what loads OpenH264 ([`Encoders::new`]). `notify` is called with each event for the page.
    pub async fn start(
        stream: ReadableStream,
        options: Array,
        setup: JsValue,
        notify: Function,
    ) -> Result<Recording, JsValue> {
        let frames = Frames::new(&stream)?;
        let begun_ms = now_ms();
        let prepared = Prepared::new(&options, &setup).await;
        let mut prepared = prepared.inspect_err(|_| refuse(frames.clone()))?;
        let has_space = prepared.has_space().await;
        if let Some(visit_began_ms) = field(&setup, "visitBegan").as_f64() {
            let cleaning = prepared.clean_up(visit_began_ms, notify.clone());
            if has_space { spawn(cleaning) } else { cleaning.await }
        }
        // What was cleaned up may have been in the way.
        if !has_space && !prepared.has_space().await {
            refuse(frames);
            return Err(Error::Quota { reason: "there is room for less than ten seconds".into() }.into());
        }
        let (events, inbox) = mpsc::unbounded();
        let read = Rc::new(Reading::default());
        let recording = Self { events: events.clone(), started: prepared.started(), read: Rc::clone(&read) };
        if let Some(slow) = prepared.encoders.slow() {
            let events = events.clone();
            spawn(async move { drop(events.unbounded_send(Event::Slow(slow.answer().await))) });
        }
        let ticker = ticker(events.clone(), Rc::clone(&read));
        let paused = field(&setup, "paused").is_truthy();
        let conductor = Conductor::new(prepared, paused, frames.clone(), events.clone(), notify);
        spawn(conductor.run(inbox, ticker));
        let is_late = field(&setup, "isLive").is_truthy() && now_ms() - begun_ms > LATE_MS;
        let (tell_begun, has_begun) = oneshot::channel();
        spawn(read_frames(frames, read, events, is_late, tell_begun));
        // What comes after the call counts.
        let _ = has_begun.await;
        Ok(recording)
    }

    /// What is known of it from the start, as the face's `Started`: the reel's id; when it began, in milliseconds since 1970; the
    /// longest that it may become, in seconds, infinite for no limit; and whether the page is to ask the browser to keep what
    /// is stored, which a worker can't.
    pub fn started(&self) -> JsValue {
        self.started.clone()
    }

    /// Leaves frames out from the next one on.
    pub fn pause(&self) {
        let _ = self.events.unbounded_send(Event::Pause(now_us()));
    }

    /// Takes frames again from the next one on.
    pub fn resume(&self) {
        let _ = self.events.unbounded_send(Event::Resume);
    }

    /// One MP4 of every frame that came before this call, or of the part that `clip` tells, as the face's `Movie`; see
    /// [`export_reel`](crate::reels::export_reel).
    pub fn export(&self, clip: Array, watch: Option<Function>) -> Promise {
        let asking = self.asking();
        promise(async move {
            let (clip, watch) = (Clip::parse(&entries(&clip))?, Watch(watch));
            let movie = asking.ask(|reply| Event::Export(Export { clip, watch, reply })).await?;
            Ok(movie.to_js())
        })
    }

    /// Notes that the page could not take this many frames.
    pub fn missed(&self, frames: u32) {
        let _ = self.events.unbounded_send(Event::Missed(frames));
    }

    /// Says that the track has ended: a browser may lose that when it happens while the stream is on its way to the worker.
    #[wasm_bindgen(js_name = trackEnded)]
    pub fn track_ended(&self) {
        let asking = self.asking();
        spawn(async move {
            catch_up(&asking.read).await;
            let _ = asking.events.unbounded_send(Event::TrackEnded(now_us()));
        });
    }

    /// Ends the recording; resolves when all of it is on disk.
    pub fn stop(&self) -> Promise {
        let asking = self.asking();
        promise(async move {
            let asked_us = now_us();
            asking.ask(|reply| Event::Stop(asked_us, reply)).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    fn asking(&self) -> Asking {
        Asking { events: self.events.clone(), read: Rc::clone(&self.read) }
    }
}

/// What the conductor is asked through.
struct Asking {
    events: mpsc::UnboundedSender<Event>,
    read: Rc<Reading>,
}

impl Asking {
    /// Asks the conductor, behind every frame that came before the call.
    async fn ask<T>(&self, event: impl FnOnce(Reply<T>) -> Event) -> Result<T, JsValue> {
        catch_up(&self.read).await;
        let (reply, answer) = oneshot::channel();
        let _ = self.events.unbounded_send(event(reply));
        let gone = || Error::InvalidState { reason: "the recording has ended".into() };
        Ok(answer.await.map_err(|_| gone())??)
    }
}

/// What a recording begins with.
pub(super) struct Prepared {
    pub(super) options: Options,
    pub(super) encoders: Encoders,
    pub(super) store: Store,
    pub(super) lock: Lock,
    pub(super) reel: ReelRecord,
    /// What is on disk of a reel that is resumed.
    pub(super) contents: Contents,
    /// The room that there has to be to begin, in bytes.
    pub(super) least_bytes: f64,
}

impl Prepared {
    /// All that can fail before the first frame.
    async fn new(options: &Array, setup: &JsValue) -> Result<Self> {
        let mut options = Options::parse(&entries(options))?;
        if !options.enabled {
            return Err(Error::Disabled);
        }
        let store = Store::open().await?;
        let mut format = Format { width: USUAL_SIZE.0, height: USUAL_SIZE.1, fps: options.max_fps };
        let (lock, reel, contents) = match field(setup, "reel").as_string() {
            Some(id) => {
                let lock = own(&id).await?;
                let (reel, segments, _) = store.read(&id, 0..ALL, &Watch::default()).await?;
                let mut contents = Contents::default();
                segments.iter().for_each(|segment| contents.put(Entry::new(segment.index, &segment.table)));
                let Track::Video(configs) = &reel.track;
                if let Some(config) = configs.last() {
                    (format.width, format.height) = (config.width, config.height);
                    options.codec = Codec::from_rfc6381(&config.codec);
                }
                (lock, ReelRecord { complete: false, ..reel }, contents)
            }
            None => {
                let (now_ms, random) = (Date::now(), Math::random() * f64::from(u32::MAX));
                let date = String::from(Date::new(&now_ms.into()).to_iso_string());
                let reel = ReelRecord::new(now_ms, &date, random as u32);
                (own(&reel.id).await?, reel, Contents::default())
            }
        };
        let bitrate = options.bitrate_of(format);
        let mut encoders = Encoders::new(options.codec, options.openh264, field(setup, "openh264"));
        encoders.try_out(format, bitrate).await?;
        let least_bytes = f64::from(bitrate) / 8.0 * LEAST_S;
        Ok(Self { options, encoders, store, lock, reel, contents, least_bytes })
    }

    /// Whether there is room to begin, as far as the browser reports it.
    async fn has_space(&self) -> bool {
        available_bytes().await.is_none_or(|available| available >= self.least_bytes)
    }

    fn started(&self) -> JsValue {
        let max_length_us = self.options.max_length_us.map_or(f64::INFINITY, |us| us as f64);
        object(&[
            ("id", self.reel.id.as_str().into()),
            ("createdAt", self.reel.created_at.into()),
            ("maxLength", (max_length_us / 1e6).into()),
            ("persist", self.options.persist.into()),
        ])
    }

    /// Removes reels of earlier sessions that are not needed any more, and reports it to the page.
    fn clean_up(&self, visit_began_ms: f64, notify: Function) -> impl Future<Output = ()> + 'static {
        let (store, recover_for_us) = (self.store.clone(), self.options.recover_for_us);
        let is_wanted = self.options.startup_cleanup;
        async move {
            if !is_wanted {
                return;
            }
            let (removed, error) = match clean_up(&store, visit_began_ms, recover_for_us).await {
                Ok(removed) => (removed, JsValue::UNDEFINED),
                Err(error) => (Array::new(), error.into()),
            };
            if removed.length() > 0 || error.is_object() {
                tell(&notify, "cleanup", &[("removed", removed.into()), ("error", error)]);
            }
        }
    }
}

/// Tells the page of an event.
pub(super) fn tell(notify: &Function, event: &str, fields: &[(&str, JsValue)]) {
    let fields: Vec<_> = [("type", event.into())].into_iter().chain(fields.iter().cloned()).collect();
    // A page that is gone can't be told anything.
    let _ = notify.call1(&JsValue::UNDEFINED, &object(&fields));
}

/// Hands over the frames of a track as they come. One that comes after a while waits a moment for the next: those that were delayed
/// on their way come in a burst, and the first after a silence comes alone. A recording that begins late drops the frames that have
/// waited for it: the browser has dropped some of them.
async fn read_frames(
    frames: Frames,
    read: Rc<Reading>,
    events: mpsc::UnboundedSender<Event>,
    is_late: bool,
    tell_begun: oneshot::Sender<()>,
) {
    let mut next = frames.next().boxed_local();
    if is_late {
        match skip_waiting(&frames, next).await {
            Some(rest) => next = rest,
            None => return drop(events.unbounded_send(Event::TrackEnded(now_us()))),
        }
    }
    let _ = tell_begun.send(());
    let (mut last_us, mut usual_us, mut ahead) = (None, 0, VecDeque::new());
    loop {
        let mut received: Received = match ahead.pop_front() {
            Some(received) => received,
            None => {
                let Some(received) = next.await else { break };
                read.frames.set(read.frames.get() + 1);
                next = frames.next().boxed_local();
                received
            }
        };
        let wall_us = received.arrival.wall_us;
        let gap_us = last_us.replace(wall_us).map_or(0, |last_us| wall_us - last_us);
        let is_late = gap_us > GAP_US.max(GAP_INTERVALS * usual_us);
        usual_us = gap_us;
        if is_late {
            read.is_waiting.set(true);
            let mut patience = sleep(BURST_MS).boxed_local();
            while ahead.len() < BURST_FRAMES {
                match select(next, patience).await {
                    Either::Left((following, rest)) => {
                        (next, patience) = (frames.next().boxed_local(), rest);
                        let Some(following) = following else { break };
                        read.frames.set(read.frames.get() + 1);
                        ahead.push_back(following);
                    }
                    Either::Right(((), rest)) => {
                        next = rest;
                        break;
                    }
                }
            }
            received.arrival.is_burst = ahead.len() == BURST_FRAMES;
            read.is_waiting.set(false);
        }
        if events.unbounded_send(Event::Frame(received)).is_err() {
            return;
        }
    }
    let _ = events.unbounded_send(Event::TrackEnded(now_us()));
}

type NextFrame<'a> = LocalBoxFuture<'a, Option<Received>>;

/// Drops the frames that wait. Gives the one that will come next; none if the track has ended.
async fn skip_waiting<'a>(frames: &'a Frames, mut next: NextFrame<'a>) -> Option<NextFrame<'a>> {
    loop {
        match select(next, sleep(WAITED_MS).boxed_local()).await {
            Either::Left((received, _)) => drop(received?),
            Either::Right(((), rest)) => return Some(rest),
        }
        next = frames.next().boxed_local();
    }
}

/// Ends frames that nobody records. Those that wait have to be closed: a stream that is cancelled forgets them.
fn refuse(frames: Frames) {
    spawn(async move {
        if let Some(next) = skip_waiting(&frames, frames.next().boxed_local()).await {
            frames.cancel();
            drop(next.await);
        }
    });
}

/// How far the frames of a track have been read.
#[derive(Default)]
struct Reading {
    /// How many were.
    frames: Cell<u32>,
    /// Whether the last one waits to be handed over.
    is_waiting: Cell<bool>,
}

/// Lets the frames come in that came before now: those may still wait in the stream.
async fn catch_up(read: &Reading) {
    let mut quiet = 0;
    for _ in 0..CATCH_UP_TURNS {
        let before = read.frames.get();
        next_task().await;
        let is_quiet = read.frames.get() == before && !read.is_waiting.get();
        quiet = if is_quiet { quiet + 1 } else { 0 };
        if quiet == 2 {
            return;
        }
    }
}

/// Sends a tick four times a second, behind the frames that came before it.
fn ticker(events: mpsc::UnboundedSender<Event>, read: Rc<Reading>) -> Ticker {
    Ticker::new(TICK_MS, move || {
        let (events, read) = (events.clone(), Rc::clone(&read));
        spawn(async move {
            catch_up(&read).await;
            let _ = events.unbounded_send(Event::Tick(now_us()));
        });
    })
}
