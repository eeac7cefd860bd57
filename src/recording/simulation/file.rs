//! A file, made as src/browser/export.rs makes it, and what holds for each.

use super::encoder::Bits;
use crate::clip::Bounds;
use crate::reel::{Sample, Segment, Track, VideoConfig};

/// What is wrong with a file of nothing.
pub(super) const EMPTY: &str = "there is nothing in the file";

/// The samples of a file, at their media times.
#[derive(Debug)]
pub(super) struct File {
    pub samples: Vec<(i64, Bits)>,
    pub end_us: i64,
    /// How much later a segment ends than the next begins, in microseconds.
    pub overlap_us: i64,
}

impl File {
    /// The part of a reel that lies within these bounds.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn new(mut parts: Vec<Segment<Bits>>, bounds: Bounds, configs: &[VideoConfig]) -> Result<Self, String> {
        parts.retain(|part| part.track == Track::Video);
        parts.iter().try_for_each(|part| check_segment(part, configs))?;
        let overlap = |pair: &[Segment<Bits>]| pair[0].table.end_us() - pair[1].table.start_us();
        let overlap_us = parts.windows(2).map(overlap).max().unwrap_or(0).max(0);
        parts.truncate(parts.partition_point(|part| part.table.start_us() < bounds.to_us));
        if let Some(last) = parts.last_mut() {
            last.table.extend(bounds.to_us);
        }
        parts.drain(..parts.partition_point(|part| part.table.start_us() <= bounds.from_us).saturating_sub(1));
        let end_us = parts.last().ok_or(EMPTY)?.table.end_us().min(bounds.to_us);
        let samples = parts.iter().flat_map(|part| part.table.samples().iter().zip(&part.payload));
        let mut samples: Vec<(i64, Bits)> = samples.map(|(sample, bits)| (sample.decode_us, *bits)).collect();
        // The last key frame that is early enough comes first.
        let is_start = |(time_us, bits): &(i64, Bits)| bits.key && *time_us <= bounds.from_us;
        samples.drain(..samples.iter().rposition(is_start).unwrap_or(0));
        samples.retain(|(time_us, _)| *time_us < bounds.to_us);
        let file = Self { samples, end_us, overlap_us };
        file.check()?;
        Ok(file)
    }

    /// A file of all of these segments.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn of_all(mut parts: Vec<Segment<Bits>>, configs: &[VideoConfig]) -> Result<Self, String> {
        parts.retain(|part| part.track == Track::Video);
        let start_us = parts.first().map_or(0, |first| first.table.start_us());
        let to_us = parts.last().map_or(0, |last| last.table.end_us());
        Self::new(parts, Bounds { reel_start_us: start_us, from_us: start_us, to_us, ..Bounds::default() }, configs)
    }

    /// It can be decoded from its first sample on, and time rises.
    fn check(&self) -> Result<(), String> {
        let first = self.samples.first().ok_or(EMPTY)?;
        if !first.1.key {
            return Err(format!("the file begins with frame {}, which is no key frame", first.1.frame));
        }
        for pair in self.samples.windows(2) {
            let [(time_us, bits), (next_us, next)] = [pair[0], pair[1]];
            if next_us <= time_us {
                return Err(format!("frame {} at {next_us} µs comes after {time_us} µs", next.frame));
            }
            if next.frame <= bits.frame {
                return Err(format!("frame {} comes after frame {}", next.frame, bits.frame));
            }
            if !next.key && (next.maker, next.place) != (bits.maker, bits.place + 1) {
                return Err(format!("frame {} can't be decoded after frame {}", next.frame, bits.frame));
            }
        }
        let last_us = self.samples[self.samples.len() - 1].0;
        if self.end_us <= last_us {
            return Err(format!("the file ends at {} µs, before its last frame at {last_us} µs", self.end_us));
        }
        Ok(())
    }

    /// How long it lasts, in microseconds.
    pub(crate) fn length_us(&self) -> i64 {
        self.end_us - self.samples[0].0
    }
}

fn check_segment(segment: &Segment<Bits>, configs: &[VideoConfig]) -> Result<(), String> {
    let Segment { index, config, table, payload, .. } = segment;
    if table.samples().len() != payload.len() {
        return Err(format!("segment {index} has {} samples and {} payloads", table.samples().len(), payload.len()));
    }
    let config = configs.get(*config as usize).ok_or(format!("segment {index} has no configuration"))?;
    if !payload.first().is_some_and(|first| first.key) {
        return Err(format!("segment {index} does not begin with a key frame"));
    }
    for (&Sample { size, key, .. }, bits) in table.samples().iter().zip(payload) {
        if (size, key) != (bits.size, bits.key) {
            return Err(format!("segment {index}: the table is wrong for frame {}", bits.frame));
        }
        if (config.width, config.height) != bits.picture {
            return Err(format!("segment {index}: frame {} has another size than its configuration", bits.frame));
        }
    }
    Ok(())
}
