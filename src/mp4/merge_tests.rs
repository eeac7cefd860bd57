use super::audio_tests::opus;
use super::tests::{find_box, h264};
use super::{Piece, Plan, Stored, merge, plan};
use crate::clip::Bounds;
use crate::codec::h264::parameter_sets;
use crate::facts::Facts;
use crate::reel::{ReelRecord, Sample, SampleTable, Track, VideoConfig};
use mp4_atom::Decode;
use proptest::prelude::*;
use std::ops::Range;

/// How many segments of pictures are merged.
const GROUP: usize = 4;
const PACKET_US: i64 = 20_000;

/// Stored segments, each with the bytes of its record.
#[derive(Debug, Clone, Default)]
pub(super) struct Reel {
    pub stored: Vec<Stored>,
    pub data: Vec<Vec<u8>>,
}

impl Reel {
    /// Adds a segment of samples with these durations in microseconds and sizes in bytes. No two samples are alike.
    pub(crate) fn add(&mut self, track: Track, config: u32, start_us: i64, samples: &[(i64, u32)]) -> i64 {
        let (mut data, mut end_us) = (Vec::new(), start_us);
        let mut table: Option<SampleTable> = None;
        for (n, &(length_us, size)) in samples.iter().enumerate() {
            let key = track == Track::Audio || n == 0;
            let sample = Sample { decode_us: end_us, composition_offset_us: 0, size, key };
            end_us += length_us;
            match &mut table {
                Some(table) => table.push(sample, end_us),
                None => table = Some(SampleTable::new(sample, end_us)),
            }
            let number = (sample.decode_us / 10) as u32 * 2 + track as u32;
            data.extend(number.to_be_bytes().into_iter().cycle().take(size as usize));
        }
        self.stored.push(Stored { track, config, table: table.unwrap(), shared: None });
        self.data.push(data);
        end_us
    }

    pub(crate) fn bytes(&self, pieces: &[Piece]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Bytes(own) => bytes.extend(own),
                Piece::Whole(n) => bytes.extend(&self.data[*n]),
                Piece::Slice(n, Range { start, end }) => bytes.extend(&self.data[*n][*start as usize..*end as usize]),
            }
        }
        bytes
    }

    fn positions(&self, track: Track, starts_us: Range<i64>) -> Vec<usize> {
        let is_there = |stored: &Stored| stored.track == track && starts_us.contains(&stored.table.start_us());
        (0..self.stored.len()).filter(|&n| is_there(&self.stored[n])).collect()
    }

    /// Merges the pictures at these positions, and the sound that begins beside them. Whether that can be.
    fn merge(&mut self, pictures: &[usize]) -> bool {
        let start_us = |n: usize| self.stored[n].table.start_us();
        let to_us = self.stored.get(pictures[pictures.len() - 1] + 1).filter(|next| next.track == Track::Video);
        let to_us = to_us.map_or(i64::MAX, |next| next.table.start_us());
        let group = [pictures.to_vec(), self.positions(Track::Audio, start_us(pictures[0])..to_us)].concat();
        let part = Reel {
            stored: group.iter().map(|&n| self.stored[n].clone()).collect(),
            data: group.iter().map(|&n| self.data[n].clone()).collect(),
        };
        let Some(merged) = merge(part.stored.clone(), start_us(pictures[0]) as u32) else { return false };
        let bytes = part.bytes(&merged.pieces);
        let mut left = Reel::default();
        for track in [Track::Video, Track::Audio] {
            for n in self.positions(track, 0..i64::MAX) {
                let of_track = group.iter().find(|&&n| self.stored[n].track == track);
                if Some(&n) == of_track {
                    let own = merged.segments.iter().find(|segment| segment.track == track).unwrap();
                    left.stored.push(own.clone());
                    left.data.push(bytes.clone());
                } else if !group.contains(&n) {
                    left.stored.push(self.stored[n].clone());
                    left.data.push(self.data[n].clone());
                }
            }
        }
        *self = left;
        true
    }

    /// Merges all groups but the last segments.
    pub(crate) fn merge_all(&mut self) {
        let mut first = 0;
        loop {
            let pictures = self.positions(Track::Video, 0..i64::MAX);
            let Some(group) = pictures.get(first..first + GROUP).filter(|_| first + GROUP < pictures.len()) else {
                return;
            };
            first += if self.merge(group) { 1 } else { GROUP };
        }
    }

    fn plan(&self, bounds: Bounds) -> Option<Plan> {
        plan(&record(), self.stored.clone(), bounds, &Facts::default()).ok().map(|plan| plan.unwrap())
    }

    fn end_us(&self) -> i64 {
        self.stored.iter().map(|stored| stored.table.end_us()).max().unwrap_or(0)
    }
}

pub(super) fn record() -> ReelRecord {
    let small = VideoConfig { width: 640, height: 360, ..h264() };
    let reel = ReelRecord::new(1_764_000_000_000.0, "2025-11-24T16:00:00.000Z", 0xbeef);
    ReelRecord { video: vec![small, h264()], audio: vec![opus()], ..reel }
}

