//! A page on which short sequences of inputs are tested.

use super::input::Flush;
use super::{
    Beginning, Chunk, Effect, Input, Machine, Packet, Progress, Received, ReceivedSample, Report, Setup, Task,
};
use crate::Error;
use crate::codec::colour::{BT709, Colour, SRGB};
use crate::codec::{Answer, Appearance, Candidate, Choice, Codec, EncoderSetup, Place};
use crate::options::Options;
use crate::picture_size::Size;
use crate::received::Shown;
use crate::reel::{Contents, Entry, ReelRecord, Segment, VideoConfig};
use crate::time::{Source, Steady, Wall};
use crate::timeline::{Arrival, Picture, Plane};
use std::collections::VecDeque;

pub(super) const FRAME_US: i64 = 33_333;
/// The size of each sample, in bytes.
pub(super) const SAMPLE: u32 = 1000;

/// Frames and payloads are numbers.
pub(super) type TestInput = Input<i64, i64>;
pub(super) type TestEffect = Effect<i64, i64>;

pub(super) fn h264() -> Choice {
    Choice::new(Some(Codec::H264), false)
}

/// Encoders of which the one in hardware has not answered yet.
pub(super) fn slow_hardware() -> Choice {
    let mut choice = h264();
    assert!(choice.set_aside(Candidate { codec: Codec::H264, place: Place::Hardware, profile: 0 }));
    choice
}

pub(super) fn setup(choice: Choice, options: Options) -> Setup {
    let reel = ReelRecord::new(0.0, "2026-11-26T12:00:00.000Z", 7);
    Setup {
        options,
        choice,
        reel,
        contents: Contents::default(),
        sound: Contents::default(),
        sound_encoder: None,
        copies_sound: false,
        memory_bytes: None,
        beginning: Beginning::default(),
    }
}

/// What a received frame of this size looks like.
pub(super) fn appearance(size: Size) -> Appearance {
    Appearance { size, is_turned: false, has_alpha: false, is_plain: true, colour: Some(BT709) }
}

pub(super) fn frame(n: i64, size: Size) -> TestInput {
    let time_us = n * FRAME_US;
    let (timestamp, wall) = (Source::from_us(time_us), Wall::from_us(time_us));
    let arrival = Arrival { timestamp, rtp: None, wall, is_burst: false, is_encoded: false };
    Input::Frame(Received { frame: n, appearance: appearance(size), arrival })
}

/// From this number on, pictures are those from 0 on with a codec's noise.
pub(super) const GRAINY: i64 = 1_000_000;

/// A bar that is at another place in each picture, within a few rows.
pub(super) fn picture(number: i64) -> Picture {
    let (width, height) = (64, 192);
    let (number, grain) = if number >= GRAINY { (number - GRAINY, 4) } else { (number, 0) };
    let at = number.rem_euclid(48) as usize;
    // It is darker each time that it comes back to where it was.
    let level = 240 - 7 * (number.div_euclid(48).rem_euclid(20) as u8);
    let luma = |x: usize, y: usize| {
        let level = if (48..64).contains(&y) && (at..at + 16).contains(&x) { level } else { 40 };
        if (x + y).is_multiple_of(2) { level + grain } else { level - grain }
    };
    let bytes = (0..width * height).map(|place| luma(place % width, place / width)).collect();
    Picture::new(bytes, [Plane { offset: 0, stride: width, width, height }])
}

/// A frame in the encoder.
pub(super) struct Held {
    pub frame: i64,
    pub steady: Steady,
    pub key: bool,
    config: Option<VideoConfig>,
}

/// A recording on a page where the disk is quick, and no pixels can be read unless a test has some. The encoder returns frames when the test says so.
pub(super) struct Page {
    pub machine: Machine<i64, i64>,
    pub now_us: i64,
    /// The size of the frames that come, in pixels.
    pub size: Size,
    /// How many bytes a frame's sample has.
    pub bytes_of: fn(i64) -> u32,
    /// Their colour description; none if they are red, green and blue.
    pub colour: Option<Colour>,
    /// What is in the picture of a frame with this number, if pixels can be read.
    pub shows: Option<Box<dyn Fn(i64) -> i64>>,
    /// What the browser says of an encoder, and of a decoder for its output.
    pub encodes: fn(&EncoderSetup) -> Answer,
    pub decodes: Answer,
    pub held: VecDeque<Held>,
    /// The flushes that are not done.
    pub flushes: VecDeque<Flush>,
    encoder: u32,
    config: Option<VideoConfig>,
    /// The encoder of sound, and the first one that works.
    sound_encoder: u32,
    pub first_working: u32,
    /// Whether encoders of sound return nothing, and report nothing.
    pub is_mute: bool,
}

