use super::frame::{colour_words, lost};
use super::painter::Painter;
use super::tasks::within;
use super::{Frame, field, object};
use crate::codec::{Appearance, Candidate, Codec, Delivery, EncoderSetup, Palette, Place, av1, colour::Colour, h264};
use crate::recording::Chunk;
use crate::reel::VideoConfig;
use crate::time::Steady;
use crate::{Error, Result};
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{
    EncodedVideoChunk, VideoDecoderConfig, VideoEncoder, VideoEncoderConfig, VideoEncoderEncodeOptions,
    VideoEncoderInit,
};

/// What an encoder is set up with.
#[derive(Debug, Clone)]
pub struct EncoderConfig {
    config: VideoEncoderConfig,
    /// A class in the shape of `VideoEncoder`, if it is not the browser's.
    pub(super) class: Option<Function>,
    /// Which encoder it is.
    pub candidate: Candidate,
    /// Picture width in pixels.
    pub width: u32,
    /// Picture height in pixels.
    pub height: u32,
    palette: Option<Palette>,
}

impl EncoderConfig {
    /// For an encoder of the browser's, or of this class.
    pub(super) fn new(setup: &EncoderSetup, class: Option<Function>) -> Self {
        let EncoderSetup { candidate, name, format, bitrate, palette } = setup;
        let acceleration = match candidate.place {
            Place::Hardware => "prefer-hardware",
            Place::Any => "no-preference",
            Place::Software | Place::OpenH264 => "prefer-software",
        };
        let config = object(&[
            ("codec", name.as_str().into()),
            ("width", format.width.into()),
            ("height", format.height.into()),
            ("bitrate", (*bitrate).into()),
            ("framerate", format.planned_fps().into()),
            ("latencyMode", "realtime".into()),
            ("hardwareAcceleration", acceleration.into()),
            // Of no meaning to other codecs.
            ("avc", object(&[("format", "avc".into())])),
        ]);
        let config = config.unchecked_into();
        Self { config, class, candidate: *candidate, width: format.width, height: format.height, palette: *palette }
    }

    pub(super) fn as_js(&self) -> &VideoEncoderConfig {
        &self.config
    }

    /// The same for an encoder that may take its time, and so leaves no frame out
    /// (<https://www.w3.org/TR/webcodecs/#latency-mode>).
    pub fn patient(&self) -> Self {
        let config: VideoEncoderConfig = Object::assign(&Object::new(), &self.config).unchecked_into();
        let _ = Reflect::set(&config, &"latencyMode".into(), &"quality".into());
        Self { config, ..self.clone() }
    }
}

/// What an encoder has to say.
#[derive(Debug)]
pub enum EncoderEvent {
    /// A frame is encoded. The decoder's configuration comes with the first, and whenever it changes.
    Chunk(Chunk<Uint8Array>, Option<VideoDecoderConfig>),
    /// The browser has taken the codec back, since it was idle or another needs it; a new one may be made.
    Reclaimed,
    /// It has failed, and encodes no more.
    Failed(Error),
}

/// A video encoder, the browser's or one in the shape of it. It is closed when it is dropped.
pub struct Encoder {
    encoder: VideoEncoder,
    /// The size of the pictures it makes, in pixels.
    size: (u32, u32),
    palette: Option<Palette>,
    /// For pictures that it does not take as they are, once one has come.
    painter: Option<Painter>,
}

/// How long an encoder may take to give what it holds, in milliseconds.
const FLUSH_MS: i32 = 20_000;

impl Encoder {
    /// Sets up an encoder; what it has to say goes to `notify`, each in a task of its own.
    ///
    /// # Errors
    /// [`Error::EncoderLost`] if the browser refuses.
    pub fn new(config: &EncoderConfig, notify: impl Fn(EncoderEvent) + 'static) -> Result<Self> {
        Self::with_notify(config, Rc::new(notify))
    }

