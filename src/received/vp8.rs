//! Received frames of VP8 (RFC 6386, § 9.1). Their headers have no number: a lost frame shows nowhere in them.

use super::Unreadable::{self, Damaged, NoSets, NotSupported};
use super::{AccessUnit, Place, changed};
use crate::reel::VideoConfig;

/// Reads the frames of one received VP8 stream, in the order in which they came.
#[derive(Debug, Default)]
pub struct Vp8Reader {
    config: Option<VideoConfig>,
}

const START_CODE: [u8; 3] = [0x9d, 0x01, 0x2a];
/// The bits of a size; above them is how a player is to scale it, which none does.
const SIZE: u16 = 0x3fff;

impl Vp8Reader {
    /// Reads a frame.
    ///
    /// # Errors
    /// [`Unreadable`] if it is damaged, or is what no file can hold.
    pub fn read(&mut self, frame: &[u8]) -> Result<AccessUnit, Unreadable> {
        let (&[tag, _, _], rest) = frame.split_first_chunk().ok_or(Damaged)?;
        let is_key = tag & 1 == 0;
        // `show_frame`
        if tag >> 4 & 1 == 0 {
            return Err(NotSupported("frames that are not shown"));
        }
        let config = match is_key {
            true => changed(&mut self.config, key_config(rest).ok_or(Damaged)?),
            false if self.config.is_none() => return Err(NoSets),
            false => None,
        };
        // Its bits show no layer.
        Ok(AccessUnit { sample: frame.to_vec(), is_key, config, place: Place::plain(is_key, None), layer: 0 })
    }

    /// What a decoder has to know of the last key frame that was read.
    pub fn config(&self) -> Option<&VideoConfig> {
        self.config.as_ref()
    }
}

/// The configuration of a key frame, from what follows its tag.
fn key_config(header: &[u8]) -> Option<VideoConfig> {
    let header = header.strip_prefix(&START_CODE)?;
    let (&[w0, w1, h0, h1], _) = header.split_first_chunk()?;
    let [width, height] = [[w0, w1], [h0, h1]].map(|bytes| u32::from(u16::from_le_bytes(bytes) & SIZE));
    let is_whole = width > 0 && height > 0;
    let config =
        VideoConfig { codec: "vp8".into(), width, height, description: Vec::new(), colour: None, is_of_rgb: false };
    is_whole.then_some(config)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 320 × 180.
    const KEY: [u8; 12] = [0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00, 0, 0];

    #[test]
    fn a_key_frame_has_a_configuration() {
        let mut reader = Vp8Reader::default();
        assert_eq!(reader.read(&[0x11, 0, 0, 0]), Err(NoSets));
        let unit = reader.read(&KEY).unwrap();
        let config = unit.config.unwrap();
        assert_eq!((config.codec.as_str(), config.width, config.height, unit.is_key), ("vp8", 320, 180, true));
        assert_eq!(reader.read(&KEY).unwrap().config, None);
        let delta = reader.read(&[0x11, 0, 0, 0]).unwrap();
        assert_eq!((delta.is_key, delta.config, delta.sample), (false, None, vec![0x11, 0, 0, 0]));
    }

    #[test]
    fn what_is_no_frame_is_damaged() {
        let mut reader = Vp8Reader::default();
        assert_eq!(reader.read(&[0x10, 0]), Err(Damaged));
        assert_eq!(reader.read(&KEY[..9]), Err(Damaged));
        assert_eq!(reader.read(&[0x10, 2, 0, 0x9d, 1, 0x2b, 64, 1, 180, 0]), Err(Damaged));
        assert_eq!(reader.read(&[0x10, 2, 0, 0x9d, 1, 0x2a, 0, 0, 180, 0]), Err(Damaged));
        assert!(matches!(reader.read(&[0x01, 0, 0]), Err(NotSupported(_))));
    }

    proptest! {
        #[test]
        fn nothing_panics(frame in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut reader = Vp8Reader::default();
            let _ = reader.read(&[&KEY[..6], &frame].concat());
            let _ = reader.read(&frame);
        }
    }
}
