//! A recording in a simulated world: no clock, no threads, only what the plan says and a queue of what comes when.

use super::disk::Disk;
use super::encoder::{Bits, Encoders, Output};
use super::file::File;
use super::foreign::machine;
use super::marks::Marks;
use super::model::Model;
use super::plan::{EncoderFault, Plan, SoundFault, What};
use super::queue::{Event, Scheduled};
use super::random::Random;
use super::sender::{Look, Sender, Shot, received};
use super::sound::{SoundEncoder, SoundOutput, SoundSender, Sounds};
use crate::Error;
use crate::clip::Clip;
use crate::entry::{Entry, Value};
use crate::recording::stored::Stored;
use crate::recording::{Call, Input, Machine};
use crate::reel::Track;
use crate::time::Wall;
use crate::timeline::Arrival;
use std::collections::BinaryHeap;

const TICK_US: i64 = 250_000;
/// A recording that was asked to end has ended by then, in microseconds.
const END_US: i64 = 200_000_000;

/// All that there is.
pub(super) struct World<'a> {
    pub(super) plan: &'a Plan,
    pub(super) random: Random,
    pub(super) now_us: i64,
    pub(super) queue: BinaryHeap<Scheduled>,
    pub(super) scheduled: u64,
    pub(super) machine: Machine<Bits, Shot>,
    pub(super) life: u32,
    pub(super) sender: Sender,
    pub(super) sound_sender: SoundSender,
    pub(super) encoders: Encoders,
    pub(super) sound_encoder: SoundEncoder,
    pub(super) disk: Disk,
    pub(super) model: Model,
    pub(super) calls: u32,
    marks: Marks,
    pub(super) hidden_until_us: i64,
    pub(super) asks_end_us: Option<i64>,
    pub(super) log: Option<Vec<String>>,
}

/// Has all happen that the plan says, and gives what happened, if it is to be noted.
///
/// # Errors
/// What is wrong with the recording.
pub(super) fn run(plan: &Plan, is_noted: bool) -> (Result<(), String>, Vec<String>) {
    let mut world = World::new(plan, is_noted);
    let judged = world.run();
    (judged, world.log.take().unwrap_or_default())
}

impl<'a> World<'a> {
    fn new(plan: &'a Plan, is_noted: bool) -> Self {
        let (seed, manners) = (plan.seed, plan.manners);
        Self {
            plan,
            random: Random::new(seed, 5),
            now_us: 0,
            queue: BinaryHeap::new(),
            scheduled: 0,
            machine: machine(plan, &Stored::default(), Wall::default(), plan.manners.is_paused),
            life: 0,
            sender: Sender::new(seed, manners),
            sound_sender: SoundSender::new(seed, manners),
            encoders: Encoders::new(seed, manners),
            sound_encoder: SoundEncoder::new(seed, manners),
            disk: Disk::new(seed, manners),
            model: Model::new(plan),
            calls: 0,
            marks: Marks::default(),
            hidden_until_us: 0,
            asks_end_us: None,
            log: is_noted.then(Vec::new),
        }
    }

    fn run(&mut self) -> Result<(), String> {
        self.schedule(0, Event::Step(0));
        self.schedule(TICK_US, Event::Tick);
        if !self.plan.manners.is_sound_alone {
            let first_us = self.sender.next_us();
            self.schedule(first_us, Event::Frame);
        }
        if self.plan.manners.has_sound {
            let first_us = self.sound_sender.next_us();
            self.schedule(first_us, Event::Block);
        }
        while let Some(Scheduled { at, life, event }) = self.queue.pop() {
            self.now_us = at.0;
            if self.asks_end_us.is_some_and(|asked_us| self.now_us > asked_us + END_US) {
                return Err("the recording does not end".into());
            }
            let is_of_world = matches!(event, Event::Step(_) | Event::Frame | Event::Block | Event::Tick);
            if life == self.life || is_of_world {
                self.happen(event)?;
            }
        }
        self.model.over()?;
        self.check_end()
    }

