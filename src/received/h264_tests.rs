use super::*;
use crate::codec::colour::BT709;
use crate::received::fixtures::frames;
use crate::received::{Given, Ordered, Renumber, order::Repeat};
use crate::time::Wall;
use proptest::prelude::*;
use std::fs;
use std::process::{Command, Stdio};

/// Writes bits, from the left.
#[derive(Default, Clone)]
struct Written(Vec<bool>);

impl Written {
    fn u(mut self, count: usize, value: u32) -> Self {
        self.0.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
        self
    }

    fn ue(self, value: u32) -> Self {
        let len = (value + 1).ilog2() as usize;
        self.u(len, 0).u(len + 1, value + 1)
    }

    fn se(self, value: i32) -> Self {
        self.ue(if value > 0 { 2 * value as u32 - 1 } else { (-2 * value) as u32 })
    }

    /// A unit with its start code, trailing bits and emulation prevention.
    fn unit(self, header: u8) -> Vec<u8> {
        let mut bits = self.u(1, 1).0;
        bits.resize(bits.len().next_multiple_of(8), false);
        let mut unit = vec![0, 0, 0, 1, header];
        for byte in bits.chunks(8).map(|bits| bits.iter().fold(0, |byte, &bit| byte << 1 | u8::from(bit))) {
            if byte <= 3 && unit[4..].ends_with(&[0, 0]) {
                unit.push(3);
            }
            unit.push(byte);
        }
        unit
    }
}

fn bits() -> Written {
    Written::default()
}

/// 4 by 3 macroblocks, 4 bits of `frame_num`, 6 of `pic_order_cnt_lsb`, cropped to 60 × 42.
fn sps() -> Vec<u8> {
    sps_with(1, true, bits().u(1, 0))
}

fn sps_with(references: u32, is_frame: bool, vui: Written) -> Vec<u8> {
    let mut sps = bits().u(8, 66).u(8, 0xc0).u(8, 30).ue(0).ue(0).ue(0).ue(2).ue(references).u(1, 0);
    sps = sps.ue(3).ue(2).u(1, is_frame.into()).u(1, 1).u(1, 1).ue(0).ue(2).ue(1).ue(2);
    sps.0.extend(vui.0);
    sps.unit(0x67)
}

/// Of CAVLC, with one reference, without weights, with control of the deblocking filter.
fn pps() -> Vec<u8> {
    pps_with(0, 0, 1)
}

fn pps_with(cabac: u32, weighted: u32, groups: u32) -> Vec<u8> {
    let pps = bits().ue(0).ue(0).u(1, cabac).u(1, 0).ue(groups - 1).ue(0).ue(0).u(1, weighted).u(2, 0);
    pps.se(0).se(0).se(0).u(1, 1).u(1, 0).u(1, 0).unit(0x68)
}

fn idr() -> Vec<u8> {
    // What follows the header are not macroblocks: nothing reads them.
    bits().ue(0).ue(7).ue(0).u(4, 0).ue(0).u(6, 0).u(2, 0).se(0).ue(1).u(20, 0xabcde).unit(0x65)
}

fn key() -> Vec<u8> {
    [sps(), pps(), idr()].concat()
}

/// A P slice of a reference up to its list.
fn p_until_list(first: u32, number: u32) -> Written {
    bits().ue(first).ue(5).ue(0).u(4, number).u(6, 2 * number).u(1, 0)
}

/// A P slice of a reference that skips macroblocks, and nothing more.
fn p_skip(first: u32, number: u32, run: u32) -> Vec<u8> {
    p_until_list(first, number).u(1, 0).u(1, 0).se(0).ue(1).ue(run).unit(0x41)
}

/// Reads a key frame and then this.
fn read(unit: &[u8]) -> Result<AccessUnit, Unreadable> {
    let mut reader = H264Reader::default();
    reader.read(&key()).unwrap();
    reader.read(unit)
}

fn is_copy(unit: &[u8]) -> bool {
    read(unit).unwrap().place.is_copy
}

#[test]
fn a_key_frame_has_a_sample_and_a_configuration() {
    let delimiter = [0, 0, 0, 1, 9, 0xf0];
    let unit = H264Reader::default().read(&[&delimiter[..], &key()].concat()).unwrap();
    let of = |unit: &[u8]| [&(unit.len() as u32 - 4).to_be_bytes()[..], &unit[4..]].concat();
    assert_eq!(unit.sample, [of(&sps()), of(&pps()), of(&idr())].concat());
    let (sps, pps) = (&sps()[4..], &pps()[4..]);
    let head = [&[1, 66, 0xc0, 30, 0xff, 0xe1, 0, sps.len() as u8][..], sps, &[1, 0, pps.len() as u8], pps].concat();
    let config = VideoConfig {
        codec: "avc1.42c01e".into(),
        width: 60,
        height: 42,
        description: head,
        colour: None,
        is_of_rgb: false,
    };
    assert_eq!(unit.config, Some(config));
    assert!(unit.is_key);
    let place = Place {
        is_key: true,
        is_reference: true,
        number: Some(Number { value: 0, bits: 4 }),
        shown: Number { value: 0, bits: 6 },
        is_copy: false,
        marks: false,
        references: 1,
    };
    assert_eq!(unit.place, place);
}

