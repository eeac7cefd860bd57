//! The order in which a recording may ask for things.

use super::encoder::Bits;
use super::sender::Shot;
use crate::recording::{Effect, Report};
use crate::time::Steady;

/// What was asked for so far.
#[derive(Debug, Default)]
pub(super) struct Order {
    is_open: bool,
    is_key_due: bool,
    steady: Option<Steady>,
    /// Whether something was asked that has not been answered: pixels, or an encoder.
    pub is_asked: bool,
    pub has_ended: bool,
    pub is_stopped: bool,
    is_unlocked: bool,
}

impl Order {
    /// Notes what is asked for.
    ///
    /// # Errors
    /// What is wrong with that.
    pub(crate) fn see(&mut self, effect: &Effect<Bits, Shot>) -> Result<(), String> {
        let refused = |what: &str| Err(format!("{what}: {effect:?}"));
        match effect {
            Effect::Inspect { .. } | Effect::AskEncoder { .. } | Effect::AskDecoder(_)
                if std::mem::replace(&mut self.is_asked, true) =>
            {
                return refused("two questions at a time");
            }
            Effect::Open { .. } => {
                if std::mem::replace(&mut self.is_open, true) {
                    return refused("two encoders at a time");
                }
                (self.is_key_due, self.steady) = (true, None);
            }
            Effect::Configure(_) if self.is_open => self.is_key_due = true,
            Effect::Close if self.is_open => self.is_open = false,
            Effect::Encode { steady, key, .. } if self.is_open && !self.has_ended => {
                if std::mem::take(&mut self.is_key_due) && !key {
                    return refused("the first frame of an encoder has to be a key frame");
                }
                if self.steady.replace(*steady).is_some_and(|before| before >= *steady) {
                    return refused("the encoder's clock does not rise");
                }
            }
            Effect::Flush(_) if self.is_open => {}
            Effect::Configure(_) | Effect::Close | Effect::Encode { .. } | Effect::Flush(_) => {
                return refused("there is no encoder");
            }
            Effect::Disk(_) if self.is_stopped => return refused("something is written after the end"),
            Effect::ReleaseSource if std::mem::replace(&mut self.has_ended, true) => {
                return refused("the track is released twice");
            }
            Effect::ReleaseLock if std::mem::replace(&mut self.is_unlocked, true) => {
                return refused("the lock is released twice");
            }
            Effect::Report(Report::Stopped { .. }) => {
                if std::mem::replace(&mut self.is_stopped, true) {
                    return refused("the end is reported twice");
                }
                if self.is_open {
                    return refused("an encoder is open after the end");
                }
                if !self.is_unlocked {
                    return refused("the lock is held after the end");
                }
            }
            _ => {}
        }
        Ok(())
    }
}
