//! Marks as the page and the store have them.

use super::object::text_of;
use super::{field, object};
use crate::reel::{Cue, Mark, Note, cues};
use js_sys::{Array, JSON};
use wasm_bindgen::{JsCast, JsValue};

/// The face's `Mark`, of a time in microseconds from the reel's start; or its `Cue`.
pub fn mark_to_js(mark: &Mark) -> JsValue {
    let Note { name, data, length_us } = &mark.note;
    if length_us.is_some() {
        return cues(std::slice::from_ref(mark), 0, i64::MAX).first().map_or(JsValue::UNDEFINED, cue_to_js);
    }
    let data = data.as_ref().and_then(|json| JSON::parse(json).ok()).unwrap_or(JsValue::UNDEFINED);
    object(&[("name", (&**name).into()), ("time", (mark.time_us as f64 / 1e6).into()), ("data", data)])
}

/// The same of several that are no cues.
pub fn marks_to_js(marks: &[Mark]) -> JsValue {
    marks.iter().filter(|mark| mark.note.length_us.is_none()).map(mark_to_js).collect::<Array>().into()
}

/// The face's `Cue`.
fn cue_to_js(cue: &Cue) -> JsValue {
    let seconds = |us: i64| JsValue::from(if us == i64::MAX { f64::INFINITY } else { us as f64 / 1e6 });
    object(&[("text", (&*cue.text).into()), ("from", seconds(cue.from_us)), ("to", seconds(cue.to_us))])
}

/// The cues among marks whose times are from the reel's start, up to this time in microseconds.
pub fn cues_to_js(marks: &[Mark], end_us: i64) -> JsValue {
    cues(marks, 0, end_us).iter().map(cue_to_js).collect::<Array>().into()
}

/// The marks of a reel's record, in media time.
pub(super) fn stored(marks: &[Mark]) -> JsValue {
    let stored = |Mark { time_us, note: Note { name, data, length_us } }: &Mark| {
        let data = data.as_ref().map_or(JsValue::UNDEFINED, |json| (&**json).into());
        let length = length_us.map_or(JsValue::UNDEFINED, |us| (us as f64).into());
        object(&[
            ("name", (&**name).into()),
            ("timeUs", (*time_us as f64).into()),
            ("data", data),
            ("lengthUs", length),
        ])
    };
    marks.iter().map(stored).collect::<Array>().into()
}

/// Those of a stored record. Records of earlier versions have none. One that can't be read is not there.
pub(super) fn read(record: &JsValue) -> Vec<Mark> {
    let Ok(marks) = field(record, "marks").dyn_into::<Array>() else { return Vec::new() };
    let read = |mark: JsValue| {
        let data = field(&mark, "data").as_string().map(Into::into);
        // The largest number is that of 64 bits once more.
        let length_us = field(&mark, "lengthUs").as_f64().map(|us| us as i64);
        let note = Note { name: text_of(&mark, "name").into(), data, length_us };
        Some(Mark { time_us: field(&mark, "timeUs").as_f64()? as i64, note })
    };
    marks.iter().filter_map(read).collect()
}
