//! One recording. The [`Machine`] decides; the browser's driver carries out what it asks for and reports what comes of it.

mod chain;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod cleared_tests;
mod context;
mod effect;
mod encoding;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod encoding_tests;
mod ending;
mod fitting;
mod handover;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod handover_tests;
mod in_flight;
mod input;
mod inspection;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod inspection_tests;
mod layers;
mod machine;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod machine_tests;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod mark_tests;
mod marks;
mod max_bytes;
mod opening;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod opening_tests;
mod progress;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod received_tests;
mod remake;
mod resuming;
mod saving;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod saving_tests;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod simulation;
mod sound;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod sound_tests;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod stored;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod test_page;
mod track_saving;
mod video;

pub use effect::{CLEANUP, Effect, MARK, NEXT, Original, Reason, Report, STORED};
pub use handover::Handover;
pub use in_flight::MOST_IN_FLIGHT;
pub use input::{Beginning, Call, Chunk, Flush, Input, Packet, Received, ReceivedSample};
pub use inspection::{Inspection, InspectionStep};
pub use machine::{Machine, Setup};
pub use progress::{Drops, Progress};
pub use resuming::Resumed;
use saving::Saving;
pub use saving::{Indexes, Outside, Snapshot, Task, overlay};
