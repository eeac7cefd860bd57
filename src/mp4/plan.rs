//! Which bytes of a reel a file has, and where.

use super::cut::{Cut, Stored};
use super::speed::speed_up;
use super::subtitle_track::samples;
use super::{Beside, Configs, Layout, Part, TrackIndex, lay_evenly, layout_stored};
use crate::chapters::chapters;
use crate::clip::Bounds;
use crate::facts::Facts;
use crate::reel::{ReelRecord, Track};
use crate::subtitles::subtitles;
use crate::{Error, Result};
use std::ops::Range;

/// Bytes of a file. Stored segments are given by their positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Vec<u8>),
    /// All bytes of a segment's record.
    Whole(usize),
    /// A range of the bytes of a segment's record.
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

/// Segments with their positions, each track in its order; and the size of each one's record, in bytes.
pub(super) struct Sorted {
    /// The position of the first segment in the same record, and the segment.
    pub of_tracks: [Vec<(usize, Stored)>; 2],
    pub sizes: Vec<u64>,
}

impl Sorted {
    pub(crate) fn new(stored: Vec<Stored>) -> Self {
        let mut sizes: Vec<u64> = stored.iter().map(|stored| stored.table.bytes()).collect();
        let mut of_tracks = [Vec::new(), Vec::new()];
        for (n, stored) in stored.into_iter().enumerate() {
            let [pictures, _] = &of_tracks;
            let record = stored.shared.as_ref().filter(|_| stored.track == Track::Audio).map(|shared| shared.record);
            let is_same = |(_, other): &&(usize, Stored)| other.shared.as_ref().map(|shared| shared.record) == record;
            let home = record.and_then(|_| pictures.iter().find(is_same)).map_or(n, |(home, _)| *home);
            if home != n {
                sizes[home] += sizes[n];
            } else if record.is_some() {
                // Its pictures are not among these: it is never the whole record.
                sizes[n] = u64::MAX;
            }
            of_tracks[stored.track as usize].push((home, stored));
        }
        Self { of_tracks, sizes }
    }
}

/// The tracks that have segments.
pub(super) fn tracks<'a>(cuts: [&'a Cut; 2], configs: [Configs<'a>; 2]) -> (Vec<TrackIndex<'a>>, Vec<&'a Cut>) {
    let (mut tracks, mut filled) = (Vec::new(), Vec::new());
    for (cut, configs) in cuts.into_iter().zip(configs) {
        if !cut.segments.is_empty() {
            tracks.push(TrackIndex { configs, segments: &cut.segments });
            filled.push(cut);
        }
    }
    (tracks, filled)
}

/// The bytes of these parts of segments, in their order.
pub(super) fn pieces(parts: &[Part], cuts: &[&Cut], sizes: &[u64]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    // The next run of each track's segment.
    let mut runs = [(0, 0); 2];
    for Part { track, segment, bytes, .. } in parts {
        let Cut { places, sources, .. } = cuts[*track];
        let source = &sources[*segment];
        let sets = source.sets.len() as u64;
        if bytes.start == 0 && sets > 0 {
            pieces.push(Piece::Bytes(source.sets.clone()));
        }
        // The first sample has the parameter sets.
        let [from, to] = [bytes.start, bytes.end].map(|byte| byte.saturating_sub(sets));
        let (of, run) = &mut runs[*track];
        if *of != *segment {
            (*of, *run) = (*segment, 0);
        }
        let run_start = places[*segment].as_ref().and_then(|shared| shared.runs.get(*run)).map(|run| run.start);
        *run += 1;
        let start = run_start.unwrap_or(source.start + from);
        let end = start + to - from;
        match pieces.last_mut() {
            Some(Piece::Slice(stored, slice)) if *stored == source.stored && slice.end == start => slice.end = end,
            _ => pieces.push(Piece::Slice(source.stored, start..end)),
        }
    }
    for piece in &mut pieces {
        if let Piece::Slice(stored, slice) = piece
            && *slice == (0..sizes[*stored])
        {
            *piece = Piece::Whole(*stored);
        }
    }
    pieces
}

