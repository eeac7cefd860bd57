//! What a machine has around it: how its effects are carried out, and from what it begins.

use super::encoder::Bits;
use super::file::{EMPTY, File};
use super::judgement::Settled;
use super::plan::Plan;
use super::queue::Event;
use super::sender::Shot;
use super::sound::{SoundEncoder, Sounds};
use super::world::World;
use crate::clip::Clip;
use crate::codec::{Choice, Format};
use crate::entry::{Entry, Value};
use crate::recording::stored::Stored;
use crate::recording::{Beginning, Effect, Indexes, Input, Machine, Report, Resumed, Setup, overlay};
use crate::reel::{ReelRecord, Segment, Track};
use crate::time::Wall;

impl World<'_> {
    /// Carries out what the machine asks for.
    pub(super) fn carry_out(&mut self, effect: Effect<Bits, Shot>) -> Result<(), String> {
        let manners = self.plan.manners;
        let out = match effect {
            Effect::Inspect { frame, rows } => {
                let picture = (!self.random.percent(manners.blind_percent)).then(|| frame.look.picture());
                let picture = picture.map(|picture| rows.map_or(picture.clone(), |rows| picture.rows(rows)));
                self.later(manners.inspect_ms, Event::Input(Input::Inspected(picture)));
                return Ok(());
            }
            Effect::AskEncoder { setup, .. } => {
                let answer = self.encoders.answer(&setup);
                self.later(200, Event::Input(Input::Answered(answer)));
                return Ok(());
            }
            Effect::AskDecoder(_) => {
                let answer = self.encoders.answer_decoder();
                self.later(50, Event::Input(Input::Answered(answer)));
                return Ok(());
            }
            Effect::Open { number, setup } => {
                self.encoders.open(number, setup, self.now_us);
                return Ok(());
            }
            Effect::Configure(setup) => self.encoders.configure(setup, self.now_us),
            Effect::Encode { frame, steady, key } => {
                self.encoders.rises_to(steady)?;
                self.encoders.encode(frame, steady, key, self.now_us)
            }
            Effect::Flush(flush) => self.encoders.flush(flush, self.now_us),
            Effect::Close => self.encoders.close(self.now_us),
            Effect::Reencode { number, originals, setup } => {
                let made = self.encoders.reencode(&originals, &setup);
                self.later(manners.reencode_ms, Event::Reencoded(number, made));
                return Ok(());
            }
            Effect::OpenSound { number, .. } => {
                self.sound_encoder.open(number);
                return Ok(());
            }
            Effect::EncodeSound { samples, .. } => {
                if let Some((at_us, output)) = self.sound_encoder.encode(&samples, self.now_us)? {
                    self.schedule(at_us, Event::Sound(output));
                }
                return Ok(());
            }
            Effect::FlushSound(number) => {
                let (at_us, output) = self.sound_encoder.flush(number, self.now_us);
                self.schedule(at_us, Event::Sound(output));
                return Ok(());
            }
            Effect::CloseSound => {
                self.sound_encoder.close();
                return Ok(());
            }
            Effect::Disk(task) => {
                let takes_us = self.disk.begin(task).ok_or("two tasks on disk at a time")?;
                self.schedule(self.now_us + takes_us, Event::DiskIsDone);
                return Ok(());
            }
            Effect::AskSpace => {
                self.later(20, Event::Input(Input::Space(Some(1e9))));
                return Ok(());
            }
            Effect::Export { call, snapshot, bounds, indexes } => {
                for stored in self.disk.readable() {
                    let parts =
                        overlay(stored.read(&indexes), snapshot.newest.clone(), |part| (part.track, part.index));
                    if manners.is_sound_alone {
                        // What lies outside of a part is not read without holes.
                        if self.model.wholes.contains(&call.number()) {
                            let sounds = Sounds::new(&parts, &snapshot.reel.audio)?;
                            self.model.alone(&sounds, self.now_us)?;
                        }
                        continue;
                    }
                    let mut heard = parts.clone();
                    let file = File::new(parts, bounds, &snapshot.reel.video);
                    // It may not have heard of it yet, while it waits for an answer.
                    if self.model.cleared.is_some() && file.as_ref().is_err_and(|wrong| wrong == EMPTY) {
                        continue;
                    }
                    let file = file?;
                    let from_us = file.samples[0].0.min(bounds.from_us);
                    let is_whole = self.model.wholes.contains(&call.number());
                    // What lies outside of a part is not read without holes.
                    let is_beside =
                        |part: &Segment<Bits>| part.table.start_us() < bounds.to_us && part.table.end_us() > from_us;
                    heard.retain(|part| is_whole || is_beside(part));
                    let sounds = Sounds::new(&heard, &snapshot.reel.audio)?;
                    let all = stored.read(&Indexes::all());
                    let all = overlay(all, snapshot.newest.clone(), |part| (part.track, part.index));
                    sounds.cover(&Sounds::new(&all, &snapshot.reel.audio)?, from_us..bounds.to_us)?;
                    self.model.file(&file, call.number(), self.now_us)?;
                    self.model.keeps_audible(&file)?;
                    if is_whole {
                        self.model.sound(&file, &sounds)?;
                        let audio = starts_of_sound(&heard);
                        if self.model.cleared.is_none() {
                            self.model.settled.stays(&file, &audio)?;
                        }
                        let clip = Clip::parse(&[since()]).map_err(|error| error.to_string())?;
                        if let Ok((bounds, _)) = snapshot.plan(clip) {
                            self.model.settled = Settled::new(&file, &audio, bounds.to_us);
                        }
                    }
                }
                return Ok(());
            }
            Effect::Report(Report::Stopped { is_saved, .. }) => {
                let stored = &self.disk.stored;
                // What somebody has cleared may leave sound alone.
                let has_pictures =
                    stored.segments.keys().any(|(track, _)| *track == Track::Video || manners.is_sound_alone);
                let is_complete = stored.record.as_ref().is_none_or(|record| record.complete) || !has_pictures;
                if is_saved && !is_complete {
                    return Err("the reel is saved and not complete".into());
                }
                return if is_saved || self.disk.refuses() { Ok(()) } else { self.model.is_behind() };
            }
            _ => return Ok(()),
        };
        out.into_iter().for_each(|(at_us, output)| self.schedule(at_us, Event::Encoder(output)));
        Ok(())
    }
}