    fn with_notify(config: &EncoderConfig, notify: Rc<dyn Fn(EncoderEvent)>) -> Result<Self> {
        let codec = config.candidate.codec;
        let notify_error = Rc::clone(&notify);
        let mut is_annex_b = false;
        let output = Closure::<dyn FnMut(_, _)>::new(move |chunk: EncodedVideoChunk, metadata: JsValue| {
            notify(match read_chunk(&chunk, &metadata, codec, &mut is_annex_b) {
                Ok((chunk, decoder)) => EncoderEvent::Chunk(chunk, decoder),
                Err(thrown) => EncoderEvent::Failed(lost(thrown)),
            });
        });
        let error = Closure::<dyn FnMut(_)>::new(move |thrown: JsValue| {
            // https://www.w3.org/TR/webcodecs/#resource-reclamation
            let reclaimed = field(&thrown, "name") == "QuotaExceededError";
            notify_error(if reclaimed { EncoderEvent::Reclaimed } else { EncoderEvent::Failed(lost(thrown)) });
        });
        // An encoder that was dropped may still tell of an error: who listens belongs to the browser.
        let (output, error) = (output.into_js_value(), error.into_js_value());
        let init: VideoEncoderInit = object(&[("error", error), ("output", output)]).unchecked_into();
        let encoder = match &config.class {
            None => VideoEncoder::new(&init),
            Some(class) => Reflect::construct(class, &Array::of1(&init)).map(JsCast::unchecked_into),
        };
        let encoder = encoder.map_err(lost)?;
        let mut encoder = Self { encoder, size: (0, 0), palette: None, painter: None };
        encoder.configure(config)?;
        Ok(encoder)
    }

    /// Has it make the frames from the next one on, which has to be a key frame, by another configuration of the same codec.
    /// What it makes of those before comes out first.
    ///
    /// # Errors
    /// [`Error::EncoderLost`] if the browser refuses.
    pub fn configure(&mut self, config: &EncoderConfig) -> Result<()> {
        self.encoder.configure(&config.config).map_err(lost)?;
        (self.size, self.palette) = ((config.width, config.height), config.palette);
        self.painter = None;
        Ok(())
    }

    /// Whether it encodes no more.
    pub fn is_closed(&self) -> bool {
        is_closed(&self.encoder)
    }

    /// Encodes a frame for this time, which always rises. A frame of another size is scaled, of another shape letterboxed, a turned one
    /// set upright, a transparent one put on black, and one of other colours converted: it goes by what the frame is said to look like.
    ///
    /// # Errors
    /// [`Error::EncoderLost`] if the encoder takes no more.
    pub fn encode(&mut self, frame: &Frame, appearance: Appearance, steady: Steady, key: bool) -> Result<()> {
        let (width, height) = self.size;
        // Without a palette it is a trial.
        let colour = match self.palette.map(|palette| appearance.delivery(self.size, palette)) {
            None | Some(Delivery::AsIs) => return self.put(&frame.at(steady)?, key),
            Some(Delivery::Painted) => None,
            Some(Delivery::Converted(colour)) => Some(colour),
        };
        let painter = match self.painter.take() {
            Some(painter) => painter,
            None => Painter::new(width, height, colour)?,
        };
        let painted = self.painter.insert(painter).paint(frame, steady)?;
        self.put(&painted, key)
    }

    /// Whether it takes such a frame as it is if that is opaque.
    pub fn depends_on_alpha(&self, appearance: &Appearance) -> bool {
        self.palette.is_some_and(|palette| appearance.depends_on_alpha(self.size, palette))
    }

    fn put(&self, frame: &Frame, key: bool) -> Result<()> {
        let options: VideoEncoderEncodeOptions = object(&[("keyFrame", key.into())]).unchecked_into();
        self.encoder.encode_with_options(frame.as_video_frame(), &options).map_err(lost)
    }

