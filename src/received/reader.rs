//! From encoded frames as a track's receiver gives them to samples of a reel.

use super::shown_pictures::{LONG_WAIT_US, OVERTAKING_US, WAIT_US, is_before};
use super::{
    AccessUnit, Av1Reader, Given, H264Reader, Ordered, Place, Renumber, Repeat, Shown, ShownPictures, Unreadable,
    Vp8Reader, Vp9Reader,
};
use crate::codec::{Codec, Container};
use crate::reel::VideoConfig;
use crate::time::Wall;
use crate::timeline::Arrival;

/// What a receiver calls codecs (RFC 6184, § 8.1; RFC 7741, § 6.1; RFC 9628, § 6.1; RTP Payload Format for AV1, § 7.1).
const TYPES: [(&str, Codec); 4] =
    [("video/H264", Codec::H264), ("video/VP8", Codec::Vp8), ("video/VP9", Codec::Vp9), ("video/AV1", Codec::Av1)];

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
    /// Its temporal layer, from 0: no frame of a lower one needs it.
    pub layer: u32,
    /// When it was sent and received.
    pub arrival: Arrival,
    /// What was shown of it.
    pub shown: Shown<F>,
}

/// The layer of a frame, as its receiver reports it; 0 where it reports none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Layer {
    /// Of several sizes of one picture.
    pub spatial: u32,
    /// Of several rates.
    pub temporal: u32,
}

/// The usual difference of two frames in a row becomes longer by at most this part of it with each frame.
const SLOWER: u32 = 8;
/// The most repeats that are remembered: a longer freeze has been found.
const MOST_REPEATS: usize = 20_000;

/// Where the pictures of frames come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureSource {
    /// They do not come.
    None,
    /// From the browser, which shows nothing that needs a lost frame.
    Browser,
    /// From a decoder that gets each frame as it comes, also one that needs a lost one.
    Decoder,
}

/// Reads the frames of one source. `F` is a decoded picture.
#[derive(Debug)]
pub struct Reader<F> {
    /// What its frames go into.
    container: Container,
    h264: H264Reader,
    vp8: Vp8Reader,
    vp9: Vp9Reader,
    av1: Av1Reader,
    ordered: Ordered<Unit>,
    /// What comes next, in its order: it may wait for its picture.
    queue: Vec<Next<F>>,
    /// The pictures; none if they are not inspected.
    shown_pictures: Option<ShownPictures<F>>,
    /// Whether they show what was lost.
    shows_losses: bool,
    renumber: Renumber,
    /// The latest samples that can be omitted, and whether they are, oldest first.
    repeats: Vec<(Place, bool)>,
    /// The RTP timestamp of the last sample that was given, its difference to the one before it, and when the latest of them came.
    given: Option<u32>,
    last_step: u32,
    latest: Option<Wall>,
    /// The usual difference of two in a row, of a pair that was as close.
    step: u32,
}

#[derive(Debug)]
struct Unit {
    sample: Vec<u8>,
    config: Option<VideoConfig>,
    layer: u32,
    arrival: Arrival,
}

/// What comes next.
#[derive(Debug)]
enum Next<F> {
    /// A frame that can be decoded, as far as its numbers show; and once that is known, what was shown of it, and whether it was decoded.
    Frame { unit: Unit, place: Place, repeat: Repeat, shown: Option<(Shown<F>, bool)> },
    /// One that can't.
    Lost(Unit),
    /// No reel can hold what comes: this.
    Unfit(&'static str),
}

impl<F> Next<F> {
    fn arrival(&self) -> Option<&Arrival> {
        match self {
            Next::Frame { unit, .. } | Next::Lost(unit) => Some(&unit.arrival),
            Next::Unfit(_) => None,
        }
    }

