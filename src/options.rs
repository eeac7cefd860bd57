//! What may be chosen about a recording, in code or in a bundler's environment: names, defaults, and what is accepted.

use crate::codec::{Codec, Container, Format, Quality, SoundCodec};
use crate::entry::{Entry, Value, length_us, time_us};
use crate::picture_size::WantedSize;
use crate::{Result, parse};
use std::ops::RangeInclusive;

/// The options of a recording, all valid.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Whether recording is allowed at all.
    pub enabled: bool,
    /// Whether sound is recorded beside the pictures, where there is some.
    pub audio: bool,
    /// The codec of the sound; `None` lets the recorder choose.
    pub audio_codec: Option<SoundCodec>,
    /// The bitrate of the sound to aim for, in bits per second; `None` goes by the number of channels.
    pub audio_bitrate: Option<u32>,
    /// The longest that the reel may become, in microseconds; `None` for no limit.
    pub max_length_us: Option<i64>,
    /// The largest that a file of the reel may become, in bytes; `None` for no limit.
    pub max_bytes: Option<u64>,
    /// Whether another reel follows one that has reached a limit.
    pub next_at_limit: bool,
    /// The highest frame rate, in frames per second; infinite for no cap.
    pub max_fps: f64,
    /// Whether frames are recorded as they were received, where they can be.
    pub source: SourceKind,
    /// How often the sender is asked for a key frame where frames are recorded as they were received, in microseconds.
    pub key_frame_interval_us: i64,
    /// What kind of file the reel becomes.
    pub container: Container,
    /// The codec; `None` lets the recorder choose.
    pub codec: Option<Codec>,
    /// Whether only OpenH264 is to encode.
    pub openh264: bool,
    /// The picture size of the file, as far as it is asked for.
    pub size: WantedSize,
    /// How many bits pictures get where there is no bitrate.
    pub quality: Quality,
    /// The bitrate to aim for, in bits per second; `None` goes by the quality.
    pub bitrate: Option<u32>,
    /// What happens to a static picture.
    pub freeze: FreezeMode,
    /// How long a picture is static before it counts as frozen, in microseconds.
    pub freeze_after_us: i64,
    /// For how long a picture is shown at least that moved between two freezes, in microseconds, where freezes are cut.
    pub min_shown_us: i64,
    /// How much of the end the reel keeps, in microseconds; `None` for all of it.
    pub keep_last_us: Option<i64>,
    /// Where the reel is kept.
    pub storage: Storage,
    /// Whether the browser is asked to keep what is stored.
    pub persist: bool,
    /// Whether reels of earlier sessions are cleaned up at the start.
    pub startup_cleanup: bool,
    /// How long after it was last written an earlier reel is kept for its user to come back to, in microseconds.
    pub recover_for_us: i64,
}

/// What happens to the time of a static picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreezeMode {
    /// It is taken out of the reel.
    Cut,
    /// It stays in the reel, as one long frame.
    Hold,
    /// It is recorded like any other.
    Keep,
}

/// What is recorded of a track that was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// Its frames as they were sent, where a file can hold them; else encoded.
    Auto,
    /// Its frames as they were sent, or nothing.
    Received,
    /// Its frames, encoded.
    Frames,
}

/// Where a reel is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// On disk; in memory where the browser gives no disk.
    Auto,
    /// On disk.
    Disk,
    /// In memory, for as long as the page is there.
    Memory,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            enabled: true,
            audio: true,
            audio_codec: None,
            audio_bitrate: None,
            max_length_us: Some(3_600_000_000),
            max_bytes: None,
            next_at_limit: false,
            max_fps: 30.0,
            source: SourceKind::Auto,
            key_frame_interval_us: 10_000_000,
            container: Container::Mp4,
            codec: None,
            openh264: false,
            size: WantedSize::default(),
            quality: Quality::Medium,
            bitrate: None,
            freeze: FreezeMode::Cut,
            freeze_after_us: 1_000_000,
            min_shown_us: 1_000_000,
            keep_last_us: None,
            storage: Storage::Auto,
            persist: false,
            startup_cleanup: true,
            recover_for_us: 24 * 3_600_000_000,
        }
    }
}

/// The environment variables, as js/env.ts looks for them, and the options that they set.
pub(crate) const VARIABLES: [(&str, &str); 4] = [
    ("RECORDING_ENABLED", "enabled"),
    ("RECORDING_MAX_LENGTH", "maxLength"),
    ("RECORDING_MAX_FPS", "maxFps"),
    ("RECORDING_STARTUP_CLEANUP_ENABLED", "startupCleanup"),
];

