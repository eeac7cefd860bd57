//! Numbers, lengths of time and switches as people write them.

/// A number of plain digits, with or without a fraction: `30`, `29.97`.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once(['.']).unwrap_or((text, "0"));
    let digits = || whole.bytes().chain(fraction.bytes());
    if whole.is_empty() || fraction.is_empty() || !digits().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // The standard library's parser would add 15 kB to a download of 93.
    let number = digits().fold(0.0, |number, byte| number * 10.0 + f64::from(byte - b'0'));
    let scale = fraction.bytes().fold(1.0, |scale, _| scale * 10.0);
    Some(number / scale)
}

/// The longest unit, in seconds.
const WEEK: f64 = 604_800.0;

/// A length of time, in seconds: `1h`, `1h30m`, `90 min`, or a plain number of seconds.
pub(crate) fn seconds(text: &str) -> Option<f64> {
    if let Some(seconds) = decimal(text) {
        return Some(seconds);
    }
    let (mut sum, mut rest) = (0.0, text);
    while !rest.is_empty() {
        let is_number = |byte: u8| byte.is_ascii_digit() || byte == b'.' || byte.is_ascii_whitespace();
        let (number, from_unit) = rest.split_at_checked(rest.bytes().position(|byte| !is_number(byte))?)?;
        let unit_len = from_unit.bytes().position(is_number).unwrap_or(from_unit.len());
        let (unit, after) = from_unit.split_at_checked(unit_len)?;
        sum += decimal(number.trim_ascii())? * unit_seconds(unit)?;
        rest = after;
    }
    Some(sum)
}

/// The length of one unit, in seconds, as the `humantime` crate reads it. Months and years are refused: they differ in length, and
/// `30M` may be meant as minutes.
///
/// The crate gets the unit without its number. It refuses numbers that make no whole nanoseconds (`0.001h`,
/// `1.3333333333333333m`), reads `1 30m` as 130 minutes, and panics if a sum is longer than any [`Duration`](std::time::Duration).
fn unit_seconds(unit: &str) -> Option<f64> {
    let one = humantime::parse_duration(&format!("1{unit}")).ok()?.as_secs_f64();
    (one <= WEEK).then_some(one)
}

