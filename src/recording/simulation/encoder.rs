//! Encoders that misbehave.

use super::plan::{EncoderFault, Manners};
use super::random::Random;
use super::sender::Shot;
use crate::codec::{Answer, Codec, EncoderSetup, Place};
use crate::picture_size::Size;
use crate::recording::{Chunk, Flush, Original};
use crate::reel::VideoConfig;
use crate::time::Steady;
use std::collections::VecDeque;

/// What stands for the bytes of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bits {
    /// The number of the frame.
    pub frame: u32,
    /// Which encoder made it, among all there were, and as which of its samples. A frame that is no key frame can be decoded after
    /// the one before it of the same encoder only.
    pub maker: u32,
    pub place: u32,
    pub is_reencoded: bool,
    pub key: bool,
    pub size: u32,
    /// The size of the picture, in pixels.
    pub picture: Size,
}

/// How long a flush may take at an encoder that is silent, in microseconds.
const SILENT_US: i64 = 20_000_000;

/// An encoder's output, and when it comes, in microseconds.
#[derive(Debug)]
pub(super) enum Output {
    Chunk(u32, Chunk<Bits>),
    /// The flush at this place of the list.
    Flushed(usize),
}

#[derive(Debug)]
struct Open {
    number: u32,
    /// The time of the last frame that went in.
    newest: Option<Steady>,
    maker: u32,
    setup: EncoderSetup,
    /// What went in: its time, the frame, whether it is a key frame, and whether it comes after a later one.
    held: VecDeque<(Steady, Shot, bool, bool)>,
    /// When the last output came or comes, in microseconds.
    out_us: i64,
    place: u32,
    encoded: i64,
    is_new: bool,
    is_key_due: bool,
    fault: Option<EncoderFault>,
    skips: u32,
}

/// All encoders of a world.
#[derive(Debug)]
pub(super) struct Encoders {
    random: Random,
    manners: Manners,
    open: Option<Open>,
    makers: u32,
    flushes: Vec<Option<Flush>>,
    /// The flushes of the encoder that is open.
    waiting: Vec<usize>,
    /// How many frames were skipped or lost.
    pub lost: u32,
}

impl Encoders {
    pub(crate) fn new(seed: u64, manners: Manners) -> Self {
        Self {
            random: Random::new(seed, 3),
            manners,
            open: None,
            makers: 0,
            flushes: Vec::new(),
            waiting: Vec::new(),
            lost: 0,
        }
    }

    /// What the browser says of an encoder.
    pub(crate) fn answer(&mut self, setup: &EncoderSetup) -> Answer {
        let refuses = |bit: i64| self.manners.refuses & bit != 0;
        let is_refused = match setup.candidate.place {
            Place::Hardware => refuses(1),
            Place::OpenH264 => refuses(4),
            _ => refuses(2) && setup.candidate.codec == Codec::H264,
        };
        let most = self.manners.most_pixels;
        match setup.candidate.place {
            _ if most > 0 && setup.format.pixels() > most => Answer::No,
            _ if !is_refused => Answer::Yes,
            Place::OpenH264 => Answer::Failed("404".into()),
            _ if self.random.percent(20) => Answer::Silent,
            _ => Answer::No,
        }
    }

    /// What the browser says of the decoder that a re-encoding needs.
    pub(crate) fn answer_decoder(&mut self) -> Answer {
        if self.manners.refuses & 8 != 0 { Answer::No } else { Answer::Yes }
    }

    pub(crate) fn open(&mut self, number: u32, setup: EncoderSetup, now_us: i64) {
        self.makers += 1;
        self.open = Some(Open {
            number,
            maker: self.makers,
            setup,
            newest: None,
            held: VecDeque::new(),
            out_us: now_us,
            place: 0,
            encoded: 0,
            is_new: true,
            is_key_due: true,
            fault: None,
            skips: 0,
        });
    }

    pub(crate) fn configure(&mut self, setup: EncoderSetup, now_us: i64) -> Vec<(i64, Output)> {
        // What was encoded before is made by the setup before.
        let out = self.return_all(now_us);
        if let Some(open) = &mut self.open {
            open.setup = setup;
            (open.is_new, open.is_key_due) = (true, true);
        }
        out
    }

    /// The number of the encoder that is open.
    pub(crate) fn number(&self) -> Option<u32> {
        self.open.as_ref().map(|open| open.number)
    }

    /// Has the encoder do something wrong. Gives whether it fails, and whether it is reclaimed, with its number.
    pub(crate) fn misbehave(&mut self, fault: EncoderFault) {
        if let Some(open) = &mut self.open {
            match fault {
                EncoderFault::Skips(frames) => open.skips += frames,
                EncoderFault::UnaskedKey => open.is_key_due = true,
                fault => open.fault = Some(fault),
            }
        }
    }

    /// What an encoder is given rises, whatever is rolled back.
    pub(crate) fn rises_to(&mut self, steady: Steady) -> Result<(), String> {
        let newest = self.open.as_mut().and_then(|open| open.newest.replace(steady));
        match newest.filter(|&newest| newest >= steady) {
            Some(newest) => Err(format!("a frame of {steady:?} is encoded after one of {newest:?}")),
            None => Ok(()),
        }
    }

