//! The reels on disk, in IndexedDB: a record for each reel, and one for each segment with its bytes. Or one reel in memory.

use super::blob::blob;
use super::export::assemble;
use super::export_observer::{ExportObserver, index_share};
use super::idb::{self, failed, finished, result, silent};
use super::memory::Memory;
use super::object::text_of;
use super::records::StoredSegment;
use super::{Lock, SegmentData, field, lock, object};
use crate::mp4::{Stored, merge};
use crate::options::Storage;
use crate::recording::{Indexes, Outside, overlay};
use crate::reel::{ReelRecord, Track};
use crate::{Error, Result};
use js_sys::Array;
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{IdbDatabase, IdbKeyRange, IdbObjectStoreParameters, IdbRequest, IdbTransaction, IdbTransactionMode};

/// The words for a store that this version can't read.
const NEWER: &str = "it was written by a newer version of trackreel: this page needs that one";
const DATABASE: &str = "trackreel";
/// From 2 on, a record of pictures may have the sound beside them.
const SCHEMA: u32 = 2;
const REELS: &str = "reels";
const SEGMENTS: &str = "segments";
/// The id of what is put and removed again to see whether that works.
const PROBE: &str = "probe";
/// How many records are read at once: enough for speed, and few enough to need little memory and to tell how far it is.
const BATCH: u32 = 16;

/// The end of the indexes of a whole reel.
const ALL: u32 = u32::MAX;

/// A reel in the store.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// It is readable.
    Reel(ReelRecord),
    /// The record of the reel with this id is not.
    Damaged(String),
}

/// The store, open; closed when its last clone is dropped.
#[derive(Debug, Clone)]
pub struct Store(Rc<Place>);

/// Where what is stored is.
#[derive(Debug)]
enum Place {
    Disk(Connection),
    Memory(RefCell<Memory>),
}

/// A newer version of this package in another tab has to wait until it is dropped, and so for a recording to end.
#[derive(Debug)]
struct Connection(IdbDatabase);

impl Drop for Connection {
    fn drop(&mut self) {
        // Transactions under way are finished first.
        self.0.close();
    }
}

impl Store {
    /// Opens the origin's store, and makes it if this is the first time.
    ///
    /// # Errors
    /// [`Error::Storage`] if the browser gives none, as in some private windows, or a newer version of this package has
    /// changed it.
    pub async fn open() -> Result<Self> {
        let database = idb::open(DATABASE, SCHEMA, create).await.map_err(newer)?;
        Ok(Self(Rc::new(Place::Disk(Connection(database)))))
    }

    /// What is to store a new reel. A browser that refuses a store, or locks for it, gives no disk: some do in the frame of another
    /// site, in a sandboxed one, or in a private window. One that does not answer may do so later.
    ///
    /// # Errors
    /// [`Error::Storage`] or [`Error::Unsupported`] if it has to be on disk and there is none.
    pub async fn choose(storage: Storage) -> Result<Self> {
        if storage == Storage::Memory {
            return Ok(Self::memory());
        }
        let opened = match Self::open().await {
            Ok(store) => Lock::held_ids().await.map(|_| store),
            Err(error) => Err(error),
        };
        match opened {
            Err(error) if storage == Storage::Auto && is_refusal(&error) => Ok(Self::memory()),
            opened => opened,
        }
    }

    fn memory() -> Self {
        Self(Rc::new(Place::Memory(RefCell::default())))
    }

    /// What is to store another reel, where this is.
    pub fn for_another(&self) -> Self {
        if self.is_memory() { Self::memory() } else { self.clone() }
    }

    /// Whether it is in memory.
    pub fn is_memory(&self) -> bool {
        matches!(*self.0, Place::Memory(_))
    }

    /// Whether it keeps Blobs: it is tried, and nothing of it stays.
    pub async fn keeps_blobs(&self) -> bool {
        let Ok(transaction) = self.transaction(IdbTransactionMode::Readwrite) else { return false };
        let write = || {
            let store = transaction.object_store(REELS)?;
            let blob = blob(&Array::of1(&"".into()), "").map_err(JsValue::from)?;
            store.put(&object(&[("id", PROBE.into()), ("data", blob.into())]))?;
            store.delete(&PROBE.into())
        };
        write().is_ok() && finished(transaction).await.is_ok()
    }

