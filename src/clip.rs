//! Which part of a reel an export asks for.

use crate::entry::{Entry, Value, length_us, time_us};
use crate::facts::is_fact;
use crate::{Error, Result};
use std::ops::RangeInclusive;

/// A part of a reel, in microseconds from its start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clip {
    from_us: i64,
    to_us: i64,
    /// Counts from the end, and overrides the others.
    last_us: Option<i64>,
    /// Where what was exported before ends.
    since: Option<Since>,
    /// The even rate that its frames are to have, in frames per second.
    fps: Option<f64>,
    /// How many times as fast it is; none for as fast as it was recorded.
    speed: Option<f64>,
    /// Whether only its words are asked for.
    is_vtt: bool,
    /// Whether an MP4 has its words as `WebVTT`.
    is_wvtt: bool,
}

/// A time, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Since {
    /// From the reel's start.
    Start(i64),
    /// Of media time. The start of a reel moves where only its end is kept.
    Media(i64),
}

/// Where a part of a reel is, in microseconds of media time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bounds {
    /// When the reel begins.
    pub reel_start_us: i64,
    /// When the part begins.
    pub from_us: i64,
    /// When it ends.
    pub to_us: i64,
    /// Whether it has nothing from before its beginning, not even to decode what follows.
    pub is_since: bool,
    /// The even rate that its frames are to have, in frames per second.
    pub fps: Option<f64>,
    /// How many times as fast it is, without sound; none for as fast as it was recorded.
    pub speed: Option<f64>,
    /// Whether only its words are asked for, as a `WebVTT` file.
    pub is_vtt: bool,
    /// Whether an MP4 has its words as `WebVTT` (ISO/IEC 14496-30), not as 3GPP's timed text.
    pub is_wvtt: bool,
}

impl Default for Clip {
    fn default() -> Self {
        Self {
            from_us: 0,
            to_us: i64::MAX,
            last_us: None,
            since: None,
            fps: None,
            speed: None,
            is_vtt: false,
            is_wvtt: false,
        }
    }
}

const LENGTH: &str = "a length such as '30s' or '1m30s', or a number of seconds";
/// The frame rates that may be asked for.
const FPS: RangeInclusive<f64> = 1.0..=240.0;
/// How many times as fast a file may be.
const SPEEDS: RangeInclusive<f64> = 0.1..=1000.0;
const ACCEPTED_SPEED: &str = "a number from 0.1 to 1000";
const ACCEPTED_FPS: &str = "a number of frames per second from 1 to 240";
const SINCE: &str = "an exported movie of this reel, or a time from its start such as '30s', or a number of seconds";
const TIME: &str = "a time from the reel's start such as '30s' or '1m30s', a number of seconds, or a mark";

impl Clip {
    /// Checks what was written: `last`, or `since`, or `from`, `to`, or both; `fps`, `speed` and `subtitles`. `sinceMedia` is media time. `vtt` is
    /// whether only words are asked for.
    /// [Facts](crate::facts::Facts) are none of it.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for what is not accepted, and for a part that ends before it begins.
    pub fn parse(entries: &[Entry]) -> Result<Self> {
        let mut clip = Self::default();
        let is_given = |names: &[&str]| entries.iter().any(|entry| names.contains(&entry.name.as_str()));
        for entry in entries {
            let value = &entry.value;
            let set = match entry.name.as_str() {
                "from" => time_us(value).map(|us| clip.from_us = us).ok_or(TIME),
                "to" => time_us(value).map(|us| clip.to_us = us).ok_or(TIME),
                "last" if is_given(&["from", "to"]) => Err("without from and to"),
                "since" | "sinceMedia" if is_given(&["from", "to", "last"]) => Err("without last, from and to"),
                "since" => time_us(value).map(|us| clip.since = Some(Since::Start(us))).ok_or(SINCE),
                "sinceMedia" => time_us(value).map(|us| clip.since = Some(Since::Media(us))).ok_or(SINCE),
                "last" => length_us(value).map(|us| clip.last_us = Some(us)).ok_or(LENGTH),
                "speed" => speed(value)
                    .map(|speed| clip.speed = Some(speed).filter(|speed| *speed != 1.0))
                    .ok_or(ACCEPTED_SPEED),
                "fps" => rate(value).map(|fps| clip.fps = Some(fps)).ok_or(ACCEPTED_FPS),
                "subtitles" => is_wvtt(value).map(|is_wvtt| clip.is_wvtt = is_wvtt).ok_or("'tx3g' or 'wvtt'"),
                "vtt" if *value == Value::Switch(true) => {
                    clip.is_vtt = true;
                    Ok(())
                }
                name if is_fact(name) => Ok(()),
                _ => {
                    Err("one of the options last, from, to, since, fps, speed, subtitles, metadata, onProgress, signal")
                }
            };
            set.map_err(|accepted| entry.refused(accepted))?;
        }
        match entries.iter().find(|entry| entry.name == "to") {
            Some(entry) if clip.to_us <= clip.from_us => Err(entry.refused("later than from")),
            _ => Ok(clip),
        }
    }

