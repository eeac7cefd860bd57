//! The only code that touches the browser. It carries out what the rest decides.

mod decoder;
mod encoder;
mod encoders;
mod entries;
mod export;
mod frame;
mod lock;
mod object;
mod picture;
mod quota;
mod records;
mod store;
mod ticker;

pub use decoder::{Decoder, is_decodable};
pub use encoder::{CameOut, Chunk, Encoder, EncoderConfig, EncoderEvent, Place};
pub use encoders::Encoders;
pub use entries::entries;
pub use export::{Movie, export};
pub use frame::{Frame, Frames};
pub use lock::Lock;
pub use object::{field, object};
pub use picture::PictureReader;
pub use quota::available_bytes;
pub use records::{ReelRecord, StoredSegment};
pub use store::{ALL, Found, Store, Watch};
pub use ticker::{Ticker, now_ms};

use crate::Error;
use futures_util::future::{Either, select};
use js_sys::{Function, Promise};
use std::pin::pin;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, delay_ms: i32) -> i32;
}

/// Lets the browser do what waits to be done, such as hand over frames that have arrived.
pub async fn next_task() {
    sleep(0).await;
}

async fn sleep(delay_ms: i32) {
    let turn = Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, delay_ms);
    });
    let _ = JsFuture::from(turn).await;
}

/// What comes of this, unless it takes longer, in milliseconds.
async fn within<T>(patience_ms: i32, outcome: impl Future<Output = T>) -> Option<T> {
    match select(pin!(outcome), pin!(sleep(patience_ms))).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(_) => None,
    }
}

/// The browser's own words for what it threw: `name: message` of an error, or a text.
pub fn reason(thrown: &JsValue) -> String {
    let text = |name: &str| field(thrown, name).as_string();
    match (text("name"), text("message")) {
        (Some(name), Some(message)) => format!("{name}: {message}"),
        _ => thrown.as_string().unwrap_or_else(|| "it did not say why".into()),
    }
}

impl From<Error> for JsValue {
    /// `{ code, message }`, which the TypeScript face makes an `Error` of.
    fn from(error: Error) -> Self {
        object(&[("code", error.code().into()), ("message", error.to_string().into())])
    }
}
