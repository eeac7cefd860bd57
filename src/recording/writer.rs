use super::{Event, Reply};
use crate::browser::{Part, ReelRecord, Store, StoredSegment, export};
use crate::reel::{Segment, Track, VideoConfig};
use crate::{Error, Result};
use futures_channel::mpsc;
use js_sys::Uint8Array;
use std::collections::BTreeMap;
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

/// Puts segments on disk, and keeps those that are not there, or not yet, so that no export misses them.
pub(super) struct Writer {
    store: Store,
    /// As the store has it, or will when the writes under way are done.
    reel: ReelRecord,
    unsaved: BTreeMap<u32, StoredSegment>,
    /// The first write that was refused. None is tried after it.
    failed: Option<Error>,
    events: mpsc::UnboundedSender<Event>,
}

impl Writer {
    pub(super) fn new(store: Store, reel: ReelRecord, events: mpsc::UnboundedSender<Event>) -> Self {
        Self { store, reel, unsaved: BTreeMap::new(), failed: None, events }
    }

    /// The configurations that the encoder has announced.
    pub(super) fn configs(&self) -> &[VideoConfig] {
        let Track::Video(configs) = &self.reel.track;
        configs
    }

    /// Where the track keeps this configuration; the latest one if the chunk came without.
    pub(super) fn config_index(&mut self, config: Option<VideoConfig>) -> u32 {
        let Track::Video(configs) = &mut self.reel.track;
        let known = config.map(|config| match configs.iter().position(|known| *known == config) {
            Some(index) => index,
            None => {
                configs.push(config);
                configs.len() - 1
            }
        });
        known.unwrap_or(configs.len().saturating_sub(1)) as u32
    }

    /// Begins to write a segment; [`Event::Written`] tells when it is on disk.
    pub(super) fn write(&mut self, segment: Segment<Uint8Array>) {
        self.reel.frames += segment.table.samples().len() as u32;
        self.reel.bytes += segment.table.bytes();
        self.reel.duration_us = segment.table.end_us();
        let index = segment.index;
        let segment = match StoredSegment::try_from(segment) {
            Ok(segment) => segment,
            Err(error) => return drop(self.events.unbounded_send(Event::Written { index, result: Err(error) })),
        };
        self.unsaved.insert(index, segment.clone());
        if self.failed.is_some() {
            return;
        }
        let (store, reel, events) = (self.store.clone(), self.reel.clone(), self.events.clone());
        spawn_local(async move {
            let result = store.put_segment(&reel, &segment).await;
            let _ = events.unbounded_send(Event::Written { index, result });
        });
    }

    /// Notes what became of a write.
    pub(super) fn written(&mut self, index: u32, result: Result<()>) {
        match result {
            // One that comes after a hole on disk has to be exported with what is in the hole.
            Ok(()) if self.failed.is_none() => drop(self.unsaved.remove(&index)),
            Ok(()) => {}
            Err(error) => self.failed = self.failed.take().or(Some(error)),
        }
    }

    /// Whether no write is under way, be it that all is on disk or that the disk refuses.
    pub(super) fn is_settled(&self) -> bool {
        self.unsaved.is_empty() || self.failed.is_some()
    }

    /// Notes on disk that the reel has ended properly. Gives what kept it, or a segment before it, from the disk.
    pub(super) async fn complete(&mut self) -> Result<()> {
        if self.failed.is_none() && self.reel.frames > 0 {
            self.reel.complete = true;
            self.failed = self.store.put_reel(&self.reel).await.err();
        }
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// Makes a file of all segments before `next_index` and of the open one, as they are now.
    pub(super) fn export(&self, open: Option<Segment<Uint8Array>>, next_index: u32, reply: Reply<Blob>) {
        let (store, reel) = (self.store.clone(), self.reel.clone());
        let mut unsaved: Vec<StoredSegment> = self.unsaved.values().cloned().collect();
        spawn_local(async move {
            let exported = async {
                unsaved.extend(open.map(StoredSegment::try_from).transpose()?);
                let mut segments = store.segments(&reel.id).await?;
                // The recording may have gone on while the store was read.
                let first_unsaved = unsaved.first().map_or(next_index, |segment| segment.index);
                segments.retain(|segment| segment.index < first_unsaved);
                segments.extend(unsaved);
                export(&reel, segments.into_iter().map(Part::from).collect())
            };
            let _ = reply.send(exported.await);
        });
    }
}
