//! Every kind of layer against PyTorch (`oracle/oracle.py`) and against differences.

mod common;

use common::{Stack, relu, swish, tanh};
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{NormKind, Plan, PoolKind};
use hetc_compiler::shape::Shape;
use hetc_runtime::Loss;
use hetc_runtime::nets::{Draws, Net};
use hetc_runtime::optim::Optimiser;
use hetc_runtime::params::{Table, Weights};
use serde::Deserialize;

#[derive(Deserialize)]
struct Oracle {
    cases: Vec<Case>,
    optimisers: Vec<Steps>,
    losses: Vec<LossCase>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    params: Vec<f32>,
    input: Vec<f32>,
    slopes: Vec<f32>,
    logits: Vec<f64>,
    gradients: Vec<f64>,
    state: Vec<f64>,
    inferred: Vec<f64>,
}

#[derive(Deserialize)]
struct Steps {
    name: String,
    start: Vec<f32>,
    gradients: Vec<f32>,
    end: Vec<f64>,
}

#[derive(Deserialize)]
struct LossCase {
    name: String,
    logits: Vec<f32>,
    labels: Vec<u16>,
    loss: f64,
    slopes: Vec<f64>,
}

fn oracle() -> Oracle {
    serde_json::from_str(include_str!("oracle/oracle.json")).expect("the oracle's file is whole")
}

/// The networks of `oracle.py`.
fn plan(name: &str) -> Plan {
    let map = |channels, height, width| Stack::new(Shape::map(channels, height, width));
    let (max, avg) = (PoolKind::Max, PoolKind::Avg);
    let stack = match name {
        "conv" => map(3, 6, 7).conv(4, [3, 2], [1, 0], [2, 1], 1).conv(6, [3, 3], [1, 1], [1, 1], 2).flatten(),
        "max_pool" => {
            let first = map(2, 7, 7).conv3(3).pool(max, [2, 2], [2, 2]);
            first.conv(2, [1, 1], [0, 0], [1, 1], 1).pool(max, [2, 1], [1, 2]).flatten()
        }
        "avg_pool" => map(2, 7, 7).conv3(3).pool(avg, [3, 2], [2, 1]).flatten(),
        "adaptive_avg" => map(2, 5, 8).conv3(3).adaptive(avg, 3, 7).flatten(),
        "adaptive_max" => map(2, 5, 8).conv3(3).adaptive(max, 3, 7).flatten(),
        "adaptive_grow" => map(2, 1, 1).conv(3, [1, 1], [0, 0], [1, 1], 1).adaptive(avg, 2, 3).flatten(),
        "layer_norm" => map(2, 3, 4).conv3(3).norm(NormKind::Layer, true).flatten().dense(5).norm(NormKind::Layer, false),
        "batch_norm" => map(2, 3, 4).conv3(3).norm(NormKind::Batch, true).flatten().dense(5).norm(NormKind::Batch, false),
        "cells" => {
            let first = map(2, 4, 3).conv3(4).act(Layout::Interleave, &[relu(), tanh(), swish()]);
            let second = first.conv(4, [1, 1], [0, 0], [1, 1], 1).act(Layout::Checkerboard, &[swish(), tanh()]).flatten();
            second.dense(6).act(Layout::Block, &[tanh(), relu()]).dense(6).act(Layout::default(), &[swish()])
        }
        other => panic!("no network called {other}"),
    };
    stack.dense(3).plan(name)
}

const DRAWS: Draws = Draws { seed: 1, epoch: 0, step: 0 };

/// Logits and gradients of one training step whose loss is `Σ logits · slopes`.
fn step(net: &mut Net, weights: &mut Weights, input: &[f32], slopes: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let (mut logits, mut gradients) = (Vec::new(), vec![f32::NAN; weights.params.len()]);
    let seen = |found: &[f32]| {
        logits = found.to_vec();
        Some(slopes.to_vec())
    };
    net.step(weights, input.to_vec(), DRAWS, seen, |_, range, gradient| gradients[range].copy_from_slice(gradient));
    (logits, gradients)
}

fn fresh(net: &Net, params: &[f32]) -> Weights {
    let mut weights = Weights { params: params.to_vec(), state: vec![0.0; net.table().state_len()] };
    for entry in net.table().state.iter().filter(|entry| entry.name.ends_with("var")) {
        weights.state[entry.range.clone()].fill(1.0);
    }
    weights
}

/// Equal to within `tolerance` of the largest number.
fn assert_close(what: &str, found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1e-3f64, |scale, x| scale.max(x.abs()));
    for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(*found) - expected).abs() / scale;
        assert!(error <= tolerance, "{what}[{i}]: {found} instead of {expected}");
    }
}

#[test]
fn layers_agree_with_pytorch() {
    for case in oracle().cases {
        for kernels in [false, true] {
            let what = |part: &str| format!("{} {part}, kernels {kernels}", case.name);
            let (mut net, warnings) = Net::new(&plan(&case.name), kernels);
            assert_eq!(warnings, [], "{}", what("warnings"));
            let mut weights = fresh(&net, &case.params);
            let (logits, gradients) = step(&mut net, &mut weights, &case.input, &case.slopes);
            assert_close(&what("logits"), &logits, &case.logits, 2e-6);
            assert_close(&what("gradients"), &gradients, &case.gradients, 5e-6);
            step(&mut net, &mut weights, &case.input, &case.slopes);
            step(&mut net, &mut weights, &case.input, &case.slopes);
            assert_close(&what("running statistics"), &weights.state, &case.state, 2e-6);
            net.load(&weights.params);
            assert_close(&what("inference"), &net.infer(&weights.state, case.input.clone()), &case.inferred, 2e-6);
        }
    }
}

