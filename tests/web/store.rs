use js_sys::{Array, Uint8Array};
use std::ops::Range;
use trackreel::browser::{ExportObserver, Found, SegmentData, Store, StoredSegment};
use trackreel::codec::Container;
use trackreel::codec::colour::Colour;
use trackreel::recording::{Indexes, Outside};
use trackreel::reel::{AudioConfig, Mark, Note, ReelRecord, Sample, SampleTable, Track, VideoConfig};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::*;
use web_sys::Blob;

fn mark(data: Option<&str>) -> Mark {
    Mark { time_us: 20_000, note: Note { name: "ä".into(), data: data.map(Into::into), length_us: None } }
}

fn cue(length_us: i64) -> Mark {
    Mark { time_us: 30_000, note: Note { name: "words".into(), data: None, length_us: Some(length_us) } }
}

fn reel(id: &str) -> ReelRecord {
    ReelRecord {
        id: id.into(),
        container: Container::Mp4,
        created_at: 1_795_356_207_000.0,
        complete: false,
        video: vec![VideoConfig {
            codec: "avc1.64001f".into(),
            width: 1280,
            height: 720,
            description: vec![1, 2, 3],
            colour: Some(Colour { primaries: 1, transfer: 13, matrix: 1, full_range: true }),
            is_of_rgb: true,
        }],
        audio: Vec::new(),
        duration_us: 33_333,
        bytes: 4,
        frames: 1,
        updated_at: 1_795_356_209_000.0,
        start_us: 5,
        marks: vec![mark(Some("{\"seed\":7}")), mark(None), cue(5_000_000), cue(i64::MAX)].into(),
        exported_bytes: 0,
        settled_us: 0,
    }
}

fn segment(index: u32, bytes: &[u8]) -> StoredSegment {
    let size = bytes.len() as u32;
    let sample = Sample { decode_us: i64::from(index) * 33_333, composition_offset_us: -5, size, key: true };
    // Some are kept by value, and some in a Blob.
    let bytes = Uint8Array::from(bytes);
    let data = if index.is_multiple_of(2) {
        SegmentData::Blob(Blob::new_with_u8_array_sequence(&Array::of1(&bytes)).unwrap())
    } else {
        SegmentData::of(&[bytes], size.into(), None).unwrap()
    };
    StoredSegment {
        track: Track::Video,
        index,
        config: 0,
        table: SampleTable::new(sample, sample.decode_us + 33_333),
        data,
        shared: None,
    }
}

fn outside(indexes: Range<u32>) -> Outside {
    Outside { video: [0..indexes.start, indexes.end..u32::MAX], audio: [0..0, 0..0] }
}

fn pictures(indexes: Range<u32>) -> Indexes {
    Indexes::only(Track::Video, indexes)
}

async fn bytes_of(data: &SegmentData) -> Vec<u8> {
    data.bytes().await.unwrap().to_vec()
}

// A separate Blob for each half second of a small picture was a third of what a recording cost.
#[wasm_bindgen_test]
async fn a_segment_is_kept_by_value_until_it_is_large() {
    let samples = [1, 2, 3].map(|byte| Uint8Array::from([byte; 20_000].as_slice()));
    let begun = SegmentData::of(&samples[..2], 40_000, None).unwrap();
    assert!(begun.to_js().is_instance_of::<js_sys::ArrayBuffer>());
    assert_eq!(begun.size(), 40_000.0);
    // The Blob that follows has the bytes that were kept by value.
    let large = SegmentData::of(&samples, 60_000, Some((2, &begun))).unwrap();
    assert!(large.to_js().is_instance_of::<Blob>());
    let larger = [&samples[..], &[Uint8Array::from([4; 5].as_slice())]].concat();
    let continued = SegmentData::of(&larger, 60_005, Some((3, &large))).unwrap();
    let expected: Vec<u8> = [vec![1; 20_000], vec![2; 20_000], vec![3; 20_000], vec![4; 5]].concat();
    assert_eq!(bytes_of(&continued).await, expected);
    for data in [&begun, &large] {
        let slice = data.slice(19_999..20_001).unwrap();
        let alone = SegmentData::Blob(Blob::new_with_u8_array_sequence(&Array::of1(&slice)).unwrap());
        assert_eq!(bytes_of(&alone).await, [1, 2]);
    }
}

