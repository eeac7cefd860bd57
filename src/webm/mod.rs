//! The WebM file around the samples (Matroska, RFC 9559; WebM Container Guidelines), written from the sample tables alone.
//!
//! The file is ready to be played from its first byte, and seekable: `SeekHead`, `Info`, `Tracks`, `Cues`, `Chapters` and `Tags` where there
//! are some, then the clusters. Each sample
//! is a `SimpleBlock`: a few bytes before it are written, and the sample itself is a part of a stored segment.

mod blocks;
mod ebml;
mod facts;
mod tracks;

use crate::chapters::{Chapter, chapters};
use crate::clip::Bounds;
use crate::facts::Facts;
use crate::mp4::{Piece, Plan, Selection, Stored, take};
use crate::reel::ReelRecord;
use crate::subtitles::subtitles;
use crate::{Error, Result};
use blocks::{Block, Cluster, blocks, clusters};
use ebml::{BEGIN_LEN, begin, binary, float, master, uint, wide_uint};
use tracks::tracks;

/// Nanoseconds of a tick of all times.
const TIMESTAMP_SCALE: u64 = 1_000_000;
/// From 1970 to 2001, where Matroska counts from, in nanoseconds (RFC 8794, § 7.6).
const EPOCH_NS: i64 = 978_307_200_000_000_000;

/// The file of a part of a reel, as [`mp4::plan`](crate::mp4::plan) makes it: it begins with a key frame. None if the frames are too many
/// for an even grid.
///
/// # Errors
/// [`Error::NothingRecorded`] if nothing is in the part, [`Error::Unsupported`] if WebM has no place for a codec of it.
pub fn plan(reel: &ReelRecord, stored: Vec<Stored>, bounds: Bounds, facts: &Facts) -> Result<Option<Plan>> {
    let Some(selection) = take(reel, stored, bounds)? else { return Ok(None) };
    let Selection { start_us, reel_end_us: end_us, .. } = selection;
    let words = subtitles(&reel.marks, start_us, end_us, bounds.speed);
    let blocks = blocks(&selection, &words);
    let clusters = clusters(&blocks, selection.has_pictures());
    let beside = (&chapters(&reel.marks, start_us, end_us, bounds.speed)[..], facts);
    let head = head(reel, (&selection, !words.is_empty()), (&blocks, &clusters), beside)?;
    let mut pieces = vec![Piece::Bytes(head)];
    for Cluster { blocks: of, len, .. } in clusters {
        let mut bytes = Vec::new();
        begin(&mut bytes, 0x1f43_b675, len);
        // Timestamp
        let time_ms = blocks[of.start].time_ms;
        wide_uint(&mut bytes, 0xe7, time_ms);
        for block in &blocks[of] {
            block.write_header(&mut bytes, time_ms);
            pieces.push(Piece::Bytes(std::mem::take(&mut bytes)));
            if block.words.is_none() {
                pieces.push(Piece::Slice(block.stored, block.start..block.start + u64::from(block.size)));
            }
        }
    }
    let mime = if selection.has_pictures() { "video/webm" } else { "audio/webm" };
    Ok(Some(Plan { pieces, mime, start_us, end_us }))
}

