//! What a recording would be made with here, for a page to know before it offers one.

use crate::browser::{Encoders, SoundEncoders, Store, object, option_entries, promise};
use crate::codec::{Format, Place};
use crate::options::{Options, Storage};
use crate::picture_size::USUAL_SIZE;
use crate::{Error, Result};
use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;

/// What a recording with these options would be made with, as the worker's part of the face's `Support`: `{ codecs, codec, encoder,
/// audioCodec, storage, error }`. `openh264` is what [`Encoders::new`] takes, `aac` what [`SoundEncoders::new`] takes.
///
/// # Errors
/// [`Error::InvalidOption`] if an option is not valid.
#[wasm_bindgen]
pub fn support(options: Array, openh264: JsValue, aac: JsValue) -> Promise {
    promise(async move {
        let options = Options::parse(&option_entries(&options))?;
        let format = Format { width: USUAL_SIZE.0, height: USUAL_SIZE.1, fps: options.max_fps };
        let bitrate = options.bitrate_of(format);
        let encoders = |codec| Encoders::new(&Options { codec, ..options.clone() }, openh264.clone());
        let codecs = Array::new();
        for &codec in options.container.codecs() {
            if encoders(Some(codec)).choose(format, bitrate).await.is_ok() {
                codecs.push(&codec.name().into());
            }
        }
        let chosen = encoders(options.codec).try_out(format, bitrate).await;
        let sound = match options.audio {
            true => SoundEncoders::new(aac, JsValue::UNDEFINED)
                .choose(options.audio_codec, options.audio_bitrate)
                .await
                .map(|candidate| candidate.codec.name()),
            false => Ok(""),
        };
        let is_sound_wanted = options.audio_codec.is_some();
        let storage = storage(options.storage).await;
        let (codec, encoder) = chosen.as_ref().map_or_else(
            |_| (JsValue::UNDEFINED, JsValue::UNDEFINED),
            |setup| (setup.name.as_str().into(), place(setup.candidate.place).into()),
        );
        let error = match (options.enabled, &chosen, &storage, &sound) {
            (false, ..) => Some(Error::Disabled),
            (_, Err(error), ..) | (_, _, Err(error), _) => Some(error.clone()),
            (.., Err(error)) if is_sound_wanted => Some(error.clone()),
            _ => None,
        };
        let sound = sound.ok().filter(|name| !name.is_empty());
        Ok(object(&[
            ("codecs", codecs.into()),
            ("codec", codec),
            ("encoder", encoder),
            ("audioCodec", sound.into()),
            ("storage", storage.map_or(JsValue::UNDEFINED, JsValue::from)),
            ("error", error.map_or(JsValue::UNDEFINED, JsValue::from)),
        ]))
    })
}

fn place(place: Place) -> &'static str {
    match place {
        Place::Hardware => "hardware",
        Place::Any | Place::Software => "software",
        Place::OpenH264 => "openh264",
    }
}

/// How the browser keeps what is recorded.
async fn storage(storage: Storage) -> Result<&'static str> {
    let store = Store::choose(storage).await?;
    Ok(match store.is_memory() {
        true => "memory",
        false if store.keeps_blobs().await => "blobs",
        false => "buffers",
    })
}
