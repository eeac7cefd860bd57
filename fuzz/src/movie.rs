//! Movies that are laid out, and what independent readers find in them.

use mp4_atom::{Atom, Decode, DecodeMaybe, Ftyp, Header, Moov, Stbl, StszSamples};
use std::io::Cursor;
use trackreel::mp4::{Configs, Part, TIMESCALE, TrackIndex, layout};
use trackreel::reel::{AudioConfig, Sample, SampleTable, VideoConfig};
use trackreel::{Error, Result};

/// An `avcC` of Constrained Baseline.
const AVCC: [u8; 20] =
    [1, 0x42, 0xc0, 0x1f, 0xff, 0xe1, 0, 5, 0x67, 0x42, 0xc0, 0x1f, 0x99, 1, 0, 4, 0x68, 0xce, 0x3c, 0x80];

/// A valid configuration of each codec.
pub fn configs() -> [VideoConfig; 3] {
    let config = |codec: &str, description: &[u8]| VideoConfig {
        codec: codec.into(),
        width: 1280,
        height: 720,
        description: description.into(),
        colour: None,
        is_of_rgb: false,
    };
    [
        config("avc1.42c01f", &AVCC),
        config("vp09.00.31.08", &[]),
        config("av01.0.05M.08", &[0x81, 5, 0b1100, 0, 0x0a, 3, 1, 2, 3]),
    ]
}

/// Valid configurations of sound.
pub fn audio_configs() -> [AudioConfig; 3] {
    let config = |codec: &str, sample_rate: u32, channels: u32, description: &[u8]| AudioConfig {
        codec: codec.into(),
        sample_rate,
        channels,
        description: description.into(),
    };
    [
        config("opus", 48_000, 2, &[]),
        config("mp4a.40.2", 44_100, 2, &[0x12, 0x10]),
        config("mp4a.40.2", 48_000, 1, &[0x11, 0x88]),
    ]
}

/// The sample entry of a movie with one sample, as `mp4-atom` reads it.
pub fn entry_of(config: VideoConfig) -> Result<mp4_atom::Codec> {
    let moov = laid_out(0, &[TrackIndex { configs: Configs::Video(&[config]), segments: &one_sample() }])?;
    Ok(moov.trak[0].mdia.minf.stbl.stsd.codecs[0].clone())
}

/// Lays out a movie with one sample, and reads nothing back.
pub fn layout_of(config: VideoConfig) -> Result<()> {
    layout(0, &[TrackIndex { configs: Configs::Video(&[config]), segments: &one_sample() }]).map(drop)
}

fn one_sample() -> [(u32, SampleTable); 1] {
    let sample = Sample { decode_us: 0, composition_offset_us: 0, size: 9, key: true };
    [(0, SampleTable::new(sample, 40_000))]
}

