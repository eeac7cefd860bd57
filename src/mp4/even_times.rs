//! Times on an even grid, for editors that refuse a variable frame rate.

use super::TIMESCALE;
use super::sample_times;
use crate::reel::SampleTable;
use std::collections::BinaryHeap;

/// Where the grid may begin, in parts of an interval: times that all lie between two of its lines would fall on either.
const PHASES: i64 = 8;
/// The farthest that a sample may be moved, in ticks: what came in a burst goes back to when it should have come.
const FARTHEST: i64 = TIMESCALE as i64 / 4;
/// It may be moved farther by this part of the length: a sender's clock may be a little fast.
const FAST_CLOCK: i64 = 10_000;
/// What a rate may be off from a whole number of ticks, in ticks, and still be that number: 29.97 is 30,000 in 1,001 seconds.
const ROUNDED: f64 = 0.01;

/// The ticks from one frame to the next at a rate, in frames per second. Rather too few than too many: a grid that is a little fast has a
/// line free now and then, and one that is slow comes to have too few.
fn interval_of(fps: f64) -> i64 {
    (f64::from(TIMESCALE) / fps + ROUNDED) as i64
}

/// Moves the samples of a track to the lines of a grid of this rate, in frames per second: each to a line of its own, in their order, the
/// first where it was, the others by as few lines in all as can be. Gives whether there are lines enough near them; if not, nothing is
/// moved.
pub(super) fn lay_evenly(tables: &mut [&mut SampleTable], fps: f64) -> bool {
    let interval = interval_of(fps);
    let (Some(first), Some(last)) = (tables.first(), tables.last()) else { return true };
    let (start_us, end) = (first.start_us(), ticks(last.end_us() - first.start_us()));
    let samples = tables.iter().flat_map(|table| table.samples());
    let times: Vec<i64> = samples.map(|sample| ticks(sample.decode_us - start_us)).collect();
    let grids = (0..PHASES).map(|phase| Grid::of(&times, interval, interval * phase / PHASES));
    let Some(Grid { lines, .. }) = grids.min_by_key(|grid| grid.moved) else { return true };
    let farthest = lines.iter().zip(&times).map(|(line, time)| ((line - lines[0]) * interval - time).abs()).max();
    if farthest > Some(FARTHEST.max(interval).max(end / FAST_CLOCK)) {
        return false;
    }
    let time_us = |line: i64| start_us + in_us((line - lines[0]) * interval);
    let after_last = lines[lines.len() - 1] + 1;
    let end_us = time_us(after_last.max(lines[0] + (end + interval / 2) / interval));
    let mut lines = lines.iter().map(|&line| time_us(line)).peekable();
    for table in tables {
        table.retime(|| lines.next().unwrap_or_default());
        table.end_at(lines.peek().copied().unwrap_or(end_us));
    }
    true
}

/// Samples on the lines of a grid.
struct Grid {
    /// The line of each.
    lines: Vec<i64>,
    /// By how much they are moved in all, in ticks.
    moved: i64,
}

impl Grid {
    /// Those of these times, each the nearest, or as few lines from it as can be in all. The grid begins this much before 0.
    fn of(times: &[i64], interval: i64, phase: i64) -> Self {
        // What rises evenly by one is taken away: lines of their own are then numbers that do not fall, and those nearest to given ones in
        // all (an isotonic regression) are found by a heap of the numbers so far.
        let mut lines = Vec::with_capacity(times.len());
        let mut heap = BinaryHeap::new();
        for (n, time) in (0..).zip(times) {
            let nearest = (time + phase + interval / 2).div_euclid(interval) - n;
            heap.push(nearest);
            if let Some(mut highest) = heap.peek_mut() {
                *highest = nearest;
            }
            lines.push(heap.peek().copied().unwrap_or(nearest));
        }
        for n in (1..lines.len()).rev() {
            lines[n - 1] = lines[n - 1].min(lines[n]);
        }
        let mut moved = 0;
        for ((n, line), time) in (0..).zip(&mut lines).zip(times) {
            *line += n;
            moved += (*line * interval - phase - time).abs();
        }
        Self { lines, moved }
    }
}

