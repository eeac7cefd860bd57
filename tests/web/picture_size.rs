use crate::frames::{
    Events, held_stream, hide_decoders, lose_decoders, microtasks, never_finish_writes, push_frame, push_turned_frame,
};
use crate::recording::{bytes_of, exported, id_of, number, option, stored};
use js_sys::Array;
use trackreel::browser::Recording;
use trackreel::browser::field;
use trackreel::reels::{delete_reel, list_reels};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::*;
use web_sys::Blob;

/// A recording whose frames, one every 40 ms, a test pushes by their sizes.
struct Pushed {
    hold: Array,
    events: Events,
    recording: Recording,
    frames: u32,
}

impl Pushed {
    async fn start(codec: &str) -> Self {
        let (hold, events) = (Array::new(), Events::new());
        let options = option("codec", codec.into());
        let recording =
            Recording::start(held_stream(&hold), options, JsValue::UNDEFINED, events.notify.clone()).await.unwrap();
        Self { hold, events, recording, frames: 0 }
    }

    async fn push(&mut self, count: u32, (width, height): (u32, u32)) {
        for _ in 0..count {
            push_frame(&self.hold, f64::from(self.frames) * 40_000.0, width, height);
            self.frames += 1;
            JsFuture::from(microtasks()).await.unwrap();
        }
    }

    async fn push_turned(&mut self, count: u32, (width, height): (u32, u32), rotation: u32) {
        for _ in 0..count {
            push_turned_frame(&self.hold, f64::from(self.frames) * 40_000.0, width, height, rotation);
            self.frames += 1;
            JsFuture::from(microtasks()).await.unwrap();
        }
    }

    async fn export(&self) -> Movie {
        Movie::read(&exported(&self.recording).await.unwrap()).await
    }

    /// Every frame pushed is in the file, at its time, and all of them have this size.
    fn expect(&self, movie: &Movie, size: (u32, u32)) {
        assert_eq!((movie.size, movie.entries.as_slice()), (size, [size].as_slice()));
        self.expect_frames(movie);
    }

    fn expect_frames(&self, movie: &Movie) {
        assert_eq!(movie.samples, self.frames);
        assert_eq!(movie.steps, vec![3_600; self.frames as usize], "every frame at its time");
    }

    /// Ends the recording; returns the file, which equals the one on disk, and the last progress.
    async fn stop(self) -> (Movie, JsValue) {
        self.recording.stop().await.unwrap();
        let movie = self.export().await;
        self.expect_frames(&movie);
        let stored = Movie::read(&stored(&self.recording).await.unwrap()).await;
        assert_eq!(stored, movie, "the stored file equals the exported one");
        let progress = field(&self.events.last("stop"), "progress");
        let reels = Array::from(&list_reels().await.unwrap());
        let reel = reels.iter().find(|reel| field(reel, "id") == id_of(&self.recording).as_str()).unwrap();
        for count in ["frames", "bytes", "width", "height"] {
            assert_eq!(number(&reel, count), number(&progress, count), "{count}");
        }
        // A file of two sizes has its parameter sets in it as well.
        if movie.entries.len() == 1 {
            assert_eq!(number(&progress, "bytes"), movie.bytes as f64);
        }
        delete_reel(id_of(&self.recording)).await.unwrap();
        (movie, progress)
    }
}

/// What an MP4 declares.
#[derive(Debug, PartialEq)]
struct Movie {
    /// The track's, in pixels.
    size: (u32, u32),
    /// Of each sample entry, in pixels.
    entries: Vec<(u32, u32)>,
    samples: u32,
    /// The time of each sample to the next, in ticks.
    steps: Vec<u32>,
    bytes: u64,
}

