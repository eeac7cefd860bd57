//! The MP4 file around the samples: everything that stands before them, written from the sample tables alone.
//!
//! The file is faststart (ISO/IEC 14496-12): `ftyp`, `moov`, then one `mdat` with a chunk for each segment. There is no edit
//! list, since QuickTime and others ignore it or show black for it: the first picture is at 0.

mod sample_entry;
mod sample_times;

use crate::reel::{SampleTable, Track};
use crate::{Error, Result};
use mp4_atom::{
    Co64, Ctts, Dinf, Dref, DrefEntry, Encode, FourCC, Ftyp, Hdlr, Mdhd, Mdia, Minf, Moov, Mvhd, Stbl, Stco, Stsc,
    StscEntry, Stsd, Stss, Stsz, StszSamples, Tkhd, Trak, Url, Vmhd,
};

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
    let mut parts: Vec<(usize, usize)> =
        tracks.iter().enumerate().flat_map(|(t, track)| (0..track.segments.len()).map(move |s| (t, s))).collect();
    if parts.is_empty() {
        return Err(Error::NothingRecorded);
    }
    parts.sort_by_key(|&(t, s)| tracks[t].segments[s].1.start_us());
    let start_us = tracks[parts[0].0].segments[parts[0].1].1.start_us();
    let sizes: Vec<u64> = parts.iter().map(|&(t, s)| tracks[t].segments[s].1.bytes()).collect();
    let data_len: u64 = sizes.iter().sum();

    let mut traks = Vec::new();
    for (id, track) in (1..).zip(tracks) {
        traks.push(trak(id, created_s + MP4_EPOCH_S, start_us, track)?);
    }
    let mut moov = Moov {
        mvhd: Mvhd {
            creation_time: created_s + MP4_EPOCH_S,
            modification_time: created_s + MP4_EPOCH_S,
            timescale: TIMESCALE,
            duration: traks.iter().map(|trak| trak.tkhd.duration).max().unwrap_or(0),
            rate: 1.into(),
            volume: 1.into(),
            next_track_id: tracks.len() as u32 + 1,
            ..Default::default()
        },
        trak: traks,
        ..Default::default()
    };
    let mut head = encode(&ftyp(tracks))?;
    let mdat = mdat_header(data_len);
    // The offsets do not change how long `moov` is, only which box holds them does.
    set_offsets(&mut moov, &parts, &sizes, 0, false);
    let narrow_len = (head.len() + encode(&moov)?.len() + mdat.len()) as u64;
    let wide = narrow_len + data_len > u64::from(u32::MAX);
    let data_start = narrow_len + if wide { 4 * parts.len() as u64 } else { 0 };
    set_offsets(&mut moov, &parts, &sizes, data_start, wide);
    moov.encode(&mut head).map_err(damaged)?;
    head.extend(mdat);
    Ok(Layout { head, parts })
}

/// Writes down where each chunk lies in the file: in `stco`, or in `co64` where 32 bits do not reach.
fn set_offsets(moov: &mut Moov, parts: &[(usize, usize)], sizes: &[u64], data_start: u64, wide: bool) {
    let mut offsets: Vec<Vec<u64>> = vec![Vec::new(); moov.trak.len()];
    let mut offset = data_start;
    for (&(track, _), size) in parts.iter().zip(sizes) {
        offsets[track].push(offset);
        offset += size;
    }
    for (trak, offsets) in moov.trak.iter_mut().zip(offsets) {
        let stbl = &mut trak.mdia.minf.stbl;
        (stbl.stco, stbl.co64) = if wide {
            (None, Some(Co64 { entries: offsets }))
        } else {
            (Some(Stco { entries: offsets.into_iter().map(|offset| offset as u32).collect() }), None)
        };
    }
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

fn trak(track_id: u32, creation_time: u64, start_us: i64, index: &TrackIndex<'_>) -> Result<Trak> {
    let Track::Video(configs) = index.track;
    let first = configs.first().ok_or(Error::NothingRecorded)?;
    let side = |pixels: u32| u16::try_from(pixels).unwrap_or(u16::MAX);
    let times = sample_times::SampleTimes::new(start_us, index.segments.iter().map(|(_, table)| table));
    let samples = || index.segments.iter().flat_map(|(_, table)| table.samples());
    let stsc = index.segments.iter().zip(1..).map(|((config, table), first_chunk)| StscEntry {
        first_chunk,
        samples_per_chunk: table.samples().len() as u32,
        sample_description_index: config + 1,
    });
    let mut stsc: Vec<StscEntry> = stsc.collect();
    stsc.dedup_by_key(|entry| (entry.samples_per_chunk, entry.sample_description_index));
    let keys: Vec<u32> = samples().zip(1..).filter(|(sample, _)| sample.key).map(|(_, number)| number).collect();

    Ok(Trak {
        tkhd: Tkhd {
            creation_time,
            modification_time: creation_time,
            track_id,
            duration: times.duration,
            enabled: true,
            in_movie: true,
            width: side(first.width).into(),
            height: side(first.height).into(),
            ..Default::default()
        },
        mdia: Mdia {
            mdhd: Mdhd {
                creation_time,
                modification_time: creation_time,
                timescale: TIMESCALE,
                duration: times.duration,
                language: "und".into(),
            },
            hdlr: Hdlr { handler: FourCC::new(b"vide"), name: "VideoHandler".into() },
            minf: Minf {
                vmhd: Some(Vmhd::default()),
                dinf: Dinf { dref: Dref { entries: vec![DrefEntry::Url(Url::default())] } },
                stbl: Stbl {
                    stsd: Stsd { codecs: configs.iter().map(sample_entry::sample_entry).collect::<Result<_>>()? },
                    stts: times.stts,
                    ctts: (!times.ctts.is_empty()).then_some(Ctts { entries: times.ctts }),
                    stss: (keys.len() < samples().count()).then_some(Stss { entries: keys }),
                    stsc: Stsc { entries: stsc },
                    stsz: Stsz {
                        samples: StszSamples::Different { sizes: samples().map(|sample| sample.size).collect() },
                    },
                    ..Default::default()
                },
                ..Default::default()
            },
        },
        ..Default::default()
    })
}

fn encode(atom: &impl Encode) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    atom.encode(&mut bytes).map_err(damaged)?;
    Ok(bytes)
}

fn damaged(error: mp4_atom::Error) -> Error {
    Error::Storage { reason: format!("the index can't be written: {error}") }
}
