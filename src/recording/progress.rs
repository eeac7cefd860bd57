//! How far a recording has come. It is derived from what there is.

use crate::timeline::DropReason;

/// How far a recording has come.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// The length of the reel, in microseconds.
    pub time_us: i64,
    /// How much longer it may become, in microseconds; none without a limit.
    pub remaining_us: Option<i64>,
    /// Whether the picture is frozen.
    pub is_frozen: bool,
    /// The size of its samples in bytes.
    pub bytes: u64,
    /// The frames in it, on disk or not.
    pub frames: u32,
    /// The frames that came: those in it, those in the encoder, those that were dropped, and those that were removed since only the end is
    /// kept.
    pub received: u32,
    /// What was dropped.
    pub drops: Drops,
    /// Picture width in pixels; 0 before the first picture.
    pub width: u32,
    /// Picture height in pixels; 0 before the first picture.
    pub height: u32,
    /// The codec as RFC 6381 writes it; empty before the first picture.
    pub codec: String,
    /// Whether frames are recorded as they were received at present.
    pub is_received: bool,
    /// The codec of the sound as RFC 6381 writes it; empty before the first packet.
    pub audio_codec: String,
}

/// How many frames were dropped, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drops {
    /// The recording was paused.
    pub paused: u32,
    /// They came faster than the cap allows.
    pub max_fps: u32,
    /// They repeat what a frozen sender sent before.
    pub freeze: u32,
    /// The encoder held as many as it may.
    pub backpressure: u32,
    /// The encoder did not return them, or what it returned can't be decoded.
    pub encoder: u32,
    /// They never came to the worker.
    pub missed: u32,
    /// They can't be decoded: what they need was lost on its way, or is not in the reel.
    pub network: u32,
}

impl Drops {
    /// Counts a frame that the timeline dropped.
    pub(super) fn add(&mut self, reason: DropReason) {
        match reason {
            DropReason::Paused => self.paused += 1,
            DropReason::MaxFps => self.max_fps += 1,
            DropReason::Freeze => self.freeze += 1,
        }
    }

    /// All of them.
    pub fn all(&self) -> u32 {
        self.paused + self.max_fps + self.freeze + self.backpressure + self.encoder + self.missed + self.network
    }
}
