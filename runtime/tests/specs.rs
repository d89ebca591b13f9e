//! Every network of `specs/` takes training steps, and every tensor of it learns.

#[path = "../../compiler/tests/common/mod.rs"]
mod files;
#[path = "common/steps.rs"]
#[allow(dead_code)]
mod steps;

use files::{plans_of, spec_files};
use hetc_compiler::plan::Plan;
use hetc_runtime::params::Table;
use steps::Trainee;

/// Two steps on two samples: all numbers stay finite, and in every tensor some number moves.
fn learns(plan: &Plan) {
    let mut trainee = Trainee::new(plan, 2, true);
    let before = trainee.weights.params.clone();
    trainee.step();
    trainee.step();
    let after = &trainee.weights.params;
    assert!(after.iter().all(|number| number.is_finite()), "{}: a number is not finite", plan.net);
    for entry in &Table::of(plan).params {
        let range = entry.range.clone();
        assert_ne!(before[range.clone()], after[range], "{}: `{}` does not learn", plan.net, entry.name);
    }
}

fn is_small(plan: &Plan) -> bool {
    plan.macs < 3_000_000
}

#[test]
fn every_small_network_learns() {
    let plans = plans_of(&spec_files());
    let small: Vec<&Plan> = plans.iter().filter(|plan| is_small(plan)).collect();
    assert!(small.len() > 30, "{}", small.len());
    small.into_iter().for_each(learns);
}

/// All but those of 128 million parameters: minutes, so by hand: `cargo test -p hetc-runtime --test specs -- --ignored`.
#[test]
#[ignore = "minutes"]
fn every_large_network_learns() {
    for plan in plans_of(&spec_files()).iter().filter(|plan| !is_small(plan) && plan.params < 100_000_000) {
        let start = std::time::Instant::now();
        learns(plan);
        println!("{}: {:.1} s", plan.net, start.elapsed().as_secs_f64());
    }
}
