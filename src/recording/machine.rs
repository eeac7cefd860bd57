//! A recording as a state machine: it takes inputs and the time, and returns effects. It has no clock, waits for nothing,
//! and touches neither browser nor disk.

use super::context::{Context, Step};
use super::effect::{Effect, Report};
use super::encoding::Drain;
use super::ending::{End, Ending, Stage};
use super::handover::{Following, Handover};
use super::in_flight::MOST_IN_FLIGHT;
use super::input::{Beginning, Call, Input};
use super::progress::Progress;
use super::saving::{Saving, Snapshot, Task};
use super::sound::Sound;
use super::video::Video;
use crate::clip::Clip;
use crate::codec::{Choice, SoundCandidate};
use crate::options::Options;
use crate::reel::{Contents, Mark, ReelRecord, Track};
use crate::time::{Media, Wall};
use crate::{Error, Result};
use std::collections::VecDeque;

/// No media time is later, in microseconds: JavaScript's numbers are exact up to it.
const LATEST_US: i64 = 1 << 53;

/// The least time between two reports of progress, in microseconds.
const PROGRESS_US: i64 = 250_000;
/// How often the browser is asked how much it will still store, in ticks.
const SPACE_TICKS: u32 = 20;
/// How often the open segment is written, in ticks. With the time that a write takes, a crash loses less than a second.
const SAVE_TICKS: u32 = 2;
/// The least that a reel has to be allowed to have for it to follow another, in bytes.
const LEAST_BYTES: u64 = 1_000_000;
/// For how many seconds there has to be space, at the present rate, not to report it.
const SPACE_S: f64 = 60.0;

/// What a recording begins with.
#[derive(Debug)]
pub struct Setup {
    /// What was asked for.
    pub options: Options,
    /// The encoders that there may be.
    pub choice: Choice,
    /// The reel.
    pub reel: ReelRecord,
    /// What is on disk of the pictures of a reel that is resumed.
    pub contents: Contents,
    /// The same of its sound.
    pub sound: Contents,
    /// What encodes its sound, or why nothing does; none if there is none to record.
    pub sound_encoder: Option<Result<SoundCandidate>>,
    /// Whether received packets of sound are stored as they come.
    pub copies_sound: bool,
    /// How many bytes it may have in memory, with those that follow it; none on disk.
    pub memory_bytes: Option<u64>,
    /// How it begins.
    pub beginning: Beginning,
}

/// A recording. `P` is the payload of a sample, such as a handle to its bytes, and `F` a frame: both are passed on as they are.
#[derive(Debug)]
pub struct Machine<P, F> {
    options: Options,
    video: Video<P, F>,
    sound: Sound<P>,
    saving: Saving<P>,
    ending: Option<Ending>,
    memory_bytes: Option<u64>,
    /// What comes after the limit, for the recording that follows.
    following: Option<Following<P, F>>,
    /// What has happened, and when, while the video track waited for an answer.
    waiting: VecDeque<(Wall, Input<P, F>)>,
    /// What the encoder was flushed for.
    drained: Vec<Drain>,
    effects: Vec<Effect<P, F>>,
    /// The time of what is being taken.
    now: Wall,
    /// When progress was reported last.
    reported: Option<Wall>,
    /// When the marks are that the page has, in microseconds from the reel's start, and how long each lasts.
    marks_us: Vec<(i64, Option<i64>)>,
    ticks: u32,
}

impl<P: Clone, F: Clone> Machine<P, F> {
    /// A recording that waits for its first frame, at this time.
    pub fn new(setup: Setup, now: Wall) -> Self {
        let Setup { options, choice, reel, contents, sound, sound_encoder, copies_sound, memory_bytes, beginning } =
            setup;
        let mut machine = Self {
            video: Video::new(&options, choice, &reel, [&contents, &sound], memory_bytes, beginning, now),
            sound: Sound::new(sound_encoder, copies_sound, &sound),
            saving: Saving::new(reel, contents, sound, options.keep_last_us).of_sound_alone(beginning.is_sound_alone),
            options,
            ending: None,
            memory_bytes,
            following: None,
            waiting: VecDeque::new(),
            drained: Vec::new(),
            effects: Vec::new(),
            now,
            reported: None,
            marks_us: Vec::new(),
            ticks: 0,
        };
        machine.marks_us = times(&machine.saving.marks_until(i64::MAX));
        machine.count_marks();
        machine
    }

