//! Which pixels of a frame are read. While the picture moves, some rows are enough: the frame before is held until they are not.
//! A device's frame is not: Chromium gives no more of a camera's while two are open, over all who read it. There the first repeat
//! stays, since the frame before it can't be read any more.

use super::Received;
use crate::timeline::{Admitted, Looked, Picture, Timeline};
use std::ops::Range;

/// Has as much of each frame's picture read as a timeline asks for.
#[derive(Debug)]
pub struct Inspection<F> {
    /// Whether frames may be held.
    holds: bool,
    /// The last frame, while only rows of it were read.
    before: Option<F>,
    /// The frame that is being read, and how much of it.
    reading: Option<(Received<F>, Admitted, Part)>,
}

/// What is being read.
#[derive(Debug)]
enum Part {
    Rows,
    /// All of the frame before.
    Before,
    All,
}

/// What comes next for a frame.
#[derive(Debug)]
pub enum InspectionStep<F> {
    /// These rows of a frame are to be read, or all of it.
    Read(F, Option<Range<usize>>),
    /// It is inspected.
    Done(Received<F>, Looked),
}

impl<F: Clone> Inspection<F> {
    /// Before the first frame. `holds` is whether a frame may be held until the next.
    pub fn new(holds: bool) -> Self {
        Self { holds, before: None, reading: None }
    }

    /// Whether frames may be held until the next.
    pub fn holds(&self) -> bool {
        self.holds
    }

    /// Releases the frame that is held.
    pub fn release(&mut self) {
        self.before = None;
    }

    /// Whether a frame is being read.
    pub fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    /// Begins with a frame.
    pub fn begin(&mut self, timeline: &mut Timeline, received: Received<F>, admitted: Admitted) -> InspectionStep<F> {
        if !timeline.looks() {
            return InspectionStep::Done(received, timeline.look(admitted, None));
        }
        match timeline.rows() {
            Some(rows) => self.read(received, admitted, Part::Rows, Some(rows)),
            None => {
                self.before = None;
                self.read(received, admitted, Part::All, None)
            }
        }
    }

    fn read(
        &mut self,
        received: Received<F>,
        admitted: Admitted,
        part: Part,
        rows: Option<Range<usize>>,
    ) -> InspectionStep<F> {
        let frame = received.frame.clone();
        self.reading = Some((received, admitted, part));
        InspectionStep::Read(frame, rows)
    }

    /// Goes on by what was read; none if nothing was asked for.
    pub fn read_out(&mut self, timeline: &mut Timeline, picture: Option<Picture>) -> Option<InspectionStep<F>> {
        let (received, admitted, part) = self.reading.take()?;
        let looked = match part {
            Part::Rows => {
                let looked = picture.and_then(|picture| timeline.look_at_rows(admitted, picture));
                let Some(looked) = looked else {
                    let before = self.before.take();
                    let next = before.map(|before| InspectionStep::Read(before, None));
                    let part = if next.is_some() { Part::Before } else { Part::All };
                    let frame = self.read(received, admitted, part, None);
                    return Some(next.unwrap_or(frame));
                };
                looked
            }
            Part::Before => {
                if let Some(picture) = picture {
                    timeline.remember(picture);
                }
                return Some(self.read(received, admitted, Part::All, None));
            }
            Part::All => timeline.look(admitted, picture),
        };
        // After a whole picture only rows of the next may be read as well.
        self.before = (self.holds && timeline.rows().is_some()).then(|| received.frame.clone());
        Some(InspectionStep::Done(received, looked))
    }
}
