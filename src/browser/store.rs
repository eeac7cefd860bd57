//! The reels on disk, in IndexedDB: a record for each reel, and one for each segment with its bytes as a Blob.

use super::records::{ReelRecord, StoredSegment};
use super::{field, reason};
use crate::{Error, Result};
use futures_channel::oneshot;
use js_sys::Array;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{
    IdbDatabase, IdbFactory, IdbKeyRange, IdbObjectStoreParameters, IdbRequest, IdbRequestReadyState, IdbTransaction,
    IdbTransactionMode,
};

const DATABASE: &str = "trackreel";
const SCHEMA: u32 = 1;
const REELS: &str = "reels";
const SEGMENTS: &str = "segments";

/// The store, open; closed when its last clone is dropped.
#[derive(Debug, Clone)]
pub struct Store(Rc<Connection>);

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
        let factory: IdbFactory = field(&js_sys::global(), "indexedDB")
            .dyn_into()
            .map_err(|_| Error::Storage { reason: "this browser has no IndexedDB here".into() })?;
        let request = factory.open_with_u32(DATABASE, SCHEMA).map_err(failed)?;
        let upgrade = Closure::<dyn FnMut(JsValue)>::new({
            let request = request.clone();
            move |_| {
                // What fails here aborts the upgrade, and so fails the request.
                let database = request.result().map(JsCast::unchecked_into::<IdbDatabase>);
                let _ = database.and_then(|database| create(&database));
            }
        });
        request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
        let database: IdbDatabase = result(&request).await?.unchecked_into();
        Ok(Self(Rc::new(Connection(database))))
    }

    /// Writes a reel's record.
    ///
    /// # Errors
    /// [`Error::Quota`] or [`Error::Storage`] if the browser refuses.
    pub async fn put_reel(&self, reel: &ReelRecord) -> Result<()> {
        let record = reel.to_js();
        let transaction = self.transaction(IdbTransactionMode::Readwrite)?;
        transaction.object_store(REELS).and_then(|store| store.put(&record)).map_err(failed)?;
        finished(transaction).await
    }

    /// Writes a segment, and with it the record of its reel, both or neither.
    ///
    /// # Errors
    /// [`Error::Quota`] or [`Error::Storage`] if the browser refuses.
    pub async fn put_segment(&self, reel: &ReelRecord, segment: &StoredSegment) -> Result<()> {
        let reel_record = reel.to_js();
        let segment_record = segment.to_js(&reel.id);
        let transaction = self.transaction(IdbTransactionMode::Readwrite)?;
        transaction.object_store(SEGMENTS).and_then(|store| store.put(&segment_record)).map_err(failed)?;
        transaction.object_store(REELS).and_then(|store| store.put(&reel_record)).map_err(failed)?;
        finished(transaction).await
    }

    /// Every reel whose record can be read, the newest first: a damaged one does not hide the others.
    ///
    /// # Errors
    /// [`Error::Storage`] if the browser refuses.
    pub async fn reels(&self) -> Result<Vec<ReelRecord>> {
        let transaction = self.transaction(IdbTransactionMode::Readonly)?;
        let request = transaction.object_store(REELS).and_then(|store| store.get_all()).map_err(failed)?;
        let records: Array = result(&request).await?.unchecked_into();
        Ok(records.iter().rev().filter_map(|record| ReelRecord::from_js(&record).ok()).collect())
    }

    /// A reel and its segments in order, as they were at one moment.
    ///
    /// # Errors
    /// [`Error::NoSuchReel`] if there is none, [`Error::Storage`] if the browser refuses or a record is damaged.
    pub async fn reel(&self, id: &str) -> Result<(ReelRecord, Vec<StoredSegment>)> {
        let transaction = self.transaction(IdbTransactionMode::Readonly)?;
        let request = transaction.object_store(REELS).and_then(|store| store.get(&id.into())).map_err(failed)?;
        let segments = segments(&transaction, id)?;
        let record = result(&request).await?;
        if record.is_undefined() {
            return Err(Error::NoSuchReel { id: id.into() });
        }
        Ok((ReelRecord::from_js(&record)?, read_segments(&segments).await?))
    }

    /// A reel's segments in order; none if it has none, or is not there.
    ///
    /// # Errors
    /// [`Error::Storage`] if the browser refuses or a record is damaged.
    pub async fn segments(&self, id: &str) -> Result<Vec<StoredSegment>> {
        let transaction = self.transaction(IdbTransactionMode::Readonly)?;
        read_segments(&segments(&transaction, id)?).await
    }

    /// Removes a reel and its segments, if it is there.
    ///
    /// # Errors
    /// [`Error::Storage`] if the browser refuses.
    pub async fn delete(&self, id: &str) -> Result<()> {
        let transaction = self.transaction(IdbTransactionMode::Readwrite)?;
        transaction.object_store(REELS).and_then(|store| store.delete(&id.into())).map_err(failed)?;
        transaction.object_store(SEGMENTS).and_then(|store| store.delete(&segments_of(id)?)).map_err(failed)?;
        finished(transaction).await
    }

    fn transaction(&self, mode: IdbTransactionMode) -> Result<IdbTransaction> {
        let stores = Array::of2(&REELS.into(), &SEGMENTS.into());
        self.0.0.transaction_with_str_sequence_and_mode(&stores, mode).map_err(failed)
    }
}

