//! Which encoder a recording gets: what the browser says that it has, what of that is true, and what takes its place if it fails.

use super::encoder::{Encoder, EncoderConfig, EncoderEvent, Place};
use super::frame::Painter;
use super::{field, reason, within};
use crate::codec::{Codec, Format};
use crate::{Error, Result};
use futures_channel::mpsc;
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
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
/// How many pictures show whether an encoder gives them back in their order: those that don't look three or four ahead.
const TRIAL: i64 = 8;
const TRIAL_INTERVAL_US: i64 = 33_333;

/// The encoders that a recording may have.
pub struct Encoders {
    /// The codec, once it is settled.
    codec: Option<Codec>,
    /// Where they may run, in the order to try.
    places: &'static [Place],
    /// How many have failed, one after the other.
    failures: usize,
    /// Those that are not what they said: codec, place, and which of the codec's profiles; any place if there is none.
    refused: Vec<(Codec, Option<Place>, usize)>,
    /// Loads the OpenH264 module, if the page has it: gives a promise of a class in the shape of `VideoEncoder`.
    openh264: Option<Function>,
}

impl Encoders {
    /// Those for a codec, or for the best there is; only OpenH264's, if it is asked for. `openh264` is a function that gives a
    /// promise of a class in the shape of `VideoEncoder`, if the page has one.
    pub fn new(codec: Option<Codec>, is_openh264_wanted: bool, openh264: JsValue) -> Self {
        let places = if is_openh264_wanted { &FIRST[2..] } else { &FIRST };
        Self { codec, places, failures: 0, refused: Vec::new(), openh264: openh264.dyn_into().ok() }
    }

    /// The best configuration that is said to work: the codec asked for, or H.264, else VP9, else AV1.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is none.
    pub async fn choose(&mut self, format: Format, bitrate: u32) -> Result<EncoderConfig> {
        let has_webcodecs = !field(&js_sys::global(), "VideoEncoder").is_undefined();
        let mut missing = String::new();
        for codec in self.codec.map_or(CODECS.to_vec(), |codec| vec![codec]) {
            for &place in self.places {
                let class = match (place, codec, &self.openh264) {
                    (Place::OpenH264, Codec::H264, Some(load)) => match loaded(load).await {
                        Ok(class) => Some(class),
                        Err(thrown) => {
                            missing = format!("; OpenH264: {}", reason(&thrown));
                            continue;
                        }
                    },
                    (Place::OpenH264, ..) => continue,
                    _ if has_webcodecs => None,
                    _ => continue,
                };
                for (profile, candidate) in codec.candidates(format, bitrate).iter().enumerate() {
                    if self.is_refused(codec, place, profile) {
                        continue;
                    }
                    let config = EncoderConfig::new((codec, place, profile), candidate, format, bitrate, class.clone());
                    let answer = if class.is_some() { Some(true) } else { is_supported(&config).await };
                    match answer {
                        Some(true) => return Ok(config),
                        Some(false) => {}
                        None => self.refused.push((codec, Some(place), profile)),
                    }
                }
            }
        }
        let (width, height) = (format.width, format.height);
        let what = match self.codec.map_or("H.264, VP9 or AV1", Codec::name) {
            _ if !has_webcodecs => format!("it has no VideoEncoder (WebCodecs){missing}"),
            names => format!("it has no encoder for {names} at {width}×{height}{missing}"),
        };
        Err(Error::Unsupported { what })
    }

    fn is_refused(&self, codec: Codec, place: Place, profile: usize) -> bool {
        let is_it = |&(refused, at, number): &(Codec, Option<Place>, usize)| {
            (refused, number) == (codec, profile) && at.is_none_or(|at| at == place)
        };
        self.refused.iter().any(is_it)
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
        self.failures = 0;
    }

    /// Notes that one has failed. Tells whether there is another to try in its place.
    pub fn failed(&mut self) -> bool {
        let next = NEXT.get(self.failures..).filter(|next| !next.is_empty());
        self.places = next.unwrap_or(self.places);
        self.failures += 1;
        next.is_some()
    }

    /// Notes that one gives pictures back out of their order, and so do others of this profile.
    pub fn reorders(&mut self, config: Option<&EncoderConfig>) {
        self.refused.extend(config.map(|config| (config.codec, None, config.profile)));
    }
}

async fn loaded(load: &Function) -> Result<Function, JsValue> {
    let class = load.call0(&JsValue::UNDEFINED)?;
    Ok(JsFuture::from(Promise::resolve(&class)).await?.unchecked_into())
}

/// Whether the browser says it can, if it says anything. One that throws, as some do, says no.
async fn is_supported(config: &EncoderConfig) -> Option<bool> {
    let Ok(answer) = is_config_supported(config.as_js()) else { return Some(false) };
    let answer = within(PATIENCE_MS, JsFuture::from(answer)).await?;
    Some(answer.is_ok_and(|support| field(&support, "supported").is_truthy()))
}

/// Whether an encoder gives pictures back, and in the order in which it took them.
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
    let _ = within(PATIENCE_MS, encoder.flush()).await;
    drop(encoder);
    let mut times = Vec::new();
    while let Ok(event) = told.try_recv() {
        match event {
            EncoderEvent::Chunk(chunk) => times.push(chunk.steady_us),
            _ => return false,
        }
    }
    !times.is_empty() && times.is_sorted()
}
