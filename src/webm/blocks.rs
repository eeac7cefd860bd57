//! Samples as blocks in clusters (RFC 9559, § 5.1.3 and 10).

use super::ebml;
use crate::mp4::Selection;
use crate::subtitles::{Subtitle, put_text};
use std::ops::Range;

/// How long a cluster is at most, in milliseconds: a block's time is 16 bits from its cluster's, and WebM's players want 5 s.
const LONGEST_MS: u64 = 5_000;
/// How many bytes of a block stand before its sample, behind its size: the track, the time, the flags.
const BLOCK_LEN: u32 = 4;
/// How many bytes a cluster's timestamp takes.
const TIMESTAMP_LEN: u64 = 10;

/// A sample, or words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// When it is shown, from the start of the file.
    pub time_ms: u64,
    /// The position of its track in the file.
    pub track: usize,
    /// Whether decoding can start here.
    pub is_key: bool,
    /// Where its bytes are: in this stored segment, from this byte on.
    pub stored: usize,
    pub start: u64,
    /// How many they are.
    pub size: u32,
    /// Of words: for how long they are shown, in milliseconds, and what they are. They have no other bytes.
    pub words: Option<(u64, String)>,
}

/// Blocks that lie together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cluster {
    /// Their positions.
    pub blocks: Range<usize>,
    /// The bytes of all that is in it.
    pub len: u64,
    /// Whether it begins with a sample that needs no other before it: a picture, where the file has pictures.
    pub is_seekable: bool,
}

impl Block {
    /// The number of its track, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.track as u64 + 1
    }

    /// Appends what stands before the sample, in a cluster of this time; of words all.
    pub(crate) fn write_header(&self, out: &mut Vec<u8>, cluster_ms: u64) {
        let time = (self.time_ms.wrapping_sub(cluster_ms) as i16).to_be_bytes();
        if let Some((length_ms, text)) = &self.words {
            return ebml::master(out, 0xa0, |group| {
                let mut block = Vec::new();
                ebml::size(&mut block, self.number());
                block.extend(time);
                block.push(0);
                block.extend(text.as_bytes());
                ebml::binary(group, 0xa1, &block);
                ebml::uint(group, 0x9b, *length_ms);
            });
        }
        out.push(0xa3);
        ebml::size(out, u64::from(BLOCK_LEN + self.size));
        ebml::size(out, self.number());
        out.extend(time);
        out.push(if self.is_key { 0x80 } else { 0 });
    }

    /// How many bytes it takes with its header.
    fn len(&self) -> u64 {
        let mut header = Vec::new();
        self.write_header(&mut header, self.time_ms);
        header.len() as u64 + u64::from(self.size)
    }
}

/// The samples of all tracks, and words in the track behind them, by the time at which they are shown.
pub(super) fn blocks(selection: &Selection, subtitles: &[Subtitle]) -> Vec<Block> {
    let mut of_tracks: Vec<Vec<Block>> = Vec::new();
    for (track, cut) in selection.cuts().into_iter().enumerate() {
        let mut blocks = Vec::new();
        for (segment, (_, table)) in cut.segments.iter().enumerate() {
            let mut places = cut.places_of(segment);
            for sample in table.samples() {
                let (stored, start) = places.next(sample.size);
                let time_us = sample.decode_us + i64::from(sample.composition_offset_us) - selection.start_us;
                let time_ms = (time_us.max(0) as u64 + 500) / 1000;
                blocks.push(Block {
                    time_ms,
                    track,
                    is_key: sample.key,
                    stored,
                    start,
                    size: sample.size,
                    words: None,
                });
            }
        }
        of_tracks.push(blocks);
    }
    let track = of_tracks.len();
    let mut words = Vec::new();
    for Subtitle { start_ms, end_ms, text } in subtitles {
        // An identifier and settings, of which there are none (WebM Project, "WebVTT in WebM").
        let mut payload = String::from("\n\n");
        put_text(&mut payload, text);
        let words_of = Some((end_ms - start_ms, payload));
        words.push(Block { time_ms: *start_ms, track, is_key: false, stored: 0, start: 0, size: 0, words: words_of });
    }
    of_tracks.push(words);
    merged(of_tracks)
}

/// Blocks of several tracks in one order. Pictures come before the sound of the same time.
fn merged(of_tracks: Vec<Vec<Block>>) -> Vec<Block> {
    let mut tracks: Vec<_> = of_tracks.into_iter().map(|blocks| blocks.into_iter().peekable()).collect();
    let mut merged = Vec::new();
    loop {
        let mut next: Option<(usize, u64)> = None;
        for (track, blocks) in tracks.iter_mut().enumerate() {
            let time_ms = blocks.peek().map(|block| block.time_ms);
            if let Some(time_ms) = time_ms.filter(|ms| next.is_none_or(|(_, earliest)| *ms < earliest)) {
                next = Some((track, time_ms));
            }
        }
        let Some(block) = next.and_then(|(track, _)| tracks[track].next()) else { return merged };
        merged.push(block);
    }
}

/// The clusters of blocks in the order of their times. A key frame of pictures begins one, so that it can be sought to. Each packet of
/// sound alone needs no other.
pub(super) fn clusters(blocks: &[Block], has_pictures: bool) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = Vec::new();
    for (n, block) in blocks.iter().enumerate() {
        // Pictures are the first track.
        let is_seekable = block.track == 0 && block.is_key;
        let is_start = is_seekable && has_pictures;
        match clusters
            .last_mut()
            .filter(|last| !is_start && block.time_ms.saturating_sub(blocks[last.blocks.start].time_ms) < LONGEST_MS)
        {
            Some(last) => {
                last.blocks.end = n + 1;
                last.len += block.len();
            }
            None => clusters.push(Cluster { blocks: n..n + 1, len: TIMESTAMP_LEN + block.len(), is_seekable }),
        }
    }
    clusters
}
