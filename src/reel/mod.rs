//! What a reel is made of: tracks, segments, samples.

mod contents;
mod cue;
mod excerpt;
mod expiry;
mod key_frames;
mod mark;
mod originals;
mod record;
mod sample;
mod segment;
mod segment_record;
mod shared;
mod table;
mod track;

pub use contents::{Contents, Entry};
pub use cue::{Cue, UNTIL_NEXT, Words, cues, marks_from};
pub use excerpt::{Excerpt, excerpt, excerpt_of_sound, first_start};
pub use expiry::IdleReel;
pub use key_frames::{Place, Span, key_frame_at, newest};
pub use mark::{MOST_MARK_BYTES, MOST_MARKS, Mark, Note, from_start, within};
pub use originals::Originals;
pub use record::{LOCK_PREFIX, PAGE_PREFIX, ReelRecord};
pub use sample::Sample;
pub use segment::{Segment, SegmentBuilder};
pub use segment_record::{Fields, SegmentRecord};
pub use shared::{MERGED, Run, Shared, order};
pub use table::SampleTable;
pub use track::{AudioConfig, Track, VideoConfig};
