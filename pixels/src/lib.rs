//! The loops over every byte of a picture, for the detector of freezes. They are compiled for speed, the rest of the module for size.

mod i420;
mod kernel;
mod picture;
mod rgb;

pub use i420::{Conversion, Planes, all_at};
pub use picture::{Difference, Means, Picture, Plane, Sample};
