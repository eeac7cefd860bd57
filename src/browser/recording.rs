//! What the page asks of a recording.

use super::driver::Driver;
use super::events::{Event, Events, Reply};
use super::prepared::Prepared;
use super::relay::Relay;
use super::sound_reader::read_sound;
use super::sounds::Sounds;
use super::tasks::{Deferred, future_of};
use super::track_reader::{TrackReader, refuse};
use super::{ExportObserver, Frames, Ticker, field, now, now_ms, option_entries, promise, spawn};
use crate::clip::Clip;
use crate::facts::Facts;
use crate::pictures::Pictures;
use crate::recording::Input;
use crate::reel::{Note, Words};
use crate::time::Wall;
use crate::{Error, Result};
use js_sys::{Array, Function, Promise};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::ReadableStream;

/// A recording that takes longer than this to begin, in milliseconds, begins late: at 60 frames a second as many wait as can
/// (js/capture.ts).
const LATE_MS: f64 = 900.0;
/// How often a recording looks at the time though no frame has come, in milliseconds.
const TICK_MS: i32 = 250;

/// A recording as the worker sees it: each call becomes an event.
pub struct Recording {
    relay: Relay,
    started: JsValue,
    reader: TrackReader,
    /// The number of the source that is read.
    source: Rc<Cell<u32>>,
}

impl Recording {
    /// Begins to record a stream of `VideoFrame`s. `options` are `{ name, value, shown }`. `setup` is `{ paused, device, reel,
    /// visitBegan, sound, packets, soundAlone, isLive, openh264, aac }`, each of which may be missing: whether it begins paused, whether the frames are a device's, the
    /// id of a reel to resume, since when the page has been there, in milliseconds since 1970, if reels from before may be cleaned up,
    /// a stream of `AudioData`s, whether it has the packets that these were decoded of, whether there will be no frames, whether the stream of frames drops those that are not taken, and what loads OpenH264 and AAC
    /// ([`Encoders::new`](super::Encoders::new), [`SoundEncoders::new`](super::SoundEncoders::new)). `notify` is
    /// called with each event for the page.
    ///
    /// # Errors
    /// The plain error of what is in the way.
    pub async fn start(
        stream: ReadableStream,
        options: Array,
        setup: JsValue,
        notify: Function,
    ) -> Result<Self, JsValue> {
        let frames = Frames::new(&stream)?;
        let mut sounds = field(&setup, "sound").dyn_ref().and_then(|stream| Sounds::new(stream).ok());
        let begun_ms = now_ms();
        let prepared = Prepared::new(&options, &setup).await;
        let has_sound = prepared.as_ref().is_ok_and(super::prepared::Prepared::has_sound);
        if let Some(sounds) = sounds.take_if(|_| !has_sound) {
            sounds.cancel();
        }
        let prepared = prepared.inspect_err(|_| refuse(frames.clone()))?;
        let has_space = prepared.has_space().await;
        if let Some(visit_began_ms) = field(&setup, "visitBegan").as_f64() {
            let cleaning = prepared.clean_up(visit_began_ms, notify.clone());
            if has_space { spawn(cleaning) } else { cleaning.await }
        }
        // What was cleaned up may have been in the way.
        if !has_space && !prepared.has_space().await {
            refuse(frames);
            sounds.iter().for_each(Sounds::cancel);
            return Err(Error::Quota { reason: "there is room for less than ten seconds".into() }.into());
        }
        let relay = Relay::new(&prepared.reel.id, Events::default());
        let reader = TrackReader::default();
        let recording =
            Self { relay: relay.clone(), started: prepared.started(), reader: reader.clone(), source: Rc::default() };
        let is = |name| field(&setup, name).is_truthy();
        let ticker = Some(ticker(relay.clone(), reader.clone()));
        let (paused, device) = (is("paused"), is("device"));
        if let Some(sounds) = sounds.clone() {
            spawn(read_sound(sounds, relay.clone()));
        }
        let driver = Driver::new(prepared, (paused, device), (frames.clone(), sounds), ticker, relay, notify);
        spawn(driver.run());
        let is_late = is("isLive") && now_ms() - begun_ms > LATE_MS;
        // What comes after the call counts.
        let _ = future_of(recording.read(frames, is_late)).await;
        Ok(recording)
    }

