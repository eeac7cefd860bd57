//! The part of a reel that a file has.

use super::SampleTable;
use crate::clip::Bounds;
use std::ops::Range;

/// Which segments a file has.
#[derive(Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Their places among those that were given.
    pub segments: Range<usize>,
    /// How many samples are missing at the beginning of the first one.
    pub skipped: usize,
    /// Where the bytes of the first one are, of which the beginning may be missing.
    pub first: Range<u64>,
    /// Where the bytes of the last one are, of which the end may be missing.
    pub last: Range<u64>,
}

/// Cuts these segments, which are in order, to what a file of this part has; none if it has nothing. It begins with a key frame: the
/// last one that is early enough. Its last picture is shown up to its end, also if it was held.
pub fn excerpt(tables: &mut [&mut SampleTable], Bounds { from_us, to_us, .. }: Bounds) -> Option<Excerpt> {
    let mut segments = needed(tables, from_us, to_us);
    let first_key_us = |table: &SampleTable| table.samples().iter().find(|sample| sample.key).map(|key| key.decode_us);
    let is_early = |table: &&mut SampleTable| first_key_us(table).is_some_and(|key_us| key_us <= from_us);
    segments.start = match tables[..segments.end.min(segments.start + 1)].iter().rposition(is_early) {
        Some(start) => start,
        // There is none so early: nothing before the first can be decoded.
        None => tables[..segments.end].iter().position(|table| first_key_us(table).is_some())?,
    };
    tables[segments.clone()].last_mut()?.extend(to_us);
    Some(cut(tables, segments, from_us, to_us))
}

/// Cuts segments of sound, which are in order, to the sound of this part; none if there is none.
///
/// It begins with the packet during which the part begins, or else with the next one. It ends with the last packet that starts
/// before the end.
pub fn excerpt_of_sound(tables: &mut [&mut SampleTable], Bounds { from_us, to_us, .. }: Bounds) -> Option<Excerpt> {
    let mut segments = needed(tables, from_us, to_us);
    // In a hole, the packet before it is over.
    if tables.get(segments.start)?.end_us() <= from_us {
        segments.start += 1;
    }
    (!segments.is_empty()).then(|| cut(tables, segments, from_us, to_us))
}

/// Where a part begins that has nothing from before this time: at its first sample that needs no other, in microseconds. None if it has no
/// such sample before the end.
pub fn first_start(tables: &[&SampleTable], Bounds { from_us, to_us, .. }: Bounds) -> Option<i64> {
    let first = tables.partition_point(|table| table.last_us() < from_us);
    let mut samples = tables[first..].iter().flat_map(|table| table.samples());
    let found = samples.find(|sample| sample.key && sample.decode_us >= from_us)?;
    Some(found.decode_us).filter(|start_us| *start_us < to_us)
}

/// The segments from the last one that is early enough, or else from the first, to the last one that starts in time.
fn needed(tables: &[&mut SampleTable], from_us: i64, to_us: i64) -> Range<usize> {
    let end = tables.partition_point(|table| table.start_us() < to_us);
    tables[..end].partition_point(|table| table.start_us() <= from_us).saturating_sub(1)..end
}

