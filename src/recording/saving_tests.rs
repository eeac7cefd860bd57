//! Random recordings on a disk that is slow, refuses or stops, against a model that knows which frames are in the reel.

use super::saving::{Indexes, Saving, Snapshot, Task, overlay};
use super::stored::Stored;
use crate::Error;
use crate::clip::{Bounds, Clip};
use crate::entry::{Entry, Value};
use crate::reel::{Contents, ReelRecord, Sample, Segment, SegmentBuilder, Track};
use crate::time::Media;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::ops::Range;

const FRAME_US: i64 = 33_333;

/// What happens next.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// This many frames are encoded. The first is a key frame if it has to be, or if the encoder likes.
    Frames { count: u8, key: bool },
    /// Nothing comes for a while, and the last picture is held.
    Hold,
    /// The open segment is saved.
    Save,
    /// The disk has done its task.
    Done,
    /// The frames of the last tenths of a second turn out to be repeats.
    RollBack(u8),
    /// The segment is closed, as before a pause.
    Close,
    /// Settled segments are merged.
    Merge,
    /// The segment so far back from the end is re-encoded.
    Reencode(u8),
    /// The disk refuses.
    Refuse,
    /// Somebody exports all, or the part after this many seconds, while the disk is at work.
    Export(Option<u8>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (1u8..90, any::<bool>()).prop_map(|(count, key)| Step::Frames { count, key }),
        2 => Just(Step::Hold),
        8 => Just(Step::Save),
        12 => Just(Step::Done),
        4 => (1u8..25).prop_map(Step::RollBack),
        2 => Just(Step::Close),
        4 => Just(Step::Merge),
        1 => (0u8..4).prop_map(Step::Reencode),
        6 => prop::option::of(0u8..30).prop_map(Step::Export),
    ]
}

/// A frame that is in the reel: its media time in microseconds, and what stands for its bytes.
type Kept = (i64, u32);

struct World {
    builder: SegmentBuilder<u32>,
    saving: Saving<u32>,
    model: Vec<Kept>,
    /// The next frame's media time, and number.
    time: Media,
    number: u32,
    disk: Stored<u32>,
    task: Option<Task<u32>>,
    refuses: bool,
    keep_last_us: Option<i64>,
}

impl World {
    fn new(keep_last_us: Option<i64>) -> Self {
        let reel = ReelRecord::new(0.0, "2026-11-26T12:00:00.000Z", 7);
        Self {
            builder: SegmentBuilder::new(Track::Video, 0),
            saving: Saving::new(reel, Contents::default(), Contents::default(), keep_last_us),
            model: Vec::new(),
            time: Media::default(),
            number: 0,
            disk: Stored::default(),
            task: None,
            refuses: false,
            keep_last_us,
        }
    }

    /// As it would be if it were closed now.
    fn open(&self) -> Option<Segment<u32>> {
        self.builder.open().cloned()
    }

    fn write(&mut self, segment: Option<Segment<u32>>) {
        if let Some(segment) = segment {
            let written = self.saving.write(segment);
            // A disk that is never done is behind after half a minute.
            assert!(written.is_ok() || self.task.is_some(), "{written:?}");
        }
        self.begin_task();
    }

