//! What each codec is called at a size and rate, and what of its bitstream a file has to know.

mod appearance;
pub mod av1;
mod choice;
pub mod colour;
mod container;
pub mod h264;
mod quality;
mod sound;
mod try_out;
pub mod vp9;

pub use appearance::{Appearance, Delivery, Palette};
pub use choice::{Answer, Candidate, Choice, EncoderSetup, Place, Search};
pub use container::Container;
pub use quality::Quality;
pub use sound::{SOUND_RATE, SoundCandidate, SoundCodec, SoundSetup};
pub use try_out::{Next, Output, TryOut, Verdict};

/// A codec that a reel can be made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// H.264, ISO/IEC 14496-10.
    H264,
    /// VP8 (RFC 6386).
    Vp8,
    /// VP9.
    Vp9,
    /// AV1.
    Av1,
}

/// A picture size in pixels and a frame rate in frames per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Format {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The highest frame rate, in frames per second; infinite where there is no cap.
    pub fps: f64,
}

impl Format {
    /// The pixels of a picture.
    pub fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The frame rate to plan bitrates and levels for, in frames per second: a cap far above any source's says nothing about
    /// the source, and neither does a cap of a frame an hour.
    pub fn planned_fps(&self) -> f64 {
        self.fps.clamp(1.0, 60.0)
    }
}

impl Codec {
    /// The codec that the options call by this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "h264" => Some(Codec::H264),
            "vp8" => Some(Codec::Vp8),
            "vp9" => Some(Codec::Vp9),
            "av1" => Some(Codec::Av1),
            _ => None,
        }
    }

    /// The codec that RFC 6381 writes so.
    pub fn from_rfc6381(codec: &str) -> Option<Self> {
        match codec.split(['.']).next() {
            Some("avc1") => Some(Codec::H264),
            Some("vp8") => Some(Codec::Vp8),
            Some("vp09") => Some(Codec::Vp9),
            Some("av01") => Some(Codec::Av1),
            _ => None,
        }
    }

    /// What the options call it.
    pub fn name(self) -> &'static str {
        match self {
            Codec::H264 => "h264",
            Codec::Vp8 => "vp8",
            Codec::Vp9 => "vp9",
            Codec::Av1 => "av1",
        }
    }

    /// The codec strings (RFC 6381) to ask an encoder for, the best first.
    pub fn candidates(self, format: Format, bitrate: u32) -> Vec<String> {
        match self {
            Codec::H264 => h264::candidates(format, bitrate),
            Codec::Vp8 => vec!["vp8".into()],
            Codec::Vp9 => vec![vp9::codec_string(format, bitrate)],
            Codec::Av1 => vec![av1::codec_string(format, bitrate)],
        }
    }
}

/// A row of a table of levels: the level, luma samples a second, luma samples a picture, bits a second.
type LumaLevel = (u8, u64, u64, u64);

/// The lowest level that holds the format, or the highest there is.
fn lowest_level(levels: &[LumaLevel], format: Format, bitrate: u32) -> u8 {
    let picture = format.pixels();
    let second = picture as f64 * format.planned_fps();
    let holds = |&&(_, per_second, per_picture, bits): &&LumaLevel| {
        second <= per_second as f64 && picture <= per_picture && u64::from(bitrate) <= bits
    };
    levels.iter().find(holds).or(levels.last()).map_or(0, |level| level.0)
}

/// How far a time may be off that has gone through a codec, in microseconds.
const ROUNDING_US: u64 = 2;

/// Which of the times that a codec was given one is that it gives back, in microseconds; itself if it is none of them. WebKit
/// counts in seconds in between, and rounds.
pub fn nearest_input_us(nearest_input_us: impl IntoIterator<Item = i64>, back_us: i64) -> i64 {
    let off = |nearest_input_us: &i64| nearest_input_us.abs_diff(back_us);
    let nearest = nearest_input_us.into_iter().min_by_key(off);
    nearest.filter(|nearest_input_us| off(nearest_input_us) <= ROUNDING_US).unwrap_or(back_us)
}

#[cfg(test)]
mod tests {
    use super::*;

    // 1.023 s came back as 1.022999 s, for which the encoder was taken for one that reorders pictures.
    #[test]
    fn times_that_were_rounded_are_found_again() {
        let inputs = [1_000_000, 1_023_000, 1_023_003];
        assert_eq!(nearest_input_us(inputs, 1_022_999), 1_023_000);
        assert_eq!(nearest_input_us(inputs, 1_023_002), 1_023_003);
        assert_eq!(nearest_input_us(inputs, 1_010_000), 1_010_000);
        assert_eq!(nearest_input_us([], i64::MIN), i64::MIN);
    }

    // Otherwise a reel in AV1 can't be resumed.
    #[test]
    fn the_codec_of_each_string_is_found_again() {
        let format = Format { width: 1280, height: 720, fps: 30.0 };
        for codec in [Codec::H264, Codec::Vp8, Codec::Vp9, Codec::Av1] {
            assert_eq!(Codec::from_name(codec.name()), Some(codec));
            for name in codec.candidates(format, 1_000_000) {
                assert_eq!(Codec::from_rfc6381(&name), Some(codec), "{name}");
            }
        }
        assert_eq!((Codec::from_name("hevc"), Codec::from_rfc6381("hvc1.1")), (None, None));
    }
}
