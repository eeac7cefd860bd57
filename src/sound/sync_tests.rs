//! Whether sound stays with the wall, for long and through cuts.

use super::{Block, SoundClock, Splicer};
use crate::time::Wall;

/// Low, so that an hour is soon over; nothing depends on it.
const RATE: u32 = 4_000;
const PACKET: usize = 80;
/// Samples of a block of 10 ms.
const BLOCK: usize = 40;

/// A device whose clock is off by this many parts in a million. Each second of the wall it gives one block of loud samples; blocks
/// arrive up to 30 ms late. Where a block is heard in the file, `at` gives by its wall time: none if it is cut.
struct Device {
    pace_ppm: i64,
}

impl Device {
    /// Plays for this many seconds. Gives how far each loud block is from where it should be, in microseconds.
    fn play(&self, seconds: i64, at: impl Fn(i64) -> Option<i64>) -> Vec<i64> {
        let (mut clock, mut splicer) = (SoundClock::default(), Splicer::new(RATE, 1, PACKET, 0));
        let (mut loud, mut samples, mut expected) = (Vec::new(), 0_i64, Vec::new());
        let mut was_loud = false;
        let (mut second, mut end_us) = (1, 0);
        for n in 0..seconds * 100 {
            // In a microsecond it counts a little more or less than one.
            let start_us = n * 10_000 - n * self.pace_ppm / 100;
            let is_loud = start_us >= second * 1_000_000;
            if is_loud {
                second = start_us / 1_000_000 + 1;
            }
            let block = Block {
                channels: vec![vec![if is_loud { 0.9 } else { 0.0 }; BLOCK]],
                rate: RATE,
                timestamp_us: n * 10_000,
                packet: None,
            };
            let lateness_us = (n * 7_919 % 31) * 1_000;
            let heard = clock.take(&block, Wall::from_us(start_us + 10_000 + lateness_us));
            let Some(media_us) = at(heard.us()) else { continue };
            if is_loud && let Some(right_us) = at(start_us) {
                expected.push(right_us);
            }
            splicer.put(block, media_us);
            end_us = media_us + 10_000;
            collect(&mut splicer, &mut samples, &mut was_loud, &mut loud);
        }
        splicer.finish(end_us);
        collect(&mut splicer, &mut samples, &mut was_loud, &mut loud);
        assert_eq!(loud.len(), expected.len());
        loud.iter().zip(expected).map(|(loud_us, right_us)| loud_us - right_us).collect()
    }
}

/// Notes when a loud block begins, in microseconds from the start of the file.
fn collect(splicer: &mut Splicer, samples: &mut i64, was_loud: &mut bool, loud: &mut Vec<i64>) {
    while let Some(packet) = splicer.take() {
        for sample in &packet[0] {
            let is_loud = *sample > 0.3;
            if is_loud && !*was_loud {
                loud.push(*samples * 1_000_000 / i64::from(RATE));
            }
            *was_loud = is_loud;
            *samples += 1;
        }
    }
}

/// The farthest, but for the first seconds, in which the least lateness is found.
fn farthest(off_us: &[i64]) -> i64 {
    off_us.iter().skip(20).map(|off_us| off_us.abs()).max().unwrap_or(0)
}

// EBU R37 allows 40 ms early and 60 ms late.
#[test]
fn after_an_hour_with_another_clock_sound_is_where_it_belongs() {
    for pace_ppm in [-100, 0, 100] {
        let off_us = Device { pace_ppm }.play(3_600, Some);
        assert!(off_us.len() >= 3_598);
        assert!(farthest(&off_us) <= 5_000, "{pace_ppm} parts in a million: {} us", farthest(&off_us));
    }
}

// Packets of 20 ms were dropped whole, and what was left over added up.
#[test]
fn after_a_thousand_cuts_nothing_has_added_up() {
    // Of each 3.1 seconds, 1.037 are cut.
    let (period_us, kept_us) = (3_100_000, 2_063_000);
    let at = |wall_us: i64| {
        let into_us = wall_us.rem_euclid(period_us);
        (into_us < kept_us).then_some(wall_us.div_euclid(period_us) * kept_us + into_us)
    };
    let off_us = Device { pace_ppm: 0 }.play(3_100, at);
    assert!(off_us.len() > 2_000);
    assert!(farthest(&off_us) <= 10_000, "{} us", farthest(&off_us));
}
