//! A reel as fragmented MP4 (ISO/IEC 14496-12, § 8.8; with the brands of CMAF, ISO/IEC 23000-19, but both tracks in each fragment): an
//! initialisation, then fragments of one to some seconds, each sample in one of them. A cursor names the sample with which the next
//! fragment begins. That has the same bytes whenever it is read: a server may have half of it. What is merged or recorded meanwhile changes
//! nothing, but that the end of a recording is longer once that was resumed.

use super::placed::{Placed, PlacedTrack, fragment, initialisation, mime, placed};
use super::{Piece, Stored};
use crate::Result;
use crate::codec::h264::parameter_sets;
use crate::reel::{MERGED, ReelRecord, Track};
use std::ops::Range;

/// The least length of a fragment, in microseconds: it ends before the next key frame.
const LEAST_US: i64 = 1_000_000;
/// From this length on it ends before any picture, in microseconds: key frames are rare in what is recorded as it was received.
const MOST_US: i64 = 4_000_000;
/// How many segments are read at a time.
const READ: u32 = 3 * MERGED;

/// With which sample of a track the next fragment begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Next {
    /// The first that is decoded at this time or later, in microseconds.
    from_us: i64,
    /// In the segment with this index or a later one.
    index: u32,
}

/// Where the fragments of a reel continue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    /// How many fragments there were, without initialisations.
    number: u32,
    /// How many bytes there were.
    bytes: i64,
    /// Which tracks the last initialisation has, a bit each; none before the first one.
    tracks: u8,
    /// The configuration that the initialisation has of each track.
    configs: [u32; 2],
    /// Whether there were pictures of another one.
    is_mixed: bool,
    /// The media time that is 0 in the fragments, in microseconds.
    base_us: i64,
    next: [Next; 2],
}

/// A part of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// Its bytes.
    pub pieces: Vec<Piece>,
    /// How many bytes there were before it.
    pub offset: i64,
    /// Whether it is an initialisation, which has no samples.
    pub is_initialisation: bool,
    /// When its first sample is decoded and its last one ends, in microseconds from the reel's start.
    pub range_us: Range<i64>,
    /// Where the fragments continue behind it.
    pub cursor: Cursor,
}

impl Cursor {
    /// As text that holds what is needed to continue.
    pub fn to_text(&self) -> String {
        let [video, audio] = self.next;
        let numbers = [
            i64::from(self.number),
            self.bytes,
            i64::from(self.tracks),
            self.configs[0].into(),
            self.configs[1].into(),
            self.is_mixed.into(),
            self.base_us,
            video.from_us,
            video.index.into(),
            audio.from_us,
            audio.index.into(),
        ];
        numbers.map(|number| number.to_string()).join("_")
    }

    /// Reads such a text; none if it is not one.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut numbers = text.split('_').map(|number| number.parse::<i64>().ok());
        let mut next = || numbers.next().flatten();
        let small = |number: i64| u32::try_from(number).ok();
        let (number, bytes, tracks) = (small(next()?)?, next()?, next()?);
        let (configs, is_mixed, base_us) = ([small(next()?)?, small(next()?)?], next()?, next()?);
        let video = Next { from_us: next()?, index: small(next()?)? };
        let audio = Next { from_us: next()?, index: small(next()?)? };
        let tracks = u8::try_from(tracks).ok().filter(|tracks| *tracks < 4)?;
        let is_mixed = [false, true].get(usize::try_from(is_mixed).ok()?).copied()?;
        let next = [video, audio];
        numbers.next().is_none().then_some(Self { number, bytes, tracks, configs, is_mixed, base_us, next })
    }

    /// Whether another fragment may follow if no more than this is settled, in microseconds: otherwise nothing need be read.
    pub fn may_follow(&self, settled_us: i64) -> bool {
        let [video, audio] = self.next;
        let leading = if self.tracks & 1 != 0 { video } else { audio };
        settled_us > leading.from_us.saturating_add(if self.tracks == 0 { 0 } else { LEAST_US - 1 })
    }

    /// The indexes of the segments that are read for what comes next, of pictures and of sound. With `more`, that many times as much.
    pub fn indexes(&self, more: u32) -> [Range<u32>; 2] {
        // Sound may be in the record of the pictures before.
        self.next.map(|next| {
            let start = (next.index / MERGED).saturating_sub(1) * MERGED;
            start..start.saturating_add(READ.saturating_mul(more))
        })
    }
}

/// What a reel has of fragments behind a cursor.
#[derive(Debug)]
pub struct Following<'a> {
    reel: &'a ReelRecord,
    cursor: Cursor,
    samples: [Vec<Placed>; 2],
}

impl<'a> Following<'a> {
    /// The samples of these segments behind a cursor. Each is given with its index among the segments of its track, each track in its
    /// order, at least those of [`Cursor::indexes`].
    pub fn new(reel: &'a ReelRecord, stored: Vec<(u32, Stored)>, cursor: Cursor) -> Self {
        let samples = placed(stored);
        let mut following = Self { reel, cursor, samples };
        following.begin();
        following
    }

