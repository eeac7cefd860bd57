//! The sound track of a recording, beside its pictures. What a packet holds is its peak, in hundredths.

use super::test_page::{FRAME_US, Page, TestEffect, h264, reports, setup, written};
use super::{Beginning, Call, Effect, Input, Report, Setup, Task};
use crate::Error;
use crate::clip::Clip;
use crate::codec::{SoundCandidate, SoundCodec};
use crate::entry::{Entry, Value};
use crate::options::Options;
use crate::reel::{Segment, Track};
use crate::sound::Block;
use crate::time::Wall;
use std::collections::BTreeMap;

/// A block of 10 ms.
const BLOCK_US: i64 = 10_000;
const PACKET_US: i64 = 20_000;
const SECOND_US: i64 = 1_000_000;
const OPUS: SoundCandidate = SoundCandidate { codec: SoundCodec::Opus, is_module: false, delay: 312 };

/// A sender of pictures and sound. Each second of its time begins with 100 ms of a loud tone, unless it is quiet.
struct Sender {
    page: Page,
    now_us: i64,
    sends_frames: bool,
    sends_sound: bool,
    /// Whether its frames have RTP timestamps.
    is_received: bool,
    beeps: bool,
    /// Whether its sound comes in packets, which are 10 ms long.
    sends_packets: bool,
    /// How many channels its sound has.
    channels: usize,
    frame: i64,
    /// What is on disk of the sound.
    sound: BTreeMap<u32, Segment<i64>>,
    effects: Vec<TestEffect>,
}

impl Sender {
    fn new(options: Options) -> Self {
        Self::of(Setup { sound_encoder: Some(Ok(OPUS)), ..setup(h264(), options) })
    }

    fn of(setup: Setup) -> Self {
        let page = Page::of(setup);
        let (sound, effects) = (BTreeMap::new(), Vec::new());
        Self {
            page,
            now_us: 0,
            sends_frames: true,
            sends_sound: true,
            is_received: false,
            beeps: true,
            sends_packets: false,
            channels: 1,
            frame: 0,
            sound,
            effects,
        }
    }

    fn note(&mut self, effects: Vec<TestEffect>) {
        for segment in written(&effects).into_iter().filter(|segment| segment.track == Track::Audio) {
            self.sound.insert(segment.index, segment.clone());
        }
        self.effects.extend(effects);
    }

    fn give(&mut self, input: super::test_page::TestInput) {
        self.page.now_us = self.now_us;
        let effects = self.page.give(input);
        self.note(effects);
    }

    /// It sends for this long.
    fn send(&mut self, length_us: i64) {
        let end_us = self.now_us + length_us;
        while self.now_us < end_us {
            self.now_us += BLOCK_US;
            if self.sends_frames && self.now_us / FRAME_US > self.frame {
                self.frame = self.now_us / FRAME_US;
                let mut frame = super::test_page::frame(self.frame, (1280, 720));
                if let Input::Frame(received) = &mut frame {
                    received.arrival.rtp = self.is_received.then(|| (self.frame * FRAME_US * 9 / 100) as u32);
                }
                self.give(frame);
                let returned = self.page.return_one();
                self.note(returned);
            }
            if self.sends_sound {
                let begun_us = self.now_us - BLOCK_US;
                let is_loud = self.beeps && begun_us.rem_euclid(SECOND_US) < 100_000;
                let wave = (0..480).map(|n| if is_loud { 0.5 * (n as f32 * 0.3).sin() } else { 0.0 });
                let channels = vec![wave.collect(); self.channels];
                let packet = self.sends_packets.then(|| vec![0xf0, if is_loud { 50 } else { 1 }]);
                self.give(Input::Sound(Block { channels, rate: 48_000, timestamp_us: begun_us, packet }));
            }
            if self.now_us % 250_000 == 0 {
                self.give(Input::Tick);
            }
        }
    }

    fn stop(&mut self) {
        self.give(Input::Stop(Call::new(9)));
        while !self.page.flushes.is_empty() || !self.page.held.is_empty() {
            let flushed = self.page.flush();
            self.note(flushed);
        }
    }

