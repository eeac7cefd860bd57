use super::bytes::Bytes;
use super::movie::{check_error, configs, entry_of};
use mp4_atom::Codec;
use trackreel::codec::vp9;
use trackreel::reel::VideoConfig;

/// A codec string: the `vpcC` of it has its fields.
///
/// A colour, a format and a bitrate come first; the rest is the string.
pub fn vp9(data: &[u8]) {
    let mut bytes = Bytes(data);
    let (colour, format, bitrate) = (bytes.colour(), bytes.format(), bytes.u32());
    let codec = String::from_utf8_lossy(bytes.0).into_owned();

    let own = vp9::codec_string(format, bitrate);
    assert!(matches!(vp9::parse(&own), Some((0, 10..=62, 8))), "{own}");

    let parsed = vp9::parse(&codec);
    match entry_of(VideoConfig { codec: codec.clone(), colour, ..configs()[1].clone() }) {
        Ok(Codec::Vp09(entry)) => {
            let vpcc = entry.vpcc;
            assert_eq!(parsed, Some((vpcc.profile, vpcc.level, vpcc.bit_depth)), "{codec}");
            let numbers = codec.split('.').skip(1).take(3).map(|field| field.parse().expect("a number"));
            assert_eq!(numbers.collect::<Vec<u8>>(), [vpcc.profile, vpcc.level, vpcc.bit_depth]);
            let numbers = [vpcc.color_primaries, vpcc.transfer_characteristics, vpcc.matrix_coefficients];
            let expected = colour.map_or([2; 3], |colour| [colour.primaries, colour.transfer, colour.matrix]);
            // What one byte does not hold is unspecified.
            assert_eq!(numbers.map(u16::from), expected.map(|number| if number < 256 { number } else { 2 }));
        }
        // It is the string of another codec.
        Ok(_) => assert!(codec.starts_with("av") && parsed.is_none()),
        Err(error) => {
            check_error(&error);
            assert!(parsed.is_none());
        }
    }
}
