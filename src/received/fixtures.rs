//! Captures of what a browser received.

use std::fs;

/// The frames of a capture, with their RTP timestamps.
pub(super) fn frames(name: &str) -> Vec<(u32, Vec<u8>)> {
    let ivf = fs::read(format!("{}/tests/fixtures/{name}.ivf", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let number = |at: usize| u32::from_le_bytes(ivf[at..at + 4].try_into().unwrap());
    let (mut frames, mut at) = (Vec::new(), 32);
    while at < ivf.len() {
        let end = at + 12 + number(at) as usize;
        frames.push((number(at + 4), ivf[at + 12..end].to_vec()));
        at = end;
    }
    frames
}
