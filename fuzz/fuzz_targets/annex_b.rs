//! Runs the target `annex_b` in libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| trackreel_fuzz::annex_b(data));
