use super::{StoredSegment, object};
use crate::clip::Bounds;
use crate::codec::h264::parameter_sets;
use crate::mp4::{Configs, TrackIndex, lay_evenly, layout};
use crate::reel::{Excerpt, ReelRecord, excerpt};
use crate::{Error, Result};
use js_sys::{Array, Number, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag};

/// An exported file, and what of the reel it is.
#[derive(Debug)]
pub struct Movie {
    /// The file.
    pub blob: Blob,
    /// From when to when it goes, in microseconds from the reel's start.
    pub start_us: i64,
    /// See `start_us`.
    pub end_us: i64,
    /// How many segments were damaged, and are not in it.
    pub damaged: u32,
    /// The size of the reel that it is of, or of a part of, in bytes.
    pub reel_bytes: u64,
}

impl Movie {
    /// What the face makes its `Movie` of.
    pub fn to_js(&self) -> JsValue {
        object(&[
            ("blob", self.blob.clone().into()),
            ("start", (self.start_us as f64 / 1e6).into()),
            ("end", (self.end_us as f64 / 1e6).into()),
            ("damaged", self.damaged.into()),
            ("reelBytes", (self.reel_bytes as f64).into()),
        ])
    }
}

/// One MP4 of a part of a reel, from its segments in their order. It begins with a key frame. No sample byte is read.
///
/// # Errors
/// [`Error::NothingRecorded`] if there is nothing in that part, [`Error::InvalidOption`] if its frames are too many for an even grid.
pub fn export(reel: &ReelRecord, mut parts: Vec<StoredSegment>, bounds: Bounds, damaged: u32) -> Result<Movie> {
    let mut tables: Vec<_> = parts.iter_mut().map(|part| &mut part.table).collect();
    let Excerpt { segments: needed, first, last } = excerpt(&mut tables, bounds).ok_or(Error::NothingRecorded)?;
    parts.truncate(needed.end);
    parts.drain(..needed.start);
    let at_the_end = parts.len() - 1;
    let configs = &reel.video;
    let is_mixed = parts.iter().any(|part| part.config != parts[0].config);
    let (mut segments, mut data) = (Vec::with_capacity(parts.len()), Vec::with_capacity(parts.len()));
    for (n, StoredSegment { config, mut table, data: mut bytes, .. }) in parts.into_iter().enumerate() {
        let range = if n == 0 { Some(&first) } else { Some(&last).filter(|_| n == at_the_end) };
        if let Some(range) = range {
            bytes = bytes.slice_with_f64_and_f64(range.start as f64, range.end as f64).map_err(refused)?;
        }
        // Some players, Chromium's among them, read the first sample entry only.
        let avcc = configs.get(config as usize).filter(|config| is_mixed && config.codec.starts_with("avc1"));
        let sets = avcc.and_then(|config| parameter_sets(&config.description)).unwrap_or_default();
        table.prepend(sets.len() as u32);
        segments.push((config, table));
        data.push((sets, bytes));
    }
    let (start_us, end_us) = (segments[0].1.start_us(), segments[segments.len() - 1].1.end_us());
    if let Some(fps) = bounds.fps {
        let mut tables: Vec<_> = segments.iter_mut().map(|(_, table)| table).collect();
        if !lay_evenly(&mut tables, fps) {
            return Err(too_slow(fps));
        }
    }
    let layout = layout(
        (reel.created_at / 1000.0) as u64,
        &[TrackIndex { configs: Configs::Video(configs), segments: &segments }],
    )?;
    let sequence = Array::of1(&Uint8Array::from(layout.head.as_slice()));
    for part in layout.parts {
        let (sets, bytes) = &data[part.segment];
        if !sets.is_empty() {
            sequence.push(&Uint8Array::from(sets.as_slice()));
        }
        sequence.push(bytes);
    }
    let blob = blob(&sequence, "video/mp4")?;
    let (start_us, end_us) = (start_us - bounds.reel_start_us, end_us - bounds.reel_start_us);
    Ok(Movie { blob, start_us, end_us, damaged, reel_bytes: reel.bytes })
}

/// The error for frames that come faster than this rate.
fn too_slow(fps: f64) -> Error {
    // As JavaScript writes it: Rust's own way would be kilobytes to download.
    let value = Number::from(fps).to_string_with_radix(10).map(String::from).unwrap_or_default();
    Error::InvalidOption { name: "fps".into(), value, accepted: "no less than the rate of the recorded frames".into() }
}

/// A `Blob` of these parts.
pub fn blob(parts: &JsValue, mime: &str) -> Result<Blob> {
    let options: BlobPropertyBag = object(&[("type", mime.into())]).unchecked_into();
    Blob::new_with_blob_sequence_and_options(parts, &options).map_err(refused)
}

fn refused(thrown: JsValue) -> Error {
    Error::Storage { reason: super::reason(&thrown) }
}
