//! Slice headers (ITU-T H.264, § 7.3.3), and whether a slice has more than skipped macroblocks.

use super::Unreadable::{self, Damaged, NotSupported};
use super::bits::Bits;
use super::sets::{Poc, Pps, Sps};

/// What a slice shows of its picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) first_macroblock: u32,
    pub(super) is_idr: bool,
    pub(super) is_reference: bool,
    pub(super) frame_num: u32,
    pub(super) poc_lsb: u32,
    /// Whether it marks references otherwise than by the sliding window (§ 8.2.5.3).
    pub(super) marks: bool,
    /// If it has nothing but skipped macroblocks that copy the last reference: how many.
    pub(super) copied: Option<u32>,
}

/// Slice types, less 5 where all slices of a picture have that type (Table 7-6).
const P: u32 = 0;
const I: u32 = 2;

impl Slice {
    /// The number of the picture parameter set of a slice.
    pub(super) fn pps(unit: &[u8]) -> Result<u32, Unreadable> {
        let mut bits = Bits::new(unit.get(1..).unwrap_or_default());
        bits.ue()?;
        bits.ue()?;
        bits.ue_up_to(255)
    }

    /// Reads a slice of types 1 and 5.
    pub(super) fn read(unit: &[u8], sps: &Sps, pps: &Pps) -> Result<Self, Unreadable> {
        let (&header, rest) = unit.split_first().ok_or(Damaged)?;
        let (is_idr, is_reference) = (header & 31 == 5, header >> 5 & 3 != 0);
        let mut bits = Bits::new(rest);
        let first_macroblock = bits.ue_up_to(sps.macroblocks - 1)?;
        let kind = bits.ue_up_to(9)? % 5;
        if !matches!(kind, P | I) {
            return Err(NotSupported("slices of types B, SP and SI"));
        }
        bits.ue()?;
        let frame_num = bits.bits(sps.frame_num_bits)?;
        if is_idr {
            if kind != I || !is_reference || frame_num != 0 {
                return Err(Damaged);
            }
            bits.ue_up_to(65_535)?;
        }
        let poc_lsb = match sps.poc {
            Poc::Bits(count) => {
                let lsb = bits.bits(count)?;
                if pps.has_field_order {
                    bits.se()?;
                }
                lsb
            }
            Poc::Deltas => {
                bits.se()?;
                if pps.has_field_order {
                    bits.se()?;
                }
                0
            }
            Poc::None => 0,
        };
        if pps.has_redundant && bits.ue()? != 0 {
            return Err(NotSupported("redundant pictures"));
        }
        let mut is_copy = kind == P && !pps.is_cabac;
        if kind == P {
            let num_refs = if bits.flag()? { bits.ue_up_to(31)? + 1 } else { pps.num_refs };
            is_copy &= begins_with_last(&mut bits)?;
            if pps.is_weighted {
                is_copy &= !is_weighted(&mut bits, num_refs)?;
            }
        }
        let marks = is_reference && marks(&mut bits, is_idr)?;
        is_copy &= !marks;
        if pps.is_cabac && kind != I {
            bits.ue_up_to(2)?;
        }
        bits.se()?;
        if pps.has_deblocking && bits.ue_up_to(2)? != 1 {
            bits.se()?;
            bits.se()?;
        }
        // § 7.3.4: `mb_skip_run`, and no more data.
        let copied = if is_copy { bits.ue().ok().filter(|_| bits.is_at_end()) } else { None };
        Ok(Self { first_macroblock, is_idr, is_reference, frame_num, poc_lsb, marks, copied })
    }
}

/// `ref_pic_list_modification` (§ 7.3.3.1). Whether the list begins with the reference before, as it does without modifications:
/// OpenH264 writes that as a modification.
fn begins_with_last(bits: &mut Bits<'_>) -> Result<bool, Unreadable> {
    if !bits.flag()? {
        return Ok(true);
    }
    let mut begins = true;
    for at in 0..=MOST_REFERENCES {
        match bits.ue_up_to(3)? {
            3 => return Ok(begins),
            kind => {
                let value = bits.ue()?;
                // § 8.2.4.3.1: the picture number that is 1 less than that of this picture.
                if at == 0 {
                    begins = (kind, value) == (0, 0);
                }
            }
        }
    }
    Err(Damaged)
}

/// The most entries of a list of references, and modifications of it.
const MOST_REFERENCES: u32 = 32;

/// `pred_weight_table` (§ 7.3.3.2). Whether it has any weights.
fn is_weighted(bits: &mut Bits<'_>, num_refs: u32) -> Result<bool, Unreadable> {
    bits.ue_up_to(7)?;
    bits.ue_up_to(7)?;
    let mut is_weighted = false;
    for _ in 0..num_refs {
        for numbers in [2, 4] {
            if bits.flag()? {
                is_weighted = true;
                for _ in 0..numbers {
                    bits.se()?;
                }
            }
        }
    }
    Ok(is_weighted)
}

/// `dec_ref_pic_marking` (§ 7.3.3.3). Whether it marks anything otherwise than by the sliding window.
fn marks(bits: &mut Bits<'_>, is_idr: bool) -> Result<bool, Unreadable> {
    if is_idr {
        bits.flag()?;
        return bits.flag();
    }
    if !bits.flag()? {
        return Ok(false);
    }
    for _ in 0..MOST_MARKS {
        match bits.ue_up_to(6)? {
            0 => return Ok(true),
            3 => {
                bits.ue()?;
                bits.ue()?;
            }
            5 => return Err(NotSupported("references that are all forgotten")),
            _ => {
                bits.ue()?;
            }
        }
    }
    Err(Damaged)
}

/// The most operations of a marking: more than there are references to mark.
const MOST_MARKS: u32 = 66;

/// The bit of a slice of type 1 at which `frame_num` begins, before which nothing but the header is (without emulation prevention). None
/// for other units.
pub(super) fn numbers(unit: &[u8]) -> Option<usize> {
    let (&header, rest) = unit.split_first()?;
    let mut bits = Bits::new(rest);
    if header & 31 != 1 {
        return None;
    }
    for _ in 0..3 {
        bits.ue().ok()?;
    }
    Some(8 + bits.position())
}
