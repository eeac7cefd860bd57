//! What of a reel is on disk, segment by segment, without the samples.

use super::SampleTable;
use std::ops::Range;

/// A segment on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its place among the reel's segments, from 0.
    pub index: u32,
    /// Number of samples.
    pub frames: u32,
    /// Their size in bytes.
    pub bytes: u64,
    /// When its first sample is decoded, in microseconds.
    pub start_us: i64,
    /// When its last sample ends, in microseconds.
    pub end_us: i64,
    /// When its first key frame is decoded, in microseconds; none if it has none.
    pub key_us: Option<i64>,
}

impl Entry {
    /// The entry of the segment with this index and these samples.
    pub fn new(index: u32, table: &SampleTable) -> Self {
        let frames = table.samples().len() as u32;
        let key_us = table.samples().iter().find(|sample| sample.key).map(|sample| sample.decode_us);
        Self { index, frames, bytes: table.bytes(), start_us: table.start_us(), end_us: table.end_us(), key_us }
    }
}

/// The segments of a reel that are on disk, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents(Vec<Entry>);

/// How much of the latest media time shows the present rate, in microseconds.
const PRESENT_US: i64 = 10_000_000;

/// How far the first sound may be behind the pictures, in microseconds.
const FIRST_SOUND_US: i64 = 3_000_000;
/// The same of later sound: an encoder that gives nothing is replaced after about ten seconds, and silence stands for what it had.
const LATEST_SOUND_US: i64 = 15_000_000;

impl Contents {
    /// Notes that a segment is on disk, as a new one or in the place of the one with its index.
    pub fn put(&mut self, entry: Entry) {
        match self.0.binary_search_by_key(&entry.index, |known| known.index) {
            Ok(at) => self.0[at] = entry,
            Err(at) => self.0.insert(at, entry),
        }
    }

    /// The segment with this index.
    pub fn get(&self, index: u32) -> Option<&Entry> {
        self.0.binary_search_by_key(&index, |entry| entry.index).ok().map(|at| &self.0[at])
    }

    /// The indexes from the first segment's to the last's; an empty range at 0 if there is none.
    pub fn indexes(&self) -> Range<u32> {
        self.0.first().zip(self.0.last()).map_or(0..0, |(first, last)| first.index..last.index + 1)
    }

    /// Takes out the segments from this index on, which are not the reel's any more.
    pub fn forget_from(&mut self, index: u32) {
        self.0.retain(|entry| entry.index < index);
    }

    /// Takes out the segments before this index. Gives the number of their samples.
    pub fn forget_before(&mut self, index: u32) -> u32 {
        let first = self.0.partition_point(|entry| entry.index < index);
        self.0.drain(..first).map(|entry| entry.frames).sum()
    }

    /// Has the segments with these indexes be one, with the index of the first.
    pub fn merge(&mut self, indexes: Range<u32>) {
        self.0.dedup_by(|later, first| {
            let is_merged = indexes.contains(&first.index) && indexes.contains(&later.index);
            if is_merged {
                first.frames += later.frames;
                first.bytes += later.bytes;
                first.end_us = later.end_us;
                first.key_us = first.key_us.or(later.key_us);
            }
            is_merged
        });
    }

    /// Removes the oldest segments that are not needed to keep this much media time, in microseconds, and returns them. The last two
    /// do not count: their samples may be rolled back. What is left begins with a key frame.
    pub fn keep_last(&mut self, length_us: i64) -> Vec<Entry> {
        let settled = self.0.len().saturating_sub(2);
        let needed_from_us = self.0.get(settled).map_or(0, |entry| entry.start_us).saturating_sub(length_us);
        // One whose last picture is held is needed until the next begins.
        let is_over = |next: &Entry| next.start_us <= needed_from_us;
        let first = self.0.get(1..=settled).map_or(0, |next| next.partition_point(is_over));
        let is_start = |entry: &Entry| entry.key_us == Some(entry.start_us);
        let first = self.0[..(first + 1).min(self.0.len())].iter().rposition(is_start).unwrap_or(0);
        self.0.drain(..first).collect()
    }

