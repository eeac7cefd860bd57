use super::avcc::units;
use super::bytes::Bytes;
use super::movie::{configs, entry_of};
use mp4_atom::Codec;
use trackreel::codec::h264;
use trackreel::reel::VideoConfig;

/// An access unit with start codes: the sample has the same units behind their lengths, and its `avcC` the parameter sets.
///
/// A byte is how often the rest is repeated, if it is 128 or more; another, how long its last unit becomes, if it is 240 or more.
pub fn annex_b(data: &[u8]) {
    let mut bytes = Bytes(data);
    let (times, longer) = (bytes.u8(), bytes.u8());
    let most = LONGEST / bytes.0.len().max(1);
    let times = times.checked_sub(128).map_or(1, |more| 1 + usize::from(more) * 3).min(most).max(1);
    let mut stream = bytes.0.repeat(times);
    if let Some(kilobytes) = longer.checked_sub(240) {
        stream.resize(stream.len() + 1024 * (60 + usize::from(kilobytes)), 0xaa);
    }

    let start = &stream[..stream.len().min(16)];
    let is_annex_b = h264::is_annex_b(start, true);
    assert!(is_annex_b || !h264::is_annex_b(start, false));
    assert_eq!(is_annex_b, start.starts_with(&[0, 0, 1]) || start.starts_with(&[0, 0, 0, 1]));

    let (sample, avcc) = h264::from_annex_b(&stream);
    let expected = split(&stream);
    let of_kind = |kinds: &[u8]| -> Vec<&[u8]> {
        expected.iter().copied().filter(|unit| kinds.contains(&(unit[0] & 31))).collect()
    };
    let pictures: Vec<&[u8]> = expected.iter().copied().filter(|unit| !(7..=9).contains(&(unit[0] & 31))).collect();
    assert_eq!(units(&sample), pictures);
    // A sample that is written back comes out the same.
    let again: Vec<u8> = pictures.iter().flat_map(|unit| [&[0, 0, 1], *unit].concat()).collect();
    assert_eq!(h264::from_annex_b(&again), (sample, None));

    let Some(avcc) = avcc else {
        return assert!(of_kind(&[7]).first().is_none_or(|sps| sps.len() < 4 || sps.len() > 65_535));
    };
    let Ok(Codec::Avc1(entry)) = entry_of(VideoConfig { description: avcc.clone(), ..configs()[0].clone() }) else {
        panic!("another reader reads the avcC")
    };
    let sets = [entry.avcc.sequence_parameter_sets, entry.avcc.picture_parameter_sets];
    for ((sets, kind), most) in sets.iter().zip([7, 8]).zip([31, 255]) {
        let expected = of_kind(&[kind]);
        assert!(sets.iter().all(|set| expected.contains(&set.as_slice())));
        if expected.len() <= most && expected.iter().all(|set| set.len() <= 65_535) {
            assert_eq!(*sets, expected);
        }
    }
    assert_ne!(sets[0].len(), 0);
    assert_eq!(avcc[1..4], sets[0][0][1..4]);
}

/// The longest stream, in bytes.
const LONGEST: usize = 1 << 16;

/// The units between start codes (ITU-T H.264, Annex B), one byte after the other.
fn split(stream: &[u8]) -> Vec<&[u8]> {
    let (mut units, mut begin, mut at) = (Vec::new(), None, 0);
    while at < stream.len() {
        if stream[at..].starts_with(&[0, 0, 1]) {
            units.extend(begin.map(|begin: usize| &stream[begin..at]));
            begin = Some(at + 3);
            at += 3;
        } else {
            at += 1;
        }
    }
    units.extend(begin.map(|begin| &stream[begin..]));
    let trimmed = units.into_iter().map(|unit: &[u8]| match unit.iter().rposition(|&byte| byte != 0) {
        Some(last) => &unit[..=last],
        None => &[],
    });
    trimmed.filter(|unit| !unit.is_empty()).collect()
}
