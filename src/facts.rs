//! What a file says of itself: title, artist, comment, date, location, and what a page adds.

use crate::entry::{Entry, Value};
use crate::{Error, Result};
use std::ops::RangeInclusive;

/// What the names of its entries begin with.
const PREFIX: &str = "metadata";
/// The longest text, in characters.
const LONGEST_TEXT: usize = 1000;
/// The most that `custom` may take as JSON, in bytes.
const LARGEST_CUSTOM: usize = 64_000;
/// What the names of the parts of a place begin with.
const LOCATION: &str = ".location";
/// Those parts, with what each may be: degrees, and metres.
const PLACE: [(&str, RangeInclusive<f64>); 3] =
    [(".latitude", -90.0..=90.0), (".longitude", -180.0..=180.0), (".altitude", -20_000.0..=1_000_000.0)];

const FIELDS: &str = "an object with title, artist, comment, date, location and custom, or some of them";
const TEXT: &str = "a text of at most 1000 characters";
const ACCEPTED_LOCATION: &str =
    "an object with latitude and longitude in degrees, and altitude in metres if it is known";

/// A fact that is text: its name, which texts are valid, and what is accepted.
type Textual = (&'static str, fn(&str) -> bool, &'static str);

const TEXTS: [Textual; 5] = [
    (".title", is_short, TEXT),
    (".artist", is_short, TEXT),
    (".comment", is_short, TEXT),
    (".date", is_date, "a Date, or a text such as '2026-11-28' or '2026-11-28T19:00:00Z'"),
    (".custom", is_small, "what JSON can hold, at most 64 kB of it"),
];

/// Facts that a file has. Each is as it is written there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// What it is called.
    pub title: Option<String>,
    /// Who made it.
    pub artist: Option<String>,
    /// What there is to say.
    pub comment: Option<String>,
    /// When it was made (ISO 8601).
    pub date: Option<String>,
    /// Where it was made (ISO 6709, Annex H).
    pub location: Option<String>,
    /// What the page adds, as JSON (RFC 8259).
    pub custom: Option<String>,
}

/// Whether an option of an export is one of these.
pub(crate) fn is_fact(name: &str) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