    /// The segments that start within this time, in microseconds, as their first index and the index of the one behind them; and
    /// whether there is one behind them. If there is none, the last one is not among them: it may grow.
    pub fn starting_in(&self, from_us: i64, to_us: i64) -> (Range<u32>, bool) {
        let position = |time_us: i64| self.0.partition_point(|entry| entry.start_us < time_us);
        let behind = position(to_us);
        let is_followed = behind < self.0.len();
        let index = |at: usize| self.0.get(at).or(self.0.last()).map_or(0, |entry| entry.index);
        let end = index(behind);
        (index(position(from_us)).min(end)..end, is_followed)
    }

    /// The first index from this one on that a segment has.
    pub fn next_index(&self, index: u32) -> Option<u32> {
        self.0.get(self.0.partition_point(|entry| entry.index < index)).map(|entry| entry.index)
    }

    /// Before which key frame pictures and their sound stay as they are, in microseconds: the last one before which no picture can be rolled
    /// back, as this says, and no sound will come. The beginning of time if there is none.
    pub fn settled_key(&self, settled_us: i64, sound: &Self) -> i64 {
        let latest_us = if sound.0.is_empty() { FIRST_SOUND_US } else { LATEST_SOUND_US };
        let settled_us = settled_us.min(sound.end_us().max(self.end_us() - latest_us));
        self.key_before(settled_us)
    }

    /// The last of the first key frames of the segments that is not after this time, in microseconds; the beginning of time if there is none.
    pub fn key_before(&self, time_us: i64) -> i64 {
        self.0.iter().rev().filter_map(|entry| entry.key_us).find(|key_us| *key_us <= time_us).unwrap_or(i64::MIN)
    }

    /// The number of samples.
    pub fn frames(&self) -> u32 {
        self.0.iter().map(|entry| entry.frames).sum()
    }

    /// The samples' size in bytes.
    pub fn bytes(&self) -> u64 {
        self.0.iter().map(|entry| entry.bytes).sum()
    }

    /// When the first sample is decoded, in microseconds; 0 if there is none.
    pub fn start_us(&self) -> i64 {
        self.0.first().map_or(0, |first| first.start_us)
    }

    /// The indexes of the segments that are needed for this media time, in microseconds: from the one with the last key frame
    /// before it.
    pub fn indexes_between(&self, from_us: i64, to_us: i64) -> Range<u32> {
        let before = self.0.partition_point(|entry| entry.start_us <= from_us);
        let has_key = |entry: &Entry| entry.key_us.is_some_and(|key_us| key_us <= from_us);
        let before = self.0[..before].iter().rposition(has_key).unwrap_or(before.saturating_sub(1));
        let needed = &self.0[before..self.0.partition_point(|entry| entry.start_us < to_us).max(before)];
        needed.first().zip(needed.last()).map_or(0..0, |(first, last)| first.index..last.index + 1)
    }

    /// When the last sample ends, in microseconds; 0 if there is none.
    pub fn end_us(&self) -> i64 {
        self.0.last().map_or(0, |last| last.end_us)
    }

