use super::tasks::{Deferred, future_of, settle, spawn, within};
use super::{field, object, reason};
use crate::reel::{LOCK_PREFIX, PAGE_PREFIX};
use crate::{Error, Result};
use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, LockManager, LockOptions};

/// The words for locks that do not answer.
pub(super) const SILENT: &str = "the browser's locks do not answer";

/// How long a lock may take to be free, in milliseconds: a worker that has just let it go may be heard later than this one.
const PATIENCE_MS: u32 = 500;

/// How long the browser may take to answer, in milliseconds.
const SILENCE_MS: i32 = 5_000;

/// The right to write a reel: a Web Lock of its name (<https://www.w3.org/TR/web-locks/>), which one worker of the origin can
/// hold. It is released when it is dropped, and by the browser when the worker is gone for any reason.
#[derive(Debug)]
pub struct Lock(Function);

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.call0(&JsValue::UNDEFINED);
    }
}

impl Lock {
    /// Takes the lock of a reel; none if another worker, of this tab or another, holds it.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the browser has no locks, [`Error::Storage`] if it refuses.
    pub async fn take(id: &str) -> Result<Option<Self>> {
        let signal = AbortSignal::timeout_with_u32(PATIENCE_MS);
        let options: LockOptions = object(&[("signal", signal.into())]).unchecked_into();
        let Deferred { promise: answer, resolve, reject } = Deferred::new();
        // Who holds it gets what releases it.
        let granted = Closure::<dyn FnMut() -> Promise>::new(move || {
            let held = Deferred::new();
            settle(&resolve, &held.resolve);
            held.promise
        });
        let name = format!("{LOCK_PREFIX}{id}");
        let request = locks()?.request_with_options(&name, &options, granted.as_ref().unchecked_ref());
        spawn(async move {
            // It settles when the lock is released, or can't be had.
            if let Err(thrown) = future_of(request).await {
                settle(&reject, &thrown);
            }
            drop(granted);
        });
        match within(SILENCE_MS, answer).await {
            Ok(release) => release.dyn_into().map(|release| Some(Self(release))).map_err(|_| silent()),
            Err(thrown) if field(&thrown, "name") == "TimeoutError" => Ok(None),
            Err(thrown) => Err(failed(&thrown)),
        }
    }

    /// Takes the lock of a reel that is not being recorded.
    ///
    /// # Errors
    /// [`Error::InvalidState`] if it is being recorded.
    pub async fn own(id: &str) -> Result<Self> {
        let live = || Error::InvalidState { reason: "the reel is being recorded, here or in another tab".into() };
        Self::take(id).await?.ok_or_else(live)
    }

    /// The reels that are being recorded, by whichever worker of the origin.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the browser has no locks, [`Error::Storage`] if it refuses.
    pub async fn held_ids() -> Result<Vec<String>> {
        ids(LOCK_PREFIX).await
    }

    /// The reels that a page has recorded or exported that is still open.
    ///
    /// # Errors
    /// As of [`held_ids`](Self::held_ids).
    pub async fn kept_ids() -> Result<Vec<String>> {
        ids(PAGE_PREFIX).await
    }
}

/// The ids of the locks that are held, and whose names begin with this.
async fn ids(prefix: &str) -> Result<Vec<String>> {
    let snapshot = within(SILENCE_MS, locks()?.query()).await.map_err(|thrown| failed(&thrown))?;
    if snapshot.is_falsy() {
        return Err(silent());
    }
    let held: Array = field(&snapshot, "held").unchecked_into();
    let reel = |lock: JsValue| Some(field(&lock, "name").as_string()?.strip_prefix(prefix)?.to_owned());
    Ok(held.iter().filter_map(reel).collect())
}

fn locks() -> Result<LockManager> {
    let locks = field(&field(&js_sys::global(), "navigator"), "locks");
    let missing = || Error::Unsupported { what: "it has no Web Locks".into() };
    if locks.is_object() { Ok(locks.unchecked_into()) } else { Err(missing()) }
}

fn silent() -> Error {
    Error::Storage { reason: SILENT.into() }
}

fn failed(thrown: &JsValue) -> Error {
    Error::Storage { reason: reason(thrown) }
}
