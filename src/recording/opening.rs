//! The opening: the first seconds of a recording, in which its picture size may rise. What was recorded before it rose is
//! made again at the new size, beside the recording.

use super::conductor::Conductor;
use super::remake::{Remade, remake};
use super::{Event, Reply};
use crate::Result;
use crate::browser::{EncoderConfig, Frame, choose, is_decodable};
use crate::codec::Format;
use crate::reel::{OPENING_US, Originals, PictureSize, Segment, Size};
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use js_sys::Uint8Array;
use std::pin::pin;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, VideoDecoderConfig};

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
    /// A remake is under way; dropping this gives it up.
    remake: Option<oneshot::Sender<()>>,
    /// Exports that wait for it.
    exports: Vec<Reply<Blob>>,
}

impl Opening {
    /// Whether something is being made again.
    pub(super) fn is_remaking(&self) -> bool {
        self.remake.is_some()
    }

    /// Keeps a segment that was closed.
    pub(super) fn keep(&mut self, segment: &Segment<Uint8Array>) {
        if !self.is_over {
            self.originals.keep(segment.clone());
        }
    }

    /// Lets go what is not needed any more.
    fn let_go(&mut self) {
        if self.is_over && self.remake.is_none() {
            self.originals = Originals::default();
            self.decoders.clear();
        }
    }
}

impl Conductor {
    /// Sees to it that there is a configuration for the encoder, and that it has the size that this frame asks for.
    pub(super) async fn fit_size(&mut self, frame: &Frame, time_us: i64) -> Result<()> {
        let raised = match (&self.encoder_config, self.opening.size) {
            (Some(config), Some(size)) => size.raised_by(frame.size(), time_us).map(|size| (config.codec, size)),
            _ => {
                let size = PictureSize::of(frame.size());
                self.encoder_config = Some(self.configuration(self.options.codec, size).await?);
                self.opening.size = Some(size);
                None
            }
        };
        let Some((codec, size)) = raised else { return Ok(()) };
        match self.configuration(Some(codec), size).await {
            Ok(config) if is_decodable(&config).await => {
                self.key_due = true;
                self.opening.size = Some(size);
                // One that is closed says so in an event of its own, and another is made by this configuration.
                let encoder = self.encoder.as_mut().filter(|encoder| !encoder.is_closed());
                encoder.map_or(Ok(()), |encoder| encoder.configure(&config))?;
                self.encoder_config = Some(config);
            }
            // What can't be made again, or not at this size, stays as it is.
            _ => self.opening.size.iter_mut().for_each(PictureSize::settle),
        }
        Ok(())
    }

    async fn configuration(&self, codec: Option<crate::codec::Codec>, size: PictureSize) -> Result<EncoderConfig> {
        let (width, height) = size.encoded();
        let format = Format { width, height, fps: self.options.max_fps };
        choose(codec, format, self.options.bitrate.unwrap_or(format.default_bitrate())).await
    }

    /// Notes that a sample came out of the encoder, with this of the track's configurations: if it is the first of another
    /// size, all before it has to be made again.
    pub(super) fn came_out(&mut self, time_us: i64, config: u32, decoder: Option<VideoDecoderConfig>) {
        let size = self.writer.configs().get(config as usize).map(|config| (config.width, config.height));
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
        let decoder_of = |segment: &Segment<Uint8Array>| {
            let decoder = opening.decoders.iter().find(|(config, _)| *config == segment.config);
            decoder.map(|(_, decoder)| (segment.clone(), decoder.clone()))
        };
        let Some(originals) = opening.originals.segments().iter().map(decoder_of).collect() else { return };
        let (given_up, until) = oneshot::channel::<()>();
        opening.remake = Some(given_up);
        opening.remakes += 1;
        let (number, events) = (opening.remakes, self.events.clone());
        spawn_local(async move {
            if let Either::Left((remade, _)) = select(pin!(remake(originals, config)), until).await {
                let _ = events.unbounded_send(Event::Remade(number, remade));
            }
        });
    }

    /// Puts what was made again in the place of what was recorded. If it could not be made, that stays as it is.
    pub(super) fn remade(&mut self, number: u32, remade: Option<Vec<Remade>>) {
        let opening = &mut self.opening;
        if number != opening.remakes {
            return;
        }
        opening.remake = None;
        let (configs, samples) = remade.unwrap_or_default().into_iter().map(|made| (made.config, made.samples)).unzip();
        let configs: Vec<_> = configs;
        for (segment, config) in opening.originals.remade(samples).into_iter().flatten().zip(configs) {
            let larger = self.writer.replace(segment, config);
            self.counts.bytes = self.counts.bytes.saturating_add_signed(larger);
        }
        opening.let_go();
        for reply in std::mem::take(&mut opening.exports) {
            self.export(reply);
        }
    }

    /// Makes a file once nothing is being made again.
    pub(super) fn export_remade(&mut self, reply: Reply<Blob>) {
        match self.opening.is_remaking() {
            true => self.opening.exports.push(reply),
            false => self.export(reply),
        }
    }
}
