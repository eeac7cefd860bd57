//! What holds for each file, and for what a crash leaves.

use super::effects::Order;
use super::file::File;
use super::model::{Came, Model, is_failure};
use super::plan::{Pictures, Step, What};
use std::collections::HashMap;

impl Model {
    /// Judges a file of all or of a part, at this time in microseconds.
    pub(crate) fn file(&mut self, file: &File, call: u32, now_us: i64) -> Result<(), String> {
        self.run(now_us);
        self.frames(file)?;
        // What is held back shows too late that its picture was not shown for as long as it seemed.
        let is_held = |what| matches!(what, What::Sends(Pictures::HeldBack));
        if file.overlap_us > 0 && self.is_gentle(&is_held) {
            return Err(format!("a segment ends {} µs after the next begins", file.overlap_us));
        }
        let is_whole = self.wholes.contains(&call);
        let ran_us = self.resumed_us + self.ran_us;
        // A jump of up to about a second may be time, until the wall shows that it was none.
        let is_jump = |step: &&Step| matches!(step.what, What::JumpRtp(_) | What::JumpTimestamp(_) | What::Joins(_));
        let jumps = self.plan.steps.iter().filter(is_jump).count() as i64;
        // What comes while another encoder is looked for counts later.
        let search_us = if self.plan.has(is_failure) { 3_000_000 } else { 0 };
        if file.length_us() > ran_us + 1_000_000 + jumps * 2_000_000 + search_us {
            return Err(format!("the file is {} µs long, after {ran_us} µs", file.length_us()));
        }
        if !is_whole {
            return Ok(());
        }
        let last = file.samples[file.samples.len() - 1].1.frame;
        if let Some(&due) = self.due.get(&call)
            && self.loses_none
            && last < due
            && !self.is_repeat(due)
            && !self.is_cleared(due)
        {
            return Err(format!("frame {due} was encoded before the call, and the file ends with frame {last}"));
        }
        self.whole(file, now_us)
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
        let is_odd = |what| {
            matches!(what, What::Sends(Pictures::HeldBack) | What::JumpRtp(_) | What::JumpTimestamp(_) | What::Joins(_))
        };
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

    /// Judges a file of all.
    fn whole(&mut self, file: &File, now_us: i64) -> Result<(), String> {
        let keeps_last = self.seconds("keepLast");
        let (start_us, length_us) = (file.samples[0].0, file.length_us());
        // The first frames may be lost in the encoder.
        if keeps_last.is_none() && start_us != 0 && self.loses_none && self.cleared.is_none() {
            return Err(format!("the file begins at {start_us} µs"));
        }
        let is_removed = start_us > 0 && self.loses_none && self.cleared.is_none();
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
                None if (begins_later && frame < first) || self.is_repeat(frame) || self.is_cleared(frame) => {}
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
            let is_jump = matches!(
                what,
                What::JumpRtp(_) | What::Joins(_) | What::JumpTimestamp(_) | What::Rate(_) | What::Missed(_)
            );
            let is_end = matches!(what, What::Stop | What::TrackEnded | What::Encoder(_) | What::Disk(_));
            is_odd || is_jump || is_end || matches!(what, What::Pause | What::Crash | What::Hidden(_) | What::Cleared)
        };
        let manners = &self.plan.manners;
        // Calls wait while another encoder is looked for.
        let is_searching = manners.have_to_search() && self.plan.has(|what| matches!(what, What::Size(..)));
        let has_time = manners.jitter_ms <= 15 && manners.inspect_ms <= 10 && !is_searching;
        let is_steady = self.is_gentle(&is_cut) && !manners.is_paused && has_time;
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
    pub(crate) fn crashed(&mut self, left: Option<&File>, now_us: i64) -> Result<(), String> {
        if let Some(file) = left {
            self.frames(file)?;
            let last = file.samples[file.samples.len() - 1].1.frame;
            self.last.retain(|(frame, _)| *frame <= last);
            self.contains(file)?;
        }
        self.loses_little(left, now_us)?;
        self.order = Order::default();
        self.waiting.clear();
        self.encoded = None;
        (self.received, self.ran_us, self.ran_until_us, self.first_us) = (0, 0, None, None);
        self.last = left.map_or_else(Vec::new, timed);
        self.settled = Settled::default();
        self.resumed = self.last.len() as u32;
        self.resumed_us = left.map_or(0, File::length_us);
        (self.is_paused, self.pauses) = (false, left.is_some());
        Ok(())
    }

    /// Where disk and encoder are fast, a crash loses at most about a second.
    fn loses_little(&self, left: Option<&File>, now_us: i64) -> Result<(), String> {
        let manners = &self.plan.manners;
        let is_fault = |what| matches!(what, What::Encoder(_) | What::Disk(_) | What::Hidden(_) | What::Cleared);
        // Pixels that take longer than frames have them wait.
        let is_slow = manners.inspect_ms > 5 || manners.disk_ms > 300;
        let is_odd = manners.look_ahead > 0 || manners.is_slow_trial || is_slow;
        let is_limited = self.option("maxLength").is_some() || self.order.has_ended;
        if !self.is_gentle(&is_fault) || is_odd || is_limited || manners.have_to_search() {
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

    fn received_frames(&self) -> usize {
        let first_us = self.first_us.unwrap_or(i64::MAX);
        self.came.iter().rev().take_while(|came| came.at_us >= first_us).count()
    }
}

/// A file's frames and their media times, in microseconds.
/// What will not change of a reel: what a clip has that others are to follow.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// Where it ends, in microseconds of media time.
    pub to_us: i64,
    /// The frames, with their media times.
    frames: Vec<(u32, i64)>,
    /// When the packets of sound start, in microseconds of media time.
    sound: Vec<i64>,
}

impl Settled {
    /// What of these is before this media time, in microseconds, and not before the first frame.
    pub(crate) fn new(file: &File, sound: &[i64], to_us: i64) -> Self {
        let from_us = file.samples[0].0;
        let frames = timed(file).into_iter().filter(|(_, time_us)| *time_us < to_us).collect();
        let sound = sound.iter().copied().filter(|us| (from_us..to_us).contains(us)).collect();
        Self { to_us, frames, sound }
    }

    /// Whether a later file has just that up to there, but for what is not kept of the beginning; and a key frame behind it.
    pub(crate) fn stays(&self, file: &File, sound: &[i64]) -> Result<(), String> {
        let from_us = file.samples[0].0;
        let now = Self::new(file, sound, self.to_us);
        let kept = self.frames.iter().filter(|(_, time_us)| *time_us >= from_us);
        if let Some((before, now)) = kept.zip(&now.frames).find(|(before, now)| before != now) {
            return Err(format!("a clip had frame {before:?}, and the file has {now:?}"));
        }
        let count = self.frames.iter().filter(|(_, time_us)| *time_us >= from_us).count();
        if count != now.frames.len() {
            return Err(format!(
                "a clip up to {} µs had {count} frames, and the file has {}",
                self.to_us,
                now.frames.len()
            ));
        }
        let packets: Vec<_> = self.sound.iter().copied().filter(|us| *us >= from_us).collect();
        if packets != now.sound {
            let (had, has) = (packets.len(), now.sound.len());
            return Err(format!("a clip up to {} µs had {had} packets, and the file has {has}", self.to_us));
        }
        match file.samples.iter().find(|(time_us, _)| *time_us >= self.to_us) {
            // Where only the end is kept, the file may begin later.
            Some((time_us, bits))
                if !self.frames.is_empty() && from_us <= self.to_us && (!bits.key || *time_us != self.to_us) =>
            {
                Err(format!("a clip ended at {} µs, and a frame at {time_us} µs follows", self.to_us))
            }
            _ => Ok(()),
        }
    }
}

fn timed(file: &File) -> Vec<(u32, i64)> {
    file.samples.iter().map(|(time_us, bits)| (bits.frame, *time_us)).collect()
}
