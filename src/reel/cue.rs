//! Words of a reel, each for a time. They are kept as marks that last.

use super::{Mark, Note};
use crate::entry::{Entry, Value, time_us};
use crate::{Error, Result};
use std::rc::Rc;

/// The length of a cue that lasts until the next one begins. One without words only ends the cue before it.
pub const UNTIL_NEXT: i64 = i64::MAX;
/// The longest text, in characters.
const LONGEST_TEXT: usize = 1000;

const TEXT: &str = "a text of 1 to 1000 characters";
const TIME: &str = "a time from the reel's start such as '30s' or '1m30s', a number of seconds, or a mark";
const LATER: &str = "later than from";

/// Words that are to be kept, and for which time.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    /// The words; none end the cue before.
    pub text: Rc<str>,
    /// When they begin, in microseconds from the reel's start; none for the present moment.
    pub from_us: Option<i64>,
    /// When they end, likewise, and as it was written; none for when the next ones begin.
    pub to: Option<(i64, String)>,
}

/// Words, and when they are shown, in microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// When they begin.
    pub from_us: i64,
    /// When they end; [`i64::MAX`] as long as that is not known.
    pub to_us: i64,
    /// The words, in lines of which none is empty.
    pub text: Rc<str>,
}

impl Words {
    /// Checks what was written: `text`, `from` and `to`. Nothing at all ends the cue before.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for what is not accepted, and for a cue that ends before it begins.
    pub fn parse(entries: &[Entry]) -> Result<Self> {
        let (mut text, mut from_us, mut to) = (None, None, None);
        for entry in entries {
            let given = || time_us(&entry.value).ok_or_else(|| entry.refused(TIME));
            match (entry.name.as_str(), &entry.value) {
                ("text", Value::Text(own)) => {
                    let own = lines(own);
                    if !(1..=LONGEST_TEXT).contains(&own.chars().count()) {
                        return Err(entry.refused(TEXT));
                    }
                    text = Some(own.into());
                }
                ("text", _) => return Err(entry.refused(TEXT)),
                ("from", _) => from_us = Some(given()?),
                ("to", _) => to = Some((given()?, entry.shown.clone())),
                _ => return Err(entry.refused("one of the options text, from, to")),
            }
        }
        let text = match text {
            None if !entries.is_empty() => return Err(refused("text", "undefined", TEXT)),
            text => text.unwrap_or_default(),
        };
        Ok(Self { text, from_us, to })
    }

    /// These words as a mark of a reel that begins at this media time, in microseconds, made at a moment of which this is the media time. Words
    /// whose time has not come begin at that moment, and are as long.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] if they end before they begin.
    pub fn into_mark(self, start_us: i64, now_us: i64) -> Result<Mark> {
        let from_us = self.from_us.map_or(now_us, |from_us| start_us.saturating_add(from_us));
        let length_us = match &self.to {
            None => UNTIL_NEXT,
            Some((to_us, shown)) => match start_us.saturating_add(*to_us).saturating_sub(from_us) {
                length_us if length_us > 0 => length_us,
                _ => return Err(refused("to", shown, LATER)),
            },
        };
        let note = Note { name: self.text, data: None, length_us: Some(length_us) };
        Ok(Mark { time_us: from_us.min(now_us), note })
    }
}

fn refused(name: &str, value: &str, accepted: &str) -> Error {
    Error::InvalidOption { name: name.into(), value: value.into(), accepted: accepted.into() }
}

/// A text without empty lines, or spaces before a line: in a `WebVTT` file one ends a cue. Nor has it null characters, which no such file has.
fn lines(text: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    let mut begins = true;
    for letter in text.chars() {
        match letter {
            '\0' => {}
            '\n' | '\r' => begins = true,
            ' ' | '\t' if begins => {}
            letter => {
                if begins && !lines.is_empty() {
                    lines.push('\n');
                }
                begins = false;
                lines.push(letter);
            }
        }
    }
    lines
}

/// The cues among marks, which are in the order of their times, as far as they are between these media times, in microseconds; the last may
/// be [`i64::MAX`].
pub fn cues(marks: &[Mark], start_us: i64, end_us: i64) -> Vec<Cue> {
    let mut cues = Vec::new();
    let mut next_us = i64::MAX;
    for Mark { time_us, note } in marks.iter().rev() {
        let Some(length_us) = note.length_us else { continue };
        let to_us = if length_us == UNTIL_NEXT { next_us } else { time_us.saturating_add(length_us) };
        next_us = *time_us;
        let (from_us, to_us) = (start_us.max(*time_us), to_us.min(end_us));
        if from_us < to_us && !note.name.is_empty() {
            cues.push(Cue { from_us, to_us, text: note.name.clone() });
        }
    }
    cues.reverse();
    cues
}

