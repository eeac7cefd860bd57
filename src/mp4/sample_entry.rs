use super::boxes::{put16, put32, write_box, write_full_box};
use super::{Configs, TIMESCALE, TrackIndex, audio_entry};
use crate::codec::{av1, colour::Colour, h264, vp9};
use crate::reel::VideoConfig;
use crate::{Error, Result};

/// The positions of the configurations that a track's segments decode with. One that none needs, any more, would only puzzle
/// players.
pub(super) fn used(index: &TrackIndex<'_>) -> Vec<u32> {
    let count = match index.configs {
        Configs::Video(configs) => configs.len(),
        Configs::Audio(configs) => configs.len(),
    };
    let is_used = |position: &u32| index.segments.iter().any(|(config, _)| config == position);
    (0..count as u32).filter(is_used).collect()
}

/// The ticks a second of a track: of sound, its sample rate.
pub(super) fn timescale(index: &TrackIndex<'_>) -> Result<u32> {
    timescale_of(index.configs, index.segments.first().map_or(0, |(config, _)| *config))
}

/// The same of a track that begins with the configuration at this position.
pub(super) fn timescale_of(configs: Configs<'_>, position: u32) -> Result<u32> {
    match configs {
        Configs::Audio(configs) => configs.get(position as usize).map_or(Ok(TIMESCALE), audio_entry::timescale),
        Configs::Video(_) => Ok(TIMESCALE),
    }
}

/// `stsd` (ISO/IEC 14496-12, § 8.5.2): a sample entry for each of these configurations.
pub(super) fn stsd(head: &mut Vec<u8>, configs: Configs<'_>, used: &[u32]) -> Result<()> {
    let mut content = Vec::new();
    used.iter().map(|&position| position as usize).try_for_each(|position| match configs {
        Configs::Video(configs) => video_entry(&mut content, &configs[position]),
        Configs::Audio(configs) => audio_entry::audio_entry(&mut content, &configs[position]),
    })?;
    write_full_box(head, b"stsd", 0, |head| {
        put32(head, [used.len() as u32]);
        head.extend(content);
    });
    Ok(())
}

/// The sample entry of a video configuration (§ 12.1.3), for the codec that its string names. What an encoder says of itself
/// goes into the file as it is.
fn video_entry(head: &mut Vec<u8>, config: &VideoConfig) -> Result<()> {
    let damaged = || Error::Storage { reason: format!("the configuration of {} is damaged", config.codec) };
    let (kind, codec_box) = match config.codec.split(['.']).next() {
        Some("avc1") => (b"avc1", b"avcC"),
        Some("av01") => (b"av01", b"av1C"),
        Some("vp09") => (b"vp09", b"vpcC"),
        _ => return Err(Error::Unsupported { what: format!("no MP4 can be made of the codec '{}'", config.codec) }),
    };
    let own = match kind {
        b"avc1" => Some(config.description.clone()).filter(|own| h264::is_avcc(own)),
        b"av01" => Some(config.description.clone()).filter(|own| av1::is_av1c(own)),
        _ => vpcc(config),
    };
    let own = own.ok_or_else(damaged)?;
    write_box(head, kind, |head| {
        put16(head, [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, side(config.width), side(config.height)]);
        put32(head, [DPI_72, DPI_72, 0]);
        put16(head, [1]);
        head.extend_from_slice(&[0; 32]);
        put16(head, [0x18, u16::MAX]);
        write_box(head, codec_box, |head| head.extend(own));
        if let Some(Colour { primaries, transfer, matrix, full_range }) = config.colour {
            write_box(head, b"colr", |head| {
                head.extend(b"nclx");
                put16(head, [primaries, transfer, matrix]);
                head.push(u8::from(full_range) << 7);
            });
        }
    });
    Ok(())
}

/// The resolution that every file says it has, with 16 bits behind the point.
const DPI_72: u32 = 72 << 16;

/// A length in pixels, as far as 16 bits hold it.
pub(super) fn side(pixels: u32) -> u16 {
    u16::try_from(pixels).unwrap_or(u16::MAX)
}

/// The brand that announces the codec in `ftyp`, if it has one.
pub(super) fn brand(codec: &str) -> Option<[u8; 4]> {
    ["avc1", "av01"].into_iter().find(|name| codec.starts_with(name)).and_then(|name| name.as_bytes().try_into().ok())
}

/// The content of `vpcC` (VP Codec ISO Media File Format Binding, § VP Codec Configuration Box): 4:2:0, as all that is encoded here.
fn vpcc(config: &VideoConfig) -> Option<Vec<u8>> {
    let (profile, level, bit_depth) = vp9::parse(&config.codec)?;
    let colour = config.colour.unwrap_or(Colour { primaries: 2, transfer: 2, matrix: 2, full_range: false });
    let Colour { primaries, transfer, matrix, full_range } = colour;
    let format = bit_depth << 4 | 1 << 1 | u8::from(full_range);
    let [primaries, transfer, matrix] = [primaries, transfer, matrix].map(|number| u8::try_from(number).unwrap_or(2));
    Some(vec![1, 0, 0, 0, profile, level, format, primaries, transfer, matrix, 0, 0])
}
