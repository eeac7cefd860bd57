//! Promises and tasks. Each kind of future passes here as one type: a kind of its own would be compiled again for each.

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use js_sys::{Array, Function, Promise};
use std::pin::Pin;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, delay_ms: i32) -> i32;
}

/// Runs this beside everything else.
pub fn spawn(task: impl Future<Output = ()> + 'static) {
    let task: Pin<Box<dyn Future<Output = ()>>> = Box::pin(task);
    spawn_local(task);
}

/// A promise of what comes of this.
pub fn promise(task: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let task: Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>> = Box::pin(task);
    future_to_promise(task)
}

/// What comes of a promise.
pub(super) fn settled(promise: impl JsCast) -> JsFuture {
    JsFuture::from(promise.unchecked_into::<Promise>())
}

/// What comes of a promise; `undefined` if that takes longer than this, in milliseconds.
pub(super) fn within(patience_ms: i32, promise: impl JsCast) -> JsFuture {
    let promise = promise.unchecked_into::<Promise>();
    settled(Promise::race(&Array::of2(&promise, &timeout(patience_ms))))
}

/// Whether a promise settles, be it that it fails, before this long, in milliseconds.
pub(super) async fn settles_within(patience_ms: i32, promise: impl JsCast) -> bool {
    matches!(select(settled(promise), settled(timeout(patience_ms))).await, Either::Left(_))
}

/// Resolves after this many milliseconds.
pub async fn sleep(delay_ms: i32) {
    let _ = settled(timeout(delay_ms)).await;
}

/// Lets the browser do what waits to be done, such as hand over frames that have arrived.
pub async fn next_task() {
    sleep(0).await;
}

/// An event handler, and what gives the first event that it is called with.
pub(super) fn once() -> (Closure<dyn FnMut(JsValue)>, oneshot::Receiver<JsValue>) {
    let (sender, receiver) = oneshot::channel();
    let mut sender = Some(sender);
    let settle = Closure::new(move |event: JsValue| {
        if let Some(sender) = sender.take() {
            let _ = sender.send(event);
        }
    });
    (settle, receiver)
}

/// What is sent; none if that takes longer than this, in milliseconds, or nobody will.
pub(super) async fn answered<T>(answer: oneshot::Receiver<T>, patience_ms: i32) -> Option<T> {
    match select(answer, settled(timeout(patience_ms))).await {
        Either::Left((answer, _)) => answer.ok(),
        Either::Right(_) => None,
    }
}

fn timeout(delay_ms: i32) -> Promise {
    Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, delay_ms);
    })
}
