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

/// The value of an option as a person wrote it.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A string.
    Text(String),
    /// A boolean.
    Flag(bool),
    /// Anything else, by the name of its type.
    Other(String),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Number(number) => write!(f, "{number}"),
            Value::Text(text) => write!(f, "'{text}'"),
            Value::Flag(flag) => write!(f, "{flag}"),
            Value::Other(kind) if kind == "null" => write!(f, "null"),
            Value::Other(kind) => write!(f, "a value of type {kind}"),
        }
    }
}

const NAMES: &str = "one of the options maxFps, codec, bitrate";
const MAX_FPS: &str = "a positive number of frames per second, or Infinity";
const CODEC: &str = "'auto', 'h264', 'vp9' or 'av1'";
const BITRATE: &str = "a number of bits per second from 10000 to 1000000000";

impl Options {
    /// Checks what was written and fills in the defaults.
    ///
    /// # Errors
    /// [`Error::InvalidOption`] for the first option whose name is unknown or whose value is not accepted.
    pub fn parse<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Result<Self> {
        let mut options = Self::default();
        for (name, value) in entries {
            let refuse = |accepted: &str| Error::InvalidOption {
                name: name.into(),
                value: value.to_string(),
                accepted: accepted.into(),
            };
            match name {
                "maxFps" => options.max_fps = max_fps(&value).ok_or_else(|| refuse(MAX_FPS))?,
                "codec" => options.codec = codec(&value).ok_or_else(|| refuse(CODEC))?,
                "bitrate" => options.bitrate = Some(bitrate(&value).ok_or_else(|| refuse(BITRATE))?),
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
        Value::Number(bits) if (10_000.0..=1e9).contains(&bits) => Some(bits.round() as u32),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: f64) -> Value {
        Value::Number(number)
    }

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn nothing_given_is_the_default() {
        assert_eq!(Options::parse([]), Ok(Options::default()));
    }

    #[test]
    fn what_is_valid_is_taken() {
        let entries = [("maxFps", number(f64::INFINITY)), ("codec", text("av1")), ("bitrate", number(2.5e6))];
        let expected = Options { max_fps: f64::INFINITY, codec: Some(Codec::Av1), bitrate: Some(2_500_000) };
        assert_eq!(Options::parse(entries), Ok(expected));
        assert_eq!(Options::parse([("codec", text("auto"))]), Ok(Options::default()));
    }

    #[test]
    fn what_is_not_valid_is_named_with_what_is_accepted() {
        let refused = [
            ("maxFps", number(0.0)),
            ("maxFps", number(-5.0)),
            ("maxFps", number(f64::NAN)),
            ("maxFps", text("30")),
            ("codec", text("H264")),
            ("codec", number(1.0)),
            ("bitrate", number(9_999.0)),
            ("bitrate", number(f64::INFINITY)),
            ("bitrate", Value::Flag(true)),
            ("bitrate", Value::Other("null".into())),
            ("maxFPS", number(30.0)),
        ];
        for (name, value) in refused {
            let error = Options::parse([(name, value.clone())]).unwrap_err();
            assert_eq!(error.code(), "invalid-option", "{name} = {value}");
            assert!(error.to_string().starts_with(&format!("{name}: {value} is not valid; it must be ")), "{error}");
        }
        assert_eq!(
            Options::parse([("maxFps", text("fast"))]).unwrap_err().to_string(),
            "maxFps: 'fast' is not valid; it must be a positive number of frames per second, or Infinity"
        );
    }
}
