//! Pictures that are painted for an encoder, since it does not take them as they are.

use super::frame::{Frame, at, lost};
use super::object;
use super::pixels::Pixels;
use crate::codec::colour::Colour;
use crate::time::Steady;
use crate::{Error, Result};
use trackreel_pixels::Conversion;
use wasm_bindgen::JsCast;
use web_sys::{OffscreenCanvas, OffscreenCanvasRenderingContext2d, VideoFrame};

/// How many rows are converted at a time: what is copied into the module's memory stays small.
const ROWS: u32 = 64;

/// Paints pictures of any shape and orientation into pictures of one size: upright, whole, opaque, black around them.
#[derive(Debug)]
pub(super) struct Painter {
    canvas: OffscreenCanvas,
    context: OffscreenCanvasRenderingContext2d,
    /// What the pictures are converted to; none if they stay red, green and blue.
    converted: Option<(Pixels, Conversion)>,
}

impl Painter {
    /// For pictures of this size in pixels, and of this colour description; else of red, green and blue.
    pub(crate) fn new(width: u32, height: u32, colour: Option<Colour>) -> Result<Self> {
        let canvas = OffscreenCanvas::new(width, height).map_err(lost)?;
        let options = object(&[("alpha", false.into()), ("willReadFrequently", colour.is_some().into())]);
        let context = canvas.get_context_with_context_options("2d", &options).map_err(lost)?;
        let context = context.and_then(|context| context.dyn_into().ok());
        let context = context.ok_or_else(|| Error::EncoderLost { reason: "the browser gives no canvas".into() })?;
        let converted = colour.map(|colour| {
            let (kr, kb) = colour.luma_parts();
            (Pixels::new(width, height, colour), Conversion::new(kr, kb, colour.full_range))
        });
        Ok(Self { canvas, context, converted })
    }

    /// The picture, painted, at this time.
    pub(crate) fn paint(&self, frame: &Frame, time: Steady) -> Result<Frame> {
        let (width, height) = (f64::from(self.canvas.width()), f64::from(self.canvas.height()));
        let (own_width, own_height) = frame.appearance().size;
        let (own_width, own_height) = (f64::from(own_width), f64::from(own_height));
        let scale = (width / own_width).min(height / own_height);
        let (shown_width, shown_height) = ((own_width * scale).round(), (own_height * scale).round());
        self.context.set_fill_style_str("#000");
        self.context.fill_rect(0.0, 0.0, width, height);
        // Drawing turns the picture as its orientation says (https://www.w3.org/TR/webcodecs/#videoframe-canvas).
        self.context
            .draw_image_with_video_frame_and_dw_and_dh(
                frame.as_video_frame(),
                ((width - shown_width) / 2.0).round(),
                ((height - shown_height) / 2.0).round(),
                shown_width,
                shown_height,
            )
            .map_err(lost)?;
        match &self.converted {
            Some((pixels, conversion)) => self.convert(pixels, conversion, time),
            None => {
                // A frame of the canvas itself shows what is painted later, in WebKitGTK.
                let picture = self.canvas.transfer_to_image_bitmap().map_err(lost)?;
                let frame = VideoFrame::new_with_image_bitmap_and_video_frame_init(&picture, &at(time));
                picture.close();
                frame.map(Frame::from).map_err(lost)
            }
        }
    }

    fn convert(&self, pixels: &Pixels, conversion: &Conversion, time: Steady) -> Result<Frame> {
        let (width, height) = (self.canvas.width(), self.canvas.height());
        for top in (0..height).step_by(ROWS as usize) {
            let rows = ROWS.min(height - top);
            let rgb = self.context.get_image_data(0, top as i32, width as i32, rows as i32).map_err(lost)?;
            let planes = conversion.planes(&rgb.data(), width as usize);
            pixels.put(top, &planes.luma, &planes.blue, &planes.red);
        }
        pixels.at(time)
    }
}