    /// Writes a reel's record, and with it a segment, if there is one, or pictures and the sound that shares their record. Segments with
    /// these indexes are not the reel's any more and are removed. All of it or nothing. Gives whether segments of the reel were there
    /// before.
    ///
    /// # Errors
    /// [`Error::Quota`] or [`Error::Storage`] if the browser refuses.
    pub async fn put(&self, reel: &ReelRecord, segments: &[StoredSegment], removed: Outside) -> Result<bool> {
        if let Place::Memory(memory) = &*self.0 {
            return Ok(memory.borrow_mut().put(reel, segments, &removed));
        }
        if !KEEPS_BLOBS.get() {
            return self.put_record(reel, buffered(reel, segments).await?, removed).await;
        }
        let first = segments.first();
        let record = first.map(|segment| segment.to_js(&reel.id, segment.data.to_js(), segments.get(1)));
        match (self.put_record(reel, record, removed.clone()).await, first) {
            (Err(Error::Storage { .. }), Some(StoredSegment { data: SegmentData::Blob(_), .. })) => {
                let written = self.put_record(reel, buffered(reel, segments).await?, removed).await;
                KEEPS_BLOBS.set(written.is_err());
                written
            }
            (written, _) => written,
        }
    }

    async fn put_record(&self, reel: &ReelRecord, segment_record: Option<JsValue>, removed: Outside) -> Result<bool> {
        let reel_record = reel.to_js();
        let transaction = self.transaction(IdbTransactionMode::Readwrite)?;
        let write = || {
            let segments = transaction.object_store(SEGMENTS)?;
            let first = segments.get_key(&reel_keys(&reel.id)?)?;
            for (track, removed) in [(Track::Video, removed.video), (Track::Audio, removed.audio)] {
                for indexes in removed.into_iter().filter(|indexes| !indexes.is_empty()) {
                    segments.delete(&segment_keys(&reel.id, track, indexes)?)?;
                }
            }
            if let Some(record) = segment_record {
                segments.put(&record)?;
            }
            transaction.object_store(REELS)?.put(&reel_record)?;
            Ok(first)
        };
        let first: IdbRequest = match write() {
            Ok(first) => first,
            Err(thrown) => {
                // What was asked for before would be done by itself.
                let _ = transaction.abort();
                return Err(failed(thrown));
            }
        };
        finished(transaction).await?;
        Ok(!result(&first).await?.is_undefined())
    }

    /// Merges the segments with these indexes, if they all are readable and those of a track decode with the same configuration: the
    /// first of each track then holds all samples, and those of both are in one record. Their bytes stay on the browser's side.
    ///
    /// # Errors
    /// [`Error::Quota`] or [`Error::Storage`] if the browser refuses; all is then as it was.
    pub async fn merge(&self, id: &str, indexes: Indexes) -> Result<()> {
        let (reel, segments, damaged) = self.read(id, indexes.clone(), &ExportObserver::default()).await?;
        let firsts = [Track::Video, Track::Audio]
            .map(|track| segments.iter().find(|segment| segment.track == track).map(|first| first.index));
        let (stored, data): (Vec<Stored>, Vec<SegmentData>) = segments.into_iter().map(StoredSegment::split).unzip();
        let Some(merged) = merge(stored, firsts[0].unwrap_or(0)).filter(|_| damaged == 0) else { return Ok(()) };
        let data = SegmentData::Blob(assemble(merged.pieces, &data, "")?);
        let mut segments = Vec::new();
        for Stored { track, config, table, shared } in merged.segments {
            let index = firsts[track as usize].unwrap_or(0);
            segments.push(StoredSegment { track, index, config, table, data: data.clone(), shared });
        }
        let removed = Outside { video: [indexes.video, 0..0], audio: [indexes.audio, 0..0] };
        self.put(&reel, &segments, removed).await.map(|_| ())
    }