#[wasm_bindgen_test]
async fn only_the_segments_of_a_reel_are_read_back() {
    let store = Store::open().await.unwrap();
    let (one, two) = (reel("store-1"), ReelRecord { complete: true, container: Container::WebM, ..reel("store-2") });
    // Ten comes after nine, not after one.
    for index in (0..12).rev() {
        store.put(&one, &[segment(index, &[index as u8; 4])], outside(0..12)).await.unwrap();
    }
    store.put(&two, &[segment(0, &[7])], outside(0..1)).await.unwrap();

    let again = Store::open().await.unwrap();
    let all = Indexes::all();
    let (record, segments, damaged) = again.read("store-1", all.clone(), &ExportObserver::default()).await.unwrap();
    assert_eq!((&record, segments.len(), damaged), (&one, 12, 0));
    let reels = again.reels().await.unwrap();
    let ours = reels.into_iter().filter(|found| matches!(found, Found::Reel(reel) if reel.id.starts_with("store-")));
    assert_eq!(ours.collect::<Vec<_>>(), [Found::Reel(two), Found::Reel(one)], "the newest first");
    assert_eq!(segments.iter().map(|segment| segment.index).collect::<Vec<_>>(), (0..12).collect::<Vec<_>>());
    for found in &segments {
        assert_eq!(found.table, segment(found.index, &[0; 4]).table);
        assert_eq!(bytes_of(&found.data).await, [found.index as u8; 4]);
    }

    again.delete("store-1").await.unwrap();
    let gone = again.read("store-1", all.clone(), &ExportObserver::default()).await;
    assert_eq!(gone.unwrap_err().code(), "no-such-reel");
    assert_eq!(again.read("store-2", all, &ExportObserver::default()).await.unwrap().1.len(), 1);
    // A Blob that was read outlives its record.
    assert_eq!(bytes_of(&segments[3].data).await, [3; 4]);
    again.delete("store-2").await.unwrap();
}

async fn indexes(store: &Store, id: &str) -> Vec<u32> {
    let (_, segments, _) = store.read(id, Indexes::all(), &ExportObserver::default()).await.unwrap();
    segments.iter().map(|segment| segment.index).collect()
}

#[wasm_bindgen_test]
async fn a_write_removes_segments_outside_the_reel() {
    let store = Store::open().await.unwrap();
    let reel = reel("store-3");
    for index in 0..6 {
        store.put(&reel, &[segment(index, &[1])], outside(0..index + 1)).await.unwrap();
    }
    store.put(&reel, &[segment(3, &[2])], outside(2..4)).await.unwrap();
    assert_eq!(indexes(&store, "store-3").await, [2, 3]);
    store.put(&reel, &[], outside(3..4)).await.unwrap();
    assert_eq!(indexes(&store, "store-3").await, [3]);
    store.delete("store-3").await.unwrap();
}

// A long reel is read in batches: reading reports progress, and can be aborted between them.
#[wasm_bindgen_test]
async fn a_long_reel_is_read_in_batches() {
    let store = Store::open().await.unwrap();
    let reel = reel("store-4");
    for index in 0..600 {
        store.put(&reel, &[segment(index, &[1])], outside(0..index + 1)).await.unwrap();
    }
    let reported = Array::new();
    let sender = reported.clone();
    let observer = Closure::<dyn FnMut(JsValue) -> bool>::new(move |done| sender.push(&done) > 0);
    let observer = ExportObserver(Some(observer.into_js_value().unchecked_into()));
    assert_eq!(store.read("store-4", pictures(5..600), &observer).await.unwrap().1.len(), 595);
    let reported: Vec<f64> = reported.iter().filter_map(|done| done.as_f64()).collect();
    assert!(reported.len() > 10 && reported.is_sorted() && reported[0] < 0.1, "{reported:?}");
    assert_eq!(reported.last(), Some(&1.0));

    let refuse = ExportObserver(Some(js_sys::Function::new_no_args("return false")));
    assert_eq!(store.read("store-4", pictures(0..600), &refuse).await.unwrap_err().code(), "aborted");
    store.delete("store-4").await.unwrap();
}

