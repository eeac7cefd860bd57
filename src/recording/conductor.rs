use super::ending::End;
use super::opening::Opening;
use super::progress::Counts;
use super::writer::Writer;
use super::{Event, Reply};
use crate::Result;
use crate::browser::{Chunk, Encoder, EncoderConfig, EncoderEvent, Frame, Frames, object};
use crate::options::Options;
use crate::reel::{Sample, Segment, SegmentBuilder};
use crate::timeline::{Fate, Timeline};
use futures_channel::mpsc;
use futures_util::StreamExt;
use js_sys::{Date, Function, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

/// How many frames may be in the encoder: as many as may have waited before the worker (js/capture.ts), and come at once.
const ENCODER_QUEUE: usize = 60;
/// The least time between two `progress` events, in milliseconds.
const PROGRESS_MS: f64 = 250.0;

/// Takes the events of a recording one after another, and tells each part what to do.
pub(super) struct Conductor {
    pub(super) options: Options,
    timeline: Timeline,
    pub(super) opening: Opening,
    pub(super) encoder: Option<Encoder>,
    /// What the encoder was set up with, for when it has to be made again.
    pub(super) encoder_config: Option<EncoderConfig>,
    /// The next frame has to be a key frame.
    pub(super) key_due: bool,
    /// The media time of a key frame that was asked for and has not come out, in microseconds. Until it does, the open
    /// segment goes on wanting one.
    key_asked_us: Option<i64>,
    /// Whether a flush is under way to see what is in the encoder's queue.
    is_checking_queue: bool,
    builder: SegmentBuilder<Uint8Array>,
    /// How often it was paused.
    pauses: u32,
    pub(super) writer: Writer,
    pub(super) counts: Counts,
    pub(super) frames: Frames,
    pub(super) events: mpsc::UnboundedSender<Event>,
    notify: Function,
    notified_ms: f64,
}

impl Conductor {
    /// A recording that waits for its first frame.
    pub(super) fn new(
        options: Options,
        paused: bool,
        writer: Writer,
        frames: Frames,
        events: mpsc::UnboundedSender<Event>,
        notify: Function,
    ) -> Self {
        Self {
            timeline: Timeline::new(options.max_fps, paused),
            options,
            opening: Opening::default(),
            encoder: None,
            encoder_config: None,
            key_due: true,
            key_asked_us: None,
            is_checking_queue: false,
            builder: SegmentBuilder::default(),
            pauses: 0,
            writer,
            counts: Counts::default(),
            frames,
            events,
            notify,
            notified_ms: 0.0,
        }
    }

    /// Runs to the end, and on for as long as the page may ask for what could not be written.
    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Event>) {
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
                self.pauses += 1;
                self.after_drain(Event::PauseDrained(self.pauses));
            }
            Event::Resume => self.timeline.resume(),
            Event::QueueDrained(newest) => {
                self.is_checking_queue = false;
                self.counts.encoder += self.encoder.as_mut().map_or(0, |encoder| encoder.drained(newest));
            }
            // After a resume and another pause, frames taken in between may still be in the encoder.
            Event::PauseDrained(pause) => {
                if self.timeline.paused() && pause == self.pauses {
                    self.close_segment();
                }
            }
            Event::Export(reply) => self.after_drain(Event::ExportDrained(reply)),
            Event::ExportDrained(reply) => self.export_remade(reply),
            Event::Remade(number, remade) => self.remade(number, remade),
            Event::Written(result) => {
                self.writer.written(result.clone());
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
        self.fit_size(&frame, time_us).await?;
        if self.encoder.is_none() {
            self.encoder = self.make_encoder()?;
        }
        let Some(encoder) = &mut self.encoder else { return Ok(()) };
        if encoder.waiting() >= ENCODER_QUEUE {
            self.counts.backpressure += 1;
            // It may be busy, or have skipped all of them and wait for more: a flush tells.
            if let Some(newest) = encoder.newest().filter(|_| !self.is_checking_queue) {
                self.is_checking_queue = true;
                self.after_drain(Event::QueueDrained(newest));
            }
            return Ok(());
        }
        let key = self.key_due || (self.key_asked_us.is_none() && self.builder.wants_key(time_us));
        match encoder.encode(&frame, time_us, key) {
            Ok(()) if key => {
                self.key_due = false;
                self.key_asked_us = Some(time_us);
            }
            Ok(()) => {}
            // One that is closed says why in an event of its own, which decides whether recording goes on.
            Err(_) if encoder.is_closed() => self.counts.encoder += 1,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn make_encoder(&mut self) -> Result<Option<Encoder>> {
        self.key_due = true;
        let events = self.events.clone();
        let tell = move |event| drop(events.unbounded_send(Event::Encoder(event)));
        self.encoder_config.as_ref().map(|config| Encoder::new(config, tell)).transpose()
    }

    /// Lets the encoder go; the next frame makes a new one.
    pub(super) fn release_encoder(&mut self) {
        self.counts.encoder += self.encoder.take().map_or(0, |encoder| encoder.waiting() as u32);
        self.key_due = true;
        self.key_asked_us = None;
    }

    /// Adds an encoded frame to the open segment.
    pub(super) fn gather(&mut self, chunk: Chunk) {
        let Chunk { time_us, key, bytes, config } = chunk;
        self.counts.encoder += self.encoder.as_mut().map_or(0, |encoder| encoder.came_out(time_us));
        self.key_asked_us = self.key_asked_us.filter(|&asked_us| asked_us > time_us);
        let (config, decoder) = config.unzip();
        let config = self.writer.config_index(config);
        let sample = Sample { decode_us: time_us, composition_offset_us: 0, size: bytes.length(), key };
        let end_us = time_us + self.timeline.interval_us();
        match self.builder.push(sample, end_us, config, bytes) {
            Ok(closed) => {
                self.counts.frames += 1;
                self.counts.bytes += u64::from(sample.size);
                self.counts.end_us = end_us;
                if let Some(segment) = closed {
                    self.put(segment);
                }
                self.came_out(time_us, config, decoder);
            }
            Err(_) => {
                self.counts.encoder += 1;
                self.key_due = true;
            }
        }
    }

    pub(super) fn close_segment(&mut self) {
        self.key_due = true;
        if let Some(segment) = self.builder.finish() {
            self.put(segment);
        }
    }

    fn put(&mut self, segment: Segment<Uint8Array>) {
        self.writer.write(&segment);
        self.opening.keep(segment);
    }

    /// Sends an event once the encoder has given back all that it holds now. Frames go on meanwhile.
    pub(super) fn after_drain(&self, event: Event) {
        let Some(encoder) = &self.encoder else { return self.send(event) };
        let (flushed, events) = (encoder.flush(), self.events.clone());
        spawn_local(async move {
            flushed.await;
            let _ = events.unbounded_send(event);
        });
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

    pub(super) fn tell(&self, event: &str, fields: &[(&str, JsValue)]) {
        let fields: Vec<_> = [("type", event.into())].into_iter().chain(fields.iter().cloned()).collect();
        // A page that is gone can't be told anything.
        let _ = self.notify.call1(&JsValue::UNDEFINED, &object(&fields));
    }

    pub(super) fn progress(&self) -> JsValue {
        self.counts.progress(self.writer.configs().last())
    }

    /// Makes a file of what is on disk and what is not yet, as it is now.
    pub(super) fn export(&self, reply: Reply<Blob>) {
        self.writer.export(self.builder.open(), reply);
    }
}
