//! A movie fragment (ISO/IEC 14496-12, § 8.8): `moof` with the samples of each track, and the header of its `mdat`.

use super::boxes::{VERSION_1, put32, put64, write_box, write_full_box};
use super::mdat_header;

/// A sample of a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FragmentSample {
    /// Ticks to the next sample.
    pub duration: u32,
    /// Its size, in bytes.
    pub size: u32,
    /// Ticks from when it is decoded to when it is shown.
    pub composition_offset: i32,
    /// Whether it can be decoded by itself.
    pub key: bool,
}

/// A track's part of a fragment. Its samples' bytes follow those of the part before it.
#[derive(Debug)]
pub(super) struct FragmentTrack {
    /// Its number in the movie, from 1.
    pub id: u32,
    /// When the first sample is decoded, in ticks of the track from its start.
    pub decode_time: u64,
    /// At least one.
    pub samples: Vec<FragmentSample>,
}

/// Offsets count from the beginning of the `moof` (§ 8.8.7.1).
const BASE_IS_MOOF: u32 = 0x02_0000;
/// A `trun` with where its data begin, and with duration, size and flags of each sample (§ 8.8.8.1).
const RUN: u32 = 0x701;
/// And with their composition offsets.
const RUN_OFFSETS: u32 = 0x800;
/// What a sample depends on (§ 8.8.3.1): on no other, or on others and is no sync sample.
const KEY: u32 = 0x0200_0000;
const DELTA: u32 = 0x0101_0000;

/// All that stands before the samples' bytes of a fragment. `number` is how many fragments there are up to it.
pub(super) fn moof(number: u32, tracks: &[FragmentTrack]) -> Vec<u8> {
    let sizes = tracks.iter().map(|track| track.samples.iter().map(|sample| u64::from(sample.size)).sum::<u64>());
    let sizes: Vec<u64> = sizes.collect();
    let mdat = mdat_header(sizes.iter().sum());
    let mut head = Vec::new();
    // Where the data begin depends on how long this is.
    for moof_len in [0, usize::MAX] {
        let data_start = if moof_len == 0 { 0 } else { head.len() + mdat.len() } as u64;
        head.clear();
        write_box(&mut head, b"moof", |head| {
            write_full_box(head, b"mfhd", 0, |head| put32(head, [number]));
            let mut offset = data_start;
            for (track, size) in tracks.iter().zip(&sizes) {
                traf(head, track, offset as u32);
                offset += size;
            }
        });
    }
    head.extend(mdat);
    head
}

fn traf(head: &mut Vec<u8>, track: &FragmentTrack, data_offset: u32) {
    let has_offsets = track.samples.iter().any(|sample| sample.composition_offset != 0);
    write_box(head, b"traf", |head| {
        write_full_box(head, b"tfhd", BASE_IS_MOOF, |head| put32(head, [track.id]));
        write_full_box(head, b"tfdt", VERSION_1, |head| put64(head, track.decode_time));
        let flags = if has_offsets { VERSION_1 | RUN | RUN_OFFSETS } else { RUN };
        write_full_box(head, b"trun", flags, |head| {
            put32(head, [track.samples.len() as u32, data_offset]);
            for FragmentSample { duration, size, composition_offset, key } in &track.samples {
                put32(head, [*duration, *size, if *key { KEY } else { DELTA }]);
                if has_offsets {
                    put32(head, [*composition_offset as u32]);
                }
            }
        });
    });
}