/// A recording that resumes what is on disk.
pub(super) fn machine(plan: &Plan, stored: &Stored<Bits>, now: Wall, is_paused: bool) -> Machine<Bits, Shot> {
    let options = plan.parsed();
    let mut choice = Choice::new(options.codec, options.openh264);
    let new = ReelRecord::new(0.0, "2026-11-26T12:00:00.000Z", 7);
    let all = stored.read_all();
    let segments = all.iter().map(|segment| (segment.track, segment.index, &segment.table));
    let Resumed { reel, contents, sound, codec, .. } =
        Resumed::new(stored.record.clone().unwrap_or(new), segments, options.max_length_us);
    if let Some(codec) = codec {
        choice.settle(codec);
    }
    if plan.manners.is_slow_trial {
        let format = Format { width: 1280, height: 720, fps: options.max_fps };
        if let Some(first) = choice.candidates(format, 1_000_000).first() {
            choice.set_aside(first.candidate);
        }
    }
    let sound_encoder = SoundEncoder::candidate(&plan.manners).map(Ok);
    let is_device = plan.manners.is_device;
    let beginning = Beginning { is_paused, is_device, is_sound_alone: plan.manners.is_sound_alone };
    Machine::new(
        Setup {
            options,
            choice,
            reel,
            contents,
            sound,
            sound_encoder,
            copies_sound: false,
            memory_bytes: None,
            beginning,
        },
        now,
    )
}

/// The option of a clip that others are to follow.
fn since() -> Entry {
    Entry { name: "since".into(), value: Value::Number(0.0), shown: "0".into() }
}

/// When packets of sound start, in microseconds of media time.
fn starts_of_sound(parts: &[Segment<Bits>]) -> Vec<i64> {
    let sound = parts.iter().filter(|part| part.track == Track::Audio);
    sound.flat_map(|part| part.table.samples()).map(|sample| sample.decode_us).collect()
}
