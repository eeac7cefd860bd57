//! The latest frames, and what they prove when they are read backwards.

use crate::time::{Media, Steady};
use std::collections::VecDeque;
use trackreel_pixels::{Means, Sample};

/// How many frames are remembered: four seconds of 30 a second.
const FRAMES: usize = 120;
/// How long a picture has to be at rest to have settled, in microseconds, and in frames.
const SETTLE_US: i64 = 300_000;
const SETTLE_FRAMES: usize = 3;
/// For how long after a restart of the sender's encoder its output refines, in microseconds. Another size restarts it.
const AFTER_RESTART_US: i64 = 600_000;
/// The most that the mean of a static picture, and of a field of it, drifts in levels. A fade of four levels a second
/// drifts by 0.13 a frame; single fields flicker by up to 0.7 in the corpus.
const DRIFT: f32 = 0.06;
const FIELD_DRIFT: f32 = 0.8;
/// The same for each level that a frame is away from what the picture settles to.
const DRIFT_PER_LEVEL: f32 = 0.05;
const FIELD_DRIFT_PER_LEVEL: f32 = 0.25;
/// The most that all disturbances together shift the whole picture, and a field, in levels.
const SHIFT: f32 = 0.5;
const FIELD_SHIFT: f32 = 1.6;
/// A step of this many levels that brings the picture nearer to what it settles to by less than this part of the step
/// leads nowhere. Grain makes 0.00 to 0.02, refinement 0.09 and more.
const STEP: f32 = 0.4;
const PROGRESS: f32 = 0.05;

/// How a frame follows the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Something in the picture moved.
    Motion,
    /// The detail of blocks changed, as when a codec refines a picture or sends a key frame.
    Disturbance,
    /// The sender sends another size.
    Resize,
    /// Blocks, or the whole picture, became lighter or darker by a little, and nothing else: a fade, or a correction by the encoder.
    Brightness,
    /// Nothing but a codec's noise.
    Rest,
}

/// The times of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameTimes {
    /// Its media time.
    pub(super) time: Media,
    /// Its time on the clock that never goes back.
    pub(super) steady: Steady,
}

impl FrameTimes {
    /// The same frame at another media time.
    pub(super) fn at(self, time: Media) -> Self {
        Self { time, steady: self.steady.saturating_add(time - self.time) }
    }
}

/// One inspected frame.
#[derive(Debug)]
pub(super) struct Observation {
    pub(super) times: FrameTimes,
    pub(super) change: Change,
    pub(super) means: Means,
    pub(super) sample: Sample,
    /// Whether it is known to show the static picture.
    pub(super) shows_static: bool,
}

/// The latest frames, oldest first.
#[derive(Debug, Default)]
pub(super) struct History {
    observations: VecDeque<Observation>,
}

impl History {
    pub(super) fn push(&mut self, observation: Observation) {
        if self.observations.len() == FRAMES {
            self.observations.pop_front();
        }
        self.observations.push_back(observation);
    }

    pub(super) fn last(&self) -> Option<&Observation> {
        self.observations.back()
    }

    /// Notes what the last frame showed, of which only rows were inspected.
    pub(super) fn fill_last(&mut self, means: Means, sample: Sample) {
        if let Some(last) = self.observations.back_mut() {
            (last.means, last.sample) = (means, sample);
        }
    }

    pub(super) fn retime_last(&mut self, time: Media) {
        // Those before it that were dropped are no later in the reel.
        self.observations.iter_mut().for_each(|observation| observation.times.time = observation.times.time.min(time));
        if let Some(last) = self.observations.back_mut() {
            last.times.time = time;
        }
    }

    /// Notes that the frames from this one on show the static picture.
    pub(super) fn mark_static(&mut self, from: usize) {
        self.observations.range_mut(from..).for_each(|observation| observation.shows_static = true);
    }

    pub(super) fn mark_last_static(&mut self) {
        self.mark_static(self.observations.len().saturating_sub(1));
    }

    /// Notes that there is no static picture any more.
    pub(super) fn forget_static(&mut self) {
        self.observations.iter_mut().for_each(|observation| observation.shows_static = false);
    }

    /// Whether the picture has been at rest for long enough to have settled.
    pub(super) fn is_settled(&self) -> bool {
        let resting =
            self.observations.iter().rev().take_while(|observation| observation.change == Change::Rest).count();
        let before = self.observations.iter().rev().nth(resting).map(|observation| observation.times.steady);
        let lasts = |since: Steady| self.last().is_some_and(|last| last.times.steady - since >= SETTLE_US);
        resting >= SETTLE_FRAMES && before.is_none_or(lasts)
    }

