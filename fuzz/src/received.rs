use super::avcc::units;
use super::bytes::Bytes;
use super::movie::entry_of;
use trackreel::received::order::Repeat;
use trackreel::received::{AccessUnit, Av1Reader, Given, H264Reader, Ordered, Renumber, Unreadable, Vp9Reader};
use trackreel::time::Wall;

/// Received frames of a codec: what can be read can be written, and is given at most once, in order.
///
/// The first byte is the codec. Then, of each frame: a byte by how much its time is off, its length in two bytes, and its bytes.
pub fn received(data: &[u8]) {
    let mut bytes = Bytes(data);
    let (mut h264, mut vp9, mut av1) = (H264Reader::default(), Vp9Reader::default(), Av1Reader::default());
    let codec = bytes.u8() % 3;
    let mut read = |frame: &[u8]| -> Result<AccessUnit, Unreadable> {
        match codec {
            0 => h264.read(frame),
            1 => vp9.read(frame),
            _ => av1.read(frame),
        }
    };
    let (mut ordered, mut renumber) = (Ordered::default(), Renumber::default());
    let (mut pushed, mut out, mut last) = (0, 0, None);
    for number in 0u32.. {
        if bytes.is_empty() {
            break;
        }
        let (late, len) = (bytes.u8(), bytes.u16());
        let Ok(unit) = read(bytes.slice(len.into())) else { continue };
        assert_eq!(unit.is_key, unit.place.is_key);
        if let Some(config) = unit.config {
            assert!(config.width > 0 && config.height > 0);
            entry_of(config).expect("a sample entry");
        }
        if codec == 0 {
            assert!(units(&unit.sample).iter().all(|unit| !matches!(unit[0] & 31, 9..=12)));
        }
        let now = Wall::from_us(33_333 * i64::from(number));
        let rtp = number.wrapping_add(late.into()).wrapping_mul(3000);
        ordered.push(rtp, unit.place, now, (rtp, unit.sample));
        pushed += 1;
        while let Some(given) = ordered.next(now) {
            out += 1;
            let Given::Decodable { frame: (rtp, mut sample), place, repeat } = given else { continue };
            assert!(last.is_none_or(|last| last < rtp), "in order");
            last = Some(rtp);
            assert!(repeat == Repeat::No || place.is_copy);
            if repeat == Repeat::Spare {
                renumber.drop(&place);
            } else if codec == 0 {
                let first = |sample: &[u8]| units(sample).iter().map(|unit| unit[0]).collect::<Vec<_>>();
                let before = first(&sample);
                renumber.keep(&mut sample, &place);
                assert_eq!(first(&sample), before);
            }
        }
    }
    out += ordered.finish().count();
    assert!(out <= pushed);
}
