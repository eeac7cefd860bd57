use super::*;
use proptest::prelude::*;

/// A picture with 4 bits of `frame_num`, so that it wraps around.
fn place(number: u32) -> Place {
    Place {
        is_key: number == 0,
        is_reference: true,
        number: Some(Number { value: number & 15, bits: 4 }),
        shown: Number { value: 0, bits: 0 },
        is_copy: false,
        marks: false,
        references: 1,
    }
}

fn ms(ms: i64) -> Wall {
    Wall::from_us(1_000 * ms)
}

/// No frames.
const NONE: [i64; 0] = [];

/// The RTP timestamp of a frame, which wraps around soon.
fn rtp(at: u32) -> u32 {
    (u32::MAX - 10_000).wrapping_add(3_000 * at)
}

/// Frames by their number since the key frame; those that can't be decoded as negative numbers.
#[derive(Default)]
struct Buffer(Ordered<i64>);

impl Buffer {
    fn push(&mut self, number: u32, at_ms: i64) -> Vec<i64> {
        self.push_as(number, place(number), at_ms)
    }

    fn push_as(&mut self, number: u32, place: Place, at_ms: i64) -> Vec<i64> {
        self.0.push(rtp(number), place, ms(at_ms), number.into());
        self.at(at_ms)
    }

    fn at(&mut self, at_ms: i64) -> Vec<i64> {
        std::iter::from_fn(|| self.0.next(ms(at_ms)))
            .map(|given| match given {
                Given::Decodable { frame, .. } => frame,
                Given::Undecodable(frame) => -frame,
            })
            .collect()
    }
}

#[test]
fn without_loss_each_frame_is_given_at_once() {
    let mut buffer = Buffer::default();
    for number in 0..100 {
        assert_eq!(buffer.push(number, 33 * i64::from(number)), [i64::from(number)]);
        assert_eq!((buffer.0.due(), buffer.0.needs_key()), (None, false));
    }
}

#[test]
fn later_frames_wait_for_a_missing_one() {
    let mut buffer = Buffer::default();
    buffer.push(0, 0);
    assert_eq!(buffer.push(2, 66), NONE);
    assert_eq!(buffer.push(4, 133), NONE);
    assert_eq!(buffer.push(3, 134), NONE);
    assert_eq!(buffer.0.due(), Some(ms(566)));
    assert_eq!(buffer.push(1, 400), [1, 2, 3, 4]);
    assert_eq!(buffer.push(5, 401), [5]);
}

#[test]
fn what_needs_a_lost_frame_is_undecodable_until_a_key_frame() {
    let mut buffer = Buffer::default();
    buffer.push(0, 0);
    assert_eq!(buffer.push(2, 66), NONE);
    assert_eq!(buffer.push(3, 100), NONE);
    assert_eq!(buffer.at(565), NONE);
    assert!(!buffer.0.needs_key());
    assert_eq!(buffer.at(566), [-2]);
    assert!(buffer.0.needs_key());
    // It comes too late.
    assert_eq!(buffer.push(1, 570), NONE);
    let key = Place { is_key: true, ..place(0) };
    assert_eq!(buffer.push_as(4, key, 580), [-1, -3, 4]);
    assert_eq!(buffer.push_as(5, place(1), 590), [5]);
}

#[test]
fn a_key_frame_ends_the_wait_for_a_missing_one() {
    let mut buffer = Buffer::default();
    buffer.push(0, 0);
    assert_eq!(buffer.push(2, 66), NONE);
    assert_eq!(buffer.push_as(3, place(0), 100), [-2, 3]);
    assert_eq!(buffer.push(1, 101), NONE, "it is older than what was given");
    assert_eq!(buffer.push_as(4, place(1), 133), [4]);
}

