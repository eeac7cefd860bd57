//! The sound of a track, block by block.

use super::tasks::future_of;
use super::{field, now, object, reason};
use crate::sound::{Block, PacketClock};
use crate::time::Wall;
use crate::{Error, Result};
use js_sys::{Float32Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{AudioData, AudioDataCopyToOptions, ReadableStream, ReadableStreamDefaultReader};

/// The most channels that are read: others are the page's own affair.
const MOST_CHANNELS: u32 = 8;

/// A stream of `AudioData`, or of objects with what is read of one (`js/sound-port.ts`). Its source is released when it is cancelled.
#[derive(Clone)]
pub(super) struct Sounds(ReadableStreamDefaultReader);

impl Sounds {
    /// Takes over a stream.
    ///
    /// # Errors
    /// [`Error::InvalidState`] if somebody else is reading it.
    pub(crate) fn new(stream: &ReadableStream) -> Result<Self> {
        let reader = ReadableStreamDefaultReader::new(stream);
        reader.map(Self).map_err(|thrown| Error::InvalidState { reason: reason(&thrown) })
    }

    /// The next blocks, and when they came; none at its end, or once it is cancelled. Those of received packets have these, an RTP timestamp
    /// and a time of arrival in milliseconds (`js/packet-sound.ts`).
    pub(crate) async fn next(&self, clock: &mut PacketClock) -> Option<(Wall, [Option<Block>; 2])> {
        loop {
            let result = future_of(self.0.read()).await.ok()?;
            let value = field(&result, "value");
            if value.is_undefined() {
                return None;
            }
            let data = value.unchecked_into::<AudioData>();
            let block = block(&data);
            data.close();
            let packet = field(&data, "rtp").as_f64().zip(field(&data, "arrived").as_f64());
            // What can't be read is silence.
            let Some(mut block) = block else { continue };
            block.packet = field(&data, "packet").dyn_ref().map(Uint8Array::to_vec);
            return Some(match packet {
                Some((rtp, arrived_ms)) => {
                    let at = Wall::from_us((arrived_ms * 1e3) as i64);
                    (at, clock.stamp(block, rtp as u32, at))
                }
                None => (now(), [None, Some(block)]),
            });
        }
    }

    /// Releases its source.
    pub(crate) fn cancel(&self) {
        drop(self.0.cancel());
    }
}

/// The samples of a block, which stay until the browser reclaims them.
fn block(data: &AudioData) -> Option<Block> {
    let (length, count) = (data.number_of_frames(), data.number_of_channels().min(MOST_CHANNELS));
    let mut channels = Vec::with_capacity(count as usize);
    for plane in 0..count {
        let options = object(&[("planeIndex", plane.into()), ("format", "f32-planar".into())]);
        let samples = Float32Array::new_with_length(length);
        data.copy_to_with_buffer_source(&samples, options.unchecked_ref::<AudioDataCopyToOptions>()).ok()?;
        channels.push(samples.to_vec());
    }
    Some(Block { channels, rate: data.sample_rate() as u32, timestamp_us: data.timestamp() as i64, packet: None })
}
