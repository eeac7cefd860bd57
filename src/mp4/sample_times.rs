use super::TIMESCALE;
use crate::reel::SampleTable;

/// The longest time from a sample to the next, in ticks: 13 hours. 32 bits hold a few minutes more, and the highest of them are
/// negative numbers to some readers, such as ffmpeg.
const LONGEST: i64 = 13 * 3600 * TIMESCALE as i64;

/// The times of a track's samples, as `stts` and `ctts` tell them.
pub(super) struct SampleTimes {
    /// Time to the next sample, in runs of equal ones (ISO/IEC 14496-12, § 8.6.1.2): how many, and the time in ticks.
    pub(super) stts: Vec<u32>,
    /// Composition offsets, in runs of equal ones (§ 8.6.1.3); empty if all are 0. They are signed.
    pub(super) ctts: Vec<u32>,
    /// The track's length in ticks.
    pub(super) duration: u64,
}

impl SampleTimes {
    /// From the tables of the track's segments, with the time that becomes 0, in microseconds.
    ///
    /// Every time is converted by itself and the differences are taken afterwards, so that rounding never adds up.
    pub(super) fn new<'a>(start_us: i64, tables: impl Iterator<Item = &'a SampleTable> + Clone) -> Self {
        let ticks = |time_us: i64| ticks(time_us - start_us);
        let end = tables.clone().last().map_or(0, |table| ticks(table.end_us()));
        let samples = || tables.clone().flat_map(|table| table.samples());
        let starts = samples().map(|sample| ticks(sample.decode_us));
        let next = starts.clone().skip(1).chain([end]);

        let (mut stts, mut ctts) = (Vec::new(), Vec::new());
        let mut duration = 0;
        for (start, next) in starts.zip(next) {
            // Two samples may not share a decode time, nor the last have none.
            let delta = (next - start).clamp(1, LONGEST) as u32;
            duration += u64::from(delta);
            put_in_run(&mut stts, delta);
        }
        if samples().any(|sample| sample.composition_offset_us != 0) {
            for sample in samples() {
                let shown_us = sample.decode_us + i64::from(sample.composition_offset_us);
                put_in_run(&mut ctts, (ticks(shown_us) - ticks(sample.decode_us)) as u32);
            }
        }
        Self { stts, ctts, duration }
    }
}

/// Adds a number to runs of equal ones, each as how many there are and the number.
fn put_in_run(runs: &mut Vec<u32>, number: u32) {
    match runs.as_mut_slice() {
        [.., count, last] if *last == number => *count += 1,
        _ => runs.extend([1, number]),
    }
}

/// Microseconds as ticks, 9 for every 100, rounded to the nearest.
pub(super) fn ticks(time_us: i64) -> i64 {
    // In two parts, which no length overflows; 128 bits would be half a kB to download.
    time_us.div_euclid(100) * 9 + (time_us.rem_euclid(100) * 9 + 50) / 100
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reel::Sample;
    use proptest::prelude::*;

    // A picture that was held for 13 hours and 20 minutes was shown for four minutes: the rest had no place in 32 bits.
    #[test]
    fn a_picture_is_shown_for_as_long_as_32_bits_hold() {
        const HOUR_US: i64 = 3_600_000_000;
        let sample = |decode_us| Sample { decode_us, composition_offset_us: 0, size: 1, key: true };
        let mut table = SampleTable::new(sample(0), HOUR_US);
        table.push(sample(12 * HOUR_US), 13 * HOUR_US);
        table.push(sample(26 * HOUR_US), 100 * HOUR_US);
        let times = SampleTimes::new(0, [&table].into_iter());
        assert_eq!(times.stts, [1, 12 * 3600 * TIMESCALE, 2, 13 * 3600 * TIMESCALE]);
        assert_eq!(times.duration, 38 * 3600 * u64::from(TIMESCALE));
    }

    proptest! {
        #[test]
        fn any_time_has_its_tick(time_us in i64::MIN..=i64::MAX) {
            let exact = (i128::from(time_us) * i128::from(TIMESCALE) + 500_000).div_euclid(1_000_000);
            prop_assert_eq!(i128::from(ticks(time_us)), exact);
        }
    }
}
