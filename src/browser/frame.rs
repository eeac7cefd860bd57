use super::tasks::{future_of, next_task, spawn};
use super::{field, now, object, reason};
use crate::codec::Appearance;
use crate::codec::colour::Colour;
use crate::received::{Layer, PictureSource};
use crate::time::{Source, Steady, Wall};
use crate::timeline::Arrival;
use crate::{Error, Result};
use js_sys::{ArrayBuffer, Function, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{DomRectReadOnly, ReadableStream, ReadableStreamDefaultReader, VideoFrame, VideoFrameInit};

// By names that JavaScript has: one that is handed over is decoded each time. A number that is not there is NaN.
#[wasm_bindgen]
extern "C" {
    /// What a reader gives.
    type ReadResult;

    #[wasm_bindgen(method, getter)]
    fn value(this: &ReadResult) -> JsValue;

    /// What js/shown.ts and js/received-frames.ts make of frames, and the metadata of one.
    type Parts;

    #[wasm_bindgen(method, getter)]
    fn frame(this: &Parts) -> JsValue;

    #[wasm_bindgen(method, getter)]
    fn data(this: &Parts) -> ArrayBuffer;

    #[wasm_bindgen(method, getter, js_name = mimeType)]
    fn mime_type(this: &Parts) -> String;

    #[wasm_bindgen(method, getter)]
    fn spatial(this: &Parts) -> f64;

    #[wasm_bindgen(method, getter)]
    fn temporal(this: &Parts) -> f64;

    #[wasm_bindgen(method, getter)]
    fn rtp(this: &Parts) -> f64;

    #[wasm_bindgen(method, getter)]
    fn arrived(this: &Parts) -> f64;

    #[wasm_bindgen(method, getter, js_name = rtpTimestamp)]
    fn rtp_timestamp(this: &Parts) -> f64;

    /// A `VideoFrame`, by what `web-sys` does not have.
    type WithMetadata;

    #[wasm_bindgen(method, catch)]
    fn metadata(this: &WithMetadata) -> Result<Parts, JsValue>;
}

/// Whole numbers are exact up to here, in microseconds.
const LATEST_US: f64 = 9_007_199_254_740_991.0;
/// For how many turns of the worker frames that wait are read before a stream is cancelled.
const TURNS: u32 = 3;

/// What a frame for an encoder gets: its time.
pub(super) fn at(time: Steady) -> VideoFrameInit {
    object(&[("timestamp", (time.us() as f64).into())]).unchecked_into()
}

/// A frame that is closed when it is dropped, since frames left open stall their source
/// (<https://www.w3.org/TR/webcodecs/#videoframe-interface>).
#[derive(Debug)]
pub struct Frame(VideoFrame);

/// A frame of a track, and when it was sent, shown and received.
#[derive(Debug)]
pub struct Received {
    /// What came.
    pub content: Content,
    /// Its times.
    pub arrival: Arrival,
}

/// How a frame of a track comes.
#[derive(Debug)]
pub enum Content {
    /// As a picture.
    Frame(Frame),
    /// As it was sent.
    Encoded(Encoded),
}

/// An encoded frame, as a receiver gives it.
#[derive(Debug)]
pub struct Encoded {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it is encoded with, such as `video/H264`.
    pub mime: String,
    /// Its layer.
    pub layer: Layer,
}

impl Frame {
    /// Its own timestamp.
    pub fn timestamp(&self) -> Source {
        Source::from_us(self.0.timestamp().clamp(-LATEST_US, LATEST_US) as i64)
    }

    /// Whether its timestamp is a time: WebKitGTK gives the frames of a canvas one that is less than any clock's.
    fn is_timed(&self) -> bool {
        self.0.timestamp().abs() <= LATEST_US
    }

    /// The sender's RTP timestamp, if the browser has it
    /// (<https://www.w3.org/TR/webcodecs-video-frame-metadata-registry/>).
    fn rtp(&self) -> Option<u32> {
        let metadata = self.0.unchecked_ref::<WithMetadata>().metadata().ok()?;
        if metadata.is_object() { whole(metadata.rtp_timestamp()) } else { None }
    }

    /// What it looks like.
    pub fn appearance(&self) -> Appearance {
        let format = field(&self.0, "format").as_string().unwrap_or_default();
        let (words, full_range) = colour_words(&field(&self.0, "colorSpace"));
        let [primaries, transfer, matrix] = &words;
        // Where the format is not known, the description shows it.
        let is_rgb = format.starts_with("RGB") || format.starts_with("BGR") || matrix.as_deref() == Some("rgb");
        let colour = Colour::from_webcodecs(primaries.as_deref(), transfer.as_deref(), matrix.as_deref(), full_range);
        Appearance {
            size: (self.0.display_width(), self.0.display_height()),
            // A browser that knows no rotation gives NaN.
            is_turned: self.0.rotation() > 0.0 || self.0.flip(),
            has_alpha: format.ends_with('A'),
            is_plain: matches!(format.as_str(), "I420" | "NV12") && self.is_even(),
            colour: (!is_rgb).then_some(colour.unwrap_or(Colour::UNKNOWN)),
        }
    }

    /// Whether its picture begins and ends between two samples of chroma.
    fn is_even(&self) -> bool {
        let is_even =
            |rect: DomRectReadOnly| [rect.x(), rect.y(), rect.width(), rect.height()].iter().all(|at| at % 2.0 == 0.0);
        self.0.visible_rect().is_some_and(is_even)
    }

    /// The same frame once more; it is not copied.
    pub fn duplicate(&self) -> Option<Frame> {
        self.0.clone().map(Frame).ok()
    }

    /// The same picture at another time.
    pub(super) fn at(&self, time: Steady) -> Result<Frame> {
        let init = at(time);
        VideoFrame::new_with_video_frame_and_video_frame_init(&self.0, &init).map(Frame).map_err(lost)
    }

    pub(super) fn as_video_frame(&self) -> &VideoFrame {
        &self.0
    }
}

impl From<VideoFrame> for Frame {
    fn from(frame: VideoFrame) -> Self {
        Self(frame)
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Primaries, transfer and matrix of a `VideoColorSpace`, and whether it is in full range, as far as it says.
pub(super) fn colour_words(colour: &JsValue) -> ([Option<String>; 3], Option<bool>) {
    let words = ["primaries", "transfer", "matrix"].map(|name| field(colour, name).as_string());
    (words, field(colour, "fullRange").as_bool())
}

/// A number, if it has no more than 32 bits.
fn whole(number: f64) -> Option<u32> {
    (0.0..=f64::from(u32::MAX)).contains(&number).then_some(number as u32)
}

pub(super) fn lost(thrown: JsValue) -> Error {
    Error::EncoderLost { reason: reason(&thrown) }
}

/// The frames of a track, in the order they came.
#[derive(Debug, Clone)]
pub struct Frames {
    reader: ReadableStreamDefaultReader,
    /// Asks the sender for a key frame; none where that can't be done.
    key_frame: Option<Function>,
    /// Their pictures, where they come as they were sent; none if they are not inspected.
    pictures: Option<Rc<Frames>>,
    /// Whether a decoder of this worker makes those.
    decodes: bool,
}

impl Frames {
    /// Takes over a stream of `VideoFrame`s, or of encoded frames whose property `pictures` is one of their pictures, which a decoder of this
    /// worker makes if `decodes` is true.
    ///
    /// # Errors
    /// [`Error::InvalidState`] if somebody else is reading it.
    pub fn new(stream: &ReadableStream) -> Result<Self> {
        let key_frame = field(stream, "askKeyFrame").dyn_into().ok();
        let pictures = match field(stream, "pictures").dyn_ref() {
            Some(pictures) => Some(Rc::new(Self::new(pictures)?)),
            None => None,
        };
        let decodes = field(stream, "decodes").is_truthy();
        ReadableStreamDefaultReader::new(stream)
            .map(|reader| Self { reader, key_frame, pictures, decodes })
            .map_err(|thrown| Error::InvalidState { reason: reason(&thrown) })
    }

    /// The pictures of frames that come as they were sent, if somebody looks at them.
    pub fn pictures(&self) -> Option<&Rc<Frames>> {
        self.pictures.as_ref()
    }

    /// Where those come from.
    pub fn picture_source(&self) -> PictureSource {
        match self.pictures {
            None => PictureSource::None,
            Some(_) if self.decodes => PictureSource::Decoder,
            Some(_) => PictureSource::Browser,
        }
    }

    /// Asks the sender for a key frame.
    pub fn ask_key_frame(&self) {
        if let Some(ask) = &self.key_frame {
            let _ = ask.call0(&JsValue::UNDEFINED);
        }
    }

    /// The next frame; none once the track has ended or [`cancel`](Self::cancel) was called. May take for ever: a
    /// source that stopped painting sends nothing. What a page took from a `<video>` comes as `{ frame, rtp, arrived }` (js/video-capture.ts),
    /// an encoded frame as `{ data, mimeType, spatial, temporal, rtp, arrived }` (js/received-frames.ts).
    pub async fn next(&self) -> Option<Received> {
        let result = future_of(self.reader.read()).await.ok()?;
        let value = result.unchecked_into::<ReadResult>().value();
        if !value.is_object() {
            return None;
        }
        let (content, rtp, wall) = match value.dyn_into() {
            Ok(frame) => {
                let frame = Frame(frame);
                let rtp = frame.rtp();
                (Content::Frame(frame), rtp, now())
            }
            Err(other) => {
                let other: Parts = other.unchecked_into();
                let arrived_ms = other.arrived();
                let arrived = if arrived_ms.is_nan() { now() } else { Wall::from_us((arrived_ms * 1e3) as i64) };
                let content = match other.frame().dyn_into() {
                    Ok(frame) => Content::Frame(Frame(frame)),
                    Err(_) => Content::Encoded(Encoded {
                        bytes: Uint8Array::new(&other.data()).to_vec(),
                        mime: other.mime_type(),
                        layer: Layer {
                            spatial: whole(other.spatial()).unwrap_or(0),
                            temporal: whole(other.temporal()).unwrap_or(0),
                        },
                    }),
                };
                (content, whole(other.rtp()), arrived)
            }
        };
        let timestamp = match &content {
            Content::Frame(frame) if frame.is_timed() => frame.timestamp(),
            // One without a time gets that at which it came.
            _ => Source::from_us(wall.us()),
        };
        let is_encoded = matches!(content, Content::Encoded(_));
        Some(Received { content, arrival: Arrival { timestamp, rtp, wall, is_burst: false, is_encoded } })
    }

    /// Ends the frames: the source is released. Those that wait are read first if somebody reads: a stream that is cancelled forgets
    /// them, and they would stay open.
    pub fn cancel(&self) {
        if let Some(pictures) = &self.pictures {
            pictures.cancel();
        }
        let reader = self.reader.clone();
        spawn(async move {
            for _ in 0..TURNS {
                next_task().await;
            }
            // A stream that has failed meanwhile can't be cancelled, and needs not be.
            drop(future_of(reader.cancel()).await);
        });
    }
}
