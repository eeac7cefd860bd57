//! H.264 profiles and levels (ITU-T H.264, Annex A).

use super::Format;

/// A row of Table A-1: `level_idc`, macroblocks a second, macroblocks a frame, bits a second in Baseline and Main.
const LEVELS: [(u8, u32, u32, u64); 18] = [
    (10, 1_485, 99, 64_000),
    (11, 3_000, 396, 192_000),
    (12, 6_000, 396, 384_000),
    (13, 11_880, 396, 768_000),
    (20, 11_880, 396, 2_000_000),
    (21, 19_800, 792, 4_000_000),
    (22, 20_250, 1_620, 4_000_000),
    (30, 40_500, 1_620, 10_000_000),
    (31, 108_000, 3_600, 14_000_000),
    (32, 216_000, 5_120, 20_000_000),
    (40, 245_760, 8_192, 20_000_000),
    (41, 245_760, 8_192, 50_000_000),
    (42, 522_240, 8_704, 50_000_000),
    (50, 589_824, 22_080, 135_000_000),
    (51, 983_040, 36_864, 240_000_000),
    (52, 2_073_600, 36_864, 240_000_000),
    (60, 4_177_920, 139_264, 240_000_000),
    (62, 16_711_680, 139_264, 800_000_000),
];

/// High, Main, Constrained Baseline: `profile_idc` and the constraint flags, as hexadecimal.
const PROFILES: [&str; 3] = ["6400", "4d00", "42e0"];

/// Where Constrained Baseline is among the [`candidates`].
pub const BASELINE: usize = 2;

/// The codec strings to ask for, the most efficient profile first, each at the lowest level that holds the format.
pub fn candidates(format: Format, bitrate: u32) -> Vec<String> {
    let level = level(format, bitrate);
    PROFILES.iter().map(|profile| format!("avc1.{profile}{level:02x}")).collect()
}

/// The parameter sets of an `avcC` (ISO/IEC 14496-15, § 5.3.3.1) as the samples carry NAL units, behind 32-bit lengths. None if
/// the samples have others, or it is damaged.
pub fn parameter_sets(avcc: &[u8]) -> Option<Vec<u8>> {
    let parsed = AvcC::read(avcc)?;
    if parsed.head[4] & 3 != 3 {
        return None;
    }
    let mut sets = Vec::new();
    for set in parsed.sequence.iter().chain(&parsed.picture) {
        sets.extend_from_slice(&(set.len() as u32).to_be_bytes());
        sets.extend(*set);
    }
    Some(sets)
}

/// Whether this is an `avcC` of the only version, with whole parameter sets.
pub fn is_avcc(avcc: &[u8]) -> bool {
    AvcC::read(avcc).is_some_and(|parsed| parsed.head[0] == 1)
}

/// An `avcC` as ISO/IEC 14496-15, § 5.3.3.1 has it, of what an encoder gave. Firefox 153 leaves its reserved bits 0, and has the first
/// byte of each parameter set twice: players that go by it saw a profile of number 103.
pub fn mended(avcc: Vec<u8>) -> Vec<u8> {
    let Some(AvcC { head, sequence, picture, rest }) = AvcC::read(&avcc) else { return avcc };
    // § 7.3.2.1.1 of H.264: behind the header come the profile, the constraints and the level, which `head` repeats.
    let is_doubled = |set: &&[u8]| set.first() == set.get(1) && set.get(2..5) == Some(&head[1..4]);
    let skip = usize::from(!sequence.is_empty() && sequence.iter().all(is_doubled));
    let mut mended = head.to_vec();
    mended[4] |= 0xfc;
    for (sets, reserved) in [(sequence, 0xe0), (picture, 0)] {
        mended.push(sets.len() as u8 | reserved);
        for set in sets {
            let set = set.get(skip..).unwrap_or_default();
            mended.extend_from_slice(&(set.len() as u16).to_be_bytes());
            mended.extend(set);
        }
    }
    mended.extend(rest);
    mended
}

/// The parts of an `avcC`.
struct AvcC<'a> {
    /// Version, profile, constraints, level, and the size of the samples' lengths.
    head: [u8; 5],
    sequence: Vec<&'a [u8]>,
    picture: Vec<&'a [u8]>,
    rest: &'a [u8],
}

