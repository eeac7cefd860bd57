//! What decoders need (RFC 9559, § 5.1.4; Matroska Codec Specifications).

use super::ebml::{binary, float, master, uint};
use super::unsupported;
use crate::Result;
use crate::codec::colour::Colour;
use crate::mp4::Selection;
use crate::reel::{AudioConfig, ReelRecord, VideoConfig};

/// How much earlier than a place sound is decoded that is sought to, in nanoseconds (RFC 7845, § 4.6).
const OPUS_PREROLL_NS: u64 = 80_000_000;

/// Appends `Tracks`, with one for words if there are some.
pub(super) fn tracks(head: &mut Vec<u8>, reel: &ReelRecord, selection: &Selection, has_words: bool) -> Result<()> {
    let mut entries = Vec::new();
    for (track, cut) in selection.cuts().into_iter().enumerate() {
        let config = cut.segments.first().map_or(0, |(config, _)| *config as usize);
        let number = track as u64 + 1;
        match (track == 0 && selection.has_pictures(), reel.video.get(config), reel.audio.get(config)) {
            (true, Some(config), _) => picture_entry(&mut entries, number, config)?,
            (false, _, Some(config)) => sound_entry(&mut entries, number, config)?,
            _ => {}
        }
    }
    if has_words {
        let number = selection.cuts().len() as u64 + 1;
        master(&mut entries, 0xae, |entry| common(entry, number, 17, "D_WEBVTT/SUBTITLES"));
    }
    binary(head, 0x1654_ae6b, &entries);
    Ok(())
}

/// The elements that every track has: number, UID, type, no lacing, no language.
fn common(entry: &mut Vec<u8>, number: u64, kind: u64, codec: &str) {
    for (id, value) in [(0xd7, number), (0x73c5, number), (0x83, kind), (0x9c, 0)] {
        uint(entry, id, value);
    }
    binary(entry, 0x22_b59c, b"und");
    binary(entry, 0x86, codec.as_bytes());
}

fn picture_entry(entries: &mut Vec<u8>, number: u64, config: &VideoConfig) -> Result<()> {
    let codec = match config.codec.split('.').next() {
        Some("vp8") => "V_VP8",
        Some("vp09") => "V_VP9",
        Some("av01") => "V_AV1",
        _ => return Err(unsupported(&config.codec)),
    };
    master(entries, 0xae, |entry| {
        common(entry, number, 1, codec);
        if codec == "V_AV1" {
            // `CodecPrivate` is what MP4 has in `av1C`.
            binary(entry, 0x63a2, &config.description);
        }
        master(entry, 0xe0, |video| {
            uint(video, 0xb0, config.width.into());
            uint(video, 0xba, config.height.into());
            if let Some(Colour { primaries, transfer, matrix, full_range }) = config.colour {
                // MatrixCoefficients, Range, TransferCharacteristics, Primaries: the numbers of ISO/IEC 23091-2.
                let range = if full_range { 2 } else { 1 };
                let words =
                    [(0x55b1, matrix.into()), (0x55b9, range), (0x55ba, transfer.into()), (0x55bb, primaries.into())];
                master(video, 0x55b0, |colour| {
                    for (id, value) in words {
                        uint(colour, id, value);
                    }
                });
            }
        });
    });
    Ok(())
}

fn sound_entry(entries: &mut Vec<u8>, number: u64, config: &AudioConfig) -> Result<()> {
    if config.codec != "opus" {
        return Err(unsupported(&config.codec));
    }
    master(entries, 0xae, |entry| {
        common(entry, number, 2, "A_OPUS");
        // The identification header of Ogg (RFC 7845, § 5.1): no samples are skipped, as in an MP4 of the same.
        let mut header = b"OpusHead\x01".to_vec();
        header.push(config.channels as u8);
        header.extend(0_u16.to_le_bytes());
        header.extend(config.sample_rate.to_le_bytes());
        header.extend([0; 3]);
        binary(entry, 0x63a2, &header);
        // CodecDelay, SeekPreRoll
        uint(entry, 0x56aa, 0);
        uint(entry, 0x56bb, OPUS_PREROLL_NS);
        master(entry, 0xe1, |audio| {
            float(audio, 0xb5, config.sample_rate.into());
            uint(audio, 0x9f, config.channels.into());
        });
    });
    Ok(())
}
