//! The part of a track that a file has: its segments, and where their bytes are.

use crate::clip::Bounds;
use crate::codec::h264::parameter_sets;
use crate::reel::{Excerpt, Run, SampleTable, Shared, Track, VideoConfig, excerpt, excerpt_of_sound, first_start};

/// A stored segment, but for its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its track.
    pub track: Track,
    /// Which of the track's configurations it decodes with, from 0.
    pub config: u32,
    /// Its samples.
    pub table: SampleTable,
    /// Where they are, if it shares its record with a segment of the other track.
    pub shared: Option<Shared>,
}

/// The segments of a track that a file has.
#[derive(Default)]
pub(crate) struct Cut {
    /// What the index is made of.
    pub segments: Vec<(u32, SampleTable)>,
    /// Where the segments are that share their records.
    pub places: Vec<Option<Shared>>,
    /// Where the bytes of each segment come from.
    pub sources: Vec<Source>,
}

/// Where the bytes of a segment come from.
pub(crate) struct Source {
    /// What stands before the stored bytes.
    pub sets: Vec<u8>,
    /// The position of the stored segment with its record.
    pub stored: usize,
    /// Where its bytes begin in a record, unless its runs say that.
    pub start: u64,
}

/// Gives where samples are.
pub(crate) struct Places<'a> {
    stored: usize,
    /// Where the next sample begins, unless it is the first of a run.
    start: u64,
    /// The runs that are left, in a record that has another segment.
    runs: &'a [Run],
    /// How many samples are left of the run before them.
    left: u32,
}

impl Places<'_> {
    /// Where the next sample begins, which has this many bytes, and in which stored segment.
    pub(crate) fn next(&mut self, size: u32) -> (usize, u64) {
        if self.left == 0
            && let Some((run, rest)) = self.runs.split_first()
        {
            (self.start, self.left, self.runs) = (run.start, run.samples, rest);
        }
        self.left = self.left.saturating_sub(1);
        let start = self.start;
        self.start += u64::from(size);
        (self.stored, start)
    }
}

impl Cut {
    /// What is left of these segments, which are given with their positions.
    pub(super) fn new(track: Track, mut stored: Vec<(usize, Stored)>, mut bounds: Bounds) -> Self {
        if bounds.is_since {
            let tables: Vec<_> = stored.iter().map(|(_, stored)| &stored.table).collect();
            let Some(start_us) = first_start(&tables, bounds) else { return Self::default() };
            bounds.from_us = start_us;
        }
        let mut tables: Vec<_> = stored.iter_mut().map(|(_, stored)| &mut stored.table).collect();
        let excerpt = match track {
            Track::Video => excerpt(&mut tables, bounds),
            Track::Audio => excerpt_of_sound(&mut tables, bounds),
        };
        let Some(Excerpt { segments: needed, skipped, first, .. }) = excerpt else { return Self::default() };
        stored.truncate(needed.end);
        stored.drain(..needed.start);
        let mut cut = Self::whole(stored);
        cut.sources[0].start = first.start;
        if let Some(shared) = &mut cut.places[0] {
            shared.skip(skipped as u32, first.start);
        }
        cut
    }

    /// All of these segments, which are given with their positions.
    pub(crate) fn whole(stored: Vec<(usize, Stored)>) -> Self {
        let mut cut = Self::default();
        for (position, Stored { config, table, shared, .. }) in stored {
            cut.segments.push((config, table));
            cut.places.push(shared);
            cut.sources.push(Source { sets: Vec::new(), stored: position, start: 0 });
        }
        cut
    }

    /// Where the samples of a segment are, one after the other.
    pub(crate) fn places_of(&self, segment: usize) -> Places<'_> {
        let Source { stored, start, .. } = self.sources[segment];
        let runs = self.places[segment].as_ref().map_or(&[][..], |shared| &shared.runs);
        Places { stored, start, runs, left: 0 }
    }

    /// Has each segment of H.264 begin with its parameter sets if there are several configurations: some players, Chromium's among
    /// them, read the first sample entry only.
    pub(super) fn prepend_parameter_sets(&mut self, configs: &[VideoConfig]) {
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