/// What is left of each mark from this media time on, in microseconds. A moment before it goes, and words that last begin with it.
#[inline(never)]
pub fn marks_from(marks: &[Mark], from_us: i64) -> Vec<Option<Mark>> {
    // Of those that last until the next, only the newest does.
    let mut newest: Option<usize> = None;
    for (n, mark) in marks.iter().enumerate() {
        let is_before = mark.note.length_us.is_some() && mark.time_us <= from_us;
        if is_before && newest.is_none_or(|at| marks[at].time_us <= mark.time_us) {
            newest = Some(n);
        }
    }
    let left = |(n, mark): (usize, &Mark)| {
        if mark.time_us >= from_us {
            return Some(mark.clone());
        }
        let length_us = match mark.note.length_us? {
            UNTIL_NEXT if newest == Some(n) && !mark.note.name.is_empty() => UNTIL_NEXT,
            UNTIL_NEXT => return None,
            length_us => mark.time_us.saturating_add(length_us) - from_us,
        };
        let note = Note { length_us: Some(length_us), ..mark.note.clone() };
        (length_us > 0).then_some(Mark { time_us: from_us, note })
    };
    marks.iter().enumerate().map(left).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::test_entries::{number, other, text};

    fn cue(time_us: i64, name: &str, length_us: i64) -> Mark {
        Mark { time_us, note: Note { name: name.into(), data: None, length_us: Some(length_us) } }
    }

    fn shown(marks: &[Mark], start_us: i64, end_us: i64) -> Vec<(i64, i64, String)> {
        let cues = cues(marks, start_us, end_us);
        cues.into_iter().map(|cue| (cue.from_us, cue.to_us, cue.text.to_string())).collect()
    }

    fn named(cues: &[(i64, i64, &str)]) -> Vec<(i64, i64, String)> {
        cues.iter().map(|(from_us, to_us, text)| (*from_us, *to_us, (*text).to_owned())).collect()
    }

    #[test]
    fn words_are_kept_as_they_are_but_for_empty_lines() {
        let longest = "ä".repeat(1000);
        for (written, kept) in [
            ("Hello", "Hello"),
            (" a <b> & --> c\r\n\r\n\n d\re\n \n", "a <b> & --> c\nd\ne"),
            ("a\0b", "ab"),
            (&longest, &longest),
        ] {
            assert_eq!(&*Words::parse(&[text("text", written)]).unwrap().text, kept);
        }
        assert_eq!(&*Words::parse(&[]).unwrap().text, "", "it ends the cue before");
    }

    #[test]
    fn words_have_the_time_that_was_given_or_the_present() {
        let bounds = |entries: &[Entry]| {
            let mark = Words::parse(&[&[text("text", "a")], entries].concat())?.into_mark(1_000_000, 9_000_000)?;
            Ok((mark.time_us, mark.note.length_us.unwrap()))
        };
        assert_eq!(bounds(&[]), Ok((9_000_000, UNTIL_NEXT)));
        assert_eq!(bounds(&[number("to", 10.0)]), Ok((9_000_000, 2_000_000)));
        assert_eq!(bounds(&[text("from", "2s")]), Ok((3_000_000, UNTIL_NEXT)));
        assert_eq!(bounds(&[number("from", 2.0), text("to", "3s")]), Ok((3_000_000, 1_000_000)));
        assert_eq!(bounds(&[number("from", 20.0), number("to", 23.0)]), Ok((9_000_000, 3_000_000)), "not yet");
        let error: Error = bounds(&[number("to", 8.0)]).unwrap_err();
        assert_eq!(error.to_string(), "to: 8 is not valid; it must be later than from");
    }

    #[test]
    fn what_is_no_cue_is_refused() {
        let a = || text("text", "a");
        for entries in [
            vec![number("from", 1.0)],
            vec![text("text", "")],
            vec![text("text", " \r\n\n ")],
            vec![text("text", &"x".repeat(1001))],
            vec![number("text", 7.0)],
            vec![other("text")],
            vec![a(), number("from", -1.0)],
            vec![a(), text("from", "soon")],
            vec![a(), other("to")],
            vec![a(), number("from", 2.0), number("to", 2.0)],
            vec![a(), number("to", 1.0), number("from", 2.0)],
            vec![a(), number("until", 2.0)],
        ] {
            let made = Words::parse(&entries).and_then(|words| words.into_mark(0, 9_000_000));
            let Err(error) = made else { panic!("{entries:?}") };
            assert_eq!(error.code(), "invalid-option");
        }
    }

    #[test]
    fn words_without_an_end_last_until_the_next_ones() {
        let mark = Mark { time_us: 3, note: Note { name: "a mark".into(), ..Note::default() } };
        let marks = [cue(1, "a", UNTIL_NEXT), mark, cue(5, "b", 3), cue(6, "c", UNTIL_NEXT), cue(9, "", UNTIL_NEXT)];
        assert_eq!(shown(&marks, 0, i64::MAX), named(&[(1, 5, "a"), (5, 8, "b"), (6, 9, "c")]));
        assert_eq!(shown(&marks, 2, 7), named(&[(2, 5, "a"), (5, 7, "b"), (6, 7, "c")]));
        assert_eq!(shown(&marks[..4], 0, i64::MAX)[2], (6, i64::MAX, "c".into()));
        // A freeze that was cut has them at the same time.
        assert_eq!(shown(&[cue(4, "a", UNTIL_NEXT), cue(4, "b", UNTIL_NEXT)], 0, 9), named(&[(4, 9, "b")]));
        assert_eq!(shown(&marks, 20, 30), []);
    }

    // The caption of an hour-long scene was gone from the last minute that was kept.
    #[test]
    fn words_that_last_past_a_cut_are_still_there() {
        let marks = [cue(1, "old", UNTIL_NEXT), cue(2, "a", UNTIL_NEXT), cue(3, "b", 4), cue(3, "past", 1)];
        let left = |at: i64| {
            let mut left: Vec<Mark> = marks_from(&marks, at).into_iter().flatten().collect();
            left.sort_by_key(|mark| mark.time_us);
            shown(&left, at, 20)
        };
        for at in 0..9 {
            assert_eq!(left(at), shown(&marks, at, 20), "{at}");
        }
        let ended = [cue(1, "a", UNTIL_NEXT), cue(2, "", UNTIL_NEXT)];
        assert_eq!(marks_from(&ended, 5), [None, None]);
        assert_eq!(marks_from(&ended[..1], 5), [Some(cue(5, "a", UNTIL_NEXT))]);
    }
}
