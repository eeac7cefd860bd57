//! Whether somebody would miss a sound.
//!
//! Loudness is the power of the samples around their mean, in windows of 10 ms, of the loudest channel. A window above −50 dB of
//! full scale is audible: speech in calls is at −30 to −20, a whisper at −45, the noise of a quiet room and of codecs below −55.
//! Between words it is quiet for less than half a second, which counts as audible.

use super::Block;
use crate::time::Wall;

/// The power from which on a window is audible: −50 dB of full scale.
const AUDIBLE: f32 = 1e-5;
/// Windows a second.
const WINDOWS: u32 = 100;
/// For how long a sound counts as audible after it was, in microseconds.
const PAUSE_US: i64 = 500_000;

/// Follows how loud a track is.
#[derive(Debug, Default)]
pub struct Loudness {
    /// Sum and sum of squares of each channel in the window that is under way.
    sums: Vec<[f32; 2]>,
    /// How many samples it has.
    samples: u32,
    /// When the last audible window ended.
    heard: Option<Wall>,
}

impl Loudness {
    /// Takes a block that began at this time.
    pub fn take(&mut self, block: &Block, start: Wall) {
        let length = block.rate.div_ceil(WINDOWS).max(1);
        self.sums.resize(block.channels.len(), [0.0; 2]);
        for n in 0..block.len() {
            for (sums, channel) in self.sums.iter_mut().zip(&block.channels) {
                sums[0] += channel[n];
                sums[1] += channel[n] * channel[n];
            }
            self.samples += 1;
            if self.samples >= length {
                if self.is_audible() {
                    self.heard = Some(start + (n as i64 + 1) * 1_000_000 / i64::from(block.rate.max(1)));
                }
                self.sums.fill([0.0; 2]);
                self.samples = 0;
            }
        }
    }

    fn is_audible(&self) -> bool {
        let count = self.samples as f32;
        self.sums.iter().any(|[sum, squares]| squares / count - (sum / count) * (sum / count) > AUDIBLE)
    }

    /// Until when the sound that was heard last counts as audible; none if there was none.
    pub fn audible_until(&self) -> Option<Wall> {
        self.heard.map(|heard| heard + PAUSE_US)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    const RATE: u32 = 48_000;

    /// Until when a second of sound counts as audible, in milliseconds. It comes in blocks of this many samples.
    fn heard(block: usize, sample: impl Fn(usize) -> f32) -> Option<i64> {
        let mut loudness = Loudness::default();
        for first in (0..RATE as usize).step_by(block) {
            let samples = (first..first + block).map(&sample).collect();
            let start = Wall::from_us(first as i64 * 1_000_000 / i64::from(RATE));
            loudness.take(&Block { channels: vec![samples], rate: RATE, timestamp_us: 0, packet: None }, start);
        }
        loudness.audible_until().map(|until| until.us() / 1000)
    }

    /// A tone of 440 Hz with this amplitude.
    fn tone(n: usize, amplitude: f32) -> f32 {
        amplitude * (TAU * 440.0 * n as f32 / RATE as f32).sin()
    }

    /// Noise between −1 and 1.
    fn noise(n: usize) -> f32 {
        let mixed = (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((mixed ^ (mixed >> 29)) >> 40) as f32 / (1 << 23) as f32 - 1.0
    }

    /// Syllables of 150 ms, a quarter of a second apart: a buzz with an envelope.
    fn speech(n: usize) -> f32 {
        let into = n % 12_000;
        let envelope = if into < 7_200 { (into as f32 / 7_200.0 * TAU / 2.0).sin() } else { 0.0 };
        (1..8).map(|harmonic| tone(n * harmonic / 3, 0.01)).sum::<f32>() * envelope
    }

    // Blocks are of 128 samples from a worklet, of 480 from a received track, of 1024 from a microphone.
    #[test]
    fn speech_and_music_are_audible_and_a_pause_between_words_too() {
        for block in [128, 480, 1024] {
            assert!(heard(block, |n| tone(n, 0.1)).unwrap() >= 1_490);
            // The last syllable ends at 900 ms.
            let until = heard(block, speech).unwrap();
            assert!((1_350..=1_410).contains(&until), "{block}: {until}");
        }
    }

    #[test]
    fn digital_silence_an_offset_and_the_noise_of_a_quiet_room_are_not() {
        assert_eq!(heard(480, |_| 0.0), None);
        assert_eq!(heard(480, |_| 0.5), None);
        // −60 dB of full scale.
        assert_eq!(heard(480, |n| 0.001 * noise(n)), None);
        assert!(heard(480, |n| 0.05 * noise(n)).is_some());
    }

    #[test]
    fn what_was_audible_counts_for_half_a_second_more() {
        assert_eq!(heard(480, |n| if n < 4_800 { tone(n, 0.1) } else { 0.0 }), Some(600));
    }

    #[test]
    fn one_side_is_enough() {
        let mut loudness = Loudness::default();
        let sides = vec![vec![0.0; 480], (0..480).map(|n| tone(n, 0.1)).collect()];
        loudness.take(&Block { channels: sides, rate: RATE, timestamp_us: 0, packet: None }, Wall::from_us(0));
        assert_eq!(loudness.audible_until(), Some(Wall::from_us(510_000)));
    }
}
