use super::call::Event;
use crate::browser::{Lock, Movie, Store, StoredSegment, Watch, blob, export, spawn};
use crate::clip::Clip;
use crate::reel::{Contents, Entry, ReelRecord, Segment, Track, VideoConfig};
use crate::{Error, Result};
use futures_channel::mpsc;
use js_sys::{Array, Date, Object, Uint8Array};
use std::ops::Range;
use web_sys::Blob;

/// How many segments may wait to be written: about half a minute. A disk that is further behind will not catch up.
const BACKLOG: usize = 15;
/// How many segments are put together on disk once nothing can change them any more. An export takes a tenth of a millisecond for
/// each record, so an hour's would be half a second.
const MERGED: u32 = 16;

/// Puts segments on disk one after another, so that there is never a hole in what is there, and keeps those that are not
/// there yet, so that no export misses them.
pub(super) struct Writer {
    store: Store,
    /// Held for as long as this may write.
    lock: Option<Lock>,
    /// As the store has it, but for the configurations of segments that are not there yet, and for its figures.
    reel: ReelRecord,
    /// What is on disk, once the write under way is done.
    contents: Contents,
    keep_last_us: Option<i64>,
    /// What of it there is no more, since only the end is kept: frames and bytes.
    forgotten: (u32, u64),
    /// What waits to be written, in the order it will be: what is new, in its own order, and what takes the place of a segment
    /// that is on disk by then.
    unsaved: Vec<StoredSegment>,
    writing: Writing,
    /// From this index on segments are not put together yet.
    merged: u32,
    /// What the disk refused first. Nothing is written after it.
    failed: Option<Error>,
    /// The configuration that the encoder announced last.
    config: u32,
    /// What was written of the open segment last.
    begun: Option<Begun>,
    events: mpsc::UnboundedSender<Event>,
}

/// The bytes of a segment's first samples, as a Blob.
struct Begun {
    index: u32,
    samples: usize,
    /// The bytes of the last of them, by which a segment is recognised whose end was rolled back.
    last: Uint8Array,
    data: Blob,
}

impl Begun {
    fn is_of(&self, segment: &Segment<Uint8Array>) -> bool {
        let last = segment.payload.get(self.samples - 1);
        self.index == segment.index && last.is_some_and(|last| Object::is(last, &self.last))
    }
}

/// The write under way.
enum Writing {
    Nothing,
    Segment(StoredSegment),
    /// The reel's record, or a segment that was taken back meanwhile.
    Other,
}

impl Writer {
    /// Of a reel that is on disk as far as `contents` say.
    pub(super) fn new(
        store: Store,
        lock: Lock,
        reel: ReelRecord,
        contents: Contents,
        keep_last_us: Option<i64>,
        events: mpsc::UnboundedSender<Event>,
    ) -> Self {
        Self {
            store,
            lock: Some(lock),
            reel,
            merged: contents.indexes().end / MERGED * MERGED,
            contents,
            keep_last_us,
            forgotten: (0, 0),
            unsaved: Vec::new(),
            writing: Writing::Nothing,
            failed: None,
            config: 0,
            begun: None,
            events,
        }
    }

    /// What is on disk, once the write under way is done.
    pub(super) fn contents(&self) -> &Contents {
        &self.contents
    }

    /// What was removed, since only the end is kept: frames and bytes.
    pub(super) fn forgotten(&self) -> (u32, u64) {
        self.forgotten
    }

    /// The configurations that the encoder has announced.
    pub(super) fn configs(&self) -> &[VideoConfig] {
        let Track::Video(configs) = &self.reel.track;
        configs
    }

    /// Where the track keeps this configuration; the latest one if the chunk came without.
    pub(super) fn config_index(&mut self, config: Option<VideoConfig>) -> u32 {
        if let Some(config) = config {
            self.config = self.index_of(config);
        }
        self.config
    }

    /// Where the track keeps a configuration.
    pub(super) fn index_of(&mut self, config: VideoConfig) -> u32 {
        let Track::Video(configs) = &mut self.reel.track;
        let known = configs.iter().position(|known| *known == config);
        let index = known.unwrap_or(configs.len()) as u32;
        if known.is_none() {
            configs.push(config);
        }
        index
    }