    /// When each beep begins, in milliseconds, by the packets on disk. They have to follow one another from 0 without a hole.
    fn beeps_ms(&self) -> Vec<i64> {
        let samples = self.sound.values().flat_map(|segment| segment.table.samples().iter().zip(&segment.payload));
        let (mut beeps, mut was_loud, mut next_us) = (Vec::new(), false, 0);
        for (sample, peak) in samples {
            let is_next = match self.sends_packets {
                false => sample.decode_us == next_us,
                true => (sample.decode_us - next_us + PACKET_US) <= PACKET_US,
            };
            assert!(is_next, "a hole, or an overlap, at {} µs", sample.decode_us);
            next_us = sample.decode_us + PACKET_US;
            let is_loud = *peak > 10;
            if is_loud && !was_loud {
                beeps.push(sample.decode_us / 1000);
            }
            was_loud = is_loud;
        }
        beeps
    }

    /// How many channels each encoder has that was opened.
    fn opened(&self) -> Vec<u32> {
        let channels = |effect: &TestEffect| match effect {
            Effect::OpenSound { setup, .. } => Some(setup.channels),
            _ => None,
        };
        self.effects.iter().filter_map(channels).collect()
    }

    /// How long the sound on disk is, in milliseconds.
    fn length_ms(&self) -> i64 {
        self.sound.values().last().map_or(0, |last| last.table.end_us() / 1000)
    }
}

/// Beeps are where they are to be, in milliseconds: to a packet, since that is what shows them, and a frame.
#[track_caller]
fn assert_beeps(found: &[i64], expected: &[i64]) {
    let near = |(found, expected): (&i64, &i64)| (found - expected).abs() <= 40;
    assert!(found.len() == expected.len() && found.iter().zip(expected).all(near), "{found:?}, not {expected:?}");
}

/// A sender of packets that are to be stored as they come, where there is no encoder, or this one.
fn sender_of_packets(encoder: Result<SoundCandidate, Error>) -> Sender {
    let setup = Setup { sound_encoder: Some(encoder), copies_sound: true, ..setup(h264(), Options::default()) };
    Sender { sends_packets: true, ..Sender::of(setup) }
}

fn no_encoder() -> Result<SoundCandidate, Error> {
    Err(Error::Unsupported { what: "it has no encoder".into() })
}

fn has_failed(sender: &Sender) -> bool {
    reports(&sender.effects).iter().any(|report| matches!(report, Report::Failure(_)))
}

#[test]
fn packets_are_stored_as_they_came_and_need_no_encoder() {
    let mut sender = sender_of_packets(no_encoder());
    sender.send(3 * SECOND_US);
    sender.sends_sound = false;
    sender.send(SECOND_US);
    sender.sends_sound = true;
    sender.send(2 * SECOND_US);
    sender.stop();
    assert!(sender.opened().is_empty() && !has_failed(&sender));
    assert_beeps(&sender.beeps_ms(), &[0, 1000, 2000, 4000, 5000]);
    let payload: Vec<_> = sender.sound.values().flat_map(|segment| &segment.payload).collect();
    let count = |peak: i64| payload.iter().filter(|packet| ***packet == peak).count();
    // A hole of a second is filled with silence of 20 ms each. No packet is lost but those from before the first picture.
    assert_eq!((count(50), count(1)), (46, 450));
    assert!((49..=56).contains(&count(0)), "{}", count(0));
    assert!((sender.length_ms() - 6000).abs() <= 40);
}

// A freeze, or a pause, takes packets away as a whole.
#[test]
fn packets_of_a_pause_are_dropped() {
    let mut sender = sender_of_packets(no_encoder());
    sender.send(2 * SECOND_US);
    sender.give(Input::Pause);
    sender.send(3 * SECOND_US);
    sender.give(Input::Resume);
    sender.send(2 * SECOND_US);
    sender.stop();
    assert_beeps(&sender.beeps_ms(), &[0, 1000, 2000, 3000]);
}

