//! A sender, a network that delays and loses, a browser that decodes what comes, and a reader between it and the recording: whether every
//! picture of the file can be decoded from the file.

use super::random::Random;
use super::received::samples;
use crate::clip::Clip;
use crate::options::Options;
use crate::received::{Layer, PictureSource, Reader, Reading};
use crate::recording::input::ReceivedSample;
use crate::recording::stored::Stored;
use crate::recording::test_page::{FRAME_US, Page, TestEffect, h264};
use crate::recording::{Call, Effect, Input, overlay};
use crate::reel::Segment;
use crate::time::{Source, Wall};
use crate::timeline::Arrival;
use std::cell::RefCell;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// How many worlds a test run simulates.
const SEQUENCES: u64 = 200;
/// How much of what the browser showed has to be in the files of all worlds, in percent.
const KEPT_PERCENT: usize = 80;
/// The headers of VP9, which has no numbers: a key frame, another, and one that no other refers to.
const KEY: &[u8] = &[0x82, 0x49, 0x83, 0x42, 0x40, 0x13, 0xf0, 0x0b, 0x30];
const DELTA: &[u8] = &[0x86, 0, 0x40];
const SPARE: &[u8] = &[0x86, 0, 0x20];
/// How long a browser waits for a lost frame before it asks for a key frame, in microseconds.
const PATIENCE_US: i64 = 200_000;
/// How long a request for a key frame takes to be answered, in microseconds.
const ROUND_TRIP_US: i64 = 60_000;
const STEP_US: i64 = 1_000;
const TICK_US: i64 = 250_000;

/// A frame that was sent.
#[derive(Debug, Clone, Copy)]
struct Sent {
    is_key: bool,
    layer: u32,
    /// The frame that it needs.
    needs: Option<i64>,
    /// When it comes to the browser, and when the recording hears of it; none if it is lost.
    arrives_us: Option<i64>,
    heard_us: Option<i64>,
    is_heard: bool,
    /// Whether the browser has decoded it, and when its picture is shown to the recording.
    is_decoded: bool,
    shown_us: Option<i64>,
}