#[test]
fn a_configuration_is_reported_when_it_changes() {
    let mut reader = H264Reader::default();
    let mut config = |unit: &[u8]| reader.read(unit).unwrap().config;
    assert!(config(&key()).is_some());
    assert_eq!(config(&key()), None);
    assert_eq!(config(&p_skip(0, 1, 12)), None);
    let changed = config(&[sps_with(3, true, bits().u(1, 0)), idr()].concat()).unwrap();
    assert!(changed.description.ends_with(&pps()[4..]), "the picture's set is still that of before");
    assert_eq!(config(&p_skip(0, 1, 12)), None);
}

#[test]
fn colour_comes_from_the_vui() {
    let colour = |vui: Written| {
        let unit = [sps_with(1, true, vui), pps(), idr()].concat();
        H264Reader::default().read(&unit).unwrap().config.unwrap().colour
    };
    let described = bits().u(1, 1).u(1, 1).u(8, 255).u(32, 0x10001).u(1, 1).u(1, 0).u(1, 1).u(3, 5);
    assert_eq!(colour(described.clone().u(1, 0).u(1, 1).u(8, 1).u(8, 1).u(8, 1).u(6, 0)), Some(BT709));
    assert_eq!(colour(described.clone().u(1, 0).u(1, 0).u(6, 0)), None);
    let full = crate::codec::colour::Colour { full_range: true, ..crate::codec::colour::Colour::UNKNOWN };
    assert_eq!(colour(described.u(1, 1).u(1, 0).u(6, 0)), Some(full));
    assert_eq!(colour(bits().u(1, 1).u(3, 0).u(6, 0)), None);
}

#[test]
fn a_picture_of_skipped_macroblocks_alone_is_a_copy() {
    assert!(is_copy(&p_skip(0, 1, 12)));
    assert!(!is_copy(&p_skip(0, 1, 11)), "a macroblock is missing");
    assert!(!is_copy(&p_skip(0, 1, 13)), "too many");
    let more = p_until_list(0, 1).u(1, 0).u(1, 0).se(0).ue(1).ue(12);
    assert!(!is_copy(&more.ue(0).unit(0x41)), "a macroblock follows");
    assert!(is_copy(&[p_skip(0, 1, 5), p_skip(5, 1, 7)].concat()));
    assert!(!is_copy(&[p_skip(0, 1, 5), p_skip(6, 1, 6)].concat()), "one is in no slice");
    assert!(!is_copy(&[p_skip(0, 1, 6), p_skip(5, 1, 7)].concat()), "one is in two slices");
    let coded = p_until_list(5, 1).u(1, 0).u(1, 0).se(0).ue(1).ue(3).u(9, 0x155).unit(0x41);
    assert!(!is_copy(&[p_skip(0, 1, 5), coded].concat()));
    let filtered = p_until_list(0, 1).u(1, 0).u(1, 0).se(3).ue(0).se(1).se(-1).ue(12).unit(0x41);
    assert!(is_copy(&filtered), "the filter does nothing here");
}

#[test]
fn a_list_that_does_not_begin_with_the_last_reference_is_no_copy() {
    let with = |list: Written| {
        let mut slice = p_until_list(0, 1);
        slice.0.extend(list.0);
        is_copy(&slice.u(1, 0).se(0).ue(1).ue(12).unit(0x41))
    };
    // OpenH264 writes this in every slice.
    assert!(with(bits().u(1, 1).ue(0).ue(0).ue(3)));
    assert!(with(bits().u(1, 1).ue(3)));
    assert!(!with(bits().u(1, 1).ue(0).ue(1).ue(3)));
    assert!(!with(bits().u(1, 1).ue(1).ue(0).ue(3)));
    assert!(!with(bits().u(1, 1).ue(2).ue(0).ue(3)), "a reference for the long term");
}

