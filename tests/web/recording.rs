use crate::frames::{
    Events, break_encoders, cancellation, frame_stream, held_stream, is_closed, microtasks, never_finish_writes,
    paced_stream, push_frame, skip_frames, steady,
};
use js_sys::{Array, Uint8Array};
use trackreel::browser::Recording;
use trackreel::browser::{field, object};
use trackreel::reels::{delete_reel, export_reel, list_reels};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::*;
use web_sys::Blob;

pub(crate) fn option(name: &str, value: JsValue) -> Array {
    Array::of1(&object(&[("name", name.into()), ("value", value)]))
}

pub(crate) async fn bytes_of(blob: &Blob) -> Vec<u8> {
    Uint8Array::new(&JsFuture::from(blob.array_buffer()).await.unwrap()).to_vec()
}

pub(crate) fn number(value: &JsValue, name: &str) -> f64 {
    field(value, name).as_f64().unwrap()
}

/// The reel's name in the store.
pub(crate) fn id_of(recording: &Recording) -> String {
    field(&recording.started(), "id").as_string().unwrap()
}

/// What a recording exports, all of it.
pub(crate) async fn exported(recording: &Recording) -> Result<Blob, JsValue> {
    recording.export(&id_of(recording), Array::new(), None).await.map(|movie| blob_of(&movie))
}

/// The same, from the disk.
pub(crate) async fn stored(recording: &Recording) -> Result<Blob, JsValue> {
    export_reel(id_of(recording), Array::new(), None).await.map(|movie| blob_of(&movie))
}

fn blob_of(movie: &JsValue) -> Blob {
    field(movie, "blob").unchecked_into()
}

/// The samples that an MP4 declares in its `stsz`.
fn sample_count(movie: &[u8]) -> u32 {
    let stsz = movie.windows(4).position(|name| name == b"stsz").unwrap();
    u32::from_be_bytes(movie[stsz + 12..stsz + 16].try_into().unwrap())
}

/// Records these timestamps to the end of the track; returns the frames, the events and the recording.
async fn record(timestamps: Vec<f64>, options: Array) -> (Array, Events, Recording) {
    let (frames, events) = (Array::new(), Events::new());
    let stream = frame_stream(320, 180, timestamps, &frames);
    let recording = Recording::start(stream, options, JsValue::UNDEFINED, events.notify.clone()).await.unwrap();
    JsFuture::from(events.stopped.clone()).await.unwrap();
    (frames, events, recording)
}

#[wasm_bindgen_test]
async fn every_frame_is_recorded_or_counted_and_closed() {
    // 45 frames a second under a cap of 30, faster than any encoder: all three fates.
    let (frames, events, recording) = record(steady(400, 45.0), Array::new()).await;
    assert_eq!(frames.length(), 400);
    assert!(frames.iter().all(|frame| is_closed(&frame)), "a frame was left open");

    let stop = events.last("stop");
    assert_eq!(field(&stop, "reason"), "track-ended");
    assert_eq!(field(&stop, "saved"), true);
    let progress = field(&stop, "progress");
    let drops = field(&progress, "drops");
    let dropped: f64 =
        ["paused", "maxFps", "backpressure", "encoder"].iter().map(|reason| number(&drops, reason)).sum();
    assert_eq!(number(&progress, "received"), 400.0);
    assert_eq!(number(&progress, "frames") + dropped, 400.0);
    assert!(number(&drops, "maxFps") > 100.0);

    let movie = bytes_of(&exported(&recording).await.unwrap()).await;
    assert_eq!(f64::from(sample_count(&movie)), number(&progress, "frames"));
    let stored = bytes_of(&stored(&recording).await.unwrap()).await;
    assert_eq!(stored, movie, "the stored file equals the exported one");
    delete_reel(id_of(&recording)).await.unwrap();
}