impl<'a> AvcC<'a> {
    /// None if it is damaged.
    fn read(avcc: &'a [u8]) -> Option<Self> {
        let (head, mut rest) = avcc.split_first_chunk::<5>()?;
        // The number of sequence parameter sets shares its byte with reserved bits.
        let sequence = sets(&mut rest, 0x1f)?;
        let picture = sets(&mut rest, 0xff)?;
        Some(Self { head: *head, sequence, picture, rest })
    }
}

/// Takes a number of parameter sets off the front, and the number before them, which is in these bits of its byte.
fn sets<'a>(rest: &mut &'a [u8], mask: u8) -> Option<Vec<&'a [u8]>> {
    let (count, mut behind) = rest.split_first()?;
    let sets = (0..count & mask).map(|_| {
        let (len, set) = behind.split_first_chunk()?;
        let (set, after) = set.split_at_checked(u16::from_be_bytes(*len).into())?;
        behind = after;
        Some(set)
    });
    let sets = sets.collect::<Option<_>>()?;
    *rest = behind;
    Some(sets)
}

/// Whether a chunk that begins so has start codes (Annex B) before its units and not lengths. A start code of three bytes may be a
/// length as well: it is one if the chunk's configuration came apart from it.
pub fn is_annex_b(start: &[u8], is_bare: bool) -> bool {
    start.starts_with(&[0, 0, 0, 1]) || (is_bare && start.starts_with(&[0, 0, 1]))
}

/// An access unit with start codes, as a sample and, if the unit has parameter sets, the `avcC` of them (ISO/IEC 14496-15, § 5.3.3.1).
pub fn from_annex_b(stream: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
    let (mut sample, mut sps, mut pps) = (Vec::with_capacity(stream.len() + 16), Vec::new(), Vec::new());
    for unit in units(stream) {
        match unit[0] & 31 {
            SPS => sps.push(unit),
            PPS => pps.push(unit),
            DELIMITER => {}
            _ => put_unit(&mut sample, &(unit.len() as u32).to_be_bytes(), unit),
        }
    }
    let avcc = configuration(&sps, &pps);
    (sample, avcc)
}

/// The `avcC` of the parameter sets of sequences and pictures (ISO/IEC 14496-15, § 5.3.3.1), as far as there is room; none if there is
/// none of a sequence.
pub(crate) fn configuration(sps: &[&[u8]], pps: &[&[u8]]) -> Option<Vec<u8>> {
    let [sps, pps] = [(sps, MOST_SPS), (pps, MOST_PPS)].map(|(sets, most)| {
        let fitting = sets.iter().copied().filter(|set| u16::try_from(set.len()).is_ok());
        fitting.take(most).collect::<Vec<_>>()
    });
    let first = *sps.first().filter(|sps| sps.len() >= 4)?;
    let mut avcc = vec![1, first[1], first[2], first[3], 0xff];
    for (sets, mask) in [(&sps, 0xe0), (&pps, 0)] {
        avcc.push(mask | sets.len() as u8);
        sets.iter().for_each(|set| put_unit(&mut avcc, &(set.len() as u16).to_be_bytes(), set));
    }
    if HIGH_PROFILES.contains(&first[1]) {
        // 4:2:0 with 8 bits, as all that is held here, and no more sets.
        avcc.extend_from_slice(&[0xfd, 0xf8, 0xf8, 0]);
    }
    Some(avcc)
}

/// The most parameter sets of a sequence and of its pictures that an `avcC` has room for.
const MOST_SPS: usize = 31;
const MOST_PPS: usize = 255;
/// Profiles whose `avcC` has colour and depth as well.
const HIGH_PROFILES: [u8; 4] = [100, 110, 122, 144];
/// Units of a sequence's and a picture's parameter sets, and what only marks where a picture begins (ITU-T H.264, Table 7-1).
const SPS: u8 = 7;
const PPS: u8 = 8;
const DELIMITER: u8 = 9;

/// The units between start codes, without the zeros that may follow one.
pub(crate) fn units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts = stream.windows(3).enumerate().filter(|(_, bytes)| *bytes == [0, 0, 1]).map(|(at, _)| at);
    let ends = starts.clone().skip(1).chain([stream.len()]);
    starts.zip(ends).filter_map(|(start, end)| {
        let unit = &stream[start + 3..end];
        let len = unit.iter().rposition(|&byte| byte != 0)? + 1;
        Some(&unit[..len])
    })
}

