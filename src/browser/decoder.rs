use super::encoder::is_closed;
use super::frame::Frame;
use super::tasks::{settles_within, within};
use super::{field, object};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use web_sys::{
    EncodedVideoChunk, EncodedVideoChunkInit, VideoDecoder, VideoDecoderConfig, VideoDecoderInit, VideoFrame,
};

/// How long a decoder may take to answer, and to give what it holds, in milliseconds.
const PATIENCE_MS: i32 = 1_000;
const FLUSH_MS: i32 = 10_000;

/// A video decoder of the browser's. It is closed when it is dropped.
pub(crate) struct Decoder {
    decoder: VideoDecoder,
}

/// Whether this browser decodes the codec that RFC 6381 writes so.
pub(crate) async fn is_decodable(codec: &str) -> bool {
    if field(&js_sys::global(), "VideoDecoder").is_undefined() {
        return false;
    }
    let config: VideoDecoderConfig = object(&[("codec", codec.into())]).unchecked_into();
    let answer = VideoDecoder::is_config_supported(&config);
    within(PATIENCE_MS, answer).await.is_ok_and(|support| field(&support, "supported").is_truthy())
}

impl Decoder {
    /// Sets up a decoder; `notify` gets the frames in the order they are shown, each in a task of its own. One that fails gives
    /// no more of them.
    ///
    /// # Errors
    /// What the browser throws.
    pub(crate) fn new(notify: impl Fn(Frame) + 'static) -> Result<Self, JsValue> {
        let output = Closure::<dyn FnMut(_)>::new(move |frame: JsValue| {
            notify(Frame::from(frame.unchecked_into::<VideoFrame>()));
        });
        let error = Closure::<dyn FnMut(_)>::new(|_: JsValue| {});
        // One that was dropped may still tell of an error: who listens belongs to the browser.
        let (output, error) = (output.into_js_value(), error.into_js_value());
        let init: VideoDecoderInit = object(&[("error", error), ("output", output)]).unchecked_into();
        Ok(Self { decoder: VideoDecoder::new(&init)? })
    }

    /// Makes it ready for another stream, which begins with a key frame.
    pub(crate) fn configure(&self, config: &VideoDecoderConfig) {
        let _ = self.decoder.configure(config);
    }

    /// Decodes the sample of this media time, in microseconds.
    pub(crate) fn decode(&self, time_us: i64, key: bool, bytes: &Uint8Array) {
        let kind = if key { "key" } else { "delta" };
        let timestamp = time_us as f64;
        let init = [("data", bytes.into()), ("type", kind.into()), ("timestamp", timestamp.into())];
        let init: EncodedVideoChunkInit = object(&init).unchecked_into();
        let _ = EncodedVideoChunk::new(&init).and_then(|chunk| self.decoder.decode(&chunk));
    }

    /// Resolves when all that went in has come out, or the decoder has failed. Gives whether that was in time.
    pub(crate) fn flush(&self) -> impl Future<Output = bool> + 'static {
        settles_within(FLUSH_MS, self.decoder.flush())
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        if !is_closed(&self.decoder) {
            let _ = self.decoder.close();
        }
    }
}
