//! Sound at another rate, for a device that changes to one with another.

/// How many samples before a place are needed to find what is there.
const BEFORE: usize = 1;

/// Converts one channel from rate to rate, by cubics through four neighbours (Catmull and Rom, 1974).
#[derive(Debug, Default)]
pub(super) struct Resampler {
    /// Samples that are still needed, the first of them before the place of the next one.
    kept: Vec<f32>,
    /// How far behind `kept[BEFORE]` the next sample is, as a part of a step, times the rate that is made.
    phase: u64,
}

impl Resampler {
    /// Converts the next samples.
    pub(crate) fn convert(&mut self, samples: &[f32], from: u32, to: u32) -> Vec<f32> {
        if self.kept.is_empty() {
            // Before the first it was silent.
            self.kept = vec![0.0; BEFORE];
        }
        self.kept.extend_from_slice(samples);
        let mut converted = Vec::with_capacity(samples.len() * to as usize / from.max(1) as usize + 1);
        let mut at = BEFORE;
        while at + 2 < self.kept.len() {
            let [before, here, next, after] = [-1_isize, 0, 1, 2].map(|n| self.kept[at.wrapping_add_signed(n)]);
            let t = self.phase as f32 / to as f32;
            let (square, slope) = (t * t, (next - before) * 0.5);
            let bend = next - here - slope;
            let end = (after - here) * 0.5 - slope;
            converted.push(here + slope * t + (3.0 * bend - end) * square + (end - 2.0 * bend) * square * t);
            self.phase += u64::from(from);
            while self.phase >= u64::from(to) {
                self.phase -= u64::from(to);
                at += 1;
            }
        }
        self.kept.drain(..(at - BEFORE).min(self.kept.len()));
        converted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    #[test]
    fn a_tone_stays_a_tone() {
        for (from, to) in [(44_100, 48_000), (48_000, 44_100), (16_000, 48_000)] {
            let tone = |n: usize, rate: u32| (TAU * 440.0 * n as f64 / f64::from(rate)).sin() as f32;
            let samples: Vec<f32> = (0..from as usize).map(|n| tone(n, from)).collect();
            let mut resampler = Resampler::default();
            let converted: Vec<f32> =
                samples.chunks(441).flat_map(|block| resampler.convert(block, from, to)).collect();
            assert!(converted.len().abs_diff(to as usize) <= 8, "{}", converted.len());
            let error = converted.iter().enumerate().skip(10).map(|(n, sample)| (sample - tone(n, to)).abs());
            assert!(error.fold(0.0, f32::max) < 0.002, "{from} to {to}");
        }
    }
}
