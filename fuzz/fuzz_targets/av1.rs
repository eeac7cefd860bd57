//! Runs the target `av1` in libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| trackreel_fuzz::av1(data));
