//! Where the samples of pictures and sound lie in a record that has both, in the order of a file.

use super::{Sample, SampleTable};

/// How many segments are merged into one record once nothing can change them any more. An export takes a tenth of a millisecond for
/// each record, so an hour's would be half a second. A record has the index of the first of them.
pub const MERGED: u32 = 16;

/// Samples of one track, one after the other in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// How many they are.
    pub samples: u32,
    /// Where their bytes begin in the record.
    pub start: u64,
    /// How many bytes they have.
    pub bytes: u64,
}

/// Where a segment's samples lie in a record that it shares with a segment of the other track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// The index of the record's pictures, by which both tracks find it.
    pub record: u32,
    /// When the first sample of the record is decoded, in microseconds.
    pub start_us: i64,
    /// The samples of the segment, in their order.
    pub runs: Vec<Run>,
}

const COUNT_LEN: usize = 4;

impl Shared {
    /// Reads what [`order`] wrote, with the tables of pictures and of sound; none if that is damaged.
    pub fn read(order: &[u8], record: u32, tables: [&SampleTable; 2]) -> Option<[Self; 2]> {
        let start_us = tables[0].start_us().min(tables[1].start_us());
        let mut both = [(); 2].map(|()| Self { record, start_us, runs: Vec::new() });
        let mut rest = tables.map(SampleTable::samples);
        let mut start = 0;
        for (turn, count) in order.chunks(COUNT_LEN).enumerate() {
            let samples = u32::from_le_bytes(count.try_into().ok()?);
            let track = turn % 2;
            let (run, after) = rest[track].split_at_checked(samples as usize)?;
            rest[track] = after;
            if samples > 0 {
                let bytes = bytes_of(run);
                both[track].runs.push(Run { samples, start, bytes });
                start += bytes;
            }
        }
        rest.iter().all(|rest| rest.is_empty()).then_some(both)
    }

    /// Takes away the first samples: this many, which have this many bytes.
    pub fn skip(&mut self, mut samples: u32, mut bytes: u64) {
        while let Some(run) = self.runs.first_mut() {
            if samples < run.samples {
                *run = Run { samples: run.samples - samples, start: run.start + bytes, bytes: run.bytes - bytes };
                break;
            }
            (samples, bytes) = (samples - run.samples, bytes - run.bytes);
            self.runs.remove(0);
        }
    }
}

/// The order of a record's samples: the length of each run as `u32`, little-endian, pictures and sound in turn. A run of none stands
/// between two of one track.
pub fn order(both: [&Shared; 2]) -> Vec<u8> {
    let (mut next, mut turn) = ([0, 0], 0);
    let mut order = Vec::new();
    loop {
        let [video, audio] = [0, 1].map(|track: usize| both[track].runs.get(next[track]));
        let track = match (video, audio) {
            (None, None) => return order,
            (Some(video), Some(audio)) => usize::from(audio.start < video.start),
            (video, _) => usize::from(video.is_none()),
        };
        let mut samples: u32 = 0;
        if track == turn {
            samples = both[track].runs[next[track]].samples;
            next[track] += 1;
        }
        order.extend(samples.to_le_bytes());
        turn = 1 - turn;
    }
}

fn bytes_of(samples: &[Sample]) -> u64 {
    samples.iter().map(|sample| u64::from(sample.size)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples of 10 µs and these sizes.
    fn table(start_us: i64, sizes: &[u32]) -> SampleTable {
        let sample = |n: usize| Sample {
            decode_us: start_us + n as i64 * 10,
            composition_offset_us: 0,
            size: sizes[n],
            key: true,
        };
        let mut table = SampleTable::new(sample(0), start_us + 10);
        (1..sizes.len()).for_each(|n| table.push(sample(n), start_us + (n as i64 + 1) * 10));
        table
    }

    fn packed(counts: &[u32]) -> Vec<u8> {
        counts.iter().flat_map(|count| count.to_le_bytes()).collect()
    }

    fn runs(runs: &[(u32, u64, u64)]) -> Vec<Run> {
        runs.iter().map(|&(samples, start, bytes)| Run { samples, start, bytes }).collect()
    }

    #[test]
    fn an_order_is_read_as_it_was_written() {
        let (video, audio) = (table(7, &[100, 50, 0]), table(5, &[1, 2, 3, 4]));
        for (counts, pictures, sound) in [
            (vec![2, 3, 1, 1], vec![(2, 0, 150), (1, 156, 0)], vec![(3, 150, 6), (1, 156, 4)]),
            (vec![0, 2, 3, 1, 0, 1], vec![(3, 3, 150)], vec![(2, 0, 3), (1, 153, 3), (1, 156, 4)]),
            (vec![1, 0, 2, 4], vec![(1, 0, 100), (2, 100, 50)], vec![(4, 150, 10)]),
        ] {
            let both = Shared::read(&packed(&counts), 16, [&video, &audio]).unwrap();
            let shared = |of: &[(u32, u64, u64)]| Shared { record: 16, start_us: 5, runs: runs(of) };
            assert_eq!(both, [shared(&pictures), shared(&sound)]);
            assert_eq!(order([&both[0], &both[1]]), packed(&counts));
        }
    }

    // Otherwise the bytes of one sample are shown as another's.
    #[test]
    fn an_order_of_other_samples_is_damage() {
        let (video, audio) = (table(0, &[100, 50]), table(0, &[1, 2]));
        for counts in [vec![2, 1], vec![2, 3], vec![3, 2], vec![1, 2], vec![], vec![2, 2, 1], vec![u32::MAX, 2]] {
            assert_eq!(Shared::read(&packed(&counts), 0, [&video, &audio]), None, "{counts:?}");
        }
        let whole = packed(&[2, 2]);
        assert!(Shared::read(&whole, 0, [&video, &audio]).is_some());
        assert_eq!(Shared::read(&whole[..7], 0, [&video, &audio]), None);
    }

    #[test]
    fn what_is_left_of_a_segment_keeps_its_place() {
        let (video, audio) = (table(0, &[100, 50, 7]), table(0, &[1, 2, 3, 4]));
        let [_, sound] = Shared::read(&packed(&[1, 2, 2, 2]), 0, [&video, &audio]).unwrap();
        for (samples, bytes, expected) in [
            (0, 0, vec![(2, 100, 3), (2, 160, 7)]),
            (1, 1, vec![(1, 101, 2), (2, 160, 7)]),
            (2, 3, vec![(2, 160, 7)]),
            (3, 6, vec![(1, 163, 4)]),
            (4, 10, vec![]),
        ] {
            let mut left = sound.clone();
            left.skip(samples, bytes);
            assert_eq!(left.runs, runs(&expected), "{samples} samples are skipped");
        }
    }
}
