//! The only code that touches the browser. It carries out what the rest decides.

mod blob;
mod clean_up;
mod decoder;
mod disk;
mod driver;
mod encoder;
mod encoders;
mod events;
mod export;
mod export_observer;
mod fragments;
mod frame;
mod idb;
mod lock;
mod marks;
mod memory;
mod object;
mod option_entries;
mod painter;
mod picture;
mod pictures;
mod pixels;
mod prepared;
mod quota;
mod recording;
mod records;
mod reel_info;
mod reencode;
mod relay;
mod reports;
mod segment_data;
mod sound_encoder;
mod sound_encoders;
mod sound_reader;
mod sounds;
mod store;
mod stretch;
mod tasks;
mod ticker;
mod track_reader;
mod trial;

pub use blob::blob;
use decoder::{Decoder, is_decodable};
use disk::Disk;
pub use encoder::{Encoder, EncoderConfig, EncoderEvent};
pub use encoders::Encoders;
pub use export::{Movie, export};
pub use export_observer::ExportObserver;
pub use fragments::fragments;
pub use frame::{Content, Encoded, Frame, Frames, Received};
pub use lock::Lock;
pub use marks::{cues_to_js, mark_to_js, marks_to_js};
pub use object::{field, object};
pub use option_entries::option_entries;
pub use picture::PictureReader;
pub use pictures::{picture_sources, places};
pub use quota::available_bytes;
pub use recording::Recording;
pub use records::StoredSegment;
pub use segment_data::SegmentData;
pub use sound_encoders::SoundEncoders;
pub use store::{Found, Store};
pub use stretch::stretch;
pub use tasks::{next_task, promise, sleep, spawn};
pub use ticker::{Ticker, now, now_ms};
use trial::Trial;

use crate::Error;
use wasm_bindgen::prelude::*;

/// The browser's own words for what it threw: `name: message` of an error, or a text.
pub fn reason(thrown: &JsValue) -> String {
    let text = |name: &str| field(thrown, name).as_string();
    match (text("name"), text("message")) {
        (Some(name), Some(message)) => format!("{name}: {message}"),
        _ => thrown.as_string().unwrap_or_else(|| "without a reason".into()),
    }
}

impl From<Error> for JsValue {
    /// `{ code, message, cause }`, which the TypeScript face makes an `Error` of.
    fn from(error: Error) -> Self {
        let cause = error
            .cause()
            .map_or(Self::UNDEFINED, |(name, message)| object(&[("name", name.into()), ("message", message.into())]));
        object(&[("code", error.code().into()), ("message", error.to_string().into()), ("cause", cause)])
    }
}
