//! The browser side in a real one: headless Chrome, a dedicated worker, its encoder and its IndexedDB.

#![cfg(target_arch = "wasm32")]

mod encoder;
mod frames;
mod picture_size;
mod pixels;
mod recording;
mod reels;
mod store;
mod ticker;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);