#[wasm_bindgen_test]
async fn hostile_timestamps_lose_no_frame() {
    let mut timestamps = vec![-9_007_199_254_740_991.0, -5.0, -5.0, 1e15, 1e15 + 40_000.0];
    timestamps.extend([40_000.0, 20_000.0, 20_000.0, 60_000.0, 8e15]);
    let (frames, events, recording) = record(timestamps, option("maxFps", f64::INFINITY.into())).await;
    let progress = field(&events.last("stop"), "progress");
    assert_eq!(number(&progress, "frames"), 10.0);
    assert!(number(&progress, "duration") < 1.0);
    assert!(frames.iter().all(|frame| is_closed(&frame)));
    let movie = bytes_of(&exported(&recording).await.unwrap()).await;
    assert_eq!(sample_count(&movie), 10);
    delete_reel(id_of(&recording)).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_limit_ends_the_recording_and_releases_the_source() {
    let (hold, events) = (Array::new(), Events::new());
    let options = option("maxLength", 1.into());
    let recording =
        Recording::start(held_stream(&hold), options, JsValue::UNDEFINED, events.notify.clone()).await.unwrap();
    assert_eq!(number(&recording.started(), "maxLength"), 1.0);
    for n in 0..30 {
        push_frame(&hold, f64::from(n) * 40_000.0, 320, 180);
    }
    JsFuture::from(events.stopped.clone()).await.unwrap();
    cancellation(&hold).await;
    let names: Vec<_> = events.all.iter().map(|event| field(&event, "type")).collect();
    let ends: Vec<_> = names.iter().filter(|&name| name != "progress" && name != "stored").collect();
    assert_eq!(ends, ["limit", "stop"]);
    assert!(names.iter().any(|name| name == "stored"), "other tabs are notified of the reel");
    let stop = events.last("stop");
    assert_eq!((field(&stop, "reason"), field(&stop, "saved")), ("limit".into(), true.into()));
    let progress = field(&stop, "progress");
    let numbers = ["frames", "received", "duration", "remaining"].map(|name| number(&progress, name));
    assert_eq!(numbers, [25.0, 25.0, 1.0, 0.0], "the frame that would pass the limit comes after the end");
    recording.stop().await.unwrap();
    assert_eq!(sample_count(&bytes_of(&exported(&recording).await.unwrap()).await), 25);
    delete_reel(id_of(&recording)).await.unwrap();
}

#[wasm_bindgen_test]
async fn an_odd_size_is_made_even() {
    let (frames, events) = (Array::new(), Events::new());
    let stream = frame_stream(321, 181, steady(10, 30.0), &frames);
    let recording = Recording::start(stream, Array::new(), JsValue::UNDEFINED, events.notify.clone()).await.unwrap();
    JsFuture::from(events.stopped.clone()).await.unwrap();
    let progress = field(&events.last("stop"), "progress");
    assert_eq!((number(&progress, "width"), number(&progress, "height")), (320.0, 180.0));
    assert_eq!(number(&progress, "frames"), 10.0);
    delete_reel(id_of(&recording)).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_picture_that_no_encoder_takes_is_reported_and_ends_the_recording() {
    let (frames, events) = (Array::new(), Events::new());
    // Wider than any level of H.264, the requested codec.
    let stream = frame_stream(20_000, 16, steady(3, 30.0), &frames);
    let recording = Recording::start(stream, option("codec", "h264".into()), JsValue::UNDEFINED, events.notify.clone())
        .await
        .unwrap();
    JsFuture::from(events.stopped.clone()).await.unwrap();
    assert_eq!(field(&field(&events.last("error"), "error"), "code"), "unsupported");
    assert_eq!(field(&events.last("stop"), "reason"), "error");
    let error = exported(&recording).await.unwrap_err();
    assert_eq!(field(&error, "code"), "nothing-recorded");
}

#[wasm_bindgen_test]
async fn a_refused_option_releases_the_source_and_stores_nothing() {
    let events = Events::new();
    let before = Array::from(&list_reels().await.unwrap()).length();
    let refused = [(option("maxFps", 0.into()), "invalid-option"), (option("enabled", false.into()), "disabled")];
    for (options, code) in refused {
        let hold = Array::new();
        let started =
            Recording::start(held_stream(&hold), options, JsValue::UNDEFINED, events.notify.clone()).await.map(drop);
        assert_eq!(field(&started.unwrap_err(), "code"), code);
        cancellation(&hold).await;
    }
    assert_eq!(Array::from(&list_reels().await.unwrap()).length(), before);
}

#[wasm_bindgen_test]
async fn a_source_that_sends_nothing_can_be_stopped_and_leaves_nothing() {
    let (hold, events) = (Array::new(), Events::new());
    let before = Array::from(&list_reels().await.unwrap()).length();
    let recording =
        Recording::start(held_stream(&hold), Array::new(), JsValue::UNDEFINED, events.notify.clone()).await.unwrap();
    assert_eq!(field(&exported(&recording).await.unwrap_err(), "code"), "nothing-recorded");
    recording.stop().await.unwrap();
    recording.stop().await.unwrap();
    cancellation(&hold).await;
    assert_eq!(field(&events.last("stop"), "reason"), "stopped");
    assert_eq!(Array::from(&list_reels().await.unwrap()).length(), before);
}

#[wasm_bindgen_test]
async fn a_stream_that_is_being_read_is_refused() {
    let hold = Array::new();
    let stream = held_stream(&hold);
    let _reader = stream.get_reader();
    let started = Recording::start(stream, Array::new(), JsValue::UNDEFINED, Events::new().notify).await.map(drop);
    assert_eq!(field(&started.unwrap_err(), "code"), "invalid-state");
}

// The first pause closed the segment while the frame between the pauses was still in the encoder. That frame then had no
// key frame before it, and was lost.
#[wasm_bindgen_test]
async fn a_second_pause_before_the_encoder_has_settled_the_first_loses_nothing() {
    let (hold, events) = (Array::new(), Events::new());
    let recording =
        Recording::start(held_stream(&hold), Array::new(), JsValue::UNDEFINED, events.notify.clone()).await.unwrap();
    let push = async |n: u32| {
        push_frame(&hold, f64::from(n) * 40_000.0, 320, 180);
        JsFuture::from(microtasks()).await.unwrap();
    };
    for n in 0..5 {
        push(n).await;
    }
    exported(&recording).await.unwrap();
    recording.pause();
    recording.resume();
    push(5).await;
    recording.pause();
    exported(&recording).await.unwrap();
    recording.resume();
    for n in 6..10 {
        push(n).await;
    }
    recording.stop().await.unwrap();
    let progress = field(&events.last("stop"), "progress");
    assert_eq!(number(&progress, "received"), 10.0);
    assert_eq!(number(&progress, "frames"), 10.0);
    delete_reel(id_of(&recording)).await.unwrap();
}

#[wasm_bindgen_test]
async fn pictures_of_any_size_and_shape_are_fitted_into_the_reel_s() {
    let (hold, events) = (Array::new(), Events::new());
    let recording =
        Recording::start(held_stream(&hold), Array::new(), JsValue::UNDEFINED, events.notify.clone()).await.unwrap();
    for (n, (width, height)) in [(320, 180), (640, 360), (180, 320), (1, 1), (321, 181)].into_iter().enumerate() {
        push_frame(&hold, n as f64 * 40_000.0, width, height);
        JsFuture::from(microtasks()).await.unwrap();
    }
    recording.stop().await.unwrap();
    let progress = field(&events.last("stop"), "progress");
    assert_eq!(number(&progress, "frames"), 5.0);
    assert_eq!((number(&progress, "width"), number(&progress, "height")), (640.0, 360.0));
    delete_reel(id_of(&recording)).await.unwrap();
}

// Until a slow encoder had output its first key frame, every frame was requested as one, which slowed it further.
#[wasm_bindgen_test]
async fn a_key_frame_is_asked_for_once() {
    let (hold, events) = (Array::new(), Events::new());
    let recording =
        Recording::start(held_stream(&hold), Array::new(), JsValue::UNDEFINED, events.notify.clone()).await.unwrap();
    for n in 0..20 {
        push_frame(&hold, f64::from(n) * 40_000.0, 320, 180);
    }
    for _ in 0..20 {
        JsFuture::from(microtasks()).await.unwrap();
    }
    recording.stop().await.unwrap();
    let movie = bytes_of(&exported(&recording).await.unwrap()).await;
    let stss = movie.windows(4).position(|name| name == b"stss").expect("not every frame is a key frame");
    let keys = u32::from_be_bytes(movie[stss + 8..stss + 12].try_into().unwrap());
    assert!(keys < 10, "{keys} key frames of 20");
    delete_reel(id_of(&recording)).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_disk_that_does_not_keep_up_ends_the_recording_and_loses_nothing() {
    let (hold, events) = (Array::new(), Events::new());
    let restore = never_finish_writes();
    let recording =
        Recording::start(held_stream(&hold), Array::new(), JsValue::UNDEFINED, events.notify.clone()).await.unwrap();
    let mut pushed = 0;
    while events.last("stop").is_undefined() {
        assert!(pushed < 300, "the recording does not end");
        // Three frames are more than two seconds, and begin a segment.
        for _ in 0..3 {
            push_frame(&hold, f64::from(pushed) * 900_000.0, 320, 180);
            pushed += 1;
        }
        JsFuture::from(microtasks()).await.unwrap();
        exported(&recording).await.unwrap();
    }
    restore.call0(&JsValue::UNDEFINED).unwrap();
    assert_eq!(field(&field(&events.last("error"), "error"), "code"), "storage");
    let stop = events.last("stop");
    assert_eq!((field(&stop, "reason"), field(&stop, "saved")), ("error".into(), false.into()));
    let movie = bytes_of(&exported(&recording).await.unwrap()).await;
    assert_eq!(sample_count(&movie), pushed);
}

// An encoder in real-time mode may drop frames. Dropped ones stayed in the queue, which was then full for the rest of the recording.
#[wasm_bindgen_test]
async fn an_encoder_that_skips_frames_for_seconds_is_used_again() {
    let (frames, events) = (Array::new(), Events::new());
    let restore = skip_frames(5, 85);
    let stream = paced_stream(320, 180, steady(130, 30.0), &frames);
    let recording = Recording::start(stream, Array::new(), JsValue::UNDEFINED, events.notify.clone()).await.unwrap();
    JsFuture::from(events.stopped.clone()).await.unwrap();
    restore.call0(&JsValue::UNDEFINED).unwrap();
    let progress = field(&events.last("stop"), "progress");
    let drops = field(&progress, "drops");
    assert_eq!(number(&drops, "encoder"), 80.0, "skipped frames are counted");
    assert!(number(&progress, "frames") >= 30.0, "the other frames are recorded");
    assert_eq!(number(&progress, "frames") + number(&drops, "backpressure") + 80.0, 130.0);
    delete_reel(id_of(&recording)).await.unwrap();
}

// A driver that lost its device ended the recording, though a software encoder was available.
#[wasm_bindgen_test]
async fn an_encoder_that_breaks_is_replaced_by_one_in_software() {
    let (frames, events, asked) = (Array::new(), Events::new(), Array::new());
    let restore = break_encoders(1, 30, &asked);
    let stream = paced_stream(320, 180, steady(75, 30.0), &frames);
    let recording = Recording::start(stream, Array::new(), JsValue::UNDEFINED, events.notify.clone()).await.unwrap();
    JsFuture::from(events.stopped.clone()).await.unwrap();
    restore.call0(&JsValue::UNDEFINED).unwrap();
    assert_eq!((asked.length(), asked.get(1)), (2, "prefer-software".into()));
    let stop = events.last("stop");
    assert_eq!((field(&stop, "reason"), field(&stop, "saved")), ("track-ended".into(), true.into()));
    assert!(events.last("error").is_undefined());
    let progress = field(&stop, "progress");
    let lost = number(&field(&progress, "drops"), "encoder");
    assert_eq!(number(&progress, "frames") + lost, 75.0, "frames in the broken encoder are counted");
    assert!(number(&progress, "frames") > 45.0, "frames before and after are recorded");
    let movie = bytes_of(&exported(&recording).await.unwrap()).await;
    assert_eq!(f64::from(sample_count(&movie)), number(&progress, "frames"));
    assert!(frames.iter().all(|frame| is_closed(&frame)));
    delete_reel(id_of(&recording)).await.unwrap();
}

#[wasm_bindgen_test]
async fn encoders_without_output_are_replaced_twice() {
    for (broken, reason) in [(2, "track-ended"), (3, "error")] {
        let (frames, events, asked) = (Array::new(), Events::new(), Array::new());
        let restore = break_encoders(broken, 1, &asked);
        let stream = paced_stream(320, 180, steady(30, 30.0), &frames);
        let recording =
            Recording::start(stream, Array::new(), JsValue::UNDEFINED, events.notify.clone()).await.unwrap();
        JsFuture::from(events.stopped.clone()).await.unwrap();
        restore.call0(&JsValue::UNDEFINED).unwrap();
        assert_eq!(field(&events.last("stop"), "reason"), reason);
        assert_eq!(asked.length(), 3);
        assert_eq!(events.last("error").is_undefined(), broken == 2);
        delete_reel(id_of(&recording)).await.unwrap();
    }
}
