//! What of a reel is on disk, what waits to be written, and in which order. It decides; whoever has a disk carries out what it
//! [asks for](Saving::take_task) and reports the [outcome](Saving::write_ended).

use super::marks::Marks;
use super::track_saving::TrackSaving;
use crate::clip::{Bounds, Clip};
use crate::pictures::{Pictures, Wanted};
use crate::reel::{AudioConfig, Contents, Entry, MERGED, Mark, ReelRecord, Segment, Track, VideoConfig};
use crate::{Error, Result};
use std::ops::Range;
use std::rc::Rc;

/// How many segments of sound may wait for the disk before no more is encoded.
const SOUND_BACKLOG: usize = 4;

/// Indexes of segments of each track.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Indexes {
    /// Of pictures.
    pub video: Range<u32>,
    /// Of sound.
    pub audio: Range<u32>,
}

impl Indexes {
    /// All that a reel can have.
    pub fn all() -> Self {
        Self { video: 0..u32::MAX, audio: 0..u32::MAX }
    }

    /// These of a track, and none of others.
    pub fn only(track: Track, indexes: Range<u32>) -> Self {
        match track {
            Track::Video => Self { video: indexes, audio: 0..0 },
            Track::Audio => Self { video: 0..0, audio: indexes },
        }
    }

    /// Those of a track.
    pub fn of(&self, track: Track) -> Range<u32> {
        match track {
            Track::Video => self.video.clone(),
            Track::Audio => self.audio.clone(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.video.is_empty() && self.audio.is_empty()
    }
}

/// The indexes of each track that no segment of the reel has: below the first and from behind the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// Of pictures.
    pub video: [Range<u32>; 2],
    /// Of sound.
    pub audio: [Range<u32>; 2],
}

impl Outside {
    /// These of a track, and none of others.
    pub fn only(track: Track, indexes: Range<u32>) -> Self {
        match track {
            Track::Video => Self { video: [indexes, 0..0], audio: [0..0, 0..0] },
            Track::Audio => Self { video: [0..0, 0..0], audio: [indexes, 0..0] },
        }
    }

