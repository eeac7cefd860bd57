use crate::codec::colour::{BT709, Colour};
use crate::codec::{Codec, Palette};
use crate::picture_size::Size;

/// The luma of BT.601 in limited range.
const BT601_OF_BT709: Colour = Colour { matrix: 6, ..BT709 };
/// From this height on, in pixels, VP8 is shown as BT.709.
const HD_LINES: u32 = 720;

/// What a decoder has to know of a video track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoConfig {
    /// The codec as RFC 6381 writes it, such as `avc1.64001f`.
    pub codec: String,
    /// Picture width in pixels.
    pub width: u32,
    /// Picture height in pixels.
    pub height: u32,
    /// The content of the codec's own box: `avcC` or `av1C`; empty for VP9.
    pub description: Vec<u8>,
    /// The colour description, where the encoder reported one.
    pub colour: Option<Colour>,
    /// Whether the encoder made these colours of red, green and blue.
    pub is_of_rgb: bool,
}

/// What a decoder has to know of an audio track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioConfig {
    /// The codec as RFC 6381 writes it: `opus`, or `mp4a.40.2`.
    pub codec: String,
    /// Samples a second: 48,000 for Opus.
    pub sample_rate: u32,
    /// Number of channels: 1 or 2.
    pub channels: u32,
    /// The `AudioSpecificConfig` of AAC (ISO/IEC 14496-3, § 1.6.2.1); empty for Opus.
    pub description: Vec<u8>,
}

/// The track of a segment. It is the second part of its key in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Track {
    /// Pictures.
    Video = 0,
    /// Sound.
    Audio = 1,
}

impl VideoConfig {
    /// The codec; none if it is none of those that are made here.
    pub fn codec(&self) -> Option<Codec> {
        Codec::from_rfc6381(&self.codec)
    }

    /// Whether what decodes the one decodes the other.
    pub fn decodes_like(&self, other: &Self) -> bool {
        *self == Self { is_of_rgb: self.is_of_rgb, ..other.clone() }
    }

    /// The colours that a reel which continues with it has; none where the encoder reported none.
    pub fn palette(&self) -> Option<Palette> {
        Some(Palette { is_of_rgb: self.is_of_rgb, ..Palette::new(Some(self.colour?)) })
    }

    /// The colours by which browsers show it in a file: its own, or what Chromium assumes where a file has none. H.264 has them in its
    /// pictures.
    pub fn shown_colour(&self) -> Option<Colour> {
        let assumed = match self.codec() {
            Some(Codec::Vp9 | Codec::Av1) => Some(BT601_OF_BT709),
            Some(Codec::Vp8) => Some(if self.height < HD_LINES { BT601_OF_BT709 } else { BT709 }),
            _ => None,
        };
        self.colour.or(assumed)
    }

    /// Width and height in pixels.
    pub fn size(&self) -> Size {
        (self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(codec: &str, width: u32, height: u32) -> VideoConfig {
        VideoConfig { codec: codec.into(), width, height, description: Vec::new(), colour: None, is_of_rgb: false }
    }

    #[test]
    fn a_codec_is_one_of_those_that_are_encoded_here() {
        assert_eq!(config("avc1.64001f", 1280, 720).codec(), Some(Codec::H264));
        assert_eq!(config("hvc1.1", 1, 1).codec(), None);
    }

    // A poster was a little greener than the video.
    #[test]
    fn colours_that_a_file_does_not_have_are_those_that_browsers_assume() {
        let matrix = |codec: &str, height| config(codec, 16, height).shown_colour().map(|colour| colour.matrix);
        assert_eq!([matrix("vp8", 719), matrix("vp8", 720)], [Some(6), Some(1)]);
        assert_eq!([matrix("vp09.00.31.08", 720), matrix("av01.0.05M.08", 720)], [Some(6), Some(6)]);
        assert_eq!(matrix("avc1.64001f", 720), None);
        let own = Some(Colour { primaries: 9, ..BT709 });
        assert_eq!(VideoConfig { colour: own, ..config("vp8", 16, 16) }.shown_colour(), own);
    }

    // What was recorded small stayed small: nothing was known to decode it.
    #[test]
    fn what_a_config_is_of_is_no_matter_to_its_decoder() {
        let small = config("avc1.64001e", 320, 180);
        assert!(small.decodes_like(&VideoConfig { is_of_rgb: true, ..small.clone() }));
        assert!(!small.decodes_like(&config("avc1.64001e", 640, 360)));
    }
}
