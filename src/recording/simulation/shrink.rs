//! The shortest world that still goes wrong.

use super::judge;
use super::plan::{Manners, Plan, Step};

/// What is wrong with a plan, if anything is.
fn wrong(plan: &Plan) -> bool {
    judge(plan, false).0.is_err()
}

/// A shorter plan that goes wrong as well.
fn shrunk(mut plan: Plan) -> Plan {
    loop {
        let shorter = candidates(&plan).find(wrong);
        match shorter {
            Some(shorter) => plan = shorter,
            None => return plan,
        }
    }
}

fn candidates(plan: &Plan) -> impl Iterator<Item = Plan> + '_ {
    let steps = plan.steps.len();
    let without = move |from: usize, to: usize| {
        let mut shorter = plan.clone();
        shorter.steps.drain(from..to);
        shorter
    };
    let ends = (0..steps).map(move |from| without(from, steps));
    let pieces = (0..steps).rev().map(move |at| without(at, at + 1));
    let joined = (1..steps).rev().map(move |at| {
        let mut shorter = without(at, at + 1);
        shorter.steps[at - 1].then_ms += plan.steps[at].then_ms;
        shorter
    });
    let quicker = (0..steps).flat_map(move |at| {
        let then_ms = plan.steps[at].then_ms;
        let least = [0, then_ms / 2, then_ms * 9 / 10, then_ms / 100 * 100].into_iter();
        least.filter(move |ms| *ms < then_ms).map(move |ms| {
            let mut shorter = plan.clone();
            shorter.steps[at] = Step { then_ms: ms, ..plan.steps[at] };
            shorter
        })
    });
    let options = (0..plan.options.len()).map(move |at| {
        let mut simpler = plan.clone();
        simpler.options.remove(at);
        simpler
    });
    let manners = simpler(plan.manners).into_iter().map(move |manners| Plan { manners, ..plan.clone() });
    ends.chain(pieces).chain(joined).chain(options).chain(manners).chain(quicker)
}

/// The same with one thing less that is special.
fn simpler(manners: Manners) -> Vec<Manners> {
    let all = [
        Manners { jitter_ms: 0, ..manners },
        Manners { is_tall: false, ..manners },
        Manners { inspect_ms: 0, ..manners },
        Manners { blind_percent: 0, ..manners },
        Manners { encode_ms: 0, ..manners },
        Manners { look_ahead: 0, ..manners },
        Manners { keys_every: 0, ..manners },
        Manners { is_late: false, ..manners },
        Manners { refuses: 0, ..manners },
        Manners { is_slow_trial: false, ..manners },
        Manners { reencode_wrong_percent: 0, ..manners },
        Manners { disk_ms: 1, ..manners },
        Manners { tick_jitter_ms: 0, ..manners },
        Manners { is_paused: false, ..manners },
        Manners { has_rtp: false, ..manners },
        Manners { has_sound: false, ..manners },
        Manners { is_loud: false, ..manners },
    ];
    all.into_iter().filter(|simpler| format!("{simpler:?}") != format!("{manners:?}")).collect()
}

/// The shortest world like this one that goes wrong, in words.
pub(super) fn story(plan: &Plan) -> String {
    let plan = shrunk(plan.clone());
    let (judged, log) = judge(&plan, true);
    let steps: Vec<String> =
        plan.steps.iter().map(|step| format!("{:?}, then {} ms", step.what, step.then_ms)).collect();
    format!(
        "seed {}\n{}\n{:?}\n{:?}\n{}\nwrong: {}",
        plan.seed,
        steps.join("\n"),
        plan.options,
        plan.manners,
        log.join("\n"),
        judged.err().unwrap_or_default()
    )
}
