//! Which pictures of a reel a page asks for, and as what.

use crate::entry::{Entry, Value, time_us};
use crate::reel::{Place, Span, key_frame_at, newest};
use crate::{Error, Result};

/// Which pictures of a reel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The one at this time from the reel's start, in microseconds.
    At(i64),
    /// This many, evenly spread over its length.
    Strip(u32),
    /// The newest.
    Newest,
}

/// Pictures of a reel, and as what they are wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pictures {
    /// Which.
    pub wanted: Wanted,
    /// Their width in pixels; none for that of the recording.
    pub width: Option<u32>,
    /// Their MIME type.
    pub mime: &'static str,
    /// How well they are encoded, from 0 to 1.
    pub quality: f64,
}

/// A picture that is to be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The times that it is shown for, from the reel's start, in microseconds.
    pub times_us: Vec<i64>,
    /// What it is decoded from: a key frame, and what follows it up to the picture.
    pub spans: Vec<Span>,
}

const AT: &str = "a time from the reel's start such as '30s' or '1m30s', or a number of seconds";
const WIDTH: &str = "a whole number of pixels from 1 to 8192";
const TYPE: &str = "'image/jpeg', 'image/png' or 'image/webp'";
const QUALITY: &str = "a number from 0 to 1";
const COUNT: &str = "a whole number of pictures from 1 to 1000";
const NAMES: &str = "one of the options width, type, quality";
const POSTER_NAMES: &str = "one of the options at, width, type, quality";

const MIMES: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];
const MOST_PICTURES: f64 = 1000.0;
const WIDEST: f64 = 8192.0;

impl Pictures {
    /// Checks what was written: `width`, `type` and `quality`; and `at` for a `poster`, `count` for a `filmstrip`. Anything else is the
    /// newest picture.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for what is not accepted.
    pub fn parse(kind: &str, entries: &[Entry]) -> Result<Self> {
        let (wanted, names) = match kind {
            "poster" => (Wanted::At(0), POSTER_NAMES),
            "filmstrip" => (Wanted::Strip(1), NAMES),
            _ => (Wanted::Newest, NAMES),
        };
        let mut pictures = Self { wanted, width: None, mime: MIMES[0], quality: 0.8 };
        for entry in entries {
            let value = &entry.value;
            let set = match (entry.name.as_str(), wanted) {
                ("at", Wanted::At(_)) => time_us(value).map(|us| pictures.wanted = Wanted::At(us)).ok_or(AT),
                ("count", Wanted::Strip(_)) => {
                    whole(value, MOST_PICTURES).map(|count| pictures.wanted = Wanted::Strip(count)).ok_or(COUNT)
                }
                ("width", _) => whole(value, WIDEST).map(|width| pictures.width = Some(width)).ok_or(WIDTH),
                ("type", _) => mime(value).map(|mime| pictures.mime = mime).ok_or(TYPE),
                ("quality", _) => part(value).map(|quality| pictures.quality = quality).ok_or(QUALITY),
                _ => Err(names),
            };
            set.map_err(|accepted| entry.refused(accepted))?;
        }
        Ok(pictures)
    }

