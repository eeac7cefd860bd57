//! What arrived from real senders (`tests/fixtures/senders/`).

use super::*;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

struct Row {
    arrival: Arrival,
    sent_us: i64,
    picture: i64,
    repeat: bool,
}

fn rows(path: &Path) -> Vec<Row> {
    let text = fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let mut cells = line.split(',').map(|cell| cell.parse::<i64>().unwrap_or(0));
        let mut next = || cells.next().unwrap_or(0);
        let (timestamp_us, rtp, wall_us, _, sent_us, picture, repeat) =
            (next(), next(), next(), next(), next(), next(), next());
        let arrival = Arrival { timestamp_us, rtp: Some(rtp as u32), wall_us, next_us: None };
        Row { arrival, sent_us, picture, repeat: repeat == 1 }
    };
    let mut rows: Vec<Row> = text.lines().skip(1).map(row).collect();
    for at in 1..rows.len() {
        let is_late = at > 1 && rows[at - 1].arrival.wall_us - rows[at - 2].arrival.wall_us > 200_000;
        let next_us = rows[at].arrival.wall_us - rows[at - 1].arrival.wall_us;
        rows[at - 1].arrival.next_us = (is_late && next_us < 12_000).then_some(next_us);
    }
    rows
}

fn clock(rows: &[Row], name: &str) {
    let mut clock = Clock::new(30.0);
    let times: Vec<i64> = rows
        .iter()
        .map(|row| {
            let t = clock.media_time(row.arrival);
            clock.keep(t);
            t
        })
        .collect();
    // stretches
    let mut from = 0;
    let mut out = String::new();
    let mut worst: f64 = 0.0;
    let verbose = std::env::var("VERBOSE").is_ok();
    for i in 0..rows.len() {
        if verbose && i > 0 {
            println!(
                "{i} sent {} late {} media-sent {} step {} sent-step {} ts-step {}",
                rows[i].sent_us / 1000,
                (rows[i].arrival.wall_us - rows[i].sent_us) / 1000,
                (times[i] - times[0] - rows[i].sent_us + rows[0].sent_us) / 1000,
                (times[i] - times[i - 1]) / 1000,
                (rows[i].sent_us - rows[i - 1].sent_us) / 1000,
                (rows[i].arrival.timestamp_us - rows[i - 1].arrival.timestamp_us) / 1000
            );
        }
        let ends = i + 1 == rows.len()
            || rows[i + 1].sent_us - rows[i].sent_us > 500_000
            || rows[i + 1].repeat != rows[i].repeat;
        if ends {
            let (wall, media) = (rows[i].sent_us - rows[from].sent_us, times[i] - times[from]);
            if wall > 1_000_000 {
                let error = (media - wall) as f64 / wall as f64;
                worst = worst.max(error.abs());
                let tag = if rows[i].repeat { "r" } else { "" };
                let gap = if i + 1 < rows.len() {
                    format!(
                        " gap {:.2}/{:.2}",
                        (times[i + 1] - times[i]) as f64 / 1e6,
                        (rows[i + 1].sent_us - rows[i].sent_us) as f64 / 1e6
                    )
                } else {
                    String::new()
                };
                out += &format!(" {tag}{:.2}s {:+.1}%{gap};", wall as f64 / 1e6, error * 100.0);
            }
            from = i + 1;
        }
    }
    let mut odd = 0;
    for i in 1..rows.len() {
        let (m, s) = (times[i] - times[i - 1], (rows[i].sent_us - rows[i - 1].sent_us).max(33_333));
        if m > 2 * s {
            odd += 1;
            if verbose {
                println!("odd step {i}: {m} of {s}");
            }
        }
    }
    let total = (times[times.len() - 1] - times[0]) as f64 / (rows[rows.len() - 1].sent_us - rows[0].sent_us) as f64;
    println!("{name}: worst {:.1}% odd {odd} total {:+.2}% |{out}", worst * 100.0, (total - 1.0) * 100.0);
}

/// The pictures of an IVF file, by RTP timestamp.
fn pictures(path: &Path) -> HashMap<u32, Picture> {
    let ivf = fs::read(path).unwrap();
    let (w, h) = (u16::from_le_bytes([ivf[12], ivf[13]]) as usize, u16::from_le_bytes([ivf[14], ivf[15]]) as usize);
    let (w, h) = if w == 0 { (512, 512) } else { (w, h) };
    let mut stamps = Vec::new();
    let mut at = 32;
    while at + 12 <= ivf.len() {
        let size = u32::from_le_bytes(ivf[at..at + 4].try_into().unwrap()) as usize;
        stamps.push(u32::from_le_bytes(ivf[at + 4..at + 8].try_into().unwrap()));
        at += 12 + size;
    }
    let raw = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(path)
        .args(["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"])
        .output()
        .unwrap()
        .stdout;
    let planes = [
        Plane { offset: 0, stride: w, width: w, height: h },
        Plane { offset: w * h, stride: w / 2, width: w / 2, height: h / 2 },
        Plane { offset: w * h * 5 / 4, stride: w / 2, width: w / 2, height: h / 2 },
    ];
    let n = raw.len() / (w * h * 3 / 2);
    if n != stamps.len() {
        println!("{} frames, {} stamps {w}x{h}", n, stamps.len());
    }
    stamps
        .into_iter()
        .zip(raw.chunks_exact(w * h * 3 / 2))
        .map(|(rtp, bytes)| (rtp, Picture::new(bytes.to_vec(), planes)))
        .collect()
}

