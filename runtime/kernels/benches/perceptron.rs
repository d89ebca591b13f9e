//! Time of learned functions on one thread, forward and backward: `cargo bench -p hetc-kernels --bench perceptron`.
//!
//! Also how fast the processor's multiply-add is at its best, as operations a second of one thread.
#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hetc_compiler::formula::{Binary, Builder};
use hetc_compiler::plan::Function;
use hetc_kernels::Lanes;
use hetc_kernels::perceptron::{Activation, Perceptron, PerceptronScratch};
use pulp::{Arch, Simd, WithSimd};
use std::hint::black_box;

/// Vectors of positions.
const N: usize = 256;
/// Turns of the loop of multiply-adds.
const TURNS: u64 = 4096;
/// Independent chains in it.
const CHAINS: usize = 12;

/// Nothing but multiply-adds in registers; returns operations.
struct MultiplyAdds;

impl WithSimd for MultiplyAdds {
    type Output = u64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> u64 {
        let [a, b] = [1.0001, 0.0001].map(|number| simd.splat_f32s(black_box(number)));
        let mut chains = [simd.splat_f32s(0.5); CHAINS];
        for _ in 0..TURNS {
            for chain in &mut chains {
                *chain = simd.mul_add_e_f32s(*chain, a, b);
            }
        }
        black_box(chains);
        TURNS * CHAINS as u64 * S::F32_LANES as u64 * 2
    }
}

fn function(inputs: u8, hidden: &[usize]) -> Function {
    let mut b = Builder::new();
    let (x, zero) = (b.input(0), b.constant(0.0));
    let relu = b.binary(Binary::Max, x, zero);
    let activation = b.finish(&[relu], 1);
    Function { name: "f".into(), inputs, hidden: hidden.to_vec(), activation, params: Function::count(inputs, hidden) }
}

fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919) % 1000) as f32 * 0.002 - 1.0).collect()
}

fn vectors(count: usize) -> Vec<Lanes> {
    (0..count).map(|i| Lanes(std::array::from_fn(|lane| (((i * 16 + lane) * 7919) % 1000) as f32 * 0.002 - 1.0))).collect()
}

fn passes(c: &mut Criterion) {
    let mut peak = c.benchmark_group("peak");
    peak.throughput(Throughput::Elements(Arch::new().dispatch(MultiplyAdds)));
    peak.bench_function("multiply-adds", |b| b.iter(|| Arch::new().dispatch(MultiplyAdds)));
    peak.finish();
    let functions: [(u8, &[usize]); 5] = [(2, &[64, 64]), (1, &[64, 64]), (2, &[10, 10]), (1, &[10]), (3, &[50, 30, 20])];
    for (inputs, hidden) in functions {
        let function = function(inputs, hidden);
        let perceptron = Perceptron::new(&function, Activation::relu(&function.activation).unwrap());
        let mut packed = vec![0.0; perceptron.packed_len()];
        perceptron.prepare(&numbers(perceptron.weights_len()), &mut packed);
        let (arguments, dout) = (vectors(usize::from(inputs) * N), vectors(N));
        let (mut out, mut darguments) = (dout.clone(), arguments.clone());
        let mut dweights = vec![0.0; perceptron.weights_len()];
        let mut scratch = PerceptronScratch::default();
        let mut group = c.benchmark_group(format!("mlp{hidden:?} of {inputs}"));
        let operations = 2 * function.macs() * 16 * N as u64;
        group.throughput(Throughput::Elements(operations));
        group.bench_function(BenchmarkId::from_parameter("forward"), |b| {
            b.iter(|| perceptron.forward(&packed, black_box(&arguments), N, &mut out, &mut scratch));
        });
        // Everything again, and twice as much for the gradients.
        group.throughput(Throughput::Elements(3 * operations));
        group.bench_function(BenchmarkId::from_parameter("backward"), |b| {
            b.iter(|| {
                perceptron.backward(&packed, black_box(&arguments), N, &dout, &mut darguments, &mut dweights, &mut scratch)
            });
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(20)
        .warm_up_time(std::time::Duration::from_millis(100))
        .measurement_time(std::time::Duration::from_millis(400));
    targets = passes
}
criterion_main!(benches);
