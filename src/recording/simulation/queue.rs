//! What comes when.

use super::encoder::{Bits, Output};
use super::sender::Shot;
use super::sound::SoundOutput;
use crate::recording::{Chunk, Input};
use std::cmp::Reverse;

/// What comes next.
pub(super) enum Event {
    Step(usize),
    Frame,
    Block,
    Tick,
    Input(Input<Bits, Shot>),
    Encoder(Output),
    Sound(SoundOutput),
    Reencoded(u32, Vec<Vec<Chunk<Bits>>>),
    DiskIsDone,
}

/// An event with its time in microseconds, its place among others of that time, and the machine that it is for.
pub(super) struct Scheduled {
    pub at: (i64, u64),
    pub life: u32,
    pub event: Event,
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Scheduled {}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        Reverse(self.at).cmp(&Reverse(other.at))
    }
}