    fn begin_task(&mut self) {
        if let Some(task) = self.saving.take_task() {
            assert!(self.task.is_none(), "one task at a time");
            self.task = Some(task);
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Frames { count, key } => {
                for n in 0..count {
                    let wanted = self.builder.open().is_none() || self.builder.needs_key_frame(self.time);
                    let sample = Sample {
                        decode_us: self.time.us(),
                        composition_offset_us: 0,
                        size: 100 + self.number % 7,
                        key: wanted || (n == 0 && key),
                    };
                    let closed = self.builder.push(sample, self.time + FRAME_US, 0, self.number).unwrap();
                    self.model.push((self.time.us(), self.number));
                    self.time += FRAME_US;
                    self.number += 1;
                    self.write(closed);
                }
            }
            Step::Hold => {
                self.time += 1_000_000;
                self.builder.end_at(self.time);
            }
            Step::Save => {
                if let Some(open) = self.open() {
                    self.saving.write_open(&open);
                    self.begin_task();
                }
            }
            Step::Done => self.finish_task(),
            Step::RollBack(tenths) => {
                let after = (self.time - i64::from(tenths) * 100_000).max(Media::default());
                let taken = self.builder.take_back(after);
                self.model.retain(|(time_us, _)| !taken.iter().any(|sample| sample.decode_us == *time_us));
                self.saving.forget_from(self.builder.next_index());
                self.time = self.builder.end().unwrap_or_default();
            }
            Step::Close => {
                let closed = self.builder.finish();
                self.write(closed);
            }
            Step::Merge => {
                self.saving.merge(Track::Video, self.builder.next_index().saturating_sub(2));
                self.begin_task();
            }
            Step::Reencode(back) => self.reencode(back),
            Step::Refuse => {
                self.refuses = true;
                self.finish_task();
            }
            Step::Export(None) => self.check(),
            Step::Export(Some(seconds)) => self.check_part(seconds),
        }
    }

    /// Re-encodes a closed segment that was not merged: the same frames with other bytes.
    fn reencode(&mut self, back: u8) {
        let Some(closed) = self.builder.next_index().checked_sub(3 + u32::from(back)) else { return };
        let Some(segment) = self.stored().into_iter().find(|segment| segment.index == closed) else { return };
        if self.saving.contents().get(closed).is_some_and(|entry| entry.frames != segment.payload.len() as u32) {
            return;
        }
        let mut made = segment;
        for number in &mut made.payload {
            let new = self.number;
            self.number += 1;
            self.model.iter_mut().filter(|(_, known)| known == number).for_each(|(_, known)| *known = new);
            *number = new;
        }
        self.saving.replace(made);
        self.begin_task();
    }

    /// What an export would put into a file.
    fn stored(&self) -> Vec<Segment<u32>> {
        let snapshot = self.saving.snapshot(self.open());
        let Ok((bounds, indexes)) = snapshot.plan(Clip::default()) else { return Vec::new() };
        self.read(snapshot, bounds, indexes)
    }

    /// What a file is made of: none of what lies before its first segment.
    fn read(&self, snapshot: Snapshot<u32>, bounds: Bounds, indexes: Indexes) -> Vec<Segment<u32>> {
        let mut all = overlay(self.disk.read(&indexes), snapshot.newest, |segment| (segment.track, segment.index));
        all.drain(..all.partition_point(|one| one.table.start_us() <= bounds.from_us).saturating_sub(1));
        all
    }

    fn finish_task(&mut self) {
        let Some(task) = self.task.take() else { return };
        let result = if self.refuses {
            Err(Error::Quota { reason: "full".into() })
        } else {
            self.disk.carry_out(task);
            Ok(())
        };
        self.saving.write_ended(result);
        self.begin_task();
        self.check_disk();
    }

    /// A crash now leaves a reel that plays: what is on disk begins with a key frame, its times rise, and it has no hole.
    fn check_disk(&self) {
        let frames = frames(self.disk.segments.values());
        assert!(frames.is_sorted_by(|one, next| one.0 < next.0), "times rise on disk: {frames:?}");
        assert!(
            self.disk.segments.values().all(|segment| segment.table.samples()[0].key),
            "each segment begins with a key frame"
        );
        for (one, next) in self.disk.segments.values().zip(self.disk.segments.values().skip(1)) {
            assert!(one.table.end_us() <= next.table.start_us(), "segments do not overlap");
        }
    }

