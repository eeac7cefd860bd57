//! The conductor of one recording: frames and calls come in as events, one after another, and it tells each part what to do.

use crate::browser::{
    Chunk, Encoder, EncoderConfig, EncoderEvent, Frame, Frames, Part, ReelRecord, Store, StoredSegment, choose, export,
    field, object,
};
use crate::codec::Format;
use crate::options::{Options, Value};
use crate::reel::{Sample, Segment, SegmentBuilder, Track, VideoConfig};
use crate::timeline::{DropReason, Fate, Timeline};
use crate::{Error, Result};
use futures_channel::{mpsc, oneshot};
use futures_util::StreamExt;
use js_sys::{Array, Date, Function, Math, Uint8Array};
use std::collections::BTreeMap;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, ReadableStream};

/// How many frames may be in the encoder. A second's worth rides out a busy machine; more would only be memory.
const ENCODER_QUEUE: usize = 30;
/// The least time between two `progress` events, in milliseconds.
const PROGRESS_MS: f64 = 250.0;
/// The size to ask encoders about before the first frame has told its own.
const USUAL_SIZE: (u32, u32) = (1280, 720);

/// Everything that can happen to a recording.
enum Event {
    Frame(Frame),
    TrackEnded,
    Encoder(EncoderEvent),
    Pause,
    Resume,
    /// The encoder has given back all that went in before the pause.
    PauseDrained,
    Export(Reply<Blob>),
    /// The encoder has given back all that went in before the export was asked for.
    ExportDrained(Reply<Blob>),
    Written {
        index: u32,
        result: Result<()>,
    },
    Stop(Reply<()>),
    /// The encoder has given back everything, and the recording ends.
    EndDrained,
}

type Reply<T> = oneshot::Sender<Result<T>>;

/// Why a recording ends.
enum End {
    Stopped(Reply<()>),
    TrackEnded,
    Failed(Error),
}

/// A recording as the worker sees it: each call becomes an event.
#[wasm_bindgen]
pub struct Recording {
    events: mpsc::UnboundedSender<Event>,
    id: String,
    created_at: f64,
}

