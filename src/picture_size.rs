//! Which size the pictures of a reel have: that of the first frame, or what was asked for. It rises if a larger frame of the same
//! shape comes soon after the first, and it is smaller where no encoder makes it.

/// Width and height in pixels.
pub type Size = (u32, u32);

/// How long the size may rise, in microseconds of media time. A sender begins small and has felt its way up by then.
pub const OPENING_US: i64 = 10_000_000;
/// A size that every encoder makes, in pixels.
pub const USUAL_SIZE: Size = (1280, 720);
/// The least side that every encoder takes, in pixels: H.264's macroblock.
const LEAST: u32 = 16;
/// The longest side that is computed, in pixels. No encoder makes a longer one.
const MOST: u32 = 16_384;
/// How many percent the proportions of two pictures may differ by and still be one shape.
const SHAPE_PERCENT: u64 = 3;
/// How many percent larger a picture has to be to be worth making everything again.
const WORTH_PERCENT: u64 = 5;

/// The most macroblocks of a picture in H.264 at the levels 5.2, 4 and 3.1 (ITU-T H.264, Table A-1). Encoders have these limits.
const LIMITS: [u32; 3] = [36_864, 8_192, 3_600];

/// The size that was asked for, in pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WantedSize {
    /// The width. Without a height, that follows from the picture's shape.
    pub width: Option<u32>,
    /// The height. Without a width, that follows from the picture's shape.
    pub height: Option<u32>,
    /// The most that the height may be. The width follows.
    pub max_height: Option<u32>,
}

impl WantedSize {
    /// The sizes to try encoders at before the first frame shows its own, one of them after the other until one works. `known` is what is
    /// reported of the frames; zeros if nothing is.
    pub fn trials(&self, known: Size) -> Vec<Size> {
        let real = PictureSize::of(known, *self).encoded();
        if area(real) > area(USUAL_SIZE) { vec![real, USUAL_SIZE] } else { vec![USUAL_SIZE] }
    }

    /// What is made of a frame of this size.
    fn of(&self, frame: Size) -> Size {
        let (width, height) = match (self.width, self.height) {
            (Some(width), Some(height)) => (width, height),
            (Some(width), None) => (width, scaled(frame.1, width, frame.0)),
            (None, Some(height)) => (scaled(frame.0, height, frame.1), height),
            (None, None) => frame,
        };
        let lower = self.max_height.filter(|&most| most < height);
        lower.map_or((width, height), |most| (scaled(width, most, height), most))
    }
}

/// The picture size of a reel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureSize {
    /// The upright size of the frame that it was taken from.
    frame: Size,
    wanted: WantedSize,
    /// The most macroblocks that there is an encoder for, once that is known.
    most: Option<u32>,
    is_final: bool,
}

impl PictureSize {
    /// The size for a reel that begins with a frame of this upright size.
    pub fn of(frame: Size, wanted: WantedSize) -> Self {
        Self { frame, wanted, most: None, is_final: false }
    }

    /// What the encoder makes: even, since encoders refuse odd sizes, and no smaller than they take.
    pub fn encoded(&self) -> Size {
        let (width, height) = self.wanted();
        let most = self.most.unwrap_or(u32::MAX);
        if macroblocks((width, height)) <= most {
            return (width, height);
        }
        let scale = (f64::from(most) * f64::from(LEAST * LEAST) / (f64::from(width) * f64::from(height))).sqrt();
        let mut lower = (f64::from(height) * scale) as u32;
        loop {
            let limited = even((scaled(width, lower, height), lower));
            if macroblocks(limited) <= most || lower <= LEAST {
                return limited;
            }
            lower -= 2;
        }
    }

    /// What it would be if there was an encoder for every size.
    pub fn wanted(&self) -> Size {
        even(self.wanted.of(self.frame))
    }

    /// The next smaller size to look for an encoder for; none if there is none worth it.
    pub fn smaller(&self) -> Option<Self> {
        let now = macroblocks(self.encoded());
        let most = LIMITS.into_iter().find(|&most| most < now)?;
        Some(Self { most: Some(most), ..*self })
    }

    /// The size that the reel gets by a frame of this upright size at this media time, in microseconds; none if it stays.
    pub fn raised_by(&self, frame: Size, time_us: i64) -> Option<Self> {
        let raised = Self { frame, ..*self };
        let has_shape = self.has_shape();
        let fits = !has_shape || same_shape(self.frame, frame, SHAPE_PERCENT);
        let is_worth = if has_shape {
            raised.is_worth_more_than(self)
        } else {
            area(even(frame)) > area(even(self.frame)) && raised.encoded() != self.encoded()
        };
        (is_worth && fits && !self.is_final && time_us < OPENING_US).then_some(raised)
    }

    /// Whether its frame is a picture. What no encoder takes as it is, such as the one black pixel of a camera that is not there yet, has no
    /// shape to keep.
    pub fn has_shape(&self) -> bool {
        self.frame.0.min(self.frame.1) >= LEAST
    }

    /// Whether it is so much larger that it is worth re-encoding all.
    fn is_worth_more_than(&self, other: &Self) -> bool {
        area(self.encoded()) * 100 >= area(other.encoded()) * (100 + WORTH_PERCENT)
    }