#[test]
fn what_comes_in_no_packets_behind_some_is_encoded_if_that_can_be() {
    for encoder in [Ok(OPUS), no_encoder()] {
        let mut sender = sender_of_packets(encoder.clone());
        sender.send(2 * SECOND_US);
        let is_first = sender.opened().is_empty();
        sender.sends_packets = false;
        sender.give(Input::SoundJoined(encoder.clone()));
        sender.send(3 * SECOND_US);
        sender.stop();
        sender.sends_packets = true;
        assert!(is_first);
        match encoder {
            Ok(_) => assert_beeps(&sender.beeps_ms(), &[0, 1000, 2000, 3000, 4000]),
            Err(_) => {
                assert_beeps(&sender.beeps_ms(), &[0, 1000]);
                assert!(has_failed(&sender));
            }
        }
    }
}

#[test]
fn sound_is_beside_its_pictures_and_as_long() {
    let mut sender = Sender::new(Options::default());
    sender.send(5 * SECOND_US);
    sender.stop();
    // The first picture comes after a frame's time.
    assert_beeps(&sender.beeps_ms(), &[0, 967, 1967, 2967, 3967]);
    let progress = sender.page.progress();
    assert!((sender.length_ms() - progress.time_us / 1000).abs() <= 20, "{} ms", sender.length_ms());
    assert!(progress.bytes > 250 * 100);
    assert!(sender.effects.iter().any(|effect| matches!(effect, Effect::CloseSound)));
}

// A microphone that was allowed late moved all that was said to the front.
#[test]
fn what_comes_late_is_where_it_belongs_and_silence_before() {
    let mut sender = Sender::new(Options::default());
    sender.sends_sound = false;
    sender.send(2_500_000);
    sender.sends_sound = true;
    sender.send(2_500_000);
    sender.sends_sound = false;
    sender.send(2 * SECOND_US);
    sender.sends_sound = true;
    sender.send(2_500_000);
    sender.stop();
    assert_beeps(&sender.beeps_ms(), &[2967, 3967, 6967, 7967, 8967]);
}

// Left and right of a call were one: its track had one channel until its first packet came.
#[test]
fn silence_at_first_does_not_decide_how_many_channels_there_are() {
    for (silent_s, channels, expected) in [(2, 2, 2), (2, 1, 1), (8, 2, 2), (8, 1, 2)] {
        let mut sender = Sender::new(Options::default());
        sender.beeps = false;
        sender.send(silent_s * SECOND_US);
        (sender.beeps, sender.channels) = (true, channels);
        sender.send(2 * SECOND_US);
        sender.stop();
        let first_ms = silent_s * 1000 - FRAME_US / 1000;
        assert_beeps(&sender.beeps_ms(), &[first_ms, first_ms + 1000]);
        assert_eq!(sender.opened(), [expected], "{channels} after {silent_s} s");
    }
}

#[test]
fn sound_that_is_always_silent_is_a_track_as_long_as_the_pictures() {
    let mut sender = Sender::new(Options::default());
    sender.beeps = false;
    sender.send(2 * SECOND_US);
    sender.stop();
    assert_eq!(sender.opened(), [1]);
    let length_ms = sender.page.progress().time_us / 1000;
    assert!((sender.length_ms() - length_ms).abs() <= 20, "{} of {length_ms} ms", sender.length_ms());
}

#[test]
fn a_pause_is_cut_from_both() {
    let mut sender = Sender::new(Options::default());
    sender.send(2_500_000);
    sender.give(Input::Pause);
    sender.send(3 * SECOND_US);
    sender.give(Input::Resume);
    sender.send(2_500_000);
    sender.stop();
    assert_beeps(&sender.beeps_ms(), &[0, 967, 1967, 2967, 3967]);
    assert!((sender.length_ms() - 4_967).abs() <= 60, "{}", sender.length_ms());
}