#[test]
fn weights_and_cabac_are_no_copy() {
    let read = |pps: Vec<u8>, slice: Written| {
        let mut reader = H264Reader::default();
        reader.read(&[sps(), pps, idr()].concat()).unwrap();
        reader.read(&slice.unit(0x41)).unwrap().place.is_copy
    };
    let weights = |flags: u32| {
        let slice = p_until_list(0, 1).u(1, 0).ue(0).ue(0);
        let slice = if flags & 2 != 0 { slice.u(1, 1).se(1).se(3) } else { slice.u(1, 0) };
        let slice = if flags & 1 != 0 { slice.u(1, 1).se(1).se(0).se(1).se(0) } else { slice.u(1, 0) };
        slice.u(1, 0).se(0).ue(1).ue(12)
    };
    assert!(read(pps_with(0, 1, 1), weights(0)));
    assert!((1..4).all(|flags| !read(pps_with(0, 1, 1), weights(flags))));
    let cabac = p_until_list(0, 1).u(1, 0).u(1, 0).ue(0).se(0).ue(1).ue(12);
    assert!(!read(pps_with(1, 0, 1), cabac));
}

#[test]
fn marks_are_reported_and_are_no_copy() {
    let marked = p_until_list(0, 1).u(1, 0).u(1, 1).ue(1).ue(0).ue(0).se(0).ue(1).ue(12).unit(0x41);
    let place = read(&marked).unwrap().place;
    assert!(place.marks && !place.is_copy);
    let all = p_until_list(0, 1).u(1, 0).u(1, 1).ue(5).ue(0).se(0).ue(1).ue(12).unit(0x41);
    assert!(matches!(read(&all), Err(NotSupported(_))));
    // One that is no reference has no marking.
    let plain = p_until_list(0, 1).u(1, 0).se(0).ue(1).ue(12).unit(0x01);
    let place = read(&plain).unwrap().place;
    assert!(place.is_copy && !place.is_reference);
}

#[test]
fn what_a_file_cannot_hold_is_not_supported() {
    let first = |unit: Vec<u8>| H264Reader::default().read(&unit);
    let is_refused = |unit| matches!(first(unit), Err(NotSupported(_)));
    assert!(is_refused([sps_with(1, false, bits().u(1, 0)), pps(), idr()].concat()), "interlaced");
    assert!(is_refused([sps(), pps_with(0, 0, 2), idr()].concat()), "slice groups");
    let high = |chroma, depth| bits().u(8, 100).u(8, 0).u(8, 30).ue(0).ue(chroma).ue(depth).ue(0).unit(0x67);
    assert!(is_refused(high(2, 0)) && is_refused(high(1, 2)));
    assert!(is_refused(bits().unit(0x42)) && is_refused(bits().unit(0x74)));
    let b = bits().ue(0).ue(6).ue(0).u(4, 1).u(6, 2).u(20, 0).unit(0x41);
    assert!(matches!(read(&b), Err(NotSupported(_))));
    assert!(matches!(read(&[p_skip(0, 1, 12), p_skip(0, 1, 12)].concat()), Err(NotSupported(_))));
}

#[test]
fn what_is_damaged_or_has_no_sets_is_distinguished() {
    assert_eq!(H264Reader::default().read(&idr()), Err(NoSets));
    assert_eq!(H264Reader::default().read(&[sps(), idr()].concat()), Err(NoSets));
    assert_eq!(read(&[]), Err(Damaged));
    assert_eq!(read(&sps()), Err(Damaged), "no picture");
    assert_eq!(read(&p_skip(3, 1, 9)), Err(Damaged), "its beginning is missing");
    assert_eq!(read(&[p_skip(0, 1, 6), p_skip(6, 2, 6)].concat()), Err(Damaged), "two pictures");
    assert_eq!(read(&[0, 0, 1, 0x41, 0x9a]), Err(Damaged));
}

#[test]
fn scaling_lists_are_passed_over() {
    let mut sps = bits().u(8, 100).u(8, 0).u(8, 30).ue(0).ue(1).ue(0).ue(0).u(1, 0).u(1, 1);
    // A list of 16 that ends after two, the default one, five more that are not there, and one of 64.
    sps = sps.u(1, 1).se(-1).se(-7).u(1, 1).se(-8).u(5, 0).u(1, 1);
    for _ in 0..64 {
        sps = sps.se(1);
    }
    let sps = sps.ue(0).ue(2).ue(1).u(1, 0).ue(9).ue(4).u(1, 1).u(1, 1).u(1, 0).u(1, 0).unit(0x67);
    let idr = bits().ue(0).ue(7).ue(0).u(4, 0).ue(0).u(2, 0).se(0).ue(1).u(20, 0xabcde).unit(0x65);
    let config = H264Reader::default().read(&[sps, pps(), idr].concat()).unwrap().config.unwrap();
    assert_eq!((config.width, config.height, &*config.codec), (160, 80, "avc1.64001e"));
    assert!(config.description.ends_with(&[0xfd, 0xf8, 0xf8, 0]));
}

