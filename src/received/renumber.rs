//! Numbers of pictures without the gaps of those that were dropped.

use super::order::{Number, Place};
use super::slice::numbers;

/// Closes the gaps that dropped pictures leave in the numbers of H.264.
///
/// A decoder takes a gap in `frame_num` for loss (ITU-T H.264, § 7.4.3, § 8.2.5.2): some conceal it, some refuse to go on. A step
/// of `pic_order_cnt_lsb` of half its range looks like one back (§ 8.2.1.1). So later pictures get the numbers that they would
/// have had without the dropped ones, until the next key frame. References are named by differences of numbers (§ 8.2.4.3.1), and
/// those that a difference reaches show the same, as only [`Repeat::Spare`](super::order::Repeat::Spare) may be dropped.
#[derive(Debug, Default)]
pub struct Renumber {
    /// By how much the numbers are too high.
    number: u32,
    shown: u32,
    /// `pic_order_cnt_lsb` of the picture before, dropped or not.
    last_shown: u32,
}

impl Renumber {
    /// Notes a picture that is dropped.
    pub fn drop(&mut self, place: &Place) {
        self.number = self.number.wrapping_add(u32::from(place.is_reference));
        self.shown = self.shown.wrapping_add(place.shown.since(self.last_shown));
        self.last_shown = place.shown.value;
    }

    /// Notes a picture that turns out not to be kept, and the one before it in its stream. [`keep`](Self::keep) has written its numbers, and
    /// those of no other since.
    pub fn leave_out(&mut self, place: &Place, before: Option<&Place>) {
        self.number = self.number.wrapping_add(u32::from(place.is_reference));
        let step = before.map_or(0, |before| place.shown.since(before.shown.value));
        self.shown = self.shown.wrapping_add(step);
    }

    /// Writes the numbers of a picture that is kept into its sample, whose units are behind 32-bit lengths.
    pub fn keep(&mut self, sample: &mut Vec<u8>, place: &Place) {
        self.last_shown = place.shown.value;
        if place.is_key {
            (self.number, self.shown) = (0, 0);
        }
        let Some(number) = place.number.filter(|_| (self.number, self.shown) != (0, 0)) else { return };
        let lower = |number: Number, by: u32| Number { value: number.since(by), ..number };
        let (number, shown) = (lower(number, self.number), lower(place.shown, self.shown));
        let mut written = Vec::with_capacity(sample.len() + 8);
        let mut rest = &sample[..];
        while let Some((len, behind)) = rest.split_first_chunk() {
            let Some((unit, behind)) = behind.split_at_checked(u32::from_be_bytes(*len) as usize) else { break };
            rest = behind;
            let at = written.len();
            written.extend_from_slice(len);
            match numbers(unit) {
                Some(bit) => {
                    write_unit(&mut written, unit, bit, number, shown);
                    let len = written.len() - at - 4;
                    written[at..at + 4].copy_from_slice(&(len as u32).to_be_bytes());
                }
                None => written.extend_from_slice(unit),
            }
        }
        written.extend_from_slice(rest);
        *sample = written;
    }
}

/// Writes a slice whose numbers begin at this bit of it (without emulation prevention).
fn write_unit(written: &mut Vec<u8>, unit: &[u8], bit: usize, number: Number, shown: Number) {
    let len = usize::from(number.bits + shown.bits);
    let value = u64::from(number.value) << shown.bits | u64::from(shown.value);
    let (mut zeros_read, mut zeros_written, mut at) = (0, 0, 0usize);
    for &byte in unit {
        let is_prevention = zeros_read == 2 && byte == 3;
        zeros_read = if byte == 0 { (zeros_read + 1).min(2) } else { 0 };
        if is_prevention {
            continue;
        }
        let mut byte = byte;
        for place in 0..8 {
            if let Some(of) = (at + place).checked_sub(bit).filter(|of| *of < len) {
                let mask = 0x80 >> place;
                let is_set = value >> (len - 1 - of) & 1 == 1;
                byte = if is_set { byte | mask } else { byte & !mask };
            }
        }
        at += 8;
        // § 7.4.1.1.
        if zeros_written == 2 && byte <= 3 {
            written.push(3);
            zeros_written = 0;
        }
        zeros_written = if byte == 0 { zeros_written + 1 } else { 0 };
        written.push(byte);
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
#[path = "renumber_tests.rs"]
mod tests;
