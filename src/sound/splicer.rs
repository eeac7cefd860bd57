//! One run of samples, without a hole, of blocks with media times.
//!
//! A file has no edit list and a player plays packets one after another, so the sound of a track begins at 0 and never pauses. What is
//! missing is filled with silence, what overlaps is dropped, and a device that is a little slow or fast has single samples added or
//! dropped. Cuts are made before the encoder, with a fade on both sides.

use super::Block;
use super::resampler::Resampler;
use std::collections::VecDeque;

/// A fade's length: one part in this many of a second, 5 ms.
const FADES: u32 = 200;
/// A block that is farther than this from where the run ends, in microseconds, does not continue it.
const HOLE_US: i64 = 20_000;
/// Up to here, in microseconds, it is where it should be.
const EXACT_US: i64 = 1_000;
/// A block may become longer or shorter by one part in this many, 0.8 %: an eighth of a semitone, for a moment.
const STRETCHED: usize = 120;

/// Samples, or silence that has not been made yet.
#[derive(Debug)]
enum Run {
    Samples(Vec<Vec<f32>>),
    Silence(usize),
}

impl Run {
    fn len(&self) -> usize {
        match self {
            Run::Samples(channels) => channels.first().map_or(0, Vec::len),
            Run::Silence(samples) => *samples,
        }
    }
}

/// Joins blocks to one run of samples, and gives it in packets.
#[derive(Debug)]
pub struct Splicer {
    rate: u32,
    /// Number of samples of a packet.
    packet: usize,
    /// By how many samples decoded sound is later than what was encoded.
    delay: i64,
    runs: VecDeque<Run>,
    /// How many samples wait in them.
    waiting: usize,
    /// How many samples there were, up to the end of the last run.
    position: i64,
    /// How many samples have been faded in since the last join.
    faded: usize,
    /// Whether nothing more comes.
    is_finished: bool,
    resamplers: Vec<Resampler>,
}

impl Splicer {
    /// For sound of this rate in samples a second and this many channels, in packets of this many samples. Decoded, it is later by
    /// `delay` samples than it was encoded, and so it is encoded earlier.
    pub fn new(rate: u32, channels: usize, packet: usize, delay: usize) -> Self {
        let resamplers = std::iter::repeat_with(Resampler::default).take(channels).collect();
        let (runs, delay) = (VecDeque::new(), delay as i64);
        Self { rate, packet, delay, runs, waiting: 0, position: 0, faded: 0, is_finished: false, resamplers }
    }

    /// Has a block be heard at this media time, in microseconds. Gives whether it continues what came before.
    pub fn put(&mut self, block: Block, media_us: i64) -> bool {
        let mut block = block.with_channels(self.resamplers.len());
        if block.rate != self.rate {
            for (channel, resampler) in block.channels.iter_mut().zip(&mut self.resamplers) {
                *channel = resampler.convert(channel, block.rate, self.rate);
            }
        }
        let mut channels = block.channels;
        let off = self.samples_to(media_us);
        let continues = off.abs() <= self.samples(HOLE_US);
        if continues {
            let step = self.step(off, channels[0].len());
            channels.iter_mut().for_each(|channel| stretch(channel, step));
        } else {
            self.end_run();
            self.push_silence(off);
            let dropped = (-off).clamp(0, channels[0].len() as i64) as usize;
            channels.iter_mut().for_each(|channel| _ = channel.drain(..dropped));
        }
        self.push(channels);
        continues
    }

    /// Fills with silence up to this media time, in microseconds, where nothing has come.
    pub fn fill(&mut self, media_us: i64) {
        let off = self.samples_to(media_us);
        if off > self.samples(HOLE_US) {
            self.end_run();
            self.push_silence(off);
        }
    }

    /// Fills up the last packet, so that all is heard until this media time, in microseconds.
    pub fn finish(&mut self, media_us: i64) {
        self.end_run();
        self.is_finished = true;
        let end = self.samples(media_us).max(self.position).max(0);
        self.push_silence((end as u64).next_multiple_of(self.packet as u64) as i64 - self.position);
    }

