//! One recording: what the page asks of it and what happens to it become events, which the conductor takes one by one.

mod conductor;
mod encoding;
mod ending;
mod opening;
mod progress;
mod remake;
mod writer;

use crate::browser::{EncoderEvent, Frame, Frames, ReelRecord, Store, Ticker, choose, field, next_task};
use crate::codec::Format;
use crate::options::{Entry, Options, Value};
use crate::reel::Track;
use crate::{Error, Result};
use conductor::Conductor;
use futures_channel::{mpsc, oneshot};
use js_sys::{Array, Date, Function, Math};
use remake::Remade;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, ReadableStream};
use writer::Writer;

/// The size to ask encoders about before the first frame has told its own.
const USUAL_SIZE: (u32, u32) = (1280, 720);

/// Everything that can happen to a recording.
enum Event {
    Frame(Frame),
    /// Another second has passed.
    Tick,
    TrackEnded,
    Encoder(EncoderEvent),
    Pause,
    Resume,
    /// The encoder has given back all that went in before this pause or freeze, counted from 1.
    InterruptionDrained(u32),
    /// The encoder has given back all that it will of what went in up to this media time, in microseconds.
    QueueDrained(i64),
    Export(Reply<Blob>),
    /// The encoder has given back all that went in before the export was asked for.
    ExportDrained(Reply<Blob>),
    /// The write under way is done, or the disk refuses, or can't keep up.
    Written(Result<()>),
    /// What was recorded before the picture grew was made again, as far as it could be; which time, counted from 1.
    Remade(u32, Vec<Remade>),
    Stop(Reply<()>),
    /// The encoder has given back everything, and the recording ends.
    EndDrained,
}

type Reply<T> = oneshot::Sender<Result<T>>;

/// A recording as the worker sees it: each call becomes an event.
#[wasm_bindgen]
pub struct Recording {
    events: mpsc::UnboundedSender<Event>,
    id: String,
    created_at: f64,
    max_length_us: Option<i64>,
    /// How many frames have been read.
    read: Rc<Cell<u32>>,
}

/// More turns than the browser holds frames for a worker (js/capture.ts).
const CATCH_UP_TURNS: u32 = 100;
/// How often it is looked whether the time has come, though no frame has, in milliseconds.
const TICK_MS: i32 = 1000;

#[wasm_bindgen]
impl Recording {
    /// Begins to record a stream of `VideoFrame`s. `options` are `{ name, value, shown }`; `notify` is
    /// called with each event for the page.
    pub async fn start(
        stream: ReadableStream,
        options: Array,
        paused: bool,
        notify: Function,
    ) -> Result<Recording, JsValue> {
        let frames = Frames::new(&stream)?;
        let started = Self::prepare(&options).await;
        let (options, store, reel) = started.inspect_err(|_| frames.cancel())?;
        let (events, inbox) = mpsc::unbounded();
        let read = Rc::new(Cell::new(0));
        let recording = Self {
            events: events.clone(),
            id: reel.id.clone(),
            created_at: reel.created_at,
            max_length_us: options.max_length_us,
            read: Rc::clone(&read),
        };
        let ticker = ticker(events.clone(), Rc::clone(&read));
        let conductor = Conductor::new(
            options,
            paused,
            Writer::new(store, reel, events.clone()),
            frames.clone(),
            events.clone(),
            notify,
        );
        spawn_local(conductor.run(inbox, ticker));
        spawn_local(async move {
            while let Some(frame) = frames.next().await {
                read.set(read.get() + 1);
                if events.unbounded_send(Event::Frame(frame)).is_err() {
                    return;
                }
            }
            let _ = events.unbounded_send(Event::TrackEnded);
        });
        Ok(recording)
    }

