//! A disk that is slow, refuses or is full.

use super::encoder::Bits;
use super::plan::{DiskFault, Manners};
use super::random::Random;
use crate::recording::Task;
use crate::recording::stored::Stored;
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
}

impl Disk {
    pub fn new(seed: u64, manners: Manners) -> Self {
        let random = Random::new(seed, 4);
        Self { random, manners, stored: Stored::default(), task: None, fault: None, takes_ms: None }
    }

    pub fn misbehave(&mut self, fault: DiskFault) {
        match fault {
            DiskFault::TakesMs(ms) => self.takes_ms = Some(ms),
            fault => self.fault = Some(fault),
        }
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

    /// Finishes the task under way.
    pub fn finish(&mut self) -> Result<()> {
        let task = self.task.take();
        match (self.fault, task) {
            (_, None) => Ok(()),
            // What can't be merged stays as it is.
            (Some(_), Some(Task::Merge { .. })) => Ok(()),
            (Some(DiskFault::IsFull), _) => Err(Error::Quota { reason: "full".into() }),
            (Some(_), _) => Err(Error::Storage { reason: "broken".into() }),
            (None, Some(task)) => {
                self.stored.carry_out(task);
                Ok(())
            }
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
            self.stored.carry_out(task);
        }
        (self.fault, self.takes_ms) = (None, None);
    }
}
