//! From encoded frames as a track's receiver gives them to samples of a reel.

use super::{Given, H264Reader, Ordered, Place, Renumber, Repeat, Shown, Unreadable, Watch};
use crate::reel::VideoConfig;
use crate::time::Wall;
use crate::timeline::Arrival;

/// What H.264 is called by a receiver (RFC 6184, § 8.1).
const H264: &str = "video/H264";

/// What comes of a frame. `F` is a decoded picture.
#[derive(Debug, PartialEq, Eq)]
pub enum Reading<F> {
    /// A sample.
    Sample(ReadSample<F>),
    /// The source has frames that no reel can hold as they are: this.
    Unfit(&'static str),
}

/// A frame as a reel has it.
#[derive(Debug, PartialEq, Eq)]
pub struct ReadSample<F> {
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
    /// What was shown of it.
    pub shown: Shown<F>,
}

/// Reads the frames of one source.
#[derive(Debug)]
pub struct Reader<F> {
    h264: H264Reader,
    ordered: Ordered<Unit>,
    /// What is next, in decoding order: it may wait for its picture.
    queue: Vec<Next<F>>,
    /// The pictures; none if nobody looks at them.
    watch: Option<Watch<F>>,
    renumber: Renumber,
    /// The latest samples that can be omitted, and whether they are, oldest first.
    repeats: Vec<(Place, bool)>,
    /// What is to be given before frames that wait for others.
    readings: Vec<Reading<F>>,
    /// When the latest of those that were given came.
    latest: Option<Wall>,
}

/// A frame in decoding order, and what was shown of it once that is known.
#[derive(Debug)]
struct Next<F> {
    given: Given<Unit>,
    shown: Option<Shown<F>>,
}

#[derive(Debug)]
struct Unit {
    sample: Vec<u8>,
    config: Option<VideoConfig>,
    arrival: Arrival,
}

impl<F> Reader<F> {
    /// One of a source whose pictures come as well, if they do.
    pub fn new(has_pictures: bool) -> Self {
        Self {
            h264: H264Reader::default(),
            ordered: Ordered::default(),
            queue: Vec::new(),
            watch: has_pictures.then(Watch::default),
            renumber: Renumber::default(),
            repeats: Vec::new(),
            readings: Vec::new(),
            latest: None,
        }
    }

    /// Takes a frame of this type. Then [`peek`](Self::peek) finds what comes of it.
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

    /// Takes the picture of the frame with this RTP timestamp.
    pub fn show(&mut self, rtp: u32, picture: F) {
        if let Some(watch) = &mut self.watch {
            watch.push(rtp, picture);
        }
    }

    /// When the [next](Self::next) sample came; none if it has to wait at this time. If `is_all`, none waits for its picture.
    pub fn peek(&mut self, now: Wall, is_all: bool) -> Option<Wall> {
        if !self.readings.is_empty() {
            return Some(now);
        }
        while let Some(given) = self.ordered.next(now) {
            let shown = match (&given, &self.watch) {
                (Given::Decodable { .. }, Some(_)) => None,
                _ => Some(Shown::Unknown),
            };
            self.queue.push(Next { given, shown });
        }
        let Next { given, shown } = self.queue.first_mut()?;
        let (Given::Decodable { frame: unit, .. } | Given::Undecodable(unit)) = given;
        if let (None, Some(watch), Some(rtp)) = (&shown, &mut self.watch, unit.arrival.rtp) {
            *shown = watch.find(rtp, unit.arrival.wall, now).or(is_all.then_some(Shown::Skipped));
        }
        // Those that have waited for one that was sent again are there when that is.
        shown.as_ref().map(|_| self.latest.max(Some(unit.arrival.wall)).unwrap_or(unit.arrival.wall))
    }

    /// The next sample, if [`peek`](Self::peek) has found one.
    pub fn next(&mut self) -> Option<Reading<F>> {
        if !self.readings.is_empty() {
            return Some(self.readings.remove(0));
        }
        self.queue.first()?.shown.as_ref()?;
        let Next { given, shown } = self.queue.remove(0);
        let mut read = match given {
            Given::Undecodable(Unit { sample, arrival, .. }) => undecodable(sample, arrival),
            Given::Decodable { frame: Unit { mut sample, config, arrival }, place, repeat } => {
                self.renumber.keep(&mut sample, &place);
                let is_repeat = repeat == Repeat::Spare;
                if !is_repeat {
                    self.repeats.clear();
                }
                self.repeats.push((place, !is_repeat));
                let (is_key, shown) = (place.is_key, shown?);
                ReadSample { bytes: sample, is_key, config, is_repeat, is_decodable: true, arrival, shown }
            }
        };
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

fn undecodable<F>(bytes: Vec<u8>, arrival: Arrival) -> ReadSample<F> {
    let shown = Shown::Unknown;
    ReadSample { bytes, is_key: false, config: None, is_repeat: false, is_decodable: false, arrival, shown }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "reader_tests.rs"]
mod tests;
