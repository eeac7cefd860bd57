//! Numbers from a seed.

use std::ops::RangeInclusive;

/// `SplitMix64`: the same numbers for the same seed, on every machine.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The numbers of this seed, for one purpose of several.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        let mut random = Self(seed ^ purpose.wrapping_mul(0xd6e8_feb8_6659_fd93));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of a range.
    pub(crate) fn of(&mut self, range: RangeInclusive<i64>) -> i64 {
        let (least, most) = range.into_inner();
        least + (self.next() % (most - least + 1) as u64) as i64
    }

    /// True in this many percent of all cases.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        percent > 0 && self.of(1..=100) <= i64::from(percent)
    }

    /// One of several.
    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.of(0..=of.len() as i64 - 1) as usize]
    }
}
