//! What a recording has to be like, whatever happened: it judges each file and each count.

use super::effects::Order;
use super::encoder::Bits;
use super::file::File;
use super::plan::{DiskFault, EncoderFault, Pictures, Plan, What, Written};
use super::sender::{Look, Shot};
use crate::recording::{Effect, Progress, Report};
use std::collections::{HashMap, HashSet};

/// A frame that was given to a machine.
#[derive(Debug, Clone, Copy)]
struct Came {
    at_us: i64,
    look: Look,
    is_paused: bool,
    /// Whether a pause was asked for since the frame before.
    is_after_pause: bool,
}

/// What is known of a recording without its code.
#[derive(Debug)]
pub(super) struct Model {
    plan: Plan,
    pub order: Order,
    /// All frames by their numbers, of all machines.
    came: Vec<Came>,
    /// How many frames this machine was given or missed, beside those of the reel that it resumed.
    received: u32,
    resumed: u32,
    is_paused: bool,
    pauses: bool,
    /// Calls that wait for their answers: exports of all, other exports, stops.
    waiting: HashSet<u32>,
    wholes: HashSet<u32>,
    /// The last whole file's frames and their media times, in microseconds.
    last: Vec<(u32, i64)>,
    /// For how long it ran without a pause, in microseconds, up to when; and how long the reel was before.
    ran_us: i64,
    ran_until_us: Option<i64>,
    resumed_us: i64,
    first_us: Option<i64>,
}

impl Model {
    pub fn new(plan: &Plan) -> Self {
        Self {
            plan: plan.clone(),
            order: Order::default(),
            came: Vec::new(),
            received: 0,
            resumed: 0,
            is_paused: plan.manners.is_paused,
            pauses: false,
            waiting: HashSet::new(),
            wholes: HashSet::new(),
            last: Vec::new(),
            ran_us: 0,
            ran_until_us: None,
            resumed_us: 0,
            first_us: None,
        }
    }

    /// The number of the next frame.
    pub fn next_number(&self) -> u32 {
        self.came.len() as u32
    }

    pub fn frame(&mut self, look: Look, at_us: i64) {
        self.run(at_us);
        self.received += 1;
        let (is_paused, is_after_pause) = (self.is_paused, std::mem::take(&mut self.pauses));
        self.came.push(Came { at_us, look, is_paused, is_after_pause });
        self.first_us.get_or_insert(at_us);
        self.ran_until_us.get_or_insert(at_us);
    }

    /// Frames come at once that were held back for this long, in microseconds: their own time counts as well.
    pub fn held_back(&mut self, held_us: i64) {
        // Without RTP it may count twice for some seconds.
        self.ran_us += held_us * if self.plan.manners.has_rtp { 1 } else { 2 };
    }

    pub fn missed(&mut self, frames: u32) {
        self.received += frames;
    }

    pub fn pause(&mut self, now_us: i64) {
        self.run(now_us);
        (self.is_paused, self.pauses) = (true, true);
    }

    pub fn resume(&mut self, now_us: i64) {
        self.run(now_us);
        self.is_paused = false;
    }

    fn run(&mut self, now_us: i64) {
        if let Some(until_us) = self.ran_until_us.replace(now_us)
            && !self.is_paused
        {
            self.ran_us += now_us - until_us;
        }
        if self.first_us.is_none() {
            self.ran_until_us = None;
        }
    }

    pub fn call(&mut self, number: u32, is_whole: bool) {
        self.waiting.insert(number);
        if is_whole {
            self.wholes.insert(number);
        }
    }

    /// Judges an effect but for the file that it may ask for.
    pub fn effect(&mut self, effect: &Effect<Bits, Shot>) -> Result<(), String> {
        self.order.see(effect)?;
        match effect {
            Effect::Export { call, .. } | Effect::Answer(call, _) => {
                if !self.waiting.remove(&call.number()) {
                    return Err(format!("call {} is answered twice", call.number()));
                }
            }
            Effect::Report(Report::Progress(progress) | Report::Limit(progress)) => self.progress_at_most(progress)?,
            Effect::Report(Report::Stopped { progress, .. }) => self.progress_at_most(progress)?,
            _ => {}
        }
        Ok(())
    }

