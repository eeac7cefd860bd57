//! A file larger than 4 GiB, of ten hours, whose segments share one Blob, read back with an independent reader.

use js_sys::{Array, Uint8Array};
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};
use std::rc::Rc;
use trackreel::browser::{ExportObserver, SegmentData, StoredSegment, export};
use trackreel::clip::Clip;
use trackreel::codec::Container;
use trackreel::facts::Facts;
use trackreel::reel::{ReelRecord, Sample, SampleTable, Track, VideoConfig};
use wasm_bindgen_test::*;
use web_sys::{Blob, FileReaderSync};

const SEGMENTS: u32 = 5_000;
const SAMPLES: u32 = 60;
const SAMPLE_BYTES: u32 = 15_000;
/// Ten hours in all.
const SAMPLE_US: i64 = 120_000;

/// An `avcC` of High profile.
const AVCC: [u8; 43] = [
    0x01, 0x64, 0x00, 0x1f, 0xff, 0xe1, 0x00, 0x18, 0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01,
    0x6a, 0x02, 0x02, 0x02, 0x80, 0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x1e, 0x01, 0x00, 0x04, 0x68, 0xeb, 0xe3,
    0xcb, 0xfd, 0xf8, 0xf8, 0x00,
];

/// Reads a Blob as a file, a window at a time.
struct BlobFile {
    blob: Blob,
    position: u64,
    window: Vec<u8>,
    window_start: u64,
}

const WINDOW: u64 = 1 << 20;

impl Read for BlobFile {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let windowed = self.window_start..self.window_start + self.window.len() as u64;
        if !windowed.contains(&self.position) {
            let end = (self.position + WINDOW) as f64;
            let part = self.blob.slice_with_f64_and_f64(self.position as f64, end).unwrap();
            let bytes = FileReaderSync::new().unwrap().read_as_array_buffer(&part);
            self.window = Uint8Array::new(&bytes.map_err(|_| Error::from(ErrorKind::Other))?.into()).to_vec();
            self.window_start = self.position;
        }
        let from = (self.position - self.window_start) as usize;
        let length = buffer.len().min(self.window.len() - from);
        buffer[..length].copy_from_slice(&self.window[from..from + length]);
        self.position += length as u64;
        Ok(length)
    }
}

impl Seek for BlobFile {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(by) => self.position.saturating_add_signed(by),
            SeekFrom::End(by) => (self.blob.size() as u64).saturating_add_signed(by),
        };
        Ok(self.position)
    }
}

fn bytes_of_sample(n: u32) -> Vec<u8> {
    (0..SAMPLE_BYTES).map(|i| (n * 31 + i * 7) as u8).collect()
}

fn segment(index: u32, data: &Blob) -> StoredSegment {
    let sample = |n: u32| Sample {
        decode_us: i64::from(index * SAMPLES + n) * SAMPLE_US,
        composition_offset_us: 0,
        size: SAMPLE_BYTES,
        key: n == 0,
    };
    let mut table = SampleTable::new(sample(0), sample(1).decode_us);
    (1..SAMPLES).for_each(|n| table.push(sample(n), sample(n + 1).decode_us));
    StoredSegment { track: Track::Video, index, config: 0, table, data: SegmentData::Blob(data.clone()), shared: None }
}

#[wasm_bindgen_test]
async fn ten_hours_and_more_than_4_gib_are_read_back() {
    let samples: Array = (0..SAMPLES).map(|n| Uint8Array::from(bytes_of_sample(n).as_slice())).collect();
    let data = Blob::new_with_u8_array_sequence(&samples).unwrap();
    let config = VideoConfig {
        codec: "avc1.64001f".into(),
        width: 1280,
        height: 720,
        description: AVCC.to_vec(),
        colour: None,
        is_of_rgb: false,
    };
    let reel = ReelRecord {
        id: "scale".into(),
        container: Container::Mp4,
        created_at: 1_795_356_207_000.0,
        complete: true,
        video: vec![config],
        audio: Vec::new(),
        duration_us: 36_000_000_000,
        bytes: 0,
        frames: 0,
        updated_at: 0.0,
        start_us: 0,
        marks: Rc::default(),
        exported_bytes: 0,
        settled_us: 0,
    };
    let segments = (0..SEGMENTS).map(|index| segment(index, &data)).collect();
    let bounds = Clip::default().bounds(0, 36_000_000_000).unwrap();
    let movie = export(&reel, segments, (bounds, &Facts::default()), 0, &ExportObserver::default()).await.unwrap();
    let size = movie.blob.size() as u64;
    assert!(size > 1 << 32, "{size}");

    let file = BlobFile { blob: movie.blob, position: 0, window: Vec::new(), window_start: 0 };
    let mut reader = mp4::Mp4Reader::read_header(file, size).unwrap();
    let track = &reader.tracks()[&1];
    let stbl = &track.trak.mdia.minf.stbl;
    assert_eq!((stbl.co64.as_ref().unwrap().entries.len(), stbl.stco.is_none()), (SEGMENTS as usize, true));
    assert_eq!((track.sample_count(), track.duration().as_secs()), (300_000, 36_000));
    assert_eq!(reader.moov.mvhd.duration, 36_000 * 90_000);
    for n in [1, 60, 61, 150_001, 299_940, 300_000] {
        let sample = reader.read_sample(1, n).unwrap().unwrap();
        assert_eq!(sample.bytes, bytes_of_sample((n - 1) % SAMPLES), "sample {n}");
        assert_eq!(sample.start_time, u64::from(n - 1) * 10_800);
        assert_eq!(sample.is_sync, (n - 1).is_multiple_of(SAMPLES));
    }
}
