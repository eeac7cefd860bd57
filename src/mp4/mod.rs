//! The MP4 file around the samples: everything that stands before them, written from the sample tables alone.
//!
//! The file is faststart (ISO/IEC 14496-12): `ftyp`, `moov`, then one `mdat` with a chunk for each segment. There is no edit
//! list, since QuickTime and others ignore it or show black for it: the first picture is at 0.

mod boxes;
mod even_times;
mod sample_entry;
mod sample_times;
#[cfg(test)]
mod tests;

use crate::reel::{SampleTable, VideoConfig};
use crate::{Error, Result};
use boxes::{VERSION_1, put_rows, put16, put32, put64, write_box, write_full_box};
pub use even_times::lay_evenly;
use sample_times::SampleTimes;

/// Ticks a second of every track and of the movie.
pub const TIMESCALE: u32 = 90_000;
/// From 1904, where MP4 counts seconds, to 1970.
const MP4_EPOCH_S: u64 = 2_082_844_800;

/// What the samples of a track are, and what decoders need for each of its configurations.
#[derive(Debug, Clone, Copy)]
pub enum Configs<'a> {
    /// Pictures.
    Video(&'a [VideoConfig]),
}

/// A track to be written.
#[derive(Debug, Clone, Copy)]
pub struct TrackIndex<'a> {
    /// What decoders need.
    pub configs: Configs<'a>,
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

    let created = created_s.saturating_add(MP4_EPOCH_S);
    let mut head = Vec::new();
    ftyp(&mut head, tracks);
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

