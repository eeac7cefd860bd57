//! Which encoder a recording gets: what the browser says that it has, what of that is true, and what takes its place if it fails.

use super::encoder::{Encoder, EncoderConfig, EncoderEvent, Place};
use super::frame::Painter;
use super::tasks::within;
use super::{field, reason};
use crate::codec::h264::BASELINE;
use crate::codec::{Codec, Format};
use crate::{Error, Result};
use futures_channel::mpsc;
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::VideoEncoderConfig;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = VideoEncoder, js_name = isConfigSupported)]
    fn is_config_supported(config: &VideoEncoderConfig) -> Result<Promise, JsValue>;
}

/// In hardware, if there is any; else as the browser likes.
const FIRST: [Place; 3] = [Place::Hardware, Place::Any, Place::OpenH264];
/// What takes the place of one that failed. Hardware fails where software does not, and some devices have only hardware.
const NEXT: [Place; 3] = [Place::Software, Place::Any, Place::OpenH264];
/// The codecs that are taken if none is asked for, the best first.
const CODECS: [Codec; 3] = [Codec::H264, Codec::Vp9, Codec::Av1];
/// How long a browser may take to say what it can, and to show it, in milliseconds.
const PATIENCE_MS: i32 = 3_000;
/// How long OpenH264 may take to load before a recording begins, in milliseconds.
const LOADING_MS: i32 = 15_000;
/// How many chunks an encoder has to give to be taken for one that works: a second's worth.
const WORKING: u32 = 30;
/// How many pictures show whether an encoder gives them back in their order: those that don't look three or four ahead.
const TRIAL: i64 = 8;
const TRIAL_INTERVAL_US: i64 = 33_333;

/// A codec, a place, or any if there is none, and which of the codec's profiles.
type Refused = (Codec, Option<Place>, usize);

/// The encoders that a recording may have.
pub struct Encoders {
    /// The codec, once it is settled.
    codec: Option<Codec>,
    /// Where they may run, in the order to try.
    places: &'static [Place],
    /// How many have failed, one after the other, and how many chunks the last one has given.
    failures: usize,
    given: u32,
    /// Those that are not what they said.
    refused: Vec<Refused>,
    /// Loads the OpenH264 module, if the page has it: gives a promise of a class in the shape of `VideoEncoder`.
    openh264: Option<Function>,
}

impl Encoders {
    /// Those for a codec, or for the best there is; only OpenH264's, if it is asked for. `openh264` is a function that gives a
    /// promise of a class in the shape of `VideoEncoder`, if the page has one.
    pub fn new(codec: Option<Codec>, is_openh264_wanted: bool, openh264: JsValue) -> Self {
        let places = if is_openh264_wanted { &FIRST[2..] } else { &FIRST };
        Self { codec, places, failures: 0, given: 0, refused: Vec::new(), openh264: openh264.dyn_into().ok() }
    }

    /// The best configuration that is said to work: the codec asked for, or H.264, else VP9, else AV1.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is none.
    pub async fn choose(&mut self, format: Format, bitrate: u32) -> Result<EncoderConfig> {
        let mut missing = String::new();
        for mut config in self.candidates(format, bitrate) {
            match self.is_said_to_work(&mut config).await {
                Ok(true) => return Ok(config),
                Ok(false) => {}
                Err(thrown) => missing = format!("; OpenH264: {}", reason(&thrown)),
            }
        }
        let (width, height) = (format.width, format.height);
        let what = match self.codec.map_or("H.264, VP9 or AV1", Codec::name) {
            _ if !has_webcodecs() => format!("it has no VideoEncoder (WebCodecs){missing}"),
            names => format!("it has no encoder for {names} at {width}×{height}{missing}"),
        };
        Err(Error::Unsupported { what })
    }

    /// What may be asked for, the best first.
    fn candidates(&self, format: Format, bitrate: u32) -> Vec<EncoderConfig> {
        let codecs = self.codec.map_or(CODECS.to_vec(), |codec| vec![codec]);
        let mut candidates = Vec::new();
        for codec in codecs {
            let names = codec.candidates(format, bitrate);
            for &place in self.places {
                let config = |(profile, name): (usize, &String)| {
                    EncoderConfig::new((codec, place, profile), name, format, bitrate)
                };
                candidates.extend(names.iter().enumerate().map(config).filter(|config| self.may_work(config)));
            }
        }
        candidates
    }

