//! Which codecs a file can hold.

use super::{Codec, SoundCodec};

/// What kind of file a reel becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Container {
    /// MP4 (ISO/IEC 14496-14).
    #[default]
    Mp4,
    /// WebM (WebM Container Guidelines).
    WebM,
}

impl Container {
    /// The container that the options call by this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Mp4, Self::WebM].into_iter().find(|container| container.name() == name)
    }

    /// What the options call it.
    pub fn name(self) -> &'static str {
        match self {
            Container::Mp4 => "mp4",
            Container::WebM => "webm",
        }
    }

    /// The codecs of pictures that it holds and every player of it plays, the best first.
    pub fn codecs(self) -> &'static [Codec] {
        match self {
            Container::Mp4 => &[Codec::H264, Codec::Vp9, Codec::Av1],
            Container::WebM => &[Codec::Vp9, Codec::Vp8, Codec::Av1],
        }
    }

    /// The same as people read them.
    pub fn codec_names(self) -> &'static str {
        match self {
            Container::Mp4 => "H.264, VP9 or AV1",
            Container::WebM => "VP9, VP8 or AV1",
        }
    }

    /// Whether it holds pictures of a codec.
    pub fn holds(self, codec: Codec) -> bool {
        self.codecs().contains(&codec)
    }

    /// The only codec of sound that it holds; none if it holds several.
    pub fn only_sound(self) -> Option<SoundCodec> {
        match self {
            Container::Mp4 => None,
            Container::WebM => Some(SoundCodec::Opus),
        }
    }
}
