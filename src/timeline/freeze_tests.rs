//! Freezes as a reel shows them, on pictures without a codec: what codecs do is in the corpus (`tests/corpus/`).

use super::*;
use crate::time::Source;

const FRAME_US: i64 = 33_333;
const WIDTH: usize = 160;
const HEIGHT: usize = 192;

/// What is in a reel: the number of each picture and its media time.
#[derive(Default)]
struct Reel {
    kept: Vec<(usize, Media)>,
    freezes: Vec<Freeze>,
    dropped: usize,
    limited: bool,
}

struct Recording {
    timeline: Timeline,
    reel: Reel,
    now: Wall,
    /// The last picture.
    before: Option<Picture>,
}

impl Recording {
    fn new(freeze: FreezeMode) -> Self {
        let options = Options { freeze, ..Options::default() };
        let timeline = Timeline::new(&options, false, Wall::default());
        Self { timeline, reel: Reel::default(), now: Wall::default(), before: None }
    }

    /// Takes the next frame of 30 a second; `number` distinguishes it from others.
    fn take(&mut self, number: usize, picture: Picture) {
        self.now += FRAME_US;
        let Ok(admitted) = self.timeline.admit(self.arrival()) else { return };
        // As a recording does it: rows while it moves, and the whole of both pictures once they are at rest.
        let rows = self.timeline.rows().map(|rows| self.timeline.inspect_rows(admitted, picture.rows(rows)));
        if let (Some(None), Some(before)) = (&rows, self.before.take()) {
            self.timeline.take_whole(before);
        }
        self.before = Some(picture.clone());
        let inspected = rows.flatten().unwrap_or_else(|| self.timeline.inspect(admitted, Some(picture)));
        let last = inspected.roll_back_after();
        self.reel.kept.retain(|&(_, time)| last.is_none_or(|last| time <= last));
        let (fate, freeze) = self.timeline.decide(inspected, last);
        self.reel.freezes.extend(freeze);
        match fate {
            Fate::Keep { time, .. } => {
                assert!(self.reel.kept.last().is_none_or(|&(_, last)| time > last));
                self.reel.kept.push((number, time));
            }
            Fate::Drop(_) => self.reel.dropped += 1,
            Fate::Limit => self.reel.limited = true,
        }
    }

    /// That of a frame that comes now.
    fn arrival(&self) -> Arrival {
        Arrival {
            timestamp: Source::from_us(self.now.us()),
            rtp: None,
            wall: self.now,
            is_burst: false,
            is_encoded: false,
        }
    }

    fn numbers(&self) -> Vec<usize> {
        self.reel.kept.iter().map(|&(number, _)| number).collect()
    }

    fn last_us(&self) -> i64 {
        self.reel.kept.last().map_or(-1, |&(_, time)| time.us())
    }
}

fn grey(luma: impl Fn(usize, usize) -> u8) -> Picture {
    let bytes = (0..WIDTH * HEIGHT).map(|i| luma(i % WIDTH, i / WIDTH)).collect();
    Picture::new(bytes, [Plane { offset: 0, stride: WIDTH, width: WIDTH, height: HEIGHT }])
}

/// A rough still page with a pointer of 8×8 pixels at a place that depends on the number.
fn pointer(number: usize) -> Picture {
    noisy_pointer(number, |_, _| 0)
}

/// The same with this many levels added at each place.
fn noisy_pointer(number: usize, noise: impl Fn(usize, usize) -> i32) -> Picture {
    let (left, top) = (number * 3 % (WIDTH - 8), number * 2 % (HEIGHT - 8));
    grey(|x, y| {
        let on_pointer = (left..left + 8).contains(&x) && (top..top + 8).contains(&y);
        let level = if on_pointer { 235 } else { (90 + x * 7 % 31 + y * 5 % 23) as i32 };
        (level + noise(x, y)) as u8
    })
}