    /// Takes what has happened at this time. Gives what is to be done, in this order. Effects that name an input are answered by it,
    /// each once.
    pub fn handle(&mut self, now: Wall, input: Input<P, F>) -> Vec<Effect<P, F>> {
        match input {
            Input::Inspected(picture) => {
                self.now = now;
                let (video, mut context) = self.video();
                let step = video.inspected(picture, &mut context);
                self.conclude(step);
            }
            Input::Answered(answer) => {
                self.now = now;
                let (video, mut context) = self.video();
                let step = video.answered(answer, &mut context);
                self.conclude(step);
            }
            Input::Overflow => self.overflow(now),
            Input::Frame(_) if self.ending.is_none() && self.waiting_frames() >= MOST_IN_FLIGHT => self.overflow(now),
            other => self.waiting.push_back((now, other)),
        }
        self.settle();
        while !self.video.is_waiting()
            && let Some((now, input)) = self.waiting.pop_front()
        {
            self.take(now, input);
            self.settle();
        }
        std::mem::take(&mut self.effects)
    }

    /// Counts a frame that was dropped while too many wait.
    fn overflow(&mut self, now: Wall) {
        if let Some(following) = &mut self.following {
            following.take(now, Input::Overflow);
        } else if self.ending.is_none() {
            self.video.count_overflow();
            // It is no silence.
            self.waiting.push_back((now, Input::Missed(0)));
        }
    }

    fn waiting_frames(&self) -> usize {
        self.waiting.iter().filter(|(_, input)| matches!(input, Input::Frame(_))).count()
    }

    /// The video track, and what it works with.
    fn video(&mut self) -> (&mut Video<P, F>, Context<'_, P, F>) {
        let Self { options, video, saving, effects, now, .. } = self;
        (video, Context { now: *now, options, saving, effects })
    }

    /// The sound track, the video track, and what both work with.
    fn sound(&mut self) -> (&mut Sound<P>, &mut Video<P, F>, Context<'_, P, F>) {
        let Self { options, video, sound, saving, effects, now, .. } = self;
        (sound, video, Context { now: *now, options, saving, effects })
    }

    /// Ends the recording if sound could not be written.
    fn conclude_sound(&mut self, result: Result<()>) {
        if let Err(error) = result {
            self.end(End::Failed(error));
        }
    }

    fn conclude(&mut self, step: Step) {
        match step {
            Step::Taken => self.report_progress(),
            Step::End(end) => self.end(end),
            Step::Waiting | Step::Done => {}
        }
    }