    fn progress_at_most(&self, progress: &Progress) -> Result<(), String> {
        if progress.received > self.resumed + self.received {
            return Err(format!("{} frames came, {progress:?}", self.resumed + self.received));
        }
        if self.is_gentle(&progress_encoder) && !self.plan.manners.is_slow_trial && progress.drops.encoder > 0 {
            return Err(format!("no encoder lost a frame: {progress:?}"));
        }
        let is_held = |what| matches!(what, What::Sends(Pictures::HeldBack) | What::Encoder(_));
        let manners = &self.plan.manners;
        let is_quick = manners.look_ahead <= 10 && manners.encode_ms <= 100 && manners.inspect_ms <= 10;
        if self.is_gentle(&is_held) && is_quick && progress.drops.backpressure > 0 {
            return Err(format!("no encoder was behind: {progress:?}"));
        }
        Ok(())
    }

    /// Judges the counts while nothing is asked: each frame is somewhere.
    pub fn progress(&self, progress: &Progress) -> Result<(), String> {
        self.progress_at_most(progress)?;
        if !self.order.is_asked && !self.order.has_ended && progress.received != self.resumed + self.received {
            return Err(format!("{} frames came, {progress:?}", self.resumed + self.received));
        }
        Ok(())
    }

    /// Whether nothing of this kind happens in this world.
    fn is_gentle(&self, is_fault: &dyn Fn(What) -> bool) -> bool {
        !self.plan.has(is_fault)
    }

    fn is_repeat(&self, number: u32) -> bool {
        let at = number as usize;
        let before = self.came[..at].iter().rev().find(|came| !came.is_paused);
        before.is_some_and(|before| before.look.shows(&self.came[at].look))
    }

    /// Judges a file of all or of a part, at this time in microseconds.
    pub fn file(&mut self, file: &File, call: u32, now_us: i64) -> Result<(), String> {
        self.run(now_us);
        self.frames(file)?;
        // What is held back shows too late that its picture was not shown for as long as it seemed.
        let is_held = |what| matches!(what, What::Sends(Pictures::HeldBack));
        if file.overlap_us > 0 && self.is_gentle(&is_held) {
            return Err(format!("a segment ends {} µs after the next begins", file.overlap_us));
        }
        let is_whole = self.wholes.contains(&call);
        let ran_us = self.resumed_us + self.ran_us;
        if file.length_us() > ran_us + 1_000_000 {
            return Err(format!("the file is {} µs long, after {ran_us} µs", file.length_us()));
        }
        if is_whole { self.whole(file, now_us) } else { Ok(()) }
    }

    /// Each frame came, was not paused, and is a key frame if it is the first after a pause.
    fn frames(&self, file: &File) -> Result<(), String> {
        let mut before: Option<u32> = None;
        self.cuts(file)?;
        for (_, bits) in &file.samples {
            let came = self.came.get(bits.frame as usize).ok_or(format!("frame {} never came", bits.frame))?;
            if came.is_paused {
                return Err(format!("frame {} came in a pause", bits.frame));
            }
            let since = before.replace(bits.frame).map_or(bits.frame, |before| before + 1);
            let is_cut = self.came[since as usize..=bits.frame as usize].iter().any(|came| came.is_after_pause);
            if is_cut && !bits.key && !bits.is_reencoded {
                return Err(format!("frame {} comes after a pause and is no key frame", bits.frame));
            }
        }
        Ok(())
    }

    /// Where time was cut, a key frame follows.
    fn cuts(&self, file: &File) -> Result<(), String> {
        let is_odd = |what| matches!(what, What::Sends(Pictures::HeldBack) | What::JumpRtp(_) | What::JumpTimestamp(_));
        if !self.is_gentle(&is_odd) {
            return Ok(());
        }
        for pair in file.samples.windows(2) {
            let [(time_us, bits), (next_us, next)] = [pair[0], pair[1]];
            let wall_us = self.came[next.frame as usize].at_us - self.came[bits.frame as usize].at_us;
            if wall_us - (next_us - time_us) > 700_000 && !next.key && !next.is_reencoded {
                return Err(format!("time was cut before frame {}, which is no key frame", next.frame));
            }
        }
        Ok(())
    }

