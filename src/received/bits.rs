use super::Unreadable;

/// Reads the bits of a header; of a NAL unit without its emulation prevention (ITU-T H.264, § 7.3.1, § 7.2).
#[derive(Debug, Clone)]
pub(super) struct Bits<'a> {
    rest: &'a [u8],
    /// The byte that is being read, and how many of its bits are left.
    byte: u8,
    left: u8,
    /// How many zero bytes came last.
    zeros: u8,
    /// Whether bytes against emulation are among them.
    has_prevention: bool,
    /// How many bits were read.
    read: usize,
}

impl<'a> Bits<'a> {
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest, byte: 0, left: 0, zeros: 0, has_prevention: true, read: 0 }
    }

    /// The bits as they are.
    pub(super) fn plain(rest: &'a [u8]) -> Self {
        Self { has_prevention: false, ..Self::new(rest) }
    }

    /// How many bits were read.
    pub(super) fn position(&self) -> usize {
        self.read
    }

    pub(super) fn flag(&mut self) -> Result<bool, Unreadable> {
        if self.left == 0 {
            let mut byte = self.take()?;
            if self.has_prevention && self.zeros == 2 && byte == 3 {
                self.zeros = 0;
                byte = self.take()?;
            }
            self.zeros = if byte == 0 { (self.zeros + 1).min(2) } else { 0 };
            (self.byte, self.left) = (byte, 8);
        }
        self.left -= 1;
        self.read += 1;
        Ok(self.byte >> self.left & 1 == 1)
    }

    fn take(&mut self) -> Result<u8, Unreadable> {
        let (&byte, rest) = self.rest.split_first().ok_or(Unreadable::Damaged)?;
        self.rest = rest;
        Ok(byte)
    }

    /// `u(n)`, with at most 32 bits.
    pub(super) fn bits(&mut self, count: u8) -> Result<u32, Unreadable> {
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | u32::from(self.flag()?);
        }
        Ok(value)
    }

    /// `ue(v)` (§ 9.1).
    pub(super) fn ue(&mut self) -> Result<u32, Unreadable> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return Err(Unreadable::Damaged);
            }
        }
        Ok((1 << zeros) - 1 + self.bits(zeros)?)
    }

    /// `ue(v)` of a syntax element that is at most this.
    pub(super) fn ue_up_to(&mut self, most: u32) -> Result<u32, Unreadable> {
        self.ue().and_then(|value| if value > most { Err(Unreadable::Damaged) } else { Ok(value) })
    }

    /// `se(v)` (§ 9.1.1).
    pub(super) fn se(&mut self) -> Result<i32, Unreadable> {
        let value = self.ue()?;
        let half = value.div_ceil(2) as i32;
        Ok(if value & 1 == 1 { half } else { -half })
    }

    /// Whether only the trailing bits of a unit without trailing zeros are left (§ 7.3.2.11).
    pub(super) fn is_at_end(&self) -> bool {
        if self.left == 0 {
            return self.rest == [0x80];
        }
        let left = self.byte & (((1u16 << self.left) - 1) as u8);
        self.rest.is_empty() && left == 1 << (self.left - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_each_length_are_read() {
        // 1 010 011 00100 00101 0001000 1
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0010, 0b1000_1000, 0x80]);
        assert_eq!([(); 6].map(|()| bits.ue()), [0, 1, 2, 3, 4, 7].map(Ok));
        assert!(bits.is_at_end());
        assert_eq!(bits.position(), 24);
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0010, 0b1000_1000]);
        assert_eq!([(); 5].map(|()| bits.se()), [0, 1, -1, 2, -2].map(Ok));
        assert_eq!(Bits::new(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]).ue(), Ok((1 << 31) - 1 + (0x7fff_ffff)));
        assert_eq!(Bits::new(&[0, 0, 0, 0, 0xff]).ue(), Err(Unreadable::Damaged));
        assert_eq!(Bits::new(&[0, 0, 4]).ue_up_to(5), Err(Unreadable::Damaged));
    }

    #[test]
    fn emulation_prevention_is_taken_out() {
        assert_eq!(Bits::new(&[0, 0, 3, 1]).bits(24), Ok(1));
        assert_eq!(Bits::new(&[0, 0, 3, 0, 0, 3, 3]).bits(32), Ok(0));
        assert_eq!(Bits::new(&[0, 0, 3]).bits(17), Err(Unreadable::Damaged));
        assert_eq!(Bits::new(&[0, 3, 0, 3]).bits(32), Ok(0x0003_0003));
        assert_eq!(Bits::plain(&[0, 0, 3, 1]).bits(32), Ok(0x0301));
    }

    #[test]
    fn the_end_is_where_the_trailing_bits_are() {
        assert!(Bits::new(&[0x80]).is_at_end());
        assert!(!Bits::new(&[0x80, 1]).is_at_end() && !Bits::new(&[0xc0]).is_at_end() && !Bits::new(&[]).is_at_end());
        let mut bits = Bits::new(&[0b0011_0000]);
        bits.bits(2).unwrap();
        assert!(!bits.is_at_end());
        bits.bits(1).unwrap();
        assert!(bits.is_at_end());
    }
}
