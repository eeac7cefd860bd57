//! A reel as the page sees it.

use super::{cues_to_js, marks_to_js, object};
use crate::reel::ReelRecord;
use wasm_bindgen::JsValue;

impl ReelRecord {
    /// What the page may know of it: the face's `ReelInfo`.
    pub(crate) fn info(&self, state: &str) -> JsValue {
        let (config, marks) = (self.video.last(), self.marks_from_start());
        object(&[
            ("id", self.id.as_str().into()),
            ("container", self.container.name().into()),
            ("createdAt", self.created_at.into()),
            ("state", state.into()),
            ("duration", (self.duration_us as f64 / 1e6).into()),
            ("bytes", (self.bytes as f64).into()),
            ("frames", self.frames.into()),
            ("marks", marks_to_js(&marks)),
            ("cues", cues_to_js(&marks, self.duration_us)),
            ("width", config.map_or(0, |config| config.width).into()),
            ("height", config.map_or(0, |config| config.height).into()),
            ("codec", config.map_or("", |config| &config.codec).into()),
            ("audioCodec", self.audio.last().map_or("", |config| &config.codec).into()),
        ])
    }
}
