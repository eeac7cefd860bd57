//! Finds out when a sender repeats the same picture.
//!
//! A lossy codec makes the frames of a frozen sender nearly the same, not equal: it refines the picture for up to two
//! seconds, disturbs it with every key frame, and some never come to rest. Real motion may be as small as that. The
//! difference, as measured on the corpus of `tests/corpus/`, is in [`Change`]: motion changes a block strongly, or
//! a little but further and further; refinement and key frames change the detail of blocks, and leave the means of larger
//! fields where they were. Only rest proves a freeze. Once the picture has been at rest for a while, the frames before
//! are checked backwards to the first that showed it: through disturbances, as long as they lead to what the picture became.

use super::history::{Change, FrameTimes, History, Observation, drifts};
use crate::time::{Media, Steady};
use std::ops::Range;
use std::rc::Rc;
use trackreel_pixels::{Difference, Means, Picture, Sample};

/// The most that a block at rest changes from one frame to the next, in levels. VP8 never gets below 1.1.
const REST: f32 = 1.6;
/// The most that it changes since the last disturbance.
const REST_IN_ALL: f32 = 2.6;
/// Single blocks may jump by as much as a disturbance while the rest is at rest: one block in this many. An encoder that removes noise,
/// as aiortc's VP8 does, changes up to 12 of 4,096 in a frame, for as long as a picture is static.
const BLOCKS_PER_JUMP: u32 = 250;
/// They may jump this many times as far as they have in this stream, up to this many levels.
const JUMP_NOISE: f32 = 1.8;
const FARTHEST_JUMP: f32 = 12.0;
/// How many parts the picture is compared in with the reference picture: all of it takes this many frames.
const PARTS: usize = 4;
/// The most that a disturbance changes a block, and its mean. Key frames at a low rate reach 5.8 and 3.6.
const DISTURBANCE: f32 = 7.0;
const DISTURBANCE_SHIFT: f32 = 4.5;
/// The same of a picture that is known to be frozen. After a second of repeats aiortc's VP8 changes 100 to 250 blocks of 2,880 at once,
/// one of them by 7.3.
const DISTURBANCE_FROZEN: f32 = 9.0;
/// The least part of it that changes the detail of a block; of a fade, it is none.
const DISTURBANCE_DETAIL: f32 = 0.3;
/// The most that the mean of a picture at rest changes from one frame to the next, in levels, beside a multiple of what it has changed by.
const BRIGHTNESS: f32 = 0.016;
const BRIGHTNESS_NOISE: f32 = 3.0;
const NOISE_DECAY: f32 = 0.9;

/// A static picture.
#[derive(Debug)]
struct StaticPicture {
    /// The first frame that showed it.
    first: FrameTimes,
    /// What it settled to; none while it is being disturbed.
    settled: Option<Means>,
    /// Whether it has lasted for long enough to be a freeze.
    frozen: bool,
}

/// What a frame turns out to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Finding {
    /// Whether it repeats what a frozen sender sent before.
    pub(super) repeats: bool,
    /// Of the frames that were kept, those after this one turn out to be repeats.
    pub(super) repeats_after: Option<FrameTimes>,
    /// Whether something moved for certain.
    pub(super) moved: bool,
    /// Whether what was frozen has become another picture, little by little.
    pub(super) is_other: bool,
}

/// How a picture follows the one before it.
#[derive(Debug, Clone, Copy)]
struct Step {
    change: Change,
    /// To the last bit.
    is_same: bool,
    /// Whether the detail of single blocks has changed.
    has_jumped: bool,
}

impl From<Change> for Step {
    fn from(change: Change) -> Self {
        Self { change, is_same: false, has_jumped: false }
    }
}

