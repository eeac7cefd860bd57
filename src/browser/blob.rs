//! Bytes on the browser's side.

use super::idb::{PATIENCE_MS, silent};
use super::object;
use super::tasks::within;
use crate::{Error, Result};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag};

/// The bytes of a `Blob`, as an `ArrayBuffer`.
///
/// # Errors
/// [`Error::Storage`] if the browser does not read them.
pub(super) async fn buffer_of(data: &Blob) -> Result<JsValue> {
    let buffer = within(PATIENCE_MS, data.array_buffer()).await.map_err(refused)?;
    if buffer.is_falsy() { Err(silent()) } else { Ok(buffer) }
}

/// A `Blob` of these parts.
///
/// # Errors
/// [`Error::Storage`] if the browser refuses.
pub fn blob(parts: &JsValue, mime: &str) -> Result<Blob> {
    let options: BlobPropertyBag = object(&[("type", mime.into())]).unchecked_into();
    Blob::new_with_blob_sequence_and_options(parts, &options).map_err(refused)
}

/// The error for what the browser has thrown.
pub(super) fn refused(thrown: JsValue) -> Error {
    Error::Storage { reason: super::reason(&thrown) }
}
