//! The reels on disk, as the worker offers them to the page.

use crate::browser::{Found, Lock, Store, Watch, entries, export, marks_to_js, object, promise};
use crate::clip::Clip;
use crate::facts::Facts;
use crate::recording::Indexes;
use crate::reel::{ReelRecord, Track};
use crate::{Error, Result};
use js_sys::{Array, Date, Function, Promise};
use wasm_bindgen::prelude::*;

/// Every reel on disk, the newest first, as the face's `ReelInfo`.
#[wasm_bindgen(js_name = listReels)]
pub fn list_reels() -> Promise {
    promise(async {
        let mut live = Lock::held().await?;
        let found = Store::open().await?.reels().await?;
        // A recording may have begun in between.
        live.extend(Lock::held().await?);
        let infos = Array::new();
        for found in &found {
            infos.push(&match found {
                Found::Reel(reel) if live.contains(&reel.id) && !reel.complete => reel.info("live"),
                Found::Reel(reel) => reel.info(reel.state()),
                Found::Damaged(id) => object(&[("id", id.as_str().into()), ("state", "damaged".into())]),
            });
        }
        Ok(infos.into())
    })
}

/// Exports what is on disk of a reel as one file, the face's `Movie`: all of it, or the part that `clip` asks for as
/// `{ name, value, shown }`. `watch` gets the progress, from 0 to 1, and may answer `false` to abort.
#[wasm_bindgen(js_name = exportReel)]
pub fn export_reel(id: String, clip: Array, watch: Option<Function>) -> Promise {
    promise(async move {
        let written = entries(&clip);
        let (clip, facts) = (Clip::parse(&written)?, Facts::parse(&written)?);
        let store = Store::open().await?;
        let watch = Watch(watch);
        let (reel, segments, damaged) = store.read(&id, Indexes::all(), &watch).await?;
        // Its length is that of its pictures, if it has some.
        let track = segments.first().map_or(Track::Video, |first| first.track);
        let of_track = || segments.iter().filter(|segment| segment.track == track);
        let start_us = of_track().next().map_or(0, |first| first.table.start_us());
        let end_us = of_track().next_back().map_or(0, |last| last.table.end_us());
        Ok(export(&reel, segments, (clip.bounds(start_us, end_us)?, &facts), damaged, &watch).await?.to_js())
    })
}

/// Notes that somebody has all of a reel, when it had this size in bytes: a later clean-up goes by it.
#[wasm_bindgen(js_name = noteExport)]
pub fn note_export(id: String, bytes: f64) -> Promise {
    promise(async move {
        Store::open().await?.note_export(&id, bytes as u64).await?;
        Ok(JsValue::UNDEFINED)
    })
}

/// Removes a reel from the disk.
#[wasm_bindgen(js_name = deleteReel)]
pub fn delete_reel(id: String) -> Promise {
    promise(async move {
        let _lock = own(&id).await?;
        Store::open().await?.delete(&id).await?;
        Ok(JsValue::UNDEFINED)
    })
}

/// Takes the lock of a reel.
///
/// # Errors
/// [`Error::InvalidState`] if it is being recorded.
pub(crate) async fn own(id: &str) -> Result<Lock> {
    let live = || Error::InvalidState { reason: "the reel is being recorded, here or in another tab".into() };
    Lock::take(id).await?.ok_or_else(live)
}

/// Removes the reels that nobody records and nobody needs any more; see [`is_expired`](crate::reel::Remains::is_expired) for which. Gives them as the
/// face's `ReelInfo`.
pub(crate) async fn clean_up(store: &Store, visit_began_ms: f64, recover_for_us: i64) -> Result<Array> {
    let removed = Array::new();
    let live = Lock::held().await?;
    for found in store.reels().await? {
        let Found::Reel(reel) = found else { continue };
        if live.contains(&reel.id) || !reel.remains().is_expired(visit_began_ms, Date::now(), recover_for_us) {
            continue;
        }
        if let Some(_lock) = Lock::take(&reel.id).await? {
            store.delete(&reel.id).await?;
            removed.push(&reel.info(reel.state()));
        }
    }
    Ok(removed)
}

impl ReelRecord {
    /// What the page may know of it: the face's `ReelInfo`.
    fn info(&self, state: &str) -> JsValue {
        let config = self.video.last();
        object(&[
            ("id", self.id.as_str().into()),
            ("container", self.container.name().into()),
            ("createdAt", self.created_at.into()),
            ("state", state.into()),
            ("duration", (self.duration_us as f64 / 1e6).into()),
            ("bytes", (self.bytes as f64).into()),
            ("frames", self.frames.into()),
            ("marks", marks_to_js(&self.marks_from_start())),
            ("width", config.map_or(0, |config| config.width).into()),
            ("height", config.map_or(0, |config| config.height).into()),
            ("codec", config.map_or("", |config| &config.codec).into()),
            ("audioCodec", self.audio.last().map_or("", |config| &config.codec).into()),
        ])
    }
}
