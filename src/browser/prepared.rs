//! All that can fail before the first frame of a recording.

use super::clean_up::clean_up;
use super::encoders::Encoders;
use super::reports::report_event;
use super::{
    ExportObserver, Lock, SoundEncoders, Store, available_bytes, cues_to_js, field, marks_to_js, object, option_entries,
};
use crate::codec::{Container, Format, SoundCandidate, SoundCodec};
use crate::options::Options;
use crate::recording::{CLEANUP, Indexes, Resumed};
use crate::reel::{Contents, ReelRecord, from_start};
use crate::{Error, Result};
use js_sys::{Array, Date, Function, Math};
use wasm_bindgen::JsValue;

/// The least that must be free on disk for a recording to begin, in seconds of its bitrate.
const LEAST_S: f64 = 10.0;
/// The bitrate of sound alone where none was asked for, in bits a second.
const SOUND_BITRATE: u32 = 128_000;
/// The message for a source that has not what a reel has.
const MIXED: &str = "a reel of sound alone is resumed with sound alone, and one with pictures with pictures";

/// What a recording begins with.
pub(crate) struct Prepared {
    pub(super) options: Options,
    pub(super) encoders: Encoders,
    pub(super) store: Store,
    /// The right to write the reel; none in memory, where no other worker could.
    pub(super) lock: Option<Lock>,
    pub(super) reel: ReelRecord,
    /// What is on disk of the pictures of a reel that is resumed.
    pub(super) contents: Contents,
    /// The same of its sound.
    pub(super) sound: Contents,
    /// What encodes its sound, or why nothing does; none if it has none.
    pub(super) sound_encoder: Option<Result<SoundCandidate>>,
    /// Whether received packets are stored as they come: then an encoder is needed only where others come as well.
    pub(super) copies_sound: bool,
    pub(super) sound_encoders: SoundEncoders,
    /// The room that there has to be to begin, in bytes.
    pub(super) least_bytes: f64,
    /// How many bytes the reel may have in memory, if it is there.
    pub(super) memory_bytes: Option<u64>,
    /// Whether it has sound alone.
    pub(super) is_sound_alone: bool,
}

impl Prepared {
    /// All that can fail before the first frame.
    pub(crate) async fn new(options: &Array, setup: &JsValue) -> Result<Self> {
        let mut options = Options::parse(&option_entries(options))?;
        if !options.enabled {
            return Err(Error::Disabled);
        }
        let is_sound_alone = field(setup, "soundAlone").is_truthy();
        let number = |name| field(setup, name).as_f64().unwrap_or(0.0);
        let mut sizes = options.size.trials((number("width") as u32, number("height") as u32));
        let (store, lock, reel, contents, sound) = match field(setup, "reel").as_string() {
            Some(id) => {
                let store = Store::open().await?;
                let lock = Lock::own(&id).await?;
                let (reel, segments, _) = store.read(&id, Indexes::all(), &ExportObserver::default()).await?;
                if is_sound_alone != reel.video.is_empty() {
                    return Err(Error::InvalidState { reason: MIXED.into() });
                }
                let Resumed { reel, contents, sound, size, codec } = Resumed::new(
                    reel,
                    segments.iter().map(|segment| (segment.track, segment.index, &segment.table)),
                    options.max_length_us,
                );
                options.continue_in(reel.container);
                if let Some(size) = size {
                    (sizes, options.codec) = (vec![size], codec);
                }
                (store, Some(lock), reel, contents, sound)
            }
            None => {
                let reel = new_reel(options.container);
                let store = Store::choose(options.storage).await?;
                let lock = if store.is_memory() { None } else { Some(Lock::own(&reel.id).await?) };
                (store, lock, reel, Contents::default(), Contents::default())
            }
        };
        let memory_bytes = store.is_memory().then(|| number("room") as u64);
        let (encoders, bitrate) = loop {
            if is_sound_alone {
                let encoders = Encoders::new(&options, field(setup, "openh264"));
                break (encoders, options.audio_bitrate.unwrap_or(SOUND_BITRATE));
            }
            let (width, height) = sizes.remove(0);
            let format = Format { width, height, fps: options.max_fps };
            // What fails at one size is asked again at the next.
            let mut encoders = Encoders::new(&options, field(setup, "openh264"));
            match encoders.try_out(format, options.bitrate_of(format)).await {
                Ok(setup) => break (encoders, setup.bitrate),
                Err(error) if sizes.is_empty() => return Err(error),
                Err(_) => {}
            }
        };
        let mut sound_encoders = SoundEncoders::new(field(setup, "aac"), field(setup, "delayOf"));
        let wanted = reel.sound_codec().or(options.audio_codec);
        let has_sound = options.audio && field(setup, "sound").is_object();
        let is_opus = wanted.is_none_or(|codec| codec == SoundCodec::Opus);
        let copies_sound = has_sound && is_opus && field(setup, "packets").is_truthy();
        // What is encoded beside packets is what they are.
        let wanted = if copies_sound { Some(SoundCodec::Opus) } else { wanted };
        let sound_encoder = match has_sound {
            true => Some(sound_encoders.choose(wanted, options.audio_bitrate).await),
            false => None,
        };
        // What was asked for, or all that there is.
        if let Some(Err(error)) = &sound_encoder
            && !copies_sound
            && (options.audio_codec.is_some() || is_sound_alone)
        {
            return Err(error.clone());
        }
        let least_bytes = f64::from(bitrate) / 8.0 * LEAST_S;
        Ok(Self {
            options,
            encoders,
            store,
            lock,
            reel,
            contents,
            sound,
            sound_encoder,
            copies_sound,
            sound_encoders,
            least_bytes,
            memory_bytes,
            is_sound_alone,
        })
    }

