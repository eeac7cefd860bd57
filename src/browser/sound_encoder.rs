//! An encoder of sound at work.

use super::frame::lost;
use super::tasks::within;
use super::{field, object};
use crate::codec::{SOUND_RATE, SoundSetup};
use crate::recording::Packet;
use crate::time::Media;
use crate::{Error, Result};
use js_sys::{Array, Float32Array, Function, Reflect, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{AudioData, AudioDataInit, AudioEncoder, AudioEncoderConfig, AudioEncoderInit, EncodedAudioChunk};

/// How long an encoder may take to give what it holds, in milliseconds.
const FLUSH_MS: i32 = 3_000;

/// What an encoder of sound has to say.
pub(super) enum SoundEvent {
    Packet(Packet<Uint8Array>),
    Failed(Error),
}

/// An encoder of sound, the browser's or one in the shape of it. It is closed when it is dropped.
pub(super) struct SoundEncoder(AudioEncoder);

/// What an encoder is set up with.
pub(super) fn config(setup: &SoundSetup) -> AudioEncoderConfig {
    object(&[
        ("codec", setup.candidate.codec.name().into()),
        ("sampleRate", SOUND_RATE.into()),
        ("numberOfChannels", setup.channels.into()),
        ("bitrate", setup.bitrate.into()),
    ])
    .unchecked_into()
}

impl SoundEncoder {
    /// Sets up an encoder of the browser's, or of a class in the shape of `AudioEncoder`; its output and its failure go to `report`.
    ///
    /// # Errors
    /// [`Error::EncoderLost`] if the browser refuses.
    pub(crate) fn new(
        setup: &SoundSetup,
        class: Option<&Function>,
        report: impl Fn(SoundEvent) + 'static,
    ) -> Result<Self> {
        let report = Rc::new(report);
        let report_error = Rc::clone(&report);
        let output = Closure::<dyn FnMut(_, _)>::new(move |chunk: EncodedAudioChunk, metadata: JsValue| {
            let bytes = Uint8Array::new_with_length(chunk.byte_length());
            let copied = chunk.copy_to_with_buffer_source(&bytes);
            let description = field(&field(&metadata, "decoderConfig"), "description");
            // Opus describes itself by what is known of it already.
            let description = (!description.is_falsy()).then(|| bytes_of(&description));
            report(match copied {
                Ok(()) => SoundEvent::Packet(Packet { size: bytes.length(), bytes, description }),
                Err(thrown) => SoundEvent::Failed(lost(thrown)),
            });
        });
        let error = Closure::<dyn FnMut(_)>::new(move |thrown| report_error(SoundEvent::Failed(lost(thrown))));
        let init = object(&[("output", output.into_js_value()), ("error", error.into_js_value())]);
        let encoder = match class {
            None => AudioEncoder::new(init.unchecked_ref::<AudioEncoderInit>()),
            Some(class) => Reflect::construct(class, &Array::of1(&init)).map(JsCast::unchecked_into),
        };
        let encoder = Self(encoder.map_err(lost)?);
        encoder.0.configure(&config(setup)).map_err(lost)?;
        Ok(encoder)
    }

    /// Encodes a packet of sound that begins at this time.
    ///
    /// # Errors
    /// [`Error::EncoderLost`] if the encoder is closed, or the browser refuses.
    pub(crate) fn encode(&self, samples: &[Vec<f32>], time: Media) -> Result<()> {
        let length = samples.first().map_or(0, Vec::len) as u32;
        let planes = Float32Array::new_with_length(length * samples.len() as u32);
        for (channel, at) in samples.iter().zip((0..).step_by(length as usize)) {
            planes.subarray(at, at + length).copy_from(channel);
        }
        let init = object(&[
            ("format", "f32-planar".into()),
            ("sampleRate", SOUND_RATE.into()),
            ("numberOfFrames", length.into()),
            ("numberOfChannels", (samples.len() as u32).into()),
            ("timestamp", (time.us() as f64).into()),
            ("data", planes.into()),
        ]);
        let data = AudioData::new(init.unchecked_ref::<AudioDataInit>()).map_err(lost)?;
        let encoded = self.0.encode(&data).map_err(lost);
        data.close();
        encoded
    }

    /// Has it return all that it holds.
    pub(crate) fn flush(&self) -> impl Future<Output = ()> + 'static {
        let flushed = self.0.flush();
        async move { drop(within(FLUSH_MS, flushed).await) }
    }
}

impl Drop for SoundEncoder {
    fn drop(&mut self) {
        // One that has failed is closed already.
        let _ = self.0.close();
    }
}

/// The bytes of a buffer, or of a view of one.
fn bytes_of(buffer: &JsValue) -> Vec<u8> {
    Uint8Array::new(buffer).to_vec()
}
