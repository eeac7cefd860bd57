//! What happens in a simulated world, as a list that can be shortened.

use super::random::Random;
use crate::entry::{Entry, Value};
use crate::options::Options;

/// A world: what its parts are like, and what happens in it, one step after the other.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub seed: u64,
    /// The recording's options.
    pub options: Vec<(&'static str, Written)>,
    pub manners: Manners,
    pub steps: Vec<Step>,
}

/// The value of an option.
#[derive(Debug, Clone, Copy)]
pub(super) enum Written {
    Number(f64),
    Text(&'static str),
}

/// Something that happens, and the time until the next step, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub what: What,
    pub then_ms: i64,
}

/// How many worlds have sound, in percent: these take ten times as long as others.
const SOUND_PERCENT: u32 = 6;
/// The same of long worlds: only there sound is merged with pictures.
const LONG_SOUND_PERCENT: u32 = 50;

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum What {
    /// From now on the sender sends this.
    Sends(Pictures),
    /// From now on it sends this many frames a second.
    Rate(i64),
    /// It sends pictures of another size, in pixels.
    Size(u32, u32),
    /// Its RTP clock jumps by this many milliseconds.
    JumpRtp(i64),
    /// The browser's timestamps jump by this many milliseconds.
    JumpTimestamp(i64),
    /// Another track takes the sender's place, with clocks that are this many milliseconds ahead.
    Joins(i64),
    /// The page misses this many frames.
    Missed(u32),
    /// No ticks come for this many milliseconds, as in a hidden tab.
    Hidden(i64),
    Pause,
    Resume,
    /// A file of all is asked for, of the last seconds, or from a time to another, in tenths of a second.
    Export,
    ExportLast(i64),
    ExportPart(i64, i64),
    Stop,
    TrackEnded,
    Encoder(EncoderFault),
    Disk(DiskFault),
    Sound(SoundFault),
    /// Somebody clears the store.
    Cleared,
    /// The encoder that was too slow to begin with answers.
    SlowAnswers(bool),
    /// The browser is killed, and the reel resumed at once.
    Crash,
}

/// What a sender sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pictures {
    /// Pictures that differ.
    Moving,
    /// Pictures that differ in their lower half.
    MovingBelow,
    /// The same picture again and again.
    Repeating,
    /// Nothing.
    Nothing,
    /// Pictures that are held back, and come at once when it sends something else.
    HeldBack,
}

/// What an encoder does wrong from now on, or once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EncoderFault {
    Fails,
    IsReclaimed,
    /// It returns nothing of the next frames.
    Skips(u32),
    /// It returns two frames in the wrong order.
    Reorders,
    /// It returns nothing until it is flushed.
    WaitsForFlush,
    /// It returns nothing at all.
    IsSilent,
    /// It makes a key frame that was not asked for.
    UnaskedKey,
}

/// What the disk does wrong from now on, or once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DiskFault {
    IsFull,
    Fails,
    /// The next task takes this many milliseconds.
    TakesMs(i64),
}

/// What goes wrong with sound, or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SoundFault {
    /// Its sender sends nothing, or something again.
    Mutes(bool),
    /// It is audible, or not.
    IsLoud(bool),
    /// Its encoder fails.
    Fails,
    /// Its encoder returns nothing any more.
    IsSilent,
}

/// What the parts of a world are like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manners {
    pub fps: i64,
    pub jitter_ms: i64,
    /// Whether frames have RTP timestamps.
    pub has_rtp: bool,
    /// Whether pictures are so tall that only rows of them are inspected.
    pub is_tall: bool,
    /// The longest that reading pixels takes, in milliseconds, and how often they can't be read, in percent.
    pub inspect_ms: i64,
    pub blind_percent: u32,
    /// The longest that a frame takes in the encoder, in milliseconds, and for how many more frames it waits.
    pub encode_ms: i64,
    pub look_ahead: i64,
    /// After how many frames it makes a key frame that was not asked for; 0 for never.
    pub keys_every: i64,
    /// Whether closed encoders still return frames.
    pub is_late: bool,
    /// Which encoders are refused, as bits: in hardware, H.264, OpenH264; and those that do not decode what is to be re-encoded.
    pub refuses: i64,
    /// The most pixels of a picture that encoders take; 0 where they take all.
    pub most_pixels: u64,
    /// Whether one of the encoders did not answer when it was tried.
    pub is_slow_trial: bool,
    /// The longest that a re-encoding takes, in milliseconds, and how often it goes wrong, in percent.
    pub reencode_ms: i64,
    pub reencode_wrong_percent: u32,
    /// The longest that a task on disk takes, in milliseconds.
    pub disk_ms: i64,
    pub tick_jitter_ms: i64,
    pub is_paused: bool,
    /// Whether frames are a device's.
    pub is_device: bool,
    /// Whether there is sound, and whether it is audible.
    pub has_sound: bool,
    pub is_loud: bool,
    /// Whether there are no pictures.
    pub is_sound_alone: bool,
}

