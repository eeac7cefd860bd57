//! Some milliseconds of sound.

/// Samples of sound, as they came.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The samples of each channel, from −1 to 1. All have the same length.
    pub channels: Vec<Vec<f32>>,
    /// Samples a second.
    pub rate: u32,
    /// When it began, in microseconds, on a clock of its source's, which may jump.
    pub timestamp_us: i64,
    /// The packet of Opus of which it was decoded, if it came in one; empty where that was lost, or is not to be heard.
    pub packet: Option<Vec<u8>>,
}

/// The rates that sound may have, in samples a second: of telephones to studios.
const RATES: std::ops::RangeInclusive<u32> = 3_000..=768_000;

impl Block {
    /// Number of samples of each channel.
    pub fn len(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    /// Whether there is no sample in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it can be sound: it has samples, as many in each channel and of a second at most.
    pub fn is_sound(&self) -> bool {
        let is_whole = self.channels.iter().all(|channel| channel.len() == self.len());
        RATES.contains(&self.rate) && !self.is_empty() && is_whole && self.len() <= self.rate as usize
    }

    /// Whether all of it is zeros.
    pub fn is_blank(&self) -> bool {
        self.channels.iter().flatten().all(|&sample| sample == 0.0)
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
        Self { channels: vec![mono; wanted], ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mono_is_on_both_sides_and_stereo_becomes_its_mean() {
        let mono = Block { channels: vec![vec![0.5, -0.5]], rate: 48_000, timestamp_us: 0, packet: None };
        let stereo =
            Block { channels: vec![vec![0.5, -0.5], vec![0.5, -0.5]], rate: 48_000, timestamp_us: 0, packet: None };
        assert_eq!(mono.clone().with_channels(2), stereo);
        let sides =
            Block { channels: vec![vec![1.0, 0.0], vec![0.0, -1.0]], rate: 48_000, timestamp_us: 0, packet: None };
        assert_eq!(sides.with_channels(1), mono);
        assert_eq!(stereo.clone().with_channels(2), stereo);
        assert_eq!(Block { channels: vec![], rate: 48_000, timestamp_us: 0, packet: None }.with_channels(2).len(), 0);
    }

    #[test]
    fn a_length_is_in_microseconds() {
        assert_eq!(
            Block { channels: vec![vec![0.0; 441]; 2], rate: 44_100, timestamp_us: 0, packet: None }.length_us(),
            10_000
        );
    }

    #[test]
    fn what_can_not_be_sound_is_refused() {
        let block = |channels: Vec<Vec<f32>>, rate| Block { channels, rate, timestamp_us: 0, packet: None };
        assert!(block(vec![vec![0.0; 480]; 2], 48_000).is_sound());
        for one in [
            block(vec![], 48_000),
            block(vec![vec![]], 48_000),
            block(vec![vec![0.0; 480], vec![0.0; 479]], 48_000),
            block(vec![vec![0.0; 480]], 0),
            block(vec![vec![0.0; 480]], 1_000_000),
            block(vec![vec![0.0; 9_000]], 8_000),
        ] {
            assert!(!one.is_sound(), "{} at {}", one.len(), one.rate);
        }
    }
}
