//! How a recording ends: all that was taken is encoded, then written, then reported.

use super::Call;
use super::effect::Reason;
use crate::Error;
use crate::clip::Clip;

/// Why a recording ends.
#[derive(Debug)]
pub(super) enum End {
    /// This call asked for it.
    Stopped(Call),
    /// The track has ended.
    TrackEnded,
    /// The reel is as long as it may become.
    Limit,
    /// Something failed.
    Failed(Error),
}

/// How far the end has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The encoder returns what it holds.
    Draining,
    /// The encoder of sound does.
    Sound,
    /// The encoder's output is written, and re-encoded.
    Writing,
    /// It is written that the reel is complete.
    Completing,
    /// All is done.
    Over,
}

/// A recording that ends, and who waits for it.
#[derive(Debug)]
pub(super) struct Ending {
    reason: Reason,
    failure: Option<Error>,
    stops: Vec<Call>,
    exports: Vec<(Call, Clip)>,
    stage: Stage,
}

impl Ending {
    /// Begins to end.
    pub(crate) fn new(end: End) -> Self {
        let (reason, failure, stops) = match end {
            End::Stopped(call) => (Reason::Stopped, None, vec![call]),
            End::TrackEnded => (Reason::TrackEnded, None, Vec::new()),
            End::Limit => (Reason::Limit, None, Vec::new()),
            End::Failed(error) => (Reason::Error, Some(error), Vec::new()),
        };
        Self { reason, failure, stops, exports: Vec::new(), stage: Stage::Draining }
    }

    /// How far it has come.
    pub(crate) fn stage(&self) -> Stage {
        self.stage
    }

    /// Goes on to the next stage.
    pub(crate) fn advance(&mut self, stage: Stage) {
        self.stage = stage;
    }

    /// Notes that something failed meanwhile. The first failure is reported.
    pub(crate) fn fail(&mut self, error: Error) {
        self.failure.get_or_insert(error);
    }

    /// Has a call answered at the end.
    pub(crate) fn stop(&mut self, call: Call) {
        self.stops.push(call);
    }

    /// Has an export answered at the end, when all is there.
    pub(crate) fn export(&mut self, call: Call, clip: Clip) {
        self.exports.push((call, clip));
    }

    /// Why it ended, and what failed.
    pub(crate) fn outcome(&mut self) -> (Reason, Option<Error>) {
        (self.reason, self.failure.take())
    }

    /// The exports that have waited for the end.
    pub(crate) fn exports(&mut self) -> Vec<(Call, Clip)> {
        std::mem::take(&mut self.exports)
    }

    /// The calls that have waited for the end.
    pub(crate) fn stops(&mut self) -> Vec<Call> {
        std::mem::take(&mut self.stops)
    }
}
