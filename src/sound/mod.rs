//! Sound: when it belongs into the reel, whether it is audible, and how its samples join without a hole.
//!
//! Samples come in blocks of any length. [`SoundClock`] finds when a block was heard, [`Loudness`] whether somebody would miss it,
//! and [`Splicer`] makes of blocks with media times one run of samples: what is missing is silence, what is too much is dropped,
//! and nothing clicks. [`PacketSplicer`] does the same with packets as they came.

mod block;
mod clock;
mod copies;
mod joined;
mod loudness;
mod packets;
mod resampler;
mod splicer;
#[cfg(test)]
mod sync_tests;

pub use block::Block;
pub use clock::SoundClock;
pub use copies::{PacketSplicer, samples_of, silence};
pub use joined::{Joined, Portion};
pub use loudness::Loudness;
pub use packets::PacketClock;
pub use splicer::Splicer;
