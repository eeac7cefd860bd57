//! From encoded frames as a track's receiver gives them to samples of a reel.

use super::watch::is_before;
use super::{
    AccessUnit, Av1Reader, Given, H264Reader, Number, Ordered, Place, Renumber, Repeat, Shown, Unreadable, Vp9Reader,
    Watch,
};
use crate::reel::VideoConfig;
use crate::time::Wall;
use crate::timeline::Arrival;

/// What codecs are called by a receiver (RFC 6184, § 8.1; RFC 9628, § 6.1; RTP Payload Format for AV1, § 7.1).
const H264: &str = "video/H264";
const VP9: &str = "video/VP9";
const AV1: &str = "video/AV1";

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
    vp9: Vp9Reader,
    av1: Av1Reader,
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
    /// Whether it was not decoded, as far as pictures show.
    is_lost: bool,
}

impl<F> Next<F> {
    fn rtp(&self) -> Option<u32> {
        let (Given::Decodable { frame: unit, .. } | Given::Undecodable(unit)) = &self.given;
        unit.arrival.rtp
    }

    fn is_key(&self) -> bool {
        matches!(&self.given, Given::Decodable { place, .. } if place.is_key)
    }

    /// Its number; none if its codec has none, or if it can't be decoded.
    fn number(&self) -> Option<Number> {
        match &self.given {
            Given::Decodable { place, .. } => place.number,
            Given::Undecodable(_) => None,
        }
    }
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
            vp9: Vp9Reader::default(),
            av1: Av1Reader::default(),
            ordered: Ordered::default(),
            queue: Vec::new(),
            watch: has_pictures.then(Watch::default),
            renumber: Renumber::default(),
            repeats: Vec::new(),
            readings: Vec::new(),
            latest: None,
        }
    }

    /// Takes a frame of this type, and of this spatial layer. Then [`peek`](Self::peek) finds what comes of it.
    pub fn push(&mut self, mime: &str, layer: u32, bytes: &[u8], arrival: Arrival) {
        if layer > 0 {
            return self.readings.push(Reading::Unfit("layers"));
        }
        let Some(read) = self.read(mime, bytes) else {
            return self.readings.push(Reading::Unfit("codec"));
        };
        let Some(rtp) = arrival.rtp else { return };
        match read {
            Ok(AccessUnit { sample, config, place, .. }) => {
                // Of the codecs without numbers, only pictures show what was lost.
                if place.number.is_none() && self.watch.is_none() {
                    return self.readings.push(Reading::Unfit("codec"));
                }
                self.ordered.push(rtp, place, arrival.wall, Unit { sample, config, arrival });
            }
            Err(Unreadable::NotSupported(reason)) => self.readings.push(Reading::Unfit(reason)),
            Err(Unreadable::Damaged | Unreadable::NoSets) => {
                self.readings.push(Reading::Sample(undecodable(bytes.to_vec(), arrival)));
            }
        }
    }

    /// Reads a frame: each key frame has its configuration. None if no reel holds its codec.
    fn read(&mut self, mime: &str, bytes: &[u8]) -> Option<Result<AccessUnit, Unreadable>> {
        let is = |name: &str| mime.eq_ignore_ascii_case(name);
        let (read, config) = match () {
            _ if is(H264) => (self.h264.read(bytes), self.h264.config()),
            _ if is(VP9) => (self.vp9.read(bytes), self.vp9.config()),
            _ if is(AV1) => (self.av1.read(bytes), self.av1.config()),
            _ => return None,
        };
        Some(read.map(|unit| {
            let config = unit.config.or_else(|| config.filter(|_| unit.is_key).cloned());
            AccessUnit { config, ..unit }
        }))
    }

    /// Whether what waits can be judged before its pictures come: its numbers show what was lost.
    pub fn is_numbered(&self) -> bool {
        self.queue.iter().all(|next| next.number().is_some())
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
            self.queue.push(Next { given, shown, is_lost: false });
        }
        let Next { given, shown, .. } = self.queue.first()?;
        let (Given::Decodable { frame: unit, .. } | Given::Undecodable(unit)) = given;
        let (arrival, is_known) = (unit.arrival, shown.is_some());
        if let (false, Some(watch), Some(rtp)) = (is_known, &mut self.watch, arrival.rtp) {
            let found = watch.find(rtp, arrival.wall, now);
            let newest = watch.newest();
            let is_lost = match found {
                Some(Shown::Frame(_)) => false,
                // A frame that is shown and is no key frame needs those before it, back to one: those were decoded.
                Some(Shown::Skipped) => {
                    let is_shown = |rtp: u32| newest.is_some_and(|newest| !is_before(newest, rtp));
                    self.queue[1..].iter().any(|next| next.is_key() && next.rtp().is_some_and(is_shown))
                }
                Some(Shown::Unknown) | None => true,
            };
            let next = &mut self.queue[0];
            next.shown = found.or(is_all.then_some(Shown::Skipped));
            next.is_lost = is_lost && next.number().is_none();
        }
        // Those that have waited for one that was sent again are there when that is.
        self.queue[0].shown.as_ref().map(|_| self.latest.max(Some(arrival.wall)).unwrap_or(arrival.wall))
    }

    /// The next sample, if [`peek`](Self::peek) has found one.
    pub fn next(&mut self) -> Option<Reading<F>> {
        if !self.readings.is_empty() {
            return Some(self.readings.remove(0));
        }
        self.queue.first()?.shown.as_ref()?;
        let Next { given, shown, is_lost } = self.queue.remove(0);
        let mut read = match given {
            Given::Undecodable(Unit { sample, arrival, .. }) => undecodable(sample, arrival),
            Given::Decodable { frame: Unit { sample, arrival, .. }, .. } if is_lost => undecodable(sample, arrival),
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
