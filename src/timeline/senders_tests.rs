//! What arrived from a real AI video server (`tests/fixtures/senders/`), put through the timeline.

use super::*;
use crate::time::Source;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

const FRAME_US: i64 = 33_333;

/// Captures of motion, and by how much a stretch of it may be longer or shorter in the reel than it was sent. A server that
/// runs beside a browser on two busy cores stutters, which no receiver can see after a silent pause: Chromium then delivers
/// frames up to a second late, more and more, and RTP shows no stutter. Neither does a burst of three seconds of frames at once.
const MOTION: [(&str, f64); 16] = [
    ("a-1.5-film", 0.01),
    ("a-3-10-3", 0.01),
    ("a-3-10-3-film", 0.01),
    ("a-5-pointer-nocounter", 0.01),
    ("a-10-film-10M", 0.01),
    ("a-fade", 0.011),
    ("b-3-10-3", 0.01),
    ("c-3-10-3", 0.01),
    ("d-3-10-3", 0.012),
    ("d-3-10-3-film", 0.03),
    ("e-3-10-3", 0.01),
    ("e-overflow", 0.015),
    ("hiccups", 0.01),
    ("fps-60", 0.035),
    ("jittery-30", 0.04),
    ("burst-8", 0.055),
];

/// Captures with pictures.
const PICTURES: [&str; 7] = [
    "short-a-fade",
    "short-a-film",
    "short-a-film-h264",
    "short-a-pointer",
    "short-a-scene",
    "short-a-scene-h264",
    "short-d-film",
];

/// A frame as it was sent and received.
struct Row {
    arrival: Arrival,
    sent_us: i64,
    repeat: bool,
}

fn path(name: &str, extension: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/senders");
    PathBuf::from(folder).join(format!("{name}.{extension}"))
}

fn rows(name: &str) -> Vec<Row> {
    let text = fs::read_to_string(path(name, "csv")).unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells[at].parse::<i64>().unwrap_or(0);
        let (timestamp, wall) = (Source::from_us(number(0)), Wall::from_us(number(2)));
        let arrival = Arrival { timestamp, rtp: Some(number(1) as u32), wall, is_burst: false, is_encoded: false };
        Row { arrival, sent_us: number(4), repeat: number(6) == 1 }
    };
    let mut rows: Vec<Row> = text.lines().skip(1).map(row).collect();
    // As the reader of a track's frames notes it.
    for at in 1..rows.len().saturating_sub(2) {
        let [before, own, third] = [at - 1, at, at + 2].map(|at| rows[at].arrival.wall);
        rows[at].arrival.is_burst = own - before > 200_000 && third - own < 20_000;
    }
    rows
}

/// Stretches of frames that moved and were sent without a pause.
fn stretches(rows: &[Row]) -> Vec<Range<usize>> {
    let mut stretches = Vec::new();
    let mut from = 0;
    for at in 1..=rows.len() {
        let continues = rows
            .get(at)
            .is_some_and(|row| row.repeat == rows[at - 1].repeat && row.sent_us - rows[at - 1].sent_us < 500_000);
        if !continues {
            if !rows[from].repeat && rows[at - 1].sent_us - rows[from].sent_us > 1_000_000 {
                stretches.push(from..at);
            }
            from = at;
        }
    }
    stretches
}

/// What the clock makes of a capture: each fiftieth frame and its media time, in microseconds.
fn media_times(name: &str, has_rtp: bool) -> String {
    let mut clock = Clock::new(30.0);
    let mut times = Vec::new();
    for (at, row) in rows(name).into_iter().enumerate() {
        let rtp = row.arrival.rtp.filter(|_| has_rtp);
        let media = clock.media_time(Arrival { rtp, ..row.arrival });
        clock.keep(media);
        if at % 50 == 49 {
            times.push(media.us().to_string());
        }
    }
    format!("{name},{},{}", if has_rtp { "rtp" } else { "timestamps" }, times.join(","))
}

// A change of the clock shows here in what it does to each real sender, frame by frame, also where it stays within all bounds.
#[test]
fn the_clock_gives_each_capture_the_times_that_it_gave_before() {
    let names = fs::read_dir(path(MADE[0], "csv").parent().unwrap()).unwrap().filter_map(|entry| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        name.strip_suffix(".csv").filter(|name| !MADE.contains(name)).map(str::to_owned)
    });
    let mut captures: Vec<String> = names.collect();
    captures.sort();
    let lines = captures.iter().flat_map(|name| [true, false].map(|has_rtp| media_times(name, has_rtp)));
    assert_as_before(MADE[0], &lines.collect::<Vec<_>>());
}

/// What the tests make of the captures, and compare.
const MADE: [&str; 2] = ["media-times", "decisions"];

