//! Fuzz targets: functions that take any bytes, and panic if a property of the code does not hold.
//!
//! A fuzzer runs them through `fuzz_targets/`. `tests/fuzz_corpus.rs` includes this file, and runs them on the files of `corpus/`.

mod annex_b;
mod av1;
mod avcc;
mod bytes;
mod movie;
mod options;
mod received;
mod record;
mod tables;
mod vp9;

pub use annex_b::annex_b;
pub use av1::av1;
pub use avcc::avcc;
pub use options::options;
pub use received::received;
pub use record::record;
pub use tables::tables;
pub use vp9::vp9;

/// A target.
pub type Target = fn(&[u8]);

/// Every target with its name, which is also the name of its folder in `corpus/`.
pub const TARGETS: [(&str, Target); 8] = [
    ("tables", tables),
    ("avcc", avcc),
    ("annex_b", annex_b),
    ("av1", av1),
    ("vp9", vp9),
    ("options", options),
    ("received", received),
    ("record", record),
];
