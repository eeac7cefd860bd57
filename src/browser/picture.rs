use super::tasks::within;
use super::{Frame, field};
use crate::timeline::{Picture, Plane};
use js_sys::{Array, Uint8Array};
use std::ops::Range;
use wasm_bindgen::prelude::*;
use web_sys::{DomRectInit, DomRectReadOnly, VideoFrame, VideoFrameCopyToOptions};

// By names that JavaScript has: one that is handed over is decoded each time.
#[wasm_bindgen]
extern "C" {
    /// A `VideoFrame`, by what `web-sys` has in another form.
    type Formatted;

    #[wasm_bindgen(method, getter)]
    fn format(this: &Formatted) -> JsValue;

    /// <https://www.w3.org/TR/webcodecs/#dictdef-planelayout>.
    type PlaneLayout;

    #[wasm_bindgen(method, getter)]
    fn offset(this: &PlaneLayout) -> f64;

    #[wasm_bindgen(method, getter)]
    fn stride(this: &PlaneLayout) -> f64;
}

/// Reads the pixels of frames as the decoder made them. That takes a copy and no conversion, where a canvas takes both.
#[derive(Debug, Default)]
pub struct PictureReader {
    /// Where the browser copies to. Not the module's own memory: that may grow meanwhile, which would detach it.
    buffer: Option<Uint8Array>,
    /// How often the browser has not answered, one after the other.
    silences: u32,
    /// The format of the last frame, as the browser has it, and as a text.
    format: (JsValue, String),
}

/// How long the browser may take to copy a picture, in milliseconds.
const PATIENCE_MS: i32 = 1_000;
/// How often it may not answer before it is not asked any more: each time holds the frames up.
const SILENCES: u32 = 2;

impl PictureReader {
    /// The picture of a frame, or these rows of it; none if its pixels can't be had, or are not of 8 bits. The bounds are even, and those
    /// beyond the last row are that.
    pub async fn read(&mut self, frame: &Frame, rows: Option<Range<usize>>) -> Option<Picture> {
        let rows = rows.unwrap_or(0..usize::MAX);
        if self.silences >= SILENCES {
            return None;
        }
        let frame = frame.as_video_frame();
        let format = frame.unchecked_ref::<Formatted>().format();
        if format != self.format.0 {
            self.format = (format.clone(), format.as_string()?);
        }
        let rect = frame.visible_rect()?;
        let width = rect.width() as usize;
        let rows = rows.start..rows.end.min(rect.height() as usize);
        let planes = planes(&self.format.1, width, rows.len())?;
        let layouts = self.copy(frame, &rect, rows).await?;
        let buffer = self.buffer.as_ref()?;
        let placed = layouts.iter().zip(planes).map(|(layout, (width, height))| {
            let layout: PlaneLayout = layout.unchecked_into();
            Plane { offset: layout.offset() as usize, stride: layout.stride() as usize, width, height }
        });
        // A browser that knows no rotation gives NaN.
        let (turned, flipped) = (frame.rotation() as usize, frame.flip());
        let placed: Vec<Plane> = placed.collect();
        let picture = match placed.as_slice() {
            [plane] => Picture::from_rgb(&buffer.to_vec(), *plane, self.format.1.starts_with('B')),
            _ => Picture::new(buffer.to_vec(), placed),
        };
        Some(picture.shown(turned, flipped))
    }
}

/// How many bytes are looked at at a time: what is copied into the module's memory stays small.
const PART: u32 = 1 << 18;

impl PictureReader {
    /// Whether no pixel of a frame of red, green and blue is transparent; not if they can't be read.
    pub async fn is_opaque(&mut self, frame: &Frame) -> bool {
        let frame = frame.as_video_frame();
        let is_rgb = matches!(field(frame, "format").as_string().as_deref(), Some("RGBA" | "BGRA"));
        let Some(rect) = frame.visible_rect().filter(|_| is_rgb) else { return false };
        let rows = rect.height() as usize;
        if self.silences >= SILENCES || self.copy(frame, &rect, 0..rows).await.is_none() {
            return false;
        }
        let Some(buffer) = &self.buffer else { return false };
        (0..buffer.length()).step_by(PART as usize).all(|at| {
            let part = buffer.subarray(at, (at + PART).min(buffer.length())).to_vec();
            trackreel_pixels::is_opaque(&part)
        })
    }

    /// Copies these rows of a frame into the buffer. Gives the browser's layout of their planes.
    async fn copy(&mut self, frame: &VideoFrame, rect: &DomRectReadOnly, rows: Range<usize>) -> Option<Array> {
        let options = VideoFrameCopyToOptions::new();
        let part = DomRectInit::new();
        part.set_x(rect.x());
        part.set_y(rect.y() + rows.start as f64);
        part.set_width(rect.width());
        part.set_height(rows.len() as f64);
        options.set_rect(&part);
        let size = frame.allocation_size_with_options(&options).ok()?;
        if self.buffer.as_ref().is_none_or(|buffer| buffer.length() != size) {
            self.buffer = Some(Uint8Array::new_with_length(size));
        }
        let copied = frame.copy_to_with_u8_array_and_options(self.buffer.as_ref()?, &options);
        let layouts = within(PATIENCE_MS, copied).await.ok()?;
        if layouts.is_falsy() {
            self.silences += 1;
            // The browser may write there yet.
            self.buffer = None;
            return None;
        }
        self.silences = 0;
        layouts.dyn_into().ok()
    }
}

/// Width in bytes and height in rows of each plane of a format (<https://www.w3.org/TR/webcodecs/#pixel-format>), luma first.
fn planes(format: &str, width: usize, height: usize) -> Option<Vec<(usize, usize)>> {
    let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
    let luma = (width, height);
    Some(match format {
        "I420" | "I420A" => vec![luma, (half_width, half_height), (half_width, half_height)],
        "NV12" => vec![luma, (2 * half_width, half_height)],
        "I422" | "I422A" => vec![luma, (half_width, height), (half_width, height)],
        "I444" | "I444A" => vec![luma, luma, luma],
        "RGBA" | "RGBX" | "BGRA" | "BGRX" => vec![(4 * width, height)],
        _ => return None,
    })
}
