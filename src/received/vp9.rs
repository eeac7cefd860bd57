//! Received frames of VP9 (VP9 bitstream specification, § 6.2). Their headers have no number: a lost frame shows nowhere in them.

use super::Unreadable::{self, Damaged, NoSets, NotSupported};
use super::bits::Bits;
use super::{AccessUnit, LEVEL_FPS, Place, changed};
use crate::codec::colour::Colour;
use crate::codec::{Format, vp9};
use crate::reel::VideoConfig;

/// Reads the frames of one received VP9 stream, in the order in which they came.
#[derive(Debug, Default)]
pub struct Vp9Reader {
    config: Option<VideoConfig>,
}

impl Vp9Reader {
    /// Reads a frame.
    ///
    /// # Errors
    /// [`Unreadable`] if it is damaged, or is what no file can hold.
    pub fn read(&mut self, frame: &[u8]) -> Result<AccessUnit, Unreadable> {
        let Header { key, is_reference } = uncompressed_header(frame)?;
        let (is_key, layer) = (key.is_some(), u32::from(!is_reference));
        let config = match key {
            Some(config) => changed(&mut self.config, config),
            None if self.config.is_none() => return Err(NoSets),
            None => None,
        };
        Ok(AccessUnit { sample: frame.to_vec(), is_key, config, place: Place::plain(is_key, None), layer })
    }

    /// What a decoder has to know of the last key frame that was read.
    pub fn config(&self) -> Option<&VideoConfig> {
        self.config.as_ref()
    }
}

/// § 7.2.
const FRAME_MARKER: u32 = 2;
const SYNC_CODE: u32 = 0x49_83_42;
/// `CS_RGB` (§ 7.2.2).
const RGB: u32 = 7;
/// The first bits of the last byte of frames that are joined into one (Annex B).
const SUPERFRAME: u8 = 0b110;

/// What is needed of a frame's header.
struct Header {
    /// The configuration of a key frame; none for another frame.
    key: Option<VideoConfig>,
    /// Whether other frames may be predicted from it.
    is_reference: bool,
}

impl Header {
    fn delta(is_reference: bool) -> Self {
        Self { key: None, is_reference }
    }
}

fn uncompressed_header(frame: &[u8]) -> Result<Header, Unreadable> {
    let mut bits = Bits::plain(frame);
    if bits.bits(2)? != FRAME_MARKER {
        return Err(Damaged);
    }
    if bits.bits(2)? != 0 {
        return Err(NotSupported("more than 8 bits, or not 4:2:0"));
    }
    // `show_existing_frame`
    if bits.flag()? {
        return Ok(Header::delta(true));
    }
    let is_key = !bits.flag()?;
    let is_superframe = frame.last().is_some_and(|last| last >> 5 == SUPERFRAME);
    // `show_frame`
    if !bits.flag()? && !is_superframe {
        return Err(NotSupported("frames that are not shown"));
    }
    let is_resilient = bits.flag()?;
    if !is_key {
        // `reset_frame_context`; a frame that is shown has no `intra_only` before it, and `refresh_frame_flags` behind it.
        let refreshes = is_superframe || bits.bits(if is_resilient { 0 } else { 2 }).and_then(|_| bits.bits(8))? != 0;
        return Ok(Header::delta(refreshes));
    }
    if bits.bits(24)? != SYNC_CODE {
        return Err(Damaged);
    }
    let space = bits.bits(3)?;
    if space == RGB {
        return Err(NotSupported("not 4:2:0"));
    }
    let colour = colour(space, bits.flag()?);
    let (width, height) = (bits.bits(16)? + 1, bits.bits(16)? + 1);
    let codec = vp9::codec_string(Format { width, height, fps: LEVEL_FPS }, 0);
    let config = VideoConfig { codec, width, height, description: Vec::new(), colour, is_of_rgb: false };
    Ok(Header { key: Some(config), is_reference: true })
}

/// `color_space` as the numbers of ISO/IEC 23091-2 (§ 7.2.2).
fn colour(space: u32, full_range: bool) -> Option<Colour> {
    let (primaries, transfer, matrix) = match space {
        1 => (5, 6, 5),
        2 => (1, 1, 1),
        3 => (6, 6, 6),
        4 => (7, 7, 7),
        5 => (9, 14, 9),
        _ => (2, 2, 2),
    };
    Some(Colour { primaries, transfer, matrix, full_range }).filter(|colour| *colour != Colour::UNKNOWN)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::codec::colour::BT709;
    use crate::received::fixtures::frames;
    use proptest::prelude::*;

    #[test]
    fn a_key_frame_has_a_configuration() {
        // Profile 0, a key frame, shown; BT.709, limited range; 320 × 180.
        let key = [0x82, 0x49, 0x83, 0x42, 0x40, 0x13, 0xf0, 0x0b, 0x30];
        let mut reader = Vp9Reader::default();
        assert_eq!(reader.read(&[0x86, 0, 0x40]), Err(NoSets));
        let unit = reader.read(&key).unwrap();
        let config = VideoConfig {
            codec: "vp09.00.11.08".into(),
            width: 320,
            height: 180,
            description: Vec::new(),
            colour: Some(BT709),
            is_of_rgb: false,
        };
        assert_eq!(
            unit,
            AccessUnit { sample: key.to_vec(), is_key: true, config: Some(config), place: unit.place, layer: 0 }
        );
        assert_eq!(reader.read(&key).unwrap().config, None);
        let delta = reader.read(&[0x86, 0, 0x40]).unwrap();
        assert_eq!((delta.is_key, delta.config, delta.layer), (false, None, 0));
        assert_eq!(reader.read(&[0x86, 0, 0x20]).unwrap().layer, 1, "it refreshes no frame");
        assert_eq!(reader.read(&[0x87, 0x01]).unwrap().layer, 0, "error-resilient");
        assert!(!reader.read(&[0x88]).unwrap().is_key, "one that is shown again");
        assert_eq!(reader.read(&key[..8]), Err(Damaged));
        assert_eq!(reader.read(&[0x82, 0x49, 0x83, 0x43]), Err(Damaged));
        assert_eq!(reader.read(&[]), Err(Damaged));
    }

    #[test]
    fn what_a_file_cannot_hold_is_not_supported() {
        let refused = |frame: &[u8]| matches!(Vp9Reader::default().read(frame), Err(NotSupported(_)));
        assert!(refused(&[0x92]) && refused(&[0xa2]), "other profiles");
        assert!(refused(&[0x84, 0x00]), "not shown");
        assert!(refused(&[0x82, 0x49, 0x83, 0x42, 0xe0]), "RGB");
        assert!(!refused(&[0x84, 0x00, 0xc0]), "with the frame that is shown");
    }

    #[test]
    fn what_chromium_sends_is_read() {
        let mut reader = Vp9Reader::default();
        let units: Vec<_> =
            frames("received/chromium-vp9").iter().map(|(_, frame)| reader.read(frame).unwrap()).collect();
        let config = units[0].config.clone().unwrap();
        assert_eq!((config.width, config.height, &*config.codec), (160, 96, "vp09.00.10.08"));
        assert!(units[1..].iter().all(|unit| !unit.is_key && unit.config.is_none()));
    }

    proptest! {
        #[test]
        fn nothing_panics(frame in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut reader = Vp9Reader::default();
            let _ = reader.read(&[&[0x82, 0x49, 0x83, 0x42][..], &frame].concat());
            let _ = reader.read(&frame);
        }
    }
}
