//! Files that are written are read back with an independent reader.

use super::plan;
use crate::Error;
use crate::clip::Bounds;
use crate::codec::colour::BT709;
use crate::facts::Facts;
use crate::mp4::{Piece, Stored};
use crate::reel::{
    AudioConfig, Mark, Note, ReelRecord, Run, Sample, SampleTable, Shared, Track, UNTIL_NEXT, VideoConfig,
};
use matroska_demuxer::{Frame, MatroskaFile, TrackType};
use std::io::Cursor;

const KEYS: i64 = 25;

fn reel(codec: &str) -> ReelRecord {
    let video = VideoConfig {
        codec: codec.into(),
        width: 640,
        height: 360,
        description: vec![1, 2, 3],
        colour: Some(BT709),
        is_of_rgb: false,
    };
    let audio = AudioConfig { codec: "opus".into(), sample_rate: 48_000, channels: 2, description: Vec::new() };
    let reel = ReelRecord::new(1_764_000_000_000.0, "2025-11-24T16:00:00.000Z", 0xbeef);
    ReelRecord { video: vec![video], audio: vec![audio], ..reel }
}

/// A segment of samples of this length, each of which has more bytes than the one before.
fn segment(track: Track, first: i64, count: i64, length_us: i64) -> Stored {
    let sample = |n: i64| Sample {
        decode_us: n * length_us,
        composition_offset_us: 0,
        size: 100 + n as u32,
        key: track == Track::Audio || n % KEYS == 0,
    };
    let mut table = SampleTable::new(sample(first), (first + 1) * length_us);
    (first + 1..first + count).for_each(|n| table.push(sample(n), (n + 1) * length_us));
    Stored { track, config: 0, table, shared: None }
}

/// The bytes of the sample with this number.
fn bytes(track: Track, n: i64) -> Vec<u8> {
    (0..100 + n).map(|i| (i + 3 * n) as u8 ^ track as u8).collect()
}

fn record(stored: &Stored, length_us: i64) -> Vec<u8> {
    let numbers = stored.table.samples().iter().map(|sample| sample.decode_us / length_us);
    numbers.flat_map(|n| bytes(stored.track, n)).collect()
}

fn bounds(from_us: i64, to_us: i64) -> Bounds {
    Bounds { reel_start_us: 0, from_us, to_us, ..Bounds::default() }
}

const PICTURE_US: i64 = 40_000;
const PACKET_US: i64 = 20_000;

/// Ten seconds of pictures and of sound.
fn stored() -> Vec<Stored> {
    let pictures = (0..5).map(|n| segment(Track::Video, 50 * n, 50, PICTURE_US));
    pictures.chain((0..5).map(|n| segment(Track::Audio, 100 * n, 100, PACKET_US))).collect()
}

fn file(stored: &[Stored], bounds: Bounds) -> Vec<u8> {
    file_of(&reel("vp8"), stored, bounds, &Facts::default())
}

fn file_of(reel: &ReelRecord, stored: &[Stored], bounds: Bounds, facts: &Facts) -> Vec<u8> {
    let length_us = |stored: &Stored| if stored.track == Track::Video { PICTURE_US } else { PACKET_US };
    let records: Vec<_> = stored.iter().map(|stored| record(stored, length_us(stored))).collect();
    let plan = plan(reel, stored.to_vec(), bounds, facts).unwrap().unwrap();
    let bytes = plan.pieces.into_iter().flat_map(|piece| match piece {
        Piece::Bytes(bytes) => bytes,
        Piece::Whole(segment) => records[segment].clone(),
        Piece::Slice(segment, range) => records[segment][range.start as usize..range.end as usize].to_vec(),
    });
    bytes.collect()
}

fn open(file: &[u8]) -> MatroskaFile<Cursor<&[u8]>> {
    MatroskaFile::open(Cursor::new(file)).unwrap()
}

/// The frames of a file: track, time in milliseconds, whether it is a key frame, bytes.
fn frames(file: &mut MatroskaFile<Cursor<&[u8]>>) -> Vec<(u64, u64, bool, Vec<u8>)> {
    let (mut frames, mut frame) = (Vec::new(), Frame::default());
    while file.next_frame(&mut frame).unwrap() {
        frames.push((
            frame.track,
            frame.timestamp,
            frame.is_keyframe.unwrap_or(false),
            std::mem::take(&mut frame.data),
        ));
    }
    frames
}

