//! IndexedDB's requests and transactions as futures. None is waited for without a limit.

use super::tasks::{Deferred, within};
use super::{field, reason};
use crate::{Error, Result};
use wasm_bindgen::prelude::*;
use web_sys::{IdbDatabase, IdbFactory, IdbRequest, IdbTransaction};

/// The words for a disk that does not answer.
pub(super) const SILENT: &str = "the disk does not answer";

/// How long the disk may take to answer, in milliseconds. Flash memory that tidies up takes seconds.
pub(super) const PATIENCE_MS: i32 = 15_000;

/// Opens a database of this version. `upgrade` gets one of an earlier version, and that version: 0 if it is new.
///
/// # Errors
/// [`Error::Storage`] if the browser gives none, as in some private windows, or does not answer.
pub(super) async fn open(
    name: &str,
    version: u32,
    upgrade: impl Fn(&IdbDatabase, f64) -> Result<(), JsValue> + 'static,
) -> Result<IdbDatabase> {
    let factory: IdbFactory = field(&js_sys::global(), "indexedDB")
        .dyn_into()
        .map_err(|_| Error::Storage { reason: "this browser has no IndexedDB here".into() })?;
    let request = factory.open_with_u32(name, version).map_err(failed)?;
    let upgrade = Closure::<dyn FnMut(JsValue)>::new({
        let request = request.clone();
        move |event: JsValue| {
            // What fails here aborts the upgrade, and so fails the request.
            let database = request.result().map(JsCast::unchecked_into::<IdbDatabase>);
            let before = field(&event, "oldVersion").as_f64().unwrap_or(0.0);
            let _ = database.and_then(|database| upgrade(&database, before));
        }
    });
    // It may come after this has given up, while another page has an earlier version open.
    request.set_onupgradeneeded(Some(upgrade.into_js_value().unchecked_ref()));
    result(&request).await.map(JsCast::unchecked_into)
}

/// Waits for a request, if it is not done already, and gives its result.
///
/// # Errors
/// [`Error::Quota`] or [`Error::Storage`] if it fails, or the disk does not answer.
pub(super) async fn result(request: &IdbRequest) -> Result<JsValue> {
    if let Some(outcome) = outcome(request) {
        return outcome;
    }
    let answered = Deferred::new();
    request.set_onsuccess(Some(&answered.resolve));
    request.set_onerror(Some(&answered.resolve));
    let _ = within(PATIENCE_MS, answered.promise).await;
    outcome(request).unwrap_or_else(|| Err(silent()))
}

/// What came of a request; none yet while it is pending, when it throws if it is asked.
fn outcome(request: &IdbRequest) -> Option<Result<JsValue>> {
    match request.error() {
        Ok(None) => Some(request.result().map_err(failed)),
        Ok(Some(error)) => Some(Err(failed(error.into()))),
        Err(_) => None,
    }
}

/// Waits until a transaction is on disk, or was aborted.
///
/// # Errors
/// [`Error::Quota`] or [`Error::Storage`] if it was aborted, or the disk does not answer. Then it is aborted, so that others need not
/// wait for it.
pub(super) async fn finished(transaction: IdbTransaction) -> Result<()> {
    let ended = Deferred::new();
    transaction.set_oncomplete(Some(&ended.resolve));
    transaction.set_onabort(Some(&ended.resolve));
    let event = within(PATIENCE_MS, ended.promise).await.unwrap_or_default();
    if event.is_falsy() {
        let _ = transaction.abort();
        return Err(silent());
    }
    if field(&event, "type") == "complete" {
        return Ok(());
    }
    Err(match transaction.error() {
        Some(error) => failed(error.into()),
        None => Error::Storage { reason: "the write was aborted".into() },
    })
}

/// From a disk that does not answer.
pub(super) fn silent() -> Error {
    Error::Storage { reason: SILENT.into() }
}

/// From what IndexedDB throws.
pub(super) fn failed(thrown: JsValue) -> Error {
    let reason = reason(&thrown);
    if field(&thrown, "name") == "QuotaExceededError" { Error::Quota { reason } } else { Error::Storage { reason } }
}
