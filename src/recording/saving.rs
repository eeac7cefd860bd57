//! What of a reel is on disk, what waits to be written, and in which order. It decides; whoever has a disk carries out what it
//! [asks for](Saving::take_task) and reports the [outcome](Saving::written).

use crate::clip::{Bounds, Clip};
use crate::reel::{Contents, Entry, ReelRecord, Segment, VideoConfig};
use crate::{Error, Result};
use std::ops::Range;

/// How many segments may wait to be written: about half a minute. A disk that is further behind will not catch up.
const BACKLOG: usize = 15;
/// How many segments are merged on disk once nothing can change them any more. An export takes a tenth of a millisecond for each
/// record, so an hour's would be half a second.
const MERGED: u32 = 16;

/// What is to be done on disk. One thing at a time: the next only after the outcome of this.
#[derive(Debug, Clone, PartialEq)]
pub enum Task<P> {
    /// Write the reel's record, and with it a segment, if there is one. Segments with these indexes are not the reel's any more and
    /// are to be removed. All of it or nothing.
    Put {
        /// The record, but for when it was updated.
        reel: ReelRecord,
        /// The segment, in the place of the one with its index.
        segment: Option<Segment<P>>,
        /// Below the first and from behind the last.
        removed: [Range<u32>; 2],
    },
    /// Merge the segments with these indexes, if they can be: the first then holds all samples.
    Merge {
        /// The reel.
        id: String,
        /// Of segments that nothing will change.
        indexes: Range<u32>,
    },
}

/// The task under way.
#[derive(Debug)]
enum Writing<P> {
    Nothing,
    Segment(Segment<P>),
    /// The record, a merge, or a segment that was rolled back meanwhile.
    Other,
}

/// Has segments written one after another, so that there is never a hole in what is on disk, and keeps those that are not there
/// yet, so that no export misses them.
#[derive(Debug)]
pub struct Saving<P> {
    /// As it is on disk, but for the configurations of segments that are not there yet, and for its numbers.
    reel: ReelRecord,
    /// What is on disk, once the task under way is done.
    contents: Contents,
    keep_last_us: Option<i64>,
    /// How many frames of it there are no more, since only the end is kept.
    forgotten: u32,
    /// What waits to be written, in the order it will be: what is new, in its own order, and what takes the place of a segment
    /// that is on disk by then.
    unsaved: Vec<Segment<P>>,
    writing: Writing<P>,
    task: Option<Task<P>>,
    /// From this index on segments are not merged yet.
    merged: u32,
    /// What the disk refused first. Nothing is written after it.
    failed: Option<Error>,
    /// The configuration that the encoder announced last.
    config: u32,
}

impl<P: Clone> Saving<P> {
    /// That of a reel that is on disk as far as `contents` say. Only this much of its end stays there, in microseconds, if it is not to
    /// stay whole.
    pub fn new(reel: ReelRecord, contents: Contents, keep_last_us: Option<i64>) -> Self {
        Self {
            reel,
            merged: contents.indexes().end / MERGED * MERGED,
            contents,
            keep_last_us,
            forgotten: 0,
            unsaved: Vec::new(),
            writing: Writing::Nothing,
            task: None,
            failed: None,
            config: 0,
        }
    }

    /// What is to be done on disk now, if anything is.
    pub fn take_task(&mut self) -> Option<Task<P>> {
        self.task.take()
    }

    /// What is on disk, once the task under way is done.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// How many frames were removed, since only the end is kept.
    pub fn forgotten(&self) -> u32 {
        self.forgotten
    }

    /// The configurations that the encoder has announced.
    pub fn configs(&self) -> &[VideoConfig] {
        &self.reel.video
    }

    /// Where the track keeps this configuration; the latest one if the chunk came without.
    pub fn config_index(&mut self, config: Option<VideoConfig>) -> u32 {
        if let Some(config) = config {
            self.config = self.index_of(config);
        }
        self.config
    }

    /// Where the track keeps a configuration.
    pub fn index_of(&mut self, config: VideoConfig) -> u32 {
        let configs = &mut self.reel.video;
        let known = configs.iter().position(|known| *known == config);
        let index = known.unwrap_or(configs.len()) as u32;
        if known.is_none() {
            configs.push(config);
        }
        index
    }

    /// Has a closed segment written, now or after those before it. One with an index that was written before takes that one's place.
    ///
    /// # Errors
    /// [`Error::Storage`] if the disk is so far behind that it will not catch up. The segment is kept all the same.
    pub fn write(&mut self, segment: Segment<P>) -> Result<()> {
        self.enqueue(segment);
        self.write_next();
        let is_new = |segment: &&Segment<P>| self.contents.get(segment.index).is_none();
        let is_behind = self.unsaved.iter().filter(is_new).count() > BACKLOG;
        if is_behind && self.failed.is_none() {
            let error = Error::Storage { reason: "the disk can't keep up with the recording".into() };
            self.failed = Some(error.clone());
            return Err(error);
        }
        Ok(())
    }

