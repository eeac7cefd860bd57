//! The fragments of a reel as the face gets them.

use super::export::assemble;
use super::{ExportObserver, SegmentData, Store, StoredSegment, object};
use crate::codec::Container;
use crate::mp4::{Cursor, Following};
use crate::recording::Indexes;
use crate::reel::ReelRecord;
use crate::{Error, Result};
use js_sys::Array;
use wasm_bindgen::JsValue;

/// How many fragments are given at a time.
const MOST: usize = 8;

/// The next fragments of a reel behind a cursor, or from its start, as the face's `FragmentsAnswer`: none if the next one is not settled
/// yet, or if there are no more. Whether it is live is for whoever writes it to know: the record of one that is resumed is complete until the
/// first write.
///
/// # Errors
/// [`Error::InvalidOption`] for a text that is no cursor, [`Error::Unsupported`] for a WebM, [`Error::NoSuchReel`] if there is none,
/// [`Error::Storage`] if it can't be read.
pub async fn fragments(store: &Store, id: &str, after: Option<String>, is_live: bool) -> Result<JsValue> {
    let refused = |value: &String| Error::InvalidOption {
        name: "after".into(),
        value: value.clone(),
        accepted: "the cursor of a fragment of this reel".into(),
    };
    let cursor = match &after {
        Some(text) => Cursor::from_text(text).ok_or_else(|| refused(text))?,
        None => Cursor::default(),
    };
    // Most of the time nothing is new.
    if is_live && let Some(reel) = store.reel(id).await? {
        require_mp4(&reel)?;
        if !cursor.may_follow(reel.settled_us) {
            return Ok(answer(Array::new(), false));
        }
    }
    let mut more = 1;
    loop {
        let [video, audio] = cursor.indexes(more);
        let behind = Indexes { video: video.end..u32::MAX, audio: audio.end..u32::MAX };
        let read = store.read(id, Indexes { video, audio }, &ExportObserver::default()).await;
        // Its first write may be still to come.
        if is_live && matches!(read, Err(Error::NoSuchReel { .. })) {
            return Ok(answer(Array::new(), false));
        }
        let (reel, segments, _) = read?;
        require_mp4(&reel)?;
        let is_all = !store.has(id, behind).await?;
        let stored = |segment: StoredSegment| {
            let index = segment.index;
            let (stored, data) = segment.split();
            ((index, stored), data)
        };
        let (stored, data): (Vec<_>, Vec<SegmentData>) = segments.into_iter().map(stored).unzip();
        let mut following = Following::new(&reel, stored, cursor);
        let settled_us = if is_live { Some(reel.settled_us) } else { (!is_all).then_some(i64::MAX) };
        let fragments = Array::new();
        while fragments.length() < MOST as u32 {
            let Some(fragment) = following.next(settled_us)? else { break };
            let mime = following.mime();
            fragments.push(&object(&[
                ("kind", if fragment.is_initialisation { "init" } else { "media" }.into()),
                ("data", assemble(fragment.pieces, &data, &mime)?.into()),
                ("offset", (fragment.offset as f64).into()),
                ("mimeType", mime.as_str().into()),
                ("from", (fragment.range_us.start as f64 / 1e6).into()),
                ("to", (fragment.range_us.end as f64 / 1e6).into()),
                ("cursor", fragment.cursor.to_text().as_str().into()),
            ]));
        }
        if fragments.length() > 0 || is_all {
            // Whoever has had all asks once more.
            let is_over = fragments.length() == 0 && !is_live;
            return Ok(answer(fragments, is_over));
        }
        // Those that were read are shorter than one fragment.
        more += 1;
    }
}

fn require_mp4(reel: &ReelRecord) -> Result<()> {
    match reel.container {
        Container::Mp4 => Ok(()),
        Container::WebM => Err(Error::Unsupported { what: "fragments are MP4, and the reel becomes a WebM".into() }),
    }
}

fn answer(fragments: Array, is_over: bool) -> JsValue {
    object(&[("fragments", fragments.into()), ("over", is_over.into())])
}
