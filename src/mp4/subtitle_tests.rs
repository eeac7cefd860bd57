//! Subtitles are read back with another library, and lie where the index says.

use super::plan_tests::{bounds, pictures, reel, sound};
use super::tests::find_box;
use super::user_data_tests::{file, samples, texts, understood};
use crate::clip::Bounds;
use crate::facts::Facts;
use crate::reel::{Mark, Note, ReelRecord, UNTIL_NEXT};
use mp4_atom::FourCC;

/// A reel with a mark in the first second, and words from then on.
fn captioned(cues: &[(i64, i64, &str)]) -> ReelRecord {
    let note = |name: &str, length_us| Note { name: name.into(), data: None, length_us };
    let mut marks = vec![Mark { time_us: 0, note: note("a mark", None) }];
    marks.extend(
        cues.iter().map(|(time_us, length_us, text)| Mark { time_us: *time_us, note: note(text, Some(*length_us)) }),
    );
    ReelRecord { marks: marks.into(), ..reel() }
}

/// The words of a file of these bounds, each with its length in milliseconds, as another library finds them.
fn words(cues: &[(i64, i64, &str)], bounds: Bounds) -> Vec<(u32, String)> {
    let pictures = (0..4).map(|n| pictures(1, n * 1_000_000, 25));
    let stored: Vec<_> = pictures.chain((0..4).map(|n| sound(n * 1_000_000, 50))).collect();
    texts(&file(&captioned(cues), &stored, bounds, &Facts::default()), b"")
}

fn expected(words: &[(u32, &str)]) -> Vec<(u32, String)> {
    words.iter().map(|(ms, text)| (*ms, (*text).to_owned())).collect()
}

const CUES: &[(i64, i64, &str)] =
    &[(1_000_000, UNTIL_NEXT, "one\nä <b> -->"), (2_000_000, 1_500_000, "two"), (2_500_000, 500_000, "three")];

#[test]
fn words_are_a_track_with_a_sample_for_each_time() {
    let stored: Vec<_> = (0..4).map(|n| pictures(1, n * 1_000_000, 25)).collect();
    let file = file(&captioned(CUES), &stored, bounds(0, 4_000_000), &Facts::default());
    let moov = understood(&file);
    let ids: Vec<_> = moov.trak.iter().map(|trak| trak.tkhd.track_id).collect();
    assert_eq!((ids, moov.mvhd.next_track_id), (vec![1, 2, 3], 4), "pictures, chapters, words");
    let track = &moov.trak[2];
    assert!(track.tkhd.enabled);
    assert_eq!((track.mdia.hdlr.handler, track.mdia.mdhd.timescale), (FourCC::new(b"sbtl"), 1000));
    assert_eq!(track.tkhd.width, moov.trak[0].tkhd.width);
    let stsd = find_box(find_box(&file[file.len() - find_from(&file, b"sbtl")..], b"stsd"), b"stsd");
    assert_eq!(stsd.len(), 0x55);
    assert_eq!(
        texts(&file, b""),
        expected(&[(1000, ""), (1000, "one\nä <b> -->"), (500, "two"), (500, "two\nthree"), (500, "two"),])
    );
}

/// How many bytes follow these.
fn find_from(file: &[u8], bytes: &[u8]) -> usize {
    file.len() - file.windows(bytes.len()).position(|window| window == bytes).unwrap()
}

#[test]
fn words_may_be_web_vtt() {
    let stored: Vec<_> = (0..4).map(|n| pictures(1, n * 1_000_000, 25)).collect();
    let bounds = Bounds { is_wvtt: true, ..bounds(0, 4_000_000) };
    let file = file(&captioned(CUES), &stored, bounds, &Facts::default());
    let track = &understood(&file).trak[2];
    assert!(track.tkhd.enabled);
    assert_eq!((track.mdia.hdlr.handler, track.mdia.mdhd.timescale), (FourCC::new(b"text"), 1000));
    let entry = &file[file.len() - find_from(&file, b"wvtt") - 4..][..30];
    assert_eq!(entry, b"\0\0\0\x1ewvtt\0\0\0\0\0\0\0\x01\0\0\0\x0evttCWEBVTT");
    let cue = |text: &str| {
        let [outer, inner] = [16, 8].map(|head| (head + text.len() as u32).to_be_bytes());
        [&outer, &b"vttc"[..], &inner, &b"payl"[..], text.as_bytes()].concat()
    };
    let expected = [
        (1000, b"\0\0\0\x08vtte".to_vec()),
        (1000, cue("one\nä &lt;b&gt; --&gt;")),
        (500, cue("two")),
        (500, cue("two\nthree")),
        (500, cue("two")),
    ];
    assert_eq!(samples(&file), expected);
}

#[test]
fn a_part_has_the_words_that_are_shown_in_it() {
    assert_eq!(words(CUES, bounds(1_000_000, 3_000_000))[..2], expected(&[(1000, "one\nä <b> -->"), (500, "two")]));
    assert_eq!(words(CUES, bounds(3_000_000, 4_000_000)), expected(&[(500, "two")]));
    let fast = Bounds { speed: Some(2.0), ..bounds(0, 4_000_000) };
    assert_eq!(words(CUES, fast)[..2], expected(&[(500, ""), (500, "one\nä <b> -->")]));
}
