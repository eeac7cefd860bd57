//! `moov`: the headers and sample tables of a movie and its tracks (ISO/IEC 14496-12, § 8.2 to 8.7).

use super::boxes::{
    MATRIX, UNDETERMINED, VERSION_1, put_rows, put_times, put16, put32, put64, write_box, write_full_box,
};
use super::interleave::Part;
use super::sample_times::SampleTimes;
use super::user_data::udta;
use super::{Beside, Configs, Offsets, TIMESCALE, TrackIndex, chapter_track, sample_entry, subtitle_track, text_track};
use crate::facts::Facts;
use crate::reel::{SampleTable, VideoConfig};
use crate::{Error, Result};

/// `moov` (§ 8.2) of a movie that was begun at this time, and whose first sample becomes 0.
pub(super) fn moov(
    head: &mut Vec<u8>,
    created_s: u64,
    start_us: i64,
    tracks: &[TrackIndex<'_>],
    (parts, offsets): (&[Part], &[Offsets]),
    (beside, texts_at): (&Beside<'_>, u64),
) -> Result<()> {
    let Beside { chapters, subtitles, is_wvtt, facts } = beside;
    // The tracks of text are the last ones.
    let chapters_id = (!chapters.is_empty()).then_some(tracks.len() as u32 + 1);
    let next_id = chapters_id.unwrap_or(tracks.len() as u32) + 1;
    let last_id = if subtitles.is_empty() { next_id - 1 } else { next_id };
    let mut times = Vec::with_capacity(tracks.len());
    for index in tracks {
        let tables = index.segments.iter().map(|(_, table)| table);
        times.push(SampleTimes::new(start_us, sample_entry::timescale(index)?, tables));
    }
    let duration = times.iter().map(SampleTimes::movie_duration).max().unwrap_or(0);
    // Those of the pictures, which the text is on.
    let sides = match tracks.first() {
        Some(TrackIndex { configs: Configs::Video(configs), segments: [.., (config, _)] }) => {
            configs.get(*config as usize)
        }
        _ => None,
    };
    let sides = sides.map_or([0; 2], |config| [config.width, config.height].map(sample_entry::side));
    let mut subtitles_at = texts_at;
    let mut written = Ok(());
    write_box(head, b"moov", |head| {
        mvhd(head, created_s, duration, last_id);
        for (((track, index), times), offsets) in (0..).zip(tracks).zip(times).zip(offsets) {
            let parts = parts.iter().filter(|part| part.track == track);
            write_box(head, b"trak", |head| {
                let chapters_id = chapters_id.filter(|_| track == 0);
                let trak = trak(head, (track as u32 + 1, chapters_id), created_s, index, times, parts, offsets);
                written = std::mem::replace(&mut written, Ok(())).and(trak);
            });
        }
        if let Some(id) = chapters_id {
            let lengths = chapter_track::lengths(chapters, duration);
            let sizes = sizes(&chapter_track::samples(chapters));
            text_track::trak(head, &chapter_track::CHAPTERS, (id, [0; 2]), created_s, &lengths, &sizes, subtitles_at);
            subtitles_at += sizes.iter().map(|size| u64::from(*size)).sum::<u64>();
        }
        if last_id == next_id {
            let (lengths, samples): (Vec<u32>, Vec<_>) = subtitles.iter().cloned().unzip();
            let kind = if *is_wvtt { &subtitle_track::WVTT } else { &subtitle_track::TX3G };
            let sizes = sizes(&samples);
            text_track::trak(head, kind, (next_id, sides), created_s, &lengths, &sizes, subtitles_at);
        }
        udta(head, chapters, facts.unwrap_or(&Facts::default()));
    });
    written
}

/// How long samples are, in bytes.
fn sizes(samples: &[Vec<u8>]) -> Vec<u32> {
    samples.iter().map(|sample| sample.len() as u32).collect()
}

/// `moov` of a movie in fragments (§ 8.8.1), whose tracks decode with these configurations and have their samples in fragments. A track's
/// number is its kind's: 1 for pictures, 2 for sound.
pub(super) fn fragmented_moov(head: &mut Vec<u8>, created_s: u64, tracks: &[(Configs<'_>, u32)]) -> Result<()> {
    let mut written = Ok(());
    write_box(head, b"moov", |head| {
        mvhd(head, created_s, 0, track_id(Configs::Audio(&[])));
        for &(configs, position) in tracks {
            let kind = kind(configs, position);
            let timescale = sample_entry::timescale_of(configs, position);
            let mut stbl = Vec::new();
            let stsd = sample_entry::stsd(&mut stbl, configs, &[position]);
            for empty in [b"stts", b"stsc"] {
                write_full_box(&mut stbl, empty, 0, |head| put32(head, [0]));
            }
            write_full_box(&mut stbl, b"stsz", 0, |head| put32(head, [0, 0]));
            write_full_box(&mut stbl, b"stco", 0, |head| put32(head, [0]));
            let length = Length { movie: 0, timescale: timescale.clone().unwrap_or(TIMESCALE), own: 0 };
            write_box(head, b"trak", |head| {
                write_trak(head, (track_id(configs), None), created_s, &kind, length, |head| head.extend(stbl));
            });
            written = std::mem::replace(&mut written, Ok(())).and(stsd).and(timescale.map(|_| ()));
        }
        write_box(head, b"mvex", |head| {
            for &(configs, _) in tracks {
                // Each sample says by itself how long it is, and the rest.
                write_full_box(head, b"trex", 0, |head| put32(head, [track_id(configs), 1, 0, 0, 0]));
            }
        });
    });
    written
}

/// The number of a track in a movie of fragments.
pub(super) fn track_id(configs: Configs<'_>) -> u32 {
    match configs {
        Configs::Video(_) => 1,
        Configs::Audio(_) => 2,
    }
}

fn mvhd(head: &mut Vec<u8>, created_s: u64, duration: u64, last_track: u32) {
    write_full_box(head, b"mvhd", VERSION_1, |head| {
        put_times(head, created_s, TIMESCALE, duration);
        put32(head, [RATE_1]);
        put16(head, [VOLUME_1, 0, 0, 0, 0, 0]);
        put32(head, MATRIX);
        put32(head, [0, 0, 0, 0, 0, 0, last_track + 1]);
    });
}

/// Numbers with 16 bits before the point and 16 or 8 behind it (§ 8.3.2).
const RATE_1: u32 = 1 << 16;
const VOLUME_1: u16 = 1 << 8;
/// A track that is enabled, and part of the movie and so of its preview (§ 8.3.2.3).
const SHOWN: u32 = 7;
/// Media data that lie in this file.
const SELF_CONTAINED: u32 = 1;

/// What depends on the kind of a track's media: volume, sides in pixels, handler (§ 8.4.3) and media header (§ 12.1.2, 12.2.2).
struct Kind {
    volume: u16,
    sides: [u16; 2],
    handler: &'static [u8],
    header: (&'static [u8; 4], u32, &'static [u8]),
}

fn kind(configs: Configs<'_>, shown: u32) -> Kind {
    match configs {
        Configs::Video(configs) => {
            let VideoConfig { width, height, .. } = configs[shown as usize];
            let handler = b"\0\0\0\0vide\0\0\0\0\0\0\0\0\0\0\0\0VideoHandler\0";
            Kind { volume: 0, sides: [width, height].map(sample_entry::side), handler, header: (b"vmhd", 1, &[0; 8]) }
        }
        Configs::Audio(_) => {
            let handler = b"\0\0\0\0soun\0\0\0\0\0\0\0\0\0\0\0\0SoundHandler\0";
            Kind { volume: VOLUME_1, sides: [0; 2], handler, header: (b"smhd", 0, &[0; 4]) }
        }
    }
}

fn trak<'a>(
    head: &mut Vec<u8>,
    (track_id, chapters_id): (u32, Option<u32>),
    created_s: u64,
    index: &TrackIndex<'_>,
    times: SampleTimes,
    parts: impl Iterator<Item = &'a Part>,
    offsets: &Offsets,
) -> Result<()> {
    let used = sample_entry::used(index);
    // A reel's size only rises.
    let shown = *used.last().ok_or(Error::NothingRecorded)?;
    let chunks = chunks(&used, index.segments, parts)?;
    let mut stsd = Vec::new();
    sample_entry::stsd(&mut stsd, index.configs, &used)?;
    let length = Length { movie: times.movie_duration(), timescale: times.timescale, own: times.duration };
    write_trak(head, (track_id, chapters_id), created_s, &kind(index.configs, shown), length, |head| {
        head.extend(stsd);
        sample_tables(head, index.segments, &times, &chunks, offsets);
    });
    Ok(())
}

/// How long a track is, in ticks of the movie and in its own, this many a second.
struct Length {
    movie: u64,
    timescale: u32,
    own: u64,
}

/// The boxes of a track, around what `tables` writes: its sample entries and tables.
fn write_trak(
    head: &mut Vec<u8>,
    (track_id, chapters_id): (u32, Option<u32>),
    created_s: u64,
    kind: &Kind,
    length: Length,
    tables: impl FnOnce(&mut Vec<u8>),
) {
    let Kind { volume, sides: [width, height], handler, header: (media_header, flags, content) } = *kind;
    write_full_box(head, b"tkhd", VERSION_1 | SHOWN, |head| {
        put64(head, created_s);
        put64(head, created_s);
        put32(head, [track_id, 0]);
        put64(head, length.movie);
        put32(head, [0, 0, 0]);
        put16(head, [volume, 0]);
        put32(head, MATRIX);
        put16(head, [width, 0, height, 0]);
    });
    if let Some(id) = chapters_id {
        chapter_track::tref(head, id);
    }
    write_box(head, b"mdia", |head| {
        write_full_box(head, b"mdhd", VERSION_1, |head| {
            put_times(head, created_s, length.timescale, length.own);
            put16(head, [UNDETERMINED, 0]);
        });
        write_full_box(head, b"hdlr", 0, |head| head.extend(handler));
        write_box(head, b"minf", |head| {
            write_full_box(head, media_header, flags, |head| head.extend(content));
            write_box(head, b"dinf", |head| {
                write_full_box(head, b"dref", 0, |head| {
                    put32(head, [1]);
                    write_full_box(head, b"url ", SELF_CONTAINED, |_| {});
                });
            });
            write_box(head, b"stbl", tables);
        });
    });
}

/// The rows of `stsc` (§ 8.7.4), runs of chunks that are alike: the first of them, samples a chunk, sample entry.
fn chunks<'a>(
    used: &[u32],
    segments: &[(u32, SampleTable)],
    parts: impl Iterator<Item = &'a Part>,
) -> Result<Vec<u32>> {
    let mut chunks: Vec<u32> = Vec::new();
    for (part, first_chunk) in parts.zip(1..) {
        let entry = used.iter().position(|position| *position == segments[part.segment].0);
        let damaged = || Error::Storage { reason: "the configuration of a segment is missing".into() };
        let alike = [part.samples, entry.ok_or_else(damaged)? as u32 + 1];
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
