//! A stretch of a reel as the face's player gets it.

use super::export::assemble;
use super::{SegmentData, Store, StoredSegment, Watch, object};
use crate::mp4::{From, Made, Place, stretch as made};
use crate::recording::Indexes;
use crate::reel::Track;
use crate::{Error, Result};
use wasm_bindgen::JsValue;

/// How long a stretch is, in microseconds.
const LENGTH_US: i64 = 3_000_000;
/// How many segments are merged into one record at most.
const MERGED: u32 = 16;

/// A stretch of a reel from this time on, in seconds of media time, or behind another one, as the face's `StretchAnswer`: without data if
/// nothing follows yet, or any more.
///
/// # Errors
/// [`Error::NoSuchReel`] if there is none, [`Error::Storage`] if it can't be read, [`Error::Unsupported`] if MP4 has no place for its codec.
pub async fn stretch(store: &Store, id: &str, at: f64, after: Option<String>, is_live: bool) -> Result<JsValue> {
    let place = after.as_deref().and_then(Place::from_text);
    let from = place.map_or(From::Time((at * 1e6) as i64), From::Behind);
    let reel = store.reel(id).await?.ok_or_else(|| Error::NoSuchReel { id: id.into() })?;
    let is_live = is_live && !reel.complete;
    let mut starts = [0; 2];
    for (start, track) in starts.iter_mut().zip([Track::Video, Track::Audio]) {
        *start = match from {
            From::Behind(place) => place.lasts[track as usize].map_or(0, |last| last.index),
            From::Time(us) => find(store, id, track, us).await?,
        };
    }
    let [mut before, mut behind] = [1, 2];
    loop {
        let range = |start: u32| {
            let group = start / MERGED;
            group.saturating_sub(before) * MERGED..(group + behind) * MERGED
        };
        let indexes = Indexes { video: range(starts[0]), audio: range(starts[1]) };
        let later = Indexes { video: indexes.video.end..u32::MAX, audio: indexes.audio.end..u32::MAX };
        let has_earlier = indexes.video.start > 0;
        let (_, segments, _) = store.read(id, indexes, &Watch::default()).await?;
        let has_later = store.has(id, later).await?;
        let stored = |segment: StoredSegment| {
            let index = segment.index;
            let (stored, data) = segment.split();
            ((index, stored), data)
        };
        let (stored, data): (Vec<_>, Vec<SegmentData>) = segments.into_iter().map(stored).unzip();
        let mut fields = vec![
            ("start", (reel.start_us as f64 / 1e6).into()),
            ("end", ((reel.start_us + reel.duration_us) as f64 / 1e6).into()),
            ("live", is_live.into()),
        ];
        match made(&reel, stored, from, LENGTH_US, has_earlier, is_live || has_later)? {
            Made::Earlier => before *= 2,
            Made::Nothing if has_later => behind *= 2,
            Made::Nothing => return Ok(object(&fields)),
            Made::Stretch(stretch) => {
                if let Some(head) = stretch.initialisation {
                    fields.push(("init", js_sys::Uint8Array::from(head.as_slice()).into()));
                }
                fields.push(("data", assemble(stretch.pieces, &data, "")?.into()));
                fields.push(("mimeType", stretch.mime.as_str().into()));
                fields.push(("from", (stretch.range_us.start as f64 / 1e6).into()));
                fields.push(("to", (stretch.range_us.end as f64 / 1e6).into()));
                fields.push(("fresh", stretch.is_new.into()));
                fields.push(("place", stretch.place.to_text().as_str().into()));
                return Ok(object(&fields));
            }
        }
    }
}

/// The index of a record of a track that begins shortly before this media time, in microseconds: of the first, if none does.
async fn find(store: &Store, id: &str, track: Track, at_us: i64) -> Result<u32> {
    let Some((mut low, start_us)) = store.first_from(id, track, 0).await? else { return Ok(0) };
    if start_us > at_us {
        return Ok(low);
    }
    let mut step = MERGED;
    // Up to one that begins later, and then between the two.
    let mut high = loop {
        match store.first_from(id, track, low.saturating_add(step)).await? {
            Some((index, start_us)) if start_us <= at_us => {
                low = index;
                step *= 2;
            }
            _ => break low.saturating_add(step),
        }
    };
    while high - low > MERGED {
        let middle = low + (high - low) / 2;
        match store.first_from(id, track, middle).await? {
            Some((index, start_us)) if start_us <= at_us && index < high => low = index,
            _ => high = middle,
        }
    }
    Ok(low)
}
