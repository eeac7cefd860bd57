//! Movies that are laid out, and what independent readers find in them.

use mp4_atom::{Atom, Decode, DecodeMaybe, Ftyp, Header, Moov, Stbl, StszSamples};
use std::io::Cursor;
use trackreel::mp4::{Configs, TIMESCALE, TrackIndex, layout};
use trackreel::reel::{Sample, SampleTable, VideoConfig};
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
    let segment = |&(track, segment): &(usize, usize)| &tracks[track].segments[segment].1;
    let sizes: Vec<u64> = layout.parts.iter().map(|part| segment(part).bytes()).collect();
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
    let start_us = segment(&layout.parts[0]).start_us();
    for (number, (index, trak)) in tracks.iter().zip(&moov.trak).enumerate() {
        let stbl = &trak.mdia.minf.stbl;
        let samples: Vec<&Sample> = index.segments.iter().flat_map(|(_, table)| table.samples()).collect();
        let end_us = index.segments.last().expect("a segment").1.end_us();
        let duration = compare_times(stbl, &samples, end_us, start_us);
        let durations = [trak.tkhd.duration, trak.mdia.mdhd.duration, duration];
        assert!(durations.iter().all(|duration| *duration == durations[0]), "{durations:?}");
        assert!(moov.mvhd.duration >= duration);
        compare_samples(stbl, &samples);
        let mut at = layout.head.len() as u64;
        let mut offsets = Vec::new();
        for (part, size) in layout.parts.iter().zip(&sizes) {
            if part.0 == number {
                offsets.push(at);
            }
            at += size;
        }
        compare_chunks(stbl, index, &offsets);
    }
    Ok(moov)
}

/// The segments of each track in their order, and of several tracks the earliest first.
fn compare_order(tracks: &[TrackIndex<'_>], parts: &[(usize, usize)]) {
    let mut heads = vec![0; tracks.len()];
    for &(track, segment) in parts {
        let start_us = |track: usize| tracks[track].segments.get(heads[track]).map(|(_, table)| table.start_us());
        assert_eq!(segment, heads[track]);
        assert_eq!(start_us(track), (0..tracks.len()).filter_map(start_us).min());
        heads[track] += 1;
    }
    assert!(heads.iter().zip(tracks).all(|(head, index)| *head == index.segments.len()));
}

/// A time in ticks, rounded to the nearest.
fn ticks(time_us: i128) -> i128 {
    (time_us * i128::from(TIMESCALE) + 500_000).div_euclid(1_000_000)
}

/// What 32 bits of `stts` hold and readers take as a positive number.
const LONGEST_STEP: i128 = 13 * 3600 * TIMESCALE as i128;

/// `stts` and `ctts`; gives the track's length in ticks.
fn compare_times(stbl: &Stbl, samples: &[&Sample], end_us: i64, start_us: i64) -> u64 {
    let decode = |time_us: i64| ticks(i128::from(time_us) - i128::from(start_us));
    let runs = |entries: &[(u32, i64)]| -> Vec<i64> {
        entries.iter().flat_map(|&(count, value)| std::iter::repeat_n(value, count as usize)).collect()
    };
    let stts: Vec<_> = stbl.stts.entries.iter().map(|run| (run.sample_count, run.sample_delta.into())).collect();
    let steps = runs(&stts);
    let ends = samples.iter().skip(1).map(|sample| sample.decode_us).chain([end_us]);
    let expected: Vec<i64> = samples
        .iter()
        .zip(ends)
        .map(|(sample, end_us)| (decode(end_us) - decode(sample.decode_us)).clamp(1, LONGEST_STEP) as i64)
        .collect();
    assert_eq!(steps, expected);

    let offset = |sample: &&Sample| {
        let decode_us = i128::from(sample.decode_us) - i128::from(start_us);
        (ticks(decode_us + i128::from(sample.composition_offset_us)) - ticks(decode_us)) as i64
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

/// `stsc`, `stco` and `co64`: a segment is a chunk.
fn compare_chunks(stbl: &Stbl, index: &TrackIndex<'_>, expected: &[u64]) {
    let offsets: Vec<u64> = match (&stbl.stco, &stbl.co64) {
        (Some(stco), None) => stco.entries.iter().map(|&offset| offset.into()).collect(),
        (None, Some(co64)) => co64.entries.clone(),
        _ => panic!("one of stco and co64"),
    };
    assert_eq!(offsets, expected);
    let mut runs = stbl.stsc.entries.iter().peekable();
    let mut run = runs.next().expect("a run of chunks");
    assert_eq!(run.first_chunk, 1);
    let Configs::Video(configs) = index.configs;
    let is_used = |position: &usize| index.segments.iter().any(|(config, _)| *config as usize == *position);
    let used: Vec<usize> = (0..configs.len()).filter(is_used).collect();
    assert_eq!(stbl.stsd.codecs.len(), used.len());
    for (chunk, (config, table)) in (1..).zip(index.segments) {
        run = runs.next_if(|next| next.first_chunk == chunk).unwrap_or(run);
        assert_eq!(run.samples_per_chunk as usize, table.samples().len());
        assert_eq!(used[run.sample_description_index as usize - 1], *config as usize);
    }
    assert!(runs.next().is_none());
}

/// Holds an error of a movie to what it may be.
pub fn check_error(error: &Error) {
    assert!(["storage", "nothing-recorded", "unsupported"].contains(&error.code()), "{error}");
    assert!(!error.to_string().is_empty());
}
