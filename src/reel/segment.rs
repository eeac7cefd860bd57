use super::{Sample, SampleTable, Track};
use crate::time::Media;

/// Samples of a track in decode order, with their encoded bytes (or handles to them). The first is a key frame, but for pictures
/// [as they were received](SegmentBuilder::split_anywhere): those may continue the segment before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment<T> {
    /// The track.
    pub track: Track,
    /// Its place among the track's segments, from 0.
    pub index: u32,
    /// Which of the track's configurations it decodes with, from 0.
    pub config: u32,
    /// Its samples.
    pub table: SampleTable,
    /// The bytes of each sample.
    pub payload: Vec<T>,
}

/// Gathers samples into segments.
#[derive(Debug)]
pub struct SegmentBuilder<T> {
    track: Track,
    open: Option<Segment<T>>,
    /// The one before it: repeats may reach back into it.
    closed: Option<Segment<T>>,
    next_index: u32,
    /// Whether a segment may begin with any sample.
    splits_anywhere: bool,
}

/// The length that segments aim for, in microseconds: what a seek costs at most, and how often a key frame is asked for.
pub(crate) const TARGET_US: i64 = 2_000_000;
/// Key frames closer than this to the segment's start, in microseconds, do not close it: a hurried encoder makes no flood of writes.
const SHORTEST_US: i64 = 1_000_000;

impl<T: Clone> SegmentBuilder<T> {
    /// A builder for this track, whose first segment has this index.
    pub fn new(track: Track, next_index: u32) -> Self {
        Self { track, open: None, closed: None, next_index, splits_anywhere: false }
    }

    /// Whether segments may begin with any sample from now on: who adds them vouches that each can be decoded from the one before it.
    pub fn split_anywhere(&mut self, may: bool) {
        self.splits_anywhere = may;
    }

    /// The index that the next segment gets.
    pub fn next_index(&self) -> u32 {
        self.next_index
    }

    /// The segment that is not finished.
    pub fn open(&self) -> Option<&Segment<T>> {
        self.open.as_ref()
    }

    /// The one before it, which was closed last.
    pub fn closed(&self) -> Option<&Segment<T>> {
        self.closed.as_ref()
    }

    /// When the last sample ends; none before the first.
    pub fn end(&self) -> Option<Media> {
        self.open.as_ref().or(self.closed.as_ref()).map(|last| Media::from_us(last.table.end_us()))
    }

    /// Whether a frame at this media time should begin a new segment, and so be a key frame.
    pub fn needs_key_frame(&self, time: Media) -> bool {
        self.open.as_ref().is_none_or(|open| time - Media::from_us(open.table.start_us()) >= TARGET_US)
    }

    /// Adds a sample that ends then if no other follows. Gives the segment that it closed by beginning a new one.
    ///
    /// # Errors
    /// The payload, if no key frame came before the sample: nothing could be decoded from it.
    pub fn push(&mut self, sample: Sample, end: Media, config: u32, payload: T) -> Result<Option<Segment<T>>, T> {
        self.add(sample, end, config, payload, true)
    }

    /// The same for a sample that may be rolled back: it closes no segment unless it is a key frame.
    ///
    /// # Errors
    /// As of [`push`](Self::push).
    pub fn push_still(&mut self, sample: Sample, end: Media, config: u32, payload: T) -> Result<Option<Segment<T>>, T> {
        self.add(sample, end, config, payload, false)
    }

    fn add(
        &mut self,
        sample: Sample,
        end: Media,
        config: u32,
        payload: T,
        closes_at_delta: bool,
    ) -> Result<Option<Segment<T>>, T> {
        let shortest_us = match self.track {
            Track::Video => SHORTEST_US,
            Track::Audio => TARGET_US,
        };
        let splits_anywhere = self.splits_anywhere;
        let closes = |open: &Segment<T>| {
            let length_us = sample.decode_us - open.table.start_us();
            match (sample.key, splits_anywhere) {
                // One that begins without a key frame has none: what it has before the first could not be omitted.
                (true, true) if !open.table.samples()[0].key => true,
                (true, _) => length_us >= shortest_us || open.config != config,
                (false, true) => closes_at_delta && length_us >= TARGET_US,
                (false, false) => false,
            }
        };
        if let Some(open) = self.open.as_mut().filter(|open| !closes(open)) {
            open.table.push(sample, end.us());
            open.payload.push(payload);
            return Ok(None);
        }
        if !sample.key && !splits_anywhere {
            return Err(payload);
        }
        let index = self.next_index;
        self.next_index += 1;
        let table = SampleTable::new(sample, end.us());
        // Its last picture is shown until this one, which may come sooner than the nominal interval says.
        self.end_at(Media::from_us(sample.decode_us));
        let closed = self.open.replace(Segment { track: self.track, index, config, table, payload: vec![payload] });
        self.closed = closed.clone().or(self.closed.take());
        Ok(closed)
    }

