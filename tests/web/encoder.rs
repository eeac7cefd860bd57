use crate::frames::{frame_stream, steady};
use futures_channel::mpsc;
use js_sys::{Array, Uint8Array};
use trackreel::browser::{Content, Encoder, EncoderEvent, Encoders, Frames};
use trackreel::codec::{Codec, Format};
use trackreel::options::Options;
use trackreel::recording::Chunk;
use trackreel::time::Steady;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::*;

const FORMAT: Format = Format { width: 320, height: 180, fps: 30.0 };

async fn encode(codec: Codec, frames: u32) -> Vec<Chunk<Uint8Array>> {
    let options = Options { codec: Some(codec), ..Options::default() };
    let mut encoders = Encoders::new(&options, JsValue::UNDEFINED);
    let setup = encoders.try_out(FORMAT, 500_000).await.unwrap();
    let config = encoders.config(&setup);
    let (sender, mut events) = mpsc::unbounded();
    let mut encoder = Encoder::new(&config, move |event| sender.unbounded_send(event).unwrap()).unwrap();
    let stream = Frames::new(&frame_stream(320, 180, steady(frames, 30.0), &Array::new())).unwrap();
    let mut n = 0;
    while let Some(received) = stream.next().await {
        let Content::Frame(frame) = received.content else { panic!("{received:?}") };
        let appearance = frame.appearance();
        encoder.encode(&frame, appearance, Steady::from_us(n * 33_333), n % 20 == 0).unwrap();
        n += 1;
    }
    encoder.flush().await;
    let mut chunks = Vec::new();
    while let Ok(event) = events.try_recv() {
        match event {
            EncoderEvent::Chunk(chunk, _) => chunks.push(chunk),
            other => panic!("{other:?}"),
        }
    }
    chunks
}

async fn check(codec: Codec, name: &str, description_starts: &[u8]) {
    let chunks = encode(codec, 45).await;
    let times: Vec<i64> = chunks.iter().map(|chunk| chunk.steady.us()).collect();
    assert_eq!(times, (0..45).map(|n| n * 33_333).collect::<Vec<_>>(), "every frame, in order, at its media time");
    // An encoder makes more of them where the scene changes.
    assert!([0, 20, 40].iter().all(|&n: &usize| chunks[n].key), "key frames where they were asked for");
    let config = chunks[0].config.as_ref().unwrap();
    assert!(config.codec.starts_with(name), "{}", config.codec);
    assert!(config.description.starts_with(description_starts), "{:?}", config.description);
    assert_eq!((config.width, config.height), (320, 180));
    assert!(config.colour.is_some());
    assert!(chunks.iter().all(|chunk| chunk.bytes.length() > 0));
}

#[wasm_bindgen_test]
async fn h264_comes_with_its_avcc() {
    check(Codec::H264, "avc1.6400", &[1, 0x64]).await;
}

#[wasm_bindgen_test]
async fn vp9_needs_no_description() {
    check(Codec::Vp9, "vp09.00", &[]).await;
}

#[wasm_bindgen_test]
async fn av1_gets_its_sequence_header() {
    check(Codec::Av1, "av01.0", &[0x81]).await;
    let chunks = encode(Codec::Av1, 1).await;
    let config = chunks[0].config.as_ref().unwrap();
    assert_eq!(config.description[4] >> 3, 1, "a sequence header OBU");
    assert_ne!(chunks[0].bytes.get_index(0), 0x12, "no temporal delimiter");
}

#[wasm_bindgen_test]
async fn a_size_that_no_encoder_takes_is_unsupported() {
    let format = Format { width: 60_000, height: 60_000, fps: 30.0 };
    assert_eq!(
        Encoders::new(&Options::default(), JsValue::UNDEFINED).choose(format, 1_000_000).await.unwrap_err().code(),
        "unsupported"
    );
}