/// What a file has of a reel.
pub struct Selection {
    video: Cut,
    sound: Cut,
    sizes: Vec<u64>,
    /// When it begins, in microseconds of media time.
    pub start_us: i64,
    /// When the file ends, in microseconds of media time if that were as fast.
    pub end_us: i64,
    /// When it ends, in microseconds of media time.
    pub reel_end_us: i64,
}

impl Selection {
    /// Whether it has pictures: their track is the first.
    pub fn has_pictures(&self) -> bool {
        !self.video.segments.is_empty()
    }

    /// Its tracks.
    pub(crate) fn cuts(&self) -> Vec<&Cut> {
        [&self.video, &self.sound].into_iter().filter(|cut| !cut.segments.is_empty()).collect()
    }
}

/// Takes a part of a reel, as [`plan`] does. None if the frames are too many for an even grid.
///
/// # Errors
/// [`Error::NothingRecorded`] if nothing is in the part.
pub fn take(reel: &ReelRecord, stored: Vec<Stored>, bounds: Bounds) -> Result<Option<Selection>> {
    let Sorted { of_tracks: [video, sound], sizes } = Sorted::new(stored);
    let has_pictures = !video.is_empty();
    let mut video = Cut::new(Track::Video, video, bounds);
    if bounds.is_since && has_pictures && video.segments.is_empty() {
        return Err(Error::NothingRecorded);
    }
    // Sound from before the first picture would be heard while that is shown.
    let from_us = video.segments.first().map_or(bounds.from_us, |(_, table)| table.start_us());
    // Sound would have another pitch.
    let sound = if bounds.speed.is_some() { Vec::new() } else { sound };
    let sound = Cut::new(Track::Audio, sound, Bounds { from_us, ..bounds });

    let first = |cut: &Cut| cut.segments.first().map(|(_, table)| table.start_us());
    let start_us = first(&video).into_iter().chain(first(&sound)).min().ok_or(Error::NothingRecorded)?;
    let end_us = [&video, &sound].iter().filter_map(|cut| cut.segments.last()).map(|(_, table)| table.end_us()).max();
    let reel_end_us = end_us.unwrap_or(start_us);
    if let Some(speed) = bounds.speed {
        speed_up(&mut video, start_us, speed);
    }
    video.prepend_parameter_sets(&reel.video);
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
    let end_us = match bounds.speed {
        Some(_) => video.segments.last().map_or(start_us, |(_, table)| table.end_us()),
        None => reel_end_us,
    };
    Ok(Some(Selection { video, sound, sizes, start_us, end_us, reel_end_us }))
}

/// The file of a part of a reel, from the stored segments of both tracks, each track in its order. It begins with a key frame; with
/// the packet of sound during which that is shown, if there is one. The reel's marks are its chapters, and its cues its subtitles. None if the frames are too many for an even grid.
///
/// # Errors
/// [`Error::NothingRecorded`] if nothing is in the part; those of [`layout`](super::layout).
pub fn plan(reel: &ReelRecord, stored: Vec<Stored>, bounds: Bounds, facts: &Facts) -> Result<Option<Plan>> {
    let Some(Selection { video, sound, sizes, start_us, reel_end_us: end_us, .. }) = take(reel, stored, bounds)? else {
        return Ok(None);
    };
    let (tracks, cuts) = tracks([&video, &sound], [Configs::Video(&reel.video), Configs::Audio(&reel.audio)]);
    let beside = Beside {
        chapters: chapters(&reel.marks, start_us, end_us, bounds.speed),
        subtitles: samples(&subtitles(&reel.marks, start_us, end_us, bounds.speed), bounds.is_wvtt),
        is_wvtt: bounds.is_wvtt,
        facts: Some(facts),
    };
    let Layout { head, parts } = layout_stored((reel.created_at / 1000.0) as u64, &tracks, &cuts, &beside)?;
    let mut pieces = pieces(&parts, &cuts, &sizes);
    pieces.insert(0, Piece::Bytes(head));
    let mime = if video.segments.is_empty() { "audio/mp4" } else { "video/mp4" };
    Ok(Some(Plan { pieces, mime, start_us, end_us }))
}
