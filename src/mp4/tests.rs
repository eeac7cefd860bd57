//! Movies that are written are read back with an independent reader.

use super::{Configs, Layout, Part, TIMESCALE, TrackIndex, layout};
use crate::codec::colour::Colour;
use crate::reel::{Sample, SampleTable, VideoConfig};
use mp4_atom::{Decode, Encode};
use proptest::prelude::*;
use std::io::Cursor;

/// An `avcC` of High profile with its extension: the SPS is bytes 8 to 32, the PPS 35 to 39.
pub(super) const AVCC: [u8; 43] = [
    0x01, 0x64, 0x00, 0x1f, 0xff, 0xe1, 0x00, 0x18, 0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01,
    0x6a, 0x02, 0x02, 0x02, 0x80, 0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x1e, 0x01, 0x00, 0x04, 0x68, 0xeb, 0xe3,
    0xcb, 0xfd, 0xf8, 0xf8, 0x00,
];

pub(super) fn h264() -> VideoConfig {
    VideoConfig {
        codec: "avc1.64001f".into(),
        width: 1280,
        height: 720,
        description: AVCC.to_vec(),
        colour: Some(Colour { primaries: 1, transfer: 1, matrix: 1, full_range: true }),
        is_of_rgb: false,
    }
}

/// Segments of samples that begin with a key frame, from the step to the next sample in microseconds and the size in bytes.
pub(super) fn segments(rows: &[Vec<(i64, u32)>]) -> Vec<(u32, SampleTable)> {
    let mut time_us = 0;
    let mut segments = Vec::new();
    for rows in rows {
        let mut table: Option<SampleTable> = None;
        for &(step_us, size) in rows {
            let sample = Sample { decode_us: time_us, composition_offset_us: 0, size, key: table.is_none() };
            time_us += step_us;
            match &mut table {
                Some(table) => table.push(sample, time_us),
                None => table = Some(SampleTable::new(sample, time_us)),
            }
        }
        segments.push((0, table.unwrap()));
    }
    segments
}

/// The bytes of a sample, distinct by its number.
fn bytes(number: usize, size: u32) -> Vec<u8> {
    (0..size as usize).map(|i| (number * 31 + i) as u8).collect()
}

fn movie(configs: &[VideoConfig], segments: &[(u32, SampleTable)]) -> Vec<u8> {
    let configs = Configs::Video(configs);
    let Layout { mut head, parts } = layout(1_795_356_207, &[TrackIndex { configs, segments }]).unwrap();
    let part = |(segment, (_, table)): (usize, &(u32, SampleTable))| Part {
        track: 0,
        segment,
        bytes: 0..table.bytes(),
        samples: table.samples().len() as u32,
    };
    assert_eq!(parts, segments.iter().enumerate().map(part).collect::<Vec<_>>(), "a segment is a chunk");
    let samples = segments.iter().flat_map(|(_, table)| table.samples());
    head.extend(samples.enumerate().flat_map(|(number, sample)| bytes(number, sample.size)));
    head
}

fn read(movie: &[u8]) -> mp4::Mp4Reader<Cursor<&[u8]>> {
    mp4::Mp4Reader::read_header(Cursor::new(movie), movie.len() as u64).unwrap()
}

// Another writer makes the same bytes of what another reader has understood.
#[test]
fn the_index_is_what_another_library_would_have_written() {
    let vp9 = VideoConfig { codec: "vp09.00.31.08".into(), description: Vec::new(), ..h264() };
    for config in [h264(), vp9] {
        let segments = segments(&[vec![(33_333, 900), (33_334, 80), (50_000, 70)], vec![(33_333, 800)]]);
        let movie = movie(&[config], &segments);
        let start = movie.windows(4).position(|name| name == b"moov").unwrap() - 4;
        let length = u32::from_be_bytes(movie[start..start + 4].try_into().unwrap()) as usize;
        let moov = &movie[start..start + length];
        let understood = mp4_atom::Moov::decode(&mut &moov[..]).unwrap();
        let mut written = Vec::new();
        understood.encode(&mut written).unwrap();
        assert_eq!(leaves(&written), leaves(moov));
    }
}

