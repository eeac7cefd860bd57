use super::{TrackIndex, container, encode};
use crate::codec::{colour::Colour, vp9};
use crate::reel::{Track, VideoConfig};
use crate::{Error, Result};
use mp4_atom::{Colr, Visual, VpcC};

/// The configurations that a track's segments decode with, each with its position among the track's. One that none needs, any
/// more, would only puzzle players.
pub(super) fn used<'a>(index: &TrackIndex<'a>) -> Vec<(u32, &'a VideoConfig)> {
    let Track::Video(configs) = index.track;
    let is_used = |position: u32| index.segments.iter().any(|(config, _)| *config == position);
    (0..).zip(configs).filter(|(position, _)| is_used(*position)).collect()
}

/// The content of `stsd` (ISO/IEC 14496-12, § 8.5.2): a sample entry for each configuration.
pub(super) fn stsd(head: &mut Vec<u8>, entries: &[(u32, &VideoConfig)]) -> Result<()> {
    head.extend([0; 4]); // version and flags
    head.extend((entries.len() as u32).to_be_bytes());
    entries.iter().try_for_each(|(_, config)| sample_entry(head, config))
}

/// The sample entry of a configuration (§ 12.1.3), for the codec that its string names. What an encoder says of itself
/// goes into the file as it is.
fn sample_entry(head: &mut Vec<u8>, config: &VideoConfig) -> Result<()> {
    let damaged = || Error::Storage { reason: format!("the configuration of {} is damaged", config.codec) };
    let verbatim = |kind: &'static [u8; 4]| {
        move |head: &mut Vec<u8>| match config.description.len() {
            0..4 => Err(damaged()),
            _ => container(head, kind, |head| {
                head.extend_from_slice(&config.description);
                Ok(())
            }),
        }
    };
    match config.codec.split('.').next() {
        Some("avc1") => visual(head, b"avc1", config, verbatim(b"avcC")),
        Some("av01") => visual(head, b"av01", config, verbatim(b"av1C")),
        Some("vp09") => visual(head, b"vp09", config, |head| encode(head, &vpcc(config).ok_or_else(damaged)?)),
        _ => Err(Error::Unsupported { what: format!("no MP4 can be made of the codec '{}'", config.codec) }),
    }
}

fn visual(
    head: &mut Vec<u8>,
    kind: &[u8; 4],
    config: &VideoConfig,
    codec_box: impl FnOnce(&mut Vec<u8>) -> Result<()>,
) -> Result<()> {
    let (width, height) = (side(config.width), side(config.height));
    container(head, kind, |head| {
        encode(head, &Visual { data_reference_index: 1, width, height, ..Default::default() })?;
        codec_box(head)?;
        match config.colour {
            Some(Colour { primaries, transfer, matrix, full_range }) => {
                let colr = Colr::Nclx {
                    colour_primaries: primaries,
                    transfer_characteristics: transfer,
                    matrix_coefficients: matrix,
                    full_range_flag: full_range,
                };
                encode(head, &colr)
            }
            None => Ok(()),
        }
    })
}

/// A length in pixels, as far as 16 bits hold it.
pub(super) fn side(pixels: u32) -> u16 {
    u16::try_from(pixels).unwrap_or(u16::MAX)
}

/// The brand that announces the codec in `ftyp`, if it has one.
pub(super) fn brand(codec: &str) -> Option<[u8; 4]> {
    ["avc1", "av01"].into_iter().find(|name| codec.starts_with(name)).and_then(|name| name.as_bytes().try_into().ok())
}

fn vpcc(config: &VideoConfig) -> Option<VpcC> {
    let (profile, level, bit_depth) = vp9::parse(&config.codec)?;
    let colour = config.colour.unwrap_or(Colour { primaries: 2, transfer: 2, matrix: 2, full_range: false });
    Some(VpcC {
        profile,
        level,
        bit_depth,
        chroma_subsampling: 1,
        video_full_range_flag: colour.full_range,
        color_primaries: colour.primaries as u8,
        transfer_characteristics: colour.transfer as u8,
        matrix_coefficients: colour.matrix as u8,
        codec_initialization_data: Vec::new(),
    })
}
