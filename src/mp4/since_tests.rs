//! Clips that follow one another.

use super::audio_tests::opus;
use super::tests::h264;
use super::{Stored, take};
use crate::Error;
use crate::clip::Clip;
use crate::entry::{Entry, Value};
use crate::reel::{Contents, Entry as Listed, ReelRecord, Sample, SampleTable, Track};
use proptest::prelude::*;

const PACKET_US: i64 = 20_000;

/// A recording: its pictures segment by segment, each with whether it is a key frame and the time to the next, and its sound.
#[derive(Debug, Clone)]
struct Recording {
    pictures: Vec<Vec<(bool, i64)>>,
    has_sound: bool,
}

fn recordings() -> impl Strategy<Value = Recording> {
    let picture = (prop::bool::weighted(0.3), 5_000..400_000_i64);
    let pictures = prop::collection::vec(prop::collection::vec(picture, 1..8), 1..12);
    (pictures, any::<bool>()).prop_map(|(pictures, has_sound)| Recording { pictures, has_sound })
}

fn sample(decode_us: i64, key: bool) -> Sample {
    // The size identifies it.
    Sample { decode_us, composition_offset_us: 0, size: (decode_us / 1_000) as u32 + 1, key }
}

impl Recording {
    /// What there is of it after this many pictures, and sound that is this much behind them, in microseconds.
    fn after(&self, most: usize, behind_us: i64) -> Vec<Stored> {
        let (mut time_us, mut left) = (0, most);
        let mut stored = Vec::new();
        for segment in &self.pictures {
            let mut table: Option<SampleTable> = None;
            for &(key, length_us) in segment.iter().take(left) {
                let (sample, end_us) = (sample(time_us, key), time_us + length_us);
                match &mut table {
                    Some(table) => table.push(sample, end_us),
                    None => table = Some(SampleTable::new(sample, end_us)),
                }
                (time_us, left) = (end_us, left - 1);
            }
            stored.extend(table.map(|table| Stored { track: Track::Video, config: 0, table, shared: None }));
        }
        if self.has_sound {
            let packets =
                (0..).map(|n| n * PACKET_US).take_while(|start_us| start_us + PACKET_US <= time_us - behind_us);
            let packets: Vec<_> = packets.map(|start_us| sample(start_us, true)).collect();
            for packets in packets.chunks(40) {
                let mut table = SampleTable::new(packets[0], packets[0].decode_us + PACKET_US);
                packets[1..].iter().for_each(|packet| table.push(*packet, packet.decode_us + PACKET_US));
                stored.push(Stored { track: Track::Audio, config: 0, table, shared: None });
            }
        }
        stored
    }

    fn frames(&self) -> usize {
        self.pictures.iter().map(Vec::len).sum()
    }
}

/// The samples of each track.
type Samples = [Vec<i64>; 2];

/// The clip of what there is from this media time on, and where it ends, both in microseconds; of a recording that has ended, or of which
/// pictures later than this may be rolled back.
fn clip(stored: Vec<Stored>, since_us: i64, settled_us: Option<i64>) -> Result<(Samples, i64), Error> {
    let seconds = since_us as f64 / 1e6;
    let entry = Entry { name: "sinceMedia".into(), value: Value::Number(seconds), shown: seconds.to_string() };
    let clip = Clip::parse(&[entry]).unwrap();
    let mut contents = [Contents::default(), Contents::default()];
    for (n, Stored { track, table, .. }) in (0..).zip(&stored) {
        contents[*track as usize].put(Listed::new(n, table));
    }
    let [pictures, sound] = &contents;
    let open_us = settled_us.map_or(pictures.end_us(), |us| pictures.settled_key(us, sound));
    let bounds = clip.bounds_before(pictures.start_us(), pictures.end_us(), open_us)?;
    let reel = ReelRecord { video: vec![h264()], audio: vec![opus()], ..ReelRecord::new(0.0, "", 0) };
    let selection = take(&reel, stored.clone(), bounds)?.unwrap();
    let mut samples = [Vec::new(), Vec::new()];
    let tracks = if selection.cuts().len() == 2 { vec![0, 1] } else { vec![usize::from(!selection.has_pictures())] };
    for (track, cut) in tracks.into_iter().zip(selection.cuts()) {
        for (segment, (_, table)) in cut.segments.iter().enumerate() {
            let mut places = cut.places_of(segment);
            for sample in table.samples() {
                let (position, start) = places.next(sample.size);
                let before =
                    stored[position].table.samples().iter().take_while(|other| other.decode_us < sample.decode_us);
                assert_eq!(start, before.map(|other| u64::from(other.size)).sum::<u64>());
                samples[track].push(sample.decode_us);
            }
        }
        assert!(track == 1 || cut.segments[0].1.samples()[0].key, "it can be decoded");
    }
    Ok((samples, bounds.to_us))
}

proptest! {
    // A page that stored a clip a minute had seconds twice, or a moment was missing between two of them.
    #[test]
    fn clips_that_follow_one_another_have_each_sample_once_and_in_order(
        recording in recordings(),
        mut moments in prop::collection::vec((0.0..1.0_f64, 0..1_000_000_i64, 0..2_000_000_i64), 0..8),
    ) {
        let frames = recording.frames();
        moments.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (mut all, mut since_us): (Samples, i64) = ([Vec::new(), Vec::new()], 0);
        let mut add = |exported: Result<(Samples, i64), Error>| {
            match exported {
                Ok((samples, end_us)) => {
                    since_us = end_us;
                    all.iter_mut().zip(samples).for_each(|(all, samples)| all.extend(samples));
                }
                Err(error) => assert_eq!(error, Error::NothingRecorded),
            }
            since_us
        };
        let mut since = 0;
        for (part, unsettled_us, behind_us) in moments {
            let stored = recording.after(1 + (part * frames as f64) as usize, behind_us);
            let pictures = stored.iter().rfind(|stored| stored.track == Track::Video);
            let settled_us = pictures.map_or(0, |last| last.table.last_us()) - unsettled_us;
            since = add(clip(stored, since, Some(settled_us)));
        }
        let whole = recording.after(frames, 0);
        add(clip(whole.clone(), since, None));

        let of_track = |track| {
            let tables = whole.iter().filter(move |stored| stored.track == track);
            tables.flat_map(|stored| stored.table.samples()).copied()
        };
        // Nothing before the first key frame can be decoded.
        let first_us = of_track(Track::Video).find(|sample| sample.key).map_or(i64::MAX, |key| key.decode_us);
        let expected = [Track::Video, Track::Audio].map(|track| {
            of_track(track).map(|sample| sample.decode_us).filter(|us| *us >= first_us).collect::<Vec<_>>()
        });
        prop_assert_eq!(all, expected);
    }

    // A clip that follows another which ended anywhere repeats nothing of it.
    #[test]
    fn a_clip_since_any_time_has_nothing_from_before(recording in recordings(), since_us in 0..4_000_000_i64) {
        let stored = recording.after(recording.frames(), 0);
        if let Ok(([pictures, sound], _)) = clip(stored.clone(), since_us, None) {
            let keys = stored.iter().filter(|stored| stored.track == Track::Video);
            let key = keys.flat_map(|stored| stored.table.samples()).find(|it| it.key && it.decode_us >= since_us);
            prop_assert_eq!(pictures.first().copied(), key.map(|key| key.decode_us));
            prop_assert!(sound.iter().all(|us| *us >= pictures[0]));
        }
    }
}