    /// Writes a closed segment, now or after those before it; [`Event::Written`] tells when it is on disk, or why not. One with
    /// an index that was written before takes that one's place.
    pub(super) fn write(&mut self, segment: &Segment<Uint8Array>) {
        self.enqueue_new(segment);
        let is_new = |segment: &&StoredSegment| self.contents.get(segment.index).is_none();
        if self.unsaved.iter().filter(is_new).count() > BACKLOG && self.failed.is_none() {
            self.tell(Err(Error::Storage { reason: "the disk can't keep up with the recording".into() }));
        }
        self.write_next();
    }

    /// Writes what there is of the open segment, unless the disk is busy or has it: what is on disk is then no further behind
    /// than the last call.
    pub(super) fn write_open(&mut self, segment: &Segment<Uint8Array>) {
        if !self.is_settled() || self.failed.is_some() {
            return;
        }
        let entry = Entry::new(segment.index, &segment.table);
        let saved = self.contents.get(entry.index).copied();
        if saved == Some(entry) {
            return;
        }
        let is_only_longer = saved.is_some_and(|saved| Entry { end_us: entry.end_us, ..saved } == entry);
        if is_only_longer {
            // The last frame is being held: the record's length tells.
            self.contents.put(entry);
            return self.put(None);
        }
        self.enqueue_new(segment);
        self.write_next();
    }

    fn enqueue_new(&mut self, segment: &Segment<Uint8Array>) {
        match self.stored(segment) {
            Ok(segment) => self.enqueue(segment),
            Err(error) => self.tell(Err(error)),
        }
    }

    /// The segment with its bytes in a Blob. It continues the Blob of the write before: only new bytes leave the process.
    fn stored(&mut self, segment: &Segment<Uint8Array>) -> Result<StoredSegment> {
        let begun = self.begun.take().filter(|begun| begun.is_of(segment));
        let parts = Array::new();
        let known = begun.as_ref().map_or(0, |begun| begun.samples);
        if let Some(begun) = begun {
            parts.push(&begun.data);
        }
        segment.payload[known..].iter().for_each(|bytes| _ = parts.push(bytes));
        let data = blob(&parts, "")?;
        self.begun = segment.payload.last().map(|last| Begun {
            index: segment.index,
            samples: segment.payload.len(),
            last: last.clone(),
            data: data.clone(),
        });
        let Segment { index, config, table, .. } = segment;
        Ok(StoredSegment { index: *index, config: *config, table: table.clone(), data })
    }

    fn enqueue(&mut self, segment: StoredSegment) {
        match self.unsaved.iter_mut().rfind(|unsaved| unsaved.index == segment.index) {
            Some(unsaved) => *unsaved = segment,
            None => self.unsaved.push(segment),
        }
    }

    /// Puts a segment that was made again in the place of the one with its index, on disk or not. Gives how many bytes it is
    /// larger by.
    pub(super) fn replace(&mut self, segment: Segment<Uint8Array>) -> i64 {
        let unsaved = self.unsaved.iter().rfind(|unsaved| unsaved.index == segment.index);
        let before = unsaved.map(|unsaved| unsaved.table.bytes());
        let before = before.or(self.contents.get(segment.index).map(|saved| saved.bytes));
        let (Some(before), Ok(segment)) = (before, StoredSegment::try_from(&segment)) else { return 0 };
        let bytes = segment.table.bytes() as i64;
        self.enqueue(segment);
        self.write_next();
        bytes - before as i64
    }

    /// Puts the next segments together, once all of them have indexes below this, of segments that nothing will change, and the
    /// disk has nothing else to do. If it can't, they stay as they are.
    pub(super) fn merge(&mut self, settled: u32) {
        let indexes = self.merged..self.merged + MERGED;
        // What is dropped from the front goes segment by segment.
        if indexes.end > settled || self.keep_last_us.is_some() || self.failed.is_some() || !self.is_settled() {
            return;
        }
        self.merged = indexes.end;
        self.contents.merge(indexes.clone());
        self.writing = Writing::Other;
        let (store, id, events) = (self.store.clone(), self.reel.id.clone(), self.events.clone());
        spawn(async move {
            let _ = store.merge(&id, indexes).await;
            let _ = events.unbounded_send(Event::Written(Ok(())));
        });
    }

    /// Forgets the segments from this index on: their samples were taken back, or will be written anew.
    pub(super) fn forget_from(&mut self, index: u32) {
        self.unsaved.retain(|unsaved| unsaved.index < index);
        self.contents.forget_from(index);
        if matches!(&self.writing, Writing::Segment(segment) if segment.index >= index) {
            self.writing = Writing::Other;
        }
    }

