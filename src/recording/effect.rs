//! What a recording asks of the browser.

use super::progress::Progress;
use super::{Call, Flush, Handover, Indexes, Snapshot, Task};
use crate::clip::Bounds;
use crate::codec::{EncoderSetup, SoundSetup};
use crate::picture_size::Size;
use crate::reel::{Mark, Segment, VideoConfig};
use crate::time::{Media, Steady};
use crate::timeline::{Freeze, Stall};
use crate::{Error, Result};
use std::ops::Range;
use std::rc::Rc;

/// What is to be done. `P` is the payload of a sample, `F` a frame.
#[derive(Debug)]
pub enum Effect<P, F> {
    /// Read the pixels of a frame, or of these rows of it: [`Inspected`](super::Input::Inspected).
    Inspect {
        /// The frame.
        frame: F,
        /// The rows; all of them if there are none.
        rows: Option<Range<usize>>,
    },
    /// Ask whether there is an encoder: [`Answered`](super::Input::Answered).
    AskEncoder {
        /// What it is to make.
        setup: EncoderSetup,
        /// Whether frames wait for the answer.
        is_urgent: bool,
        /// Whether it has to show that it makes pictures of this size.
        is_trial: bool,
    },
    /// Ask whether there is a decoder for what this encoder makes: [`Answered`](super::Input::Answered).
    AskDecoder(EncoderSetup),
    /// Open an encoder in the place of the one before. Its number comes with all that it reports.
    Open {
        /// The number.
        number: u32,
        /// What it is to make.
        setup: EncoderSetup,
    },
    /// Have the encoder make the frames from the next one on by another setup.
    Configure(EncoderSetup),
    /// Encode a frame for this time, which always rises.
    Encode {
        /// The frame.
        frame: F,
        /// The time.
        steady: Steady,
        /// Whether it has to be a key frame.
        key: bool,
    },
    /// Have the encoder return all that it holds: [`Flushed`](super::Input::Flushed).
    Flush(Flush),
    /// Close the encoder.
    Close,
    /// Open an encoder of sound in the place of the one before. Its number comes with all that it reports.
    OpenSound {
        /// The number.
        number: u32,
        /// What it is to make.
        setup: SoundSetup,
    },
    /// Encode a packet of sound, at 48,000 samples a second: [`SoundEncoded`](super::Input::SoundEncoded), one for each, in their order.
    EncodeSound {
        /// The samples of each channel.
        samples: Vec<Vec<f32>>,
        /// When it begins.
        time: Media,
    },
    /// Give back a packet of sound that came encoded: [`SoundEncoded`](super::Input::SoundEncoded) of the encoder with this number.
    CopySound {
        /// Which encoder it is the output of.
        number: u32,
        /// The packet.
        bytes: Vec<u8>,
    },
    /// Have the encoder of sound with this number return all that it holds: [`SoundFlushed`](super::Input::SoundFlushed).
    FlushSound(u32),
    /// Close the encoder of sound.
    CloseSound,
    /// Close the encoder that was tried beside the recording: it is not needed to stay warm any more.
    CloseTrial,
    /// Decode segments and encode them by another setup, beside the recording. A re-encoding that is under way is given up:
    /// [`Reencoded`](super::Input::Reencoded).
    Reencode {
        /// Its number.
        number: u32,
        /// The segments, in their order, and what decodes each.
        originals: Vec<Original<P>>,
        /// What the encoder is to make.
        setup: EncoderSetup,
    },
    /// Carry out a task on disk: [`Written`](super::Input::Written).
    Disk(Task<P>),
    /// Ask how much the origin may still store: [`Space`](super::Input::Space).
    AskSpace,
    /// Note that the last samples that came as they were received, this many, are not in the reel: all of them are repeats.
    Omitted(u32),
    /// Ask the sender for a key frame.
    AskKeyFrame,
    /// Release the track: it is not read any more.
    ReleaseSource,
    /// Begin the next recording, and have it take what is handed over, then all that comes from the track and from the page.
    Next(Handover<P, F>),
    /// Release the reel's lock: it is not written any more.
    ReleaseLock,
    /// Make a file, and answer the call with it.
    Export {
        /// The call.
        call: Call,
        /// What there is.
        snapshot: Snapshot<P>,
        /// The part of it that the file has.
        bounds: Bounds,
        /// The segments to read from the disk.
        indexes: Indexes,
    },
    /// Answer a call with its mark, and report it. Its time is from the reel's start.
    Marked(Call, Mark),
    /// Answer a call.
    Answer(Call, Result<()>),
    /// Report something to the page.
    Report(Report),
}