    fn take(&mut self, now: Wall, input: Input<P, F>) {
        self.now = now;
        let is_ending = self.ending.is_some();
        let input = match &mut self.following {
            Some(following) => match following.take(now, input) {
                Some(input) => input,
                None => return,
            },
            None => input,
        };
        if let Input::SoundEncoded(..)
        | Input::SoundFailed(..)
        | Input::SoundFlushed(_)
        | Input::SoundJoined(_)
        | Input::Sound(_) = input
        {
            return self.take_sound(input);
        }
        let (video, mut context) = self.video();
        let context = &mut context;
        let step = match input {
            Input::Export(call, clip) => return self.export_when_drained(call, clip),
            Input::Mark(call, _) | Input::Cue(call, _) if is_ending => return self.refuse_mark(call),
            Input::Mark(call, note) => {
                let time = video.mark_at(now);
                let end = video.reel_end(now).unwrap_or_default();
                let marked = context.saving.marks().add(note, time, end);
                return self.mark(call, marked);
            }
            Input::Cue(call, words) => {
                let time = video.mark_at(now);
                let end = video.reel_end(now).unwrap_or_default();
                let start_us = context.saving.leading().start_us();
                let marked = context.saving.marks().add_cue(words, start_us, time, end);
                return self.mark(call, marked);
            }
            Input::Stop(call) => return self.stop(call),
            Input::Encoded(number, chunk) => video.encoded(number, chunk, context),
            // What is in it is lost.
            Input::Failed(number, error) if is_ending && video.is_encoder(number) => Step::End(End::Failed(error)),
            Input::Failed(number, error) => video.failed(number, error, context),
            Input::Flushed(flush) => {
                let drain = video.flushed(flush);
                return self.note_drained(drain);
            }
            Input::SlowAnswered(works) => {
                return video.slow_answered(works, context);
            }
            Input::Reencoded(number, chunks) => {
                let exports = video.reencoded(number, chunks, context);
                return self.export_all(exports);
            }
            Input::Written(result) => {
                context.saving.write_ended(result.clone());
                let settled = video.settled();
                let (sound, _, mut context) = self.sound();
                sound.disk_drained(&mut context);
                match (result, settled) {
                    // What could not be written is reported at the end.
                    _ if is_ending => return,
                    (Err(error), _) => Step::End(End::Failed(error)),
                    (Ok(()), settled) => {
                        settled.into_iter().for_each(|settled| context.saving.merge(Track::Video, settled));
                        let (sound, _, context) = self.sound();
                        return context.saving.merge(Track::Audio, sound.settled());
                    }
                }
            }
            Input::Cleared => {
                let open = video.open().map(|open| open.index);
                let gone = context.saving.cleared(open, video.closed());
                if gone > 0 {
                    let what = if video.is_absent() { "packets" } else { "frames" };
                    let reason = format!("what was stored of the reel was removed: {gone} {what} of it are gone");
                    context.report(Report::Failure(Error::Storage { reason }));
                    if !context.saving.snapshot(video.open().cloned()).has_key() {
                        video.lose_start(context);
                    }
                }
                return;
            }
            Input::Inspected(_)
            | Input::Answered(_)
            | Input::Overflow
            | Input::SoundEncoded(..)
            | Input::SoundFailed(..)
            | Input::SoundFlushed(_)
            | Input::SoundJoined(_)
            | Input::Sound(_) => return,
            _ if is_ending => return,
            Input::Frame(received) => video.take(received, context),
            Input::Arrived(at) => return video.arrived(at),
            Input::Coming(at) => return video.notice_silence(at, context),
            Input::Sample(sample) => video.take_sample(sample, context),
            Input::Unfit(reason) => return video.refuse_source(reason, context),
            Input::Missed(frames) => return video.note_missed(frames, context),
            Input::TrackEnded => Step::End(End::TrackEnded),
            Input::Tick => self.tick(),
            Input::Space(available) => return self.report_space(available),
            Input::Pause => video.pause(context).into(),
            Input::Resume => return video.resume(context),
            Input::Joined { is_device } => return video.join(is_device, context),
            Input::Reclaimed(number) => {
                return video.reclaimed(number, context);
            }
        };
        self.conclude(step);
    }

    fn take_sound(&mut self, input: Input<P, F>) {
        let is_ending = self.ending.is_some();
        let (sound, video, mut context) = self.sound();
        let context = &mut context;
        let result = match input {
            Input::Sound(block) if !is_ending => {
                sound.take(block, video, context);
                Ok(())
            }
            Input::SoundJoined(encoder) if !is_ending => {
                sound.join(encoder, context);
                Ok(())
            }
            Input::SoundEncoded(number, packet) => sound.encoded(number, packet, video, context),
            Input::SoundFailed(number, error) => sound.failed(number, error, context),
            Input::SoundFlushed(number) => sound.flushed(number, context),
            _ => Ok(()),
        };
        self.conclude_sound(result);
    }

    fn tick(&mut self) -> Step {
        let (video, mut context) = self.video();
        if let Err(error) = video.tick(&mut context) {
            return Step::End(End::Failed(error));
        }
        self.ticks += 1;
        if self.ticks.is_multiple_of(SAVE_TICKS) {
            let (video, mut context) = self.video();
            video.save(&mut context);
            // Where nothing else is to be written.
            self.saving.write_marks();
        } else {
            let (sound, _, mut context) = self.sound();
            sound.save(&mut context);
        }
        let (sound, video, mut context) = self.sound();
        if let Err(error) = sound.tick(video, &mut context) {
            return Step::End(End::Failed(error));
        }
        if self.ticks.is_multiple_of(SPACE_TICKS) {
            self.effects.push(Effect::AskSpace);
        }
        if self.totals().1 > 0 || self.video.is_absent() {
            self.report_progress();
        }
        if self.video.ends_in_silence(self.now) || self.is_full_of_sound() { Step::End(End::Limit) } else { Step::Done }
    }

