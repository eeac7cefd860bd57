use super::*;
use crate::received::fixtures::frames;
use crate::time::Source;

fn arrival(rtp: u32, ms: i64) -> Arrival {
    let wall = Wall::from_us(ms * 1000);
    Arrival { timestamp: Source::from_us(ms * 1000), rtp: Some(rtp), wall, is_burst: false, is_encoded: true }
}

fn sample(reading: Option<Reading<i64>>) -> Option<ReadSample<i64>> {
    match reading {
        Some(Reading::Sample(sample)) => Some(sample),
        Some(other) => panic!("{other:?}"),
        None => None,
    }
}

/// The next reading that needs to wait no more.
fn next(reader: &mut Reader<i64>, now: Wall) -> Option<Reading<i64>> {
    reader.peek(now, false).and_then(|_| reader.take())
}

/// Reads a capture, a frame each 40 ms, and omits as many samples as this gives after each frame. Gives the samples.
fn read(name: &str, mut omitted: impl FnMut(usize, &ReadSample<i64>) -> usize) -> Vec<ReadSample<i64>> {
    let (mut reader, mut samples) = (Reader::new(Container::Mp4, PictureSource::None), Vec::new());
    for (n, (rtp, frame)) in frames(name).into_iter().enumerate() {
        let at = arrival(rtp, n as i64 * 40);
        reader.push("video/h264", Layer::default(), &frame, at);
        while let Some(sample) = sample(next(&mut reader, at.wall)) {
            reader.omitted(omitted(n, &sample));
            samples.push(sample);
        }
    }
    samples
}

#[test]
fn what_comes_in_order_is_given_at_once() {
    let samples = read("received/x264", |_, _| 0);
    assert_eq!(samples.len(), frames("received/x264").len());
    assert!(samples[0].is_key && samples[0].config.is_some());
    assert!(samples.iter().all(|sample| sample.is_decodable && sample.config.is_some() == sample.is_key));
    let repeats: Vec<_> = (0..).zip(&samples).filter(|(_, sample)| sample.is_repeat).map(|(n, _)| n).collect();
    assert_eq!(repeats, [20, 21, 22, 23, 26, 27, 28, 29, 30, 31]);
}

// A freeze is found when some of its repeats are in the reel: the numbers of what followed had a gap.
#[test]
fn repeats_that_are_omitted_later_leave_no_gap_either() {
    let at_once = read("received/x264", |_, sample| usize::from(sample.is_repeat));
    let later = read("received/x264", |n, sample| match n {
        // The last four, and then the next six, of which three were kept first.
        23 | 29 => 4,
        _ if n > 29 => usize::from(sample.is_repeat),
        _ => 0,
    });
    for n in (0..at_once.len()).filter(|n| !at_once[*n].is_repeat) {
        assert_eq!(later[n].bytes, at_once[n].bytes, "{n}");
    }
    let kept = read("received/x264", |_, _| 0);
    assert_ne!(kept[32].bytes, at_once[32].bytes);
}

// Each frame that was sent again made the recording longer by what it was late.
#[test]
fn a_frame_that_was_sent_again_is_in_its_place_and_those_behind_it_came_with_it() {
    let (mut reader, frames) = (Reader::new(Container::Mp4, PictureSource::None), frames("received/x264"));
    let mut push = |n: usize, ms: i64| {
        reader.push("video/H264", Layer::default(), &frames[n].1, arrival(frames[n].0, ms));
        let given = std::iter::from_fn(|| sample(next(&mut reader, Wall::from_us(ms * 1000))));
        given
            .map(|sample| (sample.arrival.rtp == Some(frames[n].0), sample.arrival.wall.us() / 1000))
            .collect::<Vec<_>>()
    };
    assert_eq!((push(0, 0), push(1, 40)), (vec![(true, 0)], vec![(true, 40)]));
    assert_eq!((push(3, 120), push(4, 160)), (vec![], vec![]));
    assert_eq!(push(2, 190), [(true, 190), (false, 190), (false, 190)]);
    assert_eq!(push(5, 200), [(true, 200)]);
}

