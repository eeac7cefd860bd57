//! Stored segments as one record, in the order that a file has.

use super::cut::Cut;
use super::interleave::interleave;
use super::plan::{Sorted, pieces, tracks};
use super::{Configs, Part, Piece, Stored};
use crate::reel::{Run, Shared, Track};

/// A record that takes the place of segments.
#[derive(Debug, PartialEq, Eq)]
pub struct Merged {
    /// One segment of each track that there is.
    pub segments: Vec<Stored>,
    /// Its bytes.
    pub pieces: Vec<Piece>,
}

/// Merges segments of one track or of both, each track in its order. The record of both is stored with the pictures, which begin with
/// this index. None if segments of a track decode with different configurations, are not in the order of time, or there is nothing.
///
/// The record of two tracks has the order of a file, so that an export of all takes it as a whole.
pub fn merge(stored: Vec<Stored>, record: u32) -> Option<Merged> {
    let Sorted { of_tracks, sizes } = Sorted::new(stored);
    let [video, sound] = of_tracks.map(Cut::whole);
    let (tracks, cuts) = tracks([&video, &sound], [Configs::Video(&[]), Configs::Audio(&[])]);
    let mut segments = Vec::new();
    for index in &tracks {
        let ((config, first), rest) = index.segments.split_first()?;
        if rest.iter().any(|(next, _)| next != config) {
            return None;
        }
        // What can't be read afterwards is not merged.
        if index.segments.windows(2).any(|pair| pair[0].1.last_us() >= pair[1].1.start_us()) {
            return None;
        }
        let mut table = first.clone();
        rest.iter().for_each(|(_, next)| table.append(next));
        let track = if matches!(index.configs, Configs::Video(_)) { Track::Video } else { Track::Audio };
        segments.push(Stored { track, config: *config, table, shared: None });
    }
    let parts = interleave(&tracks, &cuts);
    if let [video, sound] = &mut segments[..] {
        let start_us = video.table.start_us().min(sound.table.start_us());
        let [of_video, of_sound] = runs(&parts).map(|runs| Some(Shared { record, start_us, runs }));
        (video.shared, sound.shared) = (of_video, of_sound);
    }
    Some(Merged { pieces: pieces(&parts, &cuts, &sizes), segments }).filter(|merged| !merged.segments.is_empty())
}

/// Where the chunks of each track are in a record of these parts.
fn runs(parts: &[Part]) -> [Vec<Run>; 2] {
    let mut runs = [Vec::new(), Vec::new()];
    let mut start = 0;
    for Part { track, bytes, samples, .. } in parts {
        let bytes = bytes.end - bytes.start;
        runs[*track].push(Run { samples: *samples, start, bytes });
        start += bytes;
    }
    runs
}
