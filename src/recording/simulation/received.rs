//! Worlds whose frames are recorded as they were received, and what holds for their files.

use super::random::Random;
use crate::clip::Clip;
use crate::entry::{Entry, Value};
use crate::options::{FreezeMode, Options};
use crate::received::Shown;
use crate::recording::stored::Stored;
use crate::recording::test_page::{FRAME_US, Page, TestEffect, h264, setup};
use crate::recording::{Beginning, Call, Effect, Input, Resumed, Setup, overlay};
use crate::reel::{Segment, Track};
use crate::time::Wall;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// How many worlds a test run simulates.
const SEQUENCES: u64 = 300;
/// How long a request for a key frame may go unanswered before it is repeated, in microseconds.
const ANSWER_US: i64 = 600_000;

/// A sample that was sent.
#[derive(Debug, Clone, Copy)]
struct Sent {
    n: i64,
    is_key: bool,
    /// Whether it is proven to show what the one before it shows.
    is_repeat: bool,
    /// Whether it shows that, proven or not, and is known to.
    is_still: bool,
    is_lost: bool,
    /// Whether the model says that a file has it.
    is_due: bool,
    is_left_out: bool,
}

struct World {
    page: Page,
    random: Random,
    options: Options,
    disk: Stored<i64>,
    sent: Vec<Sent>,
    /// Whether a decodable frame needs one that is not in the reel.
    is_broken: bool,
    /// Whether the browser can't decode, and shows nothing.
    is_dark: bool,
    /// Whether no pictures come.
    is_blind: bool,
    /// What each frame shows.
    shows: Rc<RefCell<Vec<i64>>>,
    is_paused: bool,
    is_over: bool,
    has_crashed: bool,
    asked_us: Option<i64>,
    /// When the sender makes the next key frame.
    key_due_us: Option<i64>,
    /// How many frames were omitted.
    omitted: u32,
    calls: u32,
    file: Option<Vec<(i64, i64, bool)>>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed, 9);
        let options = Options {
            freeze: random.one(&[FreezeMode::Cut, FreezeMode::Cut, FreezeMode::Hold, FreezeMode::Keep]),
            key_frame_interval_us: random.one(&[1_000_000, 10_000_000]),
            keep_last_us: random.one(&[None, None, Some(5_000_000), Some(20_000_000)]),
            ..Options::default()
        };
        Self {
            page: Page::with(h264(), options.clone()),
            random,
            options,
            is_dark: true,
            is_blind: false,
            shows: Rc::default(),
            disk: Stored::default(),
            sent: Vec::new(),
            is_broken: true,
            is_paused: false,
            is_over: false,
            has_crashed: false,
            asked_us: None,
            key_due_us: Some(0),
            omitted: 0,
            calls: 0,
            file: None,
        }
    }

    fn give(&mut self, input: Input<i64, i64>) -> Result<(), String> {
        let freeze = self.page.progress().drops.freeze;
        let effects = self.page.give(input);
        self.see_all(effects, freeze).map(|_| ())
    }

    /// Gives how many frames a freeze drops that had dropped this many before. Those behind them need them, unless they are proven to be
    /// repeats.
    fn see_all(&mut self, effects: Vec<TestEffect>, freeze: u32) -> Result<u32, String> {
        let omitted = self.omitted;
        effects.into_iter().try_for_each(|effect| self.see(effect))?;
        let repeats = self.page.progress().drops.freeze - freeze;
        self.is_broken |= repeats > self.omitted - omitted;
        Ok(repeats)
    }

    fn see(&mut self, effect: TestEffect) -> Result<(), String> {
        let now_us = self.page.now_us;
        match effect {
            Effect::Disk(task) => self.disk.carry_out(task),
            Effect::AskKeyFrame => {
                if self.asked_us.is_some_and(|asked_us| now_us - asked_us < ANSWER_US) {
                    return Err(format!("a key frame is asked for again at {now_us} µs"));
                }
                self.asked_us = Some(now_us);
                if self.random.percent(75) {
                    self.key_due_us.get_or_insert(now_us + self.random.of(20_000..=200_000));
                }
            }
            Effect::Omitted(count) => {
                self.omitted += count;
                // As the reader counts: what can't be decoded has no number there.
                let decodable = self.sent.iter_mut().rev().filter(|sent| !sent.is_lost);
                for sent in decodable.take(count as usize) {
                    if !sent.is_repeat {
                        return Err(format!("frame {} is omitted and is no repeat", sent.n));
                    }
                    sent.is_left_out = true;
                }
            }
            Effect::Export { snapshot, bounds, indexes, .. } => {
                let read = self.disk.read(&indexes);
                let all = overlay(read, snapshot.newest, |segment: &Segment<i64>| (segment.track, segment.index));
                let mut samples = samples(&all);
                let start = samples.iter().rposition(|(us, _, key)| *key && *us <= bounds.from_us);
                samples.drain(..start.ok_or("no key frame is before the part")?);
                samples.retain(|(us, ..)| *us < bounds.to_us);
                self.file = Some(samples);
            }
            Effect::ReleaseSource => self.is_over = true,
            _ => {}
        }
        Ok(())
    }

    /// What frames show is what is read of them.
    fn watch(&mut self) {
        let shows = Rc::clone(&self.shows);
        self.page.shows = Some(Box::new(move |n| shows.borrow()[n as usize]));
    }

    /// The next frame comes: whether it shows what the one before it shows, whether that is proven, and whether it can't be decoded.
    fn sample(&mut self, n: i64, is_still: bool, proves: bool, is_lost: bool) -> Result<(), String> {
        self.page.now_us = n * FRAME_US;
        let last = self.shows.borrow().last().copied().unwrap_or(0);
        self.shows.borrow_mut().resize(n as usize + 1, if is_still { last } else { last + 1 });
        self.give(Input::Arrived(Wall::from_us(self.page.now_us)))?;
        self.give(Input::Coming(Wall::from_us(self.page.now_us)))?;
        let is_key = self.key_due_us.is_some_and(|due_us| due_us <= self.page.now_us) && !is_lost;
        if is_key {
            self.key_due_us = None;
        }
        // The decoder waits for a key frame after a loss.
        let is_repeat = is_still && proves && !is_key && !is_lost;
        self.is_dark = is_lost || (self.is_dark && !is_key);
        let shown = match () {
            () if self.is_blind => Shown::Unknown,
            () if self.is_dark || self.random.percent(3) => Shown::Skipped,
            () => Shown::Frame(n),
        };
        if !self.is_paused {
            self.is_broken = is_lost || (self.is_broken && !is_key);
        } else if !is_repeat {
            self.is_broken = true;
        }
        let is_due = !self.is_paused && !self.is_broken && !is_still && shown != Shown::Skipped;
        let is_still = is_still && !self.is_blind;
        self.sent.push(Sent { n, is_key, is_repeat, is_still, is_lost, is_due, is_left_out: false });
        let before = self.page.now_us;
        let (freeze, was_frozen) = (self.page.progress().drops.freeze, self.page.progress().is_frozen);
        let effects = self.page.sample(n, |sample| {
            (sample.key, sample.is_repeat, sample.is_decodable) = (is_key, is_repeat, !is_lost);
            sample.shown = shown;
        });
        assert_eq!(before, self.page.now_us);
        if is_key {
            self.asked_us = None;
        }
        let repeats = self.see_all(effects, freeze)?;
        let is_asked = self.asked_us.is_some_and(|asked_us| before - asked_us < ANSWER_US);
        let is_frozen = was_frozen || repeats > 0 || self.page.progress().is_frozen;
        if self.is_broken && !self.is_paused && !is_asked && !is_frozen {
            return Err(format!("no key frame is asked for at frame {n}: {:?}", &self.sent[self.sent.len() - 4..]));
        }
        Ok(())
    }

    fn find(&self, n: i64) -> Result<usize, String> {
        self.sent.binary_search_by_key(&n, |sent| sent.n).map_err(|_| format!("frame {n} was not sent"))
    }

    /// Judges the samples of a file, from a key frame on.
    fn check(&self, samples: &[(i64, i64, bool)], what: &str) -> Result<(), String> {
        if samples.first().is_some_and(|(_, _, key)| !key) {
            return Err(format!("{what} begins with frame {}, which is no key frame", samples[0].1));
        }
        for pair in samples.windows(2) {
            let [(before_us, before, _), (next_us, next, key)] = [pair[0], pair[1]];
            if next <= before || next_us <= before_us {
                return Err(format!("{what}: frame {next} comes after frame {before}"));
            }
            let between = &self.sent[self.find(before)? + 1..self.find(next)?];
            if let Some(sent) = between.iter().find(|sent| sent.is_due) {
                let around = |sent: &&Sent| (before - 3..=next + 3).contains(&sent.n);
                let around: Vec<_> = self.sent.iter().filter(around).collect();
                return Err(format!("{what}: frame {} is missing: {around:?}", sent.n));
            }
            if let Some(sent) = between.iter().find(|sent| !sent.is_left_out && !key) {
                return Err(format!("{what}: frame {next} needs frame {} after frame {before}", sent.n));
            }
        }
        Ok(())
    }

    fn export(&mut self, last_s: Option<f64>) -> Result<(), String> {
        self.calls += 1;
        let last = last_s.map(|s| Entry { name: "last".into(), value: Value::Number(s), shown: s.to_string() });
        let clip = Clip::parse(last.as_slice()).map_err(|error| error.to_string())?;
        self.file = None;
        self.give(Input::Export(Call::new(self.calls), clip))?;
        let Some(file) = self.file.take() else { return Ok(()) };
        self.check(&file, if last_s.is_some() { "a part" } else { "a file" })?;
        let mut repeats = (0, 0);
        for &(_, n, is_key) in &file {
            let sent = self.sent[self.find(n)?];
            if sent.is_left_out || sent.is_key != is_key {
                return Err(format!("frame {n} is in the file: {sent:?}"));
            }
            let follows = sent.is_still && n == repeats.0 + 1;
            repeats = (n, if follows { repeats.1 + 1 } else { i64::from(sent.is_still) });
            let is_kept = self.options.freeze == FreezeMode::Keep;
            if !is_kept && repeats.1 * FRAME_US > self.options.freeze_after_us + 3 * FRAME_US {
                return Err(format!("{} repeats up to frame {n} are in the file", repeats.1));
            }
        }
        let newest = file.last().map_or(Ok(0), |(_, n, _)| self.find(*n))?;
        let is_whole = last_s.is_none() && self.options.keep_last_us.is_none() && !self.has_crashed;
        if let Some(sent) = self.sent[newest + 1..].iter().find(|sent| sent.is_due && !self.is_over) {
            return Err(format!("frame {} is not in the file yet", sent.n));
        }
        if is_whole {
            let missing = self.sent.iter().find(|sent| sent.is_due);
            if missing.is_some_and(|sent| sent.n < file[0].1) {
                return Err(format!("{missing:?} is missing at the begin"));
            }
            let progress = self.page.progress();
            let drops = progress.drops;
            let dropped = drops.paused + drops.max_fps + drops.freeze + drops.network + drops.encoder;
            let counts = (progress.frames as usize, (progress.frames + dropped) as usize);
            if counts != (file.len(), self.sent.len()) {
                return Err(format!("{counts:?} of {} in the file, {} sent: {drops:?}", file.len(), self.sent.len()));
            }
        }
        Ok(())
    }

    /// The page is killed; another recording resumes what is on disk.
    fn crash(&mut self) -> Result<(), String> {
        let left = self.disk.read_all();
        let left_samples = samples(&left);
        // What was rolled back since may be at the end.
        let kept = left_samples.iter().rposition(|(_, n, _)| self.find(*n).is_ok_and(|at| !self.sent[at].is_left_out));
        self.check(&left_samples[..kept.map_or(0, |at| at + 1)], "what a crash leaves")?;
        let Some(record) = self.disk.record.clone() else { return Ok(()) };
        let tables = left.iter().map(|segment| (segment.track, segment.index, &segment.table));
        let resumed = Resumed::new(record, tables, None);
        let setup: Setup = setup(h264(), self.options.clone());
        let now_us = self.page.now_us;
        self.page = Page::of(Setup {
            reel: resumed.reel,
            contents: resumed.contents,
            sound: resumed.sound,
            beginning: Beginning::default(),
            ..setup
        });
        self.page.now_us = now_us;
        self.watch();
        for sent in &mut self.sent {
            sent.is_due = false;
            // Nothing after it refers to what the reader gave before.
            sent.is_left_out &= sent.is_repeat && !left_samples.iter().any(|(_, n, _)| *n == sent.n);
        }
        (self.is_broken, self.is_paused, self.has_crashed, self.asked_us) = (true, false, true, None);
        Ok(())
    }

    fn run(&mut self) -> Result<(), String> {
        self.watch();
        let length = self.random.of(30..=1500);
        let (mut n, mut still, mut lost, mut proves) = (0, 0, false, true);
        while n < length && !self.is_over {
            match self.random.of(1..=400) {
                1..=3 => still = self.random.of(2..=200),
                4 => n += self.random.of(2..=150),
                5..=6 => lost = true,
                7 => proves = !proves,
                8..=9 => {
                    self.is_paused = !self.is_paused;
                    self.give(if self.is_paused { Input::Pause } else { Input::Resume })?;
                }
                10 => self.page.size = self.random.one(&[(1280, 720), (640, 360)]),
                11 if self.random.percent(30) => self.crash()?,
                12..=15 => self.export(None)?,
                16..=19 => {
                    let seconds = self.random.of(1..=15) as f64;
                    self.export(Some(seconds))?;
                }
                20 => _ = self.key_due_us.get_or_insert(0),
                21 if self.random.percent(20) => self.is_blind = !self.is_blind,
                _ => {}
            }
            still -= i64::from(still > 0);
            let is_key = self.key_due_us.is_some_and(|due_us| due_us <= n * FRAME_US);
            // A loss lasts until the next key frame.
            lost &= !is_key;
            self.sample(n, still > 0, proves, lost)?;
            if n % 8 == 0 {
                self.give(Input::Tick)?;
            }
            n += 1;
        }
        self.export(None)
    }
}

/// The pictures of segments: when each is shown, which it is, and whether it is a key frame.
pub(super) fn samples(segments: &[Segment<i64>]) -> Vec<(i64, i64, bool)> {
    let segments = segments.iter().filter(|segment| segment.track == Track::Video);
    let pairs = segments.flat_map(|segment| segment.table.samples().iter().zip(&segment.payload));
    pairs.map(|(sample, &n)| (sample.decode_us, n, sample.key)).collect()
}

fn judge(seed: u64) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| World::new(seed).run())).unwrap_or_else(|_| Err("it panics".into()))
}

#[test]
fn every_file_of_received_frames_can_be_decoded() {
    let first: u64 = std::env::var("SIMULATE_SEED").map_or(1, |seed| seed.parse().expect("a whole number"));
    let most: u64 = std::env::var("SIMULATE_RECEIVED").map_or(SEQUENCES, |most| most.parse().expect("a whole number"));
    let failures: Vec<_> =
        (first..first + most).filter_map(|seed| judge(seed).err().map(|wrong| (seed, wrong))).collect();
    let some = &failures[..failures.len().min(12)];
    assert!(failures.is_empty(), "{} of {most} worlds: {some:#?}", failures.len());
}