impl Manners {
    /// Whether it takes long to find an encoder, while frames wait.
    pub(crate) fn have_to_search(&self) -> bool {
        self.refuses != 0 || self.most_pixels != 0
    }
}

impl Plan {
    /// The world of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed, 1);
        let is_calm = random.percent(15);
        let is_long = !is_calm && random.percent(5);
        let mut manners = if is_calm { calm(&mut random) } else { any(&mut random) };
        manners.is_device = Random::new(seed, 6).percent(20);
        let mut sizes = Random::new(seed, 7);
        manners.most_pixels = if sizes.percent(20) { 1280 * 720 } else { 0 };
        if is_long {
            // As many segments as it takes to have some merged.
            manners.fps = random.of(5..=10);
            manners.keys_every = manners.fps + 1;
        }
        let mut options = options(&mut random, is_calm);
        if sizes.percent(20) {
            let name = sizes.one(&["width", "height", "maxHeight"]);
            options.push((name, Written::Number(sizes.one(&[240.0, 720.0, 2160.0]))));
        }
        let mut steps = if is_calm { calm_steps(&mut random) } else { any_steps(&mut random) };
        let mut clears = Random::new(seed, 8);
        if !is_calm && clears.percent(10) {
            let at = clears.of(1..=steps.len() as i64) as usize;
            steps.insert(at, Step { what: What::Cleared, then_ms: clears.one(&[0, 50, 3000]) });
        }
        let mut sounds = Random::new(seed, 9);
        if sounds.percent(if is_long { LONG_SOUND_PERCENT } else { SOUND_PERCENT }) {
            (manners.has_sound, manners.is_loud) = (true, sounds.percent(50));
            if is_long {
                // A disk that needs a second for a second of each track is behind.
                manners.disk_ms = manners.disk_ms.min(500);
            }
            for _ in 0..if is_calm { 0 } else { sounds.of(0..=3) } {
                let at = sounds.of(1..=steps.len() as i64) as usize;
                let what = What::Sound(any_sound_fault(&mut sounds));
                steps.insert(at, Step { what, then_ms: sounds.one(&[0, 300, 3000]) });
            }
            manners.is_sound_alone = sounds.percent(30);
        }
        if is_long {
            steps.iter_mut().for_each(|step| step.then_ms *= 3);
        }
        Self { seed, options, manners, steps }
    }

    /// The recording's options.
    pub(crate) fn parsed(&self) -> Options {
        let entry = |&(name, value): &(&str, Written)| {
            let value = match value {
                Written::Number(number) => Value::Number(number),
                Written::Text(text) => Value::Text(text.into()),
            };
            Entry { name: name.into(), shown: format!("{value:?}"), value }
        };
        Options::parse(&self.options.iter().map(entry).collect::<Vec<_>>()).expect("options are valid")
    }

    pub(crate) fn has(&self, is: impl Fn(What) -> bool) -> bool {
        self.steps.iter().any(|step| is(step.what))
    }
}

fn calm(random: &mut Random) -> Manners {
    Manners {
        fps: random.of(5..=60),
        jitter_ms: random.of(0..=10),
        has_rtp: random.percent(70),
        is_tall: random.percent(15),
        inspect_ms: random.of(0..=10),
        blind_percent: 0,
        encode_ms: random.of(0..=100),
        look_ahead: 0,
        keys_every: 0,
        is_late: false,
        refuses: random.one(&[0, 1, 2, 3]),
        most_pixels: 0,
        is_slow_trial: false,
        reencode_ms: 500,
        reencode_wrong_percent: 0,
        disk_ms: random.of(1..=150),
        tick_jitter_ms: random.of(0..=20),
        is_paused: false,
        is_device: false,
        has_sound: false,
        is_loud: false,
        is_sound_alone: false,
    }
}

fn any(random: &mut Random) -> Manners {
    Manners {
        fps: random.of(5..=60),
        jitter_ms: random.one(&[0, 5, 15, 40]),
        inspect_ms: random.one(&[0, 0, 5, 15, 50]),
        blind_percent: random.one(&[0, 0, 0, 2, 30, 100]),
        encode_ms: random.one(&[0, 20, 80, 200]),
        look_ahead: random.one(&[0, 0, 0, 1, 3, 10, 40]),
        is_late: random.percent(30),
        refuses: random.of(0..=15) & random.of(0..=15),
        most_pixels: 0,
        is_slow_trial: random.percent(20),
        reencode_ms: random.of(100..=3000),
        reencode_wrong_percent: random.one(&[0, 0, 20, 50]),
        disk_ms: random.one(&[1, 20, 100, 300, 2000]),
        tick_jitter_ms: random.one(&[0, 10, 100]),
        is_paused: random.percent(5),
        ..calm(random)
    }
}

