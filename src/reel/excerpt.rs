//! The part of a reel that a file has.

use super::SampleTable;
use crate::clip::Bounds;
use std::ops::Range;

/// Which segments a file has.
#[derive(Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Their places among those that were given.
    pub segments: Range<usize>,
    /// Where the bytes of the first one are, of which the beginning may be missing.
    pub first: Range<u64>,
    /// Where the bytes of the last one are, of which the end may be missing.
    pub last: Range<u64>,
}

/// Cuts these segments, which are in order, to what a file of this part has; none if it has nothing. It begins with a key frame: the
/// last one that is early enough. Its last picture is shown up to its end, also if it was held.
pub fn excerpt(tables: &mut [&mut SampleTable], Bounds { from_us, to_us, .. }: Bounds) -> Option<Excerpt> {
    let end = tables.partition_point(|table| table.start_us() < to_us);
    let start = tables[..end].partition_point(|table| table.start_us() <= from_us).saturating_sub(1);
    let last = end.checked_sub(1)?;
    tables[last].extend(to_us);
    let mut cut = |n: usize| {
        let (table, bytes) = tables[n].clip(from_us, to_us);
        *tables[n] = table;
        bytes
    };
    let first = cut(start);
    let last = if last == start { first.clone() } else { cut(last) };
    Some(Excerpt { segments: start..end, first, last })
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
        let bounds = Bounds { reel_start_us: 0, from_us, to_us, fps: None };
        let Excerpt { segments, first, last } = excerpt(&mut tables.iter_mut().collect::<Vec<_>>(), bounds)?;
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

    #[test]
    fn nothing_is_in_a_part_before_the_first_sample() {
        assert_eq!(of(-5, 0), None);
        assert_eq!(excerpt(&mut [], Bounds { reel_start_us: 0, from_us: 0, to_us: 1, fps: None }), None);
    }
}
