//! A disk that is slow, refuses or is full. It does what src/browser/store.rs does.

use super::encoder::Bits;
use super::plan::{DiskFault, Manners};
use super::random::Random;
use crate::recording::Task;
use crate::reel::{Contents, Entry, ReelRecord, Segment};
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::ops::Range;

/// A reel on disk.
#[derive(Debug, Clone, Default)]
pub(super) struct Stored {
    pub segments: BTreeMap<u32, Segment<Bits>>,
    pub record: Option<ReelRecord>,
}

impl Stored {
    fn carry_out(&mut self, task: Task<Bits>) {
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
                    first.payload.extend(&next.payload);
                }
                self.segments.retain(|index, _| !indexes.contains(index));
                self.segments.insert(first.index, first);
            }
        }
    }

    /// The segments with these indexes.
    pub fn read(&self, indexes: Range<u32>) -> Vec<Segment<Bits>> {
        if indexes.is_empty() {
            return Vec::new();
        }
        self.segments.range(indexes).map(|(_, segment)| segment.clone()).collect()
    }

    /// All segments, as a reel is read that is resumed: the last picture is held for as long as the record says.
    pub fn read_all(&self) -> Vec<Segment<Bits>> {
        let mut segments = self.read(0..u32::MAX);
        let start_us = segments.first().map(|first| first.table.start_us());
        if let Some(((start_us, last), reel)) = start_us.zip(segments.last_mut()).zip(self.record.as_ref()) {
            last.table.extend(start_us + reel.duration_us);
        }
        segments
    }

    /// What is there, by the tables.
    pub fn contents(&self) -> Contents {
        let mut contents = Contents::default();
        self.read_all().iter().for_each(|segment| contents.put(Entry::new(segment.index, &segment.table)));
        contents
    }
}

/// The disk, and the task under way.
#[derive(Debug)]
pub(super) struct Disk {
    random: Random,
    manners: Manners,
    pub stored: Stored,
    task: Option<Task<Bits>>,
    fault: Option<DiskFault>,
    takes_ms: Option<i64>,
}

impl Disk {
    pub fn new(seed: u64, manners: Manners) -> Self {
        let random = Random::new(seed, 4);
        Self { random, manners, stored: Stored::default(), task: None, fault: None, takes_ms: None }
    }

    pub fn misbehave(&mut self, fault: DiskFault) {
        match fault {
            DiskFault::TakesMs(ms) => self.takes_ms = Some(ms),
            fault => self.fault = Some(fault),
        }
    }

    /// Whether something was or will be refused.
    pub fn refuses(&self) -> bool {
        self.fault.is_some()
    }

    /// Begins with a task. Gives how long it takes, in microseconds; none if another is under way.
    pub fn begin(&mut self, task: Task<Bits>) -> Option<i64> {
        let is_free = self.task.is_none();
        self.task = Some(task);
        let ms = self.takes_ms.take().unwrap_or_else(|| self.random.of(1..=self.manners.disk_ms));
        is_free.then_some(ms * 1000)
    }

    /// Finishes the task under way.
    pub fn finish(&mut self) -> Result<()> {
        let task = self.task.take();
        match (self.fault, task) {
            (_, None) => Ok(()),
            // What can't be merged stays as it is.
            (Some(_), Some(Task::Merge { .. })) => Ok(()),
            (Some(DiskFault::IsFull), _) => Err(Error::Quota { reason: "full".into() }),
            (Some(_), _) => Err(Error::Storage { reason: "broken".into() }),
            (None, Some(task)) => {
                self.stored.carry_out(task);
                Ok(())
            }
        }
    }

    /// What there may be when the task under way is done, or now: a reader may come before it or after it.
    pub fn readable(&self) -> Vec<Stored> {
        let mut all = vec![self.stored.clone()];
        if let Some(task) = &self.task {
            let mut after = self.stored.clone();
            after.carry_out(task.clone());
            all.push(after);
        }
        all
    }

    /// The browser is killed. The task under way was done, or was not.
    pub fn crash(&mut self) {
        if let Some(task) = self.task.take()
            && self.fault.is_none()
            && self.random.percent(50)
        {
            self.stored.carry_out(task);
        }
        (self.fault, self.takes_ms) = (None, None);
    }
}
