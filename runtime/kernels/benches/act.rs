//! Time of a pass over an activation tensor, against copying it: `cargo bench -p hetc-kernels`.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{ptanh, swish};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hetc_kernels::{ActKernels, Options, Run};
use std::hint::black_box;

/// Images, channels, height and width.
const SHAPES: [[usize; 4]; 3] = [[64, 64, 32, 32], [128, 8, 32, 32], [16, 1, 32, 32]];

fn layers(channels: usize, plane: usize) -> Vec<(&'static str, ActKernels)> {
    let cells = [swish(7.5), ptanh(0.25)];
    let compile = |runs: Vec<Run>| ActKernels::compile(&cells, &runs, &Options::default()).unwrap();
    let n = channels * plane;
    vec![
        ("swish", compile(vec![Run { cell: 0, len: n }])),
        ("ptanh", compile(vec![Run { cell: 1, len: n }])),
        ("half and half", compile(vec![Run { cell: 0, len: n / 2 }, Run { cell: 1, len: n - n / 2 }])),
        ("channels in turn", compile((0..channels).map(|c| Run { cell: c % 2, len: plane }).collect())),
        ("runs of 16", compile((0..n / 16).map(|i| Run { cell: i % 2, len: 16 }).collect())),
        ("runs of 8", compile((0..n / 8).map(|i| Run { cell: i % 2, len: 8 }).collect())),
        ("elements in turn", compile((0..n).map(|i| Run { cell: i % 2, len: 1 }).collect())),
    ]
}

fn passes(c: &mut Criterion) {
    for shape in SHAPES {
        let n: usize = shape.iter().product();
        let mut group = c.benchmark_group(format!("{shape:?}"));
        group.throughput(Throughput::Elements(n as u64)).sample_size(20);
        let x: Vec<f32> = (0..n).map(|i| ((i * 7919) % 1000) as f32 * 0.008 - 4.0).collect();
        let mut y = vec![0.0f32; n];
        group.bench_function("copy", |b| b.iter(|| black_box(&mut y).copy_from_slice(black_box(&x))));
        for (name, kernels) in layers(shape[1], shape[2] * shape[3]) {
            group.bench_function(format!("{name}, forward"), |b| b.iter(|| kernels.forward(black_box(&x), &mut y)));
            let dy = vec![1.0f32; n];
            group.bench_function(format!("{name}, backward"), |b| b.iter(|| kernels.backward_into(black_box(&x), &dy, &mut y)));
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(std::time::Duration::from_millis(200)).measurement_time(std::time::Duration::from_millis(600));
    targets = passes
}
criterion_main!(benches);
