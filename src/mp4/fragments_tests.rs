use super::merge_tests::{Reel, record};
use super::sample_times::ticks;
use super::{Cursor, Following, Fragment};
use crate::codec::h264::parameter_sets;
use crate::reel::{ReelRecord, Sample, SampleTable, Track};
use mp4_atom::{Decode, Header};
use proptest::prelude::*;
use std::ops::Range;

/// A reel on a disk that merges, and what of it is settled.
#[derive(Debug, Clone)]
struct Disk {
    reel: Reel,
    /// When each segment began that there ever was, by its index.
    starts: [Vec<i64>; 2],
}

impl Disk {
    fn new(reel: Reel) -> Self {
        let of = |track: Track| {
            let of_track = reel.stored.iter().filter(|stored| stored.track == track);
            of_track.map(|stored| stored.table.start_us()).collect::<Vec<_>>()
        };
        Self { starts: [Track::Video, Track::Audio].map(of), reel }
    }

    /// What there was of it at this media time, and up to where that was settled.
    fn until(&self, until_us: i64) -> (Self, i64) {
        let mut early = Self { reel: Reel::default(), ..self.clone() };
        for (stored, data) in self.reel.stored.iter().zip(&self.reel.data) {
            if stored.table.start_us() < until_us {
                early.reel.stored.push(stored.clone());
                early.reel.data.push(data.clone());
            }
        }
        let last = |track| early.reel.stored.iter().rfind(move |stored| stored.track == track);
        let has = |track| self.reel.stored.iter().any(|stored| stored.track == track);
        let settled = |track| match last(track) {
            Some(last) if track == Track::Video => last.table.start_us(),
            Some(last) => last.table.end_us(),
            None if has(track) => 0,
            None => i64::MAX,
        };
        let settled_us = settled(Track::Video).min(settled(Track::Audio));
        (early, settled_us)
    }

    fn index(&self, track: Track, start_us: i64) -> u32 {
        self.starts[track as usize].iter().position(|start| *start == start_us).unwrap() as u32
    }

    /// The fragments behind a cursor that one reading gives: at most `most`.
    fn read(
        &self,
        reel: &ReelRecord,
        cursor: Cursor,
        settled_us: Option<i64>,
        most: usize,
    ) -> Vec<(Vec<u8>, Fragment)> {
        for more in 1.. {
            let [video, audio] = cursor.indexes(more);
            // Its index, and those that are read: of sound in a record of pictures, that one's.
            let place = |stored: &super::Stored| match (&stored.shared, stored.track) {
                (Some(shared), Track::Audio) => (self.index(Track::Video, shared.record.into()), &video),
                (_, Track::Video) => (self.index(stored.track, stored.table.start_us()), &video),
                _ => (self.index(stored.track, stored.table.start_us()), &audio),
            };
            let is_read = |stored: &super::Stored| {
                let (index, read) = place(stored);
                read.contains(&index)
            };
            let (mut read, mut part) = (Vec::new(), Reel::default());
            for (stored, data) in self.reel.stored.iter().zip(&self.reel.data).filter(|(stored, _)| is_read(stored)) {
                read.push((self.index(stored.track, stored.table.start_us()), stored.clone()));
                part.stored.push(stored.clone());
                part.data.push(data.clone());
            }
            let is_behind = |stored: &super::Stored| {
                let (index, read) = place(stored);
                index >= read.end
            };
            let is_all = !self.reel.stored.iter().any(is_behind);
            let mut following = Following::new(reel, read, cursor);
            let end_us = if is_all { settled_us } else { Some(settled_us.unwrap_or(i64::MAX)) };
            let next = || following.next(end_us).unwrap().map(|fragment| (part.bytes(&fragment.pieces), fragment));
            let fragments: Vec<_> = std::iter::from_fn(next).take(most).collect();
            if !fragments.is_empty() || is_all {
                return fragments;
            }
        }
        unreachable!()
    }
}

/// A sample of a file: when it is decoded, in ticks, how long it lasts, whether it is a key frame, and its bytes.
pub(super) type Decoded = (u64, u32, bool, Vec<u8>);

