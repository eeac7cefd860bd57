//! What a recording has to be like, whatever happened: it judges each file and each count.

use super::alone::Alone;
use super::effects::Order;
use super::encoder::Bits;
use super::judgement::Settled;
use super::plan::{DiskFault, EncoderFault, Pictures, Plan, What, Written};
use super::sender::{Look, Shot};
use crate::Error;
use crate::recording::{Effect, Progress, Report};
use std::collections::{HashMap, HashSet};

/// A frame that was given to a machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Came {
    pub at_us: i64,
    pub look: Look,
    pub is_paused: bool,
    /// Whether a pause was asked for since the frame before.
    pub is_after_pause: bool,
}

/// What is known of a recording without its code.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) plan: Plan,
    /// Whether no encoder loses a frame in this world, and whether each has time for all.
    pub(super) loses_none: bool,
    is_quick: bool,
    pub order: Order,
    /// All frames by their numbers, of all machines.
    pub(super) came: Vec<Came>,
    /// How many frames this machine was given or missed, beside those of the reel that it resumed.
    pub(super) received: u32,
    pub(super) resumed: u32,
    pub(super) is_paused: bool,
    pub(super) pauses: bool,
    /// Calls that wait for their answers: exports of all, other exports, stops.
    pub(super) waiting: HashSet<u32>,
    pub(super) wholes: HashSet<u32>,
    /// The last frame that went into an encoder, and what it was when each call came.
    pub(super) encoded: Option<u32>,
    pub(super) due: HashMap<u32, u32>,
    /// The last whole file's frames and their media times, in microseconds.
    pub(super) last: Vec<(u32, i64)>,
    /// What clips had that others are to follow, as far as the reel has it still.
    pub(super) settled: Settled,
    /// The last frame that somebody has cleared from the disk: it and those before may be gone.
    pub(super) cleared: Option<u32>,
    /// How often a loss may be reported.
    pub(super) losses: u32,
    /// For how long it ran without a pause, in microseconds, up to when; and how long the reel was before.
    pub(super) ran_us: i64,
    pub(super) ran_until_us: Option<i64>,
    pub(super) resumed_us: i64,
    pub(super) first_us: Option<i64>,
    pub(super) alone: Alone,
}

impl Model {
    pub(crate) fn new(plan: &Plan) -> Self {
        let manners = &plan.manners;
        let is_held = |what| matches!(what, What::Sends(Pictures::HeldBack) | What::Encoder(_));
        let has_time = manners.look_ahead <= 10 && manners.encode_ms <= 100 && manners.inspect_ms <= 10;
        Self {
            loses_none: !plan.has(loses_frames) && !manners.is_slow_trial,
            is_quick: !plan.has(is_held) && !manners.have_to_search() && has_time,
            plan: plan.clone(),
            order: Order::default(),
            came: Vec::new(),
            received: 0,
            resumed: 0,
            is_paused: plan.manners.is_paused,
            pauses: false,
            waiting: HashSet::new(),
            wholes: HashSet::new(),
            encoded: None,
            due: HashMap::new(),
            last: Vec::new(),
            settled: Settled::default(),
            cleared: None,
            losses: 0,
            ran_us: 0,
            ran_until_us: None,
            resumed_us: 0,
            first_us: None,
            alone: Alone::default(),
        }
    }

    /// The number of the next frame.
    pub(crate) fn next_number(&self) -> u32 {
        self.came.len() as u32
    }

    pub(crate) fn frame(&mut self, look: Look, at_us: i64) {
        self.run(at_us);
        self.received += 1;
        let (is_paused, is_after_pause) = (self.is_paused, std::mem::take(&mut self.pauses));
        self.came.push(Came { at_us, look, is_paused, is_after_pause });
        self.first_us.get_or_insert(at_us);
        self.ran_until_us.get_or_insert(at_us);
    }

    /// Frames come at once that were held back for this long, in microseconds: their own time counts as well.
    pub(crate) fn held_back(&mut self, held_us: i64) {
        // Without RTP it may count twice for some seconds.
        self.ran_us += held_us * if self.plan.manners.has_rtp { 1 } else { 2 };
    }

    /// Somebody clears the disk. `last` is the number of the last frame that was there.
    pub(crate) fn cleared(&mut self, last: Option<u32>) {
        self.cleared = self.cleared.max(last);
        self.losses += u32::from(last.is_some());
    }

    pub(super) fn is_cleared(&self, frame: u32) -> bool {
        self.cleared.is_some_and(|last| frame <= last)
    }

    pub(crate) fn missed(&mut self, frames: u32) {
        self.received += frames;
    }

    pub(crate) fn pause(&mut self, now_us: i64) {
        self.run(now_us);
        (self.is_paused, self.pauses) = (true, true);
    }

    pub(crate) fn resume(&mut self, now_us: i64) {
        self.run(now_us);
        self.is_paused = false;
    }