impl Movie {
    async fn read(blob: &Blob) -> Self {
        let movie = bytes_of(blob).await;
        let at = |name: &[u8; 4]| movie.windows(4).position(|window| window == name).unwrap() + 4;
        let word = |at: usize| u32::from_be_bytes(movie[at..at + 4].try_into().unwrap());
        let half = |at: usize| u32::from(u16::from_be_bytes(movie[at..at + 2].try_into().unwrap()));
        let (tkhd, stsd, stsz, stts) = (at(b"tkhd"), at(b"stsd"), at(b"stsz"), at(b"stts"));
        let is_wide = movie[tkhd] == 1;
        let size_at = tkhd + if is_wide { 88 } else { 76 };
        let mut entries = Vec::new();
        let mut entry = stsd + 8;
        for _ in 0..word(stsd + 4) {
            entries.push((half(entry + 32), half(entry + 34)));
            entry += word(entry) as usize;
        }
        let runs = (0..word(stts + 4) as usize).map(|run| (word(stts + 8 + 8 * run), word(stts + 12 + 8 * run)));
        Self {
            size: (half(size_at), half(size_at + 4)),
            entries,
            samples: word(stsz + 8),
            steps: runs.flat_map(|(count, step)| vec![step; count as usize]).collect(),
            bytes: (0..word(stsz + 8) as usize).map(|sample| u64::from(word(stsz + 12 + 4 * sample))).sum(),
        }
    }
}

const SMALL: (u32, u32) = (320, 180);
const MEDIUM: (u32, u32) = (640, 360);
const LARGE: (u32, u32) = (1280, 720);

// A sender that began with 320×180 fixed that size for the whole recording.
#[wasm_bindgen_test]
async fn what_was_recorded_small_is_reencoded_when_the_picture_grows() {
    for codec in ["h264", "vp9", "av1"] {
        let mut pushed = Pushed::start(codec).await;
        pushed.push(30, SMALL).await;
        pushed.expect(&pushed.export().await, SMALL);
        pushed.push(1, MEDIUM).await;
        pushed.expect(&pushed.export().await, MEDIUM);
        pushed.push(20, MEDIUM).await;
        pushed.push(1, LARGE).await;
        pushed.expect(&pushed.export().await, LARGE);
        pushed.push(20, LARGE).await;
        pushed.expect(&pushed.export().await, LARGE);
        let (movie, progress) = pushed.stop().await;
        assert_eq!((movie.size, movie.entries.len()), (LARGE, 1), "{codec}");
        assert_eq!((number(&progress, "width"), number(&progress, "height")), (1280.0, 720.0));
    }
}

#[wasm_bindgen_test]
async fn a_picture_that_grows_during_a_reencode_restarts_it() {
    let mut pushed = Pushed::start("h264").await;
    pushed.push(20, SMALL).await;
    pushed.push(10, MEDIUM).await;
    pushed.push(10, LARGE).await;
    let (movie, _) = pushed.stop().await;
    assert_eq!((movie.size, movie.entries.len()), (LARGE, 1));
}

#[wasm_bindgen_test]
async fn a_stop_right_after_the_picture_grew_waits_for_what_is_reencoded() {
    let mut pushed = Pushed::start("h264").await;
    // More than two segments, the first of which is on disk.
    pushed.push(50, SMALL).await;
    exported(&pushed.recording).await.unwrap();
    pushed.push(55, SMALL).await;
    pushed.push(1, LARGE).await;
    let (movie, _) = pushed.stop().await;
    assert_eq!((movie.size, movie.entries.len()), (LARGE, 1));
}

// Each pause closes a segment. Sixteen were merged on disk before they were re-encoded, and one of them then replaced the
// merged record.
#[wasm_bindgen_test]
async fn many_short_segments_are_whole_when_the_picture_grows() {
    let mut pushed = Pushed::start("h264").await;
    for _ in 0..20 {
        pushed.push(2, SMALL).await;
        exported(&pushed.recording).await.unwrap();
        pushed.recording.pause();
        exported(&pushed.recording).await.unwrap();
        pushed.recording.resume();
    }
    pushed.push(5, LARGE).await;
    let (movie, _) = pushed.stop().await;
    assert_eq!((movie.size, movie.entries.len()), (LARGE, 1));
}

#[wasm_bindgen_test]
async fn segments_that_wait_for_the_disk_are_replaced_in_the_queue() {
    let restore = never_finish_writes();
    let mut pushed = Pushed::start("h264").await;
    pushed.push(50, SMALL).await;
    exported(&pushed.recording).await.unwrap();
    pushed.push(55, SMALL).await;
    pushed.push(5, MEDIUM).await;
    pushed.expect(&pushed.export().await, MEDIUM);
    pushed.push(5, LARGE).await;
    pushed.expect(&pushed.export().await, LARGE);
    restore.call0(&JsValue::UNDEFINED).unwrap();
}

