//! The networks of `specs/` take training steps, and every tensor of them learns.

#[path = "../../compiler/tests/common/mod.rs"]
mod files;
#[path = "common/steps.rs"]
mod steps;

use files::{plans_of, spec_files};
use hetc_compiler::plan::Plan;
use hetc_runtime::params::Table;
use std::sync::atomic::{AtomicUsize, Ordering};
use steps::trainee;

/// From PyTorch's initial weights, no value of these passes its threshold of 0.25 of a window's softmax, so nothing below learns.
const SILENT: [&str; 1] = ["window_softmax"];

/// From some initial weights every tensor learns. From others a small learned function can be silent: all its hidden units below zero.
fn learns(plan: &Plan) {
    let mut tried = Vec::new();
    for seed in 1..=6 {
        let idle = idle(plan, seed);
        if idle.is_empty() || SILENT.contains(&plan.net.as_str()) {
            return;
        }
        tried.push(idle);
    }
    panic!("{}: what does not learn, by seed: {tried:?}", plan.net);
}

/// The tensors in which no number moves in two steps on two samples; all numbers stay finite.
fn idle(plan: &Plan, seed: u64) -> Vec<String> {
    let mut trainee = trainee(plan, 2, true, seed);
    let before = trainee.weights().params.clone();
    trainee.step();
    trainee.step();
    let after = &trainee.weights().params;
    assert!(after.iter().all(|number| number.is_finite()), "{}: a number is not finite", plan.net);
    let table = Table::of(plan);
    let still = table.params.iter().filter(|entry| before[entry.range.clone()] == after[entry.range.clone()]);
    still.map(|entry| entry.name.clone()).collect()
}

/// All but those of 128 million parameters, which are VGG11's.
#[test]
fn every_network_learns() {
    let plans = plans_of(&spec_files());
    let small: Vec<&Plan> = plans.iter().filter(|plan| plan.params < 100_000_000).collect();
    assert!(small.len() > 70 && small.len() + 3 >= plans.len(), "{} of {}", small.len(), plans.len());
    // Two samples are one thread's work, so two networks at a time.
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(plan) = small.get(next.fetch_add(1, Ordering::Relaxed)) {
                    learns(plan);
                }
            });
        }
    });
}
