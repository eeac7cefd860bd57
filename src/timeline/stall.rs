//! A track from which nothing comes.

use super::freeze_state::silent_after_us;
use crate::time::Wall;

/// The least time without a frame that is reported, in microseconds.
const LEAST_US: i64 = 2_000_000;

/// A track from which nothing came, as it is reported: once when it is noticed, and once when a frame comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stall {
    /// For how long, in microseconds.
    pub length_us: i64,
    /// Whether a frame has come again.
    pub ended: bool,
}

/// Watches when frames come, be they dropped or not.
#[derive(Debug)]
pub(super) struct Stalls {
    /// When the last frame came, or recording began.
    last: Wall,
    is_reported: bool,
}

impl Stalls {
    pub(super) fn new(now: Wall) -> Self {
        Self { last: now, is_reported: false }
    }

    /// Notes that a frame came at this time. Gives a stall that no tick has noticed, and the end of the stall. A sender with a longer
    /// interval, in microseconds, is slow. A burst was only delayed. Before two frames have shown an interval, the recording was only
    /// slow to begin.
    pub(super) fn frame(&mut self, now: Wall, interval_us: Option<i64>, is_burst: bool) -> [Option<Stall>; 2] {
        let found = interval_us.filter(|_| !is_burst).and_then(|_| self.tick(now, interval_us));
        let length_us = now - std::mem::replace(&mut self.last, now);
        [found, std::mem::take(&mut self.is_reported).then_some(Stall { length_us, ended: true })]
    }

    /// Gives a stall that is not reported yet. A sender with a longer interval, in microseconds, is slow.
    pub(super) fn tick(&mut self, now: Wall, interval_us: Option<i64>) -> Option<Stall> {
        let length_us = now - self.last;
        let is_stall = length_us >= silent_after_us(interval_us.unwrap_or(0), LEAST_US);
        (is_stall && !std::mem::replace(&mut self.is_reported, true)).then_some(Stall { length_us, ended: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: Wall = Wall::from_us(0);

    #[test]
    fn a_stall_is_reported_once_when_it_is_noticed_and_once_when_it_is_over() {
        let mut stalls = Stalls::new(BEGIN);
        let frame = |stalls: &mut Stalls, at| stalls.frame(at, Some(40_000), false);
        assert_eq!(frame(&mut stalls, BEGIN + 40_000), [None; 2]);
        assert_eq!(stalls.tick(BEGIN + 1_540_000, Some(40_000)), None);
        assert_eq!(stalls.tick(BEGIN + 2_040_000, Some(40_000)), Some(Stall { length_us: 2_000_000, ended: false }));
        assert_eq!(stalls.tick(BEGIN + 2_540_000, Some(40_000)), None);
        let ended = Some(Stall { length_us: 5_000_000, ended: true });
        assert_eq!(frame(&mut stalls, BEGIN + 5_040_000), [None, ended]);
        assert_eq!(frame(&mut stalls, BEGIN + 5_080_000), [None; 2]);
    }

    // A browser that was stopped took a frame before its clock ticked, and reported nothing.
    #[test]
    fn a_stall_that_no_tick_has_noticed_is_reported_with_the_frame_after_it() {
        let mut stalls = Stalls::new(BEGIN);
        let [found, ended] = [false, true].map(|ended| Some(Stall { length_us: 5_000_000, ended }));
        assert_eq!(stalls.frame(BEGIN + 5_000_000, Some(40_000), false), [found, ended]);
        assert_eq!(stalls.frame(BEGIN + 10_000_000, Some(40_000), true), [None; 2], "it was delayed");
        assert_eq!(stalls.frame(BEGIN + 15_000_000, None, false), [None; 2], "it begins");
    }

    #[test]
    fn a_track_that_never_sends_is_stalled_and_a_slow_one_is_not() {
        assert_eq!(
            Stalls::new(BEGIN).tick(BEGIN + 2_000_000, None),
            Some(Stall { length_us: 2_000_000, ended: false })
        );
        let mut slow = Stalls::new(BEGIN);
        assert_eq!(slow.tick(BEGIN + 19_500_000, Some(5_000_000)), None);
        assert!(slow.tick(BEGIN + 20_000_000, Some(5_000_000)).is_some());
    }
}
