use super::Segment;
use std::rc::Rc;

/// The closed segments of a recording's opening as they were first made, so that they can be re-encoded at a larger size
/// without adding up two losses.
#[derive(Debug)]
pub struct Originals<T>(Vec<Rc<Segment<T>>>);

impl<T> Default for Originals<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone> Originals<T> {
    /// Keeps the next one.
    pub fn keep(&mut self, segment: Rc<Segment<T>>) {
        self.0.push(segment);
    }

    /// What is kept, in order.
    pub fn segments(&self) -> &[Rc<Segment<T>>] {
        &self.0
    }

    /// Forgets the segment with this index, which is open again, and those after it.
    pub fn reopen(&mut self, index: u32) {
        self.0.retain(|segment| segment.index < index);
    }

    /// Whether what was made of one of them again may take its place: it has the same times and the same number of samples.
    /// What was trimmed meanwhile is taken off it.
    pub fn matches(&self, reencoded: &mut Segment<T>) -> bool {
        let Some(original) = self.0.iter().find(|original| original.index == reencoded.index) else { return false };
        let kept = reencoded.table.trim(original.table.end_us());
        reencoded.payload.truncate(kept);
        let (samples, of_original) = (reencoded.table.samples(), original.table.samples());
        let is_on_time = samples.iter().zip(of_original).all(|(one, other)| one.decode_us == other.decode_us);
        samples.len() == of_original.len() && is_on_time && samples[0].key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reel::{Sample, SampleTable, Track};

    fn sample(n: i64, size: u32) -> Sample {
        Sample { decode_us: n * 40_000, composition_offset_us: 0, size, key: n % 3 == 0 }
    }

    fn segment(index: u32, samples: std::ops::Range<i64>, size: u32) -> Segment<i64> {
        let mut table = SampleTable::new(sample(samples.start, size), (samples.start + 1) * 40_000);
        (samples.start + 1..samples.end).for_each(|n| table.push(sample(n, size), (n + 1) * 40_000));
        Segment { track: Track::Video, index, config: 0, table, payload: samples.collect() }
    }

    fn originals() -> Originals<i64> {
        Originals(vec![segment(0, 0..3, 100).into(), segment(1, 3..6, 100).into()])
    }

    #[test]
    fn what_has_the_same_times_takes_the_place() {
        for mut reencoded in [segment(0, 0..3, 900), segment(1, 3..6, 900)] {
            assert!(originals().matches(&mut reencoded));
        }
    }

    #[test]
    fn an_encoder_that_omitted_one_or_began_without_a_key_frame_is_not_believed() {
        for mut wrong in [segment(1, 3..5, 900), segment(1, 4..6, 900), segment(1, 4..7, 900), segment(2, 6..9, 900)] {
            assert!(!originals().matches(&mut wrong));
        }
        let mut without_key = segment(0, 1..3, 100);
        assert!(!Originals(vec![without_key.clone().into()]).matches(&mut without_key));
    }

    #[test]
    fn what_was_rolled_back_meanwhile_does_not_come_back() {
        let mut originals = originals();
        originals.reopen(1);
        assert!(!originals.matches(&mut segment(1, 3..6, 900)));
        originals.keep(segment(1, 3..5, 100).into());
        let mut reencoded = segment(1, 3..6, 900);
        assert!(originals.matches(&mut reencoded));
        assert_eq!(reencoded, segment(1, 3..5, 900));
    }
}