/// The boxes that hold no others, in the order of their bytes: the one of boxes in a container is free.
pub(super) fn leaves(mut boxes: &[u8]) -> Vec<Vec<u8>> {
    let mut leaves = Vec::new();
    while !boxes.is_empty() {
        let (this, rest) = boxes.split_at(u32::from_be_bytes(boxes[..4].try_into().unwrap()) as usize);
        match &this[4..8] {
            b"moov" | b"trak" | b"mdia" | b"minf" | b"dinf" | b"stbl" => leaves.extend(self::leaves(&this[8..])),
            _ => leaves.push(this.to_vec()),
        }
        boxes = rest;
    }
    leaves.sort();
    leaves
}

#[test]
fn the_headers_have_size_codec_duration_and_no_edit() {
    let segments = segments(&[vec![(33_333, 900), (33_334, 80), (50_000, 70)], vec![(33_333, 800)]]);
    let movie = movie(&[h264()], &segments);
    let reader = read(&movie);
    let track = &reader.tracks()[&1];
    assert_eq!((track.width(), track.height()), (1280, 720));
    assert_eq!(track.box_type().unwrap().to_string(), "avc1");
    assert_eq!(track.sequence_parameter_set().unwrap(), &AVCC[8..32]);
    assert_eq!(track.picture_parameter_set().unwrap(), &AVCC[35..39]);
    let duration = 150_000 * 9 / 100;
    assert_eq!(reader.moov.mvhd.duration, duration);
    assert_eq!(track.trak.tkhd.duration, duration);
    assert_eq!(track.trak.mdia.mdhd.duration, duration);
    assert_eq!((reader.moov.mvhd.timescale, track.timescale()), (TIMESCALE, TIMESCALE));
    assert!(track.trak.edts.is_none());
    let stbl = &track.trak.mdia.minf.stbl;
    assert_eq!(stbl.stss.as_ref().unwrap().entries, [1, 4]);
    assert_eq!(stbl.stco.as_ref().unwrap().entries.len(), 2);
    assert!(movie.windows(AVCC.len()).any(|window| window == AVCC), "avcC is what the encoder gave");
    let colr = movie.windows(8).position(|window| window == b"colrnclx").unwrap();
    assert_eq!(movie[colr + 8..colr + 15], [0, 1, 0, 1, 0, 1, 0x80]);
    let boxes: Vec<usize> =
        [b"ftyp", b"moov", b"mdat"].map(|name| movie.windows(4).position(|w| w == name).unwrap()).to_vec();
    assert!(boxes.is_sorted(), "faststart: {boxes:?}");
}

/// A box, with its header.
pub(super) fn find_box<'a>(movie: &'a [u8], kind: &[u8; 4]) -> &'a [u8] {
    let start = movie.windows(4).position(|window| window == kind).unwrap() - 4;
    let length = u32::from_be_bytes(movie[start..start + 4].try_into().unwrap()) as usize;
    &movie[start..start + length]
}

// Some players show a track by its matrix and volume, which most readers skip.
#[test]
fn the_headers_of_movie_and_track_are_whole() {
    let movie = movie(&[h264()], &segments(&[vec![(1_000_000, 10)]]));
    // 2,082,844,800 s from 1904 to 1970, and 1,795,356,207 s since.
    let made = [0, 0, 0, 0, 0xe7, 0x28, 0xa6, 0xaf];
    let second = [0, 0, 0, 0, 0, 1, 0x5f, 0x90];
    let matrix = [[0, 1, 0, 0], [0; 4], [0; 4], [0; 4], [0, 1, 0, 0], [0; 4], [0; 4], [0; 4], [0x40, 0, 0, 0]].concat();
    let mvhd: [&[u8]; 13] = [
        &[0, 0, 0, 120],
        b"mvhd",
        &[1, 0, 0, 0],
        &made,
        &made,
        &[0, 1, 0x5f, 0x90],
        &second,
        // Rate, volume.
        &[0, 1, 0, 0],
        &[1, 0],
        &[0; 10],
        &matrix,
        &[0; 24],
        &[0, 0, 0, 2],
    ];
    assert_eq!(find_box(&movie, b"mvhd"), mvhd.concat());
    let tkhd: [&[u8]; 12] = [
        &[0, 0, 0, 104],
        b"tkhd",
        &[1, 0, 0, 7],
        &made,
        &made,
        &[0, 0, 0, 1],
        &[0; 4],
        &second,
        &[0; 16],
        &matrix,
        // 1280 × 720.
        &[5, 0, 0, 0],
        &[2, 0xd0, 0, 0],
    ];
    assert_eq!(find_box(&movie, b"tkhd"), tkhd.concat());
}

