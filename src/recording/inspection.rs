//! Which pixels of a frame are read. While the picture moves, some rows are enough: the frame before is held until they are not.
//! A device's frame is not: Chromium gives no more of a camera's while two are open, over all who read it. There the first repeat
//! stays, since the frame before it can't be read any more.

use crate::timeline::{Admitted, Inspected, Picture, Timeline};
use std::ops::Range;

/// Has as much of each frame's picture read as a timeline asks for. `T` is what the frame belongs to.
#[derive(Debug)]
pub struct Inspection<F, T> {
    /// Whether frames may be held.
    holds: bool,
    /// The last frame, while only rows of it were read.
    before: Option<F>,
    /// The frame that is being read, and how much of it.
    reading: Option<Reading<F, T>>,
}

/// A frame that is being read.
#[derive(Debug)]
struct Reading<F, T> {
    frame: F,
    of: T,
    admitted: Admitted,
    part: Part,
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
pub enum InspectionStep<F, T> {
    /// These rows of a frame are to be read, or all of it.
    Read(F, Option<Range<usize>>),
    /// It is inspected.
    Done(T, Inspected),
}

impl<F: Clone, T> Inspection<F, T> {
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
    pub fn begin(&mut self, timeline: &mut Timeline, frame: F, of: T, admitted: Admitted) -> InspectionStep<F, T> {
        if !timeline.inspects() {
            return InspectionStep::Done(of, timeline.inspect(admitted, None));
        }
        let rows = timeline.rows();
        if rows.is_none() {
            self.before = None;
        }
        let part = if rows.is_some() { Part::Rows } else { Part::All };
        self.read(Reading { frame, of, admitted, part }, rows)
    }

    fn read(&mut self, reading: Reading<F, T>, rows: Option<Range<usize>>) -> InspectionStep<F, T> {
        let frame = reading.frame.clone();
        self.reading = Some(reading);
        InspectionStep::Read(frame, rows)
    }

    /// Goes on by what was read; none if nothing was asked for.
    pub fn read_out(&mut self, timeline: &mut Timeline, picture: Option<Picture>) -> Option<InspectionStep<F, T>> {
        let Reading { frame, of, admitted, part } = self.reading.take()?;
        let inspected = match part {
            Part::Rows => {
                let inspected = picture.and_then(|picture| timeline.inspect_rows(admitted, picture));
                let Some(inspected) = inspected else {
                    let before = self.before.take();
                    let part = if before.is_some() { Part::Before } else { Part::All };
                    let own = self.read(Reading { frame, of, admitted, part }, None);
                    return Some(before.map_or(own, |before| InspectionStep::Read(before, None)));
                };
                inspected
            }
            Part::Before => {
                if let Some(picture) = picture {
                    timeline.take_whole(picture);
                }
                return Some(self.read(Reading { frame, of, admitted, part: Part::All }, None));
            }
            Part::All => timeline.inspect(admitted, picture),
        };
        // After a whole picture only rows of the next may be read as well.
        self.before = (self.holds && timeline.rows().is_some()).then_some(frame);
        Some(InspectionStep::Done(of, inspected))
    }
}
