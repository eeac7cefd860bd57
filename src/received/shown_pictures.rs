//! Which of the pictures that the browser shows belongs to a received frame: the decoded one of the same RTP timestamp.
//!
//! A frame is decoded after it was received, and some never are. What is recorded waits for its picture, but not for ever: in a page where
//! nothing is decoded, frames are recorded unseen.

use crate::time::Wall;

/// What was shown of a received frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown<F> {
    /// This picture.
    Frame(F),
    /// Nothing, though pictures of other frames are.
    Skipped,
    /// Nobody knows: no pictures come.
    Unknown,
}

/// How long a received frame waits for its picture, in microseconds.
pub(super) const WAIT_US: i64 = 1_000_000;
/// The same of one without a number, which is lost if it is not shown: busy machines decode late.
pub(super) const LONG_WAIT_US: i64 = 3_000_000;
/// How much later than its picture a frame may come, in microseconds.
pub(super) const OVERTAKING_US: i64 = 30_000;
/// The most pictures that wait for their frames: each keeps a buffer of the decoder.
const MOST_WAITING: usize = 6;

/// The pictures that come.
#[derive(Debug)]
pub struct ShownPictures<F> {
    /// Those whose frames have not been read, oldest first.
    waiting: Vec<(u32, F, Wall)>,
    /// The RTP timestamp of the last that came, and when it did.
    newest: Option<(u32, Wall)>,
    /// Whether a frame has waited in vain, and no picture has come since.
    is_blind: bool,
}

impl<F> Default for ShownPictures<F> {
    fn default() -> Self {
        Self { waiting: Vec::new(), newest: None, is_blind: false }
    }
}

impl<F> ShownPictures<F> {
    /// Takes the picture of the frame with this RTP timestamp, at this time.
    pub fn push(&mut self, rtp: u32, picture: F, now: Wall) {
        (self.newest, self.is_blind) = (Some((rtp, now)), false);
        if self.waiting.len() == MOST_WAITING {
            self.waiting.remove(0);
        }
        self.waiting.push((rtp, picture, now));
    }

    /// The RTP timestamp of the last picture that came.
    pub fn newest(&self) -> Option<u32> {
        self.newest.map(|(newest, _)| newest)
    }

    /// The RTP timestamps of the pictures whose frames have not been found.
    pub fn waiting(&self) -> impl Iterator<Item = u32> {
        self.waiting.iter().map(|(rtp, ..)| *rtp)
    }

    /// When the picture of the frame with this RTP timestamp came; none if it has not.
    pub fn shown_at(&self, rtp: u32) -> Option<Wall> {
        self.waiting.iter().find(|(other, ..)| *other == rtp).map(|(.., came)| *came)
    }

    /// What was shown of the next frame, which has this RTP timestamp and came at this time; none if that may still come.
    pub fn find(&mut self, rtp: u32, came: Wall, now: Wall) -> Option<Shown<F>> {
        while self.waiting.first().is_some_and(|(first, ..)| is_before(*first, rtp)) {
            self.waiting.remove(0);
        }
        if self.waiting.first().is_some_and(|(first, ..)| *first == rtp) {
            return Some(Shown::Frame(self.waiting.remove(0).1));
        }
        // One that came before the frame did is of no later frame: the sender's clock has jumped back.
        if self.newest.is_some_and(|(newest, shown)| is_before(rtp, newest) && shown >= came) {
            return Some(Shown::Skipped);
        }
        self.is_blind |= now.saturating_since(came) >= WAIT_US;
        self.is_blind.then_some(Shown::Unknown)
    }
}

/// Whether an RTP timestamp is earlier than another one (RFC 1982).
pub(super) fn is_before(rtp: u32, other: u32) -> bool {
    (rtp.wrapping_sub(other) as i32) < 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(ms: i64) -> Wall {
        Wall::from_us(ms * 1000)
    }

    #[test]
    fn a_frame_waits_for_its_picture() {
        let mut watch = ShownPictures::default();
        assert_eq!(watch.find(3000, wall(0), wall(0)), None);
        watch.push(3000, 'a', wall(80));
        assert_eq!(watch.find(3000, wall(0), wall(80)), Some(Shown::Frame('a')));
        assert_eq!(watch.find(6000, wall(33), wall(80)), None);
    }

    #[test]
    fn a_frame_that_others_overtake_was_not_shown() {
        let mut watch = ShownPictures::default();
        watch.push(9000, 'c', wall(80));
        assert_eq!(watch.find(6000, wall(0), wall(80)), Some(Shown::Skipped));
        assert_eq!(watch.find(9000, wall(33), wall(80)), Some(Shown::Frame('c')));
        assert_eq!(watch.find(8000, wall(34), wall(80)), Some(Shown::Skipped));
    }

    // A browser shows nothing for seconds then: what moved was taken for the frozen picture around it.
    #[test]
    fn a_sender_whose_clock_jumps_back_is_not_one_whose_frames_are_skipped() {
        let mut watch = ShownPictures::default();
        watch.push(900_000, 'a', wall(80));
        assert_eq!(watch.find(900_000, wall(0), wall(80)), Some(Shown::Frame('a')));
        assert_eq!(watch.find(3000, wall(100), wall(200)), None);
        assert_eq!(watch.find(3000, wall(100), wall(1100)), Some(Shown::Unknown));
        watch.push(6000, 'b', wall(3100));
        assert_eq!(watch.find(6000, wall(133), wall(3100)), Some(Shown::Frame('b')));
    }

    #[test]
    fn a_picture_may_come_before_its_frame_is_read_and_over_the_end_of_the_numbers() {
        let mut watch = ShownPictures::default();
        watch.push(u32::MAX - 999, 'a', wall(0));
        watch.push(2000, 'b', wall(0));
        assert_eq!(watch.find(u32::MAX - 999, wall(0), wall(0)), Some(Shown::Frame('a')));
        assert_eq!(watch.find(2000, wall(33), wall(40)), Some(Shown::Frame('b')));
    }

    // Otherwise everything would be recorded a second late in a page that shows nothing.
    #[test]
    fn where_no_pictures_come_one_frame_waits_and_no_other() {
        let mut watch = ShownPictures::default();
        assert_eq!(watch.find(3000, wall(0), wall(999)), None);
        assert_eq!(watch.find(3000, wall(0), wall(1000)), Some(Shown::Unknown));
        assert_eq!(watch.find(6000, wall(990), wall(1000)), Some(Shown::Unknown));
        watch.push(9000, 'c', wall(1030));
        assert_eq!(watch.find(9000, wall(1020), wall(1030)), Some(Shown::Frame('c')));
        assert_eq!(watch.find(12_000, wall(1053), wall(1060)), None);
    }

    #[test]
    fn few_pictures_are_kept_open() {
        let mut watch = ShownPictures::default();
        (0..20).for_each(|n| watch.push(n, n, wall(0)));
        assert_eq!(watch.waiting.len(), MOST_WAITING);
    }
}