    /// An export of a part has what the model has there, and begins with the key frame before it.
    fn check_part(&self, seconds: u8) {
        let entry =
            |name: &str, seconds: f64| Entry { name: name.into(), value: Value::Number(seconds), shown: String::new() };
        let (from, to) = (f64::from(seconds), f64::from(seconds) + 3.0);
        let clip = Clip::parse(&[entry("from", from), entry("to", to)]).unwrap();
        let snapshot = self.saving.snapshot(self.open());
        let Ok((bounds, indexes)) = snapshot.plan(clip) else { return };
        let segments = self.read(snapshot, bounds, indexes);
        let is_there = |(time_us, _): &Kept| (bounds.from_us..bounds.to_us).contains(time_us);
        let found: Vec<Kept> = frames(segments.iter()).into_iter().filter(is_there).collect();
        assert_eq!(found, self.expected().into_iter().filter(is_there).collect::<Vec<_>>());
        assert!(segments.iter().all(|segment| segment.table.samples()[0].key));
    }

    /// An export has exactly what the model has.
    fn check(&self) {
        let snapshot = self.saving.snapshot(self.open());
        let expected = self.expected();
        let planned = snapshot.plan(Clip::default());
        assert_eq!(planned.is_ok(), !expected.is_empty(), "{planned:?}");
        let Ok((bounds, indexes)) = planned else { return };
        let segments = self.read(snapshot, bounds, indexes);
        assert_eq!(frames(segments.iter()), expected);
        assert!(segments.iter().all(|segment| segment.table.samples()[0].key));
    }

    /// The frames of the model, without what is dropped since only the end is kept.
    fn expected(&self) -> Vec<Kept> {
        self.model[self.saving.forgotten() as usize..].to_vec()
    }
}

fn frames<'a>(segments: impl Iterator<Item = &'a Segment<u32>>) -> Vec<Kept> {
    let of = |segment: &'a Segment<u32>| {
        segment.table.samples().iter().map(|sample| sample.decode_us).zip(segment.payload.iter().copied())
    };
    segments.flat_map(of).collect()
}

/// A segment of frames with these numbers, of which the last is held until this time in microseconds.
fn segment(index: u32, numbers: Range<u32>, end_us: i64) -> Segment<u32> {
    let mut builder = SegmentBuilder::new(Track::Video, index);
    for number in numbers.clone() {
        let decode_us = i64::from(number) * FRAME_US;
        let sample = Sample { decode_us, composition_offset_us: 0, size: 100, key: number == numbers.start };
        assert_eq!(builder.push(sample, Media::from_us(decode_us + FRAME_US), 0, number), Ok(None));
    }
    builder.end_at(Media::from_us(end_us));
    builder.finish().unwrap()
}

pub(super) fn saving() -> Saving<u32> {
    Saving::new(ReelRecord::new(0.0, "2026-11-26T12:00:00.000Z", 7), Contents::default(), Contents::default(), None)
}

// Otherwise the disk writes all of the open segment again twice a second while a picture is held.
#[test]
fn a_picture_that_is_held_has_only_the_record_written() {
    let mut saving = saving();
    saving.write_open(&segment(0, 0..30, 1_000_000));
    assert!(matches!(saving.take_task(), Some(Task::Put { segment: Some(_), .. })));
    saving.write_ended(Ok(()));
    saving.write_open(&segment(0, 0..30, 1_000_000));
    assert_eq!(saving.take_task(), None, "it is on disk");
    saving.write_open(&segment(0, 0..30, 1_500_000));
    let Some(Task::Put { reel, segment: None, .. }) = saving.take_task() else { panic!("only the record is written") };
    assert_eq!((reel.duration_us, reel.frames), (1_500_000, 30));
    saving.write_ended(Ok(()));
    saving.write_open(&segment(0, 0..31, 1_600_000));
    assert!(matches!(saving.take_task(), Some(Task::Put { segment: Some(_), .. })), "a frame has come");
}

// Otherwise the first seconds stay small on a slow disk.
#[test]
fn a_segment_that_is_re_encoded_while_it_waits_for_the_disk_is_written_once_and_as_it_is_now() {
    let mut saving = saving();
    saving.write(segment(0, 0..30, 1_000_000)).unwrap();
    saving.write(segment(1, 30..60, 2_000_000)).unwrap();
    let mut made = segment(1, 30..60, 2_000_000);
    made.payload.iter_mut().for_each(|number| *number += 1000);
    saving.replace(made.clone());
    let mut written = Vec::new();
    while let Some(task) = saving.take_task() {
        if let Task::Put { segment, .. } = task {
            written.extend(segment);
        }
        saving.write_ended(Ok(()));
    }
    assert_eq!(written, [segment(0, 0..30, 1_000_000), made]);
    assert!(saving.is_settled());
}

