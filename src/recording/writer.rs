use super::{Event, Reply};
use crate::browser::{Part, ReelRecord, Store, StoredSegment, export};
use crate::reel::{Segment, Track, VideoConfig};
use crate::{Error, Result};
use futures_channel::mpsc;
use js_sys::Uint8Array;
use std::collections::VecDeque;
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

/// How many segments may wait to be written: about half a minute. A disk that is further behind will not catch up.
const BACKLOG: usize = 15;

/// Puts segments on disk one after another, so that there is never a hole in what is there, and keeps those that are not
/// there yet, so that no export misses them.
pub(super) struct Writer {
    store: Store,
    /// As the store has it, but for the configurations of segments that are not there yet.
    reel: ReelRecord,
    /// The segments on disk, in the order they were first written.
    saved: Vec<Saved>,
    /// What is not on disk, in the order it is written: what is new, in its own order, and what takes the place of a segment
    /// that is on disk by then. The first is being written.
    unsaved: VecDeque<StoredSegment>,
    is_writing: bool,
    /// What the disk refused first. Nothing is written after it.
    failed: Option<Error>,
    /// The configuration that the encoder announced last.
    config: u32,
    events: mpsc::UnboundedSender<Event>,
}

/// What is known of a segment on disk.
struct Saved {
    index: u32,
    frames: u32,
    bytes: u64,
}

impl Writer {
    pub(super) fn new(store: Store, reel: ReelRecord, events: mpsc::UnboundedSender<Event>) -> Self {
        let (saved, unsaved) = (Vec::new(), VecDeque::new());
        Self { store, reel, saved, unsaved, is_writing: false, failed: None, config: 0, events }
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

    /// Writes a segment, now or after those before it; [`Event::Written`] tells when it is on disk, or why not. One with an
    /// index that was written before takes that one's place.
    pub(super) fn write(&mut self, segment: &Segment<Uint8Array>) {
        match StoredSegment::try_from(segment) {
            Ok(segment) => self.enqueue(segment),
            Err(error) => self.tell(Err(error)),
        }
        let backlog = self.unsaved.iter().filter(|segment| self.saved(segment.index).is_none()).count();
        if backlog > BACKLOG && self.failed.is_none() {
            self.tell(Err(Error::Storage { reason: "the disk can't keep up with the recording".into() }));
        }
        self.write_next();
    }

    fn enqueue(&mut self, segment: StoredSegment) {
        let waiting = self.unsaved.iter().rposition(|unsaved| unsaved.index == segment.index);
        match waiting {
            Some(at) if at > 0 || !self.is_writing => self.unsaved[at] = segment,
            _ => self.unsaved.push_back(segment),
        }
    }

    /// Puts a segment that was made again in the place of the one with its index, on disk or not. Gives how many bytes it is
    /// larger by.
    pub(super) fn replace(&mut self, segment: Segment<Uint8Array>) -> i64 {
        let Ok(segment) = StoredSegment::try_from(&segment) else { return 0 };
        let (index, bytes) = (segment.index, segment.table.bytes() as i64);
        let unsaved = self.unsaved.iter().rfind(|unsaved| unsaved.index == index);
        let before = unsaved.map(|unsaved| unsaved.table.bytes()).or(self.saved(index).map(|saved| saved.bytes));
        self.enqueue(segment);
        self.write_next();
        bytes - before.unwrap_or(0) as i64
    }

    fn saved(&self, index: u32) -> Option<&Saved> {
        self.saved.iter().rfind(|saved| saved.index == index)
    }

    fn write_next(&mut self) {
        let Some(segment) = self.unsaved.front().filter(|_| !self.is_writing && self.failed.is_none()) else { return };
        self.is_writing = true;
        let (store, segment, events) = (self.store.clone(), segment.clone(), self.events.clone());
        let reel = self.reel_with(&segment);
        spawn_local(async move {
            let result = store.put_segment(&reel, &segment).await;
            let _ = events.unbounded_send(Event::Written(result));
        });
    }

    /// Notes what became of a write.
    pub(super) fn written(&mut self, result: Result<()>) {
        match result {
            Ok(()) => {
                self.is_writing = false;
                if let Some(segment) = self.unsaved.pop_front() {
                    self.reel = self.reel_with(&segment);
                    let (index, frames) = (segment.index, segment.table.samples().len() as u32);
                    let saved = Saved { index, frames, bytes: segment.table.bytes() };
                    match self.saved.iter_mut().find(|saved| saved.index == index) {
                        Some(before) => *before = saved,
                        None => self.saved.push(saved),
                    }
                }
                self.write_next();
            }
            Err(error) => self.failed = self.failed.take().or(Some(error)),
        }
    }

    /// Whether no write is to be waited for, be it that all is on disk or that the disk refuses.
    pub(super) fn is_settled(&self) -> bool {
        self.unsaved.is_empty() || self.failed.is_some()
    }

    /// Notes on disk that the reel has ended properly.
    ///
    /// # Errors
    /// What kept it, or a segment before it, from the disk.
    pub(super) async fn complete(&mut self) -> Result<()> {
        if self.failed.is_none() && self.reel.frames > 0 {
            self.reel.complete = true;
            self.failed = self.store.put_reel(&self.reel).await.err();
        }
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// Makes a file of all that is on disk, all that is not yet, and the open segment, as they are now.
    pub(super) fn export(&self, open: Option<&Segment<Uint8Array>>, reply: Reply<Blob>) {
        let open = open.map(StoredSegment::try_from).transpose();
        let (store, reel) = (self.store.clone(), self.reel.clone());
        let saved = self.saved.len();
        let mut unsaved: Vec<StoredSegment> = self.unsaved.iter().cloned().collect();
        spawn_local(async move {
            let exported = async {
                unsaved.extend(open?);
                let mut segments = store.segments(&reel.id).await?;
                // The recording may have gone on while the store was read.
                segments.truncate(saved);
                for segment in unsaved {
                    match segments.iter_mut().find(|stored| stored.index == segment.index) {
                        Some(replaced) => *replaced = segment,
                        None => segments.push(segment),
                    }
                }
                export(&reel, segments.into_iter().map(Part::from).collect())
            };
            let _ = reply.send(exported.await);
        });
    }

    /// The reel's record with one more segment on disk, or another in the place of one.
    fn reel_with(&self, segment: &StoredSegment) -> ReelRecord {
        let reel = self.reel.clone();
        let (frames, bytes) = self.saved(segment.index).map_or((0, 0), |saved| (saved.frames, saved.bytes));
        let is_last = self.saved.last().is_none_or(|last| last.index <= segment.index);
        ReelRecord {
            frames: reel.frames - frames + segment.table.samples().len() as u32,
            bytes: reel.bytes - bytes + segment.table.bytes(),
            duration_us: if is_last { segment.table.end_us() } else { reel.duration_us },
            ..reel
        }
    }

    fn tell(&self, result: Result<()>) {
        // The inbox is open as long as there is a conductor.
        let _ = self.events.unbounded_send(Event::Written(result));
    }
}
