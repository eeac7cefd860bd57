use super::Sample;
use crate::{Error, Result};

/// The samples of a segment, and when the last of them ends.
///
/// Packed, it is little-endian: version (`u32`, 1), start and end in microseconds (`i64` each), then 12 bytes a sample: decode
/// time after the start in microseconds (`u32`), composition offset in microseconds (`i32`), size in bytes (`u32`; its highest bit marks a key frame).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleTable {
    samples: Vec<Sample>,
    end_us: i64,
}

const VERSION: u32 = 1;
const HEADER_LEN: usize = 20;
const ROW_LEN: usize = 12;
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

    /// The samples, in decode order; never empty.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// When the first sample is decoded, in microseconds.
    pub fn start_us(&self) -> i64 {
        self.samples[0].decode_us
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
        let start_us = self.start_us();
        let mut packed = Vec::with_capacity(HEADER_LEN + ROW_LEN * self.samples.len());
        packed.extend(VERSION.to_le_bytes());
        packed.extend(start_us.to_le_bytes());
        packed.extend(self.end_us.to_le_bytes());
        for sample in &self.samples {
            packed.extend(((sample.decode_us - start_us) as u32).to_le_bytes());
            packed.extend(sample.composition_offset_us.to_le_bytes());
            packed.extend((sample.size | if sample.key { KEY } else { 0 }).to_le_bytes());
        }
        packed
    }

    /// Reads back what [`pack`](Self::pack) wrote.
    ///
    /// # Errors
    /// [`Error::Storage`] if it was not written by `pack`, or is damaged.
    pub fn unpack(packed: &[u8]) -> Result<Self> {
        let damaged = || Error::Storage { reason: "a sample table is damaged".into() };
        let (header, rows) = packed.split_at_checked(HEADER_LEN).ok_or_else(damaged)?;
        if header[..4] != VERSION.to_le_bytes() || rows.is_empty() || !rows.len().is_multiple_of(ROW_LEN) {
            return Err(damaged());
        }
        let start_us = i64::from_le_bytes(header[4..12].try_into().map_err(|_| damaged())?);
        let end_us = i64::from_le_bytes(header[12..20].try_into().map_err(|_| damaged())?);
        let samples: Vec<Sample> = rows.chunks_exact(ROW_LEN).map(|row| sample(row, start_us)).collect();
        let rising = samples.windows(2).all(|pair| pair[0].decode_us < pair[1].decode_us);
        let ends = samples.last().is_some_and(|last| last.decode_us < end_us);
        if !rising || !ends || samples[0].decode_us != start_us {
            return Err(damaged());
        }
        Ok(Self { samples, end_us })
    }
}

fn sample(row: &[u8], start_us: i64) -> Sample {
    let field = |at: usize| u32::from_le_bytes([row[at], row[at + 1], row[at + 2], row[at + 3]]);
    Sample {
        decode_us: start_us.saturating_add(i64::from(field(0))),
        composition_offset_us: field(4) as i32,
        size: field(8) & !KEY,
        key: field(8) & KEY != 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        fn tables()(
            start_us in 0..i64::MAX / 2,
            rows in proptest::collection::vec((1..1_000_000_i64, any::<i32>(), 0..KEY, any::<bool>()), 1..200),
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

    proptest! {
        #[test]
        fn what_was_packed_is_read_back(table in tables()) {
            prop_assert_eq!(SampleTable::unpack(&table.pack()), Ok(table));
        }

        #[test]
        fn damage_is_an_error_or_a_table_but_never_a_crash(table in tables(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut packed = table.pack();
            let at = at.index(packed.len());
            packed[at] = byte;
            let _ = SampleTable::unpack(&packed);
            prop_assert!(SampleTable::unpack(&packed[..at]).is_err() || (at - HEADER_LEN).is_multiple_of(ROW_LEN));
        }
    }
}
