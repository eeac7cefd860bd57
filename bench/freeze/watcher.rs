//! What looking for a freeze costs: the part of a recording that does so, by itself.

#[cfg(target_arch = "wasm32")]
mod watcher {
    use trackreel::browser::{Frames, PictureReader, now_ms};
    use trackreel::options::Options;
    use trackreel::timeline::Timeline;
    use wasm_bindgen::prelude::*;
    use web_sys::ReadableStream;

    /// Looks at the frames of a stream as a recording does.
    #[wasm_bindgen]
    pub struct Watcher {
        frames: Frames,
        pictures: PictureReader,
        timeline: Timeline,
    }

    #[wasm_bindgen]
    impl Watcher {
        /// Takes over a stream of `VideoFrame`s.
        #[wasm_bindgen(constructor)]
        pub fn new(stream: &ReadableStream) -> Result<Watcher, JsValue> {
            let timeline = Timeline::new(&Options { max_fps: f64::INFINITY, ..Options::default() }, false);
            Ok(Self { frames: Frames::new(stream)?, pictures: PictureReader::default(), timeline })
        }

        /// Looks at the next frame. Gives how long copying its pixels and looking at them took, in milliseconds; nothing at the end.
        pub async fn next(&mut self) -> Option<Vec<f64>> {
            let frame = self.frames.next().await?;
            let admitted = self.timeline.admit(frame.timestamp_us(), frame.timestamp_us()).ok()?;
            let started = now_ms();
            let picture = self.pictures.read(&frame).await;
            let copied = now_ms();
            let looked = self.timeline.look(admitted, picture);
            let looked_at = now_ms();
            self.timeline.decide(looked, None);
            Some(vec![copied - started, looked_at - copied])
        }
    }
}