    /// Resolves when the encoder is empty; also if it fails meanwhile, which it reports by itself, or returns nothing
    /// for a while.
    pub fn flush(&self) -> impl Future<Output = ()> + 'static {
        let flushed = within(FLUSH_MS, self.flushed());
        async { drop(flushed.await) }
    }

    /// The promise of it.
    pub(super) fn flushed(&self) -> Promise {
        self.encoder.flush().unchecked_into()
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        if !self.is_closed() {
            let _ = self.encoder.close();
        }
    }
}

/// A chunk as an MP4 takes it. `is_annex_b` keeps from one chunk to the next how the encoder writes H.264: some do as they like.
fn read_chunk(
    chunk: &EncodedVideoChunk,
    metadata: &JsValue,
    codec: Codec,
    is_annex_b: &mut bool,
) -> Result<(Chunk<Uint8Array>, Option<VideoDecoderConfig>), JsValue> {
    let mut bytes = Uint8Array::new_with_length(chunk.byte_length());
    chunk.copy_to_with_u8_array(&bytes)?;
    let decoder_config = field(metadata, "decoderConfig");
    let mut config = decoder_config
        .is_object()
        .then(|| (video_config(&decoder_config), decoder_config.unchecked_into::<VideoDecoderConfig>()));
    let start = bytes.subarray(0, bytes.length().min(16)).to_vec();
    match codec {
        Codec::H264 => {
            if let Some((config, _)) = &config {
                *is_annex_b = h264::is_annex_b(&start, config.description.is_empty());
            }
            let mut avcc = None;
            if *is_annex_b {
                let (sample, own) = h264::from_annex_b(&bytes.to_vec());
                bytes = Uint8Array::from(sample.as_slice());
                avcc = own;
            }
            if let Some((config, decoder_config)) = &mut config {
                let description = avcc.unwrap_or_else(|| std::mem::take(&mut config.description));
                config.description = h264::mended(description);
                let description = Uint8Array::from(config.description.as_slice());
                Reflect::set(decoder_config, &"description".into(), &description)?;
            }
        }
        Codec::Av1 => {
            if let Some((config, _)) = config.as_mut().filter(|(config, _)| config.description.is_empty()) {
                config.description = av1::configuration(&config.codec, &bytes.to_vec()).unwrap_or_default();
            }
            bytes = bytes.subarray(av1::delimiter_len(&start) as u32, bytes.length());
        }
        Codec::Vp8 | Codec::Vp9 => {}
    }
    let key = field(chunk, "type") == "key";
    let (config, decoder) = config.unzip();
    let size = bytes.length();
    Ok((Chunk { steady: Steady::from_us(chunk.timestamp() as i64), key, bytes, size, config }, decoder))
}

/// Whether a codec takes no more.
pub(super) fn is_closed(codec: &JsValue) -> bool {
    field(codec, "state") == "closed"
}

/// From a `VideoDecoderConfig`.
fn video_config(config: &JsValue) -> VideoConfig {
    let ([primaries, transfer, matrix], full_range) = colour_words(&field(config, "colorSpace"));
    let description = field(config, "description");
    let pixels = |name: &str| field(config, name).as_f64().unwrap_or(0.0) as u32;
    VideoConfig {
        codec: field(config, "codec").as_string().unwrap_or_default(),
        width: pixels("codedWidth"),
        height: pixels("codedHeight"),
        description: bytes_of(&description),
        colour: Colour::from_webcodecs(primaries.as_deref(), transfer.as_deref(), matrix.as_deref(), full_range),
        is_of_rgb: false,
    }
}

/// The bytes of a `BufferSource`: an `ArrayBuffer` or a view of one.
fn bytes_of(source: &JsValue) -> Vec<u8> {
    if !source.is_instance_of::<Object>() {
        return Vec::new();
    }
    match field(source, "buffer") {
        buffer if buffer.is_undefined() => Uint8Array::new(source).to_vec(),
        buffer => {
            let number = |name: &str| field(source, name).as_f64().unwrap_or(0.0) as u32;
            let (offset, length) = (number("byteOffset"), number("byteLength"));
            Uint8Array::new_with_byte_offset_and_length(&buffer, offset, length).to_vec()
        }
    }
}