// The sender is paused, and its sound with it.
#[test]
fn a_freeze_without_a_sound_is_cut_from_both() {
    let mut sender = Sender::new(Options::default());
    sender.send(2_500_000);
    (sender.sends_frames, sender.beeps) = (false, false);
    sender.send(8 * SECOND_US);
    (sender.sends_frames, sender.beeps) = (true, true);
    sender.send(2_500_000);
    sender.stop();
    // The third beep counts until half a second after its end.
    assert_beeps(&sender.beeps_ms(), &[0, 967, 1967, 3067, 4067]);
    let length_ms = sender.page.progress().time_us / 1000;
    assert!((length_ms - 5_067).abs() <= 40 && (sender.length_ms() - length_ms).abs() <= 20, "{length_ms}");
}

#[test]
fn a_freeze_under_sound_is_held() {
    let mut sender = Sender::new(Options::default());
    sender.send(2_500_000);
    sender.sends_frames = false;
    sender.send(4 * SECOND_US);
    sender.sends_frames = true;
    sender.send(2_500_000);
    sender.stop();
    // A beep counts for half a second more than it lasts: each half of the silence between two is cut once a freeze was found.
    let beeps = sender.beeps_ms();
    assert_eq!(beeps.len(), 9, "{beeps:?}");
    let progress = sender.page.progress();
    assert!((sender.length_ms() - progress.time_us / 1000).abs() <= 40, "{} of {progress:?}", sender.length_ms());
}

#[test]
fn an_export_has_the_sound_so_far() {
    let mut sender = Sender::new(Options::default());
    sender.send(3 * SECOND_US);
    sender.give(Input::Export(Call::new(1), Clip::default()));
    let flushed = sender.page.flush();
    sender.note(flushed);
    let snapshot = sender.effects.iter().find_map(|effect| match effect {
        Effect::Export { snapshot, indexes, .. } => Some((snapshot, indexes)),
        _ => None,
    });
    let (snapshot, indexes) = snapshot.unwrap();
    assert_eq!(snapshot.reel.audio.len(), 1);
    let end_us = snapshot.newest.iter().filter(|segment| segment.track == Track::Audio).map(|one| one.table.end_us());
    assert!(end_us.max().is_some_and(|end_us| end_us > 2_500_000), "{indexes:?}");
}

#[test]
fn an_encoder_that_breaks_is_replaced_and_one_that_always_does_ends_the_sound_only() {
    for (first_working, is_reported) in [(3, false), (9, true)] {
        let mut sender = Sender::new(Options::default());
        sender.page.first_working = first_working;
        sender.send(3 * SECOND_US);
        sender.stop();
        let is_failure = |report: &&&Report| matches!(report, Report::Failure(_));
        assert_eq!(reports(&sender.effects).iter().any(|report| is_failure(&report)), is_reported);
        assert_eq!(sender.beeps_ms().is_empty(), is_reported);
        assert!(reports(&sender.effects).iter().any(|report| matches!(report, Report::Stopped { .. })));
        assert!(sender.page.progress().frames > 80);
    }
}

#[test]
fn a_resumed_reel_continues_its_sound_behind_its_pictures() {
    let mut sender = Sender::new(Options::default());
    sender.send(2_500_000);
    sender.stop();
    let mut setup = Setup { sound_encoder: Some(Ok(OPUS)), ..setup(h264(), Options::default()) };
    let segments: Vec<_> = written(&sender.effects).into_iter().cloned().collect();
    for segment in &segments {
        let contents = if segment.track == Track::Audio { &mut setup.sound } else { &mut setup.contents };
        contents.put(crate::reel::Entry::new(segment.index, &segment.table));
    }
    let mut resumed = Sender::of(setup);
    resumed.sound = std::mem::take(&mut sender.sound);
    resumed.send(2_500_000);
    resumed.stop();
    assert_beeps(&resumed.beeps_ms(), &[0, 967, 1967, 2467, 3434, 4434]);
}