    fn write_next(&mut self) {
        if self.failed.is_some() || !matches!(self.writing, Writing::Nothing) {
            return;
        }
        if !self.unsaved.is_empty() {
            let segment = self.unsaved.remove(0);
            self.contents.put(Entry::new(segment.index, &segment.table));
            self.put(Some(segment));
        }
    }

    fn put(&mut self, segment: Option<StoredSegment>) {
        for entry in self.keep_last_us.map_or_else(Vec::new, |length_us| self.contents.keep_last(length_us)) {
            self.forgotten.0 += entry.frames;
            self.forgotten.1 += entry.bytes;
        }
        let (store, reel, outside, events) = (self.store.clone(), self.record(), self.outside(), self.events.clone());
        self.writing = segment.clone().map_or(Writing::Other, Writing::Segment);
        spawn(async move {
            let result = store.put(&reel, segment.as_ref(), outside).await;
            let _ = events.unbounded_send(Event::Written(result));
        });
    }

    /// The indexes that no segment of the reel has.
    fn outside(&self) -> [Range<u32>; 2] {
        let indexes = self.contents.indexes();
        [0..indexes.start, indexes.end..u32::MAX]
    }

    /// The reel's record, as what is on disk says.
    fn record(&self) -> ReelRecord {
        let contents = &self.contents;
        ReelRecord {
            duration_us: contents.end_us() - contents.start_us(),
            bytes: contents.bytes(),
            frames: contents.frames(),
            updated_at: Date::now(),
            ..self.reel.clone()
        }
    }

    /// Notes what became of a write.
    pub(super) fn written(&mut self, result: Result<()>) {
        match result {
            Ok(()) => {
                self.writing = Writing::Nothing;
                self.write_next();
            }
            Err(error) => self.failed = self.failed.take().or(Some(error)),
        }
    }

    /// Whether no write is to be waited for, be it that all is on disk or that the disk refuses.
    pub(super) fn is_settled(&self) -> bool {
        self.failed.is_some() || (self.unsaved.is_empty() && matches!(self.writing, Writing::Nothing))
    }

    /// Notes on disk that the reel has ended properly, and lets go of it.
    ///
    /// # Errors
    /// What kept it, or a segment before it, from the disk.
    pub(super) async fn complete(&mut self) -> Result<()> {
        if self.failed.is_none() && self.contents.frames() > 0 {
            self.reel.complete = true;
            self.failed = self.store.put(&self.record(), None, self.outside()).await.err();
        }
        self.lock = None;
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// Makes a file of a part of all that is on disk, all that is not yet, and the open segment, as they are now.
    pub(super) fn export(
        &self,
        open: Option<&Segment<Uint8Array>>,
        clip: Clip,
        watch: Watch,
    ) -> impl Future<Output = Result<Movie>> + use<> {
        let open = open.map(StoredSegment::try_from).transpose();
        let (store, reel, mut contents) = (self.store.clone(), self.reel.clone(), self.contents.clone());
        let writing = match &self.writing {
            Writing::Segment(segment) => Some(segment.clone()),
            _ => None,
        };
        let mut newest: Vec<StoredSegment> = writing.into_iter().chain(self.unsaved.iter().cloned()).collect();
        async move {
            newest.extend(open?);
            let saved = contents.indexes();
            newest.iter().for_each(|segment| contents.put(Entry::new(segment.index, &segment.table)));
            let bounds = clip.bounds(contents.start_us(), contents.end_us())?;
            let needed = contents.indexes_between(bounds.from_us, bounds.to_us);
            // They may be put together meanwhile, or not be after all.
            let indexes = needed.start / MERGED * MERGED..needed.end.next_multiple_of(MERGED).min(saved.end);
            let (mut segments, mut damaged) = (Vec::new(), 0);
            if !indexes.is_empty() {
                // The recording may go on while the store is read.
                match store.read(&reel.id, indexes, &watch).await {
                    Ok((_, read, unreadable)) => (segments, damaged) = (read, unreadable),
                    // The first write may be under way.
                    Err(Error::NoSuchReel { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            for segment in newest {
                match segments.binary_search_by_key(&segment.index, |stored| stored.index) {
                    Ok(at) => segments[at] = segment,
                    Err(at) => segments.insert(at, segment),
                }
            }
            export(&reel, segments, bounds, damaged)
        }
    }

    fn tell(&self, result: Result<()>) {
        // The inbox is open as long as there is a conductor.
        let _ = self.events.unbounded_send(Event::Written(result));
    }
}