    /// Its arrival, and its place, if it is a frame that can be decoded.
    fn frame(&self) -> Option<(&Arrival, &Place)> {
        match self {
            Next::Frame { unit, place, .. } => Some((&unit.arrival, place)),
            _ => None,
        }
    }
}

impl<F> Reader<F> {
    /// One of a source whose frames go into this, and whose pictures come from there.
    pub fn new(container: Container, pictures: PictureSource) -> Self {
        Self {
            container,
            h264: H264Reader::default(),
            vp8: Vp8Reader::default(),
            vp9: Vp9Reader::default(),
            av1: Av1Reader::default(),
            ordered: Ordered::default(),
            queue: Vec::new(),
            shown_pictures: (pictures != PictureSource::None).then(ShownPictures::default),
            shows_losses: pictures == PictureSource::Browser,
            renumber: Renumber::default(),
            repeats: Vec::new(),
            given: None,
            last_step: 0,
            latest: None,
            step: u32::MAX,
        }
    }

    /// One of the source that follows.
    pub fn of_next(&self, pictures: PictureSource) -> Self {
        Self::new(self.container, pictures)
    }

    /// Takes a frame of this type, and of this layer. Then [`peek`](Self::peek) finds what comes of it.
    pub fn push(&mut self, mime: &str, layer: Layer, bytes: &[u8], arrival: Arrival) {
        // What came before it is before it.
        self.sort(arrival.wall);
        if layer.spatial > 0 {
            return self.queue.push(Next::Unfit("layers"));
        }
        let Some(read) = self.read(mime, layer.temporal, bytes) else {
            return self.queue.push(Next::Unfit("codec"));
        };
        let Some(rtp) = arrival.rtp else { return };
        match read {
            // Of codecs without numbers, only pictures show what was lost.
            Ok(AccessUnit { place, .. }) if place.number.is_none() && !self.shows_losses => {
                self.queue.push(Next::Unfit("codec"));
            }
            Ok(AccessUnit { sample, config, place, layer, .. }) => {
                let unit = Unit { sample, config, layer, arrival };
                match self.late_place(rtp, &place) {
                    Some(at) => {
                        self.queue.insert(at, Next::Frame { unit, place, repeat: Repeat::No, shown: None });
                    }
                    None => self.ordered.push(rtp, place, arrival.wall, unit),
                }
            }
            Err(Unreadable::NotSupported(reason)) => self.queue.push(Next::Unfit(reason)),
            Err(Unreadable::Damaged | Unreadable::NoSets) => {
                let layer = layer.temporal;
                self.ordered.lose(rtp);
                self.queue.push(Next::Lost(Unit { sample: bytes.to_vec(), config: None, layer, arrival }));
            }
        }
    }

    /// Where in the queue a frame without a number belongs that was sent again: those behind it still wait for their pictures, which can't
    /// come before it is decoded.
    fn late_place(&self, rtp: u32, place: &Place) -> Option<usize> {
        let is_late = place.number.is_none() && self.given.is_none_or(|given| is_before(given, rtp));
        let is_behind = |next: &Next<F>| {
            next.frame().and_then(|(arrival, _)| arrival.rtp).is_some_and(|other| is_before(rtp, other))
        };
        let at = self.queue.iter().position(is_behind).filter(|_| is_late)?;
        let is_same = |next: &Next<F>| next.frame().is_some_and(|(arrival, _)| arrival.rtp == Some(rtp));
        (!self.queue.iter().any(is_same)).then_some(at)
    }

    /// Reads a frame of which this temporal layer is reported: each key frame has its configuration. None if the reel can't hold its codec.
    fn read(&mut self, mime: &str, reported: u32, bytes: &[u8]) -> Option<Result<AccessUnit, Unreadable>> {
        let (_, codec) = TYPES.into_iter().find(|(name, _)| mime.eq_ignore_ascii_case(name))?;
        let (read, config) = match codec {
            _ if !self.container.holds(codec) => return None,
            Codec::H264 => (self.h264.read(bytes), self.h264.config()),
            Codec::Vp8 => (self.vp8.read(bytes), self.vp8.config()),
            Codec::Vp9 => (self.vp9.read(bytes), self.vp9.config()),
            Codec::Av1 => (self.av1.read(bytes), self.av1.config()),
        };
        Some(read.map(|unit| {
            let config = unit.config.or_else(|| config.filter(|_| unit.is_key).cloned());
            let is_reference = codec == Codec::H264 && unit.layer == 0;
            let layer = if is_reference { 0 } else { unit.layer.max(reported) };
            AccessUnit { config, layer, ..unit }
        }))
    }

