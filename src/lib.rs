//! Records a live video track into an MP4, entirely in the browser.
//!
//! `timeline`, `sound`, `reel`, `codec`, `mp4`, `chapters`, `subtitles`, `entry`, `facts`, `options`, `picture_size`, `received` and `recording` decide, and touch no browser. `browser` touches it, and decides nothing.
//! See ARCHITECTURE.md.

#[cfg(target_arch = "wasm32")]
pub mod browser;
pub mod chapters;
pub mod clip;
pub mod codec;
#[cfg(target_arch = "wasm32")]
pub mod current;
pub mod entry;
mod error;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod face_tests;
pub mod facts;
pub mod mp4;
pub mod options;
mod parse;
pub mod picture_size;
pub mod pictures;
pub mod received;
pub mod recording;
pub mod reel;
#[cfg(target_arch = "wasm32")]
pub mod reels;
pub mod sound;
pub mod subtitles;
#[cfg(target_arch = "wasm32")]
pub mod support;
pub mod time;
pub mod timeline;
pub mod webm;

/// A third of the standard one's size.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

pub use error::{Error, Result};