// Otherwise repeats that were rolled back during a re-encoding are in the file all the same.
#[test]
fn a_segment_that_was_rolled_back_is_not_written_when_it_is_re_encoded() {
    let mut saving = saving();
    for index in 0..3 {
        saving.write(segment(index, index * 30..index * 30 + 30, i64::from(index + 1) * 1_000_000)).unwrap();
    }
    saving.forget_from(2);
    saving.replace(segment(2, 60..90, 3_000_000));
    let mut written = Vec::new();
    while let Some(task) = saving.take_task() {
        if let Task::Put { segment, .. } = task {
            written.extend(segment.map(|segment| segment.index));
        }
        saving.write_ended(Ok(()));
    }
    assert_eq!(written, [0, 1]);
}

/// A segment of 30 frames for each index.
pub(super) fn second(index: u32) -> Segment<u32> {
    segment(index, index * 30..index * 30 + 30, i64::from(index + 1) * 1_000_000)
}

/// Does all that is to be done on disk. Gives the tasks.
fn carry_out(saving: &mut Saving<u32>) -> Vec<Task<u32>> {
    std::iter::from_fn(|| {
        let task = saving.take_task()?;
        saving.write_ended(Ok(()));
        Some(task)
    })
    .collect()
}

fn stored(indexes: Range<u32>) -> Contents {
    let mut contents = Contents::default();
    indexes.map(second).for_each(|one| contents.put(crate::reel::Entry::new(one.index, &one.table)));
    contents
}

// Otherwise a disk that is behind by minutes is reported at the end only, which waits for it.
#[test]
fn a_disk_that_is_half_a_minute_behind_is_reported_once() {
    let mut saving = saving();
    for index in 0..16 {
        assert_eq!(saving.write(second(index)), Ok(()), "one is being written, and 15 wait");
    }
    assert_eq!(saving.write(second(16)).unwrap_err().code(), "storage");
    assert_eq!(saving.write(second(17)), Ok(()));
    assert_eq!(saving.snapshot(None).newest.len(), 18, "an export has all of them");
}

// Otherwise a reel that is resumed each minute is never merged, and an export of it takes seconds.
#[test]
fn a_resumed_reel_is_merged_by_the_same_groups() {
    let reel = ReelRecord::new(0.0, "2026-11-26T12:00:00.000Z", 7);
    let mut saving = Saving::new(reel.clone(), stored(0..21), Contents::default(), None);
    saving.merge(Track::Video, 31);
    assert_eq!(carry_out(&mut saving), []);
    saving.merge(Track::Video, 32);
    assert_eq!(carry_out(&mut saving), [Task::Merge { id: reel.id, indexes: Indexes::only(Track::Video, 16..32) }]);
}

/// Sound of this many packets of 20 ms from this time in microseconds.
fn sound(index: u32, start_us: i64, packets: u32) -> Segment<u32> {
    let mut builder = SegmentBuilder::new(Track::Audio, index);
    for n in 0..packets {
        let decode_us = start_us + i64::from(n) * 20_000;
        let sample = Sample { decode_us, composition_offset_us: 0, size: 30, key: true };
        assert_eq!(builder.push(sample, Media::from_us(decode_us + 20_000), 0, n), Ok(None));
    }
    builder.finish().unwrap()
}

