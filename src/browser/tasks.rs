//! Promises and tasks. Each kind of future passes here as one type: a kind of its own would be compiled again for each.

use futures_util::FutureExt;
use js_sys::{Array, Function, Promise};
use std::pin::Pin;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, delay_ms: i32, with: &JsValue) -> i32;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: i32);
}

/// Runs this beside everything else.
pub fn spawn(task: impl Future<Output = ()> + 'static) {
    let task: Pin<Box<dyn Future<Output = ()>>> = Box::pin(task);
    spawn_local(task);
}

/// A promise of what comes of this.
pub fn promise(task: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    promise_of(Box::pin(task))
}

fn promise_of(task: Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>) -> Promise {
    let Deferred { promise, resolve, reject } = Deferred::new();
    spawn(async move {
        match task.await {
            Ok(value) => settle(&resolve, &value),
            Err(error) => settle(&reject, &error),
        }
    });
    promise
}

/// What comes of a promise.
pub(super) fn future_of(promise: impl JsCast) -> JsFuture {
    JsFuture::from(promise.unchecked_into::<Promise>())
}

/// What comes of a promise; `null` if that takes longer than this, in milliseconds.
pub(super) fn within(patience_ms: i32, promise: impl JsCast) -> impl Future<Output = Result<JsValue, JsValue>> {
    first_of(promise.unchecked_into(), patience_ms)
}

fn first_of(promise: Promise, patience_ms: i32) -> impl Future<Output = Result<JsValue, JsValue>> {
    let over = Deferred::new();
    let timer = set_timeout(&over.resolve, patience_ms, &JsValue::NULL);
    let first = future_of(Promise::race(&Array::of2(&promise, &over.promise)));
    // It would wake the worker when nobody waits any more.
    first.inspect(move |_| clear_timeout(timer))
}

/// Whether a promise is fulfilled or rejected before this long, in milliseconds.
pub(super) async fn settles_within(patience_ms: i32, promise: impl JsCast) -> bool {
    within(patience_ms, promise).await != Ok(JsValue::NULL)
}

/// Resolves after this many milliseconds.
pub async fn sleep(delay_ms: i32) {
    let over = Deferred::new();
    set_timeout(&over.resolve, delay_ms, &JsValue::NULL);
    let _ = future_of(over.promise).await;
}

/// Lets the browser do what waits to be done, such as hand over frames that have arrived.
pub async fn next_task() {
    sleep(0).await;
}

/// A promise, and what settles it.
pub(super) struct Deferred {
    /// The promise.
    pub promise: Promise,
    /// Resolves it with what it is called with; the first call counts.
    pub resolve: Function,
    /// Rejects it.
    pub reject: Function,
}

impl Deferred {
    /// A promise that nothing has settled.
    pub(crate) fn new() -> Self {
        let mut settle = None;
        let promise = Promise::new(&mut |resolve, reject| settle = Some((resolve, reject)));
        let (resolve, reject) = settle.unwrap_or_default();
        Self { promise, resolve, reject }
    }
}

/// Settles a promise by one of its functions.
pub(super) fn settle(by: &Function, with: &JsValue) {
    // Such a function does not throw.
    let _ = by.call1(&JsValue::UNDEFINED, with);
}