pub(crate) const NAMES: &str = "one of the options enabled, audio, audioCodec, audioBitrate, maxLength, maxBytes, onLimit, maxFps, source, keyFrameInterval, container, codec, encoder, width, height, maxHeight, quality, bitrate, freeze, freezeAfter, \
                     minShown, keepLast, storage, \
                     persist, startupCleanup, recoverFor";
const SWITCH: &str = "true or false";
const SWITCH_VARIABLE: &str = "true or false, or one of the words yes, no, on, off, 1, 0";
const MAX_LENGTH: &str =
    "a length such as '1h', '30m', '120s' or '1h30m', with units up to weeks, a number of seconds, or Infinity";
const MAX_LENGTH_VARIABLE: &str =
    "a length such as '1h', '30m', '120s' or '1h30m', with units up to weeks, or a number of seconds";
const MAX_BYTES: &str = "a whole number of bytes from 1000000, or Infinity";
const ON_LIMIT: &str = "'stop' or 'next'";
const MAX_FPS: &str = "a positive number of frames per second, or Infinity";
const MAX_FPS_VARIABLE: &str = "a positive number of frames per second, such as 30 or 29.97";
const CONTAINER: &str = "'mp4' or 'webm'";
const CODEC: &str = "'auto', 'h264', 'vp9', 'av1' or 'vp8'";
const CODEC_OF_MP4: &str = "'auto', 'h264', 'vp9' or 'av1'; 'vp8' needs the container 'webm'";
const CODEC_OF_WEBM: &str = "'auto', 'vp9', 'vp8' or 'av1' in the container 'webm'";
const SOUND_OF_WEBM: &str = "'auto' or 'opus' in the container 'webm'";
const ENCODER: &str = "'auto' or 'openh264', which makes H.264 only";
const PIXELS: &str = "a whole number of pixels from 16 to 8192";
const AUDIO_CODEC: &str = "'auto', 'opus' or 'aac'";
const AUDIO_BITRATE: &str = "a number of bits per second from 8000 to 512000";
const QUALITY: &str = "'low', 'medium' or 'high'";
const BITRATE: &str = "a number of bits per second from 10000 to 100000000";
const FREEZE: &str = "'cut', 'hold' or 'keep'";
const KEEP_LAST: &str =
    "a length of at least 1 second, such as '30s' or '5m', with units up to weeks, or a number of seconds";
const SOURCE: &str = "'auto', 'received' or 'frames'";
const KEY_FRAME_INTERVAL: &str = "a length from 1 second to 1 hour, such as '10s' or a number of seconds";
const STORAGE: &str = "'auto', 'disk' or 'memory'";
const RECOVER_FOR: &str = "a length such as '24h' or '7d', with units up to weeks, a number of seconds, 0, or Infinity";
const FREEZE_AFTER: &str = "a length from 0.25 to 10 seconds, such as '1s', '500ms' or a number of seconds";
const MIN_SHOWN: &str = "a length from 0 to 60 seconds, such as '1s', '500ms' or a number of seconds";