fn bounds(from_us: i64, to_us: i64) -> Bounds {
    Bounds { reel_start_us: 0, from_us, to_us, ..Bounds::default() }
}

/// What a file has but for the order of its chunks and for parameter sets: its index without them, and each sample of each track.
#[derive(Debug, PartialEq)]
struct Content {
    moov: mp4_atom::Moov,
    samples: Vec<Vec<Vec<u8>>>,
}

/// A chunk of a file: its place, its track, when it begins and when it ends, in microseconds.
type Chunk = (u64, usize, i64, i64);

fn read(file: &[u8]) -> (Content, Vec<Chunk>) {
    let mut moov = mp4_atom::Moov::decode(&mut find_box(file, b"moov")).unwrap();
    let sets = parameter_sets(&h264().description).unwrap();
    let (mut samples, mut chunks) = (Vec::new(), Vec::new());
    for (track, trak) in moov.trak.iter_mut().enumerate() {
        let timescale = i64::from(trak.mdia.mdhd.timescale);
        let stbl = &mut trak.mdia.minf.stbl;
        let offsets = stbl.stco.take().expect("the file is small").entries;
        let rows = std::mem::take(&mut stbl.stsc.entries);
        let sizes = match &stbl.stsz.samples {
            mp4_atom::StszSamples::Different { sizes } => sizes.clone(),
            mp4_atom::StszSamples::Identical { count, size } => vec![*size; *count as usize],
        };
        let mut lengths =
            stbl.stts.entries.iter().flat_map(|run| std::iter::repeat_n(run.sample_delta, run.sample_count as usize));
        stbl.stsz.samples = mp4_atom::StszSamples::Different { sizes: Vec::new() };
        let (mut of_track, mut next, mut ticks) = (Vec::new(), 0, 0);
        for (number, offset) in (1..).zip(&offsets) {
            let row = rows.iter().rfind(|row| row.first_chunk <= number).unwrap();
            let (mut at, begin) = (u64::from(*offset) as usize, ticks);
            for _ in 0..row.samples_per_chunk {
                let size = sizes[next] as usize;
                let sample = &file[at..at + size];
                of_track.push(sample.strip_prefix(&sets[..]).unwrap_or(sample).to_vec());
                (at, next, ticks) = (at + size, next + 1, ticks + i64::from(lengths.next().unwrap()));
            }
            chunks.push((u64::from(*offset), track, begin * 1_000_000 / timescale, ticks * 1_000_000 / timescale));
        }
        assert_eq!(next, sizes.len());
        samples.push(of_track);
    }
    chunks.sort_unstable();
    (Content { moov, samples }, chunks)
}

/// Two seconds of pictures, and of packets.
fn pictures(reel: &mut Reel, start_us: i64) -> i64 {
    reel.add(Track::Video, 0, start_us, &[(40_000, 10); 50])
}

fn sound(reel: &mut Reel, start_us: i64) -> i64 {
    reel.add(Track::Audio, 0, start_us, &[(PACKET_US, 3); 100])
}

/// Pictures and sound of this many segments, of which the sound begins later.
fn reel(segments: usize, late_us: i64) -> Reel {
    let mut reel = Reel::default();
    (0..segments).fold(0, |start_us, _| pictures(&mut reel, start_us));
    (0..segments).fold(late_us, |start_us, _| sound(&mut reel, start_us));
    reel
}

// An hour with sound was 7,200 slices, and its export took two seconds.
#[test]
fn all_of_a_merged_reel_is_whole_records() {
    let mut merged = reel(3 * GROUP + 1, 500_000);
    merged.merge_all();
    let Plan { pieces, .. } = merged.plan(bounds(0, merged.end_us())).unwrap();
    // What is not merged yet is sliced: two seconds of pictures, and the rest of the sound.
    assert_eq!(pieces[1..4], [Piece::Whole(0), Piece::Whole(1), Piece::Whole(2)]);
    assert!(pieces[4..].iter().all(|piece| matches!(piece, Piece::Slice(3.., _))), "{pieces:?}");
}

#[test]
fn a_part_of_a_merged_reel_slices_the_records_at_its_ends() {
    let mut merged = reel(3 * GROUP + 1, 0);
    merged.merge_all();
    let Plan { pieces, .. } = merged.plan(bounds(5_000_000, 20_000_000)).unwrap();
    let whole = pieces.iter().filter(|piece| matches!(piece, Piece::Whole(1))).count();
    assert_eq!((whole, pieces.iter().any(|piece| matches!(piece, Piece::Whole(0 | 2)))), (1, false));
    // The beginning of a chunk that is cut, and what follows it.
    assert!(pieces.len() < 10, "{pieces:?}");
}

// A reel without sound stays as it is: its segments one after the other.
#[test]
fn segments_of_one_track_are_merged_as_a_whole() {
    let mut reel = Reel::default();
    (0..3).fold(0, |start_us, _| pictures(&mut reel, start_us));
    let merged = merge(reel.stored.clone(), 0).unwrap();
    assert_eq!(merged.pieces, [Piece::Whole(0), Piece::Whole(1), Piece::Whole(2)]);
    let [Stored { track: Track::Video, config: 0, table, shared: None }] = &merged.segments[..] else {
        panic!("{merged:?}")
    };
    assert_eq!((table.samples().len(), table.end_us()), (150, 6_000_000));
    reel.stored[1].config = 1;
    assert_eq!(merge(reel.stored, 0), None);
    assert_eq!(merge(Vec::new(), 0), None);
}

