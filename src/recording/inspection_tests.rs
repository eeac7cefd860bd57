//! Which frames a recording keeps open.

use super::test_page::{FRAME_US, SAMPLE, appearance, config, h264, setup};
use super::{Beginning, Chunk, Effect, Input, Machine, Received, Setup};
use crate::codec::Answer;
use crate::options::Options;
use crate::time::{Source, Wall};
use crate::timeline::{Arrival, Picture, Plane};
use std::rc::{Rc, Weak};

const WIDTH: usize = 64;
const HEIGHT: usize = 512;
/// Frames of motion, and of the still picture that follows: two seconds.
const MOVING: i64 = 60;
const STILL: i64 = 60;

/// A bar that moves, within a few rows.
fn picture(number: i64) -> Picture {
    let at = number.min(MOVING - 1) as usize % 48;
    let luma = |x: usize, y: usize| if (48..64).contains(&y) && (at..at + 16).contains(&x) { 220 } else { 40 };
    let bytes = (0..WIDTH * HEIGHT).map(|place| luma(place % WIDTH, place / WIDTH)).collect();
    Picture::new(bytes, [Plane { offset: 0, stride: WIDTH, width: WIDTH, height: HEIGHT }])
}

/// What came of a recording.
struct Recorded {
    /// The frames that were open after each.
    open: Vec<usize>,
    /// Of how many only rows were read.
    by_rows: usize,
    /// How many are in the reel.
    frames: u32,
}

/// Records motion and a still picture, with an encoder that returns each frame at once.
fn recorded(is_device: bool) -> Recorded {
    let setup =
        Setup { beginning: Beginning { is_device, ..Beginning::default() }, ..setup(h264(), Options::default()) };
    let mut machine: Machine<i64, Rc<i64>> = Machine::new(setup, Wall::default());
    let (mut frames, mut open, mut by_rows, mut decoder) = (Vec::<Weak<i64>>::new(), Vec::new(), 0, None);
    for n in 0..MOVING + STILL {
        let now = Wall::from_us(n * FRAME_US);
        let arrival =
            Arrival { timestamp: Source::from_us(now.us()), rtp: None, wall: now, is_burst: false, is_encoded: false };
        let frame = Rc::new(n);
        frames.push(Rc::downgrade(&frame));
        let mut inputs = vec![Input::Frame(Received { frame, appearance: appearance((1280, 720)), arrival })];
        while let Some(input) = inputs.pop() {
            for effect in machine.handle(now, input) {
                inputs.extend(match effect {
                    Effect::Inspect { frame, rows } => {
                        by_rows += usize::from(rows.is_some());
                        let whole = picture(*frame);
                        Some(Input::Inspected(Some(rows.map_or(whole.clone(), |rows| whole.rows(rows)))))
                    }
                    Effect::AskEncoder { .. } => Some(Input::Answered(Answer::Yes)),
                    Effect::Disk(_) => Some(Input::Written(Ok(()))),
                    Effect::Open { setup, .. } => {
                        decoder = Some(config(&setup));
                        None
                    }
                    Effect::Encode { frame, steady, key } => {
                        let chunk = Chunk { steady, key, bytes: *frame, size: SAMPLE, config: decoder.take() };
                        Some(Input::Encoded(1, chunk))
                    }
                    _ => None,
                });
            }
        }
        open.push(frames.iter().filter(|frame| frame.strong_count() > 0).count());
    }
    Recorded { open, by_rows, frames: machine.progress().frames }
}

// One frame of a camera that Chromium lost, and the one that was held: it gave no more of them, and a recording had none for as long as
// half a minute.
#[test]
fn no_frame_of_a_device_is_held_until_the_next() {
    let device = recorded(true);
    assert!(device.open.iter().all(|&open| open == 0), "{:?}", device.open);
    // Without the frame before, the first repeat can't be distinguished from motion.
    assert_eq!((device.by_rows, i64::from(device.frames)), (recorded(false).by_rows, MOVING + 1));
}

// Otherwise each frame of a call would be read as a whole, or one repeat more would stay of each freeze.
#[test]
fn a_received_frame_is_held_while_only_rows_of_it_were_read() {
    let received = recorded(false);
    assert!(received.by_rows as i64 > MOVING / 2, "{} of them", received.by_rows);
    assert!(received.open.contains(&1) && received.open.iter().all(|&open| open <= 1), "{:?}", received.open);
    assert_eq!(i64::from(received.frames), MOVING);
}
