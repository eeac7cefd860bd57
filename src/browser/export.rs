use super::blob::blob;
use super::export_observer::{ExportObserver, index_share};
use super::{SegmentData, StoredSegment, object};
use crate::clip::Bounds;
use crate::codec::Container;
use crate::facts::Facts;
use crate::mp4::{Piece, Plan, Stored, take};
use crate::reel::ReelRecord;
use crate::subtitles::{subtitles, vtt};
use crate::{Error, Result, mp4, webm};
use js_sys::{Array, Number, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::Blob;

/// An exported file, and what of the reel it is.
#[derive(Debug)]
pub struct Movie {
    /// The file.
    pub blob: Blob,
    /// From when to when it goes, in microseconds from the reel's start.
    pub start_us: i64,
    /// See `start_us`.
    pub end_us: i64,
    /// Until when it has pictures, or sound alone, in microseconds of media time.
    pub media_end_us: i64,
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
            ("mediaEnd", (self.media_end_us as f64 / 1e6).into()),
            ("damaged", self.damaged.into()),
            ("reelBytes", (self.reel_bytes as f64).into()),
        ])
    }
}

/// One file of a part of a reel, with these facts, or of its words alone, from the segments of both tracks, each track in its order. It begins with a key frame. No sample byte
/// of an MP4 is read. A WebM has a few bytes before each sample: its clusters are made one after the other, and `observer` gets the progress.
///
/// # Errors
/// [`Error::NothingRecorded`] if there is nothing in that part, [`Error::InvalidOption`] if its frames are too many for an even grid,
/// [`Error::Storage`] if the browser does not read what is stored, [`Error::Aborted`] if `observer` asks for that.
pub async fn export(
    reel: &ReelRecord,
    parts: Vec<StoredSegment>,
    (bounds, facts): (Bounds, &Facts),
    damaged: u32,
    observer: &ExportObserver,
) -> Result<Movie> {
    let (segments, data): (Vec<Stored>, Vec<SegmentData>) = parts.into_iter().map(StoredSegment::split).unzip();
    let plan = match reel.container {
        _ if bounds.is_vtt => take(reel, segments, bounds)?.map(|taken| {
            let (start_us, end_us) = (taken.start_us, taken.reel_end_us);
            let words = vtt(&subtitles(&reel.marks, start_us, end_us, bounds.speed));
            Plan { pieces: vec![Piece::Bytes(words.into_bytes())], mime: "text/vtt", start_us, end_us }
        }),
        Container::Mp4 => mp4::plan(reel, segments, bounds, facts)?,
        Container::WebM => webm::plan(reel, segments, bounds, facts)?,
    };
    let Plan { pieces, mime, start_us, end_us } = plan.ok_or_else(|| too_slow(bounds.fps.unwrap_or_default()))?;
    let blob = match reel.container {
        _ if bounds.is_vtt => assemble(pieces, &data, mime)?,
        Container::Mp4 => assemble(pieces, &data, mime)?,
        Container::WebM => join(pieces, &data, mime, observer).await?,
    };
    // Sound may be a part of a packet longer.
    let end_us = if bounds.is_since { bounds.to_us } else { end_us };
    let (start_us, end_us) = (start_us - bounds.reel_start_us, end_us - bounds.reel_start_us);
    Ok(Movie { blob, start_us, end_us, media_end_us: bounds.to_us, damaged, reel_bytes: reel.bytes })
}

/// How many bytes of a file are in memory until the browser has them.
const JOINED_BYTES: u64 = 4_000_000;
/// How many records are in memory: pictures and sound, and those that follow.
const MOST_OPEN: usize = 3;

/// The same as [`assemble`], for many small pieces: a `Blob` of a hundred thousand others takes Chromium minutes to make.
async fn join(pieces: Vec<Piece>, data: &[SegmentData], mime: &str, observer: &ExportObserver) -> Result<Blob> {
    let (joined, mut part, mut part_bytes) = (Array::new(), Array::new(), 0);
    let mut open: Vec<(usize, Uint8Array)> = Vec::new();
    let all = pieces.len() as f64;
    for (n, piece) in pieces.into_iter().enumerate() {
        let bytes = match piece {
            Piece::Bytes(bytes) => Uint8Array::from(bytes.as_slice()),
            Piece::Whole(segment) => read(segment, data, &mut open).await?,
            Piece::Slice(segment, bytes) => {
                read(segment, data, &mut open).await?.subarray(bytes.start as u32, bytes.end as u32)
            }
        };
        part_bytes += u64::from(bytes.length());
        part.push(&bytes);
        if part_bytes >= JOINED_BYTES {
            joined.push(blob(&part, "")?.as_ref());
            (part, part_bytes) = (Array::new(), 0);
            let share = index_share(Container::WebM);
            observer.report(share + (1.0 - share) * n as f64 / all)?;
        }
    }
    joined.push(blob(&part, "")?.as_ref());
    observer.report(1.0)?;
    blob(&joined, mime)
}

/// The bytes of a record.
async fn read(segment: usize, data: &[SegmentData], open: &mut Vec<(usize, Uint8Array)>) -> Result<Uint8Array> {
    if let Some(at) = open.iter().position(|(of, _)| *of == segment) {
        // The one that was not needed for the longest time is the first to go.
        let found = open.remove(at);
        open.push(found.clone());
        return Ok(found.1);
    }
    let bytes = data[segment].bytes().await?;
    if open.len() == MOST_OPEN {
        open.remove(0);
    }
    open.push((segment, bytes.clone()));
    Ok(bytes)
}

/// A `Blob` of these pieces of records.
pub(super) fn assemble(pieces: Vec<Piece>, data: &[SegmentData], mime: &str) -> Result<Blob> {
    let sequence = Array::new();
    for piece in pieces {
        sequence.push(&match piece {
            Piece::Bytes(bytes) => Uint8Array::from(bytes.as_slice()).into(),
            Piece::Whole(segment) => data[segment].whole(),
            Piece::Slice(segment, bytes) => data[segment].slice(bytes)?,
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
