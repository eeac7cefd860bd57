//! What pictures of a reel are decoded from, as js/pictures.ts takes it.

use super::{StoredSegment, object};
use crate::pictures::{Pictures, Source};
use crate::reel::{Place, ReelRecord, Span, Track, VideoConfig};
use crate::{Error, Result};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;

/// The bytes that these pictures are decoded from, in segments that are in order, of a reel whose first picture is at this media time, in
/// microseconds. Of a Blob they are a part that has not been read.
///
/// # Errors
/// [`Error::NothingRecorded`] if there is no key frame, [`Error::Storage`] if the browser or a record refuses.
pub fn picture_sources(
    reel: &ReelRecord,
    segments: &[StoredSegment],
    first_us: i64,
    pictures: &Pictures,
) -> Result<JsValue> {
    let segments: Vec<_> = segments.iter().filter(|segment| segment.track == Track::Video).collect();
    let configs: Vec<JsValue> = reel.video.iter().map(VideoConfig::decoder_config).collect();
    let sources = Array::new();
    for Source { times_us, spans } in pictures.sources(&places(segments.iter().copied()), first_us)? {
        let config = spans.first().and_then(|span| configs.get(segments[span.segment].config as usize));
        let config = config.ok_or_else(|| Error::Storage { reason: "a configuration is missing".into() })?;
        let parts = Array::new();
        for Span { segment, samples, bytes } in spans {
            let segment = segments[segment];
            let sizes: Array =
                segment.table.samples()[samples].iter().map(|sample| JsValue::from(sample.size)).collect();
            parts.push(&object(&[("data", segment.data.slice(bytes)?), ("sizes", sizes.into())]));
        }
        let times: Array = times_us.iter().map(|us| JsValue::from(*us as f64 / 1e6)).collect();
        sources.push(&object(&[("times", times.into()), ("config", config.clone()), ("parts", parts.into())]));
    }
    Ok(object(&[
        ("width", pictures.width.into()),
        ("type", pictures.mime.into()),
        ("quality", pictures.quality.into()),
        ("sources", sources.into()),
    ]))
}

/// What the rules go by.
pub fn places<'a>(segments: impl IntoIterator<Item = &'a StoredSegment>) -> Vec<Place<'a>> {
    let pictures = segments.into_iter().filter(|segment| segment.track == Track::Video);
    pictures.map(|segment| (&segment.table, segment.shared.as_ref())).collect()
}

impl VideoConfig {
    /// The `VideoDecoderConfig` of it.
    fn decoder_config(&self) -> JsValue {
        let mut fields = vec![
            ("codec", self.codec.as_str().into()),
            ("codedWidth", self.width.into()),
            ("codedHeight", self.height.into()),
            ("optimizeForLatency", true.into()),
        ];
        // The others have all in their key frames.
        if self.codec.starts_with("avc1") {
            fields.push(("description", Uint8Array::from(self.description.as_slice()).into()));
        }
        if let Some(colour) = self.shown_colour() {
            let [primaries, transfer, matrix] = colour.to_webcodecs().map(JsValue::from);
            fields.push((
                "colorSpace",
                object(&[
                    ("primaries", primaries),
                    ("transfer", transfer),
                    ("matrix", matrix),
                    ("fullRange", colour.full_range.into()),
                ]),
            ));
        }
        object(&fields)
    }
}