#[test]
fn what_was_stored_is_what_another_library_reads() {
    let file = file(&stored(), bounds(0, 10_000_000));
    let mut read = open(&file);
    assert_eq!(read.info().duration(), Some(10_000.0));
    assert_eq!(read.ebml_header().doc_type(), "webm");
    let [video, audio] = read.tracks() else { panic!("two tracks") };
    assert_eq!((video.track_type(), video.codec_id()), (TrackType::Video, "V_VP8"));
    let picture = video.video().unwrap();
    assert_eq!((picture.pixel_width().get(), picture.pixel_height().get()), (640, 360));
    assert_eq!((audio.track_type(), audio.codec_id()), (TrackType::Audio, "A_OPUS"));
    assert_eq!(&audio.codec_private().unwrap()[..10], b"OpusHead\x01\x02");
    let frames = frames(&mut read);
    assert!(frames.windows(2).all(|pair| pair[0].1 <= pair[1].1), "in the order of their times");
    let of = |number: u64| frames.iter().filter(move |(track, ..)| *track == number);
    let expected = (0..250).map(|n| (1, n as u64 * 40, n % KEYS == 0, bytes(Track::Video, n)));
    assert!(of(1).cloned().eq(expected));
    let expected = (0..500).map(|n| (2, n as u64 * 20, true, bytes(Track::Audio, n)));
    assert!(of(2).cloned().eq(expected));
}

#[test]
fn each_key_frame_can_be_sought_to() {
    let file = file(&stored(), bounds(0, 10_000_000));
    let mut read = open(&file);
    for second in 0..10 {
        read.seek(second * 1000).unwrap();
        let mut frame = Frame::default();
        assert!(read.next_frame(&mut frame).unwrap());
        let found = (frame.track, frame.timestamp, frame.is_keyframe);
        assert_eq!(found, (1, second * 1000, Some(true)));
    }
}

#[test]
fn a_part_begins_with_a_key_frame_at_0() {
    let file = file(&stored(), bounds(3_500_000, 7_200_000));
    let mut read = open(&file);
    assert_eq!(read.info().duration(), Some(4200.0));
    let frames = frames(&mut read);
    assert_eq!(frames[0], (1, 0, true, bytes(Track::Video, 75)));
    assert_eq!(frames.iter().filter(|(track, ..)| *track == 1).count(), 105);
    let (_, time, _, sound) = frames.iter().find(|(track, ..)| *track == 2).unwrap();
    assert_eq!((*time, sound), (0, &bytes(Track::Audio, 150)));
}

#[test]
fn sound_alone_has_no_cluster_a_packet() {
    let sound: Vec<_> = stored().into_iter().filter(|stored| stored.track == Track::Audio).collect();
    let plan = plan(&reel("vp8"), sound.clone(), bounds(0, 10_000_000), &Facts::default()).unwrap().unwrap();
    assert_eq!(plan.mime, "audio/webm");
    let file = file(&sound, bounds(0, 10_000_000));
    assert_eq!(file.windows(4).filter(|bytes| *bytes == [0x1f, 0x43, 0xb6, 0x75]).count(), 2);
    assert_eq!(frames(&mut open(&file)).len(), 500);
}

// Segments are merged into records that have both tracks.
#[test]
fn samples_are_found_in_a_record_of_both_tracks() {
    let [mut video, mut audio] = [segment(Track::Video, 0, 50, PICTURE_US), segment(Track::Audio, 0, 100, PACKET_US)];
    let sizes = |stored: &Stored, samples: std::ops::Range<usize>| {
        stored.table.samples()[samples].iter().map(|sample| u64::from(sample.size)).sum::<u64>()
    };
    let [v1, v2, a1, a2] = [sizes(&video, 0..25), sizes(&video, 25..50), sizes(&audio, 0..50), sizes(&audio, 50..100)];
    let run = |samples, start, bytes| Run { samples, start, bytes };
    let shared = |runs| Some(Shared { record: 0, start_us: 0, runs });
    video.shared = shared(vec![run(25, 0, v1), run(25, v1 + a1, v2)]);
    audio.shared = shared(vec![run(50, v1, a1), run(50, v1 + a1 + v2, a2)]);
    let plan = plan(&reel("vp8"), vec![video, audio], bounds(0, 2_000_000), &Facts::default()).unwrap().unwrap();
    let starts = plan.pieces.iter().filter_map(|piece| match piece {
        Piece::Slice(segment, range) => Some((*segment, range.start)),
        _ => None,
    });
    let starts: Vec<_> = starts.collect();
    assert!(starts.iter().all(|(segment, _)| *segment == 0), "it is stored with the pictures");
    assert!(starts.contains(&(0, v1 + a1)) && starts.contains(&(0, v1 + a1 + v2)));
    assert_eq!(starts.len(), 150);
}

#[test]
fn what_webm_has_no_place_for_is_unsupported() {
    let refused = plan(&reel("avc1.42e01f"), stored(), bounds(0, 1_000_000), &Facts::default());
    assert!(matches!(refused, Err(Error::Unsupported { what }) if what.contains("avc1.42e01f")));
    assert_eq!(plan(&reel("vp8"), Vec::new(), bounds(0, 1), &Facts::default()).err(), Some(Error::NothingRecorded));
}

