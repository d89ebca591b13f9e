//! Time of a training step: `cargo bench -p hetc-runtime`. docs/benchmarks.md says how to run PyTorch's beside it.
#![allow(missing_docs)]

#[path = "../tests/common/steps.rs"]
mod steps;

use criterion::{Criterion, criterion_group, criterion_main};
use steps::{plan, trainee};

const STICKNET8: &str = include_str!("../../specs/sticknet8.net");
const MLP: &str = "net mlp(cells) {
    input 784
    dense 64
    act cells
    dense 64
    act cells
    dense 64
    act cells
    dense 10
}
";

fn steps(c: &mut Criterion) {
    for (name, text) in [("sticknet8", STICKNET8), ("mlp 784-64-64-64-10", MLP)] {
        let mut group = c.benchmark_group(format!("{name}, batch 128"));
        group.sample_size(30);
        for (cells, words) in [("relu", "relu"), ("swish(7.5)|ptanh(1)", "mixed")] {
            for (kernels, reading) in [(true, "kernels"), (false, "tensor operations")] {
                let mut trainee = trainee(&plan(text, cells), 128, kernels, 1);
                group.bench_function(format!("{words}, {reading}"), |b| b.iter(|| trainee.step()));
            }
        }
        group.finish();
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