// Key frames are the largest, and lose packets most.
#[test]
fn frames_wait_for_the_key_frame_that_comes_before_them() {
    let mut buffer = Buffer::default();
    assert_eq!(buffer.push(1, 10), NONE);
    assert_eq!(buffer.push(2, 20), NONE);
    assert_eq!(buffer.push(0, 30), [0, 1, 2]);
    // As well behind one that can be decoded.
    assert_eq!(buffer.push_as(4, place(1), 40), NONE);
    assert_eq!(buffer.push_as(3, place(0), 50), [3, 4]);
}

#[test]
fn before_the_first_key_frame_all_are_undecodable() {
    let mut buffer = Buffer::default();
    assert!(buffer.0.needs_key());
    assert_eq!(buffer.push(5, 0), NONE);
    assert_eq!(buffer.push(6, 33), NONE);
    assert_eq!(buffer.at(500), [-5]);
    assert_eq!(buffer.at(533), [-6]);
}

#[test]
fn too_many_frames_do_not_wait() {
    let mut buffer = Buffer::default();
    buffer.push(0, 0);
    let given: Vec<_> =
        (2..70).flat_map(|number| buffer.push_as(number, Place { is_key: false, ..place(number) }, 1)).collect();
    assert_eq!(given, (2..11).map(|number| -number).collect::<Vec<_>>());
    assert_eq!(buffer.0.finish().count(), MOST_HELD - 1);
}

// Chromium repeats the first frame of AV1 up to ten times.
#[test]
fn what_came_before_is_dropped() {
    let mut buffer = Buffer::default();
    assert_eq!(buffer.push(0, 0), [0]);
    assert_eq!(buffer.push(0, 1), NONE);
    assert_eq!(buffer.push(2, 2), NONE);
    assert_eq!(buffer.push(2, 3), NONE);
    assert_eq!(buffer.push(1, 4), [1, 2]);
    assert_eq!(buffer.push(1, 5), NONE);
    assert_eq!((buffer.0.due(), buffer.0.held.len()), (None, 0));
}

#[test]
fn frames_behind_one_that_is_no_reference_have_its_number() {
    let mut buffer = Buffer::default();
    let plain = |number| Place { is_reference: false, ..place(number) };
    assert_eq!(buffer.push(0, 0), [0]);
    assert_eq!(buffer.push_as(1, plain(1), 1), [1]);
    assert_eq!(buffer.push_as(2, plain(1), 2), [2]);
    assert_eq!(buffer.push_as(3, place(1), 3), [3]);
    // One that is lost is not missed. One that is late is dropped: no other needs it.
    assert_eq!(buffer.push_as(5, place(2), 5), [5]);
    assert_eq!(buffer.push_as(4, plain(2), 6), NONE);
    // Both wait for a reference.
    assert_eq!(buffer.push_as(8, place(4), 8), NONE);
    assert_eq!(buffer.push_as(7, plain(4), 8), NONE);
    assert_eq!(buffer.push_as(6, place(3), 8), [6, 7, 8]);
}

// x264 has 4 bits of numbers: the number that was missing came again 16 frames later, and what followed was smeared.
#[test]
fn a_number_of_the_next_round_is_not_the_missing_one() {
    let mut buffer = Buffer::default();
    buffer.push(0, 0);
    for number in 2..20 {
        assert_eq!(buffer.push_as(number, Place { is_key: false, ..place(number) }, 1), NONE);
    }
    assert_eq!(buffer.push(1, 2).len(), 19);
}

#[test]
fn a_key_frame_behind_frames_that_needed_it_asks_for_another() {
    let mut buffer = Buffer::default();
    buffer.push(0, 0);
    assert_eq!(buffer.push_as(2, place(1), 66), [2]);
    assert!(!buffer.0.needs_key());
    assert_eq!(buffer.push_as(1, place(0), 67), NONE);
    assert!(buffer.0.needs_key());
    assert_eq!(buffer.push_as(3, place(0), 90), [3]);
    buffer.push_as(3, place(0), 91);
    assert!(!buffer.0.needs_key());
}