/// A segment as it was first encoded, and what decodes it.
#[derive(Debug)]
pub struct Original<P> {
    /// The segment.
    pub segment: Rc<Segment<P>>,
    /// What decodes it.
    pub config: VideoConfig,
}

/// What the page hears of a recording.
#[derive(Debug, Clone, PartialEq)]
pub enum Report {
    /// How far it has come.
    Progress(Progress),
    /// A freeze was found, or has ended.
    Freeze(Freeze),
    /// Nothing comes from the track, or something comes again.
    Stall(Stall),
    /// The disk will soon be full.
    Space {
        /// For how many seconds there is room at the present rate.
        seconds: f64,
        /// For how many bytes.
        bytes: f64,
    },
    /// No encoder makes pictures of the size that the frames have, or that was asked for: they are smaller.
    Scaled {
        /// The size that there is no encoder for, in pixels.
        from: Size,
        /// The size of the file.
        to: Size,
    },
    /// The reel is as long, or as large, as it may become.
    Limit {
        /// How far it has come.
        progress: Progress,
        /// Whether another reel is to follow.
        is_next: bool,
    },
    /// The frames of the source can't be recorded as they are sent: they have to be decoded and encoded.
    Unfit(&'static str),
    /// Marks are elsewhere than they were, or went. All there are, with their times from the reel's start.
    Marks(Vec<Mark>),
    /// Something has failed.
    Failure(Error),
    /// The recording has ended.
    Stopped {
        /// Why.
        reason: Reason,
        /// How far it had come.
        progress: Progress,
        /// Whether all of it is on disk.
        is_saved: bool,
    },
}

/// The report of what a clean-up has removed. It comes beside a recording.
pub const CLEANUP: &str = "cleanup";

/// The report that another recording follows one that has reached its limit.
pub const NEXT: &str = "next";

/// The report that something of a reel is on disk, as it is recorded now.
pub const STORED: &str = "stored";

/// The report of a mark that was made.
pub const MARK: &str = "mark";

impl Report {
    /// What the face calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Report::Progress(_) => "progress",
            Report::Freeze(_) => "freeze",
            Report::Stall(_) => "stall",
            Report::Space { .. } => "space",
            Report::Scaled { .. } => "scaled",
            Report::Limit { .. } => "limit",
            Report::Unfit(_) => "unfit",
            Report::Marks(_) => "marks",
            Report::Failure(_) => "error",
            Report::Stopped { .. } => "stop",
        }
    }
}

/// Why a recording ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It was asked to.
    Stopped,
    /// The track has ended.
    TrackEnded,
    /// The reel is as long as it may become.
    Limit,
    /// It has failed.
    Error,
}

impl Reason {
    /// What the face calls it.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Stopped => "stopped",
            Reason::TrackEnded => "track-ended",
            Reason::Limit => "limit",
            Reason::Error => "error",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // js/types.ts lists them: a page compares with them.
    #[test]
    fn reasons_and_reports_have_the_names_of_the_face() {
        let reasons = [Reason::Stopped, Reason::TrackEnded, Reason::Limit, Reason::Error].map(Reason::name);
        assert_eq!(reasons, ["stopped", "track-ended", "limit", "error"]);
        let progress = Progress::default;
        let freeze = Freeze { begin: Media::default(), length_us: 0, ended: false };
        let reports = [
            Report::Progress(progress()),
            Report::Freeze(freeze),
            Report::Stall(Stall { length_us: 0, ended: false }),
            Report::Space { seconds: 0.0, bytes: 0.0 },
            Report::Scaled { from: (2, 2), to: (1, 1) },
            Report::Limit { progress: progress(), is_next: false },
            Report::Unfit("codec"),
            Report::Marks(Vec::new()),
            Report::Failure(Error::NothingRecorded),
            Report::Stopped { reason: Reason::Stopped, progress: progress(), is_saved: true },
        ];
        let names = reports.map(|report| report.name());
        assert_eq!(
            names,
            ["progress", "freeze", "stall", "space", "scaled", "limit", "unfit", "marks", "error", "stop"]
        );
    }
}
