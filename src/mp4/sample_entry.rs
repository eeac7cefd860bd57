use crate::codec::{colour::Colour, vp9};
use crate::reel::VideoConfig;
use crate::{Error, Result};
use mp4_atom::{Atom, Av01, Av1c, Avc1, Avcc, Codec, Colr, Visual, Vp09, VpcC};

/// The sample entry of a configuration (ISO/IEC 14496-12, § 12.1.3), for the codec that its string names.
pub(super) fn sample_entry(config: &VideoConfig) -> Result<Codec> {
    let side = |pixels: u32| u16::try_from(pixels).unwrap_or(u16::MAX);
    let visual = Visual {
        data_reference_index: 1,
        width: side(config.width),
        height: side(config.height),
        ..Default::default()
    };
    let colr = config.colour.map(|Colour { primaries, transfer, matrix, full_range }| Colr::Nclx {
        colour_primaries: primaries,
        transfer_characteristics: transfer,
        matrix_coefficients: matrix,
        full_range_flag: full_range,
    });
    let damaged = || Error::Storage { reason: format!("the configuration of {} is damaged", config.codec) };
    let mut description = config.description.as_slice();
    match config.codec.split('.').next() {
        Some("avc1") => {
            let avcc = Avcc::decode_body(&mut description).map_err(|_| damaged())?;
            Ok(Avc1 { visual, avcc, colr, ..Default::default() }.into())
        }
        Some("av01") => {
            let av1c = Av1c::decode_body(&mut description).map_err(|_| damaged())?;
            Ok(Av01 { visual, av1c, colr, ..Default::default() }.into())
        }
        Some("vp09") => {
            let vpcc = vpcc(config).ok_or_else(damaged)?;
            Ok(Vp09 { visual, vpcc, colr, ..Default::default() }.into())
        }
        _ => Err(Error::Unsupported { what: format!("no MP4 can be made of the codec '{}'", config.codec) }),
    }
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
