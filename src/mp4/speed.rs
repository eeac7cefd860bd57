//! Pictures that are shown faster or slower than they were recorded, by their times alone.

use super::cut::{Cut, Source};
use crate::reel::SampleTable;

/// Pictures that would come faster than this, in pictures a second on average, are too fast for players.
const MOST_FPS: i64 = 240;
/// The least time between two key frames where there is nothing else, in microseconds: 60 a second.
const LEAST_US: i64 = 16_666;

/// Has a track that starts at this media time, in microseconds, be this many times as fast. Of pictures that would be too fast for players,
/// only key frames stay, as far as there is time for them.
pub(super) fn speed_up(cut: &mut Cut, start_us: i64, speed: f64) {
    let faster = |time_us: i64| start_us + ((time_us - start_us) as f64 / speed).round() as i64;
    let samples: usize = cut.segments.iter().map(|(_, table)| table.samples().len()).sum();
    let end_us = cut.segments.last().map_or(start_us, |(_, table)| faster(table.end_us()));
    if samples as i64 * 1_000_000 > MOST_FPS * (end_us - start_us) {
        keep_keys(cut, (LEAST_US as f64 * speed) as i64);
    }
    let mut earliest_us = i64::MIN;
    for (_, table) in &mut cut.segments {
        table.rescale(speed, |time_us| {
            // Two samples may not share a time.
            let time_us = faster(time_us).max(earliest_us);
            earliest_us = time_us + 1;
            time_us
        });
    }
}

/// Takes away all but the key frames that come at least this long after one another, in microseconds. Each is a segment then.
fn keep_keys(cut: &mut Cut, least_us: i64) {
    let end_us = cut.segments.last().map_or(0, |(_, table)| table.end_us());
    let mut kept = Cut::default();
    let mut earliest_us = i64::MIN;
    for (segment, (config, table)) in cut.segments.iter().enumerate() {
        let mut places = cut.places_of(segment);
        for sample in table.samples() {
            let (stored, start) = places.next(sample.size);
            if sample.key && sample.decode_us >= earliest_us {
                earliest_us = sample.decode_us.saturating_add(least_us);
                kept.segments.push((*config, SampleTable::new(*sample, end_us)));
                kept.places.push(None);
                kept.sources.push(Source { sets: Vec::new(), stored, start });
            }
        }
    }
    let starts: Vec<i64> = kept.segments.iter().skip(1).map(|(_, next)| next.start_us()).collect();
    kept.segments.iter_mut().zip(starts).for_each(|((_, table), next_us)| table.end_at(next_us));
    *cut = kept;
}

#[cfg(test)]
mod tests {
    use super::super::audio_tests::{opus, packets};
    use super::super::tests::h264;
    use super::super::{Piece, Plan, Stored, plan};
    use crate::clip::Bounds;
    use crate::codec::Container;
    use crate::facts::Facts;
    use crate::reel::{ReelRecord, Run, Sample, SampleTable, Shared, Track, VideoConfig};
    use crate::{Result, webm};
    use mp4_atom::Decode;

    fn reel(codec: &str) -> ReelRecord {
        let config = VideoConfig { codec: codec.into(), ..h264() };
        ReelRecord { video: vec![config], audio: vec![opus()], ..ReelRecord::new(0.0, "2025-11-24T16:00:00.000Z", 0) }
    }

    /// Segments of 50 pictures of 40 ms and 10 bytes each, a key frame first.
    fn pictures(count: i64) -> Vec<Stored> {
        let sample = |n: i64| Sample { decode_us: n * 40_000, composition_offset_us: 0, size: 10, key: n % 50 == 0 };
        let segment = |index: i64| {
            let mut table = SampleTable::new(sample(50 * index), (50 * index + 1) * 40_000);
            (1..50).for_each(|n| table.push(sample(50 * index + n), (50 * index + n + 1) * 40_000));
            Stored { track: Track::Video, config: 0, table, shared: None }
        };
        (0..count).map(segment).collect()
    }

    fn at(speed: f64, from_us: i64, to_us: i64) -> Bounds {
        Bounds { from_us, to_us, speed: Some(speed), ..Bounds::default() }
    }

    fn planned(container: Container, stored: &[Stored], bounds: Bounds) -> Result<Plan> {
        let plan = match container {
            Container::Mp4 => plan(&reel("avc1.64001f"), stored.to_vec(), bounds, &Facts::default()),
            Container::WebM => webm::plan(&reel("vp8"), stored.to_vec(), bounds, &Facts::default()),
        };
        plan.map(|plan| plan.expect("it is laid out"))
    }

    /// How many tracks there are, and the time from each picture to the next, in ticks of 90,000 a second, in runs.
    fn intervals(plan: &Plan) -> (usize, Vec<(u32, u32)>) {
        let Piece::Bytes(head) = &plan.pieces[0] else { panic!("the head comes first") };
        let moov = mp4_atom::Moov::decode(&mut super::super::tests::find_box(head, b"moov")).unwrap();
        let runs = &moov.trak[0].mdia.minf.stbl.stts.entries;
        (moov.trak.len(), runs.iter().map(|run| (run.sample_count, run.sample_delta)).collect())
    }

