//! Whole networks: slopes against differences, threads that change nothing, batches that are no whole number of groups.
#![allow(clippy::unwrap_used)]

mod nets;

use hetc_engine::Engine;
use hetc_engine::op::{Draws, Look};
use hetc_engine::optim::{Group, Optimiser, Update};
use hetc_engine::params::Weights;
use nets::{MIXED, numbers, plan, smooth, start};

const DRAWS: Draws = Draws { seed: 1, epoch: 2, step: 3 };

/// Σ logits · slopes, and its gradient.
fn step(engine: &mut Engine, weights: &mut Weights, input: &[f32], slopes: &[f32]) -> (f64, Vec<f32>) {
    let parts = engine.step(weights, input, DRAWS, |samples, logits, out| {
        let outputs = logits.len() / samples.len();
        let slopes = &slopes[samples.start * outputs..samples.end * outputs];
        out.copy_from_slice(slopes);
        logits.iter().zip(slopes).map(|(logit, slope)| f64::from(*logit) * f64::from(*slope)).sum::<f64>()
    });
    (parts.into_iter().sum(), engine.gradients())
}

#[test]
fn gradients_are_differences() {
    let plan = plan(&smooth());
    let (mut engine, uncompiled) = Engine::new(&plan, 2, true);
    assert!(uncompiled.is_empty(), "{uncompiled:?}");
    let start = start(&plan, engine.table());
    let (input, slopes) = (numbers(21 * 144, "input"), numbers(21 * 3, "slopes"));
    let (_, gradients) = step(&mut engine, &mut start.clone(), &input, &slopes);
    let entries = engine.table().params.clone();
    for entry in entries {
        let direction = numbers(entry.range.len(), &entry.name);
        let along: f64 = gradients[entry.range.clone()].iter().zip(&direction).map(|(g, d)| f64::from(*g) * f64::from(*d)).sum();
        let mut at = |shift: f32| {
            let mut weights = start.clone();
            weights.params[entry.range.clone()].iter_mut().zip(&direction).for_each(|(param, d)| *param += shift * d);
            step(&mut engine, &mut weights, &input, &slopes).0
        };
        let epsilon = 1.0 / 1024.0;
        let difference = (at(epsilon) - at(-epsilon)) / f64::from(2.0 * epsilon);
        assert!((difference - along).abs() < 0.03 * along.abs().max(1.0), "{}: {along} but {difference}", entry.name);
    }
}

#[test]
fn threads_change_nothing() {
    let plan = plan(MIXED);
    let after = |threads: usize| {
        let (mut engine, _) = Engine::new(&plan, threads, true);
        let groups = [Group::all(plan.params as usize, Optimiser::adam(0.01))];
        let (mut weights, mut memory) = (start(&plan, engine.table()), Group::start(&groups, plan.params as usize));
        for samples in [70, 33, 5] {
            let (input, slopes) = (numbers(samples * 144, "input"), numbers(samples * 3, "slopes"));
            step(&mut engine, &mut weights, &input, &slopes);
            memory.next_step();
            // Shortened by its length, which is a sum over all blocks.
            let update = Update::new(&groups, Some(0.01), memory.steps, 1.0);
            engine.update(&mut weights.params, &update, &mut memory);
        }
        let logits = engine.infer(&weights, &numbers(40 * 144, "test"), Look { seed: 1, batch: 0 });
        (weights, logits)
    };
    let alone = after(1);
    assert!(alone.1.iter().all(|logit| logit.is_finite()));
    assert!(alone == after(2) && alone == after(5));
}

#[test]
fn a_sample_is_answered_alike_in_any_company() {
    let plan = plan(MIXED);
    let (mut engine, _) = Engine::new(&plan, 2, true);
    let (weights, input) = (start(&plan, engine.table()), numbers(37 * 144, "input"));
    let look = Look { seed: 1, batch: 0 };
    let together = engine.infer(&weights, &input, look);
    for sample in [0, 16, 36] {
        let alone = engine.infer(&weights, &input[sample * 144..(sample + 1) * 144], look);
        assert_eq!(alone, together[sample * 3..(sample + 1) * 3]);
    }
}

#[test]
fn interpreted_cells_answer_as_compiled_ones() {
    let plan = plan(MIXED);
    let (input, slopes) = (numbers(21 * 144, "input"), numbers(21 * 3, "slopes"));
    let [compiled, interpreted] = [true, false].map(|machine_code| {
        let (mut engine, _) = Engine::new(&plan, 1, machine_code);
        let mut weights = start(&plan, engine.table());
        step(&mut engine, &mut weights, &input, &slopes)
    });
    assert!((compiled.0 - interpreted.0).abs() < 1e-4 * compiled.0.abs().max(1.0), "{} {}", compiled.0, interpreted.0);
    let largest = compiled.1.iter().fold(0f32, |largest, g| largest.max(g.abs()));
    for (a, b) in compiled.1.iter().zip(&interpreted.1) {
        assert!((a - b).abs() <= 2e-5 * largest, "{a} {b}");
    }
}
