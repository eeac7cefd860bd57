//! Received frames in decoding order, and what a lost one leaves undecodable.
//!
//! A frame comes when its packets are there, before the browser sorts frames. One whose packets were sent again comes behind later
//! ones, and one that was lost never comes.

use super::shown_pictures::is_before;
use crate::time::Wall;

/// A number of a picture that wraps around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// The number.
    pub value: u32,
    /// Its length in bits, at most 31.
    pub bits: u8,
}

impl Place {
    /// Of a frame of which no more is known.
    pub(super) fn plain(is_key: bool, number: Option<Number>) -> Self {
        let shown = Number { value: 0, bits: 0 };
        Self { is_key, is_reference: true, number, shown, is_copy: false, marks: false, references: 1 }
    }
}

impl Number {
    /// How far behind another number it is, modulo its length.
    pub fn since(self, earlier: u32) -> u32 {
        self.value.wrapping_sub(earlier) & self.mask()
    }

    fn mask(self) -> u32 {
        (1 << self.bits) - 1
    }
}

/// Where a picture is in its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Whether no frame before it is needed from here on.
    pub is_key: bool,
    /// Whether other pictures may be predicted from it.
    pub is_reference: bool,
    /// `frame_num`: one more than that of the reference before (ITU-T H.264, § 7.4.3). `OrderHint` of AV1, where every frame counts
    /// as a reference. None where a codec has no such number.
    pub number: Option<Number>,
    /// `pic_order_cnt_lsb` (§ 8.2.1.1); without bits where slices have none.
    pub shown: Number,
    /// Whether it is, to the last bit, the reference that comes before it.
    ///
    /// That is proven where every slice is a P slice of CAVLC whose data is one `mb_skip_run` of all its macroblocks. A skipped
    /// macroblock's motion is that of its neighbours, or 0 where those have none (§ 8.4.1.1), so here it is 0 everywhere. There is
    /// no residual, and no weight. The deblocking filter has a strength of 0 between blocks of one reference and one motion without
    /// coefficients (§ 8.7.2.1). So the picture is `RefPicList0[0]`: the reference before (§ 8.2.4.2.1), if references are marked
    /// by the sliding window alone.
    pub is_copy: bool,
    /// Whether it marks references otherwise than by the sliding window (§ 8.2.5.3), such as for the long term.
    pub marks: bool,
    /// How many references are kept: `max_num_ref_frames`, at least 1.
    pub references: u32,
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given<T> {
    /// It is next.
    Decodable {
        /// The frame.
        frame: T,
        /// Its place.
        place: Place,
        /// What is proven of its picture.
        repeat: Repeat,
    },
    /// A frame that it needs was lost, or no key frame has come yet.
    Undecodable(T),
}

/// What is proven of a picture without decoding it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repeat {
    /// Nothing: it may be another one.
    No,
    /// It shows what the picture before shows, to the last bit. Later pictures may need it among their references.
    Same,
    /// As well, and all references show it too: without it, later pictures are decoded to the same bits, once
    /// [`Renumber`](super::Renumber) has closed the gap.
    Spare,
}

/// How long later frames wait for a missing one, in microseconds.
const WAIT_US: i64 = 500_000;
/// The most frames that wait.
const MOST_HELD: usize = 60;
/// An RTP timestamp that goes further back, in ticks of 90 kHz, is one of a counter that was reset: 10 s.
const FURTHEST_BACK: u32 = 900_000;
/// A frame that is sent again comes sooner than this, in the same ticks: 1 s. A key frame that is further back is one of a counter that was
/// reset, and so is a frame whose number is the next. Another frame that is further back may as well be much too late.
const LATEST: u32 = 90_000;

/// Takes frames as they come, and gives those that are next. Without loss, each at once.
///
/// Loss shows in the numbers of [`Place`] alone. A loss of whole rounds of numbers does not: of H.264's, a round may be 16
/// references. [`Reader`](super::Reader) then goes by the pictures. Where a codec has no numbers, a frame that comes late shows that those behind it should have waited: a key frame is
/// needed then. One that never comes does not show.
#[derive(Debug)]
pub struct Ordered<T> {
    held: Vec<Held<T>>,
    /// The RTP timestamp of the last frame that was given.
    last_rtp: Option<u32>,
    /// That of the last key frame that was given.
    key_rtp: Option<u32>,
    /// Whether every frame since the last key frame is there.
    is_whole: bool,
    /// The number of the next frame.
    next: u32,
    repeats: Repeats,
}

#[derive(Debug)]
struct Held<T> {
    rtp: u32,
    wall: Wall,
    place: Place,
    frame: T,
    /// Whether its place is known no more.
    is_stale: bool,
}

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self { held: Vec::new(), last_rtp: None, key_rtp: None, is_whole: false, next: 0, repeats: Repeats::default() }
    }
}

