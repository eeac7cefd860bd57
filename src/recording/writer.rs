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
    /// What is not on disk, in order; the first is being written.
    unsaved: VecDeque<StoredSegment>,
    is_writing: bool,
    /// What the disk refused first. Nothing is written after it.
    failed: Option<Error>,
    /// The configuration that the encoder announced last.
    config: u32,
    events: mpsc::UnboundedSender<Event>,
}

impl Writer {
    pub(super) fn new(store: Store, reel: ReelRecord, events: mpsc::UnboundedSender<Event>) -> Self {
        Self { store, reel, unsaved: VecDeque::new(), is_writing: false, failed: None, config: 0, events }
    }

    /// The configurations that the encoder has announced.
    pub(super) fn configs(&self) -> &[VideoConfig] {
        let Track::Video(configs) = &self.reel.track;
        configs
    }

    /// Where the track keeps this configuration; the latest one if the chunk came without.
    pub(super) fn config_index(&mut self, config: Option<VideoConfig>) -> u32 {
        let Track::Video(configs) = &mut self.reel.track;
        if let Some(config) = config {
            let known = configs.iter().position(|known| *known == config);
            self.config = known.unwrap_or(configs.len()) as u32;
            if known.is_none() {
                configs.push(config);
            }
        }
        self.config
    }

    /// Writes a segment, now or after those before it; [`Event::Written`] tells when it is on disk, or why not.
    pub(super) fn write(&mut self, segment: Segment<Uint8Array>) {
        match StoredSegment::try_from(segment) {
            Ok(segment) => self.unsaved.push_back(segment),
            Err(error) => self.tell(Err(error)),
        }
        if self.unsaved.len() > BACKLOG && self.failed.is_none() {
            self.tell(Err(Error::Storage { reason: "the disk can't keep up with the recording".into() }));
        }
        self.write_next();
    }

    fn write_next(&mut self) {
        let Some(segment) = self.unsaved.front().filter(|_| !self.is_writing && self.failed.is_none()) else { return };
        self.is_writing = true;
        let (store, segment, events) = (self.store.clone(), segment.clone(), self.events.clone());
        let reel = self.reel.with(&segment);
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
                    self.reel = self.reel.with(&segment);
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
    pub(super) fn export(&self, open: Option<Segment<Uint8Array>>, reply: Reply<Blob>) {
        let (store, reel) = (self.store.clone(), self.reel.clone());
        let mut unsaved: Vec<StoredSegment> = self.unsaved.iter().cloned().collect();
        spawn_local(async move {
            let exported = async {
                unsaved.extend(open.map(StoredSegment::try_from).transpose()?);
                let mut segments = store.segments(&reel.id).await?;
                // The recording may have gone on while the store was read.
                if let Some(first) = unsaved.first() {
                    segments.retain(|segment| segment.index < first.index);
                }
                segments.extend(unsaved);
                export(&reel, segments.into_iter().map(Part::from).collect())
            };
            let _ = reply.send(exported.await);
        });
    }

    fn tell(&self, result: Result<()>) {
        // The inbox is open as long as there is a conductor.
        let _ = self.events.unbounded_send(Event::Written(result));
    }
}

impl ReelRecord {
    /// With one more segment.
    fn with(&self, segment: &StoredSegment) -> Self {
        Self {
            frames: self.frames + segment.table.samples().len() as u32,
            bytes: self.bytes + segment.table.bytes(),
            duration_us: segment.table.end_us(),
            ..self.clone()
        }
    }
}
