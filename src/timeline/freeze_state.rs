//! A picture that is static: since when, how much of it is shown, and what is reported of it.

use super::history::FrameTimes;
use crate::time::{Media, Steady};

/// How many of a sender's own intervals without a frame are a silence; fewer are a slow sender.
const SILENT_INTERVALS: i64 = 4;
/// How long a freeze that was disturbed may take to settle again, in microseconds, before it is reported as ended.
const UNSETTLED_US: i64 = 2_000_000;

/// A sender's freeze, as it is reported: once when it is found, and once when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freeze {
    /// The media time from which the picture did not change: that of the first frame that was dropped.
    pub begin: Media,
    /// How long it has lasted, in microseconds.
    pub length_us: i64,
    /// Whether it is over.
    pub ended: bool,
}

/// For how long nothing has to come to count as silence, in microseconds, from a sender with this interval; at least this long.
pub(super) fn silent_after_us(interval_us: i64, least_us: i64) -> i64 {
    interval_us.saturating_mul(SILENT_INTERVALS).max(least_us)
}

/// What is known of the freeze that is under way, or was disturbed a moment ago.
#[derive(Debug)]
pub(super) struct FreezeState {
    /// For how long a picture that moved between two freezes is shown at least, in microseconds.
    min_shown_us: i64,
    /// The last frame before the freeze that is under way.
    frozen: Option<FrameTimes>,
    /// The freeze that was reported as begun.
    reported: Option<Reported>,
    /// The media times at which the picture began to move after the last freezes, the latest first: the latest is of none if the freeze
    /// before it was only disturbed.
    moved: [Option<Media>; 2],
    /// Until when sound is audible. The picture is shown for as long.
    audible_until: Option<Steady>,
}

#[derive(Debug, Clone, Copy)]
struct Reported {
    last: FrameTimes,
    /// The nominal interval then, in microseconds.
    interval_us: i64,
    /// When it was disturbed; none while it lasts.
    disturbed: Option<Steady>,
    /// Whether it is over for certain.
    is_over: bool,
}

impl Reported {
    fn freeze(&self, now: Steady, ended: bool) -> Freeze {
        let length_us = (now - self.last.steady - self.interval_us).max(0);
        Freeze { begin: self.last.time.saturating_add(self.interval_us), length_us, ended }
    }
}

impl FreezeState {
    pub(super) fn new(min_shown_us: i64) -> Self {
        Self { min_shown_us, frozen: None, reported: None, moved: [None; 2], audible_until: None }
    }

    /// The last frame before the freeze that is under way.
    pub(super) fn frozen(&self) -> Option<FrameTimes> {
        self.frozen
    }

    /// Whether a freeze has been reported as begun, and not as ended.
    pub(super) fn is_reported(&self) -> bool {
        self.reported.is_some()
    }

    /// A repeat came, or silence goes on, at this time; `found` is the last frame before the freeze, if it was found just now.
    /// Gives the freeze if it is to be reported.
    pub(super) fn repeat(&mut self, found: Option<FrameTimes>, now: Steady, interval_us: i64) -> Option<Freeze> {
        self.frozen = found.or(self.frozen);
        let last = self.frozen?;
        if let Some(reported) = self.reported.as_mut().filter(|reported| !reported.is_over) {
            reported.disturbed = None;
            return None;
        }
        // The next repeat, or tick, reports the freeze that begins now.
        if let Some(reported) = self.reported.take() {
            return Some(reported.freeze(reported.disturbed.unwrap_or(now), true));
        }
        let reported = Reported { last, interval_us, disturbed: None, is_over: false };
        self.reported = Some(reported);
        Some(reported.freeze(now, false))
    }