// An encoder that was said to be there refused every microphone.
#[test]
fn another_codec_is_taken_where_the_first_never_works_and_none_was_asked_for() {
    let aac = SoundCandidate::all(Some(SoundCodec::Aac)).next().unwrap();
    for (wanted, is_other) in [(None, true), (Some(SoundCodec::Aac), false)] {
        let options = Options { audio_codec: wanted, ..Options::default() };
        let mut sender = Sender::of(Setup { sound_encoder: Some(Ok(aac)), ..setup(h264(), options) });
        sender.page.first_working = 4;
        sender.send(3 * SECOND_US);
        sender.stop();
        let opened: Vec<_> = sender
            .effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::OpenSound { setup, .. } => Some(setup.candidate.codec),
                _ => None,
            })
            .collect();
        let expected = if is_other {
            vec![SoundCodec::Aac, SoundCodec::Aac, SoundCodec::Aac, SoundCodec::Opus]
        } else {
            vec![SoundCodec::Aac; 3]
        };
        assert_eq!(opened, expected);
        let is_failed = reports(&sender.effects).iter().any(|report| matches!(report, Report::Failure(_)));
        assert_eq!((is_failed, sender.beeps_ms().is_empty()), (!is_other, !is_other));
    }
}

// A participant who joined with a muted microphone was never heard.
#[test]
fn sound_that_comes_later_is_taken_from_then_on() {
    let mut sender = Sender::of(setup(h264(), Options::default()));
    sender.send(2_500_000);
    sender.give(Input::SoundJoined(Ok(OPUS)));
    sender.send(3_000_000);
    sender.stop();
    assert_beeps(&sender.beeps_ms(), &[2967, 3967, 4967]);
    let mut sender = Sender::of(setup(h264(), Options::default()));
    sender.give(Input::SoundJoined(Err(Error::Unsupported { what: "no encoder".into() })));
    sender.send(500_000);
    let failures = reports(&sender.effects).iter().filter(|report| matches!(report, Report::Failure(_))).count();
    assert_eq!(failures, 1);
}

#[test]
fn sound_of_another_track_continues_beside_the_pictures() {
    let mut sender = Sender::new(Options::default());
    sender.send(2_500_000);
    sender.give(Input::SoundJoined(Ok(OPUS)));
    sender.send(2_000_000);
    sender.stop();
    assert_beeps(&sender.beeps_ms(), &[0, 967, 1967, 2967, 3967]);
    let opened = sender.effects.iter().filter(|effect| matches!(effect, Effect::OpenSound { .. })).count();
    assert_eq!(opened, 1, "the encoder stays");
}

#[test]
fn the_sound_of_a_reel_that_follows_another_begins_where_that_ends() {
    let options = Options { max_length_us: Some(3_500_000), next_at_limit: true, ..Options::default() };
    let mut sender = Sender::new(options);
    sender.send(3_600_000);
    while !sender.page.flushes.is_empty() || !sender.page.held.is_empty() {
        let flushed = sender.page.flush();
        sender.note(flushed);
    }
    assert_beeps(&sender.beeps_ms(), &[0, 967, 1967, 2967]);
    let handover = sender.effects.iter().find_map(|effect| match effect {
        Effect::Next(handover) => Some(handover),
        _ => None,
    });
    let inputs = &handover.unwrap().inputs;
    let blocks: Vec<Wall> =
        inputs.iter().filter(|(_, input)| matches!(input, Input::Sound(_))).map(|(at, _)| *at).collect();
    assert_ne!(blocks.len(), 0);
    let begun_us = blocks[0].us() - BLOCK_US - FRAME_US;
    assert!((begun_us - 3_500_000).abs() <= 20_000, "{begun_us}");
}

// A driver's encoder hung: stop() never resolved, and memory grew.
#[test]
fn an_encoder_that_returns_nothing_is_not_waited_for() {
    let mut sender = Sender::new(Options::default());
    sender.page.is_mute = true;
    sender.send(5 * SECOND_US);
    sender.stop();
    let is_end = |report: &&Report| matches!(report, Report::Stopped { is_saved: true, .. });
    assert_eq!(reports(&sender.effects).into_iter().filter(is_end).count(), 1);
    // One after another is given up, and then the sound.
    let mut sender = Sender::new(Options::default());
    sender.page.is_mute = true;
    sender.send(60 * SECOND_US);
    let opened = sender.effects.iter().filter(|effect| matches!(effect, Effect::OpenSound { .. })).count();
    assert_eq!(opened, 3);
    let is_failure = |report: &&Report| matches!(report, Report::Failure(_));
    assert_eq!(reports(&sender.effects).into_iter().filter(is_failure).count(), 1);
    assert!(sender.page.progress().frames > 1_700);
}

