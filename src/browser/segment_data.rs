//! The bytes of a segment as the store keeps them.

use super::blob::{blob, buffer_of, refused};
use crate::Result;
use js_sys::{Array, ArrayBuffer, Uint8Array};
use std::ops::Range;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

/// Up to this size, in bytes, a segment is kept by value. Making a Blob costs Chromium more, and a file; from 64 KiB on it makes one of a
/// value itself.
const MOST_BY_VALUE: u64 = 48 * 1024;

/// The bytes of a segment: few of them by value, more in a Blob, which stays on the browser's side.
#[derive(Debug, Clone)]
pub enum SegmentData {
    /// In the browser's hands.
    Blob(Blob),
    /// In memory, all of its buffer.
    Bytes(Uint8Array),
}

impl SegmentData {
    /// The bytes of samples. `begun` is what an earlier call gave for that many of the first of them.
    ///
    /// # Errors
    /// [`Error::Storage`](crate::Error::Storage) if the browser refuses.
    pub fn of(samples: &[Uint8Array], size: u64, begun: Option<(usize, &Self)>) -> Result<Self> {
        if size <= MOST_BY_VALUE {
            let bytes = Uint8Array::new_with_length(size as u32);
            let mut at = 0;
            for sample in samples {
                bytes.set(sample, at);
                at += sample.length();
            }
            return Ok(Self::Bytes(bytes));
        }
        let parts = Array::new();
        let known = match begun {
            Some((known, Self::Blob(data))) => {
                parts.push(data);
                known
            }
            _ => 0,
        };
        samples[known..].iter().for_each(|bytes| _ = parts.push(bytes));
        blob(&parts, "").map(Self::Blob)
    }

    /// That of a record's field; none if it is something else.
    pub fn from_js(value: JsValue) -> Option<Self> {
        match value.dyn_into::<Blob>() {
            Ok(data) => Some(Self::Blob(data)),
            Err(buffer) => buffer.is_instance_of::<ArrayBuffer>().then(|| Self::Bytes(Uint8Array::new(&buffer))),
        }
    }

    /// The field of a record.
    pub fn to_js(&self) -> JsValue {
        match self {
            Self::Blob(data) => data.into(),
            Self::Bytes(bytes) => bytes.buffer().into(),
        }
    }

    /// How many bytes there are.
    pub fn size(&self) -> f64 {
        match self {
            Self::Blob(data) => data.size(),
            Self::Bytes(bytes) => bytes.length().into(),
        }
    }

    /// All of them, as a part of a Blob.
    pub fn whole(&self) -> JsValue {
        match self {
            Self::Blob(data) => data.into(),
            Self::Bytes(bytes) => bytes.into(),
        }
    }

    /// Some of them, as a part of a Blob.
    ///
    /// # Errors
    /// [`Error::Storage`](crate::Error::Storage) if the browser refuses.
    pub fn slice(&self, range: Range<u64>) -> Result<JsValue> {
        match self {
            Self::Blob(data) => {
                data.slice_with_f64_and_f64(range.start as f64, range.end as f64).map(JsValue::from).map_err(refused)
            }
            Self::Bytes(bytes) => Ok(bytes.subarray(range.start as u32, range.end as u32).into()),
        }
    }

    /// All of them, in memory.
    ///
    /// # Errors
    /// [`Error::Storage`](crate::Error::Storage) if the browser does not read them.
    pub async fn bytes(&self) -> Result<Uint8Array> {
        match self {
            Self::Blob(data) => Ok(Uint8Array::new(&buffer_of(data).await?)),
            Self::Bytes(bytes) => Ok(bytes.clone()),
        }
    }
}
