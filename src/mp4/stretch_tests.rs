use super::fragments_tests::{reels, samples_of};
use super::merge_tests::{Reel, record};
use super::sample_times::ticks;
use super::stretch::{FirstSegment, From, Last, MadeStretch, Place, Stretch, stretch};
use super::{Stored, TIMESCALE, silence};
use crate::codec::SoundCodec;
use crate::reel::{ReelRecord, Track};
use proptest::prelude::*;

const SECOND: i64 = 1_000_000;
const OPUS_RATE: u32 = 48_000;

/// A sample: when it begins and ends, in ticks, whether it is a key frame, and its bytes.
type Known = (u64, u64, bool, Vec<u8>);

/// What a `SourceBuffer` has of each track, as it takes fragments.
#[derive(Debug, Default)]
struct Player {
    place: Option<Place>,
    has: [Vec<Known>; 2],
}

impl Player {
    fn take(&mut self, reel: &Reel, stretch: &Stretch) {
        assert_eq!(Place::from_text(&stretch.place.to_text()), Some(stretch.place));
        let known = self.place.map(|place| (place.tracks, place.configs));
        let is_same = known == Some((stretch.place.tracks, stretch.place.configs));
        assert_eq!(stretch.initialisation.is_none(), is_same);
        if stretch.is_new {
            for (has, timescale) in self.has.iter_mut().zip([TIMESCALE, OPUS_RATE]) {
                has.retain(|sample| sample.0 < ticks(stretch.range_us.start, timescale) as u64);
            }
        }
        for (id, samples) in samples_of(&reel.bytes(&stretch.pieces)) {
            let has = &mut self.has[id as usize - 1];
            let start = samples[0].0;
            // Sound that comes late takes the place of silence.
            while has.last().is_some_and(|last| last.0 >= start && is_silence(last)) {
                has.pop();
            }
            has.last_mut().filter(|last| is_silence(last)).into_iter().for_each(|last| last.1 = last.1.min(start));
            if stretch.is_new {
                assert!(samples[0].2, "a key frame");
                has.retain(|sample| sample.0 < start);
                has.last_mut().into_iter().for_each(|last| last.1 = last.1.min(start));
            } else if let Some(last) = has.last() {
                // Silence is whole packets, before and behind such a place.
                let most = if id == 2 { 2 * 960 } else { 0 };
                assert!((0..=most).contains(&(start - last.1)), "track {id} has no hole: {} to {start}", last.1);
            }
            has.extend(
                samples.into_iter().map(|(time, length, key, bytes)| (time, time + u64::from(length), key, bytes)),
            );
        }
        self.place = Some(stretch.place);
    }

    /// All that there is from here on.
    fn read(&mut self, reel: &Reel, record: &ReelRecord, mut from: From, is_live: bool, most: usize) {
        for n in 0..most {
            let MadeStretch::Stretch(stretch) = of(reel, record, from, is_live) else { return };
            self.take(reel, &stretch);
            from = From::Behind(stretch.place);
            assert!(n < 10_000, "it comes to an end");
        }
    }
}

fn is_silence(sample: &Known) -> bool {
    [SoundCodec::Opus, SoundCodec::Aac].map(|codec| silence::packet(codec, true)).contains(&sample.3)
}

// Behind a stretch in silence, all sound of the reel was read: a player of a long one took many megabytes each time.
#[test]
fn a_track_of_which_a_player_has_nothing_is_read_from_where_the_other_is() {
    let last = Last { index: 70, start_us: 60 * SECOND, end_us: 61 * SECOND, from_us: 59 * SECOND, sum: 1 };
    let first = |lasts| {
        let from = From::Behind(Place { lasts, ..Place::default() });
        [Track::Video, Track::Audio].map(|track| from.first_segment(track))
    };
    let [index, at] = [FirstSegment::Index(70), FirstSegment::At(60 * SECOND)];
    assert_eq!(first([Some(last), None]), [index, at]);
    assert_eq!(first([None, Some(last)]), [at, index]);
    assert_eq!(first([Some(last), Some(last)]), [index, index]);
    assert_eq!(first([None, None]), [FirstSegment::At(0); 2]);
    assert_eq!(From::Time(SECOND).first_segment(Track::Audio), FirstSegment::At(SECOND));
}

fn given(reel: &Reel) -> Vec<(u32, Stored)> {
    let mut counts = [0; 2];
    let index = |stored: &Stored| {
        counts[stored.track as usize] += 1;
        (counts[stored.track as usize] - 1, stored.clone())
    };
    reel.stored.iter().map(index).collect()
}

fn of(reel: &Reel, record: &ReelRecord, from: From, is_live: bool) -> MadeStretch {
    stretch(record, given(reel), from, 2 * SECOND, false, is_live).unwrap()
}

