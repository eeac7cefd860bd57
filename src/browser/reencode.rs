//! Decodes segments and encodes them by another setup.

use super::encoder::{Encoder, EncoderConfig, EncoderEvent};
use super::{Decoder, Frame};
use crate::recording::Chunk;
use crate::reel::Segment;
use crate::time::Steady;
use js_sys::Uint8Array;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::VideoDecoderConfig;

/// What an encoder made of each segment, until it is cancelled. It takes one after another, so that no more than one is in the codecs'
/// queues. Of what a codec fails on, chunks are missing.
pub(super) async fn reencode(
    originals: Vec<(Rc<Segment<Uint8Array>>, VideoDecoderConfig)>,
    config: EncoderConfig,
    given_up: Rc<Cell<bool>>,
) -> Vec<Vec<Chunk<Uint8Array>>> {
    let mut reencoded = Vec::new();
    let chunks: Rc<RefCell<Vec<Chunk<Uint8Array>>>> = Rc::default();
    let Some((encoder, decoder, next_key)) = codecs(&config, &chunks) else { return reencoded };
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
        reencoded.push(chunks.take());
    }
    reencoded
}

/// A decoder whose frames go into an encoder whose chunks are gathered, and whether the next frame has to be a key frame.
type Codecs = (Rc<RefCell<Encoder>>, Decoder, Rc<Cell<bool>>);

fn codecs(config: &EncoderConfig, chunks: &Rc<RefCell<Vec<Chunk<Uint8Array>>>>) -> Option<Codecs> {
    let chunks = Rc::clone(chunks);
    let encoder = Encoder::new(&config.patient(), move |event| {
        if let EncoderEvent::Chunk(chunk, _) = event {
            chunks.borrow_mut().push(chunk);
        }
    });
    let encoder = Rc::new(RefCell::new(encoder.ok()?));
    let next_key = Rc::new(Cell::new(true));
    let (encodes, key) = (Rc::clone(&encoder), Rc::clone(&next_key));
    // A frame is encoded as soon as it is decoded: decoders stop when too many of theirs are open.
    let decoder = Decoder::new(move |frame: Frame| {
        // The timestamp is the media time that it was decoded for: the only clock here.
        let time = Steady::from_us(frame.timestamp().us());
        let _ = encodes.borrow_mut().encode(&frame, frame.appearance(), time, key.take());
    });
    Some((encoder, decoder.ok()?, next_key))
}