/// The elements with this id within these bytes, at any depth, without their headers.
fn elements(mut bytes: &[u8], wanted: u32) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let id_len = bytes[0].leading_zeros() as usize + 1;
        let id = bytes[..id_len].iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
        let size_len = bytes[id_len].leading_zeros() as usize + 1;
        let first = u64::from(bytes[id_len]) & ((1 << (8 - size_len)) - 1);
        let size = bytes[id_len + 1..id_len + size_len].iter().fold(first, |size, byte| size << 8 | u64::from(*byte));
        let (content, rest) = bytes[id_len + size_len..].split_at(size as usize);
        if id == wanted {
            found.push(content);
        }
        // Segment, SeekHead, Seek, Chapters, EditionEntry, ChapterAtom, ChapterDisplay, Tags, Tag, SimpleTag, Info
        let masters = [
            0x1853_8067,
            0x114d_9b74,
            0x4dbb,
            0x1043_a770,
            0x45b9,
            0xb6,
            0x80,
            0x1254_c367,
            0x7373,
            0x67c8,
            0x1549_a966,
        ];
        if masters.contains(&id) {
            found.extend(elements(content, wanted));
        }
        bytes = rest;
    }
    found
}

#[test]
fn marks_and_facts_are_chapters_and_tags_that_the_index_finds() {
    let mark = |(time_us, name): (i64, &str)| Mark { time_us, note: Note { name: name.into(), ..Note::default() } };
    let marks = [(1_000_000, "ä"), (2_500_000, "b"), (99_000_000, "behind the end")].map(mark).to_vec().into();
    let some = |text: &str| Some(text.to_owned());
    let facts = Facts {
        title: some("A call"),
        artist: some("Ann"),
        date: some("2026"),
        location: some("+48.85770+002.29500/"),
        custom: some("7"),
        comment: None,
    };
    let file = file_of(&ReelRecord { marks, ..reel("vp8") }, &stored(), bounds(0, 10_000_000), &facts);
    assert_eq!(open(&file).info().title(), Some("A call"));
    assert_eq!(frames(&mut open(&file)).len(), 750);
    let texts = |id| {
        let texts = elements(&file, id).into_iter();
        texts.map(|text| std::str::from_utf8(text).unwrap()).collect::<Vec<_>>()
    };
    let numbers = |id| {
        let numbers = elements(&file, id).into_iter();
        numbers.map(|bytes| bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))).collect::<Vec<_>>()
    };
    assert_eq!(texts(0x85), ["", "ä", "b"]);
    assert_eq!(numbers(0x91), [0, 1_000_000_000, 2_500_000_000]);
    assert_eq!(numbers(0x92), [1_000_000_000, 2_500_000_000, 10_000_000_000]);
    assert_eq!(numbers(0x73c4), [1, 2, 3]);
    assert_eq!(texts(0x45a3), ["TITLE", "ARTIST", "DATE", "DATE_RECORDED", "LOCATION", "TRACKREEL_CUSTOM"]);
    assert_eq!(texts(0x4487), ["A call", "Ann", "2026", "2026", "+48.85770+002.29500/", "7"]);
    // What the index says of places is where the elements are.
    let segment = elements(&file, 0x1853_8067)[0];
    let ids = elements(&file, 0x53ab);
    assert_eq!(ids.len(), 5);
    for (id, position) in ids.into_iter().zip(numbers(0x53ac)) {
        assert_eq!(&segment[position as usize..][..4], id);
    }
}

#[test]
fn words_are_a_track_of_their_own_among_the_samples() {
    let cue = |(time_us, length_us, text): (i64, i64, &str)| Mark {
        time_us,
        note: Note { name: text.into(), data: None, length_us: Some(length_us) },
    };
    let cues = [(1_000_000, 3_000_000, "one\n<b> --> ä"), (2_500_000, UNTIL_NEXT, "two")];
    let reel = ReelRecord { marks: cues.map(cue).to_vec().into(), ..reel("vp8") };
    let file = file_of(&reel, &stored(), bounds(2_000_000, 10_000_000), &Facts::default());
    let mut read = open(&file);
    let [_, _, words] = read.tracks() else { panic!("three tracks") };
    assert_eq!(words.codec_id(), "D_WEBVTT/SUBTITLES");
    let frames = frames(&mut read);
    assert_eq!(frames.iter().filter(|(track, ..)| *track == 1).count(), 200);
    assert!(frames.windows(2).all(|pair| pair[0].1 <= pair[1].1), "in the order of their times");
    let of = frames.iter().filter(|(track, ..)| *track == 3);
    let text = |(_, ms, _, bytes): &(u64, u64, bool, Vec<u8>)| (*ms, String::from_utf8(bytes.clone()).unwrap());
    let expected = [(0, "\n\none\n&lt;b&gt; --&gt; ä"), (500, "\n\ntwo")].map(|(ms, text)| (ms, text.to_owned()));
    assert_eq!(of.map(text).collect::<Vec<_>>(), expected);
    // BlockDuration: two seconds, and to the end.
    for duration in [[0x9b, 0x82, 0x07, 0xd0], [0x9b, 0x82, 0x1d, 0x4c]] {
        assert_eq!(file.windows(4).filter(|bytes| **bytes == duration).count(), 1);
    }
}
