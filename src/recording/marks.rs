//! The marks of a recording: where each is, and what becomes of it while the reel changes.
//!
//! A mark is where the newest frame is. What follows may come earlier: a freeze is cut back, or the frame is rolled back. So no mark is later
//! than a frame that came after it, nor than the end; and none is earlier than one that was made before it. Marks of what is removed from the
//! front go with it. A cue is a mark that lasts: where its time was given, it may be earlier than others.

use crate::reel::{MOST_MARK_BYTES, MOST_MARKS, Mark, Note, Words, marks_from, within};
use crate::subtitles::{in_turn, subtitles, vtt};
use crate::time::Media;
use crate::{Error, Result};

/// What each takes in a file beside its name, in bytes: its times, sizes and offsets, in both lists of an MP4, or in a WebM.
const MARK_BYTES: u64 = 80;
/// What each text of a track of subtitles takes beside itself, in bytes: its length, its time and its size.
const TEXT_BYTES: u64 = 20;
/// What a track of chapters, or of subtitles, takes besides, in bytes.
const TRACK_BYTES: u64 = 800;

/// The marks of one reel, in the order in which they were made.
#[derive(Debug)]
pub(super) struct Marks {
    marks: Vec<Mark>,
    /// How many of the first are of before this recording, or of frames that it takes over: what comes does not move them.
    carried: usize,
    /// What they take together, in bytes.
    bytes: usize,
    /// Whether some are not in a record that is written.
    is_unsaved: bool,
}

impl Marks {
    /// Those that there are before the first frame.
    pub(crate) fn new(marks: Vec<Mark>) -> Self {
        let bytes = marks.iter().map(|mark| mark.note.bytes()).sum();
        Self { carried: marks.len(), marks, bytes, is_unsaved: false }
    }

    /// Adds one at this media time, in a reel that ends at this one now.
    ///
    /// # Errors
    /// [`Error::InvalidState`] if there are as many as there may be.
    pub(crate) fn add(&mut self, note: Note, time: Media, end: Media) -> Result<Mark> {
        let time_us = self.after_last(time, end);
        self.push(Mark { time_us, note })
    }

    /// Adds words in a reel that begins at this media time, in microseconds, where a mark made now would be at this one.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] if they end before they begin, [`Error::InvalidState`] if there are as many as there may be.
    pub(crate) fn add_cue(&mut self, words: Words, start_us: i64, time: Media, end: Media) -> Result<Mark> {
        let now_us = self.after_last(time, end);
        self.push(words.into_mark(start_us, now_us)?)
    }

    /// One that was made in a freeze is where that ends, though frames were only missing.
    fn after_last(&self, time: Media, end: Media) -> i64 {
        time.us().max(self.marks.last().map_or(0, |last| last.time_us.min(end.us())))
    }

    fn push(&mut self, mark: Mark) -> Result<Mark> {
        let full = |reason: &str| Err(Error::InvalidState { reason: reason.into() });
        if self.marks.len() >= MOST_MARKS {
            return full("a reel has at most 10,000 marks");
        }
        if self.bytes + mark.note.bytes() > MOST_MARK_BYTES {
            return full("the marks of a reel take at most 4 MB");
        }
        self.bytes += mark.note.bytes();
        self.is_unsaved = true;
        self.marks.push(mark.clone());
        Ok(mark)
    }

    /// Notes that a frame is in the reel at this media time, and came after all of them.
    pub(crate) fn keep(&mut self, time: Media) {
        // Most frames come after the last mark, and later.
        for mark in self.marks[self.carried..].iter_mut().rev() {
            if mark.time_us > time.us() {
                mark.time_us = time.us();
                self.is_unsaved = true;
            }
        }
    }

    /// Takes out those before this media time, in microseconds.
    pub(crate) fn forget_before(&mut self, start_us: i64) {
        let left = marks_from(&self.marks, start_us);
        self.carried = left[..self.carried].iter().flatten().count();
        self.marks = left.into_iter().flatten().collect();
        self.bytes = self.marks.iter().map(|mark| mark.note.bytes()).sum();
    }

    /// Takes out those from this media time on, counted from it: the frames there are in another reel. Words that last past it are in both. With
    /// `is_end` no frame is there, and only such words are.
    pub(crate) fn split_off(&mut self, from: Media, is_end: bool) -> Vec<Mark> {
        let mut later = Vec::new();
        for mark in marks_from(&self.marks, from.us()).into_iter().flatten() {
            if !is_end || mark.note.length_us.is_some() {
                later.push(Mark { time_us: mark.time_us - from.us(), ..mark });
            }
        }
        if is_end {
            return later;
        }
        self.marks.retain(|mark| mark.time_us < from.us());
        self.carried = self.carried.min(self.marks.len());
        self.bytes = self.marks.iter().map(|mark| mark.note.bytes()).sum();
        later
    }

    /// As they are in a reel that begins and ends at these media times, in microseconds, in the order of their times.
    pub(crate) fn of_reel(&self, start_us: i64, end_us: i64) -> Vec<Mark> {
        let mut marks = within(&self.marks, start_us, end_us);
        // They are almost: a sort of the standard library would be kilobytes to download.
        for n in 1..marks.len() {
            let mut at = n;
            while at > 0 && marks[at - 1].time_us > marks[at].time_us {
                marks.swap(at - 1, at);
                at -= 1;
            }
        }
        marks
    }

    /// Whether some are not in a record that is written.
    pub(crate) fn is_unsaved(&self) -> bool {
        self.is_unsaved
    }

    /// Notes that all of them are in a record that is written.
    pub(crate) fn save(&mut self) {
        self.is_unsaved = false;
    }

    /// What they take in a file at most, in bytes.
    pub(crate) fn file_bytes(&self) -> u64 {
        let with_track = |all: u64| if all == 0 { 0 } else { all + TRACK_BYTES };
        let of_mark = |mark: &Mark| MARK_BYTES + 2 * mark.note.name.len() as u64;
        let marks = self.marks.iter().filter(|mark| mark.note.length_us.is_none());
        let cues = subtitles(&self.of_reel(0, i64::MAX), 0, i64::MAX, None);
        if cues.is_empty() {
            return with_track(marks.map(of_mark).sum());
        }
        // In an MP4, words that overlap others are there with each of them; in a WebM, they have references.
        let texts: u64 = in_turn(&cues).iter().map(|(_, text)| TEXT_BYTES + text.len() as u64).sum();
        with_track(marks.map(of_mark).sum()) + with_track(texts.max(vtt(&cues).len() as u64))
    }
}