/// What the file begins with, up to the first cluster.
fn head(
    reel: &ReelRecord,
    (selection, has_words): (&Selection, bool),
    (blocks, clusters): (&[Block], &[Cluster]),
    (chapters, facts): (&[Chapter], &Facts),
) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    // EBML header
    master(&mut head, 0x1a45_dfa3, |head| {
        // EBMLVersion, EBMLReadVersion, EBMLMaxIDLength, EBMLMaxSizeLength
        for (id, value) in [(0x4286, 1), (0x42f7, 1), (0x42f2, 4), (0x42f3, 8)] {
            uint(head, id, value);
        }
        binary(head, 0x4282, b"webm");
        // DocTypeVersion; DocTypeReadVersion: SimpleBlocks need 2.
        for (id, value) in [(0x4287, 4), (0x4285, 2)] {
            uint(head, id, value);
        }
    });
    let (mut info, mut tracks_element) = (Vec::new(), Vec::new());
    master(&mut info, 0x1549_a966, |info| {
        uint(info, 0x2a_d7b1, TIMESTAMP_SCALE);
        float(info, 0x4489, (selection.end_us - selection.start_us) as f64 / 1000.0);
        // DateUTC
        let since_ns = (reel.created_at * 1e6) as i64 - EPOCH_NS;
        binary(info, 0x4461, &since_ns.to_be_bytes());
        binary(info, 0x4d80, b"trackreel");
        binary(info, 0x5741, b"trackreel");
        if let Some(title) = &facts.title {
            binary(info, 0x7ba9, title.as_bytes());
        }
    });
    tracks(&mut tracks_element, reel, selection, has_words)?;
    let (mut chapters_element, mut tags) = (Vec::new(), Vec::new());
    let length_us = (selection.end_us - selection.start_us).max(0).unsigned_abs();
    facts::chapters(&mut chapters_element, chapters, length_us.div_ceil(1000));
    facts::tags(&mut tags, facts);
    // How long these are does not depend on the positions that they have.
    let cues_len = cues(blocks, clusters, 0).len() as u64;
    let elements = [
        (0x1549_a966, info.len() as u64),
        (0x1654_ae6b, tracks_element.len() as u64),
        (0x1c53_bb6b, cues_len),
        (facts::CHAPTERS, chapters_element.len() as u64),
        (facts::TAGS, tags.len() as u64),
    ];
    let seek_len = seek_head(&elements, 0).len() as u64;
    let clusters_at = seek_len + elements.iter().map(|(_, len)| len).sum::<u64>();
    let len = clusters_at + clusters.iter().map(|cluster| BEGIN_LEN + cluster.len).sum::<u64>();
    begin(&mut head, 0x1853_8067, len);
    head.extend(seek_head(&elements, seek_len));
    head.extend(info);
    head.extend(tracks_element);
    head.extend(cues(blocks, clusters, clusters_at));
    head.extend(chapters_element);
    head.extend(tags);
    Ok(head)
}

/// Where these elements are, from the first byte in the segment (RFC 9559, § 5.1.1): ids and lengths of those that follow each other from
/// this position on. Those without a length are not there.
fn seek_head(elements: &[(u32, u64)], from: u64) -> Vec<u8> {
    let (mut head, mut position) = (Vec::new(), from);
    master(&mut head, 0x114d_9b74, |head| {
        for (id, len) in elements.iter().filter(|(_, len)| *len > 0) {
            master(head, 0x4dbb, |seek| {
                binary(seek, 0x53ab, &id.to_be_bytes());
                wide_uint(seek, 0x53ac, position);
            });
            position += len;
        }
    });
    head
}

/// Which clusters can be sought to, the first of which begins here: those that begin with a picture that needs no other (§ 5.1.5).
fn cues(blocks: &[Block], clusters: &[Cluster], first: u64) -> Vec<u8> {
    let (mut cues, mut position) = (Vec::new(), first);
    master(&mut cues, 0x1c53_bb6b, |cues| {
        for cluster in clusters {
            let block = &blocks[cluster.blocks.start];
            if cluster.is_seekable {
                master(cues, 0xbb, |point| {
                    uint(point, 0xb3, block.time_ms);
                    master(point, 0xb7, |at| {
                        uint(at, 0xf7, block.number());
                        wide_uint(at, 0xf1, position);
                    });
                });
            }
            position += BEGIN_LEN + cluster.len;
        }
    });
    cues
}

/// The error for a codec that no WebM has.
fn unsupported(codec: &str) -> Error {
    Error::Unsupported { what: ["no WebM can be made of the codec ", codec].concat() }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