struct World {
    page: Page,
    reader: Reader<i64>,
    random: Random,
    disk: Stored<i64>,
    sent: Vec<Sent>,
    is_layered: bool,
    /// Of 100 packets, how many are lost for good, and how many are sent again.
    lost: u32,
    late: u32,
    /// Of 100 pictures, how many the page doesn't get.
    unshown: u32,
    heard_us: i64,
    decoded_us: i64,
    shown_us: i64,
    /// When the sender makes the next key frame, and when the browser has asked for one last.
    key_due_us: Option<i64>,
    asked_us: i64,
    last_decoded: i64,
    is_paused: bool,
    shows: Rc<RefCell<Vec<i64>>>,
    file: Vec<(i64, i64, bool)>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed, 11);
        let is_clean = random.percent(20);
        let key_frame_interval_us = random.one(&[1_000_000, 3_000_000, 10_000_000]);
        let options = Options { key_frame_interval_us, max_fps: random.one(&[60.0, 60.0, 15.0]), ..Options::default() };
        let container = options.container;
        let shows: Rc<RefCell<Vec<i64>>> = Rc::default();
        let mut page = Page::with(h264(), options);
        let seen = Rc::clone(&shows);
        page.shows = Some(Box::new(move |n| seen.borrow()[n as usize]));
        Self {
            page,
            reader: Reader::new(container, PictureSource::Browser),
            is_layered: random.percent(30),
            lost: if is_clean { 0 } else { random.one(&[0, 1, 2, 5]) },
            late: if is_clean { 0 } else { random.one(&[0, 2, 5, 10]) },
            unshown: if is_clean { 0 } else { random.one(&[0, 2]) },
            random,
            disk: Stored::default(),
            sent: Vec::new(),
            heard_us: 0,
            decoded_us: 0,
            shown_us: 0,
            key_due_us: Some(0),
            asked_us: i64::MIN / 2,
            last_decoded: -1,
            is_paused: false,
            shows,
            file: Vec::new(),
        }
    }

    fn give(&mut self, input: Input<i64, i64>) {
        for effect in self.page.give(input) {
            self.see(effect);
        }
    }

    fn see(&mut self, effect: TestEffect) {
        match effect {
            Effect::Disk(task) => self.disk.carry_out(task),
            Effect::AskKeyFrame => self.ask(),
            Effect::Omitted(count) => self.reader.omitted(count as usize),
            Effect::Export { snapshot, indexes, .. } => {
                let read = self.disk.read(&indexes);
                let all = overlay(read, snapshot.newest, |segment: &Segment<i64>| (segment.track, segment.index));
                self.file = samples(&all);
            }
            _ => {}
        }
    }

    fn ask(&mut self) {
        if self.random.percent(75) {
            self.key_due_us.get_or_insert(self.page.now_us + ROUND_TRIP_US);
        }
    }

    /// The frames that may still be under way.
    fn recent(&self) -> Range<usize> {
        self.sent.len().saturating_sub(30)..self.sent.len()
    }

    /// The sender sends its next frame.
    fn send(&mut self, is_still: bool) {
        let (now, n) = (self.page.now_us, self.sent.len() as i64);
        let is_key = self.key_due_us.take_if(|due_us| *due_us <= now).is_some();
        let base = self.sent.iter().rposition(|sent| sent.layer == 0).map(|at| at as i64);
        let layer = u32::from(self.is_layered && !is_key && base == Some(n - 1));
        // A key frame has more packets.
        let packets = if is_key { 4 } else { 1 };
        let is_lost = (0..packets).any(|_| self.random.percent(self.lost));
        let is_late = (0..packets).any(|_| self.random.percent(self.late));
        let delay = self.random.of(20_000..=30_000) + if is_late { self.random.of(30_000..=200_000) } else { 0 };
        let arrives_us = (!is_lost).then_some(now + delay);
        let needs = if is_key { None } else { base };
        let (is_decoded, is_heard) = (false, false);
        self.sent.push(Sent { is_key, layer, needs, arrives_us, heard_us: None, is_heard, is_decoded, shown_us: None });
        let last = self.shows.borrow().last().copied().unwrap_or(0);
        self.shows.borrow_mut().push(if is_still { last } else { last + 1 });
    }

    /// The frames come that are due: they are copied to the recording, one after the other, and then decoded as soon as that can be.
    fn arrive(&mut self) {
        let now = self.page.now_us;
        let mut due: Vec<_> = self
            .recent()
            .filter(|&n| self.sent[n].heard_us.is_none() && self.sent[n].arrives_us.is_some_and(|at| at <= now))
            .collect();
        due.sort_by_key(|&n| self.sent[n].arrives_us);
        for n in due {
            self.heard_us = self.heard_us.max(now + self.random.of(0..=16_000));
            self.sent[n].heard_us = Some(self.heard_us);
        }
        while let Some(n) = self.decodable() {
            self.decoded_us = self.decoded_us.max(now) + self.random.of(1_000..=8_000);
            self.shown_us = self.shown_us.max(self.decoded_us + self.random.of(2_000..=40_000)) + 1;
            let is_shown = !self.random.percent(self.unshown);
            let shown_us = self.shown_us;
            let sent = &mut self.sent[n as usize];
            (sent.is_decoded, sent.shown_us) = (true, is_shown.then_some(shown_us));
            (self.last_decoded, self.asked_us) = (n, now);
        }
        let waits = self.sent[(self.last_decoded + 1) as usize..].iter().any(|sent| sent.heard_us.is_some());
        if waits && now - self.asked_us > PATIENCE_US {
            self.asked_us = now;
            self.ask();
        }
    }

    /// The next frame that the browser can decode: a key frame, or one whose frame it has decoded, of those behind the last.
    fn decodable(&self) -> Option<i64> {
        let behind = self.last_decoded + 1..self.sent.len() as i64;
        let there = |n: &i64| self.sent[*n as usize].heard_us.is_some();
        let key = behind.clone().filter(there).find(|&n| self.sent[n as usize].is_key);
        let next = behind.filter(there).find(|&n| {
            let needs = self.sent[n as usize].needs;
            needs.is_some_and(|needs| self.sent[needs as usize].is_decoded)
        });
        next.min(key).or(next).or(key)
    }

    /// What is due comes to the recording: frames and pictures, each in their order.
    fn hear(&mut self) {
        let now = self.page.now_us;
        let is_due = |at: Option<i64>| at.is_some_and(|at| at <= now);
        let mut frames: Vec<_> =
            self.recent().filter(|&n| !self.sent[n].is_heard && is_due(self.sent[n].heard_us)).collect();
        frames.sort_by_key(|&n| self.sent[n].heard_us);
        for n in frames {
            self.sent[n].is_heard = true;
            let sent = self.sent[n];
            let arrival = Arrival {
                timestamp: Source::from_us(n as i64 * FRAME_US),
                rtp: Some((n * 3000) as u32),
                wall: Wall::from_us(sent.arrives_us.unwrap()),
                is_burst: false,
                is_encoded: true,
            };
            let bytes = match sent {
                Sent { is_key: true, .. } => KEY,
                Sent { layer: 0, .. } => DELTA,
                _ => SPARE,
            };
            self.give(Input::Arrived(arrival.wall));
            self.reader.push("video/VP9", Layer::default(), bytes, arrival);
            self.take(false);
        }
        let shown: Vec<_> = self
            .recent()
            .filter(|&n| self.sent[n].shown_us.is_some_and(|at| at <= now && at > now - STEP_US))
            .collect();
        for n in shown {
            self.reader.show((n * 3000) as u32, n as i64, Wall::from_us(now));
            self.take(false);
        }
    }

    /// As the driver does.
    fn take(&mut self, is_all: bool) {
        let now = Wall::from_us(self.page.now_us);
        while let Some(came) = self.reader.peek(now, is_all) {
            self.give(Input::Coming(came));
            let Some(Reading::Sample(read)) = self.reader.take() else { return };
            let n = i64::from(read.arrival.rtp.unwrap() / 3000);
            self.give(Input::Sample(ReceivedSample::new(read, |_| n)));
        }
    }

    /// Gives how many of the pictures that were shown the file has, and how many were.
    fn run(&mut self) -> Result<(usize, usize), String> {
        let frames = self.random.of(60..=600);
        let (mut still, mut next_us, mut tick_us) = (0, 0, 0);
        let mut due = Vec::new();
        while (self.sent.len() as i64) < frames || self.page.now_us < next_us + 500_000 {
            if self.page.now_us >= next_us && (self.sent.len() as i64) < frames {
                next_us += FRAME_US;
                if self.random.percent(1) {
                    still = self.random.of(2..=120);
                }
                still -= i64::from(still > 0);
                self.send(still > 0);
                if self.random.of(1..=300) == 1 {
                    self.take(true);
                    self.is_paused = !self.is_paused;
                    self.give(if self.is_paused { Input::Pause } else { Input::Resume });
                }
                // What is neither paused nor static is due.
                due.push(!self.is_paused && still == 0);
            }
            self.arrive();
            self.hear();
            if self.page.now_us >= tick_us {
                tick_us += TICK_US;
                self.give(Input::Tick);
                self.take(false);
            }
            self.page.now_us += STEP_US;
        }
        self.take(true);
        self.give(Input::Export(Call::new(1), Clip::default()));
        let mut has = vec![false; self.sent.len()];
        for &(_, n, is_key) in &self.file {
            let sent = self.sent[n as usize];
            if !is_key && !sent.needs.is_some_and(|needs| has[needs as usize]) {
                let first = (n - 4).max(0);
                let around: Vec<_> = (first..=n + 2)
                    .zip(&self.sent[first as usize..])
                    .map(|(n, sent)| format!("{n}: {sent:?}"))
                    .collect();
                return Err(format!("frame {n} is in the file without what it needs: {}", around.join("\n")));
            }
            has[n as usize] = true;
        }
        let is_wanted = |n: &usize| due[*n] && self.sent[*n].shown_us.is_some() && self.sent[*n].layer == 0;
        let wanted: Vec<_> = (0..self.sent.len()).filter(is_wanted).collect();
        Ok((wanted.iter().filter(|&&n| has[n]).count(), wanted.len()))
    }
}

#[test]
fn every_file_of_what_a_network_delivers_can_be_decoded() {
    let first: u64 = std::env::var("SIMULATE_SEED").map_or(1, |seed| seed.parse().expect("a whole number"));
    let most: u64 = std::env::var("SIMULATE_RECEIVED").map_or(SEQUENCES, |most| most.parse().expect("a whole number"));
    let (mut kept, mut wanted, mut failures) = (0, 0, Vec::new());
    for seed in first..first + most {
        let judged = catch_unwind(AssertUnwindSafe(|| World::new(seed).run()));
        match judged.unwrap_or_else(|_| Err("it panics".into())) {
            Ok((some, all)) => (kept, wanted) = (kept + some, wanted + all),
            Err(wrong) => failures.push((seed, wrong)),
        }
    }
    for (seed, wrong) in failures.iter().take(3) {
        println!("{seed}: {wrong}");
    }
    assert!(failures.is_empty(), "{} of {most} worlds", failures.len());
    println!("{kept} of {wanted} pictures that were shown and had to be there are in the files");
    assert!(kept * 100 >= wanted * KEPT_PERCENT, "{kept} of {wanted}");
}