// A segment whose bytes were lost hid the whole reel, and a record that could not be read every reel.
#[wasm_bindgen_test]
async fn damage_hides_no_more_than_it_must() {
    let store = Store::open().await.unwrap();
    let reel = reel("store-5");
    for index in 0..3 {
        let mut stored = segment(index, &[1; 4]);
        if index == 1 {
            stored.data = segment(1, &[1; 3]).data;
        }
        store.put(&reel, &[stored], outside(0..index + 1)).await.unwrap();
    }
    let (_, segments, damaged) = store.read("store-5", Indexes::all(), &ExportObserver::default()).await.unwrap();
    assert_eq!((segments.iter().map(|segment| segment.index).collect::<Vec<_>>(), damaged), (vec![0, 2], 1));
    assert_eq!(store.read("store-5", pictures(1..2), &ExportObserver::default()).await.unwrap_err().code(), "storage");

    // What was received may go on for many segments without a key frame: pictures that needed what was damaged were smeared.
    for index in 3..6 {
        let mut stored = segment(index, &[1; 4]);
        let sample = Sample { key: index == 5, ..stored.table.samples()[0] };
        stored.table = SampleTable::new(sample, stored.table.end_us());
        store.put(&reel, &[stored], outside(0..index + 1)).await.unwrap();
    }
    store
        .put(&reel, &[StoredSegment { data: segment(1, &[1; 3]).data, ..segment(2, &[1; 4]) }], outside(0..6))
        .await
        .unwrap();
    let (_, segments, damaged) = store.read("store-5", Indexes::all(), &ExportObserver::default()).await.unwrap();
    assert_eq!((segments.iter().map(|segment| segment.index).collect::<Vec<_>>(), damaged), (vec![0, 5], 4));
    store.delete("store-5").await.unwrap();
}

