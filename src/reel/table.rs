use super::Sample;
use crate::{Error, Result};
use std::ops::Range;

/// The samples of a segment, and when the last of them ends.
///
/// Packed, it is little-endian: version (`u32`, 1), end in microseconds (`i64`), then 16 bytes a sample: decode time in
/// microseconds (`i64`), composition offset in microseconds (`i32`), size in bytes (`u32`; its highest bit marks a key frame).
///
/// Version 2 is half as long, for samples without composition offsets: version, end, the time from which the first sample counts
/// (`i64`), then 8 bytes a sample: microseconds since the one before (`u32`), and size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleTable {
    samples: Vec<Sample>,
    end_us: i64,
}

const VERSION: u32 = 1;
const SHORT: u32 = 2;
/// No sample ends later, in microseconds: in 285 years, up to which JavaScript's numbers are exact.
const LATEST_US: i64 = 1 << 53;
const HEADER_LEN: usize = 12;
const ROW_LEN: usize = 16;
const SHORT_ROW_LEN: usize = 8;
const KEY: u32 = 1 << 31;

impl SampleTable {
    /// The table of a segment that begins with this sample, and ends `end_us` unless another follows.
    pub fn new(first: Sample, end_us: i64) -> Self {
        Self { samples: vec![first], end_us }
    }

    /// Adds the next sample, and when it ends, in microseconds, if no other follows.
    pub fn push(&mut self, sample: Sample, end_us: i64) {
        self.samples.push(sample);
        self.end_us = end_us;
    }

    /// Adds the samples of the segment that follows.
    pub fn append(&mut self, next: &Self) {
        self.samples.extend(&next.samples);
        self.end_us = next.end_us;
    }

    /// Makes the first sample this many bytes larger.
    pub fn prepend(&mut self, bytes: u32) {
        self.samples[0].size += bytes;
    }

    /// Takes away the samples from this media time on, in microseconds, but for the first; gives how many are left.
    pub fn trim(&mut self, from_us: i64) -> usize {
        let kept = self.samples.partition_point(|sample| sample.decode_us < from_us).max(1);
        if let Some(next) = self.samples.get(kept) {
            self.end_us = next.decode_us;
        }
        self.samples.truncate(kept);
        kept
    }

    /// Takes away the samples later than this, in microseconds, but for the first, and gives them.
    pub fn take_back(&mut self, after_us: i64) -> Vec<Sample> {
        let before = self.samples.clone();
        let kept = self.trim(after_us.saturating_add(1));
        before[kept..].to_vec()
    }

    /// The part of it from the last key frame that is not later than this, or else from the first one, up to where another
    /// sample would begin, both in microseconds; and where its bytes are among the segment's. Without a key frame it is not cut in front.
    pub fn clip(&self, from_us: i64, to_us: i64) -> (Self, Range<u64>) {
        let is_start = |sample: &Sample| sample.key && sample.decode_us <= from_us;
        let first = self.samples.iter().rposition(is_start);
        self.part(first.or(self.samples.iter().position(|sample| sample.key)).unwrap_or(0), to_us)
    }

    /// The part of it from its beginning up to where another sample would begin, in microseconds; and where its bytes are.
    pub fn until(&self, to_us: i64) -> (Self, Range<u64>) {
        self.part(0, to_us)
    }

    fn part(&self, first: usize, to_us: i64) -> (Self, Range<u64>) {
        let end = self.samples.partition_point(|sample| sample.decode_us < to_us).max(first + 1);
        let bytes = |samples: &[Sample]| samples.iter().map(|sample| u64::from(sample.size)).sum::<u64>();
        let samples = self.samples[first..end].to_vec();
        let clip = Self { end_us: self.end_us.min(to_us.max(samples[samples.len() - 1].decode_us + 1)), samples };
        (clip, bytes(&self.samples[..first])..bytes(&self.samples[..end]))
    }

    /// Has the first sample be decoded then, in microseconds, if that is earlier.
    pub fn start_at(&mut self, start_us: i64) {
        self.samples[0].decode_us = start_us.min(self.start_us());
    }

    /// Has the last sample end then, in microseconds, if that is later.
    pub fn extend(&mut self, end_us: i64) {
        self.end_us = self.end_us.max(end_us);
    }

    /// Has the last sample end then, in microseconds: the next one begins.
    pub fn end_at(&mut self, end_us: i64) {
        self.end_us = end_us.max(self.last_us() + 1);
    }

    /// Has each sample be decoded at the next of these times, in microseconds; they rise. When the last one ends is to be set then.
    pub fn retime(&mut self, mut next_us: impl FnMut() -> i64) {
        self.samples.iter_mut().for_each(|sample| sample.decode_us = next_us());
    }

    /// Has time pass this many times as fast: each sample is decoded, and the last one ends, at the time that this gives for its own, in
    /// microseconds.
    pub fn rescale(&mut self, speed: f64, mut time_us: impl FnMut(i64) -> i64) {
        for sample in &mut self.samples {
            sample.decode_us = time_us(sample.decode_us);
            sample.composition_offset_us = (f64::from(sample.composition_offset_us) / speed).round() as i32;
        }
        self.end_us = self.last_us().saturating_add(1).max(time_us(self.end_us));
    }

