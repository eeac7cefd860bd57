use crate::browser::{Chunk, Decoder, Encoder, EncoderConfig, EncoderEvent, Frame};
use crate::reel::{Sample, Segment, VideoConfig};
use futures_channel::mpsc;
use futures_util::StreamExt;
use js_sys::Uint8Array;
use wasm_bindgen_futures::spawn_local;
use web_sys::VideoDecoderConfig;

/// What was made of a segment's samples at another size.
pub(super) struct Remade {
    pub(super) config: VideoConfig,
    pub(super) samples: Vec<(Sample, Uint8Array)>,
}

/// What the decoder and the encoder of a remake have to say.
enum Step {
    Decoded(Frame),
    /// The decoder has given back all that went in.
    DecoderDrained,
    Encoder(EncoderEvent),
    /// The encoder has given back all that went in.
    EncoderDrained,
}

/// Decodes segments and encodes them as this configuration says. It takes one after another, so that no more than one is in
/// the codecs' queues. None if a codec fails.
pub(super) async fn remake(
    originals: Vec<(Segment<Uint8Array>, VideoDecoderConfig)>,
    config: EncoderConfig,
) -> Option<Vec<Remade>> {
    let (steps, mut inbox) = mpsc::unbounded();
    let (from_decoder, from_encoder) = (steps.clone(), steps.clone());
    let decoder = Decoder::new(move |frame| drop(from_decoder.unbounded_send(Step::Decoded(frame)))).ok()?;
    let tell = move |event| drop(from_encoder.unbounded_send(Step::Encoder(event)));
    let mut encoder = Encoder::new(&config.patient(), tell).ok()?;
    let mut announced = None;
    let mut remade = Vec::new();
    for (segment, decoder_config) in originals {
        decoder.configure(&decoder_config).ok()?;
        for (sample, bytes) in segment.table.samples().iter().zip(&segment.payload) {
            decoder.decode(sample.decode_us, sample.key, bytes).ok()?;
        }
        after(decoder.flush(), Step::DecoderDrained, &steps);
        let mut samples = Vec::new();
        loop {
            match inbox.next().await? {
                Step::Decoded(frame) => {
                    let time_us = frame.timestamp_us();
                    encoder.encode(&frame, time_us, time_us == segment.table.start_us()).ok()?;
                }
                Step::DecoderDrained => after(encoder.flush(), Step::EncoderDrained, &steps),
                Step::Encoder(EncoderEvent::Chunk(Chunk { time_us, key, bytes, config })) => {
                    announced = config.map(|(config, _)| config).or(announced);
                    let sample = Sample { decode_us: time_us, composition_offset_us: 0, size: bytes.length(), key };
                    encoder.came_out(time_us);
                    samples.push((sample, bytes));
                }
                Step::Encoder(_) => return None,
                Step::EncoderDrained => break,
            }
        }
        remade.push(Remade { config: announced.clone()?, samples });
    }
    Some(remade)
}

fn after(drained: impl Future<Output = ()> + 'static, step: Step, steps: &mpsc::UnboundedSender<Step>) {
    let steps = steps.clone();
    spawn_local(async move {
        drained.await;
        // A remake that was given up listens no more.
        let _ = steps.unbounded_send(step);
    });
}
