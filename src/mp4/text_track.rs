//! Tracks of text, whose samples lie together (ISO/IEC 14496-12, § 8).

use super::TIMESCALE;
use super::boxes::{
    MATRIX, UNDETERMINED, VERSION_1, put_rows, put_times, put16, put32, put64, write_box, write_full_box,
};

/// Ticks a second of these tracks: their times are whole milliseconds.
pub(super) const MS: u32 = 1000;
/// A track that is part of the movie, and one that is enabled.
const IN_MOVIE: u32 = 2;
const ENABLED: u32 = 1;

/// What such a track is beside its samples.
pub(super) struct Kind {
    /// Whether players show it unless they are asked not to.
    pub is_enabled: bool,
    /// The content of `hdlr`.
    pub handler: &'static [u8],
    /// The box of the media header.
    pub media_header: &'static [u8],
    /// The box `stsd`.
    pub description: &'static [u8],
}

/// The track with this id and these sides in pixels. Each of its samples has a length in milliseconds, and one in bytes. They lie together from
/// this place on.
#[inline(never)]
pub(super) fn trak(
    head: &mut Vec<u8>,
    kind: &Kind,
    (track_id, [width, height]): (u32, [u16; 2]),
    created: u64,
    lengths: &[u32],
    sizes: &[u32],
    at: u64,
) {
    // A row each: AVFoundation takes no runs.
    let times: Vec<u32> = lengths.iter().flat_map(|length| [1, *length]).collect();
    let length_ms = lengths.iter().map(|length| u64::from(*length)).sum::<u64>();
    write_box(head, b"trak", |head| {
        let flags = if kind.is_enabled { IN_MOVIE | ENABLED } else { IN_MOVIE };
        write_full_box(head, b"tkhd", VERSION_1 | flags, |head| {
            put64(head, created);
            put64(head, created);
            put32(head, [track_id, 0]);
            put64(head, length_ms * u64::from(TIMESCALE / MS));
            put32(head, [0; 4]);
            put32(head, MATRIX);
            put16(head, [width, 0, height, 0]);
        });
        write_box(head, b"mdia", |head| {
            write_full_box(head, b"mdhd", VERSION_1, |head| {
                put_times(head, created, MS, length_ms);
                put16(head, [UNDETERMINED, 0]);
            });
            write_full_box(head, b"hdlr", 0, |head| head.extend(kind.handler));
            write_box(head, b"minf", |head| {
                head.extend(kind.media_header);
                head.extend(DATA_INFORMATION);
                write_box(head, b"stbl", |head| {
                    head.extend(kind.description);
                    write_full_box(head, b"stts", 0, |head| put_rows(head, &times, 2));
                    write_full_box(head, b"stsc", 0, |head| put_rows(head, &[1, sizes.len() as u32, 1], 3));
                    write_full_box(head, b"stsz", 0, |head| {
                        put32(head, [0]);
                        put_rows(head, sizes, 1);
                    });
                    // It is before all else.
                    write_full_box(head, b"stco", 0, |head| put_rows(head, &[at as u32], 1));
                });
            });
        });
    });
}

/// Media data that lie in this file.
const DATA_INFORMATION: &[u8] = b"\0\0\0\x24dinf\0\0\0\x1cdref\0\0\0\0\0\0\0\x01\0\0\0\x0curl \0\0\0\x01";