fn create(database: &IdbDatabase) -> Result<(), JsValue> {
    let reels = IdbObjectStoreParameters::new();
    reels.set_key_path(&"id".into());
    database.create_object_store_with_optional_parameters(REELS, &reels)?;
    let segments = IdbObjectStoreParameters::new();
    segments.set_key_path(&Array::of3(&"reel".into(), &"track".into(), &"index".into()));
    database.create_object_store_with_optional_parameters(SEGMENTS, &segments)?;
    Ok(())
}

/// Asks for a reel's segments.
fn segments(transaction: &IdbTransaction, id: &str) -> Result<IdbRequest> {
    let all = |keys: JsValue| transaction.object_store(SEGMENTS)?.get_all_with_key(&keys);
    segments_of(id).and_then(all).map_err(failed)
}

async fn read_segments(request: &IdbRequest) -> Result<Vec<StoredSegment>> {
    let records: Array = result(request).await?.unchecked_into();
    records.iter().map(|record| StoredSegment::from_js(&record)).collect()
}

/// The keys of a reel's segments: an empty array sorts after every number.
fn segments_of(id: &str) -> Result<JsValue, JsValue> {
    IdbKeyRange::bound(&Array::of1(&id.into()), &Array::of2(&id.into(), &Array::new())).map(JsValue::from)
}

fn failed(thrown: JsValue) -> Error {
    let reason = reason(&thrown);
    if field(&thrown, "name") == "QuotaExceededError" { Error::Quota { reason } } else { Error::Storage { reason } }
}

/// Waits for a request, if it is not done already, and gives its result.
async fn result(request: &IdbRequest) -> Result<JsValue> {
    if request.ready_state() == IdbRequestReadyState::Done {
        return request.result().map_err(failed);
    }
    let (settle, settled) = once();
    request.set_onsuccess(Some(settle.as_ref().unchecked_ref()));
    request.set_onerror(Some(settle.as_ref().unchecked_ref()));
    let _ = settled.await;
    match request.error() {
        Ok(None) => request.result().map_err(failed),
        Ok(Some(error)) => Err(failed(error.into())),
        Err(thrown) => Err(failed(thrown)),
    }
}

/// Waits until a transaction is on disk, or was given up.
async fn finished(transaction: IdbTransaction) -> Result<()> {
    let (settle, settled) = once();
    transaction.set_oncomplete(Some(settle.as_ref().unchecked_ref()));
    transaction.set_onabort(Some(settle.as_ref().unchecked_ref()));
    if settled.await.is_ok_and(|event| field(&event, "type") == "complete") {
        return Ok(());
    }
    Err(match transaction.error() {
        Some(error) => failed(error.into()),
        None => Error::Storage { reason: "the write was aborted".into() },
    })
}

/// An event handler, and what gives the first event that it is called with.
fn once() -> (Closure<dyn FnMut(JsValue)>, oneshot::Receiver<JsValue>) {
    let (sender, receiver) = oneshot::channel();
    let mut sender = Some(sender);
    let settle = Closure::new(move |event: JsValue| {
        if let Some(sender) = sender.take() {
            let _ = sender.send(event);
        }
    });
    (settle, receiver)
}
