//! The software AAC encoder for browsers that have none of their own: libxaac's C, compiled by `scripts/aac.mjs` into a
//! WebAssembly module of its own. Nothing here is Rust: cargo only fetches the sources, by the checksum of `Cargo.lock`.
