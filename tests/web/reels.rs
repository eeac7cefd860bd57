//! Parts of reels, reels that keep only their end, and reels that are resumed.

use crate::frames::{Events, held_stream, microtasks, push_frame};
use crate::recording::{bytes_of, exported, id_of, number, option, stored};
use js_sys::Array;
use trackreel::browser::Recording;
use trackreel::browser::{ExportObserver, Found, Store, field, object};
use trackreel::recording::Indexes;
use trackreel::reels::{delete_reel, export_reel, list_reels};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::*;
use web_sys::Blob;

const FRAME_US: f64 = 40_000.0;

/// Records this many frames, 40 ms apart; returns the recording and its events, after its end.
async fn record(frames: u32, options: Array, setup: JsValue) -> (Recording, Events) {
    let (hold, events) = (Array::new(), Events::new());
    let recording = Recording::start(held_stream(&hold), options, setup, events.notify.clone()).await.unwrap();
    for n in 0..frames {
        push_frame(&hold, f64::from(n) * FRAME_US, 320, 180);
        if n % 10 == 9 {
            JsFuture::from(microtasks()).await.unwrap();
            recording.export(&id_of(&recording), Array::new(), None).await.unwrap();
        }
    }
    recording.stop().await.unwrap();
    (recording, events)
}

fn resuming(id: &str) -> JsValue {
    object(&[("reel", id.into())])
}

fn clip(name: &str, seconds: f64) -> Array {
    option(name, seconds.into())
}

/// The times of an exported part, in seconds, and how many samples it has.
async fn part(id: &str, clip: Array) -> (f64, f64, usize) {
    let movie = export_reel(id.into(), clip, None).await.unwrap();
    let blob: Blob = field(&movie, "blob").unchecked_into();
    (number(&movie, "start"), number(&movie, "end"), samples(&bytes_of(&blob).await).len())
}

/// The sizes of a movie's samples, in bytes.
fn samples(movie: &[u8]) -> Vec<u32> {
    let stsz = movie.windows(4).position(|name| name == b"stsz").unwrap();
    let number = |at: usize| u32::from_be_bytes(movie[at..at + 4].try_into().unwrap());
    (0..number(stsz + 12) as usize).map(|n| number(stsz + 16 + 4 * n)).collect()
}

/// The number of a movie's sample entries.
fn sample_entries(movie: &[u8]) -> u8 {
    let stsd = movie.windows(4).position(|name| name == b"stsd").unwrap();
    movie[stsd + 11]
}

/// The segments of a reel on disk: index, start and end in microseconds.
async fn segments(id: &str) -> Vec<(u32, i64, i64)> {
    let store = Store::open().await.unwrap();
    let (_, segments, _) = store.read(id, Indexes::all(), &ExportObserver::default()).await.unwrap();
    segments.iter().map(|segment| (segment.index, segment.table.start_us(), segment.table.end_us())).collect()
}

#[wasm_bindgen_test]
async fn a_part_begins_with_a_key_frame_and_ends_at_the_requested_time() {
    let (recording, _) = record(250, Array::new(), JsValue::UNDEFINED).await;
    let id = id_of(&recording);
    assert_eq!(part(&id, Array::new()).await, (0.0, 10.0, 250));
    assert_eq!(part(&id, clip("last", 3.0)).await, (6.0, 10.0, 100));
    assert_eq!(part(&id, clip("last", 60.0)).await, (0.0, 10.0, 250));
    assert_eq!(part(&id, clip("from", 4.0)).await, (4.0, 10.0, 150));
    assert_eq!(part(&id, clip("to", 4.5)).await, (0.0, 4.5, 113));
    let both = [clip("from", 3.0), clip("to", 3.04)].iter().map(|one| one.get(0)).collect();
    assert_eq!(part(&id, both).await, (2.0, 3.04, 26));
    let error = export_reel(id.clone(), clip("from", 10.0), None).await.unwrap_err();
    assert_eq!(field(&error, "code"), "nothing-recorded");
    let error = export_reel(id.clone(), clip("last", -1.0), None).await.unwrap_err();
    assert_eq!(field(&error, "code"), "invalid-option");
    delete_reel(id).await.unwrap();
}

