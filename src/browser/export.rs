use super::{StoredSegment, object};
use crate::clip::Bounds;
use crate::codec::Container;
use crate::mp4::{Piece, Plan, Stored};
use crate::reel::ReelRecord;
use crate::{Error, Result, mp4, webm};
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

/// One file of a part of a reel, from the segments of both tracks, each track in its order. It begins with a key frame. No sample byte
/// is read.
///
/// # Errors
/// [`Error::NothingRecorded`] if there is nothing in that part, [`Error::InvalidOption`] if its frames are too many for an even grid.
pub fn export(reel: &ReelRecord, parts: Vec<StoredSegment>, bounds: Bounds, damaged: u32) -> Result<Movie> {
    let (segments, data): (Vec<Stored>, Vec<Blob>) = parts.into_iter().map(StoredSegment::split).unzip();
    let plan = match reel.container {
        Container::Mp4 => mp4::plan(reel, segments, bounds)?,
        Container::WebM => webm::plan(reel, segments, bounds)?,
    };
    let Plan { pieces, mime, start_us, end_us } = plan.ok_or_else(|| too_slow(bounds.fps.unwrap_or_default()))?;
    let blob = assemble(pieces, &data, mime)?;
    let (start_us, end_us) = (start_us - bounds.reel_start_us, end_us - bounds.reel_start_us);
    Ok(Movie { blob, start_us, end_us, damaged, reel_bytes: reel.bytes })
}

/// A `Blob` of these pieces of others.
pub(super) fn assemble(pieces: Vec<Piece>, data: &[Blob], mime: &str) -> Result<Blob> {
    let sequence = Array::new();
    for piece in pieces {
        sequence.push(&match piece {
            Piece::Bytes(bytes) => Uint8Array::from(bytes.as_slice()).into(),
            Piece::Whole(segment) => data[segment].clone().into(),
            Piece::Slice(segment, bytes) => {
                let slice = data[segment].slice_with_f64_and_f64(bytes.start as f64, bytes.end as f64);
                JsValue::from(slice.map_err(refused)?)
            }
        });
    }
    blob(&sequence, mime)
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
