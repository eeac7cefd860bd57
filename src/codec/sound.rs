//! The codecs of sound, and what an encoder of them is asked for.

/// A codec of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoundCodec {
    /// Opus (RFC 6716).
    Opus,
    /// AAC-LC (ISO/IEC 14496-3).
    Aac,
}

impl SoundCodec {
    /// As RFC 6381 writes it.
    pub fn name(self) -> &'static str {
        match self {
            SoundCodec::Opus => "opus",
            SoundCodec::Aac => "mp4a.40.2",
        }
    }

    /// The codec that RFC 6381 writes so.
    pub fn from_rfc6381(name: &str) -> Option<Self> {
        [Self::Opus, Self::Aac].into_iter().find(|codec| codec.name() == name)
    }

    /// How many samples a packet has, at 48,000 a second.
    pub fn packet(self) -> usize {
        match self {
            SoundCodec::Opus => 960,
            SoundCodec::Aac => 1024,
        }
    }

    /// By how many samples, at 48,000 a second, decoded sound is later than what was encoded: 6.5 ms of look-ahead in libopus
    /// (`OPUS_GET_LOOKAHEAD`), one packet of overlap at least in AAC.
    pub fn delay(self) -> usize {
        match self {
            SoundCodec::Opus => 312,
            SoundCodec::Aac => 1024,
        }
    }
}

/// The rate of all sound in a file, in samples a second.
pub const SOUND_RATE: u32 = 48_000;

/// What an encoder of sound is to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundSetup {
    /// The codec.
    pub codec: SoundCodec,
    /// Number of channels: 1 or 2.
    pub channels: u32,
    /// The bitrate to aim for, in bits per second.
    pub bitrate: u32,
}

impl SoundSetup {
    /// One for this many channels. Speech and music of both codecs are transparent to most people at 64 kbit/s a channel.
    pub fn new(codec: SoundCodec, channels: u32) -> Self {
        Self { codec, channels, bitrate: 64_000 * channels }
    }
}
