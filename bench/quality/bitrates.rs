//! Prints the bitrates of each quality at each format: `bitrates 1280x720x30 …` gives lines of three numbers, low to high.

use trackreel::codec::{Format, Quality};

fn main() {
    for written in std::env::args().skip(1) {
        let mut numbers = written.split('x').map(str::parse::<u32>);
        let mut next = || numbers.next().and_then(Result::ok).unwrap_or_default();
        let format = Format { width: next(), height: next(), fps: f64::from(next()) };
        let [low, medium, high] = [Quality::Low, Quality::Medium, Quality::High].map(|quality| quality.bitrate(format));
        println!("{low} {medium} {high}");
    }
}