// A microphone that joined after a minute ended the recording: thirty segments of silence came at once.
#[test]
fn a_late_start_waits_for_the_disk() {
    let mut sender = Sender::new(Options::default());
    sender.sends_sound = false;
    sender.send(120 * SECOND_US);
    sender.sends_sound = true;
    sender.send(5 * SECOND_US);
    sender.stop();
    assert_beeps(&sender.beeps_ms(), &[119_967, 120_967, 121_967, 122_967, 123_967]);
    assert!(!reports(&sender.effects).iter().any(|report| matches!(report, Report::Failure(_))));
}

/// A sender without pictures, recorded as sound alone.
fn alone(options: Options) -> Sender {
    let beginning = Beginning { is_sound_alone: true, ..Beginning::default() };
    let setup = Setup { sound_encoder: Some(Ok(OPUS)), beginning, ..setup(h264(), options) };
    Sender { sends_frames: false, ..Sender::of(setup) }
}

#[test]
fn sound_alone_is_recorded_but_for_its_pauses() {
    let mut sender = alone(Options::default());
    sender.send(3 * SECOND_US);
    sender.give(Input::Pause);
    sender.send(4_500_000);
    sender.give(Input::Resume);
    sender.send(2_500_000);
    let progress = sender.page.machine.progress();
    assert_eq!((progress.frames, progress.audio_codec.as_str()), (0, "opus"));
    assert!((5_400_000..=5_600_000).contains(&progress.time_us), "{}", progress.time_us);
    sender.stop();
    // It began again half a second before a beep.
    assert_beeps(&sender.beeps_ms(), &[0, 1000, 2000, 3500, 4500]);
    assert!((5_480..=5_520).contains(&sender.length_ms()), "{}", sender.length_ms());
    assert!(
        !sender.effects.iter().any(|effect| matches!(effect, Effect::Report(Report::Stall(_) | Report::Failure(_))))
    );
    let stopped = reports(&sender.effects).into_iter().find_map(|report| match report {
        Report::Stopped { progress, is_saved, .. } => Some((progress.time_us, *is_saved)),
        _ => None,
    });
    assert!(stopped.is_some_and(|(time_us, is_saved)| is_saved && (5_480_000..=5_520_000).contains(&time_us)));
}

#[test]
fn sound_alone_that_stops_coming_is_silence() {
    let mut sender = alone(Options::default());
    sender.send(1_500_000);
    sender.sends_sound = false;
    sender.send(4 * SECOND_US);
    sender.sends_sound = true;
    sender.send(1_500_000);
    sender.stop();
    assert_beeps(&sender.beeps_ms(), &[0, 1000, 6000]);
    assert!((6_980..=7_020).contains(&sender.length_ms()), "{}", sender.length_ms());
}

#[test]
fn sound_alone_ends_at_its_limits() {
    let mut sender = alone(Options { max_length_us: Some(2_500_000), ..Options::default() });
    sender.send(4 * SECOND_US);
    sender.stop();
    assert!((2_460..=2_500).contains(&sender.length_ms()), "{}", sender.length_ms());
    let is_limit = |report: &&Report| matches!(report, Report::Limit { is_next: false, .. });
    assert_eq!(reports(&sender.effects).into_iter().filter(is_limit).count(), 1);

    // Packets of the test have some bytes each.
    let mut sender = alone(Options { max_bytes: Some(70_000), ..Options::default() });
    sender.send(4 * SECOND_US);
    assert!(reports(&sender.effects).iter().any(|report| matches!(report, Report::Limit { .. })));
}

