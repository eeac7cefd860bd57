//! What a reel is made of: tracks, segments, samples.

mod sample;
mod segment;
mod table;
mod track;

pub use sample::Sample;
pub use segment::{Segment, SegmentBuilder};
pub use table::SampleTable;
pub use track::{Track, VideoConfig};
