//! The encoders that the browser says it has, and what of that is true.

use super::encoder::EncoderConfig;
use super::tasks::within;
use super::trial::Trial;
use super::{field, reason};
use crate::Result;
use crate::codec::{Answer, Choice, EncoderSetup, Format, Next, Place, TryOut, Verdict};
use crate::options::Options;
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

/// Where encoders come from.
#[derive(Clone)]
pub(crate) struct Provider {
    /// Loads the OpenH264 module, if the page has it: gives a promise of a class in the shape of `VideoEncoder`.
    openh264: Option<Function>,
    /// The class, once it is loaded.
    class: Option<Function>,
}

impl Provider {
    /// Whether there is such an encoder; one that throws, as some do, says no. OpenH264 is loaded for it. In a trial it has to make
    /// pictures; else the browser's word is enough.
    pub(super) async fn ask(&mut self, setup: &EncoderSetup, is_urgent: bool, is_trial: bool) -> Answer {
        let answer = self.answer(setup, is_urgent).await;
        if answer != Answer::Yes || !is_trial {
            return answer;
        }
        let Some(mut trial) = Trial::begin(&self.config(setup)) else { return Answer::No };
        // One that is slow is believed: frames wait.
        if trial.verdict(PATIENCE_MS).await == Verdict::Fails { Answer::No } else { Answer::Yes }
    }

    async fn answer(&mut self, setup: &EncoderSetup, is_urgent: bool) -> Answer {
        if setup.candidate.place == Place::OpenH264 {
            return match self.load(if is_urgent { PATIENCE_MS } else { LOADING_MS }).await {
                Ok(true) => Answer::Yes,
                Ok(false) => Answer::No,
                Err(thrown) => Answer::Failed(reason(&thrown)),
            };
        }
        if !has_webcodecs() {
            return Answer::No;
        }
        let Ok(answer) = is_config_supported(self.config(setup).as_js()) else { return Answer::No };
        match within(PATIENCE_MS, answer).await {
            Ok(answer) if answer.is_falsy() => Answer::Silent,
            Ok(answer) if field(&answer, "supported").is_truthy() => Answer::Yes,
            _ => Answer::No,
        }
    }

    async fn load(&mut self, patience_ms: i32) -> Result<bool, JsValue> {
        let Some(load) = &self.openh264 else { return Ok(false) };
        self.class = within(patience_ms, load.call0(&JsValue::UNDEFINED)?).await?.dyn_into().ok();
        if self.class.is_some() { Ok(true) } else { Err("it takes too long to load".into()) }
    }

    /// What an encoder is set up with.
    pub(super) fn config(&self, setup: &EncoderSetup) -> EncoderConfig {
        let class = self.class.clone().filter(|_| setup.candidate.place == Place::OpenH264);
        EncoderConfig::new(setup, class)
    }
}

/// The encoders that a recording may have.
pub struct Encoders {
    choice: Choice,
    provider: Provider,
    /// One that has not answered yet.
    slow: Option<Trial>,
}

impl Encoders {
    /// Those that the options ask for. `openh264` is a function that gives a
    /// promise of a class in the shape of `VideoEncoder`, if the page has one.
    pub fn new(options: &Options, openh264: JsValue) -> Self {
        let provider = Provider { openh264: openh264.dyn_into().ok(), class: None };
        let choice = Choice::new(options.codec, options.openh264).that_fit(options.container);
        Self { choice, provider, slow: None }
    }

    /// Those of a recording that another one follows.
    pub(super) fn of(choice: Choice, provider: Provider) -> Self {
        Self { choice, provider, slow: None }
    }

    /// The best encoder that is said to work: for the codec asked for, or H.264, else VP9, else AV1.
    ///
    /// # Errors
    /// [`Error::Unsupported`](crate::Error::Unsupported) if there is none.
    pub async fn choose(&mut self, format: Format, bitrate: u32) -> Result<EncoderSetup> {
        let mut search = self.choice.search(format, bitrate);
        while let Some(setup) = search.next().cloned() {
            let answer = self.provider.ask(&setup, false, false).await;
            if let Some(setup) = search.answered(answer, &mut self.choice) {
                return Ok(setup);
            }
        }
        Err(search.unsupported(has_webcodecs()))
    }

    /// The best encoder that does work: it is tried with a few pictures. One that does not answer soon has more time beside the
    /// recording.
    ///
    /// # Errors
    /// [`Error::Unsupported`](crate::Error::Unsupported) if there is none.
    pub async fn try_out(&mut self, format: Format, bitrate: u32) -> Result<EncoderSetup> {
        let mut try_out = TryOut::new(&self.choice, format, bitrate, has_webcodecs());
        loop {
            match try_out.next() {
                Next::Ask(setup) => {
                    let answer = self.provider.ask(&setup, false, false).await;
                    try_out.answered(answer, &mut self.choice);
                }
                Next::Try(setup) => {
                    let mut trial = Trial::begin(&self.config(&setup));
                    let verdict = match &mut trial {
                        Some(trial) => trial.verdict(PATIENCE_MS).await,
                        None => Verdict::Fails,
                    };
                    self.choice.described(trial.as_ref().and_then(Trial::colour));
                    if try_out.tried(verdict, &mut self.choice) {
                        self.slow = trial;
                    }
                }
                Next::Wait => {
                    let slow = match self.slow.take() {
                        Some(slow) => slow.answer().await,
                        None => None,
                    };
                    self.choice.described(slow.as_ref().and_then(Trial::colour));
                    try_out.waited(slow.is_some(), &mut self.choice);
                }
                Next::Take(setup) => return Ok(setup),
                Next::None(error) => return Err(error),
            }
        }
    }

    /// What one of them is set up with.
    pub fn config(&self, setup: &EncoderSetup) -> EncoderConfig {
        self.provider.config(setup)
    }

    /// What a recording decides by, where its encoders come from, and one that has not answered yet.
    pub(super) fn into_parts(self) -> (Choice, Provider, Option<Trial>) {
        (self.choice, self.provider, self.slow)
    }
}

fn has_webcodecs() -> bool {
    !field(&js_sys::global(), "VideoEncoder").is_undefined()
}
