//! The sender of a track, and its pictures.

use super::plan::{Manners, Pictures};
use super::random::Random;
use crate::codec::{self, colour::BT709};
use crate::picture_size::Size;
use crate::recording::Received;
use crate::time::{Source, Wall};
use crate::timeline::{Arrival, Picture, Plane};

/// A frame: a number that no other has, in the order in which frames come, and what its picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shot {
    pub number: u32,
    pub look: Look,
}

/// What a picture shows above and below, and its size in pixels. Pictures with the same look are the same to the last bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    above: u32,
    below: u32,
    pub size: Size,
    is_tall: bool,
}

impl Look {
    /// Whether it shows the same, at any size.
    pub(crate) fn shows(&self, other: &Self) -> bool {
        (self.above, self.below) == (other.above, other.below)
    }

    /// Its pixels: planes much smaller than the picture would have, but of another shape for each size.
    pub(crate) fn picture(&self) -> Picture {
        let width = 16;
        let height = if self.is_tall { 136 } else { 8 } + (self.size.0 / 160) as usize * 8;
        let mut bytes = Vec::with_capacity(width * height);
        for y in 0..height {
            let shown = if y < height / 2 { self.above } else { self.below };
            let level = (shown.wrapping_mul(83) % 200) as u8;
            bytes.extend((0..width).map(|x| level + (x as u8 ^ y as u8) % 16));
        }
        Picture::new(bytes, [Plane { offset: 0, stride: width, width, height }])
    }
}

/// A frame on its way, and the time by the sender's clock, in microseconds.
#[derive(Debug, Clone, Copy)]
struct Sent {
    look: Look,
    at_us: i64,
}

/// Sends frames at its rate.
#[derive(Debug)]
pub(super) struct Sender {
    random: Random,
    manners: Manners,
    pub sends: Pictures,
    pub fps: i64,
    look: Look,
    shown: u32,
    at_us: i64,
    arrived_us: i64,
    rtp_us: i64,
    timestamp_us: i64,
    held: Vec<Sent>,
    /// For how long the first frame of the last burst was held back, in microseconds.
    pub held_us: i64,
}

impl Sender {
    /// One that sends nothing yet.
    pub(crate) fn new(seed: u64, manners: Manners) -> Self {
        let mut random = Random::new(seed, 2);
        let rtp_us = random.of(0..=50_000_000_000);
        Self {
            sends: Pictures::Nothing,
            fps: manners.fps,
            look: Look { above: 0, below: 0, size: (320, 180), is_tall: manners.is_tall },
            shown: 0,
            at_us: 0,
            arrived_us: 0,
            rtp_us,
            timestamp_us: random.of(0..=1_000_000_000),
            held: Vec::new(),
            held_us: 0,
            random,
            manners,
        }
    }

    /// When the next frame arrives, in microseconds.
    pub(crate) fn next_us(&mut self) -> i64 {
        self.at_us += 1_000_000 / self.fps;
        let jitter_us = self.random.of(0..=self.manners.jitter_ms * 1000);
        self.arrived_us = (self.arrived_us + 1).max(self.at_us + jitter_us);
        self.arrived_us
    }

    pub(crate) fn set_size(&mut self, size: Size) {
        self.look.size = size;
    }

    pub(crate) fn jump_rtp(&mut self, ms: i64) {
        self.rtp_us += ms * 1000;
    }

    pub(crate) fn jump_timestamp(&mut self, ms: i64) {
        self.timestamp_us += ms * 1000;
    }

    /// What arrives now, in microseconds.
    pub(crate) fn frame(&mut self, now_us: i64) -> Option<(Look, Arrival)> {
        match self.sends {
            Pictures::Nothing => return None,
            Pictures::Repeating => {}
            Pictures::MovingBelow => {
                self.shown += 1;
                self.look.below = self.shown;
            }
            Pictures::Moving | Pictures::HeldBack => {
                self.shown += 1;
                (self.look.above, self.look.below) = (self.shown, self.shown);
            }
        }
        let sent = Sent { look: self.look, at_us: self.at_us };
        if self.sends == Pictures::HeldBack {
            self.held.push(sent);
            return None;
        }
        Some((sent.look, self.arrival(sent, now_us, false)))
    }

    /// What was held back and arrives now, in microseconds.
    pub(crate) fn burst(&mut self, now_us: i64) -> Vec<(Look, Arrival)> {
        self.held_us = self.held.first().map_or(0, |first| now_us - first.at_us);
        let held = std::mem::take(&mut self.held);
        let arrived = held.into_iter().enumerate();
        arrived.map(|(n, sent)| (sent.look, self.arrival(sent, now_us, n == 0))).collect()
    }

    fn arrival(&self, sent: Sent, now_us: i64, is_burst: bool) -> Arrival {
        let rtp = self.manners.has_rtp.then_some(((sent.at_us + self.rtp_us) * 9 / 100) as u32);
        let timestamp = Source::from_us(sent.at_us + self.timestamp_us);
        Arrival { timestamp, rtp, wall: Wall::from_us(now_us), is_burst, is_encoded: false }
    }
}

/// A frame as the machine takes it.
pub(super) fn received(number: u32, look: Look, arrival: Arrival) -> Received<Shot> {
    let upright =
        codec::Appearance { size: look.size, is_turned: false, has_alpha: false, is_plain: true, colour: Some(BT709) };
    Received { frame: Shot { number, look }, appearance: upright, arrival }
}