    /// How many bytes a second of media time takes at present: of the last ten seconds.
    pub fn bytes_per_second(&self) -> f64 {
        let present_us = self.end_us().saturating_sub(PRESENT_US);
        let present = || self.0.iter().filter(|entry| entry.end_us > present_us);
        let bytes: u64 = present().map(|entry| entry.bytes).sum();
        let length_us: i64 = present().map(|entry| entry.end_us - entry.start_us).sum();
        bytes as f64 * 1e6 / length_us.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The sound of the last moment before a clip's end was in neither of two clips.
    #[test]
    fn pictures_are_settled_before_a_key_frame_up_to_which_their_sound_is_there() {
        let contents = |segments: &[(i64, i64, Option<i64>)]| {
            let mut contents = Contents::default();
            for (index, &(start_us, end_us, key_us)) in (0..).zip(segments) {
                contents.put(Entry { index, frames: 1, bytes: 1, start_us, end_us, key_us });
            }
            contents
        };
        let second = |s: i64| s * 1_000_000;
        let pictures = contents(&[
            (0, second(2), Some(0)),
            (second(2), second(4), Some(second(2))),
            (second(4), second(5), None),
            (second(5), second(6), Some(second(5))),
        ]);
        let sound = |end_s: f64| contents(&[(0, (end_s * 1e6) as i64, Some(0))]);
        for (settled_us, sound, expected) in [
            (i64::MAX, sound(5.0), second(5)),
            (second(5), sound(5.0), second(5)),
            (second(5) - 1, sound(5.0), second(2)),
            (i64::MAX, Contents::default(), second(2)),
            (i64::MAX, sound(4.9), second(2)),
            (i64::MAX, sound(0.1), 0),
            (-1, Contents::default(), i64::MIN),
        ] {
            assert_eq!(pictures.settled_key(settled_us, &sound), expected, "{settled_us} {}", sound.end_us());
        }
    }

    /// Segments of two seconds and 1000 bytes.
    fn contents(indexes: Range<u32>) -> Contents {
        let mut contents = Contents::default();
        indexes.for_each(|index| contents.put(entry(index, 1000)));
        contents
    }

    fn entry(index: u32, bytes: u64) -> Entry {
        let start_us = i64::from(index) * 2_000_000;
        Entry { index, frames: 60, bytes, start_us, end_us: start_us + 2_000_000, key_us: Some(start_us) }
    }

    /// The same of which only every third begins with a key frame, and the others have none.
    fn received(indexes: Range<u32>) -> Contents {
        let mut contents = Contents::default();
        for index in indexes {
            let of_encoder = entry(index, 1000);
            contents.put(Entry { key_us: of_encoder.key_us.filter(|_| index.is_multiple_of(3)), ..of_encoder });
        }
        contents
    }

    // Otherwise a part began with pictures that nothing could decode.
    #[test]
    fn a_part_of_what_was_received_needs_all_from_the_key_frame_on() {
        let contents = received(0..12);
        assert_eq!(contents.indexes_between(10_000_000, 11_000_000), 3..6);
        assert_eq!(contents.indexes_between(12_000_000, 13_000_000), 6..7);
        let mut merged = contents.clone();
        merged.merge(2..5);
        assert_eq!(merged.get(2).unwrap().key_us, Some(6_000_000));
        assert_eq!(merged.indexes_between(11_000_000, 11_500_000), 2..6);
        assert_eq!(merged.indexes_between(5_000_000, 5_500_000), 0..3);
    }

    #[test]
    fn what_is_kept_of_what_was_received_begins_with_a_key_frame() {
        let mut contents = received(0..12);
        assert_eq!(contents.keep_last(10_000_000), received(0..3).0);
        assert_eq!(contents.indexes(), 3..12);
        assert_eq!(contents.keep_last(8_000_001), []);
        assert_eq!(contents.keep_last(8_000_000), received(3..6).0);
    }

    #[test]
    fn a_segment_that_is_written_again_takes_its_own_place() {
        let mut contents = contents(3..6);
        contents.put(entry(4, 9000));
        assert_eq!((contents.frames(), contents.bytes(), contents.indexes()), (180, 11_000, 3..6));
        assert_eq!((contents.start_us(), contents.end_us()), (6_000_000, 12_000_000));
        assert_eq!((contents.get(4), contents.get(6)), (Some(&entry(4, 9000)), None));
    }

    #[test]
    fn nothing_has_no_length() {
        let mut nothing = Contents::default();
        assert_eq!((nothing.frames(), nothing.bytes(), nothing.end_us(), nothing.indexes()), (0, 0, 0, 0..0));
        assert_eq!(nothing.bytes_per_second(), 0.0);
        assert_eq!(nothing.keep_last(1), []);
    }

    #[test]
    fn what_was_rolled_back_is_not_there_any_more() {
        let mut contents = contents(0..4);
        contents.forget_from(3);
        assert_eq!(contents.indexes(), 0..3);
        contents.put(entry(3, 1));
        assert_eq!(contents.bytes(), 3001);
    }

    #[test]
    fn what_is_merged_is_as_much_as_before() {
        let mut merged = contents(0..8);
        merged.merge(2..6);
        let all = contents(0..8);
        let totals = |contents: &Contents| (contents.frames(), contents.bytes(), contents.indexes(), contents.end_us());
        assert_eq!(totals(&merged), totals(&all));
        let of_two = Entry { frames: 240, bytes: 4000, end_us: 12_000_000, ..entry(2, 0) };
        assert_eq!((merged.get(2), merged.get(3), merged.get(6)), (Some(&of_two), None, all.get(6)));
        assert_eq!(merged.indexes_between(9_000_000, 13_000_000), 2..7);
        merged.merge(20..30);
        assert_eq!(merged.get(7), all.get(7));
    }

    #[test]
    fn the_last_segment_is_not_among_those_that_start_in_some_time() {
        let mut contents = contents(2..8);
        for (from_us, to_us, expected) in [
            (4_000_000, 8_000_000, (2..4, true)),
            (3_999_999, 8_000_001, (2..5, true)),
            (0, 4_000_000, (2..2, true)),
            (12_000_000, 14_000_000, (6..7, true)),
            (12_000_000, 14_000_001, (6..7, false)),
            (14_000_000, 99_000_000, (7..7, false)),
            (50_000_000, 99_000_000, (7..7, false)),
        ] {
            assert_eq!(contents.starting_in(from_us, to_us), expected, "{from_us} to {to_us}");
        }
        assert_eq!(Contents::default().starting_in(0, 9), (0..0, false));
        contents.merge(3..6);
        assert_eq!(contents.starting_in(6_000_000, 12_000_000), (3..6, true));
        assert_eq!([2, 3, 4, 6, 8].map(|index| contents.next_index(index)), [Some(2), Some(3), Some(6), Some(6), None]);
    }

    #[test]
    fn only_what_is_not_needed_for_the_length_goes() {
        let mut contents = contents(0..7);
        assert_eq!(contents.keep_last(10_000_000), []);
        assert_eq!(contents.keep_last(7_000_000), [entry(0, 1000)]);
        assert_eq!(contents.keep_last(6_000_000), [entry(1, 1000)]);
        // The last two may be rolled back.
        assert_eq!(contents.keep_last(1), [entry(2, 1000), entry(3, 1000)]);
        assert_eq!(contents.indexes(), 4..7);
        contents.forget_from(5);
        assert_eq!((contents.keep_last(1), contents.indexes()), (vec![], 4..5));
    }

    #[test]
    fn a_part_needs_the_segment_with_the_key_frame_before_it() {
        let contents = contents(2..6);
        for (from_us, to_us, expected) in [
            (4_000_000, 12_000_000, 2..6),
            (5_999_999, 6_000_000, 2..3),
            (6_000_000, 6_000_001, 3..4),
            (7_000_000, 9_000_000, 3..5),
            (11_000_000, 99_000_000, 5..6),
            (0, 1, 0..0),
        ] {
            assert_eq!(contents.indexes_between(from_us, to_us), expected);
        }
        assert_eq!(Contents::default().indexes_between(0, 1), 0..0);
    }

    #[test]
    fn the_present_rate_forgets_what_was_long_ago() {
        let mut contents = contents(0..100);
        assert_eq!(contents.bytes_per_second(), 500.0);
        (100..105).for_each(|index| contents.put(entry(index, 4000)));
        assert_eq!(contents.bytes_per_second(), 2000.0);
    }
}
