//! Chapters as QuickTime has them: a track of text that is not shown, to which the track with the pictures refers (QuickTime File Format,
//! "Chapter lists" and "Text media").

use super::TIMESCALE;
use super::boxes::{VERSION_1, put_rows, put16, put32, put64, write_box, write_full_box};
use super::moov::{MATRIX, SELF_CONTAINED, UNDETERMINED, put_times};
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
pub(super) fn tref(head: &mut Vec<u8>, track_id: u32) {
    write_box(head, b"tref", |head| write_box(head, b"chap", |head| put32(head, [track_id])));
}

/// The track with this id, of a movie with this length in its ticks. Its samples lie together from this place on.
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
                media_header(head);
                write_box(head, b"dinf", |head| {
                    write_full_box(head, b"dref", 0, |head| {
                        put32(head, [1]);
                        write_full_box(head, b"url ", SELF_CONTAINED, |_| {});
                    });
                });
                write_box(head, b"stbl", |head| {
                    write_full_box(head, b"stsd", 0, |head| {
                        put32(head, [1]);
                        write_box(head, b"text", description);
                    });
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

/// The header of media that no standard of ISO knows.
fn media_header(head: &mut Vec<u8>) {
    write_box(head, b"gmhd", |head| {
        write_full_box(head, b"gmin", 0, |head| {
            // Graphics mode: a dithered copy; its colour: grey. Balance: the middle.
            put16(head, [0x40, 0x8000, 0x8000, 0x8000, 0, 0]);
        });
        write_box(head, b"text", |head| put32(head, MATRIX));
    });
}

/// What the text looks like, were it shown: black on white, in an empty box.
fn description(head: &mut Vec<u8>) {
    // Reserved, and where the data are.
    put16(head, [0, 0, 0, 1]);
    // Display flags and justification.
    put32(head, [0, 0]);
    // Background.
    put16(head, [0xffff; 3]);
    // The box, and 8 reserved bytes.
    put16(head, [0; 8]);
    // Font number, font face.
    put16(head, [0, 0]);
    // 3 reserved bytes.
    head.extend([0; 3]);
    // Foreground.
    put16(head, [0; 3]);
    // The font's name, with its length.
    head.push(0);
}
