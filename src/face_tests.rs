//! What crosses between TypeScript and Rust stands on both sides. These tests read the TypeScript and compare.

use crate::Error;
use crate::codec::colour::Colour;
use crate::entry::{Entry, Value};
use crate::options::{NAMES, Options, VARIABLES};
use crate::recording::{CLEANUP, MARK, MOST_IN_FLIGHT, NEXT, Progress, Reason, Report, STORED};
use crate::reel::{LOCK_PREFIX, PAGE_PREFIX, ReelRecord};
use crate::time::Media;
use crate::timeline::{Freeze, Stall};
use std::collections::{BTreeMap, BTreeSet};

const CAPTURE: &str = include_str!("../js/capture.ts");
const ENV: &str = include_str!("../js/env.ts");
const ERRORS: &str = include_str!("../js/errors.ts");
const MESSAGES: &str = include_str!("../js/messages.ts");
const OPENH264: &str = include_str!("../js/openh264/module.ts");
const RECORDER: &str = include_str!("../js/recorder.ts");
const REELS: &str = include_str!("../js/reels.ts");
const REEL_LOCKS: &str = include_str!("../js/reel-locks.ts");
const TYPES: &str = include_str!("../js/types.ts");
/// The document of all options.
const OPTIONS: &str = include_str!("../docs/options.md");

/// The text between the first of these and what ends it.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(begin).unwrap_or_else(|| panic!("no {begin:?}"));
    rest.split_once(end).unwrap_or_else(|| panic!("no {end:?} after {begin:?}")).0
}

/// The words in these quotes.
fn quoted(text: &str, quote: char) -> BTreeSet<&str> {
    text.split(quote).skip(1).step_by(2).collect()
}

#[test]
fn each_error_has_a_code_that_the_face_knows() {
    let reason = || "it".to_owned();
    let errors = [
        Error::InvalidOption { name: reason(), value: reason(), accepted: reason() },
        Error::Disabled,
        Error::NothingRecorded,
        Error::NoSuchReel { id: reason() },
        Error::Aborted,
        Error::InvalidState { reason: reason() },
        Error::Unsupported { what: reason() },
        Error::EncoderLost { reason: reason() },
        Error::Quota { reason: reason() },
        Error::Storage { reason: reason() },
    ];
    let mut codes: BTreeSet<&str> = errors.iter().map(Error::code).collect();
    assert_eq!(codes.len(), errors.len(), "a code each");
    // The answer to a call that was aborted reaches no caller.
    assert!(codes.remove("aborted"));
    // Three come from the page alone.
    codes.extend(["invalid-source", "upload", "worker-lost"]);
    assert_eq!(quoted(between(ERRORS, "export type ErrorCode =", ";"), '\''), codes);
    let table = between(ERRORS, "| code |", " */");
    assert!(codes.iter().all(|code| table.contains(&format!("`{code}`"))), "the table lacks one of {codes:?}");
}

/// The options of the face by name, each with the default in its doc comment.
fn options_of_the_face() -> BTreeMap<&'static str, &'static str> {
    let mut options = BTreeMap::new();
    let mut default = "";
    for line in between(TYPES, "export interface RecorderOptions {", "\n}").lines().map(str::trim) {
        if let Some(value) = line.strip_prefix("* @defaultValue ") {
            default = value;
        } else if let Some((name, _)) = line.split_once("?:") {
            options.insert(name, std::mem::take(&mut default));
        }
    }
    options
}

#[test]
fn the_options_of_the_face_are_those_of_the_parser() {
    let options = options_of_the_face();
    let names: BTreeSet<&str> = NAMES.trim_start_matches("one of the options ").split(',').map(str::trim).collect();
    let faces: BTreeSet<&str> = options.keys().copied().collect();
    assert_eq!(faces.difference(&names).collect::<Vec<_>>(), [&""; 0], "in js/types.ts, and not in src/options.rs");
    assert_eq!(names.difference(&faces).collect::<Vec<_>>(), [&""; 0], "in src/options.rs, and not in js/types.ts");
    for name in names {
        let entry = Entry { name: name.into(), value: Value::Other, shown: "it".into() };
        let Err(Error::InvalidOption { accepted, .. }) = Options::parse(&[entry]) else { panic!("{name}") };
        assert!(!accepted.contains("one of the options"), "the parser does not know {name}");
    }
}

#[test]
fn the_documents_have_each_option_in_their_table_and_in_their_list() {
    let (table, list) = OPTIONS.split_once("## What they do").unwrap();
    for name in options_of_the_face().keys() {
        assert!(table.lines().any(|line| line.starts_with(&format!("| `{name}` "))), "{name}: no row of the table");
        let is_subject =
            |line: &str| line.split_once(": ").is_some_and(|(names, _)| names.contains(&format!("`{name}`")));
        assert!(list.lines().any(|line| line.starts_with("- `") && is_subject(line)), "{name}: no line of the list");
    }
}