fn options(random: &mut Random, is_calm: bool) -> Vec<(&'static str, Written)> {
    use Written::{Number, Text};
    let mut options = vec![("freeze", Text(random.one(&["cut", "cut", "hold", "keep"])))];
    let mut add = |percent, name, value| {
        if random.percent(percent) {
            options.push((name, value));
        }
    };
    add(30, "codec", Text("vp9"));
    if is_calm {
        add(100, "maxFps", Number(f64::INFINITY));
        return options;
    }
    add(20, "encoder", Text("auto"));
    let seconds = random.of(1..=20) as f64;
    let mut add = |percent, name, value| {
        if random.percent(percent) {
            options.push((name, value));
        }
    };
    add(20, "keepLast", Number(seconds / 2.0 + 0.5));
    add(15, "maxLength", Number(seconds));
    add(20, "maxFps", Number(10.0));
    add(20, "maxFps", Number(f64::INFINITY));
    add(30, "freezeAfter", Number(0.25 + seconds / 10.0));
    add(40, "minShown", Number(seconds / 4.0));
    options
}

/// A sender that only sends, and files that are asked for meanwhile. It may be killed.
fn calm_steps(random: &mut Random) -> Vec<Step> {
    let mut steps = vec![Step { what: What::Sends(Pictures::Moving), then_ms: random.of(500..=6000) }];
    for _ in 0..random.of(0..=3) {
        let what = random.one(&[What::Export, What::Crash, What::ExportLast(20), What::Export]);
        steps.push(Step { what, then_ms: random.of(0..=4000) });
    }
    steps
}

fn any_steps(random: &mut Random) -> Vec<Step> {
    let mut steps = vec![Step { what: What::Sends(Pictures::Moving), then_ms: random.of(0..=3000) }];
    for _ in 0..random.of(2..=14) {
        let then_ms = match random.of(0..=9) {
            0..=3 => random.of(0..=60),
            4..=7 => random.of(0..=1500),
            8 => random.of(0..=4000),
            _ => random.of(0..=9000),
        };
        steps.push(Step { what: any_step(random), then_ms });
    }
    steps
}

fn any_step(random: &mut Random) -> What {
    use Pictures::*;
    match random.of(0..=99) {
        0..=25 => What::Sends(random.one(&[Moving, Moving, MovingBelow, Repeating, Repeating, Nothing, HeldBack])),
        26..=28 => What::Rate(random.of(5..=60)),
        29..=36 => {
            let (width, height) = random.one(&[(320, 180), (640, 360), (960, 540), (1280, 720), (360, 640), (2, 2)]);
            What::Size(width, height)
        }
        37 => What::JumpRtp(random.of(-20_000..=20_000)),
        38 => What::Joins(random.of(-20_000..=20_000)),
        39..=40 => What::JumpTimestamp(random.of(-20_000..=20_000)),
        41..=42 => What::Missed(random.of(1..=9) as u32),
        43..=44 => What::Hidden(random.of(300..=8000)),
        45..=52 => What::Pause,
        53..=60 => What::Resume,
        61..=70 => What::Export,
        71..=72 => What::ExportLast(random.of(1..=100)),
        73..=75 => {
            let from = random.of(0..=80);
            What::ExportPart(from, from + random.of(1..=60))
        }
        76 => What::Stop,
        77 => What::TrackEnded,
        78..=88 => What::Encoder(any_encoder_fault(random)),
        89..=92 => What::Disk(match random.of(0..=7) {
            0 => DiskFault::IsFull,
            1 => DiskFault::Fails,
            2 => DiskFault::TakesMs(40_000),
            _ => DiskFault::TakesMs(random.of(300..=6000)),
        }),
        93..=95 => What::SlowAnswers(random.percent(70)),
        _ => What::Crash,
    }
}

fn any_encoder_fault(random: &mut Random) -> EncoderFault {
    match random.of(0..=11) {
        0..=1 => EncoderFault::Fails,
        2..=3 => EncoderFault::IsReclaimed,
        4..=6 => EncoderFault::Skips(random.of(1..=5) as u32),
        7 => EncoderFault::Reorders,
        8 => EncoderFault::WaitsForFlush,
        9 => EncoderFault::IsSilent,
        _ => EncoderFault::UnaskedKey,
    }
}

fn any_sound_fault(random: &mut Random) -> SoundFault {
    match random.of(0..=9) {
        0..=1 => SoundFault::Fails,
        2 => SoundFault::IsSilent,
        3..=4 => SoundFault::IsLoud(true),
        5 => SoundFault::IsLoud(false),
        6..=7 => SoundFault::Mutes(true),
        _ => SoundFault::Mutes(false),
    }
}
