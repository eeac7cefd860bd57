//! Movies with sound are read back with independent readers.

use super::tests::{find_box, h264, leaves, segments};
use super::{Configs, Layout, Part, TIMESCALE, TrackIndex, layout};
use crate::reel::{AudioConfig, Sample, SampleTable};
use mp4_atom::{Decode, Encode};
use proptest::prelude::*;
use std::io::Cursor;

pub(super) fn opus() -> AudioConfig {
    AudioConfig { codec: "opus".into(), sample_rate: 48_000, channels: 2, description: Vec::new() }
}

/// AAC-LC, 44,100 Hz, two channels.
fn aac() -> AudioConfig {
    AudioConfig { codec: "mp4a.40.2".into(), sample_rate: 44_100, channels: 2, description: vec![0x12, 0x10] }
}

/// A segment of packets that are all sync samples: the step to the next in microseconds, and the size in bytes.
pub(super) fn packets(start_us: i64, rows: &[(i64, u32)]) -> (u32, SampleTable) {
    let mut time_us = start_us;
    let mut table: Option<SampleTable> = None;
    for &(step_us, size) in rows {
        let sample = Sample { decode_us: time_us, composition_offset_us: 0, size, key: true };
        time_us += step_us;
        match &mut table {
            Some(table) => table.push(sample, time_us),
            None => table = Some(SampleTable::new(sample, time_us)),
        }
    }
    (0, table.unwrap())
}

/// A byte of a sample, distinct by track and number.
fn byte(track: usize, number: usize) -> u8 {
    (track * 101 + number * 31) as u8
}

/// The file that a page would make of it.
fn movie(tracks: &[TrackIndex<'_>]) -> (Vec<u8>, Vec<Part>) {
    let Layout { mut head, parts } = layout(1_795_356_207, tracks).unwrap();
    let bytes = |(track, index): (usize, &TrackIndex<'_>)| -> Vec<Vec<u8>> {
        let mut number = 0;
        let segment = |(_, table): &(u32, SampleTable)| {
            let sample = |sample: &Sample| {
                number += 1;
                vec![byte(track, number - 1); sample.size as usize]
            };
            table.samples().iter().flat_map(sample).collect()
        };
        index.segments.iter().map(segment).collect()
    };
    let stored: Vec<_> = tracks.iter().enumerate().map(bytes).collect();
    for Part { track, segment, bytes, .. } in &parts {
        head.extend(&stored[*track][*segment][bytes.start as usize..bytes.end as usize]);
    }
    (head, parts)
}

fn of_sound(config: AudioConfig) -> Vec<u8> {
    let segments = [packets(0, &[(20_000, 100), (20_000, 120)])];
    movie(&[TrackIndex { configs: Configs::Audio(&[config]), segments: &segments }]).0
}

// Another writer makes the same bytes of what another reader has understood.
#[test]
fn the_index_is_what_another_library_would_have_written() {
    let video = segments(&[vec![(33_333, 900), (33_334, 80), (50_000, 70)], vec![(33_333, 800)]]);
    for config in [opus(), aac()] {
        let sound = [packets(0, &[(20_000, 100), (20_000, 120)]), packets(40_000, &[(20_000, 100)])];
        let video = TrackIndex { configs: Configs::Video(&[h264()]), segments: &video };
        let sound = TrackIndex { configs: Configs::Audio(&[config]), segments: &sound };
        let (movie, _) = movie(&[video, sound]);
        let moov = find_box(&movie, b"moov");
        let understood = mp4_atom::Moov::decode(&mut &moov[..]).unwrap();
        let mut written = Vec::new();
        understood.encode(&mut written).unwrap();
        assert_eq!(leaves(&written), leaves(moov));
    }
}

#[test]
fn the_sample_entry_of_opus_is_whole() {
    let opus: [&[u8]; 6] = [
        &[0, 0, 0, 55],
        b"Opus",
        // The data reference; two channels, 16 bits, 48,000 Hz.
        &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 16, 0, 0, 0, 0, 0xbb, 0x80, 0, 0],
        &[0, 0, 0, 19],
        b"dOps",
        &[0, 2, 0, 0, 0, 0, 0xbb, 0x80, 0, 0, 0],
    ];
    assert_eq!(find_box(&of_sound(self::opus()), b"Opus"), opus.concat());
}