#[test]
fn only_the_end_of_sound_alone_is_kept() {
    let mut sender = alone(Options { keep_last_us: Some(4 * SECOND_US), ..Options::default() });
    sender.send(20 * SECOND_US);
    let progress = sender.page.machine.progress();
    assert!((4_000_000..=9_000_000).contains(&progress.time_us), "{}", progress.time_us);
}

#[test]
fn sound_alone_is_exported_while_it_is_recorded_and_in_parts() {
    let mut sender = alone(Options::default());
    sender.give(Input::Export(Call::new(1), Clip::default()));
    assert!(sender.effects.iter().any(|effect| matches!(effect, Effect::Answer(_, Err(Error::NothingRecorded)))));
    sender.send(6_500_000);
    let entry = Entry { name: "last".into(), value: Value::Number(2.0), shown: "2".into() };
    let last = Clip::parse(&[entry]).unwrap();
    sender.give(Input::Export(Call::new(2), Clip::default()));
    sender.give(Input::Export(Call::new(3), last));
    let bounds = |effect: &TestEffect| match effect {
        Effect::Export { bounds, indexes, .. } => Some((bounds.from_us, bounds.to_us, indexes.video.is_empty())),
        _ => None,
    };
    let exported: Vec<_> = sender.effects.iter().filter_map(bounds).collect();
    let is_near = |us: i64, expected_us: i64| (us - expected_us).abs() < 400_000;
    assert!(exported[0].0 == 0 && is_near(exported[0].1, 6_300_000) && exported[0].2, "{exported:?}");
    assert!(is_near(exported[1].0, 4_300_000) && exported[1].1 == exported[0].1, "{exported:?}");
}

// Otherwise it went on without anything to record.
#[test]
fn sound_alone_ends_without_an_encoder() {
    let mut sender = alone(Options { audio_codec: Some(SoundCodec::Opus), ..Options::default() });
    sender.page.first_working = 99;
    sender.send(30 * SECOND_US);
    let is_lost = |report: &&Report| matches!(report, Report::Failure(Error::EncoderLost { .. }));
    assert_eq!(reports(&sender.effects).into_iter().filter(is_lost).count(), 1);
    assert!(reports(&sender.effects).iter().any(|report| matches!(report, Report::Stopped { .. })));
}

// What was cleared is reported, and the rest is stored.
#[test]
fn sound_alone_survives_a_clear() {
    let mut sender = alone(Options::default());
    sender.send(9 * SECOND_US);
    sender.sound.clear();
    sender.give(Input::Cleared);
    let is_gone =
        |report: &&Report| matches!(report, Report::Failure(Error::Storage { reason }) if reason.contains("packets"));
    assert_eq!(reports(&sender.effects).into_iter().filter(is_gone).count(), 1);
    sender.send(3 * SECOND_US);
    sender.stop();
    let (first, last) = (sender.sound.values().next(), sender.sound.values().last());
    assert!(first.is_some_and(|first| first.table.start_us() > 6 * SECOND_US));
    assert!(last.is_some_and(|last| last.table.end_us() > 11_900_000));
}

// Who spoke over a frozen picture until the end was not in the file: the picture's segment was closed already.
#[test]
fn a_frozen_picture_is_shown_again_while_somebody_speaks_until_the_end() {
    let mut sender = Sender::new(Options::default());
    sender.beeps = false;
    sender.send(2 * SECOND_US);
    sender.sends_frames = false;
    sender.send(6 * SECOND_US);
    sender.beeps = true;
    sender.send(3_050_000);
    let length_us = sender.page.machine.progress().time_us;
    sender.stop();
    let pictures = written(&sender.effects).into_iter().rfind(|segment| segment.track == Track::Video).unwrap();
    let end_ms = pictures.table.end_us() / 1000;
    // Two seconds, and three beeps with half a second of silence after each that is not cut.
    assert!((3_700..=4_100).contains(&end_ms), "{end_ms}");
    assert!((sender.length_ms() - end_ms).abs() <= 40, "{} and {end_ms}", sender.length_ms());
    assert!((length_us / 1000 - end_ms).abs() <= 300, "{length_us} and {end_ms}");
    assert_eq!(sender.beeps_ms().len(), 4);
}