    /// The samples of the next packet; none yet if they might still be faded out.
    pub fn take(&mut self) -> Option<Vec<Vec<f32>>> {
        let kept = match self.runs.back() {
            Some(Run::Samples(last)) if !self.is_finished => last[0].len().min(self.fade()),
            _ => 0,
        };
        if self.waiting < self.packet + kept {
            return None;
        }
        let mut packet = vec![Vec::with_capacity(self.packet); self.resamplers.len()];
        let mut missing = self.packet;
        while missing > 0 {
            let run = self.runs.front_mut()?;
            let taken = run.len().min(missing);
            match run {
                Run::Samples(channels) => {
                    packet.iter_mut().zip(channels).for_each(|(to, from)| to.extend(from.drain(..taken)));
                }
                Run::Silence(left) => {
                    packet.iter_mut().for_each(|to| to.resize(to.len() + taken, 0.0));
                    *left -= taken;
                }
            }
            if run.len() == 0 {
                self.runs.pop_front();
            }
            missing -= taken;
        }
        self.waiting -= self.packet;
        Some(packet)
    }

    /// How many samples wait that are not silence of its own making.
    pub fn waiting(&self) -> usize {
        self.runs.iter().filter(|run| matches!(run, Run::Samples(_))).map(Run::len).sum()
    }

    /// How many samples are missing up to this media time; less than 0 if it is over already.
    fn samples_to(&self, media_us: i64) -> i64 {
        self.samples(media_us) - self.delay - self.position
    }

    fn samples(&self, length_us: i64) -> i64 {
        let rate = i64::from(self.rate);
        length_us.div_euclid(1_000_000) * rate + (length_us.rem_euclid(1_000_000) * rate + 500_000) / 1_000_000
    }

    fn fade(&self) -> usize {
        (self.rate / FADES) as usize
    }

    /// By how many samples a block of this length is to become longer, if it is this many too early.
    fn step(&self, off: i64, length: usize) -> i64 {
        let exact = self.samples(EXACT_US);
        let most = (length / STRETCHED).max(1) as i64;
        match off.abs() {
            within if within <= exact || length < 2 => 0,
            within => off.signum() * (within / (4 * exact) + 1).min(most),
        }
    }

    fn push(&mut self, mut channels: Vec<Vec<f32>>) {
        let (length, fade) = (channels[0].len(), self.fade());
        for n in 0..length.min(fade.saturating_sub(self.faded)) {
            let gain = (self.faded + n) as f32 / fade as f32;
            channels.iter_mut().for_each(|channel| channel[n] *= gain);
        }
        self.faded += length;
        self.position += length as i64;
        self.waiting += length;
        match self.runs.back_mut() {
            Some(Run::Samples(last)) => last.iter_mut().zip(channels).for_each(|(to, from)| to.extend(from)),
            _ if length > 0 => self.runs.push_back(Run::Samples(channels)),
            _ => {}
        }
    }

    fn push_silence(&mut self, samples: i64) {
        if samples > 0 {
            self.position += samples;
            self.waiting += samples as usize;
            self.runs.push_back(Run::Silence(samples as usize));
        }
    }

    /// Fades out what came last, and has what follows be faded in.
    fn end_run(&mut self) {
        let fade = self.fade();
        if let Some(Run::Samples(last)) = self.runs.back_mut() {
            for channel in last {
                for (n, sample) in channel.iter_mut().rev().take(fade).enumerate() {
                    *sample *= n as f32 / fade as f32;
                }
            }
        }
        self.faded = 0;
    }
}

