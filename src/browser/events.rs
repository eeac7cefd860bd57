//! What has happened to a recording, and waits to be taken.

use super::export_observer::ExportObserver;
use super::frame::{Content, Encoded, Frame, Frames, Received};
use super::sound_encoders::SoundEncoders;
use super::sounds::Sounds;
use super::tasks::{Deferred, future_of, settle};
use super::ticker::now;
use super::trial::Trial;
use crate::Result;
use crate::clip::Clip;
use crate::codec::SoundCandidate;
use crate::facts::Facts;
use crate::pictures::Pictures;
use crate::recording::{self, MOST_IN_FLIGHT};
use crate::reel::{Note, Words};
use crate::time::Wall;
use crate::timeline::Arrival;
use js_sys::{Function, Uint8Array};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// An input of the browser's: payloads are bytes, frames are shared.
pub(super) type Input = recording::Input<Uint8Array, Rc<Frame>>;

/// What answers a call.
pub(super) struct Reply {
    pub resolve: Function,
    pub reject: Function,
}

impl Reply {
    /// Answers.
    pub(crate) fn send(&self, result: Result<JsValue>) {
        match result {
            Ok(value) => settle(&self.resolve, &value),
            Err(error) => settle(&self.reject, &error.into()),
        }
    }
}

/// What happens to a recording, and what the page asks of it.
pub(super) enum Event {
    Input(Input),
    /// An encoder that was too slow to begin with works, or it never will.
    Slow(Option<Trial>),
    /// A call asks for a file with these facts, as the face's `Movie`.
    Export(Clip, Facts, ExportObserver, Reply),
    /// A call marks the present moment: it is answered with the face's `Mark`.
    Mark(Note, Reply),
    /// A call adds words: it is answered with the face's `Cue`.
    Cue(Words, Reply),
    /// The next fragments are asked for, behind a cursor if there is one.
    Fragments(Option<String>, Reply),
    /// A stretch is asked for, from a time in seconds or behind another one.
    Stretch(f64, Option<String>, Reply),
    /// A call asks for pictures of what has been encoded.
    Pictures(Pictures, Reply),
    /// A frame has come as it was sent.
    Encoded(Encoded, Arrival),
    /// The picture of the one with this RTP timestamp has come.
    Shown(Rc<Frame>, u32),
    /// The frames from now on are these. `is_device` is whether they are a device's.
    Join {
        frames: Frames,
        is_device: bool,
    },
    /// The sound from now on is this.
    JoinSound(Sounds),
    /// What encodes sound that has come later, or why nothing does, and where it comes from.
    SoundChosen(Result<SoundCandidate>, SoundEncoders),
    /// A call ends the recording: it is answered when all of it is on disk.
    Stop(Reply),
    /// Nothing more is asked of it.
    Forget,
}

impl Event {
    /// How many frames it keeps open.
    fn frames(&self) -> usize {
        usize::from(matches!(self, Event::Input(Input::Frame(_)) | Event::Shown(..)))
    }

    /// Whether it comes from the track, or is about it.
    fn is_of_track(&self) -> bool {
        match self {
            Event::Input(input) => matches!(
                input,
                Input::Frame(_)
                    | Input::Sample(_)
                    | Input::Unfit(_)
                    | Input::Sound(_)
                    | Input::SoundJoined(_)
                    | Input::Missed(_)
                    | Input::Overflow
                    | Input::TrackEnded
                    | Input::Tick
                    | Input::Pause
                    | Input::Resume
            ),
            Event::Encoded(..)
            | Event::Shown(..)
            | Event::Join { .. }
            | Event::JoinSound(_)
            | Event::SoundChosen(..)
            | Event::Mark(..)
            | Event::Cue(..)
            | Event::Stop(_) => true,
            Event::Slow(_)
            | Event::Export(..)
            | Event::Fragments(..)
            | Event::Stretch(..)
            | Event::Pictures(..)
            | Event::Forget => false,
        }
    }
}

/// What has happened, each with its time, and has not been taken.
#[derive(Clone, Default)]
pub(super) struct Events(Rc<RefCell<Waiting>>);

#[derive(Default)]
struct Waiting {
    events: VecDeque<(Wall, Event)>,
    /// How many of them are frames, which are open.
    frames: usize,
    /// Whether an encoder is being tried, which may take seconds.
    is_trying: bool,
    /// Wakes who waits for the next.
    wake: Option<Function>,
}

impl Events {
    /// Notes what has happened now.
    pub(crate) fn send(&self, input: Input) {
        self.put(now(), Event::Input(input));
    }

    /// Hands over a frame.
    pub(crate) fn frame(&self, Received { content, arrival }: Received) {
        let frame = match content {
            Content::Frame(frame) => frame,
            Content::Encoded(encoded) => return self.put(now(), Event::Encoded(encoded, arrival)),
        };
        let waiting = self.0.borrow();
        if waiting.is_trying && waiting.frames >= MOST_IN_FLIGHT {
            drop(waiting);
            return self.send(Input::Overflow);
        }
        drop(waiting);
        let (appearance, frame) = (frame.appearance(), Rc::new(frame));
        self.send(Input::Frame(recording::Received { frame, appearance, arrival }));
    }

    /// Hands over the picture of a frame that comes as it was sent as well; not if many wait.
    pub(crate) fn show(&self, Received { content, arrival }: Received) {
        if let (Content::Frame(frame), Some(rtp)) = (content, arrival.rtp)
            && self.0.borrow().frames < MOST_IN_FLIGHT
        {
            self.put(now(), Event::Shown(Rc::new(frame), rtp));
        }
    }

    /// Notes what has happened at this time.
    pub(crate) fn put(&self, at: Wall, event: Event) {
        let mut waiting = self.0.borrow_mut();
        waiting.frames += event.frames();
        waiting.events.push_back((at, event));
        if let Some(wake) = waiting.wake.take() {
            settle(&wake, &JsValue::UNDEFINED);
        }
    }

    /// Has others take what comes from the track.
    pub(crate) fn hand_over(&self, others: &Events) {
        let mut waiting = self.0.borrow_mut();
        waiting.frames = 0;
        for (at, event) in std::mem::take(&mut waiting.events) {
            if event.is_of_track() {
                others.put(at, event);
            } else {
                waiting.events.push_back((at, event));
            }
        }
    }

    /// Notes whether an encoder is being tried.
    pub(crate) fn set_trying(&self, is_trying: bool) {
        self.0.borrow_mut().is_trying = is_trying;
    }

    /// The next one, once it has happened.
    pub(crate) async fn next(&self) -> (Wall, Event) {
        loop {
            let next = self.0.borrow_mut().events.pop_front();
            if let Some(next) = next {
                self.0.borrow_mut().frames -= next.1.frames();
                return next;
            }
            let woken = Deferred::new();
            self.0.borrow_mut().wake = Some(woken.resolve);
            let _ = future_of(woken.promise).await;
        }
    }
}
