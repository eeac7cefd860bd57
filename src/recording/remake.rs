//! A segment from what an encoder made of the frames of another.

use super::Chunk;
use crate::codec::nearest_input_us;
use crate::reel::{Sample, SampleTable, Segment, Track, VideoConfig};

/// A segment that was re-encoded, and what decodes it.
#[derive(Debug)]
pub(super) struct Reencoded<P> {
    pub segment: Segment<P>,
    pub config: VideoConfig,
}

/// The segment that an encoder made of an original. `announced` is the configuration of the chunks before; it is replaced by what
/// these bring.
pub(super) fn reassembled<P>(
    original: &Segment<P>,
    chunks: Vec<Chunk<P>>,
    announced: &mut Option<VideoConfig>,
) -> Option<Reencoded<P>> {
    let end_us = original.table.end_us();
    let mut reencoded: Option<Segment<P>> = None;
    // Re-encoded frames are encoded for their media times.
    for Chunk { steady, key, bytes, size, config } in chunks {
        let time_us = nearest_input_us(original.table.samples().iter().map(|sample| sample.decode_us), steady.us());
        *announced = config.or(announced.take());
        let sample = Sample { decode_us: time_us, composition_offset_us: 0, size, key };
        match &mut reencoded {
            Some(reencoded) => {
                reencoded.table.push(sample, end_us);
                reencoded.payload.push(bytes);
            }
            None => {
                let table = SampleTable::new(sample, end_us);
                reencoded = Some(Segment {
                    track: Track::Video,
                    index: original.index,
                    config: 0,
                    table,
                    payload: vec![bytes],
                });
            }
        }
    }
    Some(Reencoded { segment: reencoded?, config: announced.clone()? })
}