/// A reel on disk: pictures of a second each, and sound in segments of 1.5 s that begins at 0.
fn with_sound(pictures: u32, sounds: u32) -> Saving<u32> {
    let mut contents = Contents::default();
    for index in 0..sounds {
        let sound = sound(index, i64::from(index) * 1_500_000, 75);
        contents.put(crate::reel::Entry::new(index, &sound.table));
    }
    let reel = ReelRecord::new(0.0, "2026-11-26T12:00:00.000Z", 7);
    let mut saving = Saving::new(reel, Contents::default(), contents, None);
    for index in 0..pictures {
        saving.write(second(index)).unwrap();
        carry_out(&mut saving);
    }
    saving
}

fn merges(saving: &mut Saving<u32>, settled: u32) -> Vec<Indexes> {
    saving.merge(Track::Video, settled);
    saving.merge(Track::Audio, u32::MAX);
    let merge = |task| match task {
        Task::Merge { indexes, .. } => indexes,
        task @ Task::Put { .. } => panic!("{task:?}"),
    };
    carry_out(saving).into_iter().map(merge).collect()
}

// An export of an hour with sound took seconds: each second of it was two pieces of two records.
#[test]
fn sound_is_merged_with_the_pictures_during_which_it_starts() {
    let mut saving = with_sound(50, 40);
    // The eleventh starts at 15 s, and the next at 16.5 s.
    assert_eq!(merges(&mut saving, 32), [Indexes { video: 0..16, audio: 0..11 }]);
    assert_eq!(merges(&mut saving, 32), [Indexes { video: 16..32, audio: 11..22 }]);
    assert_eq!(merges(&mut saving, 47), []);
    assert_eq!((saving.contents().indexes(), saving.sound().indexes()), (0..50, 0..40));
    assert_eq!((saving.contents().frames(), saving.sound().frames()), (50 * 30, 40 * 75));
}

// Otherwise sound that comes a little later is never in the record of its pictures.
#[test]
fn pictures_wait_for_the_sound_beside_them_but_not_for_sound_that_has_ended() {
    let mut saving = with_sound(50, 9);
    assert_eq!(merges(&mut saving, 31), []);
    saving.write(sound(9, 13_500_000, 75)).unwrap();
    carry_out(&mut saving);
    assert_eq!(merges(&mut saving, 31), [], "more may start before 16 s");
    let is_over = [Indexes { video: 0..16, audio: 0..9 }];
    assert_eq!(merges(&mut saving, 32), is_over, "the last one may grow, and stays as it is");
    assert_eq!(merges(&mut saving, 47), []);
    assert_eq!(merges(&mut saving, 48), [Indexes { video: 16..32, audio: 9..9 }]);
}

#[test]
fn a_reel_without_sound_is_merged_at_once() {
    assert_eq!(merges(&mut with_sound(20, 0), 16), [Indexes::only(Track::Video, 0..16)]);
}

// Otherwise the first second of a part is silent, or a part of what could not be merged lacks its sound.
#[test]
fn a_part_is_read_with_the_records_that_may_hold_its_sound() {
    let mut saving = with_sound(50, 40);
    let number = |name: &str, seconds| Entry { name: name.into(), value: Value::Number(seconds), shown: String::new() };
    let planned = |saving: &Saving<u32>, from, to| {
        let clip = Clip::parse(&[number("from", from), number("to", to)]).unwrap();
        saving.snapshot(None).plan(clip).unwrap().1
    };
    // At 16.2 s the segment is heard that started at 15 s.
    assert_eq!(planned(&saving, 16.2, 17.0), Indexes { video: 0..32, audio: 0..16 });
    assert_eq!(merges(&mut saving, 32).len() + merges(&mut saving, 32).len(), 2);
    assert_eq!(planned(&saving, 16.2, 17.0), Indexes { video: 0..32, audio: 0..22 });
    // Where the key frame is in a record is not known: it may begin with the record, at 16 s.
    assert_eq!(planned(&saving, 18.0, 19.0), Indexes { video: 0..32, audio: 0..22 });
    assert_eq!(planned(&saving, 40.0, 41.0), Indexes { video: 32..48, audio: 16..32 });
}