#[test]
fn what_no_reel_can_hold_is_reported() {
    let mut reader = Reader::new(Container::Mp4, PictureSource::None);
    let at = arrival(0, 0);
    reader.push("video/VP8", Layer::default(), &[0; 10], at);
    assert_eq!(next(&mut reader, at.wall), Some(Reading::Unfit("codec")));
    reader.push("video/H264", Layer::default(), &[0, 0, 0, 1, 0x41, 0x9a], at);
    assert!(!sample(next(&mut reader, at.wall)).unwrap().is_decodable, "its parameter sets have not come");
    assert_eq!(next(&mut reader, at.wall), None);
}

// Numbers that were written before a repeat was found to be one had a gap.
#[test]
fn a_sample_gets_its_numbers_once_its_picture_is_known() {
    let (mut reader, frames) = (Reader::new(Container::Mp4, PictureSource::Browser), frames("received/x264"));
    let at = |n: usize| arrival(frames[n].0, n as i64 * 40);
    for (n, (_, bytes)) in frames[..3].iter().enumerate() {
        reader.push("video/H264", Layer::default(), bytes, at(n));
        assert_eq!(reader.peek(at(n).wall, false), None);
    }
    reader.show(frames[0].0, 0, at(2).wall);
    reader.show(frames[2].0, 2, at(2).wall);
    let shown: Vec<_> =
        std::iter::from_fn(|| sample(next(&mut reader, at(2).wall)).map(|sample| sample.shown)).collect();
    assert_eq!(shown, [Shown::Frame(0), Shown::Skipped, Shown::Frame(2)]);
    reader.push("video/H264", Layer::default(), &frames[3].1, at(3));
    assert_eq!(reader.peek(at(3).wall, false), None);
    assert_eq!(reader.peek(at(3).wall, true), Some(at(3).wall), "what ends a recording waits for nothing");
    assert_eq!(sample(reader.take()).unwrap().shown, Shown::Skipped);
}

// x264 counts references in 4 bits: when 16 were lost, the next number was right, and what it showed was damaged.
#[test]
fn a_loss_of_a_whole_round_of_numbers_shows_in_the_pictures() {
    let frames = frames("received/x264");
    for (pictures, is_shown, expected) in [
        (PictureSource::Browser, true, true),
        (PictureSource::Browser, false, false),
        // A decoder of one's own shows what is damaged.
        (PictureSource::Decoder, true, false),
    ] {
        let mut reader = Reader::new(Container::Mp4, pictures);
        let at = |n: usize, late: u32| arrival(frames[n].0.wrapping_add(late), n as i64 * 40 + i64::from(late) / 90);
        let mut read = Vec::new();
        // As if 16 had been sent between the third and the fourth.
        for (n, late) in [(0, 0), (1, 0), (2, 0), (3, 16 * 3600)] {
            let at = at(n, late);
            reader.push("video/H264", Layer::default(), &frames[n].1, at);
            let rtp = at.rtp.unwrap();
            if n < 3 || is_shown {
                reader.show(rtp, n as i64, at.wall);
            } else {
                // The key frame that the browser asked for.
                reader.show(rtp.wrapping_add(36_000), 9, at.wall.saturating_add(400_000));
            }
            let later = at.wall.saturating_add(5_000_000);
            read.extend(std::iter::from_fn(|| sample(next(&mut reader, later))).map(|sample| sample.is_decodable));
        }
        assert_eq!(read, [true, true, true, expected], "{pictures:?} {is_shown}");
    }
}

#[test]
fn the_layers_of_a_picture_are_no_samples() {
    let mut reader = Reader::new(Container::Mp4, PictureSource::Browser);
    let at = arrival(0, 0);
    reader.push("video/VP9", Layer { spatial: 1, temporal: 0 }, &[0x86], at);
    assert_eq!(next(&mut reader, at.wall), Some(Reading::Unfit("layers")));
}

