//! Chapters and tags (RFC 9559, § 5.1.7 and 5.1.8).

use super::ebml::{binary, master, uint};
use crate::chapters::Chapter;
use crate::facts::Facts;

/// The ids of the elements.
pub(super) const CHAPTERS: u32 = 0x1043_a770;
pub(super) const TAGS: u32 = 0x1254_c367;

/// Appends `Chapters` of a file of this length, in milliseconds, if there are some.
pub(super) fn chapters(out: &mut Vec<u8>, chapters: &[Chapter], length_ms: u64) {
    if chapters.is_empty() {
        return;
    }
    let ends = chapters.iter().skip(1).map(|next| next.start_ms).chain([length_ms]);
    master(out, CHAPTERS, |out| {
        master(out, 0x45b9, |edition| {
            for ((uid, Chapter { start_ms, title }), end_ms) in (1..).zip(chapters).zip(ends) {
                master(edition, 0xb6, |atom| {
                    // ChapterUID, ChapterTimeStart and ChapterTimeEnd in nanoseconds
                    uint(atom, 0x73c4, uid);
                    uint(atom, 0x91, start_ms * 1_000_000);
                    uint(atom, 0x92, end_ms.max(*start_ms) * 1_000_000);
                    master(atom, 0x80, |display| {
                        binary(display, 0x85, title.as_bytes());
                        binary(display, 0x437c, b"und");
                    });
                });
            }
        });
    });
}

/// Appends `Tags`, if there are some. The title is in `Info` as well, and the date has the name that the specification gives it and the name
/// that readers look for.
pub(super) fn tags(out: &mut Vec<u8>, facts: &Facts) {
    let tags = [
        ("TITLE", &facts.title),
        ("ARTIST", &facts.artist),
        ("COMMENT", &facts.comment),
        ("DATE", &facts.date),
        ("DATE_RECORDED", &facts.date),
        ("LOCATION", &facts.location),
        ("TRACKREEL_CUSTOM", &facts.custom),
    ];
    if tags.iter().all(|(_, value)| value.is_none()) {
        return;
    }
    master(out, TAGS, |out| {
        master(out, 0x7373, |tag| {
            // Targets: the whole file. Some readers want the number of a film.
            master(tag, 0x63c0, |targets| uint(targets, 0x68ca, 50));
            for (name, value) in tags {
                if let Some(value) = value {
                    master(tag, 0x67c8, |simple| {
                        binary(simple, 0x45a3, name.as_bytes());
                        binary(simple, 0x447a, b"und");
                        binary(simple, 0x4487, value.as_bytes());
                    });
                }
            }
        });
    });
}