    /// What they are decoded from, in segments of pictures that are in order, of a reel that begins at this media time, in microseconds. One
    /// that several times have in common is there once.
    ///
    /// # Errors
    /// [`Error::NothingRecorded`] if there is no key frame.
    pub fn sources(&self, segments: &[Place<'_>], start_us: i64) -> Result<Vec<Source>> {
        let Some((last, _)) = segments.last() else { return Err(Error::NothingRecorded) };
        let times_us: Vec<i64> = match self.wanted {
            Wanted::At(at_us) => vec![at_us],
            Wanted::Strip(count) => {
                let (count, length_us) = (i64::from(count), last.end_us() - start_us);
                (0..count).map(|n| length_us / count * n + length_us % count * n / count).collect()
            }
            Wanted::Newest => {
                let source = Source { times_us: vec![last.last_us() - start_us], spans: newest(segments) };
                return if source.spans.is_empty() { Err(Error::NothingRecorded) } else { Ok(vec![source]) };
            }
        };
        let mut sources: Vec<Source> = Vec::new();
        for time_us in times_us {
            let span = key_frame_at(segments, start_us.saturating_add(time_us)).ok_or(Error::NothingRecorded)?;
            match sources.last_mut().filter(|source| source.spans[0] == span) {
                Some(source) => source.times_us.push(time_us),
                None => sources.push(Source { times_us: vec![time_us], spans: vec![span] }),
            }
        }
        Ok(sources)
    }

    /// Whether the first segments of a reel, which these are, have all that is needed.
    pub fn is_among(&self, segments: &[Place<'_>]) -> bool {
        let Wanted::At(at_us) = self.wanted else { return false };
        let has_key = |(table, _): &Place<'_>| table.samples().iter().any(|sample| sample.key);
        let start_us = segments.first().map_or(0, |(first, _)| first.start_us());
        let is_later = segments.last().is_some_and(|(last, _)| last.start_us() > start_us.saturating_add(at_us));
        is_later && segments.iter().any(has_key)
    }
}

/// A whole number from 1 to this.
fn whole(value: &Value, most: f64) -> Option<u32> {
    match *value {
        Value::Number(number) if (1.0..=most).contains(&number) && number.fract() == 0.0 => Some(number as u32),
        _ => None,
    }
}

fn mime(value: &Value) -> Option<&'static str> {
    match value {
        Value::Text(text) => MIMES.into_iter().find(|mime| mime == text),
        _ => None,
    }
}

fn part(value: &Value) -> Option<f64> {
    match *value {
        Value::Number(number) if (0.0..=1.0).contains(&number) => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::test_entries::{number, text};
    use crate::reel::{Sample, SampleTable};

    /// Segments of three samples of a second, a key frame first, from this second on.
    fn segments(count: i64, start_s: i64) -> Vec<SampleTable> {
        let time_us = |n: i64| (start_s + n) * 1_000_000;
        let sample = |n: i64| Sample { decode_us: time_us(n), composition_offset_us: 0, size: 100, key: n % 3 == 0 };
        let segment = |index: i64| {
            let mut table = SampleTable::new(sample(3 * index), time_us(3 * index + 1));
            (1..3).for_each(|n| table.push(sample(3 * index + n), time_us(3 * index + n + 1)));
            table
        };
        (0..count).map(segment).collect()
    }

    /// The times of each picture in seconds, and the segment of its key frame.
    fn found(kind: &str, entries: &[Entry], count: i64) -> Result<Vec<(Vec<i64>, usize)>> {
        let tables = segments(count, 5);
        let places: Vec<Place<'_>> = tables.iter().map(|table| (table, None)).collect();
        let sources = Pictures::parse(kind, entries)?.sources(&places, 5_000_000)?;
        let seconds = |source: &Source| source.times_us.iter().map(|us| us / 1_000_000).collect();
        Ok(sources.iter().map(|source| (seconds(source), source.spans[0].segment)).collect())
    }

    #[test]
    fn a_poster_is_the_first_picture_or_one_that_is_asked_for() {
        for (entries, expected) in [
            (vec![], (0, 0)),
            (vec![number("at", 2.9)], (2, 0)),
            (vec![number("at", 3.0)], (3, 1)),
            (vec![text("at", "8s")], (8, 2)),
            (vec![text("at", "1h")], (3600, 3)),
        ] {
            assert_eq!(found("poster", &entries, 4), Ok(vec![(vec![expected.0], expected.1)]), "{entries:?}");
        }
        assert_eq!(found("poster", &[], 0), Err(Error::NothingRecorded));
    }

    #[test]
    fn a_strip_is_spread_evenly_and_a_key_frame_is_decoded_once() {
        let strip = |count: f64| found("filmstrip", &[number("count", count)], 4);
        assert_eq!(strip(1.0), Ok(vec![(vec![0], 0)]));
        assert_eq!(strip(3.0), Ok(vec![(vec![0], 0), (vec![4], 1), (vec![8], 2)]));
        assert_eq!(strip(6.0), Ok(vec![(vec![0, 2], 0), (vec![4], 1), (vec![6, 8], 2), (vec![10], 3)]));
        assert_eq!(found("filmstrip", &[number("count", 2.0)], 0), Err(Error::NothingRecorded));
    }

    #[test]
    fn the_newest_picture_is_decoded_from_the_last_key_frame_on() {
        assert_eq!(found("snapshot", &[], 2), Ok(vec![(vec![5], 1)]));
        assert_eq!(found("snapshot", &[], 0), Err(Error::NothingRecorded));
    }

    #[test]
    fn a_picture_is_what_is_asked_for() {
        let asked = [number("width", 320.0), text("type", "image/webp"), number("quality", 0.5)];
        let expected = Pictures { wanted: Wanted::At(0), width: Some(320), mime: "image/webp", quality: 0.5 };
        assert_eq!(Pictures::parse("poster", &asked), Ok(expected));
        let usual = Pictures { wanted: Wanted::Newest, width: None, mime: "image/jpeg", quality: 0.8 };
        assert_eq!(Pictures::parse("snapshot", &[]), Ok(usual));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for (kind, entry) in [
            ("poster", number("at", -1.0)),
            ("poster", text("at", "soon")),
            ("poster", number("count", 3.0)),
            ("snapshot", number("at", 1.0)),
            ("filmstrip", number("at", 1.0)),
            ("filmstrip", number("count", 0.0)),
            ("filmstrip", number("count", 1.5)),
            ("filmstrip", number("count", 1001.0)),
            ("filmstrip", text("count", "3")),
            ("poster", number("width", 0.0)),
            ("poster", number("width", 8193.0)),
            ("poster", text("type", "image/gif")),
            ("poster", number("quality", 1.1)),
            ("poster", number("quality", f64::NAN)),
        ] {
            let error = Pictures::parse(kind, std::slice::from_ref(&entry)).unwrap_err();
            assert_eq!(error.code(), "invalid-option", "{kind} {entry:?}");
        }
    }

    // A list of recordings read the tables of each of them, hours long, for its first picture.
    #[test]
    fn the_first_segments_are_enough_for_a_picture_at_the_beginning() {
        let tables = segments(3, 5);
        let places: Vec<Place<'_>> = tables.iter().map(|table| (table, None)).collect();
        let at = |seconds: f64| Pictures::parse("poster", &[number("at", seconds)]).unwrap();
        assert!(at(0.0).is_among(&places) && at(5.9).is_among(&places));
        assert!(!at(6.0).is_among(&places), "a later key frame may follow");
        assert!(!at(0.0).is_among(&places[..1]) && !at(0.0).is_among(&[]));
        assert!(!Pictures::parse("snapshot", &[]).unwrap().is_among(&places));
    }
}