// Frames that were omitted may be references of others, whose numbers count them.
#[test]
fn only_a_frame_of_h264_that_is_no_reference_is_of_a_layer_that_can_be_omitted() {
    let (mut reader, frames) = (Reader::<i64>::new(Container::Mp4, PictureSource::None), frames("received/x264"));
    let highest = Layer { spatial: 0, temporal: 1 };
    // `nal_ref_idc` is 0 then (ITU-T H.264, § 7.4.1).
    let mut last = frames[2].1.clone();
    let slices: Vec<_> = (3..last.len()).filter(|&at| last[at - 3..at] == [0, 0, 1] && last[at] & 31 == 1).collect();
    slices.iter().for_each(|&at| last[at] &= 31);
    let mut layers = Vec::new();
    for (n, bytes) in [&frames[0].1, &frames[1].1, &last].into_iter().enumerate() {
        let at = arrival(frames[n].0, n as i64 * 40);
        reader.push("video/H264", highest, bytes, at);
        layers.extend(std::iter::from_fn(|| sample(next(&mut reader, at.wall))).map(|sample| sample.layer));
    }
    assert_eq!((layers, slices.len()), (vec![0, 0, 1], 1));
}

// After one frame that followed the one before it closely, every interval counted as a lost round of x264's numbers.
#[test]
fn two_frames_in_quick_succession_do_not_make_the_rest_undecodable() {
    let frames = frames("received/x264");
    let mut reader: Reader<i64> = Reader::new(Container::Mp4, PictureSource::None);
    let mut read = Vec::new();
    for (n, (_, bytes)) in frames.iter().take(20).enumerate() {
        // Ten a second, but for the sixth.
        let ms = if n == 6 { 510 } else { n as i64 * 100 };
        let at = arrival(ms as u32 * 90, ms);
        reader.push("video/H264", Layer::default(), bytes, at);
        read.extend(std::iter::from_fn(|| sample(next(&mut reader, at.wall))).map(|sample| sample.is_decodable));
    }
    assert_eq!(read, [true; 20]);
}

/// The headers of VP9: a key frame, and another.
const VP9_KEY: [u8; 9] = [0x82, 0x49, 0x83, 0x42, 0x40, 0x13, 0xf0, 0x0b, 0x30];
const VP9_DELTA: [u8; 3] = [0x86, 0, 0x40];

/// Reads frames of VP9, of which these are key frames and these were shown. Gives which can be decoded.
fn vp9(count: u32, keys: &[u32], shown: &[u32]) -> Vec<bool> {
    let mut reader = Reader::new(Container::Mp4, PictureSource::Browser);
    let at = |n: u32| arrival(n * 3000, i64::from(n) * 33);
    for n in 0..count {
        let frame: &[u8] = if keys.contains(&n) { &VP9_KEY } else { &VP9_DELTA };
        reader.push("video/VP9", Layer::default(), frame, at(n));
    }
    shown.iter().for_each(|&n| reader.show(n * 3000, i64::from(n), at(n).wall));
    let read = std::iter::from_fn(|| sample(next(&mut reader, at(count).wall)).map(|sample| sample.is_decodable));
    read.collect()
}

// A frame of VP9 has no number: what was lost before it made it grey in the file.
#[test]
fn what_was_not_shown_up_to_a_key_frame_was_not_decoded() {
    assert_eq!(vp9(6, &[0], &[0, 1, 5]), [true; 6], "the last needs those that were not shown");
    assert_eq!(vp9(6, &[0, 4], &[0, 1, 4, 5]), [true, true, false, false, true, true]);
    assert_eq!(vp9(6, &[0], &[0, 1]), [true, true], "they may still be shown");
}