    fn option(&self, name: &str) -> Option<Written> {
        self.plan.options.iter().rfind(|(of, _)| *of == name).map(|(_, value)| *value)
    }

    fn seconds(&self, name: &str) -> Option<i64> {
        match self.option(name)? {
            Written::Number(seconds) => Some((seconds * 1e6) as i64),
            Written::Text(_) => None,
        }
    }

    /// Judges a file of all.
    fn whole(&mut self, file: &File, now_us: i64) -> Result<(), String> {
        let keeps_last = self.seconds("keepLast");
        let (start_us, length_us) = (file.samples[0].0, file.length_us());
        // The first frames may be lost in the encoder.
        if keeps_last.is_none() && start_us != 0 && self.is_gentle(&progress_encoder) {
            return Err(format!("the file begins at {start_us} µs"));
        }
        let is_removed = start_us > 0 && self.is_gentle(&progress_encoder);
        if let Some(keep_us) = keeps_last.filter(|keep_us| is_removed && length_us < *keep_us) {
            return Err(format!("{length_us} µs are kept of {keep_us} µs"));
        }
        self.contains(file)?;
        self.last = timed(file);
        if let Some(most_us) = self.seconds("maxLength")
            && length_us > most_us.max(self.resumed_us)
        {
            return Err(format!("the file is {length_us} µs long, with a limit of {most_us} µs"));
        }
        self.keeps_time(length_us, now_us)
    }

    /// What was in a file stays, and where it is: only repeats may be rolled back.
    fn contains(&self, file: &File) -> Result<(), String> {
        let there: HashMap<u32, i64> = timed(file).into_iter().collect();
        let first = file.samples[0].1.frame;
        let begins_later = self.seconds("keepLast").is_some();
        for &(frame, time_us) in &self.last {
            match there.get(&frame) {
                None if (begins_later && frame < first) || self.is_repeat(frame) => {}
                None => return Err(format!("frame {frame} was in the file before")),
                Some(&now_us) if now_us == time_us => {}
                Some(now_us) => return Err(format!("frame {frame} moved from {time_us} µs to {now_us} µs")),
            }
        }
        Ok(())
    }

    /// Where nothing is cut and nothing stalls, the file is as long as the wall says.
    fn keeps_time(&self, length_us: i64, now_us: i64) -> Result<(), String> {
        let is_cut = |what| {
            let is_odd = matches!(what, What::Sends(pictures) if pictures != Pictures::Moving);
            let is_jump = matches!(what, What::JumpRtp(_) | What::JumpTimestamp(_) | What::Rate(_) | What::Missed(_));
            let is_end = matches!(what, What::Stop | What::TrackEnded | What::Encoder(_) | What::Disk(_));
            is_odd || is_jump || is_end || matches!(what, What::Pause | What::Crash | What::Hidden(_))
        };
        let is_steady = self.is_gentle(&is_cut) && !self.plan.manners.is_paused && self.plan.manners.jitter_ms <= 15;
        let is_bounded = self.option("keepLast").or(self.option("maxLength")).is_some();
        let Some(first_us) = self.first_us.filter(|_| is_steady && !is_bounded && !self.order.has_ended) else {
            return Ok(());
        };
        let wall_us = now_us - first_us;
        if (length_us - wall_us).abs() > (wall_us / 100).max(200_000) + 1_000_000 / self.plan.manners.fps {
            return Err(format!("the file is {length_us} µs long, after {wall_us} µs"));
        }
        Ok(())
    }