#[test]
fn a_reel_that_keeps_only_its_end_is_not_merged_and_is_as_long_as_what_is_kept() {
    let reel = ReelRecord::new(0.0, "2026-11-26T12:00:00.000Z", 7);
    let mut saving = Saving::new(reel, stored(0..15), Contents::default(), Some(5_000_000));
    saving.merge(Track::Video, 16);
    assert_eq!(carry_out(&mut saving), []);
    saving.write(second(15)).unwrap();
    let tasks = carry_out(&mut saving);
    let [Task::Put { reel, removed, .. }] = &tasks[..] else { panic!("{tasks:?}") };
    assert_eq!((reel.duration_us, reel.frames), (16_000_000 - 8 * 30 * FRAME_US, 8 * 30));
    assert_eq!((&removed.video, saving.forgotten()), (&[0..8, 16..u32::MAX], 8 * 30));
}

// Otherwise a second that was removed from the front comes back before a hole.
#[test]
fn a_re_encoded_segment_that_is_not_kept_is_not_written() {
    let reel = ReelRecord::new(0.0, "2026-11-26T12:00:00.000Z", 7);
    let mut saving = Saving::new(reel, stored(0..16), Contents::default(), Some(5_000_000));
    saving.replace(second(0));
    assert!(matches!(carry_out(&mut saving)[..], [Task::Put { segment: None, .. }]));
}

// Otherwise an export of a part of a merged reel lacks the record with its key frame.
#[test]
fn a_part_is_read_with_all_of_the_records_that_may_hold_it() {
    let saving = Saving::<u32>::new(
        ReelRecord::new(0.0, "2026-11-26T12:00:00.000Z", 7),
        stored(0..40),
        Contents::default(),
        None,
    );
    let number = |name: &str, seconds| Entry { name: name.into(), value: Value::Number(seconds), shown: String::new() };
    for (from, to, expected) in [(20.5, 21.5, 16..32), (33.5, 34.5, 32..40), (0.0, 17.0, 0..32)] {
        let clip = Clip::parse(&[number("from", from), number("to", to)]).unwrap();
        assert_eq!(saving.snapshot(None).plan(clip).unwrap().1.video, expected);
    }
}

// Otherwise a recording without a frame leaves a reel without a picture in the list.
#[test]
fn a_reel_without_a_frame_is_not_written_at_the_end() {
    let mut saving = saving();
    saving.complete();
    assert_eq!(carry_out(&mut saving), []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn every_export_has_each_frame_once(
        steps in prop::collection::vec(step(), 1..80),
        keeps in prop::option::weighted(0.2, 5i64..60),
        refuses_at in prop::option::weighted(0.2, 0usize..80),
    ) {
        let mut world = World::new(keeps.map(|seconds| seconds * 1_000_000));
        for (n, step) in steps.into_iter().enumerate() {
            world.take(step);
            if refuses_at == Some(n) {
                world.take(Step::Refuse);
            }
        }
        world.check();
        // It ends.
        let closed = world.builder.finish();
        world.write(closed);
        while world.task.is_some() {
            world.finish_task();
        }
        world.check();
        prop_assert!(world.saving.is_settled());
        world.saving.complete();
        world.begin_task();
        world.finish_task();
        world.check();
        if world.saving.outcome().is_ok() && !world.model.is_empty() {
            // All is on disk, and the record says so.
            prop_assert_eq!(frames(world.disk.segments.values()), world.expected());
            let record = world.disk.record.as_ref().unwrap();
            prop_assert!(record.complete);
            prop_assert_eq!(record.frames as usize, world.expected().len());
            let bytes: u64 = world.disk.segments.values().map(|segment| segment.table.bytes()).sum();
            prop_assert_eq!(record.bytes, bytes);
        }
        if let Some(keep_us) = world.keep_last_us {
            let (expected, end_us) = (world.expected(), world.builder.end().unwrap_or_default().us());
            let kept_us = expected.first().map_or(keep_us, |(first_us, _)| end_us - first_us);
            prop_assert!(kept_us >= keep_us || expected.len() == world.model.len(), "{kept_us} of {keep_us}");
        }
    }
}
