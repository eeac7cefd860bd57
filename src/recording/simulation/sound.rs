//! The sound of a world: a sender whose sound has a code for the time, an encoder, and what holds for each file.

use super::encoder::Bits;
use super::file::File;
use super::model::Model;
use super::plan::{Manners, Pictures, SoundFault, What};
use super::random::Random;
use crate::codec::{SOUND_RATE, SoundCandidate, SoundCodec};
use crate::recording::Packet;
use crate::reel::{AudioConfig, Segment, Track};
use crate::sound::Block;
use std::ops::Range;

/// How long a block is, in microseconds.
pub(super) const BLOCK_US: i64 = 20_000;
/// What a sample of code 1 is. So small a step between two blocks is not audible.
const UNIT: f32 = 1.0 / 8192.0;
/// The first code: loud sound of it is audible.
const LEAST: i64 = 50;
/// Codes rise this often and fall again, by one each block: in long worlds too, what is sent before a pause and after it differs.
const MOST: i64 = 4_000;
/// How much later or earlier than its picture sound may be, in microseconds.
const APART_US: i64 = 200_000;

/// The code of sound that was sent at this time. Sound of two minutes later may have the same.
fn code_at(at_us: i64) -> i64 {
    let at = at_us.div_euclid(BLOCK_US).rem_euclid(2 * MOST);
    LEAST + if at < MOST { at } else { 2 * MOST - 1 - at }
}

/// Sends a block every 20 ms.
#[derive(Debug)]
pub(super) struct SoundSender {
    random: Random,
    manners: Manners,
    is_muted: bool,
    is_loud: bool,
    at_us: i64,
    arrived_us: i64,
}

impl SoundSender {
    pub(crate) fn new(seed: u64, manners: Manners) -> Self {
        let random = Random::new(seed, 10);
        Self { random, manners, is_muted: false, is_loud: manners.is_loud, at_us: 0, arrived_us: 0 }
    }

    /// When the next block arrives, in microseconds.
    pub(crate) fn next_us(&mut self) -> i64 {
        self.at_us += BLOCK_US;
        let jitter_us = self.random.of(0..=self.manners.jitter_ms * 1000);
        self.arrived_us = (self.arrived_us + 1).max(self.at_us + jitter_us);
        self.arrived_us
    }

    /// The block that arrives now; none from a sender that is muted.
    pub(crate) fn block(&self) -> Option<Block> {
        let begun_us = self.at_us - BLOCK_US;
        let level = code_at(begun_us) as f32 * UNIT;
        // A steady level is not audible, one that swings is.
        let sign = |n: usize| if self.is_loud && n % 96 < 48 { -1.0 } else { 1.0 };
        let samples = (0..(BLOCK_US * i64::from(SOUND_RATE) / 1_000_000) as usize).map(|n| sign(n) * level);
        let block = Block { channels: vec![samples.collect()], rate: SOUND_RATE, timestamp_us: begun_us, packet: None };
        (!self.is_muted).then_some(block)
    }

    pub(crate) fn misbehave(&mut self, fault: SoundFault) {
        match fault {
            SoundFault::Mutes(is_muted) => self.is_muted = is_muted,
            SoundFault::IsLoud(is_loud) => self.is_loud = is_loud,
            SoundFault::Fails | SoundFault::IsSilent => {}
        }
    }
}

/// The output of an encoder of sound.
#[derive(Debug)]
pub(super) enum SoundOutput {
    Packet(u32, Packet<Bits>),
    Flushed(u32),
}

/// The encoder of sound: what it makes of a packet has the highest code in it.
#[derive(Debug)]
pub(super) struct SoundEncoder {
    random: Random,
    manners: Manners,
    open: Option<u32>,
    is_silent: bool,
    out_us: i64,
    place: u32,
}

impl SoundEncoder {
    pub(crate) fn new(seed: u64, manners: Manners) -> Self {
        Self { random: Random::new(seed, 11), manners, open: None, is_silent: false, out_us: 0, place: 0 }
    }

    /// What this world's recording encodes its sound with.
    pub(crate) fn candidate(manners: &Manners) -> Option<SoundCandidate> {
        let codec = if manners.is_loud { SoundCodec::Aac } else { SoundCodec::Opus };
        SoundCandidate::all(Some(codec)).last().filter(|_| manners.has_sound)
    }

    pub(crate) fn open(&mut self, number: u32) {
        (self.open, self.is_silent, self.place) = (Some(number), false, 0);
    }

    pub(crate) fn close(&mut self) {
        self.open = None;
    }

    /// The number of the encoder that is open.
    pub(crate) fn number(&self) -> Option<u32> {
        self.open
    }

