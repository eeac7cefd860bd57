use crate::time::Wall;
use js_sys::Function;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setInterval)]
    fn set_interval(callback: &Function, delay_ms: i32) -> i32;
    #[wasm_bindgen(js_name = clearInterval)]
    fn clear_interval(id: i32);
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// Calls back again and again until it is dropped.
pub struct Ticker {
    id: i32,
    _callback: Closure<dyn FnMut(JsValue)>,
}

impl Ticker {
    /// Calls back at this interval in milliseconds, the first time after one interval.
    pub fn new(every_ms: i32, mut callback: impl FnMut() + 'static) -> Self {
        let callback = Closure::new(move |_| callback());
        Self { id: set_interval(callback.as_ref().unchecked_ref(), every_ms), _callback: callback }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        clear_interval(self.id);
    }
}

/// Milliseconds on a clock that is never set.
pub fn now_ms() -> f64 {
    performance_now()
}

/// The time on the same clock.
pub fn now() -> Wall {
    Wall::from_us((performance_now() * 1e3) as i64)
}
