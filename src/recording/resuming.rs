//! What a recording continues from when it resumes a reel.

use crate::codec::Codec;
use crate::picture_size::Size;
use crate::reel::{Contents, Entry, ReelRecord, SampleTable, Track, VideoConfig, within};
use std::rc::Rc;

/// A reel that is about to be recorded again.
#[derive(Debug)]
pub struct Resumed {
    /// Its record: it is not complete any more.
    pub reel: ReelRecord,
    /// What is on disk of its pictures.
    pub contents: Contents,
    /// The same of its sound.
    pub sound: Contents,
    /// The picture size that it has to keep, in pixels; none before its first picture.
    pub size: Option<Size>,
    /// The codec that it has to keep; none before its first picture.
    pub codec: Option<Codec>,
}

impl Resumed {
    /// A reel with this record and these segments, by track and index, that may be this long, in microseconds.
    pub fn new<'a>(
        reel: ReelRecord,
        segments: impl Iterator<Item = (Track, u32, &'a SampleTable)>,
        max_length_us: Option<i64>,
    ) -> Self {
        let (mut contents, mut sound) = (Contents::default(), Contents::default());
        for (track, index, table) in segments {
            let of_track = match track {
                Track::Video => &mut contents,
                Track::Audio => &mut sound,
            };
            of_track.put(Entry::new(index, table));
        }
        if contents.frames() == 0 && !reel.video.is_empty() {
            // Somebody has cleared it: sound belongs to pictures.
            sound = Contents::default();
        }
        // The last picture is shown for as long as its sound is heard: a crash may lose more of the pictures.
        let newest = contents.indexes().end.checked_sub(1).and_then(|last| contents.get(last)).copied();
        let limit_us = max_length_us.map_or(i64::MAX, |us| contents.start_us().saturating_add(us));
        let end_us = sound.end_us().min(limit_us);
        if let Some(newest) = newest.filter(|newest| newest.end_us < end_us) {
            contents.put(Entry { end_us, ..newest });
        }
        let last = reel.video.last();
        let (size, codec) = (last.map(VideoConfig::size), last.and_then(VideoConfig::codec));
        let leading = if contents.frames() > 0 { &contents } else { &sound };
        // A mark of what a crash lost is where the recording continues. Of a reel that was cleared there is none.
        let marks = match leading.frames() {
            0 => Rc::default(),
            _ => Rc::new(within(&reel.marks, leading.start_us(), leading.end_us())),
        };
        let start_us = leading.start_us();
        Self { reel: ReelRecord { complete: false, start_us, marks, ..reel }, contents, sound, size, codec }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reel::Sample;

    // Otherwise a reel that is resumed is cleaned up as a complete one, or has two codecs, or restarts at 0.
    #[test]
    fn a_reel_that_is_resumed_continues_as_it_was() {
        let config = |width, height| VideoConfig {
            codec: "vp09.00.31.08".into(),
            width,
            height,
            description: Vec::new(),
            colour: None,
            is_of_rgb: false,
        };
        let mut reel = ReelRecord::new(0.0, "2026-11-27T12:00:00.000Z", 7);
        reel.complete = true;
        let table = |start_us| {
            let sample = Sample { decode_us: start_us, composition_offset_us: 0, size: 10, key: true };
            SampleTable::new(sample, start_us + 40_000)
        };
        let tables = [table(0), table(40_000)];
        let sound = (Track::Audio, 0, &table(10_000));
        let segments = || [(Track::Video, 3, &tables[0]), (Track::Video, 4, &tables[1]), sound].into_iter();
        assert_eq!(Resumed::new(reel.clone(), segments(), None).size, None);
        reel.video = vec![config(320, 180), config(640, 360)];
        let resumed = Resumed::new(reel, segments(), None);
        assert_eq!((resumed.size, resumed.codec), (Some((640, 360)), Some(Codec::Vp9)));
        assert!(!resumed.reel.complete);
        assert_eq!(
            (resumed.contents.indexes(), resumed.contents.frames(), resumed.contents.end_us()),
            (3..5, 2, 80_000)
        );
        assert_eq!((resumed.sound.indexes(), resumed.sound.end_us()), (0..1, 50_000));
    }

    // Otherwise sound from before a crash was heard beside pictures from after it.
    #[test]
    fn a_reel_that_is_resumed_continues_behind_its_sound() {
        let table = |start_us, end_us| {
            SampleTable::new(Sample { decode_us: start_us, composition_offset_us: 0, size: 10, key: true }, end_us)
        };
        let tables = [table(0, 40_000), table(20_000, 95_000)];
        let segments = [(Track::Video, 0, &tables[0]), (Track::Audio, 0, &tables[1])].into_iter();
        let reel = ReelRecord::new(0.0, "2026-11-27T12:00:00.000Z", 7);
        for (limit_us, end_us) in [(None, 95_000), (Some(90_000), 90_000), (Some(30_000), 40_000)] {
            let resumed = Resumed::new(reel.clone(), segments.clone(), limit_us);
            assert_eq!((resumed.contents.frames(), resumed.contents.end_us()), (1, end_us));
        }
    }
}