#[test]
fn the_sample_entry_of_vp9_is_whole() {
    let colour = Some(Colour { primaries: 9, transfer: 16, matrix: 9, full_range: true });
    let config = VideoConfig { codec: "vp09.02.31.10".into(), description: Vec::new(), colour, ..h264() };
    let movie = movie(&[config], &segments(&[vec![(40_000, 10)]]));
    let vpcc: [&[u8]; 3] = [&[0, 0, 0, 20], b"vpcC", &[1, 0, 0, 0, 2, 31, 0xa3, 9, 16, 9, 0, 0]];
    let colr: [&[u8]; 3] = [&[0, 0, 0, 19], b"colrnclx", &[0, 9, 0, 16, 0, 9, 0x80]];
    let vp09: [&[u8]; 13] = [
        &[0, 0, 0, 125],
        b"vp09",
        // The data reference.
        &[0, 0, 0, 0, 0, 0, 0, 1],
        &[0; 16],
        &[5, 0, 2, 0xd0],
        // 72 dots an inch.
        &[0, 72, 0, 0, 0, 72, 0, 0],
        &[0; 4],
        // Pictures a sample.
        &[0, 1],
        &[0; 32],
        &[0, 0x18],
        &[0xff, 0xff],
        &vpcc.concat(),
        &colr.concat(),
    ];
    assert_eq!(find_box(&movie, b"vp09"), vp09.concat());
}

// 33,333 µs are 2,999.97 ticks: a rounding of each step would lose a frame's length every 30 hours.
#[test]
fn a_day_of_thirds_does_not_drift() {
    let rows: Vec<Vec<(i64, u32)>> = vec![vec![(33_333, 1); 60]; 24 * 3600 / 2];
    let segments = segments(&rows);
    let Layout { head, .. } =
        layout(0, &[TrackIndex { configs: Configs::Video(&[h264()]), segments: &segments }]).unwrap();
    let mut movie = head;
    movie.resize(movie.len() + rows.len() * 60, 0);
    let reader = read(&movie);
    let expected = 33_333 * 60 * rows.len() as u64 * 9 / 100;
    assert!(reader.moov.mvhd.duration.abs_diff(expected) <= 1);
}

#[test]
fn past_4_gib_offsets_and_mdat_are_64_bits_wide() {
    let rows = vec![vec![(33_333, 1_500_000_000)]; 3];
    let segments = segments(&rows);
    let Layout { head, .. } =
        layout(0, &[TrackIndex { configs: Configs::Video(&[h264()]), segments: &segments }]).unwrap();
    let co64 = head.windows(4).position(|window| window == b"co64").unwrap();
    let offset = |i: usize| u64::from_be_bytes(head[co64 + 12 + 8 * i..co64 + 20 + 8 * i].try_into().unwrap());
    let start = head.len() as u64;
    assert_eq!([offset(0), offset(1), offset(2)], [start, start + 1_500_000_000, start + 3_000_000_000]);
    let header = [[0, 0, 0, 1].as_slice(), b"mdat", &4_500_000_016_u64.to_be_bytes()].concat();
    assert_eq!(head[head.len() - 16..], header);
}