/// The samples of a track from this time on.
fn expected(reel: &Reel, track: Track, from_us: i64) -> Vec<Known> {
    let timescale = if track == Track::Video { TIMESCALE } else { OPUS_RATE };
    let mut all: Vec<Known> = Vec::new();
    for (stored, data) in reel.stored.iter().zip(&reel.data).filter(|(stored, _)| stored.track == track) {
        let mut at = 0;
        let at_ticks = |us: i64| ticks(us, timescale) as u64;
        if let Some(last) = all.last_mut() {
            last.1 = at_ticks(stored.table.start_us());
        }
        let ends = stored.table.samples().iter().skip(1).map(|sample| sample.decode_us).chain([stored.table.end_us()]);
        for (sample, end_us) in stored.table.samples().iter().zip(ends) {
            let end = at + sample.size as usize;
            all.push((at_ticks(sample.decode_us), at_ticks(end_us), sample.key, data[at..end].to_vec()));
            at = end;
        }
    }
    all.retain(|sample| sample.0 >= ticks(from_us, timescale) as u64);
    all
}

/// A reel as it was at a time, and then became another: its samples up to there, and what follows differs.
fn until(reel: &Reel, until_us: i64) -> Reel {
    let mut early = Reel::default();
    for (stored, data) in reel.stored.iter().zip(&reel.data) {
        if stored.table.start_us() < until_us {
            early.stored.push(stored.clone());
            early.data.push(data.clone());
        }
    }
    early
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 300 } else { 3000 }))]

    // Otherwise a player showed what is not in the file, or stood before a hole.
    #[test]
    fn a_player_has_what_the_reel_is_whatever_became_of_it(
        mut reel in reels(),
        other in reels(),
        cut_us in 0..20_000_000_i64,
        from_us in 0..20_000_000_i64,
        most in 0..6_usize,
        is_merged: bool,
    ) {
        let mut before = until(&reel, cut_us);
        // Of both tracks all is there that comes before this.
        let last = |track| before.stored.iter().rfind(|stored| stored.track == track);
        let heard_us = last(Track::Audio).map_or(0, |last| last.table.end_us());
        let has_sound = reel.stored.iter().any(|stored| stored.track == Track::Audio);
        let settled_us = last(Track::Video).map_or(0, |last| last.table.last_us()).min(cut_us);
        let settled_us = if has_sound { settled_us.min(heard_us) } else { settled_us };
        for (stored, data) in other.stored.iter().zip(&other.data) {
            let kept = before.stored.iter().filter(|kept| kept.track == stored.track).map(|kept| kept.table.end_us());
            if stored.table.start_us() >= kept.max().unwrap_or(cut_us).max(settled_us) {
                before.stored.push(stored.clone());
                before.data.push(data.clone());
            }
        }
        before.stored.sort_by_key(|stored| stored.track);
        before.data = before.stored.iter().map(|stored| {
            let of = |reel: &Reel| reel.stored.iter().position(|own| own == stored).map(|n| reel.data[n].clone());
            of(&reel).or_else(|| of(&other)).unwrap()
        }).collect();
        let record = record();
        let mut player = Player::default();
        player.read(&before, &ReelRecord { settled_us, ..record.clone() }, From::Time(from_us), true, most);
        let whole = reel.clone();
        if is_merged {
            reel.merge_all();
        }
        let from = player.place.map_or(From::Time(from_us), From::Behind);
        player.read(&reel, &record, from, false, usize::MAX);
        let [pictures, sound] = &player.has;
        let has_pictures = whole.stored.iter().any(|stored| stored.track == Track::Video);
        if let Some(first) = pictures.first().filter(|_| has_pictures) {
            let expected = expected(&whole, Track::Video, 0);
            let kept: Vec<_> = expected.into_iter().filter(|sample| sample.0 >= first.0).collect();
            prop_assert_eq!(pictures, &kept);
            let heard: Vec<_> = sound.iter().filter(|sample| !is_silence(sample)).collect();
            let all = super::stretch_tests::expected(&whole, Track::Audio, 0);
            let end = heard.last().map_or(0, |last| last.0 + 1);
            let first = heard.first().map_or(0, |first| first.0);
            let kept: Vec<_> = all.iter().filter(|sample| (first..end).contains(&sample.0)).collect();
            // How long the last packet before a cut lasts is heard nowhere.
            let content = |samples: Vec<&Known>| samples.into_iter().map(|sample| (sample.0, sample.3.clone())).collect::<Vec<_>>();
            prop_assert_eq!(content(heard), content(kept));
        }
    }
}

/// Pictures of 100 ms from 0 on; each list is a segment, and says which are key frames.
fn pictures(segments: &[&[bool]]) -> Reel {
    let mut reel = Reel::default();
    let mut end_us = 0;
    for keys in segments {
        end_us = reel.add(Track::Video, 0, end_us, &vec![(SECOND / 10, 5); keys.len()]);
        let table = &mut reel.stored.last_mut().unwrap().table;
        let mut samples = table.samples().to_vec();
        samples.iter_mut().zip(*keys).for_each(|(sample, key)| sample.key = *key);
        let mut own = crate::reel::SampleTable::new(samples[0], samples[0].decode_us + SECOND / 10);
        samples[1..].iter().for_each(|sample| own.push(*sample, sample.decode_us + SECOND / 10));
        *table = own;
    }
    reel
}