#[wasm_bindgen_test]
async fn segments_are_merged_and_nothing_of_them_is_lost() {
    let store = Store::open().await.unwrap();
    let reel = reel("store-6");
    for index in 0..6 {
        let config = u32::from(index == 5);
        let segment = StoredSegment { config, ..segment(index, &[index as u8; 4]) };
        store.put(&reel, &[segment], outside(0..index + 1)).await.unwrap();
    }
    store.merge("store-6", Indexes::only(Track::Video, 1..4)).await.unwrap();
    assert_eq!(indexes(&store, "store-6").await, [0, 1, 4, 5]);
    let (_, segments, _) = store.read("store-6", pictures(1..2), &ExportObserver::default()).await.unwrap();
    let times: Vec<i64> = segments[0].table.samples().iter().map(|sample| sample.decode_us).collect();
    assert_eq!((times, segments[0].table.end_us()), (vec![33_333, 66_666, 99_999], 133_332));
    assert_eq!(bytes_of(&segments[0].data).await, [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
    // Another configuration, and nothing at all, stay as they are.
    store.merge("store-6", Indexes::only(Track::Video, 4..6)).await.unwrap();
    store.merge("store-6", Indexes::only(Track::Video, 9..12)).await.unwrap();
    assert_eq!(indexes(&store, "store-6").await, [0, 1, 4, 5]);
    store.delete("store-6").await.unwrap();
}

// An hour with sound was thousands of pieces of two tracks' records.
#[wasm_bindgen_test]
async fn pictures_and_sound_are_merged_into_one_record() {
    let store = Store::open().await.unwrap();
    let config = AudioConfig { codec: "opus".into(), sample_rate: 48_000, channels: 2, description: Vec::new() };
    let reel = ReelRecord { audio: vec![config], ..reel("store-8") };
    let none = || Outside { video: [0..0, 0..0], audio: [0..0, 0..0] };
    let sound = |index: u32| StoredSegment { track: Track::Audio, ..segment(index, &[100 + index as u8; 2]) };
    for index in 0..5 {
        store.put(&reel, &[segment(index, &[index as u8; 3])], none()).await.unwrap();
        store.put(&reel, &[sound(index)], none()).await.unwrap();
    }
    store.merge("store-8", Indexes { video: 1..3, audio: 1..4 }).await.unwrap();
    let (_, segments, damaged) = store.read("store-8", Indexes::all(), &ExportObserver::default()).await.unwrap();
    let keys = |segments: &[StoredSegment]| segments.iter().map(StoredSegment::key).collect::<Vec<_>>();
    let pictures = [0, 1, 3, 4].map(|index| (Track::Video, index));
    assert_eq!(
        (keys(&segments), damaged),
        ([&pictures[..], &[0, 1, 4].map(|index| (Track::Audio, index))].concat(), 0)
    );
    let [video, audio] = [&segments[1], &segments[5]];
    let samples = |segment: &StoredSegment| segment.table.samples().len();
    assert_eq!((samples(video), samples(audio)), (2, 3));
    // A picture and the sound beside it, and the sound that is left.
    let bytes = [1, 1, 1, 101, 101, 2, 2, 2, 102, 102, 103, 103];
    assert_eq!((bytes_of(&video.data).await, bytes_of(&audio.data).await), (bytes.to_vec(), bytes.to_vec()));
    let starts = |segment: &StoredSegment| {
        segment.shared.as_ref().unwrap().runs.iter().map(|run| (run.start, run.bytes)).collect::<Vec<_>>()
    };
    assert_eq!((starts(video), starts(audio)), (vec![(0, 3), (5, 3)], vec![(3, 2), (8, 2), (10, 2)]));
    // Reading the pictures returns the sound of the same record too.
    let (_, segments, _) = store.read("store-8", self::pictures(1..2), &ExportObserver::default()).await.unwrap();
    assert_eq!(keys(&segments), [(Track::Video, 1), (Track::Audio, 1)]);
    // The record is merged a second time, and then removed from the reel.
    store.merge("store-8", Indexes { video: 1..4, audio: 1..5 }).await.unwrap();
    let (_, segments, _) = store.read("store-8", Indexes::all(), &ExportObserver::default()).await.unwrap();
    assert_eq!(
        keys(&segments),
        [(Track::Video, 0), (Track::Video, 1), (Track::Video, 4), (Track::Audio, 0), (Track::Audio, 1)]
    );
    assert_eq!(bytes_of(&segments[4].data).await.len(), 3 * 3 + 4 * 2);
    store.put(&reel, &[], outside(0..1)).await.unwrap();
    let (_, segments, _) = store.read("store-8", Indexes::all(), &ExportObserver::default()).await.unwrap();
    assert_eq!(keys(&segments), [(Track::Video, 0), (Track::Audio, 0)]);
    store.delete("store-8").await.unwrap();
}

// A sound and a picture with one number took each other's place.
#[wasm_bindgen_test]
async fn the_segments_of_two_tracks_have_places_of_their_own() {
    let store = Store::open().await.unwrap();
    let config = AudioConfig { codec: "opus".into(), sample_rate: 48_000, channels: 2, description: Vec::new() };
    let reel = ReelRecord { audio: vec![config], ..reel("store-7") };
    let none = || Outside { video: [0..0, 0..0], audio: [0..0, 0..0] };
    for index in 0..3 {
        let picture = segment(index, &[index as u8]);
        let sound = StoredSegment { track: Track::Audio, ..segment(index, &[100 + index as u8]) };
        store.put(&reel, &[picture], none()).await.unwrap();
        assert!(store.put(&reel, &[sound], none()).await.unwrap());
    }
    store.merge("store-7", Indexes::only(Track::Audio, 1..3)).await.unwrap();
    let (record, segments, damaged) = store.read("store-7", Indexes::all(), &ExportObserver::default()).await.unwrap();
    assert_eq!((record.audio, damaged), (reel.audio.clone(), 0));
    let mut found = Vec::new();
    for segment in &segments {
        found.push((segment.track, segment.index, bytes_of(&segment.data).await));
    }
    let picture = |index| (Track::Video, index, vec![index as u8]);
    let sound = [(Track::Audio, 0, vec![100]), (Track::Audio, 1, vec![101, 102])];
    assert_eq!(found, [(0..3).map(picture).collect::<Vec<_>>(), sound.to_vec()].concat());
    store.put(&reel, &[], Outside::only(Track::Audio, 0..1)).await.unwrap();
    let (_, segments, _) =
        store.read("store-7", Indexes::only(Track::Audio, 0..9), &ExportObserver::default()).await.unwrap();
    assert_eq!(segments.iter().map(StoredSegment::key).collect::<Vec<_>>(), [(Track::Audio, 1)]);
    store.delete("store-7").await.unwrap();
    store.put(&ReelRecord { audio: Vec::new(), ..reel }, &[], none()).await.unwrap();
    assert_eq!(store.read("store-7", Indexes::all(), &ExportObserver::default()).await.unwrap().1.len(), 0);
    store.delete("store-7").await.unwrap();
}
