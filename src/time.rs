//! The clocks that a recording goes by, each with a type of its own, in microseconds.
//!
//! A difference of two times of one clock, and a step from one to another, are plain numbers with names in `_us`. What only has
//! media time, such as tables of samples, MP4 files and clips, has plain numbers as well.
//!
//! Times of two clocks can't be swapped:
//!
//! ```compile_fail,E0308
//! # use trackreel::time::{Media, Steady};
//! fn encode(time: Media, steady: Steady) {}
//! encode(Steady::from_us(0), Media::from_us(0));
//! ```

use std::ops::{Add, AddAssign, Sub};

macro_rules! clock {
    ($(#[$what:meta])* $name:ident) => {
        $(#[$what])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(i64);

        impl $name {
            /// The latest time there is.
            pub const MAX: Self = Self(i64::MAX);

            /// This many microseconds after the clock's zero.
            pub const fn from_us(us: i64) -> Self {
                Self(us)
            }

            /// How many microseconds after the clock's zero it is.
            pub const fn us(self) -> i64 {
                self.0
            }

            /// How long after an earlier time it is, in microseconds; none if that is no number.
            pub const fn checked_since(self, earlier: Self) -> Option<i64> {
                self.0.checked_sub(earlier.0)
            }

            /// How long after an earlier time it is, in microseconds, or the nearest number.
            pub const fn saturating_since(self, earlier: Self) -> i64 {
                self.0.saturating_sub(earlier.0)
            }

            /// This many microseconds later, or the latest time.
            pub const fn saturating_add(self, step_us: i64) -> Self {
                Self(self.0.saturating_add(step_us))
            }

            /// This many microseconds earlier, or the earliest time.
            pub const fn saturating_sub(self, step_us: i64) -> Self {
                Self(self.0.saturating_sub(step_us))
            }
        }

        impl Sub for $name {
            type Output = i64;

            fn sub(self, earlier: Self) -> i64 {
                self.0 - earlier.0
            }
        }

        impl Add<i64> for $name {
            type Output = Self;

            fn add(self, step_us: i64) -> Self {
                Self(self.0 + step_us)
            }
        }

        impl AddAssign<i64> for $name {
            fn add_assign(&mut self, step_us: i64) {
                self.0 += step_us;
            }
        }

        impl Sub<i64> for $name {
            type Output = Self;

            fn sub(self, step_us: i64) -> Self {
                Self(self.0 - step_us)
            }
        }
    };
}

clock! {
    /// Media time: where a picture is in the file. It begins at 0, and cuts are taken out of it.
    Media
}

clock! {
    /// The steady clock, for encoders and the freeze detector. Nothing is cut from it or rolled back: it always rises.
    Steady
}

clock! {
    /// A frame's own timestamp, as the track gives it. It begins anywhere, and may jump.
    Source
}

clock! {
    /// The clock on the wall: a monotonic clock of the worker.
    Wall
}