// A sender's counter was set back by hours: every frame was taken for an old one.
#[test]
fn a_counter_that_is_reset_is_followed() {
    let mut ordered = Ordered::default();
    ordered.push(3_000_000_000, place(0), ms(0), 0);
    ordered.next(ms(0)).unwrap();
    ordered.push(2_000_000_000, place(1), ms(33), 1);
    assert!(matches!(ordered.next(ms(33)), Some(Given::Decodable { frame: 1, .. })));
    ordered.push(1_999_999_000, place(1), ms(66), 2);
    assert_eq!(ordered.next(ms(66)), None);
}

// A server that begins its clips at 0 lost all but the first of them, uncounted.
#[test]
fn a_counter_that_is_set_back_by_seconds_is_followed_from_a_key_frame_or_the_next_number_on() {
    let mut buffer = Buffer::default();
    let clips = (0..600).map(|n| (n, n % 150));
    // With a key frame for each clip, and with one encoder for all.
    let given = |numbers: &dyn Fn(u32) -> Place, ordered: &mut Ordered<i64>| {
        let mut decodable = 0;
        for (n, at) in clips.clone() {
            ordered.push(rtp(at), numbers(n), ms(33 * i64::from(n)), n.into());
            while let Some(given) = ordered.next(ms(33 * i64::from(n))) {
                decodable += u32::from(matches!(given, Given::Decodable { .. }));
            }
        }
        decodable
    };
    assert_eq!(given(&|n| place(n % 150), &mut buffer.0), 600);
    assert_eq!(given(&place, &mut Ordered::default()), 600);
    // Without numbers, each clip is lost up to the key frame that is asked for.
    let plain = |n: u32| Place { number: None, is_key: n == 0 || n % 150 == 5, ..place(n) };
    assert_eq!(given(&plain, &mut Ordered::default()), 600 - 3 * 5);
}

// Much too late, it was taken for the frame of the next round whose number it has.
#[test]
fn what_is_much_too_late_is_no_frame_of_a_counter_that_was_reset() {
    let mut buffer = Buffer::default();
    (0..40).for_each(|number| _ = buffer.push(number, 33 * i64::from(number)));
    assert_eq!(buffer.push_as(2, place(2), 1400), [-2]);
    assert!(buffer.0.needs_key());
}

#[test]
fn frames_without_numbers_do_not_wait() {
    let mut buffer = Buffer::default();
    let plain = Place { number: None, is_key: false, ..place(0) };
    buffer.push(0, 0);
    assert_eq!(buffer.push_as(2, plain, 1), [2]);
    assert_eq!(buffer.push_as(1, plain, 2), NONE);
}

#[test]
fn a_late_frame_without_a_number_asks_for_a_key_frame() {
    let mut buffer = Buffer::default();
    let plain = Place { number: None, is_key: false, ..place(0) };
    buffer.push(0, 0);
    assert_eq!(buffer.push_as(2, plain, 1), [2]);
    for repeated in [0, 2] {
        buffer.push_as(repeated, plain, 2);
        assert!(!buffer.0.needs_key());
    }
    assert_eq!(buffer.push_as(1, plain, 3), NONE);
    assert!(buffer.0.needs_key());
    assert_eq!(buffer.push_as(3, plain, 4), NONE);
    assert_eq!(buffer.push_as(4, place(0), 5), [-3, 4]);
}

/// What is proven of pictures in decoding order.
fn repeats(places: &[Place]) -> Vec<Repeat> {
    let mut repeats = Repeats::default();
    places.iter().map(|place| repeats.next(place)).collect()
}

#[test]
fn a_copy_repeats_the_picture_before_if_that_is_its_reference() {
    use Repeat::{No, Spare};
    let (key, other) = (place(0), place(1));
    let copy = Place { is_copy: true, ..other };
    let plain = Place { is_reference: false, ..other };
    let plain_copy = Place { is_reference: false, ..copy };
    assert_eq!(repeats(&[key, copy, copy, other, copy]), [No, Spare, Spare, No, Spare]);
    // A copy of the reference before the picture before: what was shown comes again, but later.
    assert_eq!(repeats(&[key, plain, copy, copy]), [No, No, No, Spare]);
    assert_eq!(repeats(&[key, plain, plain_copy, plain_copy, copy]), [No, No, No, Spare, Spare]);
}

