//! Recordings in simulated worlds, each from a seed: senders, encoders, disks and pages that misbehave, and a model that judges.

mod alone;
mod disk;
mod effects;
mod encoder;
mod file;
mod foreign;
mod judgement;
mod marks;
mod model;
mod network;
mod plan;
mod queue;
mod random;
mod received;
mod sender;
mod shrink;
mod sound;
mod world;

use plan::Plan;
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How many worlds a test run simulates, from the first seed on.
const SEQUENCES: u64 = 10_000;
const SEED: u64 = 1;
/// Worlds beyond those in which something went wrong once: a segment was closed while a later frame was in the encoder.
const FOUND: [u64; 1] = [82_529];
const THREADS: u64 = 2;
/// After this many failures a thread looks for no more: the first of each kind are what a report shows.
const ENOUGH: usize = 50;

/// What is wrong with the recording of this plan, and what happened, if it is to be noted.
fn judge(plan: &Plan, is_noted: bool) -> (Result<(), String>, Vec<String>) {
    let judged = catch_unwind(AssertUnwindSafe(|| world::run(plan, is_noted)));
    judged.unwrap_or_else(|_| (Err("it panics".into()), Vec::new()))
}

/// What went wrong in which worlds: their seeds, by kind.
type Failures = BTreeMap<String, Vec<u64>>;

/// Simulates the worlds of these seeds, until this moment if there is one. Gives how many, and what went wrong.
fn simulate(seeds: Range<u64>, until: Option<Instant>) -> (u64, Failures) {
    let next = AtomicU64::new(seeds.start);
    let search = || {
        let (mut judged, mut failures) = (0, Vec::new());
        while failures.len() < ENOUGH && until.is_none_or(|until| Instant::now() < until) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            judged += 1;
            failures.extend(judge(&Plan::new(seed), false).0.err().map(|wrong| (kind(&wrong), seed)));
        }
        (judged, failures)
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(search)).collect();
        let (mut judged, mut kinds) = (0, Failures::new());
        for thread in threads {
            let (of_thread, failures) = thread.join().expect("no panic leaves a world");
            judged += of_thread;
            failures.into_iter().for_each(|(kind, seed)| kinds.entry(kind).or_default().push(seed));
        }
        kinds.values_mut().for_each(|seeds| seeds.sort_unstable());
        (judged, kinds)
    })
}

/// What is wrong without its numbers.
fn kind(wrong: &str) -> String {
    let words = wrong.split([' ', ',']).filter(|word| !word.contains(|letter: char| letter.is_ascii_digit()));
    words.take(12).collect::<Vec<_>>().join(" ")
}

/// The shortest story of the first failures of each kind, after a list of them.
fn report(failures: &Failures) -> String {
    let list = failures.iter().map(|(kind, seeds)| format!("{} × {kind}: first seed {}", seeds.len(), seeds[0]));
    let stories = failures.values().map(|seeds| shrink::story(&Plan::new(seeds[0])));
    let shortest = stories.min_by_key(String::len).unwrap_or_default();
    format!("{shortest}\n\n{}", list.collect::<Vec<_>>().join("\n"))
}

#[test]
fn every_world_is_recorded_as_the_model_expects() {
    let begun = Instant::now();
    let (judged, failures) = simulate(SEED..SEED + SEQUENCES, None);
    println!("{judged} sequences in {:.1} s", begun.elapsed().as_secs_f64());
    assert!(failures.is_empty(), "{}", report(&failures));
    assert_eq!(judged, SEQUENCES);
    for seed in FOUND {
        assert_eq!(judge(&Plan::new(seed), false).0, Ok(()), "seed {seed}");
    }
}

/// The same for as long as `npm run simulate` says.
#[test]
#[ignore = "npm run simulate runs it"]
fn worlds_for_longer() {
    let number =
        |name: &str, default: u64| std::env::var(name).map_or(default, |value| value.parse().expect("a whole number"));
    let (seconds, seed) = (number("SIMULATE_SECONDS", 60), number("SIMULATE_SEED", SEED));
    let most = number("SIMULATE_SEQUENCES", u64::MAX);
    let (sequences, kinds) =
        simulate(seed..seed.saturating_add(most), Some(Instant::now() + Duration::from_secs(seconds)));
    let failures: usize = kinds.values().map(Vec::len).sum();
    if failures > 0 {
        println!("{}", report(&kinds));
    }
    println!("{{\"sequences\":{sequences},\"failures\":{failures},\"seed\":{seed}}}");
}