/// Whether something is on or off.
pub(crate) fn switch(text: &str) -> Option<bool> {
    let is_one_of = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    let on = is_one_of(&["true", "yes", "on", "1"]);
    (on || is_one_of(&["false", "no", "off", "0"])).then_some(on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_are_read_as_people_mean_them() {
        for (text, expected) in [
            ("1h", 3600.0),
            ("30m", 1800.0),
            ("120s", 120.0),
            ("1h30m", 5400.0),
            ("1h 30m", 5400.0),
            ("1 hour 30 minutes", 5400.0),
            ("90 min", 5400.0),
            ("1.5h", 5400.0),
            ("0.5s", 0.5),
            ("250ms", 0.25),
            ("500 µs", 0.0005),
            ("1d", 86_400.0),
            ("1w", 604_800.0),
            ("3600", 3600.0),
            ("3600.5", 3600.5),
            ("007", 7.0),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_length_is_not_read_as_one() {
        for text in [
            "abc", "h", "-5", "+5", "-1h", "NaN", "Infinity", "inf", "10:30", "1,5h", "1e3", "0x10", "3600.", ".5",
            ".", "1.2.3", "1h30", "1d2x", "1 30m", "3 600", "1h,30m", "1h-5m", "30 M", "1H", "１h", "1h\0",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    // A month was 30.44 days, and `30M`, meant as minutes, two and a half years.
    #[test]
    fn months_and_years_have_no_one_length() {
        for unit in ["M", "month", "months", "y", "yr", "yrs", "year", "years"] {
            for text in [format!("1{unit}"), format!("0.001 {unit}"), format!("1h 2{unit}"), format!("0{unit}")] {
                assert_eq!(seconds(&text), None, "{text}");
            }
        }
    }

    // A recording's limit in a page's code must mean the same in each version of this package, whichever parser reads it.
    #[test]
    fn a_length_keeps_its_meaning_from_version_to_version() {
        let units: [(&str, f64); 30] = [
            ("nanos", 1e-9),
            ("nsec", 1e-9),
            ("ns", 1e-9),
            ("usec", 1e-6),
            ("us", 1e-6),
            ("µs", 1e-6),
            ("millis", 1e-3),
            ("msec", 1e-3),
            ("ms", 1e-3),
            ("seconds", 1.0),
            ("second", 1.0),
            ("secs", 1.0),
            ("sec", 1.0),
            ("s", 1.0),
            ("minutes", 60.0),
            ("minute", 60.0),
            ("mins", 60.0),
            ("min", 60.0),
            ("m", 60.0),
            ("hours", 3600.0),
            ("hour", 3600.0),
            ("hrs", 3600.0),
            ("hr", 3600.0),
            ("h", 3600.0),
            ("days", 86_400.0),
            ("day", 86_400.0),
            ("d", 86_400.0),
            ("weeks", 604_800.0),
            ("week", 604_800.0),
            ("w", 604_800.0),
        ];
        for (unit, length) in units.into_iter().chain([("wks", 604_800.0), ("wk", 604_800.0)]) {
            assert_eq!(seconds(&format!("1{unit}")), Some(length), "{unit}");
            assert_eq!(seconds(&format!("90 {unit}")), Some(90.0 * length), "{unit}");
            assert_eq!(seconds(&format!("1.5\t{unit}")), Some(1.5 * length), "{unit}");
            assert_eq!(seconds(&format!("2{unit} 3s")), Some(2.0 * length + 3.0), "{unit}");
            let upper = unit.to_uppercase();
            assert_eq!(seconds(&format!("1{upper}")), None, "{upper}: '30M' would be months");
        }
        for (text, expected) in [
            ("90", 90.0),
            ("1.5s", 1.5),
            ("1h 30m", 5400.0),
            ("1h  30 m", 5400.0),
            ("1h30m15s500ms", 5415.5),
            ("30m 1h", 5400.0),
            ("1h 1h", 7200.0),
            ("00h 07s", 7.0),
            ("0s", 0.0),
            ("0h 0.0m", 0.0),
            // An empty field of a form, where 0 is accepted.
            ("", 0.0),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for text in ["-1s", "1h -30m", "+1s", "Infinity", "infinity s", "NaN s", "∞", "1s.", "s1", "1,000s", "1_000s"]
        {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    // Lengths that the `humantime` crate alone reads otherwise, or not at all.
    #[test]
    fn what_humantime_reads_otherwise_keeps_its_meaning_too() {
        // A page that writes `${seconds / 60}m`, and fractions that make no whole second from an hour on.
        for (text, expected) in [
            ("1.3333333333333333m", 80.0),
            ("0.001h", 3.6),
            ("1.0001h", 3600.36),
            ("0.0001d", 8.64),
            ("1.0ns", 1e-9),
            ("0.5ns", 5e-10),
            ("0.1234567890123456789s", 0.123_456_789_012_345_68),
            ("20000000000000ms", 2e10),
            ("99999999999999999999s", 1e20),
        ] {
            let length = seconds(text).unwrap();
            assert!((length - expected).abs() <= expected * 1e-12, "{text}: {length}");
        }
        // It takes the spaces out of numbers: 130 minutes.
        for text in ["1 30m", "1 . 5h", "1. 5h", "1h 2 3s"] {
            assert_eq!(seconds(text), None, "{text}");
        }
        // It panics, because the sum is no `Duration`. No option takes that long.
        assert_eq!(seconds("18446744073709551615s 1000000000ns"), Some(u64::MAX as f64 + 1.0));
        assert!(seconds(&format!("{}w", "9".repeat(400))).is_some_and(f64::is_infinite));
    }

    #[test]
    fn decimals_are_the_numbers_that_a_compiler_reads() {
        for (text, expected) in
            [("30", 30.0), ("29.97", 29.97), ("0.1", 0.1), ("23.976", 23.976), ("59.94005994", 59.940_059_94)]
        {
            assert_eq!(decimal(text), Some(expected));
        }
    }

    #[test]
    fn a_switch_is_on_or_off_in_any_case() {
        for text in ["true", "TRUE", "True", "1", "yes", "Yes", "on", "ON"] {
            assert_eq!(switch(text), Some(true), "{text}");
        }
        for text in ["false", "FALSE", "False", "0", "no", "No", "off", "OFF"] {
            assert_eq!(switch(text), Some(false), "{text}");
        }
        for text in ["", "2", "00", "t", "y", "enabled", "truе", "yes no"] {
            assert_eq!(switch(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_or_not_but_never_a_crash(text in "\\PC*", digits in "[0-9. ]{0,400}(h|M|ns)?") {
            for text in [text, digits] {
                prop_assert!(seconds(&text).is_none_or(|seconds| seconds >= 0.0 || seconds.is_nan()));
                switch(&text);
            }
        }
    }
}
