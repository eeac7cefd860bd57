//! The cues of a reel as the subtitles of a file: in a track, or as a `WebVTT` file beside it.

use crate::chapters::file_ms;
use crate::reel::{Mark, cues};
use std::rc::Rc;

/// Words of a file, from one time to another, in milliseconds from its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subtitle {
    /// When they begin.
    pub start_ms: u64,
    /// When they end.
    pub end_ms: u64,
    /// The words.
    pub text: Rc<str>,
}

/// The subtitles of a file that begins and ends at these media times, in microseconds, and is this many times as fast. Marks are in the order
/// of their times.
pub fn subtitles(marks: &[Mark], start_us: i64, end_us: i64, speed: Option<f64>) -> Vec<Subtitle> {
    let ms = |time_us| file_ms(time_us, start_us, speed);
    let mut subtitles = Vec::new();
    for cue in cues(marks, start_us, end_us) {
        let (start_ms, end_ms) = (ms(cue.from_us), ms(cue.to_us));
        if start_ms < end_ms {
            subtitles.push(Subtitle { start_ms, end_ms, text: cue.text });
        }
    }
    subtitles
}

/// Subtitles of which some may overlap, as texts that follow one another: from 0 on, each with its length in milliseconds. What is shown at the
/// same time is a text of several lines, and where nothing is shown it is empty.
pub fn in_turn(subtitles: &[Subtitle]) -> Vec<(u64, String)> {
    let (mut turns, mut at_ms, mut next) = (Vec::new(), 0, 0);
    let mut shown: Vec<&Subtitle> = Vec::new();
    loop {
        while let Some(begins) = subtitles.get(next).filter(|begins| begins.start_ms <= at_ms) {
            shown.push(begins);
            next += 1;
        }
        let (mut text, mut until_ms) = (String::new(), u64::MAX);
        let mut still = Vec::new();
        for one in shown {
            if one.end_ms > at_ms {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(&one.text);
                until_ms = until_ms.min(one.end_ms);
                still.push(one);
            }
        }
        shown = still;
        if let Some(begins) = subtitles.get(next) {
            until_ms = until_ms.min(begins.start_ms);
        }
        if until_ms == u64::MAX {
            return turns;
        }
        turns.push((until_ms - at_ms, text));
        at_ms = until_ms;
    }
}

/// A `WebVTT` file (W3C, "`WebVTT`: The Web Video Text Tracks Format"). It has no markup: words are shown as they are.
pub fn vtt(subtitles: &[Subtitle]) -> String {
    let mut file = String::from("WEBVTT\n");
    for Subtitle { start_ms, end_ms, text } in subtitles {
        file.push('\n');
        put_time(&mut file, *start_ms);
        file.push_str(" --> ");
        put_time(&mut file, *end_ms);
        file.push('\n');
        put_text(&mut file, text);
        file.push('\n');
    }
    file
}

/// Words as `WebVTT` has them, which is without markup.
pub fn put_text(file: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => file.push_str("&amp;"),
            '<' => file.push_str("&lt;"),
            // A cue with an arrow in it would be two.
            '>' => file.push_str("&gt;"),
            letter => file.push(letter),
        }
    }
}

/// Hours, minutes, seconds and milliseconds (§ 4.1, "`WebVTT` timestamp").
fn put_time(file: &mut String, ms: u64) {
    let hours = ms / 3_600_000;
    put_digits(file, hours, if hours < 100 { 2 } else { 6 });
    file.push(':');
    put_digits(file, ms / 60_000 % 60, 2);
    file.push(':');
    put_digits(file, ms / 1000 % 60, 2);
    file.push('.');
    put_digits(file, ms, 3);
}