/// The samples of a fragment of each track.
pub(super) fn samples_of(bytes: &[u8]) -> Vec<(u32, Vec<Decoded>)> {
    let mut rest = bytes;
    let moof = mp4_atom::Moof::decode(&mut rest).unwrap();
    let mdat = Header::decode(&mut rest).unwrap();
    assert_eq!((mdat.kind, mdat.size), (mp4_atom::FourCC::new(b"mdat"), Some(rest.len())));
    let mut tracks = Vec::new();
    let mut all = 0;
    for traf in &moof.traf {
        let mut time = traf.tfdt.as_ref().unwrap().base_media_decode_time;
        let [run] = &traf.trun[..] else { panic!("one run") };
        let mut at = run.data_offset.unwrap() as usize;
        let mut samples = Vec::new();
        for entry in &run.samples {
            let (size, duration) = (entry.size.unwrap() as usize, entry.duration.unwrap());
            samples.push((time, duration, entry.flags == Some(0x0200_0000), bytes[at..at + size].to_vec()));
            (time, at, all) = (time + u64::from(duration), at + size, all + size);
        }
        tracks.push((traf.tfhd.track_id, samples));
    }
    assert_eq!(all, rest.len(), "all bytes are of samples");
    tracks
}

/// What a reel has of a sample: when it begins, when the next does, whether it is a key frame, and its bytes with the parameter sets before
/// them.
type Known = (i64, i64, bool, Vec<u8>);

/// What a reel has of each track.
fn expected(reel: &Reel, record: &ReelRecord) -> [Vec<Known>; 2] {
    [Track::Video, Track::Audio].map(|track| {
        let mut all: Vec<Known> = Vec::new();
        let (mut first, mut is_mixed) = (None, false);
        for (stored, data) in reel.stored.iter().zip(&reel.data).filter(|(stored, _)| stored.track == track) {
            let mut at = 0;
            if let Some(last) = all.last_mut() {
                last.1 = stored.table.start_us();
            }
            let ends = stored.table.samples().iter().skip(1).map(|sample| sample.decode_us);
            for (n, (sample, end_us)) in
                stored.table.samples().iter().zip(ends.chain([stored.table.end_us()])).enumerate()
            {
                let end = at + sample.size as usize;
                is_mixed |= *first.get_or_insert(stored.config) != stored.config;
                let has_sets = n == 0 && track == Track::Video && is_mixed;
                let sets = has_sets.then(|| parameter_sets(&record.video[stored.config as usize].description).unwrap());
                let bytes = [sets.unwrap_or_default(), data[at..end].to_vec()].concat();
                all.push((sample.decode_us, end_us, sample.key, bytes));
                at = end;
            }
        }
        all
    })
}