    /// Whether a file of sound alone has no room for more.
    fn is_full_of_sound(&self) -> bool {
        self.video.is_absent() && self.saving.sound_totals().is_some_and(|totals| self.video.is_full_with(totals))
    }

    /// Does what waits to be done: for an encoder that was drained, at the end, and on disk.
    fn settle(&mut self) {
        while !self.video.is_waiting() && !self.drained.is_empty() {
            let drain = self.drained.remove(0);
            self.drained(drain);
        }
        self.advance_end();
        self.write();
    }

    /// Has the next task on disk carried out.
    fn write(&mut self) {
        if let Some(mut task) = self.saving.take_task() {
            if let Task::Put { reel, .. } = &mut task {
                reel.settled_us = self.settled_us();
            }
            self.effects.push(Effect::Disk(task));
        }
    }

    /// Up to which media time nothing of what is on disk with the next write will change, in microseconds.
    fn settled_us(&self) -> i64 {
        let video_us = self.video.settled_us().min(self.saving.waiting_from_us());
        video_us.min(self.sound.settled_us(&self.video, &self.saving)).clamp(0, LATEST_US)
    }

    fn drained(&mut self, drain: Drain) {
        match drain {
            Drain::Queue(newest) => self.video.queue_drained(newest),
            Drain::Interruption(number) if self.ending.is_none() => {
                let (video, mut context) = self.video();
                let closed = video.interrupted(number, &mut context);
                self.conclude(closed.into());
            }
            Drain::Interruption(_) => {}
            Drain::Export(call, clip) => match &mut self.ending {
                Some(ending) if ending.stage() != Stage::Over => ending.export(call, clip),
                None if self.video.is_reencoding() => self.video.postpone(call, clip),
                _ => self.export(call, clip),
            },
            Drain::End => {
                let (video, mut context) = self.video();
                let closed = video.close(&mut context);
                if let Some(ending) = &mut self.ending {
                    if let Err(error) = closed {
                        ending.fail(error);
                    }
                    ending.advance(Stage::Sound);
                }
                self.hand_over();
                let end = self.video.reel_end(self.now).unwrap_or_default();
                let (sound, video, mut context) = self.sound();
                sound.finish(end, video, &mut context);
            }
        }
    }

    /// Has the next recording begin with what this one does not have.
    fn hand_over(&mut self) {
        let Some(mut following) = self.following.take() else { return self.video.drop_reserve() };
        let frames = self.video.release_reserve();
        if frames.is_empty()
            && let Some(inputs) = following.release()
        {
            self.effects.push(Effect::ReleaseSource);
            for (_, input) in inputs {
                match input {
                    Input::Stop(call) => self.stop(call),
                    Input::Mark(call, _) | Input::Cue(call, _) => self.refuse_mark(call),
                    _ => {}
                }
            }
            return;
        }
        let beginning = self.video.beginning();
        let (options, choice) = (self.options.clone(), self.video.choice());
        let end = self.video.reel_end(self.now).unwrap_or_default();
        let sound = self.sound.release_from(end, &self.video).into_iter();
        let mut inputs: Vec<_> = sound.map(|(at, block)| (at, Input::Sound(block))).collect();
        inputs.extend(following.into_inputs());
        let memory_bytes = self.memory_left();
        let refused_at = self.video.refused_at();
        let marks = self.saving.marks().split_off(refused_at.unwrap_or(end), refused_at.is_none());
        let handover = Handover { frames, inputs, marks, options, choice, memory_bytes, beginning };
        self.effects.push(Effect::Next(handover));
    }

    fn refuse_mark(&mut self, call: Call) {
        let error = Error::InvalidState {
            reason: "mark() or cue() was called while the recording was ending, or after".into(),
        };
        self.effects.push(Effect::Answer(call, Err(error)));
    }

