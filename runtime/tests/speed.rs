//! Time of a training step, and equal bits at full size: `cargo test --release -p hetc-runtime --test speed -- --ignored --nocapture`.
#![allow(clippy::print_stdout)]

mod common;

use common::{Stack, relu, swish, tanh};
use hetc_compiler::formula::Formula;
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Plan, PoolKind};
use hetc_compiler::shape::Shape;
use hetc_runtime::loss::Loss;
use hetc_runtime::nets::{Draws, Net};
use hetc_runtime::optim::Optimiser;
use hetc_runtime::params::Table;
use hetc_runtime::{Init, init::init};
use std::time::Instant;

fn sticknet8(cells: &[(&str, Formula)]) -> Plan {
    let block = |stack: Stack, out| stack.conv3(out).act(Layout::Interleave, cells).pool(PoolKind::Max, [2, 2], [2, 2]);
    let maps = block(block(Stack::new(Shape::map(3, 32, 32)), 8), 16);
    let first = maps.adaptive(PoolKind::Avg, 7, 7).flatten().dense(128).act(Layout::Interleave, cells).dropout(0.5);
    first.dense(128).act(Layout::Interleave, cells).dropout(0.5).dense(10).plan("Sticknet8")
}

fn mlp(cells: &[(&str, Formula)]) -> Plan {
    let layer = |stack: Stack| stack.dense(64).act(Layout::Interleave, cells);
    layer(layer(layer(Stack::new(Shape::vector(784))))).dense(10).plan("Mlp")
}

/// Milliseconds of the middle step of many, and the weights after them.
fn measure(plan: &Plan, batch: usize, kernels: bool, steps: usize) -> (f64, Vec<f32>) {
    let (table, optimiser) = (Table::of(plan), Optimiser::adam(1e-3));
    let mut weights = init(plan, &table, Init::Torch, 1);
    let mut memory = optimiser.start(table.params_len());
    let (mut net, _) = Net::new(plan, kernels);
    let mut stream = hetc_runtime::streams::Stream::new(1, "test", &[]);
    let input: Vec<f32> = (0..batch * plan.input.elements()).map(|_| stream.normal() as f32).collect();
    let labels: Vec<u16> = (0..batch).map(|_| stream.below(10) as u16).collect();
    let mut times = Vec::new();
    for step in 0..steps {
        let start = Instant::now();
        memory.next_step();
        let slopes = |logits: &[f32]| {
            let mut slopes = vec![0.0; logits.len()];
            Loss::CrossEntropy.slopes(logits, &labels, &mut slopes);
            Some(slopes)
        };
        let draws = Draws { seed: 1, epoch: 0, step: step as u64 };
        net.step(&mut weights, input.clone(), draws, slopes, |weights, range, gradient| {
            optimiser.update(&mut memory, range.clone(), &mut weights.params[range], gradient);
        });
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    (times[times.len() / 2], weights.params)
}

#[test]
#[ignore = "takes seconds in a release build and much longer in others"]
fn step_times_and_equal_bits() {
    let mixed = [relu(), tanh(), swish()];
    for (name, plan, batch) in [
        ("Sticknet8 relu", sticknet8(&[relu()]), 128),
        ("Sticknet8 relu:tanh:swish", sticknet8(&mixed), 128),
        ("MLP 784-64-64-64-10 relu", mlp(&[relu()]), 128),
        ("MLP 784-64-64-64-10 relu:tanh:swish", mlp(&mixed), 128),
    ] {
        for kernels in [true, false] {
            let (time, first) = measure(&plan, batch, kernels, 40);
            let (_, second) = measure(&plan, batch, kernels, 40);
            assert_eq!(first, second, "{name}: two equal runs differ");
            let by = if kernels { "kernels" } else { "tensor operations" };
            println!("{name}, batch {batch}, {by}: {time:.2} ms a step");
        }
    }
}
