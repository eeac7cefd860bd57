//! Short sequences of inputs, each with what a user saw.

use super::{Chunk, Effect, Input, Machine, Received, Setup};
use crate::codec::{Answer, Candidate, Choice, Codec, Place};
use crate::options::Options;
use crate::reel::{Contents, ReelRecord};
use crate::time::{Source, Steady, Wall};
use crate::timeline::Arrival;

const FRAME_US: i64 = 33_333;

/// Frames and payloads are numbers.
type TestMachine = Machine<i64, i64>;

fn machine(choice: Choice) -> TestMachine {
    let reel = ReelRecord::new(0.0, "2026-11-26T12:00:00.000Z", 7);
    let setup = Setup { options: Options::default(), choice, reel, contents: Contents::default(), is_paused: false };
    Machine::new(setup, Wall::default())
}

fn frame(n: i64) -> Input<i64, i64> {
    let time_us = n * FRAME_US;
    let (timestamp, wall) = (Source::from_us(time_us), Wall::from_us(time_us));
    let arrival = Arrival { timestamp, rtp: None, wall, is_burst: false };
    Input::Frame(Received { frame: n, size: (1280, 720), arrival })
}

/// Hands an input over, and answers what everything else waits for: no pixels can be had, and each encoder is there.
fn handle(machine: &mut TestMachine, now_us: i64, input: Input<i64, i64>) -> Vec<Effect<i64, i64>> {
    let now = Wall::from_us(now_us);
    let mut effects = machine.handle(now, input);
    loop {
        let answer = match effects.iter().find(|effect| is_question(effect)) {
            Some(Effect::Inspect { .. }) => Input::Inspected(None),
            Some(_) => Input::Answered(Answer::Yes),
            None => return effects,
        };
        effects.retain(|effect| !is_question(effect));
        effects.extend(machine.handle(now, answer));
    }
}

fn is_question(effect: &Effect<i64, i64>) -> bool {
    matches!(effect, Effect::Inspect { .. } | Effect::AskEncoder { .. } | Effect::AskDecoder(_))
}

// A browser that copied pixels more slowly than frames came had the frames of a whole recording in memory, and stop() waited for all.
#[test]
fn frames_that_wait_for_pixels_are_bounded_and_the_others_counted() {
    let mut machine = machine(Choice::new(Some(Codec::H264), false));
    assert!(matches!(machine.handle(Wall::default(), frame(0))[..], [Effect::Inspect { .. }]));
    for n in 1..=100 {
        assert!(machine.handle(Wall::from_us(n * FRAME_US), frame(n)).is_empty());
    }
    handle(&mut machine, 101 * FRAME_US, Input::Inspected(None));
    let progress = machine.progress();
    // 60 waited behind the first, and the encoder holds 60.
    assert_eq!((progress.received, progress.drops.backpressure), (101, 41));
    assert_eq!(progress.received, progress.drops.all() + 60);
}

// A hardware encoder that answered in the first moments took over from one that had returned nothing yet: the first frame was lost.
#[test]
fn a_better_encoder_waits_for_the_first_chunk() {
    let mut choice = Choice::new(Some(Codec::H264), false);
    assert!(choice.set_aside(Candidate { codec: Codec::H264, place: Place::Hardware, profile: 0 }));
    let mut machine = machine(choice);
    let begun = handle(&mut machine, 0, frame(0));
    assert!(begun.iter().any(|effect| matches!(effect, Effect::Encode { frame: 0, key: true, .. })));
    handle(&mut machine, 1, Input::SlowAnswered(true));
    let second = handle(&mut machine, FRAME_US, frame(1));
    assert!(!second.iter().any(|effect| matches!(effect, Effect::Close)), "{second:?}");
    let chunk = Chunk { steady: Steady::default(), key: true, bytes: 0, size: 100, config: None };
    handle(&mut machine, FRAME_US, Input::Encoded(1, chunk));
    assert_eq!((machine.progress().frames, machine.progress().drops.all()), (1, 0));
}