impl Page {
    pub(crate) fn new(choice: Choice) -> Self {
        Self::with(choice, Options::default())
    }

    pub(crate) fn with(choice: Choice, options: Options) -> Self {
        Self::of(setup(choice, options))
    }

    /// One that resumes a reel of two seconds, whose pictures have this size.
    pub(crate) fn resumed(width: u32, height: u32) -> Self {
        let mut setup = setup(h264(), Options::default());
        let codec = "avc1.64001f".into();
        let config = VideoConfig { codec, width, height, description: Vec::new(), colour: Some(SRGB), is_of_rgb: true };
        setup.reel.video = vec![config];
        setup.contents.put(Entry {
            index: 0,
            frames: 60,
            bytes: 60_000,
            start_us: 0,
            end_us: 2_000_000,
            key_us: Some(0),
        });
        Self::of(setup)
    }

    pub(crate) fn of(setup: Setup) -> Self {
        Self {
            machine: Machine::new(setup, Wall::default()),
            now_us: 0,
            size: (1280, 720),
            bytes_of: |_| SAMPLE,
            colour: Some(BT709),
            shows: None,
            encodes: |_| Answer::Yes,
            decodes: Answer::Yes,
            held: VecDeque::new(),
            flushes: VecDeque::new(),
            encoder: 0,
            config: None,
            sound_encoder: 0,
            first_working: 0,
            is_mute: false,
        }
    }

    /// Gives the machine something now. Gives all that it asked for until it waits for nothing but its encoder.
    pub(crate) fn give(&mut self, input: TestInput) -> Vec<TestEffect> {
        let mut effects = self.machine.handle(Wall::from_us(self.now_us), input);
        let mut seen = 0;
        while let Some(effect) = effects.get(seen) {
            seen += 1;
            let answer = match effect {
                Effect::Inspect { frame, rows } => {
                    let whole = self.shows.as_ref().map(|shows| picture(shows(*frame)));
                    Input::Inspected(match rows {
                        Some(rows) => whole.map(|whole| whole.rows(rows.clone())),
                        None => whole,
                    })
                }
                Effect::AskEncoder { setup, .. } => Input::Answered((self.encodes)(setup)),
                Effect::AskDecoder(_) => Input::Answered(self.decodes.clone()),
                Effect::Disk(_) => Input::Written(Ok(())),
                Effect::Open { number, setup } => {
                    (self.encoder, self.config) = (*number, Some(config(setup)));
                    continue;
                }
                Effect::Configure(setup) => {
                    self.config = Some(config(setup));
                    continue;
                }
                Effect::Encode { frame, steady, key } => {
                    let config = self.config.take();
                    self.held.push_back(Held { frame: *frame, steady: *steady, key: *key, config });
                    continue;
                }
                Effect::Flush(Flush(number)) => {
                    self.flushes.push_back(Flush(*number));
                    continue;
                }
                Effect::Close => {
                    self.held.clear();
                    continue;
                }
                Effect::OpenSound { number, .. } => {
                    self.sound_encoder = *number;
                    continue;
                }
                Effect::EncodeSound { .. } if self.is_mute => continue,
                Effect::EncodeSound { .. } if self.sound_encoder < self.first_working => {
                    Input::SoundFailed(self.sound_encoder, Error::EncoderLost { reason: "it broke".into() })
                }
                Effect::EncodeSound { samples, .. } => {
                    let peak = samples[0].iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
                    let packet = Packet { bytes: (peak * 100.0) as i64, size: 100, description: None };
                    Input::SoundEncoded(self.sound_encoder, packet)
                }
                Effect::CopySound { number, bytes } => {
                    let peak = if bytes[1] == 0xff { 0 } else { bytes[1] };
                    let packet = Packet { bytes: peak.into(), size: bytes.len() as u32, description: None };
                    Input::SoundEncoded(*number, packet)
                }
                Effect::FlushSound(number) => Input::SoundFlushed(*number),
                _ => continue,
            };
            effects.extend(self.machine.handle(Wall::from_us(self.now_us), answer));
        }
        effects
    }

    /// The frame with this number comes, at its time.
    pub(crate) fn frame(&mut self, n: i64) -> Vec<TestEffect> {
        self.now_us = n * FRAME_US;
        let mut input = frame(n, self.size);
        if let Input::Frame(received) = &mut input {
            received.appearance.colour = self.colour;
        }
        self.give(input)
    }

