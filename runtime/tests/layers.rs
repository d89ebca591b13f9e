//! Every kind of layer against PyTorch (`oracle/oracle.py`) and against differences.

mod common;

use common::{Stack, call, formula, glu, lookup, maxrelu, nelu, prelu, relu, softmax, swish, tanh};
use hetc_compiler::formula::Unary;
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Cell, Join, NoiseKind, NormKind, Per, Plan, PoolKind};
use hetc_compiler::shape::Shape;
use hetc_data::Wanted;
use hetc_engine::op::{Draws, Look};
use hetc_runtime::Loss;
use hetc_runtime::network::{Hardware, Network};
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
        "groups" => {
            let first = map(4, 7, 6).conv_without_bias(4, [3, 3], [1, 1], [1, 1], 4).conv(8, [3, 2], [0, 0], [2, 2], 4);
            let second = first.conv_without_bias(6, [3, 3], [1, 2], [1, 1], 2).conv(6, [3, 3], [1, 1], [2, 2], 6);
            second.conv_without_bias(4, [1, 1], [0, 0], [1, 1], 1).flatten().dense_without_bias(5)
        }
        "padded_pools" => {
            let first = map(2, 7, 6).conv3(3).padded_pool(max, [3, 3], [2, 2], [1, 1]);
            first.conv3(4).padded_pool(avg, [3, 2], [2, 1], [1, 1]).flatten()
        }
        "response" => {
            let maps = map(2, 3, 4).conv3(6).response(5, 0.5, 0.75, 2.0).conv1(3).response(4, 1.3, 0.6, 1.5);
            maps.flatten().dense(7).response(3, 2.0, 0.5, 1.0).dense(3).response(9, 2.0, 0.5, 1.0)
        }
        "graph" => graph(map(2, 5, 4)),
        "inner" => inner(map(2, 3, 4)),
        "trained" => trained(map(2, 4, 3)),
        "windows" => {
            let first = map(2, 5, 4).conv3(4).cells(1, Some([2, 3]), Layout::default(), &[maxrelu()]);
            let second = first.conv1(4).cells(1, Some([2, 2]), Layout::default(), &[softmax()]).conv1(4);
            let mixed = second.cells(1, Some([3, 2]), Layout::Interleave, &[nelu(0.1, Per::Layer), maxrelu()]).flatten();
            let vector = mixed.dense(7).cells(1, Some([1, 3]), Layout::default(), &[softmax()]).dense(7);
            vector.cells(1, Some([1, 4]), Layout::default(), &[nelu(0.1, Per::Layer)])
        }
        other => panic!("no network called {other}"),
    };
    stack.dense(3).plan(name)
}

/// A residual block with squeeze and excitation, branches that are put together, and the same with vectors.
fn graph(stack: Stack) -> Stack {
    let logistic = ("logistic", formula(|b, x| b.unary(Unary::Sigmoid, x)));
    let act = |stack: Stack, cell| stack.act(Layout::default(), &[cell]);
    let stem = stack.conv3(4);
    let skipped = stem.value();
    let body = act(stem, relu()).conv_without_bias(4, [3, 3], [1, 1], [1, 1], 1).norm(NormKind::Batch, true);
    let normed = body.value();
    let gate = act(act(body.adaptive(PoolKind::Avg, 1, 1).conv1(2), relu()).conv1(4), logistic);
    let weights = gate.value();
    let sum = act(gate.at(normed).join(Join::Multiply, &[weights]).join(Join::Add, &[skipped]), relu());
    let value = sum.value();
    let first = sum.conv1(3);
    let first_value = first.value();
    let second = first.at(value).padded_pool(PoolKind::Avg, [3, 3], [1, 1], [1, 1]);
    let second_value = second.value();
    let narrow = second.at(first_value).join(Join::Concat, &[second_value, value]).flatten().dense(4);
    let value = narrow.value();
    let left = act(narrow.dense(4), tanh());
    let left_value = left.value();
    let right = left.at(value).dense(4);
    let right_value = right.value();
    let right = right.at(value).join(Join::Multiply, &[right_value]);
    let right_value = right.value();
    let sum = right.at(left_value).join(Join::Add, &[right_value]);
    let value = sum.value();
    sum.dense(2).join(Join::Concat, &[value, value])
}

/// Learned functions of two values and of one, in several layers.
fn inner(stack: Stack) -> Stack {
    let stack = stack.function("g", 2, &[5, 4], tanh().1).function("h", 1, &[4], relu().1).function("k", 2, &[3], tanh().1);
    let (g, h, k) = (|| call("g()", 0, 2), call("h()", 1, 1), call("k()", 2, 2));
    let first = stack.conv3(8).cells(2, None, Layout::default(), &[g()]).conv1(6).cells(2, None, Layout::Interleave, &[g(), k]);
    let second = first.conv1(4).cells(1, None, Layout::default(), &[h]).flatten().dense(6);
    second.cells(2, None, Layout::Block, &[glu(), g()])
}

