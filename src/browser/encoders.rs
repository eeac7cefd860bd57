//! The encoders that the browser says it has, and what of that is true.

use super::encoder::EncoderConfig;
use super::tasks::within;
use super::trial::{Trial, Verdict};
use super::{field, reason};
use crate::codec::{Candidate, Choice, Codec, Format, Place};
use crate::{Error, Result};
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::VideoEncoderConfig;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = VideoEncoder, js_name = isConfigSupported)]
    fn is_config_supported(config: &VideoEncoderConfig) -> Result<Promise, JsValue>;
}

/// How long a browser may take to say what it can, and to show it, in milliseconds.
const PATIENCE_MS: i32 = 3_000;
/// How long OpenH264 may take to load before a recording begins, in milliseconds.
const LOADING_MS: i32 = 15_000;
/// The encoders that a recording may have.
pub struct Encoders {
    choice: Choice,
    /// One that has not answered yet.
    slow: Option<Trial>,
    /// Loads the OpenH264 module, if the page has it: gives a promise of a class in the shape of `VideoEncoder`.
    openh264: Option<Function>,
}

impl Encoders {
    /// Those for a codec, or for the best there is; only OpenH264's, if it is asked for. `openh264` is a function that gives a
    /// promise of a class in the shape of `VideoEncoder`, if the page has one.
    pub fn new(codec: Option<Codec>, is_openh264_wanted: bool, openh264: JsValue) -> Self {
        Self { choice: Choice::new(codec, is_openh264_wanted), slow: None, openh264: openh264.dyn_into().ok() }
    }

    /// What is known of them.
    pub fn choice(&mut self) -> &mut Choice {
        &mut self.choice
    }

    /// The best configuration that is said to work: the codec asked for, or H.264, else VP9, else AV1.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is none.
    pub async fn choose(&mut self, format: Format, bitrate: u32) -> Result<EncoderConfig> {
        let mut missing = String::new();
        for (candidate, name) in self.choice.candidates(format, bitrate) {
            let mut config = EncoderConfig::new(candidate, &name, format, bitrate);
            match self.is_said_to_work(&mut config).await {
                Ok(true) => return Ok(config),
                Ok(false) => {}
                Err(thrown) => missing = format!("; OpenH264: {}", reason(&thrown)),
            }
        }
        let (width, height) = (format.width, format.height);
        let what = match self.choice.names() {
            _ if !has_webcodecs() => format!("it has no VideoEncoder (WebCodecs){missing}"),
            names => format!("it has no encoder for {names} at {width}×{height}{missing}"),
        };
        Err(Error::Unsupported { what })
    }

    /// Whether the browser says that it works; one that throws, as some do, says no. OpenH264 is loaded for it.
    async fn is_said_to_work(&mut self, config: &mut EncoderConfig) -> Result<bool, JsValue> {
        if config.candidate.place == Place::OpenH264 {
            let Some(load) = &self.openh264 else { return Ok(false) };
            // While a recording goes on, its frames wait for this.
            let patience_ms = if self.choice.is_replacing() { PATIENCE_MS } else { LOADING_MS };
            let class = within(patience_ms, load.call0(&JsValue::UNDEFINED)?).await?;
            config.class = class.dyn_into().ok();
            return if config.class.is_some() { Ok(true) } else { Err("it takes too long to load".into()) };
        }
        if !has_webcodecs() {
            return Ok(false);
        }
        let Ok(answer) = is_config_supported(config.as_js()) else { return Ok(false) };
        let Ok(answer) = within(PATIENCE_MS, answer).await else { return Ok(false) };
        if answer.is_undefined() {
            // It is not asked again.
            self.choice.refuse(config.candidate);
        }
        Ok(field(&answer, "supported").is_truthy())
    }

    /// The best configuration that does work: it is tried with a few pictures. One that does not answer soon goes on trying beside
    /// the recording ([`slow`](Self::slow)).
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is none.
    pub async fn try_out(&mut self, format: Format, bitrate: u32) -> Result<EncoderConfig> {
        loop {
            let config = match (self.choose(format, bitrate).await, self.slow.take()) {
                (Ok(config), slow) => {
                    self.slow = slow;
                    config
                }
                (Err(error), None) => return Err(error),
                // There is nothing else.
                (Err(error), Some(slow)) => {
                    let config = slow.config().clone();
                    let works = slow.answer().await.is_some();
                    self.choice.answered(works);
                    return works.then_some(config).ok_or(error);
                }
            };
            let Some(mut trial) = Trial::begin(&config) else {
                self.choice.refuse(config.candidate);
                continue;
            };
            match trial.verdict(PATIENCE_MS).await {
                Verdict::Works => return Ok(config),
                Verdict::Fails => self.choice.refuse(config.candidate),
                Verdict::Silent if self.choice.set_aside(config.candidate) => self.slow = Some(trial),
                Verdict::Silent => {}
            }
        }
    }

    /// One that has not answered yet, to be waited for.
    pub fn slow(&mut self) -> Option<Trial> {
        self.slow.take()
    }

    /// The configuration of an encoder for this format and bitrate, in bits per second; none if it makes none such.
    pub fn config_of(&self, wanted: Candidate, format: Format, bitrate: u32) -> Option<EncoderConfig> {
        let candidates = self.choice.candidates(format, bitrate);
        let (candidate, name) = candidates.into_iter().find(|(candidate, _)| *candidate == wanted)?;
        Some(EncoderConfig::new(candidate, &name, format, bitrate))
    }
}

fn has_webcodecs() -> bool {
    !field(&js_sys::global(), "VideoEncoder").is_undefined()
}
