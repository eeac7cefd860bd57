//! Marks as the page and the store have them.

use super::records::text_of;
use super::{field, object};
use crate::reel::{Mark, Note};
use js_sys::{Array, JSON};
use wasm_bindgen::{JsCast, JsValue};

/// The face's `Mark`, of a time in microseconds from the reel's start.
pub fn mark_to_js(mark: &Mark) -> JsValue {
    let Note { name, data } = &mark.note;
    let data = data.as_ref().and_then(|json| JSON::parse(json).ok()).unwrap_or(JsValue::UNDEFINED);
    object(&[("name", (&**name).into()), ("time", (mark.time_us as f64 / 1e6).into()), ("data", data)])
}

/// The same of several.
pub fn marks_to_js(marks: &[Mark]) -> JsValue {
    marks.iter().map(mark_to_js).collect::<Array>().into()
}

/// The marks of a reel's record, in media time.
pub(super) fn stored(marks: &[Mark]) -> JsValue {
    let stored = |Mark { time_us, note: Note { name, data } }: &Mark| {
        let data = data.as_ref().map_or(JsValue::UNDEFINED, |json| (&**json).into());
        object(&[("name", (&**name).into()), ("timeUs", (*time_us as f64).into()), ("data", data)])
    };
    marks.iter().map(stored).collect::<Array>().into()
}

/// Those of a stored record. Records of earlier versions have none. One that can't be read is not there.
pub(super) fn read(record: &JsValue) -> Vec<Mark> {
    let Ok(marks) = field(record, "marks").dyn_into::<Array>() else { return Vec::new() };
    let read = |mark: JsValue| {
        let data = field(&mark, "data").as_string().map(Into::into);
        let note = Note { name: text_of(&mark, "name").into(), data };
        Some(Mark { time_us: field(&mark, "timeUs").as_f64()? as i64, note })
    };
    marks.iter().filter_map(read).collect()
}
