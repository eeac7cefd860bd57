//! What a movie says of itself: chapters as Nero has them, facts as iTunes has them, and a location as QuickTime has it.

use super::boxes::{UNDETERMINED, VERSION_1, put16, put32, put64, write_box, write_full_box};
use crate::chapters::{Chapter, shortened};
use crate::facts::Facts;

/// The most chapters of a list: they are counted in a byte. The chapter track has all.
const MOST_LISTED: usize = 255;
/// The type of a value that is text in UTF-8 (QuickTime File Format, "Well-known types").
const UTF_8: u32 = 1;
/// Whose the facts are that no player knows.
const OWNER: &[u8] = b"com.trackreel";
/// What they are called.
const CUSTOM: &[u8] = b"custom";

/// Writes `udta` (ISO/IEC 14496-12, § 8.10.1), if there is something for it.
#[inline(never)]
pub(super) fn udta(head: &mut Vec<u8>, chapters: &[Chapter], facts: &Facts) {
    if chapters.is_empty() && facts.is_empty() {
        return;
    }
    write_box(head, b"udta", |head| {
        if !chapters.is_empty() {
            chpl(head, chapters);
        }
        if let Some(location) = &facts.location {
            // A text with its length and language (QuickTime File Format, "User data text strings").
            write_box(head, b"\xa9xyz", |head| {
                put16(head, [location.len() as u16, UNDETERMINED]);
                head.extend(location.as_bytes());
            });
        }
        let texts = [
            (b"\xa9nam", &facts.title),
            (b"\xa9ART", &facts.artist),
            (b"\xa9cmt", &facts.comment),
            (b"\xa9day", &facts.date),
        ];
        if facts.custom.is_some() || texts.iter().any(|(_, text)| text.is_some()) {
            write_full_box(head, b"meta", 0, |head| {
                write_full_box(head, b"hdlr", 0, |head| head.extend(b"\0\0\0\0mdirappl\0\0\0\0\0\0\0\0\0"));
                write_box(head, b"ilst", |head| {
                    for (kind, text) in texts {
                        if let Some(text) = text {
                            write_box(head, kind, |head| data(head, text));
                        }
                    }
                    if let Some(custom) = &facts.custom {
                        write_box(head, b"----", |head| {
                            write_full_box(head, b"mean", 0, |head| head.extend(OWNER));
                            write_full_box(head, b"name", 0, |head| head.extend(CUSTOM));
                            data(head, custom);
                        });
                    }
                });
            });
        }
    });
}

/// A value in no language.
#[inline(never)]
fn data(head: &mut Vec<u8>, text: &str) {
    write_box(head, b"data", |head| {
        put32(head, [UTF_8, 0]);
        head.extend(text.as_bytes());
    });
}

/// Nero's list of chapters: times in 100 ns, and titles of at most 255 bytes. No standard has it.
#[inline(never)]
fn chpl(head: &mut Vec<u8>, chapters: &[Chapter]) {
    let listed = &chapters[..chapters.len().min(MOST_LISTED)];
    write_full_box(head, b"chpl", VERSION_1, |head| {
        put32(head, [0]);
        head.push(listed.len() as u8);
        for Chapter { start_ms, title } in listed {
            put64(head, start_ms * 10_000);
            let title = shortened(title, u8::MAX.into());
            head.push(title.len() as u8);
            head.extend(title.as_bytes());
        }
    });
}