    /// A frame is kept at this media time, which is this on the steady clock. `last` is the last frame before a freeze
    /// that it ends, and `moved` is whether something moved for certain. Gives the freeze that is over.
    pub(super) fn moves(
        &mut self,
        last: Option<FrameTimes>,
        time: Media,
        now: Steady,
        interval_us: i64,
        moved: bool,
    ) -> Option<Freeze> {
        self.frozen = None;
        if let Some(last) = last {
            let before = self.moved.into_iter().flatten().find(|&moved| moved <= last.time);
            self.moved = [Some(time), before];
            match &mut self.reported {
                Some(reported) => reported.disturbed = reported.disturbed.or(Some(now)),
                // It is found as it ends: the next frame reports the end.
                None => {
                    let reported = Reported { last, interval_us, disturbed: Some(now), is_over: moved };
                    self.reported = Some(reported);
                    return Some(reported.freeze(now, false));
                }
            }
        }
        let reported = self.reported?;
        let disturbed = reported.disturbed.unwrap_or(now);
        if !moved && now - disturbed < UNSETTLED_US {
            return None;
        }
        self.reported = None;
        Some(reported.freeze(disturbed, true))
    }

    /// No more frames will come: a freeze that was disturbed is over.
    pub(super) fn finish(&mut self) -> Option<Freeze> {
        let reported = self.reported.take_if(|reported| reported.disturbed.is_some())?;
        Some(reported.freeze(reported.disturbed?, true))
    }

    /// The freeze ends with a pause at this time.
    pub(super) fn end(&mut self, now: Steady) -> Option<Freeze> {
        self.frozen = None;
        self.moved = [None; 2];
        let reported = self.reported.take()?;
        Some(reported.freeze(reported.disturbed.unwrap_or(now), true))
    }

    /// Sound is audible between these times. A picture that is not shown any more is shown again, from where it was cut: then its media
    /// time is given.
    pub(super) fn hear(&mut self, from: Steady, until: Steady, interval_us: i64) -> Option<Media> {
        let cut = self.frozen.filter(|last| from - last.steady >= self.wanted_us(*last).max(interval_us));
        let end = cut.and_then(|_| self.cut_at(interval_us));
        if let Some(end) = end {
            // As if its last frame had come just before.
            self.frozen =
                Some(FrameTimes { time: end.saturating_sub(interval_us), steady: from.saturating_sub(interval_us) });
        }
        self.audible_until = self.audible_until.max(Some(until));
        end
    }

    /// For how long the last picture before the freeze that is under way is shown where freezes are cut, in microseconds.
    pub(super) fn shown_us(&self, now: Steady, interval_us: i64) -> i64 {
        self.frozen.map_or(interval_us, |last| self.shown_after_us(last, now, interval_us))
    }

    /// The same for a freeze after this frame.
    pub(super) fn shown_after_us(&self, last: FrameTimes, now: Steady, interval_us: i64) -> i64 {
        self.wanted_us(last).min(now - last.steady).max(interval_us)
    }

    /// Whether sound was ever audible.
    pub(super) fn has_heard(&self) -> bool {
        self.audible_until.is_some()
    }

    /// Where the freeze that is under way is cut.
    pub(super) fn cut_at(&self, interval_us: i64) -> Option<Media> {
        self.frozen.map(|last| last.time.saturating_add(self.wanted_us(last).max(interval_us)))
    }

    /// Whether the freeze that is under way has lasted for longer than its picture is shown.
    pub(super) fn is_shown(&self, now: Steady) -> bool {
        self.frozen.is_some_and(|last| now - last.steady >= self.wanted_us(last))
    }

    /// For how long the last picture before a freeze is to be shown, in microseconds.
    fn wanted_us(&self, last: FrameTimes) -> i64 {
        // A disturbed freeze is one freeze: what moved before it counts.
        let moved = self.moved.into_iter().flatten().find(|&moved| moved <= last.time);
        let moved_us = moved.map_or(0, |moved| self.min_shown_us - (last.time - moved));
        self.audible_until.map_or(0, |until| until - last.steady).max(moved_us)
    }
}
