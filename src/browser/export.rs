use super::{ReelRecord, StoredSegment};
use crate::codec::h264::parameter_sets;
use crate::mp4::{TrackIndex, layout};
use crate::reel::{SampleTable, Track};
use crate::{Error, Result};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::{Blob, BlobPropertyBag};

/// A segment as an export needs it: its index, and a handle to its bytes.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its place among the reel's segments, from 0.
    pub index: u32,
    /// Which of the track's configurations it decodes with, from 0.
    pub config: u32,
    /// Its samples.
    pub table: SampleTable,
    /// A `Blob` with the samples' bytes.
    pub data: Blob,
}

impl From<StoredSegment> for Part {
    fn from(segment: StoredSegment) -> Self {
        let StoredSegment { index, config, table, data } = segment;
        Self { index, config, table, data }
    }
}

/// One MP4 of a reel's segments, in their order. No sample byte is read.
///
/// # Errors
/// [`Error::NothingRecorded`] if there are none.
pub fn export(reel: &ReelRecord, parts: Vec<Part>) -> Result<Blob> {
    let Track::Video(configs) = &reel.track;
    let is_mixed = parts.iter().any(|part| part.config != parts[0].config);
    let (mut segments, mut data) = (Vec::new(), Vec::new());
    for Part { config, mut table, data: bytes, .. } in parts {
        // Some players, Chromium's among them, read the first sample entry only.
        let avcc = configs.get(config as usize).filter(|config| is_mixed && config.codec.starts_with("avc1"));
        let sets = avcc.and_then(|config| parameter_sets(&config.description)).unwrap_or_default();
        table.prepend(sets.len() as u32);
        segments.push((config, table));
        data.push((sets, bytes));
    }
    let layout = layout((reel.created_at / 1000.0) as u64, &[TrackIndex { track: &reel.track, segments: &segments }])?;
    let sequence = Array::of1(&Uint8Array::from(layout.head.as_slice()));
    for (_, segment) in layout.parts {
        let (sets, bytes) = &data[segment];
        sequence.push(&Uint8Array::from(sets.as_slice()));
        sequence.push(bytes);
    }
    blob(&sequence, "video/mp4")
}

/// A `Blob` of these parts.
pub(super) fn blob(parts: &JsValue, mime: &str) -> Result<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    Blob::new_with_blob_sequence_and_options(parts, &options)
        .map_err(|thrown| Error::Storage { reason: super::reason(&thrown) })
}
