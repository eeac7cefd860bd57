use super::field;
use crate::entry::{Entry, Value};
use js_sys::Array;
use wasm_bindgen::JsValue;

/// What a page wrote, as `{ name, value, shown }`.
pub fn option_entries(written: &Array) -> Vec<Entry> {
    written.iter().map(|entry| entry_of(&entry)).collect()
}

fn entry_of(entry: &JsValue) -> Entry {
    let text = |name: &str| field(entry, name).as_string().unwrap_or_default();
    let value = field(entry, "value");
    let value = match (value.as_f64(), value.as_string(), value.as_bool()) {
        (Some(number), ..) => Value::Number(number),
        (_, Some(text), _) => Value::Text(text),
        (.., Some(on)) => Value::Switch(on),
        _ => Value::Other,
    };
    Entry { name: text("name"), value, shown: text("shown") }
}
