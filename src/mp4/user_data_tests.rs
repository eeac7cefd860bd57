//! Chapters and facts are read back with independent readers, and are what another writer makes of them.

use super::plan_tests::{bounds, pictures, reel, sound};
use super::tests::find_box;
use super::{Piece, Stored, plan};
use crate::clip::Bounds;
use crate::facts::Facts;
use crate::reel::{Mark, Note, ReelRecord, Track};
use mp4_atom::{Chpl, ChplEntry, Decode, Encode, FourCC, Moov, Tref};
use std::io::Cursor;

fn facts() -> Facts {
    let some = |text: &str| Some(text.to_owned());
    Facts {
        title: some("A call"),
        artist: some("Ann"),
        comment: some("ünïcode"),
        date: some("2026-11-28"),
        location: some("+48.85770+002.29500/"),
        custom: some("{\"seed\":7}"),
    }
}

fn marked(marks: &[(i64, &str)]) -> ReelRecord {
    let mark = |(time_us, name): &(i64, &str)| Mark {
        time_us: *time_us,
        note: Note { name: (*name).into(), ..Note::default() },
    };
    ReelRecord { marks: marks.iter().map(mark).collect::<Vec<_>>().into(), ..reel() }
}

/// Four seconds of pictures and sound.
fn stored() -> Vec<Stored> {
    let pictures = (0..4).map(|n| pictures(1, n * 1_000_000, 25));
    pictures.chain((0..4).map(|n| sound(n * 1_000_000, 50))).collect()
}

pub(super) fn file(reel: &ReelRecord, stored: &[Stored], bounds: Bounds, facts: &Facts) -> Vec<u8> {
    let plan = plan(reel, stored.to_vec(), bounds, facts).unwrap().unwrap();
    let record = |n: usize| (0..stored[n].table.bytes()).map(|byte| (byte as usize * 7 + n) as u8).collect::<Vec<_>>();
    let bytes = plan.pieces.into_iter().flat_map(|piece| match piece {
        Piece::Bytes(bytes) => bytes,
        Piece::Whole(n) => record(n),
        Piece::Slice(n, range) => record(n)[range.start as usize..range.end as usize].to_vec(),
    });
    bytes.collect()
}

/// What another library has understood of a movie.
pub(super) fn understood(file: &[u8]) -> Moov {
    Moov::decode(&mut find_box(file, b"moov")).unwrap()
}

/// What is behind the text of a chapter.
const OF_CHAPTER: &[u8] = b"\0\0\0\x0cencd\0\0\x01\0";

/// The samples of the last track, each with its length in milliseconds, as its index has them.
pub(super) fn samples(file: &[u8]) -> Vec<(u32, Vec<u8>)> {
    let moov = understood(file);
    let stbl = &moov.trak.last().unwrap().mdia.minf.stbl;
    let times = stbl.stts.entries.iter();
    let times = times.flat_map(|entry| std::iter::repeat_n(entry.sample_delta, entry.sample_count as usize));
    let mut at = stbl.stco.as_ref().unwrap().entries[0] as usize;
    let sizes = match &stbl.stsz.samples {
        mp4_atom::StszSamples::Different { sizes } => sizes.clone(),
        mp4_atom::StszSamples::Identical { count, size } => vec![*size; *count as usize],
    };
    let sample = |size: &u32| {
        at += *size as usize;
        file[at - *size as usize..at].to_vec()
    };
    let samples: Vec<_> = sizes.iter().map(sample).collect();
    times.zip(samples).collect()
}

/// The texts in them, each behind its length in bytes, and with these bytes behind it.
pub(super) fn texts(file: &[u8], behind: &[u8]) -> Vec<(u32, String)> {
    let text = |(ms, sample): (u32, Vec<u8>)| {
        let len = u16::from_be_bytes([sample[0], sample[1]]) as usize;
        assert_eq!(&sample[2 + len..], behind);
        (ms, String::from_utf8(sample[2..2 + len].to_vec()).unwrap())
    };
    samples(file).into_iter().map(text).collect()
}

#[test]
fn marks_are_chapters_in_both_ways_of_a_movie() {
    let stored = stored();
    let reel = marked(&[(1_000_000, "ä"), (2_500_000, "b"), (99_000_000, "behind the end")]);
    let file = file(&reel, &stored, bounds(0, 4_000_000), &Facts::default());
    let moov = understood(&file);
    let ids: Vec<_> = moov.trak.iter().map(|trak| trak.tkhd.track_id).collect();
    assert_eq!((ids, moov.mvhd.next_track_id), (vec![1, 2, 3], 4));
    let listed = [(0, ""), (10_000_000, "ä"), (25_000_000, "b")];
    let entries = listed.map(|(start, title)| ChplEntry { start, title: title.into() }).to_vec();
    let mut written = Vec::new();
    Chpl { entries }.encode(&mut written).unwrap();
    assert_eq!(find_box(&file, b"chpl"), written);
    assert_eq!(find_box(&file, b"tref"), b"\0\0\0\x14tref\0\0\0\x0cchap\0\0\0\x03");
    assert!(Tref::decode(&mut find_box(&file, b"tref")).is_ok());
    assert!(moov.trak[0].tref.is_some() && moov.trak[1].tref.is_none() && moov.trak[2].tref.is_none());
    let track = moov.trak.last().unwrap();
    assert!(!track.tkhd.enabled, "it is not shown");
    assert_eq!((track.mdia.hdlr.handler, track.mdia.mdhd.timescale), (FourCC::new(b"text"), 1000));
    let [first, second, last] = &texts(&file, OF_CHAPTER)[..] else { panic!("three") };
    assert_eq!((first, second), (&(1000, String::new()), &(1500, "ä".into())));
    assert_eq!((last.0 + 2500, last.1.as_str()), (moov.mvhd.duration as u32 / 90, "b"));
    assert_eq!(track.mdia.mdhd.duration, moov.mvhd.duration / 90);
}

