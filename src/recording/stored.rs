//! What a disk holds, for tests. It does what src/browser/store.rs does.

use super::Task;
use crate::reel::{ReelRecord, Segment};
use std::collections::BTreeMap;
use std::ops::Range;

/// A reel on disk.
#[derive(Debug, Clone)]
pub(super) struct Stored<P> {
    pub segments: BTreeMap<u32, Segment<P>>,
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
                self.segments.retain(|index, _| !removed.iter().any(|indexes| indexes.contains(index)));
                self.record = Some(reel);
                if let Some(segment) = segment {
                    self.segments.insert(segment.index, segment);
                }
            }
            Task::Merge { indexes, .. } => {
                let merged: Vec<_> = self.segments.range(indexes.clone()).map(|(_, one)| one.clone()).collect();
                let Some((first, rest)) = merged.split_first() else { return };
                if rest.iter().any(|next| next.config != first.config) {
                    return;
                }
                let mut first = first.clone();
                for next in rest {
                    first.table.append(&next.table);
                    first.payload.extend_from_slice(&next.payload);
                }
                self.segments.retain(|index, _| !indexes.contains(index));
                self.segments.insert(first.index, first);
            }
        }
    }

    /// The segments with these indexes.
    pub fn read(&self, indexes: Range<u32>) -> Vec<Segment<P>> {
        if indexes.is_empty() {
            return Vec::new();
        }
        self.segments.range(indexes).map(|(_, segment)| segment.clone()).collect()
    }

    /// All segments, as a reel is read that is resumed: the last picture is held for as long as the record says.
    pub fn read_all(&self) -> Vec<Segment<P>> {
        let mut segments = self.read(0..u32::MAX);
        let start_us = segments.first().map(|first| first.table.start_us());
        if let Some(((start_us, last), reel)) = start_us.zip(segments.last_mut()).zip(self.record.as_ref()) {
            last.table.extend(start_us + reel.duration_us);
        }
        segments
    }
}
