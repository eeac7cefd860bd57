use super::boxes::{put16, put32, write_box, write_full_box};
use crate::reel::AudioConfig;
use crate::{Error, Result};
use std::ops::RangeInclusive;

/// The highest sample rate that is written.
const HIGHEST_RATE: u32 = 192_000;
/// The sample rate of every Opus sample entry (Encapsulation of Opus in ISOBMFF, § 4.3.1).
const OPUS_RATE: u16 = 48_000;
/// The bytes of an `AudioSpecificConfig`: no shorter one has the rate and the channels, and lengths up to 127 are one byte in `esds`.
const SPECIFIC_LEN: RangeInclusive<usize> = 2..=64;

/// The codec's box of a configuration.
enum Codec {
    Opus,
    Aac,
}

/// The codec of a configuration that is whole.
fn codec(config: &AudioConfig) -> Result<Codec> {
    let codec = match config.codec.as_str() {
        "opus" => Codec::Opus,
        "mp4a.40.2" => Codec::Aac,
        _ => return Err(Error::Unsupported { what: ["no MP4 can be made of the codec ", &config.codec].concat() }),
    };
    let is_described = matches!(codec, Codec::Opus) || SPECIFIC_LEN.contains(&config.description.len());
    if is_described && (1..=HIGHEST_RATE).contains(&config.sample_rate) && (1..=2).contains(&config.channels) {
        return Ok(codec);
    }
    Err(Error::Storage { reason: ["the configuration of ", &config.codec, " is damaged"].concat() })
}

/// The ticks a second of a track with this configuration.
pub(super) fn timescale(config: &AudioConfig) -> Result<u32> {
    codec(config).map(|_| config.sample_rate)
}

/// The sample entry of a configuration (ISO/IEC 14496-12, § 12.2.3).
pub(super) fn audio_entry(head: &mut Vec<u8>, config: &AudioConfig) -> Result<()> {
    let codec = codec(config)?;
    let (kind, rate) = match codec {
        Codec::Opus => (b"Opus", OPUS_RATE),
        // A rate that 16 bits do not hold is in the AudioSpecificConfig only.
        Codec::Aac => (b"mp4a", u16::try_from(config.sample_rate).unwrap_or(0)),
    };
    write_box(head, kind, |head| {
        // The data reference; channels; 16 bits a sample, whatever the codec; the rate with 16 bits behind the point.
        put16(head, [0, 0, 0, 1, 0, 0, 0, 0, config.channels as u16, 16, 0, 0, rate, 0]);
        match codec {
            Codec::Opus => dops(head, config),
            Codec::Aac => esds(head, &config.description),
        }
    });
    Ok(())
}

/// `dOps` (Encapsulation of Opus in ISOBMFF, § 4.3.2), with the channels of mapping family 0.
fn dops(head: &mut Vec<u8>, config: &AudioConfig) {
    write_box(head, b"dOps", |head| {
        head.extend([0, config.channels as u8]);
        // PreSkip is 0 on purpose. An edit list would have to take the skipped samples away, and the file has none. The encoder's
        // delay is taken off before the encoder instead.
        put16(head, [0]);
        put32(head, [config.sample_rate]);
        // OutputGain.
        put16(head, [0]);
        head.push(0);
    });
}

/// `esds` (ISO/IEC 14496-14, § 5.6) with the descriptors of ISO/IEC 14496-1, § 7.2.6.
fn esds(head: &mut Vec<u8>, specific: &[u8]) {
    let specific_len = specific.len() as u8;
    write_full_box(head, b"esds", 0, |head| {
        // ES_Descriptor: in a file, the ES_ID is 0.
        head.extend([0x03, specific_len + 23, 0, 0, 0]);
        // DecoderConfigDescriptor: AAC (0x40), an audio stream (5). Buffer size and bit rates are unknown.
        head.extend([0x04, specific_len + 15, 0x40, 5 << 2 | 1, 0, 0, 0]);
        put32(head, [0, 0]);
        head.extend([0x05, specific_len]);
        head.extend(specific);
        // SLConfigDescriptor: predefined, for MP4 files.
        head.extend([0x06, 1, 2]);
    });
}
