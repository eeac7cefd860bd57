//! What looking for a freeze costs: the part of a recording that does so, by itself.

#[cfg(target_arch = "wasm32")]
mod watcher {
    use trackreel::browser::{Frames, Inspector, Received, now_ms, now_us};
    use trackreel::options::Options;
    use trackreel::timeline::Timeline;
    use wasm_bindgen::prelude::*;
    use web_sys::ReadableStream;

    /// Looks at the frames of a stream as a recording does.
    #[wasm_bindgen]
    pub struct Watcher {
        frames: Frames,
        inspector: Inspector,
        timeline: Timeline,
    }

    #[wasm_bindgen]
    impl Watcher {
        /// Takes over a stream of `VideoFrame`s.
        #[wasm_bindgen(constructor)]
        pub fn new(stream: &ReadableStream) -> Result<Watcher, JsValue> {
            let timeline = Timeline::new(&Options { max_fps: f64::INFINITY, ..Options::default() }, false, now_us());
            Ok(Self { frames: Frames::new(stream)?, inspector: Inspector::default(), timeline })
        }

        /// Looks at the next frame. Gives how long reading its pixels and inspecting them took, in milliseconds; nothing at the end.
        pub async fn next(&mut self) -> Option<f64> {
            let Received { frame, arrival } = self.frames.next().await?;
            let admitted = self.timeline.admit(arrival).ok()?;
            let started = now_ms();
            let looked = self.inspector.inspect(&mut self.timeline, &frame, admitted).await;
            let inspected = now_ms();
            self.timeline.decide(looked, None);
            Some(inspected - started)
        }
    }
}
