//! Elements of EBML (RFC 8794).

/// Appends the id of an element, which is written with its marker.
fn id(out: &mut Vec<u8>, id: u32) {
    let bytes = id.to_be_bytes();
    out.extend(&bytes[id.leading_zeros() as usize / 8..]);
}

/// Appends a size (§ 4): its length in bytes is marked by the first bit that is set. All ones are an unknown size.
pub(super) fn size(out: &mut Vec<u8>, size: u64) {
    let len = size_len(size);
    let bytes = (size | 1 << (7 * len)).to_be_bytes();
    out.extend(&bytes[8 - len as usize..]);
}

/// How many bytes a size takes.
fn size_len(size: u64) -> u32 {
    (1..8).find(|len| size < (1 << (7 * len)) - 1).unwrap_or(8)
}

/// Appends the beginning of an element: its id, and its size in eight bytes whatever it is, since it is not known before.
pub(super) fn begin(out: &mut Vec<u8>, of: u32, len: u64) {
    id(out, of);
    out.extend((len | 1 << 56).to_be_bytes());
}

/// How many bytes [`begin`] appends for an id of four bytes.
pub(super) const BEGIN_LEN: u64 = 12;

/// Appends an element of these bytes.
pub(super) fn binary(out: &mut Vec<u8>, of: u32, bytes: &[u8]) {
    id(out, of);
    size(out, bytes.len() as u64);
    out.extend(bytes);
}

/// Appends an element of others.
pub(super) fn master(out: &mut Vec<u8>, of: u32, write: impl FnOnce(&mut Vec<u8>)) {
    let mut content = Vec::new();
    write(&mut content);
    binary(out, of, &content);
}

/// Appends an unsigned integer, in as few bytes as it takes.
pub(super) fn uint(out: &mut Vec<u8>, of: u32, value: u64) {
    let bytes = value.to_be_bytes();
    binary(out, of, &bytes[(value.leading_zeros() as usize / 8).min(7)..]);
}

/// Appends an unsigned integer in eight bytes: how long what is before it is does not depend on its value.
pub(super) fn wide_uint(out: &mut Vec<u8>, of: u32, value: u64) {
    binary(out, of, &value.to_be_bytes());
}

/// Appends a number.
pub(super) fn float(out: &mut Vec<u8>, of: u32, value: f64) {
    binary(out, of, &value.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut out = Vec::new();
        write(&mut out);
        out
    }

    #[test]
    fn ids_are_as_long_as_they_are() {
        assert_eq!(written(|out| id(out, 0xa3)), [0xa3]);
        assert_eq!(written(|out| id(out, 0x4286)), [0x42, 0x86]);
        assert_eq!(written(|out| id(out, 0x2a_d7b1)), [0x2a, 0xd7, 0xb1]);
        assert_eq!(written(|out| id(out, 0x1853_8067)), [0x18, 0x53, 0x80, 0x67]);
    }

    #[test]
    fn sizes_are_short_and_never_all_ones() {
        let cases: [(u64, &[u8]); 5] = [
            (0, &[0x80]),
            (126, &[0xfe]),
            (127, &[0x40, 0x7f]),
            (16_382, &[0x7f, 0xfe]),
            (16_383, &[0x20, 0x3f, 0xff]),
        ];
        for (value, bytes) in cases {
            assert_eq!(written(|out| size(out, value)), bytes, "{value}");
        }
        assert_eq!(written(|out| begin(out, 0x1853_8067, 5)).len() as u64, BEGIN_LEN);
    }

    #[test]
    fn integers_take_a_byte_at_least() {
        assert_eq!(written(|out| uint(out, 0xd7, 0)), [0xd7, 0x81, 0]);
        assert_eq!(written(|out| uint(out, 0xd7, 256)), [0xd7, 0x82, 1, 0]);
        assert_eq!(written(|out| wide_uint(out, 0xf1, 1)), [0xf1, 0x88, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(written(|out| master(out, 0xbb, |out| uint(out, 0xb3, 7))), [0xbb, 0x83, 0xb3, 0x81, 7]);
    }
}
