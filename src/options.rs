//! What may be chosen about a recording: names, defaults, and what is accepted.

use crate::codec::Codec;
use crate::{Error, Result};

/// The options of a recording, all valid.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The highest frame rate, in frames per second; infinite for no cap.
    pub max_fps: f64,
    /// The codec; `None` lets the recorder choose.
    pub codec: Option<Codec>,
    /// The bitrate to aim for, in bits per second; `None` goes by the picture size.
    pub bitrate: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_fps: 30.0, codec: None, bitrate: None }
    }
}

/// An option as a person wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// Its value as the person would recognise it.
    pub shown: String,
}

/// The value of an option.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A string.
    Text(String),
    /// Anything else: no option takes it.
    Other,
}

const NAMES: &str = "one of the options maxFps, codec, bitrate";
const MAX_FPS: &str = "a positive number of frames per second, or Infinity";
const CODEC: &str = "'auto', 'h264', 'vp9' or 'av1'";
const BITRATE: &str = "a number of bits per second from 10000 to 100000000";

impl Options {
    /// Checks what was written and fills in the defaults.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for the first option whose name is unknown or whose value is not accepted.
    pub fn parse(entries: &[Entry]) -> Result<Self> {
        let mut options = Self::default();
        for Entry { name, value, shown } in entries {
            let refuse = |accepted: &str| Error::InvalidOption {
                name: name.clone(),
                value: shown.clone(),
                accepted: accepted.into(),
            };
            match name.as_str() {
                "maxFps" => options.max_fps = max_fps(value).ok_or_else(|| refuse(MAX_FPS))?,
                "codec" => options.codec = codec(value).ok_or_else(|| refuse(CODEC))?,
                "bitrate" => options.bitrate = Some(bitrate(value).ok_or_else(|| refuse(BITRATE))?),
                _ => return Err(refuse(NAMES)),
            }
        }
        Ok(options)
    }
}

fn max_fps(value: &Value) -> Option<f64> {
    match *value {
        Value::Number(fps) if fps > 0.0 => Some(fps),
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

fn bitrate(value: &Value) -> Option<u32> {
    match *value {
        Value::Number(bits) if (10_000.0..=1e8).contains(&bits) => Some(bits.round() as u32),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(name: &str, number: f64) -> Entry {
        Entry { name: name.into(), value: Value::Number(number), shown: number.to_string() }
    }

    fn text(name: &str, text: &str) -> Entry {
        Entry { name: name.into(), value: Value::Text(text.into()), shown: format!("'{text}'") }
    }

    #[test]
    fn nothing_given_is_the_default() {
        assert_eq!(Options::parse(&[]), Ok(Options::default()));
    }

    #[test]
    fn what_is_valid_is_taken() {
        let entries = [number("maxFps", f64::INFINITY), text("codec", "av1"), number("bitrate", 2.5e6)];
        let expected = Options { max_fps: f64::INFINITY, codec: Some(Codec::Av1), bitrate: Some(2_500_000) };
        assert_eq!(Options::parse(&entries), Ok(expected));
        assert_eq!(Options::parse(&[text("codec", "auto")]), Ok(Options::default()));
    }

    #[test]
    fn what_is_not_valid_is_named_with_what_is_accepted() {
        let refused = [
            number("maxFps", 0.0),
            number("maxFps", -5.0),
            number("maxFps", f64::NAN),
            text("maxFps", "30"),
            text("codec", "H264"),
            number("codec", 1.0),
            number("bitrate", 9_999.0),
            number("bitrate", f64::INFINITY),
            Entry { name: "bitrate".into(), value: Value::Other, shown: "null".into() },
            number("maxFPS", 30.0),
        ];
        for entry in refused {
            let error = Options::parse(std::slice::from_ref(&entry)).unwrap_err();
            assert_eq!(error.code(), "invalid-option", "{entry:?}");
            let start = format!("{}: {} is not valid; it must be ", entry.name, entry.shown);
            assert!(error.to_string().starts_with(&start), "{error}");
        }
        assert_eq!(
            Options::parse(&[text("maxFps", "fast")]).unwrap_err().to_string(),
            "maxFps: 'fast' is not valid; it must be a positive number of frames per second, or Infinity"
        );
    }
}
