use super::InFlight;
use super::Saving;
use super::call::{Event, Export, Prepared, tell};
use super::ending::End;
use super::opening::Opening;
use super::progress::Counts;
use crate::Result;
use crate::browser::{
    Disk, Encoder, EncoderConfig, EncoderEvent, Encoders, Frames, Inspector, Lock, Received, Ticker, Trial,
    available_bytes, now_ms, now_us, object, spawn,
};
use crate::options::Options;
use crate::reel::{Segment, SegmentBuilder};
use crate::timeline::{Fate, Freeze, Looked, Stall, Timeline};
use futures_channel::mpsc;
use futures_util::StreamExt;
use js_sys::{Date, Function, Uint8Array};
use wasm_bindgen::JsValue;

/// The least time between two `progress` events, in milliseconds.
const PROGRESS_MS: f64 = 250.0;
/// How often the browser is asked how much it will still store, in ticks.
const SPACE_TICKS: u32 = 20;
/// How often the open segment is written, in ticks. With the time that a write takes, a crash loses less than a second.
const SAVE_TICKS: u32 = 2;
/// For how many seconds there has to be space, at the present rate, not to tell the page.
const SPACE_S: f64 = 60.0;
/// How long the encoder may stand idle, in milliseconds. Chromium takes one back after ten seconds.
const IDLE_MS: f64 = 5_000.0;

/// Takes the events of a recording one after another, and has each part do its work.
pub(super) struct Conductor {
    pub(super) options: Options,
    pub(super) timeline: Timeline,
    pub(super) opening: Opening,
    pub(super) encoder: Option<Encoder>,
    /// What the encoder holds.
    pub(super) in_flight: InFlight,
    /// What the encoder was set up with, for when it has to be recreated.
    pub(super) encoder_config: Option<EncoderConfig>,
    /// Those that there may be.
    pub(super) encoders: Encoders,
    /// A better one than the one at work, which is warm: it takes over at a key frame.
    pub(super) better: Option<Trial>,
    /// The same once it has taken over, until it has returned something.
    pub(super) warm: Option<Trial>,
    /// How many were made.
    pub(super) made: u32,
    /// The next frame has to be a key frame.
    pub(super) key_due: bool,
    /// The media time of a key frame that was asked for and has not come out, in microseconds. Until it does, the open
    /// segment goes on wanting one.
    pub(super) key_asked_us: Option<i64>,
    /// Whether a flush is under way to see what is in the encoder's queue.
    pub(super) is_checking_queue: bool,
    pub(super) builder: SegmentBuilder<Uint8Array>,
    /// How often it was paused or frozen.
    interruptions: u32,
    /// Whether the segment before the freeze that is under way was closed.
    is_closed: bool,
    /// When the reel ended, in microseconds of media time, once it has.
    pub(super) ended_us: Option<i64>,
    pub(super) inspector: Inspector,
    /// When a frame was encoded last, in milliseconds.
    pub(super) encoded_ms: f64,
    ticks: u32,
    pub(super) saving: Saving<Uint8Array>,
    pub(super) disk: Disk,
    /// Held for as long as the reel may be written.
    pub(super) lock: Option<Lock>,
    pub(super) counts: Counts,
    pub(super) frames: Frames,
    pub(super) events: mpsc::UnboundedSender<Event>,
    notify: Function,
    notified_ms: f64,
}

impl Conductor {
    /// A recording that waits for its first frame.
    pub(super) fn new(
        prepared: Prepared,
        paused: bool,
        frames: Frames,
        events: mpsc::UnboundedSender<Event>,
        notify: Function,
    ) -> Self {
        let Prepared { options, encoders, store, lock, reel, contents, .. } = prepared;
        let mut timeline = Timeline::new(&options, paused, now_us());
        let mut opening = Opening::default();
        let counts = Counts::of(&contents);
        if counts.frames > 0 {
            timeline.go_on(contents.end_us());
            opening = Opening::settled(&reel.track);
        }
        Self {
            timeline,
            opening,
            builder: SegmentBuilder::starting_at(contents.indexes().end),
            saving: Saving::new(reel, contents, options.keep_last_us),
            disk: Disk::new(store),
            lock: Some(lock),
            counts,
            options,
            encoder: None,
            in_flight: InFlight::default(),
            encoder_config: None,
            encoders,
            better: None,
            warm: None,
            made: 0,
            key_due: true,
            key_asked_us: None,
            is_checking_queue: false,
            interruptions: 0,
            is_closed: false,
            ended_us: None,
            inspector: Inspector::default(),
            encoded_ms: now_ms(),
            ticks: 0,
            frames,
            events,
            notify,
            notified_ms: 0.0,
        }
    }