    fn may_work(&self, config: &EncoderConfig) -> bool {
        let is_it = |&(codec, place, profile): &Refused| {
            (codec, profile) == (config.codec, config.profile) && place.is_none_or(|place| place == config.place)
        };
        let is_there = match config.place {
            // It makes no other profile.
            Place::OpenH264 => config.codec == Codec::H264 && config.profile == BASELINE && self.openh264.is_some(),
            _ => has_webcodecs(),
        };
        is_there && !self.refused.iter().any(is_it)
    }

    /// Whether the browser says that it works; one that throws, as some do, says no. OpenH264 is loaded for it.
    async fn is_said_to_work(&mut self, config: &mut EncoderConfig) -> Result<bool, JsValue> {
        if let Some(load) = self.openh264.as_ref().filter(|_| config.place == Place::OpenH264) {
            // While a recording goes on, its frames wait for this.
            let patience_ms = if self.failures == 0 { LOADING_MS } else { PATIENCE_MS };
            let class = within(patience_ms, load.call0(&JsValue::UNDEFINED)?).await?;
            config.class = class.dyn_into().ok();
            return if config.class.is_some() { Ok(true) } else { Err("it takes too long to load".into()) };
        }
        let Ok(answer) = is_config_supported(config.as_js()) else { return Ok(false) };
        let Ok(answer) = within(PATIENCE_MS, answer).await else { return Ok(false) };
        if answer.is_undefined() {
            // It is not asked again.
            self.refused.push((config.codec, Some(config.place), config.profile));
        }
        Ok(field(&answer, "supported").is_truthy())
    }

    /// The best configuration that does work: it is tried with a few pictures.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is none.
    pub async fn try_out(&mut self, format: Format, bitrate: u32) -> Result<EncoderConfig> {
        loop {
            let config = self.choose(format, bitrate).await?;
            if works(&config).await {
                return Ok(config);
            }
            self.refused.push((config.codec, Some(config.place), config.profile));
        }
    }

    /// A reel keeps its codec.
    pub fn settle(&mut self, codec: Codec) {
        self.codec = Some(codec);
    }

    /// Notes that one has given something.
    pub fn gave(&mut self) {
        self.given += 1;
        if self.given >= WORKING {
            self.failures = 0;
        }
    }

    /// Notes that one has failed. Reports whether there is another to try in its place.
    pub fn failed(&mut self) -> bool {
        let next = NEXT.get(self.failures..).filter(|next| !next.is_empty());
        self.places = next.unwrap_or(self.places);
        self.failures += 1;
        self.given = 0;
        next.is_some()
    }

    /// Notes that one gives pictures back out of their order, and so do others of this profile.
    pub fn reorders(&mut self, config: Option<&EncoderConfig>) {
        self.refused.extend(config.map(|config| (config.codec, None, config.profile)));
    }
}

fn has_webcodecs() -> bool {
    !field(&js_sys::global(), "VideoEncoder").is_undefined()
}

/// Whether an encoder gives pictures back, in the order in which it took them, and says what decodes them.
async fn works(config: &EncoderConfig) -> bool {
    // Where nothing can be painted, the browser is believed.
    let Ok(painter) = Painter::new(config.width, config.height) else { return true };
    let (tell, mut told) = mpsc::unbounded();
    let Ok(mut encoder) = Encoder::new(config, move |event| drop(tell.unbounded_send(event))) else { return false };
    for n in 0..TRIAL {
        let encoded = painter.picture(n * TRIAL_INTERVAL_US).and_then(|frame| {
            let time_us = frame.timestamp_us();
            encoder.encode(&frame, time_us, time_us, n == 0)
        });
        if encoded.is_err() {
            return false;
        }
    }
    let _ = within(PATIENCE_MS, encoder.flushed()).await;
    drop(encoder);
    let (mut times, mut begins_well) = (Vec::new(), false);
    while let Ok(event) = told.try_recv() {
        let EncoderEvent::Chunk(chunk) = event else { return false };
        if times.is_empty() {
            // VP9 needs no more than the codec's name.
            let is_known = |description: &[u8]| config.codec == Codec::Vp9 || !description.is_empty();
            begins_well = chunk.key && chunk.config.is_some_and(|(config, _)| is_known(&config.description));
        }
        times.push(chunk.steady_us);
    }
    begins_well && times.is_sorted()
}