proptest! {
    #[test]
    fn nothing_panics(units in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..40)), 0..6)) {
        let mut reader = H264Reader::default();
        let _ = reader.read(&key());
        for (header, bytes) in units {
            let _ = reader.read(&[&[0, 0, 1, header][..], &bytes].concat());
        }
    }

    #[test]
    fn no_damage_panics(flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8u8), 1..8)) {
        let mut stream = [key(), p_skip(0, 1, 12)].concat();
        for (at, bit) in flips {
            let at = at.index(stream.len());
            stream[at] ^= 1 << bit;
        }
        let _ = H264Reader::default().read(&stream);
    }
}

/// The pictures of samples, each as ffmpeg's hash of it, and what ffmpeg complains about.
fn decode(samples: &[Vec<u8>], name: &str) -> (Vec<String>, String) {
    let file = std::env::temp_dir().join(format!("received-{}-{name}.264", std::process::id()));
    let mut stream = Vec::new();
    for sample in samples {
        let mut rest = &sample[..];
        while let Some((len, behind)) = rest.split_first_chunk() {
            let (unit, behind) = behind.split_at(u32::from_be_bytes(*len) as usize);
            stream.extend([0, 0, 0, 1]);
            stream.extend(unit);
            rest = behind;
        }
    }
    fs::write(&file, stream).unwrap();
    let hashes = ["-fps_mode", "passthrough", "-f", "framemd5", "-"];
    let output =
        Command::new("ffmpeg").args(["-v", "warning", "-i"]).arg(&file).args(hashes).stdin(Stdio::null()).output();
    let output = output.expect("ffmpeg is missing: `npm run setup` installs it");
    fs::remove_file(&file).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let hashes = text.lines().filter(|line| !line.starts_with('#'));
    let hashes = hashes.map(|line| line.rsplit(',').next().unwrap().trim().to_owned()).collect();
    (hashes, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Which frames of a capture repeat the one before, and which of those are dropped. The others decode to the same pictures without
/// them, as ffmpeg sees it.
fn check(name: &str) -> (Vec<usize>, Vec<usize>) {
    let (mut reader, mut ordered, mut renumber) = (H264Reader::default(), Ordered::default(), Renumber::default());
    let (mut all, mut kept, mut left) = (Vec::new(), Vec::new(), Vec::new());
    let (mut repeats, mut spare) = (Vec::new(), Vec::new());
    for (at, (rtp, frame)) in frames(name).into_iter().enumerate() {
        let unit = reader.read(&frame).unwrap();
        ordered.push(rtp, unit.place, Wall::default(), unit.sample);
        let Some(Given::Decodable { mut frame, place, repeat }) = ordered.next(Wall::default()) else {
            panic!("{name}: {at} waits")
        };
        all.push(frame.clone());
        if repeat != Repeat::No {
            repeats.push(at);
        }
        if repeat == Repeat::Spare {
            spare.push(at);
            renumber.drop(&place);
        } else {
            renumber.keep(&mut frame, &place);
            kept.push(frame);
            left.push(at);
        }
    }
    let file = name.replace('/', "-");
    let (all, _) = decode(&all, &file);
    for &at in &repeats {
        assert_eq!(all[at], all[at - 1], "{name}: {at} is no repeat");
    }
    let (kept, complaints) = decode(&kept, &file);
    let expected: Vec<_> = left.iter().map(|&at| all[at].clone()).collect();
    assert_eq!(kept, expected, "{name}");
    assert_eq!(complaints, "", "{name}");
    (repeats, spare)
}

// A gap in the numbers is concealed by ffmpeg, which complains, and refused by others.
#[test]
fn without_repeats_the_others_decode_to_the_same_pictures() {
    let still = [20, 21, 22, 23, 26, 27, 28, 29, 30, 31].to_vec();
    assert_eq!(check("received/x264"), (still.clone(), still));
    // Three references: the first repeats stay.
    let (still, spare) = ([21, 22, 23, 26, 27, 28, 29, 30, 31].to_vec(), [23, 28, 29, 30, 31].to_vec());
    assert_eq!(check("received/x264-slices"), (still, spare));
    assert_eq!(check("received/chromium"), ([2, 3, 4].to_vec(), [2, 3, 4].to_vec()));
}

#[test]
fn what_a_sender_of_aiortc_sends_is_read() {
    for name in ["senders/short-a-film-h264", "senders/short-a-scene-h264"] {
        assert_eq!(check(name), (vec![], vec![]), "{name}");
    }
}
