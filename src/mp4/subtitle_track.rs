//! Subtitles as 3GPP has them (3GPP TS 26.245, "Timed text format"): QuickTime, VLC and ffmpeg show them. Or as `WebVTT` in an MP4
//! (ISO/IEC 14496-30, § 5), which players of streams read, and ffmpeg does not.

use super::boxes::{put16, write_box};
use super::text_track::Kind;
use crate::chapters::shortened;
use crate::subtitles::{Subtitle, in_turn, put_text};

/// The longest text of a sample, in bytes: its length has 16 bits.
const LONGEST: usize = 65_000;

/// What a track of 3GPP's timed text is beside its samples.
pub(super) const TX3G: Kind = Kind {
    is_enabled: true,
    handler: b"\0\0\0\0sbtl\0\0\0\0\0\0\0\0\0\0\0\0SubtitleHandler\0",
    media_header: NULL_MEDIA_HEADER,
    description: TX3G_DESCRIPTION,
};

/// What a track of `WebVTT` is beside its samples.
pub(super) const WVTT: Kind = Kind {
    is_enabled: true,
    handler: b"\0\0\0\0text\0\0\0\0\0\0\0\0\0\0\0\0SubtitleHandler\0",
    media_header: NULL_MEDIA_HEADER,
    description: WVTT_DESCRIPTION,
};

const NULL_MEDIA_HEADER: &[u8] = b"\0\0\0\x0cnmhd\0\0\0\0";

/// The samples: how long each is, in milliseconds, and its bytes. The first begins at 0, and where nothing is shown there is one without text.
pub(super) fn samples(subtitles: &[Subtitle], is_wvtt: bool) -> Vec<(u32, Vec<u8>)> {
    let sample = |(length_ms, text): (u64, String)| {
        let text = shortened(&text, LONGEST);
        let sample = if is_wvtt { wvtt_sample(text) } else { tx3g_sample(text) };
        (length_ms.min(i32::MAX as u64) as u32, sample)
    };
    in_turn(subtitles).into_iter().map(sample).collect()
}

fn tx3g_sample(text: &str) -> Vec<u8> {
    let mut sample = Vec::with_capacity(text.len() + 2);
    put16(&mut sample, [text.len() as u16]);
    sample.extend(text.as_bytes());
    sample
}

/// A cue with its text alone, or the box of a time without cues.
fn wvtt_sample(text: &str) -> Vec<u8> {
    if text.is_empty() {
        return b"\0\0\0\x08vtte".to_vec();
    }
    let mut payload = String::new();
    put_text(&mut payload, text);
    let mut sample = Vec::new();
    write_box(&mut sample, b"vttc", |cue| write_box(cue, b"payl", |cue| cue.extend(payload.as_bytes())));
    sample
}

/// What the text looks like by default: white and centred, at the bottom. Behind what every sample entry has: display flags,
/// justification (1 is the centre, -1 the bottom), the background, the box, the style of a text of any length (font, face, size, colour), and
/// the font.
const TX3G_DESCRIPTION: &[u8] = b"\0\0\0\x55stsd\0\0\0\0\0\0\0\x01\
    \0\0\0\x45tx3g\0\0\0\0\0\0\0\x01\
    \0\0\0\0\x01\xff\0\0\0\0\
    \0\0\0\0\0\0\0\0\
    \0\0\0\0\0\x01\0\x12\xff\xff\xff\xff\
    \0\0\0\x17ftab\0\x01\0\x01\x0aSans-Serif";

/// Behind what every sample entry has: the head of the `WebVTT` file that the cues could be of.
const WVTT_DESCRIPTION: &[u8] = b"\0\0\0\x2estsd\0\0\0\0\0\0\0\x01\
    \0\0\0\x1ewvtt\0\0\0\0\0\0\0\x01\
    \0\0\0\x0evttCWEBVTT";
