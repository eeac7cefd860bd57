use super::avcc;
use super::bytes::Bytes;
use super::movie::{audio_configs, check_error, configs, laid_out};
use trackreel::clip::{Bounds, Clip};
use trackreel::codec::{Codec, h264};
use trackreel::entry::{Entry, Value};
use trackreel::facts::Facts;
use trackreel::mp4::{Configs, Piece, Stored, TrackIndex, layout, plan};
use trackreel::reel::{Contents, Entry as Place, ReelRecord, SegmentRecord, Track, VideoConfig, excerpt};

/// The most segments of a reel.
const MOST_SEGMENTS: usize = 64;

/// The records of a reel and its segments as a browser gives them, and an export of a part of it.
///
/// A byte chooses the form, the numbers of the reel's record and of the part follow, then a configuration, then segments: numbers,
/// length, table.
pub fn record(data: &[u8]) {
    let mut bytes = Bytes(data);
    let shape = bytes.u8();
    let (now_ms, visit_ms, recover_for_us) = (bytes.f64(), bytes.f64(), bytes.i64());
    let mut reel = ReelRecord::new(bytes.f64(), "2026-11-22T14:03:27.000Z", bytes.u32());
    (reel.updated_at, reel.complete) = (bytes.f64(), shape & 1 != 0);
    (reel.bytes, reel.exported_bytes) = (bytes.f64() as u64, bytes.f64() as u64);
    let _ = reel.idle().is_expired(visit_ms, now_ms, recover_for_us);
    assert_eq!(reel.state() == "complete", reel.complete);
    let part = parts(&mut bytes, shape);
    reel.video = [vec![config(&mut bytes, shape)], configs().to_vec()].concat();
    reel.audio = audio_configs().to_vec();

    // As `get_all` gives them: by index, each once.
    let mut records: Vec<SegmentRecord> = Vec::new();
    let mut contents = Contents::default();
    for number in 0..MOST_SEGMENTS {
        if bytes.is_empty() {
            break;
        }
        let Ok(record) = segment(&mut bytes, shape, number) else { continue };
        contents.put(Place::new(record.index, &record.table));
        match records.binary_search_by_key(&record.index, |known| known.index) {
            Ok(at) => records[at] = record,
            Err(at) => records.insert(at, record),
        }
    }
    check_contents(&contents, &records);
    let Ok(clip) = Clip::parse(&part) else { return };
    let Ok(bounds) = clip.bounds(contents.start_us(), contents.end_us()) else { return };

    // What an export does with them.
    let needed = contents.indexes_between(bounds.from_us, bounds.to_us);
    records.retain(|record| needed.contains(&record.index));
    let whole = records.clone();
    check_plan(&reel, &whole, bounds);
    let mut tables: Vec<_> = records.iter_mut().map(|record| &mut record.table).collect();
    let Some(excerpt) = excerpt(&mut tables, bounds) else { return };
    let (start, end) = (excerpt.segments.start, excerpt.segments.end);
    // The last key frame that is early enough, if the tables are in order.
    if whole.is_sorted_by_key(|record| record.table.start_us()) {
        let is_early = |record: &SegmentRecord| record.table.start_us() <= bounds.from_us;
        assert_eq!(start, whole[..end].iter().rposition(is_early).unwrap_or(0));
        assert!(whole[end..].iter().all(|record| record.table.start_us() >= bounds.to_us));
    }
    let configs = &reel.video;
    let mut segments = Vec::new();
    for n in start..end {
        let SegmentRecord { config, mut table, .. } = records[n].clone();
        let range = match n {
            _ if n == start => &excerpt.first,
            _ if n == end - 1 => &excerpt.last,
            _ => &(0..whole[n].table.bytes()),
        };
        assert_eq!(range.end - range.start, table.bytes());
        assert!(range.end <= whole[n].table.bytes());
        assert!(table.last_us() < table.end_us());
        if n == end - 1 {
            assert_eq!(table.end_us(), bounds.to_us.max(table.last_us() + 1), "its picture is held up to the end");
        }
        let sets = configs.get(config as usize).and_then(|config| h264::parameter_sets(&config.description));
        table.prepend(sets.map_or(0, |sets| sets.len() as u32));
        segments.push((config, table));
    }
    let created_s = (reel.created_at / 1000.0) as u64;
    let tracks = [TrackIndex { configs: Configs::Video(configs), segments: &segments }];
    let laid_out = match configs.iter().all(is_read_by_all) {
        true => laid_out(created_s, &tracks).map(drop),
        false => layout(created_s, &tracks).map(drop),
    };
    if let Err(error) = laid_out {
        check_error(&error);
    }
}