// A recording that a crash had interrupted could be saved, but not continued in the same file.
#[wasm_bindgen_test]
async fn a_reel_is_resumed_as_one_file_cut_at_the_join() {
    let (first, _) = record(60, Array::new(), JsValue::UNDEFINED).await;
    let id = id_of(&first);
    let before = samples(&bytes_of(&stored(&first).await.unwrap()).await);
    // The reel's codec overrides the requested one.
    let (second, events) = record(30, option("codec", "vp9".into()), resuming(&id)).await;
    assert_eq!(id_of(&second), id);
    assert_eq!(number(&second.started(), "createdAt"), number(&first.started(), "createdAt"));
    let progress = field(&events.last("stop"), "progress");
    assert_eq!((number(&progress, "frames"), number(&progress, "duration")), (90.0, 3.6));
    let movie = bytes_of(&stored(&second).await.unwrap()).await;
    assert_eq!((samples(&movie).len(), sample_entries(&movie)), (90, 1));
    assert_eq!(samples(&movie)[..60], before, "the samples of the first session are unchanged");
    assert_eq!(segments(&id).await, [(0, 0, 2_000_000), (1, 2_000_000, 2_400_000), (2, 2_400_000, 3_600_000)]);
    delete_reel(id).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_limit_counts_all_of_a_reel_that_is_resumed() {
    let (first, _) = record(60, Array::new(), JsValue::UNDEFINED).await;
    let (hold, events) = (Array::new(), Events::new());
    let setup = resuming(&id_of(&first));
    let options = option("maxLength", 3.into());
    let second = Recording::start(held_stream(&hold), options, setup, events.notify.clone()).await.unwrap();
    for n in 0..30 {
        push_frame(&hold, f64::from(n) * FRAME_US, 320, 180);
    }
    JsFuture::from(events.stopped.clone()).await.unwrap();
    let stop = events.last("stop");
    assert_eq!(field(&stop, "reason"), "limit");
    assert_eq!(number(&field(&stop, "progress"), "duration"), 3.0);
    delete_reel(id_of(&second)).await.unwrap();
}

#[wasm_bindgen_test]
async fn a_reel_that_is_being_recorded_is_live_and_neither_deleted_nor_resumed() {
    let (hold, events) = (Array::new(), Events::new());
    let (first, _) = record(5, Array::new(), JsValue::UNDEFINED).await;
    let id = id_of(&first);
    let state = async || {
        let infos = Array::from(&list_reels().await.unwrap());
        let info = infos.iter().find(|info| field(info, "id").as_string().is_some_and(|found| found == id)).unwrap();
        field(&info, "state").as_string().unwrap()
    };
    assert_eq!(state().await, "complete");
    let stream = held_stream(&hold);
    let second = Recording::start(stream, Array::new(), resuming(&id), events.notify.clone()).await.unwrap();
    push_frame(&hold, 0.0, 320, 180);
    // The first write marks the reel as live.
    while state().await != "live" {
        JsFuture::from(microtasks()).await.unwrap();
    }
    let refused = delete_reel(id.clone()).await.unwrap_err();
    assert_eq!(field(&refused, "code"), "invalid-state");
    let third = Recording::start(held_stream(&Array::new()), Array::new(), resuming(&id), events.notify.clone()).await;
    assert_eq!(field(&third.map(drop).unwrap_err(), "code"), "invalid-state");
    second.stop().await.unwrap();
    assert_eq!(state().await, "complete");
    delete_reel(id.clone()).await.unwrap();
    let fourth = Recording::start(held_stream(&Array::new()), Array::new(), resuming(&id), events.notify.clone()).await;
    assert_eq!(field(&fourth.map(drop).unwrap_err(), "code"), "no-such-reel");
}

// A page that records for ever, to save what has just happened, filled the disk.
#[wasm_bindgen_test]
async fn a_reel_that_keeps_its_end_is_hardly_longer_on_disk() {
    let (recording, events) = record(375, option("keepLast", 4.into()), JsValue::UNDEFINED).await;
    let id = id_of(&recording);
    let segments = segments(&id).await;
    let (first, last) = (segments[0], segments[segments.len() - 1]);
    assert_eq!((first.0, first.1, last.2), (4, 8_000_000, 15_000_000));
    let progress = field(&events.last("stop"), "progress");
    assert_eq!((number(&progress, "frames"), number(&progress, "duration")), (175.0, 7.0));
    assert_eq!(part(&id, Array::new()).await, (0.0, 7.0, 175), "it begins at 0");
    assert_eq!(part(&id, clip("last", 2.0)).await, (4.0, 7.0, 75));
    let reels = Store::open().await.unwrap().reels().await.unwrap();
    let record = reels.into_iter().find_map(|found| match found {
        Found::Reel(reel) if reel.id == id => Some(reel),
        _ => None,
    });
    let record = record.unwrap();
    assert_eq!((record.frames, record.duration_us, record.complete), (175, 7_000_000, true));
    assert_eq!(record.bytes as f64, number(&progress, "bytes"));
    delete_reel(id).await.unwrap();
}

// An hour was 1800 records, and an export read them one by one.
#[wasm_bindgen_test]
async fn segments_are_merged_while_recording_continues() {
    let (hold, events) = (Array::new(), Events::new());
    let stream = held_stream(&hold);
    let recording = Recording::start(stream, Array::new(), JsValue::UNDEFINED, events.notify.clone()).await.unwrap();
    let id = id_of(&recording);
    for n in 0..3 * 40 {
        // Three frames are more than two seconds, and begin a segment.
        push_frame(&hold, f64::from(n) * 900_000.0, 320, 180);
        if n % 3 == 2 {
            JsFuture::from(microtasks()).await.unwrap();
            recording.export(&id_of(&recording), Array::new(), None).await.unwrap();
        }
    }
    let whole = bytes_of(&exported(&recording).await.unwrap()).await;
    // A part may be exported during the merge.
    let last = recording.export(&id_of(&recording), clip("last", 40.0), None).await.unwrap();
    assert!(number(&last, "start") <= number(&last, "end") - 40.0);
    recording.stop().await.unwrap();
    let found: Vec<u32> = segments(&id).await.iter().map(|segment| segment.0).collect();
    assert_eq!(found[..3], [0, 16, 32]);
    assert_eq!(samples(&whole).len(), 120);
    assert_eq!(samples(&bytes_of(&stored(&recording).await.unwrap()).await), samples(&whole));
    assert_eq!(part(&id, clip("to", 10.0)).await, (0.0, 10.0, 12));
    let (start, end, _) = part(&id, clip("from", 50.0)).await;
    assert!((47.0..=50.0).contains(&start) && end == 108.0, "{start} {end}");
    delete_reel(id).await.unwrap();
}
