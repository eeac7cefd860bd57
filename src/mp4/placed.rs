//! Samples with where their bytes are, and the boxes of fragments around them (ISO/IEC 14496-12, § 8.8).

use super::cut::Cut;
use super::moof::{FragmentSample, FragmentTrack, moof};
use super::moov::{fragmented_moov, track_id};
use super::plan::Sorted;
use super::sample_times::ticks;
use super::{Configs, MP4_EPOCH_S, Piece, Stored, sample_entry, write_box};
use crate::Result;
use crate::reel::{ReelRecord, Track};
use std::ops::Range;

/// A sample, and where its bytes are.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub start_us: i64,
    pub end_us: i64,
    pub composition_offset_us: i32,
    pub key: bool,
    pub size: u32,
    pub config: u32,
    pub index: u32,
    /// The position of the stored segment with its bytes, and where they begin there.
    pub stored: usize,
    pub at: u64,
}

/// Samples of a track for a fragment.
pub(super) struct PlacedTrack {
    pub track: Track,
    /// The configuration that the initialisation has of it.
    pub config: u32,
    /// At least one, each with the bytes that stand before its own.
    pub samples: Vec<(Vec<u8>, Placed)>,
    /// When the last one ends, in microseconds.
    pub end_us: i64,
}

/// The samples of these segments, of pictures and of sound. Each segment is given with its index among those of its track, each track in
/// its order.
pub(super) fn placed(stored: Vec<(u32, Stored)>) -> [Vec<Placed>; 2] {
    let (indexes, stored): (Vec<u32>, Vec<Stored>) = stored.into_iter().unzip();
    let index_of = |track: Track| {
        let of_track = indexes.iter().zip(&stored).filter(move |(_, stored)| stored.track == track);
        of_track.map(|(index, _)| *index).collect::<Vec<_>>()
    };
    let indexes = [Track::Video, Track::Audio].map(index_of);
    let of_tracks = Sorted::new(stored).of_tracks;
    let mut samples = [Vec::new(), Vec::new()];
    for (samples, (stored, indexes)) in samples.iter_mut().zip(of_tracks.into_iter().zip(indexes)) {
        *samples = placed_of(&Cut::whole(stored), &indexes);
    }
    samples
}

/// The samples of the segments of a track, which are given with their indexes.
fn placed_of(cut: &Cut, indexes: &[u32]) -> Vec<Placed> {
    let mut all: Vec<Placed> = Vec::new();
    for (n, ((config, table), index)) in cut.segments.iter().zip(indexes).enumerate() {
        let mut places = cut.places_of(n);
        if let (Some(last), Some(first)) = (all.last_mut(), table.samples().first()) {
            last.end_us = first.decode_us;
        }
        let ends = table.samples().iter().skip(1).map(|sample| sample.decode_us).chain([table.end_us()]);
        for (sample, end_us) in table.samples().iter().zip(ends) {
            let (stored, at) = places.next(sample.size);
            all.push(Placed {
                start_us: sample.decode_us,
                end_us,
                composition_offset_us: sample.composition_offset_us,
                key: sample.key,
                size: sample.size,
                config: *config,
                index: *index,
                stored,
                at,
            });
        }
    }
    all
}

/// The configurations of a track.
fn configs_of(reel: &ReelRecord, track: Track) -> Configs<'_> {
    match track {
        Track::Video => Configs::Video(&reel.video),
        Track::Audio => Configs::Audio(&reel.audio),
    }
}

/// What comes before fragments of these tracks, a bit each, with these configurations.
///
/// # Errors
/// [`Error::Unsupported`](crate::Error::Unsupported) if MP4 has no place for the codec, [`Error::Storage`](crate::Error::Storage) if a configuration is damaged.
pub(super) fn initialisation(reel: &ReelRecord, tracks: u8, configs: [u32; 2]) -> Result<Vec<u8>> {
    let tracks = [Track::Video, Track::Audio].into_iter().filter(|track| tracks >> *track as u32 & 1 != 0);
    let tracks: Vec<_> = tracks.map(|track| (configs_of(reel, track), configs[track as usize])).collect();
    let mut head = Vec::new();
    write_box(&mut head, b"ftyp", |head| head.extend(b"iso6\0\0\0\0iso6cmfcmp41"));
    fragmented_moov(&mut head, (reel.created_at / 1000.0) as u64 + MP4_EPOCH_S, &tracks)?;
    Ok(head)
}

/// The MIME type of such a file, with the codecs of its tracks (RFC 6381).
pub(super) fn mime(reel: &ReelRecord, tracks: u8, configs: [u32; 2]) -> String {
    let [video, audio] = configs.map(|config| config as usize);
    let has = |bit: u8| tracks & bit != 0;
    let codecs = [
        reel.video.get(video).filter(|_| has(1)).map(|config| config.codec.as_str()),
        reel.audio.get(audio).filter(|_| has(2)).map(|config| config.codec.as_str()),
    ];
    let kind = if has(1) { "video" } else { "audio" };
    let codecs: Vec<&str> = codecs.into_iter().flatten().collect();
    [kind, "/mp4; codecs=\"", &codecs.join(", "), "\""].concat()
}

/// A fragment with this number, of at least one track, and when it goes from and to. Its times, in microseconds, count from `base_us`.
///
/// # Errors
/// Those of [`initialisation`].
pub(super) fn fragment(
    reel: &ReelRecord,
    number: u32,
    base_us: i64,
    parts: Vec<PlacedTrack>,
) -> Result<(Vec<Piece>, Range<i64>)> {
    let (mut tracks, mut pieces) = (Vec::new(), Vec::new());
    let mut range_us: Option<Range<i64>> = None;
    for PlacedTrack { track, config, samples, end_us } in parts {
        let configs = configs_of(reel, track);
        let timescale = sample_entry::timescale_of(configs, config)?;
        let ticks = |time_us: i64| ticks(time_us - base_us, timescale).max(0);
        let nexts = samples.iter().skip(1).map(|(_, sample)| sample.start_us).chain([end_us]);
        let table = samples.iter().zip(nexts).map(|((before, sample), next_us)| {
            let start = ticks(sample.start_us);
            let shown_us = sample.start_us + i64::from(sample.composition_offset_us);
            FragmentSample {
                duration: u32::try_from(ticks(next_us) - start).unwrap_or(u32::MAX >> 1),
                size: sample.size + before.len() as u32,
                composition_offset: (ticks(shown_us) - start) as i32,
                key: sample.key,
            }
        });
        let start_us = samples[0].1.start_us;
        let decode_time = ticks(start_us) as u64;
        tracks.push(FragmentTrack { id: track_id(configs), decode_time, samples: table.collect() });
        let own = start_us - base_us..end_us - base_us;
        range_us = Some(range_us.map_or(own.clone(), |range| range.start.min(own.start)..range.end.max(own.end)));
        for (before, Placed { stored, at, size, .. }) in samples {
            if !before.is_empty() {
                pieces.push(Piece::Bytes(before));
            }
            let end = at + u64::from(size);
            match pieces.last_mut() {
                Some(Piece::Slice(of, slice)) if *of == stored && slice.end == at => slice.end = end,
                _ => pieces.push(Piece::Slice(stored, at..end)),
            }
        }
    }
    pieces.insert(0, Piece::Bytes(moof(number, &tracks)));
    Ok((pieces, range_us.unwrap_or_default()))
}
