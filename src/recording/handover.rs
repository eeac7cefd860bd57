//! What a recording that has reached its limit hands over to the one that follows, so that no frame is lost between them.

use super::in_flight::MOST_IN_FLIGHT;
use super::input::{Beginning, Input, Received};
use crate::codec::Choice;
use crate::options::Options;
use crate::reel::Mark;
use crate::time::{Steady, Wall};

/// What has happened, each with its time.
pub(crate) type Inputs<P, F> = Vec<(Wall, Input<P, F>)>;

/// What the next recording begins with.
#[derive(Debug)]
pub struct Handover<P, F> {
    /// The frames that the recording does not have. The next one takes them first.
    pub frames: Vec<Received<F>>,
    /// What came after them.
    pub inputs: Inputs<P, F>,
    /// The marks of those frames, counted from the first of them.
    pub marks: Vec<Mark>,
    /// What was asked for.
    pub options: Options,
    /// What is known of the encoders.
    pub choice: Choice,
    /// How many bytes it may have in memory; none on disk.
    pub memory_bytes: Option<u64>,
    /// How it begins.
    pub beginning: Beginning,
}

/// Frames that the file may have no room for. They are kept until that is known.
#[derive(Debug)]
pub(super) struct Reserve<F> {
    is_on: bool,
    /// Those in the encoder, each with the time that it is encoded for.
    encoding: Vec<(Steady, Received<F>)>,
    /// Those that were encoded, and did not fit.
    refused: Vec<Received<F>>,
    /// The one that came after the end.
    beyond: Option<Received<F>>,
}

impl<F: Clone> Reserve<F> {
    /// Keeps no frame, unless it is on: only where the size of the file is limited and a recording follows.
    pub(crate) fn new(is_on: bool) -> Self {
        Self { is_on, encoding: Vec::new(), refused: Vec::new(), beyond: None }
    }

    /// Whether frames are kept.
    pub(crate) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Has frames be kept from now on, or not.
    pub(crate) fn set_on(&mut self, is_on: bool) {
        self.is_on = is_on;
        self.forget();
    }

    /// Notes a frame that went into the encoder.
    pub(crate) fn encode(&mut self, steady: Steady, received: Received<F>) {
        self.encoding.push((steady, received));
    }

    /// Notes that the encoder returns none of those that it has.
    pub(crate) fn forget(&mut self) {
        self.encoding.clear();
    }

    /// Drops all. Gives the number of those that did not fit.
    pub(crate) fn drop_all(&mut self) -> u32 {
        let refused = self.refused.len() as u32;
        self.beyond = None;
        self.release();
        refused
    }

    /// Notes that the frame of this time was encoded. It is given, if it was kept.
    pub(crate) fn note_output(&mut self, steady: Steady) -> Option<Received<F>> {
        while self.encoding.first().is_some_and(|(own, _)| *own <= steady) {
            let (own, received) = self.encoding.remove(0);
            if own == steady {
                return Some(received);
            }
        }
        None
    }

    /// Keeps a frame that did not fit. Gives whether it did.
    pub(crate) fn refuse(&mut self, received: Option<Received<F>>) -> bool {
        match received {
            Some(received) => self.refused.push(received),
            None => return false,
        }
        true
    }

    /// Keeps the frame that comes after the end.
    pub(crate) fn go_beyond(&mut self, received: Received<F>) {
        self.beyond = Some(received);
    }

    /// The frames that the recording does not have, in their order.
    pub(crate) fn release(&mut self) -> Vec<Received<F>> {
        self.encoding.clear();
        let mut frames = std::mem::take(&mut self.refused);
        if let Some(beyond) = self.beyond.take() {
            frames.push(beyond);
        }
        frames
    }
}

/// What comes after the end, while the encoder returns what is before it.
#[derive(Debug)]
pub(super) struct Following<P, F> {
    inputs: Inputs<P, F>,
    frames: usize,
}

impl<P, F> Default for Following<P, F> {
    fn default() -> Self {
        Self { inputs: Vec::new(), frames: 0 }
    }
}

impl<P, F> Following<P, F> {
    /// Takes what the next recording has to be given; gives back what it has not.
    pub(crate) fn take(&mut self, now: Wall, input: Input<P, F>) -> Option<Input<P, F>> {
        let input = match input {
            Input::Frame(_) if self.frames >= MOST_IN_FLIGHT => Input::Overflow,
            Input::Frame(_) => {
                self.frames += 1;
                input
            }
            Input::Sample(_)
            | Input::Unfit(_)
            | Input::Sound(_)
            | Input::Missed(_)
            | Input::Overflow
            | Input::TrackEnded
            | Input::Stop(_)
            | Input::Mark(..)
            | Input::Cue(..)
            | Input::Pause
            | Input::Resume
            | Input::Joined { .. }
            | Input::SoundJoined(_) => input,
            other => return Some(other),
        };
        self.inputs.push((now, input));
        None
    }

    /// All of it, if no other recording is to follow: it would end without a frame.
    pub(crate) fn release(&mut self) -> Option<Inputs<P, F>> {
        let is_end = |(_, input): &(Wall, Input<P, F>)| matches!(input, Input::Stop(_) | Input::TrackEnded);
        let is_empty = self.frames == 0 && self.inputs.iter().any(is_end);
        is_empty.then(|| std::mem::take(&mut self.inputs))
    }

    /// All of it, for the one that follows.
    pub(crate) fn into_inputs(self) -> Inputs<P, F> {
        self.inputs
    }
}