/// Compares lines with a fixture. `UPDATE_FIXTURES=1 cargo test` writes it.
fn assert_as_before(name: &str, lines: &[String]) {
    let file = path(name, "csv");
    if std::env::var("UPDATE_FIXTURES").is_ok() {
        fs::write(&file, lines.join("\n") + "\n").unwrap();
    }
    let text = fs::read_to_string(&file).unwrap();
    let before: Vec<&str> = text.lines().collect();
    for (now, before) in lines.iter().zip(&before) {
        assert_eq!(now, before);
    }
    assert_eq!(lines.len(), before.len());
}

/// By how much each stretch of motion is longer than it was sent, as a part of it.
fn errors(name: &str) -> Vec<f64> {
    let rows = rows(name);
    let mut clock = Clock::new(30.0);
    let times: Vec<Media> = rows.iter().map(|row| clock.media_time(row.arrival)).collect();
    for (at, row) in rows.iter().enumerate().skip(1) {
        let sent_us = (row.sent_us - rows[at - 1].sent_us).max(FRAME_US);
        let late_us = (rows[at - 1].arrival.wall.us() - rows[at - 1].sent_us).max(0);
        let step_us = times[at] - times[at - 1];
        let moves = !row.repeat && !rows[at - 1].repeat;
        assert!(!moves || step_us <= 2 * sent_us + late_us, "{name}: a step of {step_us} at frame {at} for {sent_us}");
    }
    let error = |stretch: Range<usize>| {
        let (first, last) = (stretch.start, stretch.end - 1);
        let sent_us = (rows[last].sent_us - rows[first].sent_us) as f64;
        (times[last] - times[first]) as f64 / sent_us - 1.0
    };
    stretches(&rows).into_iter().map(error).collect()
}

// Four seconds of motion after a silent pause were 7.6 s of the file, and 14.6 s with H.264.
#[test]
fn motion_lasts_as_long_as_it_was_sent() {
    for (name, most) in MOTION {
        let errors = errors(name);
        assert!(!errors.is_empty(), "{name}");
        for error in &errors {
            assert!(error.abs() <= most, "{name}: {errors:.3?}, at most {most}");
        }
    }
}

#[test]
fn a_hundred_seconds_do_not_drift() {
    // The first frames of the loaded one were early, by 0.2 s in all.
    for (name, most) in [("plain-100", 0.001), ("plain-100-loaded", 0.003)] {
        let rows = rows(name);
        let mut timeline =
            Timeline::new(&Options { freeze: FreezeMode::Keep, ..Options::default() }, false, Wall::default());
        let mut kept = Vec::new();
        for row in &rows {
            if let Ok(admitted) = timeline.admit(row.arrival) {
                let inspected = timeline.inspect(admitted, None);
                if let (Fate::Keep { time, .. }, _) = timeline.decide(inspected, None) {
                    kept.push(time);
                }
            }
        }
        let lost = rows.len() - kept.len();
        assert!(lost * 1000 <= rows.len(), "{name}: {lost} of {} lost to a cap of 30", rows.len());
        let (first, last) = (&rows[0], &rows[rows.len() - 1]);
        let drift = (kept[kept.len() - 1] - kept[0]) as f64 / (last.sent_us - first.sent_us) as f64 - 1.0;
        assert!(drift.abs() < most, "{name}: a drift of {drift:.5}");
        let sent_us = rows.windows(2).map(|pair| pair[1].sent_us - pair[0].sent_us).max().unwrap_or(0);
        let longest_us = kept.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
        assert!(longest_us <= 2 * sent_us.max(FRAME_US), "{name}: a still of {longest_us}, sent {sent_us}");
    }
}

/// The pictures of a capture, by RTP timestamp, decoded by ffmpeg.
fn pictures(name: &str) -> HashMap<u32, Picture> {
    let file = path(name, "ivf");
    let ivf = fs::read(&file).unwrap();
    let number = |at: usize| u32::from_le_bytes([ivf[at], ivf[at + 1], ivf[at + 2], ivf[at + 3]]);
    let (width, height) = ((number(12) & 0xffff) as usize, (number(12) >> 16) as usize);
    let (mut stamps, mut at) = (Vec::new(), 32);
    while at < ivf.len() {
        stamps.push(number(at + 4));
        at += 12 + number(at) as usize;
    }
    let raw = ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"];
    let decoded = Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(&file).args(raw).output();
    let decoded = decoded.expect("ffmpeg is missing: `npm run setup` installs it").stdout;
    let size = width * height * 3 / 2;
    assert_eq!(decoded.len(), stamps.len() * size, "{name}");
    let plane = |offset: usize, scale: usize| Plane {
        offset,
        stride: width / scale,
        width: width / scale,
        height: height / scale,
    };
    let planes = [plane(0, 1), plane(width * height, 2), plane(width * height * 5 / 4, 2)];
    let picture = |bytes: &[u8]| Picture::new(bytes.to_vec(), planes);
    stamps.into_iter().zip(decoded.chunks_exact(size).map(picture)).collect()
}

