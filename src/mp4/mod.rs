//! The MP4 file around the samples: everything that stands before them, written from the sample tables alone.
//!
//! The file is faststart (ISO/IEC 14496-12): `ftyp`, `moov`, then one `mdat` with a chunk for each segment. There is no edit
//! list, since QuickTime and others ignore it or show black for it: the first picture is at 0.

mod sample_entry;
mod sample_times;

use crate::reel::{SampleTable, Track, VideoConfig};
use crate::{Error, Result};
use mp4_atom::{
    Co64, Ctts, Dref, DrefEntry, Encode, FourCC, Ftyp, Hdlr, Mdhd, Mvhd, Stco, Stsc, StscEntry, Stss, Stsz,
    StszSamples, Tkhd, Url, Vmhd,
};
use sample_times::SampleTimes;

/// Ticks a second of every track and of the movie.
pub const TIMESCALE: u32 = 90_000;
/// From 1904, where MP4 counts seconds, to 1970.
const MP4_EPOCH_S: u64 = 2_082_844_800;

/// A track to be written.
#[derive(Debug, Clone, Copy)]
pub struct TrackIndex<'a> {
    /// What decoders have to know.
    pub track: &'a Track,
    /// Its segments in order, each with the configuration it decodes with; times rise throughout.
    pub segments: &'a [(u32, SampleTable)],
}

/// A file, but for the samples' bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// What the file begins with, up to the first sample.
    pub head: Vec<u8>,
    /// What follows: the segments, as the positions of track and segment.
    pub parts: Vec<(usize, usize)>,
}