impl Facts {
    /// Checks what was written, such as `metadata.title` and `metadata.location.latitude`. Other entries are none of these.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for what is not accepted.
    pub fn parse(entries: &[Entry]) -> Result<Self> {
        let (mut texts, mut place) = ([const { None }; TEXTS.len()], [None; 3]);
        for entry in entries.iter().filter(|entry| is_fact(&entry.name)) {
            let name = &entry.name[PREFIX.len()..];
            let accepted = match TEXTS.iter().position(|(known, ..)| *known == name) {
                Some(at) => {
                    let (_, is_valid, accepted) = TEXTS[at];
                    texts[at] = match &entry.value {
                        Value::Text(text) if is_valid(text) => Some(text.clone()),
                        _ => return Err(entry.refused(accepted)),
                    };
                    continue;
                }
                None if name.starts_with(LOCATION) => ACCEPTED_LOCATION,
                None => FIELDS,
            };
            let number = match entry.value {
                Value::Number(number) => number,
                _ => f64::NAN,
            };
            let at = PLACE
                .iter()
                .position(|(part, range)| name[LOCATION.len().min(name.len())..] == **part && range.contains(&number));
            place[at.ok_or_else(|| entry.refused(accepted))?] = Some(number);
        }
        let location = match place {
            [Some(latitude), Some(longitude), altitude] => Some(iso_6709(latitude, longitude, altitude)),
            [None, None, None] => None,
            _ => {
                let (name, value) = ("metadata.location".into(), "an object with a part of it".into());
                return Err(Error::InvalidOption { name, value, accepted: ACCEPTED_LOCATION.into() });
            }
        };
        let [title, artist, comment, date, custom] = texts;
        Ok(Self { title, artist, comment, date, location, custom })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether a text is short enough.
fn is_short(text: &str) -> bool {
    text.chars().count() <= LONGEST_TEXT
}

/// Whether JSON is small enough.
fn is_small(json: &str) -> bool {
    json.len() <= LARGEST_CUSTOM
}

/// Whether a text is a date of ISO 8601: a year; with a month; with a day; with a time of that day and its zone.
fn is_date(text: &str) -> bool {
    let text = text.as_bytes();
    let (date, time) = text.split_at(text.len().min(10));
    let [year, month, day] = [(0, 4), (5, 2), (8, 2)].map(|(at, len)| number(date, at, len));
    let days = match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let (is_month, is_day) = ((1..=12).contains(&month), (1..=days).contains(&day));
    match date.len() {
        4 => is_like(date, b"0000"),
        7 => is_like(date, b"0000-00") && is_month,
        10 => is_like(date, b"0000-00-00") && is_month && is_day && (time.is_empty() || is_time(time)),
        _ => false,
    }
}

/// Whether this is a time of day with a zone, such as `T19:00Z` or `T19:00:00.5+01:00`.
fn is_time(time: &[u8]) -> bool {
    let Some(zone) = time.iter().position(|byte| b"Z+-".contains(byte)) else { return false };
    let (time, zone) = time.split_at(zone);
    let is_clock = |clock: &[u8]| number(clock, 1, 2) < 24 && number(clock, 4, 2) < 60;
    let is_zone = zone == b"Z" || (is_like(&zone[1..], b"00:00") && is_clock(zone));
    let (clock, seconds) = time.split_at(time.len().min(6));
    let (whole, fraction) = seconds.split_at(seconds.len().min(3));
    let is_fraction = match fraction {
        [] => true,
        [b'.', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    let is_second = whole.is_empty() || (is_like(whole, b":00") && number(whole, 1, 2) <= 60 && is_fraction);
    is_like(clock, b"T00:00") && is_clock(clock) && is_second && is_zone
}

/// Whether a text is like another in which a 0 is any digit.
fn is_like(text: &[u8], other: &[u8]) -> bool {
    let is_same = |(byte, other): (&u8, &u8)| if *other == b'0' { byte.is_ascii_digit() } else { byte == other };
    text.len() == other.len() && text.iter().zip(other).all(is_same)
}

/// The number of this many digits from this place on.
fn number(text: &[u8], at: usize, digits: usize) -> u32 {
    let digits = text.iter().skip(at).take(digits);
    digits.fold(0, |number, digit| number * 10 + u32::from(digit.wrapping_sub(b'0')))
}

/// A place as ISO 6709 writes it in degrees and metres: `+48.85770+002.29500+035.000/`.
fn iso_6709(latitude: f64, longitude: f64, altitude: Option<f64>) -> String {
    let mut text = String::new();
    put_decimal(&mut text, latitude, 2, 5);
    put_decimal(&mut text, longitude, 3, 5);
    if let Some(metres) = altitude {
        put_decimal(&mut text, metres, 3, 3);
    }
    text.push('/');
    text
}

/// Appends a number with a sign, at least this many digits before the point, and this many behind it.
fn put_decimal(text: &mut String, number: f64, whole: usize, behind: usize) {
    let scale = (0..behind).fold(1_u64, |scale, _| scale * 10);
    let scaled = (number.abs() * scale as f64).round() as u64;
    text.push(if number < 0.0 && scaled > 0 { '-' } else { '+' });
    let digits = scaled.to_string();
    // Rust's own way to write such a number would be kilobytes to download.
    (digits.len()..whole + behind).for_each(|_| text.push('0'));
    text.push_str(&digits);
    text.insert(text.len() - behind, '.');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::test_entries::{number, other, text};

    #[test]
    fn facts_are_taken_as_they_are() {
        let facts = Facts::parse(&[
            text("last", "30s"),
            text("metadata.title", "A call"),
            text("metadata.artist", "Ann & Bo"),
            text("metadata.comment", "ünïcode"),
            text("metadata.date", "2026-11-28T19:00:00.000Z"),
            number("metadata.location.latitude", 48.8577),
            number("metadata.location.longitude", 2.295),
            text("metadata.custom", "{\"seed\":7}"),
        ]);
        let some = |text: &str| Some(text.to_owned());
        let expected = Facts {
            title: some("A call"),
            artist: some("Ann & Bo"),
            comment: some("ünïcode"),
            date: some("2026-11-28T19:00:00.000Z"),
            location: some("+48.85770+002.29500/"),
            custom: some("{\"seed\":7}"),
        };
        assert_eq!(facts, Ok(expected));
        assert!(Facts::parse(&[text("last", "30s")]).unwrap().is_empty());
    }

    #[test]
    fn a_place_is_written_as_players_read_it() {
        assert_eq!(iso_6709(-33.856_159, 151.215_256, Some(-3.25)), "-33.85616+151.21526-003.250/");
        assert_eq!(iso_6709(0.0, -0.000_001, Some(8848.86)), "+00.00000+000.00000+8848.860/");
        assert_eq!(iso_6709(-0.00012, 180.0, None), "-00.00012+180.00000/");
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for date in [
            "2026",
            "2026-11",
            "2026-11-28",
            "2024-02-29",
            "2000-02-29",
            "2026-11-28T19:00Z",
            "2026-11-28T19:00:59Z",
            "2026-11-28T19:00:00.123456Z",
            "2026-11-28T23:59:60+05:30",
            "2026-11-28T19:00:00-08:00",
        ] {
            assert!(is_date(date), "{date}");
        }
        for date in [
            "",
            "today",
            "26-11-28",
            "2026-13",
            "2026-00-01",
            "2026-11-31",
            "2026-11-00",
            "2026-02-29",
            "1900-02-29",
            "2026-11-28-01",
            "2026-11T19:00Z",
            "2026-11-28 19:00Z",
            "2026-11-28T",
            "2026-11-28T19:00",
            "2026-11-28T24:00Z",
            "2026-11-28T19:60Z",
            "2026-11-28T19:00:61Z",
            "2026-11-28T19:00:00.Z",
            "2026-11-28T19:00.5Z",
            "2026-11-28T19:00:00+0100",
            "2026-11-28T19:00:00Zz",
            "2026-11-28T1é:00Z",
            "+2026-11-28",
        ] {
            assert!(!is_date(date), "{date}");
        }
    }

    #[test]
    fn what_is_no_fact_is_refused() {
        for entries in [
            vec![other("metadata")],
            vec![text("metadata", "a title")],
            vec![text("metadata.album", "a")],
            vec![number("metadata.title", 7.0)],
            vec![text("metadata.comment", &"x".repeat(1001))],
            vec![other("metadata.date")],
            vec![text("metadata.date", "yesterday")],
            vec![other("metadata.location")],
            vec![text("metadata.location.latitude", "48")],
            vec![number("metadata.location.latitude", 48.0)],
            vec![number("metadata.location.altitude", 48.0)],
            vec![number("metadata.location.latitude", 91.0), number("metadata.location.longitude", 0.0)],
            vec![number("metadata.location.latitude", 0.0), number("metadata.location.longitude", f64::NAN)],
            vec![number("metadata.location.name", 0.0)],
            vec![text("metadata.custom", &"1".repeat(64_001))],
            vec![other("metadata.custom")],
        ] {
            let Err(error) = Facts::parse(&entries) else { panic!("{entries:?}") };
            assert_eq!(error.code(), "invalid-option");
        }
        let longest = "ä".repeat(1000);
        assert_eq!(Facts::parse(&[text("metadata.title", &longest)]).unwrap().title, Some(longest));
        assert_eq!(
            Facts::parse(&[number("metadata.location.latitude", 48.0)]).unwrap_err().to_string(),
            "metadata.location: an object with a part of it is not valid; it must be an object with latitude and longitude in degrees, and altitude in metres if it is known"
        );
    }
}
