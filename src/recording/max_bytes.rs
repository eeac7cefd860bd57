//! The largest that a file may become. It ends the recording before the frame that may make the file larger.

/// What an index takes for each frame at most, in bytes: its size and its time, and those of its segment.
const INDEX_BYTES: u64 = 32;
/// The same for each packet of sound: its size, and a part of its chunk's; in WebM what stands before it, and a part of its cluster's.
const PACKET_INDEX_BYTES: u64 = 9;
/// What a second of sound takes at most, in bytes: 512 kbit/s.
const SECOND_BYTES: u64 = 64_000;
/// What a file takes besides, in bytes.
const HEAD_BYTES: u64 = 4_096;

/// How large a file may become, and how large frames are.
#[derive(Debug)]
pub(super) struct MaxBytes {
    most: Option<u64>,
    /// The largest frame so far, in bytes.
    largest: u32,
    /// What the marks take, in bytes.
    marks: u64,
}

impl MaxBytes {
    /// At most as much as either of these, in bytes; none for no limit.
    pub(crate) fn new(most: Option<u64>, memory: Option<u64>) -> Self {
        let most = match (most, memory) {
            (Some(most), Some(memory)) => Some(most.min(memory)),
            (most, memory) => most.or(memory),
        };
        Self { most, largest: 0, marks: 0 }
    }

    /// Whether there is a limit.
    pub(crate) fn is_limited(&self) -> bool {
        self.most.is_some()
    }

    /// Notes what the marks take, in bytes.
    pub(crate) fn note_marks(&mut self, bytes: u64) {
        self.marks = bytes;
    }

    /// Notes the size of an encoded frame, in bytes.
    pub(crate) fn note(&mut self, bytes: u32) {
        self.largest = self.largest.max(bytes);
    }

    /// Whether a file of this many frames and bytes may become too large by as many more frames as these, if each is as large as any so
    /// far.
    pub(crate) fn may_pass(&self, (frames, bytes): (u32, u64), more: u32) -> bool {
        self.passes((frames + more, bytes + u64::from(more) * u64::from(self.largest)))
    }

    /// Whether a file of this many packets and bytes of sound alone may become too large within a second.
    pub(crate) fn is_full_of_sound(&self, (packets, bytes): (u32, u64)) -> bool {
        let index = u64::from(packets) * PACKET_INDEX_BYTES;
        self.most.is_some_and(|most| bytes + index + SECOND_BYTES + HEAD_BYTES + self.marks > most)
    }

    /// Whether a file of this many frames and bytes is too large.
    pub(crate) fn passes(&self, (frames, bytes): (u32, u64)) -> bool {
        self.most.is_some_and(|most| bytes + u64::from(frames) * INDEX_BYTES + HEAD_BYTES + self.marks > most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_memory_is_a_limit_too() {
        for max in [MaxBytes::new(None, Some(1_000_000)), MaxBytes::new(Some(9_000_000), Some(1_000_000))] {
            assert!(max.is_limited() && max.passes((10, 999_000)) && !max.passes((10, 990_000)));
        }
    }

    #[test]
    fn it_ends_before_the_frame_that_may_be_too_much() {
        let mut max = MaxBytes::new(Some(1_000_000), Some(2_000_000));
        assert!(!max.may_pass((0, 0), 1), "nothing is known of the frames");
        max.note(50_000);
        max.note(1_000);
        assert!(!max.may_pass((10, 900_000), 1));
        assert!(max.may_pass((10, 900_000), 2), "one is in the encoder");
        assert!(max.may_pass((2_000, 900_000), 1), "the index counts");
        assert!(!max.passes((10, 990_000)) && max.passes((10, 999_000)));
        max.note_marks(6_000);
        assert!(max.passes((10, 990_000)), "marks count");
        assert!(!MaxBytes::new(None, None).may_pass((u32::MAX - 9, u64::MAX / 2), 9));
    }
}