    /// Whether this size may take the place of another.
    pub fn may_replace(&self, before: &Self) -> bool {
        !before.is_final && self.is_worth_more_than(before)
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

/// A side that keeps its proportion to another, which is scaled from one length to the other. All in pixels.
fn scaled(side: u32, to: u32, from: u32) -> u32 {
    let (side, to, from) = (u64::from(side), u64::from(to), u64::from(from.max(1)));
    ((side * to + from / 2) / from).min(MOST.into()) as u32
}

fn even((width, height): Size) -> Size {
    let even = |pixels: u32| (pixels & !1).max(LEAST);
    (even(width), even(height))
}

fn macroblocks((width, height): Size) -> u32 {
    width.div_ceil(LEAST) * height.div_ceil(LEAST)
}

fn area((width, height): Size) -> u64 {
    u64::from(width) * u64::from(height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn natural(frame: Size) -> PictureSize {
        PictureSize::of(frame, WantedSize::default())
    }

    fn wanted(width: u32, height: u32, max_height: u32) -> WantedSize {
        let [width, height, max_height] = [width, height, max_height].map(|side| (side > 0).then_some(side));
        WantedSize { width, height, max_height }
    }

    fn raised(from: Size, by: Size, time_us: i64) -> Option<Size> {
        natural(from).raised_by(by, time_us).map(|raised| raised.encoded())
    }

    #[test]
    fn a_size_is_even_and_one_that_encoders_take() {
        let encoded = |width, height| natural((width, height)).encoded();
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
        let mut size = natural((320, 180));
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

    #[test]
    fn a_size_that_is_asked_for_is_made_of_every_frame() {
        let of = |frame, wanted| PictureSize::of(frame, wanted).encoded();
        assert_eq!(of((640, 360), wanted(1280, 720, 0)), (1280, 720));
        assert_eq!(of((640, 480), wanted(1280, 720, 0)), (1280, 720), "letterboxed");
        assert_eq!(of((640, 360), wanted(0, 720, 0)), (1280, 720));
        assert_eq!(of((360, 640), wanted(0, 720, 0)), (404, 720));
        assert_eq!(of((1920, 1080), wanted(640, 0, 0)), (640, 360));
        assert_eq!(of((1920, 1080), wanted(0, 0, 720)), (1280, 720));
        assert_eq!(of((640, 360), wanted(0, 0, 720)), (640, 360), "never larger");
        assert_eq!(of((640, 360), wanted(1280, 720, 480)), (852, 480), "the least of both");
        assert_eq!(of((1, 5_000), wanted(8_000, 0, 0)), (8_000, MOST));
        assert_eq!(of((1000, 676), wanted(100, 0, 0)), (100, 68), "rounded, and even");
    }

    #[test]
    fn encoders_are_tried_at_the_real_size_if_that_is_larger_than_usual() {
        let none = WantedSize::default();
        assert_eq!(none.trials((0, 0)), [USUAL_SIZE]);
        assert_eq!(none.trials((640, 360)), [USUAL_SIZE]);
        assert_eq!(none.trials((5120, 2880)), [(5120, 2880), USUAL_SIZE]);
        assert_eq!(wanted(0, 0, 720).trials((5120, 2880)), [USUAL_SIZE]);
        assert_eq!(wanted(1920, 1080, 0).trials((0, 0)), [(1920, 1080), USUAL_SIZE]);
    }

    #[test]
    fn a_size_that_is_asked_for_does_not_rise_with_the_frames() {
        let raised = |wanted, by| PictureSize::of((320, 180), wanted).raised_by(by, 0).map(|raised| raised.encoded());
        assert_eq!(raised(wanted(0, 720, 0), (1280, 720)), None);
        assert_eq!(raised(wanted(1280, 720, 0), (1280, 720)), None);
        assert_eq!(raised(wanted(0, 0, 720), (1920, 1080)), Some((1280, 720)));
        // A camera that is not there yet has no shape: 720×720 was its size.
        let camera = PictureSize::of((1, 1), wanted(0, 720, 0));
        assert_eq!(camera.raised_by((360, 640), 0).map(|raised| raised.encoded()), Some((404, 720)));
    }

    // 5120×2880 is an ordinary screen, and nothing of it was recorded in H.264.
    #[test]
    fn where_there_is_no_encoder_for_a_size_a_smaller_one_of_the_same_shape_is_made() {
        let smaller = |frame: Size| {
            let sizes = std::iter::successors(Some(natural(frame)), PictureSize::smaller);
            sizes.skip(1).map(|size| size.encoded()).collect::<Vec<_>>()
        };
        assert_eq!(smaller((5120, 2880)), [(4096, 2304), (1920, 1080), (1280, 720)]);
        assert_eq!(smaller((8192, 4320)), [(4216, 2224), (1984, 1046), (1306, 688)]);
        assert_eq!(smaller((2880, 5120)), [(2304, 4096), (1080, 1920), (720, 1280)]);
        assert_eq!(smaller((1280, 720)), []);
        // Those that follow are of the same size, and not asked about again.
        let limited = natural((5120, 2880)).smaller().unwrap();
        assert_eq!(limited.raised_by((5120, 2880), 0), None);
        assert_eq!((limited.wanted(), limited.encoded()), ((5120, 2880), (4096, 2304)));
        let before = natural((1280, 720));
        assert!(limited.may_replace(&before));
        assert!(!limited.smaller().unwrap().smaller().unwrap().may_replace(&before), "it is no larger");
    }

    proptest! {
        #[test]
        fn it_only_ever_rises_and_not_for_ever(
            frames in proptest::collection::vec((1..5_000_u32, 1..5_000_u32), 1..300)
        ) {
            let mut size = natural(frames[0]);
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