// A delta frame was kept that needs one that was lost: the picture of the key frame behind it had overtaken that.
#[test]
fn a_picture_may_come_before_the_frames_up_to_its_own() {
    let mut reader = Reader::new(Container::Mp4, PictureSource::Browser);
    let at = |n: u32| arrival(n * 3000, i64::from(n) * 33);
    reader.push("video/VP9", Layer::default(), &VP9_KEY, at(0));
    reader.push("video/VP9", Layer::default(), &VP9_DELTA, at(2));
    [0, 3, 4].into_iter().for_each(|n| reader.show(n * 3000, i64::from(n), at(n).wall));
    assert!(sample(next(&mut reader, at(4).wall)).unwrap().is_decodable);
    assert_eq!(next(&mut reader, at(4).wall), None);
    reader.push("video/VP9", Layer::default(), &VP9_KEY, at(3));
    reader.push("video/VP9", Layer::default(), &VP9_DELTA, at(4));
    let read = std::iter::from_fn(|| sample(next(&mut reader, at(5).wall)).map(|sample| sample.is_decodable));
    assert_eq!(read.collect::<Vec<_>>(), [false, true, true]);
    // What never comes is not waited for.
    reader.push("video/VP9", Layer::default(), &VP9_DELTA, at(5));
    reader.show(7 * 3000, 7, at(7).wall);
    assert_eq!(next(&mut reader, at(8).wall), None);
    assert!(!sample(next(&mut reader, at(100).wall)).unwrap().is_decodable);
    // Nor is it where all ends.
    reader.push("video/VP9", Layer::default(), &VP9_DELTA, at(101));
    reader.show(103 * 3000, 103, at(103).wall);
    assert!(reader.peek(at(102).wall, true).is_some());
    assert!(!sample(reader.take()).unwrap().is_decodable);
}

// One that was sent again came behind those that need it, and was dropped.
#[test]
fn a_frame_without_a_number_that_was_sent_again_is_in_its_place() {
    let mut reader = Reader::new(Container::Mp4, PictureSource::Browser);
    let at = |n: u32, ms: i64| arrival(n * 3000, ms);
    reader.push("video/VP9", Layer::default(), &VP9_KEY, at(0, 0));
    reader.push("video/VP9", Layer::default(), &VP9_DELTA, at(2, 66));
    assert_eq!(reader.peek(Wall::from_us(66_000), false), None);
    reader.push("video/VP9", Layer::default(), &VP9_DELTA, at(1, 80));
    (0..3).for_each(|n| reader.show(n * 3000, i64::from(n), Wall::from_us(85_000)));
    let read = std::iter::from_fn(|| sample(next(&mut reader, Wall::from_us(90_000))));
    let read: Vec<_> = read.map(|sample| (sample.arrival.rtp.unwrap() / 3000, sample.is_decodable)).collect();
    assert_eq!(read, [(0, true), (1, true), (2, true)]);
}

// A key frame has many packets, and the frames behind one that was sent again came first: they were kept without it.
#[test]
fn a_key_frame_that_was_sent_again_is_before_those_that_need_it() {
    let mut reader = Reader::new(Container::Mp4, PictureSource::Browser);
    let at = |n: u32, ms: i64| arrival(n * 3000, ms);
    reader.push("video/VP9", Layer::default(), &VP9_KEY, at(0, 0));
    reader.push("video/VP9", Layer::default(), &VP9_DELTA, at(2, 66));
    reader.push("video/VP9", Layer::default(), &VP9_DELTA, at(3, 100));
    reader.show(0, 0, Wall::from_us(90_000));
    let read = |reader: &mut Reader<i64>, ms: i64| {
        let read = std::iter::from_fn(|| sample(next(reader, Wall::from_us(ms * 1000))));
        read.map(|sample| (sample.arrival.rtp.unwrap() / 3000, sample.is_key)).collect::<Vec<_>>()
    };
    assert_eq!(read(&mut reader, 100), [(0, true)]);
    reader.push("video/VP9", Layer::default(), &VP9_KEY, at(1, 120));
    (1..4).for_each(|n| reader.show(n * 3000, i64::from(n), Wall::from_us(125_000)));
    assert_eq!(read(&mut reader, 130), [(1, true), (2, false), (3, false)]);
}