#[test]
fn a_repeat_is_spare_once_all_references_show_it() {
    use Repeat::{No, Same, Spare};
    let [key, other] = [0, 1].map(|number| Place { references: 3, ..place(number) });
    let copy = Place { is_copy: true, ..other };
    let plain_copy = Place { is_reference: false, ..copy };
    assert_eq!(repeats(&[key, copy, copy, copy, copy, other, copy]), [No, Same, Same, Spare, Spare, No, Same]);
    assert_eq!(repeats(&[key, plain_copy, copy, plain_copy]), [No, Spare, Same, Spare]);
}

#[test]
fn nothing_is_proven_once_references_were_marked() {
    use Repeat::{No, Spare};
    let (key, other) = (place(0), place(1));
    let (copy, marks) = (Place { is_copy: true, ..other }, Place { marks: true, ..other });
    assert_eq!(repeats(&[key, marks, copy, copy, key, copy]), [No, No, No, No, No, Spare]);
    assert_eq!(repeats(&[Place { marks: true, ..key }, copy]), [No, No]);
}

proptest! {
    // Whatever is late by less than the wait, and whatever comes twice: every frame is given once, in order.
    #[test]
    fn late_frames_come_in_order(late in prop::collection::vec((0..400i64, any::<bool>()), 1..60)) {
        let mut arrivals: Vec<(i64, u32)> = Vec::new();
        for (number, &(late_ms, twice)) in late.iter().enumerate() {
            let sent_ms = 33 * number as i64;
            arrivals.push((sent_ms + late_ms, number as u32));
            arrivals.extend(twice.then_some((sent_ms + 500, number as u32)));
        }
        arrivals.sort_by_key(|arrival| arrival.0);
        let mut buffer = Buffer::default();
        let given: Vec<_> = arrivals.iter().flat_map(|&(at_ms, number)| buffer.push(number, at_ms)).collect();
        prop_assert_eq!(given, (0..late.len() as i64).collect::<Vec<_>>());
    }

    // A decodable frame has all before it, back to a key frame.
    #[test]
    fn no_decodable_frame_needs_a_lost_one(
        frames in prop::collection::vec((prop::bool::weighted(0.9), 0..700i64, prop::bool::weighted(0.1)), 1..60),
    ) {
        let (mut arrivals, mut group) = (Vec::new(), 0);
        for (at, &(comes, late_ms, is_key)) in frames.iter().enumerate() {
            if is_key || at == 0 {
                group = at;
            }
            // The numbers go on over key frames: none is right by chance.
            let place = Place { number: Some(Number { value: at as u32, bits: 8 }), is_key: group == at, ..place(1) };
            arrivals.extend(comes.then_some((33 * at as i64 + late_ms, at, place, group)));
        }
        arrivals.sort_by_key(|arrival| arrival.0);
        let mut ordered = Ordered::default();
        let (mut given, mut undecodable) = (Vec::new(), 0);
        let end = (1_000_000, 0, place(0), 0);
        for (number, &(at_ms, at, place, group)) in arrivals.iter().chain([&end]).enumerate() {
            if number < arrivals.len() {
                ordered.push(rtp(at as u32), place, ms(at_ms), (at, group));
            }
            while let Some(next) = ordered.next(ms(at_ms)) {
                match next {
                    Given::Decodable { frame, .. } => given.push(frame),
                    Given::Undecodable(_) => undecodable += 1,
                }
            }
        }
        prop_assert!(given.len() + undecodable <= arrivals.len());
        let mut last: Option<(usize, usize)> = None;
        for (at, group) in given {
            match last {
                Some((before, of)) if of == group => prop_assert_eq!(at, before + 1),
                _ => prop_assert_eq!(at, group),
            }
            prop_assert!(last.is_none_or(|(before, _)| before < at));
            last = Some((at, group));
        }
    }
}
