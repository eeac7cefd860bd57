//! Subtitles as 3GPP has them (3GPP TS 26.245, "Timed text format"): QuickTime, VLC and ffmpeg show them. No reader of `WebVTT` in MP4
//! (ISO/IEC 14496-30) is as common: ffmpeg is none.

use super::boxes::put16;
use super::text_track::Kind;
use crate::chapters::shortened;
use crate::subtitles::{Subtitle, in_turn};

/// The longest text of a sample, in bytes: its length has 16 bits.
const LONGEST: usize = 65_000;

/// What it is beside its samples.
pub(super) const SUBTITLES: Kind = Kind {
    is_enabled: true,
    handler: b"\0\0\0\0sbtl\0\0\0\0\0\0\0\0\0\0\0\0SubtitleHandler\0",
    media_header: b"\0\0\0\x0cnmhd\0\0\0\0",
    description: DESCRIPTION,
};

/// The samples: how long each is, in milliseconds, and its bytes. The first begins at 0, and where nothing is shown there is one without text.
pub(super) fn samples(subtitles: &[Subtitle]) -> Vec<(u32, Vec<u8>)> {
    let sample = |(length_ms, text): (u64, String)| {
        let text = shortened(&text, LONGEST);
        let mut sample = Vec::with_capacity(text.len() + 2);
        put16(&mut sample, [text.len() as u16]);
        sample.extend(text.as_bytes());
        (length_ms.min(i32::MAX as u64) as u32, sample)
    };
    in_turn(subtitles).into_iter().map(sample).collect()
}

/// What the text looks like by default: white and centred, at the bottom. Behind what every sample entry has: display flags,
/// justification (1 is the centre, -1 the bottom), the background, the box, the style of a text of any length (font, face, size, colour), and
/// the font.
const DESCRIPTION: &[u8] = b"\0\0\0\x55stsd\0\0\0\0\0\0\0\x01\
    \0\0\0\x45tx3g\0\0\0\0\0\0\0\x01\
    \0\0\0\0\x01\xff\0\0\0\0\
    \0\0\0\0\0\0\0\0\
    \0\0\0\0\0\x01\0\x12\xff\xff\xff\xff\
    \0\0\0\x17ftab\0\x01\0\x01\x0aSans-Serif";
