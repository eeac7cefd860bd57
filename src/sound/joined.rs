//! The sound of a track without a hole: samples that are to be encoded, or packets that came encoded.

use super::{Block, PacketSplicer, Splicer, samples_of};

/// What follows in a track.
#[derive(Debug, Clone, PartialEq)]
pub enum Portion {
    /// The samples of each channel, to be encoded to a packet.
    Samples(Vec<Vec<f32>>),
    /// A packet as it was received.
    Packet(Vec<u8>),
}

impl Portion {
    /// How many samples of each channel it has.
    pub fn samples(&self) -> usize {
        match self {
            Portion::Samples(channels) => channels.first().map_or(0, Vec::len),
            Portion::Packet(packet) => samples_of(packet),
        }
    }
}

/// Joins blocks.
#[derive(Debug)]
pub enum Joined {
    /// By their samples.
    Samples(Splicer),
    /// By the packets of which they were decoded.
    Packets(PacketSplicer),
}

impl Joined {
    /// Has a block be heard at this media time, in microseconds.
    pub fn put(&mut self, block: Block, media_us: i64) {
        match self {
            Joined::Samples(splicer) => _ = splicer.put(block, media_us),
            Joined::Packets(splicer) => splicer.put(block.packet.unwrap_or_default(), media_us),
        }
    }

    /// Fills with silence up to this media time, in microseconds, where nothing has come.
    pub fn fill(&mut self, media_us: i64) {
        match self {
            Joined::Samples(splicer) => splicer.fill(media_us),
            Joined::Packets(splicer) => splicer.fill(media_us),
        }
    }

    /// Fills up, so that all is heard until this media time, in microseconds.
    pub fn finish(&mut self, media_us: i64) {
        match self {
            Joined::Samples(splicer) => splicer.finish(media_us),
            Joined::Packets(splicer) => splicer.finish(media_us),
        }
    }

    /// What follows; none yet if it may still change.
    pub fn take(&mut self) -> Option<Portion> {
        match self {
            Joined::Samples(splicer) => splicer.take().map(Portion::Samples),
            Joined::Packets(splicer) => splicer.take().map(Portion::Packet),
        }
    }

    /// How many samples wait that came from outside.
    pub fn waiting(&self) -> usize {
        match self {
            Joined::Samples(splicer) => splicer.waiting(),
            Joined::Packets(splicer) => splicer.waiting(),
        }
    }

    /// Whether it takes packets as they came.
    pub fn copies(&self) -> bool {
        matches!(self, Joined::Packets(_))
    }
}
