//! Which bytes of a reel a file has, and where.

use super::{Configs, Layout, Part, TrackIndex, lay_evenly, layout};
use crate::clip::Bounds;
use crate::codec::h264::parameter_sets;
use crate::reel::{Excerpt, ReelRecord, SampleTable, Track, VideoConfig, excerpt, excerpt_of_sound};
use crate::{Error, Result};
use std::ops::Range;

/// A stored segment, but for its bytes.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its track.
    pub track: Track,
    /// Which of the track's configurations it decodes with, from 0.
    pub config: u32,
    /// Its samples.
    pub table: SampleTable,
}

/// Bytes of a file. Stored segments are given by their positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// All bytes of a segment.
    Whole(usize),
    /// A range of a segment's bytes.
    Slice(usize, Range<u64>),
}

/// A file.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its bytes.
    pub pieces: Vec<Piece>,
    /// Its MIME type.
    pub mime: &'static str,
    /// When it begins, in microseconds of media time.
    pub start_us: i64,
    /// When it ends, in microseconds of media time.
    pub end_us: i64,
}

/// The segments of a track that a file has.
#[derive(Default)]
struct Cut {
    /// What the index is made of.
    segments: Vec<(u32, SampleTable)>,
    /// Where the bytes of each segment come from.
    sources: Vec<Source>,
}

/// Where the bytes of a segment come from.
struct Source {
    /// What stands before the stored bytes.
    sets: Vec<u8>,
    /// The position of the stored segment.
    stored: usize,
    /// The stored bytes that are needed.
    bytes: Range<u64>,
    /// Whether that is all of them.
    is_whole: bool,
}

/// The file of a part of a reel, from the stored segments of both tracks, each track in its order. It begins with a key frame; with
/// the packet of sound during which that is shown, if there is one. None if the frames are too many for an even grid.
///
/// # Errors
/// [`Error::NothingRecorded`] if nothing is in the part; those of [`layout`].
pub fn plan(reel: &ReelRecord, stored: Vec<Stored>, bounds: Bounds) -> Result<Option<Plan>> {
    let mut of_tracks = [Vec::new(), Vec::new()];
    stored.into_iter().enumerate().for_each(|(n, stored)| of_tracks[stored.track as usize].push((n, stored)));
    let [video, sound] = of_tracks;
    let mut video = Cut::new(Track::Video, video, bounds);
    // Sound from before the first picture would be heard while that is shown.
    let from_us = video.segments.first().map_or(bounds.from_us, |(_, table)| table.start_us());
    let sound = Cut::new(Track::Audio, sound, Bounds { from_us, ..bounds });
    video.prepend_parameter_sets(&reel.video);

    let first = |cut: &Cut| cut.segments.first().map(|(_, table)| table.start_us());
    let start_us = first(&video).into_iter().chain(first(&sound)).min().ok_or(Error::NothingRecorded)?;
    let end_us = [&video, &sound].iter().filter_map(|cut| cut.segments.last()).map(|(_, table)| table.end_us()).max();
    if let Some(fps) = bounds.fps {
        // A first picture that is a part of a packet longer is no whole number of intervals. The grid begins with the movie instead,
        // and moves no picture by more than half an interval for it.
        if let Some((_, table)) = video.segments.first_mut() {
            table.start_at(start_us);
        }
        let mut tables: Vec<_> = video.segments.iter_mut().map(|(_, table)| table).collect();
        if !lay_evenly(&mut tables, fps) {
            return Ok(None);
        }
    }

    let (mut tracks, mut sources) = (Vec::new(), Vec::new());
    for (cut, configs) in [(&video, Configs::Video(&reel.video)), (&sound, Configs::Audio(&reel.audio))] {
        if !cut.segments.is_empty() {
            tracks.push(TrackIndex { configs, segments: &cut.segments });
            sources.push(&cut.sources);
        }
    }
    let Layout { head, parts } = layout((reel.created_at / 1000.0) as u64, &tracks)?;
    let mut pieces = vec![Piece::Bytes(head)];
    for Part { track, segment, bytes, .. } in parts {
        sources[track][segment].push(&mut pieces, bytes);
    }
    let mime = if video.segments.is_empty() { "audio/mp4" } else { "video/mp4" };
    Ok(Some(Plan { pieces, mime, start_us, end_us: end_us.unwrap_or(start_us) }))
}

impl Cut {
    /// What is left of these segments, which are given with their positions.
    fn new(track: Track, mut stored: Vec<(usize, Stored)>, bounds: Bounds) -> Self {
        let sizes: Vec<u64> = stored.iter().map(|(_, stored)| stored.table.bytes()).collect();
        let mut tables: Vec<_> = stored.iter_mut().map(|(_, stored)| &mut stored.table).collect();
        let excerpt = match track {
            Track::Video => excerpt(&mut tables, bounds),
            Track::Audio => excerpt_of_sound(&mut tables, bounds),
        };
        let Some(Excerpt { segments: needed, first, last }) = excerpt else { return Self::default() };
        let mut cut = Self::default();
        for (n, ((position, stored), size)) in stored.into_iter().zip(sizes).enumerate() {
            let bytes = match n {
                _ if !needed.contains(&n) => continue,
                _ if n == needed.start => first.clone(),
                _ if n + 1 == needed.end => last.clone(),
                _ => 0..size,
            };
            let is_whole = bytes == (0..size);
            cut.segments.push((stored.config, stored.table));
            cut.sources.push(Source { sets: Vec::new(), stored: position, bytes, is_whole });
        }
        cut
    }

    /// Has each segment of H.264 begin with its parameter sets if there are several configurations: some players, Chromium's among
    /// them, read the first sample entry only.
    fn prepend_parameter_sets(&mut self, configs: &[VideoConfig]) {
        if self.segments.iter().all(|(config, _)| *config == self.segments[0].0) {
            return;
        }
        for ((config, table), source) in self.segments.iter_mut().zip(&mut self.sources) {
            let avcc = configs.get(*config as usize).filter(|config| config.codec.starts_with("avc1"));
            source.sets = avcc.and_then(|config| parameter_sets(&config.description)).unwrap_or_default();
            table.prepend(source.sets.len() as u32);
        }
    }
}

impl Source {
    /// Adds a range of the segment's bytes in the file. Its first sample has the parameter sets.
    fn push(&self, pieces: &mut Vec<Piece>, range: Range<u64>) {
        let sets = self.sets.len() as u64;
        if range.start == 0 && sets > 0 {
            pieces.push(Piece::Bytes(self.sets.clone()));
        }
        let at = |byte: u64| self.bytes.start + byte.saturating_sub(sets);
        let stored = at(range.start)..at(range.end);
        pieces.push(match self.is_whole && stored == self.bytes {
            true => Piece::Whole(self.stored),
            false => Piece::Slice(self.stored, stored),
        });
    }
}
