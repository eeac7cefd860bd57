//! Received temporal units of AV1 (AV1 bitstream specification, § 5.5, § 5.9.2). Only order hints, where an encoder has them, show a
//! lost frame; Chromium's goes without.

use super::Unreadable::{self, Damaged, NoSets, NotSupported};
use super::bits::Bits;
use super::order::Number;
use super::{AccessUnit, Place, changed};
use crate::codec::av1::{Obu, SEQUENCE_HEADER, TEMPORAL_DELIMITER, configuration, obus};
use crate::codec::colour::Colour;
use crate::reel::VideoConfig;

/// Reads the temporal units of one received AV1 stream, in the order in which they came.
#[derive(Debug, Default)]
pub struct Av1Reader {
    sequence: Option<Sequence>,
    config: Option<VideoConfig>,
}

/// What is needed of a sequence header.
#[derive(Debug, Clone, Copy)]
struct Sequence {
    level: u32,
    is_high_tier: bool,
    width: u32,
    height: u32,
    colour: Option<Colour>,
    /// The length of `temporal_point_info`, in bits, where a shown frame has it.
    time_bits: u8,
    /// The length of a frame's own number, in bits, where frames have one.
    id_bits: u8,
    order_hint_bits: u8,
    /// Whether screen content tools are used; none where each frame has it.
    screen_content: Option<bool>,
    /// Whether a frame with those has `force_integer_mv`.
    chooses_integer_mv: bool,
}

/// What is needed of a frame header.
struct Frame {
    is_key: bool,
    order_hint: Option<u32>,
}

/// OBU types (§ 6.2.2).
const FRAME_HEADER: u8 = 3;
const FRAME: u8 = 6;
const PADDING: u8 = 15;
/// `obu_extension_flag` (§ 5.3.2).
const HAS_EXTENSION: u8 = 4;
/// Frame types (§ 6.8.2).
const KEY_FRAME: u32 = 0;
const SWITCH_FRAME: u32 = 3;

impl Av1Reader {
    /// Reads a temporal unit in the low-overhead format (§ 5.2). Its sample has no delimiter (AV1 Codec ISO Media File Format Binding,
    /// § 2.4), and still the sequence header.
    ///
    /// # Errors
    /// [`Unreadable`] if it is damaged, or is what no file can hold.
    pub fn read(&mut self, unit: &[u8]) -> Result<AccessUnit, Unreadable> {
        let mut sample = Vec::with_capacity(unit.len());
        let (mut frame, mut layer, mut has_sequence, mut read) = (None, 0, false, 0);
        for Obu { kind, bytes, payload } in obus(unit) {
            read += bytes.len();
            match kind {
                TEMPORAL_DELIMITER | PADDING => continue,
                SEQUENCE_HEADER => {
                    self.sequence = Some(Sequence::read(payload)?);
                    has_sequence = true;
                }
                FRAME | FRAME_HEADER if frame.is_none() => {
                    // `temporal_id` of the extension, where there is one (§ 5.3.3).
                    layer = if bytes[0] & HAS_EXTENSION != 0 { u32::from(bytes[1] >> 5) } else { 0 };
                    frame = Some(Frame::read(payload, self.sequence.as_ref().ok_or(NoSets)?)?);
                }
                FRAME | FRAME_HEADER => return Err(NotSupported("several frames in one")),
                _ => {}
            }
            sample.extend_from_slice(bytes);
        }
        let (Some(Frame { is_key, order_hint }), Some(sequence)) = (frame, self.sequence) else { return Err(Damaged) };
        if read < unit.len() {
            return Err(Damaged);
        }
        let config = if has_sequence { changed(&mut self.config, sequence.config(&sample)?) } else { None };
        let number = order_hint.map(|value| Number { value, bits: sequence.order_hint_bits });
        // A decoder can begin only where the sequence header is.
        let is_key = is_key && has_sequence;
        Ok(AccessUnit { sample, is_key, config, place: Place::plain(is_key, number), layer })
    }

    /// What a decoder has to know of the last sequence header that was read.
    pub fn config(&self) -> Option<&VideoConfig> {
        self.config.as_ref()
    }
}