    /// Has what there is of the open segment written, unless the disk is busy or has it: what is on disk is then no further behind
    /// than the last call.
    pub fn write_open(&mut self, segment: &Segment<P>) {
        if !self.is_settled() || self.failed.is_some() {
            return;
        }
        let entry = Entry::new(segment.index, &segment.table);
        let saved = self.contents.get(entry.index).copied();
        if saved == Some(entry) {
            return;
        }
        let is_only_longer =
            saved.is_some_and(|saved| saved.end_us < entry.end_us && Entry { end_us: entry.end_us, ..saved } == entry);
        if is_only_longer {
            // The last frame is being held: the record's length shows it.
            self.contents.put(entry);
            return self.put(None);
        }
        self.enqueue(segment.clone());
        self.write_next();
    }

    fn enqueue(&mut self, segment: Segment<P>) {
        let at = self.unsaved.partition_point(|unsaved| unsaved.index < segment.index);
        match self.unsaved.get_mut(at).filter(|unsaved| unsaved.index == segment.index) {
            Some(unsaved) => *unsaved = segment,
            None => self.unsaved.insert(at, segment),
        }
    }

    /// Puts a segment that was re-encoded in the place of the one with its index, on disk or not.
    pub fn replace(&mut self, segment: Segment<P>) {
        let is_unsaved = self.unsaved.iter().any(|unsaved| unsaved.index == segment.index);
        if is_unsaved || self.contents.get(segment.index).is_some() {
            self.enqueue(segment);
            self.write_next();
        }
    }

    /// Has the next segments merged, once all of them have indexes below this, of segments that nothing will change, and the disk has
    /// nothing else to do. If it can't, they stay as they are.
    pub fn merge(&mut self, settled: u32) {
        let indexes = self.merged..self.merged + MERGED;
        // What is dropped from the front goes segment by segment.
        if indexes.end > settled || self.keep_last_us.is_some() || self.failed.is_some() || !self.is_settled() {
            return;
        }
        self.merged = indexes.end;
        self.contents.merge(indexes.clone());
        self.writing = Writing::Other;
        self.task = Some(Task::Merge { id: self.reel.id.clone(), indexes });
    }

    /// Forgets the segments from this index on: their samples were rolled back, or will be written anew.
    pub fn forget_from(&mut self, index: u32) {
        self.unsaved.retain(|unsaved| unsaved.index < index);
        self.contents.forget_from(index);
        if matches!(&self.writing, Writing::Segment(segment) if segment.index >= index) {
            self.writing = Writing::Other;
        }
    }

    fn write_next(&mut self) {
        if self.failed.is_some() || !matches!(self.writing, Writing::Nothing) || self.unsaved.is_empty() {
            return;
        }
        let segment = self.unsaved.remove(0);
        self.contents.put(Entry::new(segment.index, &segment.table));
        self.put(Some(segment));
    }

    fn put(&mut self, segment: Option<Segment<P>>) {
        for entry in self.keep_last_us.map_or_else(Vec::new, |length_us| self.contents.keep_last(length_us)) {
            self.forgotten += entry.frames;
        }
        // One that was re-encoded may be forgotten before it is written.
        let first = self.contents.indexes().start;
        self.unsaved.retain(|unsaved| unsaved.index >= first);
        let segment = segment.filter(|segment| segment.index >= first);
        self.writing = segment.clone().map_or(Writing::Other, Writing::Segment);
        self.task = Some(Task::Put { reel: record(&self.reel, &self.contents), segment, removed: self.outside() });
    }

    /// The indexes that no segment of the reel has.
    fn outside(&self) -> [Range<u32>; 2] {
        let indexes = self.contents.indexes();
        [0..indexes.start, indexes.end..u32::MAX]
    }

    /// Notes what became of the task under way.
    pub fn written(&mut self, result: Result<()>) {
        match result {
            Ok(()) => {
                self.writing = Writing::Nothing;
                self.write_next();
            }
            Err(error) => self.failed = self.failed.take().or(Some(error)),
        }
    }