/// The last digits of a number, this many. The standard library's way would be kilobytes to download.
fn put_digits(file: &mut String, number: u64, digits: u32) {
    for digit in (0..digits).rev() {
        file.push(char::from(b'0' + (number / 10_u64.pow(digit) % 10) as u8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reel::{Note, UNTIL_NEXT};
    use proptest::prelude::*;

    fn cue(time_us: i64, length_us: i64, name: &str) -> Mark {
        Mark { time_us, note: Note { name: name.into(), data: None, length_us: Some(length_us) } }
    }

    fn subtitle(start_ms: u64, end_ms: u64, text: &str) -> Subtitle {
        Subtitle { start_ms, end_ms, text: text.into() }
    }

    #[test]
    fn cues_are_counted_from_the_start_of_a_part_and_cut_at_its_ends() {
        let marks = [cue(1_000_000, UNTIL_NEXT, "a"), cue(3_000_400, 2_000_000, "b"), cue(9_000_000, UNTIL_NEXT, "c")];
        let part = |start_us, end_us, speed| subtitles(&marks, start_us, end_us, speed);
        assert_eq!(
            part(0, 20_000_000, None),
            [subtitle(1000, 3001, "a"), subtitle(3001, 5001, "b"), subtitle(9000, 20_000, "c")]
        );
        assert_eq!(part(2_000_000, 4_000_000, None), [subtitle(0, 1001, "a"), subtitle(1001, 2000, "b")]);
        assert_eq!(
            part(1_000_000, 11_000_000, Some(2.0)),
            [subtitle(0, 1001, "a"), subtitle(1001, 2001, "b"), subtitle(4000, 5000, "c")]
        );
        assert_eq!(part(0, 20_000_000, Some(1e9)).len(), 0, "too short for a millisecond");
        assert_eq!(part(5_100_000, 8_900_000, None), []);
    }

    #[test]
    fn what_is_shown_at_the_same_time_is_one_text() {
        let turns = |subtitles: &[Subtitle]| in_turn(subtitles);
        let text = |ms: u64, text: &str| (ms, text.to_owned());
        assert_eq!(turns(&[]), []);
        assert_eq!(
            turns(&[subtitle(1000, 5000, "a"), subtitle(3000, 8000, "b"), subtitle(9000, 9500, "c")]),
            [text(1000, ""), text(2000, "a"), text(2000, "a\nb"), text(3000, "b"), text(1000, ""), text(500, "c")]
        );
        assert_eq!(
            turns(&[subtitle(0, 9, "a"), subtitle(0, 4, "b"), subtitle(2, 3, "c")]),
            [text(2, "a\nb"), text(1, "a\nb\nc"), text(1, "a\nb"), text(5, "a")]
        );
    }

    proptest! {
        #[test]
        fn at_each_time_the_text_is_that_of_the_subtitles(mut bounds in prop::collection::vec((0..30_u64, 1..10_u64), 0..8)) {
            bounds.sort_unstable();
            let numbered = bounds.iter().enumerate();
            let all: Vec<_> = numbered.map(|(n, (start, len))| subtitle(*start, start + len, &n.to_string())).collect();
            let turns = in_turn(&all);
            prop_assert!(turns.iter().all(|(ms, _)| *ms > 0));
            let texts = turns.iter().flat_map(|(ms, text)| std::iter::repeat_n(&**text, *ms as usize));
            let texts: Vec<&str> = texts.collect();
            prop_assert_eq!(texts.len() as u64, all.iter().map(|one| one.end_ms).max().unwrap_or(0));
            for (at, text) in (0..).zip(texts) {
                let shown = all.iter().filter(|one| (one.start_ms..one.end_ms).contains(&at));
                let expected: Vec<&str> = shown.map(|one| &*one.text).collect();
                prop_assert_eq!(text, expected.join("\n"));
            }
        }
    }

    // A text with an arrow was read as the beginning of another cue, and one with `<b` up to its end as markup.
    #[test]
    fn a_file_has_words_as_they_are() {
        let all = [subtitle(0, 1234, "a <b> & c\n--> d"), subtitle(3_723_004, 363_723_004, "ä")];
        let expected = "WEBVTT\n\n00:00:00.000 --> 00:00:01.234\na &lt;b&gt; &amp; c\n--&gt; d\n\n\
                        01:02:03.004 --> 000101:02:03.004\nä\n";
        assert_eq!(vtt(&all), expected);
        assert_eq!(vtt(&[]), "WEBVTT\n");
    }
}
