use super::bytes::Bytes;
use trackreel::clip::Clip;
use trackreel::codec::Codec;
use trackreel::entry::{Entry, Value};
use trackreel::options::Options;
use trackreel::picture_size::WantedSize;
use trackreel::{Error, Result};

/// The names of options, of variables, and of the parts of a clip. Others are made of the bytes. The inputs of the corpus have their numbers:
/// new names go to the end.
const NAMES: [&str; 34] = [
    "enabled",
    "maxLength",
    "maxFps",
    "codec",
    "encoder",
    "quality",
    "bitrate",
    "freeze",
    "freezeAfter",
    "minShown",
    "keepLast",
    "persist",
    "startupCleanup",
    "recoverFor",
    "RECORDING_ENABLED",
    "VITE_RECORDING_MAX_LENGTH",
    "NEXT_PUBLIC_RECORDING_MAX_FPS",
    "RECORDING_STARTUP_CLEANUP_ENABLED",
    "from",
    "to",
    "last",
    "signal",
    "audio",
    "audioCodec",
    "audioBitrate",
    "maxBytes",
    "onLimit",
    "source",
    "keyFrameInterval",
    "container",
    "width",
    "height",
    "maxHeight",
    "storage",
];
/// The most options at once.
const MOST: usize = 64;

/// Options and parts of a reel as a page writes them: what is accepted is within its bounds, the rest is an error that helps.
///
/// Two times of a reel and a format come first. Then come entries: the number of a name, the kind of the value, the value.
pub fn options(data: &[u8]) {
    let mut bytes = Bytes(data);
    let (start_us, end_us, format) = (bytes.i64(), bytes.i64(), bytes.format());
    let mut entries = Vec::new();
    while !bytes.is_empty() && entries.len() < MOST {
        entries.push(entry(&mut bytes));
    }

    if let Some(options) = accepted(Options::parse(&entries), &entries) {
        check(&options);
        let bitrate = options.bitrate_of(format);
        assert!(bitrate >= 10_000);
        let codecs = [Codec::H264, Codec::Vp9, Codec::Av1];
        let is_own = |codec: Codec, name: &String| Codec::from_rfc6381(name) == Some(codec);
        assert!(codecs.iter().all(|codec| codec.candidates(format, bitrate).iter().all(|name| is_own(*codec, name))));
        let has_limit = entries.iter().any(|entry| entry.name.to_ascii_uppercase().contains("MAX") && is_length(entry));
        assert!(options.keep_last_us.is_none() || has_limit || options.max_length_us.is_none());
    }
    for entry in &entries {
        check_decimal(entry);
    }
    if let Some(clip) = accepted(Clip::parse(&entries), &entries) {
        match clip.bounds(start_us, end_us) {
            Ok(bounds) => {
                assert_eq!(bounds.reel_start_us, start_us);
                assert!(start_us <= bounds.from_us && bounds.from_us < bounds.to_us && bounds.to_us <= end_us);
            }
            Err(error) => assert_eq!(error, Error::NothingRecorded),
        }
    }
}

fn is_length(entry: &Entry) -> bool {
    entry.name == "maxLength" || entry.name.ends_with("RECORDING_MAX_LENGTH")
}

fn entry(bytes: &mut Bytes<'_>) -> Entry {
    let name = NAMES.get(usize::from(bytes.u8())).map_or_else(|| bytes.text(), |name| (*name).into());
    let (value, shown) = match bytes.u8() % 5 {
        0 => number(bytes.f64()),
        1 => number(f64::from(bytes.u32()) / 100.0),
        2 => {
            let text = bytes.text();
            (Value::Text(text.clone()), format!("'{text}'"))
        }
        3 => (Value::Switch(bytes.u8() & 1 == 1), "a switch".into()),
        _ => (Value::Other, "null".into()),
    };
    Entry { name, value, shown }
}

fn number(number: f64) -> (Value, String) {
    (Value::Number(number), number.to_string())
}

/// What was accepted. An error names one of the entries, its value, and what would be accepted.
fn accepted<T>(parsed: Result<T>, entries: &[Entry]) -> Option<T> {
    let error = parsed.map_err(|error| {
        assert_eq!(error.code(), "invalid-option");
        let Error::InvalidOption { name, value, accepted } = &error else { panic!("{error:?}") };
        assert_ne!(accepted, "");
        assert!(entries.iter().any(|entry| entry.name == *name && entry.shown == *value));
        assert_eq!(error.to_string(), format!("{name}: {value} is not valid; it must be {accepted}"));
    });
    error.ok()
}

/// The bounds that the documentation gives.
fn check(options: &Options) {
    assert!(options.max_length_us.is_none_or(|us| us >= 1));
    assert!(options.max_fps > 0.0);
    assert!(options.bitrate.is_none_or(|bits| (10_000..=100_000_000).contains(&bits)));
    assert!((250_000..=10_000_000).contains(&options.freeze_after_us));
    assert!((0..=60_000_000).contains(&options.min_shown_us));
    assert!(options.keep_last_us.is_none_or(|us| us >= 1_000_000));
    assert!(options.recover_for_us >= 0);
    assert!(options.max_bytes.is_none_or(|bytes| bytes >= 1_000_000));
    assert!(options.audio_bitrate.is_none_or(|bits| (8_000..=512_000).contains(&bits)));
    assert!((1_000_000..=3_600_000_000).contains(&options.key_frame_interval_us));
    let WantedSize { width, height, max_height } = options.size;
    assert!([width, height, max_height].into_iter().flatten().all(|pixels| (16..=8192).contains(&pixels)));
    assert!(options.codec.is_none_or(|codec| options.container.holds(codec)));
    assert!(!options.openh264 || options.codec.is_none_or(|codec| codec == Codec::H264));
}

/// A length in plain digits is the number that the standard library reads.
fn check_decimal(entry: &Entry) {
    let Value::Text(text) = &entry.value else { return };
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let is_whole = !text.starts_with('.') && !text.ends_with('.');
    let Some(seconds) = text.parse::<f64>().ok().filter(|_| is_plain && is_whole) else { return };
    let of = |value: Value| {
        let entry = Entry { name: "maxLength".into(), value, shown: text.clone() };
        Options::parse(&[entry]).ok().map(|options| options.max_length_us)
    };
    match (of(entry.value.clone()), of(Value::Number(seconds))) {
        (Some(Some(ours)), Some(Some(expected))) => {
            // The sum of the digits may round in its last bits.
            assert!(ours.abs_diff(expected) <= 1 + expected.unsigned_abs() / 1_000_000_000_000, "{text}: {ours}");
        }
        // Where it is half a microsecond, or as long as 64 bits hold.
        (ours, expected) => {
            let is_edge = !(1e-6..=9.2e12).contains(&seconds);
            assert!(ours == expected || is_edge, "{text}: {ours:?}, {expected:?}");
        }
    }
}
