//! What a page wrote: names with values, of options, clips, marks and facts.

use crate::{Error, parse};

/// A name with a value, as a person wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its name, or that of the environment variable it was read from.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// Its value as the person would recognise it.
    pub shown: String,
}

/// The value of an entry.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A string.
    Text(String),
    /// `true` or `false`.
    Switch(bool),
    /// Anything else: no option takes it.
    Other,
}

impl Entry {
    /// The error that says what would have been accepted.
    pub(crate) fn refused(&self, accepted: &str) -> Error {
        Error::InvalidOption { name: self.name.clone(), value: self.shown.clone(), accepted: accepted.into() }
    }
}

/// A length of time, in microseconds: finite, and more than none.
pub(crate) fn length_us(value: &Value) -> Option<i64> {
    time_us(value).filter(|&us| us >= 1)
}

/// A time, in microseconds: finite, and not negative.
pub(crate) fn time_us(value: &Value) -> Option<i64> {
    let seconds = match value {
        Value::Number(seconds) => *seconds,
        Value::Text(text) => parse::seconds(text.trim_ascii())?,
        _ => return None,
    };
    let us = (seconds * 1e6).round();
    // The highest `i64` is no `f64`: this is one more.
    (us >= 0.0 && us < i64::MAX as f64).then_some(us as i64)
}

/// Entries as tests write them.
#[cfg(test)]
pub(crate) mod test_entries {
    use super::{Entry, Value};

    /// A text.
    pub(crate) fn text(name: &str, text: &str) -> Entry {
        Entry { name: name.into(), value: Value::Text(text.into()), shown: format!("'{text}'") }
    }

    /// A number.
    pub(crate) fn number(name: &str, number: f64) -> Entry {
        Entry { name: name.into(), value: Value::Number(number), shown: number.to_string() }
    }

    /// What no option takes.
    pub(crate) fn other(name: &str) -> Entry {
        Entry { name: name.into(), value: Value::Other, shown: "a value of type object".into() }
    }
}
