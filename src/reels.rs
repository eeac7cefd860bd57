//! The reels on disk, as the worker offers them to the page.

use crate::browser::{
    ExportObserver, Found, Lock, Store, export, fragments, object, option_entries, picture_sources, places, promise,
    stretch,
};
use crate::clip::Clip;
use crate::facts::Facts;
use crate::pictures::Pictures;
use crate::recording::Indexes;
use crate::reel::{Contents, Entry, Track};
use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;

/// Every reel on disk, the newest first, as the face's `ReelInfo`.
#[wasm_bindgen(js_name = listReels)]
pub fn list_reels() -> Promise {
    promise(async {
        let mut live = Lock::held_ids().await?;
        let found = Store::open().await?.reels().await?;
        // A recording may have begun in between.
        live.extend(Lock::held_ids().await?);
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
/// `{ name, value, shown }`. `observer` gets the progress, from 0 to 1, and may answer `false` to abort.
#[wasm_bindgen(js_name = exportReel)]
pub fn export_reel(id: String, clip: Array, observer: Option<Function>) -> Promise {
    promise(async move {
        let written = option_entries(&clip);
        let (clip, facts) = (Clip::parse(&written)?, Facts::parse(&written)?);
        let store = Store::open().await?;
        let observer = ExportObserver(observer);
        let (reel, segments, damaged) = store.read(&id, Indexes::all(), &observer).await?;
        // Its length is that of its pictures, if it has some.
        let track = segments.first().map_or(Track::Video, |first| first.track);
        let of_track = || segments.iter().filter(|segment| segment.track == track);
        let start_us = of_track().next().map_or(0, |first| first.table.start_us());
        let end_us = of_track().next_back().map_or(0, |last| last.table.end_us());
        let mut contents = Contents::default();
        of_track().for_each(|segment| contents.put(Entry::new(segment.index, &segment.table)));
        let is_live = track == Track::Video && !reel.complete && Lock::held_ids().await?.contains(&id);
        let open_us = if is_live { contents.key_before(reel.settled_us) } else { end_us };
        let bounds = clip.bounds_before(start_us, end_us, open_us)?;
        Ok(export(&reel, segments, (bounds, &facts), damaged, &observer).await?.to_js())
    })
}

/// How many records are read at first for a picture at the beginning.
const FIRST: u32 = 16;

/// What pictures of a reel on disk are decoded from: those of this kind that `options` ask for as `{ name, value, shown }`.
#[wasm_bindgen(js_name = picturesOfReel)]
pub fn pictures_of_reel(id: String, kind: String, options: Array) -> Promise {
    promise(async move {
        let pictures = Pictures::parse(&kind, &option_entries(&options))?;
        let store = Store::open().await?;
        let mut end = FIRST;
        let (reel, segments) = loop {
            let read = store.read(&id, Indexes::only(Track::Video, 0..end), &ExportObserver::default()).await;
            match read {
                Ok((reel, segments, _)) if end == u32::MAX || pictures.is_among(&places(&segments)) => {
                    break (reel, segments);
                }
                Err(error) if end == u32::MAX => return Err(error.into()),
                _ => end = u32::MAX,
            }
        };
        let first_us = segments.first().map_or(0, |first| first.table.start_us());
        Ok(picture_sources(&reel, &segments, first_us, &pictures)?)
    })
}

/// The next fragments of a reel, behind a cursor if there is one: the face's `FragmentsAnswer`.
#[wasm_bindgen(js_name = nextFragments)]
pub fn next_fragments(id: String, after: Option<String>) -> Promise {
    promise(async move {
        // Asked first: what is not live now has all on disk.
        let is_live = Lock::held_ids().await?.contains(&id);
        Ok(fragments(&Store::open().await?, &id, after, is_live).await?)
    })
}

/// A stretch of a reel, from a time in seconds or behind another one: the face's `Stretch`.
#[wasm_bindgen(js_name = stretchOfReel)]
pub fn stretch_of_reel(id: String, at: f64, after: Option<String>) -> Promise {
    promise(async move {
        let is_live = Lock::held_ids().await?.contains(&id);
        Ok(stretch(&Store::open().await?, &id, at, after, is_live, None).await?)
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
        let _lock = Lock::own(&id).await?;
        Store::open().await?.delete(&id).await?;
        Ok(JsValue::UNDEFINED)
    })
}
