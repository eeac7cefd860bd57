//! From a frame that is kept to a sample in a segment, and back if it turns out to be a repeat.

use super::Output;
use super::call::Event;
use super::conductor::Conductor;
use crate::browser::{Chunk, Encoder, Frame, Trial, now_ms};
use crate::codec::Format;
use crate::reel::{Sample, Segment, Size};
use crate::{Error, Result};
use js_sys::Uint8Array;

/// How many frames in the encoder are a sign that it waits for more.
const LATE: usize = 12;
/// For how long the open segment may wait for a better encoder, in microseconds.
const OVERTIME_US: i64 = 2_000_000;

impl Conductor {
    /// Encodes a frame for this media time; the encoder sees it at a time that always rises, both in microseconds.
    pub(super) async fn encode(&mut self, frame: Frame, time_us: i64, steady_us: i64) -> Result<()> {
        self.fit_size(&frame, time_us).await?;
        // A segment that may be rolled back is not closed: that would cost a write and a key frame.
        let wants_key = self.key_asked_us.is_none() && self.builder.wants_key(time_us) && !self.timeline.is_still();
        if wants_key || self.key_due {
            self.take_over(time_us);
        }
        if self.encoder.is_none() {
            self.encoder = self.make_encoder()?;
        }
        let Some(encoder) = &mut self.encoder else { return Ok(()) };
        if self.in_flight.is_full() {
            self.counts.backpressure += 1;
            // It may be busy, or have skipped all of them and wait for more.
            self.drain();
            return Ok(());
        }
        self.encoded_ms = now_ms();
        let key = self.key_due || (wants_key && self.better.is_none());
        match encoder.encode(&frame, steady_us, key) {
            Ok(()) => {
                self.in_flight.push(time_us, steady_us);
                if key {
                    self.key_due = false;
                    self.key_asked_us = Some(steady_us);
                }
            }
            // One that is closed says why in an event of its own, which decides whether recording goes on.
            Err(_) if encoder.is_closed() => self.counts.encoder += 1,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Has an encoder that holds many frames give them, so that a crash does not lose them: Firefox's looks 40 ahead.
    pub(super) fn hurry(&mut self) {
        if self.in_flight.len() >= LATE {
            self.drain();
        }
    }

    /// Has the encoder give what it holds, or show that it won't.
    fn drain(&mut self) {
        let newest = self.in_flight.newest_us();
        if let Some(newest) = newest.filter(|_| !self.is_checking_queue) {
            self.is_checking_queue = true;
            self.after_drain(Event::QueueDrained(newest));
        }
    }

    fn make_encoder(&mut self) -> Result<Option<Encoder>> {
        self.key_due = true;
        self.made += 1;
        let (number, events) = (self.made, self.events.clone());
        let tell = move |event| drop(events.unbounded_send(Event::Encoder(number, event)));
        self.encoder_config.as_ref().map(|config| Encoder::new(config, tell)).transpose()
    }

    /// Notes that an encoder that was set aside works, or that it never will.
    pub(super) fn prefer(&mut self, trial: Option<Trial>) {
        self.encoders.choice().answered(trial.is_some());
        // What has failed meanwhile was replaced by what is sure to work.
        self.better = trial.filter(|_| !self.encoders.choice().is_replacing());
    }

    /// Has the better encoder make the frame at this media time, in microseconds, if the one at work holds none. If it holds some, it
    /// is asked for them; one that is always behind loses them.
    fn take_over(&mut self, time_us: i64) {
        let Some((trial, current)) = self.better.as_ref().zip(self.encoder_config.as_ref()) else { return };
        if !self.in_flight.is_empty() && !self.builder.wants_key(time_us - OVERTIME_US) {
            return self.drain();
        }
        let (format, bitrate) = self.format((current.width, current.height));
        if let Some(config) = self.encoders.config_of(trial.candidate(), format, bitrate) {
            self.encoder_config = Some(config);
            self.release_encoder();
        }
        self.warm = self.better.take();
    }

    /// Lets the encoder go; the next frame makes a new one.
    pub(super) fn release_encoder(&mut self) {
        self.encoder = None;
        self.counts.encoder += self.in_flight.lost_all();
        self.key_due = true;
        self.key_asked_us = None;
    }

    /// The format and the bitrate, in bits per second, of pictures of this size in pixels.
    pub(super) fn format(&self, (width, height): Size) -> (Format, u32) {
        let format = Format { width, height, fps: self.options.max_fps };
        (format, self.options.bitrate_of(format))
    }

    /// Has the next frame make another encoder in the place of one that failed.
    ///
    /// # Errors
    /// The failure, if those that were made in its place gave nothing either.
    pub(super) async fn replace_encoder(&mut self, error: Error) -> Result<()> {
        let has_another = self.encoders.choice().failed();
        let Some(config) = self.encoder_config.as_ref().filter(|_| has_another) else { return Err(error) };
        let (format, bitrate) = self.format((config.width, config.height));
        self.encoder_config = Some(self.encoders.choose(format, bitrate).await.map_err(|_| error)?);
        self.release_encoder();
        Ok(())
    }

    /// Adds an encoded frame to the open segment.
    pub(super) async fn gather(&mut self, chunk: Chunk) -> Result<()> {
        let Chunk { steady_us, key, bytes, config } = chunk;
        // The frames of a released encoder are counted already.
        if self.encoder.is_none() {
            return Ok(());
        }
        let (output, steady_us, skipped) = self.in_flight.came_out(steady_us);
        self.counts.encoder += skipped;
        self.encoders.choice().gave();
        self.warm = None;
        self.key_asked_us = self.key_asked_us.filter(|&asked_us| asked_us > steady_us);
        let (config, decoder) = config.unzip();
        let config = self.saving.config_index(config);
        let time_us = match output {
            Output::Kept(time_us) => time_us,
            Output::RolledBack => return Ok(()),
            // It has been counted as one that never came. Those that follow would come no better.
            Output::OutOfOrder => {
                if let Some(config) = &self.encoder_config {
                    self.encoders.choice().reorders(config.candidate);
                }
                return self.replace_encoder(Error::EncoderLost { reason: "it reorders pictures".into() }).await;
            }
        };
        let sample = Sample { decode_us: time_us, composition_offset_us: 0, size: bytes.length(), key };
        let end_us = self.timeline.end_us(time_us);
        match self.builder.push(sample, end_us, config, bytes) {
            Ok(closed) => {
                self.counts.frames += 1;
                self.counts.bytes += u64::from(sample.size);
                if let Some(segment) = closed {
                    self.put(segment)?;
                }
                self.came_out(time_us, config, decoder);
            }
            Err(_) => {
                self.counts.encoder += 1;
                self.key_due = true;
            }
        }
        Ok(())
    }

    /// Closes the open segment, and has it written.
    ///
    /// # Errors
    /// What [`Saving::write`](super::Saving::write) gives.
    pub(super) fn close_segment(&mut self) -> Result<()> {
        self.key_due = true;
        if let Some(end_us) = self.end_us() {
            self.builder.extend(end_us);
        }
        self.builder.finish().map_or(Ok(()), |segment| self.put(segment))
    }

    fn put(&mut self, segment: Segment<Uint8Array>) -> Result<()> {
        let written = self.saving.write(segment.clone());
        self.keep_original(segment);
        written
    }

    /// Takes back the frames kept at later media times than this, in microseconds, encoded or not. Gives the media time of
    /// the last one left.
    pub(super) fn take_back(&mut self, after_us: i64) -> i64 {
        let samples = self.builder.take_back(after_us);
        self.counts.frames = self.counts.frames.saturating_sub(samples.len() as u32);
        let bytes = samples.iter().map(|sample| u64::from(sample.size)).sum();
        self.counts.bytes = self.counts.bytes.saturating_sub(bytes);
        let waiting = self.in_flight.roll_back(after_us);
        self.counts.freeze += samples.len() as u32 + waiting;
        self.key_due = true;
        self.saving.forget_from(self.builder.next_index());
        let Some(open) = self.builder.open() else { return after_us };
        self.opening.reopen(open.index);
        open.table.last_us().max(after_us)
    }
}
