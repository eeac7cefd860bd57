use super::{Sample, SampleTable, Segment};

/// The closed segments of a recording's opening as they were first made, so that they can be made again at a larger size
/// without adding up two losses.
#[derive(Debug)]
pub struct Originals<T>(Vec<Segment<T>>);

impl<T> Default for Originals<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone> Originals<T> {
    /// Keeps the next one.
    pub fn keep(&mut self, segment: Segment<T>) {
        self.0.push(segment);
    }

    /// What is kept, in order.
    pub fn segments(&self) -> &[Segment<T>] {
        &self.0
    }

    /// Forgets the samples from this media time on, in microseconds.
    pub fn trim(&mut self, from_us: i64) {
        self.0.retain(|segment| segment.table.start_us() < from_us);
        if let Some(last) = self.0.last_mut() {
            let kept = last.table.trim(from_us);
            last.payload.truncate(kept);
        }
    }

    /// The first segments with what an encoder made of their samples, one list for each of them: the same segments, times and
    /// number of samples. None if a sample is missing. Those that were trimmed meanwhile are left out.
    pub fn remade(&self, made: Vec<Vec<(Sample, T)>>) -> Option<Vec<Segment<T>>> {
        self.0.iter().zip(made).map(|(original, made)| remade(original, made)).collect()
    }
}

fn remade<T>(original: &Segment<T>, mut made: Vec<(Sample, T)>) -> Option<Segment<T>> {
    let samples = original.table.samples();
    made.truncate(samples.len());
    let is_whole = made.len() == samples.len() && made[0].0.key;
    let on_time = samples.iter().zip(&made).all(|(sample, (made, _))| sample.decode_us == made.decode_us);
    if !is_whole || !on_time {
        return None;
    }
    let end_us = original.table.end_us();
    let mut table = SampleTable::new(made[0].0, end_us);
    made[1..].iter().for_each(|(sample, _)| table.push(*sample, end_us));
    let payload = made.into_iter().map(|(_, bytes)| bytes).collect();
    Some(Segment { index: original.index, config: original.config, table, payload })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(n: i64, size: u32) -> Sample {
        Sample { decode_us: n * 40_000, composition_offset_us: 0, size, key: n % 3 == 0 }
    }

    /// Two segments of three samples each.
    fn originals() -> Originals<i64> {
        let mut originals = Originals::default();
        for (index, first) in [(0, 0), (1, 3)] {
            let mut table = SampleTable::new(sample(first, 100), (first + 1) * 40_000);
            (first + 1..first + 3).for_each(|n| table.push(sample(n, 100), (n + 1) * 40_000));
            originals.keep(Segment { index, config: index, table, payload: (first..first + 3).collect() });
        }
        originals
    }

    fn made(samples: std::ops::Range<i64>) -> Vec<(Sample, i64)> {
        samples.map(|n| (sample(n, 900), n + 10)).collect()
    }

    #[test]
    fn what_is_made_again_has_the_same_segments_and_times() {
        let remade = originals().remade(vec![made(0..3), made(3..6)]).unwrap();
        assert_eq!(remade.iter().map(|segment| segment.index).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(remade[1].payload, [13, 14, 15]);
        assert_eq!(remade[1].table.bytes(), 2_700);
        assert_eq!((remade[1].table.start_us(), remade[1].table.end_us()), (120_000, 240_000));
        let times = |segments: &[Segment<i64>]| -> Vec<i64> {
            segments.iter().flat_map(|segment| segment.table.samples()).map(|sample| sample.decode_us).collect()
        };
        assert_eq!(times(&remade), times(originals().segments()));
    }

    #[test]
    fn an_encoder_that_left_one_out_or_began_without_a_key_frame_is_not_believed() {
        assert_eq!(originals().remade(vec![made(0..3), made(3..5)]), None);
        assert_eq!(originals().remade(vec![made(0..3), made(4..7)]), None);
        let mut without_key = made(3..6);
        without_key[0].0.key = false;
        assert_eq!(originals().remade(vec![made(0..3), without_key]), None);
    }

    #[test]
    fn segments_that_came_meanwhile_are_not_touched() {
        let remade = originals().remade(vec![made(0..3)]).unwrap();
        assert_eq!(remade.iter().map(|segment| segment.index).collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn what_is_trimmed_is_not_made_again() {
        let mut originals = originals();
        originals.trim(161_000);
        assert_eq!(originals.segments()[1].payload, [3, 4]);
        assert_eq!(originals.segments()[1].table.end_us(), 200_000);
        let remade = originals.remade(vec![made(0..3), made(3..6)]).unwrap();
        assert_eq!(remade[1].payload, [13, 14]);
        originals.trim(120_000);
        assert_eq!(originals.segments().len(), 1);
        assert_eq!(originals.segments()[0].payload.len(), 3);
        originals.trim(0);
        assert!(originals.segments().is_empty());
    }
}