    /// Whether the sender's encoder restarted shortly before this time: with the first frame, or another size.
    pub(super) fn is_after_restart(&self, steady: Steady) -> bool {
        self.is_after_restart_at(self.observations.len(), steady)
    }

    fn is_after_restart_at(&self, end: usize, steady: Steady) -> bool {
        let recent = |observation: &&Observation| steady - observation.times.steady <= AFTER_RESTART_US;
        let begins = |(at, observation): (usize, &Observation)| at == 0 || observation.change == Change::Resize;
        let recent = self.observations.range(..end).rev().take_while(recent).count();
        self.observations.range(..end).enumerate().skip(end - recent).any(begins)
    }

    /// The first frame that showed the picture that the last one shows, and its place. Stops where the picture is known to be
    /// static. `noise` is what the mean of a picture at rest may change by, in levels.
    pub(super) fn first_static(&self, noise: f32) -> Option<(usize, &Observation)> {
        let at = self.index_of_first(noise)?;
        Some((at, &self.observations[at]))
    }

    fn index_of_first(&self, noise: f32) -> Option<usize> {
        let last = self.observations.len().checked_sub(1)?;
        let settled = &self.observations[last];
        // What the fields of earlier frames should be, if nothing moved: each disturbance may have shifted them a little.
        let mut expected = settled.means.clone();
        for at in (0..last).rev() {
            let (observation, next) = (&self.observations[at], &self.observations[at + 1]);
            let away = observation.sample.distance(&settled.sample).unwrap_or(0.0);
            let is_disturbed = match next.change {
                Change::Motion => return Some(at + 1),
                Change::Disturbance | Change::Resize => true,
                Change::Brightness | Change::Rest => self.is_after_restart_at(at + 1, next.times.steady),
            };
            if next.shows_static {
                return Some(at + 1);
            }
            if next.change == Change::Brightness && !is_disturbed {
                let shifts = |from: &Means| observation.means.deviation(from)[0] > noise + DRIFT_PER_LEVEL * away;
                if shifts(&expected) && shifts(&settled.means) {
                    return Some(at + 1);
                }
            }
            let mut is_off = false;
            if is_disturbed || next.change == Change::Brightness {
                expected.follow(&observation.means, &next.means);
                is_off = expected.differ(&settled.means, SHIFT, FIELD_SHIFT);
            }
            if is_off || drifts(&observation.means, &expected, away) {
                if drifts(&observation.means, &settled.means, away) {
                    return Some(at + 1);
                }
                // A codec stirs up a block at once and lets it sink back unseen: what is where the picture settles needs no explanation.
                expected = settled.means.clone();
            }
            // One step that leads nowhere is a key frame; two are grain, and both frames still moved.
            if is_disturbed && self.leads_nowhere(at, settled) && (at == 0 || self.leads_nowhere(at - 1, settled)) {
                return Some((at + 2).min(last));
            }
        }
        Some(0)
    }

    /// Whether a frame differs much from the next, and that brings it no nearer to what the picture settled to.
    fn leads_nowhere(&self, at: usize, settled: &Observation) -> bool {
        let [one, next] = [at, at + 1].map(|at| &self.observations[at].sample);
        let towards = one.distance(&settled.sample).zip(next.distance(&settled.sample));
        let (Some(step), Some((before, after))) = (one.distance(next), towards) else { return false };
        step > STEP && before - after < PROGRESS * step
    }
}

/// Whether the fields are not where they should be if nothing moved, with this many levels between the pictures.
pub(super) fn drifts(means: &Means, expected: &Means, levels: f32) -> bool {
    means.differ(expected, DRIFT + DRIFT_PER_LEVEL * levels, FIELD_DRIFT + FIELD_DRIFT_PER_LEVEL * levels)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many frames with this interval, in microseconds, a picture that moved has settled.
    fn settles_after(interval_us: i64) -> Option<i64> {
        let mut history = History::default();
        (0..60).find(|&n| {
            let (time, steady) = (Media::from_us(n * interval_us), Steady::from_us(n * interval_us));
            let change = if n == 0 { Change::Motion } else { Change::Rest };
            let (means, sample) = (Means::unknown(), Sample::default());
            history.push(Observation {
                times: FrameTimes { time, steady },
                change,
                means,
                sample,
                shows_static: false,
            });
            history.is_settled()
        })
    }

    // Otherwise two equal frames of a slow sender are a freeze, or some of a fast one between two movements.
    #[test]
    fn a_picture_settles_in_three_frames_that_take_300_milliseconds() {
        assert_eq!(settles_after(8_333), Some(37), "120 a second");
        assert_eq!(settles_after(40_000), Some(8), "25 a second");
        assert_eq!(settles_after(200_000), Some(3), "5 a second");
    }
}
