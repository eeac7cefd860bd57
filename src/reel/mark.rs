//! Named moments of a reel.

use crate::entry::{Entry, Value};
use crate::{Error, Result};
use std::rc::Rc;

/// The most marks that a reel may have.
pub const MOST_MARKS: usize = 10_000;
/// The most that they may take together, in bytes: the reel's record has them, and is written twice a second.
pub const MOST_MARK_BYTES: usize = 4_000_000;
/// The longest name, in characters.
const LONGEST_NAME: usize = 200;
/// The most that the data of one may take as JSON, in bytes.
const LARGEST_DATA: usize = 16_000;

const NAME: &str = "a text of 1 to 200 characters";
const DATA: &str = "what JSON can hold, at most 16 kB of it";

/// What is to be marked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Note {
    /// The mark's name.
    pub name: Rc<str>,
    /// What belongs to it, as JSON (RFC 8259).
    pub data: Option<Rc<str>>,
    /// For how long it lasts, in microseconds, if it is a [cue](super::Cue): its name are the words.
    pub length_us: Option<i64>,
}

/// A named moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// When it is, in microseconds: of media time in a reel's record, and from the reel's start where the page has it.
    pub time_us: i64,
    /// What it is.
    pub note: Note,
}

impl Note {
    /// Checks what was written: `name`, and `data` as JSON.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for what is not accepted.
    pub fn parse(entries: &[Entry]) -> Result<Self> {
        let (mut name, mut data) = (None, None);
        for entry in entries {
            match (entry.name.as_str(), &entry.value) {
                ("name", Value::Text(text)) if (1..=LONGEST_NAME).contains(&text.chars().count()) => {
                    name = Some(text.as_str().into());
                }
                ("name", _) => return Err(entry.refused(NAME)),
                ("data", Value::Text(json)) if json.len() <= LARGEST_DATA => data = Some(json.as_str().into()),
                _ => return Err(entry.refused(DATA)),
            }
        }
        let missing = || Error::InvalidOption { name: "name".into(), value: "undefined".into(), accepted: NAME.into() };
        Ok(Self { name: name.ok_or_else(missing)?, data, length_us: None })
    }

    /// How many bytes it takes.
    pub fn bytes(&self) -> usize {
        self.name.len() + self.data.as_ref().map_or(0, |data| data.len())
    }
}

/// These marks as they are in a reel that begins and ends at these media times, in microseconds: none is outside.
pub fn within(marks: &[Mark], start_us: i64, end_us: i64) -> Vec<Mark> {
    let end_us = end_us.max(start_us);
    marks.iter().map(|mark| Mark { time_us: mark.time_us.clamp(start_us, end_us), note: mark.note.clone() }).collect()
}

/// The same, counted from the reel's start.
pub fn from_start(marks: &[Mark], start_us: i64, end_us: i64) -> Vec<Mark> {
    let mut marks = within(marks, start_us, end_us);
    marks.iter_mut().for_each(|mark| mark.time_us -= start_us);
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::test_entries::text;

    #[test]
    fn a_name_and_data_are_taken_as_they_are() {
        let longest = "ä".repeat(200);
        let largest = format!("\"{}\"", "x".repeat(15_998));
        for (name, data) in [("take 2", None), (&longest, Some("{\"seed\":7}")), ("a", Some(&largest)), (" ", None)] {
            let mut entries = vec![text("name", name)];
            entries.extend(data.map(|data| text("data", data)));
            let note = Note::parse(&entries).unwrap();
            assert_eq!((&*note.name, note.data.as_deref()), (name, data));
            assert_eq!(note.bytes(), name.len() + data.map_or(0, str::len));
        }
    }

    #[test]
    fn what_is_no_mark_is_refused() {
        let of = |value| Entry { name: "name".into(), value, shown: "it".into() };
        for entries in [
            vec![],
            vec![text("data", "1")],
            vec![text("name", "")],
            vec![text("name", &"x".repeat(201))],
            vec![of(Value::Number(7.0))],
            vec![of(Value::Other)],
            vec![text("name", "a"), text("data", &"1".repeat(16_001))],
            vec![text("name", "a"), Entry { name: "data".into(), ..of(Value::Other) }],
        ] {
            let Err(error) = Note::parse(&entries) else { panic!("{entries:?}") };
            assert_eq!(error.code(), "invalid-option");
        }
        assert_eq!(
            Note::parse(&[]).unwrap_err().to_string(),
            "name: undefined is not valid; it must be a text of 1 to 200 characters"
        );
    }

    // A crash loses the last pictures, and the marks on them are there.
    #[test]
    fn no_mark_is_outside_its_reel() {
        let mark = |time_us| Mark { time_us, note: Note { name: "a".into(), ..Note::default() } };
        let times = |marks: Vec<Mark>| marks.iter().map(|mark| mark.time_us).collect::<Vec<_>>();
        let marks = [mark(1), mark(5), mark(9)];
        assert_eq!(times(within(&marks, 2, 7)), [2, 5, 7]);
        assert_eq!(times(from_start(&marks, 2, 7)), [0, 3, 5]);
        assert_eq!(times(within(&marks, 4, 0)), [4, 4, 4], "an empty reel");
    }
}
