//! Who waits for an export, and how far it is.

use crate::codec::Container;
use crate::{Error, Result};
use js_sys::Function;
use wasm_bindgen::JsValue;

/// Someone who waits for an export: called with the part of it that is done, from 0 to 1, and answers `false` to have no more of it.
#[derive(Debug, Clone, Default)]
pub struct ExportObserver(pub Option<Function>);

impl ExportObserver {
    /// Reports how much of the work is done, from 0 to 1.
    ///
    /// # Errors
    /// [`Error::Aborted`] if it is to end.
    pub(super) fn report(&self, done: f64) -> Result<()> {
        let answer = self.0.as_ref().map(|observer| observer.call1(&JsValue::UNDEFINED, &done.into()));
        match answer {
            Some(Ok(answer)) if answer == false => Err(Error::Aborted),
            _ => Ok(()),
        }
    }
}

/// How much of the work of an export is done once its index is there.
pub(super) fn index_share(container: Container) -> f64 {
    if container == Container::Mp4 { 1.0 } else { 0.1 }
}
