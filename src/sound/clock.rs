//! When a block of sound was heard.
//!
//! Samples are counted: their rate is exact, but runs at the device's own pace. The time of arrival has the right pace, but blocks
//! come late, never early. So the least lateness of the last seconds holds the count to the wall.

use super::Block;
use crate::time::Wall;
use std::collections::VecDeque;

/// Arrivals are looked at in spans of this length, in microseconds, each with its least lateness.
const SPAN_US: i64 = 500_000;
/// How many of the latest spans count: a device that is off by 100 parts in a million is off by 0.5 ms in them.
const SPANS: usize = 10;
/// A block that is later than this, in microseconds, follows a hole: samples were lost, or nothing was sent.
const HOLE_US: i64 = 100_000;

/// Finds when each block of a track was heard.
#[derive(Debug, Default)]
pub struct SoundClock {
    /// How much sound has come since the last hole, in microseconds.
    counted_us: i64,
    /// What a sample's length leaves of a microsecond, in millionths of samples.
    rest: i64,
    /// The least lateness of each span, and when the span began, oldest first.
    spans: VecDeque<(Wall, i64)>,
}

impl SoundClock {
    /// Takes a block that has arrived at this time. Gives when it began, as far as is known by now.
    pub fn take(&mut self, block: &Block, arrival: Wall) -> Wall {
        let scaled = block.len() as i64 * 1_000_000 + self.rest;
        let rate = i64::from(block.rate.max(1));
        let start_us = self.counted_us;
        let late_us = |counted_us: i64| arrival.us() - counted_us;
        if self.least_us().is_some_and(|least_us| late_us(start_us + scaled / rate) - least_us > HOLE_US) {
            *self = Self::default();
            return self.take(block, arrival);
        }
        self.counted_us += scaled / rate;
        self.rest = scaled % rate;
        let late_us = late_us(self.counted_us);
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

    /// Blocks of 10 ms that arrive at these times, in milliseconds; gives when each was heard.
    fn heard(arrivals_ms: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let block = Block { channels: vec![vec![0.0; 480]], rate: 48_000 };
        let mut clock = SoundClock::default();
        let at = |ms: i64| clock.take(&block, Wall::from_us(ms * 1000)).us() / 1000;
        arrivals_ms.into_iter().map(at).collect()
    }

    // A busy worker reads ten blocks at once.
    #[test]
    fn blocks_that_arrive_late_were_heard_one_after_another() {
        let late = heard((0..100).map(|n| 10 + if n % 20 < 10 { (n + 10) / 10 * 10 * 10 } else { n * 10 }));
        assert_eq!(late[20..], (20..100).map(|n| n * 10).collect::<Vec<_>>());
    }

    #[test]
    fn after_a_hole_it_begins_anew() {
        let times = (0..50).chain(80..100).map(|n| n * 10 + 10);
        assert_eq!(heard(times), (0..50).chain(80..100).map(|n| n * 10).collect::<Vec<_>>());
    }

    #[test]
    fn a_device_at_another_pace_is_followed() {
        // 100 parts in a million: 36 ms in six minutes.
        for pace in [-1, 1] {
            let block = Block { channels: vec![vec![0.0; 441]], rate: 44_100 };
            let mut clock = SoundClock::default();
            for n in 1..=36_000_i64 {
                let arrival = n * (10_000 + pace);
                let off_us = clock.take(&block, Wall::from_us(arrival)).us() - (arrival - 10_000);
                assert!(off_us.abs() <= 1_000, "{n}: {off_us}");
            }
        }
    }

    #[test]
    fn a_sample_is_no_whole_number_of_microseconds() {
        let block = Block { channels: vec![vec![0.0; 128]], rate: 48_000 };
        let mut clock = SoundClock::default();
        let last = (1..=3_750).map(|n| clock.take(&block, Wall::from_us(n * 128_000 / 48))).last();
        let off_us = last.unwrap().us() - 3_749 * 128_000 / 48;
        assert!(off_us.abs() <= 1, "{off_us}");
    }
}
