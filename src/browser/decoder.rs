use super::encoder::EncoderConfig;
use super::frame::Frame;
use super::{field, object};
use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    CodecState, EncodedVideoChunk, EncodedVideoChunkInit, EncodedVideoChunkType, VideoDecoder, VideoDecoderConfig,
    VideoDecoderInit, VideoFrame,
};

/// A video decoder of the browser's. It is closed when it is dropped.
pub struct Decoder {
    decoder: VideoDecoder,
    _output: Closure<dyn FnMut(JsValue)>,
    _error: Closure<dyn FnMut(JsValue)>,
}

/// Whether this browser decodes what an encoder that is set up so makes.
pub async fn is_decodable(config: &EncoderConfig) -> bool {
    if field(&js_sys::global(), "VideoDecoder").is_undefined() {
        return false;
    }
    let config: VideoDecoderConfig = object(&[("codec", config.codec_string())]).unchecked_into();
    let answer = VideoDecoder::is_config_supported(&config);
    JsFuture::from(answer).await.is_ok_and(|support| field(&support, "supported").is_truthy())
}

impl Decoder {
    /// Sets up a decoder; `tell` gets the frames in the order they are shown, each in a task of its own. One that fails gives
    /// no more of them.
    ///
    /// # Errors
    /// What the browser throws.
    pub fn new(tell: impl Fn(Frame) + 'static) -> Result<Self, JsValue> {
        let output = Closure::new(move |frame: JsValue| tell(Frame::from(frame.unchecked_into::<VideoFrame>())));
        let error = Closure::new(|_: JsValue| {});
        let function = |closure: &JsValue| -> Function { closure.clone().unchecked_into() };
        let init = VideoDecoderInit::new(&function(error.as_ref()), &function(output.as_ref()));
        Ok(Self { decoder: VideoDecoder::new(&init)?, _output: output, _error: error })
    }

    /// Makes it ready for another stream, which begins with a key frame.
    pub fn configure(&self, config: &VideoDecoderConfig) {
        let _ = self.decoder.configure(config);
    }

    /// Decodes the sample of this media time, in microseconds.
    pub fn decode(&self, time_us: i64, key: bool, bytes: &Uint8Array) {
        let kind = if key { EncodedVideoChunkType::Key } else { EncodedVideoChunkType::Delta };
        let init = EncodedVideoChunkInit::new_with_u8_array(bytes, 0, kind);
        init.set_timestamp_f64(time_us as f64);
        let _ = EncodedVideoChunk::new(&init).and_then(|chunk| self.decoder.decode(&chunk));
    }

    /// Resolves when all that went in has come out, or the decoder has failed.
    pub fn flush(&self) -> impl Future<Output = ()> + 'static {
        let flushed = JsFuture::from(self.decoder.flush());
        async { drop(flushed.await) }
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        if self.decoder.state() != CodecState::Closed {
            let _ = self.decoder.close();
        }
    }
}