// The picture of the one that is missing was not shown, and the one behind it was kept without it.
#[test]
fn behind_a_gap_a_picture_waits_a_moment_for_a_frame_that_it_overtook() {
    let mut reader = Reader::new(Container::Mp4, PictureSource::Browser);
    let at = |n: u32, ms: i64| arrival(n * 3000, ms);
    let read = |reader: &mut Reader<i64>, ms: i64| {
        let read = std::iter::from_fn(|| sample(next(reader, Wall::from_us(ms * 1000))));
        read.map(|sample| sample.arrival.rtp.unwrap() / 3000).collect::<Vec<_>>()
    };
    for (n, frame) in [(0, &VP9_KEY[..]), (1, &VP9_DELTA)] {
        reader.push("video/VP9", Layer::default(), frame, at(n, i64::from(n) * 33));
        reader.show(n * 3000, i64::from(n), Wall::from_us(50_000));
    }
    assert_eq!(read(&mut reader, 50), [0, 1]);
    reader.push("video/VP9", Layer::default(), &VP9_DELTA, at(3, 100));
    reader.show(9000, 3, Wall::from_us(120_000));
    assert_eq!(read(&mut reader, 130), [0; 0]);
    // It had come before, by a slower way.
    reader.push("video/VP9", Layer::default(), &VP9_DELTA, at(2, 105));
    assert_eq!(read(&mut reader, 150), [2, 3]);
}

// A sender that an SFU puts in the place of another, or one that has begun again, has numbers of its own.
#[test]
fn what_comes_from_another_source_is_read_from_its_key_frame_on() {
    for base in [7_000_000, 2_500_000_000, u32::MAX - 1_500_000] {
        let mut reader = Reader::new(Container::Mp4, PictureSource::Browser);
        let mut read = Vec::new();
        let rtps = (0..4).map(|n| n * 3000).chain((0..4).map(|n| u32::wrapping_add(base, n * 3000)));
        for (n, rtp) in rtps.enumerate() {
            let at = arrival(rtp, n as i64 * 33);
            let frame: &[u8] = if n % 4 == 0 { &VP9_KEY } else { &VP9_DELTA };
            reader.push("video/VP9", Layer::default(), frame, at);
            reader.show(rtp, n as i64, at.wall);
            let later = at.wall.saturating_add(OVERTAKING_US);
            read.extend(std::iter::from_fn(|| sample(next(&mut reader, later))).map(|sample| sample.is_decodable));
        }
        assert_eq!(read, [true; 8], "{base}");
    }
}

// What came before the sender changed its codec was lost with it.
#[test]
fn what_no_reel_can_hold_is_reported_behind_what_came_before_it() {
    let (mut reader, frames) = (Reader::new(Container::Mp4, PictureSource::Browser), frames("received/x264"));
    let at = arrival(frames[0].0, 0);
    reader.push("video/H264", Layer::default(), &frames[0].1, at);
    reader.push("video/VP8", Layer::default(), &[0; 10], arrival(frames[1].0, 40));
    assert_eq!(next(&mut reader, at.wall), None);
    reader.show(frames[0].0, 0, at.wall);
    assert!(sample(next(&mut reader, at.wall)).unwrap().is_decodable);
    assert_eq!(next(&mut reader, at.wall), Some(Reading::Unfit("codec")));
}

#[test]
fn frames_of_vp9_need_pictures() {
    let at = arrival(0, 0);
    // A decoder of one's own makes pictures also where a frame is missing.
    for pictures in [PictureSource::None, PictureSource::Decoder] {
        let mut reader = Reader::new(Container::Mp4, pictures);
        reader.push("video/VP9", Layer::default(), &VP9_KEY, at);
        assert_eq!(next(&mut reader, at.wall), Some(Reading::Unfit("codec")));
    }
    let mut reader = Reader::new(Container::Mp4, PictureSource::Browser);
    reader.push("video/VP9", Layer::default(), &VP9_KEY, at);
    reader.push("video/VP9", Layer::default(), &VP9_DELTA, arrival(3000, 33));
    assert_eq!(next(&mut reader, at.wall), None);
    let late = Wall::from_us(4_000_000);
    assert!(sample(next(&mut reader, late)).unwrap().is_decodable, "a key frame needs no other");
    assert!(!sample(next(&mut reader, late)).unwrap().is_decodable, "it is not known");
}