    /// Answers with what was marked.
    fn mark(&mut self, call: Call, marked: Result<Mark>) {
        self.count_marks();
        match marked {
            Ok(Mark { time_us, note }) => {
                let time_us = (time_us - self.saving.leading().start_us()).max(0);
                self.marks_us.push((time_us, note.length_us));
                if note.length_us.is_some() {
                    // Others may end with it.
                    self.report_marks();
                }
                self.effects.push(Effect::Marked(call, Mark { time_us, note }));
            }
            Err(error) => self.effects.push(Effect::Answer(call, Err(error))),
        }
        // Else it is with the open segment, within half a second.
        if self.video.rests() {
            self.saving.write_marks();
        }
    }

    /// Counts what the marks take in a file.
    fn count_marks(&mut self) {
        if self.options.max_bytes.is_some() || self.memory_bytes.is_some() {
            self.video.note_marks(self.saving.marks().file_bytes());
        }
    }

    /// Reports the marks if they are elsewhere than the page has them.
    fn report_moved_marks(&mut self) {
        let end = self.video.reel_end(self.now).map_or(i64::MAX, Media::us);
        let marks_us = times(&self.saving.marks_until(end));
        if marks_us != self.marks_us {
            self.report_marks();
        }
    }

    /// Reports all marks.
    fn report_marks(&mut self) {
        let end = self.video.reel_end(self.now).map_or(i64::MAX, Media::us);
        let marks = self.saving.marks_until(end);
        self.marks_us = times(&marks);
        self.effects.push(Effect::Report(Report::Marks(marks)));
    }

    /// How many bytes the next recording may have in memory.
    fn memory_left(&self) -> Option<u64> {
        self.memory_bytes.map(|bytes| bytes.saturating_sub(self.totals().1))
    }

    /// Has something done once the encoder has returned all that it holds now.
    fn when_drained(&mut self, drain: Drain) {
        let (video, mut context) = self.video();
        let at_once = video.drain(drain, &mut context);
        self.note_drained(at_once);
    }

    fn note_drained(&mut self, drain: Option<Drain>) {
        if let Some(drain) = drain {
            self.drained.push(drain);
        }
    }

    fn export_when_drained(&mut self, call: Call, clip: Clip) {
        match &mut self.ending {
            Some(ending) if ending.stage() != Stage::Over => ending.export(call, clip),
            Some(_) => self.export(call, clip),
            None => self.when_drained(Drain::Export(call, clip)),
        }
    }

    /// Makes a file of what is on disk and what is not yet, as it is now.
    fn export(&mut self, call: Call, clip: Clip) {
        let snapshot = self.snapshot();
        self.effects.push(match snapshot.plan(clip) {
            Ok((bounds, indexes)) => Effect::Export { call, snapshot, bounds, indexes },
            Err(error) => Effect::Answer(call, Err(error)),
        });
    }

    /// What is on disk and what is not yet, as it is now.
    pub fn snapshot(&self) -> Snapshot<P> {
        let open = [self.video.open_segment(self.now), self.sound.open().cloned()];
        let mut snapshot = self.saving.snapshot(open.into_iter().flatten());
        snapshot.reel.settled_us = self.settled_us();
        if self.ending.as_ref().is_some_and(|ending| ending.stage() == Stage::Over) {
            return snapshot;
        }
        snapshot.settled_until(self.video.settled_until().map_or(i64::MIN, Media::us))
    }

    fn export_all(&mut self, exports: Vec<(Call, Clip)>) {
        for (call, clip) in exports {
            self.export(call, clip);
        }
    }

    fn stop(&mut self, call: Call) {
        match &mut self.ending {
            None => self.end(End::Stopped(call)),
            Some(ending) if ending.stage() != Stage::Over => ending.stop(call),
            Some(_) => self.effects.push(Effect::Answer(call, self.saving.outcome())),
        }
    }

    /// Begins to end; what fails while it ends is reported.
    fn end(&mut self, end: End) {
        if let Some(ending) = &mut self.ending {
            if let End::Failed(error) = end {
                ending.fail(error);
            }
            return;
        }
        let is_limit = matches!(end, End::Limit);
        // A frame that does not fit alone fits in no other reel.
        let is_next = is_limit
            && self.options.next_at_limit
            && !self.is_empty()
            && self.memory_left().is_none_or(|bytes| bytes >= LEAST_BYTES);
        if is_next {
            self.following = Some(Following::default());
        } else {
            self.effects.push(Effect::ReleaseSource);
        }
        let (video, mut context) = self.video();
        video.end(&mut context);
        if is_limit {
            let progress = self.progress();
            self.effects.push(Effect::Report(Report::Limit { progress, is_next }));
        }
        self.ending = Some(Ending::new(end));
        self.when_drained(Drain::End);
    }