#[wasm_bindgen_test]
async fn if_it_can_t_be_reencoded_nothing_is_lost_and_recording_continues() {
    let restore = lose_decoders();
    let mut pushed = Pushed::start("h264").await;
    pushed.push(30, SMALL).await;
    pushed.push(10, LARGE).await;
    let movie = pushed.export().await;
    pushed.expect_frames(&movie);
    assert_eq!((movie.size, movie.entries), (LARGE, vec![SMALL, LARGE]));
    pushed.push(10, LARGE).await;
    let (movie, progress) = pushed.stop().await;
    restore.call0(&JsValue::UNDEFINED).unwrap();
    assert_eq!(movie.entries, [SMALL, LARGE]);
    assert_eq!(number(&progress, "width"), 1280.0);
}

#[wasm_bindgen_test]
async fn where_nothing_can_be_decoded_the_size_stays() {
    let restore = hide_decoders();
    let mut pushed = Pushed::start("h264").await;
    pushed.push(5, SMALL).await;
    pushed.push(5, LARGE).await;
    let (movie, _) = pushed.stop().await;
    restore.call0(&JsValue::UNDEFINED).unwrap();
    assert_eq!((movie.size, movie.entries.len()), (SMALL, 1));
}

#[wasm_bindgen_test]
async fn after_the_opening_and_for_other_shapes_the_size_stays() {
    let mut pushed = Pushed::start("h264").await;
    for _ in 0..5 {
        pushed.push(50, SMALL).await;
        exported(&pushed.recording).await.unwrap();
    }
    pushed.push(5, LARGE).await;
    let (movie, _) = pushed.stop().await;
    assert_eq!((movie.size, movie.entries.len()), (SMALL, 1), "10 s and later");

    let mut pushed = Pushed::start("h264").await;
    pushed.push(5, LARGE).await;
    pushed.push(5, (640, 480)).await;
    pushed.push(5, (1600, 1200)).await;
    let (movie, _) = pushed.stop().await;
    assert_eq!((movie.size, movie.entries.len()), (LARGE, 1), "another shape");
}

#[wasm_bindgen_test]
async fn any_size_is_recorded() {
    for (size, expected) in [((1, 1), (16, 16)), ((2, 2), (16, 16)), ((333, 187), (332, 186)), ((7, 400), (16, 400))] {
        for codec in ["h264", "vp9", "av1"] {
            let mut pushed = Pushed::start(codec).await;
            pushed.push(5, size).await;
            let (movie, _) = pushed.stop().await;
            assert_eq!((movie.size, movie.entries.len()), (expected, 1), "{codec}");
        }
    }
    let mut pushed = Pushed::start("h264").await;
    pushed.push(3, (2048, 1152)).await;
    pushed.push(3, (4096, 2304)).await;
    let (movie, _) = pushed.stop().await;
    assert_eq!((movie.size, movie.entries.len()), ((4096, 2304), 1));
}

// A sender without a camera yet sends one black pixel, which has no shape.
#[wasm_bindgen_test]
async fn the_first_picture_that_is_larger_than_a_placeholder_gives_the_shape() {
    let mut pushed = Pushed::start("h264").await;
    pushed.push(10, (2, 2)).await;
    pushed.push(10, MEDIUM).await;
    let (movie, _) = pushed.stop().await;
    assert_eq!((movie.size, movie.entries.len()), (MEDIUM, 1));
}

#[wasm_bindgen_test]
async fn a_turned_picture_is_recorded_upright_and_grows_upright() {
    let mut pushed = Pushed::start("h264").await;
    pushed.push_turned(5, SMALL, 90).await;
    pushed.push_turned(5, MEDIUM, 270).await;
    pushed.push_turned(5, (720, 1280), 0).await;
    // Turned against the reel: letterboxed.
    pushed.push_turned(5, (1440, 2560), 90).await;
    let (movie, _) = pushed.stop().await;
    assert_eq!((movie.size, movie.entries.as_slice()), ((720, 1280), [(720, 1280)].as_slice()));
}