/// Gradients along random directions against central differences, for a net with every kind of layer (dropout masks included, since
/// they depend on nothing but the step).
#[test]
fn gradients_are_differences() {
    let plan = common::every_layer();
    let (mut net, _) = Net::new(&plan, true);
    let table = Table::of(&plan);
    let start = hetc_runtime::init::init(&plan, &table, hetc_runtime::Init::Torch, 3);
    let mut stream = hetc_runtime::streams::Stream::new(5, "test", &[]);
    let mut draw = |n: usize| -> Vec<f32> { (0..n).map(|_| stream.normal() as f32).collect() };
    let (input, slopes) = (draw(6 * 128), draw(18));
    let (_, gradients) = step(&mut net, &mut start.clone(), &input, &slopes);
    for entry in &table.params {
        let direction = draw(entry.range.len());
        let along: f64 = dot(&gradients[entry.range.clone()], &direction);
        let mut at = |shift: f32| {
            let mut weights = start.clone();
            for (param, d) in weights.params[entry.range.clone()].iter_mut().zip(&direction) {
                *param += shift * d;
            }
            dot(&step(&mut net, &mut weights, &input, &slopes).0, &slopes)
        };
        let epsilon = 1.0 / 1024.0;
        let difference = (at(epsilon) - at(-epsilon)) / f64::from(2.0 * epsilon);
        assert!((difference - along).abs() < 0.03 * along.abs().max(1.0), "{}: {along} but {difference}", entry.name);
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

#[test]
fn optimisers_agree_with_pytorch() {
    for steps in oracle().optimisers {
        let plain = |weight_decay| (0.1, 0.8, weight_decay);
        let sgd = |(lr, momentum, weight_decay), dampening, nesterov| Optimiser::Sgd {
            lr,
            momentum,
            dampening,
            nesterov,
            weight_decay,
        };
        let adam =
            |beta1, beta2, epsilon, decoupled| Optimiser::Adam { lr: 0.01, beta1, beta2, epsilon, weight_decay: 0.05, decoupled };
        let optimiser = match steps.name.as_str() {
            "sgd" => Optimiser::sgd(0.1),
            "sgd_momentum" => sgd(plain(0.0), 0.0, false),
            "sgd_dampening" => sgd(plain(0.05), 0.3, false),
            "sgd_nesterov" => sgd(plain(0.05), 0.0, true),
            "adam" => Optimiser::adam(0.01),
            "adam_decay" => adam(0.8, 0.95, 1e-6, false),
            "adamw" => adam(0.9, 0.999, 1e-8, true),
            other => panic!("no optimiser called {other}"),
        };
        let mut params = steps.start.clone();
        let mut memory = optimiser.start(params.len());
        for gradient in steps.gradients.chunks(params.len()) {
            memory.next_step();
            // In two pieces, as two tensors of one network.
            let (first, second) = params.split_at_mut(2);
            optimiser.update(&mut memory, 0..2, first, &gradient[..2]);
            optimiser.update(&mut memory, 2..6, second, &gradient[2..]);
        }
        assert_close(&steps.name, &params, &steps.end, 2e-6);
    }
}

#[test]
fn losses_agree_with_pytorch() {
    for case in oracle().losses {
        let loss = if case.name == "mse" { Loss::Mse } else { Loss::CrossEntropy };
        let mut slopes = vec![0.0; case.logits.len()];
        loss.slopes(&case.logits, &case.labels, &mut slopes);
        assert_close(&case.name, &slopes, &case.slopes, 1e-6);
        assert!((loss.score(&case.logits, &case.labels).mean_loss() - case.loss).abs() < 1e-9, "{}", case.name);
    }
}

#[test]
fn dropout_drops_its_part_and_keeps_the_mean() {
    let plan = Stack::new(Shape::vector(5000)).dropout(0.3).plan("Dropout");
    let (mut net, _) = Net::new(&plan, true);
    let mut weights = fresh(&net, &[]);
    let (logits, _) = step(&mut net, &mut weights, &[1.0; 20_000], &[0.0; 20_000]);
    let dropped = logits.iter().filter(|x| **x == 0.0).count();
    assert!((5_700..6_300).contains(&dropped), "{dropped} of 20000");
    assert!(logits.iter().all(|x| *x == 0.0 || *x == 1.0 / 0.7));
    net.load(&[]);
    assert_eq!(net.infer(&[], vec![1.0; 5000]), vec![1.0; 5000]);
}

#[test]
fn dropout_masks_depend_on_seed_epoch_and_step_only() {
    let plan = Stack::new(Shape::vector(100)).dropout(0.5).dropout(0.5).plan("Dropout");
    let (mut net, _) = Net::new(&plan, true);
    let mut mask = |seed, epoch, step| {
        let mut found = Vec::new();
        let weights = &mut Weights { params: vec![], state: vec![] };
        let seen = |logits: &[f32]| {
            found = logits.to_vec();
            None
        };
        net.step(weights, vec![1.0; 100], Draws { seed, epoch, step }, seen, |_, _, _| ());
        found
    };
    let base = mask(1, 0, 0);
    assert_eq!(base, mask(1, 0, 0));
    for other in [mask(2, 0, 0), mask(1, 1, 0), mask(1, 0, 1)] {
        assert_ne!(base, other);
    }
    // Two layers, two masks: a quarter is left, not a half.
    assert!((10..40).contains(&base.iter().filter(|x| **x != 0.0).count()));
}
