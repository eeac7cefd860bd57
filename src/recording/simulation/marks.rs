//! Marks and cues that are made with each step of a plan, and what has to become of them.

use super::encoder::Bits;
use super::sender::Shot;
use crate::recording::{Call, Effect, Input, Report};
use crate::reel::{Note, ReelRecord, Words, cues};

/// The calls for marks have numbers from here on.
const CALLS: u32 = 1_000_000;

/// The marks of a recording.
#[derive(Debug, Default)]
pub(super) struct Marks {
    made: u32,
    /// Those that were made: their names, and when, in microseconds from the reel's start at that time.
    known: Vec<(String, i64)>,
    /// Whether some may have gone.
    is_lossy: bool,
}

impl Marks {
    /// Makes the next one.
    pub(crate) fn next(&mut self) -> Input<Bits, Shot> {
        self.made += 1;
        let (call, name) = (Call::new(CALLS + self.made), self.made.to_string().into());
        match self.made % 3 {
            0 => Input::Cue(call, Words { text: name, from_us: None, to: None }),
            _ => Input::Mark(call, Note { name, ..Note::default() }),
        }
    }

    /// Notes what was answered. Gives whether that was for a mark.
    pub(crate) fn take(&mut self, effect: &Effect<Bits, Shot>) -> bool {
        match effect {
            Effect::Marked(_, mark) => self.known.push((mark.note.name.to_string(), mark.time_us)),
            Effect::Answer(call, Err(_)) if call.number() > CALLS => {}
            Effect::Report(Report::Stopped { is_saved, .. }) => {
                self.is_lossy |= !is_saved;
                return false;
            }
            _ => return false,
        }
        true
    }

    /// Notes that what is on disk is lost.
    pub(crate) fn lose(&mut self) {
        self.is_lossy = true;
    }

    /// Notes a crash that this record survives.
    pub(crate) fn crash(&mut self, record: Option<&ReelRecord>) {
        let is_stored = |name: &str| record.is_some_and(|reel| reel.marks.iter().any(|mark| *mark.note.name == *name));
        self.known.retain(|(name, _)| is_stored(name));
    }

    /// Judges the record after the end; `loses` is whether some may have gone with what is removed, or with a disk that refuses.
    ///
    /// # Errors
    /// What is wrong with its marks.
    pub(crate) fn check(&self, reel: &ReelRecord, loses: bool) -> Result<(), String> {
        let marks = reel.marks_from_start();
        let wrong = |what: &str| Err(format!("{what}: {marks:?} of {:?}", self.known));
        let within = reel.start_us..=reel.start_us + reel.duration_us;
        if !marks.is_sorted_by_key(|mark| mark.time_us) || !reel.marks.iter().all(|mark| within.contains(&mark.time_us))
        {
            return wrong("marks are out of order, or outside");
        }
        let cues = cues(&marks, 0, reel.duration_us);
        if !cues.is_sorted_by(|one, next| one.to_us == next.from_us)
            || cues.last().is_some_and(|last| last.to_us != reel.duration_us)
        {
            return wrong("words do not last until the next ones, or the end");
        }
        let mut names = marks.iter().map(|mark| &*mark.note.name);
        if !loses && !self.is_lossy {
            if !names.eq(self.known.iter().map(|(name, _)| name.as_str())) {
                return wrong("marks are missing, or in another order");
            }
            if marks.iter().zip(&self.known).any(|(mark, (_, made_us))| mark.time_us > *made_us) {
                return wrong("a mark is later than it was made");
            }
        } else if !names.all(|name| self.known.iter().any(|(known, _)| known == name)) {
            return wrong("an unknown mark");
        }
        Ok(())
    }
}
