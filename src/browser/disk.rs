//! Carries out what a recording asks of its disk.

use super::records::StoredSegment;
use super::store::{Store, Watch};
use super::{Movie, blob, export};
use crate::clip::Bounds;
use crate::recording::{Snapshot, Task, overlay};
use crate::reel::{ReelRecord, Segment};
use crate::{Error, Result};
use js_sys::{Array, Date, Object, Uint8Array};
use std::ops::Range;
use web_sys::Blob;

/// The disk of one recording.
#[derive(Debug)]
pub struct Disk {
    store: Store,
    /// What was written of a segment last.
    begun: Option<Begun>,
}

/// The bytes of a segment's first samples, as a Blob.
#[derive(Debug)]
struct Begun {
    index: u32,
    samples: usize,
    /// The bytes of the last of them, by which a segment is recognised whose end was rolled back.
    last: Uint8Array,
    data: Blob,
}

impl Begun {
    fn is_of(&self, segment: &Segment<Uint8Array>) -> bool {
        let last = segment.payload.get(self.samples - 1);
        self.index == segment.index && last.is_some_and(|last| Object::is(last, &self.last))
    }
}

impl Disk {
    /// That of the recordings in this store.
    pub fn new(store: Store) -> Self {
        Self { store, begun: None }
    }

    /// Begins with a task, and gives what comes of it.
    pub fn carry_out(&mut self, task: Task<Uint8Array>) -> impl Future<Output = Result<()>> + 'static {
        let prepared = match task {
            Task::Put { reel, segment, removed } => {
                let segment = segment.map(|segment| self.stored(&segment)).transpose();
                Ok((ReelRecord { updated_at: Date::now(), ..reel }, segment, removed))
            }
            Task::Merge { id, indexes } => Err((id, indexes)),
        };
        let store = self.store.clone();
        async move {
            match prepared {
                Ok((reel, segment, removed)) => store.put(&reel, segment?.as_ref(), removed).await,
                Err((id, indexes)) => {
                    // What could not be merged stays as it is.
                    let _ = store.merge(&id, indexes).await;
                    Ok(())
                }
            }
        }
    }

    /// A segment with its bytes in a Blob. It continues the Blob of the write before: only new bytes leave the process.
    fn stored(&mut self, segment: &Segment<Uint8Array>) -> Result<StoredSegment> {
        let begun = self.begun.take().filter(|begun| begun.is_of(segment));
        let parts = Array::new();
        let known = begun.as_ref().map_or(0, |begun| begun.samples);
        if let Some(begun) = begun {
            parts.push(&begun.data);
        }
        segment.payload[known..].iter().for_each(|bytes| _ = parts.push(bytes));
        let data = blob(&parts, "")?;
        self.begun = segment.payload.last().map(|last| Begun {
            index: segment.index,
            samples: segment.payload.len(),
            last: last.clone(),
            data: data.clone(),
        });
        let Segment { index, config, table, .. } = segment;
        Ok(StoredSegment { index: *index, config: *config, table: table.clone(), data })
    }

    /// Makes a file of a part of what there is at this moment, read from the segments with these indexes.
    pub fn export(
        &self,
        snapshot: Snapshot<Uint8Array>,
        bounds: Bounds,
        indexes: Range<u32>,
        watch: Watch,
    ) -> impl Future<Output = Result<Movie>> + 'static {
        let store = self.store.clone();
        async move {
            let Snapshot { reel, newest, .. } = snapshot;
            let newest = newest.iter().map(StoredSegment::try_from).collect::<Result<Vec<_>>>()?;
            let (mut segments, mut damaged) = (Vec::new(), 0);
            if !indexes.is_empty() {
                // The recording may go on while the store is read.
                match store.read(&reel.id, indexes, &watch).await {
                    Ok((_, read, unreadable)) => (segments, damaged) = (read, unreadable),
                    // The first write may be under way.
                    Err(Error::NoSuchReel { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            export(&reel, overlay(segments, newest, |segment| segment.index), bounds, damaged)
        }
    }
}