/// Watches the pictures of a track.
#[derive(Debug)]
pub(super) struct FreezeDetector {
    after_us: i64,
    history: History,
    previous: Option<Rc<Picture>>,
    /// The picture after the last disturbance: what follows is compared with it as well as with the picture before.
    reference: Option<Rc<Picture>>,
    static_picture: Option<StaticPicture>,
    /// The most that the mean of the picture has changed from one frame to the next of late while it was static, in levels.
    noise: f32,
    /// The most that single blocks have jumped while the picture was static, in levels.
    jump: f32,
    /// Which part of the picture is compared with the anchor next.
    part: usize,
    /// Where it moves.
    motion: Motion,
}

/// Where a picture moves: as long as these rows go on moving, the rest need not be inspected.
#[derive(Debug, Default)]
struct Motion {
    /// How many frames in a row have moved.
    frames: u32,
    /// A row in which the last one did.
    row: Option<usize>,
    /// The rows that are inspected, and what the last frame had there.
    rows: Option<(Range<usize>, Picture)>,
}

/// How many frames in a row have to move before only rows are inspected.
const MOVING_FRAMES: u32 = 4;
/// The rows that are inspected: this many above the one that moved, and below it. Both are even.
const ABOVE: usize = 24;
const BELOW: usize = 40;

impl FreezeDetector {
    /// One that reports a static picture as a freeze after this time, in microseconds.
    pub(super) fn new(after_us: i64) -> Self {
        Self {
            after_us,
            history: History::default(),
            previous: None,
            reference: None,
            static_picture: None,
            noise: 0.0,
            jump: 0.0,
            part: 0,
            motion: Motion::default(),
        }
    }