/// Cuts the first and the last of these segments, which are not none.
fn cut(tables: &mut [&mut SampleTable], segments: Range<usize>, from_us: i64, to_us: i64) -> Excerpt {
    let start = segments.start;
    let mut cut = |n: usize| {
        // The last of several is whole in front, also if it begins without a key frame.
        let (table, bytes) = if n == start { tables[n].clip(from_us, to_us) } else { tables[n].until(to_us) };
        let skipped = tables[n].samples().partition_point(|sample| sample.decode_us < table.start_us());
        *tables[n] = table;
        (skipped, bytes)
    };
    let last = segments.end - 1;
    let (skipped, first) = cut(segments.start);
    let last = if last == segments.start { first.clone() } else { cut(last).1 };
    Excerpt { segments, skipped, first, last }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reel::Sample;

    /// Segments of three samples of a second and 100 bytes each, a key frame first.
    fn segments(count: i64) -> Vec<SampleTable> {
        let sample = |n: i64| Sample { decode_us: n * 1_000_000, composition_offset_us: 0, size: 100, key: n % 3 == 0 };
        let segment = |index: i64| {
            let mut table = SampleTable::new(sample(3 * index), (3 * index + 1) * 1_000_000);
            (1..3).for_each(|n| table.push(sample(3 * index + n), (3 * index + n + 1) * 1_000_000));
            table
        };
        (0..count).map(segment).collect()
    }

    /// First and last second of each segment, and the bytes of the first and the last.
    type Found = (Vec<[i64; 2]>, [Range<u64>; 2]);

    fn of(from_us: i64, to_us: i64) -> Option<Found> {
        let mut tables = segments(4);
        let bounds = Bounds { reel_start_us: 0, from_us, to_us, ..Bounds::default() };
        let Excerpt { segments, first, last, .. } = excerpt(&mut tables.iter_mut().collect::<Vec<_>>(), bounds)?;
        let seconds = |table: &SampleTable| [table.start_us() / 1_000_000, table.end_us() / 1_000_000];
        Some((tables[segments].iter().map(seconds).collect(), [first, last]))
    }

    #[test]
    fn a_part_begins_with_the_key_frame_before_it_and_ends_where_it_was_asked_to() {
        assert_eq!(of(4_500_000, 8_000_000), Some((vec![[3, 6], [6, 8]], [0..300, 0..200])));
        assert_eq!(of(3_000_000, 3_000_001), Some((vec![[3, 3]], [0..100, 0..100])));
    }

    #[test]
    fn all_of_it_is_all_segments() {
        assert_eq!(of(0, 12_000_000), Some((vec![[0, 3], [3, 6], [6, 9], [9, 12]], [0..300, 0..300])));
    }

    // The last picture of a frozen stream was shown for an instant.
    #[test]
    fn a_picture_that_was_held_is_shown_up_to_the_end() {
        assert_eq!(of(9_000_000, 20_000_000), Some((vec![[9, 20]], [0..300, 0..300])));
    }

    /// Packets of a second and 100 bytes each, in segments of three, of which the second begins four seconds late.
    fn sound(from_us: i64, to_us: i64) -> Option<Found> {
        let sample = |us| Sample { decode_us: us, composition_offset_us: 0, size: 100, key: true };
        let segment = |start_us: i64| {
            let mut table = SampleTable::new(sample(start_us), start_us + 1_000_000);
            (1..3).for_each(|n| table.push(sample(start_us + n * 1_000_000), start_us + (n + 1) * 1_000_000));
            table
        };
        let mut tables = [0, 7_000_000, 10_000_000].map(segment);
        let bounds = Bounds { reel_start_us: 0, from_us, to_us, ..Bounds::default() };
        let Excerpt { segments, first, last, .. } =
            excerpt_of_sound(&mut tables.iter_mut().collect::<Vec<_>>(), bounds)?;
        let seconds = |table: &SampleTable| [table.start_us() / 1_000_000, table.end_us() / 1_000_000];
        Some((tables[segments].iter().map(seconds).collect(), [first, last]))
    }

    #[test]
    fn sound_begins_with_the_packet_during_which_the_part_begins_and_ends_with_the_last_that_starts_in_it() {
        assert_eq!(sound(1_000_000, 2_000_000), Some((vec![[1, 2]], [100..200, 100..200])));
        assert_eq!(sound(1_999_999, 9_000_000), Some((vec![[1, 3], [7, 9]], [100..300, 0..200])));
        assert_eq!(sound(8_500_000, 11_000_001), Some((vec![[8, 10], [10, 11]], [100..300, 0..200])));
        assert_eq!(sound(8_500_000, 100_000_000), Some((vec![[8, 10], [10, 13]], [100..300, 0..300])), "not held");
    }

    // A packet from before a hole would have been heard for the length of the hole.
    #[test]
    fn sound_that_begins_in_a_hole_begins_behind_it() {
        assert_eq!(sound(3_000_000, 8_000_000), Some((vec![[7, 8]], [0..100, 0..100])));
        assert_eq!(sound(3_000_000, 7_000_000), None);
        assert_eq!(sound(13_000_000, 14_000_000), None);
    }

    // Segments that are merged may begin without a key frame: the bytes of one picture were shown as another's.
    #[test]
    fn the_last_segment_of_a_part_is_whole_in_front() {
        let mut tables = segments(4);
        let rest = tables.split_off(1);
        let mut merged = rest[0].clone();
        // Without its first picture, which is a key frame.
        let samples = merged.samples()[1..].to_vec();
        merged = SampleTable::new(samples[0], samples[1].decode_us);
        merged.push(samples[1], rest[0].end_us());
        merged.append(&rest[1]);
        tables.push(merged);
        let bounds = Bounds { from_us: 0, to_us: 7_000_000, ..Bounds::default() };
        let found = excerpt(&mut tables.iter_mut().collect::<Vec<_>>(), bounds).unwrap();
        assert_eq!((found.segments, found.last), (0..2, 0..300));
        assert_eq!((tables[1].start_us(), tables[1].end_us(), tables[1].samples().len()), (4_000_000, 7_000_000, 3));
    }

    #[test]
    fn nothing_is_in_a_part_before_the_first_sample() {
        assert_eq!(of(-5, 0), None);
        assert_eq!(excerpt(&mut [], Bounds { reel_start_us: 0, from_us: 0, to_us: 1, ..Bounds::default() }), None);
    }
}