    /// The reel's name in the store.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> String {
        self.id.clone()
    }

    /// When it began, in milliseconds since 1970.
    #[wasm_bindgen(getter, js_name = createdAt)]
    pub fn created_at(&self) -> f64 {
        self.created_at
    }

    /// The longest that it may become, in seconds; infinite for no limit.
    #[wasm_bindgen(getter, js_name = maxLength)]
    pub fn max_length(&self) -> f64 {
        self.max_length_us.map_or(f64::INFINITY, |max_length_us| max_length_us as f64 / 1e6)
    }

    /// Leaves frames out from the next one on.
    pub fn pause(&self) {
        let _ = self.events.unbounded_send(Event::Pause);
    }

    /// Takes frames again from the next one on.
    pub fn resume(&self) {
        let _ = self.events.unbounded_send(Event::Resume);
    }

    /// One MP4 of every frame that came before this call.
    pub async fn export(&self) -> Result<Blob, JsValue> {
        self.ask(Event::Export).await
    }

    /// Says that the track has ended: a browser may lose that when it happens while the stream is on its way to the worker.
    #[wasm_bindgen(js_name = trackEnded)]
    pub fn track_ended(&self) {
        let _ = self.events.unbounded_send(Event::TrackEnded);
    }

    /// Ends the recording; resolves when all of it is on disk.
    pub async fn stop(&self) -> Result<(), JsValue> {
        self.ask(Event::Stop).await
    }

    /// Asks the conductor, behind every frame that came before the call.
    async fn ask<T>(&self, event: impl FnOnce(Reply<T>) -> Event) -> Result<T, JsValue> {
        catch_up(&self.read).await;
        let (reply, answer) = oneshot::channel();
        let _ = self.events.unbounded_send(event(reply));
        let gone = || Error::InvalidState { reason: "the recording has ended".into() };
        Ok(answer.await.map_err(|_| gone())??)
    }

    /// All that can fail before the first frame.
    async fn prepare(options: &Array) -> Result<(Options, Store, ReelRecord)> {
        let entries: Vec<Entry> = options.iter().map(|entry| option_entry(&entry)).collect();
        let options = Options::parse(&entries)?;
        if !options.enabled {
            return Err(Error::Disabled);
        }
        let format = Format { width: USUAL_SIZE.0, height: USUAL_SIZE.1, fps: options.max_fps };
        choose(options.codec, format, options.bitrate.unwrap_or(format.default_bitrate())).await?;
        let store = Store::open().await?;
        Ok((options, store, ReelRecord::new(Date::now())))
    }
}

/// Lets the frames come in that came before now: those may still wait in the stream.
async fn catch_up(read: &Cell<u32>) {
    let mut quiet = 0;
    for _ in 0..CATCH_UP_TURNS {
        let before = read.get();
        next_task().await;
        quiet = if read.get() == before { quiet + 1 } else { 0 };
        if quiet == 2 {
            return;
        }
    }
}

/// Sends a tick every second, behind the frames that came before it.
fn ticker(events: mpsc::UnboundedSender<Event>, read: Rc<Cell<u32>>) -> Ticker {
    Ticker::new(TICK_MS, move || {
        let (events, read) = (events.clone(), Rc::clone(&read));
        spawn_local(async move {
            catch_up(&read).await;
            let _ = events.unbounded_send(Event::Tick);
        });
    })
}

fn option_entry(entry: &JsValue) -> Entry {
    let text = |name: &str| field(entry, name).as_string().unwrap_or_default();
    let value = field(entry, "value");
    let value = match (value.as_f64(), value.as_string(), value.as_bool()) {
        (Some(number), ..) => Value::Number(number),
        (_, Some(text), _) => Value::Text(text),
        (.., Some(on)) => Value::Switch(on),
        _ => Value::Other,
    };
    Entry { name: text("name"), value, shown: text("shown") }
}

impl ReelRecord {
    fn new(now_ms: f64) -> Self {
        let date = Date::new(&now_ms.into()).to_iso_string();
        let random = (Math::random() * f64::from(u32::MAX)) as u32;
        Self {
            id: format!("{date}-{random:08x}"),
            created_at: now_ms,
            complete: false,
            track: Track::Video(Vec::new()),
            duration_us: 0,
            bytes: 0,
            frames: 0,
        }
    }
}
