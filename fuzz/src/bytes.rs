//! Numbers, texts and formats out of a fuzzer's bytes.

use trackreel::codec::Format;
use trackreel::codec::colour::Colour;

/// Bytes that are taken off the front. Behind the end, all are 0.
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next bytes, as many as there are up to this number.
    pub fn slice(&mut self, len: usize) -> &'a [u8] {
        let (slice, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        slice
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let slice = self.slice(N);
        array[..slice.len()].copy_from_slice(slice);
        array
    }

    pub fn u8(&mut self) -> u8 {
        u8::from_le_bytes(self.array())
    }

    pub fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.array())
    }

    pub fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    pub fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    pub fn i64(&mut self) -> i64 {
        i64::from_le_bytes(self.array())
    }

    pub fn f64(&mut self) -> f64 {
        f64::from_le_bytes(self.array())
    }

    /// A text whose length in bytes comes first.
    pub fn text(&mut self) -> String {
        let len = self.u8();
        String::from_utf8_lossy(self.slice(len.into())).into_owned()
    }

    pub fn format(&mut self) -> Format {
        Format { width: self.u32(), height: self.u32(), fps: self.f64() }
    }

    pub fn colour(&mut self) -> Option<Colour> {
        let flags = self.u8();
        let colour =
            Colour { primaries: self.u16(), transfer: self.u16(), matrix: self.u16(), full_range: flags & 2 != 0 };
        (flags & 1 != 0).then_some(colour)
    }
}
