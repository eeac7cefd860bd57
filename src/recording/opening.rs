//! The opening: the first seconds of a recording, in which its picture size may rise. What was recorded before it rose is
//! re-encoded at the new size, beside the recording.

use super::effect::Original;
use super::remake::{Reencoded, reassembled};
use super::{Call, Chunk, Effect};
use crate::clip::Clip;
use crate::codec::{EncoderSetup, Place};
use crate::picture_size::{OPENING_US, PictureSize, Size, WantedSize};
use crate::reel::{Originals, Segment, VideoConfig};
use crate::time::Media;
use std::rc::Rc;

/// What an opening is made of.
#[derive(Debug)]
pub(super) struct Opening<P> {
    /// The size that was asked for.
    wanted: WantedSize,
    /// The size that the encoder was set up with last; none before the first frame.
    size: Option<PictureSize>,
    /// The encoder's output, for as long as the size may rise.
    originals: Originals<P>,
    /// The size of the encoder's last sample, in pixels.
    last_size: Option<Size>,
    is_over: bool,
    /// How often something was re-encoded.
    reencodings: u32,
    /// What is being re-encoded.
    reencoding: Option<Vec<Rc<Segment<P>>>>,
    /// Exports that wait for it.
    exports: Vec<(Call, Clip)>,
}

impl<P: Clone> Opening<P> {
    /// Before the first frame, if this size was asked for.
    pub(crate) fn new(wanted: WantedSize) -> Self {
        Self {
            wanted,
            size: None,
            originals: Originals::default(),
            last_size: None,
            is_over: false,
            reencodings: 0,
            reencoding: None,
            exports: Vec::new(),
        }
    }

    /// That of a reel that is resumed: its size is the last one.
    pub(crate) fn settled(last: Option<&VideoConfig>) -> Self {
        let mut size = last.map(|last| PictureSize::of(last.size(), WantedSize::default()));
        size.iter_mut().for_each(PictureSize::settle);
        Self { size, is_over: true, ..Self::new(WantedSize::default()) }
    }

    /// Has what is encoded from now on be of the size of what was received.
    pub(crate) fn settle_at(&mut self, config: &VideoConfig) {
        *self = Self { reencodings: self.reencodings, ..Self::settled(Some(config)) };
    }

    /// Whether something is being re-encoded.
    pub(crate) fn is_reencoding(&self) -> bool {
        self.reencoding.is_some()
    }

    /// Whether nothing will be re-encoded.
    pub(crate) fn is_settled(&self) -> bool {
        self.is_over && self.reencoding.is_none()
    }

    /// The size of the first picture, or of a larger one, if a frame of this size at this media time has it set; none if it stays.
    /// `is_set` says whether there is an encoder.
    pub(crate) fn size_by(&self, frame: Size, time: Media, is_set: bool) -> Option<PictureSize> {
        let size = self.size.unwrap_or(PictureSize::of(frame, self.wanted));
        match size.raised_by(frame, time.us()) {
            _ if !is_set => Some(size),
            raised => raised,
        }
    }

    /// The next smaller size, where there is no encoder for this one; none if it would not be larger than the one before.
    pub(crate) fn smaller(&self, size: &PictureSize) -> Option<PictureSize> {
        size.smaller().filter(|smaller| self.size.as_ref().is_none_or(|before| smaller.may_replace(before)))
    }

    /// Whether what came so far is a picture, and not what a camera shows before it is there.
    pub(crate) fn has_picture(&self) -> bool {
        self.size.as_ref().is_none_or(PictureSize::has_shape)
    }

    /// Has the size be this from now on.
    pub(crate) fn set_size(&mut self, size: PictureSize) {
        self.size = Some(size);
    }

    /// Has the size stay as it is: pictures of another can't be made.
    pub(crate) fn settle_size(&mut self) {
        self.size.iter_mut().for_each(PictureSize::settle);
    }

    /// Notes that a segment is open again, since samples at its end were rolled back: it will be closed again.
    pub(crate) fn reopen(&mut self, index: u32) {
        self.originals.reopen(index);
    }

    /// Keeps a segment that was closed for as long as it may have to be re-encoded. Gives whether it is of a size that is not the
    /// reel's any more.
    pub(crate) fn keep(&mut self, segment: Segment<P>, configs: &[VideoConfig]) -> bool {
        if self.is_over {
            return false;
        }
        let size = configs.get(segment.config as usize).map(VideoConfig::size);
        self.originals.keep(Rc::new(segment));
        size != self.last_size
    }

    /// Notes that the encoder has returned a sample of this configuration. Gives whether it is the first of another size: then all
    /// before it is to be re-encoded.
    pub(crate) fn note_output(&mut self, time: Media, config: Option<&VideoConfig>) -> bool {
        let size = config.map(VideoConfig::size);
        let before = std::mem::replace(&mut self.last_size, size);
        let is_other = before.is_some_and(|before| Some(before) != size);
        self.is_over |= time.us() >= OPENING_US;
        is_other
    }

    /// Has what was recorded so far re-encoded from the originals. What is under way is cancelled.
    pub(crate) fn reencode<F>(
        &mut self,
        configs: &[VideoConfig],
        setup: &EncoderSetup,
        effects: &mut Vec<Effect<P, F>>,
    ) {
        let mut originals = Vec::new();
        for segment in self.originals.segments() {
            let Some(config) = configs.get(segment.config as usize) else { return };
            originals.push(Original { segment: Rc::clone(segment), config: config.clone() });
        }
        self.reencodings += 1;
        self.reencoding = Some(self.originals.segments().to_vec());
        effects.push(Effect::Reencode { number: self.reencodings, originals, setup: setup.clone() });
    }

    /// What was made of the originals, as far as it fits; none if that was cancelled meanwhile. What could not be made stays as it is.
    pub(crate) fn reencoded(&mut self, number: u32, chunks: Vec<Vec<Chunk<P>>>) -> Option<Vec<Reencoded<P>>> {
        if number != self.reencodings {
            return None;
        }
        let originals = self.reencoding.take()?;
        let (mut announced, mut fitting) = (None, Vec::new());
        for (original, chunks) in originals.iter().zip(chunks) {
            if let Some(mut reencoded) = reassembled(original, chunks, &mut announced)
                && self.originals.matches(&mut reencoded.segment)
            {
                fitting.push(reencoded);
            }
        }
        Some(fitting)
    }

    /// Releases what is not needed any more.
    pub(crate) fn release(&mut self) {
        if self.is_settled() {
            self.originals = Originals::default();
        }
    }

    /// Has an export wait until nothing is being re-encoded.
    pub(crate) fn postpone(&mut self, call: Call, clip: Clip) {
        self.exports.push((call, clip));
    }

    /// The exports that have waited, in the order they came.
    pub(crate) fn postponed(&mut self) -> Vec<(Call, Clip)> {
        std::mem::take(&mut self.exports)
    }
}

/// Whether an encoder with one setup takes the other without being opened again.
pub(super) fn is_same_kind(before: &EncoderSetup, after: &EncoderSetup) -> bool {
    let is_openh264 = |setup: &EncoderSetup| setup.candidate.place == Place::OpenH264;
    is_openh264(before) == is_openh264(after)
}
