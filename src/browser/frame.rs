use super::reason;
use crate::{Error, Result};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ReadableStream, ReadableStreamDefaultReader, VideoFrame, VideoFrameInit};

/// A frame that is closed when it is dropped, since frames left open stall their source
/// (<https://www.w3.org/TR/webcodecs/#videoframe-interface>).
#[derive(Debug)]
pub struct Frame(VideoFrame);

impl Frame {
    /// The track's own timestamp, in microseconds.
    pub fn timestamp_us(&self) -> i64 {
        self.0.timestamp() as i64
    }

    /// Width and height as shown, in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.0.display_width(), self.0.display_height())
    }

    /// The same picture at another time, in microseconds.
    pub(super) fn at(&self, time_us: i64) -> Result<Frame> {
        let init = VideoFrameInit::new();
        init.set_timestamp_f64(time_us as f64);
        VideoFrame::new_with_video_frame_and_video_frame_init(&self.0, &init)
            .map(Frame)
            .map_err(|thrown| Error::EncoderLost { reason: reason(&thrown) })
    }

    pub(super) fn as_video_frame(&self) -> &VideoFrame {
        &self.0
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// The frames of a track, in the order they came.
#[derive(Debug, Clone)]
pub struct Frames(ReadableStreamDefaultReader);

impl Frames {
    /// Takes over a stream of `VideoFrame`s.
    ///
    /// # Errors
    /// [`Error::InvalidState`] if somebody else is reading it.
    pub fn new(stream: &ReadableStream) -> Result<Self> {
        ReadableStreamDefaultReader::new(stream)
            .map(Self)
            .map_err(|thrown| Error::InvalidState { reason: reason(&thrown) })
    }

    /// The next frame; none once the track has ended or [`cancel`](Self::cancel) was called. May take for ever: a
    /// source that stopped painting sends nothing.
    pub async fn next(&self) -> Option<Frame> {
        let result = JsFuture::from(self.0.read()).await.ok()?;
        let value: JsValue = super::field(&result, "value");
        value.dyn_into().ok().map(Frame)
    }

    /// Wants no more frames: the source is let go.
    pub fn cancel(&self) {
        let cancelled = JsFuture::from(self.0.cancel());
        // A stream that has failed meanwhile can't be cancelled, and needs not be.
        spawn_local(async { drop(cancelled.await) });
    }
}