/// Trained parameters of cells: per channel, per layer, per network; by unit and by position.
fn trained(stack: Stack) -> Stack {
    let (channel, layer, net) = (|| prelu(0.25, Per::Channel), prelu(0.25, Per::Layer), || prelu(0.25, Per::Net));
    let plain = |(name, formula): (&str, _)| Cell::plain(name, formula);
    let stack = stack.table("found", &[[-1.0, 0.5], [0.0, 0.0], [2.0, 1.0]]);
    let first = stack.conv3(4).cells(1, None, Layout::Interleave, &[channel(), plain(relu())]);
    let second = first.conv1(4).cells(1, None, Layout::Checkerboard, &[layer, plain(tanh())]);
    let third = second.conv1(4).cells(1, None, Layout::Checkerboard, &[channel(), lookup("sin + found", 0)]);
    let fourth = third.flatten().dense(6).cells(1, None, Layout::default(), &[net()]);
    fourth.dense(6).cells(1, None, Layout::default(), &[net()])
}

const LOOK: Look = Look { seed: 0, batch: 0 };
const DRAWS: Draws = Draws { seed: 1, epoch: 0, step: 0 };

/// The network of `plan` on the processor.
fn network(plan: &Plan, kernels: bool) -> Network {
    let (network, warnings) = Network::new(plan, kernels, Hardware { threads: 2, ..Hardware::cpu() });
    assert_eq!(warnings, [], "{}", plan.net);
    network
}

/// Logits and gradients of one training step whose loss is `Σ logits · slopes`.
fn step(net: &mut Network, weights: &mut Weights, input: &[f32], slopes: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let logits = net.step(weights, input, DRAWS, |samples, logits, out| {
        let outputs = logits.len() / samples.len();
        out.copy_from_slice(&slopes[samples.start * outputs..samples.end * outputs]);
        logits.to_vec()
    });
    (logits.concat(), net.gradients())
}

fn fresh(net: &Network, params: &[f32]) -> Weights {
    let mut weights = Weights { params: params.to_vec(), state: vec![0.0; net.table().state_len()] };
    for entry in net.table().state.iter().filter(|entry| entry.name.ends_with("var")) {
        weights.state[entry.range.clone()].fill(1.0);
    }
    weights
}

/// The weights of a network without any.
fn nothing() -> Weights {
    Weights { params: Vec::new(), state: Vec::new() }
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
            let mut net = network(&plan(&case.name), kernels);
            let mut weights = fresh(&net, &case.params);
            let (logits, gradients) = step(&mut net, &mut weights, &case.input, &case.slopes);
            assert_close(&what("logits"), &logits, &case.logits, 2e-6);
            assert_close(&what("gradients"), &gradients, &case.gradients, 5e-6);
            step(&mut net, &mut weights, &case.input, &case.slopes);
            step(&mut net, &mut weights, &case.input, &case.slopes);
            assert_close(&what("running statistics"), &weights.state, &case.state, 2e-6);
            assert_close(&what("inference"), &net.infer(&weights, &case.input, LOOK), &case.inferred, 2e-6);
        }
    }
}

/// Gradients along random directions against central differences, for nets with every kind of layer (dropout masks and noise included,
/// since they depend on nothing but the step).
#[test]
fn gradients_are_differences() {
    assert_gradients_are_differences(&common::every_layer());
    assert_gradients_are_differences(&common::every_placement_with(softmax()));
}

fn assert_gradients_are_differences(plan: &Plan) {
    let mut net = network(plan, true);
    let table = Table::of(plan);
    let start = hetc_runtime::init::init(plan, &table, hetc_runtime::Init::Torch, 3);
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
        let epsilon = 1.0 / 16384.0; // so little that next to no unit goes over a kink on the way
        let difference = (at(epsilon) - at(-epsilon)) / f64::from(2.0 * epsilon);
        assert!((difference - along).abs() < 0.03 * along.abs().max(1.0), "{}: {along} but {difference}", entry.name);
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// The engine and tensor operations, masks and noise included; 21 samples are one group and a part of another.
#[test]
fn both_readings_agree() {
    for plan in [common::every_layer(), common::every_placement_with(softmax())] {
        let start = hetc_runtime::init::init(&plan, &Table::of(&plan), hetc_runtime::Init::Torch, 3);
        let mut stream = hetc_runtime::streams::Stream::new(5, "test", &[]);
        let mut draw = |n: usize| -> Vec<f32> { (0..n).map(|_| stream.normal() as f32).collect() };
        let (input, slopes) = (draw(21 * plan.input.elements()), draw(21 * plan.output.elements()));
        let [engine, tensors] = [true, false].map(|kernels| {
            let (mut net, mut weights) = (network(&plan, kernels), start.clone());
            let (logits, gradients) = step(&mut net, &mut weights, &input, &slopes);
            let inferred = net.infer(&weights, &input, LOOK);
            [logits, gradients, weights.state, inferred]
        });
        for ((what, found), expected) in ["logits", "gradients", "statistics", "inference"].iter().zip(engine).zip(tensors) {
            let expected: Vec<f64> = expected.into_iter().map(f64::from).collect();
            assert_close(&format!("{} {what}", plan.net), &found, &expected, 2e-5);
        }
    }
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
            let mut moments: Vec<&mut [f32]> = memory.moments.iter_mut().map(Vec::as_mut_slice).collect();
            optimiser.rule(memory.steps).apply(&mut params, &mut moments, gradient);
        }
        assert_close(&steps.name, &params, &steps.end, 2e-6);
    }
}