    /// The samples, in decode order; never empty.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// When the first sample is decoded, in microseconds.
    pub fn start_us(&self) -> i64 {
        self.samples[0].decode_us
    }

    /// When the last sample is decoded, in microseconds.
    pub fn last_us(&self) -> i64 {
        self.samples[self.samples.len() - 1].decode_us
    }

    /// When the last sample ends, in microseconds.
    pub fn end_us(&self) -> i64 {
        self.end_us
    }

    /// The samples' sizes together, in bytes.
    pub fn bytes(&self) -> u64 {
        self.samples.iter().map(|sample| u64::from(sample.size)).sum()
    }

    /// The table as the store keeps it.
    pub fn pack(&self) -> Vec<u8> {
        let mut packed = self.header(VERSION);
        for sample in &self.samples {
            packed.extend_from_slice(&sample.decode_us.to_le_bytes());
            packed.extend_from_slice(&sample.composition_offset_us.to_le_bytes());
            packed.extend_from_slice(&size_and_key(sample).to_le_bytes());
        }
        packed
    }

    /// The same in half as many bytes if that can be, for stores that no version of this package reads which has not this one.
    pub fn pack_short(&self) -> Vec<u8> {
        let mut packed = self.header(SHORT);
        let mut before_us = self.start_us();
        packed.extend_from_slice(&before_us.to_le_bytes());
        for sample in &self.samples {
            let step_us = sample.decode_us - std::mem::replace(&mut before_us, sample.decode_us);
            if sample.composition_offset_us != 0 || u32::try_from(step_us).is_err() {
                return self.pack();
            }
            packed.extend_from_slice(&(step_us as u32).to_le_bytes());
            packed.extend_from_slice(&size_and_key(sample).to_le_bytes());
        }
        packed
    }

    fn header(&self, version: u32) -> Vec<u8> {
        let mut packed = Vec::with_capacity(HEADER_LEN + ROW_LEN * self.samples.len());
        packed.extend_from_slice(&version.to_le_bytes());
        packed.extend_from_slice(&self.end_us.to_le_bytes());
        packed
    }

    /// Reads back what [`pack`](Self::pack) wrote.
    ///
    /// # Errors
    /// [`Error::Storage`] if it was not written by `pack`, or is damaged.
    pub fn unpack(packed: &[u8]) -> Result<Self> {
        let table = Self::read(packed).filter(|table| {
            let times = table.samples.iter().map(|sample| sample.decode_us).chain([table.end_us]);
            let is_in_order = !table.samples.is_empty() && times.is_sorted_by(|one, next| one < next);
            is_in_order && table.start_us() >= 0 && table.end_us <= LATEST_US
        });
        table.ok_or_else(|| Error::Storage { reason: "a sample table is damaged".into() })
    }

    fn read(packed: &[u8]) -> Option<Self> {
        let (version, rest) = packed.split_first_chunk()?;
        let (end_us, mut rows) = rest.split_first_chunk()?;
        let mut before_us = None;
        if u32::from_le_bytes(*version) == SHORT {
            let (start_us, rest) = rows.split_first_chunk()?;
            (before_us, rows) = (Some(i64::from_le_bytes(*start_us)), rest);
        } else if u32::from_le_bytes(*version) != VERSION {
            return None;
        }
        let row_len = if before_us.is_some() { SHORT_ROW_LEN } else { ROW_LEN };
        // No larger than it is: an export holds the tables of all segments.
        let mut samples = Vec::with_capacity(rows.len() / row_len);
        for row in rows.chunks(row_len) {
            let sample = match before_us {
                None => read_sample(row)?,
                Some(before_us) => read_short(row, before_us)?,
            };
            before_us = before_us.map(|_| sample.decode_us);
            samples.push(sample);
        }
        Some(Self { samples, end_us: i64::from_le_bytes(*end_us) })
    }
}

fn size_and_key(sample: &Sample) -> u32 {
    sample.size | if sample.key { KEY } else { 0 }
}

fn read_sample(row: &[u8]) -> Option<Sample> {
    let (decode_us, row) = row.split_first_chunk()?;
    let (composition_offset_us, size) = row.split_first_chunk()?;
    sample(i64::from_le_bytes(*decode_us), i32::from_le_bytes(*composition_offset_us), size)
}

/// The sample of a short row, and the decode time of the one before it in microseconds.
fn read_short(row: &[u8], before_us: i64) -> Option<Sample> {
    let (step_us, size) = row.split_first_chunk()?;
    sample(before_us.checked_add(i64::from(u32::from_le_bytes(*step_us)))?, 0, size)
}

