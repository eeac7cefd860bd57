//! AV1 levels, codec strings, and the part of the bitstream that the `av1C` box repeats.

use super::{Format, LumaLevel, lowest_level};

/// The levels by `seq_level_idx` (AV1 specification, Annex A.3, main tier).
const LEVELS: [LumaLevel; 12] = [
    (0, 4_423_680, 147_456, 1_500_000),
    (1, 8_363_520, 278_784, 3_000_000),
    (4, 19_975_680, 665_856, 6_000_000),
    (5, 31_950_720, 1_065_024, 10_000_000),
    (8, 70_778_880, 2_359_296, 12_000_000),
    (9, 141_557_760, 2_359_296, 20_000_000),
    (12, 267_386_880, 8_912_896, 30_000_000),
    (13, 534_773_760, 8_912_896, 40_000_000),
    (14, 1_069_547_520, 8_912_896, 60_000_000),
    (16, 1_069_547_520, 35_651_584, 60_000_000),
    (17, 2_139_095_040, 35_651_584, 100_000_000),
    (18, 4_278_190_080, 35_651_584, 160_000_000),
];

/// Chroma has half the width and height (AV1 Codec ISO Media File Format Binding, § 2.3.3).
const SUBSAMPLING_4_2_0: u8 = 0b1100;
/// The first byte of `av1C`.
const MARKER_AND_VERSION: u8 = 0x81;

/// OBU types (AV1 specification, § 6.2.2).
pub(crate) const SEQUENCE_HEADER: u8 = 1;
pub(crate) const TEMPORAL_DELIMITER: u8 = 2;

/// The codec string for 8-bit 4:2:0 (main profile, main tier) at the lowest level that holds the format.
pub fn codec_string(format: Format, bitrate: u32) -> String {
    let level = lowest_level(&LEVELS, format, bitrate);
    format!("av01.0.{level:02}M.08")
}

/// What goes into `av1C` (AV1 Codec ISO Media File Format Binding, § 2.3): the codec string's fields, then the
/// sequence header of the first key frame. `None` if the codec string is none of AV1's, or a field has no room.
pub fn configuration(codec: &str, key_sample: &[u8]) -> Option<Vec<u8>> {
    let mut fields = codec.strip_prefix("av01.")?.split(['.']);
    let profile: u8 = fields.next()?.parse().ok()?;
    let level = fields.next()?;
    let tier = level.ends_with('H');
    let level: u8 = level.trim_end_matches(['M', 'H']).parse().ok()?;
    let depth: u8 = fields.next()?.parse().ok()?;
    if profile > 7 || level > 31 || !matches!(depth, 8 | 10 | 12) {
        return None;
    }
    let (high, twelve) = (depth > 8, depth > 10);
    let flags = u8::from(tier) << 7 | u8::from(high) << 6 | u8::from(twelve) << 5 | SUBSAMPLING_4_2_0;
    let mut configuration = vec![MARKER_AND_VERSION, profile << 5 | level, flags, 0];
    let header = obus(key_sample).find(|obu| obu.kind == SEQUENCE_HEADER);
    configuration.extend_from_slice(header.map_or(&[], |obu| obu.bytes));
    Some(configuration)
}

/// Whether this is an `av1C` of the only version, with its four bytes.
pub fn is_av1c(av1c: &[u8]) -> bool {
    av1c.len() >= 4 && av1c[0] == MARKER_AND_VERSION
}

/// How many bytes at the start of a temporal unit are its delimiter, which a sample in an MP4 goes without
/// (the binding's § 2.4).
pub fn delimiter_len(sample: &[u8]) -> usize {
    obus(sample).take_while(|obu| obu.kind == TEMPORAL_DELIMITER).map(|obu| obu.bytes.len()).sum()
}

/// An open bitstream unit (§ 5.3).
pub(crate) struct Obu<'a> {
    pub(crate) kind: u8,
    /// With its header.
    pub(crate) bytes: &'a [u8],
    /// Without it.
    pub(crate) payload: &'a [u8],
}

