//! Some milliseconds of sound.

/// Samples of sound, as they came.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The samples of each channel, from −1 to 1. All have the same length.
    pub channels: Vec<Vec<f32>>,
    /// Samples a second.
    pub rate: u32,
}

impl Block {
    /// Number of samples of each channel.
    pub fn len(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    /// Whether there is no sample in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its length in microseconds.
    pub fn length_us(&self) -> i64 {
        self.len() as i64 * 1_000_000 / i64::from(self.rate.max(1))
    }

    /// The same sound with this many channels: one is copied to all, several become their mean.
    pub fn with_channels(mut self, wanted: usize) -> Self {
        if self.channels.len() == wanted {
            return self;
        }
        let mono = if self.channels.len() == 1 {
            self.channels.remove(0)
        } else {
            let scale = 1.0 / self.channels.len().max(1) as f32;
            (0..self.len()).map(|n| self.channels.iter().map(|channel| channel[n]).sum::<f32>() * scale).collect()
        };
        Self { channels: vec![mono; wanted], rate: self.rate }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mono_is_on_both_sides_and_stereo_becomes_its_mean() {
        let mono = Block { channels: vec![vec![0.5, -0.5]], rate: 48_000 };
        let stereo = Block { channels: vec![vec![0.5, -0.5], vec![0.5, -0.5]], rate: 48_000 };
        assert_eq!(mono.clone().with_channels(2), stereo);
        let sides = Block { channels: vec![vec![1.0, 0.0], vec![0.0, -1.0]], rate: 48_000 };
        assert_eq!(sides.with_channels(1), mono);
        assert_eq!(stereo.clone().with_channels(2), stereo);
        assert_eq!(Block { channels: vec![], rate: 48_000 }.with_channels(2).len(), 0);
    }

    #[test]
    fn a_length_is_in_microseconds() {
        assert_eq!(Block { channels: vec![vec![0.0; 441]; 2], rate: 44_100 }.length_us(), 10_000);
    }
}