    /// The same for one that follows another without a gap. Its lock is not taken yet.
    pub(crate) fn next(
        options: Options,
        encoders: Encoders,
        store: Store,
        (memory_bytes, is_sound_alone): (Option<u64>, bool),
        (sound_encoder, copies_sound, sound_encoders): (Option<SoundCandidate>, bool, SoundEncoders),
    ) -> Self {
        Self {
            reel: new_reel(options.container),
            options,
            encoders,
            store,
            lock: None,
            contents: Contents::default(),
            sound: Contents::default(),
            sound_encoder: sound_encoder.map(Ok),
            copies_sound,
            sound_encoders,
            least_bytes: 0.0,
            memory_bytes,
            is_sound_alone,
        }
    }

    /// Whether it records sound.
    pub(crate) fn has_sound(&self) -> bool {
        self.copies_sound || matches!(self.sound_encoder, Some(Ok(_)))
    }

    /// Takes the lock of its reel, which is free: its id is new.
    pub(crate) async fn take_lock(&mut self) {
        if !self.store.is_memory() {
            self.lock = Lock::own(&self.reel.id).await.ok();
        }
    }

    /// Whether there is room to begin, as far as the browser reports it.
    pub(crate) async fn has_space(&self) -> bool {
        let available = match self.memory_bytes {
            Some(bytes) => Some(bytes as f64),
            None => available_bytes().await,
        };
        available.is_none_or(|available| available >= self.least_bytes)
    }

    pub(crate) fn started(&self) -> JsValue {
        let max_length_us = self.options.max_length_us.map_or(f64::INFINITY, |us| us as f64);
        let marks = from_start(&self.reel.marks, self.reel.start_us, i64::MAX);
        object(&[
            ("id", self.reel.id.as_str().into()),
            ("marks", marks_to_js(&marks)),
            ("cues", cues_to_js(&marks, i64::MAX)),
            ("container", self.reel.container.name().into()),
            ("createdAt", self.reel.created_at.into()),
            ("maxLength", (max_length_us / 1e6).into()),
            ("persist", self.options.persist.into()),
            ("inMemory", self.store.is_memory().into()),
            ("hasSound", self.has_sound().into()),
        ])
    }

    /// Removes reels of earlier sessions that are not needed any more, and reports it to the page.
    pub(crate) fn clean_up(&self, visit_began_ms: f64, notify: Function) -> impl Future<Output = ()> + 'static {
        let (store, recover_for_us) = (self.store.clone(), self.options.recover_for_us);
        let id = self.reel.id.clone();
        let is_wanted = self.options.startup_cleanup && !store.is_memory();
        async move {
            if !is_wanted {
                return;
            }
            let (removed, error) = match clean_up(&store, visit_began_ms, recover_for_us).await {
                Ok(removed) => (removed, JsValue::UNDEFINED),
                Err(error) => (Array::new(), error.into()),
            };
            if removed.length() > 0 || error.is_object() {
                report_event(&notify, &id, CLEANUP, &[("removed", removed.into()), ("error", error)]);
            }
        }
    }
}

fn new_reel(container: Container) -> ReelRecord {
    let (now_ms, random) = (Date::now(), Math::random() * f64::from(u32::MAX));
    let date = String::from(Date::new(&now_ms.into()).to_iso_string());
    ReelRecord { container, ..ReelRecord::new(now_ms, &date, random as u32) }
}