fn without_sound() -> ReelRecord {
    ReelRecord { audio: Vec::new(), ..record() }
}

#[test]
fn a_picture_is_shown_from_its_key_frame_on_which_may_be_in_an_earlier_segment() {
    let reel = pictures(&[&[true, false], &[false, false], &[true, false], &[false, true]]);
    let record = without_sound();
    let at = |us: i64| match of(&reel, &record, From::Time(us), false) {
        MadeStretch::Stretch(stretch) => stretch.range_us,
        made => panic!("{made:?}"),
    };
    assert_eq!([0, 350_000, 400_000, 650_000, 99 * SECOND].map(|us| at(us).start), [0, 0, 400_000, 400_000, 700_000]);
    let late = given(&reel).split_off(1);
    let of_late =
        |has_earlier| stretch(&record, late.clone(), From::Time(350_000), SECOND, has_earlier, false).unwrap();
    assert!(matches!(of_late(true), MadeStretch::Earlier));
    let MadeStretch::Stretch(first) = of_late(false) else { panic!("it begins with the first key frame") };
    assert_eq!(first.range_us.start, 400_000);
}

#[test]
fn the_last_picture_of_a_live_reel_waits_until_its_length_is_known() {
    let reel = pictures(&[&[true, false, false]]);
    let ends = [true, false].map(|is_live| match of(&reel, &without_sound(), From::Time(0), is_live) {
        MadeStretch::Stretch(stretch) => (stretch.range_us.end, stretch.is_last),
        made => panic!("{made:?}"),
    });
    assert_eq!(ends, [(200_000, true), (300_000, true)]);
}

#[test]
fn sound_that_begins_later_has_silence_before_it() {
    let mut reel = pictures(&[&[true, false, false, false]]);
    reel.add(Track::Audio, 0, 250_000, &[(20_000, 3); 8]);
    let MadeStretch::Stretch(stretch) = of(&reel, &record(), From::Time(0), false) else { panic!() };
    let sound = &samples_of(&reel.bytes(&stretch.pieces))[1].1;
    let silent = sound.iter().filter(|sample| sample.3 == silence::packet(SoundCodec::Opus, true)).count();
    assert_eq!((silent, sound.len(), sound[0].0), (12, 20, 0));
    assert_eq!(stretch.place.lasts[1].map(|Last { start_us, .. }| start_us), Some(390_000));
}

// A player would wait for sound for ever.
#[test]
fn sound_that_has_ended_has_silence_behind_it() {
    let mut reel = pictures(&[&[true; 100]]);
    reel.add(Track::Audio, 0, 0, &[(20_000, 3); 50]);
    let (opus, aac_lc) = (record().audio[0].description.clone(), vec![0x11, 0x90]);
    for (codec, description, packet) in [(SoundCodec::Opus, opus, 960), (SoundCodec::Aac, aac_lc, 1024)] {
        let mut record = record();
        (record.audio[0].codec, record.audio[0].description) = (codec.name().into(), description);
        for is_live in [true, false] {
            let mut player = Player::default();
            player.read(&reel, &record, From::Time(0), is_live, usize::MAX);
            let ends = player.has.each_ref().map(|has| has.last().map(|last| last.1).unwrap());
            assert_eq!(ends[0], ticks(if is_live { 99 } else { 100 } * SECOND / 10, TIMESCALE) as u64);
            // Of a live reel it might still come.
            assert!(ends[1] >= ticks(97 * SECOND / 10, OPUS_RATE) as u64, "{ends:?}");
            let silent: Vec<_> = player.has[1].iter().filter(|sample| is_silence(sample)).collect();
            assert!(silent.iter().all(|sample| sample.3 == silence::packet(codec, true)), "of its own codec");
            assert!(silent.iter().all(|sample| (sample.1 - sample.0).abs_diff(packet) <= 1), "whole packets");
        }
    }
}

#[test]
fn pictures_of_another_size_begin_with_their_own_initialisation() {
    let mut reel = pictures(&[&[true, false]]);
    reel.add(Track::Video, 1, 200_000, &[(SECOND / 10, 5); 2]);
    let mut player = Player::default();
    player.read(&reel, &without_sound(), From::Time(0), false, 1);
    assert_eq!((player.has[0].len(), player.place.unwrap().configs[0]), (2, 0));
    player.read(&reel, &without_sound(), From::Behind(player.place.unwrap()), false, 1);
    assert_eq!((player.has[0].len(), player.place.unwrap().configs[0]), (4, 1));
}
