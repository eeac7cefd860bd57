//! The encoders of sound that the browser has, and the module that stands in for them.

use super::sound_encoder::config;
use super::tasks::within;
use super::{field, reason};
use crate::codec::{SoundCandidate, SoundCodec, SoundSetup};
use crate::{Error, Result};
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::AudioEncoderConfig;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = AudioEncoder, js_name = isConfigSupported)]
    fn is_config_supported(config: &AudioEncoderConfig) -> Result<Promise, JsValue>;
}

/// How long a browser may take to answer, in milliseconds.
const PATIENCE_MS: i32 = 1_000;
/// How long the module may take to load, in milliseconds.
const LOADING_MS: i32 = 15_000;

/// Where encoders of sound come from.
#[derive(Clone)]
pub struct SoundEncoders {
    /// Loads the AAC module, if the page has it: gives a promise of a class in the shape of `AudioEncoder`.
    aac: Option<Function>,
    /// The class, once it is loaded.
    class: Option<Function>,
    /// Measures by how many samples an encoder of the browser's delays sound: gives a promise of a number.
    delay_of: Option<Function>,
}

impl SoundEncoders {
    /// `aac` is a function that gives a promise of a class in the shape of `AudioEncoder`, if the page has one. `delay_of` is
    /// js/sound-delay.ts.
    pub fn new(aac: JsValue, delay_of: JsValue) -> Self {
        Self { aac: aac.dyn_into().ok(), class: None, delay_of: delay_of.dyn_into().ok() }
    }

    /// The best encoder for a codec, or for any, with this bitrate in bits per second, or the usual one.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is none.
    pub async fn choose(&mut self, codec: Option<SoundCodec>, bitrate: Option<u32>) -> Result<SoundCandidate> {
        let mut what = format!("it has no encoder for {}", codec.map_or("sound", SoundCodec::name));
        // A browser without it has no blocks of sound either.
        let has_webcodecs = field(&js_sys::global(), "AudioEncoder").is_function();
        for candidate in SoundCandidate::all(codec).filter(|_| has_webcodecs) {
            if !candidate.is_module {
                if is_supported(candidate, bitrate).await {
                    return Ok(self.measured(candidate).await);
                }
            } else if let Some(load) = &self.aac {
                match load_class(load).await {
                    Ok(class) => {
                        self.class = Some(class);
                        return Ok(candidate);
                    }
                    Err(thrown) => what = format!("{what}; AAC: {}", reason(&thrown)),
                }
            }
        }
        Err(Error::Unsupported { what })
    }

    /// The same encoder with the delay that it has, where that differs between browsers.
    async fn measured(&self, candidate: SoundCandidate) -> SoundCandidate {
        let Some(delay_of) = self.delay_of.as_ref().filter(|_| candidate.codec == SoundCodec::Aac) else {
            return candidate;
        };
        let setup = config(&SoundSetup::new(candidate, 1, None));
        let Ok(measuring) = delay_of.call1(&JsValue::UNDEFINED, &setup) else { return candidate };
        let measured = within(PATIENCE_MS, measuring).await.ok().and_then(|delay| delay.as_f64());
        let delay = measured.filter(|delay| (0.0..=SoundCandidate::MOST_DELAY as f64).contains(delay));
        SoundCandidate { delay: delay.map_or(candidate.delay, |delay| delay as usize), ..candidate }
    }

    /// The class that encodes, unless it is the browser's.
    ///
    /// # Errors
    /// [`Error::EncoderLost`] if the module has failed.
    pub(super) fn class_of(&self, setup: &SoundSetup) -> Result<Option<&Function>> {
        match &self.class {
            Some(class) if setup.candidate.is_module => Ok(Some(class)),
            None if setup.candidate.is_module => Err(Error::EncoderLost { reason: "the AAC module has failed".into() }),
            _ => Ok(None),
        }
    }

    /// Notes that an encoder has failed: the module's worker may have, and answers no more.
    pub(super) fn failed(&mut self) {
        self.class = None;
    }
}

/// Whether the browser says so, in mono and in stereo.
async fn is_supported(candidate: SoundCandidate, bitrate: Option<u32>) -> bool {
    for channels in [1, 2] {
        let setup = SoundSetup::new(candidate, channels, bitrate);
        let Ok(answer) = is_config_supported(&config(&setup)) else { return false };
        let answer = within(PATIENCE_MS, answer).await.unwrap_or_default();
        if !field(&answer, "supported").is_truthy() {
            return false;
        }
    }
    true
}

async fn load_class(load: &Function) -> Result<Function, JsValue> {
    let class = within(LOADING_MS, load.call0(&JsValue::UNDEFINED)?).await?;
    class.dyn_into().map_err(|_| "it takes too long to load".into())
}
