//! Chunks, and their order in `mdat` (ISO/IEC 14496-12, § 8.7.4 and 8.7.5).

use super::TrackIndex;
use crate::reel::SampleTable;
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
/// split.
pub(super) fn interleave(tracks: &[TrackIndex<'_>]) -> Vec<Part> {
    let longest_us = if tracks.len() > 1 { LONGEST_US } else { i64::MAX };
    let mut cursors: Vec<Cursor> = tracks.iter().map(|_| Cursor::default()).collect();
    let earliest = |cursors: &[Cursor]| {
        let starts = cursors.iter().zip(tracks).enumerate();
        let starts = starts.filter_map(|(track, (cursor, index))| Some((cursor.start_us(index)?, track)));
        starts.min().map(|(_, track)| track)
    };
    let mut parts = Vec::new();
    while let Some(track) = earliest(&cursors) {
        let cursor = &mut cursors[track];
        let segment = cursor.segment;
        let (samples, bytes) = cursor.take(&tracks[track].segments[segment].1, longest_us);
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
}

impl Cursor {
    /// When the next chunk starts; none at the end.
    fn start_us(&self, index: &TrackIndex<'_>) -> Option<i64> {
        index.segments.get(self.segment).map(|(_, table)| table.samples()[self.sample].decode_us)
    }

    /// Takes the next chunk of this segment: samples that end within this time, and one at least. Gives their number and bytes.
    fn take(&mut self, table: &SampleTable, longest_us: i64) -> (u32, Range<u64>) {
        let rest = &table.samples()[self.sample..];
        let latest_us = rest[0].decode_us.saturating_add(longest_us);
        // All but the last sample end where the next one starts.
        let ends = rest.iter().skip(1).map(|next| next.decode_us).chain([table.end_us()]);
        let count = ends.take_while(|&end_us| end_us <= latest_us).count().max(1);
        let start = self.byte;
        self.byte += rest[..count].iter().map(|sample| u64::from(sample.size)).sum::<u64>();
        let bytes = start..self.byte;
        self.sample += count;
        if count == rest.len() {
            *self = Self { segment: self.segment + 1, ..Self::default() };
        }
        (count as u32, bytes)
    }
}