/// The OBUs of a temporal unit in the low-overhead format (§ 5.2), up to the first that is damaged.
pub(crate) fn obus(mut rest: &[u8]) -> impl Iterator<Item = Obu<'_>> {
    std::iter::from_fn(move || {
        let header = *rest.first()?;
        let start = if header & 0b100 != 0 { 2 } else { 1 };
        let (size, size_len) =
            if header & 0b10 != 0 { leb128(rest.get(start..)?)? } else { (rest.len().checked_sub(start)?, 0) };
        let bytes = rest.get(..start.checked_add(size_len)?.checked_add(size)?)?;
        rest = &rest[bytes.len()..];
        Some(Obu { kind: header >> 3 & 0xf, bytes, payload: &bytes[start + size_len..] })
    })
}

fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0usize;
    for (i, byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Some((value, i + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_the_usual_sizes() {
        let codec = |width, height, fps, bitrate| codec_string(Format { width, height, fps }, bitrate);
        assert_eq!(codec(1280, 720, 30.0, 3_000_000), "av01.0.05M.08");
        assert_eq!(codec(1920, 1080, 30.0, 6_000_000), "av01.0.08M.08");
    }

    #[test]
    fn the_sequence_header_is_found_behind_the_delimiter() {
        let sample = [0x12, 0x00, 0x0a, 0x03, 1, 2, 3, 0x32, 0x01, 9];
        assert_eq!(configuration("av01.0.05M.08", &sample).unwrap(), [0x81, 5, 0b1100, 0, 0x0a, 0x03, 1, 2, 3]);
        assert_eq!(delimiter_len(&sample), 2);
        assert_eq!(delimiter_len(&sample[2..]), 0);
    }

    // Otherwise such an encoder's sequence header is cut, and the file does not play.
    #[test]
    fn a_unit_without_a_size_extends_to_the_end() {
        let sample = [0x12, 0x00, 0x08, 9, 1, 2, 3];
        assert_eq!(configuration("av01.0.05M.08", &sample).unwrap()[4..], sample[2..]);
    }

    #[test]
    fn a_size_of_several_bytes_is_read() {
        // 72 and 128.
        let mut header = vec![0x0a, 0xc8, 0x81, 0x00];
        header.resize(4 + 200, 7);
        let configuration = configuration("av01.0.05M.08", &[&header[..], &[0x32, 0x01, 9]].concat()).unwrap();
        assert_eq!(configuration[4..], header);
    }

    #[test]
    fn the_bit_depth_is_in_two_flags() {
        let flags = |depth| configuration(&format!("av01.0.05M.{depth}"), &[]).unwrap()[2];
        assert_eq!(["08", "10", "12"].map(flags), [0b0000_1100, 0b0100_1100, 0b0110_1100]);
    }

    // A file said Main profile where the string said 8, since the box has three bits for it.
    #[test]
    fn a_field_that_av1c_has_no_room_for_gives_none() {
        for codec in ["av01.8.05M.08", "av01.0.32M.08", "av01.0.05M.16", "av01.0.05M.09"] {
            assert_eq!(configuration(codec, &[]), None, "{codec}");
        }
        let highest = configuration("av01.7.31H.12", &[]).unwrap();
        assert_eq!(highest, [0x81, 0xff, 0b1110_1100, 0]);
        assert!(is_av1c(&highest) && !is_av1c(&highest[..3]) && !is_av1c(&[1, 5, 0b1100, 0]));
    }

    #[test]
    fn damaged_units_end_the_search() {
        assert_eq!(configuration("av01.0.05M.08", &[0x0a, 0xff]).unwrap(), [0x81, 5, 0b1100, 0]);
        assert_eq!(configuration("av01.0.05M.08", &[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff]).unwrap().len(), 4);
        assert_eq!(configuration("avc1.64001f", &[]), None);
        assert_eq!(delimiter_len(&[]), 0);
        assert_eq!(delimiter_len(&[0x14]), 0);
    }
}
