//! Reads the frames of a track as they come.

use super::frame::{Frames, Received};
use super::now_ms;
use super::tasks::{next_task, settle, sleep, spawn};
use crate::timeline::Bursts;
use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, select};
use js_sys::Function;
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// A frame that has waited comes within this many milliseconds.
const WAITED_MS: i32 = 5;
/// A frame has come just now if it was less than this long ago, in milliseconds: shorter than any silence.
const JUST_NOW_MS: f64 = 50.0;
/// More turns than the browser holds frames for a worker (js/capture.ts).
const CATCH_UP_TURNS: u32 = 100;

/// How far the frames of a track have been read.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrackReader(Rc<Reading>);

#[derive(Debug, Default)]
struct Reading {
    /// How many were.
    frames: Cell<u32>,
    /// When the last one was, in milliseconds.
    last_ms: Cell<f64>,
    /// Whether the last one waits to be handed over.
    is_waiting: Cell<bool>,
}

impl TrackReader {
    /// Hands over each frame as it comes, until the track has ended. One that comes after a while waits a moment for the next: those
    /// that were delayed on their way come in a burst, and the first after a silence comes alone. If the recording begins late, the
    /// frames that have waited for it are dropped, as the browser has dropped some of them. `begun` is called when those that come count.
    pub(crate) async fn read(&self, frames: Frames, is_late: bool, begun: Function, take: impl Fn(Received)) {
        let mut next = frames.next().boxed_local();
        if is_late {
            match skip_waiting(&frames, next).await {
                Some(rest) => next = rest,
                None => return settle(&begun, &JsValue::UNDEFINED),
            }
        }
        settle(&begun, &JsValue::UNDEFINED);
        let (mut bursts, mut ahead) = (Bursts::default(), VecDeque::new());
        loop {
            let mut received: Received = match ahead.pop_front() {
                Some(received) => received,
                None => {
                    let Some(received) = next.await else { break };
                    self.count();
                    next = frames.next().boxed_local();
                    received
                }
            };
            if bursts.is_late(&received.arrival) {
                self.0.is_waiting.set(true);
                let mut patience = sleep(Bursts::WITHIN_MS).boxed_local();
                while ahead.len() < Bursts::FRAMES {
                    match select(next, patience).await {
                        Either::Left((following, rest)) => {
                            (next, patience) = (frames.next().boxed_local(), rest);
                            let Some(following) = following else { break };
                            self.count();
                            ahead.push_back(following);
                        }
                        Either::Right(((), rest)) => {
                            next = rest;
                            break;
                        }
                    }
                }
                received.arrival.is_burst = ahead.len() == Bursts::FRAMES;
                self.0.is_waiting.set(false);
            }
            take(received);
        }
    }

    fn count(&self) {
        self.0.frames.set(self.0.frames.get() + 1);
        self.0.last_ms.set(now_ms());
    }

    /// Whether a frame has come just now: none that waits in the stream is late.
    pub(crate) fn is_flowing(&self) -> bool {
        !self.0.is_waiting.get() && now_ms() - self.0.last_ms.get() < JUST_NOW_MS
    }

    /// Lets the frames come in that came before now: those may still wait in the stream.
    pub(crate) async fn catch_up(&self) {
        let mut quiet = 0;
        for _ in 0..CATCH_UP_TURNS {
            let before = self.0.frames.get();
            next_task().await;
            let is_quiet = self.0.frames.get() == before && !self.0.is_waiting.get();
            quiet = if is_quiet { quiet + 1 } else { 0 };
            if quiet == 2 {
                return;
            }
        }
    }
}

type NextFrame<'a> = LocalBoxFuture<'a, Option<Received>>;

/// Drops the frames that wait. Gives the one that will come next; none if the track has ended.
async fn skip_waiting<'a>(frames: &'a Frames, mut next: NextFrame<'a>) -> Option<NextFrame<'a>> {
    loop {
        match select(next, sleep(WAITED_MS).boxed_local()).await {
            Either::Left((received, _)) => drop(received?),
            Either::Right(((), rest)) => return Some(rest),
        }
        next = frames.next().boxed_local();
    }
}

/// Ends frames that no recording takes. Those that wait have to be closed: a stream that is cancelled forgets them.
pub(crate) fn refuse(frames: Frames) {
    if let Some(pictures) = frames.pictures() {
        refuse(Frames::clone(pictures));
    }
    spawn(async move {
        if let Some(next) = skip_waiting(&frames, frames.next().boxed_local()).await {
            frames.cancel();
            drop(next.await);
        }
    });
}
