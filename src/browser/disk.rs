//! Carries out what a recording asks of its disk.

use super::export_observer::ExportObserver;
use super::idb::silent;
use super::records::StoredSegment;
use super::store::Store;
use super::{Movie, SegmentData, export, picture_sources};
use crate::clip::Bounds;
use crate::facts::Facts;
use crate::pictures::Pictures;
use crate::recording::{Indexes, Snapshot, Task, overlay};
use crate::reel::{ReelRecord, Segment};
use crate::{Error, Result};
use js_sys::{Date, Object, Uint8Array};
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// The disk of one recording.
#[derive(Debug)]
pub(crate) struct Disk {
    store: Rc<RefCell<Store>>,
    /// Whether something of the reel is to be there.
    has_begun: Rc<Cell<bool>>,
    /// What was written last of a segment of each track.
    begun: [Option<Begun>; 2],
}

/// The bytes of a segment's first samples.
#[derive(Debug)]
struct Begun {
    index: u32,
    samples: usize,
    /// The bytes of the last of them, by which a segment is recognised whose end was rolled back.
    last: Uint8Array,
    data: SegmentData,
}

impl Begun {
    fn is_of(&self, segment: &Segment<Uint8Array>) -> bool {
        let last = segment.payload.get(self.samples - 1);
        self.index == segment.index && last.is_some_and(|last| Object::is(last, &self.last))
    }
}

impl Disk {
    /// That of a recording in this store. `has_begun` is whether something of its reel is there.
    pub(crate) fn new(store: Store, has_begun: bool) -> Self {
        Self { store: Rc::new(RefCell::new(store)), has_begun: Rc::new(Cell::new(has_begun)), begun: [None, None] }
    }

    /// Whether it is in memory.
    pub(crate) fn is_memory(&self) -> bool {
        self.store.borrow().is_memory()
    }

    /// What stores it.
    pub(crate) fn store(&self) -> Store {
        self.store.borrow().clone()
    }

    /// Begins with a task, and gives what comes of it: whether what was on disk before is still there.
    pub(crate) fn carry_out(&mut self, task: Task<Uint8Array>) -> impl Future<Output = Result<bool>> + 'static {
        let prepared = match task {
            Task::Put { reel, segment, removed } => {
                let segment = segment.map(|segment| self.stored(&segment)).transpose();
                Ok((ReelRecord { updated_at: Date::now(), ..*reel }, segment, removed))
            }
            Task::Merge { id, indexes } => Err((id, indexes)),
        };
        let (store, has_begun) = (Rc::clone(&self.store), Rc::clone(&self.has_begun));
        async move {
            let (reel, segment, removed) = match prepared {
                Ok(put) => put,
                Err((id, indexes)) => {
                    // What could not be merged stays as it is.
                    let now = store.borrow().clone();
                    let _ = now.merge(&id, indexes).await;
                    return Ok(true);
                }
            };
            let segment = segment?;
            let mut is_again = false;
            loop {
                let now = store.borrow().clone();
                match (now.put(&reel, segment.as_slice(), removed.clone()).await, is_again) {
                    (Ok(was_there), _) => {
                        let is_there = was_there || !has_begun.replace(true);
                        // A record without segments is no reel.
                        if segment.is_none() && (!is_there || reel.bytes == 0) {
                            now.delete(&reel.id).await?;
                        }
                        return Ok(is_there);
                    }
                    (Err(error), false) => {
                        reopen(&store, error).await?;
                        is_again = true;
                    }
                    (Err(error), true) => return Err(error),
                }
            }
        }
    }

    /// A segment with its bytes. A Blob continues that of the write before: only new bytes leave the process.
    fn stored(&mut self, segment: &Segment<Uint8Array>) -> Result<StoredSegment> {
        let last = &mut self.begun[segment.track as usize];
        let begun = last.take().filter(|begun| begun.is_of(segment));
        let before = begun.as_ref().map(|begun| (begun.samples, &begun.data));
        let data = SegmentData::of(&segment.payload, segment.table.bytes(), before)?;
        *last = segment.payload.last().map(|bytes| Begun {
            index: segment.index,
            samples: segment.payload.len(),
            last: bytes.clone(),
            data: data.clone(),
        });
        let Segment { track, index, config, table, .. } = segment;
        Ok(StoredSegment { track: *track, index: *index, config: *config, table: table.clone(), data, shared: None })
    }

    /// Makes a file with these facts of a part of what there is at this moment, read from the segments with these indexes.
    pub(crate) fn export(
        &self,
        snapshot: Snapshot<Uint8Array>,
        bounds: Bounds,
        indexes: Indexes,
        facts: Facts,
        observer: ExportObserver,
    ) -> impl Future<Output = Result<Movie>> + 'static {
        let store = Rc::clone(&self.store);
        async move {
            let (reel, segments, damaged) = segments(store, snapshot, indexes, observer.clone()).await?;
            export(&reel, segments, (bounds, &facts), damaged, &observer).await
        }
    }

    /// What pictures are decoded from, of what there is at this moment.
    pub(crate) fn pictures(
        &self,
        snapshot: Snapshot<Uint8Array>,
        pictures: Pictures,
    ) -> impl Future<Output = Result<JsValue>> + 'static {
        let store = Rc::clone(&self.store);
        async move {
            let (indexes, first_us) = (snapshot.needed_for(&pictures), snapshot.first_us());
            let (reel, segments, _) = segments(store, snapshot, indexes, ExportObserver::default()).await?;
            picture_sources(&reel, &segments, first_us, &pictures)
        }
    }
}

/// The segments with these indexes, and what is not on disk yet; and how many are damaged, and missing.
fn segments(
    store: Rc<RefCell<Store>>,
    snapshot: Snapshot<Uint8Array>,
    indexes: Indexes,
    observer: ExportObserver,
) -> Read {
    Box::pin(read(store, snapshot, indexes, observer))
}

type Read = Pin<Box<dyn Future<Output = Result<(ReelRecord, Vec<StoredSegment>, u32)>>>>;

async fn read(
    store: Rc<RefCell<Store>>,
    Snapshot { reel, newest, .. }: Snapshot<Uint8Array>,
    indexes: Indexes,
    observer: ExportObserver,
) -> Result<(ReelRecord, Vec<StoredSegment>, u32)> {
    let newest = newest.iter().map(StoredSegment::try_from).collect::<Result<Vec<_>>>()?;
    let (mut segments, mut damaged) = (Vec::new(), 0);
    if !indexes.is_empty() {
        // The recording may go on while the store is read.
        let mut is_again = false;
        loop {
            let now = store.borrow().clone();
            match (now.read(&reel.id, indexes.clone(), &observer).await, is_again) {
                (Ok((_, read, unreadable)), _) => (segments, damaged) = (read, unreadable),
                // The first write may be under way, or the store was cleared.
                (Err(Error::NoSuchReel { .. }), _) => {}
                (Err(error), false) => {
                    reopen(&store, error).await?;
                    is_again = true;
                    continue;
                }
                (Err(error), true) => return Err(error),
            }
            break;
        }
    }
    Ok((reel, overlay(segments, newest, StoredSegment::key), damaged))
}

/// Opens the store again after this error. The browser closes its connections when it clears a site's data.
async fn reopen(store: &RefCell<Store>, error: Error) -> Result<()> {
    // One that does not answer would not now.
    if !matches!(error, Error::Storage { .. }) || error == silent() {
        return Err(error);
    }
    store.replace(Store::open().await.map_err(|_| error)?);
    Ok(())
}
