//! Packets of silence, for a player, which waits for what is not there. They are in no file.

use super::placed::Placed;
use crate::codec::{SOUND_RATE, SoundCodec};
use crate::reel::AudioConfig;
use crate::sound;

/// A packet of silence.
pub(crate) fn packet(codec: SoundCodec, is_stereo: bool) -> Vec<u8> {
    match (codec, is_stereo) {
        (SoundCodec::Opus, _) => sound::silence(codec.packet() as i64, is_stereo),
        // AAC-LC (ISO/IEC 14496-3, § 4.4.2.1): one element whose channels have no band (`max_sfb` is 0), and `ID_END`.
        (SoundCodec::Aac, false) => vec![0, 0, 0, 0b111],
        // 001 is a pair of channels; `common_window` is 0, and each channel has 22 bits.
        (SoundCodec::Aac, true) => vec![0b001 << 5, 0, 0, 0, 0, 0, 0b111 << 1],
    }
}

/// Whole packets between two times, in microseconds; none of a codec that is not known.
pub(crate) fn between(of_track: &AudioConfig, config: u32, from_us: i64, to_us: i64) -> Vec<(Vec<u8>, Placed)> {
    let Some(codec) = SoundCodec::from_rfc6381(&of_track.codec) else { return Vec::new() };
    let packet = packet(codec, of_track.channels > 1);
    let at = |n: i64| from_us + n * codec.packet() as i64 * 1_000_000 / i64::from(SOUND_RATE);
    let mut silent = Vec::new();
    for n in 0.. {
        let (start_us, end_us) = (at(n), at(n + 1));
        if end_us > to_us {
            break;
        }
        let (stored, at, index) = (0, 0, 0);
        let place =
            Placed { start_us, end_us, composition_offset_us: 0, key: true, size: 0, config, index, stored, at };
        silent.push((packet.clone(), place));
    }
    silent
}
