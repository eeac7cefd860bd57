//! A picture that is static: since when, how much of it is shown, and what is reported of it.

use super::freeze::Seen;

/// How many of a sender's own intervals without a frame are a silence; fewer are a slow sender.
const SILENT_INTERVALS: i64 = 4;
/// How long a freeze that was disturbed may take to settle again, in microseconds, before it is reported as ended.
const UNSETTLED_US: i64 = 2_000_000;

/// A sender's freeze, as it is reported: once when it is found, and once when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freeze {
    /// The media time from which the picture did not change, in microseconds: that of the first frame that was dropped.
    pub begin_us: i64,
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
pub(super) struct Stillness {
    /// For how long a picture that moved between two freezes is shown at least, in microseconds.
    min_shown_us: i64,
    /// The last frame before the freeze that is under way.
    frozen: Option<Seen>,
    /// The freeze that was reported as begun.
    reported: Option<Reported>,
    /// The media times at which the picture began to move after the last freezes, in microseconds, the latest first: the latest is of
    /// none if the freeze before it was only disturbed.
    moved_us: [Option<i64>; 2],
}

#[derive(Debug, Clone, Copy)]
struct Reported {
    last: Seen,
    /// The nominal interval then, in microseconds.
    interval_us: i64,
    /// When it was disturbed, on the steady clock, in microseconds; none while it lasts.
    disturbed_us: Option<i64>,
    /// Whether it is over for certain.
    is_over: bool,
}

impl Reported {
    fn freeze(&self, now_us: i64, ended: bool) -> Freeze {
        let length_us = (now_us - self.last.steady_us - self.interval_us).max(0);
        Freeze { begin_us: self.last.time_us.saturating_add(self.interval_us), length_us, ended }
    }
}

impl Stillness {
    pub(super) fn new(min_shown_us: i64) -> Self {
        Self { min_shown_us, frozen: None, reported: None, moved_us: [None; 2] }
    }

    /// The last frame before the freeze that is under way.
    pub(super) fn frozen(&self) -> Option<Seen> {
        self.frozen
    }

    /// Whether a freeze has been reported as begun, and not as ended.
    pub(super) fn is_reported(&self) -> bool {
        self.reported.is_some()
    }

    /// A repeat came, or silence goes on, at this time on the steady clock, in microseconds; `found` is the last frame before the
    /// freeze, if it was found just now. Gives the freeze if it is to be reported.
    pub(super) fn repeat(&mut self, found: Option<Seen>, now_us: i64, interval_us: i64) -> Option<Freeze> {
        self.frozen = found.or(self.frozen);
        let last = self.frozen?;
        if let Some(reported) = self.reported.as_mut().filter(|reported| !reported.is_over) {
            reported.disturbed_us = None;
            return None;
        }
        // The next repeat, or tick, reports the freeze that begins now.
        if let Some(reported) = self.reported.take() {
            return Some(reported.freeze(reported.disturbed_us.unwrap_or(now_us), true));
        }
        let reported = Reported { last, interval_us, disturbed_us: None, is_over: false };
        self.reported = Some(reported);
        Some(reported.freeze(now_us, false))
    }

    /// A frame is kept at this media time, which is this on the steady clock, in microseconds. `last` is the last frame before a freeze
    /// that it ends, and `moved` is whether something moved for certain. Gives the freeze that is over.
    pub(super) fn moves(
        &mut self,
        last: Option<Seen>,
        time_us: i64,
        now_us: i64,
        interval_us: i64,
        moved: bool,
    ) -> Option<Freeze> {
        self.frozen = None;
        if let Some(last) = last {
            let before_us = self.moved_us.into_iter().flatten().find(|&moved_us| moved_us <= last.time_us);
            self.moved_us = [Some(time_us), before_us];
            match &mut self.reported {
                Some(reported) => reported.disturbed_us = reported.disturbed_us.or(Some(now_us)),
                // It is found as it ends: the next frame reports the end.
                None => {
                    let reported = Reported { last, interval_us, disturbed_us: Some(now_us), is_over: moved };
                    self.reported = Some(reported);
                    return Some(reported.freeze(now_us, false));
                }
            }
        }
        let reported = self.reported?;
        let disturbed_us = reported.disturbed_us.unwrap_or(now_us);
        if !moved && now_us - disturbed_us < UNSETTLED_US {
            return None;
        }
        self.reported = None;
        Some(reported.freeze(disturbed_us, true))
    }

    /// No more frames will come: a freeze that was disturbed is over.
    pub(super) fn finish(&mut self) -> Option<Freeze> {
        let reported = self.reported.take_if(|reported| reported.disturbed_us.is_some())?;
        Some(reported.freeze(reported.disturbed_us?, true))
    }

    /// The freeze ends with a pause at this time on the steady clock, in microseconds.
    pub(super) fn end(&mut self, now_us: i64) -> Option<Freeze> {
        self.frozen = None;
        self.moved_us = [None; 2];
        let reported = self.reported.take()?;
        Some(reported.freeze(reported.disturbed_us.unwrap_or(now_us), true))
    }

    /// For how long the last picture before the freeze that is under way is shown where freezes are cut, in microseconds.
    pub(super) fn shown_us(&self, now_us: i64, interval_us: i64) -> i64 {
        self.frozen.map_or(interval_us, |last| self.shown_after_us(last, now_us, interval_us))
    }

    /// The same for a freeze after this frame.
    pub(super) fn shown_after_us(&self, last: Seen, now_us: i64, interval_us: i64) -> i64 {
        self.wanted_us(last).min(now_us - last.steady_us).max(interval_us)
    }

    /// Whether the freeze that is under way has lasted for longer than its picture is shown.
    pub(super) fn is_shown(&self, now_us: i64) -> bool {
        self.frozen.is_some_and(|last| now_us - last.steady_us >= self.wanted_us(last))
    }

    /// For how long the last picture before a freeze is to be shown, in microseconds.
    fn wanted_us(&self, last: Seen) -> i64 {
        // A disturbed freeze is one freeze: what moved before it counts.
        let moved_us = self.moved_us.into_iter().flatten().find(|&moved_us| moved_us <= last.time_us);
        moved_us.map_or(0, |moved_us| self.min_shown_us - (last.time_us - moved_us))
    }
}