// A reel that is resumed continues with the number behind its last record, so that a record is merged again.
#[test]
fn a_record_that_is_merged_again_keeps_its_order() {
    let mut once = reel(GROUP + 1, 300_000);
    assert!(once.merge(&[0, 1, 2, 3]));
    let mut twice = reel(GROUP + 1, 300_000);
    assert!(twice.merge(&[0, 1]) && twice.merge(&[0, 1, 2]));
    assert_eq!(twice.stored[0].table, once.stored[0].table);
    let all = |reel: &Reel| reel.bytes(&reel.plan(bounds(0, reel.end_us())).unwrap().pieces);
    assert_eq!(read(&all(&once)).0, read(&all(&twice)).0);
    let Plan { pieces, .. } = twice.plan(bounds(0, twice.end_us())).unwrap();
    assert_eq!(pieces[1], Piece::Whole(0));
}

// Where a group of segments has several configurations it is not merged, and its sound is sliced.
#[test]
fn what_is_not_merged_separates_no_record() {
    let mut merged = reel(3 * GROUP + 1, 700_000);
    merged.stored[0].config = 1;
    merged.merge_all();
    let Plan { pieces, .. } = merged.plan(bounds(0, merged.end_us())).unwrap();
    let records = pieces.iter().enumerate().filter(|(_, piece)| matches!(piece, Piece::Slice(4 | 5, _)));
    let is_of_records = |piece: &Piece| matches!(piece, Piece::Whole(4 | 5) | Piece::Slice(4 | 5, _));
    // H.264 of several configurations has its parameter sets in front of each record's pictures.
    assert_eq!(pieces.iter().filter(|piece| is_of_records(piece)).count(), 2, "{:?}", records.collect::<Vec<_>>());
}

prop_compose! {
    fn reels()(
        video in prop::collection::vec((prop::collection::vec((1_000..300_000_i64, 1..40_u32), 1..40), 0..8_u8), 1..20),
        late_us in 0..3_000_000_i64,
        packets in prop::collection::vec(1..120_usize, 0..40),
    ) -> Reel {
        let mut reel = Reel::default();
        // Ticks of the file are distinct.
        let rounded = |samples: &[(i64, u32)]| samples.iter().map(|(us, size)| (us / 1000 * 1000, *size)).collect::<Vec<_>>();
        video.iter().fold(0, |start_us, (samples, config)| {
            reel.add(Track::Video, u32::from(*config == 7), start_us, &rounded(samples))
        });
        packets.iter().enumerate().fold(late_us / 1000 * 1000, |start_us, (n, &count)| {
            reel.add(Track::Audio, 0, start_us, &vec![(PACKET_US, 5 + (n as u32 % 3)); count])
        });
        reel
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn any_part_of_a_merged_reel_is_that_of_the_reel_before(
        reel in reels(), from_us in 0..8_000_000_i64, length_us in 1..40_000_000_i64, is_all in prop::bool::weighted(0.2),
    ) {
        let mut merged = reel.clone();
        merged.merge_all();
        let bounds = if is_all { bounds(0, reel.end_us()) } else { bounds(from_us, from_us + length_us) };
        let (before, after) = (reel.plan(bounds), merged.plan(bounds));
        prop_assert_eq!(before.is_some(), after.is_some());
        let Some((before, after)) = before.zip(after) else { return Ok(()) };
        prop_assert_eq!((before.mime, before.start_us, before.end_us), (after.mime, after.start_us, after.end_us));
        let (one, _) = read(&reel.bytes(&before.pieces));
        let (other, chunks) = read(&merged.bytes(&after.pieces));
        prop_assert_eq!(one, other);
        let ends = chunks.iter().zip(chunks.iter().skip(1)).filter(|(one, next)| one.0 > next.0).count();
        prop_assert_eq!(ends, 0);
    }

    // A player that reads one track need not seek for the other: what lies between is read ahead.
    #[test]
    fn tracks_are_never_further_apart_than_a_segment_of_sound_and_a_chunk(
        segments in 1..24_usize, late_us in 0..2_000_000_i64, merges in any::<bool>(),
    ) {
        let mut reel = reel(segments, late_us / PACKET_US * PACKET_US);
        if merges {
            reel.merge_all();
        }
        let pictures_us = segments as i64 * 2_000_000;
        let (_, chunks) = read(&reel.bytes(&reel.plan(bounds(0, pictures_us)).unwrap().pieces));
        let mut written_us = [0; 2];
        for (_, track, begin_us, end_us) in chunks {
            // The first sample of a track that begins later is shown from the beginning on.
            let ahead_us = if begin_us > 0 { written_us[1 - track] - begin_us } else { 0 };
            prop_assert!(ahead_us <= if merges { 3_000_000 } else { 1_000_000 }, "{ahead_us} µs ahead");
            written_us[track] = end_us;
        }
    }
}