fn sample(decode_us: i64, composition_offset_us: i32, size: &[u8]) -> Option<Sample> {
    let size = u32::from_le_bytes(size.try_into().ok()?);
    Some(Sample { decode_us, composition_offset_us, size: size & !KEY, key: size & KEY != 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        fn tables()(
            start_us in 0..LATEST_US / 2,
            rows in proptest::collection::vec((1..43_200_000_000_i64, any::<i32>(), 0..KEY, any::<bool>()), 1..200),
            last_us in 1..1_000_000_i64,
        ) -> SampleTable {
            let mut decode_us = start_us;
            let samples: Vec<Sample> = rows.into_iter().map(|(step_us, composition_offset_us, size, key)| {
                let sample = Sample { decode_us, composition_offset_us, size, key };
                decode_us += step_us;
                sample
            }).collect();
            let end_us = samples[samples.len() - 1].decode_us + last_us;
            SampleTable { samples, end_us }
        }
    }

    #[test]
    fn what_is_put_before_the_first_sample_makes_that_larger() {
        let sample = |n: i64| Sample { decode_us: n * 100, composition_offset_us: 0, size: 10, key: n == 0 };
        let mut table = SampleTable::new(sample(0), 100);
        table.push(sample(1), 200);
        table.prepend(7);
        assert_eq!(table.samples().iter().map(|sample| sample.size).collect::<Vec<_>>(), [17, 10]);
    }

    #[test]
    fn a_clip_begins_with_a_key_frame_and_ends_on_time() {
        let sample = |n: i64| Sample { decode_us: n * 100, composition_offset_us: 0, size: 10, key: n % 4 == 0 };
        let mut table = SampleTable::new(sample(0), 100);
        (1..10).for_each(|n| table.push(sample(n), (n + 1) * 100));
        for (from_us, to_us, samples, bytes) in [
            (0, 1000, 0..10, 0..100),
            (-5, 5000, 0..10, 0..100),
            (399, 1000, 0..10, 0..100),
            (400, 1000, 4..10, 40..100),
            (799, 801, 4..9, 40..90),
            (900, 900, 8..9, 80..90),
            (0, 1, 0..1, 0..10),
        ] {
            let (clip, range) = table.clip(from_us, to_us);
            assert_eq!(clip.samples(), samples.map(sample).collect::<Vec<_>>(), "{from_us} to {to_us}");
            assert_eq!((range, clip.end_us()), (bytes, to_us.min(1000)));
        }
    }

    // Differences between such times had no place in 64 bits: an export failed, or gave a film of nonsense.
    #[test]
    fn a_time_that_no_recording_reaches_is_damage() {
        let table = |decode_us, end_us| {
            SampleTable::new(Sample { decode_us, composition_offset_us: 0, size: 1, key: true }, end_us)
        };
        for (start_us, end_us) in [(0, 1), (0, LATEST_US), (LATEST_US - 1, LATEST_US)] {
            let table = table(start_us, end_us);
            assert_eq!(SampleTable::unpack(&table.pack()), Ok(table));
        }
        for (start_us, end_us) in [(-1, 1), (i64::MIN, 0), (0, LATEST_US + 1), (i64::MAX - 1, i64::MAX)] {
            let error = SampleTable::unpack(&table(start_us, end_us).pack()).unwrap_err();
            assert_eq!(error.code(), "storage", "{start_us} to {end_us}");
        }
    }

    proptest! {
        #[test]
        fn what_was_packed_is_read_back(table in tables()) {
            prop_assert_eq!(SampleTable::unpack(&table.pack()), Ok(table.clone()));
            prop_assert_eq!(SampleTable::unpack(&table.pack_short()), Ok(table));
        }

        #[test]
        fn what_was_packed_short_is_read_back(mut table in tables(), longest_us in 1_000_000..8_000_000_000_i64) {
            let first_us = table.start_us();
            let mut time_us = first_us;
            for sample in &mut table.samples {
                let step_us = (sample.decode_us - first_us) % longest_us + 1;
                *sample = Sample { decode_us: time_us, composition_offset_us: 0, ..*sample };
                time_us += step_us;
            }
            table.end_us = time_us;
            let packed = table.pack_short();
            let is_short = longest_us < 1 << 32 || packed.len() < HEADER_LEN + ROW_LEN * table.samples.len();
            prop_assert!(!is_short || packed.len() == HEADER_LEN + 8 + SHORT_ROW_LEN * table.samples.len());
            prop_assert_eq!(SampleTable::unpack(&packed), Ok(table));
        }

        #[test]
        fn damage_is_an_error_or_a_table_but_never_a_crash(
            table in tables(), at in any::<prop::sample::Index>(), byte in any::<u8>()
        ) {
            let mut packed = table.pack();
            let at = at.index(packed.len());
            packed[at] = byte;
            let _ = SampleTable::unpack(&packed);
            let mut short = table.pack_short();
            let at_short = at.min(short.len() - 1);
            short[at_short] = byte;
            let _ = SampleTable::unpack(&short);
            prop_assert!(SampleTable::unpack(&packed[..at]).is_err() || (at - HEADER_LEN).is_multiple_of(ROW_LEN));
        }
    }
}