    /// Whether what waits can be judged before its pictures come: its numbers show what was lost.
    pub fn is_numbered(&self) -> bool {
        self.queue.iter().filter_map(Next::frame).all(|(_, place)| place.number.is_some())
    }

    /// Takes the picture of the frame with this RTP timestamp, at this time.
    pub fn show(&mut self, rtp: u32, picture: F, now: Wall) {
        if let Some(shown_pictures) = &mut self.shown_pictures {
            shown_pictures.push(rtp, picture, now);
        }
    }

    /// When the [next](Self::take) sample came; none if it has to wait at this time. If `is_all`, none waits for its picture.
    pub fn peek(&mut self, now: Wall, is_all: bool) -> Option<Wall> {
        self.sort(now);
        let found = self.find(now, is_all);
        let came = match self.queue.first_mut()? {
            Next::Frame { unit, shown, .. } => {
                *shown = shown.take().or(found);
                shown.as_ref().map(|_| unit.arrival.wall)
            }
            Next::Lost(unit) => Some(unit.arrival.wall),
            Next::Unfit(_) => Some(self.latest.unwrap_or(now)),
        };
        // Those that have waited for one that was sent again are there when that is.
        came.map(|came| self.latest.map_or(came, |latest| latest.max(came)))
    }

    /// Puts what needs not wait for a lost frame any more behind what is next.
    fn sort(&mut self, now: Wall) {
        while let Some(given) = self.ordered.next(now) {
            self.queue.push(match given {
                Given::Decodable { frame: unit, place, repeat } => Next::Frame { unit, place, repeat, shown: None },
                Given::Undecodable(unit) => Next::Lost(unit),
            });
        }
    }

    /// What was shown of the frame that is next, and whether it was decoded; none while that may still be found out.
    fn find(&mut self, now: Wall, is_all: bool) -> Option<(Shown<F>, bool)> {
        let Some(Next::Frame { unit, place, shown: None, .. }) = self.queue.first() else { return None };
        let (arrival, layer, is_key) = (unit.arrival, unit.layer, place.is_key);
        let is_numbered = place.number.is_some_and(|number| !self.may_have_lost_a_round(arrival.rtp, number.bits));
        let Some((shown_pictures, rtp)) = self.shown_pictures.as_mut().zip(arrival.rtp) else {
            return Some((Shown::Unknown, is_key || is_numbered));
        };
        if !is_numbered && !is_key && !self.shows_losses {
            return Some((Shown::Unknown, false));
        }
        let wait_us = if is_numbered { WAIT_US } else { LONG_WAIT_US };
        let is_late = now.saturating_since(arrival.wall) >= wait_us;
        // Frames and pictures come by different ways: one that was shown may still be under way, and what is behind it may need it.
        let is_under_way = |shown: u32| {
            let is_it = |next: &Next<F>| next.arrival().is_some_and(|arrival| arrival.rtp == Some(shown));
            self.given.is_none_or(|given| is_before(given, shown)) && !self.queue.iter().any(is_it)
        };
        let is_behind = shown_pictures.waiting().any(is_under_way);
        let is_overtaken = !is_numbered
            && !is_key
            && self.given.is_some()
            && shown_pictures.waiting().any(|shown| is_before(shown, rtp) && is_under_way(shown));
        if is_overtaken {
            return (is_late || is_all).then_some((Shown::Skipped, false));
        }
        // The frame before it may be under way too, though its own picture was not shown.
        let step = self.given.map_or(0, |given| rtp.wrapping_sub(given));
        let has_gap = !is_numbered && !is_key && step > self.step.saturating_add(self.step / 2);
        let is_early = shown_pictures.shown_at(rtp).is_some_and(|came| now.saturating_since(came) < OVERTAKING_US);
        if has_gap && is_early && !is_all {
            return None;
        }
        // One without a number waits for as long as it may, even where no pictures come: it could not be kept.
        let found = shown_pictures
            .find(rtp, arrival.wall, now)
            .filter(|found| is_numbered || is_late || !matches!(found, Shown::Unknown));
        let newest = shown_pictures.newest();
        let found = found.filter(|found| is_numbered || is_key || !is_behind || !matches!(found, Shown::Skipped));
        let is_over = is_all || (is_late && is_behind);
        let found = found.or(is_over.then_some(Shown::Skipped))?;
        let is_shown = |rtp: u32| newest.is_some_and(|newest| !is_before(newest, rtp));
        let is_decoded = is_key
            || is_numbered
            || match found {
                Shown::Frame(_) => true,
                // A later one that was shown and is no key frame needs those before it, back to one: they were decoded.
                Shown::Skipped => {
                    let is_newer_key =
                        |(arrival, place): (&Arrival, &Place)| place.is_key && arrival.rtp.is_some_and(is_shown);
                    // At the end of a recording, its pictures no longer come. Frames of a lower layer need none of a higher.
                    !is_all
                        && layer == 0
                        && !is_behind
                        && is_shown(rtp)
                        && !self.queue[1..].iter().filter_map(Next::frame).any(is_newer_key)
                }
                Shown::Unknown => false,
            };
        Some((found, is_decoded))
    }

