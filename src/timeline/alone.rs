//! The time of a reel of sound alone: no frame carries it, so that it is the wall's.

use super::stretches::Stretches;
use crate::time::{Media, Wall};

/// Runs with the wall from the first sound on, but for pauses.
#[derive(Debug, Default)]
pub(super) struct Alone {
    /// Whether time runs.
    is_running: bool,
    /// The media time at which it stands, or ran last.
    from: Media,
    /// When it was stopped, or resumed: what began before that is not placed behind it.
    stopped: Option<Wall>,
}

impl Alone {
    /// Resumes where a reel ended.
    pub(super) fn continue_from(&mut self, end: Media) {
        self.from = end;
    }

    /// Notes a sound that begins at this moment: time runs from there on.
    pub(super) fn hear(&mut self, start: Wall, stretches: &mut Stretches) {
        if !self.is_running && self.stopped.is_none_or(|stopped| start >= stopped) {
            self.is_running = true;
            stretches.note(start, self.from, self.from.us());
        }
    }

    /// Stops time at this moment, until the next sound.
    pub(super) fn stop(&mut self, now: Wall, stretches: &mut Stretches) {
        self.from = self.at(now, stretches);
        stretches.end_at(Some(self.from));
        (self.is_running, self.stopped) = (false, Some(now));
    }

    /// What began before this moment is not placed.
    pub(super) fn resume(&mut self, now: Wall) {
        self.stopped = self.stopped.max(Some(now)).filter(|_| !self.is_running);
    }

    /// The media time at this moment.
    pub(super) fn at(&self, now: Wall, stretches: &Stretches) -> Media {
        stretches.at(now).filter(|_| self.is_running).unwrap_or(self.from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn wall(seconds: i64) -> Wall {
        Wall::from_us(seconds * SECOND)
    }

    #[test]
    fn time_runs_from_the_first_sound_on_and_stands_in_a_pause() {
        let (mut alone, mut stretches) = (Alone::default(), Stretches::default());
        alone.continue_from(Media::from_us(SECOND));
        let seconds = |alone: &Alone, stretches: &Stretches, now| alone.at(wall(now), stretches).us() / SECOND;
        assert_eq!(seconds(&alone, &stretches, 9), 1);
        alone.hear(wall(10), &mut stretches);
        // A sender that is muted takes time as well.
        assert_eq!([12, 40].map(|now| seconds(&alone, &stretches, now)), [3, 31]);
        alone.stop(wall(40), &mut stretches);
        alone.stop(wall(50), &mut stretches);
        alone.resume(wall(55));
        // They began before the pause, and in it.
        alone.hear(wall(49), &mut stretches);
        alone.hear(wall(54), &mut stretches);
        assert_eq!(seconds(&alone, &stretches, 60), 31);
        alone.hear(wall(60), &mut stretches);
        assert_eq!(seconds(&alone, &stretches, 65), 36);
        let places = [9, 11, 39, 45, 60].map(|moment| stretches.at(wall(moment)).map(|place| place.us() / SECOND));
        assert_eq!(places, [None, Some(2), Some(30), None, Some(31)]);
    }
}
