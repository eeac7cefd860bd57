//! Numbers, lengths of time and switches as people write them.

/// A number of plain digits, with or without a fraction: `30`, `29.97`.
pub(crate) fn decimal(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = || whole.bytes().chain(fraction.bytes());
    if whole.is_empty() || fraction.is_empty() || !digits().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // The standard library's parser would add 15 kB to a download of 93.
    let number = digits().fold(0.0, |number, byte| number * 10.0 + f64::from(byte - b'0'));
    let scale = fraction.bytes().fold(1.0, |scale, _| scale * 10.0);
    Some(number / scale)
}

/// A length of time, in seconds: `1h`, `1h30m`, `90 min`, or a plain number of seconds.
pub(crate) fn seconds(text: &str) -> Option<f64> {
    if let Some(seconds) = decimal(text) {
        return Some(seconds);
    }
    let (mut sum, mut rest) = (0.0, text);
    while !rest.is_empty() {
        let is_number = |c: char| c.is_ascii_digit() || c == '.' || c.is_ascii_whitespace();
        let (number, from_unit) = rest.split_at_checked(rest.find(|c| !is_number(c))?)?;
        let (unit, after) = from_unit.split_at_checked(from_unit.find(is_number).unwrap_or(from_unit.len()))?;
        sum += decimal(number.trim_ascii())? * unit_seconds(unit)?;
        rest = after;
    }
    Some(sum)
}

/// The units that have one length, as the `humantime` crate writes them; months and years differ. Linking it for this would
/// add 6 kB to a download of 92.
fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit.trim_ascii_end() {
        "nanos" | "nsec" | "ns" => 1e-9,
        "usec" | "us" | "µs" => 1e-6,
        "millis" | "msec" | "ms" => 1e-3,
        "seconds" | "second" | "secs" | "sec" | "s" => 1.0,
        "minutes" | "minute" | "mins" | "min" | "m" => 60.0,
        "hours" | "hour" | "hrs" | "hr" | "h" => 3600.0,
        "days" | "day" | "d" => 86_400.0,
        "weeks" | "week" | "wks" | "wk" | "w" => 604_800.0,
        _ => return None,
    })
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

    proptest! {
        #[test]
        fn every_unit_is_as_long_as_another_reader_says(
            number in 1..1000_u32, unit in "[a-zµ]{1,3}|(min|hour|day|week|second|minute)s?|(m|n)(sec|illis|anos)|secs"
        ) {
            let text = format!("{number}{unit}");
            let other = humantime::parse_duration(&text).ok().filter(|_| !["yrs", "yr", "y"].contains(&&*unit));
            let close = |one: f64, other: f64| (one - other).abs() <= other * 1e-9;
            match (seconds(&text), other) {
                (Some(one), Some(other)) => prop_assert!(close(one, other.as_secs_f64()), "{text}"),
                (one, other) => prop_assert_eq!(one.is_some(), other.is_some(), "{}", text),
            }
        }
    }

    #[test]
    fn decimals_are_the_numbers_that_a_compiler_reads() {
        for (text, expected) in
            [("30", 30.0), ("29.97", 29.97), ("0.1", 0.1), ("23.976", 23.976), ("59.94005994", 59.94005994)]
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
