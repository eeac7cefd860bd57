//! The reels on disk, as the worker offers them to the page.

use crate::browser::{Part, ReelRecord, Store, export, object};
use crate::reel::Track;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

/// Every reel on disk, the newest first, as the face's `ReelInfo`.
#[wasm_bindgen(js_name = listReels)]
pub async fn list_reels() -> Result<Array, JsValue> {
    let reels = Store::open().await?.reels().await?;
    Ok(reels.iter().map(ReelRecord::info).collect())
}

/// One MP4 of all that is on disk of a reel.
#[wasm_bindgen(js_name = exportReel)]
pub async fn export_reel(id: String) -> Result<Blob, JsValue> {
    let (reel, segments) = Store::open().await?.reel(&id).await?;
    Ok(export(&reel, segments.into_iter().map(Part::from).collect())?)
}

/// Removes a reel from the disk.
#[wasm_bindgen(js_name = deleteReel)]
pub async fn delete_reel(id: String) -> Result<(), JsValue> {
    Ok(Store::open().await?.delete(&id).await?)
}

impl ReelRecord {
    /// What the page may know of it: the face's `ReelInfo`.
    fn info(&self) -> JsValue {
        let Track::Video(configs) = &self.track;
        let config = configs.last();
        object(&[
            ("id", self.id.as_str().into()),
            ("createdAt", self.created_at.into()),
            ("state", if self.complete { "complete" } else { "recording" }.into()),
            ("duration", (self.duration_us as f64 / 1e6).into()),
            ("bytes", (self.bytes as f64).into()),
            ("frames", self.frames.into()),
            ("width", config.map_or(0, |config| config.width).into()),
            ("height", config.map_or(0, |config| config.height).into()),
            ("codec", config.map_or("", |config| &config.codec).into()),
        ])
    }
}