    /// Notes that nothing of the reel is on disk any more, be the task under way carried out or not: somebody has cleared it. What is in
    /// memory is written again. `open` is the index of the open segment, `closed` the segment that was closed last. Gives the number of
    /// frames that are gone.
    pub fn cleared(&mut self, open: Option<u32>, closed: Option<Segment<P>>) -> u32 {
        let writing = match std::mem::replace(&mut self.writing, Writing::Nothing) {
            Writing::Segment(segment) => Some(segment),
            _ => None,
        };
        let is_written = writing.is_some();
        // It may have been re-encoded since.
        let closed = closed.filter(|closed| closed.config == self.config && self.contents.get(closed.index).is_some());
        for segment in writing.into_iter().chain(closed) {
            if !self.unsaved.iter().any(|unsaved| unsaved.index == segment.index) {
                self.enqueue(segment);
            }
        }
        let known = self.contents.indexes();
        self.unsaved.iter().for_each(|unsaved| self.contents.put(Entry::new(unsaved.index, &unsaved.table)));
        let is_here = |index: u32| open == Some(index) || self.unsaved.iter().any(|unsaved| unsaved.index == index);
        // Without a hole, from the last one on.
        let end = self.contents.indexes().end.max(known.end).max(open.map_or(0, |open| open + 1));
        let is_kept = |index: &u32| is_here(*index) || self.contents.get(*index).is_none();
        let first = (0..end).rev().take_while(is_kept).last().unwrap_or(end);
        let gone = self.contents.forget_before(first);
        self.unsaved.retain(|unsaved| unsaved.index >= first);
        self.forgotten += gone;
        self.contents = Contents::default();
        self.merged = first.next_multiple_of(MERGED);
        if self.unsaved.is_empty() && is_written {
            // It may be there, and comes before what is gone.
            self.put(None);
        }
        self.write_next();
        gone
    }

    /// Whether no task is to be waited for, be it that all is on disk or that the disk refuses.
    pub fn is_settled(&self) -> bool {
        self.failed.is_some() || (self.unsaved.is_empty() && matches!(self.writing, Writing::Nothing))
    }

    /// Has it noted on disk that the reel has ended properly. It is [settled](Self::is_settled) when that is done.
    pub fn complete(&mut self) {
        if self.failed.is_none() && self.contents.frames() > 0 {
            self.reel.complete = true;
            self.put(None);
        }
    }

    /// What kept something from the disk.
    ///
    /// # Errors
    /// That.
    pub fn outcome(&self) -> Result<()> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// How many frames there are, on disk or not, and their bytes; `open` is the open segment.
    pub fn totals(&self, open: Option<&Segment<P>>) -> (u32, u64) {
        let mut contents = self.contents.clone();
        let mut put = |segment: &Segment<P>| contents.put(Entry::new(segment.index, &segment.table));
        self.unsaved.iter().for_each(&mut put);
        open.map(&mut put);
        (contents.frames(), contents.bytes())
    }

    /// All that a file can be made of, as it is now: what is on disk, what is not yet, and the open segment.
    pub fn snapshot(&self, open: Option<Segment<P>>) -> Snapshot<P> {
        let mut newest = Vec::new();
        if let Writing::Segment(segment) = &self.writing {
            newest.push(segment.clone());
        }
        newest.extend_from_slice(&self.unsaved);
        if let Some(open) = open {
            newest.push(open);
        }
        let (saved, mut contents) = (self.contents.indexes(), self.contents.clone());
        newest.iter().for_each(|segment| contents.put(Entry::new(segment.index, &segment.table)));
        Snapshot { reel: record(&self.reel, &contents), contents, saved, newest }
    }
}

/// A reel's record, with the numbers of this.
fn record(reel: &ReelRecord, contents: &Contents) -> ReelRecord {
    ReelRecord {
        duration_us: contents.end_us() - contents.start_us(),
        bytes: contents.bytes(),
        frames: contents.frames(),
        ..reel.clone()
    }
}

/// All that a file can be made of, at one moment.
#[derive(Debug)]
pub struct Snapshot<P> {
    /// The reel, with all configurations.
    pub reel: ReelRecord,
    contents: Contents,
    saved: Range<u32>,
    /// What is not on disk yet, or takes the place of what is.
    pub newest: Vec<Segment<P>>,
}

impl<P> Snapshot<P> {
    /// Where a part is, and the indexes to read from the disk for it; more than are needed, since segments may be merged meanwhile,
    /// or not be after all.
    ///
    /// # Errors
    /// [`Error::NothingRecorded`] if there is nothing in that part.
    pub fn plan(&self, clip: Clip) -> Result<(Bounds, Range<u32>)> {
        let bounds = clip.bounds(self.contents.start_us(), self.contents.end_us())?;
        let needed = self.contents.indexes_between(bounds.from_us, bounds.to_us);
        let indexes = needed.start / MERGED * MERGED..needed.end.next_multiple_of(MERGED).min(self.saved.end);
        Ok((bounds, indexes))
    }
}

/// Puts what is newer in the place of what was read from the disk, or among it, by index.
pub fn overlay<S>(mut read: Vec<S>, newest: impl IntoIterator<Item = S>, index: impl Fn(&S) -> u32) -> Vec<S> {
    for segment in newest {
        match read.binary_search_by_key(&index(&segment), &index) {
            Ok(at) => read[at] = segment,
            Err(at) => read.insert(at, segment),
        }
    }
    read
}
