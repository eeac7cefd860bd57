use super::*;
use crate::received::fixtures::frames;
use crate::time::Source;

fn arrival(rtp: u32, ms: i64) -> Arrival {
    let wall = Wall::from_us(ms * 1000);
    Arrival { timestamp: Source::from_us(ms * 1000), rtp: Some(rtp), wall, is_burst: false }
}

fn sample(reading: Option<Reading>) -> Option<ReadSample> {
    match reading {
        Some(Reading::Sample(sample)) => Some(sample),
        Some(other) => panic!("{other:?}"),
        None => None,
    }
}

/// Reads a capture, a frame each 40 ms, and omits as many samples as this gives after each frame. Gives the samples.
fn read(name: &str, mut left_out: impl FnMut(usize, &ReadSample) -> usize) -> Vec<ReadSample> {
    let (mut reader, mut samples) = (Reader::default(), Vec::new());
    for (n, (rtp, frame)) in frames(name).into_iter().enumerate() {
        let at = arrival(rtp, n as i64 * 40);
        reader.push("video/h264", &frame, at);
        while let Some(sample) = sample(reader.next(at.wall)) {
            reader.left_out(left_out(n, &sample));
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
fn repeats_that_are_left_out_later_leave_no_gap_either() {
    let at_once = read("received/x264", |_, sample| usize::from(sample.is_repeat));
    let later = read("received/x264", |n, sample| match n {
        // The last four, and then the next six, of which three were kept first.
        23 => 4,
        29 => 4,
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
    let (mut reader, frames) = (Reader::default(), frames("received/x264"));
    let mut push = |n: usize, ms: i64| {
        reader.push("video/H264", &frames[n].1, arrival(frames[n].0, ms));
        let given = std::iter::from_fn(|| sample(reader.next(Wall::from_us(ms * 1000))));
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
    let mut reader = Reader::default();
    let at = arrival(0, 0);
    reader.push("video/VP8", &[0; 10], at);
    assert_eq!(reader.next(at.wall), Some(Reading::Unfit("codec")));
    reader.push("video/H264", &[0, 0, 0, 1, 0x41, 0x9a], at);
    assert!(!sample(reader.next(at.wall)).unwrap().is_decodable, "its parameter sets have not come");
    assert_eq!(reader.next(at.wall), None);
}