    /// Where that is in a reel that begins and ends at these media times, in microseconds, and has ended.
    ///
    /// # Errors
    /// [`Error::NothingRecorded`] if nothing of it is in the reel.
    pub fn bounds(&self, start_us: i64, end_us: i64) -> Result<Bounds> {
        self.bounds_before(start_us, end_us, end_us)
    }

    /// The same of a reel whose frames from `open_us` on may still change; with a key frame there, if it is not the end. A part that others
    /// are to follow ends before it.
    ///
    /// # Errors
    /// [`Error::NothingRecorded`] if nothing of it is in the reel.
    pub fn bounds_before(&self, start_us: i64, end_us: i64, open_us: i64) -> Result<Bounds> {
        let from_start_us = |us: i64| start_us.saturating_add(us);
        let (from_us, to_us) = match (self.since, self.last_us) {
            (Some(Since::Start(us)), _) => (from_start_us(us), open_us),
            (Some(Since::Media(us)), _) => (us.max(start_us), open_us),
            (None, Some(last_us)) => (end_us.saturating_sub(last_us).max(start_us), from_start_us(self.to_us)),
            (None, None) => (from_start_us(self.from_us), from_start_us(self.to_us)),
        };
        let (to_us, is_since) = (to_us.min(end_us), self.since.is_some());
        let bounds = Bounds {
            reel_start_us: start_us,
            from_us,
            to_us,
            is_since,
            fps: self.fps,
            speed: self.speed,
            is_vtt: self.is_vtt,
            is_wvtt: self.is_wvtt,
        };
        if from_us < to_us { Ok(bounds) } else { Err(Error::NothingRecorded) }
    }
}

/// A frame rate that a file can have.
fn rate(value: &Value) -> Option<f64> {
    match *value {
        Value::Number(fps) if FPS.contains(&fps) => Some(fps),
        _ => None,
    }
}

fn is_wvtt(value: &Value) -> Option<bool> {
    match value {
        Value::Text(format) => ["tx3g", "wvtt"].iter().position(|name| name == format).map(|index| index == 1),
        _ => None,
    }
}

