use super::{Frame, PictureReader};
use crate::timeline::{Admitted, Looked, Timeline};

/// Reads as much of each frame's picture as a timeline asks for. While it moves, some rows are enough: the frame before is held until
/// they are not.
#[derive(Debug, Default)]
pub struct Inspector {
    pictures: PictureReader,
    /// The last frame, while only rows of it were inspected.
    before: Option<Frame>,
}

impl Inspector {
    /// Closes the frame that is held.
    pub fn release(&mut self) {
        self.before = None;
    }

    /// Has the timeline inspect what a frame shows.
    pub async fn inspect(&mut self, timeline: &mut Timeline, frame: &Frame, admitted: Admitted) -> Looked {
        if !timeline.looks() {
            return timeline.look(admitted, None);
        }
        let before = self.before.take();
        if let Some(rows) = timeline.rows() {
            let picture = self.pictures.read_rows(frame, rows).await;
            let looked = picture.and_then(|picture| timeline.look_at_rows(admitted, picture));
            if let Some(looked) = looked {
                self.before = frame.duplicate();
                return looked;
            }
            if let Some(before) = before
                && let Some(picture) = self.pictures.read(&before).await
            {
                timeline.remember(picture);
            }
        }
        let picture = self.pictures.read(frame).await;
        let looked = timeline.look(admitted, picture);
        if timeline.rows().is_some() {
            self.before = frame.duplicate();
        }
        looked
    }
}
