//! Time of layers of staged cells, forward and backward: `cargo bench -p hetc-kernels --bench placed`.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/common/mod.rs"]
mod common;

use common::plans::Do::{Call, Sum};
use common::plans::{Parts, cell, function, plain};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hetc_compiler::plan::{Per, Plan};
use hetc_compiler::shape::Shape;
use hetc_kernels::Placed;
use std::hint::black_box;

fn layers() -> Vec<(&'static str, usize, Plan)> {
    let map = Shape::map(120, 16, 16);
    let inner = || cell(2, &[], &[Call(0, &["u", "v"])], "s1");
    let mlp = |input: Shape, activation: &str| {
        Parts::new(input, vec![inner()]).functions(vec![function(2, &[64, 64], activation)]).plan()
    };
    let excitator = cell(1, &[], &[Sum("relu(x)")], "select(x > 0, 0.9 * x, relu(x + 0.1 * s1))");
    let prelu = cell(1, &[("a", Per::Channel)], &[], "max(x, 0) + a * min(x, 0)");
    vec![
        ("mlp[64,64] of two", 32, mlp(map, "relu(x)")),
        ("mlp[64,64] of two, tanh", 32, mlp(map, "tanh(x)")),
        ("mlp[64,64] of two, 128 units", 128, mlp(Shape::vector(128), "relu(x)")),
        ("glu", 32, Parts::new(map, vec![plain(2, "u * logistic(v)")]).plan()),
        ("prelu", 32, Parts::new(map, vec![prelu]).plan()),
        ("excitator 4x4", 32, Parts::new(map, vec![excitator]).window(4, 4).plan()),
    ]
}

fn passes(c: &mut Criterion) {
    for (name, samples, plan) in layers() {
        let placed = Placed::new(&plan, 0);
        let numbers = |count: usize| -> Vec<f32> { (0..count).map(|i| ((i * 7919) % 1000) as f32 * 0.002 - 1.0).collect() };
        let (x, dy) = (numbers(samples * placed.input_len()), numbers(samples * placed.output_len()));
        let weights = numbers(placed.weights_len());
        let (mut y, mut dx, mut dweights) = (dy.clone(), x.clone(), weights.clone());
        let mut group = c.benchmark_group(format!("{name}, {samples} samples of {}", plan.input));
        group.throughput(Throughput::Elements(y.len() as u64)).sample_size(10);
        group.bench_function("forward", |b| b.iter(|| placed.forward(black_box(&x), &weights, &mut y)));
        group.bench_function("backward", |b| {
            b.iter(|| placed.backward(black_box(&x), &weights, &dy, &mut dx, &mut dweights));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(std::time::Duration::from_millis(200)).measurement_time(std::time::Duration::from_millis(600));
    targets = passes
}
criterion_main!(benches);