/// Microseconds as ticks of a video track.
fn ticks(time_us: i64) -> i64 {
    sample_times::ticks(time_us, TIMESCALE)
}

/// Ticks as microseconds, rounded to the nearest: the same ticks come of them again.
fn in_us(ticks: i64) -> i64 {
    // In two parts, which no length overflows.
    ticks / 9 * 100 + (ticks % 9 * 100 + 4) / 9
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reel::Sample;
    use proptest::prelude::*;

    const AT_30: i64 = TIMESCALE as i64 / 30;
    /// A frame of 30 a second, in microseconds.
    const FRAME_US: f64 = 1e6 / 30.0;

    /// Segments of ten samples with these times in microseconds; the last sample is as long as the one before it.
    fn tables(times_us: &[i64]) -> Vec<SampleTable> {
        let end_us = |n: usize| times_us.get(n + 1).copied().unwrap_or(times_us[n] + FRAME_US as i64);
        let sample =
            |n: usize| Sample { decode_us: times_us[n], composition_offset_us: 0, size: 1, key: n.is_multiple_of(10) };
        let segment = |first: usize| {
            let mut table = SampleTable::new(sample(first), end_us(first));
            (first + 1..times_us.len().min(first + 10)).for_each(|n| table.push(sample(n), end_us(n)));
            table
        };
        (0..times_us.len()).step_by(10).map(segment).collect()
    }

    /// The intervals at which samples are laid in the file, from the first to the end, in ticks; none if it is refused.
    fn intervals(times_us: &[i64], fps: f64) -> Option<Vec<i64>> {
        let mut tables = tables(times_us);
        if !lay_evenly(&mut tables.iter_mut().collect::<Vec<_>>(), fps) {
            return None;
        }
        for pair in tables.windows(2) {
            assert_eq!(pair[0].end_us(), pair[1].start_us());
        }
        let starts = tables.iter().flat_map(crate::reel::SampleTable::samples).map(|sample| sample.decode_us);
        let starts: Vec<i64> = starts.chain(tables.last().map(SampleTable::end_us)).collect();
        assert_eq!(starts[0], times_us[0]);
        Some(starts.windows(2).map(|pair| ticks(pair[1] - starts[0]) - ticks(pair[0] - starts[0])).collect())
    }

    fn even(frames: usize, fps: f64) -> Vec<i64> {
        (0..frames).map(|n| 5_000_000 + (n as f64 * 1e6 / fps) as i64).collect()
    }

    // Editors that take the first interval for all had the sound run away from the picture.
    #[test]
    fn frames_that_jitter_are_at_one_rate() {
        let jitter_us = |n: usize| (n as i64 * 7919 % 21 - 10) * 1_000;
        for shift_us in [0, 8_000, 16_600] {
            let jittery = even(1000, 30.0).into_iter().enumerate();
            let times: Vec<i64> =
                jittery.map(|(n, us)| us + if n == 0 { 0 } else { jitter_us(n) + shift_us }).collect();
            let intervals = intervals(&times, 30.0).expect("it is laid out");
            assert!(intervals[1..].iter().all(|&interval| interval == AT_30), "{shift_us}: {intervals:?}");
        }
    }

    #[test]
    fn a_picture_that_is_held_is_a_whole_number_of_intervals_long() {
        let times: Vec<i64> =
            even(100, 30.0).into_iter().enumerate().map(|(n, us)| us + i64::from(n > 50) * 3_210_000).collect();
        let intervals = intervals(&times, 30.0).expect("it is laid out");
        let held = AT_30 * (1 + 96);
        assert_eq!(intervals.iter().filter(|&&interval| interval == held).count(), 1);
        assert_eq!(intervals.iter().filter(|&&interval| interval == AT_30).count(), 99);
    }

    // A sender of 29.97 frames a second is a little slower than 30: some intervals are two.
    #[test]
    fn a_slower_sender_does_not_use_every_line() {
        let intervals = intervals(&even(10_000, 30_000.0 / 1001.0), 30.0).expect("it is laid out");
        assert_eq!(intervals.iter().sum::<i64>() / AT_30, 10_010);
        assert_eq!(intervals.iter().filter(|&&interval| interval == 2 * AT_30).count(), 10);
    }

    // A clock that is fast by one part in ten thousand: exports of more than an hour and a half were refused.
    #[test]
    fn a_sender_whose_clock_is_a_little_fast_is_moved_a_little() {
        let two_hours = even(2 * 3600 * 30, 30.003);
        assert_eq!(intervals(&two_hours, 30.0).map(|intervals| intervals.len()), Some(two_hours.len()));
        let hour = even(3600 * 60, 60_000.0 / 1001.0);
        assert!(intervals(&hour, 59.94).is_some());
    }

    // 59.94 would be 59.92, and have too few lines after a quarter of an hour.
    #[test]
    fn a_rate_that_is_no_whole_number_of_ticks_is_a_little_faster() {
        for (fps, ticks) in [(24.0, 3750), (25.0, 3600), (29.97, 3003), (30_000.0 / 1001.0, 3003), (30.0, 3000)] {
            assert_eq!(interval_of(fps), ticks);
        }
        assert_eq!([59.94, 23.976, 1.0, 240.0].map(interval_of), [1501, 3753, 90_000, 375]);
    }

    // Otherwise the file would be in slow motion.
    #[test]
    fn more_frames_than_lines_are_refused() {
        assert_eq!(intervals(&even(1000, 60.0), 30.0), None);
        assert_eq!(intervals(&even(30, 60.0), 30.0), None, "half a second, which would be a whole one");
        assert_eq!(intervals(&even(3, 30.0), 1.0), None);
        assert_eq!(intervals(&even(1000, 60.0), 60.0).map(|intervals| intervals.len()), Some(1000));
    }

    // Otherwise all that follows is late, up to the next gap.
    #[test]
    fn a_burst_goes_back_to_when_it_should_have_come_and_the_rest_stays() {
        let mut times = even(90, 30.0);
        (10..14).for_each(|n| times[n] = times[14] - 1_000 * (14 - n as i64));
        let intervals = intervals(&times, 30.0).expect("it is laid out");
        assert_eq!(intervals, vec![AT_30; 90]);
    }

    proptest! {
        // Otherwise one picture would be shown for no time, or others long after they were.
        #[test]
        fn each_sample_has_a_line_of_its_own(
            steps in proptest::collection::vec(prop_oneof![4 => 25_000..45_000_i64, 1 => 1_000..2_000_000_i64], 1..100),
            fps in prop_oneof![Just(23.976), Just(25.0), Just(29.97), Just(50.0), Just(60.0)],
        ) {
            let interval = interval_of(fps);
            let mut at_us = 0;
            let times: Vec<i64> = steps.iter().map(|step| { at_us += step; at_us }).collect();
            let Some(intervals) = intervals(&times, fps) else { return Ok(()) };
            let mut at = 0;
            for (time, length) in times.iter().zip(intervals) {
                prop_assert!(length > 0 && length % interval == 0);
                prop_assert!((at - ticks(time - times[0])).abs() <= FARTHEST.max(interval));
                at += length;
            }
        }

        // Otherwise pictures are farther from when they were shown than they have to be.
        #[test]
        fn no_other_lines_are_nearer(times in proptest::collection::vec(0..80_i64, 1..6)) {
            let mut times = times;
            times.sort_unstable();
            let nearest: Vec<i64> = times.iter().map(|time| (time + 5) / 10).collect();
            let lines = Grid::of(&times, 10, 0).lines;
            let moved: i64 = lines.iter().zip(&nearest).map(|(line, nearest)| (line - nearest).abs()).sum();
            // For each number of samples and each line of the last of them, how many lines they are moved by at least.
            let mut least = vec![0; 30];
            for nearest in nearest {
                let mut before = i64::MAX;
                let moved = |line: i64| {
                    let here = before.saturating_add((line - 10 - nearest).abs());
                    before = before.min(least[line as usize]);
                    here
                };
                least = (0..30).map(moved).collect();
            }
            prop_assert_eq!(least.into_iter().min(), Some(moved));
        }

        #[test]
        fn ticks_come_back(at in 0..i64::from(TIMESCALE) * 3600 * 100) {
            prop_assert_eq!(ticks(in_us(at)), at);
        }
    }
}