#[wasm_bindgen]
impl Recording {
    /// Begins to record a stream of `VideoFrame`s. `options` are `{ name, value }` or `{ name, type }`; `notify` is
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
        let recording = Self { events: events.clone(), id: reel.id.clone(), created_at: reel.created_at };
        let conductor = Conductor {
            timeline: Timeline::new(options.max_fps, paused),
            options,
            store,
            reel,
            encoder: None,
            encoder_config: None,
            key_due: true,
            builder: SegmentBuilder::default(),
            unsaved: BTreeMap::new(),
            failed_write: None,
            counts: Counts::default(),
            frames: frames.clone(),
            events: events.clone(),
            notify,
            notified_ms: 0.0,
        };
        spawn_local(conductor.run(inbox));
        spawn_local(async move {
            while let Some(frame) = frames.next().await {
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

    /// Ends the recording; resolves when all of it is on disk.
    pub async fn stop(&self) -> Result<(), JsValue> {
        self.ask(Event::Stop).await
    }

    async fn ask<T>(&self, event: impl FnOnce(Reply<T>) -> Event) -> Result<T, JsValue> {
        let (reply, answer) = oneshot::channel();
        let _ = self.events.unbounded_send(event(reply));
        let gone = || Error::InvalidState { reason: "the recording has ended".into() };
        Ok(answer.await.map_err(|_| gone())??)
    }

    /// All that can fail before the first frame.
    async fn prepare(options: &Array) -> Result<(Options, Store, ReelRecord)> {
        let entries: Vec<(String, Value)> = options.iter().map(|entry| option_entry(&entry)).collect();
        let options = Options::parse(entries.iter().map(|(name, value)| (name.as_str(), value.clone())))?;
        let format = Format { width: USUAL_SIZE.0, height: USUAL_SIZE.1, fps: options.max_fps };
        choose(options.codec, format, options.bitrate.unwrap_or(format.default_bitrate())).await?;
        let store = Store::open().await?;
        Ok((options, store, ReelRecord::new(Date::now())))
    }
}

/// Every reel on disk, the newest first, as the face's `ReelInfo`.
#[wasm_bindgen(js_name = listReels)]
pub async fn list_reels() -> Result<Array, JsValue> {
    let reels = Store::open().await?.reels().await?;
    Ok(reels.iter().map(ReelRecord::info).collect())
}

/// One MP4 of all that is on disk of a reel.
#[wasm_bindgen(js_name = exportReel)]
pub async fn export_reel(id: String) -> Result<Blob, JsValue> {
    let store = Store::open().await?;
    let reel = store.reel(&id).await?;
    let segments = store.segments(&id).await?;
    Ok(export(&reel, segments.into_iter().map(Part::from).collect())?)
}

/// Removes a reel from the disk.
#[wasm_bindgen(js_name = deleteReel)]
pub async fn delete_reel(id: String) -> Result<(), JsValue> {
    Ok(Store::open().await?.delete(&id).await?)
}

fn option_entry(entry: &JsValue) -> (String, Value) {
    let value = field(entry, "value");
    let value = match (value.as_f64(), value.as_string(), value.as_bool()) {
        (Some(number), ..) => Value::Number(number),
        (_, Some(text), _) => Value::Text(text),
        (.., Some(flag)) => Value::Flag(flag),
        _ => Value::Other(field(entry, "type").as_string().unwrap_or_default()),
    };
    (field(entry, "name").as_string().unwrap_or_default(), value)
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

    fn info(&self) -> JsValue {
        let Track::Video(configs) = &self.track;
        let config = configs.first();
        object(&[
            ("id", self.id.as_str().into()),
            ("createdAt", self.created_at.into()),
            ("state", if self.complete { "complete" } else { "recording" }.into()),
            ("duration", (self.duration_us as f64 / 1e6).into()),
            ("bytes", (self.bytes as f64).into()),
            ("frames", self.frames.into()),
            ("width", config.map_or(0, |config| config.width).into()),
            ("height", config.map_or(0, |config| config.height).into()),
            ("codec", config.map_or("", |config| &config.codec).into()),
        ])
    }
}

/// How many frames came, and what became of them.
#[derive(Debug, Default)]
struct Counts {
    received: u32,
    /// In the recording, on disk or not.
    frames: u32,
    bytes: u64,
    end_us: i64,
    paused: u32,
    max_fps: u32,
    backpressure: u32,
    encoder: u32,
}

impl Counts {
    fn drop(&mut self, reason: DropReason) {
        match reason {
            DropReason::Paused => self.paused += 1,
            DropReason::MaxFps => self.max_fps += 1,
        }
    }
}

struct Conductor {
    options: Options,
    store: Store,
    /// As the store has it, or will when the writes under way are done.
    reel: ReelRecord,
    timeline: Timeline,
    encoder: Option<Encoder>,
    /// What the encoder was set up with, for when it has to be made again.
    encoder_config: Option<EncoderConfig>,
    /// The next frame has to be a key frame.
    key_due: bool,
    builder: SegmentBuilder<Uint8Array>,
    /// Segments that are closed and not, or not yet, on disk.
    unsaved: BTreeMap<u32, StoredSegment>,
    failed_write: Option<Error>,
    counts: Counts,
    frames: Frames,
    events: mpsc::UnboundedSender<Event>,
    notify: Function,
    notified_ms: f64,
}

impl Conductor {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Event>) {
        let end = loop {
            let Some(event) = inbox.next().await else { return };
            match self.handle(event).await {
                Ok(None) => {}
                Ok(Some(end)) => break end,
                Err(error) => break End::Failed(error),
            }
        };
        self.finish(end, &mut inbox).await;
        // What could not be written is still here to be exported.
        while let Some(event) = inbox.next().await {
            match event {
                Event::Export(reply) | Event::ExportDrained(reply) => self.export(reply),
                Event::Stop(reply) => drop(reply.send(Ok(()))),
                _ => {}
            }
        }
    }

    async fn handle(&mut self, event: Event) -> Result<Option<End>> {
        match event {
            Event::Frame(frame) => self.take(frame).await?,
            Event::TrackEnded => return Ok(Some(End::TrackEnded)),
            Event::Encoder(EncoderEvent::Chunk(chunk)) => self.gather(chunk),
            Event::Encoder(EncoderEvent::Reclaimed) => self.release_encoder(),
            Event::Encoder(EncoderEvent::Failed(error)) => return Err(error),
            Event::Pause => {
                self.timeline.pause();
                self.after_drain(Event::PauseDrained);
            }
            Event::Resume => self.timeline.resume(),
            Event::PauseDrained => {
                if self.timeline.paused() {
                    self.close_segment();
                }
            }
            Event::Export(reply) => self.after_drain(Event::ExportDrained(reply)),
            Event::ExportDrained(reply) => self.export(reply),
            Event::Written { index, result } => {
                self.written(index, result.clone());
                result?;
            }
            Event::Stop(reply) => return Ok(Some(End::Stopped(reply))),
            Event::EndDrained => {}
        }
        Ok(None)
    }

    /// Decides over a frame and encodes it if it is kept.
    async fn take(&mut self, frame: Frame) -> Result<()> {
        self.counts.received += 1;
        self.report();
        let time_us = match self.timeline.frame(frame.timestamp_us()) {
            Fate::Keep { time_us, after_cut } => {
                self.key_due |= after_cut;
                time_us
            }
            Fate::Drop(reason) => {
                self.counts.drop(reason);
                return Ok(());
            }
        };
        if self.encoder.is_none() {
            self.encoder = Some(self.make_encoder(&frame).await?);
        }
        let Some(encoder) = &mut self.encoder else { return Ok(()) };
        if encoder.waiting() >= ENCODER_QUEUE {
            self.counts.backpressure += 1;
            return Ok(());
        }
        let key = self.key_due || self.builder.wants_key(time_us);
        match encoder.encode(&frame, time_us, key) {
            Ok(()) => self.key_due = false,
            // It says why in an event of its own, which decides whether recording goes on.
            Err(_) => self.counts.encoder += 1,
        }
        Ok(())
    }

    async fn make_encoder(&mut self, frame: &Frame) -> Result<Encoder> {
        let config = match &self.encoder_config {
            Some(config) => config.clone(),
            None => {
                // Encoders refuse odd sizes.
                let even = |pixels: u32| (pixels & !1).max(2);
                let (width, height) = frame.size();
                let format = Format { width: even(width), height: even(height), fps: self.options.max_fps };
                let bitrate = self.options.bitrate.unwrap_or(format.default_bitrate());
                choose(self.options.codec, format, bitrate).await?
            }
        };
        self.encoder_config = Some(config.clone());
        self.key_due = true;
        let events = self.events.clone();
        Encoder::new(&config, move |event| drop(events.unbounded_send(Event::Encoder(event))))
    }

    /// Lets the encoder go; the next frame makes a new one.
    fn release_encoder(&mut self) {
        self.counts.encoder += self.encoder.take().map_or(0, |encoder| encoder.waiting() as u32);
        self.key_due = true;
    }

    /// Adds an encoded frame to the open segment.
    fn gather(&mut self, chunk: Chunk) {
        let Chunk { time_us, key, bytes, config } = chunk;
        self.counts.encoder += self.encoder.as_mut().map_or(0, |encoder| encoder.came_out(time_us));
        let config = self.config_index(config);
        let sample = Sample { decode_us: time_us, composition_offset_us: 0, size: bytes.length(), key };
        let end_us = time_us + self.timeline.interval_us();
        match self.builder.push(sample, end_us, config, bytes) {
            Ok(closed) => {
                self.counts.frames += 1;
                self.counts.bytes += u64::from(sample.size);
                self.counts.end_us = end_us;
                if let Some(segment) = closed {
                    self.write(segment);
                }
            }
            Err(_) => {
                self.counts.encoder += 1;
                self.key_due = true;
            }
        }
    }

    /// Where the track keeps this configuration; the latest one if the chunk came without.
    fn config_index(&mut self, config: Option<VideoConfig>) -> u32 {
        let Track::Video(configs) = &mut self.reel.track;
        let known = config.map(|config| match configs.iter().position(|known| *known == config) {
            Some(index) => index,
            None => {
                configs.push(config);
                configs.len() - 1
            }
        });
        known.unwrap_or(configs.len().saturating_sub(1)) as u32
    }

    fn close_segment(&mut self) {
        self.key_due = true;
        if let Some(segment) = self.builder.finish() {
            self.write(segment);
        }
    }

    fn write(&mut self, segment: Segment<Uint8Array>) {
        self.reel.frames += segment.table.samples().len() as u32;
        self.reel.bytes += segment.table.bytes();
        self.reel.duration_us = segment.table.end_us();
        let index = segment.index;
        let segment = match StoredSegment::try_from(segment) {
            Ok(segment) => segment,
            Err(error) => return self.send(Event::Written { index, result: Err(error) }),
        };
        self.unsaved.insert(index, segment.clone());
        if self.failed_write.is_some() {
            return;
        }
        let (store, reel, events) = (self.store.clone(), self.reel.clone(), self.events.clone());
        spawn_local(async move {
            let result = store.put_segment(&reel, &segment).await;
            let _ = events.unbounded_send(Event::Written { index, result });
        });
    }

    /// Sends an event once the encoder has given back all that it holds now. Frames go on meanwhile.
    fn after_drain(&self, event: Event) {
        let Some(encoder) = &self.encoder else { return self.send(event) };
        let (flushed, events) = (encoder.flush(), self.events.clone());
        spawn_local(async move {
            flushed.await;
            let _ = events.unbounded_send(event);
        });
    }

    /// Makes a file of what is on disk and what is not yet, as it is now.
    fn export(&self, reply: Reply<Blob>) {
        let (store, reel) = (self.store.clone(), self.reel.clone());
        let next_index = self.builder.next_index();
        let mut unsaved: Vec<StoredSegment> = self.unsaved.values().cloned().collect();
        let open = self.builder.open().cloned().map(StoredSegment::try_from);
        spawn_local(async move {
            let exported = async {
                unsaved.extend(open.transpose()?);
                let mut segments = store.segments(&reel.id).await?;
                // The recording may have gone on while the store was read.
                let first_unsaved = unsaved.first().map_or(next_index, |segment| segment.index);
                segments.retain(|segment| segment.index < first_unsaved);
                segments.extend(unsaved);
                export(&reel, segments.into_iter().map(Part::from).collect())
            };
            let _ = reply.send(exported.await);
        });
    }

    /// Ends the recording: all that was taken is encoded, written, and told.
    async fn finish(&mut self, end: End, inbox: &mut mpsc::UnboundedReceiver<Event>) {
        self.frames.cancel();
        let mut stops = Vec::new();
        let (reason, mut failure) = match end {
            End::Stopped(reply) => {
                stops.push(reply);
                ("stopped", None)
            }
            End::TrackEnded => ("track-ended", None),
            End::Failed(error) => ("error", Some(error)),
        };
        let mut exports = Vec::new();
        let mut drained = false;
        self.after_drain(Event::EndDrained);
        while !drained || (!self.unsaved.is_empty() && self.failed_write.is_none()) {
            match inbox.next().await {
                Some(Event::Encoder(EncoderEvent::Chunk(chunk))) => self.gather(chunk),
                Some(Event::Encoder(EncoderEvent::Failed(error))) => failure = failure.or(Some(error)),
                Some(Event::Written { index, result }) => self.written(index, result),
                Some(Event::Export(reply) | Event::ExportDrained(reply)) => exports.push(reply),
                Some(Event::Stop(reply)) => stops.push(reply),
                Some(Event::EndDrained) => {
                    drained = true;
                    self.release_encoder();
                    self.close_segment();
                }
                Some(_) => {}
                None => break,
            }
        }
        if self.failed_write.is_none() && self.counts.frames > 0 {
            self.reel.complete = true;
            self.failed_write = self.store.put_reel(&self.reel).await.err();
        }
        for reply in exports {
            self.export(reply);
        }
        if let Some(error) = failure.or(self.failed_write.clone()) {
            self.tell("error", &[("error", error.into())]);
        }
        let saved = self.failed_write.is_none();
        self.tell("stop", &[("reason", reason.into()), ("progress", self.progress()), ("saved", saved.into())]);
        for reply in stops {
            let _ = reply.send(self.failed_write.clone().map_or(Ok(()), Err));
        }
    }

    fn written(&mut self, index: u32, result: Result<()>) {
        match result {
            Ok(()) => drop(self.unsaved.remove(&index)),
            Err(error) => self.failed_write = Some(error),
        }
    }

    fn send(&self, event: Event) {
        // The inbox is open as long as there is a conductor.
        let _ = self.events.unbounded_send(event);
    }

    /// Tells the page how far it has come, if it was not told a moment ago.
    fn report(&mut self) {
        let now_ms = Date::now();
        if (now_ms - self.notified_ms).abs() >= PROGRESS_MS {
            self.notified_ms = now_ms;
            self.tell("progress", &[("progress", self.progress())]);
        }
    }

    fn tell(&self, event: &str, fields: &[(&str, JsValue)]) {
        let fields: Vec<_> = [("type", event.into())].into_iter().chain(fields.iter().cloned()).collect();
        // A page that is gone can't be told anything.
        let _ = self.notify.call1(&JsValue::UNDEFINED, &object(&fields));
    }

    /// The face's `Progress`.
    fn progress(&self) -> JsValue {
        let counts = &self.counts;
        let Track::Video(configs) = &self.reel.track;
        let config = configs.first();
        let drops = object(&[
            ("paused", counts.paused.into()),
            ("maxFps", counts.max_fps.into()),
            ("backpressure", counts.backpressure.into()),
            ("encoder", counts.encoder.into()),
        ]);
        object(&[
            ("time", (counts.end_us as f64 / 1e6).into()),
            ("bytes", (counts.bytes as f64).into()),
            ("frames", counts.frames.into()),
            ("received", counts.received.into()),
            ("drops", drops),
            ("width", config.map_or(0, |config| config.width).into()),
            ("height", config.map_or(0, |config| config.height).into()),
            ("codec", config.map_or("", |config| &config.codec).into()),
        ])
    }
}
