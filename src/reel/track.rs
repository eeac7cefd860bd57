use super::Size;
use crate::codec::colour::Colour;
use crate::codec::{Codec, Palette};

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
    /// The colour description, where the encoder told one.
    pub colour: Option<Colour>,
    /// Whether the encoder made these colours of red, green and blue.
    pub is_of_rgb: bool,
}

/// A track of a reel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Track {
    /// Pictures, with every configuration that the encoder has announced. A segment names its own by position.
    Video(Vec<VideoConfig>),
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

    /// The colours that a reel which continues with it has; none where the encoder told none.
    pub fn palette(&self) -> Option<Palette> {
        Some(Palette { is_of_rgb: self.is_of_rgb, ..Palette::new(Some(self.colour?)) })
    }

    /// Width and height in pixels.
    pub fn size(&self) -> Size {
        (self.width, self.height)
    }
}

impl Track {
    /// The configuration that a recording that resumes it has to continue; none before its first picture.
    pub fn last(&self) -> Option<&VideoConfig> {
        let Track::Video(configs) = self;
        configs.last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(codec: &str, width: u32, height: u32) -> VideoConfig {
        VideoConfig { codec: codec.into(), width, height, description: Vec::new(), colour: None, is_of_rgb: false }
    }

    // A resumed reel with another codec would be a file that some players open only in part.
    #[test]
    fn a_resumed_reel_has_the_codec_and_the_size_that_it_had_last() {
        let track = Track::Video(vec![config("avc1.64001e", 320, 180), config("avc1.64001f", 1280, 720)]);
        let last = track.last().unwrap();
        assert_eq!((last.codec(), last.size()), (Some(Codec::H264), (1280, 720)));
        assert_eq!(config("vp8", 1, 1).codec(), None);
        assert_eq!(Track::Video(Vec::new()).last(), None);
    }

    // What was recorded small stayed small: nothing was known to decode it.
    #[test]
    fn what_a_config_is_of_is_no_matter_to_its_decoder() {
        let small = config("avc1.64001e", 320, 180);
        assert!(small.decodes_like(&VideoConfig { is_of_rgb: true, ..small.clone() }));
        assert!(!small.decodes_like(&config("avc1.64001e", 640, 360)));
    }
}