    /// Judges what a crash leaves, which the next machine resumes.
    pub fn crashed(&mut self, left: Option<&File>, now_us: i64) -> Result<(), String> {
        if let Some(file) = left {
            self.frames(file)?;
            let last = file.samples[file.samples.len() - 1].1.frame;
            self.last.retain(|(frame, _)| *frame <= last);
            self.contains(file)?;
        }
        self.loses_little(left, now_us)?;
        self.order = Order::default();
        self.waiting.clear();
        (self.received, self.ran_us, self.ran_until_us, self.first_us) = (0, 0, None, None);
        self.last = left.map_or_else(Vec::new, timed);
        self.resumed = self.last.len() as u32;
        self.resumed_us = left.map_or(0, File::length_us);
        (self.is_paused, self.pauses) = (false, left.is_some());
        Ok(())
    }

    /// Where disk and encoder are fast, a crash loses at most about a second.
    fn loses_little(&self, left: Option<&File>, now_us: i64) -> Result<(), String> {
        let manners = &self.plan.manners;
        let is_fault = |what| matches!(what, What::Encoder(_) | What::Disk(_) | What::Hidden(_));
        let is_odd = manners.look_ahead > 0 || manners.is_slow_trial || manners.disk_ms > 300;
        let is_limited = self.option("maxLength").is_some() || self.order.has_ended;
        if !self.is_gentle(&is_fault) || is_odd || is_limited || manners.refuses != 0 {
            return Ok(());
        }
        let save_ms = 500 + manners.tick_jitter_ms * 2 + manners.disk_ms * 2;
        let lost_us = (save_ms + manners.encode_ms + manners.inspect_ms * 3 + manners.jitter_ms + 100) * 1000;
        // Frames between two that the cap admits are dropped.
        let cap_us = self.interval_us("maxFps", 33_333) * 2;
        let last = left.and_then(|file| file.samples.last());
        let last_us = last.map_or(i64::MIN, |(_, bits)| self.came[bits.frame as usize].at_us + cap_us);
        let from = self.came.len() - self.received_frames();
        let is_due = |(number, came): &(usize, &Came)| {
            came.at_us < now_us - lost_us && !came.is_paused && !self.is_repeat(*number as u32)
        };
        let due = self.came.iter().enumerate().skip(from).rfind(is_due);
        match due {
            Some((number, came)) if came.at_us > last_us => {
                Err(format!("frame {number} is lost, which came more than {lost_us} µs before the crash"))
            }
            _ => Ok(()),
        }
    }

    fn interval_us(&self, rate: &str, default_us: i64) -> i64 {
        match self.option(rate) {
            Some(Written::Number(fps)) => (1e6 / fps) as i64,
            _ => default_us,
        }
    }

    fn received_frames(&self) -> usize {
        let first_us = self.first_us.unwrap_or(i64::MAX);
        self.came.iter().rev().take_while(|came| came.at_us >= first_us).count()
    }

    /// Judges a reel that is not saved though the disk refuses nothing: it may be too slow.
    pub fn is_behind(&self) -> Result<(), String> {
        let is_slow = |what| matches!(what, What::Disk(DiskFault::TakesMs(ms)) if ms > 5_000);
        if self.plan.has(is_slow) { Ok(()) } else { Err("the reel is not saved".into()) }
    }

    /// Judges the end of the world.
    pub fn over(&self) -> Result<(), String> {
        match self.waiting.iter().min() {
            Some(call) => Err(format!("call {call} is not answered")),
            None if !self.order.is_stopped => Err("the end is not reported".into()),
            None => Ok(()),
        }
    }
}

/// A file's frames and their media times, in microseconds.
fn timed(file: &File) -> Vec<(u32, i64)> {
    file.samples.iter().map(|(time_us, bits)| (bits.frame, *time_us)).collect()
}

fn progress_encoder(what: What) -> bool {
    let is_harmless = |fault| matches!(fault, EncoderFault::UnaskedKey | EncoderFault::WaitsForFlush);
    match what {
        What::Encoder(fault) => !is_harmless(fault),
        What::Disk(fault) => !matches!(fault, DiskFault::TakesMs(_)),
        _ => false,
    }
}