/// Has samples become longer by this many, or shorter: their end is where it should be, their beginning as it was.
fn stretch(samples: &mut Vec<f32>, by: i64) {
    if by == 0 {
        return;
    }
    let length = samples.len() as i64;
    let at = |n: i64| samples[n.clamp(0, length - 1) as usize];
    *samples = (0..length + by)
        .map(|n| {
            let part = n as f32 / (length + by - 1) as f32;
            at(n) * (1.0 - part) + at(n - by) * part
        })
        .collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;
    const PACKET: usize = 960;

    fn splicer(delay: usize) -> Splicer {
        Splicer::new(RATE, 1, PACKET, delay)
    }

    fn block(samples: Vec<f32>) -> Block {
        Block { channels: vec![samples], rate: RATE, timestamp_us: 0, packet: None }
    }

    /// A tone of 100 Hz, for this many milliseconds.
    fn tone(ms: usize) -> Block {
        block((0..ms * 48).map(|n| 0.5 * (std::f32::consts::TAU * n as f32 / 480.0).sin()).collect())
    }

    /// All that there is, up to this media time.
    fn all(mut splicer: Splicer, end_us: i64) -> Vec<f32> {
        splicer.finish(end_us);
        let packets: Vec<f32> = std::iter::from_fn(|| splicer.take()).flat_map(|mut packet| packet.remove(0)).collect();
        assert_eq!(packets.len() as i64 % PACKET as i64, 0);
        packets
    }

    /// The largest step from a sample to the next.
    fn largest_step(samples: &[f32]) -> f32 {
        samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
    }

    /// Between which samples it is not silent.
    fn sounding(samples: &[f32]) -> [usize; 2] {
        [samples.iter().position(|&sample| sample != 0.0), samples.iter().rposition(|&sample| sample != 0.0)]
            .map(|at| at.unwrap())
    }

    #[test]
    fn a_late_start_is_silence_of_the_right_length() {
        let mut splicer = splicer(0);
        assert!(!splicer.put(tone(100), 1_000_000));
        let samples = all(splicer, 1_100_000);
        let [first, last] = sounding(&samples);
        assert!((48_000..48_010).contains(&first) && (52_780..52_800).contains(&last), "{first} to {last}");
        assert_eq!(samples.len(), 55 * PACKET);
    }

    #[test]
    fn what_decodes_late_is_encoded_early() {
        let mut splicer = splicer(312);
        splicer.put(tone(100), 1_000_000);
        assert!((47_688..47_700).contains(&sounding(&all(splicer, 1_100_000))[0]));
    }

    // There was a click at each pause.
    #[test]
    fn nothing_clicks_where_something_is_missing_or_too_much() {
        let signal = largest_step(&tone(100).channels[0]);
        // Its end, or beginning, is in the middle of a wave.
        let cut = |from: usize, to: usize| block(tone(100).channels[0][from..to].to_vec());
        let mut splicer = splicer(0);
        splicer.put(cut(120, 2_520), 0);
        splicer.put(cut(120, 2_520), 200_000);
        splicer.put(cut(120, 2_520), 225_000);
        splicer.fill(400_000);
        let samples = all(splicer, 500_000);
        assert!(largest_step(&samples) < signal * 1.3, "{} of {signal}", largest_step(&samples));
        assert!((sounding(&samples)[1]).abs_diff(13_200) < 10, "{:?}", sounding(&samples));
        assert!(samples[2_400..9_600].iter().all(|&sample| sample == 0.0));
    }

    #[test]
    fn a_block_that_is_over_already_is_dropped() {
        let mut splicer = splicer(0);
        splicer.put(tone(100), 0);
        splicer.put(tone(20), 10_000);
        assert!((4_780..4_800).contains(&sounding(&all(splicer, 100_000))[1]));
    }

    // What waits may be faded out.
    #[test]
    fn a_packet_is_given_once_its_end_is_certain() {
        let mut splicer = splicer(0);
        splicer.put(tone(20), 0);
        assert_eq!(splicer.take(), None);
        splicer.put(tone(5), 20_000);
        assert_eq!(splicer.take().map(|packet| packet[0].len()), Some(PACKET));
        assert_eq!(splicer.take(), None);
        splicer.fill(60_000);
        assert_eq!(std::iter::from_fn(|| splicer.take()).count(), 2);
    }

    // A microphone that joins after an hour.
    #[test]
    fn an_hour_of_silence_takes_no_memory() {
        let mut splicer = splicer(0);
        splicer.put(tone(100), 3_600_000_000);
        assert_eq!(splicer.runs.len(), 2);
        assert_eq!(std::iter::from_fn(|| splicer.take()).count(), 180_000 + 4);
    }

    #[test]
    fn another_device_has_the_rate_and_the_channels_of_the_first() {
        let mut splicer = Splicer::new(RATE, 2, PACKET, 0);
        splicer.put(Block { channels: vec![vec![0.25; 4_800]; 2], rate: RATE, timestamp_us: 0, packet: None }, 0);
        for n in 0..10 {
            splicer.put(
                Block { channels: vec![vec![0.25; 441]], rate: 44_100, timestamp_us: 0, packet: None },
                100_000 + n * 10_000,
            );
        }
        splicer.finish(200_000);
        let packets: Vec<_> = std::iter::from_fn(|| splicer.take()).collect();
        assert_eq!(packets.len(), 10);
        assert!(packets.iter().all(|packet| packet.len() == 2));
        assert!(packets[2..9].iter().flatten().flatten().all(|&sample| (sample - 0.25).abs() < 1e-3));
    }

    #[test]
    fn stretched_samples_begin_and_end_as_they_did() {
        for by in [-4, -1, 1, 4] {
            let mut samples: Vec<f32> = (0..480).map(|n| n as f32).collect();
            stretch(&mut samples, by);
            assert_eq!((samples.len() as i64, samples[0], samples[samples.len() - 1]), (480 + by, 0.0, 479.0));
            assert!(largest_step(&samples) <= 1.02);
        }
    }
}
