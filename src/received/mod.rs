//! Reads encoded frames as a browser receives them over WebRTC, so that they can be kept without an encode.
//!
//! [`H264Reader`] makes samples and configurations of access units. [`Ordered`] gives frames in decoding order, and reports which
//! can't be decoded, which repeat the picture before, and which can be dropped. [`Renumber`] closes the gaps that dropped pictures leave.

mod bits;
pub mod h264;
pub mod order;
mod reader;
pub mod renumber;
mod sets;
mod slice;

pub use h264::{AccessUnit, H264Reader};
pub use order::{Given, Number, Ordered, Place, Repeat};
pub use reader::{ReadSample, Reader, Reading};
pub use renumber::Renumber;

/// Why a received frame can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Its bits are not those of a frame.
    Damaged,
    /// An MP4 as it is written here can't hold it, or it can't be judged: what it has.
    NotSupported(&'static str),
    /// The parameter sets that it refers to have not come.
    NoSets,
}
