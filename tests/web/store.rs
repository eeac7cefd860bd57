use js_sys::{Array, Uint8Array};
use trackreel::browser::{ReelRecord, Store, StoredSegment};
use trackreel::codec::colour::Colour;
use trackreel::reel::{Sample, SampleTable, Track, VideoConfig};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::*;
use web_sys::Blob;

fn reel(id: &str) -> ReelRecord {
    ReelRecord {
        id: id.into(),
        created_at: 1_795_356_207_000.0,
        complete: false,
        track: Track::Video(vec![VideoConfig {
            codec: "avc1.64001f".into(),
            width: 1280,
            height: 720,
            description: vec![1, 2, 3],
            colour: Some(Colour { primaries: 1, transfer: 13, matrix: 1, full_range: true }),
        }]),
        duration_us: 33_333,
        bytes: 4,
        frames: 1,
    }
}

fn segment(index: u32, bytes: &[u8]) -> StoredSegment {
    let size = bytes.len() as u32;
    let sample = Sample { decode_us: i64::from(index) * 33_333, composition_offset_us: -5, size, key: true };
    let data = Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes))).unwrap();
    StoredSegment { index, config: 0, table: SampleTable::new(sample, sample.decode_us + 33_333), data }
}

async fn bytes_of(blob: &Blob) -> Vec<u8> {
    Uint8Array::new(&JsFuture::from(blob.array_buffer()).await.unwrap()).to_vec()
}

#[wasm_bindgen_test]
async fn what_is_put_is_found_again_and_no_other_reel_s() {
    let store = Store::open().await.unwrap();
    let (one, two) = (reel("store-1"), ReelRecord { complete: true, ..reel("store-2") });
    // Ten comes after nine, not after one.
    for index in (0..12).rev() {
        store.put_segment(&one, &segment(index, &[index as u8; 4])).await.unwrap();
    }
    store.put_segment(&two, &segment(0, &[7])).await.unwrap();

    let again = Store::open().await.unwrap();
    let (record, found) = again.reel("store-1").await.unwrap();
    assert_eq!((record, found.len()), (one, 12));
    let reels = again.reels().await.unwrap();
    let ids: Vec<&str> = reels.iter().map(|reel| &*reel.id).filter(|id| id.starts_with("store-")).collect();
    assert_eq!(ids, ["store-2", "store-1"], "the newest first");
    let segments = again.segments("store-1").await.unwrap();
    assert_eq!(segments.iter().map(|segment| segment.index).collect::<Vec<_>>(), (0..12).collect::<Vec<_>>());
    for found in &segments {
        assert_eq!(found.table, segment(found.index, &[0; 4]).table);
        assert_eq!(bytes_of(&found.data).await, [found.index as u8; 4]);
    }

    again.delete("store-1").await.unwrap();
    assert_eq!(again.reel("store-1").await.unwrap_err().code(), "no-such-reel");
    assert!(again.segments("store-1").await.unwrap().is_empty());
    assert_eq!(again.segments("store-2").await.unwrap().len(), 1);
    // A Blob that was read outlives its record.
    assert_eq!(bytes_of(&segments[3].data).await, [3; 4]);
    again.delete("store-2").await.unwrap();
}
