//! Parameter sets (ITU-T H.264, § 7.3.2.1, § 7.3.2.2), as far as they decide what a file has to hold.

use super::Unreadable::{self, Damaged, NotSupported};
use super::bits::Bits;
use crate::codec::colour::Colour;

/// What a slice header and a sample entry need of a sequence parameter set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sps {
    /// Profile, constraints and level.
    pub(super) profile: [u8; 3],
    pub(super) frame_num_bits: u8,
    pub(super) poc: Poc,
    pub(super) max_num_ref_frames: u32,
    pub(super) macroblocks: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) colour: Option<Colour>,
}

/// `pic_order_cnt_type`, and what a slice header has of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Poc {
    /// As many bits.
    Bits(u8),
    /// Deltas.
    Deltas,
    /// Nothing.
    None,
}

/// What a slice header needs of a picture parameter set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pps {
    pub(super) sps: u32,
    pub(super) is_cabac: bool,
    pub(super) has_field_order: bool,
    pub(super) num_refs: u32,
    pub(super) is_weighted: bool,
    pub(super) has_deblocking: bool,
    pub(super) has_redundant: bool,
}

/// Profiles whose sequence parameter sets have a chroma format (§ 7.3.2.1.1).
const CHROMA_PROFILES: [u8; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
/// `Extended_SAR` (Table E-1).
const EXTENDED_SAR: u32 = 255;
/// The most macroblocks of a side and of a picture, beyond all levels (Table A-1).
const MOST_MACROBLOCKS: u32 = 139_264;

impl Sps {
    /// A sequence parameter set, and its number.
    pub(super) fn read(unit: &[u8]) -> Result<(u32, Self), Unreadable> {
        let mut bits = Bits::new(unit.get(1..).unwrap_or_default());
        let profile = [bits.bits(8)? as u8, bits.bits(8)? as u8, bits.bits(8)? as u8];
        let id = bits.ue_up_to(31)?;
        if CHROMA_PROFILES.contains(&profile[0]) {
            chroma(&mut bits)?;
        }
        let frame_num_bits = bits.ue_up_to(12)? as u8 + 4;
        let poc = match bits.ue_up_to(2)? {
            0 => Poc::Bits(bits.ue_up_to(12)? as u8 + 4),
            1 => {
                let is_always_zero = bits.flag()?;
                bits.se()?;
                bits.se()?;
                for _ in 0..bits.ue_up_to(255)? {
                    bits.se()?;
                }
                if is_always_zero { Poc::None } else { Poc::Deltas }
            }
            _ => Poc::None,
        };
        let max_num_ref_frames = bits.ue_up_to(16)?;
        // `gaps_in_frame_num_value_allowed_flag`
        bits.flag()?;
        let across = bits.ue_up_to(MOST_MACROBLOCKS)? + 1;
        let down = bits.ue_up_to(MOST_MACROBLOCKS)? + 1;
        let macroblocks = across.checked_mul(down).filter(|count| *count <= MOST_MACROBLOCKS).ok_or(Damaged)?;
        // `frame_mbs_only_flag`
        if !bits.flag()? {
            return Err(NotSupported("interlaced"));
        }
        // `direct_8x8_inference_flag`
        bits.flag()?;
        let mut cropped = [0; 4];
        if bits.flag()? {
            for side in &mut cropped {
                *side = bits.ue_up_to(8 * MOST_MACROBLOCKS)? * 2;
            }
        }
        let [left, right, top, bottom] = cropped;
        let side = |macroblocks: u32, cropped| (16 * macroblocks).checked_sub(cropped).filter(|&side| side > 0);
        let width = side(across, left + right).ok_or(Damaged)?;
        let height = side(down, top + bottom).ok_or(Damaged)?;
        let colour = if bits.flag()? { colour(&mut bits)? } else { None };
        Ok((id, Self { profile, frame_num_bits, poc, max_num_ref_frames, macroblocks, width, height, colour }))
    }
}

/// Chroma format, bit depths and scaling matrices (§ 7.3.2.1.1).
fn chroma(bits: &mut Bits<'_>) -> Result<(), Unreadable> {
    if bits.ue_up_to(3)? != 1 {
        return Err(NotSupported("not 4:2:0"));
    }
    if bits.ue_up_to(6)? != 0 || bits.ue_up_to(6)? != 0 {
        return Err(NotSupported("more than 8 bits"));
    }
    // `qpprime_y_zero_transform_bypass_flag`
    bits.flag()?;
    if bits.flag()? {
        for list in 0..8 {
            if bits.flag()? {
                scaling_list(bits, if list < 6 { 16 } else { 64 })?;
            }
        }
    }
    Ok(())
}

/// § 7.3.2.1.1.1.
fn scaling_list(bits: &mut Bits<'_>, len: usize) -> Result<(), Unreadable> {
    let (mut last, mut next) = (8, 8);
    for _ in 0..len {
        if next != 0 {
            next = (last + bits.se()?.clamp(-128, 127)) & 255;
        }
        last = if next == 0 { last } else { next };
    }
    Ok(())
}

/// The colour description of the VUI (§ E.1.1), if it has one.
fn colour(bits: &mut Bits<'_>) -> Result<Option<Colour>, Unreadable> {
    if bits.flag()? && bits.bits(8)? == EXTENDED_SAR {
        bits.bits(32)?;
    }
    // `overscan_info_present_flag`
    if bits.flag()? {
        bits.flag()?;
    }
    // `video_signal_type_present_flag`
    if !bits.flag()? {
        return Ok(None);
    }
    bits.bits(3)?;
    let mut colour = Colour { full_range: bits.flag()?, ..Colour::UNKNOWN };
    if bits.flag()? {
        for number in [&mut colour.primaries, &mut colour.transfer, &mut colour.matrix] {
            *number = bits.bits(8)? as u16;
        }
    }
    Ok(Some(colour).filter(|colour| *colour != Colour::UNKNOWN))
}

impl Pps {
    /// A picture parameter set, and its number.
    pub(super) fn read(unit: &[u8]) -> Result<(u32, Self), Unreadable> {
        let mut bits = Bits::new(unit.get(1..).unwrap_or_default());
        let id = bits.ue_up_to(255)?;
        let sps = bits.ue_up_to(31)?;
        let is_cabac = bits.flag()?;
        let has_field_order = bits.flag()?;
        if bits.ue()? != 0 {
            return Err(NotSupported("slice groups"));
        }
        let num_refs = bits.ue_up_to(31)? + 1;
        bits.ue_up_to(31)?;
        let is_weighted = bits.flag()?;
        bits.bits(2)?;
        for _ in 0..3 {
            bits.se()?;
        }
        let has_deblocking = bits.flag()?;
        bits.flag()?;
        let has_redundant = bits.flag()?;
        Ok((id, Self { sps, is_cabac, has_field_order, num_refs, is_weighted, has_deblocking, has_redundant }))
    }
}
