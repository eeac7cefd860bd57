//! What a disk holds, for tests. It does what src/browser/store.rs does.

use super::{Indexes, Task};
use crate::reel::{ReelRecord, Segment, Track};
use std::collections::BTreeMap;

/// A reel on disk.
#[derive(Debug, Clone)]
pub(super) struct Stored<P> {
    pub segments: BTreeMap<(Track, u32), Segment<P>>,
    pub record: Option<ReelRecord>,
}

impl<P> Default for Stored<P> {
    fn default() -> Self {
        Self { segments: BTreeMap::new(), record: None }
    }
}

impl<P: Clone> Stored<P> {
    /// Carries out a task, all of it or nothing.
    pub fn carry_out(&mut self, task: Task<P>) {
        match task {
            Task::Put { reel, segment, removed } => {
                self.segments.retain(|&(track, index), _| !removed.has(track, index));
                self.record = Some(reel);
                if let Some(segment) = segment {
                    self.segments.insert((segment.track, segment.index), segment);
                }
            }
            Task::Merge { track, indexes, .. } => {
                let merged: Vec<_> = self
                    .segments
                    .range((track, indexes.start)..(track, indexes.end))
                    .map(|(_, one)| one.clone())
                    .collect();
                let Some((first, rest)) = merged.split_first() else { return };
                if rest.iter().any(|next| next.config != first.config) {
                    return;
                }
                let mut first = first.clone();
                for next in rest {
                    first.table.append(&next.table);
                    first.payload.extend_from_slice(&next.payload);
                }
                self.segments.retain(|&(of, index), _| of != track || !indexes.contains(&index));
                self.segments.insert((track, first.index), first);
            }
        }
    }

    /// The segments with these indexes.
    pub fn read(&self, indexes: &Indexes) -> Vec<Segment<P>> {
        let wanted = self.segments.iter().filter(|((track, index), _)| indexes.of(*track).contains(index));
        wanted.map(|(_, segment)| segment.clone()).collect()
    }

    /// All segments, as a reel is read that is resumed: the last picture is held for as long as the record says.
    pub fn read_all(&self) -> Vec<Segment<P>> {
        let mut segments = self.read(&Indexes::all());
        let start_us = segments.first().map(|first| first.table.start_us());
        let last = segments.iter_mut().rfind(|segment| segment.track == Track::Video);
        if let Some(((start_us, last), reel)) = start_us.zip(last).zip(self.record.as_ref()) {
            last.table.extend(start_us + reel.duration_us);
        }
        segments
    }
}
