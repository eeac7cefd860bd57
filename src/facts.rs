//! What a file says of itself: title, artist, comment, date, location, and what a page adds.

use crate::Result;
use crate::options::{Entry, Value};
use std::ops::RangeInclusive;

/// What the names of its entries begin with.
const PREFIX: &str = "metadata";
/// The longest text, in characters.
const LONGEST_TEXT: usize = 1000;
/// The most that `custom` may take as JSON, in bytes.
const LARGEST_CUSTOM: usize = 64_000;
/// The lowest and the highest altitude, in metres.
const ALTITUDES: RangeInclusive<f64> = -20_000.0..=1_000_000.0;

const FIELDS: &str = "an object with title, artist, comment, date, location and custom, or some of them";
const TEXT: &str = "a text of at most 1000 characters";
const DATE: &str = "a Date, or a text such as '2026-11-28' or '2026-11-28T19:00:00Z'";
const LOCATION: &str = "an object with latitude and longitude in degrees, and altitude in metres if it is known";
const CUSTOM: &str = "what JSON can hold, at most 64 kB of it";

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
    /// [`InvalidOption`](crate::Error::InvalidOption) for what is not accepted.
    pub fn parse(entries: &[Entry]) -> Result<Self> {
        let mut facts = Self::default();
        let mut place = [None; 3];
        let of_facts = || entries.iter().filter(|entry| is_fact(&entry.name));
        for entry in of_facts() {
            let text = match &entry.value {
                Value::Text(text) => Some(text),
                _ => None,
            };
            let short = || text.filter(|text| text.chars().count() <= LONGEST_TEXT).cloned().ok_or(TEXT);
            let degrees = |most: f64| match entry.value {
                Value::Number(number) if (-most..=most).contains(&number) => Ok(Some(number)),
                _ => Err(LOCATION),
            };
            let set = match entry.name.strip_prefix(PREFIX).unwrap_or_default() {
                ".title" => short().map(|text| facts.title = Some(text)),
                ".artist" => short().map(|text| facts.artist = Some(text)),
                ".comment" => short().map(|text| facts.comment = Some(text)),
                ".date" => text.filter(|text| is_date(text)).ok_or(DATE).map(|date| facts.date = Some(date.clone())),
                ".location.latitude" => degrees(90.0).map(|degrees| place[0] = degrees),
                ".location.longitude" => degrees(180.0).map(|degrees| place[1] = degrees),
                ".location.altitude" => match entry.value {
                    Value::Number(metres) if ALTITUDES.contains(&metres) => Ok(place[2] = Some(metres)),
                    _ => Err(LOCATION),
                },
                ".custom" => {
                    let json = text.filter(|json| json.len() <= LARGEST_CUSTOM).ok_or(CUSTOM);
                    json.map(|json| facts.custom = Some(json.clone()))
                }
                other if other.starts_with(".location") => Err(LOCATION),
                _ => Err(FIELDS),
            };
            set.map_err(|accepted| entry.refused(accepted))?;
        }
        facts.location = match place {
            [Some(latitude), Some(longitude), altitude] => Some(iso_6709(latitude, longitude, altitude)),
            [None, None, None] => None,
            _ => {
                let half = of_facts().find(|entry| entry.name.contains(".location"));
                return half.map_or(Ok(facts), |entry| Err(entry.refused(LOCATION)));
            }
        };
        Ok(facts)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether a text is a date of ISO 8601: a year; with a month; with a day; with a time of that day and its zone.
fn is_date(text: &str) -> bool {
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let mut parts = date.split('-');
    let year = parts.next().and_then(|year| number(year, 4));
    let month = parts.next().map(|month| number(month, 2).filter(|month| (1..=12).contains(month)));
    let day = parts.next().map(|day| number(day, 2));
    let Some(year) = year.filter(|_| parts.next().is_none()) else { return false };
    let days = match month.flatten() {
        Some(2) if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        Some(2) => 28,
        Some(4 | 6 | 9 | 11) => 30,
        Some(_) => 31,
        None if month.is_some() => return false,
        None => 0,
    };
    let is_day = day.is_none_or(|day| day.is_some_and(|day| (1..=days).contains(&day)));
    is_day && time.is_none_or(|time| day.is_some() && is_time(time))
}

/// Whether a text is a time of day with a zone, such as `19:00Z` or `19:00:00.5+01:00`.
fn is_time(text: &str) -> bool {
    let is_clock = |text: &str| {
        let (hours, minutes) = text.split_once(':').unwrap_or((text, ""));
        number(hours, 2).is_some_and(|hours| hours < 24) && number(minutes, 2).is_some_and(|minutes| minutes < 60)
    };
    let Some(zone) = text.find(['Z', '+', '-']) else { return false };
    let (time, zone) = text.split_at(zone);
    let is_zone = zone == "Z" || zone.get(1..).is_some_and(is_clock);
    let (clock, seconds) = time.split_at(time.len().min(5));
    let seconds = seconds.split_once('.').unwrap_or((seconds, "0"));
    let is_fraction = !seconds.1.is_empty() && seconds.1.bytes().all(|digit| digit.is_ascii_digit());
    let of_seconds = match seconds.0.strip_prefix(':') {
        Some(seconds) => number(seconds, 2).is_some_and(|seconds| seconds <= 60) && is_fraction,
        None => time.len() == clock.len(),
    };
    is_clock(clock) && of_seconds && is_zone
}

/// A number of this many digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    let is_number = text.len() == digits && text.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| text.bytes().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
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

    fn text(name: &str, text: &str) -> Entry {
        Entry { name: name.into(), value: Value::Text(text.into()), shown: format!("'{text}'") }
    }

    fn number(name: &str, number: f64) -> Entry {
        Entry { name: name.into(), value: Value::Number(number), shown: number.to_string() }
    }

    fn other(name: &str) -> Entry {
        Entry { name: name.into(), value: Value::Other, shown: "a value of type object".into() }
    }

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
            "metadata.location.latitude: 48 is not valid; it must be an object with latitude and longitude in degrees, and altitude in metres if it is known"
        );
    }
}
