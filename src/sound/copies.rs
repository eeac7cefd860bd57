//! Received packets of Opus one after another, without a hole: as they came, and silence where something is missing.

use std::collections::VecDeque;

/// Samples a second, whatever is encoded (RFC 7587, § 4.1).
const RATE: i64 = 48_000;
/// A packet that is farther than this from where the last one ends, in microseconds, does not continue it.
const HOLE_US: i64 = 10_000;
/// The samples of the longest silence that one packet has, and of the shortest.
const LONGEST: i64 = 960;
const SHORTEST: i64 = 120;

/// How many samples a packet has (RFC 6716, § 3.1).
pub fn samples_of(packet: &[u8]) -> usize {
    let Some(&toc) = packet.first() else { return 0 };
    let config = toc >> 3;
    let frame = match config {
        // SILK, both, CELT
        0..12 => [480, 960, 1920, 2880][usize::from(config % 4)],
        12..16 => [480, 960][usize::from(config % 2)],
        _ => [120, 240, 480, 960][usize::from(config % 4)],
    };
    let frames = match toc & 3 {
        0 => 1,
        3 => packet.get(1).map_or(0, |count| usize::from(count & 0x3f)),
        _ => 2,
    };
    frame * frames
}

/// Joins received packets.
#[derive(Debug)]
pub struct PacketSplicer {
    /// Whether silence is in two channels.
    is_stereo: bool,
    packets: VecDeque<Vec<u8>>,
    /// How many samples there were, up to the end of the last packet.
    position: i64,
}

impl PacketSplicer {
    /// For this many channels.
    pub fn new(channels: usize) -> Self {
        Self { is_stereo: channels > 1, packets: VecDeque::new(), position: 0 }
    }

    /// Has a packet be heard at this media time, in microseconds: less than 10 ms earlier or later. One that is over already is dropped.
    pub fn put(&mut self, packet: Vec<u8>, media_us: i64) {
        let length = samples_of(&packet) as i64;
        let off = samples(media_us) - self.position;
        let continues = off.abs() <= samples(HOLE_US);
        if !continues {
            self.push_silence(off);
        }
        if length > 0 && (continues || off > 0) {
            self.position += length;
            self.packets.push_back(packet);
        }
    }

    /// Fills with silence up to this media time, in microseconds, where nothing has come.
    pub fn fill(&mut self, media_us: i64) {
        let off = samples(media_us) - self.position;
        if off > samples(2 * HOLE_US) {
            self.push_silence(off);
        }
    }

    /// Fills up, so that there is something until this media time, in microseconds.
    pub fn finish(&mut self, media_us: i64) {
        self.push_silence(samples(media_us) - self.position + SHORTEST - 1);
    }

    /// The next packet.
    pub fn take(&mut self) -> Option<Vec<u8>> {
        self.packets.pop_front()
    }

    /// How many samples wait.
    pub fn waiting(&self) -> usize {
        self.packets.iter().map(|packet| samples_of(packet)).sum()
    }

    /// Appends silence that is no longer than this many samples.
    fn push_silence(&mut self, mut missing: i64) {
        let mut length = LONGEST;
        while length >= SHORTEST {
            if missing < length {
                length /= 2;
                continue;
            }
            self.packets.push_back(silence(length, self.is_stereo));
            self.position += length;
            missing -= length;
        }
    }
}

/// A packet of CELT, in the full band, that has its silence flag set (RFC 6716, § 4.3): 120, 240, 480 or 960 samples.
pub fn silence(samples: i64, is_stereo: bool) -> Vec<u8> {
    let config = 28 + (samples / SHORTEST).ilog2() as u8;
    vec![config << 3 | u8::from(is_stereo) << 2, 0xff, 0xfe]
}

fn samples(length_us: i64) -> i64 {
    (length_us * RATE + 500_000).div_euclid(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 20 ms of CELT, or 60 ms of SILK.
    const SHORT: [u8; 4] = [0xf8, 1, 2, 3];
    const LONG: [u8; 3] = [3 << 3, 1, 2];

    /// When each packet begins that is no silence, in samples, and what all are together.
    fn taken(splicer: &mut PacketSplicer) -> (Vec<usize>, usize) {
        let (mut at, mut starts) = (0, Vec::new());
        while let Some(packet) = splicer.take() {
            if packet[1] != 0xff {
                starts.push(at);
            }
            at += samples_of(&packet);
        }
        (starts, at)
    }

    #[test]
    fn the_length_of_a_packet_is_in_its_first_bytes() {
        for (packet, samples) in [
            (&[0xf8][..], 960),
            (&[0xe0], 120),
            (&[0x08], 960),
            (&[0x18], 2880),
            (&[0x60], 480),
            (&[0x79], 1920),
            (&[0xfb, 3], 2880),
            (&[0xfb], 0),
            (&[], 0),
        ] {
            assert_eq!(samples_of(packet), samples, "{packet:x?}");
        }
    }

    #[test]
    fn packets_follow_one_another_whatever_their_length() {
        let mut splicer = PacketSplicer::new(1);
        for (packet, media_us) in [(&SHORT[..], 0), (&SHORT, 24_000), (&LONG, 33_000), (&SHORT, 100_000)] {
            splicer.put(packet.to_vec(), media_us);
        }
        assert_eq!(splicer.waiting(), 960 * 3 + 2880);
        assert_eq!(taken(&mut splicer), (vec![0, 960, 1920, 4800], 5760));
    }

    #[test]
    fn what_is_missing_is_silence_and_what_overlaps_is_dropped() {
        let mut splicer = PacketSplicer::new(2);
        splicer.put(SHORT.to_vec(), 1_001_300);
        let (starts, _) = taken(&mut splicer);
        assert!((48_062 - 120..=48_062).contains(&starts[0]), "{starts:?}");
        splicer.put(SHORT.to_vec(), 1_009_000);
        assert_eq!(taken(&mut splicer), (vec![], 0));
        splicer.put(SHORT.to_vec(), 1_030_000);
        assert_eq!(taken(&mut splicer).0, [0]);
        splicer.put(Vec::new(), 1_050_000);
        splicer.finish(2_000_000);
        assert!(splicer.packets.iter().all(|packet| packet[0] & 4 == 4));
        let (starts, rest) = taken(&mut splicer);
        assert_eq!((starts, (splicer.position - 96_000) / 120), (vec![], 0));
        assert!(rest > 44_000);
    }

    #[test]
    fn nothing_is_filled_before_it_is_missed() {
        let mut splicer = PacketSplicer::new(1);
        splicer.put(SHORT.to_vec(), 0);
        splicer.fill(39_000);
        assert_eq!(taken(&mut splicer), (vec![0], 960));
        splicer.fill(1_000_000);
        assert_eq!(taken(&mut splicer), (vec![], 48_000 - 960));
    }
}