/// What a recorder makes of a capture with pictures.
struct Recorded {
    /// Which frames are in the reel.
    kept: HashSet<usize>,
    /// The freezes as they were reported, and when.
    freezes: Vec<(Wall, Freeze)>,
    /// How many frames were inspected in some rows only.
    rows: usize,
}

impl Recorded {
    /// The frames that are in the reel, the freezes, and how many frames were inspected in some rows only, as a line.
    fn decisions(&self, name: &str) -> String {
        let mut kept: Vec<usize> = self.kept.iter().copied().collect();
        kept.sort_unstable();
        let runs = kept.chunk_by(|one, next| one + 1 == *next).map(|run| format!("{}-{}", run[0], run[run.len() - 1]));
        let freezes = self.freezes.iter().map(|(now, Freeze { begin, length_us, ended })| {
            format!("{} {} {length_us} {ended}", now.us(), begin.us())
        });
        format!("{name},{},{},{}", runs.collect::<Vec<_>>().join(" "), freezes.collect::<Vec<_>>().join(" "), self.rows)
    }
}

fn record(name: &str) -> Recorded {
    let pictures = pictures(name);
    let options = Options { max_fps: f64::INFINITY, ..Options::default() };
    let mut timeline = Timeline::new(&options, false, Wall::default());
    let mut kept: Vec<(usize, Media)> = Vec::new();
    let (mut freezes, mut by_rows, mut next_tick) = (Vec::new(), 0, Wall::default());
    let mut before: Option<&Picture> = None;
    for (at, row) in rows(name).iter().enumerate() {
        let mut decide = |timeline: &mut Timeline, inspected: Inspected, now: Wall| {
            let last = inspected.roll_back_after();
            kept.retain(|&(_, time)| last.is_none_or(|last| time <= last));
            let (fate, freeze) = timeline.decide(inspected, last);
            freezes.extend(freeze.map(|freeze| (now, freeze)));
            if let Fate::Keep { time, .. } = fate {
                kept.push((at, time));
            }
        };
        while next_tick < row.arrival.wall {
            if let Some(silence) = timeline.silence(next_tick) {
                decide(&mut timeline, silence, next_tick);
            }
            next_tick += 500_000;
        }
        let picture = &pictures[&row.arrival.rtp.unwrap()];
        let admitted = timeline.admit(row.arrival).unwrap();
        let mut inspected = None;
        if let Some(rows) = timeline.rows() {
            inspected = timeline.inspect_rows(admitted, picture.rows(rows));
            match (&inspected, before) {
                (None, Some(before)) => timeline.take_whole(before.clone()),
                _ => by_rows += 1,
            }
        }
        let inspected = inspected.unwrap_or_else(|| timeline.inspect(admitted, Some(picture.clone())));
        decide(&mut timeline, inspected, row.arrival.wall);
        before = Some(picture);
    }
    Recorded { kept: kept.into_iter().map(|(at, _)| at).collect(), freezes, rows: by_rows }
}

// aiortc's VP8 changes single blocks of a repeat for as long as one looks: of a pause of 1.5 s all 43 repeats were in the file.
#[test]
fn repeats_that_never_settle_are_found_and_nothing_else() {
    let mut decisions = Vec::new();
    for name in PICTURES {
        let recorded = record(name);
        decisions.push(recorded.decisions(name));
        let rows = rows(name);
        let from = rows.iter().position(|row| row.repeat).unwrap();
        let to = rows.iter().rposition(|row| row.repeat).unwrap() + 1;
        let left = (from..to).filter(|at| recorded.kept.contains(at)).count();
        assert!(left <= 3, "{name}: {left} repeats are left");
        let lost: Vec<usize> = (0..from).chain(to..rows.len()).filter(|at| !recorded.kept.contains(at)).collect();
        // VP8 sends a fade as a step every few frames: those between are the frame before to the last bit.
        let erased = if name == "short-a-fade" { 8 } else { 0 };
        assert!(lost.len() <= erased, "{name}: frames {lost:?} moved");
        let reported: Vec<bool> = recorded.freezes.iter().map(|(_, freeze)| freeze.ended).collect();
        // A fade that is a step every few frames ends a freeze for certain after two seconds only.
        let expected: &[bool] = if erased > 0 { &[false] } else { &[false, true] };
        assert_eq!(reported, expected, "{name}: once as begun and once as ended");
        let found = recorded.freezes[0].0;
        let found_after_us = found - rows[from - 1].arrival.wall;
        assert!(found_after_us <= 1_500_000, "{name}: found after {found_after_us}");
        assert!(recorded.rows > 0 || erased > 0, "{name}: rows are enough while it moves");
    }
    // What is decided of each picture, also where it stays within all bounds.
    assert_as_before(MADE[1], &decisions);
}