impl Sequence {
    /// `sequence_header_obu` (§ 5.5.1).
    fn read(payload: &[u8]) -> Result<Self, Unreadable> {
        let mut bits = Bits::plain(payload);
        if bits.bits(3)? != 0 {
            return Err(NotSupported("not 4:2:0"));
        }
        bits.flag()?;
        // `reduced_still_picture_header`
        if bits.flag()? {
            return Err(NotSupported("still pictures"));
        }
        let (mut delay_bits, mut time_bits) = (0, 0);
        if bits.flag()? {
            bits.bits(32)?;
            bits.bits(32)?;
            let is_equal = bits.flag()?;
            if is_equal {
                // `uvlc` (§ 4.10.3) is written as `ue(v)`.
                bits.ue()?;
            }
            if bits.flag()? {
                delay_bits = bits.bits(5)? as u8 + 1;
                bits.bits(32)?;
                bits.bits(5)?;
                let presentation_bits = bits.bits(5)? as u8 + 1;
                time_bits = if is_equal { 0 } else { presentation_bits };
            }
        }
        let (level, is_high_tier) = operating_points(&mut bits, delay_bits)?;
        let (width_bits, height_bits) = (bits.bits(4)? as u8 + 1, bits.bits(4)? as u8 + 1);
        let (width, height) = (bits.bits(width_bits)? + 1, bits.bits(height_bits)? + 1);
        let id_bits = if bits.flag()? { bits.bits(4)? as u8 + 2 + bits.bits(3)? as u8 + 1 } else { 0 };
        // From `use_128x128_superblock` to `enable_dual_filter`.
        bits.bits(7)?;
        let has_order_hint = bits.flag()?;
        if has_order_hint {
            bits.bits(2)?;
        }
        let screen_content = if bits.flag()? { None } else { Some(bits.flag()?) };
        let mut chooses_integer_mv = true;
        if screen_content != Some(false) {
            chooses_integer_mv = bits.flag()?;
            if !chooses_integer_mv {
                bits.flag()?;
            }
        }
        let order_hint_bits = if has_order_hint { bits.bits(3)? as u8 + 1 } else { 0 };
        bits.bits(3)?;
        let colour = colour(&mut bits)?;
        Ok(Self {
            level,
            is_high_tier,
            width,
            height,
            colour,
            time_bits,
            id_bits,
            order_hint_bits,
            screen_content,
            chooses_integer_mv,
        })
    }

    fn config(&self, sample: &[u8]) -> Result<VideoConfig, Unreadable> {
        // Codecs Parameter String (the binding's § 5), as far as it has no defaults.
        let digit = |number: u32| char::from(b'0' + (number % 10) as u8);
        let mut codec = String::from("av01.0.");
        codec.extend([digit(self.level / 10), digit(self.level), if self.is_high_tier { 'H' } else { 'M' }]);
        codec.push_str(".08");
        let description = configuration(&codec, sample).ok_or(Damaged)?;
        let Self { width, height, colour, .. } = *self;
        Ok(VideoConfig { codec, width, height, description, colour, is_of_rgb: false })
    }
}

/// The operating points of a sequence header: level and tier of the first.
fn operating_points(bits: &mut Bits<'_>, delay_bits: u8) -> Result<(u32, bool), Unreadable> {
    let has_display_delay = bits.flag()?;
    let mut first = None;
    for _ in 0..=bits.bits(5)? {
        let layers = bits.bits(12)?;
        let spatial = layers >> 8;
        if spatial & spatial.wrapping_sub(1) != 0 {
            return Err(NotSupported("layers"));
        }
        let level = bits.bits(5)?;
        let is_high_tier = level > 7 && bits.flag()?;
        if delay_bits > 0 && bits.flag()? {
            bits.bits(delay_bits)?;
            bits.bits(delay_bits)?;
            bits.flag()?;
        }
        if has_display_delay && bits.flag()? {
            bits.bits(4)?;
        }
        first = first.or(Some((level, is_high_tier)));
    }
    first.ok_or(Damaged)
}

/// `color_config` (§ 5.5.2) of the main profile.
fn colour(bits: &mut Bits<'_>) -> Result<Option<Colour>, Unreadable> {
    if bits.flag()? {
        return Err(NotSupported("more than 8 bits"));
    }
    if bits.flag()? {
        return Err(NotSupported("monochrome"));
    }
    let mut colour = Colour::UNKNOWN;
    if bits.flag()? {
        for number in [&mut colour.primaries, &mut colour.transfer, &mut colour.matrix] {
            *number = bits.bits(8)? as u16;
        }
    }
    if (colour.primaries, colour.transfer, colour.matrix) == (1, 13, 0) {
        return Err(NotSupported("not 4:2:0"));
    }
    colour.full_range = bits.flag()?;
    Ok(Some(colour).filter(|colour| *colour != Colour::UNKNOWN))
}

