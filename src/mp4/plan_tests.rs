use super::audio_tests::{opus, packets};
use super::tests::{find_box, h264};
use super::{Piece, Plan, Stored, plan};
use crate::clip::Bounds;
use crate::codec::h264::parameter_sets;
use crate::facts::Facts;
use crate::reel::{ReelRecord, Sample, SampleTable, Track, VideoConfig};
use mp4_atom::Decode;

pub(super) fn reel() -> ReelRecord {
    let small = VideoConfig { width: 640, height: 360, ..h264() };
    let reel = ReelRecord::new(1_764_000_000_000.0, "2025-11-24T16:00:00.000Z", 0xbeef);
    ReelRecord { video: vec![small, h264()], audio: vec![opus()], ..reel }
}

/// A segment of pictures of 40 ms and 10 bytes each, a key frame first.
pub(super) fn pictures(config: u32, start_us: i64, count: i64) -> Stored {
    let sample = |n: i64| Sample { decode_us: start_us + n * 40_000, composition_offset_us: 0, size: 10, key: n == 0 };
    let mut table = SampleTable::new(sample(0), start_us + 40_000);
    (1..count).for_each(|n| table.push(sample(n), start_us + (n + 1) * 40_000));
    Stored { track: Track::Video, config, table, shared: None }
}

/// A segment of packets of 20 ms and 3 bytes each.
pub(super) fn sound(start_us: i64, count: usize) -> Stored {
    Stored { track: Track::Audio, config: 0, table: packets(start_us, &vec![(20_000, 3); count]).1, shared: None }
}

pub(super) fn bounds(from_us: i64, to_us: i64) -> Bounds {
    Bounds { reel_start_us: 0, from_us, to_us, ..Bounds::default() }
}

fn planned(stored: &[Stored], bounds: Bounds) -> Plan {
    plan(&reel(), stored.to_vec(), bounds, &Facts::default()).unwrap().unwrap()
}

/// When the samples of each track start, and when the last one ends, in ticks of the track.
fn times(plan: &Plan) -> Vec<Vec<u64>> {
    let Piece::Bytes(head) = &plan.pieces[0] else { panic!("the head comes first") };
    let moov = mp4_atom::Moov::decode(&mut find_box(head, b"moov")).unwrap();
    let of_track = |trak: &mp4_atom::Trak| {
        let mut times = vec![0];
        for run in &trak.mdia.minf.stbl.stts.entries {
            (0..run.sample_count).for_each(|_| times.push(times[times.len() - 1] + u64::from(run.sample_delta)));
        }
        times
    };
    moov.trak.iter().map(of_track).collect()
}

#[test]
fn the_whole_of_one_track_is_its_segments_and_none_is_sliced() {
    let stored = [pictures(0, 0, 25), pictures(0, 1_000_000, 25)];
    let Plan { pieces, mime, start_us, end_us } = planned(&stored, bounds(0, 2_000_000));
    assert_eq!(pieces[1..], [Piece::Whole(0), Piece::Whole(1)]);
    assert_eq!((mime, start_us, end_us), ("video/mp4", 0, 2_000_000));
    let Plan { pieces, .. } = planned(&stored, bounds(0, 1_200_000));
    assert_eq!(pieces[1..], [Piece::Whole(0), Piece::Slice(1, 0..50)]);
}

// The sound of a part was as early as its first picture was late.
#[test]
fn a_part_keeps_the_tracks_in_step() {
    let stored = [pictures(1, 5_000, 25), pictures(1, 1_005_000, 25), sound(0, 60), sound(1_200_000, 60)];
    let plan = planned(&stored, bounds(1_300_000, 1_405_000));
    // The key frame is shown in the middle of a packet, 5 ms after its start.
    assert_eq!((plan.start_us, plan.end_us), (1_000_000, 1_405_000));
    let pieces = [Piece::Slice(1, 0..100), Piece::Slice(2, 150..180), Piece::Slice(3, 0..33)];
    assert_eq!(plan.pieces[1..], [pieces[1].clone(), pieces[0].clone(), pieces[2].clone()]);
    let times = times(&plan);
    let picture_us = |n: usize| times[0][n] * 100 / 9 + plan.start_us as u64;
    assert_eq!(times[0][0], 0, "shown from the sound's start");
    assert_eq!([1, 9, 10].map(picture_us), [1_045_000, 1_365_000, 1_405_000]);
    let packets = (0..21).map(|n| n * 960).chain([405 * 48]).collect::<Vec<u64>>();
    assert_eq!(times[1], packets);
}

// Sound that begins late, as in a damaged reel, was heard from the first picture on.
#[test]
fn sound_that_begins_later_keeps_in_step() {
    let plan = planned(&[pictures(1, 0, 25), sound(500_000, 20)], bounds(0, 1_000_000));
    assert_eq!(plan.start_us, 0);
    assert_eq!(times(&plan)[1][..3], [0, 24_960, 25_920]);
}

#[test]
fn sound_alone_is_a_file() {
    let stored = [sound(0, 100), sound(2_000_000, 100)];
    let Plan { pieces, mime, start_us, end_us } = planned(&stored, bounds(1_990_000, 4_000_000));
    assert_eq!((mime, start_us, end_us), ("audio/mp4", 1_980_000, 4_000_000));
    assert_eq!(pieces[1..], [Piece::Slice(0, 297..300), Piece::Whole(1)]);
}

#[test]
fn nothing_in_the_part_is_an_error() {
    let error = plan(&reel(), vec![], bounds(0, 1), &Facts::default()).unwrap_err();
    assert_eq!(error.code(), "nothing-recorded");
}

#[test]
fn only_the_first_chunk_of_a_segment_has_its_parameter_sets() {
    let sets = parameter_sets(&h264().description).unwrap();
    let stored = [pictures(0, 0, 50), sound(0, 200), pictures(1, 2_000_000, 50)];
    let Plan { pieces, .. } = planned(&stored, bounds(0, 4_000_000));
    let expected = [
        Piece::Bytes(sets.clone()),
        Piece::Slice(0, 0..250),
        Piece::Slice(1, 0..150),
        Piece::Slice(0, 250..500),
        Piece::Slice(1, 150..300),
        Piece::Bytes(sets),
        Piece::Slice(2, 0..250),
        Piece::Slice(1, 300..450),
        Piece::Slice(2, 250..500),
        Piece::Slice(1, 450..600),
    ];
    assert_eq!(pieces[1..], expected);
}

// Editors that refuse a variable frame rate refused the first picture, which was a part of a packet longer.
#[test]
fn an_even_rate_is_of_the_pictures_only_and_begins_with_the_movie() {
    let stored = [pictures(1, 8_000, 25), sound(0, 50)];
    let plan = planned(&stored, Bounds { fps: Some(25.0), ..bounds(0, 1_000_000) });
    let times = times(&plan);
    assert!((0..25).all(|n| times[0][n] == n as u64 * 3600), "{:?}", times[0]);
    assert_eq!(times[1], (0..=50).map(|n| n * 960).collect::<Vec<u64>>());
    let refused =
        super::plan(&reel(), stored.to_vec(), Bounds { fps: Some(5.0), ..bounds(0, 1_000_000) }, &Facts::default());
    assert_eq!(refused, Ok(None));
}
