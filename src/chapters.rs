//! The marks of a reel as the chapters of a file.

use crate::reel::Mark;

/// A part of a file with a title. It lasts until the next one begins, or until the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// When it begins, from the file's start, in milliseconds.
    pub start_ms: u64,
    /// What it is called; empty for what is before the first mark.
    pub title: String,
}

/// The longest title, in bytes: a sample of text has its length in 16 bits.
const LONGEST_TITLE: usize = 65_000;
/// What is between the names of marks at the same time.
const BETWEEN: &str = " / ";

/// The chapters of a file that begins and ends at these media times, in microseconds, and is this many times as fast; none without a mark in it. Marks are in the order of
/// their times.
///
/// There is always one at 0: VLC and others count from the first chapter, and a QuickTime chapter track begins with the movie. Each begins no
/// earlier than its frame, so that a player that goes there shows it.
pub fn chapters(marks: &[Mark], start_us: i64, end_us: i64, speed: Option<f64>) -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = Vec::new();
    let ms = |time_us: i64| file_ms(time_us, start_us, speed);
    let is_inside = |mark: &&Mark| mark.note.length_us.is_none() && (start_us..end_us).contains(&mark.time_us);
    for mark in marks.iter().filter(is_inside) {
        let start_ms = ms(mark.time_us);
        match chapters.last_mut() {
            Some(last) if last.start_ms == start_ms => last.title.extend([BETWEEN, &mark.note.name]),
            None if start_ms > 0 => {
                chapters.push(Chapter { start_ms: 0, title: String::new() });
                chapters.push(Chapter { start_ms, title: (*mark.note.name).into() });
            }
            _ => chapters.push(Chapter { start_ms, title: (*mark.note.name).into() }),
        }
    }
    chapters.retain(|chapter| chapter.start_ms < ms(end_us));
    for chapter in &mut chapters {
        chapter.title.truncate(shortened(&chapter.title, LONGEST_TITLE).len());
    }
    chapters
}

/// A media time in microseconds as a time of a file that begins at another, and is this many times as fast, in milliseconds. It is rounded up:
/// a player that goes there shows the frame that was shown then.
pub fn file_ms(time_us: i64, start_us: i64, speed: Option<f64>) -> u64 {
    let time_us = (time_us - start_us).max(0);
    let time_us = speed.map_or(time_us, |speed| (time_us as f64 / speed) as i64);
    time_us.unsigned_abs().div_ceil(1000)
}

/// The beginning of a text, in whole characters, of at most this many bytes.
pub fn shortened(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reel::Note;

    fn marks(marks: &[(i64, &str)]) -> Vec<Mark> {
        let mark = |(time_us, name): &(i64, &str)| Mark {
            time_us: *time_us,
            note: Note { name: (*name).into(), data: Some("1".into()), length_us: None },
        };
        marks.iter().map(mark).collect()
    }

    fn of(all: &[(i64, &str)], start_us: i64, end_us: i64) -> Vec<(u64, String)> {
        let chapters = chapters(&marks(all), start_us, end_us, None);
        chapters.into_iter().map(|chapter| (chapter.start_ms, chapter.title)).collect()
    }

    #[test]
    fn marks_in_the_file_are_chapters_counted_from_its_start() {
        let all = [(0, "a"), (2_000_000, "b"), (4_000_001, "c"), (6_000_000, "d")];
        let named =
            |chapters: &[(u64, &str)]| chapters.iter().map(|(at, name)| (*at, (*name).to_owned())).collect::<Vec<_>>();
        assert_eq!(of(&all, 0, 6_000_001), named(&[(0, "a"), (2000, "b"), (4001, "c"), (6000, "d")]));
        assert_eq!(of(&all, 2_000_000, 6_000_000), named(&[(0, "b"), (2001, "c")]), "the end is not in it");
        // VLC showed all chapters too early by the time of the first.
        assert_eq!(of(&all, 1_500_000, 4_000_000), named(&[(0, ""), (500, "b")]));
        assert_eq!(of(&all, 4_500_000, 5_000_000), []);
        assert_eq!(of(&[], 0, 5_000_000), []);
    }

    #[test]
    fn chapters_of_a_file_that_is_faster_come_earlier() {
        let all = marks(&[(1_000_000, "a"), (5_000_000, "b"), (5_000_300, "c")]);
        let chapters = chapters(&all, 1_000_000, 9_000_000, Some(4.0));
        let chapters: Vec<_> = chapters.iter().map(|chapter| (chapter.start_ms, chapter.title.as_str())).collect();
        assert_eq!(chapters, [(0, "a"), (1000, "b"), (1001, "c")]);
    }

    // A player shows one of two chapters of the same time.
    #[test]
    fn marks_at_the_same_time_are_one_chapter() {
        assert_eq!(
            of(&[(999_400, "a"), (999_900, "b"), (1_000_000, "c")], 0, 9_000_000)[1],
            (1000, "a / b / c".into())
        );
        assert_eq!(of(&[(0, "a"), (0, "b")], 0, 9_000_000), [(0, "a / b".into())]);
    }

    #[test]
    fn a_title_is_no_longer_than_a_sample_of_text() {
        let name = "€".repeat(200);
        let all: Vec<_> = (0..200).map(|_| (0, name.as_str())).collect();
        let [(0, title)] = &of(&all, 0, 1_000_000)[..] else { panic!("one chapter") };
        assert!(title.len() <= 65_000 && title.len() > 64_990);
        assert_eq!((shortened("a€", 3), shortened("a€", 4), shortened("", 4)), ("a", "a€", ""));
    }
}