    /// Reads the frames of a source until it ends, which ends the recording unless another has taken its place. Resolves when those
    /// that come count.
    fn read(&self, frames: Frames, is_late: bool) -> Promise {
        let number = self.source.get() + 1;
        self.source.set(number);
        let Self { relay, reader, source, .. } = self;
        let (relay, reader, source) = (relay.clone(), reader.clone(), Rc::clone(source));
        let begun = Deferred::new();
        if let Some(pictures) = frames.pictures().cloned() {
            let (relay, source) = (relay.clone(), Rc::clone(&source));
            spawn(async move {
                while let Some(received) = pictures.next().await {
                    if source.get() == number {
                        relay.events().show(received);
                    }
                }
            });
        }
        spawn(async move {
            // A source that another has replaced is read until it is cancelled.
            let take = |received| {
                if source.get() == number {
                    relay.events().frame(received);
                }
            };
            reader.read(frames, is_late, begun.resolve, take).await;
            if source.get() == number {
                relay.events().send(Input::TrackEnded);
            }
        });
        begun.promise
    }

    /// Records the frames of another stream from now on, behind those that have come. `is_device` is whether they are a device's.
    /// Resolves when they are read.
    pub fn replace_track(&self, stream: &ReadableStream, is_device: bool) -> Promise {
        let frames = match Frames::new(stream) {
            Ok(frames) => frames,
            Err(error) => return Promise::reject(&error.into()),
        };
        let recording = Self {
            relay: self.relay.clone(),
            started: JsValue::UNDEFINED,
            reader: self.reader.clone(),
            source: Rc::clone(&self.source),
        };
        promise(async move {
            recording.reader.catch_up().await;
            recording.relay.events().put(now(), Event::Join { frames: frames.clone(), is_device });
            let _ = future_of(recording.read(frames, false)).await;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Records another stream of sound from now on, whether there was one before or not.
    pub fn replace_sound(&self, stream: &ReadableStream) {
        if let Ok(sounds) = Sounds::new(stream) {
            self.relay.events().put(now(), Event::JoinSound(sounds));
        }
    }

    /// What is known of it from the start, as the face's `Started`: the reel's id; when it began, in milliseconds since 1970; the
    /// longest that it may become, in seconds, infinite for no limit; and whether the page is to ask the browser to keep what
    /// is stored, which a worker can't.
    pub fn started(&self) -> JsValue {
        self.started.clone()
    }

    /// Drops frames from the next one on.
    pub fn pause(&self) {
        self.relay.events().send(Input::Pause);
    }

    /// Takes frames again from the next one on.
    pub fn resume(&self) {
        self.relay.events().send(Input::Resume);
    }

    /// Marks the newest frame; `note` is the mark as `{ name, value, shown }`. Resolves with the face's `Mark`.
    pub fn mark(&self, note: &Array) -> Promise {
        let note = match Note::parse(&option_entries(note)) {
            Ok(note) => note,
            Err(error) => return Promise::reject(&error.into()),
        };
        let Deferred { promise, resolve, reject } = Deferred::new();
        put_behind(&self.relay, None, &self.reader, None, Event::Mark(note, Reply { resolve, reject }));
        promise
    }

    /// Adds words; these are the cue as `{ name, value, shown }`, or nothing to end the one before. Resolves with the face's `Cue`.
    pub fn cue(&self, words: &Array) -> Promise {
        let words = match Words::parse(&option_entries(words)) {
            Ok(words) => words,
            Err(error) => return Promise::reject(&error.into()),
        };
        let Deferred { promise, resolve, reject } = Deferred::new();
        put_behind(&self.relay, None, &self.reader, None, Event::Cue(words, Reply { resolve, reject }));
        promise
    }

    /// One MP4 of every frame of a reel that came before this call, or of the part that `clip` asks for, as the face's `Movie`; see
    /// [`export_reel`](crate::reels::export_reel).
    pub fn export(&self, reel: &str, clip: Array, observer: Option<Function>) -> Promise {
        let written = option_entries(&clip);
        let (clip, facts) = match Clip::parse(&written).and_then(|clip| Ok((clip, Facts::parse(&written)?))) {
            Ok(parsed) => parsed,
            Err(error) => return Promise::reject(&error.into()),
        };
        let Some(events) = self.relay.of(reel) else {
            return Promise::reject(&Error::NoSuchReel { id: reel.into() }.into());
        };
        let Deferred { promise, resolve, reject } = Deferred::new();
        let event = Event::Export(clip, facts, ExportObserver(observer), Reply { resolve, reject });
        put_behind(&self.relay, Some(events), &self.reader, None, event);
        promise
    }

    /// The next fragments of a reel that is in memory here, behind a cursor if there is one: the face's `FragmentsAnswer`.
    pub fn fragments(&self, reel: &str, after: Option<String>) -> Promise {
        let Some(events) = self.relay.of(reel) else {
            return Promise::reject(&Error::NoSuchReel { id: reel.into() }.into());
        };
        let Deferred { promise, resolve, reject } = Deferred::new();
        events.put(now(), Event::Fragments(after, Reply { resolve, reject }));
        promise
    }

    /// A stretch of a reel that is in memory here, from a time in seconds or behind another one: the face's `Stretch`.
    pub fn stretch(&self, reel: &str, at: f64, after: Option<String>) -> Promise {
        let Some(events) = self.relay.of(reel) else {
            return Promise::reject(&Error::NoSuchReel { id: reel.into() }.into());
        };
        let Deferred { promise, resolve, reject } = Deferred::new();
        events.put(now(), Event::Stretch(at, after, Reply { resolve, reject }));
        promise
    }

    /// What pictures of a reel are decoded from, of what has been encoded by now; see
    /// [`pictures_of_reel`](crate::reels::pictures_of_reel).
    pub fn pictures(&self, reel: &str, kind: &str, options: Array) -> Promise {
        let pictures = match Pictures::parse(kind, &option_entries(&options)) {
            Ok(pictures) => pictures,
            Err(error) => return Promise::reject(&error.into()),
        };
        let Some(events) = self.relay.of(reel) else {
            return Promise::reject(&Error::NoSuchReel { id: reel.into() }.into());
        };
        let Deferred { promise, resolve, reject } = Deferred::new();
        events.put(now(), Event::Pictures(pictures, Reply { resolve, reject }));
        promise
    }

    /// Forgets what is only here of a reel that another has followed.
    pub fn forget(&self, reel: &str) {
        // Behind what was asked of it before.
        if let Some(events) = self.relay.remove(reel) {
            put_behind(&self.relay, Some(events), &self.reader, None, Event::Forget);
        }
    }

    /// Notes that the page could not take this many frames.
    pub fn missed(&self, frames: u32) {
        self.relay.events().send(Input::Missed(frames));
    }

    /// Notes that the track has ended: a browser may lose that when it happens while the stream is on its way to the worker.
    pub fn track_ended(&self) {
        let (relay, reader, source) = (self.relay.clone(), self.reader.clone(), Rc::clone(&self.source));
        let number = source.get();
        spawn(async move {
            reader.catch_up().await;
            // Another may have taken its place.
            if source.get() == number {
                relay.events().send(Input::TrackEnded);
            }
        });
    }

    /// Ends the recording; resolves when all of it is on disk.
    pub fn stop(&self) -> Promise {
        let Deferred { promise, resolve, reject } = Deferred::new();
        // It ends when it was asked to.
        put_behind(&self.relay, None, &self.reader, Some(now()), Event::Stop(Reply { resolve, reject }));
        promise
    }
}

/// Notes an event behind the frames that have come before now: of this recording, or of the one that goes on then. Its time is this,
/// or when those are there.
fn put_behind(relay: &Relay, of: Option<Events>, reader: &TrackReader, at: Option<Wall>, event: Event) {
    let (relay, reader) = (relay.clone(), reader.clone());
    spawn(async move {
        reader.catch_up().await;
        of.unwrap_or_else(|| relay.events()).put(at.unwrap_or_else(now), event);
    });
}

/// Sends a tick four times a second.
fn ticker(relay: Relay, reader: TrackReader) -> Ticker {
    Ticker::new(TICK_MS, move || {
        if reader.is_flowing() {
            // Each turn of the worker costs.
            return relay.events().send(Input::Tick);
        }
        put_behind(&relay, None, &reader, None, Event::Input(Input::Tick));
    })
}