    pub(crate) fn fall_silent(&mut self) {
        self.is_silent = true;
    }

    /// Takes a packet's samples. Gives the output, and when it comes, in microseconds.
    ///
    /// # Errors
    /// If no encoder is open.
    pub(crate) fn encode(&mut self, samples: &[Vec<f32>], now_us: i64) -> Result<Option<(i64, SoundOutput)>, String> {
        let number = self.open.ok_or("sound is encoded without an encoder")?;
        let peak = samples.iter().flatten().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let frame = (peak / UNIT).round() as u32;
        let (maker, place, size) = (number, self.place, 20 + self.random.of(0..=40) as u32);
        self.place += 1;
        if self.is_silent {
            return Ok(None);
        }
        self.out_us = self.out_us.max(now_us + self.random.of(0..=self.manners.encode_ms * 1000));
        let bits = Bits { frame, maker, place, is_reencoded: false, key: true, size, picture: (0, 0) };
        let packet = Packet { bytes: bits, size, description: None };
        Ok(Some((self.out_us, SoundOutput::Packet(number, packet))))
    }

    pub(crate) fn flush(&mut self, number: u32, now_us: i64) -> (i64, SoundOutput) {
        self.out_us = self.out_us.max(now_us) + self.random.of(0..=5000);
        (self.out_us, SoundOutput::Flushed(number))
    }
}

/// The packets of a file, at their media times.
#[derive(Debug, Default)]
pub(super) struct Sounds(Vec<(i64, Bits)>);

impl Sounds {
    /// Those of all segments of sound.
    ///
    /// # Errors
    /// What is wrong with them: a packet follows the one before it without a hole.
    pub(crate) fn new(parts: &[Segment<Bits>], configs: &[AudioConfig]) -> Result<Self, String> {
        let mut packets: Vec<(i64, Bits)> = Vec::new();
        for Segment { index, config, table, payload, .. } in parts.iter().filter(|part| part.track == Track::Audio) {
            let config = configs.get(*config as usize).ok_or(format!("sound {index} has no configuration"))?;
            let codec = SoundCodec::from_rfc6381(&config.codec).ok_or("the sound has another codec")?;
            let length_us = codec.packet() as i64 * 1_000_000 / i64::from(SOUND_RATE);
            if table.samples().len() != payload.len() {
                return Err(format!("sound {index} has {} packets, of {}", payload.len(), table.samples().len()));
            }
            for (sample, bits) in table.samples().iter().zip(payload) {
                let before = packets.last().map_or(sample.decode_us - length_us, |(time_us, _)| *time_us);
                if !(0..=2).contains(&(sample.decode_us - before - length_us)) {
                    return Err(format!("a packet at {} µs follows one at {before} µs", sample.decode_us));
                }
                if sample.size != bits.size {
                    return Err(format!("sound {index}: the table is wrong at {} µs", sample.decode_us));
                }
                packets.push((sample.decode_us, *bits));
            }
            let end_us = packets.last().map_or(0, |(time_us, _)| time_us + length_us);
            if (table.end_us() - end_us).abs() > 2 {
                return Err(format!("sound {index} ends at {} µs, not {end_us}", table.end_us()));
            }
        }
        Ok(Self(packets))
    }

    /// All of them, at their media times in microseconds.
    pub(crate) fn packets(&self) -> &[(i64, Bits)] {
        &self.0
    }

    /// When the first of them begins, in microseconds.
    pub(crate) fn start_us(&self) -> i64 {
        self.0.first().map_or(0, |(time_us, _)| *time_us)
    }

    /// Whether each packet of another file that starts within this time, in microseconds, is in this.
    ///
    /// # Errors
    /// If one is not.
    pub(crate) fn cover(&self, all: &Self, within_us: Range<i64>) -> Result<(), String> {
        let missing = |(time_us, _): &&(i64, Bits)| {
            within_us.contains(time_us) && self.0.binary_search_by_key(time_us, |(time_us, _)| *time_us).is_err()
        };
        match all.0.iter().find(missing) {
            Some((time_us, _)) => Err(format!("the sound at {time_us} µs is not read for a file of {within_us:?}")),
            None => Ok(()),
        }
    }

    /// When the last of them ends, in microseconds.
    pub(crate) fn end_us(&self) -> i64 {
        self.0.last().map_or(0, |(time_us, _)| time_us + BLOCK_US)
    }
}