impl<T> Ordered<T> {
    /// Takes a frame with its RTP timestamp and when it came. A frame that came before is dropped, and one that is a little older than the
    /// last that was given. Then [`next`](Self::next) gives frames until there are none.
    pub fn push(&mut self, rtp: u32, place: Place, wall: Wall, frame: T) {
        let back = self.last_rtp.map(|last| last.wrapping_sub(rtp)).filter(|back| *back <= FURTHEST_BACK);
        let is_follower = self.is_whole && self.held.is_empty() && place.number.is_some() && self.is_next(&place);
        let is_far = back.is_some_and(|back| back > LATEST);
        let is_reset = is_far && (place.is_key || is_follower);
        let is_old = back.is_some() && !is_reset;
        let is_late = is_old && self.last_rtp != Some(rtp) && self.key_rtp.is_some_and(|key| is_before(key, rtp));
        let is_stale = is_old && is_far;
        if is_stale || (is_late && (place.is_key || place.number.is_none())) {
            // Frames behind it were given: their numbers were right by chance, or there are none.
            self.is_whole = false;
        }
        if is_reset {
            self.held.iter_mut().for_each(|held| held.is_stale = true);
        }
        if (is_stale || !is_old) && self.held.iter().all(|held| held.rtp != rtp) {
            self.held.push(Held { rtp, wall, place, frame, is_stale });
        }
    }

    /// Notes a frame that came and can't be read: what needs it can't be decoded, and one that is older comes too late.
    pub fn lose(&mut self, rtp: u32) {
        self.is_whole = false;
        if self.last_rtp.is_none_or(|last| is_before(last, rtp)) {
            self.last_rtp = Some(rtp);
        }
    }

    /// The next frame that needs to wait no more at this time.
    pub fn next(&mut self, now: Wall) -> Option<Given<T>> {
        if let Some(stale) = self.held.iter().position(|held| held.is_stale) {
            return Some(Given::Undecodable(self.held.remove(stale).frame));
        }
        if let Some(key) = self.oldest(|held| held.place.is_key) {
            // What comes before a key frame and still waits would come too late.
            let rtp = self.held[key].rtp;
            if let Some(at) = self.oldest(|held| is_before(held.rtp, rtp)) {
                return Some(Given::Undecodable(self.held.remove(at).frame));
            }
            self.is_whole = true;
            return Some(self.give(key));
        }
        // Only the oldest can be next: a later one of its number is one of the next round.
        let oldest = self.oldest(|_| true)?;
        if self.is_whole && self.is_next(&self.held[oldest].place) {
            return Some(self.give(oldest));
        }
        if self.held.len() < MOST_HELD && self.due().is_none_or(|due| now < due) {
            return None;
        }
        // Behind a loss, frames wait as well: a key frame that was sent again may still come before them.
        self.is_whole = false;
        Some(Given::Undecodable(self.held.remove(oldest).frame))
    }

    /// Until when the frames that wait do so; none if none waits. Then [`next`](Self::next) has to be called.
    pub fn due(&self) -> Option<Wall> {
        self.held.iter().map(|held| held.wall.saturating_add(WAIT_US)).min()
    }

    /// Whether a key frame is needed: none has come yet, or a frame was lost since.
    pub fn needs_key(&self) -> bool {
        !self.is_whole
    }

    /// The frames that still wait, as there will be no more.
    pub fn finish(self) -> impl Iterator<Item = T> {
        self.held.into_iter().map(|held| held.frame)
    }

    /// The position of the oldest of these frames.
    fn oldest(&self, is_one: impl Fn(&Held<T>) -> bool) -> Option<usize> {
        let mut oldest: Option<usize> = None;
        for (at, held) in self.held.iter().enumerate() {
            if is_one(held) && oldest.is_none_or(|oldest| is_before(held.rtp, self.held[oldest].rtp)) {
                oldest = Some(at);
            }
        }
        oldest
    }

    /// Whether no reference before it is missing, as far as a codec counts them (§ 7.4.3).
    fn is_next(&self, place: &Place) -> bool {
        place.number.is_none_or(|number| number.since(self.next) == 0)
    }

    fn give(&mut self, at: usize) -> Given<T> {
        let Held { rtp, place, frame, .. } = self.held.remove(at);
        self.last_rtp = Some(rtp);
        if place.is_key {
            self.key_rtp = Some(rtp);
        }
        if let Some(number) = place.number {
            // Pictures behind one that is no reference have its number.
            self.next = number.value.wrapping_add(u32::from(place.is_reference));
        }
        Given::Decodable { frame, place, repeat: self.repeats.next(&place) }
    }
}

/// Which pictures repeat the one before, in decoding order.
#[derive(Debug, Default)]
struct Repeats {
    /// Whether the picture before shows the last reference.
    shows_last: bool,
    /// How many of the latest references show one picture.
    same: u32,
    /// Whether a picture since the key frame has marked references otherwise than by the sliding window.
    has_marked: bool,
}

impl Repeats {
    fn next(&mut self, place: &Place) -> Repeat {
        if place.is_key {
            self.has_marked = place.marks;
            (self.shows_last, self.same) = (true, 1);
            return Repeat::No;
        }
        let is_copy = place.is_copy && !self.has_marked;
        let repeat = match is_copy && self.shows_last {
            false => Repeat::No,
            true if !place.is_reference || self.same >= place.references => Repeat::Spare,
            true => Repeat::Same,
        };
        self.has_marked |= place.marks;
        self.shows_last = is_copy || place.is_reference;
        if place.is_reference {
            self.same = if is_copy { self.same.saturating_add(1) } else { 1 };
        }
        repeat
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "order_tests.rs"]
mod tests;