fn ftyp(head: &mut Vec<u8>, tracks: &[TrackIndex<'_>]) {
    let codecs = tracks.iter().filter_map(|index| match index.configs {
        Configs::Video(configs) => configs.first().and_then(|config| sample_entry::brand(&config.codec)),
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

fn moov(
    head: &mut Vec<u8>,
    created_s: u64,
    start_us: i64,
    tracks: &[TrackIndex<'_>],
    offsets: &[Offsets],
) -> Result<()> {
    let tables = |index: &TrackIndex<'_>| SampleTimes::new(start_us, index.segments.iter().map(|(_, table)| table));
    let times: Vec<SampleTimes> = tracks.iter().map(tables).collect();
    let duration = times.iter().map(|times| times.duration).max().unwrap_or(0);
    let mut written = Ok(());
    write_box(head, b"moov", |head| {
        write_full_box(head, b"mvhd", VERSION_1, |head| {
            put_times(head, created_s, duration);
            put32(head, [RATE_1]);
            put16(head, [VOLUME_1, 0, 0, 0, 0, 0]);
            put32(head, MATRIX);
            put32(head, [0, 0, 0, 0, 0, 0, tracks.len() as u32 + 1]);
        });
        for (((id, index), times), offsets) in (1..).zip(tracks).zip(times).zip(offsets) {
            write_box(head, b"trak", |head| {
                let trak = trak(head, id, created_s, index, times, offsets);
                written = std::mem::replace(&mut written, Ok(())).and(trak);
            });
        }
    });
    written
}

/// Numbers with 16 bits before the point and 16 or 8 behind it, and the matrix that changes nothing (§ 8.3.2).
const RATE_1: u32 = 1 << 16;
const VOLUME_1: u16 = 1 << 8;
const MATRIX: [u32; 9] = [1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30];
/// `und`, in three times five bits (§ 8.4.2).
const UNDETERMINED: u16 = 0x55c4;
/// A track that is enabled, and part of the movie and so of its preview (§ 8.3.2.3).
const SHOWN: u32 = 7;
/// Media data that lie in this file.
const SELF_CONTAINED: u32 = 1;

/// When it was made, and how long it is.
fn put_times(head: &mut Vec<u8>, created_s: u64, duration: u64) {
    put64(head, created_s);
    put64(head, created_s);
    put32(head, [TIMESCALE]);
    put64(head, duration);
}

fn trak(
    head: &mut Vec<u8>,
    track_id: u32,
    created_s: u64,
    index: &TrackIndex<'_>,
    times: SampleTimes,
    offsets: &Offsets,
) -> Result<()> {
    let entries = sample_entry::used(index);
    // A reel's size only rises.
    let (_, shown) = entries.last().ok_or(Error::NothingRecorded)?;
    let chunks = chunks(&entries, index.segments)?;
    let mut stsd = Vec::new();
    sample_entry::stsd(&mut stsd, &entries)?;
    write_full_box(head, b"tkhd", VERSION_1 | SHOWN, |head| {
        put64(head, created_s);
        put64(head, created_s);
        put32(head, [track_id, 0]);
        put64(head, times.duration);
        put32(head, [0, 0, 0, 0]);
        put32(head, MATRIX);
        let side = |pixels| u32::from(sample_entry::side(pixels)) << 16;
        put32(head, [side(shown.width), side(shown.height)]);
    });
    write_box(head, b"mdia", |head| {
        write_full_box(head, b"mdhd", VERSION_1, |head| {
            put_times(head, created_s, times.duration);
            put16(head, [UNDETERMINED, 0]);
        });
        write_full_box(head, b"hdlr", 0, |head| head.extend(b"\0\0\0\0vide\0\0\0\0\0\0\0\0\0\0\0\0VideoHandler\0"));
        write_box(head, b"minf", |head| {
            write_full_box(head, b"vmhd", 1, |head| put32(head, [0, 0]));
            write_box(head, b"dinf", |head| {
                write_full_box(head, b"dref", 0, |head| {
                    put32(head, [1]);
                    write_full_box(head, b"url ", SELF_CONTAINED, |_| {});
                });
            });
            write_box(head, b"stbl", |head| {
                head.extend(stsd);
                sample_tables(head, index.segments, &times, &chunks, offsets);
            });
        });
    });
    Ok(())
}

/// The rows of `stsc` (§ 8.7.4), runs of chunks that are alike: the first of them, samples a chunk, sample entry. A segment is a
/// chunk.
fn chunks(entries: &[(u32, &VideoConfig)], segments: &[(u32, SampleTable)]) -> Result<Vec<u32>> {
    let mut chunks: Vec<u32> = Vec::new();
    for ((config, table), first_chunk) in segments.iter().zip(1..) {
        let entry = entries.iter().position(|(position, _)| position == config);
        let damaged = || Error::Storage { reason: "the configuration of a segment is missing".into() };
        let alike = [table.samples().len() as u32, entry.ok_or_else(damaged)? as u32 + 1];
        if !chunks.ends_with(&alike) {
            chunks.push(first_chunk);
            chunks.extend(alike);
        }
    }
    Ok(chunks)
}

/// Times, key frames, chunks and sizes of a track's samples (§ 8.6, 8.7).
fn sample_tables(
    head: &mut Vec<u8>,
    segments: &[(u32, SampleTable)],
    times: &SampleTimes,
    chunks: &[u32],
    offsets: &Offsets,
) {
    let samples = || segments.iter().flat_map(|(_, table)| table.samples());
    write_full_box(head, b"stts", 0, |head| put_rows(head, &times.stts, 2));
    if !times.ctts.is_empty() {
        write_full_box(head, b"ctts", VERSION_1, |head| put_rows(head, &times.ctts, 2));
    }
    if samples().any(|sample| !sample.key) {
        let keys = samples().zip(1..).filter(|(sample, _)| sample.key).map(|(_, number)| number);
        let keys: Vec<u32> = keys.collect();
        write_full_box(head, b"stss", 0, |head| put_rows(head, &keys, 1));
    }
    write_full_box(head, b"stsc", 0, |head| put_rows(head, chunks, 3));
    write_full_box(head, b"stsz", 0, |head| {
        put32(head, [0, samples().count() as u32]);
        samples().for_each(|sample| put32(head, [sample.size]));
    });
    match offsets {
        Offsets::Narrow(offsets) => write_full_box(head, b"stco", 0, |head| put_rows(head, offsets, 1)),
        Offsets::Wide(offsets) => write_full_box(head, b"co64", 0, |head| {
            put32(head, [offsets.len() as u32]);
            offsets.iter().for_each(|&offset| put64(head, offset));
        }),
    }
}