impl Options {
    /// Checks what was written and fills in the defaults. An option wins over a variable that sets the same.
    ///
    /// # Errors
    /// [`Error::InvalidOption`](crate::Error::InvalidOption) for the first entry whose name is unknown or whose value is not accepted.
    pub fn parse(entries: &[Entry]) -> Result<Self> {
        let mut options = Self::default();
        let variables = entries.iter().filter_map(|entry| Some((entry, variable(entry)?, true)));
        let in_code = entries.iter().filter(|entry| variable(entry).is_none());
        // The later one wins.
        for (entry, option, is_variable) in variables.chain(in_code.map(|entry| (entry, entry.name.as_str(), false))) {
            let value = &entry.value;
            let set = match option {
                "enabled" if is_variable => set(&mut options.enabled, switch(value), SWITCH_VARIABLE),
                "enabled" => set(&mut options.enabled, flag(value), SWITCH),
                "audio" => set(&mut options.audio, flag(value), SWITCH),
                "audioCodec" => set(&mut options.audio_codec, audio_codec(value), AUDIO_CODEC),
                "audioBitrate" => set(&mut options.audio_bitrate, audio_bitrate(value).map(Some), AUDIO_BITRATE),
                "maxLength" if is_variable => {
                    set(&mut options.max_length_us, length_us(value).map(Some), MAX_LENGTH_VARIABLE)
                }
                "maxLength" => set(&mut options.max_length_us, max_length_us(value), MAX_LENGTH),
                "maxBytes" => set(&mut options.max_bytes, max_bytes(value), MAX_BYTES),
                "onLimit" => set(&mut options.next_at_limit, on_limit(value), ON_LIMIT),
                "maxFps" if is_variable => set(&mut options.max_fps, rate(value), MAX_FPS_VARIABLE),
                "maxFps" => set(&mut options.max_fps, max_fps(value), MAX_FPS),
                "source" => set(&mut options.source, source(value), SOURCE),
                "keyFrameInterval" => {
                    set(&mut options.key_frame_interval_us, key_frame_interval_us(value), KEY_FRAME_INTERVAL)
                }
                "container" => set(&mut options.container, container(value), CONTAINER),
                "codec" => set(&mut options.codec, codec(value), CODEC),
                "encoder" => set(&mut options.openh264, encoder(value), ENCODER),
                "width" => set(&mut options.size.width, pixels(value).map(Some), PIXELS),
                "height" => set(&mut options.size.height, pixels(value).map(Some), PIXELS),
                "maxHeight" => set(&mut options.size.max_height, pixels(value).map(Some), PIXELS),
                "quality" => set(&mut options.quality, quality(value), QUALITY),
                "bitrate" => set(&mut options.bitrate, bitrate(value).map(Some), BITRATE),
                "freeze" => set(&mut options.freeze, freeze(value), FREEZE),
                "freezeAfter" => set(&mut options.freeze_after_us, freeze_after_us(value), FREEZE_AFTER),
                "minShown" => set(&mut options.min_shown_us, min_shown_us(value), MIN_SHOWN),
                "keepLast" => set(&mut options.keep_last_us, keep_last_us(value).map(Some), KEEP_LAST),
                "storage" => set(&mut options.storage, storage(value), STORAGE),
                "persist" => set(&mut options.persist, flag(value), SWITCH),
                "recoverFor" => set(&mut options.recover_for_us, recover_for_us(value), RECOVER_FOR),
                "startupCleanup" if is_variable => set(&mut options.startup_cleanup, switch(value), SWITCH_VARIABLE),
                "startupCleanup" => set(&mut options.startup_cleanup, flag(value), SWITCH),
                _ => Err(NAMES),
            };
            set.map_err(|accepted| entry.refused(accepted))?;
        }
        if options.openh264 && options.codec.is_some_and(|codec| codec != Codec::H264) {
            let is_encoder = |entry: &&Entry| entry.name == "encoder";
            entries.iter().find(is_encoder).map_or(Ok(()), |entry| Err(entry.refused(ENCODER)))?;
        }
        options.fit_container(entries)?;
        // A reel that only keeps its end may go on for ever, unless an option limits it.
        let is_limit = |entry: &Entry| variable(entry).unwrap_or(&entry.name) == "maxLength";
        if options.keep_last_us.is_some() && !entries.iter().any(is_limit) {
            options.max_length_us = None;
        }
        Ok(options)
    }

    /// Takes what the container holds.
    fn fit_container(&mut self, entries: &[Entry]) -> Result<()> {
        let named = |name: &str| entries.iter().rev().find(|entry| entry.name == name);
        let refuse = |name: &str, accepted: &str| named(name).map_or(Ok(()), |entry| Err(entry.refused(accepted)));
        if self.codec.is_some_and(|codec| !self.container.holds(codec)) {
            refuse("codec", if self.container == Container::Mp4 { CODEC_OF_MP4 } else { CODEC_OF_WEBM })?;
        }
        if self.openh264 && !self.container.holds(Codec::H264) {
            refuse("encoder", "'auto' in the container 'webm'")?;
        }
        if let Some(only) = self.container.only_sound() {
            if self.audio_codec.is_some_and(|codec| codec != only) {
                refuse("audioCodec", SOUND_OF_WEBM)?;
            }
            self.audio_codec = Some(only);
        }
        Ok(())
    }

    /// Goes on in the container of a reel that is resumed, whatever was asked for.
    pub fn continue_in(&mut self, container: Container) {
        self.container = container;
        self.audio_codec = container.only_sound().or(self.audio_codec);
        self.codec = self.codec.filter(|codec| container.holds(*codec));
        self.openh264 &= container.holds(Codec::H264);
    }

    /// The bitrate to aim for at this format, in bits per second: the one that was given, or the quality's.
    pub fn bitrate_of(&self, format: Format) -> u32 {
        self.bitrate.unwrap_or_else(|| self.quality.bitrate(format))
    }
}

