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
    /// Whether it was cleared, and the recording does not know.
    is_cleared: bool,
}

impl Disk {
    pub fn new(seed: u64, manners: Manners) -> Self {
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
        }
    }

    pub fn misbehave(&mut self, fault: DiskFault) {
        match fault {
            DiskFault::TakesMs(ms) => self.takes_ms = Some(ms),
            fault => self.fault = Some(fault),
        }
    }

    /// Somebody clears it. Gives the number of the last frame that goes with it, if any does.
    pub fn clear(&mut self) -> Option<u32> {
        let segments = std::mem::take(&mut self.stored).segments;
        self.is_cleared |= !segments.is_empty();
        let leading = if self.manners.is_sound_alone { Track::Audio } else { Track::Video };
        let leading = segments.values().filter(|segment| segment.track == leading);
        leading.flat_map(|segment| &segment.payload).map(|bits| bits.frame).max()
    }

    /// Whether it was cleared, and the recording does not know.
    pub fn is_cleared(&self) -> bool {
        self.is_cleared
    }

    /// Whether something was or will be refused.
    pub fn refuses(&self) -> bool {
        self.fault.is_some()
    }

    /// Begins with a task. Gives how long it takes, in microseconds; none if another is under way.
    pub fn begin(&mut self, task: Task<Bits>) -> Option<i64> {
        let is_free = self.task.is_none();
        self.task = Some(task);
        let ms = self.takes_ms.take().unwrap_or_else(|| self.random.of(1..=self.manners.disk_ms));
        is_free.then_some(ms * 1000)
    }

    /// Finishes the task under way. Gives whether what was there before still is, as src/browser/disk.rs does. A
    /// recording that is over mends nothing.
    pub fn finish(&mut self, is_over: bool) -> Result<bool> {
        let task = self.task.take();
        match (self.fault, task) {
            (_, None) => Ok(true),
            // What can't be merged stays as it is.
            (Some(_), Some(Task::Merge { .. })) => Ok(true),
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

    fn carry_out(&mut self, task: Task<Bits>) {
        self.stored.carry_out(task);
        // A record without segments is no reel.
        if self.stored.segments.is_empty() {
            self.stored.record = None;
        }
    }

    /// What there may be when the task under way is done, or now: a reader may come before it or after it.
    pub fn readable(&self) -> Vec<Stored<Bits>> {
        let mut all = vec![self.stored.clone()];
        if let Some(task) = &self.task {
            let mut after = self.stored.clone();
            after.carry_out(task.clone());
            all.push(after);
        }
        all
    }

    /// The browser is killed. The task under way was done, or was not.
    pub fn crash(&mut self) {
        if let Some(task) = self.task.take()
            && self.fault.is_none()
            && self.random.percent(50)
        {
            self.carry_out(task);
        }
        (self.fault, self.takes_ms, self.is_cleared) = (None, None, false);
        self.has_begun = !self.stored.segments.is_empty();
    }
}