/// Lays out a movie, and compares what readers find in it with the tables.
pub fn laid_out(created_s: u64, tracks: &[TrackIndex<'_>]) -> Result<Moov> {
    let layout = layout(created_s, tracks)?;
    let sizes: Vec<u64> = layout.parts.iter().map(|part| part.bytes.end - part.bytes.start).collect();
    let file_len = layout.head.len() as u64 + sizes.iter().sum::<u64>();

    // The samples' bytes are not read: the reader seeks over them.
    let reader = mp4::Mp4Reader::read_header(Cursor::new(&layout.head), file_len).expect("mp4 reads it");
    assert_eq!(reader.tracks().len(), tracks.len());

    let mut rest = layout.head.as_slice();
    Ftyp::decode(&mut rest).expect("mp4-atom reads ftyp");
    let moov = Moov::decode(&mut rest).expect("mp4-atom reads moov");
    let mdat = Header::decode_maybe(&mut rest).expect("mp4-atom reads the header of mdat").expect("it is whole");
    assert_eq!((mdat.kind, mdat.size.map(|size| size as u64)), (mp4_atom::Mdat::KIND, Some(sizes.iter().sum())));
    assert_eq!(rest, b"", "samples follow mdat's header");

    compare_order(tracks, &layout.parts);
    let starts = tracks.iter().filter_map(|index| index.segments.first()).map(|(_, table)| table.start_us());
    let start_us = starts.min().expect("a track");
    for (number, (index, trak)) in tracks.iter().zip(&moov.trak).enumerate() {
        let stbl = &trak.mdia.minf.stbl;
        let samples: Vec<&Sample> = index.segments.iter().flat_map(|(_, table)| table.samples()).collect();
        let end_us = index.segments.last().expect("a segment").1.end_us();
        let timescale = timescale(index);
        let duration = compare_times(stbl, &samples, end_us, start_us, timescale);
        assert_eq!((trak.mdia.mdhd.timescale, trak.mdia.mdhd.duration), (timescale, duration));
        let (exact, own) = (u128::from(duration) * u128::from(TIMESCALE), u128::from(timescale));
        assert_eq!(u128::from(trak.tkhd.duration), (exact + own / 2) / own);
        assert!(moov.mvhd.duration >= trak.tkhd.duration);
        compare_samples(stbl, &samples);
        let mut at = layout.head.len() as u64;
        let mut offsets = Vec::new();
        for (part, size) in layout.parts.iter().zip(&sizes) {
            if part.track == number {
                offsets.push(at);
            }
            at += size;
        }
        let parts: Vec<&Part> = layout.parts.iter().filter(|part| part.track == number).collect();
        compare_chunks(stbl, index, &parts, &offsets);
    }
    Ok(moov)
}

/// The most that a chunk of one of several tracks lasts, in microseconds, unless it is one sample.
const LONGEST_CHUNK_US: i64 = 1_000_000;

/// The samples of each track in their order, and of several tracks the earliest chunk first.
fn compare_order(tracks: &[TrackIndex<'_>], parts: &[Part]) {
    // Of each track, the segment, the sample and the byte that come next.
    let mut heads = vec![(0, 0, 0); tracks.len()];
    for part in parts {
        let start_us = |track: usize| {
            let (segment, sample, _): (usize, usize, u64) = heads[track];
            tracks[track].segments.get(segment).map(|(_, table)| table.samples()[sample].decode_us)
        };
        let start = start_us(part.track).expect("a sample");
        assert_eq!(Some(start), (0..tracks.len()).filter_map(start_us).min());
        let (segment, sample, byte) = heads[part.track];
        let table = &tracks[part.track].segments[segment].1;
        let end = sample + part.samples as usize;
        let size: u64 = table.samples()[sample..end].iter().map(|sample| u64::from(sample.size)).sum();
        assert_eq!((part.segment, &part.bytes), (segment, &(byte..byte + size)));
        let is_whole = end == table.samples().len();
        let end_us = table.samples().get(end).map_or(table.end_us(), |next| next.decode_us);
        match tracks.len() {
            1 => assert!(is_whole && sample == 0),
            _ => assert!(part.samples == 1 || end_us - start <= LONGEST_CHUNK_US),
        }
        heads[part.track] = if is_whole { (segment + 1, 0, 0) } else { (segment, end, byte + size) };
    }
    assert!(heads.iter().zip(tracks).all(|(head, index)| *head == (index.segments.len(), 0, 0)));
}

/// The ticks a second of a track.
fn timescale(index: &TrackIndex<'_>) -> u32 {
    match index.configs {
        Configs::Video(_) => TIMESCALE,
        Configs::Audio(configs) => configs[index.segments[0].0 as usize].sample_rate,
    }
}

/// A time in ticks, rounded to the nearest.
fn ticks(time_us: i128, timescale: u32) -> i128 {
    (time_us * i128::from(timescale) + 500_000).div_euclid(1_000_000)
}

/// What 32 bits of `stts` hold and readers take as a positive number.
const LONGEST_STEP: i128 = 13 * 3600 * TIMESCALE as i128;

/// `stts` and `ctts`; gives the track's length in ticks.
fn compare_times(stbl: &Stbl, samples: &[&Sample], end_us: i64, start_us: i64, timescale: u32) -> u64 {
    let first_us = samples[0].decode_us;
    let decode = |time_us: i64| ticks(i128::from(time_us) - i128::from(first_us), timescale);
    // The first sample is longer if another track begins earlier.
    let mut lead = ticks(i128::from(first_us) - i128::from(start_us), timescale);
    let runs = |entries: &[(u32, i64)]| -> Vec<i64> {
        entries.iter().flat_map(|&(count, value)| std::iter::repeat_n(value, count as usize)).collect()
    };
    let stts: Vec<_> = stbl.stts.entries.iter().map(|run| (run.sample_count, run.sample_delta.into())).collect();
    let steps = runs(&stts);
    let ends = samples.iter().skip(1).map(|sample| sample.decode_us).chain([end_us]);
    let expected: Vec<i64> = samples
        .iter()
        .zip(ends)
        .map(|(sample, end_us)| {
            (decode(end_us) - decode(sample.decode_us) + std::mem::take(&mut lead)).clamp(1, LONGEST_STEP) as i64
        })
        .collect();
    assert_eq!(steps, expected);

    let offset = |sample: &&Sample| {
        let decode_us = i128::from(sample.decode_us) - i128::from(first_us);
        (ticks(decode_us + i128::from(sample.composition_offset_us), timescale) - ticks(decode_us, timescale)) as i64
    };
    let expected: Vec<i64> = samples.iter().map(offset).collect();
    match &stbl.ctts {
        None => assert!(samples.iter().all(|sample| sample.composition_offset_us == 0)),
        Some(ctts) => {
            let ctts: Vec<_> = ctts.entries.iter().map(|run| (run.sample_count, run.sample_offset)).collect();
            assert_eq!(runs(&ctts), expected);
        }
    }
    steps.iter().sum::<i64>() as u64
}

/// `stsz` and `stss`.
fn compare_samples(stbl: &Stbl, samples: &[&Sample]) {
    let StszSamples::Different { sizes } = &stbl.stsz.samples else { panic!("sizes of their own") };
    assert_eq!(sizes, &samples.iter().map(|sample| sample.size).collect::<Vec<_>>());
    let keys: Vec<u32> = (1..).zip(samples).filter(|(_, sample)| sample.key).map(|(number, _)| number).collect();
    match &stbl.stss {
        None => assert_eq!(keys.len(), samples.len()),
        Some(stss) => assert_eq!(stss.entries, keys),
    }
}

/// `stsc`, `stco` and `co64`.
fn compare_chunks(stbl: &Stbl, index: &TrackIndex<'_>, parts: &[&Part], expected: &[u64]) {
    let offsets: Vec<u64> = match (&stbl.stco, &stbl.co64) {
        (Some(stco), None) => stco.entries.iter().map(|&offset| offset.into()).collect(),
        (None, Some(co64)) => co64.entries.clone(),
        _ => panic!("one of stco and co64"),
    };
    assert_eq!(offsets, expected);
    let mut runs = stbl.stsc.entries.iter().peekable();
    let mut run = runs.next().expect("a run of chunks");
    assert_eq!(run.first_chunk, 1);
    let count = match index.configs {
        Configs::Video(configs) => configs.len(),
        Configs::Audio(configs) => configs.len(),
    };
    let is_used = |position: &usize| index.segments.iter().any(|(config, _)| *config as usize == *position);
    let used: Vec<usize> = (0..count).filter(is_used).collect();
    assert_eq!(stbl.stsd.codecs.len(), used.len());
    for (chunk, part) in (1..).zip(parts) {
        run = runs.next_if(|next| next.first_chunk == chunk).unwrap_or(run);
        assert_eq!(run.samples_per_chunk, part.samples);
        let config = index.segments[part.segment].0 as usize;
        assert_eq!(used[run.sample_description_index as usize - 1], config);
    }
    assert!(runs.next().is_none());
}

/// Holds an error of a movie to what it may be.
pub fn check_error(error: &Error) {
    assert!(["storage", "nothing-recorded", "unsupported"].contains(&error.code()), "{error}");
    assert_ne!(error.to_string(), "");
}
