//! The segments of one track: those on disk, and those that wait to be written.

use crate::reel::{Contents, Entry, MERGED, Segment};
use std::ops::Range;

/// How many segments may wait to be written: about half a minute. A disk that is further behind will not catch up.
const BACKLOG: usize = 15;

/// What there is of a track.
#[derive(Debug)]
pub(super) struct TrackSaving<P> {
    /// What is on disk, once the task under way is done.
    contents: Contents,
    /// How many samples of it there are no more, since only the end is kept.
    forgotten: u32,
    /// What waits to be written, in the order it will be: what is new, in its own order, and what takes the place of a segment
    /// that is on disk by then.
    unsaved: Vec<Segment<P>>,
    /// From this index on segments are not merged yet.
    merged: u32,
}

impl<P: Clone> TrackSaving<P> {
    /// That of a track that is on disk as far as this says.
    pub(crate) fn new(contents: Contents) -> Self {
        Self { merged: contents.indexes().end / MERGED * MERGED, contents, forgotten: 0, unsaved: Vec::new() }
    }

    /// What is on disk, once the task under way is done.
    pub(crate) fn contents(&self) -> &Contents {
        &self.contents
    }

    /// How many samples were removed, since only the end is kept.
    pub(crate) fn forgotten(&self) -> u32 {
        self.forgotten
    }

    /// What waits to be written.
    pub(crate) fn unsaved(&self) -> impl Iterator<Item = &Segment<P>> {
        self.unsaved.iter()
    }

    /// What is written next.
    pub(crate) fn next(&self) -> Option<&Segment<P>> {
        self.unsaved.first()
    }

    /// The same, which is on disk from now on.
    pub(crate) fn take_next(&mut self) -> Option<Segment<P>> {
        if self.unsaved.is_empty() {
            return None;
        }
        let segment = self.unsaved.remove(0);
        self.note(Entry::new(segment.index, &segment.table));
        Some(segment)
    }

    /// Whether this segment waits to be written.
    pub(crate) fn is_unsaved(&self, index: u32) -> bool {
        self.unsaved.iter().any(|unsaved| unsaved.index == index)
    }

    /// Whether there is a segment with this index, on disk or not.
    pub(crate) fn has(&self, index: u32) -> bool {
        self.is_unsaved(index) || self.contents.get(index).is_some()
    }

    /// Has a segment wait to be written.
    pub(crate) fn put(&mut self, segment: Segment<P>) {
        let at = self.unsaved.partition_point(|unsaved| unsaved.index < segment.index);
        match self.unsaved.get_mut(at).filter(|unsaved| unsaved.index == segment.index) {
            Some(unsaved) => *unsaved = segment,
            None => self.unsaved.insert(at, segment),
        }
    }

    /// Notes that a segment is on disk.
    pub(crate) fn note(&mut self, entry: Entry) {
        self.contents.put(entry);
    }

    /// Whether more wait than a disk will catch up with.
    pub(crate) fn is_behind(&self) -> bool {
        self.unsaved.iter().filter(|segment| self.contents.get(segment.index).is_none()).count() > BACKLOG
    }

    /// How many segments wait to be written.
    pub(crate) fn backlog(&self) -> usize {
        self.unsaved.len()
    }

    /// The segments that can be merged next, if all of them have indexes below this.
    pub(crate) fn next_group(&self, settled: u32) -> Option<Range<u32>> {
        let indexes = self.merged..self.merged + MERGED;
        (indexes.end <= settled).then_some(indexes)
    }

    /// Notes that these segments are merged.
    pub(crate) fn merge(&mut self, indexes: Range<u32>) {
        self.merged = self.merged.max(indexes.end);
        self.contents.merge(indexes);
    }

    /// Forgets the segments from this index on.
    pub(crate) fn forget_from(&mut self, index: u32) {
        self.unsaved.retain(|unsaved| unsaved.index < index);
        self.contents.forget_from(index);
    }

    /// Forgets what is not needed to keep this much of the end, in microseconds.
    pub(crate) fn keep_last(&mut self, length_us: i64) {
        for entry in self.contents.keep_last(length_us) {
            self.forgotten += entry.frames;
        }
        self.drop_forgotten();
    }

    /// Forgets the segments that end before this media time, in microseconds.
    pub(crate) fn forget_until(&mut self, time_us: i64) {
        let first = self.contents.indexes_between(time_us, i64::MAX).start;
        self.forgotten += self.contents.forget_before(first);
        self.drop_forgotten();
    }

    /// One that waits may have been forgotten.
    fn drop_forgotten(&mut self) {
        let first = self.contents.indexes().start;
        self.unsaved.retain(|unsaved| unsaved.index >= first);
    }

    /// Notes that nothing is on disk any more. What waits is still there, and so is the open segment, with the index `open`. Gives the
    /// number of samples that are gone.
    pub(crate) fn cleared(&mut self, open: Option<u32>) -> u32 {
        let known = self.contents.indexes();
        self.unsaved.iter().for_each(|unsaved| self.contents.put(Entry::new(unsaved.index, &unsaved.table)));
        let is_here = |index: u32| open == Some(index) || self.is_unsaved(index);
        // Without a hole, from the last one on.
        let end = self.contents.indexes().end.max(known.end).max(open.map_or(0, |open| open + 1));
        let is_kept = |index: &u32| is_here(*index) || self.contents.get(*index).is_none();
        let first = (0..end).rev().take_while(is_kept).last().unwrap_or(end);
        let gone = self.contents.forget_before(first);
        self.unsaved.retain(|unsaved| unsaved.index >= first);
        self.forgotten += gone;
        self.contents = Contents::default();
        self.merged = first.next_multiple_of(MERGED);
        gone
    }

    /// What there is, on disk or not, with the open segment.
    pub(crate) fn all(&self, open: Option<&Segment<P>>) -> Contents {
        let mut contents = self.contents.clone();
        self.unsaved.iter().chain(open).for_each(|segment| contents.put(Entry::new(segment.index, &segment.table)));
        contents
    }

    /// The indexes that no segment has.
    pub(crate) fn outside(&self) -> [Range<u32>; 2] {
        let indexes = self.contents.indexes();
        [0..indexes.start, indexes.end..u32::MAX]
    }
}
