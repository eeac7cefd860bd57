//! The opening: the first seconds of a recording, in which its picture size may rise. What was recorded before it rose is
//! made again at the new size, beside the recording.

use super::call::{Event, Export};
use super::conductor::Conductor;
use super::remake::{Remade, remake};
use crate::Result;
use crate::browser::{EncoderConfig, Frame, is_decodable, spawn};
use crate::codec::Place;
use crate::reel::{OPENING_US, Originals, PictureSize, Segment, Size, Track};
use js_sys::Uint8Array;
use std::cell::Cell;
use std::rc::Rc;
use web_sys::VideoDecoderConfig;

/// What an opening is made of.
#[derive(Default)]
pub(super) struct Opening {
    /// The size that the encoder was set up with last; none before the first frame.
    size: Option<PictureSize>,
    /// What came out of the encoder, for as long as the size may rise.
    originals: Originals<Uint8Array>,
    /// What decodes them, by the position of the configuration among the track's.
    decoders: Vec<(u32, VideoDecoderConfig)>,
    /// The size of the sample that came out last, in pixels.
    came_out: Option<Size>,
    is_over: bool,
    /// How often something was made again.
    remakes: u32,
    /// The remake under way; setting it gives that up.
    remake: Option<Rc<Cell<bool>>>,
    /// Exports that wait for it.
    exports: Vec<Export>,
}

impl Opening {
    /// That of a reel that is gone on with: its size is the last that this track had.
    pub(super) fn settled(Track::Video(configs): &Track) -> Self {
        let mut size = configs.last().map(|config| PictureSize::of((config.width, config.height)));
        size.iter_mut().for_each(PictureSize::settle);
        Self { size, is_over: true, ..Self::default() }
    }

    /// Whether something is being made again.
    pub(super) fn is_remaking(&self) -> bool {
        self.remake.is_some()
    }

    /// Whether nothing will be made again.
    pub(super) fn is_settled(&self) -> bool {
        self.is_over && self.remake.is_none()
    }

    /// Notes that a segment is open again, since samples at its end were taken back: it will be closed anew.
    pub(super) fn reopen(&mut self, index: u32) {
        self.originals.reopen(index);
    }

    fn give_up(&self) {
        if let Some(given_up) = &self.remake {
            given_up.set(true);
        }
    }

    /// Lets go what is not needed any more.
    fn let_go(&mut self) {
        if self.is_settled() {
            self.originals = Originals::default();
            self.decoders.clear();
        }
    }
}

impl Conductor {
    /// Sees to it that there is a configuration for the encoder, and that it has the size that this frame asks for.
    pub(super) async fn fit_size(&mut self, frame: &Frame, time_us: i64) -> Result<()> {
        let size = self.opening.size.unwrap_or(PictureSize::of(frame.size()));
        let is_raised = self.encoder_config.is_some();
        let size = match size.raised_by(frame.size(), time_us) {
            _ if !is_raised => size,
            Some(raised) => raised,
            None => return Ok(()),
        };
        let (format, bitrate) = self.format(size.encoded());
        let config = match self.encoders.choose(format, bitrate).await {
            Ok(config) if !is_raised || (self.is_same_kind(&config) && is_decodable(&config).await) => config,
            Err(error) if !is_raised => return Err(error),
            // What can't be made again, or not at this size, stays as it is.
            _ => {
                self.opening.size.iter_mut().for_each(PictureSize::settle);
                return Ok(());
            }
        };
        self.key_due = true;
        // One that is closed says so in an event of its own, and another is made by this configuration.
        if let Some(encoder) = self.encoder.as_mut().filter(|encoder| !encoder.is_closed()) {
            encoder.configure(&config)?;
        }
        self.opening.size = Some(size);
        self.encoders.choice().settle(config.candidate.codec);
        self.encoder_config = Some(config);
        Ok(())
    }

    /// Whether the encoder that there is can go on by this configuration.
    fn is_same_kind(&self, config: &EncoderConfig) -> bool {
        let is_openh264 = |config: &EncoderConfig| config.candidate.place == Place::OpenH264;
        self.encoder_config.as_ref().is_none_or(|before| is_openh264(before) == is_openh264(config))
    }

    /// Keeps a segment that was closed for as long as it may have to be made again.
    pub(super) fn keep_original(&mut self, segment: Segment<Uint8Array>) {
        if self.opening.is_over {
            return;
        }
        let config = self.saving.configs().get(segment.config as usize);
        let is_outgrown = config.map(|config| (config.width, config.height)) != self.opening.came_out;
        self.opening.originals.keep(Rc::new(segment));
        // It was closed before, at a size that rose since.
        if is_outgrown {
            self.begin_remake();
        }
    }

    /// Notes that a sample came out of the encoder, with this of the track's configurations: if it is the first of another
    /// size, all before it has to be made again.
    pub(super) fn came_out(&mut self, time_us: i64, config: u32, decoder: Option<VideoDecoderConfig>) {
        let size = self.saving.configs().get(config as usize).map(|config| (config.width, config.height));
        let before = std::mem::replace(&mut self.opening.came_out, size);
        if before.is_some_and(|before| Some(before) != size) {
            self.begin_remake();
        }
        let opening = &mut self.opening;
        if let Some(decoder) = decoder.filter(|_| !opening.is_over) {
            opening.decoders.push((config, decoder));
        }
        opening.is_over |= time_us >= OPENING_US;
        opening.let_go();
    }

    /// Begins to make again, from the originals, what was recorded so far. One that is under way is given up.
    fn begin_remake(&mut self) {
        let Some(config) = self.encoder_config.clone() else { return };
        let opening = &mut self.opening;
        let mut originals = Vec::new();
        for segment in opening.originals.segments() {
            let decoder = opening.decoders.iter().find(|(config, _)| *config == segment.config);
            let Some((_, decoder)) = decoder else { return };
            originals.push((Rc::clone(segment), decoder.clone()));
        }
        opening.give_up();
        let given_up = Rc::new(Cell::new(false));
        opening.remake = Some(Rc::clone(&given_up));
        opening.remakes += 1;
        let (number, events) = (opening.remakes, self.events.clone());
        spawn(async move {
            let remade = remake(originals, config, given_up).await;
            let _ = events.unbounded_send(Event::Remade(number, remade));
        });
    }

    /// Puts what was made again in the place of what was recorded. What could not be made stays as it is.
    pub(super) fn remade(&mut self, number: u32, remade: Vec<Remade>) {
        if number != self.opening.remakes {
            return;
        }
        self.opening.remake = None;
        for (mut segment, config) in remade {
            if self.opening.originals.fits(&mut segment) {
                segment.config = self.saving.index_of(config);
                self.counts.bytes = self.counts.bytes.saturating_add_signed(self.saving.replace(segment));
            }
        }
        self.opening.let_go();
        while let Some(export) = self.opening.exports.pop() {
            self.export(export);
        }
    }

    /// Makes a file once nothing is being made again.
    pub(super) fn export_remade(&mut self, export: Export) {
        match self.opening.is_remaking() {
            true => self.opening.exports.push(export),
            false => self.export(export),
        }
    }
}