    /// The frame with this number comes as it was received, at its time.
    pub(crate) fn sample(&mut self, n: i64, sample: impl FnOnce(&mut ReceivedSample<i64, i64>)) -> Vec<TestEffect> {
        self.now_us = n * FRAME_US;
        let arrival = Arrival {
            timestamp: Source::from_us(self.now_us),
            rtp: Some((n * 3000) as u32),
            wall: Wall::from_us(self.now_us),
            is_burst: false,
            is_encoded: true,
        };
        let (size, config) = ((self.bytes_of)(n), received_config(self.size));
        let shown = if self.shows.is_some() { Shown::Frame(n) } else { Shown::Unknown };
        let mut received = ReceivedSample {
            bytes: n,
            size,
            key: false,
            config: None,
            is_repeat: false,
            is_decodable: true,
            layer: 0,
            arrival,
            shown,
        };
        sample(&mut received);
        received.config = received.config.or(received.key.then_some(config));
        self.give(Input::Sample(received))
    }

    /// These come as they were received; each is a key frame if it is one of those, and else a delta frame.
    pub(crate) fn receive(&mut self, frames: impl IntoIterator<Item = i64>, keys: &[i64]) -> Vec<TestEffect> {
        frames.into_iter().flat_map(|n| self.sample(n, |sample| sample.key = keys.contains(&n))).collect()
    }

    /// The encoder returns its oldest frame.
    pub(crate) fn return_one(&mut self) -> Vec<TestEffect> {
        let Some(Held { frame, steady, key, config }) = self.held.pop_front() else { return Vec::new() };
        self.give(Input::Encoded(
            self.encoder,
            Chunk { steady, key, bytes: frame, size: (self.bytes_of)(frame), config },
        ))
    }

    /// These frames come, and the encoder returns each at once.
    pub(crate) fn record(&mut self, frames: impl IntoIterator<Item = i64>) -> Vec<TestEffect> {
        let mut effects = Vec::new();
        for n in frames {
            effects.extend(self.frame(n));
            effects.extend(self.return_one());
        }
        effects
    }

    /// The encoder returns all that it holds, and the oldest flush is done.
    pub(crate) fn flush(&mut self) -> Vec<TestEffect> {
        let mut effects = Vec::new();
        while !self.held.is_empty() {
            effects.extend(self.return_one());
        }
        if let Some(flush) = self.flushes.pop_front() {
            effects.extend(self.give(Input::Flushed(flush)));
        }
        effects
    }

    /// A tick comes this long from now, in microseconds.
    pub(crate) fn tick_after(&mut self, us: i64) -> Vec<TestEffect> {
        self.now_us += us;
        self.give(Input::Tick)
    }

    pub(crate) fn progress(&self) -> Progress {
        self.machine.progress()
    }
}

pub(super) fn config(setup: &EncoderSetup) -> VideoConfig {
    let (width, height) = (setup.format.width, setup.format.height);
    VideoConfig { codec: setup.name.clone(), width, height, description: Vec::new(), colour: None, is_of_rgb: false }
}

/// What decodes pictures of this size as they were received.
pub(super) fn received_config((width, height): Size) -> VideoConfig {
    let (codec, description) = ("avc1.42e01f".into(), vec![1]);
    VideoConfig { codec, width, height, description, colour: None, is_of_rgb: false }
}

/// The segments that were written, in the order of the writes.
pub(super) fn written(effects: &[TestEffect]) -> Vec<&Segment<i64>> {
    let segments = effects.iter().filter_map(|effect| match effect {
        Effect::Disk(Task::Put { segment, .. }) => segment.as_ref(),
        _ => None,
    });
    segments.collect()
}

/// The frames that were encoded, and whether as key frames.
pub(super) fn encoded(effects: &[TestEffect]) -> Vec<(i64, bool)> {
    let frame = |effect: &TestEffect| match *effect {
        Effect::Encode { frame, key, .. } => Some((frame, key)),
        _ => None,
    };
    effects.iter().filter_map(frame).collect()
}

pub(super) fn closes(effects: &[TestEffect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::Close))
}

pub(super) fn reports(effects: &[TestEffect]) -> Vec<&Report> {
    let reports = effects.iter().filter_map(|effect| match effect {
        Effect::Report(report) => Some(report),
        _ => None,
    });
    reports.collect()
}

pub(super) fn reports_progress(effects: &[TestEffect]) -> bool {
    reports(effects).iter().any(|report| matches!(report, Report::Progress(_)))
}
