//! Frames that are recorded as they were received: which of them can be decoded from what is in the reel, and when the sender is asked
//! for a key frame.

use super::layers::Layers;
use crate::time::{Media, Wall};

/// How long a request for a key frame may take, in microseconds, before it is repeated: senders ignore one that follows another too soon.
const ANSWER_US: i64 = 600_000;
/// For how long a picture may be neither frozen nor moving, in microseconds, before a key frame is to show what it is.
const UNSETTLED_US: i64 = 2_000_000;
/// How far frames that came faster than the cap allows outweigh the others, each counting as two, before the source is reported to be too
/// fast.
const FAST_FRAMES: u32 = 30;
/// The same before a temporal layer is omitted: it comes back with a key frame.
const FAST_LAYERED: u32 = 10;

/// The frames of a source that are not encoded again, each of which needs those before it, up to a key frame.
#[derive(Debug, Default)]
pub(super) struct Chain {
    /// Whether the next frame can be decoded from what is in the reel.
    is_whole: bool,
    /// When a key frame was asked for last, and none has come since.
    asked: Option<Wall>,
    /// The media time of the last key frame.
    key: Option<Media>,
    /// The RTP timestamp of the last frame that is in the reel.
    newest: Option<u32>,
    /// Whether something moved that is not in the reel, since no key frame has come: the next shows it.
    owes: bool,
    /// Since when the picture is neither what was frozen nor moves for certain.
    unsettled: Option<Wall>,
    /// How many frames since then are counted as frozen, and may have moved.
    doubtful: u32,
    /// Whether the source gave nothing since that can be decoded, and will not before a key frame.
    is_deaf: bool,
    /// How many of the last frames can be omitted, without a key frame behind them.
    spare: u32,
    /// How many frames in a row came too fast, and not too fast.
    fast: u32,
    layers: Layers,
    /// Whether the page knows that this source is not to be recorded as it is, and whether it can't be.
    is_refused: bool,
    is_unfit: bool,
}

impl Chain {
    /// Notes that a frame is not in the reel which those that follow need.
    pub(crate) fn cut(&mut self) {
        self.is_whole = false;
    }

    /// Notes the next frame: whether it is a key frame, whether it can be omitted, and whether all came that it needs.
    pub(crate) fn next(&mut self, is_key: bool, is_spare: bool, is_decodable: bool) {
        self.is_deaf = !is_decodable;
        if is_key {
            self.asked = None;
        }
        self.spare = if is_spare { self.spare.saturating_add(1) } else { 0 };
    }

    /// Notes that the last frames, this many, are not in the reel. Gives whether those that follow can be decoded all the same.
    pub(crate) fn omit(&mut self, frames: u32) -> bool {
        self.is_whole &= frames <= self.spare;
        self.is_whole
    }

    /// Notes a frame that can't be decoded and is not what was frozen: when it came, and whether it moves for certain. Gives whether a key
    /// frame is owed for it: what fades does not move for certain.
    pub(crate) fn owe(&mut self, at: Wall, moved: bool) -> bool {
        let since = *self.unsettled.get_or_insert(at);
        self.owes |= moved || at.saturating_since(since) >= UNSETTLED_US;
        self.owes
    }

    /// Notes that a frame counts as frozen that may have moved.
    pub(crate) fn doubt(&mut self) {
        self.doubtful += 1;
    }

    /// How many frames have counted as frozen, and are taken to have moved from now on.
    pub(crate) fn take_doubtful(&mut self) -> u32 {
        std::mem::take(&mut self.doubtful)
    }

    /// Notes a repeat of what was frozen.
    pub(crate) fn settle(&mut self) {
        (self.unsettled, self.doubtful) = (None, 0);
    }

    /// Whether something moved that is not in the reel.
    pub(crate) fn owes(&self) -> bool {
        self.owes
    }

    /// Whether a key frame is needed even while the picture is frozen: as soon as it may move, since what comes until then is lost. If it
    /// did not, the key frame is one more disturbance, and rolled back.
    pub(crate) fn needs_key(&self) -> bool {
        self.owes || self.is_deaf || self.unsettled.is_some()
    }

    /// Whether a frame can be decoded from what is in the reel, or from itself.
    pub(crate) fn reaches(&self, is_key: bool) -> bool {
        self.is_whole || is_key
    }

