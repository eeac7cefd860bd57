//! The MP4 file around the samples: everything that stands before them, written from the sample tables alone.
//!
//! The file is faststart (ISO/IEC 14496-12): `ftyp`, `moov`, then one `mdat`. There is no edit list, since QuickTime and
//! others ignore it or show black for it: each track's first sample is at 0.

mod audio_entry;
#[cfg(test)]
mod audio_tests;
mod boxes;
mod chapter_track;
mod cut;
mod even_times;
mod fragments;
#[cfg(test)]
mod fragments_tests;
mod interleave;
mod merge;
#[cfg(test)]
mod merge_tests;
mod moof;
mod moov;
mod placed;
mod plan;
#[cfg(test)]
mod plan_tests;
mod sample_entry;
mod sample_times;
mod silence;
#[cfg(test)]
mod since_tests;
mod speed;
mod stretch;
#[cfg(test)]
mod stretch_tests;
#[cfg(test)]
mod subtitle_tests;
mod subtitle_track;
#[cfg(test)]
mod tests;
mod text_track;
mod user_data;
#[cfg(test)]
mod user_data_tests;

use crate::chapters::Chapter;
use crate::facts::Facts;
use crate::reel::{AudioConfig, SampleTable, VideoConfig};
use crate::{Error, Result};
use boxes::write_box;
use cut::Cut;
pub use cut::Stored;
use even_times::lay_evenly;
pub use fragments::{Cursor, Following, Fragment};
pub use interleave::Part;
use interleave::interleave;
pub use merge::{Merged, merge};
use moov::moov;
pub use plan::{Piece, Plan, Selection, plan, take};
pub use stretch::{From, MadeStretch, Place, Stretch, stretch};

/// Ticks a second of the movie and of video tracks. The ticks of an audio track are its samples.
pub const TIMESCALE: u32 = 90_000;
/// From 1904, where MP4 counts seconds, to 1970.
const MP4_EPOCH_S: u64 = 2_082_844_800;

/// What the samples of a track are, and what decoders need for each of its configurations.
#[derive(Debug, Clone, Copy)]
pub enum Configs<'a> {
    /// Pictures.
    Video(&'a [VideoConfig]),
    /// Sound.
    Audio(&'a [AudioConfig]),
}

/// A track to be written.
#[derive(Debug, Clone, Copy)]
pub struct TrackIndex<'a> {
    /// What decoders need.
    pub configs: Configs<'a>,
    /// Its segments in order, each with the configuration it decodes with; times rise throughout.
    pub segments: &'a [(u32, SampleTable)],
}

/// What a file has beside its tracks.
#[derive(Debug, Clone, Default)]
pub(super) struct Beside<'a> {
    /// Its chapters, of which the first begins at 0; none if it has none.
    pub chapters: Vec<Chapter>,
    /// The samples of its subtitles: how long each is, in milliseconds, and its bytes.
    pub subtitles: Vec<(u32, Vec<u8>)>,
    /// Whether they are `WebVTT`.
    pub is_wvtt: bool,
    /// What it says of itself.
    pub facts: Option<&'a Facts>,
}

/// A file, but for the samples' bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// What the file begins with, up to the first sample.
    pub head: Vec<u8>,
    /// What follows: chunks.
    pub parts: Vec<Part>,
}

/// Lays out a movie that was begun at this time, in seconds since 1970.
///
/// # Errors
/// [`Error::NothingRecorded`] if there is no segment, [`Error::Storage`] if a configuration is damaged,
/// [`Error::Unsupported`] if MP4 has no place for its codec.
pub fn layout(created_s: u64, tracks: &[TrackIndex<'_>]) -> Result<Layout> {
    layout_stored(created_s, tracks, &[], &Beside::default())
}

/// The same of tracks that share records, with what the file has beside them.
fn layout_stored(created_s: u64, tracks: &[TrackIndex<'_>], cuts: &[&Cut], beside: &Beside<'_>) -> Result<Layout> {
    let parts = interleave(tracks, cuts);
    let starts = tracks.iter().filter_map(|index| index.segments.first()).map(|(_, table)| table.start_us());
    let start_us = starts.min().ok_or(Error::NothingRecorded)?;
    // What is written here comes before what is stored.
    let mut texts = chapter_track::samples(&beside.chapters).concat();
    beside.subtitles.iter().for_each(|(_, sample)| texts.extend(sample));
    let stored_len = parts.iter().map(|part| part.bytes.end - part.bytes.start).sum::<u64>();
    let data_len = texts.len() as u64 + stored_len;

    let created = created_s.saturating_add(MP4_EPOCH_S);
    // It is large: growing would need as much again.
    let samples = tracks.iter().flat_map(|index| index.segments).map(|(_, table)| table.samples().len()).sum::<usize>();
    let mut head = Vec::with_capacity(4 * samples + 20 * parts.len() + 4096);
    ftyp(&mut head, tracks);
    let mdat = mdat_header(data_len);
    let ftyp_len = head.len();
    // How long `moov` is depends on which box holds the offsets, and the offsets on how long `moov` is.
    let movie = |head: &mut Vec<u8>, offsets: &[Offsets], texts_at: u64| {
        moov(head, created, start_us, tracks, (&parts, offsets), (beside, texts_at))
    };
    movie(&mut head, &vec![Offsets::Narrow(Vec::new()); tracks.len()], 0)?;
    let narrow_len = (head.len() + 4 * parts.len() + mdat.len()) as u64;
    let wide = narrow_len + data_len > u64::from(u32::MAX);
    let data_start = narrow_len + if wide { 4 * parts.len() as u64 } else { 0 };
    head.truncate(ftyp_len);
    let stored_start = data_start + texts.len() as u64;
    movie(&mut head, &offsets(tracks.len(), &parts, stored_start, wide), data_start)?;
    head.extend(mdat);
    head.extend(texts);
    Ok(Layout { head, parts })
}

/// Where a track's chunks lie in the file: 64 bits each where 32 do not reach.
#[derive(Debug, Clone)]
enum Offsets {
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

fn offsets(tracks: usize, parts: &[Part], start: u64, wide: bool) -> Vec<Offsets> {
    let mut offsets: Vec<Vec<u64>> = vec![Vec::new(); tracks];
    let mut offset = start;
    for Part { track, bytes, .. } in parts {
        offsets[*track].push(offset);
        offset += bytes.end - bytes.start;
    }
    let of_track = |offsets: Vec<u64>| match wide {
        true => Offsets::Wide(offsets),
        false => Offsets::Narrow(offsets.into_iter().map(|offset| offset as u32).collect()),
    };
    offsets.into_iter().map(of_track).collect()
}

fn ftyp(head: &mut Vec<u8>, tracks: &[TrackIndex<'_>]) {
    let codecs = tracks.iter().filter_map(|index| match index.configs {
        Configs::Video(configs) => configs.first().and_then(|config| sample_entry::brand(&config.codec)),
        Configs::Audio(_) => None,
    });
    write_box(head, b"ftyp", |head| {
        head.extend(b"isom\0\0\x02\0isomiso2mp41");
        codecs.for_each(|brand| head.extend(brand));
    });
}

/// The header of `mdat`: with a 64-bit size where 32 bits do not reach.
fn mdat_header(data_len: u64) -> Vec<u8> {
    match u32::try_from(data_len + 8) {
        Ok(size) => [&size.to_be_bytes(), b"mdat".as_slice()].concat(),
        Err(_) => [&1_u32.to_be_bytes(), b"mdat".as_slice(), &(data_len + 16).to_be_bytes()].concat(),
    }
}
