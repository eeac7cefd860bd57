//! When the samples of received packets were sent, by their RTP timestamps (RFC 3550, § 5.1).
//!
//! RTP time is exact from packet to packet, but it is not the wall: a sender whose track is taken away for two seconds counts on as if
//! nothing had been. So a lateness that stays is a hole, and one that passes is the network.

use super::Block;
use crate::time::Wall;

/// The clock of Opus: 48,000 a second whatever is encoded (RFC 7587, § 4.1).
const RATE: i64 = 48_000;
/// A packet that is later than the least late by more than this, in microseconds, may follow a hole that RTP does not show.
const LATE_US: i64 = 100_000;
/// For how long all packets have to be so late, in microseconds: what was delayed by the network comes in a burst.
const STAYS_US: i64 = 300_000;
/// A step of RTP that is longer than this, in microseconds, or goes back, is one to another counter.
const LONGEST_US: i64 = 60_000_000;
/// One that goes back by no more than this, in microseconds, is a packet that others have overtaken.
const LATEST_US: i64 = 2_000_000;
/// Up to here, in microseconds, what is missing is filled with silence: a clock that goes by timestamps overlooks it.
const FILLED_US: i64 = 60_000;

/// Gives packets timestamps that show what is missing between them.
#[derive(Debug, Default)]
pub struct PacketClock {
    last: Option<Last>,
    /// The least lateness, in microseconds.
    least_us: i64,
    /// Since when all have been late, and the least lateness since.
    late: Option<(Wall, i64)>,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    rtp: u32,
    /// Its timestamp, in microseconds.
    at_us: i64,
    /// Where its samples end.
    end_us: i64,
}

impl PacketClock {
    /// Sets the timestamp of the samples of the packet that came next. Gives the silence that comes before them, if some is missing, and
    /// them; neither of a packet that comes after one that was sent later.
    pub fn stamp(&mut self, mut block: Block, rtp: u32, arrived: Wall) -> [Option<Block>; 2] {
        let length_us = block.length_us();
        let step_us = self.last.map(|last| i64::from(rtp.wrapping_sub(last.rtp) as i32) * 1_000_000 / RATE);
        if step_us.is_some_and(|step_us| (-LATEST_US..=0).contains(&step_us)) {
            return [None, None];
        }
        let at_us = match self.last.zip(step_us) {
            Some((last, step_us)) if (0..LONGEST_US).contains(&step_us) => {
                last.at_us + step_us + self.hole_us(arrived, last.at_us + step_us)
            }
            // Another counter: only the time of arrival is known.
            _ => {
                let at_us = self.last.map_or(0, |last| last.end_us.max(arrived.us() - self.least_us));
                (self.least_us, self.late) = (arrived.us() - at_us, None);
                at_us
            }
        };
        let missing_us = self.last.map_or(0, |last| at_us - last.end_us);
        self.last = Some(Last { rtp, at_us, end_us: at_us + length_us });
        self.least_us = self.least_us.min(arrived.us() - at_us);
        block.timestamp_us = at_us;
        let is_filled = (1..=FILLED_US).contains(&missing_us);
        let samples = (missing_us * i64::from(block.rate) / 1_000_000) as usize;
        let silence = is_filled.then(|| Block {
            channels: vec![vec![0.0; samples]; block.channels.len()],
            rate: block.rate,
            timestamp_us: at_us - missing_us,
            packet: block.packet.is_some().then(Vec::new),
        });
        [silence, Some(block)]
    }

    /// How long a hole is before a packet with this timestamp that RTP does not show.
    fn hole_us(&mut self, arrived: Wall, at_us: i64) -> i64 {
        let late_us = arrived.us() - at_us;
        if late_us - self.least_us <= LATE_US {
            self.late = None;
            return 0;
        }
        let (since, least_us) = *self.late.get_or_insert((arrived, late_us));
        let least_us = least_us.min(late_us);
        self.late = Some((since, least_us));
        if arrived.saturating_since(since) < STAYS_US {
            return 0;
        }
        self.late = None;
        least_us - self.least_us
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packets of 20 ms with these RTP times that arrive at these times, in milliseconds; gives their timestamps and the silence before.
    fn stamped(packets_ms: impl IntoIterator<Item = (i64, i64)>) -> Vec<(i64, i64)> {
        let mut clock = PacketClock::default();
        let stamp = |(rtp_ms, arrived_ms): (i64, i64)| {
            let block = Block { channels: vec![vec![0.5; 960]], rate: 48_000, timestamp_us: 0, packet: None };
            let rtp = (0xffff_f000_u32).wrapping_add((rtp_ms * 48) as u32);
            let [silence, block] = clock.stamp(block, rtp, Wall::from_us(1_000_000 + arrived_ms * 1000));
            block.map(|block| (block.timestamp_us / 1000, silence.map_or(0, |silence| silence.length_us() / 1000)))
        };
        packets_ms.into_iter().filter_map(stamp).collect()
    }

    fn at(times_ms: impl IntoIterator<Item = i64>) -> Vec<(i64, i64)> {
        times_ms.into_iter().map(|ms| (ms, 0)).collect()
    }

    #[test]
    fn timestamps_are_those_of_rtp_whenever_packets_come() {
        let jitter = |n: i64| n * 20 + (n * 37) % 90;
        assert_eq!(stamped((0..500).map(|n| (n * 20, jitter(n)))), at((0..500).map(|n| n * 20)));
    }

    // Twenty milliseconds that were lost made all that followed early.
    #[test]
    fn a_packet_that_is_lost_is_silence() {
        let times = stamped((0..50).filter(|n| *n != 20).map(|n| (n * 20, n * 20)));
        assert_eq!(times[19..22], [(380, 0), (420, 20), (440, 0)]);
        // What is longer shows in the timestamps.
        let times = stamped((0..5).chain(25..30).map(|n| (n * 20, n * 20)));
        assert_eq!(times[4..6], [(80, 0), (500, 0)]);
    }

    // It was taken for another counter, and what followed was late from then on.
    #[test]
    fn a_packet_that_others_have_overtaken_is_silence() {
        let order = [0, 1, 3, 2, 4, 5, 5, 6];
        let times = stamped((0..).zip(order).map(|(came, n)| (n * 20, came * 20)));
        assert_eq!(times, [(0, 0), (20, 0), (60, 20), (80, 0), (100, 0), (120, 0)]);
    }

    #[test]
    fn what_the_network_delays_is_where_it_was() {
        // 400 ms come in a burst.
        let times = (0..100).map(|n| (n * 20, if (40..60).contains(&n) { 1200 } else { n * 20 }));
        assert_eq!(stamped(times), at((0..100).map(|n| n * 20)));
    }

    // A sender whose track was taken away counted on by 60 ms in two seconds: what it sent then was heard two seconds early.
    #[test]
    fn a_hole_that_rtp_does_not_show_is_one() {
        let times = stamped((0..100).map(|n| if n < 50 { (n * 20, n * 20) } else { (n * 20 + 60, n * 20 + 2100) }));
        assert_eq!(times[49], (980, 0));
        let shifted = times[50..].iter().position(|(at, _)| *at >= 3000).unwrap();
        assert!((14..=17).contains(&shifted), "{shifted}");
        assert_eq!(times[99], (99 * 20 + 2100, 0));
    }

    #[test]
    fn another_counter_continues_at_the_time_of_arrival() {
        let times = stamped((0..20).map(|n| (if n < 10 { n * 20 } else { n * 20 - 5_000_000 }, n * 20)));
        assert_eq!(times, at((0..20).map(|n| n * 20)));
    }
}
