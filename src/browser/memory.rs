//! One reel in memory, for as long as its worker is there: where a browser gives no disk, or a page wants none.

use super::records::StoredSegment;
use crate::recording::{Indexes, Outside};
use crate::reel::ReelRecord;
use crate::{Error, Result};

/// What the store has of one reel, without a store.
#[derive(Debug, Default)]
pub(super) struct Memory {
    reel: Option<ReelRecord>,
    /// In the order of their tracks and indexes.
    segments: Vec<StoredSegment>,
}

impl Memory {
    /// As [`Store::put`](super::Store::put).
    pub(crate) fn put(&mut self, reel: &ReelRecord, segments: &[StoredSegment], removed: &Outside) -> bool {
        let was_there = !self.segments.is_empty();
        self.segments.retain(|kept| !removed.has(kept.track, kept.index));
        for segment in segments {
            let at = self.segments.partition_point(|kept| kept.key() < segment.key());
            self.segments.retain(|kept| kept.key() != segment.key());
            self.segments.insert(at, segment.clone());
        }
        self.reel = Some(reel.clone());
        was_there
    }

    /// As [`Store::reel`](super::Store::reel).
    pub(crate) fn reel(&self) -> Option<ReelRecord> {
        self.reel.clone()
    }

    /// As [`Store::read`](super::Store::read).
    pub(crate) fn read(&self, id: &str, indexes: &Indexes) -> Result<(ReelRecord, Vec<StoredSegment>)> {
        let Some(reel) = self.reel.clone() else { return Err(Error::NoSuchReel { id: id.into() }) };
        // As on disk, sound that shares a record comes with its pictures.
        let is_wanted = |kept: &&StoredSegment| match &kept.shared {
            Some(shared) => indexes.video.contains(&shared.record),
            None => indexes.of(kept.track).contains(&kept.index),
        };
        Ok((reel, self.segments.iter().filter(is_wanted).cloned().collect()))
    }

    /// As [`Store::delete`](super::Store::delete).
    pub(crate) fn delete(&mut self) {
        *self = Self::default();
    }
}
