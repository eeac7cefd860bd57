use crate::browser::{Chunk, Decoder, Encoder, EncoderConfig, EncoderEvent, Frame};
use crate::codec::given_us;
use crate::reel::{Sample, SampleTable, Segment, VideoConfig};
use js_sys::Uint8Array;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::VideoDecoderConfig;

/// A segment that was made again, and what decodes it.
pub(super) type Remade = (Segment<Uint8Array>, VideoConfig);

/// Decodes segments and encodes them as this configuration says, until it is given up. It takes one after another, so that no
/// more than one is in the codecs' queues. Of what a codec fails on, samples are missing.
pub(super) async fn remake(
    originals: Vec<(Rc<Segment<Uint8Array>>, VideoDecoderConfig)>,
    config: EncoderConfig,
    given_up: Rc<Cell<bool>>,
) -> Vec<Remade> {
    let mut remade = Vec::new();
    let chunks: Rc<RefCell<Vec<Chunk>>> = Rc::default();
    let Some((encoder, decoder, next_key)) = codecs(&config, &chunks) else { return remade };
    let mut announced = None;
    for (original, decoder_config) in &originals {
        next_key.set(true);
        decoder.configure(decoder_config);
        for (sample, bytes) in original.table.samples().iter().zip(&original.payload) {
            decoder.decode(sample.decode_us, sample.key, bytes);
        }
        // One that does not answer would not for the next segment either.
        if !decoder.flush().await {
            break;
        }
        let encoded = encoder.borrow().flush();
        encoded.await;
        if given_up.get() {
            break;
        }
        remade.extend(gathered(original, chunks.take(), &mut announced));
    }
    remade
}

/// A decoder whose frames go into an encoder whose chunks are gathered, and whether the next frame has to be a key frame.
type Codecs = (Rc<RefCell<Encoder>>, Decoder, Rc<Cell<bool>>);

fn codecs(config: &EncoderConfig, chunks: &Rc<RefCell<Vec<Chunk>>>) -> Option<Codecs> {
    let chunks = Rc::clone(chunks);
    let encoder = Encoder::new(&config.patient(), move |event| {
        if let EncoderEvent::Chunk(chunk) = event {
            chunks.borrow_mut().push(chunk);
        }
    });
    let encoder = Rc::new(RefCell::new(encoder.ok()?));
    let next_key = Rc::new(Cell::new(true));
    let (encodes, key) = (Rc::clone(&encoder), Rc::clone(&next_key));
    // A frame is encoded as soon as it is decoded: decoders stop when too many of theirs are open.
    let decoder = Decoder::new(move |frame: Frame| {
        let _ = encodes.borrow_mut().encode(&frame, frame.timestamp_us(), key.take());
    });
    Some((encoder, decoder.ok()?, next_key))
}

/// The segment that the encoder made of an original.
fn gathered(original: &Segment<Uint8Array>, chunks: Vec<Chunk>, announced: &mut Option<VideoConfig>) -> Option<Remade> {
    let end_us = original.table.end_us();
    let mut made: Option<Segment<Uint8Array>> = None;
    for Chunk { steady_us, key, bytes, config } in chunks {
        let time_us = given_us(original.table.samples().iter().map(|sample| sample.decode_us), steady_us);
        if let Some((config, _)) = config {
            *announced = Some(config);
        }
        let sample = Sample { decode_us: time_us, composition_offset_us: 0, size: bytes.length(), key };
        match &mut made {
            Some(made) => {
                made.table.push(sample, end_us);
                made.payload.push(bytes);
            }
            None => {
                let table = SampleTable::new(sample, end_us);
                made = Some(Segment { index: original.index, config: 0, table, payload: vec![bytes] });
            }
        }
    }
    made.zip(announced.clone())
}
