//! The loops that go over every byte of a picture: sixteen at a time where the target can, one after another elsewhere.

/// The side of the blocks that are compared, in bytes and rows.
pub(crate) const BLOCK: usize = 8;
/// What is compared at once: two blocks side by side.
pub(crate) const PIECE: usize = 2 * BLOCK;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) use scalar::*;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) use simd::*;

/// The worst sums of all blocks, and how many blocks are above a limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Worst {
    /// Of absolute differences, of the shift, and of what is between them.
    pub(crate) sums: [i32; 3],
    /// A sum of absolute differences.
    pub(crate) limit: i32,
    pub(crate) above: u32,
}

impl Worst {
    pub(crate) fn new(limit: i32) -> Self {
        Self { sums: [0; 3], limit, above: 0 }
    }

    fn raise(&mut self, absolute: i32, shift: i32) {
        let shift = shift.abs();
        let [worst_absolute, worst_shift, worst_detail] = self.sums;
        self.sums = [absolute.max(worst_absolute), shift.max(worst_shift), (absolute - shift).max(worst_detail)];
        self.above += u32::from(absolute > self.limit);
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod scalar {
    use super::{BLOCK, Worst};

    /// Compares two blocks side by side with those of another picture.
    pub(crate) fn compare(one: &[u8], other: &[u8], start: usize, stride: usize, worst: &mut Worst) {
        for left in [0, BLOCK] {
            let (mut absolute, mut shift) = (0, 0);
            for at in (0..BLOCK).map(|y| start + y * stride + left) {
                for (a, b) in one[at..at + BLOCK].iter().zip(&other[at..at + BLOCK]) {
                    absolute += i32::from(a.abs_diff(*b));
                    shift += i32::from(*a) - i32::from(*b);
                }
            }
            worst.raise(absolute, shift);
        }
    }

    /// The sum of absolute differences.
    pub(crate) fn difference(one: &[u8], other: &[u8]) -> u32 {
        one.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(*b))).sum()
    }

    /// The sum.
    pub(crate) fn sum(bytes: &[u8]) -> u32 {
        bytes.iter().map(|&byte| u32::from(byte)).sum()
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd {
    use super::{BLOCK, PIECE, Worst};
    #[expect(clippy::wildcard_imports, reason = "the instructions of SIMD")]
    use core::arch::wasm32::*;

    fn load(piece: &[u8]) -> v128 {
        let half = |at: usize| piece[at..at + 8].try_into().map_or(0, i64::from_le_bytes);
        i64x2(half(0), half(8))
    }

    fn absolute_difference(a: v128, b: v128) -> v128 {
        v128_or(u8x16_sub_sat(a, b), u8x16_sub_sat(b, a))
    }

    fn add_up(lanes: v128) -> u32 {
        let quarter = u32x4_extract_lane::<0>(lanes) + u32x4_extract_lane::<1>(lanes);
        quarter + u32x4_extract_lane::<2>(lanes) + u32x4_extract_lane::<3>(lanes)
    }

    /// Compares two blocks side by side with those of another picture.
    pub(crate) fn compare(one: &[u8], other: &[u8], start: usize, stride: usize, worst: &mut Worst) {
        let rows = || {
            (0..BLOCK).map(|y| start + y * stride).map(|at| (load(&one[at..at + PIECE]), load(&other[at..at + PIECE])))
        };
        // Most of a picture that stands still is the same to the last bit.
        if !v128_any_true(rows().fold(i64x2_splat(0), |any, (a, b)| v128_or(any, v128_xor(a, b)))) {
            return;
        }
        let (mut more, mut less) = (i64x2_splat(0), i64x2_splat(0));
        for (a, b) in rows() {
            more = i16x8_add(more, u16x8_extadd_pairwise_u8x16(u8x16_sub_sat(a, b)));
            less = i16x8_add(less, u16x8_extadd_pairwise_u8x16(u8x16_sub_sat(b, a)));
        }
        // Two lanes of four are a block.
        let (more, less) = (i32x4_extadd_pairwise_i16x8(more), i32x4_extadd_pairwise_i16x8(less));
        let left = |lanes: v128| i32x4_extract_lane::<0>(lanes) + i32x4_extract_lane::<1>(lanes);
        let right = |lanes: v128| i32x4_extract_lane::<2>(lanes) + i32x4_extract_lane::<3>(lanes);
        worst.raise(left(more) + left(less), left(more) - left(less));
        worst.raise(right(more) + right(less), right(more) - right(less));
    }

    /// The sum of absolute differences.
    pub(crate) fn difference(one: &[u8], other: &[u8]) -> u32 {
        let mut lanes = i64x2_splat(0);
        let (pieces, rest) = one.as_chunks::<PIECE>();
        let (others, other_rest) = other.as_chunks::<PIECE>();
        for (a, b) in pieces.iter().zip(others) {
            let difference = u16x8_extadd_pairwise_u8x16(absolute_difference(load(a), load(b)));
            lanes = i32x4_add(lanes, u32x4_extadd_pairwise_u16x8(difference));
        }
        let rest = rest.iter().zip(other_rest).map(|(a, b)| u32::from(a.abs_diff(*b)));
        add_up(lanes) + rest.sum::<u32>()
    }

    /// The sum.
    pub(crate) fn sum(bytes: &[u8]) -> u32 {
        let mut lanes = i64x2_splat(0);
        let (pieces, rest) = bytes.as_chunks::<PIECE>();
        let rest: u32 = rest.iter().map(|&byte| u32::from(byte)).sum();
        for piece in pieces {
            lanes = i32x4_add(lanes, u32x4_extadd_pairwise_u16x8(u16x8_extadd_pairwise_u8x16(load(piece))));
        }
        add_up(lanes) + rest
    }
}
