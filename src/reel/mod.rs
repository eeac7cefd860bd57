//! What a reel is made of: tracks, segments, samples.

mod originals;
mod picture_size;
mod sample;
mod segment;
mod table;
mod track;

pub use originals::Originals;
pub use picture_size::{OPENING_US, PictureSize, Size, same_shape};
pub use sample::Sample;
pub use segment::{Segment, SegmentBuilder};
pub use table::SampleTable;
pub use track::{Track, VideoConfig};
