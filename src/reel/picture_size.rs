//! Which size the pictures of a reel have: that of the first frame, unless a larger one of the same shape comes soon after it.

/// Width and height in pixels.
pub type Size = (u32, u32);

/// How long the size may rise, in microseconds of media time. A sender begins small and has felt its way up by then.
pub const OPENING_US: i64 = 10_000_000;
/// The least side that every encoder takes, in pixels: H.264's macroblock.
const LEAST: u32 = 16;
/// How many percent the proportions of two pictures may differ by and still be one shape.
const SHAPE_PERCENT: u64 = 3;
/// How many percent larger a picture has to be to be worth making everything again.
const WORTH_PERCENT: u64 = 5;

/// The picture size of a reel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureSize {
    /// The upright size of the frame that it was taken from.
    frame: Size,
    is_final: bool,
}

impl PictureSize {
    /// The size for a reel that begins with a frame of this upright size.
    pub fn of(frame: Size) -> Self {
        Self { frame, is_final: false }
    }

    /// What the encoder makes: even, since encoders refuse odd sizes, and no smaller than they take.
    pub fn encoded(&self) -> Size {
        let even = |pixels: u32| (pixels & !1).max(LEAST);
        (even(self.frame.0), even(self.frame.1))
    }

    /// The size that the reel gets by a frame of this upright size at this media time, in microseconds; none if it stays.
    pub fn raised_by(&self, frame: Size, time_us: i64) -> Option<Self> {
        let raised = Self::of(frame);
        let worth = area(raised.encoded()) * 100 >= area(self.encoded()) * (100 + WORTH_PERCENT);
        // What no encoder takes as it is, such as the one black pixel of a camera that is not there yet, has no shape to keep.
        let has_shape = self.frame.0.min(self.frame.1) >= LEAST;
        let fits = !has_shape || same_shape(self.frame, frame, SHAPE_PERCENT);
        (worth && fits && !self.is_final && time_us < OPENING_US).then_some(raised)
    }

    /// Has it stay as it is.
    pub fn settle(&mut self) {
        self.is_final = true;
    }
}

/// Whether the proportions of two pictures differ by no more than this.
pub fn same_shape(one: Size, other: Size, percent: u64) -> bool {
    let (one, other) = (u64::from(one.0) * u64::from(other.1), u64::from(other.0) * u64::from(one.1));
    one.abs_diff(other) * 100 <= one.max(other) * percent
}

fn area((width, height): Size) -> u64 {
    u64::from(width) * u64::from(height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn raised(from: Size, by: Size, time_us: i64) -> Option<Size> {
        PictureSize::of(from).raised_by(by, time_us).map(|raised| raised.encoded())
    }

    #[test]
    fn a_size_is_even_and_one_that_encoders_take() {
        let encoded = |width, height| PictureSize::of((width, height)).encoded();
        assert_eq!(encoded(1280, 720), (1280, 720));
        assert_eq!(encoded(333, 187), (332, 186));
        assert_eq!(encoded(1, 1), (16, 16));
        assert_eq!(encoded(2, 200), (16, 200));
        assert_eq!(encoded(4096, 2304), (4096, 2304));
    }

    // A sender that felt its way up from 320×180 condemned an hour of recording to that.
    #[test]
    fn a_sender_that_feels_its_way_up_raises_it() {
        assert_eq!(raised((320, 180), (640, 360), 1_000_000), Some((640, 360)));
        assert_eq!(raised((640, 360), (1280, 720), 9_999_999), Some((1280, 720)));
        assert_eq!(raised((333, 187), (1280, 720), 0), Some((1280, 720)), "rounded");
        assert_eq!(raised((320, 180), (640, 366), 0), Some((640, 366)), "nearly the same shape");
        assert_eq!(raised((180, 320), (361, 641), 0), Some((360, 640)), "upright ones as well");
    }

    #[test]
    fn it_stays_after_the_opening_and_once_it_is_settled() {
        assert_eq!(raised((320, 180), (640, 360), OPENING_US), None);
        let mut size = PictureSize::of((320, 180));
        size.settle();
        assert_eq!(size.raised_by((640, 360), 0), None);
    }

    #[test]
    fn a_picture_of_another_shape_or_hardly_larger_does_not_raise_it() {
        assert_eq!(raised((320, 180), (640, 480), 0), None);
        assert_eq!(raised((320, 180), (360, 640), 0), None, "turned");
        assert_eq!(raised((1280, 720), (640, 360), 0), None);
        assert_eq!(raised((1280, 720), (1280, 720), 0), None);
        assert_eq!(raised((1280, 720), (1296, 730), 0), None);
    }

    // Some senders begin with a black picture of 1×1 or 2×2.
    #[test]
    fn a_picture_too_small_to_be_one_gives_way_to_any_shape() {
        assert_eq!(raised((2, 2), (640, 360), 0), Some((640, 360)));
        assert_eq!(raised((1, 1), (2, 2), 0), None);
    }

    proptest! {
        #[test]
        fn it_only_ever_rises_and_not_for_ever(
            frames in proptest::collection::vec((1..5_000_u32, 1..5_000_u32), 1..300)
        ) {
            let mut size = PictureSize::of(frames[0]);
            let mut raises = 0;
            for &frame in &frames {
                let Some(raised) = size.raised_by(frame, 0) else { continue };
                prop_assert!(area(raised.encoded()) > area(size.encoded()));
                (size, raises) = (raised, raises + 1);
            }
            prop_assert!(raises < 250);
            let (width, height) = size.encoded();
            prop_assert!(width.min(height) >= LEAST && width % 2 == 0 && height % 2 == 0);
        }
    }
}