    /// Forgets all it has seen.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.after_us);
    }

    /// Whether the picture is static, if only for a moment.
    pub(super) fn is_still(&self) -> bool {
        self.static_picture.is_some()
    }

    /// The first frame that shows the picture of the last one, if nothing comes after that; none before the first.
    pub(super) fn static_since(&self) -> Option<FrameTimes> {
        let (_, first) = self.history.first_static(self.brightness_limit())?;
        let known = self.static_picture.as_ref().filter(|_| first.shows_static).map(|picture| picture.first);
        Some(known.unwrap_or(first.times))
    }

    /// Nothing came for long enough to be a freeze since the last frame.
    pub(super) fn freeze(&mut self) {
        let (Some(first), Some((place, _))) = (self.static_since(), self.history.first_static(self.brightness_limit()))
        else {
            return;
        };
        self.history.mark_static(place);
        let settled = self.history.last().map(|last| last.means.clone());
        self.static_picture = Some(StaticPicture { first, settled, frozen: true });
    }

    /// That was no freeze.
    pub(super) fn undo_freeze(&mut self) {
        self.static_picture = None;
        self.history.forget_static();
    }

    /// Inspects the next frame, which has these times if it is kept.
    pub(super) fn inspect(&mut self, times: FrameTimes, picture: Picture) -> Finding {
        self.forget_rows();
        let picture = Rc::new(picture);
        let Step { change, is_same, has_jumped } = self.change_to(&picture, times.steady);
        let last = self.history.last().filter(|_| is_same);
        let means = last.map_or_else(|| picture.means(), |last| last.means.clone());
        let sample = picture.sample();
        let change = match change {
            // A key frame may change the detail of a few blocks only.
            Change::Rest if self.brightness_changes(&means) => {
                if has_jumped {
                    Change::Disturbance
                } else {
                    Change::Brightness
                }
            }
            change => change,
        };
        self.choose_rows(change, &picture);
        self.part = (self.part + 1) % PARTS;
        let mut finding = Finding::default();
        if change == Change::Motion {
            finding.moved = true;
            finding.repeats_after = self.note_motion();
        }
        if change != Change::Rest {
            self.reference = Some(Rc::clone(&picture));
            if let Some(picture) = &mut self.static_picture {
                picture.settled = None;
            }
        }
        self.previous = Some(picture);
        self.history.push(Observation { times, change, means, sample, shows_static: false });
        if self.history.is_settled() {
            finding = self.settle(times.steady);
        } else if self.static_picture.as_ref().is_some_and(|picture| picture.frozen && picture.settled.is_some()) {
            self.history.mark_last_static();
            finding.repeats = true;
        }
        finding
    }

    /// The rows of the next frame that are to be inspected first; none if all of it is.
    pub(super) fn rows(&self) -> Option<Range<usize>> {
        self.motion.rows.as_ref().map(|(rows, _)| rows.clone())
    }

    /// Inspects these rows of the next frame. Gives none if they do not show that it moves: then the frame before is to be
    /// [remembered](Self::take_whole), and the next [inspected](Self::inspect).
    pub(super) fn inspect_rows(&mut self, times: FrameTimes, picture: Picture) -> Option<Finding> {
        let (_, before) = self.motion.rows.as_mut()?;
        let moves = |d: Difference| d.absolute > DISTURBANCE;
        if !picture.is_like(before) || !moves(picture.difference(before, REST, &moves)) {
            self.motion = Motion::default();
            return None;
        }
        *before = picture;
        (self.previous, self.reference) = (None, None);
        let repeats_after = self.note_motion();
        let (change, means, sample) = (Change::Motion, Means::unknown(), Sample::default());
        self.history.push(Observation { times, change, means, sample, shows_static: false });
        Some(Finding { repeats_after, moved: true, ..Finding::default() })
    }

    /// The next frame is to be inspected as a whole.
    pub(super) fn forget_rows(&mut self) {
        self.motion.rows = None;
    }

    /// Takes the whole picture of the last frame, of which only rows were inspected.
    pub(super) fn take_whole(&mut self, picture: Picture) {
        if self.previous.is_none() && self.history.last().is_some() {
            let means = picture.means();
            if let Some(settled) = self.static_picture.as_mut().and_then(|picture| picture.settled.as_mut()) {
                *settled = means.clone();
            }
            self.history.fill_last(means, picture.sample());
            let picture = Rc::new(picture);
            (self.previous, self.reference) = (Some(Rc::clone(&picture)), Some(picture));
        }
    }

    /// Notes where a picture that was inspected as a whole moves.
    fn choose_rows(&mut self, change: Change, picture: &Picture) {
        self.motion.frames = if change == Change::Motion { self.motion.frames + 1 } else { 0 };
        let Some(row) = self.motion.row.filter(|_| self.motion.frames > MOVING_FRAMES) else { return };
        let height = picture.size().1;
        let end = (row + BELOW).min(height) & !1;
        let rows = row.saturating_sub(ABOVE) & !1..end;
        if rows.len() < height / 2 {
            let before = picture.rows(rows.clone());
            self.motion.rows = Some((rows, before));
        }
    }

    /// Notes that the last frame is in the reel at another media time.
    pub(super) fn retime(&mut self, time: Media) {
        self.history.retime_last(time);
    }

    /// How a picture follows the one before it.
    fn change_to(&mut self, picture: &Rc<Picture>, steady: Steady) -> Step {
        let (Some(previous), Some(reference)) = (&self.previous, &self.reference) else { return Change::Motion.into() };
        if !picture.is_like(previous) {
            return Change::Resize.into();
        }
        let is_after_restart = self.history.is_after_restart(steady);
        let few = picture.blocks() / BLOCKS_PER_JUMP;
        let is_settled = self.static_picture.as_ref().is_some_and(|picture| picture.settled.is_some());
        let is_frozen = self.static_picture.as_ref().is_some_and(|picture| picture.frozen);
        let (most, most_shift) = match is_after_restart {
            _ if is_frozen => (DISTURBANCE_FROZEN, DISTURBANCE_FROZEN),
            true => (DISTURBANCE, DISTURBANCE),
            false => (DISTURBANCE, DISTURBANCE_SHIFT),
        };
        let jump = if is_settled { (JUMP_NOISE * self.jump).clamp(DISTURBANCE, FARTHEST_JUMP) } else { DISTURBANCE };
        let is_strong = |d: Difference| d.absolute > most || d.shift > most_shift;
        // Whatever the rest of the picture does.
        let is_motion = |d: Difference| d.absolute > jump.max(most) || (is_strong(d) && d.above > few);
        let step = picture.difference(previous, REST, &is_motion);
        let is_disturbed = step.above > few;
        self.motion.row = step.row;
        if is_motion(step) || (step.absolute > jump && !is_disturbed) {
            return Change::Motion.into();
        }
        let has_detail = step.detail > DISTURBANCE_DETAIL * step.absolute;
        if is_disturbed {
            return if has_detail { Change::Disturbance.into() } else { Change::Brightness.into() };
        }
        let is_same = step.absolute == 0.0;
        if is_settled && step.above > 0 {
            self.jump = self.jump.max(step.absolute);
        }
        let is_far = |d: Difference| d.absolute > jump || d.above > few;
        // What adds up slowly is seen soon enough if a part of the picture is compared each time.
        let part = (self.part, PARTS);
        let change = match is_far(picture.difference_in_part(reference, part, REST_IN_ALL, &is_far)) {
            false => Change::Rest,
            true if is_after_restart => Change::Disturbance,
            true => Change::Motion,
        };
        Step { change, is_same, has_jumped: step.above > 0 && has_detail }
    }

    /// Whether a picture whose blocks are at rest changes as a whole, by more than it has before.
    fn brightness_changes(&mut self, means: &Means) -> bool {
        let Some(last) = self.history.last() else { return false };
        let [step, _] = means.deviation(&last.means);
        let settled = self.static_picture.as_ref().and_then(|picture| picture.settled.as_ref());
        if step > self.brightness_limit() || settled.is_some_and(|settled| drifts(means, settled, 0.0)) {
            return true;
        }
        if settled.is_some() {
            self.noise = step.max(self.noise * NOISE_DECAY);
        }
        false
    }

    fn brightness_limit(&self) -> f32 {
        BRIGHTNESS + BRIGHTNESS_NOISE * self.noise
    }

    /// Notes that something moved. A freeze that was disturbed just before had no time to settle again: gives the last
    /// frame before its repeats, if it was one to the end.
    fn note_motion(&mut self) -> Option<FrameTimes> {
        let disturbed = self.static_picture.take().filter(|picture| picture.frozen && picture.settled.is_none());
        let is_rest = self.history.last().is_some_and(|last| last.change == Change::Rest);
        let lasted = |_: &StaticPicture| {
            is_rest && self.history.first_static(self.brightness_limit()).is_some_and(|(_, first)| first.shows_static)
        };
        let repeats_after = disturbed.filter(lasted).map(|picture| picture.first);
        self.history.forget_static();
        repeats_after
    }

    /// Notes that the picture has settled, and finds out since when it has been there.
    fn settle(&mut self, now: Steady) -> Finding {
        let mut finding = Finding::default();
        let Some(means) = self.history.last().map(|last| last.means.clone()) else { return finding };
        if self.static_picture.as_ref().is_none_or(|picture| picture.settled.is_none()) {
            let Some((place, first)) = self.history.first_static(self.brightness_limit()) else { return finding };
            let was_frozen = self.static_picture.as_ref().is_some_and(|picture| picture.frozen);
            let known = self.static_picture.take().filter(|_| first.shows_static);
            finding.is_other = was_frozen && known.is_none();
            let picture = known.unwrap_or(StaticPicture { first: first.times, settled: None, frozen: false });
            self.history.mark_static(place);
            finding.repeats_after = picture.frozen.then_some(picture.first);
            self.static_picture = Some(StaticPicture { settled: Some(means), ..picture });
        }
        self.history.mark_last_static();
        if let Some(picture) = &mut self.static_picture {
            if !picture.frozen && now - picture.first.steady >= self.after_us {
                picture.frozen = true;
                finding.repeats_after = Some(picture.first);
            }
            finding.repeats = picture.frozen;
        }
        finding
    }
}