impl Frame {
    /// `uncompressed_header` (§ 5.9.2).
    fn read(payload: &[u8], sequence: &Sequence) -> Result<Self, Unreadable> {
        let mut bits = Bits::plain(payload);
        // `show_existing_frame`
        if bits.flag()? {
            return Err(NotSupported("frames that are shown again"));
        }
        let kind = bits.bits(2)?;
        // `show_frame`
        if !bits.flag()? {
            return Err(NotSupported("frames that are not shown"));
        }
        bits.bits(sequence.time_bits)?;
        let is_key = kind == KEY_FRAME;
        if kind != SWITCH_FRAME && !is_key {
            // `error_resilient_mode`
            bits.flag()?;
        }
        // `disable_cdf_update`
        bits.flag()?;
        let has_screen_content = match sequence.screen_content {
            Some(has) => has,
            None => bits.flag()?,
        };
        if has_screen_content && sequence.chooses_integer_mv {
            bits.flag()?;
        }
        bits.bits(sequence.id_bits)?;
        if kind != SWITCH_FRAME {
            // `frame_size_override_flag`
            bits.flag()?;
        }
        let bits_of_hint = sequence.order_hint_bits;
        let order_hint = if bits_of_hint > 0 { Some(bits.bits(bits_of_hint)?) } else { None };
        Ok(Self { is_key, order_hint })
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::received::fixtures::frames;
    use proptest::prelude::*;

    #[test]
    fn what_chromium_sends_is_read() {
        let mut reader = Av1Reader::default();
        let units: Vec<_> =
            frames("received/chromium-av1").iter().map(|(_, frame)| reader.read(frame).unwrap()).collect();
        let config = units[0].config.clone().unwrap();
        assert_eq!((config.width, config.height, &*config.codec), (160, 96, "av01.0.00M.08"));
        assert_eq!(config.colour, None);
        assert_eq!(config.description[4..], units[0].sample[..12]);
        assert!(units[0].is_key && units[1..].iter().all(|unit| !unit.is_key && unit.config.is_none()));
        // Its encoder goes without order hints.
        assert!(units.iter().all(|unit| unit.place.number.is_none()));
    }

    #[test]
    fn the_layer_of_a_frame_is_that_of_its_unit() {
        let frames = frames("received/chromium-av1");
        let mut reader = Av1Reader::default();
        assert_eq!(reader.read(&frames[0].1).unwrap().layer, 0);
        let frame = &frames[1].1;
        assert_eq!(reader.read(frame).unwrap().layer, 0);
        // `temporal_id` is 1.
        let layered = [&[frame[0] | HAS_EXTENSION, 1 << 5][..], &frame[1..]].concat();
        assert_eq!(reader.read(&layered).unwrap().layer, 1);
    }

    #[test]
    fn a_sample_has_no_delimiter() {
        let first = frames("received/chromium-av1").swap_remove(0).1;
        let unit = Av1Reader::default().read(&[&[0x12, 0][..], &first].concat()).unwrap();
        assert_eq!(unit.sample, first);
        assert_eq!(Av1Reader::default().read(&first[12..]), Err(NoSets));
        assert_eq!(Av1Reader::default().read(&first[..first.len() - 1]), Err(Damaged));
        assert_eq!(Av1Reader::default().read(&first[..12]), Err(Damaged));
        assert_eq!(Av1Reader::default().read(&[]), Err(Damaged));
        let twice = [&first[..], &first[12..]].concat();
        assert!(matches!(Av1Reader::default().read(&twice), Err(NotSupported(_))));
    }

    proptest! {
        #[test]
        fn nothing_panics(
            sequence in prop::collection::vec(any::<u8>(), 0..30),
            frame in prop::collection::vec(any::<u8>(), 0..30),
        ) {
            let obu = |header: u8, bytes: &[u8]| [&[header, bytes.len() as u8][..], bytes].concat();
            // The main profile more often than by chance.
            for mask in [0xff, 0x07] {
                let mut sequence = sequence.clone();
                sequence.iter_mut().take(1).for_each(|first| *first &= mask);
                let mut reader = Av1Reader::default();
                let _ = reader.read(&[obu(0x0a, &sequence), obu(0x32, &frame)].concat());
                let _ = reader.read(&obu(0x32, &frame));
                let _ = reader.read(&frame);
            }
        }
    }
}