/// Lays out a movie that was begun at this time, in seconds since 1970.
///
/// # Errors
/// [`Error::NothingRecorded`] if there is no segment, [`Error::Storage`] if a configuration is damaged.
pub fn layout(created_s: u64, tracks: &[TrackIndex<'_>]) -> Result<Layout> {
    let parts = interleave(tracks);
    if parts.is_empty() {
        return Err(Error::NothingRecorded);
    }
    let start_us = tracks[parts[0].0].segments[parts[0].1].1.start_us();
    let sizes: Vec<u64> = parts.iter().map(|&(t, s)| tracks[t].segments[s].1.bytes()).collect();
    let data_len: u64 = sizes.iter().sum();

    let created = created_s + MP4_EPOCH_S;
    let mut head = Vec::new();
    encode(&mut head, &ftyp(tracks))?;
    let mdat = mdat_header(data_len);
    let ftyp_len = head.len();
    // How long `moov` is depends on which box holds the offsets, and the offsets on how long `moov` is.
    moov(&mut head, created, start_us, tracks, &vec![Offsets::Narrow(Vec::new()); tracks.len()])?;
    let narrow_len = (head.len() + 4 * parts.len() + mdat.len()) as u64;
    let wide = narrow_len + data_len > u64::from(u32::MAX);
    let data_start = narrow_len + if wide { 4 * parts.len() as u64 } else { 0 };
    head.truncate(ftyp_len);
    moov(&mut head, created, start_us, tracks, &offsets(tracks.len(), &parts, &sizes, data_start, wide))?;
    head.extend(mdat);
    Ok(Layout { head, parts })
}

/// The segments of all tracks by the time they start.
fn interleave(tracks: &[TrackIndex<'_>]) -> Vec<(usize, usize)> {
    let mut next = vec![0; tracks.len()];
    let start_us =
        |track: usize, segment: usize| tracks[track].segments.get(segment).map(|(_, table)| table.start_us());
    let earliest = |next: &[usize]| {
        let starts = next.iter().enumerate().filter_map(|(track, &segment)| Some((start_us(track, segment)?, track)));
        starts.min().map(|(_, track)| track)
    };
    let mut parts = Vec::new();
    while let Some(track) = earliest(&next) {
        parts.push((track, next[track]));
        next[track] += 1;
    }
    parts
}

/// Where a track's chunks lie in the file: 64 bits each where 32 do not reach.
#[derive(Debug, Clone)]
enum Offsets {
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

fn offsets(tracks: usize, parts: &[(usize, usize)], sizes: &[u64], data_start: u64, wide: bool) -> Vec<Offsets> {
    let mut offsets: Vec<Vec<u64>> = vec![Vec::new(); tracks];
    let mut offset = data_start;
    for (&(track, _), size) in parts.iter().zip(sizes) {
        offsets[track].push(offset);
        offset += size;
    }
    let of_track = |offsets: Vec<u64>| match wide {
        true => Offsets::Wide(offsets),
        false => Offsets::Narrow(offsets.into_iter().map(|offset| offset as u32).collect()),
    };
    offsets.into_iter().map(of_track).collect()
}

fn ftyp(tracks: &[TrackIndex<'_>]) -> Ftyp {
    let codecs = tracks.iter().filter_map(|index| match index.track {
        Track::Video(configs) => configs.first().and_then(|config| sample_entry::brand(&config.codec)),
    });
    let brands = [*b"isom", *b"iso2", *b"mp41"].into_iter().chain(codecs).map(FourCC::from);
    Ftyp { major_brand: FourCC::new(b"isom"), minor_version: 512, compatible_brands: brands.collect() }
}

/// The header of `mdat`: with a 64-bit size where 32 bits do not reach.
fn mdat_header(data_len: u64) -> Vec<u8> {
    match u32::try_from(data_len + 8) {
        Ok(size) => [&size.to_be_bytes(), b"mdat".as_slice()].concat(),
        Err(_) => [&1_u32.to_be_bytes(), b"mdat".as_slice(), &(data_len + 16).to_be_bytes()].concat(),
    }
}

fn moov(
    head: &mut Vec<u8>,
    creation_time: u64,
    start_us: i64,
    tracks: &[TrackIndex<'_>],
    offsets: &[Offsets],
) -> Result<()> {
    let tables = |index: &TrackIndex<'_>| SampleTimes::new(start_us, index.segments.iter().map(|(_, table)| table));
    let times: Vec<SampleTimes> = tracks.iter().map(tables).collect();
    let mvhd = Mvhd {
        creation_time,
        modification_time: creation_time,
        timescale: TIMESCALE,
        duration: times.iter().map(|times| times.duration).max().unwrap_or(0),
        rate: 1.into(),
        volume: 1.into(),
        next_track_id: tracks.len() as u32 + 1,
        ..Default::default()
    };
    container(head, b"moov", |head| {
        encode(head, &mvhd)?;
        for (((id, index), times), offsets) in (1..).zip(tracks).zip(times).zip(offsets) {
            container(head, b"trak", |head| trak(head, id, creation_time, index, times, offsets))?;
        }
        Ok(())
    })
}

fn trak(
    head: &mut Vec<u8>,
    track_id: u32,
    creation_time: u64,
    index: &TrackIndex<'_>,
    times: SampleTimes,
    offsets: &Offsets,
) -> Result<()> {
    let entries = sample_entry::used(index);
    // A reel's size only rises.
    let (_, shown) = entries.last().ok_or(Error::NothingRecorded)?;
    let tkhd = Tkhd {
        creation_time,
        modification_time: creation_time,
        track_id,
        duration: times.duration,
        enabled: true,
        in_movie: true,
        width: sample_entry::side(shown.width).into(),
        height: sample_entry::side(shown.height).into(),
        ..Default::default()
    };
    let mdhd = Mdhd {
        creation_time,
        modification_time: creation_time,
        timescale: TIMESCALE,
        duration: times.duration,
        language: "und".into(),
    };
    let dref = Dref { entries: vec![DrefEntry::Url(Url::default())] };
    encode(head, &tkhd)?;
    container(head, b"mdia", |head| {
        encode(head, &mdhd)?;
        encode(head, &Hdlr { handler: FourCC::new(b"vide"), name: "VideoHandler".into() })?;
        container(head, b"minf", |head| {
            encode(head, &Vmhd::default())?;
            container(head, b"dinf", |head| encode(head, &dref))?;
            container(head, b"stbl", |head| {
                container(head, b"stsd", |head| sample_entry::stsd(head, &entries))?;
                sample_tables(head, &entries, index.segments, times, offsets)
            })
        })
    })
}

/// Times, key frames, chunks and sizes of a track's samples.
fn sample_tables(
    head: &mut Vec<u8>,
    entries: &[(u32, &VideoConfig)],
    segments: &[(u32, SampleTable)],
    times: SampleTimes,
    offsets: &Offsets,
) -> Result<()> {
    let samples = || segments.iter().flat_map(|(_, table)| table.samples());
    encode(head, &times.stts)?;
    if !times.ctts.is_empty() {
        encode(head, &Ctts { entries: times.ctts })?;
    }
    if samples().any(|sample| !sample.key) {
        let keys = samples().zip(1..).filter(|(sample, _)| sample.key).map(|(_, number)| number);
        encode(head, &Stss { entries: keys.collect() })?;
    }
    let mut chunks = Vec::new();
    for ((config, table), first_chunk) in segments.iter().zip(1..) {
        let entry = entries.iter().position(|(position, _)| position == config);
        let damaged = || Error::Storage { reason: "the configuration of a segment is missing".into() };
        chunks.push(StscEntry {
            first_chunk,
            samples_per_chunk: table.samples().len() as u32,
            sample_description_index: entry.ok_or_else(damaged)? as u32 + 1,
        });
    }
    chunks.dedup_by_key(|entry| (entry.samples_per_chunk, entry.sample_description_index));
    encode(head, &Stsc { entries: chunks })?;
    let sizes = samples().map(|sample| sample.size).collect();
    encode(head, &Stsz { samples: StszSamples::Different { sizes } })?;
    match offsets {
        Offsets::Narrow(entries) => encode(head, &Stco { entries: entries.clone() }),
        Offsets::Wide(entries) => encode(head, &Co64 { entries: entries.clone() }),
    }
}

/// Writes a box around what `content` writes. The containers are written here, and not as `mp4-atom`'s own nested types, since those
/// link every box and codec there is: 200 kB that a page would download.
fn container(head: &mut Vec<u8>, kind: &[u8; 4], content: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
    let start = head.len();
    head.extend([0; 4]);
    head.extend(kind);
    content(head)?;
    let size = (head.len() - start) as u32;
    head[start..start + 4].copy_from_slice(&size.to_be_bytes());
    Ok(())
}

fn encode(head: &mut Vec<u8>, atom: &impl Encode) -> Result<()> {
    atom.encode(head).map_err(unwritable)
}

// Not in `encode`, of which every kind of box has its own.
fn unwritable(error: mp4_atom::Error) -> Error {
    let what = match error {
        mp4_atom::Error::InvalidCombination(what) | mp4_atom::Error::Unsupported(what) => what,
        // The words for all that may be wrong with a file that is read would be 2 kB gzip.
        _ => "a box is too large, or its content is invalid",
    };
    Error::Storage { reason: format!("the index can't be written: {what}") }
}
