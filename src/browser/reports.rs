//! What the page hears of a recording, as the face's `WorkerEvent`.

use super::{cues_to_js, marks_to_js, object};
use crate::picture_size::Size;
use crate::recording::{Progress, Report};
use js_sys::Function;
use wasm_bindgen::JsValue;

/// Sends the page what a recording reports.
pub(super) fn report(notify: &Function, reel: &str, reported: &Report) {
    let name = reported.name();
    let progress = |progress: &Progress| ("progress", to_js(progress));
    let fields = match reported {
        Report::Progress(reached) => vec![progress(reached)],
        Report::Limit { progress: reached, is_next } => vec![progress(reached), ("next", (*is_next).into())],
        Report::Freeze(freeze) => {
            let fields = [
                ("begin", seconds(freeze.begin.us())),
                ("duration", seconds(freeze.length_us)),
                ("ended", freeze.ended.into()),
            ];
            vec![("freeze", object(&fields))]
        }
        Report::Stall(stall) => {
            let fields = [("duration", seconds(stall.length_us)), ("ended", stall.ended.into())];
            vec![("stall", object(&fields))]
        }
        Report::Space { seconds, bytes } => {
            vec![("space", object(&[("remaining", (*seconds).into()), ("bytes", (*bytes).into())]))]
        }
        Report::Scaled { from, to } => {
            let size = |&(width, height): &Size| object(&[("width", width.into()), ("height", height.into())]);
            vec![("scaled", object(&[("from", size(from)), ("to", size(to))]))]
        }
        Report::Unfit(reason) => vec![("reason", (*reason).into())],
        Report::Marks(marks) => vec![("marks", marks_to_js(marks)), ("cues", cues_to_js(marks, i64::MAX))],
        Report::Failure(error) => vec![("error", error.clone().into())],
        Report::Stopped { reason, progress: reached, is_saved } => {
            vec![("reason", reason.name().into()), progress(reached), ("saved", (*is_saved).into())]
        }
    };
    report_event(notify, reel, name, &fields);
}

/// Reports an event of the recording of a reel to the page.
pub(super) fn report_event(notify: &Function, reel: &str, event: &str, fields: &[(&str, JsValue)]) {
    let fields: Vec<_> =
        [("type", event.into()), ("reel", reel.into())].into_iter().chain(fields.iter().cloned()).collect();
    // Nothing reaches a page that is gone.
    let _ = notify.call1(&JsValue::UNDEFINED, &object(&fields));
}

/// The face's `Progress`.
fn to_js(progress: &Progress) -> JsValue {
    let drops = progress.drops;
    let drops = object(&[
        ("paused", drops.paused.into()),
        ("maxFps", drops.max_fps.into()),
        ("freeze", drops.freeze.into()),
        ("backpressure", drops.backpressure.into()),
        ("encoder", drops.encoder.into()),
        ("missed", drops.missed.into()),
        ("network", drops.network.into()),
    ]);
    object(&[
        ("duration", seconds(progress.time_us)),
        ("remaining", progress.remaining_us.map_or(f64::INFINITY.into(), seconds)),
        ("frozen", progress.is_frozen.into()),
        ("bytes", (progress.bytes as f64).into()),
        ("frames", progress.frames.into()),
        ("received", progress.received.into()),
        ("drops", drops),
        ("width", progress.width.into()),
        ("height", progress.height.into()),
        ("codec", progress.codec.as_str().into()),
        ("source", if progress.is_received { "received" } else { "frames" }.into()),
        ("audioCodec", progress.audio_codec.as_str().into()),
    ])
}

/// A length of time, in microseconds, as the face has it.
fn seconds(us: i64) -> JsValue {
    JsValue::from(us as f64 / 1e6)
}
