//! Chunks, and their order in `mdat` (ISO/IEC 14496-12, § 8.7.4 and 8.7.5).

use super::TrackIndex;
use super::cut::Cut;
use crate::reel::{SampleTable, Shared};
use std::ops::Range;

/// The longest chunk of a file with several tracks, in microseconds. A player that reads two tracks in step need not seek: what it
/// reads ahead is longer.
const LONGEST_US: i64 = 1_000_000;

/// A chunk: samples that lie one after the other in a stored segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The position of the track.
    pub track: usize,
    /// The position of the segment in its track.
    pub segment: usize,
    /// Where its bytes are among the segment's.
    pub bytes: Range<u64>,
    /// How many samples they are.
    pub samples: u32,
}

/// The chunks of all tracks by the time they start. The segments of a single track are chunks; the segments of several tracks are
/// split. A record that two tracks share stays as it is: its chunks come one after the other, by the time that the first of them
/// starts. `cuts` have where that is; none where no track shares a record.
pub(super) fn interleave(tracks: &[TrackIndex<'_>], cuts: &[&Cut]) -> Vec<Part> {
    let longest_us = if tracks.len() > 1 { LONGEST_US } else { i64::MAX };
    let mut cursors: Vec<Cursor> = tracks.iter().map(|_| Cursor::default()).collect();
    let place = |track: usize, segment: usize| cuts.get(track)?.places.get(segment)?.as_ref();
    let earliest = |cursors: &[Cursor]| {
        let starts = cursors.iter().zip(tracks).enumerate();
        let starts = starts.filter_map(|(track, (cursor, index))| {
            let shared = |ahead| place(track, cursor.segment + ahead);
            Some((cursor.turn(index, shared(0), shared(1))?, track))
        });
        starts.min().map(|(_, track)| track)
    };
    let mut parts = Vec::new();
    while let Some(track) = earliest(&cursors) {
        let cursor = &mut cursors[track];
        let segment = cursor.segment;
        let (samples, bytes) = cursor.take(&tracks[track].segments[segment].1, place(track, segment), longest_us);
        parts.push(Part { track, segment, bytes, samples });
    }
    parts
}

/// How far a track is written.
#[derive(Default)]
struct Cursor {
    segment: usize,
    sample: usize,
    byte: u64,
    /// The position of the next run, in a segment that shares a record.
    run: usize,
}

impl Cursor {
    /// When it is the next chunk's turn: a time in microseconds, and the chunk's place in a record that is shared; none at the end.
    /// This segment and the one behind it may share theirs.
    fn turn(&self, index: &TrackIndex<'_>, this: Option<&Shared>, next: Option<&Shared>) -> Option<(i64, u64)> {
        let (_, table) = index.segments.get(self.segment)?;
        if let Some(shared) = this {
            return Some((shared.start_us, 1 + shared.runs.get(self.run).map_or(0, |run| run.start)));
        }
        let start_us = table.samples()[self.sample].decode_us;
        // The chunks of the next record stay together.
        Some((next.map_or(start_us, |next| next.start_us.min(start_us)), 0))
    }

    /// Takes the next chunk of this segment: a run of a record that is shared, or samples that end within this time, and one at
    /// least. Gives their number and bytes.
    fn take(&mut self, table: &SampleTable, shared: Option<&Shared>, longest_us: i64) -> (u32, Range<u64>) {
        let rest = &table.samples()[self.sample..];
        let count = match shared.and_then(|shared| shared.runs.get(self.run)) {
            Some(run) => rest.len().min(run.samples as usize),
            None => {
                let latest_us = rest[0].decode_us.saturating_add(longest_us);
                // All but the last sample end where the next one starts.
                let ends = rest.iter().skip(1).map(|next| next.decode_us).chain([table.end_us()]);
                ends.take_while(|&end_us| end_us <= latest_us).count().max(1)
            }
        };
        let start = self.byte;
        self.byte += rest[..count].iter().map(|sample| u64::from(sample.size)).sum::<u64>();
        let bytes = start..self.byte;
        (self.sample, self.run) = (self.sample + count, self.run + 1);
        if count == rest.len() {
            *self = Self { segment: self.segment + 1, ..Self::default() };
        }
        (count as u32, bytes)
    }
}
