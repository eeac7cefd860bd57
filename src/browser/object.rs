use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Any value.
    type Any;

    #[wasm_bindgen(method, structural, indexing_getter, catch)]
    fn get(this: &Any, name: &str) -> Result<JsValue, JsValue>;
}

/// A plain object with these fields.
pub fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // A fresh plain object refuses no field.
        let _ = Reflect::set(&object, &JsValue::from_str(name), value);
    }
    object.into()
}

/// A field of an object; `undefined` if it has none, or is no object.
pub fn field(object: &JsValue, name: &str) -> JsValue {
    object.unchecked_ref::<Any>().get(name).unwrap_or(JsValue::UNDEFINED)
}

/// A field's text, or none.
pub(super) fn text_of(record: &JsValue, name: &str) -> String {
    field(record, name).as_string().unwrap_or_default()
}
