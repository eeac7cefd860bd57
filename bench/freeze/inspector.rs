//! The cost of the freeze detection, measured without the rest of a recording.

#[cfg(target_arch = "wasm32")]
mod inspector {
    use std::rc::Rc;
    use trackreel::browser::{Content, Frame, Frames, PictureReader, Received, now, now_ms};
    use trackreel::options::Options;
    use trackreel::recording::{Inspection, InspectionStep};
    use trackreel::timeline::Timeline;
    use wasm_bindgen::prelude::*;
    use web_sys::ReadableStream;

    /// Inspects the frames of a stream as a recording does.
    #[wasm_bindgen]
    pub struct Inspector {
        frames: Frames,
        inspection: Inspection<Rc<Frame>, ()>,
        pictures: PictureReader,
        timeline: Timeline,
    }

    #[wasm_bindgen]
    impl Inspector {
        /// Takes over a stream of `VideoFrame`s.
        #[wasm_bindgen(constructor)]
        pub fn new(stream: &ReadableStream) -> Result<Inspector, JsValue> {
            let timeline = Timeline::new(&Options { max_fps: f64::INFINITY, ..Options::default() }, false, now());
            let (inspection, pictures) = (Inspection::new(true), PictureReader::default());
            Ok(Self { frames: Frames::new(stream)?, inspection, pictures, timeline })
        }

        /// Inspects the next frame. Returns how long reading and inspecting its pixels took, in milliseconds; `None` at the end.
        pub async fn next(&mut self) -> Option<f64> {
            let Received { content: Content::Frame(frame), arrival } = self.frames.next().await? else { return None };
            let admitted = self.timeline.admit(arrival).ok()?;
            let started = now_ms();
            let mut step = self.inspection.begin(&mut self.timeline, Rc::new(frame), (), admitted);
            let found = loop {
                match step {
                    InspectionStep::Read(frame, rows) => {
                        let picture = self.pictures.read(&frame, rows).await;
                        step = self.inspection.read_out(&mut self.timeline, picture)?;
                    }
                    InspectionStep::Done(_, found) => break found,
                }
            };
            let inspected = now_ms();
            self.timeline.decide(found, None);
            Some(inspected - started)
        }
    }
}
