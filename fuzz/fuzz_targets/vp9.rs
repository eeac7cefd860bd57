//! Runs the target `vp9` in libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| trackreel_fuzz::vp9(data));
