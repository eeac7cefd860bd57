//! Where a moment on the wall is in the reel: sound has no other way to know.
//!
//! Between two cuts, media time runs with the wall. Frames show by how much they differ: each has its media time, and arrives late, never
//! early, so the least late of the last seconds counts. Media time is also corrected, as when the first frames turn out to have been late.
//! Sound moves with the pictures then: a correction counts at once, and for the frames before it as well.

use crate::time::{Media, Wall};
use std::collections::VecDeque;

/// Arrivals are looked at in spans of this length, in microseconds, each with the frame that was least late.
const SPAN_US: i64 = 500_000;
/// How many of the latest spans count.
const SPANS: usize = 10;
/// The same while the rate of a source is still being found: media time may be corrected by much within a second.
const YOUNG_SPANS: usize = 2;
/// How long that takes, in microseconds.
const YOUNG_US: i64 = 10_000_000;
/// How many stretches are kept: a sound that has not been placed by then is late by as many cuts.
const STRETCHES: usize = 32;

/// The stretches between cuts.
#[derive(Debug, Default)]
pub(super) struct Stretches {
    /// Oldest first.
    stretches: VecDeque<Stretch>,
    /// When the first frame of the source came; none before it.
    begun: Option<Wall>,
}

/// What lies between two cuts.
#[derive(Debug)]
struct Stretch {
    /// Its first moment.
    from: Wall,
    /// The largest difference of media time without its corrections and the wall in each span, in microseconds, and when the span began.
    spans: VecDeque<(Wall, i64)>,
    /// By how much media time has been corrected at the latest frame, in microseconds.
    corrected_us: i64,
    /// The media time at which it ends, once it does.
    end: Option<Media>,
}

impl Stretch {
    /// The media time of a moment.
    fn at(&self, wall: Wall) -> Option<Media> {
        let lead_us = self.spans.iter().map(|&(_, lead_us)| lead_us).max()?;
        Some(Media::from_us(wall.us().saturating_add(lead_us).saturating_add(self.corrected_us)))
    }
}

impl Stretches {
    /// Notes that what arrived at this moment is at this media time, of which `paced_us` is without corrections, in microseconds. It
    /// begins a stretch if the one before has ended.
    pub(super) fn note(&mut self, wall: Wall, media: Media, paced_us: i64) {
        let lead_us = paced_us.saturating_sub(wall.us());
        let corrected_us = media.us().saturating_sub(paced_us);
        match self.stretches.back_mut().filter(|last| last.end.is_none()) {
            Some(last) => {
                last.corrected_us = corrected_us;
                match last.spans.back_mut() {
                    Some((begun, most_us)) if wall.saturating_since(*begun) < SPAN_US => {
                        *most_us = lead_us.max(*most_us);
                    }
                    _ => last.spans.push_back((wall, lead_us)),
                }
            }
            None => {
                self.stretches.push_back(Stretch {
                    from: wall,
                    spans: [(wall, lead_us)].into(),
                    corrected_us,
                    end: None,
                });
            }
        }
        let begun = *self.begun.get_or_insert(wall);
        let spans = if wall.saturating_since(begun) < YOUNG_US { YOUNG_SPANS } else { SPANS };
        if let Some(last) = self.stretches.back_mut().filter(|last| last.spans.len() > spans) {
            last.spans.pop_front();
        }
        if self.stretches.len() > STRETCHES {
            self.stretches.pop_front();
        }
    }

    /// The frames from the next one on are another source's.
    pub(super) fn join(&mut self) {
        self.begun = None;
    }

    /// Has the latest stretch end at this media time, or go on.
    pub(super) fn end_at(&mut self, end: Option<Media>) {
        if let Some(last) = self.stretches.back_mut() {
            last.end = end;
        }
    }

    /// The media time of a moment; none if it is cut, or before the first frame.
    pub(super) fn at(&self, wall: Wall) -> Option<Media> {
        let stretch = self.stretches.iter().rev().find(|stretch| stretch.from <= wall)?;
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
            let media_us = (media_ms + n * 40) * MS;
            stretches.note(wall, Media::from_us(media_us), media_us);
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
        frames(&mut stretches, 0..10_400, 0);
        let before = at(&stretches, 11_000);
        // Two seconds of frames that arrive 80 ms late.
        frames(&mut stretches, 10_480..12_480, 10_400);
        assert_eq!((before, at(&stretches, 11_000)), (Some(11_000), Some(11_000)));
        // For longer than that it is another way that they take.
        frames(&mut stretches, 12_480..19_000, 12_400);
        assert_eq!(at(&stretches, 19_000), Some(18_920));
    }

    // The first frames of a recording waited in a queue, and the picture was made up to the wall in a second. For five seconds the sound
    // was 0.15 s late.
    #[test]
    fn sound_moves_with_the_pictures_when_they_are_corrected() {
        let mut stretches = Stretches::default();
        let mut placed = Vec::new();
        for n in 0..50 {
            // Frames that were sent 160 ms before they arrived, four at once; then at their times.
            let wall_us = 160.max(n * 40) * MS;
            let corrected_us = -(n * 10).min(160) * MS;
            stretches.note(
                Wall::from_us(wall_us),
                Media::from_us((160 + n * 40) * MS + corrected_us),
                (160 + n * 40) * MS,
            );
            placed.extend(at(&stretches, wall_us / MS).map(|place_ms| place_ms - wall_us / MS));
        }
        assert_eq!((placed[4], placed[10], placed[16], placed[49]), (120, 60, 0, 0));
    }

    #[test]
    fn sound_moves_with_the_pictures_while_the_rate_of_a_source_is_found() {
        let mut stretches = Stretches::default();
        let mut placed = Vec::new();
        for n in 0..75 {
            let media_us = (n * 40 + (120 - n * 4).max(0)) * MS;
            stretches.note(Wall::from_us(n * 40 * MS), Media::from_us(media_us), media_us);
            placed.extend(at(&stretches, n * 40).map(|place_ms| place_ms - n * 40));
        }
        // The rate is right after 1.2 s.
        assert_eq!(placed[56], 0);
    }
}
