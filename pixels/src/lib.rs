//! The loops over every byte of a picture, for the detector of freezes. They are compiled for speed, the rest of the module for size.

mod alpha;
mod i420;
mod kernel;
mod picture;
mod rgb;

pub use alpha::is_opaque;
pub use i420::{Conversion, Planes};
pub use picture::{Difference, Means, Picture, Plane, Sample};
