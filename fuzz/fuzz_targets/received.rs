//! Runs the target `received` in libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| trackreel_fuzz::received(data));