pub(super) fn reels() -> impl Strategy<Value = Reel> {
    let sample = || (1_000..900_000_i64, 1..40_u32);
    let pictures = prop::collection::vec((0..2_u32, prop::collection::vec(sample(), 1..6)), 0..30);
    let sound = prop::collection::vec(1..200_usize, 0..30);
    (pictures, sound, 0..50_000_i64).prop_filter_map("there is something", |(pictures, sound, start_us)| {
        let mut reel = Reel::default();
        let mut end_us = start_us;
        for (config, samples) in pictures {
            end_us = reel.add(Track::Video, config, end_us, &samples);
        }
        let mut end_us = 0;
        for packets in sound {
            end_us = reel.add(Track::Audio, 0, end_us, &vec![(20_000, 3); packets]);
        }
        (!reel.stored.is_empty()).then_some(reel)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 150 } else { 3000 }))]

    // However often a reader stops, however much is settled, and whatever is merged meanwhile.
    #[test]
    fn every_sample_is_in_one_fragment_in_order(
        reel in reels(),
        steps in prop::collection::vec((0..9_000_000_i64, 1..4_usize, any::<bool>()), 0..12),
    ) {
        let record = record();
        let all = expected(&reel, &record);
        let mut disk = Disk::new(reel);
        let (mut cursor, mut settled_us) = (Cursor::default(), 0);
        let mut got: [Vec<Decoded>; 2] = Default::default();
        let mut has_begun = false;
        let mut bytes_before = 0;
        let over = [(None, usize::MAX), (None, usize::MAX)];
        let live = steps.into_iter().map(|(more_us, most, merges)| {
            settled_us += more_us;
            (Some(settled_us), most, merges)
        });
        let steps: Vec<_> = live.chain(over.map(|(settled, most)| (settled, most, true))).collect();
        for (settled_us, most, merges) in steps {
            if merges {
                disk.reel.merge_all();
            }
            let fragments = disk.read(&record, cursor, settled_us, most);
            if let Some(settled_us) = settled_us {
                prop_assert!(fragments.is_empty() || cursor.may_follow(settled_us));
            }
            for (bytes, fragment) in fragments {
                cursor = Cursor::from_text(&fragment.cursor.to_text()).unwrap();
                prop_assert_eq!(cursor, fragment.cursor);
                prop_assert_eq!(fragment.offset, bytes_before);
                bytes_before += bytes.len() as i64;
                if fragment.is_initialisation {
                    has_begun = true;
                    continue;
                }
                prop_assert!(has_begun);
                for (id, samples) in samples_of(&bytes) {
                    if let Some(settled_us) = settled_us {
                        let last = got[id as usize - 1].len() + samples.len() - 1;
                        let skipped = all[id as usize - 1].len() - remaining(&all, id).len();
                        prop_assert!(all[id as usize - 1][skipped + last].0 < settled_us, "nothing that may change");
                    }
                    got[id as usize - 1].extend(samples);
                }
            }
        }
        let base_us = all.iter().find_map(|samples| samples.first()).unwrap().0;
        for (id, timescale) in [(1, 90_000), (2, 48_000)] {
            let expected = remaining(&all, id);
            let got = &got[id as usize - 1];
            prop_assert_eq!(got.len(), expected.len());
            for ((time, duration, key, bytes), (start_us, end_us, is_key, sample)) in got.iter().zip(expected) {
                let at = |time_us: i64| ticks(time_us - base_us, timescale).max(0) as u64;
                prop_assert_eq!((*time, u64::from(*duration)), (at(*start_us), at(*end_us) - at(*start_us)));
                prop_assert_eq!((key, bytes), (is_key, sample));
            }
        }
    }

    // A server had half of a fragment, and what was sent later was the other half of another one.
    #[test]
    fn a_fragment_has_the_same_bytes_whenever_it_is_read(reel in reels(), until_us in 0..30_000_000_i64) {
        let mut disk = Disk::new(reel);
        let (early, settled_us) = disk.until(until_us);
        let mut record = record();
        let known = early.reel.stored.iter().filter(|stored| stored.track == Track::Video);
        record.video.truncate(known.map(|stored| stored.config + 1).max().unwrap_or(0) as usize);
        let content = |(bytes, fragment): &(Vec<u8>, Fragment)| (bytes.clone(), fragment.offset, fragment.range_us.clone());
        let mut cursor = Cursor::default();
        let mut read = Vec::new();
        while let fragments @ [_, ..] = &early.read(&record, cursor, Some(settled_us), 8)[..] {
            for fragment in fragments {
                read.push((std::mem::replace(&mut cursor, fragment.1.cursor), content(fragment)));
            }
        }
        disk.reel.merge_all();
        let record = self::record();
        let mut chain = Cursor::default();
        for (before, expected) in read {
            for cursor in [before, chain] {
                let fragments = disk.read(&record, cursor, None, 1);
                prop_assert_eq!(fragments.first().map(content), Some(expected.clone()));
                chain = fragments[0].1.cursor;
            }
        }
    }

    #[test]
    fn any_text_is_a_cursor_or_is_none(text in "[0-9_-]{0,40}") {
        if let Some(cursor) = Cursor::from_text(&text) {
            prop_assert_eq!(Cursor::from_text(&cursor.to_text()), Some(cursor));
            let _ = cursor.indexes(u32::MAX);
        }
    }
}

/// The samples that fragments have: of sound those that are heard while there are pictures.
fn remaining(all: &[Vec<Known>; 2], id: u32) -> &[Known] {
    let from_us = all[0].first().map_or(0, |first| first.0);
    let samples = &all[id as usize - 1];
    &samples[samples.partition_point(|sample| sample.1 <= from_us)..]
}

