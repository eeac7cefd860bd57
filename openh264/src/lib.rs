//! The software H.264 encoder for browsers that have none of their own: OpenH264's C++, compiled by
//! `scripts/openh264.mjs` into a WebAssembly module of its own. Nothing here is Rust: cargo only fetches the sources, by the
//! checksum of `Cargo.lock`.