    /// Goes on with the end as far as can be.
    fn advance_end(&mut self) {
        while let Some(ending) = &mut self.ending {
            let is_written = self.saving.is_settled();
            match ending.stage() {
                Stage::Sound if self.sound.is_over() => ending.advance(Stage::Writing),
                Stage::Writing if is_written && !self.video.is_reencoding() => {
                    ending.advance(Stage::Completing);
                    self.saving.complete();
                    self.write();
                }
                Stage::Completing if is_written => {
                    ending.advance(Stage::Over);
                    self.finish();
                }
                _ => return,
            }
        }
    }

    /// Reports the end, and answers who has waited for it. What could not be written is still here to be exported.
    fn finish(&mut self) {
        let Some(ending) = &mut self.ending else { return };
        let (reason, failure) = ending.outcome();
        let (exports, stops) = (ending.exports(), ending.stops());
        let outcome = self.saving.outcome();
        self.effects.push(Effect::ReleaseLock);
        self.export_all(exports);
        if let Some(error) = failure.or(outcome.clone().err()) {
            self.effects.push(Effect::Report(Report::Failure(error)));
        }
        self.report_moved_marks();
        let (progress, is_saved) = (self.progress(), outcome.is_ok());
        self.effects.push(Effect::Report(Report::Stopped { reason, progress, is_saved }));
        for call in stops {
            self.effects.push(Effect::Answer(call, outcome.clone()));
        }
    }

    /// Reports progress, unless that was done a moment ago.
    fn report_progress(&mut self) {
        if self.reported.is_none_or(|reported| self.now - reported >= PROGRESS_US) {
            self.reported = Some(self.now);
            self.report_moved_marks();
            let progress = self.progress();
            self.effects.push(Effect::Report(Report::Progress(progress)));
        }
    }

    /// Reports that the disk will soon be full.
    fn report_space(&mut self, available: Option<f64>) {
        // Where as much goes as comes, the disk fills no more.
        if self.options.keep_last_us.is_some() && self.saving.has_forgotten() {
            return;
        }
        let rate = self.saving.leading().bytes_per_second();
        if let Some(bytes) = available.filter(|bytes| *bytes < rate * SPACE_S) {
            self.effects.push(Effect::Report(Report::Space { seconds: bytes / rate, bytes }));
        }
    }

    /// Whether there is nothing for a reel: no frame, in the encoder or out of it, and no time of sound alone.
    fn is_empty(&self) -> bool {
        match self.video.is_absent() {
            true => self.video.reel_end(self.now).unwrap_or_default() == Media::default(),
            false => self.totals().0 + self.video.fitting_in_flight() == 0,
        }
    }

    /// The frames that are in the reel, and their bytes.
    fn totals(&self) -> (u32, u64) {
        self.saving.totals(self.video.open())
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        let (frames, bytes) = self.totals();
        let drops = self.video.drops();
        let end = self.video.reel_end(self.now).filter(|_| bytes > 0 || self.video.is_absent()).unwrap_or_default();
        let config = self.saving.configs().last();
        Progress {
            time_us: end.us() - self.saving.leading().start_us(),
            remaining_us: self.options.max_length_us.map(|max_length_us| (max_length_us - end.us()).max(0)),
            is_frozen: self.video.reports_freeze(),
            bytes,
            frames,
            received: frames + self.saving.forgotten() + drops.all() + self.video.in_flight(),
            drops,
            width: config.map_or(0, |config| config.width),
            height: config.map_or(0, |config| config.height),
            codec: config.map_or_else(String::new, |config| config.codec.clone()),
            is_received: self.video.is_copied(),
            audio_codec: self.saving.audio_configs().last().map_or_else(String::new, |config| config.codec.clone()),
        }
    }
}

/// When marks are, in microseconds, and how long each lasts.
fn times(marks: &[Mark]) -> Vec<(i64, Option<i64>)> {
    marks.iter().map(|mark| (mark.time_us, mark.note.length_us)).collect()
}