#[test]
fn the_sample_entry_of_aac_is_whole() {
    let mp4a: [&[u8]; 9] = [
        &[0, 0, 0, 75],
        b"mp4a",
        &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 16, 0, 0, 0, 0, 0xac, 0x44, 0, 0],
        &[0, 0, 0, 39],
        b"esds\0\0\0\0",
        &[3, 25, 0, 0, 0],
        &[4, 17, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &[5, 2, 0x12, 0x10],
        &[6, 1, 2],
    ];
    assert_eq!(find_box(&of_sound(aac()), b"mp4a"), mp4a.concat());
    // 16 bits do not hold it: 30,464 Hz were in the file.
    let fast = of_sound(AudioConfig { sample_rate: 96_000, ..aac() });
    assert_eq!(find_box(&fast, b"mp4a")[32..36], [0; 4]);
}

#[test]
fn the_headers_of_a_track_of_sound_are_of_sound() {
    let movie = of_sound(aac());
    let moov = mp4_atom::Moov::decode(&mut find_box(&movie, b"moov")).unwrap();
    let trak = &moov.trak[0];
    assert_eq!(find_box(&movie, b"tkhd")[56..60], [1, 0, 0, 0], "full volume");
    assert_eq!(find_box(&movie, b"tkhd")[96..], [0; 8], "no picture");
    assert_eq!(&find_box(&movie, b"hdlr")[16..20], b"soun");
    assert_eq!(find_box(&movie, b"smhd")[8..], [0; 8]);
    assert!(trak.mdia.minf.stbl.stss.is_none() && trak.edts.is_none());
    assert_eq!((trak.mdia.mdhd.timescale, trak.mdia.mdhd.duration), (44_100, 1764));
    assert_eq!((moov.mvhd.timescale, moov.mvhd.duration, trak.tkhd.duration), (TIMESCALE, 3600, 3600));
}

#[test]
fn a_damaged_configuration_is_an_error() {
    let code = |config: AudioConfig| {
        let segments = [packets(0, &[(20_000, 100)])];
        layout(0, &[TrackIndex { configs: Configs::Audio(&[config]), segments: &segments }]).unwrap_err().code()
    };
    for config in [
        AudioConfig { sample_rate: 0, ..opus() },
        AudioConfig { sample_rate: 192_001, ..opus() },
        AudioConfig { channels: 0, ..opus() },
        AudioConfig { channels: 3, ..aac() },
        AudioConfig { description: Vec::new(), ..aac() },
        AudioConfig { description: vec![0x12; 65], ..aac() },
    ] {
        assert_eq!(code(config), "storage");
    }
    assert_eq!(code(AudioConfig { codec: "flac".into(), ..opus() }), "unsupported");
}

// A stored segment may be half a minute long: a player would seek between the tracks, or stop.
#[test]
fn chunks_of_two_tracks_last_a_second_at_most_and_take_turns() {
    let video = segments(&[vec![(400_000, 10); 6], vec![(3_000_000, 10), (400_000, 10)]]);
    let sound = [packets(0, &vec![(20_000, 3); 200])];
    let video = TrackIndex { configs: Configs::Video(&[h264()]), segments: &video };
    let sound = TrackIndex { configs: Configs::Audio(&[opus()]), segments: &sound };
    let (_, parts) = movie(&[video, sound]);
    let rows: Vec<_> = parts.iter().map(|part| (part.track, part.segment, part.samples, part.bytes.clone())).collect();
    let expected = [
        (0, 0, 2, 0..20),
        (1, 0, 50, 0..150),
        (0, 0, 2, 20..40),
        (1, 0, 50, 150..300),
        (0, 0, 2, 40..60),
        (1, 0, 50, 300..450),
        (0, 1, 1, 0..10),
        (1, 0, 50, 450..600),
        (0, 1, 1, 10..20),
    ];
    assert_eq!(rows, expected);
    assert_eq!(movie(&[sound]).1.len(), 1, "the segment of a single track is a chunk");
}

