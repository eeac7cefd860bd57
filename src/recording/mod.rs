//! One recording: what the page asks of it and what happens to it become events, which the conductor takes one by one.

#[cfg(target_arch = "wasm32")]
mod call;
#[cfg(target_arch = "wasm32")]
mod conductor;
#[cfg(target_arch = "wasm32")]
mod encoding;
#[cfg(target_arch = "wasm32")]
mod ending;
mod in_flight;
#[cfg(target_arch = "wasm32")]
mod opening;
#[cfg(target_arch = "wasm32")]
mod progress;
#[cfg(target_arch = "wasm32")]
mod remake;
mod saving;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod saving_tests;

#[cfg(target_arch = "wasm32")]
pub use call::{Recording, USUAL_SIZE};
pub use in_flight::{InFlight, MOST_IN_FLIGHT, Output};
pub use saving::{Saving, Snapshot, Task, overlay};
