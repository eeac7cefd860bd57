//! A disk that is slow, refuses or is full.

use super::encoder::Bits;
use super::plan::{DiskFault, Manners};
use super::random::Random;
use crate::recording::Task;
use crate::recording::stored::Stored;
use crate::reel::Track;
use crate::{Error, Result};

/// The disk, and the task under way.
#[derive(Debug)]
pub(super) struct Disk {
    random: Random,
    manners: Manners,
    pub stored: Stored<Bits>,
    task: Option<Task<Bits>>,
    fault: Option<DiskFault>,
    takes_ms: Option<i64>,
    /// Whether something of the reel is to be there.
    has_begun: bool,
    /// Whether it was cleared, and the recording has not noticed.
    is_cleared: bool,
    settled: Settled,
}

/// The samples of pictures, each with its time in microseconds.
fn pictures(stored: &Stored<Bits>) -> Vec<(i64, Bits)> {
    let pictures = stored.segments.values().filter(|segment| segment.track == Track::Video);
    let samples = pictures.flat_map(|segment| segment.table.samples().iter().zip(&segment.payload));
    samples.map(|(sample, bits)| (sample.decode_us, *bits)).collect()
}

/// What the recording has promised not to change.
#[derive(Debug, Default)]
struct Settled {
    /// Up to this media time, in microseconds.
    until_us: i64,
    /// The samples of pictures that have been before it.
    pictures: Vec<(i64, Bits)>,
    /// Where the promise was broken.
    broken: Option<String>,
}

impl Settled {
    /// All that is on disk is settled while nothing is recorded.
    fn interrupt(&mut self, stored: &Stored<Bits>) {
        self.pictures = pictures(stored);
        self.until_us = self.pictures.last().map_or(0, |last| last.0 + 1);
    }

    /// Notes what is on disk now.
    fn note(&mut self, stored: &Stored<Bits>) {
        let until_us = stored.record.as_ref().map_or(0, |record| record.settled_us).max(self.until_us);
        let samples = pictures(stored);
        let from_us = samples.first().map_or(i64::MAX, |first| first.0);
        let is_settled = |until_us: i64| samples.iter().copied().filter(move |sample| sample.0 < until_us);
        // Those that are gone in front are not kept any more.
        let before: Vec<_> = self.pictures.iter().copied().filter(|sample| sample.0 >= from_us).collect();
        let now: Vec<_> = is_settled(self.until_us).collect();
        if !now.starts_with(&before) {
            let at = before.iter().zip(&now).position(|(before, now)| before != now);
            let at = before.get(at.unwrap_or(now.len()));
            self.broken = Some(format!("settled up to {} µs, and {at:?} has changed", self.until_us));
        }
        let last_us = before.last().map_or(i64::MIN, |last| last.0);
        if now[before.len().min(now.len())..].iter().any(|sample| sample.0 <= last_us) {
            self.broken = Some(format!("a picture came before {last_us} µs, which was settled"));
        }
        self.until_us = until_us;
        self.pictures = is_settled(until_us).collect();
    }
}

impl Disk {
    pub(crate) fn new(seed: u64, manners: Manners) -> Self {
        let random = Random::new(seed, 4);
        Self {
            random,
            manners,
            stored: Stored::default(),
            task: None,
            fault: None,
            takes_ms: None,
            has_begun: false,
            is_cleared: false,
            settled: Settled::default(),
        }
    }

    pub(crate) fn misbehave(&mut self, fault: DiskFault) {
        match fault {
            DiskFault::TakesMs(ms) => self.takes_ms = Some(ms),
            fault => self.fault = Some(fault),
        }
    }

    /// Somebody clears it. Gives the number of the last frame that goes with it, if any does.
    pub(crate) fn clear(&mut self) -> Option<u32> {
        self.settled = Settled::default();
        let segments = std::mem::take(&mut self.stored).segments;
        self.is_cleared |= !segments.is_empty();
        let leading = if self.manners.is_sound_alone { Track::Audio } else { Track::Video };
        let leading = segments.values().filter(|segment| segment.track == leading);
        leading.flat_map(|segment| &segment.payload).map(|bits| bits.frame).max()
    }

    /// Whether it was cleared, and the recording has not noticed.
    pub(crate) fn is_cleared(&self) -> bool {
        self.is_cleared
    }

    /// Whether something was or will be refused.
    pub(crate) fn refuses(&self) -> bool {
        self.fault.is_some()
    }

    /// Begins with a task. Gives how long it takes, in microseconds; none if another is under way.
    pub(crate) fn begin(&mut self, task: Task<Bits>) -> Option<i64> {
        let is_free = self.task.is_none();
        self.task = Some(task);
        let ms = self.takes_ms.take().unwrap_or_else(|| self.random.of(1..=self.manners.disk_ms));
        is_free.then_some(ms * 1000)
    }

    /// Finishes the task under way. Gives whether what was there before still is, as src/browser/disk.rs does. A
    /// recording that is over mends nothing.
    pub(crate) fn finish(&mut self, is_over: bool) -> Result<bool> {
        let task = self.task.take();
        match (self.fault, task) {
            // What can't be merged stays as it is.
            (_, None) | (Some(_), Some(Task::Merge { .. })) => Ok(true),
            (Some(DiskFault::IsFull), _) => Err(Error::Quota { reason: "full".into() }),
            (Some(_), _) => Err(Error::Storage { reason: "broken".into() }),
            (None, Some(task)) => {
                let is_put = matches!(task, Task::Put { .. });
                let was_there = !self.stored.segments.is_empty();
                self.carry_out(task);
                let is_there = !is_put || was_there || !std::mem::replace(&mut self.has_begun, true);
                self.is_cleared &= is_there || is_over;
                Ok(is_there)
            }
        }
    }

    /// Where what was settled has changed.
    pub(crate) fn broken(&mut self) -> Option<String> {
        self.settled.broken.take()
    }

    fn carry_out(&mut self, task: Task<Bits>) {
        self.stored.carry_out(task);
        // What is still in memory is written once the recording knows.
        if !self.is_cleared {
            self.settled.note(&self.stored);
        }
        // A record without segments is no reel.
        if self.stored.segments.is_empty() {
            self.stored.record = None;
        }
    }

    /// What there may be when the task under way is done, or now: a reader may come before it or after it.
    pub(crate) fn readable(&self) -> Vec<Stored<Bits>> {
        let mut all = vec![self.stored.clone()];
        if let Some(task) = &self.task {
            let mut after = self.stored.clone();
            after.carry_out(task.clone());
            all.push(after);
        }
        all
    }

    /// The browser is killed. The task under way was done, or was not.
    pub(crate) fn crash(&mut self) {
        if let Some(task) = self.task.take()
            && self.fault.is_none()
            && self.random.percent(50)
        {
            self.carry_out(task);
        }
        self.settled.interrupt(&self.stored);
        (self.fault, self.takes_ms, self.is_cleared) = (None, None, false);
        self.has_begun = !self.stored.segments.is_empty();
    }
}