// Without an edit list both tracks begin at 0: the lips were up to a packet early.
#[test]
fn the_track_that_begins_later_has_a_longer_first_sample() {
    let sound = [packets(0, &[(20_000, 3); 10])];
    let mut video = segments(&[vec![(40_000, 10); 3]]);
    let mut times = [15_000, 55_000, 95_000].into_iter();
    video[0].1.retime(|| times.next().unwrap());
    video[0].1.end_at(135_000);
    let video = TrackIndex { configs: Configs::Video(&[h264()]), segments: &video };
    let sound = TrackIndex { configs: Configs::Audio(&[opus()]), segments: &sound };
    let (movie, _) = movie(&[video, sound]);
    let moov = mp4_atom::Moov::decode(&mut find_box(&movie, b"moov")).unwrap();
    let steps = |track: usize| {
        let entries = &moov.trak[track].mdia.minf.stbl.stts.entries;
        entries.iter().map(|run| (run.sample_count, run.sample_delta)).collect::<Vec<_>>()
    };
    assert_eq!((steps(0), steps(1)), (vec![(1, 4950), (2, 3600)], vec![(10, 960)]));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn every_sample_of_both_tracks_is_read_back_where_and_when_it_was_put(
        pictures in proptest::collection::vec(proptest::collection::vec((12..2_000_000_i64, 1..400_u32), 1..40), 1..12),
        sounds in proptest::collection::vec(proptest::collection::vec((100..60_000_i64, 1..90_u32), 1..90), 1..9),
        sound_start_us in 0..30_000_i64,
    ) {
        let video = segments(&pictures);
        let mut at_us = sound_start_us;
        let sound: Vec<_> = sounds.iter().map(|rows| {
            let segment = packets(at_us, rows);
            at_us = segment.1.end_us();
            segment
        }).collect();
        let (video_config, sound_config) = ([h264()], [aac()]);
        let tracks = [
            TrackIndex { configs: Configs::Video(&video_config), segments: &video },
            TrackIndex { configs: Configs::Audio(&sound_config), segments: &sound },
        ];
        let (movie, parts) = movie(&tracks);
        let mut reader = mp4::Mp4Reader::read_header(Cursor::new(&movie[..]), movie.len() as u64).unwrap();
        for (track, (index, scale)) in tracks.iter().zip([90_000.0, 44_100.0]).enumerate() {
            let samples: Vec<&Sample> = index.segments.iter().flat_map(|(_, table)| table.samples()).collect();
            let id = track as u32 + 1;
            prop_assert_eq!(reader.sample_count(id).unwrap(), samples.len() as u32);
            let first_us = samples[0].decode_us;
            let ticks = |time_us: i64| (time_us as f64 * scale / 1e6 + 0.5).floor() as u64;
            let lead = ticks(first_us);
            for (number, sample) in samples.iter().enumerate() {
                let read = reader.read_sample(id, number as u32 + 1).unwrap().unwrap();
                prop_assert_eq!(&read.bytes[..], &vec![byte(track, number); sample.size as usize][..]);
                let time = if number == 0 { 0 } else { lead + ticks(sample.decode_us - first_us) };
                prop_assert_eq!(read.start_time, time);
                prop_assert_eq!(read.is_sync, sample.key);
            }
        }
        // Chunks rise in time. Each lasts a second at most, or is a single sample.
        let (mut selection, mut latest_us) = ([0; 2], 0);
        for Part { track, samples, .. } in parts {
            let tables = || tracks[track].segments.iter().map(|(_, table)| table);
            let starts = tables().flat_map(crate::reel::SampleTable::samples).map(|sample| sample.decode_us);
            let times_us: Vec<i64> = starts.chain(tables().next_back().map(SampleTable::end_us)).collect();
            let start_us = times_us[selection[track]];
            selection[track] += samples as usize;
            prop_assert!(latest_us <= start_us);
            prop_assert!(samples == 1 || times_us[selection[track]] - start_us <= 1_000_000);
            latest_us = start_us;
        }
    }
}
