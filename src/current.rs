//! The recording that this worker makes, as the page's calls reach it. A worker makes one.

use crate::browser::{Recording, promise};
use js_sys::{Array, Function, Promise};
use std::cell::OnceCell;
use wasm_bindgen::prelude::*;
use web_sys::ReadableStream;

thread_local! {
    static RECORDING: OnceCell<Recording> = const { OnceCell::new() };
}

/// What the recording answers; nothing if none has begun.
fn ask<T>(question: impl FnOnce(&Recording) -> T) -> Option<T> {
    RECORDING.with(|recording| recording.get().map(question))
}

/// Begins to record, as [`Recording::start`] does. Resolves with what is [known of it](Recording::started).
#[wasm_bindgen]
pub fn start(stream: ReadableStream, options: Array, setup: JsValue, notify: Function) -> Promise {
    promise(async move {
        let begun = Recording::start(stream, options, setup, notify).await?;
        Ok(RECORDING.with(|recording| recording.get_or_init(|| begun).started()))
    })
}

/// Drops frames from the next one on.
#[wasm_bindgen]
pub fn pause() {
    ask(Recording::pause);
}

/// Takes frames again from the next one on.
#[wasm_bindgen]
pub fn resume() {
    ask(Recording::resume);
}

/// Notes that the page could not take this many frames.
#[wasm_bindgen]
pub fn missed(frames: u32) {
    ask(|recording| recording.missed(frames));
}

/// Records another stream from now on: [`Recording::replace_track`].
#[wasm_bindgen(js_name = replaceTrack)]
pub fn replace_track(stream: ReadableStream, is_device: bool) -> Option<Promise> {
    ask(|recording| recording.replace_track(&stream, is_device))
}

/// Records another stream of sound from now on: [`Recording::replace_sound`].
#[wasm_bindgen(js_name = replaceSound)]
pub fn replace_sound(stream: ReadableStream) {
    ask(|recording| recording.replace_sound(&stream));
}

/// Notes that the track has ended.
#[wasm_bindgen(js_name = trackEnded)]
pub fn track_ended() {
    ask(Recording::track_ended);
}

/// One MP4 of every frame that came before this call, or of a part: [`Recording::export`].
#[wasm_bindgen(js_name = exportRecording)]
pub fn export(reel: &str, clip: Array, observer: Option<Function>) -> Option<Promise> {
    ask(|recording| recording.export(reel, clip, observer))
}

/// The next fragments of a reel that is in memory here: [`Recording::fragments`].
#[wasm_bindgen(js_name = fragmentsHere)]
pub fn fragments(reel: &str, after: Option<String>) -> Option<Promise> {
    ask(|recording| recording.fragments(reel, after))
}

/// A stretch of a reel that is in memory here: [`Recording::stretch`].
#[wasm_bindgen(js_name = stretchHere)]
pub fn stretch(reel: &str, at: f64, after: Option<String>) -> Option<Promise> {
    ask(|recording| recording.stretch(reel, at, after))
}

/// What pictures of a reel that is recorded here are decoded from: [`Recording::pictures`].
#[wasm_bindgen(js_name = picturesOfRecording)]
pub fn pictures(reel: &str, kind: &str, options: Array) -> Option<Promise> {
    ask(|recording| recording.pictures(reel, kind, options))
}

/// Marks the newest frame: [`Recording::mark`].
#[wasm_bindgen(js_name = markRecording)]
pub fn mark(note: &Array) -> Option<Promise> {
    ask(|recording| recording.mark(note))
}

/// Adds words: [`Recording::cue`].
#[wasm_bindgen(js_name = cueRecording)]
pub fn cue(words: &Array) -> Option<Promise> {
    ask(|recording| recording.cue(words))
}

/// Forgets what is only here of a reel that another has followed.
#[wasm_bindgen(js_name = forgetReel)]
pub fn forget(reel: &str) {
    ask(|recording| recording.forget(reel));
}

/// Ends the recording; resolves when all of it is on disk.
#[wasm_bindgen]
pub fn stop() -> Option<Promise> {
    ask(Recording::stop)
}
