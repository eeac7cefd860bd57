//! What a track works with, and what comes of what it is handed.

use super::Saving;
use super::effect::{Effect, Report};
use super::ending::End;
use crate::Result;
use crate::options::Options;
use crate::time::Wall;
use crate::timeline::Freeze;

/// What a track works with: the time of what has happened, what was asked for, what is on disk, and what is to be done.
pub(super) struct Context<'a, P, F> {
    pub now: Wall,
    pub options: &'a Options,
    pub saving: &'a mut Saving<P>,
    pub effects: &'a mut Vec<Effect<P, F>>,
}

impl<P, F> Context<'_, P, F> {
    /// Has something reported to the page.
    pub(crate) fn report(&mut self, report: Report) {
        self.effects.push(Effect::Report(report));
    }

    /// Has a freeze reported, if there is one.
    pub(crate) fn report_freeze(&mut self, freeze: Option<Freeze>) {
        if let Some(freeze) = freeze {
            self.report(Report::Freeze(freeze));
        }
    }
}

/// What comes of an input.
#[derive(Debug)]
#[must_use]
pub(super) enum Step {
    /// Nothing can be taken until an answer has come.
    Waiting,
    /// A frame was recorded, or dropped.
    Taken,
    /// Something else was done.
    Done,
    /// The recording ends.
    End(End),
}

impl From<Result<()>> for Step {
    fn from(result: Result<()>) -> Self {
        result.map_or_else(|error| Step::End(End::Failed(error)), |()| Step::Done)
    }
}

impl Step {
    /// The same for a frame.
    pub(crate) fn or_taken(self) -> Self {
        if let Step::Done = self { Step::Taken } else { self }
    }
}
