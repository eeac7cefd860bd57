//! A trial of an encoder with a few pictures, before a recording depends on it.

use super::encoder::{Encoder, EncoderConfig, EncoderEvent};
use super::pixels::Pixels;
use super::tasks::settles_within;
use crate::codec::colour::{Colour, UNUSUAL};
use crate::codec::{Codec, Output, Verdict};
use crate::time::Steady;
use js_sys::Promise;
use std::cell::RefCell;
use std::rc::Rc;

/// How many pictures show whether an encoder returns them in their order: those that don't look three or four ahead.
const PICTURES: i64 = 8;
/// How many do where they are larger than 1920×1080: each takes long.
const LARGE_PICTURES: i64 = 2;
const LARGE: u64 = 1920 * 1088;
const INTERVAL_US: i64 = 33_333;
/// How long an encoder may take in all, in milliseconds, while another records. NVENC and `VideoToolbox` take up to 7 s to their first
/// chunk.
const PATIENCE_MS: i32 = 12_000;

/// What an encoder has reported.
type Reported = Rc<RefCell<Vec<EncoderEvent>>>;

/// An encoder that holds a few pictures.
pub(crate) struct Trial {
    config: EncoderConfig,
    /// Open for as long as the trial is kept.
    _encoder: Encoder,
    reported: Reported,
    flushed: Promise,
    /// What the encoder describes its pictures as, if it has.
    colour: Option<Colour>,
}

impl Trial {
    /// Hands pictures to an encoder; none if it takes none.
    pub(super) fn begin(config: &EncoderConfig) -> Option<Self> {
        let config = config.clone();
        let pixels = Pixels::new(config.width, config.height, UNUSUAL);
        let reported = Reported::default();
        let events = Rc::clone(&reported);
        let mut encoder = Encoder::new(&config, move |event| events.borrow_mut().push(event)).ok()?;
        let is_large = u64::from(config.width) * u64::from(config.height) > LARGE;
        for n in 0..if is_large { LARGE_PICTURES } else { PICTURES } {
            let frame = pixels.at(Steady::from_us(n * INTERVAL_US)).ok()?;
            encoder.encode(&frame, frame.appearance(), Steady::from_us(frame.timestamp().us()), n == 0).ok()?;
        }
        let flushed = encoder.flushed();
        Some(Self { config, _encoder: encoder, reported, flushed, colour: None })
    }

    /// What it has shown after this long, in milliseconds, at most.
    pub(super) async fn verdict(&mut self, patience_ms: i32) -> Verdict {
        let is_flushed = settles_within(patience_ms, self.flushed.clone()).await;
        let mut outputs = Vec::new();
        for event in self.reported.take() {
            let EncoderEvent::Chunk(chunk, _) = event else { return Verdict::Fails };
            // VP9 needs no more than the codec's name.
            let is_known = |description: &[u8]| {
                matches!(self.config.candidate.codec, Codec::Vp8 | Codec::Vp9) || !description.is_empty()
            };
            self.colour = self.colour.or(chunk.config.as_ref().and_then(|config| config.colour));
            let is_announced = chunk.config.is_some_and(|config| is_known(&config.description));
            outputs.push(Output { time_us: chunk.steady.us(), key: chunk.key, is_announced });
        }
        Verdict::of(&outputs, is_flushed)
    }

    /// What the encoder describes pictures of [`UNUSUAL`] colours as, if it has.
    pub(crate) fn colour(&self) -> Option<Colour> {
        self.colour
    }

    /// Waits for an encoder that is slow. Gives the trial, which keeps it warm, if it works after all.
    pub(crate) async fn answer(mut self) -> Option<Self> {
        (self.verdict(PATIENCE_MS).await == Verdict::Works).then_some(self)
    }
}
