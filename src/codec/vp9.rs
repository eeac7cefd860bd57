//! VP9 levels and codec strings (VP Codec ISO Media File Format Binding 1.0).

use super::{Format, LumaLevel, lowest_level};

/// The levels, ten times their number.
const LEVELS: [LumaLevel; 14] = [
    (10, 829_440, 36_864, 200_000),
    (11, 2_764_800, 73_728, 800_000),
    (20, 4_608_000, 122_880, 1_800_000),
    (21, 9_216_000, 245_760, 3_600_000),
    (30, 20_736_000, 552_960, 7_200_000),
    (31, 36_864_000, 983_040, 12_000_000),
    (40, 83_558_400, 2_228_224, 18_000_000),
    (41, 160_432_128, 2_228_224, 30_000_000),
    (50, 311_951_360, 8_912_896, 60_000_000),
    (51, 588_251_136, 8_912_896, 120_000_000),
    (52, 1_176_502_272, 8_912_896, 180_000_000),
    (60, 1_176_502_272, 35_651_584, 180_000_000),
    (61, 2_353_004_544, 35_651_584, 240_000_000),
    (62, 4_706_009_088, 35_651_584, 480_000_000),
];

/// The codec string for 8-bit 4:2:0 (profile 0) at the lowest level that holds the format.
pub fn codec_string(format: Format, bitrate: u32) -> String {
    let level = lowest_level(&LEVELS, format, bitrate);
    format!("vp09.00.{level}.08")
}

/// Profile, level and bit depth of a codec string; none if it is none of VP9's, or the depth is not 8, 10 or 12.
pub fn parse(codec: &str) -> Option<(u8, u8, u8)> {
    let mut fields = codec.strip_prefix("vp09.")?.split(['.']).map(|field| field.parse().ok());
    let (profile, level, depth) = (fields.next()??, fields.next()??, fields.next()??);
    matches!(depth, 8 | 10 | 12).then_some((profile, level, depth))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_the_usual_sizes() {
        let codec = |width, height, fps, bitrate| codec_string(Format { width, height, fps }, bitrate);
        assert_eq!(codec(1280, 720, 30.0, 3_000_000), "vp09.00.31.08");
        assert_eq!(codec(1920, 1080, 30.0, 6_000_000), "vp09.00.40.08");
        assert_eq!(codec(3840, 2160, 60.0, 40_000_000), "vp09.00.51.08");
    }

    #[test]
    fn fields_are_read_back() {
        assert_eq!(parse("vp09.00.31.08"), Some((0, 31, 8)));
        assert_eq!(parse("vp09.02.10.10.01.09.16.09.01"), Some((2, 10, 10)));
        assert_eq!(parse("vp8"), None);
        assert_eq!(parse("vp09.00.31"), None);
        // `vpcC` has four bits for the depth: 24 was written as 8.
        assert_eq!(parse("vp09.00.31.24"), None);
    }
}
