//! Which samples a picture of a reel is decoded from.

use super::{SampleTable, Shared};
use std::ops::Range;

/// A segment of pictures: its samples, and where they are if it shares its record with sound.
pub type Place<'a> = (&'a SampleTable, Option<&'a Shared>);

/// Samples of a segment whose bytes lie one after the other in its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The position of the segment among those that were given.
    pub segment: usize,
    /// The positions of the samples in it.
    pub samples: Range<usize>,
    /// Where their bytes are in the record.
    pub bytes: Range<u64>,
}

/// The key frame that shows these segments, which are in order, at this media time, in microseconds: the last one that is early enough, or
/// else the first. None if there is no key frame.
pub fn key_frame_at(segments: &[Place<'_>], at_us: i64) -> Option<Span> {
    let (segment, sample) = last_key(segments, at_us).or_else(|| first_key(segments))?;
    spans_of(segments, segment, sample..sample + 1).pop()
}

/// What the newest picture of these segments, which are in order, is decoded from: the last key frame, and all that follows it. Nothing if
/// there is no key frame.
pub fn newest(segments: &[Place<'_>]) -> Vec<Span> {
    let Some((first, key)) = last_key(segments, i64::MAX) else { return Vec::new() };
    let of = |segment: usize| {
        let from = if segment == first { key } else { 0 };
        spans_of(segments, segment, from..segments[segment].0.samples().len())
    };
    (first..segments.len()).flat_map(of).collect()
}

/// The last key frame that is not later than this, in microseconds: its segment, and its position there.
fn last_key(segments: &[Place<'_>], at_us: i64) -> Option<(usize, usize)> {
    let started = segments.partition_point(|(table, _)| table.start_us() <= at_us);
    let of = |segment: usize| {
        let samples = segments[segment].0.samples();
        samples.iter().rposition(|sample| sample.key && sample.decode_us <= at_us).map(|sample| (segment, sample))
    };
    (0..started).rev().find_map(of)
}

fn first_key(segments: &[Place<'_>]) -> Option<(usize, usize)> {
    let of = |(segment, (table, _)): (usize, &Place<'_>)| {
        table.samples().iter().position(|sample| sample.key).map(|sample| (segment, sample))
    };
    segments.iter().enumerate().find_map(of)
}

/// Where these samples of a segment are.
fn spans_of(segments: &[Place<'_>], segment: usize, wanted: Range<usize>) -> Vec<Span> {
    let (table, shared) = &segments[segment];
    let size_of =
        |samples: Range<usize>| -> u64 { table.samples()[samples].iter().map(|sample| u64::from(sample.size)).sum() };
    let Some(shared) = shared else {
        let start = size_of(0..wanted.start);
        return vec![Span { segment, bytes: start..start + size_of(wanted.clone()), samples: wanted }];
    };
    let (mut spans, mut next) = (Vec::new(), 0);
    for run in &shared.runs {
        let of_run = next..next + run.samples as usize;
        next = of_run.end;
        let samples = wanted.start.max(of_run.start)..wanted.end.min(of_run.end);
        if !samples.is_empty() {
            let start = run.start + size_of(of_run.start..samples.start);
            spans.push(Span { segment, bytes: start..start + size_of(samples.clone()), samples });
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reel::{Run, Sample};
    use proptest::prelude::*;

    /// Samples of 10 µs from this time on; each has ten bytes more than the one before it.
    fn table(start_us: i64, keys: &[bool]) -> SampleTable {
        let sample = |n: usize| Sample {
            decode_us: start_us + n as i64 * 10,
            composition_offset_us: 0,
            size: 10 * (n as u32 + 1),
            key: keys[n],
        };
        let mut table = SampleTable::new(sample(0), start_us + 10);
        (1..keys.len()).for_each(|n| table.push(sample(n), start_us + (n as i64 + 1) * 10));
        table
    }

    fn span(segment: usize, samples: Range<usize>, bytes: Range<u64>) -> Span {
        Span { segment, samples, bytes }
    }

    /// A reel as it was received: it begins with a delta frame, and a segment in it has no key frame.
    fn received() -> [SampleTable; 4] {
        [
            table(0, &[false, true, false]),
            table(30, &[false, false]),
            table(50, &[true, false, true]),
            table(80, &[false, false]),
        ]
    }

    fn places(tables: &[SampleTable]) -> Vec<Place<'_>> {
        tables.iter().map(|table| (table, None)).collect()
    }

    #[test]
    fn a_picture_is_that_of_the_last_key_frame_before_it() {
        let tables = received();
        for (at_us, expected) in [
            (10, span(0, 1..2, 10..30)),
            (49, span(0, 1..2, 10..30)),
            (50, span(2, 0..1, 0..10)),
            (69, span(2, 0..1, 0..10)),
            (70, span(2, 2..3, 30..60)),
            (90, span(2, 2..3, 30..60)),
            (i64::MAX, span(2, 2..3, 30..60)),
        ] {
            assert_eq!(key_frame_at(&places(&tables), at_us), Some(expected), "{at_us}");
        }
    }

    #[test]
    fn before_the_first_key_frame_it_is_that_one() {
        let tables = received();
        for at_us in [i64::MIN, 0, 9] {
            assert_eq!(key_frame_at(&places(&tables), at_us), Some(span(0, 1..2, 10..30)));
        }
        assert_eq!(key_frame_at(&places(&tables[1..]), 35), Some(span(1, 0..1, 0..10)));
    }

    #[test]
    fn nothing_is_decoded_without_a_key_frame() {
        assert_eq!(key_frame_at(&[], 0), None);
        assert_eq!(key_frame_at(&places(&received()[3..]), 85), None);
        assert_eq!(newest(&[]), []);
        assert_eq!(newest(&places(&received()[3..])), []);
    }

    #[test]
    fn the_newest_picture_needs_all_from_the_last_key_frame_on() {
        let tables = received();
        assert_eq!(newest(&places(&tables)), [span(2, 2..3, 30..60), span(3, 0..2, 0..30)]);
        assert_eq!(newest(&places(&tables[..1])), [span(0, 1..3, 10..60)]);
    }

    // The bytes of sound were decoded as a picture.
    #[test]
    fn pictures_are_found_among_the_sound_that_shares_their_record() {
        let table = table(0, &[true, false, false, true, false]);
        let run = |samples, start, bytes| Run { samples, start, bytes };
        let shared = Shared { record: 0, start_us: 0, runs: vec![run(2, 5, 30), run(2, 40, 70), run(1, 200, 50)] };
        let segments = [(&table, Some(&shared))];
        assert_eq!(key_frame_at(&segments, 29), Some(span(0, 0..1, 5..15)));
        assert_eq!(key_frame_at(&segments, 30), Some(span(0, 3..4, 70..110)));
        assert_eq!(newest(&segments), [span(0, 3..4, 70..110), span(0, 4..5, 200..250)]);
    }

    proptest! {
        // Otherwise another's bytes are decoded, or more are read than are needed.
        #[test]
        fn the_bytes_are_those_of_one_key_frame(
            segments in prop::collection::vec(prop::collection::vec(any::<bool>(), 1..6), 1..6),
            at in -10_i64..400,
        ) {
            let mut start_us = 0;
            let tables: Vec<_> = segments.iter().map(|keys| {
                let table = table(start_us, keys);
                start_us = table.end_us();
                table
            }).collect();
            let keys: Vec<_> = tables.iter().enumerate().flat_map(|(segment, table)| {
                table.samples().iter().enumerate().filter(|(_, sample)| sample.key)
                    .map(move |(n, sample)| (sample.decode_us, segment, n, sample.size))
            }).collect();
            let expected = keys.iter().rfind(|key| key.0 <= at).or(keys.first());
            let found = key_frame_at(&places(&tables), at);
            prop_assert_eq!(found.is_some(), expected.is_some());
            if let Some((span, &(_, segment, n, size))) = found.zip(expected) {
                prop_assert_eq!((span.segment, span.samples), (segment, n..n + 1));
                prop_assert_eq!(span.bytes.end - span.bytes.start, u64::from(size));
                let before: u32 = tables[segment].samples()[..n].iter().map(|sample| sample.size).sum();
                prop_assert_eq!(span.bytes.start, u64::from(before));
            }
        }
    }
}
