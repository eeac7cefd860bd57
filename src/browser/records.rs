//! What the store keeps, as Rust and as the plain objects that IndexedDB takes. ARCHITECTURE.md lists their fields.

use super::{export::blob, field, object};
use crate::codec::colour::Colour;
use crate::reel::{AudioConfig, ReelRecord, SampleTable, Segment, SegmentRecord, Track, VideoConfig};
use crate::{Error, Result};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::Blob;

/// A segment on its way to the store or from it.
#[derive(Debug, Clone)]
pub struct StoredSegment {
    /// Its track.
    pub track: Track,
    /// Its place among the track's segments, from 0.
    pub index: u32,
    /// Which of the track's configurations it decodes with, from 0.
    pub config: u32,
    /// Its samples.
    pub table: SampleTable,
    /// The samples' bytes.
    pub data: Blob,
}

impl TryFrom<&Segment<Uint8Array>> for StoredSegment {
    type Error = Error;

    fn try_from(segment: &Segment<Uint8Array>) -> Result<Self> {
        let Segment { track, index, config, table, payload } = segment;
        let bytes = Array::new();
        payload.iter().for_each(|sample| _ = bytes.push(sample));
        let data = blob(&bytes, "")?;
        Ok(Self { track: *track, index: *index, config: *config, table: table.clone(), data })
    }
}

impl ReelRecord {
    pub(super) fn to_js(&self) -> JsValue {
        let track = |kind: &str, configs: Array| object(&[("kind", kind.into()), ("configs", configs.into())]);
        let tracks = Array::of1(&track("video", self.video.iter().map(VideoConfig::to_js).collect()));
        if !self.audio.is_empty() {
            tracks.push(&track("audio", self.audio.iter().map(AudioConfig::to_js).collect()));
        }
        object(&[
            ("id", self.id.as_str().into()),
            ("createdAt", self.created_at.into()),
            ("complete", self.complete.into()),
            ("tracks", tracks.into()),
            ("durationUs", (self.duration_us as f64).into()),
            ("bytes", (self.bytes as f64).into()),
            ("frames", self.frames.into()),
            ("updatedAt", self.updated_at.into()),
            ("exportedBytes", (self.exported_bytes as f64).into()),
        ])
    }

    pub(super) fn from_js(record: &JsValue) -> Result<Self> {
        let tracks: Array = field(record, "tracks").dyn_into().map_err(|_| damaged("tracks"))?;
        let configs = |track: Track| -> Result<Array> {
            field(&tracks.get(track as u32), "configs").dyn_into().map_err(|_| damaged("configs"))
        };
        let video = configs(Track::Video)?.iter().map(|config| VideoConfig::from_js(&config)).collect::<Result<_>>()?;
        let audio = if tracks.length() > Track::Audio as u32 { configs(Track::Audio)? } else { Array::new() };
        let audio = audio.iter().map(|config| AudioConfig::from_js(&config)).collect::<Result<_>>()?;
        Ok(Self {
            id: text(record, "id")?,
            created_at: number(record, "createdAt")?,
            complete: field(record, "complete").is_truthy(),
            video,
            audio,
            duration_us: number(record, "durationUs")? as i64,
            bytes: number(record, "bytes")? as u64,
            frames: number(record, "frames")? as u32,
            updated_at: number(record, "updatedAt")?,
            exported_bytes: number(record, "exportedBytes")? as u64,
        })
    }
}

impl VideoConfig {
    pub(super) fn to_js(&self) -> JsValue {
        let colour = self.colour.map_or(JsValue::NULL, |colour| {
            object(&[
                ("primaries", colour.primaries.into()),
                ("transfer", colour.transfer.into()),
                ("matrix", colour.matrix.into()),
                ("fullRange", colour.full_range.into()),
            ])
        });
        object(&[
            ("codec", self.codec.as_str().into()),
            ("width", self.width.into()),
            ("height", self.height.into()),
            ("description", Uint8Array::from(self.description.as_slice()).into()),
            ("colour", colour),
            ("ofRgb", self.is_of_rgb.into()),
        ])
    }

    pub(super) fn from_js(record: &JsValue) -> Result<Self> {
        let colour = field(record, "colour");
        let colour = if colour.is_object() {
            Some(Colour {
                primaries: number(&colour, "primaries")? as u16,
                transfer: number(&colour, "transfer")? as u16,
                matrix: number(&colour, "matrix")? as u16,
                full_range: field(&colour, "fullRange").is_truthy(),
            })
        } else {
            None
        };
        Ok(Self {
            codec: text(record, "codec")?,
            width: number(record, "width")? as u32,
            height: number(record, "height")? as u32,
            description: bytes(record, "description")?,
            colour,
            is_of_rgb: field(record, "ofRgb").is_truthy(),
        })
    }
}

impl AudioConfig {
    fn to_js(&self) -> JsValue {
        object(&[
            ("codec", self.codec.as_str().into()),
            ("sampleRate", self.sample_rate.into()),
            ("channels", self.channels.into()),
            ("description", Uint8Array::from(self.description.as_slice()).into()),
        ])
    }

    fn from_js(record: &JsValue) -> Result<Self> {
        Ok(Self {
            codec: text(record, "codec")?,
            sample_rate: number(record, "sampleRate")? as u32,
            channels: number(record, "channels")? as u32,
            description: bytes(record, "description")?,
        })
    }
}

impl StoredSegment {
    /// Its track, and its place there.
    pub fn key(&self) -> (Track, u32) {
        (self.track, self.index)
    }

    /// The record, with the samples' bytes as the store keeps them.
    pub(super) fn to_js(&self, reel: &str, data: JsValue) -> JsValue {
        object(&[
            ("reel", reel.into()),
            ("track", f64::from(self.track as u32).into()),
            ("index", self.index.into()),
            ("config", self.config.into()),
            ("table", Uint8Array::from(self.table.pack().as_slice()).into()),
            ("data", data),
        ])
    }

    pub(super) fn from_js(record: &JsValue) -> Result<Self> {
        let data = match field(record, "data").dyn_into::<Blob>() {
            Ok(data) => data,
            Err(buffer) if buffer.is_instance_of::<ArrayBuffer>() => blob(&Array::of1(&buffer), "")?,
            Err(_) => return Err(damaged("data")),
        };
        let (index, config) = (number(record, "index")?, number(record, "config")?);
        let read = SegmentRecord::read(index, config, &bytes(record, "table")?, data.size());
        let SegmentRecord { index, config, table } = read.map_err(damaged)?;
        let track =
            if number(record, "track")? == f64::from(Track::Audio as u32) { Track::Audio } else { Track::Video };
        Ok(Self { track, index, config, table, data })
    }
}

/// A field's text, or none.
pub(super) fn text_of(record: &JsValue, name: &str) -> String {
    field(record, name).as_string().unwrap_or_default()
}

fn text(record: &JsValue, name: &str) -> Result<String> {
    field(record, name).as_string().ok_or_else(|| damaged(name))
}

fn number(record: &JsValue, name: &str) -> Result<f64> {
    field(record, name).as_f64().ok_or_else(|| damaged(name))
}

fn bytes(record: &JsValue, name: &str) -> Result<Vec<u8>> {
    let array: Uint8Array = field(record, name).dyn_into().map_err(|_| damaged(name))?;
    Ok(array.to_vec())
}

fn damaged(name: &str) -> Error {
    Error::Storage { reason: format!("a record is damaged: its field '{name}'") }
}