    /// Closes the open segment, if there is one.
    pub fn finish(&mut self) -> Option<Segment<T>> {
        let closed = self.open.take();
        self.closed = closed.clone().or(self.closed.take());
        closed
    }

    /// Has the segment that was closed last be open again, unless another is open: its last sample ends later.
    pub fn reopen(&mut self) {
        if self.open.is_none() {
            self.open = self.closed.take();
        }
    }

    /// Has the last sample of the open segment end then: what was assumed when it came may be longer.
    pub fn end_at(&mut self, end: Media) {
        if let Some(open) = &mut self.open {
            open.table.end_at(end.us());
        }
    }

    /// Rolls back the samples later than this. They may begin before the open segment: then the one before it
    /// is open again, and takes its own place when it is closed again: also if only its end changes. Its first sample stays, and all
    /// further back.
    pub fn take_back(&mut self, after: Media) -> Vec<Sample> {
        let after_us = after.us();
        let mut taken = Vec::new();
        let is_repeat =
            self.open.as_ref().is_some_and(|open| open.table.start_us() > after_us) && self.closed.is_some();
        if is_repeat {
            taken.extend(self.open.take().iter().flat_map(|open| open.table.samples()));
            self.next_index -= 1;
        }
        let reaches_back = self.closed.as_ref().is_some_and(|closed| closed.table.last_us() > after_us);
        if self.open.is_none() && (is_repeat || reaches_back) {
            self.open = self.closed.take();
        }
        if let Some(open) = &mut self.open {
            taken.extend(open.table.take_back(after_us));
            open.payload.truncate(open.table.samples().len());
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME_US: i64 = 40_000;

    /// When the frame with this number begins.
    fn at(n: i64) -> Media {
        Media::from_us(n * FRAME_US)
    }

    fn push(builder: &mut SegmentBuilder<i64>, n: i64, key: bool) -> Option<Segment<i64>> {
        let sample = Sample { decode_us: n * FRAME_US, composition_offset_us: 0, size: 100, key };
        builder.push(sample, at(n + 1), 0, n).unwrap()
    }

    #[test]
    fn a_segment_closes_at_the_key_frame_that_was_asked_for_at_2_seconds() {
        let mut builder = SegmentBuilder::new(Track::Video, 0);
        for n in 0..50 {
            assert_eq!(builder.needs_key_frame(at(n)), n == 0);
            assert_eq!(push(&mut builder, n, n == 0), None);
        }
        assert!(builder.needs_key_frame(at(50)));
        let closed = push(&mut builder, 50, true).unwrap();
        assert_eq!((closed.index, closed.payload), (0, (0..50).collect()));
        assert_eq!((closed.table.start_us(), closed.table.end_us()), (0, 2_000_000));
        assert_eq!(builder.finish().unwrap().index, 1);
        assert_eq!(builder.finish(), None);
    }

    // A sender's frames jitter: segments on disk overlapped by some milliseconds, and the present rate was too low.
    #[test]
    fn a_segment_ends_where_the_next_begins_also_if_that_comes_early() {
        let mut builder = SegmentBuilder::new(Track::Video, 0);
        (0..50).for_each(|n| drop(push(&mut builder, n, n == 0)));
        let sample = Sample { decode_us: 50 * FRAME_US - 7_000, composition_offset_us: 0, size: 100, key: true };
        let closed = builder.push(sample, at(51), 0, 50).unwrap().unwrap();
        assert_eq!(closed.table.end_us(), sample.decode_us);
    }

    // A sender stalled, and then repeated its picture: the stall was cut, but stayed in a file that ended there.
    #[test]
    fn a_segment_before_one_of_repeats_is_open_again_to_end_earlier() {
        let mut builder = SegmentBuilder::new(Track::Video, 0);
        (0..50).for_each(|n| drop(push(&mut builder, n, n == 0)));
        assert_eq!(push(&mut builder, 75, true).unwrap().table.end_us(), 75 * FRAME_US);
        assert_eq!(builder.take_back(at(49)).len(), 1);
        builder.end_at(at(50));
        let closed = builder.finish().unwrap();
        assert_eq!((closed.index, closed.table.end_us(), closed.payload.len()), (0, 50 * FRAME_US, 50));
    }

    #[test]
    fn an_encoder_that_makes_key_frames_only_makes_no_segment_a_frame() {
        let mut builder = SegmentBuilder::new(Track::Video, 0);
        let closed: Vec<_> = (0..100).filter_map(|n| push(&mut builder, n, true)).collect();
        assert_eq!(closed.iter().map(|segment| segment.payload.len()).collect::<Vec<_>>(), [25, 25, 25]);
    }

    #[test]
    fn another_configuration_begins_another_segment() {
        let mut builder = SegmentBuilder::new(Track::Video, 0);
        push(&mut builder, 0, true);
        let sample = Sample { decode_us: FRAME_US, composition_offset_us: 0, size: 100, key: true };
        let closed = builder.push(sample, at(2), 1, 1).unwrap().unwrap();
        assert_eq!((closed.config, builder.open().unwrap().config), (0, 1));
    }

    fn decode_times(samples: &[Sample]) -> Vec<i64> {
        samples.iter().map(|sample| sample.decode_us / FRAME_US).collect()
    }

    #[test]
    fn what_is_rolled_back_makes_room_for_what_follows() {
        let mut builder = SegmentBuilder::new(Track::Video, 0);
        (0..10).for_each(|n| drop(push(&mut builder, n, n == 0)));
        assert_eq!(decode_times(&builder.take_back(at(3))), [4, 5, 6, 7, 8, 9]);
        let open = builder.open().unwrap();
        assert_eq!((decode_times(open.table.samples()), &open.payload), (vec![0, 1, 2, 3], &vec![0, 1, 2, 3]));
        assert_eq!(open.table.end_us(), 4 * FRAME_US);
        push(&mut builder, 4, true);
        assert_eq!(builder.finish().unwrap().payload, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn what_is_rolled_back_across_a_key_frame_opens_the_segment_before_it_again() {
        let mut builder = SegmentBuilder::new(Track::Video, 0);
        let closed = (0..60).filter_map(|n| push(&mut builder, n, n % 50 == 0)).last().unwrap();
        assert_eq!((closed.index, closed.payload.len(), builder.open().unwrap().index), (0, 50, 1));
        let expected: Vec<i64> = (50..60).chain(41..50).collect();
        assert_eq!(decode_times(&builder.take_back(at(40))), expected);
        assert_eq!((builder.open().unwrap().index, builder.open().unwrap().payload.len()), (0, 41));
        let closed = push(&mut builder, 41, true).unwrap();
        assert_eq!((closed.index, closed.payload.len(), builder.open().unwrap().index), (0, 41, 1));
    }

    #[test]
    fn nothing_is_rolled_back_of_what_came_before() {
        let mut builder = SegmentBuilder::new(Track::Video, 0);
        (0..60).for_each(|n| drop(push(&mut builder, n, n % 50 == 0)));
        builder.finish();
        assert_eq!(builder.take_back(at(59)), []);
        assert_eq!(builder.open(), None);
    }

    // A sender makes one key frame and then none: a segment of ten minutes was written twice a second.
    #[test]
    fn pictures_as_they_were_received_begin_segments_without_key_frames() {
        let mut builder = SegmentBuilder::new(Track::Video, 0);
        builder.split_anywhere(true);
        let closed: Vec<_> = (0..160).filter_map(|n| push(&mut builder, n, n % 110 == 0)).collect();
        let starts: Vec<_> =
            closed.iter().map(|segment| (segment.payload[0], segment.table.samples()[0].key)).collect();
        // The one at 100 ends at the key frame, though it is short: its first sample shows where it could be cut.
        assert_eq!(starts, [(0, true), (50, false), (100, false)]);
        assert_eq!(builder.open().unwrap().payload[0], 110);
        builder.finish();
        assert_eq!(push(&mut builder, 161, false), None, "it continues what was closed");
        let sample = Sample { decode_us: 300 * FRAME_US, composition_offset_us: 0, size: 100, key: false };
        assert_eq!(builder.push_still(sample, at(301), 0, 300), Ok(None), "it may be rolled back");
        assert!(builder.push(Sample { decode_us: 301 * FRAME_US, ..sample }, at(302), 0, 301).unwrap().is_some());
    }

    #[test]
    fn a_sample_without_a_key_frame_before_it_is_refused() {
        let mut builder = SegmentBuilder::new(Track::Video, 0);
        let sample = Sample { decode_us: 0, composition_offset_us: 0, size: 100, key: false };
        assert_eq!(builder.push(sample, at(1), 0, 7), Err(7));
        assert_eq!(builder.finish(), None);
    }
}