/// Something between 0 and 255 that looks random.
fn noise(seed: usize, x: usize, y: usize) -> i32 {
    let mut mixed = (seed * WIDTH * HEIGHT + y * WIDTH + x + 1) as u64;
    for _ in 0..3 {
        mixed = (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    (mixed >> 40 & 255) as i32
}

#[test]
fn what_a_frozen_sender_repeats_is_not_in_the_reel() {
    let mut recording = Recording::new(FreezeMode::Cut);
    (0..30).for_each(|n| recording.take(n, pointer(n)));
    (0..90).for_each(|_| recording.take(999, pointer(29)));
    (30..60).for_each(|n| recording.take(n, pointer(n)));
    assert_eq!(recording.numbers(), (0..60).collect::<Vec<_>>());
    assert_eq!(recording.last_us(), 59 * FRAME_US);
    let [found, ended] = recording.reel.freezes[..] else { panic!("{:?}", recording.reel.freezes) };
    assert_eq!((found.begin.us(), found.ended), (30 * FRAME_US, false));
    assert!(found.length_us >= 1_000_000 - 2 * FRAME_US);
    assert_eq!(ended, Freeze { begin: Media::from_us(30 * FRAME_US), length_us: 90 * FRAME_US, ended: true });
}

// A slide that somebody explains: what was said had no picture, and then no place.
#[test]
fn a_frozen_picture_is_held_while_somebody_speaks_and_cut_when_nobody_does() {
    let mut recording = Recording::new(FreezeMode::Cut);
    (0..30).for_each(|n| recording.take(n, pointer(n)));
    let frozen = |recording: &mut Recording, frames: usize, is_heard: bool| {
        for _ in 0..frames {
            if is_heard {
                recording.timeline.hear(recording.now, recording.now + FRAME_US);
            }
            recording.take(999, pointer(29));
        }
    };
    // Ten seconds with a voice, twenty without, and each once more.
    for (frames, is_heard, length) in [(300, true, 330), (600, false, 330), (300, true, 630), (600, false, 630)] {
        frozen(&mut recording, frames, is_heard);
        let end = recording.timeline.reel_end(recording.now).unwrap().us();
        assert!((end - length * FRAME_US).abs() <= 2 * FRAME_US, "{end} us, not {}", length * FRAME_US);
    }
    (30..60).for_each(|n| recording.take(n, pointer(n)));
    assert_eq!(recording.numbers(), (0..60).collect::<Vec<_>>());
    assert!((recording.last_us() - 659 * FRAME_US).abs() <= 3 * FRAME_US, "{}", recording.last_us());
    let place = recording.timeline.place(recording.now).unwrap();
    assert!((place.us() - recording.last_us()).abs() < 5_000);
}

#[test]
fn a_held_picture_keeps_its_time_and_takes_no_frames() {
    let mut recording = Recording::new(FreezeMode::Hold);
    (0..30).for_each(|n| recording.take(n, pointer(n)));
    (0..90).for_each(|_| recording.take(999, pointer(29)));
    assert_eq!(recording.timeline.reel_end(recording.now), Some(Media::from_us(120 * FRAME_US)));
    (30..60).for_each(|n| recording.take(n, pointer(n)));
    assert_eq!(recording.numbers(), (0..60).collect::<Vec<_>>());
    assert_eq!(recording.reel.kept[30].1.us(), 120 * FRAME_US);
    assert_eq!(recording.last_us(), 149 * FRAME_US);
}

#[test]
fn a_detector_that_is_off_keeps_every_repeat() {
    let mut recording = Recording::new(FreezeMode::Keep);
    (0..90).for_each(|_| recording.take(0, pointer(0)));
    assert_eq!(recording.reel.kept.len(), 90);
    assert_eq!(recording.reel.freezes, []);
}

#[test]
fn a_moment_of_stillness_stays() {
    let mut recording = Recording::new(FreezeMode::Cut);
    for n in 0..20 {
        recording.take(n, pointer(n));
        (0..27).for_each(|_| recording.take(n, pointer(n)));
    }
    assert_eq!(recording.reel.kept.len(), 20 * 28);
}

#[test]
fn a_sender_that_is_frozen_from_the_start_leaves_one_frame() {
    let mut recording = Recording::new(FreezeMode::Cut);
    (0..90).for_each(|_| recording.take(0, pointer(0)));
    recording.take(1, pointer(1));
    assert_eq!(recording.reel.kept, [(0, Media::default()), (1, Media::from_us(FRAME_US))]);
}

#[test]
fn a_pause_in_a_freeze_takes_over_from_it() {
    for (mode, expected_us) in [(FreezeMode::Cut, 30 * FRAME_US), (FreezeMode::Hold, 90 * FRAME_US)] {
        let mut recording = Recording::new(mode);
        (0..30).for_each(|n| recording.take(n, pointer(n)));
        (0..60).for_each(|_| recording.take(999, pointer(29)));
        assert!(recording.timeline.frozen());
        assert!(recording.timeline.pause(recording.now).is_some_and(|freeze| freeze.ended));
        (0..30).for_each(|_| recording.take(999, pointer(29)));
        recording.timeline.resume(Wall::default());
        recording.take(30, pointer(30));
        assert_eq!(recording.numbers(), (0..31).collect::<Vec<_>>());
        assert_eq!(recording.last_us(), expected_us);
    }
}

// A slow fade looks like codec noise from one frame to the next.
#[test]
fn a_fade_of_four_levels_a_second_is_motion() {
    let mut recording = Recording::new(FreezeMode::Cut);
    // A fraction of a level is in a part of the pixels.
    let faded = |n: usize| {
        grey(move |x, y| {
            let level = (60 + x % 40) as f64 + n as f64 * 4.0 / 30.0 + f64::from(noise(7, x, y)) / 256.0;
            level as u8
        })
    };
    (0..300).for_each(|n| recording.take(n, faded(n)));
    assert_eq!(recording.numbers(), (0..300).collect::<Vec<_>>());
}

#[test]
fn grain_is_motion_and_static_grain_is_none() {
    let grainy = |seed: usize| grey(move |x, y| (100 + x / 4 + (noise(seed, x, y) / 12) as usize) as u8);
    let mut recording = Recording::new(FreezeMode::Cut);
    (0..60).for_each(|n| recording.take(n, grainy(n)));
    (0..90).for_each(|_| recording.take(999, grainy(59)));
    (60..120).for_each(|n| recording.take(n, grainy(n)));
    assert_eq!(recording.numbers(), (0..120).collect::<Vec<_>>());
}

#[test]
fn a_freeze_that_flickers_continues_and_leaves_no_repeat() {
    let mut recording = Recording::new(FreezeMode::Cut);
    (0..30).for_each(|n| recording.take(n, pointer(n)));
    // A key frame of another quality: the detail of every block changes a little.
    let other = || noisy_pointer(29, |x, y| noise(1, x, y) / 37 - 3);
    (0..45).for_each(|_| recording.take(999, pointer(29)));
    (0..45).for_each(|_| recording.take(999, other()));
    (30..60).for_each(|n| recording.take(n, pointer(n)));
    assert_eq!(recording.numbers(), (0..60).collect::<Vec<_>>());
    let begins: Vec<_> = recording.reel.freezes.iter().map(|freeze| freeze.begin.us()).collect();
    assert!(begins.iter().all(|begin_us| *begin_us == 30 * FRAME_US), "{begins:?}");
}

// A block is stirred up in one frame, sinks back in several that are at rest, and again, as VP8 has it in smooth areas.
#[test]
fn a_block_that_stirs_and_sinks_back_does_not_split_a_freeze() {
    let stirred = |up: i32, down: i32| {
        noisy_pointer(29, move |x, y| i32::from(x < 8 && y < 8) * if x % 4 == 0 { up } else { -down })
    };
    for mode in [FreezeMode::Cut, FreezeMode::Hold] {
        let mut recording = Recording::new(mode);
        (0..30).for_each(|n| recording.take(n, pointer(n)));
        (0..40).for_each(|_| recording.take(999, stirred(0, 0)));
        for (up, down) in [(5, 1), (3, 1), (1, 0), (0, 0)].repeat(4) {
            recording.take(999, stirred(up, down));
        }
        (0..40).for_each(|_| recording.take(999, stirred(0, 0)));
        (30..60).for_each(|n| recording.take(n, pointer(n)));
        assert_eq!(recording.numbers(), (0..60).collect::<Vec<_>>(), "{mode:?}");
        let begins: Vec<_> = recording.reel.freezes.iter().map(|freeze| freeze.begin.us()).collect();
        assert_eq!(begins, [30 * FRAME_US; 2], "{mode:?}: reported once as begun and once as ended");
    }
}

#[test]
fn pictures_that_can_t_be_compared_are_kept() {
    let mut recording = Recording::new(FreezeMode::Cut);
    // Neither one pixel nor none has blocks; and a plane that is not there is not looked for.
    for n in 0..60 {
        let plane = Plane { offset: 0, stride: 1, width: 1, height: 1 };
        recording.take(n, Picture::new(vec![(n * 37 % 200) as u8], [plane, Plane { offset: 9, ..plane }]));
    }
    assert_eq!(recording.reel.kept.len(), 60);
}

/// What somebody does on a screen: for how long nothing happens, in seconds, and then for how many frames something moves.
const WORK: [(&str, &[(f64, usize)]); 5] = [
    ("a letter every 2 s for 22 s", &[(2.0, 1); 11]),
    ("six slides of 20 s, with a transition", &[(20.0, 15); 6]),
    ("ten moves of chess, 12 s each", &[(12.0, 10); 10]),
    ("a lecture: a pointer that rests", &[(3.0, 60); 8]),
    ("a server that is paused four times", &[(3.0, 120), (10.0, 120), (3.0, 120), (1.5, 120)]),
];

/// How long the reel is, in seconds, of something that moves for two seconds and then as people do.
fn reel_of(work: &[(f64, usize)], min_shown_us: i64) -> f64 {
    let options = Options { min_shown_us, ..Options::default() };
    let mut recording = Recording::new(FreezeMode::Cut);
    recording.timeline = Timeline::new(&options, false, Wall::default());
    let mut number = 0;
    let mut step = |recording: &mut Recording, moves: bool| {
        number += usize::from(moves);
        recording.take(number, pointer(number));
    };
    (0..60).for_each(|_| step(&mut recording, true));
    for &(still_s, frames) in work {
        (0..(still_s * 30.0) as usize).for_each(|_| step(&mut recording, false));
        (0..frames).for_each(|_| step(&mut recording, true));
    }
    recording.timeline.reel_end(recording.now).unwrap_or_default().us() as f64 / 1e6
}

// Somebody typed for 22 s, and the file was of 0.44 s: eleven pictures of 40 ms, too short to read.
#[test]
fn people_at_work_can_be_followed_and_nothing_is_left_of_a_paused_server() {
    let lengths = |min_shown_us: i64| WORK.map(|(_, work)| (reel_of(work, min_shown_us) * 10.0).round() / 10.0);
    // In seconds: the two of motion before, and each thing that moves, for as long as it moves.
    assert_eq!(lengths(0), [2.4, 5.0, 5.3, 18.0, 18.0]);
    // The default: each letter, slide and move can be seen; the paused server's reel is the same.
    assert_eq!(lengths(1_000_000), [12.0, 7.5, 11.3, 18.0, 18.0]);
    assert_eq!(lengths(2_000_000), [22.0, 12.5, 20.3, 18.0, 18.0]);
}

// The first frames of a fade after a freeze differ by a tenth of a level: they were taken for repeats.
#[test]
fn weak_motion_at_the_end_of_a_freeze_is_kept_from_its_first_frame() {
    let faded = |n: usize| {
        grey(move |x, y| {
            let level = (60 + x % 40) as f64 + n as f64 * 4.0 / 30.0 + f64::from(noise(7, x, y)) / 256.0;
            level as u8
        })
    };
    let mut recording = Recording::new(FreezeMode::Cut);
    (0..30).for_each(|n| recording.take(n, faded(n)));
    (0..90).for_each(|_| recording.take(999, faded(29)));
    (30..120).for_each(|n| recording.take(n, faded(n)));
    assert_eq!(recording.numbers(), (0..120).collect::<Vec<_>>());
    let reported: Vec<bool> = recording.reel.freezes.iter().map(|freeze| freeze.ended).collect();
    assert_eq!(reported, [false, true]);
}

#[test]
fn a_freeze_that_was_disturbed_before_the_end_is_reported_as_over() {
    let other = || noisy_pointer(29, |x, y| noise(1, x, y) / 37 - 3);
    let mut recording = Recording::new(FreezeMode::Cut);
    (0..30).for_each(|n| recording.take(n, pointer(n)));
    (0..45).for_each(|_| recording.take(999, pointer(29)));
    assert_eq!(recording.timeline.finish(), None, "it goes on to the end");
    recording.take(999, other());
    assert!(recording.timeline.finish().is_some_and(|freeze| freeze.ended));
}

// A hardware decoder took over, whose pictures can't be read: seconds of motion were rolled back with the next hiccup.
#[test]
fn pictures_that_can_no_longer_be_read_roll_nothing_back() {
    let mut recording = Recording::new(FreezeMode::Cut);
    (0..30).for_each(|n| recording.take(n, pointer(n)));
    for n in 0..90 {
        recording.now += if n % 30 == 0 { 200_000 } else { FRAME_US };
        assert_eq!(recording.timeline.silence(recording.now).map(|_| ()), None);
        let Ok(admitted) = recording.timeline.admit(recording.arrival()) else { panic!("it is not too fast") };
        let inspected = recording.timeline.inspect(admitted, None);
        assert_eq!(inspected.roll_back_after(), None);
        assert!(matches!(recording.timeline.decide(inspected, None).0, Fate::Keep { .. }));
    }
}

#[test]
fn another_size_is_inspected_as_a_whole() {
    let mut recording = Recording::new(FreezeMode::Cut);
    (0..30).for_each(|n| recording.take(n, pointer(n)));
    assert!(recording.timeline.rows().is_some());
    let small = |n: usize| {
        let bytes = (0..80 * 48).map(|i| (40 + i % 80 + (i / 80) * 2 + n % 2 * 30) as u8).collect();
        Picture::new(bytes, [Plane { offset: 0, stride: 80, width: 80, height: 48 }])
    };
    recording.take(30, small(0));
    assert_eq!(recording.timeline.rows(), None);
    (31..120).for_each(|_| recording.take(999, small(0)));
    (120..150).for_each(|n| recording.take(n, pointer(n)));
    let reported: Vec<bool> = recording.reel.freezes.iter().map(|freeze| freeze.ended).collect();
    assert_eq!(reported, [false, true]);
}

#[test]
fn a_silence_that_no_tick_noticed_is_cut_while_only_rows_are_inspected() {
    let mut recording = Recording::new(FreezeMode::Cut);
    (0..30).for_each(|n| recording.take(n, pointer(n)));
    assert!(recording.timeline.rows().is_some());
    recording.now += 600_000_000;
    (30..60).for_each(|n| recording.take(n, pointer(n)));
    assert_eq!(recording.numbers(), (0..60).collect::<Vec<_>>());
    assert!((recording.last_us() - 59 * FRAME_US).abs() < FRAME_US, "{}", recording.last_us());
    let reported: Vec<bool> = recording.reel.freezes.iter().map(|freeze| freeze.ended).collect();
    assert_eq!(reported, [false, true]);
}

// A key frame disturbed the second freeze, and the letter before it was in the file for one frame.
#[test]
fn what_is_shown_for_a_while_is_shown_though_the_freeze_after_it_is_disturbed() {
    let other = || noisy_pointer(31, |x, y| noise(1, x, y) / 37 - 3);
    let mut recording = Recording::new(FreezeMode::Cut);
    (0..31).for_each(|n| recording.take(n, pointer(n)));
    (0..60).for_each(|_| recording.take(999, pointer(30)));
    (0..45).for_each(|_| recording.take(31, pointer(31)));
    (0..45).for_each(|_| recording.take(999, other()));
    let end_us = recording.timeline.reel_end(recording.now).unwrap_or_default().us();
    assert!((end_us - 31 * FRAME_US - 1_000_000).abs() < 2 * FRAME_US, "{end_us}");
}

// A film over aiortc's VP8 at 10 Mbit/s: blocks jumped by up to 5 levels, and once by 8, which split the freeze.
#[test]
fn a_block_that_jumps_further_than_before_does_not_split_a_freeze_that_jumps() {
    // The first of these blocks, one below the other.
    let jumped =
        |jumps: &[i32]| noisy_pointer(29, |x, y| if x / 8 == 2 { jumps.get(y / 8).copied().unwrap_or(0) } else { 0 });
    for (jumps, expected) in [([4, 5, 8], 2), ([0, 0, 8], 4)] {
        let mut recording = Recording::new(FreezeMode::Cut);
        (0..30).for_each(|n| recording.take(n, pointer(n)));
        (0..45).for_each(|_| recording.take(999, pointer(29)));
        for count in 1..=jumps.len() {
            (0..45).for_each(|_| recording.take(999, jumped(&jumps[..count])));
        }
        (30..60).for_each(|n| recording.take(n, pointer(n)));
        assert_eq!(recording.reel.freezes.len(), expected, "{jumps:?}");
    }
}

// A film over aiortc's VP8 at 10 Mbit/s: after a second of repeats one block of twenty changed, some by more than 7 levels. The freeze was
// reported twice, and a second of it was in the file.
#[test]
fn blocks_that_a_codec_refreshes_after_a_second_do_not_split_a_freeze() {
    let refreshed = || {
        noisy_pointer(29, |x, y| {
            let block = x / 8 + y / 8 * 7;
            match block {
                40 => [-8, 8][(x + y) % 2],
                _ if block % 20 == 0 => [-2, 2][(x + y) % 2],
                _ => 0,
            }
        })
    };
    let mut recording = Recording::new(FreezeMode::Cut);
    (0..30).for_each(|n| recording.take(n, pointer(n)));
    (0..36).for_each(|_| recording.take(999, pointer(29)));
    (0..3).for_each(|_| recording.take(999, refreshed()));
    (0..90).for_each(|_| recording.take(999, pointer(29)));
    (30..60).for_each(|n| recording.take(n, pointer(n)));
    assert_eq!(recording.numbers(), (0..60).collect::<Vec<_>>());
    let reported: Vec<bool> = recording.reel.freezes.iter().map(|freeze| freeze.ended).collect();
    assert_eq!(reported, [false, true]);
}