impl Model {
    /// Judges the sound of a file of all.
    pub(crate) fn sound(&self, file: &File, sounds: &Sounds) -> Result<(), String> {
        let is_odd = |what| match what {
            What::JumpRtp(_) | What::JumpTimestamp(_) | What::Joins(_) | What::Missed(_) | What::Hidden(_) => true,
            What::Sends(pictures) => pictures == Pictures::HeldBack,
            _ => false,
        };
        if !self.plan.manners.has_sound || !self.is_gentle(&is_odd) || self.cleared.is_some() {
            return Ok(());
        }
        let is_broken = |what| {
            let is_of_disk = matches!(what, What::Disk(_) | What::Crash | What::Encoder(_));
            is_of_disk || matches!(what, What::Sound(SoundFault::Fails | SoundFault::IsSilent | SoundFault::Mutes(_)))
        };
        if let Some((first_us, _)) = sounds.0.first()
            && *first_us != 0
            && self.option("keepLast").is_none()
        {
            return Err(format!("the sound begins at {first_us} µs"));
        }
        let is_whole = self.order.is_stopped && self.is_gentle(&is_broken);
        let end_us = sounds.end_us();
        let delay = SoundEncoder::candidate(&self.plan.manners).map_or(0, |candidate| candidate.delay);
        let delay_us = delay as i64 * 1_000_000 / i64::from(SOUND_RATE);
        if is_whole && (end_us - file.end_us).abs() > 100_000 {
            return Err(format!("the sound ends at {end_us} µs, and the file at {} µs", file.end_us));
        }
        for pair in file.samples.windows(2) {
            let [(from_us, bits), (to_us, next)] = [pair[0], pair[1]];
            let [began_us, ended_us] = [bits, next].map(|bits| self.came[bits.frame as usize].at_us);
            // Where time was cut, and where frames came unevenly, nothing can be said.
            if (ended_us - began_us - (to_us - from_us)).abs() > 60_000 {
                continue;
            }
            for (at, &(decode_us, bits)) in sounds.0.iter().enumerate() {
                // What is decoded comes later than it was encoded.
                let time_us = decode_us + delay_us;
                if time_us < from_us || time_us + BLOCK_US > to_us {
                    continue;
                }
                let (code, sent_us) = (i64::from(bits.frame), began_us + time_us - from_us);
                let is_same = |at_us: i64| (code_at(at_us) - code).abs() <= 2;
                let mut near = (-APART_US / BLOCK_US..=APART_US / BLOCK_US).map(|n| sent_us + n * BLOCK_US);
                // It is faded at a join, and what came last may still have been on its way.
                let code_of = |at: usize| sounds.0.get(at).map_or(0, |(_, bits)| bits.frame);
                let [before, after] = [code_of(at.wrapping_sub(1)), code_of(at + 1)];
                // Where frames come unevenly, the place of sound moves by some milliseconds.
                let is_dip = before.min(after) > bits.frame;
                let is_join = before == 0 || after == 0 || before.abs_diff(after) > 10 || is_dip;
                let is_edge = is_join || time_us + APART_US > end_us;
                let is_faded = is_edge && code < code_at(sent_us);
                let is_missing = code == 0 && (!is_whole || time_us < APART_US);
                if !is_faded && !is_missing && !near.any(is_same) {
                    return Err(format!(
                        "the sound at {time_us} µs has code {code}, and that of its picture has {}",
                        code_at(sent_us)
                    ));
                }
            }
        }
        Ok(())
    }

    /// Nothing is cut while something is audible, but in a pause.
    pub(crate) fn keeps_audible(&self, file: &File) -> Result<(), String> {
        let is_odd = |what| {
            let is_sound = matches!(what, What::Sound(fault) if fault != SoundFault::IsLoud(true));
            let is_jump = matches!(what, What::JumpRtp(_) | What::JumpTimestamp(_) | What::Joins(_) | What::Missed(_));
            let is_held = matches!(what, What::Sends(Pictures::HeldBack) | What::Crash | What::Encoder(_));
            is_sound || is_jump || is_held
        };
        let manners = &self.plan.manners;
        let is_heard = manners.has_sound && manners.is_loud && self.cleared.is_none();
        if !is_heard || !self.is_gentle(&is_odd) {
            return Ok(());
        }
        for pair in file.samples.windows(2) {
            let [(from_us, bits), (to_us, next)] = [pair[0], pair[1]];
            let between = &self.came[bits.frame as usize..=next.frame as usize];
            let is_paused = between.iter().any(|came| came.is_paused || came.is_after_pause);
            let wall_us = between[between.len() - 1].at_us - between[0].at_us;
            if !is_paused && wall_us - (to_us - from_us) > 700_000 {
                return Err(format!("time was cut before frame {}, while something was audible", next.frame));
            }
        }
        Ok(())
    }
}