    fn bytes(plan: &Plan) -> Vec<Piece> {
        plan.pieces[1..].to_vec()
    }

    #[test]
    fn pictures_are_faster_or_slower_and_without_sound() {
        let mut stored = pictures(2);
        let sound = packets(0, &vec![(20_000, 3); 200]).1;
        stored.push(Stored { track: Track::Audio, config: 0, table: sound, shared: None });
        for (speed, ticks) in [(2.0, 1800), (0.1, 36_000), (0.5, 7200), (6.0, 600)] {
            let plan = planned(Container::Mp4, &stored, at(speed, 0, 4_000_000)).unwrap();
            assert_eq!(intervals(&plan), (1, vec![(100, ticks)]), "{speed}");
            assert_eq!(bytes(&plan), [Piece::Whole(0), Piece::Whole(1)]);
            assert_eq!((plan.start_us, plan.end_us, plan.mime), (0, 4_000_000, "video/mp4"), "of the reel");
        }
    }

    #[test]
    fn a_part_is_faster_too_and_may_have_an_even_rate() {
        let plan = planned(Container::Mp4, &pictures(3), at(2.0, 2_500_000, 3_000_000)).unwrap();
        assert_eq!(intervals(&plan), (1, vec![(25, 1800)]));
        assert_eq!((plan.start_us, plan.end_us), (2_000_000, 3_000_000));
        let even = |fps| {
            let bounds = Bounds { fps: Some(fps), ..at(2.0, 0, 4_000_000) };
            super::super::plan(&reel("avc1.64001f"), pictures(2), bounds, &Facts::default())
        };
        assert_eq!(intervals(&even(60.0).unwrap().unwrap()).1.iter().map(|(count, _)| count).sum::<u32>(), 100);
        assert_eq!(even(25.0), Ok(None), "50 a second");
    }

    // An hour at a speed of a hundred was a file of 3,000 pictures a second: no player showed it.
    #[test]
    fn pictures_that_are_too_fast_for_players_give_way_to_key_frames() {
        let stored = pictures(60);
        let plan = planned(Container::Mp4, &stored, at(100.0, 0, 120_000_000)).unwrap();
        // 2 seconds at a speed of 100 are 20 ms.
        assert_eq!(intervals(&plan), (1, vec![(60, 1800)]));
        let keys: Vec<_> = (0..60).map(|n| Piece::Slice(n, 0..10)).collect();
        assert_eq!(bytes(&plan), keys);
        // Every fourth: 8 ms of 60 a second.
        let plan = planned(Container::Mp4, &stored, at(500.0, 0, 120_000_000)).unwrap();
        assert_eq!(intervals(&plan), (1, vec![(12, 1800)]));
        assert_eq!((plan.start_us, plan.end_us), (0, 120_000_000));
    }

    #[test]
    fn key_frames_are_found_among_the_sound_that_shares_their_record() {
        let mut stored = pictures(1);
        let mut later = pictures(2).pop().unwrap();
        stored[0].table.append(&later.table);
        let run = |samples: u32, start| Run { samples, start, bytes: u64::from(samples) * 10 };
        let shared = Shared { record: 0, start_us: 0, runs: vec![run(30, 100), run(70, 900)] };
        stored[0].shared = Some(shared);
        later = Stored { track: Track::Audio, config: 0, table: packets(0, &[(4_000_000, 600)]).1, shared: None };
        later.shared = Some(Shared { record: 0, start_us: 0, runs: vec![Run { samples: 1, start: 400, bytes: 600 }] });
        stored.push(later);
        let plan = planned(Container::Mp4, &stored, at(100.0, 0, 4_000_000)).unwrap();
        assert_eq!(bytes(&plan), [Piece::Slice(0, 100..110), Piece::Slice(0, 1100..1110)]);
    }

    #[test]
    fn a_webm_is_faster_too() {
        let stored = pictures(60);
        let blocks = |plan: &Plan| plan.pieces.iter().filter(|piece| matches!(piece, Piece::Slice(..))).count();
        let plan = planned(Container::WebM, &stored, at(4.0, 0, 120_000_000)).unwrap();
        assert_eq!((blocks(&plan), plan.start_us, plan.end_us), (3000, 0, 120_000_000));
        let Piece::Bytes(head) = &plan.pieces[0] else { panic!("the head comes first") };
        let duration = [&[0x44, 0x89, 0x88][..], &30_000_f64.to_be_bytes()].concat();
        assert!(head.windows(duration.len()).any(|bytes| bytes == duration), "30 seconds");
        assert_eq!(blocks(&planned(Container::WebM, &stored, at(100.0, 0, 120_000_000)).unwrap()), 60);
    }

    #[test]
    fn sound_alone_has_no_other_speed() {
        let table = packets(0, &vec![(20_000, 3); 200]).1;
        let stored = [Stored { track: Track::Audio, config: 0, table, shared: None }];
        let refused = planned(Container::Mp4, &stored, at(2.0, 0, 4_000_000));
        assert_eq!(refused, Err(crate::Error::NothingRecorded));
    }
}
