//! What a disk holds, for tests. It does what src/browser/store.rs does.

use super::{Indexes, Task};
use crate::reel::{ReelRecord, Segment, Track};
use std::collections::BTreeMap;

/// A reel on disk.
#[derive(Debug, Clone)]
pub(super) struct Stored<P> {
    pub segments: BTreeMap<(Track, u32), Segment<P>>,
    /// The sound that is in the record of the pictures with this index.
    pub beside: BTreeMap<u32, Segment<P>>,
    pub record: Option<ReelRecord>,
}

impl<P> Default for Stored<P> {
    fn default() -> Self {
        Self { segments: BTreeMap::new(), beside: BTreeMap::new(), record: None }
    }
}

impl<P: Clone> Stored<P> {
    /// Carries out a task, all of it or nothing.
    pub(crate) fn carry_out(&mut self, task: Task<P>) {
        match task {
            Task::Put { reel, segment, removed } => {
                self.segments.retain(|&(track, index), _| !removed.has(track, index));
                self.record = Some(*reel);
                if let Some(segment) = segment {
                    self.segments.insert((segment.track, segment.index), segment);
                }
                self.beside.retain(|index, _| self.segments.contains_key(&(Track::Video, *index)));
            }
            Task::Merge { indexes, .. } => {
                let all = self.read(&indexes);
                let of_track = |track| all.iter().filter(move |segment| segment.track == track);
                let [video, audio] = [merged(of_track(Track::Video)), merged(of_track(Track::Audio))];
                let (Ok(video), Ok(audio)) = (video, audio) else { return };
                self.segments.retain(|&(track, index), _| !indexes.of(track).contains(&index));
                self.beside.retain(|index, _| !indexes.video.contains(index));
                match (video, audio) {
                    (Some(video), audio) => {
                        self.beside.extend(audio.map(|audio| (video.index, audio)));
                        self.segments.insert((Track::Video, video.index), video);
                    }
                    (None, audio) => self.segments.extend(audio.map(|audio| ((Track::Audio, audio.index), audio))),
                }
            }
        }
    }

    /// The segments in records with these indexes.
    pub(crate) fn read(&self, indexes: &Indexes) -> Vec<Segment<P>> {
        let wanted = self.segments.iter().filter(|((track, index), _)| indexes.of(*track).contains(index));
        let beside = self.beside.iter().filter(|(index, _)| indexes.video.contains(index));
        let mut all: Vec<_> =
            wanted.map(|(_, segment)| segment).chain(beside.map(|(_, sound)| sound)).cloned().collect();
        all.sort_by_key(|segment| (segment.track, segment.index));
        all
    }

    /// All segments, as a reel is read that is resumed: the last picture is held for as long as the record says.
    pub(crate) fn read_all(&self) -> Vec<Segment<P>> {
        let mut segments = self.read(&Indexes::all());
        let start_us = segments.first().map(|first| first.table.start_us());
        let last = segments.iter_mut().rfind(|segment| segment.track == Track::Video);
        if let Some(((start_us, last), reel)) = start_us.zip(last).zip(self.record.as_ref()) {
            last.table.extend(start_us + reel.duration_us);
        }
        segments
    }
}

/// These segments as one; none if there are none, an error if they can't be merged.
fn merged<'a, P: Clone + 'a>(mut segments: impl Iterator<Item = &'a Segment<P>>) -> Result<Option<Segment<P>>, ()> {
    let Some(mut merged) = segments.next().cloned() else { return Ok(None) };
    for next in segments {
        if next.config != merged.config {
            return Err(());
        }
        merged.table.append(&next.table);
        merged.payload.extend_from_slice(&next.payload);
    }
    Ok(Some(merged))
}