fn whole(rows: &[Row], name: &str, path: &Path) {
    let verbose = std::env::var("VERBOSE").is_ok();
    let pictures = pictures(path);
    for mode in [FreezeMode::Cut] {
        let options = Options { freeze: mode, max_fps: f64::INFINITY, ..Options::default() };
        let mut timeline = Timeline::new(&options, false, 0);
        let mut kept: Vec<(usize, i64)> = Vec::new();
        let mut events = Vec::new();
        let mut next_tick = 0;
        let (mut before, mut parts, mut fails) = (None, 0, 0);
        for (i, row) in rows.iter().enumerate() {
            while next_tick < row.arrival.wall_us {
                if let Some(looked) = timeline.silence(next_tick) {
                    let last_us = looked.take_back_after_us();
                    kept.retain(|&(_, t)| last_us.is_none_or(|l| t <= l));
                    let (_, freeze) = timeline.decide(looked, last_us);
                    events.extend(freeze.map(|f| (next_tick, f)));
                }
                next_tick += 500_000;
            }
            let Ok(admitted) = timeline.admit(row.arrival) else {
                println!("not admitted {i}");
                continue;
            };
            let Some(picture) = pictures.get(&row.arrival.rtp.unwrap()) else {
                println!("no picture {i}");
                continue;
            };
            let mut looked = None;
            if let Some(rows) = timeline.rows() {
                looked = timeline.look_at_rows(admitted, picture.rows(rows));
                if looked.is_some() {
                    parts += 1;
                } else {
                    fails += 1;
                    timeline.remember(before.clone().unwrap());
                }
            }
            let looked = looked.unwrap_or_else(|| timeline.look(admitted, Some(picture.clone())));
            before = Some(picture.clone());
            let last_us = looked.take_back_after_us();
            if verbose {
                println!(
                    "{i} {} {} {:?} {:?}",
                    row.picture,
                    row.repeat,
                    timeline.detector.last_change(),
                    looked.finding
                );
            }
            kept.retain(|&(_, t)| last_us.is_none_or(|l| t <= l));
            let (fate, freeze) = timeline.decide(looked, last_us);
            events.extend(freeze.map(|f| (row.arrival.wall_us, f)));
            if let Fate::Keep { time_us, .. } = fate {
                kept.push((i, time_us));
            }
        }
        let is_kept: std::collections::HashSet<usize> = kept.iter().map(|k| k.0).collect();
        let falses: Vec<usize> = (0..rows.len()).filter(|i| !rows[*i].repeat && !is_kept.contains(i)).collect();
        let mut out = String::new();
        let mut i = 0;
        while i < rows.len() {
            if !rows[i].repeat {
                i += 1;
                continue;
            }
            let from = i;
            while i < rows.len() && rows[i].repeat {
                i += 1;
            }
            let left = (from..i).filter(|i| is_kept.contains(i)).count();
            let start = rows[from - 1].arrival.wall_us;
            let end = rows[i.min(rows.len() - 1)].arrival.wall_us;
            let own: Vec<String> = events
                .iter()
                .filter(|(t, _)| *t > start && *t <= end + 300_000)
                .map(|(t, f)| format!("{}{:.2}", if f.ended { "-" } else { "+" }, (t - start) as f64 / 1e6))
                .collect();
            out += &format!(" {} repeats, {left} left, {};", i - from, own.join(" "));
        }
        println!("{name} {mode:?}: rows {parts} fails {fails} false {falses:?} |{out} total events {}", events.len());
    }
}

#[test]
fn captures() {
    let folder = std::env::var("CAPTURES").unwrap_or("/work/captures".into());
    let only = std::env::var("ONLY").unwrap_or_default();
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "csv"))
        .collect();
    names.sort();
    for path in names {
        let name = path.file_stem().unwrap().to_string_lossy().to_string();
        if !name.contains(&only) || !path.with_extension("ivf").exists() {
            continue;
        }
        let rows = rows(&path);
        if std::env::var("CLOCK").is_ok() {
            clock(&rows, &name);
        } else if !name.contains("loss") && !name.contains("plain") && !name.contains("h264") {
            whole(&rows, &name, &path.with_extension("ivf"));
        }
    }
}