    /// Notes that the frame with this RTP timestamp is in the reel at this media time.
    pub(crate) fn keep(&mut self, time: Media, rtp: Option<u32>, is_key: bool) {
        self.newest = rtp;
        if is_key {
            (self.is_whole, self.owes, self.key) = (true, false, Some(time));
            self.unsettled = None;
        }
    }

    /// Whether to ask the sender for a key frame at this time: where one is needed, and where the last is longer ago than this, in
    /// microseconds, at this media time.
    pub(crate) fn should_request(&mut self, now: Wall, time: Option<Media>, interval_us: i64) -> bool {
        let is_old = self.key.zip(time).is_some_and(|(key, time)| time - key >= interval_us);
        let is_waiting = self.asked.is_some_and(|asked| now.saturating_since(asked) < ANSWER_US);
        let should_request = (!self.is_whole || is_old) && !is_waiting;
        if should_request {
            self.asked = Some(now);
        }
        should_request
    }

    /// The temporal layers of its source.
    pub(crate) fn layers(&mut self) -> &mut Layers {
        &mut self.layers
    }

    /// Notes whether a frame came faster than the cap allows. Gives whether they do for good, and no layer is left to omit.
    pub(crate) fn is_too_fast(&mut self, is_fast: bool) -> bool {
        // A frame of jitter is no rate.
        self.fast = if is_fast { self.fast + 2 } else { self.fast.saturating_sub(1) };
        if self.fast >= FAST_LAYERED && self.layers.lower() {
            self.fast = 0;
        }
        self.fast >= FAST_FRAMES
    }

    /// That of another source, or of the same one: the frames of this one that are in the reel may come again, decoded.
    pub(crate) fn of_next(&self) -> Self {
        Self { newest: self.newest, ..Self::default() }
    }

    /// The RTP timestamp of the last frame that is in the reel.
    pub(crate) fn newest(&self) -> Option<u32> {
        self.newest
    }

    /// Whether its source can't be recorded as it is.
    pub(crate) fn is_unfit(&self) -> bool {
        self.is_unfit
    }

    /// Notes that its source is not to be recorded as it is, and whether it can be until another takes its place. Gives whether that was
    /// not known.
    pub(crate) fn refuse(&mut self, can_be: bool) -> bool {
        self.is_unfit |= !can_be;
        !std::mem::replace(&mut self.is_refused, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(ms: i64) -> Wall {
        Wall::from_us(ms * 1000)
    }

    #[test]
    fn a_key_frame_is_asked_for_until_it_comes() {
        let mut chain = Chain::default();
        assert!(!chain.reaches(false) && chain.reaches(true));
        let asked: Vec<_> = (0..20).filter(|n| chain.should_request(wall(n * 100), None, 10_000_000)).collect();
        assert_eq!(asked, [0, 6, 12, 18]);
        chain.next(true, false, true);
        chain.keep(Media::from_us(0), None, true);
        assert!(chain.reaches(false) && !chain.should_request(wall(2000), None, 10_000_000));
        chain.cut();
        assert!(chain.should_request(wall(2001), None, 10_000_000), "another one than before");
    }

    #[test]
    fn a_key_frame_is_asked_for_where_the_last_is_long_ago() {
        let mut chain = Chain::default();
        chain.keep(Media::from_us(0), None, true);
        let at = |s: i64| Some(Media::from_us(s * 1_000_000));
        assert!(
            !chain.should_request(wall(9000), at(9), 10_000_000)
                && chain.should_request(wall(10_000), at(10), 10_000_000)
        );
        assert!(!chain.should_request(wall(10_100), at(10), 10_000_000), "it is on its way");
        chain.next(true, false, true);
        chain.keep(Media::from_us(10_200_000), None, true);
        assert!(!chain.should_request(wall(11_000), at(11), 10_000_000));
    }

    // 60 frames a second where 30 are allowed: every second one is too fast.
    #[test]
    fn a_source_is_too_fast_if_its_frames_are_for_long() {
        let mut chain = Chain::default();
        assert!((0..100).all(|n| !chain.is_too_fast(n % 4 == 0)), "one that jitters");
        assert!((0..100).any(|n| chain.is_too_fast(n % 2 == 0)));
    }
}