#[test]
fn offsets_are_32_bits_wide_up_to_the_last_byte_that_they_reach() {
    let configs = [h264()];
    let track = Configs::Video(&configs);
    let head =
        |size| layout(0, &[TrackIndex { configs: track, segments: &segments(&[vec![(33_333, size)]]) }]).unwrap().head;
    let is_narrow = |head: &[u8]| head.windows(4).any(|window| window == b"stco");
    let narrow = head(1);
    assert!(is_narrow(&narrow));
    let most = u32::MAX - narrow.len() as u32;
    let (last, first) = (head(most), head(most + 1));
    assert!(is_narrow(&last));
    assert_eq!(last.len(), narrow.len());
    assert!(!is_narrow(&first));
    assert_eq!(first.len(), narrow.len() + 4);
    let co64 = first.windows(4).position(|window| window == b"co64").unwrap();
    assert_eq!(first[co64 + 12..co64 + 20], (first.len() as u64).to_be_bytes());
}

#[test]
fn other_codecs_get_their_own_sample_entry() {
    for (codec, description, entry) in
        [("vp09.00.31.08", vec![], b"vp09"), ("av01.0.05M.08", vec![0x81, 5, 0b1100, 0], b"av01")]
    {
        let config = VideoConfig { codec: codec.into(), description, ..h264() };
        let movie = movie(&[config], &segments(&[vec![(40_000, 10)]]));
        assert!(movie.windows(4).any(|window| window == entry), "{codec}");
    }
}

// The numbers of a damaged record were cut off at eight bits: 257 was BT.709.
#[test]
fn a_colour_that_vpcc_has_no_room_for_is_unspecified() {
    let colour = |primaries, transfer, matrix| Some(Colour { primaries, transfer, matrix, full_range: false });
    for (colour, expected) in
        [(colour(9, 16, 9), [9, 16, 9]), (colour(257, 256, u16::MAX), [2, 2, 2]), (None, [2, 2, 2])]
    {
        let config = VideoConfig { codec: "vp09.00.31.08".into(), description: vec![], colour, ..h264() };
        let movie = movie(&[config], &segments(&[vec![(40_000, 10)]]));
        let vpcc = movie.windows(4).position(|window| window == b"vpcC").unwrap();
        assert_eq!(movie[vpcc + 11..vpcc + 14], expected);
    }
}

// What a reel began with may have been re-encoded at a larger size; a player would have allocated for both.
#[test]
fn a_configuration_that_no_segment_uses_is_omitted() {
    let configs = [(320, 180), (640, 360), (1280, 720)].map(|(width, height)| VideoConfig { width, height, ..h264() });
    let mut segments = segments(&vec![vec![(40_000, 10)]; 3]);
    segments.iter_mut().for_each(|(config, _)| *config = 2);
    let one = movie(&configs, &segments);
    assert_eq!(
        one,
        movie(&[h264()], &{
            segments.iter_mut().for_each(|(config, _)| *config = 0);
            segments.clone()
        })
    );

    segments[0].0 = 1;
    segments[1].0 = 1;
    segments[2].0 = 0;
    let two = movie(&configs, &segments);
    let reader = read(&two);
    let stsc = &reader.tracks()[&1].trak.mdia.minf.stbl.stsc;
    let entries: Vec<_> =
        stsc.entries.iter().map(|entry| (entry.first_chunk, entry.sample_description_index)).collect();
    assert_eq!(entries, [(1, 2), (3, 1)]);
    assert_eq!((reader.tracks()[&1].trak.tkhd.width.value(), reader.tracks()[&1].trak.tkhd.height.value()), (640, 360));
}

#[test]
fn a_segment_without_a_configuration_is_an_error() {
    let mut segments = segments(&[vec![(40_000, 10)], vec![(40_000, 10)]]);
    segments[1].0 = 1;
    let configs = [h264()];
    let track = Configs::Video(&configs);
    let error = layout(0, &[TrackIndex { configs: track, segments: &segments }]).unwrap_err();
    assert_eq!(error.code(), "storage");
}

