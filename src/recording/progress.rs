use super::Saving;
use crate::browser::object;
use crate::reel::Contents;
use crate::timeline::DropReason;
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

/// How many frames came, and what became of them.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) received: u32,
    /// In the recording, on disk or not, or let go since only the end is kept.
    pub(super) frames: u32,
    pub(super) bytes: u64,
    pub(super) backpressure: u32,
    pub(super) encoder: u32,
    /// Frames that never came to the worker.
    pub(super) missed: u32,
    paused: u32,
    max_fps: u32,
    pub(super) freeze: u32,
}

impl Counts {
    /// What is in a reel already.
    pub(super) fn of(contents: &Contents) -> Self {
        let (frames, bytes) = (contents.frames(), contents.bytes());
        Self { received: frames, frames, bytes, ..Self::default() }
    }

    /// Counts a frame that the timeline left out.
    pub(super) fn drop(&mut self, reason: DropReason) {
        self.received += 1;
        match reason {
            DropReason::Paused => self.paused += 1,
            DropReason::MaxFps => self.max_fps += 1,
            DropReason::Freeze => self.freeze += 1,
        }
    }

    /// Counts frames that the page could not take.
    pub(super) fn missed(&mut self, frames: u32) {
        self.received += frames;
        self.missed += frames;
    }

    /// The face's `Progress` of a reel that ends then, and the longest that it may become, in microseconds.
    pub(super) fn progress(
        &self,
        end_us: i64,
        max_length_us: Option<i64>,
        frozen: bool,
        saving: &Saving<Uint8Array>,
    ) -> JsValue {
        let remaining_us = max_length_us.map_or(f64::INFINITY, |max_length_us| (max_length_us - end_us).max(0) as f64);
        let (forgotten_frames, forgotten_bytes) = saving.forgotten();
        let config = saving.configs().last();
        let drops = object(&[
            ("paused", self.paused.into()),
            ("maxFps", self.max_fps.into()),
            ("freeze", self.freeze.into()),
            ("backpressure", self.backpressure.into()),
            ("encoder", self.encoder.into()),
            ("missed", self.missed.into()),
        ]);
        object(&[
            ("time", ((end_us - saving.contents().start_us()) as f64 / 1e6).into()),
            ("remaining", (remaining_us / 1e6).into()),
            ("frozen", frozen.into()),
            ("bytes", (self.bytes.saturating_sub(forgotten_bytes) as f64).into()),
            ("frames", self.frames.saturating_sub(forgotten_frames).into()),
            ("received", self.received.into()),
            ("drops", drops),
            ("width", config.map_or(0, |config| config.width).into()),
            ("height", config.map_or(0, |config| config.height).into()),
            ("codec", config.map_or("", |config| &*config.codec).into()),
        ])
    }
}
