use super::bytes::Bytes;
use super::movie::{audio_configs, check_error, configs, laid_out};
use trackreel::mp4::{Configs, TrackIndex};
use trackreel::reel::SampleTable;

/// The most samples of a movie. More of them find no more.
const MOST_SAMPLES: usize = 4096;

/// Packed sample tables. The movie of all that unpack is what other readers find in it.
///
/// A byte chooses the codecs, the form of the tables and whether the second track is sound, eight are the time of the recording. Then come tables: position of the
/// configuration (`u8`), length (`u16`), bytes. The bytes are a packed table, or rows whose times count from the row before.
pub fn tables(data: &[u8]) {
    let mut bytes = Bytes(data);
    let shape = bytes.u8();
    let created_s = bytes.u64();
    let (is_rising, has_two_tracks) = (shape & 4 != 0, shape & 8 != 0);
    let configs: Vec<_> = configs().into_iter().skip(usize::from(shape & 3)).collect();
    let (count, has_sound) = (configs.len().max(1) as u32, shape & 16 != 0);
    let audio_configs = audio_configs();

    let mut segments: [Vec<(u32, SampleTable)>; 2] = Default::default();
    let (mut samples, mut time_us) = (0, 0);
    for number in 0.. {
        if bytes.is_empty() || samples >= MOST_SAMPLES {
            break;
        }
        let (config, len) = (bytes.u8(), bytes.u16());
        let mut packed = bytes.slice(len.into()).to_vec();
        if is_rising {
            packed = rising(&packed, &mut time_us);
        }
        let Ok(table) = SampleTable::unpack(&packed) else { continue };
        assert_eq!(table.pack(), packed);
        samples += table.samples().len();
        let of = if has_two_tracks { number % 2 } else { 0 };
        segments[of].push((u32::from(config) % count, table));
    }
    let tracks: Vec<_> = segments
        .iter()
        .zip([
            Configs::Video(&configs),
            if has_sound { Configs::Audio(&audio_configs) } else { Configs::Video(&configs) },
        ])
        .filter(|(segments, _)| !segments.is_empty())
        .map(|(segments, configs)| TrackIndex { configs, segments })
        .collect();
    if let Err(error) = laid_out(created_s, &tracks) {
        check_error(&error);
        // The configurations are valid.
        assert!(tracks.is_empty() || shape & 3 == 3, "{error}");
    }
}

/// A packed table of rows: step to the next (`u32`, in microseconds times a power of two), offset (`i32`), size (`u32`).
fn rising(rows: &[u8], time_us: &mut i64) -> Vec<u8> {
    let mut packed = Vec::new();
    for row in rows.as_chunks::<12>().0 {
        let mut row = Bytes(row);
        packed.extend(time_us.to_le_bytes());
        let step = row.u32();
        *time_us = time_us.saturating_add(i64::from(step >> 5) << (step & 31));
        packed.extend(row.slice(8));
    }
    [&1_u32.to_le_bytes(), time_us.to_le_bytes().as_slice(), &packed].concat()
}
