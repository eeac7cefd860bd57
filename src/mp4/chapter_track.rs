//! Chapters as QuickTime has them: a track of text that is not shown, to which the track with the pictures refers (QuickTime File Format,
//! "Chapter lists" and "Text media").

use super::TIMESCALE;
use super::boxes::{put16, put32, write_box};
use super::text_track::{Kind, MS};
use crate::chapters::Chapter;

/// What it is beside its samples. It is disabled.
pub(super) const CHAPTERS: Kind = Kind {
    is_enabled: false,
    handler: b"\0\0\0\0text\0\0\0\0\0\0\0\0\0\0\0\0ChapterHandler\0",
    media_header: MEDIA_HEADER,
    description: DESCRIPTION,
};
/// Behind the text of a sample: it is in UTF-8.
const ENCODING: [u8; 12] = *b"\0\0\0\x0cencd\0\0\x01\0";

/// The samples: a text each, with its length.
pub(super) fn samples(chapters: &[Chapter]) -> Vec<Vec<u8>> {
    let sample = |Chapter { title, .. }: &Chapter| {
        let mut sample = Vec::with_capacity(title.len() + 14);
        put16(&mut sample, [title.len() as u16]);
        sample.extend(title.as_bytes());
        sample.extend(ENCODING);
        sample
    };
    chapters.iter().map(sample).collect()
}

/// Refers to the track with this id.
#[inline(never)]
pub(super) fn tref(head: &mut Vec<u8>, track_id: u32) {
    write_box(head, b"tref", |head| write_box(head, b"chap", |head| put32(head, [track_id])));
}

/// How long each is, in milliseconds, of a movie with this length in its ticks.
pub(super) fn lengths(chapters: &[Chapter], duration: u64) -> Vec<u32> {
    let end_ms = duration * u64::from(MS) / u64::from(TIMESCALE);
    let ends = chapters.iter().skip(1).map(|next| next.start_ms).chain([end_ms]);
    chapters.iter().zip(ends).map(|(chapter, end)| length(chapter.start_ms, end)).collect()
}

/// From the start of a chapter to its end, in milliseconds.
fn length(start_ms: u64, end_ms: u64) -> u32 {
    end_ms.saturating_sub(start_ms).clamp(1, i32::MAX as u64) as u32
}

/// The header of media that no standard of ISO knows: a graphics mode and its colour, the balance of sound, and the matrix of text.
const MEDIA_HEADER: &[u8] = b"\0\0\0\x4cgmhd\
    \0\0\0\x18gmin\0\0\0\0\0\x40\x80\0\x80\0\x80\0\0\0\0\0\
    \0\0\0\x2ctext\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x40\0\0\0";

/// What the text looks like, were it shown: black on white, in an empty box. Its display flags and justification follow what every sample
/// entry has; then the background, the box, font and face, the foreground, and a font without a name.
const DESCRIPTION: &[u8] = b"\0\0\0\x4cstsd\0\0\0\0\0\0\0\x01\
    \0\0\0\x3ctext\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\
    \xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0";