/// The file of these segments, each second one as sound: no piece lies outside its segment.
fn check_plan(reel: &ReelRecord, records: &[SegmentRecord], bounds: Bounds) {
    let stored = |(n, record): (usize, &SegmentRecord)| Stored {
        track: if n % 2 == 0 { Track::Video } else { Track::Audio },
        config: record.config,
        table: record.table.clone(),
        shared: None,
    };
    match plan(reel, records.iter().enumerate().map(stored).collect(), bounds, &Facts::default()) {
        Ok(plan) => {
            for piece in plan.expect("no even rate was asked for").pieces {
                if let Piece::Slice(n, bytes) = piece {
                    assert!(bytes.start <= bytes.end && bytes.end <= records[n].table.bytes());
                }
            }
        }
        Err(error) => check_error(&error),
    }
}

/// Whether each reader takes a configuration, or none. `mp4-atom` refuses what others skip: odd bytes behind the sets of an `avcC`, and
/// reserved bits of an `av1C`.
fn is_read_by_all(config: &VideoConfig) -> bool {
    let description = &config.description;
    match Codec::from_rfc6381(&config.codec) {
        Some(Codec::H264) => avcc::read(description).is_some() || !avcc::is_whole(description),
        Some(Codec::Av1) => description.get(3).is_none_or(|&delay| delay == 0),
        _ => true,
    }
}

/// The options of an export.
fn parts(bytes: &mut Bytes<'_>, shape: u8) -> Vec<Entry> {
    let entry = |name: &str, seconds: f64| Entry {
        name: name.into(),
        value: Value::Number(seconds),
        shown: seconds.to_string(),
    };
    let (one, other) = (bytes.f64(), bytes.f64());
    match shape >> 1 & 3 {
        0 => vec![],
        1 => vec![entry("last", one)],
        2 => vec![entry("from", one)],
        _ => vec![entry("from", one), entry("to", other)],
    }
}

/// A configuration as the reel's record has it.
fn config(bytes: &mut Bytes<'_>, shape: u8) -> VideoConfig {
    let codecs = ["avc1.42c01f", "vp09.00.31.08", "av01.0.05M.08"];
    let codec = codecs.get(usize::from(shape >> 3 & 3)).map_or_else(|| bytes.text(), |codec| (*codec).into());
    let len = bytes.u8();
    VideoConfig {
        codec,
        width: bytes.f64() as u32,
        height: bytes.f64() as u32,
        colour: bytes.colour(),
        description: bytes.slice(len.into()).into(),
        is_of_rgb: shape & 32 != 0,
    }
}

fn segment(bytes: &mut Bytes<'_>, shape: u8, number: usize) -> Result<SegmentRecord, &'static str> {
    // Most numbers are no small whole ones.
    let (index, config) = match shape & 32 {
        0 => (bytes.f64(), bytes.f64()),
        _ => (number as f64, f64::from(bytes.u8() & 3)),
    };
    let (data_bytes, len) = (bytes.f64(), bytes.u16());
    let table = bytes.slice(len.into());
    let mut read = SegmentRecord::read(index, config, table, data_bytes);
    if read == Err("data") && shape & 64 != 0 {
        let sizes = table[12..].chunks(16).map(|row| u32::from_le_bytes(row[12..].try_into().expect("four bytes")));
        let sum = sizes.map(|size| f64::from(size & !(1 << 31))).sum::<f64>();
        read = SegmentRecord::read(index, config, table, sum);
        assert_ne!(read, Err("data"));
    }
    if let Ok(record) = &read {
        assert_eq!((f64::from(record.index), f64::from(record.config)), (index, config));
        assert!(record.index < u32::MAX, "an index behind it has to be left");
    }
    read
}

fn check_contents(contents: &Contents, records: &[SegmentRecord]) {
    assert_eq!(contents.bytes(), records.iter().map(|record| record.table.bytes()).sum::<u64>());
    assert_eq!(contents.frames() as usize, records.iter().map(|record| record.table.samples().len()).sum::<usize>());
    let indexes = contents.indexes();
    assert!(records.iter().all(|record| indexes.contains(&record.index)));
    assert!(contents.bytes_per_second() >= 0.0);
    let (mut kept, mut merged) = (contents.clone(), contents.clone());
    let removed = kept.keep_last(1_000_000);
    assert_eq!(removed.iter().map(|entry| entry.bytes).sum::<u64>() + kept.bytes(), contents.bytes());
    merged.merge(indexes.clone());
    assert_eq!((merged.bytes(), merged.frames()), (contents.bytes(), contents.frames()));
    assert_eq!((merged.start_us(), merged.end_us()), (contents.start_us(), contents.end_us()));
}
