//! When a block of sound was heard.
//!
//! Samples are counted: their rate is exact, but runs at the device's own pace. The time of arrival has the right pace, but blocks
//! come late, never early. So the least lateness of the last seconds holds the count to the wall. What is missing between two blocks
//! is seen in their timestamps: a worker that was busy takes many at once, and nothing is missing.

use super::Block;
use crate::time::Wall;
use std::collections::VecDeque;

/// Arrivals are looked at in spans of this length, in microseconds, each with its least lateness.
const SPAN_US: i64 = 500_000;
/// How many of the latest spans count: a device that is off by 100 parts in a million is off by 0.5 ms in them.
const SPANS: usize = 10;
/// A timestamp that is farther than this from where the block before ends, in microseconds, is that of a hole, or of another clock.
const HOLE_US: i64 = 50_000;
/// A block that is later than the others by more than this, in microseconds, though it follows them, has another clock: the longest that a
/// worker is busy.
const LATEST_US: i64 = 10_000_000;

/// Finds when each block of a track was heard.
#[derive(Debug, Default)]
pub struct SoundClock {
    /// How much sound has come since the last hole, in microseconds.
    counted_us: i64,
    /// What a sample's length leaves of a microsecond, in millionths of samples.
    rest: i64,
    /// The timestamp at which the block before ended.
    ended_us: Option<i64>,
    /// The least lateness of each span, and when the span began, oldest first.
    spans: VecDeque<(Wall, i64)>,
}

impl SoundClock {
    /// Takes a block that has arrived at this time. Gives when it began, as far as is known by now.
    pub fn take(&mut self, block: &Block, arrival: Wall) -> Wall {
        let scaled = block.len() as i64 * 1_000_000 + self.rest;
        let rate = i64::from(block.rate.max(1));
        let missing_us = self.ended_us.map_or(0, |ended_us| block.timestamp_us.saturating_sub(ended_us));
        if missing_us < -HOLE_US {
            *self = Self::default();
        } else if missing_us > HOLE_US {
            self.counted_us = self.counted_us.saturating_add(missing_us);
        }
        let start_us = self.counted_us;
        let late_us = arrival.us().saturating_sub(start_us.saturating_add(scaled / rate));
        let is_other = |least_us: i64| !(-HOLE_US..LATEST_US).contains(&(late_us - least_us));
        if self.least_us().is_some_and(is_other) {
            *self = Self::default();
            return self.take(block, arrival);
        }
        self.counted_us = start_us + scaled / rate;
        self.rest = scaled % rate;
        self.ended_us = Some(block.timestamp_us.saturating_add(scaled / rate));
        match self.spans.back_mut() {
            Some((begun, least_us)) if arrival - *begun < SPAN_US => *least_us = late_us.min(*least_us),
            _ => self.spans.push_back((arrival, late_us)),
        }
        if self.spans.len() > SPANS {
            self.spans.pop_front();
        }
        Wall::from_us(start_us + self.least_us().unwrap_or(late_us))
    }

    fn least_us(&self) -> Option<i64> {
        self.spans.iter().map(|&(_, late_us)| late_us).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks of 10 ms with these timestamps, that arrive at these times, in milliseconds; gives when each was heard.
    fn heard(blocks_ms: impl IntoIterator<Item = (i64, i64)>) -> Vec<i64> {
        let mut clock = SoundClock::default();
        let at = |(timestamp_ms, arrival_ms): (i64, i64)| {
            let block =
                Block { channels: vec![vec![0.0; 480]], rate: 48_000, timestamp_us: timestamp_ms * 1000, packet: None };
            clock.take(&block, Wall::from_us(arrival_ms * 1000)).us() / 1000
        };
        blocks_ms.into_iter().map(at).collect()
    }

    // A busy worker reads a hundred blocks at once: most of what was said meanwhile was dropped.
    #[test]
    fn blocks_that_arrive_late_were_heard_one_after_another() {
        for busy in [10, 30, 100] {
            let arrival = |n: i64| 10 + if n % (2 * busy) < busy { n * 10 } else { (n + busy) / busy * busy * 10 };
            let late = heard((0..1000).map(|n| (7_000 + n * 10, arrival(n))));
            assert_eq!(late, (0..1000).map(|n| n * 10).collect::<Vec<_>>(), "{busy}");
        }
    }

    #[test]
    fn a_hole_has_the_length_of_its_timestamps() {
        // The blocks behind it come in a burst.
        let times = (0..50).chain(80..100).map(|n| (n * 10, if n < 50 { n * 10 + 10 } else { 1_010.max(n * 10 + 10) }));
        assert_eq!(heard(times), (0..50).chain(80..100).map(|n| n * 10).collect::<Vec<_>>());
    }

    // A track took the place of another, whose clock began elsewhere.
    #[test]
    fn another_clock_restarts() {
        for jump_ms in [-1_000_000, -300, 1_000_000] {
            let times = (0..100).map(|n| (n * 10 + if n < 50 { 0 } else { jump_ms }, n * 10 + 10));
            assert_eq!(heard(times), (0..100).map(|n| n * 10).collect::<Vec<_>>(), "{jump_ms}");
        }
    }

    #[test]
    fn a_device_at_another_pace_is_followed() {
        // 100 parts in a million: 36 ms in six minutes.
        for pace in [-1, 1] {
            let block =
                |n: i64| Block { channels: vec![vec![0.0; 441]], rate: 44_100, timestamp_us: n * 10_000, packet: None };
            let mut clock = SoundClock::default();
            for n in 1..=36_000_i64 {
                let arrival = n * (10_000 + pace);
                let off_us = clock.take(&block(n), Wall::from_us(arrival)).us() - (arrival - 10_000);
                assert!(off_us.abs() <= 1_000, "{n}: {off_us}");
            }
        }
    }

    #[test]
    fn a_sample_is_no_whole_number_of_microseconds() {
        let block = |n: i64| Block {
            channels: vec![vec![0.0; 128]],
            rate: 48_000,
            timestamp_us: n * 128_000 / 48,
            packet: None,
        };
        let mut clock = SoundClock::default();
        let last = (1..=3_750).map(|n| clock.take(&block(n), Wall::from_us(n * 128_000 / 48))).last();
        let off_us = last.unwrap().us() - 3_749 * 128_000 / 48;
        assert!(off_us.abs() <= 1, "{off_us}");
    }
}
