//! What the store keeps, as Rust and as the plain objects that IndexedDB takes. ARCHITECTURE.md lists their fields.

use super::object::text_of;
use super::{SegmentData, field, marks, object};
use crate::codec::Container;
use crate::codec::colour::Colour;
use crate::mp4::Stored;
use crate::reel::{AudioConfig, ReelRecord, SampleTable, Segment, SegmentRecord, Shared, Track, VideoConfig, order};
use crate::{Error, Result};
use js_sys::{Array, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

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
    /// The bytes of its record.
    pub data: SegmentData,
    /// Where its samples are in them, if it shares its record with a segment of the other track.
    pub shared: Option<Shared>,
}

impl TryFrom<&Segment<Uint8Array>> for StoredSegment {
    type Error = Error;

    fn try_from(segment: &Segment<Uint8Array>) -> Result<Self> {
        let Segment { track, index, config, table, payload } = segment;
        let data = SegmentData::of(payload, table.bytes(), None)?;
        Ok(Self { track: *track, index: *index, config: *config, table: table.clone(), data, shared: None })
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
            ("container", self.container.name().into()),
            ("createdAt", self.created_at.into()),
            ("complete", self.complete.into()),
            ("tracks", tracks.into()),
            ("durationUs", (self.duration_us as f64).into()),
            ("bytes", (self.bytes as f64).into()),
            ("frames", self.frames.into()),
            ("updatedAt", self.updated_at.into()),
            ("startUs", (self.start_us as f64).into()),
            ("marks", marks::stored(&self.marks)),
            ("exportedBytes", (self.exported_bytes as f64).into()),
            ("settledUs", (self.settled_us as f64).into()),
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
            // Records of earlier versions have none.
            container: Container::from_name(&text_of(record, "container")).unwrap_or_default(),
            created_at: number(record, "createdAt")?,
            complete: field(record, "complete").is_truthy(),
            video,
            audio,
            duration_us: number(record, "durationUs")? as i64,
            bytes: number(record, "bytes")? as u64,
            frames: number(record, "frames")? as u32,
            updated_at: number(record, "updatedAt")?,
            // Records of earlier versions have neither.
            start_us: field(record, "startUs").as_f64().unwrap_or(0.0) as i64,
            marks: Rc::new(marks::read(record)),
            exported_bytes: number(record, "exportedBytes")? as u64,
            settled_us: number(record, "settledUs").unwrap_or_default() as i64,
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
    /// What a file is planned with, and the bytes.
    pub(super) fn split(self) -> (Stored, SegmentData) {
        let Self { track, config, table, data, shared, .. } = self;
        (Stored { track, config, table, shared }, data)
    }

    /// Its track, and its place there.
    pub fn key(&self) -> (Track, u32) {
        (self.track, self.index)
    }

    /// The record, with the samples' bytes as the store keeps them, and with the sound that shares it.
    pub(super) fn to_js(&self, reel: &str, data: JsValue, sound: Option<&Self>) -> JsValue {
        let both = self.shared.as_ref().zip(sound.and_then(|sound| sound.shared.as_ref()));
        let packed = |table: &SampleTable| array(&if both.is_some() { table.pack_short() } else { table.pack() });
        let mut fields = vec![
            ("reel", reel.into()),
            ("track", f64::from(self.track as u32).into()),
            ("index", self.index.into()),
            ("config", self.config.into()),
            ("table", packed(&self.table)),
            ("data", data),
        ];
        if let Some((sound, (video, audio))) = sound.zip(both) {
            let sound = object(&[
                ("index", sound.index.into()),
                ("config", sound.config.into()),
                ("table", packed(&sound.table)),
                ("order", array(&order([video, audio]))),
            ]);
            fields.push(("sound", sound));
        }
        object(&fields)
    }

    /// The segment of a record, and the sound that shares it.
    pub(super) fn from_js(record: &JsValue) -> Result<(Self, Option<Self>)> {
        let data = SegmentData::from_js(field(record, "data")).ok_or_else(|| damaged("data"))?;
        let table = bytes(record, "table")?;
        let own = (number(record, "index")?, number(record, "config")?, table.as_slice());
        let sound = field(record, "sound");
        let is_audio = number(record, "track")? == f64::from(Track::Audio as u32);
        if sound.is_object() && is_audio {
            return Err(damaged("sound"));
        }
        if sound.is_object() {
            let table = bytes(&sound, "table")?;
            let beside = (number(&sound, "index")?, number(&sound, "config")?, table.as_slice());
            let both = SegmentRecord::read_both(own, beside, &bytes(&sound, "order")?, data.size());
            let [(video, of_video), (audio, of_audio)] = both.map_err(damaged)?;
            return Ok((
                stored(Track::Video, video, &data, Some(of_video)),
                Some(stored(Track::Audio, audio, &data, Some(of_audio))),
            ));
        }
        let read = SegmentRecord::read(own.0, own.1, own.2, data.size()).map_err(damaged)?;
        let track = if is_audio { Track::Audio } else { Track::Video };
        Ok((stored(track, read, &data, None), None))
    }
}

// Three copies of it would be larger.
#[inline(never)]
fn stored(track: Track, record: SegmentRecord, data: &SegmentData, shared: Option<Shared>) -> StoredSegment {
    let SegmentRecord { index, config, table } = record;
    StoredSegment { track, index, config, table, data: data.clone(), shared }
}

fn array(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
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