    /// Every reel, the newest first.
    ///
    /// # Errors
    /// [`Error::Storage`] if the browser refuses.
    pub async fn reels(&self) -> Result<Vec<Found>> {
        let transaction = self.transaction(IdbTransactionMode::Readonly)?;
        let request = transaction.object_store(REELS).and_then(|store| store.get_all()).map_err(failed)?;
        let records: Array = result(&request).await?.unchecked_into();
        let found = |record: JsValue| {
            ReelRecord::from_js(&record).map_or_else(|_| Found::Damaged(text_of(&record, "id")), Found::Reel)
        };
        Ok(records.iter().rev().map(found).collect())
    }

    /// A reel and those of its segments that have these indexes, track by track in order, as they were at one moment. Returns how many of them
    /// are damaged, or can't be decoded without one that is, and dropped.
    ///
    /// # Errors
    /// [`Error::NoSuchReel`] if there is none, [`Error::Aborted`] if `observer` does not want it any more, [`Error::Storage`] if
    /// the browser refuses or nothing of the reel is readable.
    pub async fn read(
        &self,
        id: &str,
        indexes: Indexes,
        observer: &ExportObserver,
    ) -> Result<(ReelRecord, Vec<StoredSegment>, u32)> {
        let (reel, mut segments, damaged) = match &*self.0 {
            Place::Memory(memory) => {
                let (reel, segments) = memory.borrow().read(id, &indexes)?;
                (reel, segments, 0)
            }
            Place::Disk(_) => self.read_records(id, indexes.clone(), observer).await?,
        };
        if segments.is_empty() && damaged > 0 {
            return Err(Error::Storage { reason: "every segment of the reel is damaged".into() });
        }
        // A last frame that was being held may have been for longer than when its segment was written.
        let is_all = damaged == 0 && indexes.video.end == ALL;
        let mut pictures = segments.iter_mut().filter(|segment| is_all && segment.track == Track::Video);
        let start_us = pictures.next().map(|first| first.table.start_us());
        if let Some((start_us, last)) = start_us.zip(segments.iter_mut().rfind(|segment| segment.track == Track::Video))
        {
            last.table.extend(start_us.saturating_add(reel.duration_us));
        }
        Ok((reel, segments, damaged))
    }

    /// The record of a reel, if it is there.
    ///
    /// # Errors
    /// [`Error::Storage`] if the browser refuses, or the record is damaged.
    pub(super) async fn reel(&self, id: &str) -> Result<Option<ReelRecord>> {
        if let Place::Memory(memory) = &*self.0 {
            return Ok(memory.borrow().reel());
        }
        let transaction = self.transaction(IdbTransactionMode::Readonly)?;
        let request = transaction.object_store(REELS).and_then(|store| store.get(&id.into())).map_err(failed)?;
        let record = result(&request).await?;
        if record.is_undefined() { Ok(None) } else { ReelRecord::from_js(&record).map(Some) }
    }

    /// The first record of a track from this index on: its index, and when it begins, in microseconds. None if there is none that is readable.
    ///
    /// # Errors
    /// [`Error::Storage`] if the browser refuses.
    pub(super) async fn first_from(&self, id: &str, track: Track, index: u32) -> Result<Option<(u32, i64)>> {
        let place = |segment: &StoredSegment| (segment.index, segment.table.start_us());
        if let Place::Memory(memory) = &*self.0 {
            let read = memory.borrow().read(id, &Indexes::only(track, index..ALL));
            return Ok(read.ok().and_then(|(_, segments)| segments.first().map(place)));
        }
        let transaction = self.transaction(IdbTransactionMode::Readonly)?;
        let store = transaction.object_store(SEGMENTS).map_err(failed)?;
        let keys = segment_keys(id, track, index..ALL).map_err(failed)?;
        let record = store.get_all_with_key_and_limit(&keys, 1).map_err(failed)?;
        let records: Array = result(&record).await?.unchecked_into();
        Ok(StoredSegment::from_js(&records.get(0)).ok().map(|(segment, _)| place(&segment)))
    }