    pub(super) fn schedule(&mut self, at_us: i64, event: Event) {
        self.scheduled += 1;
        self.queue.push(Scheduled { at: (at_us, self.scheduled), life: self.life, event });
    }

    pub(super) fn later(&mut self, most_ms: i64, event: Event) {
        let at_us = self.now_us + self.random.of(0..=most_ms * 1000);
        self.schedule(at_us, event);
    }

    fn note(&mut self, what: impl FnOnce() -> String) {
        if let Some(log) = &mut self.log {
            let mut what = what();
            what.truncate(what.char_indices().nth(240).map_or(what.len(), |(at, _)| at));
            log.push(format!("{:>10.3} ms  {what}", self.now_us as f64 / 1000.0));
        }
    }

    fn happen(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Step(at) => self.step(at),
            Event::Frame => {
                let sent = self.sender.frame(self.now_us);
                if !self.model.order.is_stopped {
                    let next_us = self.sender.next_us();
                    self.schedule(next_us, Event::Frame);
                }
                sent.map_or(Ok(()), |(look, arrival)| self.frame(look, arrival))
            }
            Event::Block => {
                let block = self.sound_sender.block();
                if !self.model.order.is_stopped {
                    let next_us = self.sound_sender.next_us();
                    self.schedule(next_us, Event::Block);
                }
                let block = block.filter(|_| !self.model.order.has_ended);
                let Some(block) = block else { return Ok(()) };
                self.model.block(self.now_us);
                self.take(Input::Sound(block))
            }
            Event::Sound(SoundOutput::Packet(number, packet)) => self.take(Input::SoundEncoded(number, packet)),
            Event::Sound(SoundOutput::Flushed(number)) => self.take(Input::SoundFlushed(number)),
            Event::Tick => {
                let jitter_us = self.random.of(0..=self.plan.manners.tick_jitter_ms * 1000);
                if self.model.order.is_stopped {
                    return Ok(());
                }
                self.schedule((self.now_us + TICK_US + jitter_us).max(self.hidden_until_us), Event::Tick);
                self.take(Input::Tick)
            }
            Event::Input(input) => self.take(input),
            Event::Encoder(Output::Chunk(number, chunk)) if self.encoders.reports(number) => {
                self.take(Input::Encoded(number, chunk))
            }
            Event::Encoder(Output::Chunk(..)) => Ok(()),
            Event::Encoder(Output::Flushed(at)) => match self.encoders.flushed(at) {
                Some(flush) => self.take(Input::Flushed(flush)),
                None => Ok(()),
            },
            Event::Reencoded(number, made) => self.take(Input::Reencoded(number, made)),
            Event::DiskIsDone => {
                let input = match self.disk.finish(self.model.order.is_stopped) {
                    Ok(false) => Input::Cleared,
                    result => Input::Written(result.map(|_| ())),
                };
                self.disk.broken().map_or(Ok(()), Err)?;
                self.take(input)
            }
        }
    }

    fn frame(&mut self, look: Look, arrival: Arrival) -> Result<(), String> {
        if self.model.order.has_ended || self.plan.manners.is_sound_alone {
            return Ok(());
        }
        let number = self.model.next_number();
        self.model.frame(look, self.now_us);
        self.take(Input::Frame(received(number, look, arrival)))
    }

    fn call(&mut self, is_whole: bool) -> Call {
        self.calls += 1;
        self.model.call(self.calls, is_whole);
        Call::new(self.calls)
    }

    fn step(&mut self, at: usize) -> Result<(), String> {
        let Some(step) = self.plan.steps.get(at) else { return self.end(at - self.plan.steps.len()) };
        self.schedule(self.now_us + step.then_ms * 1000, Event::Step(at + 1));
        self.note(|| format!("── {:?}", step.what));
        let mark = self.marks.next();
        self.take(mark)?;
        match step.what {
            What::Sends(pictures) => {
                self.sender.sends = pictures;
                let burst = self.sender.burst(self.now_us);
                self.model.held_back(std::mem::take(&mut self.sender.held_us));
                for (look, arrival) in burst {
                    self.frame(look, arrival)?;
                }
            }
            What::Rate(fps) => self.sender.fps = fps,
            What::Size(width, height) => self.sender.set_size((width, height)),
            What::JumpRtp(ms) => self.sender.jump_rtp(ms),
            What::JumpTimestamp(ms) => self.sender.jump_timestamp(ms),
            // The page refuses it.
            What::Joins(_) if self.plan.manners.is_sound_alone => {}
            What::Joins(ms) => {
                self.sender.jump_rtp(ms);
                self.sender.jump_timestamp(-ms);
                let is_device = self.plan.manners.is_device;
                return self.take(Input::Joined { is_device });
            }
            What::Missed(frames) if !self.model.order.has_ended && !self.plan.manners.is_sound_alone => {
                self.model.missed(frames);
                return self.take(Input::Missed(frames));
            }
            What::Missed(_) => {}
            What::Hidden(ms) => self.hidden_until_us = self.now_us + ms * 1000,
            What::Pause => {
                self.model.pause(self.now_us);
                return self.take(Input::Pause);
            }
            What::Resume => {
                self.model.resume(self.now_us);
                return self.take(Input::Resume);
            }
            What::Export => return self.export(&[], true),
            What::ExportLast(tenths) => return self.export(&[("last", tenths)], false),
            What::ExportPart(from, to) => return self.export(&[("from", from), ("to", to)], false),
            What::Stop => {
                let call = self.call(false);
                return self.take(Input::Stop(call));
            }
            What::TrackEnded => return self.take(Input::TrackEnded),
            What::Encoder(fault) => return self.misbehave(fault),
            What::Disk(fault) => self.disk.misbehave(fault),
            What::Sound(fault) => {
                self.sound_sender.misbehave(fault);
                if fault == SoundFault::IsSilent {
                    self.sound_encoder.fall_silent();
                }
                if let (SoundFault::Fails, Some(number)) = (fault, self.sound_encoder.number()) {
                    self.sound_encoder.fall_silent();
                    let error = Error::EncoderLost { reason: "it died".into() };
                    return self.take(Input::SoundFailed(number, error));
                }
            }
            What::Cleared => {
                self.marks.lose();
                let last = self.disk.clear();
                self.model.cleared(last);
            }
            What::SlowAnswers(works) => return self.take(Input::SlowAnswered(works)),
            What::Crash => return self.crash(),
        }
        Ok(())
    }

    fn export(&mut self, part: &[(&str, i64)], is_whole: bool) -> Result<(), String> {
        let entry = |&(name, tenths): &(&str, i64)| Entry {
            name: name.into(),
            value: Value::Number(tenths as f64 / 10.0),
            shown: String::new(),
        };
        let clip = Clip::parse(&part.iter().map(entry).collect::<Vec<_>>()).map_err(|error| error.to_string())?;
        let call = self.call(is_whole);
        self.take(Input::Export(call, clip))
    }

    fn misbehave(&mut self, fault: EncoderFault) -> Result<(), String> {
        let Some(number) = self.encoders.number() else { return Ok(()) };
        match fault {
            EncoderFault::Fails => {
                self.encoders.misbehave(EncoderFault::IsSilent);
                self.take(Input::Failed(number, Error::EncoderLost { reason: "it died".into() }))
            }
            EncoderFault::IsReclaimed => {
                self.encoders.misbehave(EncoderFault::IsSilent);
                self.take(Input::Reclaimed(number))
            }
            fault => {
                self.encoders.misbehave(fault);
                Ok(())
            }
        }
    }

    /// What happens after the plan: it ends, and a file is asked for once more.
    fn end(&mut self, after: usize) -> Result<(), String> {
        match after {
            0 => {
                self.asks_end_us = Some(self.now_us);
                self.schedule(self.now_us + 1000, Event::Step(self.plan.steps.len() + 1));
                let call = self.call(false);
                self.take(Input::Stop(call))
            }
            _ if !self.model.order.is_stopped => {
                self.schedule(self.now_us + 100_000, Event::Step(self.plan.steps.len() + 1));
                Ok(())
            }
            _ => self.export(&[], true),
        }
    }

    fn crash(&mut self) -> Result<(), String> {
        if self.model.order.is_stopped {
            return Ok(());
        }
        self.disk.crash();
        self.life += 1;
        self.marks.crash(self.disk.stored.record.as_ref());
        let _ = self.encoders.close(self.now_us);
        self.sound_encoder.close();
        let stored = &self.disk.stored;
        if self.plan.manners.is_sound_alone {
            let audio = stored.record.as_ref().map_or(&[][..], |reel| &reel.audio);
            self.model.crashed_alone(&Sounds::new(&stored.read_all(), audio)?, self.now_us)?;
            self.machine = machine(self.plan, stored, Wall::from_us(self.now_us), false);
            return Ok(());
        }
        let left = match &stored.record {
            Some(reel) if stored.segments.keys().any(|(track, _)| *track == Track::Video) => {
                let mut file = File::of_all(stored.read_all(), &reel.video)?;
                // Its last picture is shown for as long as its sound is heard.
                file.end_us = file.end_us.max(Sounds::new(&stored.read_all(), &reel.audio)?.end_us());
                Some(file)
            }
            _ => None,
        };
        self.model.crashed(left.as_ref(), self.now_us)?;
        self.machine = machine(self.plan, stored, Wall::from_us(self.now_us), false);
        Ok(())
    }

    /// What is on disk after the end is what the last file had.
    fn check_end(&self) -> Result<(), String> {
        let is_left_so = self.disk.refuses() && self.model.cleared.is_some();
        if self.disk.is_cleared() || is_left_so {
            return Ok(());
        }
        let stored = &self.disk.stored;
        let is_sound_alone = self.plan.manners.is_sound_alone;
        let has_pictures = stored.segments.keys().any(|(track, _)| *track == Track::Video || is_sound_alone);
        let Some(reel) = stored.record.as_ref().filter(|_| has_pictures) else { return Ok(()) };
        if !self.plan.manners.is_sound_alone {
            File::of_all(stored.read_all(), &reel.video)?;
        }
        Sounds::new(&stored.read_all(), &reel.audio)?;
        let pictures = stored.segments.values().filter(|segment| segment.track == Track::Video);
        let frames: usize = pictures.map(|segment| segment.payload.len()).sum();
        let bytes: u64 = stored.read_all().iter().map(|segment| segment.table.bytes()).sum();
        let loses = self.plan.parsed().keep_last_us.is_some() || self.disk.refuses();
        self.marks.check(reel, loses)?;
        if (reel.frames as usize, reel.bytes) != (frames, bytes) {
            return Err(format!("{frames} frames and {bytes} bytes are on disk, {reel:?}"));
        }
        Ok(())
    }

    /// Gives the machine something, and carries out what it asks for.
    fn take(&mut self, input: Input<Bits, Shot>) -> Result<(), String> {
        self.note(|| match &input {
            Input::Inspected(picture) => format!("→ Inspected({})", picture.as_ref().map_or("none", |_| "a picture")),
            input => format!("→ {input:?}"),
        });
        if matches!(input, Input::Inspected(_) | Input::Answered(_)) {
            self.model.order.is_asked = false;
        }
        let effects = self.machine.handle(Wall::from_us(self.now_us), input);
        for effect in effects {
            self.note(|| format!("    {effect:?}"));
            if self.marks.take(&effect) {
                continue;
            }
            self.model.effect(&effect)?;
            self.carry_out(effect)?;
        }
        self.model.note_end(self.now_us);
        self.model.progress(&self.machine.progress())
    }
}
