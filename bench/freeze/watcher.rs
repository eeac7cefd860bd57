//! What looking for a freeze costs: the part of a recording that does so, by itself.

#[cfg(target_arch = "wasm32")]
mod watcher {
    use std::rc::Rc;
    use trackreel::browser::{Content, Frame, Frames, PictureReader, Received, now, now_ms};
    use trackreel::options::Options;
    use trackreel::recording::{Inspection, InspectionStep};
    use trackreel::timeline::Timeline;
    use wasm_bindgen::prelude::*;
    use web_sys::ReadableStream;

    /// Looks at the frames of a stream as a recording does.
    #[wasm_bindgen]
    pub struct Watcher {
        frames: Frames,
        inspection: Inspection<Rc<Frame>, ()>,
        pictures: PictureReader,
        timeline: Timeline,
    }

    #[wasm_bindgen]
    impl Watcher {
        /// Takes over a stream of `VideoFrame`s.
        #[wasm_bindgen(constructor)]
        pub fn new(stream: &ReadableStream) -> Result<Watcher, JsValue> {
            let timeline = Timeline::new(&Options { max_fps: f64::INFINITY, ..Options::default() }, false, now());
            let (inspection, pictures) = (Inspection::new(true), PictureReader::default());
            Ok(Self { frames: Frames::new(stream)?, inspection, pictures, timeline })
        }

        /// Looks at the next frame. Gives how long reading its pixels and inspecting them took, in milliseconds; nothing at the end.
        pub async fn next(&mut self) -> Option<f64> {
            let Received { content: Content::Frame(frame), arrival } = self.frames.next().await? else { return None };
            let admitted = self.timeline.admit(arrival).ok()?;
            let started = now_ms();
            let mut step = self.inspection.begin(&mut self.timeline, Rc::new(frame), (), admitted);
            let looked = loop {
                match step {
                    InspectionStep::Read(frame, rows) => {
                        let picture = self.pictures.read(&frame, rows).await;
                        step = self.inspection.read_out(&mut self.timeline, picture)?;
                    }
                    InspectionStep::Done(_, looked) => break looked,
                }
            };
            let inspected = now_ms();
            self.timeline.decide(looked, None);
            Some(inspected - started)
        }
    }
}
