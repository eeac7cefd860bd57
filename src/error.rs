/// Everything that can go wrong, with a stable [`code`](Error::code) each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An option has a wrong name, type or value.
    #[error("{name}: {value} is not valid; it must be {accepted}")]
    InvalidOption {
        /// The option as it was written.
        name: String,
        /// Its value as it was written.
        value: String,
        /// What would have been valid.
        accepted: String,
    },
    /// Recording is switched off.
    #[error("recording is disabled by the option enabled or the variable RECORDING_ENABLED")]
    Disabled,
    /// There is no frame to export.
    #[error("there is nothing to export: no frame has been recorded, or none in this part")]
    NothingRecorded,
    /// The reel is not, or no longer, in the store.
    #[error("there is no reel {id}: it was deleted, or never existed")]
    NoSuchReel {
        /// What was asked for.
        id: String,
    },
    /// The page does not want the answer any more.
    #[error("the export was aborted")]
    Aborted,
    /// The call does not fit what is going on.
    #[error("{reason}")]
    InvalidState {
        /// What was called, and when.
        reason: String,
    },
    /// The browser lacks what recording needs.
    #[error("this browser can't record: {what}")]
    Unsupported {
        /// What is lacking.
        what: String,
    },
    /// The encoder failed.
    #[error("the encoder failed: {reason}")]
    EncoderLost {
        /// The browser's words.
        reason: String,
    },
    /// The origin may store no more.
    #[error("the storage is full: {reason}")]
    Quota {
        /// The browser's words.
        reason: String,
    },
    /// The store refused for another reason.
    #[error("the storage failed: {reason}")]
    Storage {
        /// The browser's words, or what is wrong with a record.
        reason: String,
    },
}

impl Error {
    /// A stable word for the kind of failure, as the TypeScript face's `ErrorCode` lists them. `aborted` answers a call that the
    /// page has withdrawn.
    pub fn code(&self) -> &'static str {
        match self {
            Error::InvalidOption { .. } => "invalid-option",
            Error::Disabled => "disabled",
            Error::NothingRecorded => "nothing-recorded",
            Error::NoSuchReel { .. } => "no-such-reel",
            Error::Aborted => "aborted",
            Error::InvalidState { .. } => "invalid-state",
            Error::Unsupported { .. } => "unsupported",
            Error::EncoderLost { .. } => "encoder-lost",
            Error::Quota { .. } => "quota",
            Error::Storage { .. } => "storage",
        }
    }

    /// The exception of the browser behind it, if there was one: its name and its message.
    pub fn cause(&self) -> Option<(&str, &str)> {
        let (Self::EncoderLost { reason } | Self::Quota { reason } | Self::Storage { reason }) = self else {
            return None;
        };
        reason.split_once(": ").filter(|(name, _)| name.ends_with("Error") && !name.contains(' '))
    }
}

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_the_exception_of_the_browser() {
        for (reason, cause) in [
            ("QuotaExceededError: the disk: full", Some(("QuotaExceededError", "the disk: full"))),
            ("UnknownError: ", Some(("UnknownError", ""))),
            ("a record is damaged: its field 'id'", None),
            ("the Error: of it", None),
            ("without a reason", None),
        ] {
            assert_eq!(Error::Storage { reason: reason.into() }.cause(), cause, "{reason}");
        }
        assert_eq!(Error::Unsupported { what: "TypeError: no".into() }.cause(), None);
    }
}
