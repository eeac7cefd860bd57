//! A stretch of a reel as the face's player gets it.

use super::export::assemble;
use super::{ExportObserver, SegmentData, Store, StoredSegment, object};
use crate::codec::Container;
use crate::mp4::{FirstSegment, From, MadeStretch, Place, stretch as stretch_of};
use crate::recording::{Indexes, Snapshot, overlay};
use crate::reel::{MERGED, Track};
use crate::{Error, Result};
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

/// How long a stretch is, in microseconds.
const LENGTH_US: i64 = 3_000_000;

/// A stretch of a reel from this time on, in seconds of media time, or behind another one, as the face's `Stretch`: without a part
/// if nothing follows by now. `newest` is what a recording has of it beside what is stored.
///
/// # Errors
/// [`Error::NoSuchReel`] if there is none, [`Error::Storage`] if it can't be read, [`Error::Unsupported`] if MP4 has no place for its codec.
pub async fn stretch(
    store: &Store,
    id: &str,
    at: f64,
    after: Option<String>,
    is_live: bool,
    newest: Option<Snapshot<Uint8Array>>,
) -> Result<JsValue> {
    let place = after.as_deref().and_then(Place::from_text);
    let from = place.map_or(From::Time((at * 1e6) as i64), From::Behind);
    let (reel, newest) = match newest {
        Some(Snapshot { reel, newest, .. }) => {
            (Some(reel), newest.iter().map(StoredSegment::try_from).collect::<Result<Vec<_>>>()?)
        }
        None => (store.reel(id).await?, Vec::new()),
    };
    let reel = match reel {
        Some(reel) => reel,
        // Its first write is still to come.
        None if is_live => return Ok(object(&[("start", 0.into()), ("end", 0.into()), ("live", true.into())])),
        None => return Err(Error::NoSuchReel { id: id.into() }),
    };
    if reel.container != Container::Mp4 {
        return Err(Error::Unsupported { what: "a player takes MP4, and the reel becomes a WebM".into() });
    }
    let mut fields = vec![
        ("start", (reel.start_us as f64 / 1e6).into()),
        ("end", ((reel.start_us + reel.duration_us) as f64 / 1e6).into()),
        ("live", is_live.into()),
    ];
    // Most of the time nothing is new.
    if is_live && place.is_some_and(|place| place.is_all(&reel)) {
        return Ok(object(&fields));
    }
    let mut starts = [0; 2];
    for (start, track) in starts.iter_mut().zip([Track::Video, Track::Audio]) {
        *start = match from.first_segment(track) {
            FirstSegment::Index(index) => index,
            FirstSegment::At(us) => {
                let of_track = newest.iter().filter(|segment| segment.track == track);
                match of_track.rev().find(|segment| segment.table.start_us() <= us) {
                    Some(segment) => segment.index,
                    None => find(store, id, track, us).await?,
                }
            }
        };
    }
    let [mut before, mut behind] = [0, 2];
    // What was merged has the index of the first of its group.
    let mut is_exact = place.is_some();
    loop {
        let range = |start: u32, before: u32| {
            let group = start / MERGED;
            let first = if is_exact { start } else { group.saturating_sub(before) * MERGED };
            first..(group + behind) * MERGED
        };
        // The key frame may be earlier than the time, and so is the sound beside it.
        let indexes = Indexes { video: range(starts[0], before), audio: range(starts[1], before + 1) };
        let later = Indexes { video: indexes.video.end..u32::MAX, audio: indexes.audio.end..u32::MAX };
        let has_earlier = indexes.video.start > 0;
        let is_later = |segment: &&StoredSegment| later.of(segment.track).contains(&segment.index);
        let has_later = newest.iter().any(|segment| is_later(&segment)) || store.has(id, later.clone()).await?;
        let segments = match store.read(id, indexes.clone(), &ExportObserver::default()).await {
            Ok((_, segments, _)) => segments,
            // The first write may be under way.
            Err(Error::NoSuchReel { .. }) if !newest.is_empty() => Vec::new(),
            Err(error) => return Err(error),
        };
        let here = newest.iter().filter(|segment| indexes.of(segment.track).contains(&segment.index));
        let segments = overlay(segments, here.cloned(), StoredSegment::key);
        if let Some(place) = place.filter(|_| is_exact) {
            let begins =
                |track| segments.iter().find(|segment| segment.track == track).map(|first| first.table.start_us());
            let is_there = |track| match place.lasts[track as usize] {
                Some(last) => begins(track).is_some_and(|begin_us| begin_us <= last.from_us),
                None => true,
            };
            if !is_there(Track::Video) || !is_there(Track::Audio) {
                is_exact = false;
                continue;
            }
        }
        let stored = |segment: StoredSegment| {
            let index = segment.index;
            let (stored, data) = segment.split();
            ((index, stored), data)
        };
        let (stored, data): (Vec<_>, Vec<SegmentData>) = segments.into_iter().map(stored).unzip();
        match stretch_of(&reel, stored, from, LENGTH_US, has_earlier, is_live || has_later)? {
            // A restarted one has sound beside it that is earlier.
            MadeStretch::Earlier | MadeStretch::Nothing if is_exact => is_exact = false,
            MadeStretch::Stretch(stretch) if is_exact && stretch.is_new => is_exact = false,
            MadeStretch::Earlier => before = (before * 2).max(1),
            MadeStretch::Nothing if has_later => behind *= 2,
            MadeStretch::Nothing => return Ok(object(&fields)),
            MadeStretch::Stretch(stretch) => {
                let mut part = vec![
                    ("data", assemble(stretch.pieces, &data, "")?.into()),
                    ("mimeType", stretch.mime.as_str().into()),
                    ("from", (stretch.range_us.start as f64 / 1e6).into()),
                    ("to", (stretch.range_us.end as f64 / 1e6).into()),
                    ("fresh", stretch.is_new.into()),
                    ("place", stretch.place.to_text().as_str().into()),
                ];
                if let Some(head) = stretch.initialisation {
                    part.push(("init", Uint8Array::from(head.as_slice()).into()));
                }
                fields.push(("part", object(&part)));
                return Ok(object(&fields));
            }
        }
    }
}

/// The index of a record of a track that begins shortly before this media time, in microseconds, or of one before all.
async fn find(store: &Store, id: &str, track: Track, at_us: i64) -> Result<u32> {
    let (mut low, mut high, mut step) = (0, None, MERGED);
    loop {
        // Up to one that begins later, and then between the two.
        let probe = match high {
            Some(high) if high - low <= MERGED => return Ok(low),
            Some(high) => low + (high - low) / 2,
            None => low + step,
        };
        match store.first_from(id, track, probe).await? {
            Some((index, start_us)) if start_us <= at_us && high.is_none_or(|high| index < high) => {
                low = index;
                step *= 2;
            }
            _ => high = Some(probe),
        }
    }
}
