use super::TIMESCALE;
use crate::reel::SampleTable;

/// The longest time from a sample to the next, in ticks: 13 hours of pictures. 32 bits hold a few minutes more, and the highest of them are
/// negative numbers to some readers, such as ffmpeg.
const LONGEST: i64 = 13 * 3600 * TIMESCALE as i64;

/// The times of a track's samples, as `stts` and `ctts` have them.
pub(super) struct SampleTimes {
    /// Time to the next sample, in runs of equal ones (ISO/IEC 14496-12, § 8.6.1.2): how many, and the time in ticks.
    pub(super) stts: Vec<u32>,
    /// Composition offsets, in runs of equal ones (§ 8.6.1.3); empty if all are 0. They are signed.
    pub(super) ctts: Vec<u32>,
    /// Ticks a second.
    pub(super) timescale: u32,
    /// The track's length in ticks.
    pub(super) duration: u64,
}

impl SampleTimes {
    /// From the tables of the track's segments, with the time that becomes 0, in microseconds, and the ticks a second.
    ///
    /// Every time is converted by itself and the differences are taken afterwards, so that rounding never adds up. It is counted
    /// from the track's first sample: whole numbers of ticks stay whole.
    pub(super) fn new<'a>(
        start_us: i64,
        timescale: u32,
        tables: impl Iterator<Item = &'a SampleTable> + Clone,
    ) -> Self {
        let first_us = tables.clone().next().map_or(0, SampleTable::start_us);
        // Without an edit list the first sample is at 0, also if another track begins earlier: it is longer instead.
        let mut lead = ticks(first_us - start_us, timescale);
        let ticks = |time_us: i64| ticks(time_us - first_us, timescale);
        let end = tables.clone().last().map_or(0, |table| ticks(table.end_us()));
        let samples = || tables.clone().flat_map(crate::reel::SampleTable::samples);
        let starts = samples().map(|sample| ticks(sample.decode_us));
        let next = starts.clone().skip(1).chain([end]);

        let (mut stts, mut ctts) = (Vec::new(), Vec::new());
        let mut duration = 0;
        for (start, next) in starts.zip(next) {
            // Two samples may not share a decode time, nor the last have none.
            let delta = (next - start + std::mem::take(&mut lead)).clamp(1, LONGEST) as u32;
            duration += u64::from(delta);
            put_in_run(&mut stts, delta);
        }
        if samples().any(|sample| sample.composition_offset_us != 0) {
            for sample in samples() {
                let shown_us = sample.decode_us + i64::from(sample.composition_offset_us);
                put_in_run(&mut ctts, (ticks(shown_us) - ticks(sample.decode_us)) as u32);
            }
        }
        Self { stts, ctts, timescale, duration }
    }

    /// The track's length in ticks of the movie, rounded to the nearest.
    pub(super) fn movie_duration(&self) -> u64 {
        let (own, movie) = (u64::from(self.timescale), u64::from(TIMESCALE));
        self.duration / own * movie + (self.duration % own * movie + own / 2) / own
    }
}

/// Adds a number to runs of equal ones, each as how many there are and the number.
fn put_in_run(runs: &mut Vec<u32>, number: u32) {
    match runs.as_mut_slice() {
        [.., count, last] if *last == number => *count += 1,
        _ => runs.extend([1, number]),
    }
}

/// Microseconds as ticks, this many a second, rounded to the nearest.
pub(super) fn ticks(time_us: i64, timescale: u32) -> i64 {
    // In two parts, which no length overflows; 128 bits would be half a kB to download.
    let timescale = i64::from(timescale);
    time_us.div_euclid(1_000_000) * timescale + (time_us.rem_euclid(1_000_000) * timescale + 500_000) / 1_000_000
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
        let times = SampleTimes::new(0, TIMESCALE, [&table].into_iter());
        assert_eq!(times.stts, [1, 12 * 3600 * TIMESCALE, 2, 13 * 3600 * TIMESCALE]);
        assert_eq!(times.duration, 38 * 3600 * u64::from(TIMESCALE));
    }

    /// Packets of this many samples at this rate, in two tables; times are rounded to microseconds as the reel keeps them.
    fn packets(start_us: i64, samples: i64, rate: i64, count: i64) -> [SampleTable; 2] {
        let at_us = |n: i64| start_us + (n * samples * 1_000_000 + rate / 2) / rate;
        let sample = |n: i64| Sample { decode_us: at_us(n), composition_offset_us: 0, size: 1, key: true };
        [0..count / 2, count / 2..count].map(|mut packets| {
            let first = packets.next().unwrap();
            let mut table = SampleTable::new(sample(first), at_us(first + 1));
            packets.for_each(|n| table.push(sample(n), at_us(n + 1)));
            table
        })
    }

    // 1,024 samples are 21,333.33 µs at 48,000 Hz, and are stored as a whole number of them.
    #[test]
    fn packets_come_back_as_whole_numbers_of_samples() {
        for (samples, rate) in [(960, 48_000), (1024, 48_000), (1024, 44_100), (1024, 192_000)] {
            for start_us in [0, 7, 1_234_567] {
                let tables = packets(start_us, samples, rate, 1_000_000);
                let times = SampleTimes::new(start_us, rate as u32, tables.iter());
                assert_eq!(times.stts, [1_000_000, samples as u32], "{rate}");
                assert_eq!(times.duration, 1_000_000 * samples as u64);
            }
        }
    }

    #[test]
    fn the_first_sample_is_longer_if_another_track_begins_earlier() {
        let tables = packets(15_000, 960, 48_000, 4);
        let times = SampleTimes::new(0, 48_000, tables.iter());
        assert_eq!(times.stts, [1, 960 + 720, 3, 960]);
        assert_eq!((times.duration, times.movie_duration()), (4560, 8550));
    }

    proptest! {
        #[test]
        fn any_time_has_its_tick(time_us in i64::MIN..=i64::MAX, timescale in 1..=192_000_u32) {
            let exact = (i128::from(time_us) * i128::from(timescale) + 500_000).div_euclid(1_000_000);
            prop_assert_eq!(i128::from(ticks(time_us, timescale)), exact);
        }
    }
}
