//! What happens to a recording.

use crate::clip::Clip;
use crate::codec::{Answer, Appearance, SoundCandidate};
use crate::received::{ReadSample, Shown};
use crate::reel::{Note, VideoConfig, Words};
use crate::sound::Block;
use crate::time::{Steady, Wall};
use crate::timeline::{Arrival, Picture};
use crate::{Error, Result};

/// How a recording begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Beginning {
    /// Whether it is paused.
    pub is_paused: bool,
    /// Whether its frames are a device's, which has few: none is held until the next.
    pub is_device: bool,
    /// Whether it has no pictures, and never will.
    pub is_sound_alone: bool,
}

/// What has happened, or what was asked for. `P` is the payload of a sample, `F` a frame.
#[derive(Debug)]
pub enum Input<P, F> {
    /// A frame of the track has come.
    Frame(Received<F>),
    /// A frame of the track came at this time that is to be read as it was sent.
    Arrived(Wall),
    /// One that came at this time is read next: its [sample](Input::Sample) follows.
    Coming(Wall),
    /// A frame of the track has come, encoded as it was sent.
    Sample(ReceivedSample<P, F>),
    /// The frames of the source can't be recorded as they are sent, for this reason.
    Unfit(&'static str),
    /// Some sound of the track has come.
    Sound(Block),
    /// The page could not take this many frames.
    Missed(u32),
    /// A frame was dropped since too many wait.
    Overflow,
    /// The track has ended.
    TrackEnded,
    /// Another quarter of a second has passed.
    Tick,
    /// How many bytes the origin may still store, if the browser reports it.
    Space(Option<f64>),
    /// Frames are to be dropped from now on.
    Pause,
    /// Frames are to be taken from now on.
    Resume,
    /// The frames from now on are another source's.
    Joined {
        /// Whether they are a device's, which has few.
        is_device: bool,
    },
    /// The sound from now on is another source's. What encodes it, or why nothing does.
    SoundJoined(Result<SoundCandidate>),
    /// A file of what there is now is asked for, or of a part.
    Export(Call, Clip),
    /// The present moment is to be marked.
    Mark(Call, Note),
    /// Words are to be kept.
    Cue(Call, Words),
    /// The recording is to end.
    Stop(Call),
    /// The pixels that were [asked for](super::Effect::Inspect); none if they can't be had.
    Inspected(Option<Picture>),
    /// What the browser says of the codec that it was [asked about](super::Effect::AskEncoder).
    Answered(Answer),
    /// The encoder with this number has returned something.
    Encoded(u32, Chunk<P>),
    /// The browser has reclaimed the encoder with this number, since it was idle or another needs it.
    Reclaimed(u32),
    /// The encoder with this number has failed.
    Failed(u32, Error),
    /// The encoder has returned all that it held when it was [asked to](super::Effect::Flush).
    Flushed(Flush),
    /// The encoder of sound with this number has returned the next packet.
    SoundEncoded(u32, Packet<P>),
    /// The encoder of sound with this number has failed.
    SoundFailed(u32, Error),
    /// The encoder of sound with this number has returned all that it held.
    SoundFlushed(u32),
    /// Whether an encoder that was too slow to begin with works.
    SlowAnswered(bool),
    /// The encoder's output for each segment of the [re-encoding](super::Effect::Reencode) with this number; fewer if one failed.
    Reencoded(u32, Vec<Vec<Chunk<P>>>),
    /// What became of the [task](super::Task) on disk.
    Written(Result<()>),
    /// The same where nothing of the reel was on disk any more, as when somebody has cleared the site's data.
    Cleared,
}

/// A frame of a track.
#[derive(Debug, Clone)]
pub struct Received<F> {
    /// The frame.
    pub frame: F,
    /// Its size and colours.
    pub appearance: Appearance,
    /// When it was sent, shown and received.
    pub arrival: Arrival,
}

/// A frame as it was received, encoded.
#[derive(Debug, Clone)]
pub struct ReceivedSample<P, F> {
    /// Its bytes, as a file has them.
    pub bytes: P,
    /// Their number.
    pub size: u32,
    /// Whether decoding can start here.
    pub key: bool,
    /// What decodes it; each key frame has one.
    pub config: Option<VideoConfig>,
    /// Whether it is certain to show what the frame before it shows, and to leave nothing for those after it to refer to.
    pub is_repeat: bool,
    /// Whether all came that it needs.
    pub is_decodable: bool,
    /// Its temporal layer, from 0: none of a lower one needs it.
    pub layer: u32,
    /// When it was sent and received.
    pub arrival: Arrival,
    /// What was shown of it.
    pub shown: Shown<F>,
}

impl<P, F> ReceivedSample<P, F> {
    /// One that was read; `store` gives what its bytes are kept as.
    pub fn new(read: ReadSample<F>, store: impl FnOnce(&[u8]) -> P) -> Self {
        let ReadSample { bytes, is_key: key, config, is_repeat, is_decodable, layer, arrival, shown } = read;
        let (size, bytes) = (bytes.len() as u32, store(&bytes));
        Self { bytes, size, key, config, is_repeat, is_decodable, layer, arrival, shown }
    }
}

/// An encoded frame.
#[derive(Debug)]
pub struct Chunk<P> {
    /// The time that it was encoded for, which always rises.
    pub steady: Steady,
    /// Whether decoding can start here.
    pub key: bool,
    /// Its bytes.
    pub bytes: P,
    /// Their number.
    pub size: u32,
    /// The decoder's configuration, where it comes with this chunk.
    pub config: Option<VideoConfig>,
}

/// A call that waits for its answer. It is answered once.
#[derive(Debug, PartialEq, Eq)]
pub struct Call(u32);

impl Call {
    /// The call with this number.
    pub fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    pub fn number(&self) -> u32 {
        self.0
    }
}

/// A flush of the encoder. It is reported once.
#[derive(Debug, PartialEq, Eq)]
pub struct Flush(pub(super) u32);

/// The output of an encoder for one packet.
#[derive(Debug)]
pub struct Packet<P> {
    /// Its bytes.
    pub bytes: P,
    /// Their number.
    pub size: u32,
    /// The `AudioSpecificConfig`, where it comes with this packet.
    pub description: Option<Vec<u8>>,
}