    /// Whether there are segments of a reel with these indexes.
    ///
    /// # Errors
    /// [`Error::Storage`] if the browser refuses.
    pub(super) async fn has(&self, id: &str, indexes: Indexes) -> Result<bool> {
        if let Place::Memory(memory) = &*self.0 {
            return Ok(memory.borrow().read(id, &indexes).is_ok_and(|(_, segments)| !segments.is_empty()));
        }
        let transaction = self.transaction(IdbTransactionMode::Readonly)?;
        let store = transaction.object_store(SEGMENTS).map_err(failed)?;
        let mut counts = Vec::new();
        for (track, indexes) in [(Track::Video, indexes.video), (Track::Audio, indexes.audio)] {
            if !indexes.is_empty() {
                let keys = segment_keys(id, track, indexes).map_err(failed)?;
                counts.push(store.count_with_key(&keys).map_err(failed)?);
            }
        }
        for count in &counts {
            if result(count).await?.as_f64() != Some(0.0) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn read_records(
        &self,
        id: &str,
        indexes: Indexes,
        observer: &ExportObserver,
    ) -> Result<(ReelRecord, Vec<StoredSegment>, u32)> {
        let transaction = self.transaction(IdbTransactionMode::Readonly)?;
        let store = transaction.object_store(SEGMENTS).map_err(failed)?;
        let reel = transaction.object_store(REELS).and_then(|store| store.get(&id.into())).map_err(failed)?;
        let wanted = [(Track::Video, indexes.video), (Track::Audio, indexes.audio)];
        let wanted = wanted.into_iter().filter(|(_, indexes)| !indexes.is_empty());
        let mut counts = Vec::new();
        for (track, indexes) in wanted.clone() {
            let keys = segment_keys(id, track, indexes).map_err(failed)?;
            counts.push(store.count_with_key(&keys).map_err(failed)?);
        }
        let record = result(&reel).await?;
        if record.is_undefined() {
            return Err(Error::NoSuchReel { id: id.into() });
        }
        let reel = ReelRecord::from_js(&record)?;
        let share = index_share(reel.container);
        let (mut total, mut done) = (0.0, 0.0);
        let mut beside = Vec::new();
        for count in &counts {
            total += result(count).await?.as_f64().unwrap_or(0.0);
        }
        let (mut segments, mut damaged): (Vec<StoredSegment>, _) = (Vec::new(), 0);
        for (track, Range { start: mut next, end }) in wanted {
            // Behind what is damaged, pictures up to the next key frame can't be decoded.
            let mut needs_key = false;
            while next < end {
                let keys = segment_keys(id, track, next..end).map_err(failed)?;
                let batch = store.get_all_with_key_and_limit(&keys, BATCH).map_err(failed)?;
                let batch: Array = result(&batch).await?.unchecked_into();
                for record in batch.iter() {
                    next = field(&record, "index").as_f64().map_or(next, |index| index as u32) + 1;
                    match StoredSegment::from_js(&record) {
                        Ok((segment, sound)) => {
                            beside.extend(sound);
                            needs_key &= !segment.table.samples()[0].key;
                            if !needs_key {
                                segments.push(segment);
                                continue;
                            }
                        }
                        Err(_) => needs_key = track == Track::Video,
                    }
                    damaged += 1;
                }
                done += f64::from(batch.length());
                observer.report(done / total.max(1.0) * share)?;
                if batch.length() < BATCH {
                    break;
                }
            }
        }
        Ok((reel, overlay(segments, beside, StoredSegment::key), damaged))
    }

    /// Notes that all of a reel has been exported, when it had this size in bytes.
    ///
    /// # Errors
    /// [`Error::Storage`] if the browser refuses.
    pub async fn note_export(&self, id: &str, bytes: u64) -> Result<()> {
        let transaction = self.transaction(IdbTransactionMode::Readwrite)?;
        let reels = transaction.object_store(REELS).map_err(failed)?;
        let request = reels.get(&id.into()).map_err(failed)?;
        if let Ok(mut reel) = ReelRecord::from_js(&result(&request).await?) {
            reel.exported_bytes = bytes;
            reels.put(&reel.to_js()).map_err(failed)?;
        }
        finished(transaction).await
    }

    /// Removes a reel and its segments, if it is there.
    ///
    /// # Errors
    /// [`Error::Storage`] if the browser refuses.
    pub async fn delete(&self, id: &str) -> Result<()> {
        if let Place::Memory(memory) = &*self.0 {
            memory.borrow_mut().delete();
            return Ok(());
        }
        let transaction = self.transaction(IdbTransactionMode::Readwrite)?;
        transaction.object_store(REELS).and_then(|store| store.delete(&id.into())).map_err(failed)?;
        let keys = reel_keys(id);
        transaction.object_store(SEGMENTS).and_then(|store| store.delete(&keys?)).map_err(failed)?;
        finished(transaction).await
    }

    fn transaction(&self, mode: IdbTransactionMode) -> Result<IdbTransaction> {
        let stores = Array::of2(&REELS.into(), &SEGMENTS.into());
        let Place::Disk(Connection(database)) = &*self.0 else { return Err(silent()) };
        database.transaction_with_str_sequence_and_mode(&stores, mode).map_err(failed)
    }
}

thread_local! {
    /// Whether this browser keeps Blobs in its store, as far as is known: some versions of WebKit refuse them.
    static KEEPS_BLOBS: Cell<bool> = const { Cell::new(true) };
}

/// A segment's record with its bytes in an `ArrayBuffer`.
async fn buffered(reel: &ReelRecord, segments: &[StoredSegment]) -> Result<Option<JsValue>> {
    let Some(segment) = segments.first() else { return Ok(None) };
    let bytes = SegmentData::Bytes(segment.data.bytes().await?);
    Ok(Some(segment.to_js(&reel.id, bytes.to_js(), segments.get(1))))
}

/// Makes what a store of an earlier schema, from 0 on, lacks. Its records stay as they are.
fn create(database: &IdbDatabase, schema: f64) -> Result<(), JsValue> {
    if schema > 0.0 {
        return Ok(());
    }
    let by = |path: JsValue| object(&[("keyPath", path)]).unchecked_into::<IdbObjectStoreParameters>();
    let reels = by("id".into());
    database.create_object_store_with_optional_parameters(REELS, &reels)?;
    let segments = by(Array::of3(&"reel".into(), &"track".into(), &"index".into()).into());
    database.create_object_store_with_optional_parameters(SEGMENTS, &segments)?;
    Ok(())
}

/// The keys of the segments of a track with these indexes, at least one.
fn segment_keys(id: &str, track: Track, indexes: Range<u32>) -> Result<JsValue, JsValue> {
    keys_between(id, [(track as u32, indexes.start), (track as u32, indexes.end)])
}

/// The keys of all segments of a reel.
fn reel_keys(id: &str) -> Result<JsValue, JsValue> {
    keys_between(id, [(0, 0), (u32::MAX, 0)])
}

fn keys_between(id: &str, ends: [(u32, u32); 2]) -> Result<JsValue, JsValue> {
    let [from, to] = ends.map(|(track, index)| Array::of3(&id.into(), &track.into(), &index.into()));
    IdbKeyRange::bound_with_lower_open_and_upper_open(&from, &to, false, true).map(JsValue::from)
}

/// Whether the browser gives no disk.
fn is_refusal(error: &Error) -> bool {
    match error {
        Error::Unsupported { .. } => true,
        Error::Storage { reason } => ![NEWER, idb::SILENT, lock::SILENT].contains(&reason.as_str()),
        _ => false,
    }
}

/// The same error, in words that help where a newer version of this package has changed the store.
fn newer(error: Error) -> Error {
    match &error {
        Error::Storage { reason } if reason.starts_with("VersionError") => Error::Storage { reason: NEWER.into() },
        _ => error,
    }
}