#[test]
fn losses_agree_with_pytorch() {
    for case in oracle().losses {
        let loss = if case.name == "mse" { Loss::Mse } else { Loss::CrossEntropy };
        let mut slopes = vec![0.0; case.logits.len()];
        loss.slopes(&case.logits, Wanted::Classes(&case.labels), case.labels.len(), &mut slopes);
        assert_close(&case.name, &slopes, &case.slopes, 1e-6);
        assert!((loss.score(&case.logits, Wanted::Classes(&case.labels)).mean_loss() - case.loss).abs() < 1e-9, "{}", case.name);
    }
}

#[test]
fn dropout_drops_its_part_and_keeps_the_mean() {
    let plan = Stack::new(Shape::vector(5000)).dropout(0.3).plan("Dropout");
    let mut net = network(&plan, true);
    let mut weights = fresh(&net, &[]);
    let (logits, _) = step(&mut net, &mut weights, &[1.0; 20_000], &[0.0; 20_000]);
    let dropped = logits.iter().filter(|x| **x == 0.0).count();
    assert!((5_700..6_300).contains(&dropped), "{dropped} of 20000");
    assert!(logits.iter().all(|x| *x == 0.0 || *x == 1.0 / 0.7));
    assert_eq!(net.infer(&nothing(), &[1.0; 5000], LOOK), vec![1.0; 5000]);
}

#[test]
fn dropout_masks_depend_on_seed_epoch_and_step_only() {
    let plan = Stack::new(Shape::vector(100)).dropout(0.5).dropout(0.5).plan("Dropout");
    let mut net = network(&plan, true);
    let mut mask = |seed, epoch, step| {
        net.step(&mut nothing(), &[1.0; 100], Draws { seed, epoch, step }, |_, logits, _| logits.to_vec()).concat()
    };
    let base = mask(1, 0, 0);
    assert_eq!(base, mask(1, 0, 0));
    for other in [mask(2, 0, 0), mask(1, 1, 0), mask(1, 0, 1)] {
        assert_ne!(base, other);
    }
    // Two layers, two masks: a quarter is left, not a half.
    assert!((10..40).contains(&base.iter().filter(|x| **x != 0.0).count()));
}

#[test]
fn noise_is_one_draw_a_value_and_has_its_distribution() {
    for (kind, deviation) in [(NoiseKind::Uniform, 0.4 / 3f64.sqrt()), (NoiseKind::Normal, 0.4)] {
        let plan = Stack::new(Shape::map(50, 10, 10)).noise(kind, 0.4, false).flatten().plan("Noise");
        let mut net = network(&plan, true);
        let mut weights = fresh(&net, &[]);
        let (logits, _) = step(&mut net, &mut weights, &[1.0; 20_000], &[0.0; 20_000]);
        let first = &logits[..5000];
        assert!(logits.chunks(5000).all(|sample| sample == first), "one draw for the whole batch");
        let square = first.iter().map(|x| f64::from(x - 1.0).powi(2)).sum::<f64>() / 5000.0;
        assert!((square.sqrt() / deviation - 1.0).abs() < 0.05, "{kind:?}");
        assert!(kind == NoiseKind::Normal || first.iter().all(|x| (0.6..=1.4).contains(x)));
        assert_eq!(net.infer(&nothing(), &[1.0; 5000], LOOK), vec![1.0; 5000]);
    }
}

#[test]
fn noise_depends_on_seed_epoch_step_and_layer_and_may_be_there_always() {
    let layer = |stack: Stack| stack.noise(NoiseKind::Normal, 1.0, true);
    let plan = layer(layer(Stack::new(Shape::vector(8)))).plan("Noise");
    let mut net = network(&plan, true);
    let mut trained = |seed, epoch, number| {
        let draws = Draws { seed, epoch, step: number };
        net.step(&mut nothing(), &[0.0; 8], draws, |_, logits, _| logits.to_vec()).concat()
    };
    let base = trained(1, 0, 0);
    assert_eq!(base, trained(1, 0, 0));
    for other in [trained(2, 0, 0), trained(1, 1, 0), trained(1, 0, 1)] {
        assert_ne!(base, other);
    }
    let mut look = |seed, batch| net.infer(&nothing(), &[0.0; 8], Look { seed, batch });
    assert_eq!(look(1, 0), look(1, 0));
    assert!(look(1, 0) != look(2, 0) && look(1, 0) != look(1, 1) && look(1, 0) != base);
    let alone = layer(Stack::new(Shape::vector(8))).plan("Noise");
    let mut alone = network(&alone, true);
    let halves = alone.infer(&nothing(), &[0.0; 8], Look { seed: 1, batch: 0 });
    assert!(look(1, 0).iter().zip(halves).all(|(both, one)| *both != 2.0 * one), "two layers draw twice");
}