// A silent call was recorded in parts, and ended at the end of the first.
#[test]
fn sound_alone_that_is_silent_is_followed_at_its_limit() {
    let options = Options { max_length_us: Some(2_500_000), next_at_limit: true, ..Options::default() };
    let mut sender = alone(options);
    sender.beeps = false;
    sender.send(4 * SECOND_US);
    let is_next = |report: &&Report| matches!(report, Report::Limit { is_next: true, .. });
    assert_eq!(reports(&sender.effects).into_iter().filter(is_next).count(), 1);
}

// A microphone that was muted from the start, in a context that was suspended then: nothing was recorded until the end.
#[test]
fn silence_after_which_nothing_comes_is_recorded() {
    let mut sender = alone(Options::default());
    sender.beeps = false;
    sender.send(SECOND_US);
    sender.sends_sound = false;
    sender.send(9 * SECOND_US);
    assert!(sender.length_ms() > 5_000, "{}", sender.length_ms());
}

// The encoder was flushed at the freeze. It returned when somebody spoke already, and the picture's segment was closed for good.
#[test]
fn a_flush_that_returns_while_somebody_speaks_closes_nothing() {
    let mut sender = Sender::new(Options::default());
    sender.beeps = false;
    sender.send(2 * SECOND_US);
    sender.sends_frames = false;
    while sender.page.flushes.is_empty() {
        sender.send(250_000);
    }
    // Behind the beginning of a second.
    sender.send(150_000);
    sender.beeps = true;
    let late_us = SECOND_US - sender.now_us.rem_euclid(SECOND_US) + 150_000;
    sender.send(late_us);
    let flushed = sender.page.flush();
    sender.note(flushed);
    sender.send(300_000);
    sender.stop();
    let pictures = written(&sender.effects).into_iter().rfind(|segment| segment.track == Track::Video).unwrap();
    let end_ms = pictures.table.end_us() / 1000;
    // Two seconds, and what was said until then.
    assert!((2_430..=2_520).contains(&end_ms), "{end_ms}");
    assert!((sender.length_ms() - end_ms).abs() <= 40, "{} and {end_ms}", sender.length_ms());
}

// Received sound was late by what Opus takes.
#[test]
fn sound_that_was_received_is_earlier_by_what_its_codec_takes() {
    // When each beep begins in what is encoded, in samples.
    let beeps = |is_received| {
        let mut sender = Sender { is_received, ..Sender::new(Options::default()) };
        sender.send(4_500_000);
        let samples = sender.effects.iter().filter_map(|effect| match effect {
            Effect::EncodeSound { samples, .. } => Some(&samples[0]),
            _ => None,
        });
        let loud = samples.flatten().enumerate().filter(|(_, sample)| sample.abs() > 0.2).map(|(at, _)| at as i64);
        let loud: Vec<i64> = loud.collect();
        loud.windows(2).filter(|pair| pair[1] - pair[0] > 24_000).map(|pair| pair[1]).collect::<Vec<_>>()
    };
    let (local, received) = (beeps(false), beeps(true));
    assert_eq!((local.len(), received.len()), (4, 4));
    for (local, received) in local.iter().zip(received) {
        // The clocks of the two find their frames some milliseconds apart.
        assert!((local - received - 720).abs() <= 200, "{local} and {received}");
    }
}

// A file that was asked for while its segments were being merged had a hole of half a minute.
#[test]
fn sound_alone_is_merged_once_there_is_more_of_it() {
    let mut sender = alone(Options::default());
    sender.send(36 * SECOND_US);
    let first = |is: fn(&Task<i64>) -> bool| {
        sender.effects.iter().position(|effect| matches!(effect, Effect::Disk(task) if is(task)))
    };
    let merged = first(|task| matches!(task, Task::Merge { .. }));
    let more = first(|task| matches!(task, Task::Put { segment: Some(segment), .. } if segment.index == 16));
    assert!(more.is_some() && more < merged, "{more:?} and {merged:?}");
}