    /// Runs to the end, and on for as long as the page may ask for what could not be written.
    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Event>, ticker: Ticker) {
        let end = loop {
            let Some(event) = inbox.next().await else { return };
            let handled = self.handle(event).await;
            self.write_task();
            match handled {
                Ok(None) => {}
                Ok(Some(end)) => break end,
                Err(error) => break End::Failed(error),
            }
        };
        drop(ticker);
        let completed = self.finish(end, &mut inbox).await;
        // What could not be written is still here to be exported.
        while let Some(event) = inbox.next().await {
            match event {
                Event::Export(export) | Event::ExportDrained(export) => self.export(export),
                Event::Stop(_, reply) => drop(reply.send(completed.clone())),
                _ => {}
            }
        }
    }

    async fn handle(&mut self, event: Event) -> Result<Option<End>> {
        match event {
            Event::Frame(received) => return self.take(received).await,
            Event::Tick(now_us) => {
                if let Some(stall) = self.timeline.stall(now_us) {
                    self.report_stall(stall);
                }
                if let Some(silence) = self.timeline.silence(now_us) {
                    self.decide(silence);
                }
                self.close_frozen();
                self.rest();
                self.ticks += 1;
                if self.ticks.is_multiple_of(SAVE_TICKS) {
                    self.hurry();
                    self.save();
                }
                self.ask_for_space();
                if self.counts.frames > 0 {
                    self.report();
                }
                return Ok(self.timeline.ends_in_silence(now_us).then_some(End::Limit));
            }
            Event::Available(available) => self.tell_space(available),
            Event::Missed(frames) => {
                self.counts.missed(frames);
                if let Some(freeze) = self.timeline.missed() {
                    self.tell_freeze(freeze);
                }
            }
            Event::TrackEnded(at_us) => return Ok(Some(End::TrackEnded(at_us))),
            // The frames of a replaced encoder are counted already.
            Event::Encoder(number, _) if number != self.made => {}
            Event::Encoder(_, EncoderEvent::Chunk(chunk)) => self.gather(chunk).await?,
            Event::Encoder(_, EncoderEvent::Reclaimed) => self.release_encoder(),
            Event::Encoder(_, EncoderEvent::Failed(error)) => self.replace_encoder(error).await?,
            Event::Slow(trial) => self.prefer(trial),
            Event::Pause(now_us) => {
                self.inspector.release();
                if let Some(freeze) = self.timeline.pause(now_us) {
                    self.tell_freeze(freeze);
                }
                self.interrupt();
            }
            Event::Resume => self.timeline.resume(),
            Event::QueueDrained(newest) => {
                self.is_checking_queue = false;
                self.counts.encoder += self.in_flight.drained(newest);
            }
            // After another one, frames taken in between may still be in the encoder.
            Event::InterruptionDrained(number) => {
                if (self.timeline.paused() || self.timeline.frozen()) && number == self.interruptions {
                    self.close_segment()?;
                }
            }
            Event::Export(export) => self.after_drain(Event::ExportDrained(export)),
            Event::ExportDrained(export) => self.export_remade(export),
            Event::Remade(number, remade) => self.remade(number, remade),
            Event::Written(result) => {
                self.saving.written(result.clone());
                result?;
                self.merge();
            }
            Event::Stop(at_us, reply) => return Ok(Some(End::Stopped(at_us, reply))),
            Event::EndDrained => {}
        }
        Ok(None)
    }

    /// Decides over a frame and encodes it if it is kept.
    async fn take(&mut self, Received { frame, arrival }: Received) -> Result<Option<End>> {
        if let Some(stall) = self.timeline.came(arrival.wall_us) {
            self.report_stall(stall);
        }
        let admitted = match self.timeline.admit(arrival) {
            Ok(admitted) => admitted,
            Err(reason) => {
                self.counts.drop(reason);
                self.report();
                return Ok(None);
            }
        };
        let looked = self.inspector.inspect(&mut self.timeline, &frame, admitted).await;
        match self.decide(looked) {
            Fate::Keep { time_us, steady_us, after_cut } => {
                self.counts.received += 1;
                self.key_due |= after_cut;
                self.encode(frame, time_us, steady_us).await?;
            }
            Fate::Drop(reason) => {
                self.counts.drop(reason);
                self.close_frozen();
            }
            // It comes after the end, as do all that follow, and counts no more than they.
            Fate::Limit => return Ok(Some(End::Limit)),
        }
        self.report();
        Ok(None)
    }

    /// Decides over a frame or a silence, and rolls back what turns out to be repeats.
    fn decide(&mut self, looked: Looked) -> Fate {
        let last_us = looked.take_back_after_us().map(|after_us| self.take_back(after_us));
        let (fate, freeze) = self.timeline.decide(looked, last_us);
        if let Some(freeze) = freeze {
            self.tell_freeze(freeze);
        }
        fate
    }

    /// Has what came before a freeze written while it lasts, once no more of it is shown. A segment whose last frame is being held
    /// is not over yet.
    fn close_frozen(&mut self) {
        let is_cutting = self.timeline.is_cutting(now_us());
        if is_cutting && !self.is_closed {
            self.interrupt();
        }
        self.is_closed = is_cutting;
    }

    /// Tells the page of a freeze.
    pub(super) fn tell_freeze(&mut self, freeze: Freeze) {
        let fields = [
            ("begin", seconds(freeze.begin_us)),
            ("length", seconds(freeze.length_us)),
            ("ended", freeze.ended.into()),
        ];
        self.tell("freeze", &[("freeze", object(&fields))]);
    }

    /// Reports to the page that nothing comes, or that something comes again.
    fn report_stall(&self, stall: Stall) {
        let fields = [("length", seconds(stall.length_us)), ("ended", stall.ended.into())];
        self.tell("stall", &[("stall", object(&fields))]);
    }

    /// Has the segment closed once all that was taken has come out of the encoder.
    fn interrupt(&mut self) {
        self.interruptions += 1;
        self.after_drain(Event::InterruptionDrained(self.interruptions));
    }

    /// After a while without frames to encode, releases the encoder: browsers have few of them.
    fn rest(&mut self) {
        let is_idle = now_ms() - self.encoded_ms > IDLE_MS && (self.timeline.paused() || self.timeline.frozen());
        if is_idle && self.in_flight.is_empty() {
            self.release_encoder();
        }
    }

    /// Begins with what is to be done on disk.
    pub(super) fn write_task(&mut self) {
        if let Some(task) = self.saving.take_task() {
            let (done, events) = (self.disk.carry_out(task), self.events.clone());
            spawn(async move { drop(events.unbounded_send(Event::Written(done.await))) });
        }
    }

    /// Has the open segment written, so that a crash loses little.
    fn save(&mut self) {
        if let Some(open) = self.open_segment() {
            self.saving.write_open(&open);
        }
    }

    /// Has settled segments merged on disk: neither a re-encoding nor a rollback will change them.
    fn merge(&mut self) {
        if self.opening.is_settled() {
            self.saving.merge(self.builder.next_index().saturating_sub(2));
        }
    }

    /// The open segment, as it would be if it were closed now.
    fn open_segment(&self) -> Option<Segment<Uint8Array>> {
        let mut open = self.builder.open().cloned();
        if let Some((open, end_us)) = open.as_mut().zip(self.end_us()) {
            open.table.extend(end_us);
        }
        open
    }

    /// When the reel ends, in microseconds of media time, if it ends now; none before its first frame.
    pub(super) fn end_us(&self) -> Option<i64> {
        self.ended_us.or(self.timeline.reel_end_us(now_us()))
    }

    fn ask_for_space(&mut self) {
        if self.ticks.is_multiple_of(SPACE_TICKS) {
            let events = self.events.clone();
            spawn(async move {
                let available = available_bytes().await;
                let _ = events.unbounded_send(Event::Available(available));
            });
        }
    }

    /// Tells the page that the disk will soon be full.
    fn tell_space(&self, available: Option<f64>) {
        // Where as much goes as comes, the disk fills no more.
        if self.saving.forgotten().0 > 0 {
            return;
        }
        let rate = self.saving.contents().bytes_per_second();
        let Some(available) = available.filter(|available| *available < rate * SPACE_S) else { return };
        let space = object(&[("time", (available / rate).into()), ("bytes", available.into())]);
        self.tell("space", &[("space", space)]);
    }

    /// Sends an event once the encoder has given back all that it holds now. Frames go on meanwhile.
    pub(super) fn after_drain(&self, event: Event) {
        let Some(encoder) = &self.encoder else { return self.send(event) };
        let (flushed, events) = (encoder.flush(), self.events.clone());
        spawn(async move {
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
        tell(&self.notify, event, fields);
    }

    pub(super) fn progress(&self) -> JsValue {
        let end_us = self.end_us().filter(|_| self.counts.frames > 0).unwrap_or(0);
        self.counts.progress(end_us, self.options.max_length_us, self.timeline.reports_freeze(), &self.saving)
    }

    /// Makes a file of what is on disk and what is not yet, as it is now.
    pub(super) fn export(&self, Export { clip, watch, reply }: Export) {
        let movie = self.disk.export(self.saving.snapshot(self.open_segment()), clip, watch);
        spawn(async move { drop(reply.send(movie.await)) });
    }
}

/// A length of time, in microseconds, as the face has it.
fn seconds(us: i64) -> JsValue {
    JsValue::from(us as f64 / 1e6)
}