// A default that a developer reads is the one that they get.
#[test]
fn each_default_of_the_face_is_the_parsers() {
    for (name, default) in options_of_the_face() {
        let value = match default {
            "true" => Value::Switch(true),
            "false" => Value::Switch(false),
            text if text.starts_with('\'') => Value::Text(text.trim_matches('\'').into()),
            text => match text.parse() {
                Ok(number) => Value::Number(number),
                // In words: there is none.
                Err(_) => continue,
            },
        };
        let entry = Entry { name: name.into(), value, shown: default.into() };
        assert_eq!(Options::parse(&[entry]), Ok(Options::default()), "{name}: {default}");
    }
}

#[test]
fn the_variables_of_the_environment_are_the_same() {
    let variables: BTreeSet<String> =
        between(ENV, "(RECORDING_(?:", "))").split('|').map(|name| format!("RECORDING_{name}")).collect();
    assert_eq!(variables, VARIABLES.iter().map(|(name, _)| (*name).to_owned()).collect());
    for (variable, option) in VARIABLES {
        let row = format!("| `{variable}` | {{@link RecorderOptions.{option}}} | `");
        let default = between(ENV, &row, "`");
        let is_same = options_of_the_face()[option].trim_matches('\'') == default;
        assert!(is_same, "{variable}: {default}");
    }
}

#[test]
fn the_events_that_are_sent_are_those_that_the_page_expects() {
    let progress = Progress::default;
    let stall = Stall { length_us: 0, ended: false };
    let freeze = Freeze { begin: Media::default(), length_us: 0, ended: false };
    let reports = [
        Report::Progress(progress()),
        Report::Freeze(freeze),
        Report::Stall(stall),
        Report::Space { seconds: 0.0, bytes: 0.0 },
        Report::Scaled { from: (2, 2), to: (1, 1) },
        Report::Limit { progress: progress(), is_next: false },
        Report::Unfit("codec"),
        Report::Marks(Vec::new()),
        Report::Failure(Error::Disabled),
        Report::Stopped { reason: Reason::Stopped, progress: progress(), is_saved: true },
    ];
    let sent: BTreeSet<&str> = reports.iter().map(Report::name).chain([CLEANUP, NEXT, MARK, STORED]).collect();
    let expected: BTreeSet<&str> =
        between(MESSAGES, "type BesideEvent =", "saved: boolean").split("type: '").skip(1).map(word).collect();
    assert_eq!(sent, expected);
}

fn word(text: &str) -> &str {
    text.split('\'').next().unwrap_or("")
}

#[test]
fn an_encoder_takes_what_may_have_waited_before_the_worker() {
    let waiting = between(CAPTURE, "export const MAX_WAITING = ", ";");
    assert_eq!(waiting.parse(), Ok(MOST_IN_FLIGHT));
}

#[test]
fn the_page_waits_for_the_lock_that_the_worker_holds() {
    assert_eq!(between(RECORDER, "navigator.locks?.request(`", "${id}`"), LOCK_PREFIX);
    assert_eq!(between(REEL_LOCKS, "const WORKER = '", "'"), LOCK_PREFIX);
    assert_eq!(between(REEL_LOCKS, "const PAGE = '", "'"), PAGE_PREFIX);
}

#[test]
fn the_page_finds_the_time_in_a_reels_id() {
    let date = between(REELS, "const ISO_LENGTH = '", "'.length");
    assert!(ReelRecord::new(0.0, date, 0).id.starts_with(date));
    assert_eq!(date.len(), "2026-11-22T14:03:27.000Z".len());
}

fn colour([primaries, transfer, matrix]: [Option<&str>; 3]) -> Colour {
    Colour::from_webcodecs(primaries, transfer, matrix, Some(true)).unwrap()
}

#[test]
fn openh264_and_the_file_have_the_same_numbers_for_colours() {
    let table = |name: &str| -> Vec<(String, u16)> {
        let rows = between(OPENH264, &format!("const {name}: Record<string, number> = {{"), "}");
        let pair = |row: &str| {
            let (word, number) = row.split_once(':')?;
            Some((word.trim().trim_matches('\'').to_owned(), number.trim().parse().ok()?))
        };
        rows.split(',').filter_map(pair).collect()
    };
    for (word, number) in table("PRIMARIES") {
        assert_eq!(colour([Some(&word), None, None]).primaries, number, "{word}");
    }
    for (word, number) in table("TRANSFERS") {
        assert_eq!(colour([None, Some(&word), None]).transfer, number, "{word}");
    }
    for (word, number) in table("MATRICES") {
        assert_eq!(colour([None, None, Some(&word)]).matrix, number, "{word}");
    }
    assert_eq!([table("PRIMARIES").len(), table("TRANSFERS").len(), table("MATRICES").len()], [5, 6, 5]);
}
