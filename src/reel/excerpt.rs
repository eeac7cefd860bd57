//! The part of a reel that a file has.

use super::SampleTable;
use crate::clip::Bounds;
use std::ops::Range;

/// The samples of a segment that a file has.
#[derive(Debug, PartialEq, Eq)]
pub struct Excerpt<T> {
    /// The samples.
    pub table: SampleTable,
    /// Where their bytes are among the segment's; none if all of them are taken.
    pub bytes: Option<Range<u64>>,
    /// The segment.
    pub of: T,
}

/// What a file of this part has of these segments, which are in order. It begins with a key frame: the last one that is early enough.
/// Its last picture is shown up to its end, also if it was held.
pub fn excerpts<T>(mut segments: Vec<(SampleTable, T)>, Bounds { from_us, to_us, .. }: Bounds) -> Vec<Excerpt<T>> {
    let end = segments.partition_point(|(table, _)| table.start_us() < to_us);
    segments.truncate(end);
    if let Some((last, _)) = segments.last_mut() {
        last.extend(to_us);
    }
    let first = segments.partition_point(|(table, _)| table.start_us() <= from_us).saturating_sub(1);
    segments.drain(..first);
    let last = segments.len().saturating_sub(1);
    let mut excerpts = Vec::with_capacity(segments.len());
    for (n, (table, of)) in segments.into_iter().enumerate() {
        excerpts.push(if n == 0 || n == last {
            let (table, bytes) = table.clip(from_us, to_us);
            Excerpt { table, bytes: Some(bytes), of }
        } else {
            Excerpt { table, bytes: None, of }
        });
    }
    excerpts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reel::Sample;

    /// Segments of three samples of a second and 100 bytes each, a key frame first.
    fn segments(count: i64) -> Vec<(SampleTable, i64)> {
        let sample = |n: i64| Sample { decode_us: n * 1_000_000, composition_offset_us: 0, size: 100, key: n % 3 == 0 };
        let segment = |index: i64| {
            let mut table = SampleTable::new(sample(3 * index), (3 * index + 1) * 1_000_000);
            (1..3).for_each(|n| table.push(sample(3 * index + n), (3 * index + n + 1) * 1_000_000));
            (table, index)
        };
        (0..count).map(segment).collect()
    }

    /// Segment, first and last second, and bytes.
    fn of(from_us: i64, to_us: i64) -> Vec<(i64, i64, i64, Option<Range<u64>>)> {
        let cut = excerpts(segments(4), Bounds { reel_start_us: 0, from_us, to_us });
        let seconds = |us: i64| us / 1_000_000;
        let each = cut
            .into_iter()
            .map(|Excerpt { table, bytes, of }| (of, seconds(table.start_us()), seconds(table.end_us()), bytes));
        each.collect()
    }

    #[test]
    fn a_part_begins_with_the_key_frame_before_it_and_ends_where_it_was_asked_to() {
        let expected = [(1, 3, 6, Some(0..300)), (2, 6, 8, Some(0..200))];
        assert_eq!(of(4_500_000, 8_000_000), expected);
        assert_eq!(of(3_000_000, 3_000_001), [(1, 3, 3, Some(0..100))]);
    }

    #[test]
    fn all_of_it_is_all_segments_and_those_between_are_whole() {
        let expected = [(0, 0, 3, Some(0..300)), (1, 3, 6, None), (2, 6, 9, None), (3, 9, 12, Some(0..300))];
        assert_eq!(of(0, 12_000_000), expected);
    }

    // The last picture of a frozen stream was shown for an instant.
    #[test]
    fn a_picture_that_was_held_is_shown_up_to_the_end() {
        assert_eq!(of(9_000_000, 20_000_000), [(3, 9, 20, Some(0..300))]);
    }

    #[test]
    fn nothing_is_in_a_part_before_the_first_sample() {
        assert_eq!(of(-5, 0), []);
        assert_eq!(excerpts::<()>(Vec::new(), Bounds { reel_start_us: 0, from_us: 0, to_us: 1 }), []);
    }
}