/// The option that an entry sets, if it is an environment variable. Bundlers show pages those with a prefix of theirs only.
fn variable(entry: &Entry) -> Option<&'static str> {
    let is_prefix = |prefix: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        prefix.is_empty() || (prefix.ends_with('_') && prefix.bytes().all(is_allowed))
    };
    let is_named = |variable: &str| entry.name.strip_suffix(variable).is_some_and(is_prefix);
    VARIABLES.iter().find(|(variable, _)| is_named(variable)).map(|&(_, option)| option)
}

/// Takes what was accepted, or reports what would have been.
fn set<T>(option: &mut T, value: Option<T>, accepted: &'static str) -> Result<(), &'static str> {
    *option = value.ok_or(accepted)?;
    Ok(())
}

fn flag(value: &Value) -> Option<bool> {
    if let Value::Switch(on) = value { Some(*on) } else { None }
}

/// As an environment has it.
fn switch(value: &Value) -> Option<bool> {
    match value {
        Value::Switch(on) => Some(*on),
        Value::Text(text) => parse::switch(text.trim_ascii()),
        _ => None,
    }
}

fn max_length_us(value: &Value) -> Option<Option<i64>> {
    match value {
        Value::Number(seconds) if *seconds == f64::INFINITY => Some(None),
        _ => length_us(value).map(Some),
    }
}

fn max_bytes(value: &Value) -> Option<Option<u64>> {
    match *value {
        Value::Number(bytes) if bytes == f64::INFINITY => Some(None),
        // Whole numbers are exact up to 2^53.
        Value::Number(bytes) if (1e6..=9e15).contains(&bytes) && bytes.fract() == 0.0 => Some(Some(bytes as u64)),
        _ => None,
    }
}

fn on_limit(value: &Value) -> Option<bool> {
    match value {
        Value::Text(name) if name == "stop" => Some(false),
        Value::Text(name) if name == "next" => Some(true),
        _ => None,
    }
}

fn keep_last_us(value: &Value) -> Option<i64> {
    length_us(value).filter(|us| *us >= 1_000_000)
}

fn storage(value: &Value) -> Option<Storage> {
    match value {
        Value::Text(name) if name == "auto" => Some(Storage::Auto),
        Value::Text(name) if name == "disk" => Some(Storage::Disk),
        Value::Text(name) if name == "memory" => Some(Storage::Memory),
        _ => None,
    }
}

fn source(value: &Value) -> Option<SourceKind> {
    match value {
        Value::Text(name) if name == "auto" => Some(SourceKind::Auto),
        Value::Text(name) if name == "received" => Some(SourceKind::Received),
        Value::Text(name) if name == "frames" => Some(SourceKind::Frames),
        _ => None,
    }
}

fn key_frame_interval_us(value: &Value) -> Option<i64> {
    length_us(value).filter(|us| (1_000_000..=3_600_000_000).contains(us))
}

fn recover_for_us(value: &Value) -> Option<i64> {
    match value {
        Value::Number(seconds) if *seconds == f64::INFINITY => Some(i64::MAX),
        _ => time_us(value),
    }
}

fn freeze_after_us(value: &Value) -> Option<i64> {
    length_us(value).filter(|us| (250_000..=10_000_000).contains(us))
}

fn min_shown_us(value: &Value) -> Option<i64> {
    time_us(value).filter(|us| *us <= 60_000_000)
}

fn max_fps(value: &Value) -> Option<f64> {
    match *value {
        Value::Number(fps) if fps > 0.0 => Some(fps),
        _ => None,
    }
}

/// A frame rate as an environment has it: usually a text, and finite.
fn rate(value: &Value) -> Option<f64> {
    let fps = match value {
        Value::Number(fps) => *fps,
        Value::Text(text) => parse::decimal(text.trim_ascii())?,
        _ => return None,
    };
    (fps > 0.0 && fps.is_finite()).then_some(fps)
}

fn container(value: &Value) -> Option<Container> {
    match value {
        Value::Text(name) => Container::from_name(name),
        _ => None,
    }
}

fn codec(value: &Value) -> Option<Option<Codec>> {
    match value {
        Value::Text(name) if name == "auto" => Some(None),
        Value::Text(name) => Codec::from_name(name).map(Some),
        _ => None,
    }
}

fn audio_codec(value: &Value) -> Option<Option<SoundCodec>> {
    match value {
        Value::Text(name) if name == "auto" => Some(None),
        Value::Text(name) => SoundCodec::from_name(name).map(Some),
        _ => None,
    }
}

fn audio_bitrate(value: &Value) -> Option<u32> {
    bits(value, 8_000.0..=512_000.0)
}

fn encoder(value: &Value) -> Option<bool> {
    match value {
        Value::Text(name) if name == "auto" => Some(false),
        Value::Text(name) if name == "openh264" => Some(true),
        _ => None,
    }
}

fn pixels(value: &Value) -> Option<u32> {
    match *value {
        Value::Number(pixels) if (16.0..=8192.0).contains(&pixels) && pixels.fract() == 0.0 => Some(pixels as u32),
        _ => None,
    }
}

fn quality(value: &Value) -> Option<Quality> {
    match value {
        Value::Text(name) => Quality::from_name(name),
        _ => None,
    }
}

fn bitrate(value: &Value) -> Option<u32> {
    bits(value, 10_000.0..=1e8)
}

/// A number of bits per second in this range.
fn bits(value: &Value, range: RangeInclusive<f64>) -> Option<u32> {
    match *value {
        Value::Number(bits) if range.contains(&bits) => Some(bits.round() as u32),
        _ => None,
    }
}

fn freeze(value: &Value) -> Option<FreezeMode> {
    match value {
        Value::Text(name) if name == "cut" => Some(FreezeMode::Cut),
        Value::Text(name) if name == "hold" => Some(FreezeMode::Hold),
        Value::Text(name) if name == "keep" => Some(FreezeMode::Keep),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::test_entries::{number, text};

    fn flag(name: &str, on: bool) -> Entry {
        Entry { name: name.into(), value: Value::Switch(on), shown: on.to_string() }
    }

    fn parse(entry: Entry) -> Result<Options> {
        Options::parse(&[entry])
    }

    #[test]
    fn nothing_given_is_the_default() {
        assert_eq!(Options::parse(&[]), Ok(Options::default()));
    }

    #[test]
    fn what_is_valid_is_taken() {
        let entries = [
            flag("enabled", false),
            flag("audio", false),
            text("audioCodec", "aac"),
            number("audioBitrate", 96_000.0),
            text("maxLength", "1h30m"),
            number("maxBytes", 5e8),
            number("maxFps", f64::INFINITY),
            text("source", "received"),
            text("keyFrameInterval", "5s"),
            text("container", "mp4"),
            text("codec", "av1"),
            text("encoder", "auto"),
            number("width", 1280.0),
            number("height", 16.0),
            number("maxHeight", 8192.0),
            text("quality", "high"),
            number("bitrate", 2.5e6),
            text("freeze", "hold"),
            text("freezeAfter", "2s"),
            number("minShown", 0.0),
            text("keepLast", "5m"),
            text("storage", "memory"),
            text("onLimit", "next"),
            flag("persist", true),
            flag("startupCleanup", false),
            number("recoverFor", 0.0),
        ];
        let expected = Options {
            enabled: false,
            audio: false,
            audio_codec: Some(SoundCodec::Aac),
            audio_bitrate: Some(96_000),
            max_length_us: Some(5_400_000_000),
            max_bytes: Some(500_000_000),
            next_at_limit: true,
            max_fps: f64::INFINITY,
            source: SourceKind::Received,
            key_frame_interval_us: 5_000_000,
            container: Container::Mp4,
            codec: Some(Codec::Av1),
            openh264: false,
            size: WantedSize { width: Some(1280), height: Some(16), max_height: Some(8192) },
            quality: Quality::High,
            bitrate: Some(2_500_000),
            freeze: FreezeMode::Hold,
            freeze_after_us: 2_000_000,
            min_shown_us: 0,
            keep_last_us: Some(300_000_000),
            storage: Storage::Memory,
            persist: true,
            startup_cleanup: false,
            recover_for_us: 0,
        };
        assert_eq!(Options::parse(&entries), Ok(expected));
        assert_eq!(Options::parse(&[text("codec", "auto"), text("audioCodec", "auto")]), Ok(Options::default()));
        assert_eq!(parse(text("audioCodec", "opus")).unwrap().audio_codec, Some(SoundCodec::Opus));
        for (name, source) in [("auto", SourceKind::Auto), ("frames", SourceKind::Frames)] {
            assert_eq!(parse(text("source", name)).unwrap().source, source);
        }
        for (name, mode) in [("cut", FreezeMode::Cut), ("keep", FreezeMode::Keep)] {
            assert_eq!(parse(text("freeze", name)).unwrap().freeze, mode);
        }
    }

    #[test]
    fn a_reel_that_keeps_only_its_end_has_a_limit_only_if_one_is_given() {
        assert_eq!(parse(text("keepLast", "30s")).unwrap().max_length_us, None);
        for limit in [text("maxLength", "2h"), text("VITE_RECORDING_MAX_LENGTH", "2h")] {
            let options = Options::parse(&[text("keepLast", "30s"), limit]).unwrap();
            assert_eq!(options.max_length_us, Some(7_200_000_000));
        }
        assert_eq!(parse(number("maxBytes", f64::INFINITY)).unwrap().max_bytes, None);
        assert_eq!(parse(number("recoverFor", f64::INFINITY)).unwrap().recover_for_us, i64::MAX);
        assert_eq!(parse(text("recoverFor", "0")).unwrap().recover_for_us, 0);
    }

    #[test]
    fn a_container_takes_what_it_holds() {
        let webm = |entry: Entry| Options::parse(&[text("container", "webm"), entry]);
        for (name, codec) in [("vp8", Codec::Vp8), ("vp9", Codec::Vp9), ("av1", Codec::Av1)] {
            assert_eq!(webm(text("codec", name)).unwrap().codec, Some(codec));
        }
        let options = webm(text("codec", "auto")).unwrap();
        let expected = (Container::WebM, None, Some(SoundCodec::Opus));
        assert_eq!((options.container, options.codec, options.audio_codec), expected);
        for entry in [text("codec", "h264"), text("encoder", "openh264"), text("audioCodec", "aac")] {
            let message = webm(entry.clone()).unwrap_err().to_string();
            assert!(message.contains(&entry.name) && message.contains("webm"), "{message}");
        }
        let message = parse(text("codec", "vp8")).unwrap_err().to_string();
        assert!(message.contains("needs the container 'webm'"), "{message}");
        assert!(parse(text("container", "mkv")).is_err());
    }

    // What was asked for may be what the reel can't hold.
    #[test]
    fn a_reel_that_is_resumed_keeps_its_container() {
        let mut options = Options::parse(&[text("codec", "h264"), text("encoder", "openh264")]).unwrap();
        options.continue_in(Container::WebM);
        let expected = (Container::WebM, None, false, Some(SoundCodec::Opus));
        assert_eq!((options.container, options.codec, options.openh264, options.audio_codec), expected);
        options.continue_in(Container::Mp4);
        assert_eq!(options.container, Container::Mp4);
    }

    #[test]
    fn a_bitrate_wins_over_a_quality() {
        let format = Format { width: 1280, height: 720, fps: 30.0 };
        let [low, medium, high] = ["low", "medium", "high"].map(|name| parse(text("quality", name)).unwrap());
        assert_eq!(medium, Options::default());
        assert_eq!([low.bitrate_of(format), high.bitrate_of(format)], [2_755_494, 11_021_977]);
        let both = Options::parse(&[number("bitrate", 1e6), text("quality", "high")]).unwrap();
        assert_eq!(both.bitrate_of(format), 1_000_000);
    }

    #[test]
    fn a_length_may_be_written_in_many_ways() {
        for (entry, expected_us) in [
            (text("maxLength", "1h"), 3_600_000_000),
            (text("maxLength", "30m"), 1_800_000_000),
            (text("maxLength", "120s"), 120_000_000),
            (text("maxLength", "1h30m"), 5_400_000_000),
            (text("maxLength", "90 min"), 5_400_000_000),
            (text("maxLength", "  3600\n"), 3_600_000_000),
            (text("maxLength", "3600.5"), 3_600_500_000),
            (text("maxLength", "1us"), 1),
            (number("maxLength", 3600.0), 3_600_000_000),
            (number("maxLength", 3600.5), 3_600_500_000),
            (number("maxLength", 9e12), 9_000_000_000_000_000_000),
            (text("RECORDING_MAX_LENGTH", "45 min"), 2_700_000_000),
            (number("RECORDING_MAX_LENGTH", 90.0), 90_000_000),
        ] {
            assert_eq!(parse(entry.clone()).unwrap().max_length_us, Some(expected_us), "{entry:?}");
        }
        assert_eq!(parse(number("maxLength", f64::INFINITY)).unwrap().max_length_us, None);
        for (entry, expected_us) in [
            (number("freezeAfter", 0.25), 250_000),
            (text("freezeAfter", "10s"), 10_000_000),
            (text("freezeAfter", "0.5"), 500_000),
        ] {
            assert_eq!(parse(entry).unwrap().freeze_after_us, expected_us);
        }
    }

    // Bundlers hand out texts; some, and what is written in code, are values of their own type.
    #[test]
    fn the_environment_speaks_in_texts() {
        for (shown, fps) in [("30", 30.0), (" 29.97 ", 29.97), ("0.5", 0.5)] {
            assert_eq!(parse(text("RECORDING_MAX_FPS", shown)).unwrap().max_fps, fps);
        }
        assert_eq!(parse(number("RECORDING_MAX_FPS", 25.0)).unwrap().max_fps, 25.0);
        for name in ["RECORDING_ENABLED", "VITE_RECORDING_ENABLED"] {
            for shown in ["false", " FALSE ", "0", "no", "Off"] {
                assert!(!parse(text(name, shown)).unwrap().enabled, "{name}={shown}");
            }
            for shown in ["true", "True", "1\t", "YES", "on"] {
                assert!(parse(text(name, shown)).unwrap().enabled, "{name}={shown}");
            }
            assert!(!parse(flag(name, false)).unwrap().enabled);
        }
        for name in ["enabled", "audio", "persist", "startupCleanup"] {
            let refused = parse(text(name, "no")).unwrap_err().to_string();
            assert_eq!(refused, format!("{name}: 'no' is not valid; it must be true or false"), "in code");
        }
        assert!(!parse(text("RECORDING_STARTUP_CLEANUP_ENABLED", "no")).unwrap().startup_cleanup);
        assert!(parse(text("RECORDING_STARTUP_CLEANUP_ENABLED", "no")).unwrap().enabled);
    }

    #[test]
    fn a_bundler_s_prefix_is_part_of_a_variable_s_name_and_anything_else_is_not() {
        for prefix in ["", "VITE_", "NEXT_PUBLIC_", "REACT_APP_", "PUBLIC_", "V2_"] {
            let name = format!("{prefix}RECORDING_MAX_LENGTH");
            assert_eq!(parse(text(&name, "2s")).unwrap().max_length_us, Some(2_000_000), "{name}");
        }
        for prefix in ["vite_", "VITE", "VITE-", "VITE ", "Ä_"] {
            let name = format!("{prefix}RECORDING_MAX_LENGTH");
            assert!(parse(text(&name, "2s")).unwrap_err().to_string().contains("one of the options"), "{name}");
        }
    }

    #[test]
    fn an_option_wins_over_a_variable_wherever_it_stands() {
        let mut entries =
            [number("maxFps", 25.0), text("VITE_RECORDING_MAX_FPS", "50"), text("RECORDING_ENABLED", "no")];
        for _ in 0..2 {
            let options = Options::parse(&entries).unwrap();
            assert_eq!((options.max_fps, options.enabled), (25.0, false));
            entries.reverse();
        }
        let env = [text("VITE_RECORDING_MAX_LENGTH", " 90 min "), number("RECORDING_MAX_FPS", 5.0)];
        let options = Options::parse(&[env.as_slice(), &[number("maxFps", 15.0)]].concat()).unwrap();
        assert_eq!((options.max_fps, options.max_length_us), (15.0, Some(5_400_000_000)));
        let wrong = [text("RECORDING_MAX_LENGTH", "soon"), text("maxLength", "1h")];
        assert!(Options::parse(&wrong).is_err(), "a variable is checked even if an option wins over it");
    }

    #[test]
    fn what_is_not_valid_is_named_with_what_is_accepted() {
        let refused = [
            number("maxFps", 0.0),
            number("maxFps", -5.0),
            number("maxFps", f64::NAN),
            text("maxFps", "30"),
            Entry { name: "maxFps".into(), value: Value::Other, shown: "a value of type function".into() },
            text("codec", "H264"),
            text("codec", "h265"),
            number("codec", 1.0),
            text("audioCodec", "mp3"),
            text("audioCodec", "AAC"),
            number("audioCodec", 1.0),
            number("audioBitrate", 7_999.0),
            number("audioBitrate", 512_001.0),
            text("audioBitrate", "96k"),
            text("encoder", "OpenH264"),
            number("encoder", 1.0),
            number("maxBytes", 999_999.0),
            number("maxBytes", 1e6 + 0.5),
            text("maxBytes", "5MB"),
            number("width", 15.0),
            number("height", 720.5),
            number("maxHeight", 8194.0),
            text("height", "720p"),
            text("quality", "High"),
            text("quality", "best"),
            number("quality", 0.8),
            number("bitrate", 5.0),
            number("bitrate", 9_999.0),
            text("bitrate", "2M"),
            number("bitrate", f64::INFINITY),
            Entry { name: "bitrate".into(), value: Value::Other, shown: "null".into() },
            number("maxFPS", 30.0),
            number("enabled", 1.0),
            text("enabled", ""),
            text("enabled", "maybe"),
            text("RECORDING_ENABLED", ""),
            number("RECORDING_ENABLED", 1.0),
            text("startupCleanup", "never"),
            number("startupCleanup", 1.0),
            text("persist", "please"),
            number("keepLast", 0.5),
            number("keepLast", f64::INFINITY),
            text("storage", "ram"),
            text("onLimit", "Next"),
            number("onLimit", 1.0),
            flag("storage", true),
            number("recoverFor", -1.0),
            text("recoverFor", "1y"),
            text("RECORDING_STARTUP_CLEANUP_ENABLED", "2"),
            text("PUBLIC_RECORDING_STARTUP_CLEANUP_ENABLED", "sometimes"),
            number("maxLength", 0.0),
            number("maxLength", -5.0),
            number("maxLength", f64::NAN),
            number("maxLength", f64::NEG_INFINITY),
            number("maxLength", 9.3e12),
            flag("maxLength", true),
            number("RECORDING_MAX_LENGTH", f64::INFINITY),
            text("RECORDING_MAX_FPS", "Infinity"),
            text("REACT_APP_RECORDING_MAX_FPS", "fast"),
            text("RECORDING_MAX_FPS", "0"),
            text("RECORDING_MAX_FPS", ""),
            text("RECORDING_MAX_FPS", "-30"),
            text("RECORDING_MAX_FPS", "3e1"),
            text("RECORDING_MAX_FPS", "30fps"),
            text("RECORDING_MAX_FPS", &"9".repeat(400)),
            number("RECORDING_MAX_FPS", f64::INFINITY),
            flag("RECORDING_MAX_FPS", true),
            text("freeze", "Cut"),
            text("freeze", "off"),
            flag("freeze", false),
            number("freezeAfter", 0.2),
            number("minShown", 61.0),
            text("minShown", "-1s"),
            number("freezeAfter", 61.0),
            number("freezeAfter", f64::INFINITY),
            text("freezeAfter", ""),
            text("freezeAfter", "2m"),
        ];
        let lengths = [
            "",
            " ",
            "abc",
            "1d2x",
            "-5",
            "0",
            "0s",
            "1ns",
            "NaN",
            "Infinity",
            "10:30",
            "1,5h",
            "1e3",
            "1M",
            "1month",
            "1y",
            "1year",
            "1 30m",
            "9300000000000",
            "20000000w",
        ];
        let lengths =
            lengths.iter().flat_map(|length| ["maxLength", "RECORDING_MAX_LENGTH"].map(|name| text(name, length)));
        for entry in refused.into_iter().chain(lengths) {
            let error = Options::parse(std::slice::from_ref(&entry)).unwrap_err();
            assert_eq!(error.code(), "invalid-option", "{entry:?}");
            let start = format!("{}: {} is not valid; it must be ", entry.name, entry.shown);
            assert!(error.to_string().starts_with(&start), "{error}");
        }
        let both = [text("encoder", "openh264"), text("codec", "vp9")];
        assert_eq!(
            Options::parse(&both).unwrap_err().to_string(),
            "encoder: 'openh264' is not valid; it must be 'auto' or 'openh264', which makes H.264 only"
        );
        assert!(Options::parse(&[text("encoder", "openh264"), text("codec", "h264")]).unwrap().openh264);
        assert_eq!(
            Options::parse(&[text("maxFps", "fast")]).unwrap_err().to_string(),
            "maxFps: 'fast' is not valid; it must be a positive number of frames per second, or Infinity"
        );
        assert_eq!(
            Options::parse(&[text("VITE_RECORDING_MAX_LENGTH", "1y")]).unwrap_err().to_string(),
            "VITE_RECORDING_MAX_LENGTH: '1y' is not valid; it must be a length such as '1h', '30m', '120s' or '1h30m', \
             with units up to weeks, or a number of seconds"
        );
        assert_eq!(
            Options::parse(&[text("recoverFor", "1 month")]).unwrap_err().to_string(),
            "recoverFor: '1 month' is not valid; it must be a length such as '24h' or '7d', with units up to weeks, \
             a number of seconds, 0, or Infinity"
        );
    }
}