// Every sample was read from twelve bytes before where it is.
#[test]
fn samples_are_where_the_index_points() {
    let stored = stored();
    for reel in [marked(&[]), marked(&[(0, "a"), (1_500_000, "b")])] {
        let file = file(&reel, &stored, bounds(0, 4_000_000), &facts());
        let size = file.len() as u64;
        let mut reader = mp4::Mp4Reader::read_header(Cursor::new(&file[..]), size).unwrap();
        let plain = self::file(&marked(&[]), &stored, bounds(0, 4_000_000), &Facts::default());
        let mut expected = mp4::Mp4Reader::read_header(Cursor::new(&plain[..]), plain.len() as u64).unwrap();
        for track in [1, 2] {
            let count = expected.sample_count(track).unwrap();
            assert_eq!(reader.sample_count(track).unwrap(), count);
            for sample in 1..=count {
                // Samples count as equal there if they are as long.
                let [own, other] =
                    [&mut reader, &mut expected].map(|reader| reader.read_sample(track, sample).unwrap());
                assert_eq!(own.unwrap().bytes, other.unwrap().bytes);
            }
        }
        let mdat = find_box(&file, b"mdat");
        assert_eq!(mdat.as_ptr() as usize + mdat.len(), file.as_ptr() as usize + file.len(), "mdat is the rest");
    }
}

#[test]
fn a_part_has_the_chapters_in_it_counted_from_its_start() {
    let stored = stored();
    let all = [(0, "a"), (1_000_000, "b"), (3_000_000, "c")];
    let part = |bounds| {
        let file = file(&marked(&all), &stored, bounds, &Facts::default());
        texts(&file, OF_CHAPTER).into_iter().map(|(_, text)| text).collect::<Vec<_>>()
    };
    assert_eq!(part(bounds(2_000_000, 4_000_000)), ["", "c"]);
    assert_eq!(part(bounds(0, 3_000_000)), ["a", "b"]);
}

#[test]
fn a_movie_without_marks_and_facts_is_what_it_was() {
    let stored = stored();
    let file = file(&marked(&[(9_000_000, "behind the part")]), &stored, bounds(0, 1_000_000), &Facts::default());
    for name in [b"udta", b"tref", b"text", b"meta"] {
        assert!(!file.windows(4).any(|window| window == name), "{name:?}");
    }
}

#[test]
fn facts_are_what_another_library_reads() {
    use mp4::Metadata;
    let stored = stored();
    let file = file(&marked(&[(1_000_000, "ä"), (2_500_000, "b")]), &stored, bounds(0, 4_000_000), &facts());
    let reader = mp4::Mp4Reader::read_header(Cursor::new(&file[..]), file.len() as u64).unwrap();
    assert_eq!(reader.metadata().title().as_deref(), Some("A call"));
    let ilst = find_box(&file, b"ilst");
    assert!(mp4_atom::Ilst::decode(&mut &ilst[..]).is_ok());
    let data = |text: &str| {
        let head = (16 + text.len() as u32).to_be_bytes();
        [&head, &b"data\0\0\0\x01\0\0\0\0"[..], text.as_bytes()].concat()
    };
    for (kind, text) in
        [(b"\xa9nam", "A call"), (b"\xa9ART", "Ann"), (b"\xa9cmt", "ünïcode"), (b"\xa9day", "2026-11-28")]
    {
        assert_eq!(find_box(ilst, kind)[8..], data(text));
    }
    let custom = find_box(ilst, b"----");
    let own = [&b"\0\0\0\x19mean\0\0\0\0com.trackreel\0\0\0\x12name\0\0\0\0custom"[..], &data("{\"seed\":7}")].concat();
    assert_eq!(custom[8..], own);
    assert_eq!(find_box(&file, b"\xa9xyz")[8..], *b"\0\x14\x55\xc4+48.85770+002.29500/");
    let hdlr = find_box(find_box(&file, b"meta"), b"hdlr");
    assert_eq!(hdlr[16..20], *b"mdir");
}

// A list counts in a byte: 300 chapters were 44.
#[test]
fn many_and_long_chapters_are_all_in_the_track() {
    let long = "ä".repeat(200);
    let all: Vec<_> = (0..300).map(|n| (n * 10_000, long.as_str())).collect();
    let file = file(&marked(&all), &stored(), bounds(0, 4_000_000), &Facts::default());
    let listed = Chpl::decode(&mut find_box(&file, b"chpl")).unwrap().entries;
    assert_eq!(listed.len(), 255);
    assert!(listed.iter().all(|entry| entry.title == "ä".repeat(127)));
    let texts = texts(&file, OF_CHAPTER);
    assert_eq!(texts.len(), 300);
    assert!(texts.iter().all(|(_, text)| *text == long));
}

#[test]
fn sound_alone_has_chapters_as_well() {
    let sound: Vec<_> = stored().into_iter().filter(|stored| stored.track == Track::Audio).collect();
    let file = file(&marked(&[(0, "a"), (1_000_000, "b")]), &sound, bounds(0, 2_000_000), &Facts::default());
    let moov = understood(&file);
    assert_eq!(moov.trak.len(), 2);
    assert!(moov.trak[0].tref.is_some());
    assert_eq!(texts(&file, OF_CHAPTER)[0], (1000, "a".into()));
}