fn put_unit(bytes: &mut Vec<u8>, len: &[u8], unit: &[u8]) {
    bytes.extend(len);
    bytes.extend(unit);
}

fn level(format: Format, bitrate: u32) -> u8 {
    let [across, down] = [format.width, format.height].map(|pixels| u64::from(pixels.div_ceil(16)));
    let frame = across * down;
    let second = frame as f64 * format.planned_fps();
    let holds = |&&(_, per_second, per_frame, bits): &&(u8, u32, u32, u64)| {
        // A.3.1: neither side may exceed the square root of eight frames' worth.
        let side = across.max(down);
        second <= f64::from(per_second)
            && frame <= u64::from(per_frame)
            && u64::from(bitrate) <= bits
            && side * side <= 8 * u64::from(per_frame)
    };
    LEVELS.iter().find(holds).unwrap_or(&LEVELS[LEVELS.len() - 1]).0
}

#[cfg(test)]
mod tests {
    use super::*;

    // Some browsers make the one where they were asked for the other: such a file did not play anywhere.
    #[test]
    fn start_codes_become_lengths() {
        let stream = [
            &[0, 0, 0, 1, 9, 0xf0][..],
            &[0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f, 0x99],
            &[0, 0, 1, 0x68, 0xce, 0x3c, 0x80, 0],
            &[0, 0, 0, 1, 6, 5, 1, 7, 0x80],
            &[0, 0, 1, 0x65, 0x88, 0, 0, 3, 0, 0x80],
        ];
        let (sample, avcc) = from_annex_b(&stream.concat());
        assert_eq!(sample, [0, 0, 0, 5, 6, 5, 1, 7, 0x80, 0, 0, 0, 7, 0x65, 0x88, 0, 0, 3, 0, 0x80]);
        let avcc = avcc.unwrap();
        assert_eq!(
            avcc,
            [1, 0x42, 0xc0, 0x1f, 0xff, 0xe1, 0, 5, 0x67, 0x42, 0xc0, 0x1f, 0x99, 1, 0, 4, 0x68, 0xce, 0x3c, 0x80]
        );
        assert_eq!(parameter_sets(&avcc).unwrap().len(), 4 + 5 + 4 + 4);
        let (_, high) = from_annex_b(&[0, 0, 1, 0x67, 0x64, 0, 0x1f, 0xac, 0, 0, 1, 0x68, 0xeb]);
        assert_eq!(
            high.unwrap(),
            [1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 5, 0x67, 0x64, 0, 0x1f, 0xac, 1, 0, 2, 0x68, 0xeb, 0xfd, 0xf8, 0xf8, 0]
        );
        assert_eq!(from_annex_b(&[0, 0, 1, 0x41, 0x9a]), (vec![0, 0, 0, 2, 0x41, 0x9a], None));
        assert_eq!(from_annex_b(&[]), (vec![], None));
    }

    // 32 sets were counted as none: players searched the next bytes for pictures' sets.
    #[test]
    fn sets_that_an_avcc_has_no_room_for_are_dropped() {
        let (sps, pps) = ([0, 0, 1, 0x67, 0x42, 0xc0, 0x1f], [0, 0, 1, 0x68, 0xce]);
        let long = [[0, 0, 1, 0x67].as_slice(), &[0x42; 65_536]].concat();
        let (_, avcc) = from_annex_b(&[long.clone(), sps.repeat(32), pps.repeat(256)].concat());
        let avcc = avcc.unwrap();
        assert!(is_avcc(&avcc));
        assert_eq!(parameter_sets(&avcc).unwrap().len(), 31 * (4 + 4) + 255 * (4 + 2));
        assert_eq!(from_annex_b(&long), (vec![], None));
    }

    #[test]
    fn start_codes_are_distinguished_from_lengths() {
        assert!(is_annex_b(&[0, 0, 0, 1, 0x65], false) && is_annex_b(&[0, 0, 1, 0x65], true));
        // A unit of 357 bytes.
        assert!(!is_annex_b(&[0, 0, 1, 0x65, 0x41], false));
        assert!(!is_annex_b(&[0, 0, 0, 2, 9, 0xf0], true));
    }