    /// Takes a frame. Gives the output, and when it comes, in microseconds.
    pub(crate) fn encode(&mut self, shot: Shot, steady: Steady, key: bool, now_us: i64) -> Vec<(i64, Output)> {
        let Some(open) = &mut self.open else { return Vec::new() };
        if open.skips > 0 {
            // The next frame is the key frame that was asked for.
            open.skips -= 1;
            open.is_key_due |= key;
            self.lost += 1;
            return Vec::new();
        }
        open.encoded += 1;
        let is_unasked = self.manners.keys_every > 0 && open.encoded % self.manners.keys_every == 0;
        let key = std::mem::take(&mut open.is_key_due) || key || is_unasked;
        open.held.push_back((steady, shot, key, false));
        match open.fault {
            Some(EncoderFault::WaitsForFlush | EncoderFault::IsSilent) => return Vec::new(),
            // Nothing comes before the key frame that it needs.
            Some(EncoderFault::Reorders) if !key => {
                let Some(before) = open.held.len().checked_sub(2).filter(|&before| !open.held[before].2) else {
                    return Vec::new();
                };
                open.held.swap(before, before + 1);
                open.held[before + 1].3 = true;
                open.fault = None;
            }
            _ => {}
        }
        let mut out = Vec::new();
        while self.open.as_ref().is_some_and(|open| open.held.len() as i64 > self.manners.look_ahead) {
            out.extend(self.return_one(now_us));
        }
        out
    }

    fn return_one(&mut self, now_us: i64) -> Option<(i64, Output)> {
        let open = self.open.as_mut()?;
        let (steady, shot, key, is_late) = open.held.pop_front()?;
        open.out_us = open.out_us.max(now_us + self.random.of(0..=self.manners.encode_ms * 1000));
        let config = std::mem::take(&mut open.is_new).then(|| config(&open.setup));
        let picture = (open.setup.format.width, open.setup.format.height);
        let size = 100 + self.random.of(0..=99) as u32;
        let bits =
            Bits { frame: shot.number, maker: open.maker, place: open.place, is_reencoded: false, key, size, picture };
        // What comes late is no reference of what comes next.
        open.place += u32::from(!is_late);
        // Some codecs round times.
        let steady = steady - i64::from(self.random.percent(10));
        let chunk = Chunk { steady, key, bytes: bits, size, config };
        Some((open.out_us, Output::Chunk(open.number, chunk)))
    }

    fn return_all(&mut self, now_us: i64) -> Vec<(i64, Output)> {
        if self.open.as_ref().is_some_and(|open| open.fault == Some(EncoderFault::IsSilent)) {
            return Vec::new();
        }
        std::iter::from_fn(|| self.return_one(now_us)).collect()
    }

    /// Returns all that it holds.
    pub(crate) fn flush(&mut self, flush: Flush, now_us: i64) -> Vec<(i64, Output)> {
        let mut out = self.return_all(now_us);
        let Some(open) = &mut self.open else { return out };
        let done_us = match open.fault {
            Some(EncoderFault::IsSilent) => now_us + SILENT_US,
            _ => open.out_us.max(now_us) + self.random.of(0..=5000),
        };
        if open.fault == Some(EncoderFault::IsSilent) {
            self.lost += open.held.len() as u32;
            open.held.clear();
            open.is_key_due = true;
        } else {
            open.out_us = done_us;
        }
        self.flushes.push(Some(flush));
        let at = self.flushes.len() - 1;
        self.waiting.push(at);
        out.push((done_us, Output::Flushed(at)));
        out
    }

    /// A flush that is done, unless it was reported already.
    pub(crate) fn flushed(&mut self, at: usize) -> Option<Flush> {
        self.flushes[at].take()
    }

    /// Closes the encoder: its flushes are reported soon.
    pub(crate) fn close(&mut self, now_us: i64) -> Vec<(i64, Output)> {
        if let Some(open) = self.open.take() {
            self.lost += open.held.len() as u32;
        }
        let waiting = std::mem::take(&mut self.waiting);
        waiting.into_iter().map(|at| (now_us + self.random.of(0..=20_000), Output::Flushed(at))).collect()
    }

    /// Whether an output of the encoder with this number is still reported.
    pub(crate) fn reports(&self, number: u32) -> bool {
        self.manners.is_late || self.number() == Some(number)
    }

    /// What re-encoding makes of these segments: for some something wrong.
    pub(crate) fn reencode(&mut self, originals: &[Original<Bits>], setup: &EncoderSetup) -> Vec<Vec<Chunk<Bits>>> {
        let mut all = Vec::new();
        let mut announced = None;
        for original in originals {
            self.makers += 1;
            let samples = original.segment.table.samples().iter().zip(&original.segment.payload);
            let mut chunks: Vec<Chunk<Bits>> = Vec::new();
            for (place, (sample, bits)) in samples.enumerate() {
                let config = config(setup);
                let config = (announced.as_ref() != Some(&config)).then(|| announced.insert(config).clone());
                let size = 200 + self.random.of(0..=99) as u32;
                let (key, picture) = (place == 0, (setup.format.width, setup.format.height));
                let made =
                    Bits { maker: self.makers, place: place as u32, is_reencoded: true, key, size, picture, ..*bits };
                chunks.push(Chunk { steady: Steady::from_us(sample.decode_us), key, bytes: made, size, config });
            }
            if self.random.percent(self.manners.reencode_wrong_percent) {
                match self.random.of(0..=3) {
                    // It has failed.
                    0 => return all,
                    1 => drop(chunks.pop()),
                    2 => drop(chunks.remove(chunks.len() / 2)),
                    _ => chunks[0].key = false,
                }
            }
            all.push(chunks);
        }
        all
    }
}

fn config(setup: &EncoderSetup) -> VideoConfig {
    let (width, height) = (setup.format.width, setup.format.height);
    VideoConfig { codec: setup.name.clone(), width, height, description: Vec::new(), colour: None, is_of_rgb: false }
}
