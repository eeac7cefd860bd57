//! Reads encoded frames as a browser receives them over WebRTC, so that they can be kept without an encode.
//!
//! [`H264Reader`], [`Vp8Reader`], [`Vp9Reader`] and [`Av1Reader`] make samples and configurations of frames. [`Ordered`] gives frames in decoding order, and reports which
//! can't be decoded, which repeat the picture before, and which can be dropped. [`Renumber`] closes the gaps that dropped pictures leave.

pub mod av1;
mod bits;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod fixtures;
pub mod h264;
pub mod order;
mod reader;
pub mod renumber;
mod sets;
mod shown_pictures;
mod slice;
pub mod vp8;
pub mod vp9;

pub use av1::Av1Reader;
pub use h264::H264Reader;
pub use order::{Given, Number, Ordered, Place, Repeat};
pub use reader::{Layer, PictureSource, ReadSample, Reader, Reading};
pub use renumber::Renumber;
pub use shown_pictures::{Shown, ShownPictures};
pub use vp8::Vp8Reader;
pub use vp9::Vp9Reader;

use crate::reel::VideoConfig;

/// Why a received frame can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Its bits are not those of a frame.
    Damaged,
    /// A file as it is written here can't hold it, or it can't be judged: what it has.
    NotSupported(&'static str),
    /// The parameter sets that it refers to have not come.
    NoSets,
}

/// A received frame that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessUnit {
    /// What goes into the file. Of H.264: every unit behind a 32-bit length (ISO/IEC 14496-15, § 5.3.2), with the parameter sets,
    /// without delimiters and filler.
    pub sample: Vec<u8>,
    /// Whether it is a key frame; of H.264, an IDR picture.
    pub is_key: bool,
    /// What a decoder has to know, if that is new or has changed. If the frame is dropped, it is the next one's.
    pub config: Option<VideoConfig>,
    /// Where its picture is in the stream, for [`Ordered`].
    pub place: Place,
    /// Its temporal layer, as far as its bits show one: at least 1 if no other frame refers to it.
    pub layer: u32,
}

/// Replaces a configuration. Gives the new one if it is another.
fn changed(last: &mut Option<VideoConfig>, config: VideoConfig) -> Option<VideoConfig> {
    if last.as_ref() == Some(&config) {
        return None;
    }
    *last = Some(config.clone());
    Some(config)
}

/// A frame rate to choose a level for, in frames per second, where headers have neither.
const LEVEL_FPS: f64 = 30.0;