    /// Drops what is before the cursor, and before the first picture.
    fn begin(&mut self) {
        if self.cursor.tracks == 0 {
            let starts = self.samples.iter().find_map(|samples| samples.first()).map(|first| first.start_us);
            self.cursor.base_us = starts.unwrap_or(0);
        }
        let base_us = self.cursor.base_us;
        self.samples[1].retain(|sample| sample.end_us > base_us);
        for (samples, next) in self.samples.iter_mut().zip(self.cursor.next) {
            samples.retain(|sample| sample.start_us >= next.from_us);
        }
    }

    /// The next fragment, of samples that nothing can change: of those up to this time, in microseconds, or of all, and then the last one
    /// has what is left. None if there is no whole one yet.
    ///
    /// # Errors
    /// [`Error::Unsupported`](crate::Error::Unsupported) if MP4 has no place for the codec, [`Error::Storage`](crate::Error::Storage) if a configuration is damaged.
    pub fn next(&mut self, settled_us: Option<i64>) -> Result<Option<Fragment>> {
        let Some(end_us) = self.end(settled_us) else { return Ok(None) };
        let has = |samples: &Vec<Placed>| samples.first().is_some_and(|first| first.start_us < end_us);
        let [video, audio] = &self.samples;
        let needed = u8::from(has(video)) | u8::from(has(audio)) << 1;
        let new = needed & !self.cursor.tracks;
        if new != 0 {
            self.cursor.tracks |= new;
            for track in [0, 1].into_iter().filter(|track| new >> track & 1 != 0) {
                self.cursor.configs[track] = self.samples[track].first().map_or(0, |first| first.config);
            }
            return self.initialisation().map(Some);
        }
        let mut parts = Vec::new();
        self.cursor.number += 1;
        for track in [Track::Video, Track::Audio] {
            let samples = &mut self.samples[track as usize];
            let count = samples.iter().take_while(|sample| sample.start_us < end_us).count();
            let Some(last) = samples[..count].last() else { continue };
            // The next sample may be in a later segment.
            let end_us = samples.get(count).map_or(last.end_us, |next| next.start_us);
            self.cursor.next[track as usize] = Next { from_us: last.start_us + 1, index: last.index };
            let samples: Vec<Placed> = samples.drain(..count).collect();
            let samples = samples.into_iter().map(|sample| (self.sets_before(track, &sample), sample)).collect();
            parts.push(PlacedTrack { track, config: self.cursor.configs[track as usize], samples, end_us });
        }
        let (pieces, range_us) = fragment(self.reel, self.cursor.number, self.cursor.base_us, parts)?;
        Ok(Some(self.fragment(pieces, Some(range_us))))
    }

    /// The MIME type of the fragments so far, with the codecs of their tracks (RFC 6381).
    pub fn mime(&self) -> String {
        mime(self.reel, self.cursor.tracks, self.cursor.configs)
    }

    /// When the next fragment ends; none if that is not known yet, or nothing is left.
    fn end(&self, settled_us: Option<i64>) -> Option<i64> {
        let [video, audio] = &self.samples;
        let leading = if self.leads() { video } else { audio };
        let first_us = video.first().into_iter().chain(audio.first()).map(|sample| sample.start_us).min()?;
        let is_end = |sample: &&Placed| {
            let length_us = sample.start_us - first_us;
            (sample.key && length_us >= LEAST_US) || length_us >= MOST_US
        };
        match (leading.iter().find(is_end), settled_us) {
            (Some(end), Some(settled_us)) => Some(end.start_us).filter(|end_us| *end_us <= settled_us),
            (Some(end), None) => Some(end.start_us),
            (None, Some(_)) => None,
            (None, None) => Some(i64::MAX),
        }
    }

    /// Whether fragments end with pictures: there are some, or were.
    fn leads(&self) -> bool {
        !self.samples[0].is_empty() || self.cursor.tracks & 1 != 0
    }

    /// What stands before a sample: from the first picture on with another configuration than the initialisation has, each key frame of H.264 has
    /// its parameter sets in front. Some players read the initialisation only.
    fn sets_before(&mut self, track: Track, sample: &Placed) -> Vec<u8> {
        if track == Track::Audio {
            return Vec::new();
        }
        self.cursor.is_mixed |= sample.config != self.cursor.configs[0];
        let config = self.reel.video.get(sample.config as usize).filter(|config| config.codec.starts_with("avc1"));
        let config = config.filter(|_| sample.key && self.cursor.is_mixed);
        config.and_then(|config| parameter_sets(&config.description)).unwrap_or_default()
    }

    fn initialisation(&mut self) -> Result<Fragment> {
        let head = initialisation(self.reel, self.cursor.tracks, self.cursor.configs)?;
        Ok(self.fragment(vec![Piece::Bytes(head)], None))
    }

    /// The next fragment, of these bytes; an initialisation has no range.
    fn fragment(&mut self, pieces: Vec<Piece>, range_us: Option<Range<i64>>) -> Fragment {
        let offset = self.cursor.bytes;
        let sizes = pieces.iter().map(|piece| match piece {
            Piece::Bytes(bytes) => bytes.len() as i64,
            Piece::Slice(_, range) => (range.end - range.start) as i64,
            // There is none.
            Piece::Whole(_) => 0,
        });
        self.cursor.bytes += sizes.sum::<i64>();
        let is_initialisation = range_us.is_none();
        Fragment { pieces, offset, is_initialisation, range_us: range_us.unwrap_or_default(), cursor: self.cursor }
    }
}
