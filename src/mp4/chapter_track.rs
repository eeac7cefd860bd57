//! Chapters as QuickTime has them: a track of text that is not shown, to which the track with the pictures refers (QuickTime File Format,
//! "Chapter lists" and "Text media").

use super::TIMESCALE;
use super::boxes::{VERSION_1, put_rows, put16, put32, put64, write_box, write_full_box};
use super::moov::{MATRIX, UNDETERMINED, put_times};
use crate::chapters::Chapter;

/// Ticks a second of this track: its times are whole milliseconds.
const MS: u32 = 1000;
/// A track that is part of the movie, and disabled.
const IN_MOVIE: u32 = 2;
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

/// The track with this id, of a movie with this length in its ticks. Its samples lie together from this place on.
#[inline(never)]
pub(super) fn trak(head: &mut Vec<u8>, track_id: u32, created: u64, duration: u64, chapters: &[Chapter], at: u64) {
    let end_ms = duration * u64::from(MS) / u64::from(TIMESCALE);
    let ends = chapters.iter().skip(1).map(|next| next.start_ms).chain([end_ms]);
    // A row each: AVFoundation takes no runs.
    let times: Vec<u32> =
        chapters.iter().zip(ends).flat_map(|(chapter, end)| [1, length(chapter.start_ms, end)]).collect();
    let length_ms = times.chunks_exact(2).map(|row| u64::from(row[1])).sum();
    write_box(head, b"trak", |head| {
        write_full_box(head, b"tkhd", VERSION_1 | IN_MOVIE, |head| {
            put64(head, created);
            put64(head, created);
            put32(head, [track_id, 0]);
            put64(head, duration);
            put32(head, [0; 4]);
            put32(head, MATRIX);
            put32(head, [0; 2]);
        });
        write_box(head, b"mdia", |head| {
            write_full_box(head, b"mdhd", VERSION_1, |head| {
                put_times(head, created, MS, length_ms);
                put16(head, [UNDETERMINED, 0]);
            });
            write_full_box(head, b"hdlr", 0, |head| {
                head.extend(b"\0\0\0\0text\0\0\0\0\0\0\0\0\0\0\0\0ChapterHandler\0")
            });
            write_box(head, b"minf", |head| {
                head.extend(MEDIA_HEADER);
                head.extend(DATA_INFORMATION);
                write_box(head, b"stbl", |head| {
                    head.extend(DESCRIPTION);
                    write_full_box(head, b"stts", 0, |head| put_rows(head, &times, 2));
                    write_full_box(head, b"stsc", 0, |head| put_rows(head, &[1, chapters.len() as u32, 1], 3));
                    write_full_box(head, b"stsz", 0, |head| {
                        put32(head, [0, chapters.len() as u32]);
                        samples(chapters).iter().for_each(|sample| put32(head, [sample.len() as u32]));
                    });
                    // It is before all else.
                    write_full_box(head, b"stco", 0, |head| put_rows(head, &[at as u32], 1));
                });
            });
        });
    });
}

/// From the start of a chapter to its end, in milliseconds.
fn length(start_ms: u64, end_ms: u64) -> u32 {
    end_ms.saturating_sub(start_ms).clamp(1, i32::MAX as u64) as u32
}

/// The header of media that no standard of ISO knows: a graphics mode and its colour, the balance of sound, and the matrix of text.
const MEDIA_HEADER: &[u8] = b"\0\0\0\x4cgmhd\
    \0\0\0\x18gmin\0\0\0\0\0\x40\x80\0\x80\0\x80\0\0\0\0\0\
    \0\0\0\x2ctext\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x40\0\0\0";

/// Media data that lie in this file.
const DATA_INFORMATION: &[u8] = b"\0\0\0\x24dinf\0\0\0\x1cdref\0\0\0\0\0\0\0\x01\0\0\0\x0curl \0\0\0\x01";

/// What the text looks like, were it shown: black on white, in an empty box. Its display flags and justification follow what every sample
/// entry has; then the background, the box, font and face, the foreground, and a font without a name.
const DESCRIPTION: &[u8] = b"\0\0\0\x4cstsd\0\0\0\0\0\0\0\x01\
    \0\0\0\x3ctext\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\
    \xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0";