    /// Whether as many frames may be missing before this RTP timestamp as numbers of this many bits count: the next number is right then.
    fn may_have_lost_a_round(&self, rtp: Option<u32>, bits: u8) -> bool {
        let gap = rtp.zip(self.given).map_or(0, |(rtp, given)| rtp.wrapping_sub(given));
        // A part of it, since frames come unevenly; a gap that goes back is none.
        let round = u64::from(self.step) * (1 << bits) / 2;
        gap < u32::MAX / 2 && u64::from(gap) >= round
    }

    /// The next sample, if [`peek`](Self::peek) has found one.
    pub fn take(&mut self) -> Option<Reading<F>> {
        if let Next::Frame { shown: None, .. } = self.queue.first()? {
            return None;
        }
        let mut read = match self.queue.remove(0) {
            Next::Unfit(reason) => return Some(Reading::Unfit(reason)),
            Next::Lost(unit) | Next::Frame { unit, shown: None | Some((_, false)), .. } => undecodable(unit),
            Next::Frame {
                unit: Unit { mut sample, config, layer, arrival },
                place,
                repeat,
                shown: Some((shown, true)),
            } => {
                self.renumber.keep(&mut sample, &place);
                let is_repeat = repeat == Repeat::Spare;
                if !is_repeat {
                    self.repeats.clear();
                } else if self.repeats.len() == MOST_REPEATS {
                    self.repeats.drain(..MOST_REPEATS - 1);
                }
                self.repeats.push((place, !is_repeat));
                let is_key = place.is_key;
                ReadSample { bytes: sample, is_key, config, is_repeat, is_decodable: true, layer, arrival, shown }
            }
        };
        let wall = self.latest.map_or(read.arrival.wall, |latest| latest.max(read.arrival.wall));
        self.latest = Some(wall);
        if let Some((last, rtp)) = self.given.zip(read.arrival.rtp).filter(|(last, rtp)| last != rtp) {
            // One alone may be short, and a sender may become slower.
            let step = rtp.wrapping_sub(last);
            let pair = step.max(std::mem::replace(&mut self.last_step, step));
            self.step = self.step.saturating_add(self.step / SLOWER).min(pair);
        }
        self.given = read.arrival.rtp.or(self.given);
        read.arrival.wall = wall;
        Some(Reading::Sample(read))
    }

    /// Notes that the last samples, this many of them, are not in the reel: each could be omitted.
    pub fn omitted(&mut self, samples: usize) {
        for at in self.repeats.len().saturating_sub(samples)..self.repeats.len() {
            let (place, is_left_out) = &mut self.repeats[at];
            if !std::mem::replace(is_left_out, true) {
                let (place, before) = (*place, at.checked_sub(1).map(|before| self.repeats[before].0));
                self.renumber.leave_out(&place, before.as_ref());
            }
        }
    }
}

fn undecodable<F>(Unit { sample: bytes, layer, arrival, .. }: Unit) -> ReadSample<F> {
    let shown = Shown::Unknown;
    ReadSample { bytes, is_key: false, config: None, is_repeat: false, is_decodable: false, layer, arrival, shown }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "reader_tests.rs"]
mod tests;