/// A reel of pictures alone, of these lengths in microseconds; `keys` are key frames.
fn pictures(segments: &[&[(i64, bool)]]) -> Reel {
    let mut reel = Reel::default();
    let mut end_us = 0;
    for segment in segments {
        let samples: Vec<_> = segment.iter().map(|(length_us, _)| (*length_us, 10)).collect();
        let start_us = end_us;
        end_us = reel.add(Track::Video, 1, start_us, &samples);
        // Whatever the helper takes for a key frame.
        let stored = reel.stored.last_mut().unwrap();
        let mut table: Option<SampleTable> = None;
        let samples = stored.table.samples().to_vec();
        let ends = samples.iter().skip(1).map(|sample| sample.decode_us).chain([stored.table.end_us()]);
        for ((sample, end_us), (_, key)) in samples.iter().zip(ends).zip(*segment) {
            let sample = Sample { key: *key, ..*sample };
            match &mut table {
                Some(table) => table.push(sample, end_us),
                None => table = Some(SampleTable::new(sample, end_us)),
            }
        }
        stored.table = table.unwrap();
    }
    reel
}

/// The fragments, as when they begin and end, in milliseconds; an initialisation begins and ends at 0.
fn ranges(reel: Reel, settled_us: Option<i64>) -> Vec<Range<i64>> {
    let disk = Disk::new(reel);
    let fragments = disk.read(&record(), Cursor::default(), settled_us, usize::MAX);
    fragments.into_iter().map(|(_, fragment)| fragment.range_us.start / 1000..fragment.range_us.end / 1000).collect()
}

#[test]
fn a_fragment_ends_before_a_key_frame_or_after_four_seconds() {
    let often: &[(i64, bool)] = &[(500_000, true), (500_000, false)];
    let rare: &[(i64, bool)] = &[(500_000, false); 6];
    let expected = vec![0..0, 0..1000, 1000..2000, 2000..6000, 6000..9000];
    assert_eq!(ranges(pictures(&[often, often, &[(500_000, true)], rare, rare, &[(500_000, false)]]), None), expected);
}

// Otherwise the picture that is held ends before it does, and what is read later leaves a gap.
#[test]
fn a_picture_that_is_held_is_in_a_fragment_once_it_has_ended() {
    let held: &[(i64, bool)] = &[(33_000, true), (60_000_000, false)];
    assert_eq!(ranges(pictures(&[held]), Some(30_000_000)), []);
    let ended = pictures(&[held, &[(33_000, true)]]);
    assert_eq!(ranges(ended.clone(), Some(60_000_000)), [], "what follows may be rolled back");
    assert_eq!(ranges(ended, Some(60_033_000)), [0..0, 0..60_033]);
}

// A track that begins late has no place in the first initialisation.
#[test]
fn sound_that_begins_later_has_an_initialisation_before_it() {
    let mut reel = pictures(&[&[(1_000_000, true)], &[(1_000_000, true)], &[(1_000_000, true)]]);
    let disk = Disk::new(reel.clone());
    let first = disk.read(&record(), Cursor::default(), Some(1_000_000), usize::MAX);
    assert_eq!(first.len(), 2);
    let tracks = |bytes: &[u8]| {
        let mut rest = bytes;
        mp4_atom::Ftyp::decode(&mut rest).unwrap();
        let moov = mp4_atom::Moov::decode(&mut rest).unwrap();
        let mvex = moov.mvex.unwrap().trex.into_iter().map(|trex| trex.track_id).collect::<Vec<_>>();
        assert_eq!(moov.trak.iter().map(|trak| trak.tkhd.track_id).collect::<Vec<_>>(), mvex);
        mvex
    };
    assert_eq!(tracks(&first[0].0), [1]);
    reel.add(Track::Audio, 0, 1_000_000, &[(20_000, 3); 50]);
    let later = Disk::new(reel).read(&record(), first[1].1.cursor, None, usize::MAX);
    let kinds: Vec<bool> = later.iter().map(|(_, fragment)| fragment.is_initialisation).collect();
    assert_eq!(kinds, [true, false, false]);
    assert_eq!(tracks(&later[0].0), [1, 2]);
}

#[test]
fn sound_alone_is_in_fragments_as_well() {
    let mut reel = Reel::default();
    reel.add(Track::Audio, 0, 0, &[(20_000, 3); 120]);
    let disk = Disk::new(reel);
    let fragments = disk.read(&record(), Cursor::default(), None, usize::MAX);
    let ranges: Vec<_> = fragments.iter().map(|(_, fragment)| fragment.range_us.clone()).collect();
    assert_eq!(ranges, [0..0, 0..1_000_000, 1_000_000..2_000_000, 2_000_000..2_400_000]);
    assert_eq!(samples_of(&fragments[1].0)[0].0, 2, "its number is its kind's");
}