fn speed(value: &Value) -> Option<f64> {
    match *value {
        Value::Number(speed) if SPEEDS.contains(&speed) => Some(speed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::test_entries::{number, text};

    fn bounds(entries: &[Entry]) -> Result<(i64, i64)> {
        let bounds = Clip::parse(entries)?.bounds(5_000_000, 65_000_000)?;
        assert_eq!(bounds.reel_start_us, 5_000_000);
        Ok((bounds.from_us, bounds.to_us))
    }

    #[test]
    fn a_part_counts_from_the_start_or_from_the_end() {
        for (entries, expected) in [
            (vec![], (5_000_000, 65_000_000)),
            (vec![text("last", "30s")], (35_000_000, 65_000_000)),
            (vec![text("last", "5m")], (5_000_000, 65_000_000)),
            (vec![number("from", 0.0)], (5_000_000, 65_000_000)),
            (vec![number("from", 20.5)], (25_500_000, 65_000_000)),
            (vec![text("from", "10s"), text("to", "1m")], (15_000_000, 65_000_000)),
            (vec![number("to", 1.0)], (5_000_000, 6_000_000)),
            (vec![number("to", 1e9)], (5_000_000, 65_000_000)),
        ] {
            assert_eq!(bounds(&entries), Ok(expected), "{entries:?}");
        }
    }

    // Clips that were to follow one another each began with the end of the one before.
    #[test]
    fn a_part_since_another_ends_before_what_may_change() {
        let since = |entry| {
            let bounds = Clip::parse(&[entry]).unwrap().bounds_before(5_000_000, 65_000_000, 63_000_000)?;
            assert!(bounds.is_since);
            Ok((bounds.from_us, bounds.to_us))
        };
        assert_eq!(since(number("since", 0.0)), Ok((5_000_000, 63_000_000)));
        assert_eq!(since(text("since", "10s")), Ok((15_000_000, 63_000_000)));
        assert_eq!(since(number("sinceMedia", 10.0)), Ok((10_000_000, 63_000_000)));
        assert_eq!(since(number("sinceMedia", 1.0)), Ok((5_000_000, 63_000_000)), "the start moved past it");
        assert_eq!(since(number("sinceMedia", 63.0)), Err(Error::NothingRecorded));
        assert_eq!(bounds(&[number("since", 59.0)]), Ok((64_000_000, 65_000_000)), "it has ended");
        let usual = Clip::default().bounds_before(5_000_000, 65_000_000, 63_000_000).unwrap();
        assert_eq!((usual.to_us, usual.is_since), (65_000_000, false));
    }

    #[test]
    fn a_part_may_have_an_even_rate() {
        let clip = Clip::parse(&[text("last", "5s"), number("fps", 29.97)]).unwrap();
        assert_eq!(clip.bounds(0, 9_000_000).unwrap().fps, Some(29.97));
        assert_eq!(Clip::default().bounds(0, 9_000_000).unwrap().fps, None);
    }

    #[test]
    fn a_part_may_be_faster_or_slower() {
        let speed = |speed| Clip::parse(&[number("speed", speed)]).unwrap().bounds(0, 9_000_000).unwrap().speed;
        assert_eq!([0.1, 1.0, 1000.0].map(speed), [Some(0.1), None, Some(1000.0)]);
    }

    #[test]
    fn words_have_one_of_two_formats() {
        let is_wvtt = |name| Clip::parse(&[text("subtitles", name)]).unwrap().bounds(0, 1).unwrap().is_wvtt;
        assert_eq!(["tx3g", "wvtt"].map(is_wvtt), [false, true]);
        assert_eq!(
            Clip::parse(&[text("subtitles", "srt")]).unwrap_err().to_string(),
            "subtitles: 'srt' is not valid; it must be 'tx3g' or 'wvtt'"
        );
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for entries in [
            vec![text("last", "soon")],
            vec![number("last", 0.0)],
            vec![number("last", f64::INFINITY)],
            vec![number("from", -1.0)],
            vec![number("to", 0.0)],
            vec![number("from", 5.0), number("to", 5.0)],
            vec![number("to", 4.0), number("from", 5.0)],
            vec![number("from", 5.0), number("last", 5.0)],
            vec![number("since", 5.0), number("last", 5.0)],
            vec![number("to", 9.0), number("since", 5.0)],
            vec![number("since", -1.0)],
            vec![text("since", "then")],
            vec![number("until", 5.0)],
            vec![number("fps", 0.9)],
            vec![number("fps", 240.1)],
            vec![number("fps", f64::NAN)],
            vec![text("fps", "30")],
            vec![number("speed", 0.09)],
            vec![number("speed", 1001.0)],
            vec![number("speed", f64::NAN)],
            vec![text("speed", "2x")],
            vec![number("subtitles", 1.0)],
        ] {
            let error = Clip::parse(&entries).unwrap_err();
            assert_eq!(error.code(), "invalid-option", "{entries:?}");
        }
        assert_eq!(bounds(&[number("from", 60.0)]), Err(Error::NothingRecorded));
        assert_eq!(
            Clip::parse(&[number("from", 5.0), number("to", 4.0)]).unwrap_err().to_string(),
            "to: 4 is not valid; it must be later than from"
        );
    }
}
