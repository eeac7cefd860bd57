//! Received access units of H.264, as samples of an MP4.

use super::Unreadable::{self, Damaged, NoSets, NotSupported};
use super::order::{Number, Place};
use super::sets::{Poc, Pps, Sps};
use super::slice::Slice;
use super::{AccessUnit, changed};
use crate::codec::h264::{configuration, units};
use crate::reel::VideoConfig;

/// Reads the access units of one received H.264 stream, in the order in which they came.
#[derive(Debug, Default)]
pub struct H264Reader {
    sequence: Vec<Set<Sps>>,
    picture: Vec<Set<Pps>>,
    /// The number of the sequence parameter set that the last picture used.
    active: Option<u32>,
    /// Whether a set has changed since the configuration was made.
    has_changed: bool,
    config: Option<VideoConfig>,
}

#[derive(Debug)]
struct Set<T> {
    id: u32,
    unit: Vec<u8>,
    read: T,
}

/// Types of units (ITU-T H.264, Table 7-1).
const SLICE: u8 = 1;
const IDR_SLICE: u8 = 5;
const SPS: u8 = 7;
const PPS: u8 = 8;

impl H264Reader {
    /// Reads an access unit with start codes (Annex B).
    ///
    /// # Errors
    /// [`Unreadable`] if it is damaged, or is what no file can hold.
    pub fn read(&mut self, unit: &[u8]) -> Result<AccessUnit, Unreadable> {
        let mut sample = Vec::with_capacity(unit.len() + 16);
        let mut picture: Option<Picture> = None;
        for unit in units(unit) {
            match unit[0] & 31 {
                SLICE | IDR_SLICE => self.slice(unit, &mut picture)?,
                SPS => {
                    let (id, read) = Sps::read(unit)?;
                    self.has_changed |= keep(&mut self.sequence, id, unit, read);
                }
                PPS => {
                    let (id, read) = Pps::read(unit)?;
                    self.has_changed |= keep(&mut self.picture, id, unit, read);
                }
                2..=4 => return Err(NotSupported("data partitioning")),
                // A delimiter, ends of a sequence and a stream, filler.
                9..=12 => continue,
                15 | 20 | 21 => return Err(NotSupported("layers")),
                _ => {}
            }
            sample.extend_from_slice(&(unit.len() as u32).to_be_bytes());
            sample.extend_from_slice(unit);
        }
        let picture = picture.ok_or(Damaged)?;
        let place = picture.place();
        let config = self.new_config(picture.sps_id)?;
        // What refers to a picture counts the references between (§ 8.2.4.1), so no reference can be omitted.
        let layer = u32::from(!place.is_reference);
        Ok(AccessUnit { sample, is_key: place.is_key, config, place, layer })
    }

    /// What a decoder has to know of the last picture that was read.
    pub fn config(&self) -> Option<&VideoConfig> {
        self.config.as_ref()
    }

    fn slice(&self, unit: &[u8], picture: &mut Option<Picture>) -> Result<(), Unreadable> {
        let pps = set(&self.picture, Slice::pps(unit)?)?.read;
        let sps = set(&self.sequence, pps.sps)?.read;
        let slice = Slice::read(unit, &sps, &pps)?;
        match picture {
            Some(picture) => picture.add(&slice, pps.sps),
            None if slice.first_macroblock > 0 => Err(Damaged),
            None => {
                *picture = Some(Picture { sps, sps_id: pps.sps, first: slice, last: 0, copied: slice.copied });
                Ok(())
            }
        }
    }

    /// The configuration of a picture that uses this sequence parameter set, if it is not the one before.
    fn new_config(&mut self, id: u32) -> Result<Option<VideoConfig>, Unreadable> {
        if self.active == Some(id) && !self.has_changed {
            return Ok(None);
        }
        let sequence = set(&self.sequence, id)?;
        let sps = sequence.read;
        let pictures = self.picture.iter().filter(|set| set.read.sps == id).map(|set| &*set.unit);
        let description = configuration(&[&sequence.unit], &pictures.collect::<Vec<_>>()).ok_or(Damaged)?;
        let config = VideoConfig {
            codec: codec_string(sps.profile),
            width: sps.width,
            height: sps.height,
            description,
            colour: sps.colour,
            is_of_rgb: false,
        };
        (self.active, self.has_changed) = (Some(id), false);
        Ok(changed(&mut self.config, config))
    }
}

/// Keeps a parameter set in place of the one of its number. Reports whether that is a change.
fn keep<T>(sets: &mut Vec<Set<T>>, id: u32, unit: &[u8], read: T) -> bool {
    let new = Set { id, unit: unit.to_vec(), read };
    match sets.iter_mut().find(|set| set.id == id) {
        Some(set) if set.unit == unit => return false,
        Some(set) => *set = new,
        None => sets.push(new),
    }
    true
}

fn set<T>(sets: &[Set<T>], id: u32) -> Result<&Set<T>, Unreadable> {
    sets.iter().find(|set| set.id == id).ok_or(NoSets)
}

/// RFC 6381, § 3.3.
fn codec_string(profile: [u8; 3]) -> String {
    let mut codec = String::from("avc1.");
    for digit in profile.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        codec.extend(char::from_digit(digit.into(), 16));
    }
    codec
}

/// What the slices of a picture have shown so far.
struct Picture {
    sps: Sps,
    sps_id: u32,
    first: Slice,
    /// The first macroblock of the last slice.
    last: u32,
    /// How many macroblocks from the first one on copy the last reference; none if one does not.
    copied: Option<u32>,
}

impl Picture {
    fn add(&mut self, slice: &Slice, sps_id: u32) -> Result<(), Unreadable> {
        let first = &self.first;
        let is_same = self.sps_id == sps_id
            && (first.is_idr, first.is_reference) == (slice.is_idr, slice.is_reference)
            && (first.frame_num, first.poc_lsb) == (slice.frame_num, slice.poc_lsb);
        if !is_same {
            return Err(Damaged);
        }
        if slice.first_macroblock <= self.last {
            return Err(NotSupported("slices in any order"));
        }
        self.last = slice.first_macroblock;
        let covered = self.copied.filter(|covered| *covered == slice.first_macroblock);
        self.copied = covered.zip(slice.copied).and_then(|(covered, copied)| covered.checked_add(copied));
        self.first.marks |= slice.marks;
        Ok(())
    }

    fn place(&self) -> Place {
        let Sps { frame_num_bits, poc, max_num_ref_frames, macroblocks, .. } = self.sps;
        let poc_bits = if let Poc::Bits(bits) = poc { bits } else { 0 };
        Place {
            is_key: self.first.is_idr,
            is_reference: self.first.is_reference,
            number: Some(Number { value: self.first.frame_num, bits: frame_num_bits }),
            shown: Number { value: self.first.poc_lsb, bits: poc_bits },
            is_copy: self.copied == Some(macroblocks),
            marks: self.first.marks,
            references: max_num_ref_frames.max(1),
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "h264_tests.rs"]
mod tests;