    /// Whether a segment is one of them.
    pub fn has(&self, track: Track, index: u32) -> bool {
        let indexes = match track {
            Track::Video => &self.video,
            Track::Audio => &self.audio,
        };
        indexes.iter().any(|indexes| indexes.contains(&index))
    }
}

/// What is to be done on disk. One thing at a time: the next only after the outcome of this.
#[derive(Debug, Clone, PartialEq)]
pub enum Task<P> {
    /// Write the reel's record, and with it a segment, if there is one. Segments with these indexes are not the reel's any more and
    /// are to be removed. All of it or nothing.
    Put {
        /// The record, but for when it was updated.
        reel: Box<ReelRecord>,
        /// The segment, in the place of the one with its index.
        segment: Option<Segment<P>>,
        /// All that are not the reel's.
        removed: Outside,
    },
    /// Merge the segments with these indexes, if they can be: the first of each track then holds all samples, and those of both
    /// tracks are in one record, with the pictures.
    Merge {
        /// The reel.
        id: String,
        /// Of segments that nothing will change.
        indexes: Indexes,
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
pub(crate) struct Saving<P> {
    /// As it is on disk, but for the configurations of segments that are not there yet, and for its numbers.
    reel: ReelRecord,
    marks: Marks,
    video: TrackSaving<P>,
    audio: TrackSaving<P>,
    keep_last_us: Option<i64>,
    /// Whether it has no pictures, and never will.
    is_sound_alone: bool,
    writing: Writing<P>,
    task: Option<Task<P>>,
    /// What the disk refused first. Nothing is written after it.
    failed: Option<Error>,
    /// The configuration that the encoder announced last.
    config: u32,
    /// The open segment of sound.
    open_sound: Option<Entry>,
}

impl<P: Clone> Saving<P> {
    /// That of a reel that is on disk as far as these say. Only this much of its end stays there, in microseconds, if it is not to
    /// stay whole.
    pub(crate) fn new(reel: ReelRecord, video: Contents, audio: Contents, keep_last_us: Option<i64>) -> Self {
        Self {
            marks: Marks::new(reel.marks.to_vec()),
            reel,
            video: TrackSaving::new(video),
            audio: TrackSaving::new(audio),
            keep_last_us,
            is_sound_alone: false,
            writing: Writing::Nothing,
            task: None,
            failed: None,
            config: 0,
            open_sound: None,
        }
    }

    /// The same of a reel that may have sound alone.
    pub(crate) fn of_sound_alone(self, is_sound_alone: bool) -> Self {
        Self { is_sound_alone, ..self }
    }

    /// Whether it has.
    pub(crate) fn has_sound_alone(&self) -> bool {
        self.is_sound_alone
    }

    fn track_saving(&mut self, track: Track) -> &mut TrackSaving<P> {
        match track {
            Track::Video => &mut self.video,
            Track::Audio => &mut self.audio,
        }
    }

    /// What is to be done on disk now, if anything is.
    pub(crate) fn take_task(&mut self) -> Option<Task<P>> {
        self.task.take()
    }

    /// What is on disk of the pictures, once the task under way is done.
    pub(crate) fn contents(&self) -> &Contents {
        self.video.contents()
    }

    /// The same of sound.
    pub(crate) fn sound(&self) -> &Contents {
        self.audio.contents()
    }

    /// The same of what the reel is as long as: its pictures, or its sound if it has that alone.
    pub(crate) fn leading(&self) -> &Contents {
        if self.is_sound_alone { self.sound() } else { self.contents() }
    }

    /// How many frames were removed, since only the end is kept.
    pub(crate) fn forgotten(&self) -> u32 {
        self.video.forgotten()
    }

    /// Whether anything of what the reel is as long as was removed.
    pub(crate) fn has_forgotten(&self) -> bool {
        let leading = if self.is_sound_alone { &self.audio } else { &self.video };
        leading.forgotten() > 0
    }

    /// The configurations that the encoder has announced.
    pub(crate) fn configs(&self) -> &[VideoConfig] {
        &self.reel.video
    }

    /// Where the track keeps this configuration; the latest one if the chunk came without.
    pub(crate) fn config_index(&mut self, config: Option<VideoConfig>) -> u32 {
        if let Some(config) = config {
            self.config = self.index_of(config);
        }
        self.config
    }

    /// Where the track keeps a configuration.
    pub(crate) fn index_of(&mut self, config: VideoConfig) -> u32 {
        let configs = &mut self.reel.video;
        let known = configs.iter().position(|known| *known == config);
        let index = known.unwrap_or(configs.len()) as u32;
        if known.is_none() {
            configs.push(config);
        }
        index
    }

    /// The configurations of the sound track.
    pub(crate) fn audio_configs(&self) -> &[AudioConfig] {
        &self.reel.audio
    }

    /// Where the sound track keeps a configuration.
    pub(crate) fn audio_index_of(&mut self, config: AudioConfig) -> u32 {
        let configs = &mut self.reel.audio;
        let known = configs.iter().position(|known| *known == config);
        let index = known.unwrap_or(configs.len()) as u32;
        if known.is_none() {
            configs.push(config);
        }
        index
    }

    /// Notes the open segment of sound: its bytes count.
    pub(crate) fn note_open_sound(&mut self, open: Option<&Segment<P>>) {
        self.open_sound = open.map(|open| Entry::new(open.index, &open.table));
    }

    /// Its marks.
    pub(crate) fn marks(&mut self) -> &mut Marks {
        &mut self.marks
    }

    /// Its marks as they are in a reel that ends at this media time, in microseconds from its start.
    pub(crate) fn marks_until(&self, end_us: i64) -> Vec<Mark> {
        let start_us = self.leading().start_us();
        let mut marks = self.marks.of_reel(start_us, end_us);
        marks.iter_mut().for_each(|mark| mark.time_us -= start_us);
        marks
    }

    /// Has the marks written that are in no record yet, unless the disk is busy: then they are with what comes next. A record without
    /// segments is no reel.
    pub(crate) fn write_marks(&mut self) {
        let has_begun = self.contents().frames() + self.sound().frames() > 0;
        if self.marks.is_unsaved() && has_begun && self.is_settled() && self.failed.is_none() {
            self.put(None);
        }
    }

    /// Whether several segments of sound wait for the disk.
    pub(crate) fn is_behind_with_sound(&self) -> bool {
        self.failed.is_none() && self.audio.backlog() > SOUND_BACKLOG
    }

    /// Whether sound waits for the disk that will be written.
    pub(crate) fn has_to_write_sound(&self) -> bool {
        self.is_behind_with_sound() && self.takes_sound()
    }

    /// Has a closed segment written, now or after those before it. One with an index that was written before takes that one's place.
    ///
    /// # Errors
    /// [`Error::Storage`] if the disk is so far behind that it will not catch up. The segment is kept all the same.
    pub(crate) fn write(&mut self, segment: Segment<P>) -> Result<()> {
        let track = segment.track;
        self.track_saving(track).put(segment);
        self.write_next();
        if self.track_saving(track).is_behind() && self.failed.is_none() {
            let error = Error::Storage { reason: "the disk can't keep up with the recording".into() };
            self.failed = Some(error.clone());
            return Err(error);
        }
        Ok(())
    }

    /// Has what there is of the open segment written, unless the disk is busy or has it: what is on disk is then no further behind
    /// than the last call.
    pub(crate) fn write_open(&mut self, segment: &Segment<P>) {
        let is_early = segment.track == Track::Audio && !self.takes_sound();
        if !self.is_settled() || self.failed.is_some() || is_early {
            return;
        }
        let entry = Entry::new(segment.index, &segment.table);
        let track_saving = self.track_saving(segment.track);
        let saved = track_saving.contents().get(entry.index).copied();
        if saved == Some(entry) {
            return;
        }
        let is_only_longer =
            saved.is_some_and(|saved| saved.end_us < entry.end_us && Entry { end_us: entry.end_us, ..saved } == entry);
        if is_only_longer {
            // The last frame is being held: the record's length shows it.
            track_saving.note(entry);
            return self.put(None);
        }
        track_saving.put(segment.clone());
        self.write_next();
    }

    /// Puts a segment that was re-encoded in the place of the one with its index, on disk or not.
    pub(crate) fn replace(&mut self, segment: Segment<P>) {
        if self.track_saving(segment.track).has(segment.index) {
            self.track_saving(segment.track).put(segment);
            self.write_next();
        }
    }

    /// Has the next segments of a track merged, once all of them have indexes below this, of segments that nothing will change, and the
    /// disk has nothing else to do. If it can't, they stay as they are. Sound is merged with the pictures beside it.
    pub(crate) fn merge(&mut self, track: Track, settled: u32) {
        // What is dropped from the front goes segment by segment.
        if self.keep_last_us.is_some() || self.failed.is_some() || !self.is_settled() {
            return;
        }
        if track == Track::Audio && !self.is_sound_alone {
            return;
        }
        let Some(group) = self.track_saving(track).next_group(settled) else { return };
        // What is read for an export reaches as far as the last one. Of pictures there are always more.
        if track == Track::Audio && self.sound().next_index(group.end).is_none() {
            return;
        }
        let mut indexes = Indexes::only(track, group.clone());
        if track == Track::Video {
            let Some(sound) = self.sound_beside(&group, settled) else { return };
            self.audio.merge(sound.clone());
            indexes.audio = sound;
        }
        self.track_saving(track).merge(group);
        self.writing = Writing::Other;
        self.task = Some(Task::Merge { id: self.reel.id.clone(), indexes });
    }

    /// The segments of sound that start while these pictures are shown; none yet if more of them may come. Sound that has ended, or is
    /// as many segments behind as are merged, is not waited for.
    fn sound_beside(&self, group: &Range<u32>, settled: u32) -> Option<Range<u32>> {
        if self.sound().frames() == 0 {
            return Some(0..0);
        }
        let pictures = self.contents();
        let start_us = |index: u32| Some(pictures.get(pictures.next_index(index)?)?.start_us);
        // A segment that is read for a part is found by the pictures during which it starts.
        let (sound, is_followed) = self.sound().starting_in(start_us(group.start)?, start_us(group.end)?);
        let is_all = is_followed || settled >= group.end + MERGED;
        is_all.then_some(sound)
    }

    /// Forgets the segments of pictures from this index on: their samples were rolled back, or will be written again.
    pub(crate) fn forget_from(&mut self, index: u32) {
        self.video.forget_from(index);
        if matches!(&self.writing, Writing::Segment(segment) if segment.track == Track::Video && segment.index >= index)
        {
            self.writing = Writing::Other;
        }
    }

    fn write_next(&mut self) {
        if self.failed.is_some() || !matches!(self.writing, Writing::Nothing) {
            return;
        }
        // The tracks are on disk up to about the same time.
        let start_us = |track_saving: &TrackSaving<P>| track_saving.next().map(|next| next.table.start_us());
        let track = match (start_us(&self.video), start_us(&self.audio)) {
            (Some(video_us), Some(audio_us)) if audio_us < video_us && self.takes_sound() => Track::Audio,
            (None, Some(_)) if self.takes_sound() => Track::Audio,
            (None, _) => return,
            (Some(_), _) => Track::Video,
        };
        let segment = self.track_saving(track).take_next();
        self.put(segment);
    }

    fn put(&mut self, segment: Option<Segment<P>>) {
        if let Some(length_us) = self.keep_last_us {
            self.video.keep_last(length_us);
            if self.video.contents().frames() > 0 {
                self.audio.forget_until(self.video.contents().start_us());
            } else {
                self.audio.keep_last(length_us);
            }
        }
        // One that was re-encoded may be forgotten before it is written.
        let segment =
            segment.filter(|segment| segment.index >= self.track_saving(segment.track).contents().indexes().start);
        self.writing = segment.clone().map_or(Writing::Other, Writing::Segment);
        let (contents, sound) = (self.video.contents(), self.audio.contents());
        let start_us = if contents.frames() > 0 { contents } else { sound }.start_us();
        if self.has_forgotten() {
            self.marks.forget_before(start_us);
        }
        self.marks.save();
        let reel = Box::new(self.record(self.video.contents(), self.audio.contents()));
        let audio = if reel.audio.is_empty() { [0..0, 0..0] } else { self.audio.outside() };
        self.task = Some(Task::Put { reel, segment, removed: Outside { video: self.video.outside(), audio } });
    }

    /// Notes what became of the task under way.
    pub(crate) fn write_ended(&mut self, result: Result<()>) {
        match result {
            Ok(()) => {
                self.writing = Writing::Nothing;
                self.write_next();
            }
            Err(error) => self.failed = self.failed.take().or(Some(error)),
        }
    }

    /// Notes that nothing of the reel is on disk any more, be the task under way carried out or not: somebody has cleared it. What is in
    /// memory is written again. `open` is the index of the open segment, `closed` the segment that was closed last, both of pictures. Gives
    /// the number of frames that are gone.
    pub(crate) fn cleared(&mut self, open: Option<u32>, closed: Option<Segment<P>>) -> u32 {
        let writing = match std::mem::replace(&mut self.writing, Writing::Nothing) {
            Writing::Segment(segment) => Some(segment),
            _ => None,
        };
        let is_written = writing.is_some();
        // It may have been re-encoded since.
        let closed =
            closed.filter(|closed| closed.config == self.config && self.contents().get(closed.index).is_some());
        for segment in writing.into_iter().chain(closed) {
            let track_saving = self.track_saving(segment.track);
            if !track_saving.is_unsaved(segment.index) {
                track_saving.put(segment);
            }
        }
        let mut gone = self.video.cleared(open);
        let open_sound = self.open_sound.filter(|_| self.is_sound_alone).map(|open| open.index);
        let gone_sound = self.audio.cleared(open_sound);
        if self.is_sound_alone {
            gone = gone_sound;
        }
        if self.video.next().is_none() && self.audio.next().is_none() && is_written {
            // It may be there, and comes before what is gone.
            self.put(None);
        }
        self.write_next();
        gone
    }

    /// Whether no task is to be waited for: all is on disk, or the disk refuses.
    pub(crate) fn is_settled(&self) -> bool {
        let is_idle = matches!(self.writing, Writing::Nothing);
        let is_sound_written = self.audio.next().is_none() || !self.takes_sound();
        self.failed.is_some() || (is_idle && self.video.next().is_none() && is_sound_written)
    }

    /// Whether sound is written: it waits for the first picture to be on disk, unless there are none.
    fn takes_sound(&self) -> bool {
        self.is_sound_alone || self.video.contents().frames() > 0
    }

    /// Has it noted on disk that the reel has ended properly. It is [settled](Self::is_settled) when that is done.
    pub(crate) fn complete(&mut self) {
        if self.failed.is_none() && self.contents().frames() + self.sound().frames() > 0 {
            self.reel.complete = true;
            self.put(None);
        }
    }

    /// What kept something from the disk.
    ///
    /// # Errors
    /// That.
    pub(crate) fn outcome(&self) -> Result<()> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// When the first of the pictures begins that wait to be written, in microseconds: they may take the place of others.
    pub(crate) fn waiting_from_us(&self) -> i64 {
        self.video.unsaved().map(|segment| segment.table.start_us()).min().unwrap_or(i64::MAX)
    }

    /// How many frames there are, on disk or not, and their bytes and those of sound; `open` is the open segment of pictures.
    pub(crate) fn totals(&self, open: Option<&Segment<P>>) -> (u32, u64) {
        let contents = self.video.all(open);
        let mut sound = self.audio.all(None);
        if let Some(open) = self.open_sound {
            sound.put(open);
        }
        // Sound that waits for a picture is not in the reel yet.
        let has_sound = self.is_sound_alone || contents.frames() > 0;
        (contents.frames(), contents.bytes() + if has_sound { sound.bytes() } else { 0 })
    }

    /// How many packets of sound there are, on disk or not, and their bytes; none without sound.
    pub(crate) fn sound_totals(&self) -> Option<(u32, u64)> {
        let mut sound = self.audio.all(None);
        sound.put(self.open_sound?);
        Some((sound.frames(), sound.bytes()))
    }

    /// All that a file can be made of, as it is now: what is on disk, what is not yet, and the open segment of each track.
    pub(crate) fn snapshot(&self, open: impl IntoIterator<Item = Segment<P>>) -> Snapshot<P> {
        let mut newest = Vec::new();
        if let Writing::Segment(segment) = &self.writing {
            newest.push(segment.clone());
        }
        newest.extend(self.video.unsaved().chain(self.audio.unsaved()).cloned());
        newest.extend(open);
        let saved = Indexes { video: self.contents().indexes(), audio: self.sound().indexes() };
        let (mut video, mut audio) = (self.contents().clone(), self.sound().clone());
        for Segment { track, index, table, .. } in &newest {
            let contents = match track {
                Track::Video => &mut video,
                Track::Audio => &mut audio,
            };
            contents.put(Entry::new(*index, table));
        }
        let reel = self.record(&video, &audio);
        Snapshot { reel, video, audio, is_sound_alone: self.is_sound_alone, saved, settled_us: None, newest }
    }

    /// The reel's record, with the numbers of this.
    fn record(&self, video: &Contents, audio: &Contents) -> ReelRecord {
        let leading = if video.frames() > 0 { video } else { audio };
        ReelRecord {
            start_us: leading.start_us(),
            marks: Rc::new(self.marks.of_reel(leading.start_us(), leading.end_us())),
            duration_us: leading.end_us() - leading.start_us(),
            bytes: video.bytes() + audio.bytes(),
            frames: video.frames(),
            ..self.reel.clone()
        }
    }
}

/// All that a file can be made of, at one moment.
#[derive(Debug)]
pub struct Snapshot<P> {
    /// The reel, with all configurations.
    pub reel: ReelRecord,
    video: Contents,
    audio: Contents,
    is_sound_alone: bool,
    saved: Indexes,
    /// Up to where nothing can be rolled back any more, in microseconds of media time; none if it has ended.
    settled_us: Option<i64>,
    /// What is not on disk yet, or takes the place of what is.
    pub newest: Vec<Segment<P>>,
}

impl<P> Snapshot<P> {
    /// The same of a recording that goes on: up to this media time nothing can be rolled back any more, in microseconds.
    pub fn settled_until(self, settled_us: i64) -> Self {
        Self { settled_us: Some(settled_us), ..self }
    }

    /// Whether a key frame is among what is not on disk yet.
    pub fn has_key(&self) -> bool {
        let pictures = self.newest.iter().filter(|segment| segment.track == Track::Video);
        pictures.flat_map(|segment| segment.table.samples()).any(|sample| sample.key)
    }

    /// The indexes to read from the disk for these pictures; none if all that is needed is here.
    pub fn needed_for(&self, pictures: &Pictures) -> Indexes {
        let video = &self.video;
        let needed = match pictures.wanted {
            Wanted::At(at_us) => {
                let at_us = video.start_us().saturating_add(at_us);
                video.indexes_between(at_us, at_us.saturating_add(1))
            }
            Wanted::Newest => video.indexes_between(i64::MAX, i64::MAX),
            Wanted::Strip(_) => video.indexes(),
        };
        let is_here = |index: u32| {
            video.get(index).is_none()
                || self.newest.iter().any(|segment| segment.track == Track::Video && segment.index == index)
        };
        let has_key = needed.clone().any(|index| video.get(index).is_some_and(|entry| entry.key_us.is_some()));
        if !has_key {
            return Indexes::only(Track::Video, self.saved.video.clone());
        }
        if needed.clone().all(is_here) {
            return Indexes::default();
        }
        Indexes::only(Track::Video, widened(&needed, &self.saved.video))
    }

    /// When the first picture is shown, in microseconds of media time.
    pub fn first_us(&self) -> i64 {
        self.video.start_us()
    }

    /// Where a part is, and the indexes to read from the disk for it; more than are needed, since segments may be merged meanwhile,
    /// or not be after all.
    ///
    /// # Errors
    /// [`Error::NothingRecorded`] if there is nothing in that part.
    pub fn plan(&self, clip: Clip) -> Result<(Bounds, Indexes)> {
        let leading = if self.is_sound_alone { &self.audio } else { &self.video };
        let (start_us, end_us) = (leading.start_us(), leading.end_us());
        // Packets of sound need no other.
        let settled_us = self.settled_us.filter(|_| !self.is_sound_alone);
        let open_us = settled_us.map_or(end_us, |settled_us| self.video.settled_key(settled_us, &self.audio));
        let bounds = clip.bounds_before(start_us, end_us, open_us)?;
        let needed = self.video.indexes_between(bounds.from_us, bounds.to_us);
        // Pictures begin with a key frame, and sound with the first of them.
        let from_us = self.video.get(needed.start).map_or(bounds.from_us, |first| first.start_us.min(bounds.from_us));
        let sound = self.audio.indexes_between(from_us, bounds.to_us);
        let mut audio = widened(&sound, &self.saved.audio);
        // Sound is merged as it comes, not by its numbers.
        audio.end = audio.end.max(self.audio.next_index(sound.end).unwrap_or(0).min(self.saved.audio.end));
        // It may be in the record of the pictures during which it starts.
        let from_us = self.audio.get(sound.start).map_or(from_us, |first| first.start_us.min(from_us));
        let needed = self.video.indexes_between(from_us, bounds.to_us);
        Ok((bounds, Indexes { video: widened(&needed, &self.saved.video), audio }))
    }
}

/// These indexes, and those of segments that may be merged with them, as far as they are on disk.
fn widened(needed: &Range<u32>, saved: &Range<u32>) -> Range<u32> {
    needed.start / MERGED * MERGED..needed.end.next_multiple_of(MERGED).min(saved.end)
}

/// Puts what is newer in the place of what was read from the disk, or among it, by track and index.
pub fn overlay<S>(mut read: Vec<S>, newest: impl IntoIterator<Item = S>, key: impl Fn(&S) -> (Track, u32)) -> Vec<S> {
    for segment in newest {
        match read.binary_search_by_key(&key(&segment), &key) {
            Ok(at) => read[at] = segment,
            Err(at) => read.insert(at, segment),
        }
    }
    read
}
