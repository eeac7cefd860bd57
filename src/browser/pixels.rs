//! A picture that is made here, byte by byte.

use super::frame::{Frame, lost};
use super::object;
use crate::Result;
use crate::codec::colour::Colour;
use crate::time::Steady;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{VideoFrame, VideoFrameBufferInit};

/// A picture in I420 of even sides: a plane of luma, then two of chroma with a quarter of the pixels each.
#[derive(Debug)]
pub(super) struct Pixels {
    bytes: Uint8Array,
    width: u32,
    height: u32,
    colour: Colour,
}

impl Pixels {
    /// One of this size in pixels and this description. It shows nothing in particular.
    pub(crate) fn new(width: u32, height: u32, colour: Colour) -> Self {
        Self { bytes: Uint8Array::new_with_length(width * height / 2 * 3), width, height, colour }
    }

    /// Puts rows of luma from this one on, and those of chroma that belong to them. Their number is even.
    pub(crate) fn put(&self, top: u32, luma: &[u8], blue: &[u8], red: &[u8]) {
        let (all, half) = (self.width * self.height, self.width / 2 * (top / 2));
        for (at, rows) in [(self.width * top, luma), (all + half, blue), (all + all / 4 + half, red)] {
            self.bytes.subarray(at, at + rows.len() as u32).copy_from(rows);
        }
    }

    /// The picture at this time.
    pub(crate) fn at(&self, time: Steady) -> Result<Frame> {
        let [primaries, transfer, matrix] =
            self.colour.to_webcodecs().map(|word| word.map_or(JsValue::NULL, JsValue::from));
        let colour = object(&[
            ("primaries", primaries),
            ("transfer", transfer),
            ("matrix", matrix),
            ("fullRange", self.colour.full_range.into()),
        ]);
        let init: VideoFrameBufferInit = object(&[
            ("format", "I420".into()),
            ("codedWidth", self.width.into()),
            ("codedHeight", self.height.into()),
            ("timestamp", (time.us() as f64).into()),
            ("colorSpace", colour),
        ])
        .unchecked_into();
        VideoFrame::new_with_u8_array_and_video_frame_buffer_init(&self.bytes, &init).map(Frame::from).map_err(lost)
    }
}
