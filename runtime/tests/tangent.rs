//! The networks of `specs/` in dual numbers against the engine: their gradients, and for smooth ones what gradients differ by.
#![allow(clippy::unwrap_used)]

#[path = "../../compiler/tests/common/mod.rs"]
mod files;

use files::{plans_of, spec_files};
use hetc_compiler::plan::{Op, Plan};
use hetc_engine::Probe;
use hetc_engine::op::Look;
use hetc_runtime::init::{Init, init};
use hetc_runtime::params::{Table, Weights};
use hetc_runtime::streams::Stream;
use hetc_tangent::{Network, cross_entropy};

const SAMPLES: usize = 2;
/// Of a difference, in parts of the direction.
const STEP: f32 = 2e-4;

fn numbers(count: usize, name: &str) -> Vec<f32> {
    let mut stream = Stream::new(3, name, &[]);
    (0..count).map(|_| stream.normal() as f32).collect()
}

/// Logits follow samples: the class of sample `s` is `s`.
fn slopes(plan: &Plan, weights: &Weights, input: &[f32]) -> Vec<f32> {
    let (mut probe, _) = Probe::new(plan, 1);
    let outputs = plan.output.elements();
    let loss = |samples: std::ops::Range<usize>, logits: &[f32], slopes: &mut [f32]| {
        for (sample, (logits, slopes)) in samples.zip(logits.chunks(outputs).zip(slopes.chunks_mut(outputs))) {
            let largest = logits.iter().copied().fold(f32::MIN, f32::max);
            let raised: Vec<f64> = logits.iter().map(|logit| f64::from(logit - largest).exp()).collect();
            let sum: f64 = raised.iter().sum();
            for (class, (slope, raised)) in slopes.iter_mut().zip(raised).enumerate() {
                *slope = (raised / sum - f64::from(u8::from(class == sample))) as f32;
            }
        }
    };
    probe.slopes(weights, input, Look { seed: 1, batch: 0 }, loss, &[], |_| ());
    probe.gradients()
}

/// How far apart, in parts of the length of the second.
fn apart(ours: impl Iterator<Item = f64>, theirs: &[f64]) -> f64 {
    let squares = |numbers: &mut dyn Iterator<Item = f64>| numbers.map(|number| number * number).sum::<f64>().sqrt();
    squares(&mut ours.zip(theirs).map(|(a, b)| a - b)) / squares(&mut theirs.iter().copied())
}

#[test]
fn gradients_are_the_engines() {
    let plans = plans_of(&spec_files());
    let small = plans.iter().filter(|plan| plan.macs < 3_000_000 && plan.output.elements() >= SAMPLES);
    let (mut asked, mut smooth) = (0, 0);
    for plan in small {
        // Noise in evaluation is drawn, and has no derivative.
        let Ok(network) = Network::new(plan) else {
            assert!(plan.layers.iter().any(|layer| matches!(layer.op, Op::Noise { always: true, .. })), "{}", plan.net);
            continue;
        };
        let mut weights = init(plan, &Table::of(plan), Init::default(), 1);
        weights.state.iter_mut().enumerate().for_each(|(index, number)| *number += 0.1 * (index % 7) as f32);
        let input = numbers(SAMPLES * plan.input.elements(), "inputs");
        let direction: Vec<f32> = numbers(network.params(), "direction");
        let sum = |direction: &[f64]| network.sum(&weights, direction, &input, 2, |sample, logits| cross_entropy(logits, sample));
        let along: Vec<f64> = direction.iter().copied().map(f64::from).collect();
        let ours = sum(&along);
        let theirs: Vec<f64> = slopes(plan, &weights, &input).into_iter().map(f64::from).collect();
        let gap = apart(ours.gradients.iter().map(|gradient| gradient.value), &theirs);
        assert!(gap < 1e-4, "{}: gradients differ by {gap}", plan.net);
        asked += 1;
        if !plan.kinks().is_empty() {
            continue;
        }
        let moved = |by: f32| {
            let mut moved = weights.clone();
            moved.params.iter_mut().zip(&direction).for_each(|(param, along)| *param += by * along);
            slopes(plan, &moved, &input)
        };
        let rise = moved(STEP).into_iter().zip(moved(-STEP));
        let differences: Vec<f64> = rise.map(|(ahead, behind)| f64::from(ahead - behind) / f64::from(2.0 * STEP)).collect();
        let gap = apart(ours.gradients.iter().map(|gradient| gradient.slope), &differences);
        assert!(gap < 1e-2, "{}: products differ by {gap}", plan.net);
        smooth += 1;
    }
    assert!(asked > 30 && smooth > 5, "{asked} networks, {smooth} of them smooth");
}
