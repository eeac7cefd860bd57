//! A reel as fragmented MP4 (ISO/IEC 14496-12, § 8.8; with the brands of CMAF, ISO/IEC 23000-19, but both tracks in each fragment): an
//! initialisation, then fragments of one to some seconds, each sample in one of them. A cursor names the sample with which the next
//! fragment begins. That has the same bytes whenever it is read: a server may have half of it. What is merged or recorded meanwhile changes
//! nothing, but that the end of a recording is longer once that was resumed.

use super::moof::{FragmentSample, FragmentTrack, moof};
use super::moov::{fragmented_moov, track_id};
use super::plan::{Cut, Sorted};
use super::sample_times::ticks;
use super::{Configs, Piece, Stored, sample_entry, write_box};
use crate::Result;
use crate::codec::h264::parameter_sets;
use crate::reel::{ReelRecord, Track};
use std::ops::Range;

/// The least length of a fragment, in microseconds: it ends before the next key frame.
const LEAST_US: i64 = 1_000_000;
/// From this length on it ends before any picture, in microseconds: key frames are rare in what is recorded as it was received.
const MOST_US: i64 = 4_000_000;
/// How many segments of pictures are merged into one record at most, and so how far before a segment its record may begin.
const MERGED: u32 = 16;
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

/// A sample, and where its bytes are.
#[derive(Debug, Clone)]
struct Placed {
    start_us: i64,
    end_us: i64,
    composition_offset_us: i32,
    key: bool,
    size: u32,
    config: u32,
    index: u32,
    /// The position of the stored segment with its bytes, and where they begin there.
    stored: usize,
    at: u64,
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
        let (indexes, stored): (Vec<u32>, Vec<Stored>) = stored.into_iter().unzip();
        let index_of = |track: Track| {
            let of_track = indexes.iter().zip(&stored).filter(move |(_, stored)| stored.track == track);
            of_track.map(|(index, _)| *index).collect::<Vec<_>>()
        };
        let indexes = [Track::Video, Track::Audio].map(index_of);
        let of_tracks = Sorted::new(stored).of_tracks;
        let mut samples = [Vec::new(), Vec::new()];
        for (samples, (stored, indexes)) in samples.iter_mut().zip(of_tracks.into_iter().zip(indexes)) {
            *samples = placed(&Cut::whole(stored), &indexes);
        }
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
        let mut tracks = Vec::new();
        let mut pieces = Vec::new();
        let mut range_us: Option<Range<i64>> = None;
        self.cursor.number += 1;
        for track in [Track::Video, Track::Audio] {
            let configs = self.configs_of(track);
            let timescale = sample_entry::timescale_of(configs, self.cursor.configs[track as usize])?;
            let samples = &mut self.samples[track as usize];
            let count = samples.iter().take_while(|sample| sample.start_us < end_us).count();
            let Some(last) = samples[..count].last() else { continue };
            // The next sample may be in a later segment.
            let next_us = samples.get(count).map_or(last.end_us, |next| next.start_us);
            self.cursor.next[track as usize] = Next { from_us: last.start_us + 1, index: last.index };
            let fragment: Vec<Placed> = samples.drain(..count).collect();
            let sets: Vec<Vec<u8>> = fragment.iter().map(|sample| self.sets_before(track, sample)).collect();
            let base_us = self.cursor.base_us;
            let ticks = |time_us: i64| ticks(time_us - base_us, timescale).max(0);
            let nexts = fragment.iter().skip(1).map(|sample| sample.start_us).chain([next_us]);
            let samples = fragment.iter().zip(&sets).zip(nexts).map(|((sample, sets), next_us)| {
                let start = ticks(sample.start_us);
                let shown_us = sample.start_us + i64::from(sample.composition_offset_us);
                FragmentSample {
                    duration: u32::try_from(ticks(next_us) - start).unwrap_or(u32::MAX >> 1),
                    size: sample.size + sets.len() as u32,
                    composition_offset: (ticks(shown_us) - start) as i32,
                    key: sample.key,
                }
            });
            let decode_time = ticks(fragment[0].start_us) as u64;
            tracks.push(FragmentTrack { id: track_id(configs), decode_time, samples: samples.collect() });
            let own = fragment[0].start_us - base_us..next_us - base_us;
            range_us = Some(range_us.map_or(own.clone(), |range| range.start.min(own.start)..range.end.max(own.end)));
            for (Placed { stored, at, size, .. }, sets) in fragment.into_iter().zip(sets) {
                if !sets.is_empty() {
                    pieces.push(Piece::Bytes(sets));
                }
                let end = at + u64::from(size);
                match pieces.last_mut() {
                    Some(Piece::Slice(of, slice)) if *of == stored && slice.end == at => slice.end = end,
                    _ => pieces.push(Piece::Slice(stored, at..end)),
                }
            }
        }
        pieces.insert(0, Piece::Bytes(moof(self.cursor.number, &tracks)));
        Ok(Some(self.fragment(pieces, range_us)))
    }

    /// The MIME type of the fragments so far, with the codecs of their tracks (RFC 6381).
    pub fn mime(&self) -> String {
        let [video, audio] = self.cursor.configs.map(|config| config as usize);
        let has = |bit: u8| self.cursor.tracks & bit != 0;
        let codecs = [
            self.reel.video.get(video).filter(|_| has(1)).map(|config| config.codec.as_str()),
            self.reel.audio.get(audio).filter(|_| has(2)).map(|config| config.codec.as_str()),
        ];
        let kind = if has(1) { "video" } else { "audio" };
        let codecs: Vec<&str> = codecs.into_iter().flatten().collect();
        [kind, "/mp4; codecs=\"", &codecs.join(", "), "\""].concat()
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

    fn configs_of(&self, track: Track) -> Configs<'a> {
        match track {
            Track::Video => Configs::Video(&self.reel.video),
            Track::Audio => Configs::Audio(&self.reel.audio),
        }
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
        let tracks = [Track::Video, Track::Audio].into_iter();
        let tracks = tracks.filter(|track| self.cursor.tracks >> *track as u32 & 1 != 0);
        let tracks: Vec<_> =
            tracks.map(|track| (self.configs_of(track), self.cursor.configs[track as usize])).collect();
        let mut head = Vec::new();
        write_box(&mut head, b"ftyp", |head| head.extend(b"iso6\0\0\0\0iso6cmfcmp41"));
        fragmented_moov(&mut head, (self.reel.created_at / 1000.0) as u64 + super::MP4_EPOCH_S, &tracks)?;
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

/// The samples of the segments of a track, which are given with their indexes.
fn placed(cut: &Cut, indexes: &[u32]) -> Vec<Placed> {
    let mut all: Vec<Placed> = Vec::new();
    for (n, ((config, table), index)) in cut.segments.iter().zip(indexes).enumerate() {
        let mut places = cut.places_of(n);
        if let (Some(last), Some(first)) = (all.last_mut(), table.samples().first()) {
            last.end_us = first.decode_us;
        }
        let ends = table.samples().iter().skip(1).map(|sample| sample.decode_us).chain([table.end_us()]);
        for (sample, end_us) in table.samples().iter().zip(ends) {
            let (stored, at) = places.next(sample.size);
            all.push(Placed {
                start_us: sample.decode_us,
                end_us,
                composition_offset_us: sample.composition_offset_us,
                key: sample.key,
                size: sample.size,
                config: *config,
                index: *index,
                stored,
                at,
            });
        }
    }
    all
}
