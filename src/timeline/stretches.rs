//! Where a moment on the wall is in the reel: sound has no other way to know.
//!
//! Between two cuts, media time runs with the wall. Frames show by how much they differ: each has its media time, and arrives late, never
//! early, so the least late of the last seconds counts.

use crate::time::{Media, Wall};
use std::collections::VecDeque;

/// Arrivals are looked at in spans of this length, in microseconds, each with the frame that was least late.
const SPAN_US: i64 = 500_000;
/// How many of the latest spans count.
const SPANS: usize = 10;
/// How many stretches are kept: a sound that has not been placed by then is late by as many cuts.
const STRETCHES: usize = 32;

/// The stretches between cuts, oldest first.
#[derive(Debug, Default)]
pub(super) struct Stretches(VecDeque<Stretch>);

/// What lies between two cuts.
#[derive(Debug)]
struct Stretch {
    /// Its first moment.
    from: Wall,
    /// The largest difference of media time and the wall in each span, in microseconds, and when the span began.
    spans: VecDeque<(Wall, i64)>,
    /// The media time at which it ends, once it does.
    end: Option<Media>,
}

impl Stretch {
    /// The media time of a moment.
    fn at(&self, wall: Wall) -> Option<Media> {
        let lead_us = self.spans.iter().map(|&(_, lead_us)| lead_us).max()?;
        Some(Media::from_us(wall.us().saturating_add(lead_us)))
    }
}

impl Stretches {
    /// Notes that what arrived at this moment is at this media time. It begins a stretch if the one before has ended.
    pub(super) fn note(&mut self, wall: Wall, media: Media) {
        let lead_us = media.us().saturating_sub(wall.us());
        match self.0.back_mut().filter(|last| last.end.is_none()) {
            Some(Stretch { spans, .. }) => match spans.back_mut() {
                Some((begun, most_us)) if wall.saturating_since(*begun) < SPAN_US => *most_us = lead_us.max(*most_us),
                _ => spans.push_back((wall, lead_us)),
            },
            None => self.0.push_back(Stretch { from: wall, spans: [(wall, lead_us)].into(), end: None }),
        }
        if let Some(last) = self.0.back_mut().filter(|last| last.spans.len() > SPANS) {
            last.spans.pop_front();
        }
        if self.0.len() > STRETCHES {
            self.0.pop_front();
        }
    }

    /// Has the latest stretch end at this media time, or go on.
    pub(super) fn end_at(&mut self, end: Option<Media>) {
        if let Some(last) = self.0.back_mut() {
            last.end = end;
        }
    }

    /// The media time of a moment; none if it is cut, or before the first frame.
    pub(super) fn at(&self, wall: Wall) -> Option<Media> {
        let stretch = self.0.iter().rev().find(|stretch| stretch.from <= wall)?;
        stretch.at(wall).filter(|&media| stretch.end.is_none_or(|end| media < end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000;

    fn at(stretches: &Stretches, wall_ms: i64) -> Option<i64> {
        stretches.at(Wall::from_us(wall_ms * MS)).map(|media| media.us() / MS)
    }

    /// Frames of 25 a second between these times, of which the first is at this media time. All but each fifth arrive late.
    fn frames(stretches: &mut Stretches, wall_ms: std::ops::Range<i64>, media_ms: i64) {
        for n in 0..(wall_ms.end - wall_ms.start) / 40 {
            let late_ms = if n % 5 == 0 { 0 } else { n % 5 * 9 };
            let wall = Wall::from_us((wall_ms.start + n * 40 + late_ms) * MS);
            stretches.note(wall, Media::from_us((media_ms + n * 40) * MS));
        }
    }

    #[test]
    fn what_is_cut_is_nowhere_and_what_follows_a_cut_follows_in_the_reel() {
        let mut stretches = Stretches::default();
        frames(&mut stretches, 5_000..8_000, 0);
        stretches.end_at(Some(Media::from_us(3_000 * MS)));
        frames(&mut stretches, 60_000..62_000, 3_000);
        let places =
            [4_990, 5_000, 7_990, 8_000, 30_000, 60_000, 61_500, 99_000].map(|wall_ms| at(&stretches, wall_ms));
        assert_eq!(places, [None, Some(0), Some(2_990), None, None, Some(3_000), Some(4_500), Some(42_000)]);
    }

    // A picture that a sound goes on over is cut later than was found at first.
    #[test]
    fn a_cut_may_begin_later() {
        let mut stretches = Stretches::default();
        frames(&mut stretches, 0..1_000, 0);
        stretches.end_at(Some(Media::from_us(1_000 * MS)));
        assert_eq!(at(&stretches, 1_500), None);
        stretches.end_at(Some(Media::from_us(2_000 * MS)));
        assert_eq!([at(&stretches, 1_500), at(&stretches, 2_500)], [Some(1_500), None]);
    }

    #[test]
    fn late_frames_do_not_move_the_sound() {
        let mut stretches = Stretches::default();
        frames(&mut stretches, 0..400, 0);
        let before = at(&stretches, 1_000);
        // Two seconds of frames that arrive 80 ms late.
        frames(&mut stretches, 480..2_480, 400);
        assert_eq!((before, at(&stretches, 1_000)), (Some(1_000), Some(1_000)));
        // For longer than that it is another way that they take.
        frames(&mut stretches, 2_480..9_000, 2_400);
        assert_eq!(at(&stretches, 9_000), Some(8_920));
    }
}