#[test]
fn the_chunks_of_several_tracks_take_turns_by_time() {
    let configs = [h264()];
    let track = Configs::Video(&configs);
    let (slow, fast) = (segments(&[vec![(80_000, 10)], vec![(80_000, 10)]]), segments(&vec![vec![(40_000, 5)]; 3]));
    let tracks = [TrackIndex { configs: track, segments: &slow }, TrackIndex { configs: track, segments: &fast }];
    let Layout { mut head, parts } = layout(0, &tracks).unwrap();
    let order: Vec<_> = parts.iter().map(|part| (part.track, part.segment)).collect();
    assert_eq!(order, [(0, 0), (1, 0), (1, 1), (0, 1), (1, 2)]);
    let start = head.len() as u64;
    head.extend([0; 35]);
    let offsets = |id| read(&head).tracks()[&id].trak.mdia.minf.stbl.stco.clone().unwrap().entries;
    assert_eq!(offsets(1), [0, 20].map(|offset| (start + offset) as u32));
    assert_eq!(offsets(2), [10, 15, 30].map(|offset| (start + offset) as u32));
}

// A reader that goes by the list of key frames has one for nothing (§ 8.6.2: without it, all are).
#[test]
fn where_all_samples_are_key_frames_none_is_listed() {
    let configs = [h264()];
    let track = Configs::Video(&configs);
    let lists = |rows: &[Vec<(i64, u32)>]| {
        let segments = segments(rows);
        let head = layout(0, &[TrackIndex { configs: track, segments: &segments }]).unwrap().head;
        head.windows(4).any(|window| window == b"stss")
    };
    assert!(!lists(&vec![vec![(40_000, 5)]; 3]));
    assert!(lists(&[vec![(40_000, 5)], vec![(40_000, 5); 2]]));
}

#[test]
fn nothing_recorded_is_an_error() {
    let configs = [h264()];
    let track = Configs::Video(&configs);
    let error = layout(0, &[TrackIndex { configs: track, segments: &[] }]).unwrap_err();
    assert_eq!(error.code(), "nothing-recorded");
}

#[test]
fn a_damaged_configuration_is_an_error() {
    let segments = segments(&[vec![(40_000, 10)]]);
    let av1 =
        |description: &[u8]| VideoConfig { codec: "av01.0.05M.08".into(), description: description.into(), ..h264() };
    for config in [
        VideoConfig { description: vec![1, 2], ..h264() },
        // Its parameter sets are cut off: such a file was written, and no player opened it.
        VideoConfig { description: AVCC[..20].to_vec(), ..h264() },
        av1(&[0x81, 5, 0b1100]),
        av1(&[1, 5, 0b1100, 0]),
    ] {
        let configs = [config];
        let track = Configs::Video(&configs);
        let error = layout(0, &[TrackIndex { configs: track, segments: &segments }]).unwrap_err();
        assert_eq!(error.code(), "storage");
    }
}

// The sum had no place in 64 bits.
#[test]
fn a_time_of_recording_that_is_damaged_leaves_a_movie() {
    let (configs, segments) = ([h264()], segments(&[vec![(40_000, 10)]]));
    let track = Configs::Video(&configs);
    let Layout { head, .. } = layout(u64::MAX, &[TrackIndex { configs: track, segments: &segments }]).unwrap();
    let reader = mp4::Mp4Reader::read_header(Cursor::new(&head), head.len() as u64 + 10).unwrap();
    assert_eq!(reader.moov.mvhd.creation_time, u64::MAX);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn every_sample_is_read_back_where_and_when_it_was_put(
        rows in proptest::collection::vec(proptest::collection::vec((12..2_000_000_i64, 1..400_u32), 1..40), 1..12)
    ) {
        let segments = segments(&rows);
        let movie = movie(&[h264()], &segments);
        let mut reader = read(&movie);
        let samples: Vec<&Sample> = segments.iter().flat_map(|(_, table)| table.samples()).collect();
        prop_assert_eq!(reader.sample_count(1).unwrap(), samples.len() as u32);
        for (number, sample) in samples.iter().enumerate() {
            let read = reader.read_sample(1, number as u32 + 1).unwrap().unwrap();
            let ticks = (sample.decode_us as f64 * 0.09).round() as u64;
            prop_assert_eq!(&read.bytes[..], &bytes(number, sample.size)[..]);
            prop_assert_eq!(read.start_time, ticks);
            prop_assert_eq!(read.is_sync, sample.key);
        }
    }
}
