//! What is kept of a reel beside its segments.

use super::{AudioConfig, IdleReel, Mark, VideoConfig, from_start};
use crate::codec::{Container, SoundCodec};
use std::rc::Rc;

/// What the name of a reel's Web Lock begins with, before the id. Whoever holds the lock may write the reel.
pub const LOCK_PREFIX: &str = "trackreel:";
/// The same of the Web Lock of a page that has recorded or exported it, and is still open (`js/reel-locks.ts`).
pub const PAGE_PREFIX: &str = "trackreel-page:";

/// What the store keeps of a reel beside its segments. Times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq)]
pub struct ReelRecord {
    /// Its name; sorts by the time of recording.
    pub id: String,
    /// What kind of file it becomes.
    pub container: Container,
    /// When the recording began, in milliseconds since 1970.
    pub created_at: f64,
    /// Whether the recording has ended properly.
    pub complete: bool,
    /// Each configuration that the encoder of its video track has announced. A segment has its own by position.
    pub video: Vec<VideoConfig>,
    /// The same of its audio track. Empty if it has none.
    pub audio: Vec<AudioConfig>,
    /// Length of what is stored, in microseconds.
    pub duration_us: i64,
    /// Size of what is stored, in bytes.
    pub bytes: u64,
    /// Number of frames stored.
    pub frames: u32,
    /// When it was written last, in milliseconds since 1970.
    pub updated_at: f64,
    /// When what is stored begins, in microseconds of media time: later than 0 if only the end is kept.
    pub start_us: i64,
    /// Its marks, in microseconds of media time.
    pub marks: Rc<Vec<Mark>>,
    /// What its size was when all of it was exported last, in bytes; 0 before.
    pub exported_bytes: u64,
    /// Up to which media time, in microseconds, nothing of what is stored will change while it is being recorded.
    pub settled_us: i64,
}

impl ReelRecord {
    /// The codec of its sound; none without sound.
    pub fn sound_codec(&self) -> Option<SoundCodec> {
        self.audio.last().and_then(|config| SoundCodec::from_rfc6381(&config.codec))
    }

    /// A reel without a frame that begins now, to become an MP4. Its id sorts by the time of recording: `date` is that as ISO 8601 writes it, in UTC, to
    /// the millisecond, and `random` differs for reels that began at the same time.
    pub fn new(now_ms: f64, date: &str, random: u32) -> Self {
        Self {
            id: format!("{date}-{random:08x}"),
            container: Container::default(),
            created_at: now_ms,
            complete: false,
            video: Vec::new(),
            audio: Vec::new(),
            duration_us: 0,
            bytes: 0,
            frames: 0,
            updated_at: now_ms,
            start_us: 0,
            marks: Rc::default(),
            exported_bytes: 0,
            settled_us: 0,
        }
    }

    /// Its marks, in microseconds from its start.
    pub fn marks_from_start(&self) -> Vec<Mark> {
        from_start(&self.marks, self.start_us, self.start_us.saturating_add(self.duration_us))
    }

    /// What state it is in while no recording holds it.
    pub fn state(&self) -> &'static str {
        if self.complete { "complete" } else { "interrupted" }
    }

    /// What a clean-up goes by.
    pub fn idle(&self) -> IdleReel {
        let is_exported = self.exported_bytes > 0 && self.exported_bytes == self.bytes;
        IdleReel { created_ms: self.created_at, updated_ms: self.updated_at, is_exported }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reel() -> ReelRecord {
        ReelRecord::new(1_764_000_000_000.0, "2025-11-24T16:00:00.000Z", 0xbeef)
    }

    #[test]
    fn a_new_reel_has_an_id_of_its_time_and_nothing_in_it() {
        let reel = reel();
        assert_eq!(reel.id, "2025-11-24T16:00:00.000Z-0000beef");
        assert_eq!((reel.frames, reel.bytes, reel.duration_us, reel.complete), (0, 0, 0, false));
        assert_eq!(reel.state(), "interrupted");
        assert_eq!(ReelRecord { complete: true, ..reel }.state(), "complete");
    }

    // A reel that was exported, and then recorded on, was cleaned up.
    #[test]
    fn only_one_that_was_exported_as_a_whole_counts_as_exported() {
        let reel = reel();
        assert!(!reel.idle().is_exported);
        assert!(ReelRecord { bytes: 7, exported_bytes: 7, ..reel.clone() }.idle().is_exported);
        assert!(!ReelRecord { bytes: 9, exported_bytes: 7, ..reel }.idle().is_exported);
    }
}
