use crate::codec::colour::Colour;

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
}

/// A track of a reel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Track {
    /// Pictures, with every configuration that the encoder has announced. A segment names its own by position.
    Video(Vec<VideoConfig>),
}
