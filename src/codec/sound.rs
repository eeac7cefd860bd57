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

    /// The codec that an option calls so.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "opus" => Some(Self::Opus),
            "aac" => Some(Self::Aac),
            _ => None,
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
}

/// An encoder of sound that there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoundCandidate {
    /// What it makes.
    pub codec: SoundCodec,
    /// Whether it is the module's, and not the browser's.
    pub is_module: bool,
    /// By how many samples, at 48,000 a second, decoded sound is later than what was encoded.
    pub delay: usize,
}

impl SoundCandidate {
    /// The browser's AAC first, since files with AAC play in more players; the module, which has to be loaded, last.
    const ALL: [Self; 3] = [
        // One packet of overlap, and mostly more: it is measured where it can be.
        Self { codec: SoundCodec::Aac, is_module: false, delay: 1024 },
        // 6.5 ms of look-ahead in libopus (`OPUS_GET_LOOKAHEAD`).
        Self { codec: SoundCodec::Opus, is_module: false, delay: 312 },
        // The priming of aac/src/encoder.c.
        Self { codec: SoundCodec::Aac, is_module: true, delay: 1600 },
    ];
    /// The most that a delay can be, in samples: others are no measurement.
    pub const MOST_DELAY: usize = 4 * 1024;

    /// What to try where this one fails before it has made anything, and any codec will do.
    pub fn other(self) -> Option<Self> {
        Self::ALL.into_iter().find(|other| other.codec == SoundCodec::Opus && *other != self)
    }

    /// The encoders that there may be for a codec, or for any, the best first.
    pub fn all(codec: Option<SoundCodec>) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |candidate| codec.is_none_or(|codec| candidate.codec == codec))
    }
}

/// The rate of all sound in a file, in samples a second.
pub const SOUND_RATE: u32 = 48_000;

/// Bits per second and channel. Speech and music of both codecs are transparent to most people at this.
const BITRATE: u32 = 64_000;
/// The bits per second and channel that encoders of both codecs take (libopus, libxaac).
const BITRATES: (u32, u32) = (8_000, 256_000);
/// The bits per second that every browser's AAC takes: Windows has no others
/// (<https://learn.microsoft.com/windows/win32/medfound/aac-encoder>).
const AAC_BITRATES: [u32; 4] = [96_000, 128_000, 160_000, 192_000];

/// What an encoder of sound is to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundSetup {
    /// Which encoder.
    pub candidate: SoundCandidate,
    /// Number of channels: 1 or 2.
    pub channels: u32,
    /// The bitrate to aim for, in bits per second.
    pub bitrate: u32,
}

impl SoundSetup {
    /// One for this many channels. A bitrate that the encoder does not take is the nearest that it does.
    pub fn new(candidate: SoundCandidate, channels: u32, bitrate: Option<u32>) -> Self {
        let (least, most) = BITRATES;
        let bitrate = bitrate.unwrap_or(BITRATE * channels).clamp(least * channels, most * channels);
        let is_browsers_aac = candidate.codec == SoundCodec::Aac && !candidate.is_module;
        let nearest = AAC_BITRATES.into_iter().min_by_key(|known| known.abs_diff(bitrate));
        let bitrate = nearest.filter(|_| is_browsers_aac).unwrap_or(bitrate);
        Self { candidate, channels, bitrate }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_the_last_to_be_asked() {
        let names = |codec| -> Vec<_> {
            SoundCandidate::all(codec).map(|candidate| (candidate.codec.name(), candidate.is_module)).collect()
        };
        assert_eq!(names(None), [("mp4a.40.2", false), ("opus", false), ("mp4a.40.2", true)]);
        assert_eq!(names(Some(SoundCodec::Aac)), [("mp4a.40.2", false), ("mp4a.40.2", true)]);
        assert_eq!(names(Some(SoundCodec::Opus)), [("opus", false)]);
    }

    #[test]
    fn a_bitrate_is_what_the_channels_can_have() {
        let candidate = SoundCandidate::ALL[1];
        let bitrate = |channels, asked| SoundSetup::new(candidate, channels, asked).bitrate;
        assert_eq!([bitrate(1, None), bitrate(2, None)], [64_000, 128_000]);
        assert_eq!([bitrate(1, Some(400_000)), bitrate(2, Some(400_000))], [256_000, 400_000]);
        assert_eq!([bitrate(1, Some(8_000)), bitrate(2, Some(8_000))], [8_000, 16_000]);
        let aac = |channels, asked| SoundSetup::new(SoundCandidate::ALL[0], channels, asked).bitrate;
        assert_eq!([aac(1, None), aac(2, None), aac(2, Some(400_000))], [96_000, 128_000, 192_000]);
    }
}
