use super::field;
use super::tasks::within;
use wasm_bindgen::prelude::*;
use web_sys::StorageManager;

/// How long the browser may take to estimate, in milliseconds.
const PATIENCE_MS: i32 = 2_000;

/// How many bytes the origin may still store, as the browser estimates it (<https://storage.spec.whatwg.org/#estimate>); none
/// if it reports none, or not soon.
pub async fn available_bytes() -> Option<f64> {
    let storage = field(&field(&js_sys::global(), "navigator"), "storage");
    let storage: StorageManager = storage.is_object().then(|| storage.unchecked_into())?;
    let estimate = within(PATIENCE_MS, storage.estimate().ok()?).await.ok()?;
    let number = |name: &str| field(&estimate, name).as_f64();
    Some((number("quota")? - number("usage")?).max(0.0))
}
