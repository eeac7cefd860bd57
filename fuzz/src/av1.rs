use super::bytes::Bytes;
use super::movie::{configs, entry_of};
use mp4_atom::Codec;
use trackreel::codec::av1;
use trackreel::reel::VideoConfig;

/// A codec string and a temporal unit: the `av1C` of them has the string's fields and the unit's sequence header.
///
/// The string comes first, behind its length; then a format and a bitrate; the rest is the unit.
pub fn av1(data: &[u8]) {
    let mut bytes = Bytes(data);
    let codec = bytes.text();
    let (format, bitrate) = (bytes.format(), bytes.u32());
    let sample = bytes.0;

    let delimiter = av1::delimiter_len(sample);
    assert!(delimiter <= sample.len());
    assert_eq!(av1::delimiter_len(&sample[delimiter..]), 0);

    check(&codec, sample);
    let own = av1::codec_string(format, bitrate);
    assert!(check(&own, sample), "{own}");
}

/// Whether the string gives an `av1C`.
fn check(codec: &str, sample: &[u8]) -> bool {
    let Some(configuration) = av1::configuration(codec, sample) else { return false };
    let config = VideoConfig { codec: codec.into(), description: configuration.clone(), ..configs()[2].clone() };
    let Ok(Codec::Av01(entry)) = entry_of(config) else { panic!("another reader reads {configuration:?}") };
    let av1c = entry.av1c;

    let fields: Vec<&str> = codec.split('.').collect();
    let number = |text: &str| text.parse::<u32>().expect("a number");
    assert_eq!(u32::from(av1c.seq_profile), number(fields[1]), "{codec}");
    assert_eq!(u32::from(av1c.seq_level_idx_0), number(fields[2].trim_end_matches(['M', 'H'])), "{codec}");
    assert_eq!(av1c.seq_tier_0, fields[2].ends_with('H'));
    let depth = [8, 10, 12][usize::from(av1c.high_bitdepth) + usize::from(av1c.twelve_bit)];
    assert_eq!(depth, number(fields[3]), "{codec}");

    let header = av1c.config_obus;
    assert!(header.is_empty() || sample.windows(header.len()).any(|part| part == header));
    assert!(header.first().is_none_or(|first| first >> 3 & 0xf == 1), "a sequence header");
    true
}
