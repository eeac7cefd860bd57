//! Worlds of sound alone, and what holds for their files.

use super::effects::Order;
use super::encoder::Bits;
use super::model::Model;
use super::plan::{DiskFault, SoundFault, What};
use super::sound::Sounds;

/// What is known of a recording of sound alone.
#[derive(Debug, Default)]
pub(super) struct Alone {
    /// The packets of the last file of all, at their media times in microseconds.
    last: Vec<(i64, Bits)>,
    /// For how long it had run when it ended, in microseconds.
    ended_us: Option<i64>,
}

impl Model {
    /// Notes that a block comes at this time, in microseconds.
    pub(crate) fn block(&mut self, at_us: i64) {
        if self.plan.manners.is_sound_alone && !self.is_paused {
            self.first_us.get_or_insert(at_us);
            self.run(at_us);
        }
    }

    /// Notes that the recording has ended, if it has, at this time in microseconds.
    pub(crate) fn note_end(&mut self, now_us: i64) {
        if self.order.has_ended && self.alone.ended_us.is_none() {
            self.run(now_us);
            self.alone.ended_us = Some(self.ran_us);
        }
    }

    /// Judges a file of all.
    pub(crate) fn alone(&mut self, sounds: &Sounds, now_us: i64) -> Result<(), String> {
        self.run(now_us);
        let keeps_last = self.seconds("keepLast");
        let (start_us, end_us) = (sounds.start_us(), sounds.end_us());
        let is_early = keeps_last.is_none() && self.cleared.is_none();
        if is_early && start_us != 0 && !sounds.packets().is_empty() {
            return Err(format!("sound alone begins at {start_us} µs"));
        }
        let first_us = sounds.packets().first().map_or(i64::MAX, |(time_us, _)| *time_us);
        let mut found = sounds.packets().iter();
        for (time_us, bits) in &self.alone.last {
            let is_there = found.by_ref().any(|(at_us, found)| (at_us, found) == (time_us, bits));
            if !is_there && *time_us >= first_us {
                return Err(format!("the packet at {time_us} µs was in the file before"));
            }
            if !is_there && is_early {
                return Err(format!("the packet at {time_us} µs is gone"));
            }
            if !is_there {
                found = sounds.packets().iter();
            }
        }
        self.alone.last = sounds.packets().to_vec();
        let ran_us = self.resumed_us + self.alone.ended_us.unwrap_or(self.ran_us);
        if end_us > ran_us + 100_000 {
            return Err(format!("sound alone ends at {end_us} µs, after {ran_us} µs"));
        }
        if let Some(most_us) = self.seconds("maxLength")
            && end_us > most_us.max(self.resumed_us) + 30_000
        {
            return Err(format!("sound alone is {end_us} µs long, with a limit of {most_us} µs"));
        }
        let is_odd = |what| matches!(what, What::Sound(SoundFault::Fails | SoundFault::IsSilent) | What::Hidden(_));
        let is_late = |what| is_odd(what) || matches!(what, What::Sound(SoundFault::Mutes(_)));
        let is_of_disk = |what| matches!(what, What::Disk(_) | What::Crash | What::Cleared);
        let is_limited = self.seconds("maxLength").is_some();
        let is_over = self.alone.ended_us.is_some();
        let lag_us = match is_over {
            true => 100_000,
            // What is not placed or encoded yet.
            false => 400_000 + (self.plan.manners.encode_ms + self.plan.manners.jitter_ms) * 1000,
        };
        let is_due = match is_over {
            // After a pause time stands until the next sound.
            true if self.is_gentle(&|what| what == What::Pause) && !self.plan.manners.is_paused => {
                self.is_gentle(&is_odd) && self.is_gentle(&is_of_disk)
            }
            _ => self.is_gentle(&is_late) && self.is_gentle(&is_of_disk),
        };
        if is_due && !is_limited && end_us < ran_us - lag_us {
            return Err(format!("sound alone ends at {end_us} µs, and not after {ran_us} µs"));
        }
        Ok(())
    }

    /// Judges what a crash leaves, which the next machine resumes.
    pub(crate) fn crashed_alone(&mut self, left: &Sounds, now_us: i64) -> Result<(), String> {
        self.run(now_us);
        let manners = &self.plan.manners;
        let is_fault = |what| match what {
            What::Disk(fault) => !matches!(fault, DiskFault::TakesMs(0..=300)),
            What::Sound(fault) => !matches!(fault, SoundFault::IsLoud(_)),
            What::Hidden(_) | What::Cleared => true,
            _ => false,
        };
        let is_limited = self.seconds("maxLength").is_some() || self.order.has_ended;
        let save_ms = 500 + manners.tick_jitter_ms * 2 + manners.disk_ms * 2;
        let lost_us = (save_ms + manners.encode_ms + manners.jitter_ms + 500) * 1000;
        let ran_us = self.resumed_us + self.ran_us;
        if self.is_gentle(&is_fault) && !is_limited && manners.disk_ms <= 300 && left.end_us() < ran_us - lost_us {
            return Err(format!("a crash leaves {} µs of sound alone, of {ran_us} µs", left.end_us()));
        }
        let end_us = left.end_us();
        self.alone.last.retain(|(time_us, _)| *time_us < end_us);
        self.order = Order::default();
        self.waiting.clear();
        self.alone.ended_us = None;
        (self.ran_us, self.ran_until_us, self.first_us) = (0, None, None);
        (self.is_paused, self.resumed_us) = (false, end_us);
        Ok(())
    }
}
