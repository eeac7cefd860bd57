//! From encoded frames as a track's receiver gives them to samples of a reel.

use super::{Given, H264Reader, Ordered, Place, Renumber, Repeat, Unreadable};
use crate::reel::VideoConfig;
use crate::time::Wall;
use crate::timeline::Arrival;

/// What H.264 is called by a receiver (RFC 6184, § 8.1).
const H264: &str = "video/H264";

/// What comes of a frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Reading {
    /// A sample.
    Sample(ReadSample),
    /// The source has frames that no reel can hold as they are: this.
    Unfit(&'static str),
}

/// A frame as a reel has it.
#[derive(Debug, PartialEq, Eq)]
pub struct ReadSample {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether decoding can start here.
    pub is_key: bool,
    /// What decodes it; each key frame has one.
    pub config: Option<VideoConfig>,
    /// Whether it can be omitted: it shows what the frame before shows, and those after it are decoded to the same pictures without it.
    pub is_repeat: bool,
    /// Whether all came that it needs.
    pub is_decodable: bool,
    /// When it was sent and received.
    pub arrival: Arrival,
}

/// Reads the frames of one source.
#[derive(Debug, Default)]
pub struct Reader {
    h264: H264Reader,
    ordered: Ordered<Unit>,
    renumber: Renumber,
    /// The latest samples that can be omitted, and whether they are, oldest first.
    repeats: Vec<(Place, bool)>,
    /// What is to be given before frames that wait for others.
    readings: Vec<Reading>,
    /// When the latest of those that were given came.
    latest: Option<Wall>,
}

#[derive(Debug)]
struct Unit {
    sample: Vec<u8>,
    config: Option<VideoConfig>,
    arrival: Arrival,
}

impl Reader {
    /// Takes a frame of this type. Then [`next`](Self::next) gives what comes of it.
    pub fn push(&mut self, mime: &str, bytes: &[u8], arrival: Arrival) {
        if !mime.eq_ignore_ascii_case(H264) {
            return self.readings.push(Reading::Unfit("codec"));
        }
        let Some(rtp) = arrival.rtp else { return };
        match self.h264.read(bytes) {
            Ok(unit) => {
                let config = unit.config.or_else(|| self.h264.config().filter(|_| unit.is_key).cloned());
                self.ordered.push(rtp, unit.place, arrival.wall, Unit { sample: unit.sample, config, arrival });
            }
            Err(Unreadable::NotSupported(reason)) => self.readings.push(Reading::Unfit(reason)),
            Err(Unreadable::Damaged | Unreadable::NoSets) => {
                self.readings.push(Reading::Sample(undecodable(bytes.to_vec(), arrival)));
            }
        }
    }

    /// The next sample that needs to wait no more at this time.
    pub fn next(&mut self, now: Wall) -> Option<Reading> {
        if !self.readings.is_empty() {
            return Some(self.readings.remove(0));
        }
        let mut read = match self.ordered.next(now)? {
            Given::Undecodable(Unit { sample, arrival, .. }) => undecodable(sample, arrival),
            Given::Decodable { frame: Unit { mut sample, config, arrival }, place, repeat } => {
                self.renumber.keep(&mut sample, &place);
                let is_repeat = repeat == Repeat::Spare;
                if !is_repeat {
                    self.repeats.clear();
                }
                self.repeats.push((place, !is_repeat));
                ReadSample { bytes: sample, is_key: place.is_key, config, is_repeat, is_decodable: true, arrival }
            }
        };
        // Those that have waited for one that was sent again are there when that is.
        let wall = self.latest.max(Some(read.arrival.wall)).unwrap_or(read.arrival.wall);
        (self.latest, read.arrival.wall) = (Some(wall), wall);
        Some(Reading::Sample(read))
    }

    /// Notes that the last samples, this many of them, are not in the reel: each could be omitted.
    pub fn left_out(&mut self, samples: usize) {
        for at in self.repeats.len().saturating_sub(samples)..self.repeats.len() {
            let (place, is_left_out) = &mut self.repeats[at];
            if !std::mem::replace(is_left_out, true) {
                let (place, before) = (*place, at.checked_sub(1).map(|before| self.repeats[before].0));
                self.renumber.leave_out(&place, before.as_ref());
            }
        }
    }
}

fn undecodable(bytes: Vec<u8>, arrival: Arrival) -> ReadSample {
    ReadSample { bytes, is_key: false, config: None, is_repeat: false, is_decodable: false, arrival }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "reader_tests.rs"]
mod tests;