    #[test]
    fn levels_of_the_usual_sizes() {
        let level = |width, height, fps, bitrate| level(Format { width, height, fps }, bitrate);
        assert_eq!(level(640, 360, 30.0, 1_000_000), 30);
        assert_eq!(level(1280, 720, 30.0, 3_000_000), 31);
        assert_eq!(level(1280, 720, 60.0, 6_000_000), 32);
        assert_eq!(level(1920, 1080, 30.0, 6_000_000), 40);
        assert_eq!(level(1920, 1080, 30.0, 30_000_000), 41);
        assert_eq!(level(1920, 1080, 60.0, 12_000_000), 42);
        assert_eq!(level(3840, 2160, 30.0, 25_000_000), 51);
        assert_eq!(level(4096, 2304, 30.0, 25_000_000), 52);
        assert_eq!(level(16, 16, 30.0, 50_000), 10);
    }

    #[test]
    fn a_long_thin_picture_needs_a_higher_level_than_its_area() {
        assert_eq!(level(Format { width: 1920, height: 16, fps: 1.0 }, 50_000), 31);
    }

    #[test]
    fn what_exceeds_every_level_asks_for_the_highest() {
        assert_eq!(level(Format { width: 16_384, height: 16_384, fps: 240.0 }, 1_000_000_000), 62);
        // The number of macroblocks was more than 32 bits hold, and nearly none of them was left.
        assert_eq!(level(Format { width: 1 << 20, height: 1 << 20, fps: 1.0 }, 50_000), 62);
    }

    #[test]
    fn parameter_sets_are_taken_out_of_avcc() {
        let avcc = [1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 3, 0x67, 1, 2, 1, 0, 2, 0x68, 3, 0xfd, 0xf8];
        assert_eq!(parameter_sets(&avcc).unwrap(), [0, 0, 0, 3, 0x67, 1, 2, 0, 0, 0, 2, 0x68, 3]);
        assert!((0..16).all(|len| parameter_sets(&avcc[..len]).is_none()), "cut off");
        assert!((0..16).all(|len| !is_avcc(&avcc[..len])) && is_avcc(&avcc[..16]), "cut off");
        assert_eq!(parameter_sets(&[1, 0x64, 0, 0x1f, 0xfd, 0xe0, 0]), None, "two bytes of length");
        assert!(!is_avcc(&[&[2], &avcc[1..]].concat()), "another version");
    }

    // Every other player than Firefox itself refused what Firefox had recorded.
    #[test]
    fn firefoxs_avcc_is_mended() {
        let firefox = [1, 0x42, 0xc0, 0x1f, 3, 1, 0, 5, 0x67, 0x67, 0x42, 0xc0, 0x1f, 1, 0, 3, 0x68, 0x68, 0xcb];
        let mended = [1, 0x42, 0xc0, 0x1f, 0xff, 0xe1, 0, 4, 0x67, 0x42, 0xc0, 0x1f, 1, 0, 2, 0x68, 0xcb];
        assert_eq!(super::mended(firefox.to_vec()), mended);
    }

    #[test]
    fn an_avcc_in_order_stays_as_it_is() {
        // A picture's set that begins with its header's value twice, as that is what the bits behind it say.
        let avcc =
            [1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 4, 0x67, 0x64, 0, 0x1f, 1, 0, 3, 0x68, 0x68, 3, 0xfd, 0xf8, 0xf8, 0];
        assert_eq!(mended(avcc.to_vec()), avcc);
        // One whose constraints and level are by chance what Firefox's would be.
        let chance = [1, 0x42, 0, 0x1f, 0xff, 0xe1, 0, 5, 0x67, 0x42, 0x42, 0, 0x1f, 0];
        assert_eq!(mended(chance.to_vec()), chance);
        for len in 0..avcc.len() - 4 {
            assert_eq!(mended(avcc[..len].to_vec()), avcc[..len], "cut off");
        }
    }

    #[test]
    fn high_comes_first() {
        let format = Format { width: 1280, height: 720, fps: 30.0 };
        assert_eq!(candidates(format, 3_000_000), ["avc1.64001f", "avc1.4d001f", "avc1.42e01f"]);
    }
}