    pub(super) fn run(&mut self, now_us: i64) {
        if let Some(until_us) = self.ran_until_us.replace(now_us)
            && !self.is_paused
        {
            self.ran_us += now_us - until_us;
        }
        if self.first_us.is_none() {
            self.ran_until_us = None;
        }
    }

    pub(crate) fn call(&mut self, number: u32, is_whole: bool) {
        self.waiting.insert(number);
        self.due.extend(self.encoded.map(|encoded| (number, encoded)));
        if is_whole {
            self.wholes.insert(number);
        }
    }

    /// Judges an effect but for the file that it may ask for.
    pub(crate) fn effect(&mut self, effect: &Effect<Bits, Shot>) -> Result<(), String> {
        self.order.see(effect)?;
        match effect {
            Effect::Export { call, .. } | Effect::Answer(call, _) if !self.waiting.remove(&call.number()) => {
                return Err(format!("call {} is answered twice", call.number()));
            }
            Effect::AskEncoder { is_urgent: true, .. } if !self.plan.has(is_failure) => {
                return Err("no encoder failed, and another is asked for".into());
            }
            Effect::Report(Report::Failure(Error::Storage { reason })) if reason.contains("removed") => {
                let left = self.losses.checked_sub(1);
                self.losses = left.ok_or("nothing was cleared, and a loss is reported")?;
            }
            Effect::Encode { frame, .. } => self.encoded = Some(frame.number),
            Effect::Report(Report::Progress(progress) | Report::Limit { progress, .. }) => {
                self.progress_at_most(progress)?;
            }
            Effect::Report(Report::Stopped { progress, .. }) => self.progress_at_most(progress)?,
            _ => {}
        }
        Ok(())
    }

    fn progress_at_most(&self, progress: &Progress) -> Result<(), String> {
        if progress.received > self.resumed + self.received {
            return Err(format!("{} frames came, {progress:?}", self.resumed + self.received));
        }
        if self.loses_none && progress.drops.encoder > 0 {
            return Err(format!("no encoder lost a frame: {progress:?}"));
        }
        if self.is_quick && progress.drops.backpressure > 0 {
            return Err(format!("no encoder was behind: {progress:?}"));
        }
        Ok(())
    }

    /// Judges the counts while nothing is asked: each frame is somewhere.
    pub(crate) fn progress(&self, progress: &Progress) -> Result<(), String> {
        self.progress_at_most(progress)?;
        if !self.order.is_asked && !self.order.has_ended && progress.received != self.resumed + self.received {
            return Err(format!("{} frames came, {progress:?}", self.resumed + self.received));
        }
        Ok(())
    }

    /// Whether nothing of this kind happens in this world.
    pub(super) fn is_gentle(&self, is_fault: &dyn Fn(What) -> bool) -> bool {
        !self.plan.has(is_fault)
    }

    pub(super) fn is_repeat(&self, number: u32) -> bool {
        let at = number as usize;
        let before = self.came[..at].iter().rev().find(|came| !came.is_paused);
        before.is_some_and(|before| before.look.shows(&self.came[at].look))
    }

    pub(super) fn option(&self, name: &str) -> Option<Written> {
        self.plan.options.iter().rfind(|(of, _)| *of == name).map(|(_, value)| *value)
    }

    pub(super) fn seconds(&self, name: &str) -> Option<i64> {
        match self.option(name)? {
            Written::Number(seconds) => Some((seconds * 1e6) as i64),
            Written::Text(_) => None,
        }
    }

    pub(super) fn interval_us(&self, rate: &str, default_us: i64) -> i64 {
        match self.option(rate) {
            Some(Written::Number(fps)) => (1e6 / fps) as i64,
            _ => default_us,
        }
    }

    /// Judges a reel that is not saved though the disk refuses nothing: it may be too slow.
    pub(crate) fn is_behind(&self) -> Result<(), String> {
        let is_slow = |what| matches!(what, What::Disk(DiskFault::TakesMs(ms)) if ms > 5_000);
        if self.plan.has(is_slow) { Ok(()) } else { Err("the reel is not saved".into()) }
    }

    /// Judges the end of the world.
    pub(crate) fn over(&self) -> Result<(), String> {
        match self.waiting.iter().min() {
            Some(call) => Err(format!("call {call} is not answered")),
            None if !self.order.is_stopped => Err("the end is not reported".into()),
            None => Ok(()),
        }
    }
}

pub(super) fn loses_frames(what: What) -> bool {
    let is_harmless = |fault| matches!(fault, EncoderFault::UnaskedKey | EncoderFault::WaitsForFlush);
    match what {
        What::Encoder(fault) => !is_harmless(fault),
        What::Disk(fault) => !matches!(fault, DiskFault::TakesMs(_)),
        _ => false,
    }
}

pub(super) fn is_failure(what: What) -> bool {
    matches!(what, What::Encoder(EncoderFault::Fails | EncoderFault::Reorders))
}
