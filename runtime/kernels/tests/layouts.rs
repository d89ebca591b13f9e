//! Mixed layers against their cells one element at a time: whatever the layout, batch and threads, the bits are the same.
#![allow(clippy::unwrap_used)]

mod common;

use common::{compile, ptanh, swish, typical_cells};
use hetc_compiler::formula::Formula;
use hetc_kernels::{ActKernels, Compiler, KernelError, Options, Run};

/// Random enough, the same every time.
fn noise(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    (0..n).map(|_| 8.0 * next() - 4.0).collect()
}

fn cells() -> Vec<Formula> {
    let [.., sin, _, _] = &typical_cells()[..] else { unreachable!() };
    vec![swish(7.5), ptanh(0.25), sin.1.clone()]
}

fn run(cell: usize, len: usize) -> Run {
    Run { cell, len }
}

fn layouts() -> Vec<(&'static str, Vec<Run>)> {
    let random: Vec<Run> = noise(200, 7).iter().map(|v| run((v.abs() * 10.0) as usize % 3, (v.abs() * 6.0) as usize)).collect();
    let checkerboard = |side: usize| (0..side * side).map(move |i| run((i / side + i % side) % 2, 1)).collect::<Vec<_>>();
    vec![
        ("one element", vec![run(0, 1)]),
        ("uniform", vec![run(1, 100)]),
        ("halves", vec![run(0, 64), run(1, 64)]),
        ("interleaved", (0..30).map(|i| run(i % 3, 1)).collect()),
        ("nine to one", vec![run(0, 90), run(1, 10)]),
        ("nine to one, short", vec![run(0, 9), run(2, 1)]),
        ("planes", (0..16).map(|i| run(i % 2, 49)).collect()),
        ("random", random),
        ("checkerboard", checkerboard(9)),
        ("large checkerboard", checkerboard(250)),
        ("large planes", (0..5).map(|i| run(i % 3, 20_011)).collect()),
        ("nothing between", vec![run(0, 3), run(1, 0), run(0, 5), run(2, 17)]),
    ]
}

/// The layer's results, from kernels of single cells.
fn expected(cells: &[ActKernels], runs: &[Run], x: &[f32], dy: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let of_sample: Vec<usize> = runs.iter().flat_map(|run| std::iter::repeat_n(run.cell, run.len)).collect();
    let mut each = Vec::new();
    for cell in cells {
        let (mut y, mut dx) = (vec![0.0; x.len()], dy.to_vec());
        cell.forward(x, &mut y);
        cell.backward(x, &mut dx);
        each.push((y, dx));
    }
    (0..x.len()).map(|i| &each[of_sample[i % of_sample.len()]]).enumerate().map(|(i, (y, dx))| (y[i], dx[i])).unzip()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn every_layout_computes_what_its_cells_do() {
    let cells = cells();
    let single: Vec<ActKernels> = cells.iter().map(|cell| compile(cell, &Options::default())).collect();
    for (name, runs) in layouts() {
        let sample: usize = runs.iter().map(|run| run.len).sum();
        let kernels = ActKernels::compile(&cells, &runs, &Options::default()).unwrap();
        for batch in [0, 1, 2, 3, 7, 64, 200_000 / sample] {
            let n = (batch * sample).min(400_000 / sample * sample);
            let (x, dy) = (noise(n, 1), noise(n, 2));
            let (y, dx) = expected(&single, &runs, &x, &dy);
            let (mut forward, mut into) = (vec![f32::NAN; n], vec![f32::NAN; n]);
            kernels.forward(&x, &mut forward);
            assert!(bits(&forward) == bits(&y), "{name}, batch {batch}, forward");
            kernels.backward_into(&x, &dy, &mut into);
            assert!(bits(&into) == bits(&dx), "{name}, batch {batch}, backward into");
            let mut in_place = dy;
            kernels.backward(&x, &mut in_place);
            assert!(bits(&in_place) == bits(&dx), "{name}, batch {batch}, backward");
        }
    }
}

#[test]
fn every_length_is_computed_to_its_end() {
    let kernels = compile(&swish(1.0), &Options::default());
    for n in 0..=67 {
        let x = noise(n + 1, 3);
        let mut y = vec![f32::NAN; n + 1];
        kernels.forward(&x[..n], &mut y[..n]);
        let mut dx = noise(n + 1, 4);
        let dy = dx.clone();
        kernels.backward(&x[..n], &mut dx[..n]);
        for i in 0..n {
            let (mut one, mut slope) = ([0.0], [dy[i]]);
            kernels.forward(&x[i..=i], &mut one);
            kernels.backward(&x[i..=i], &mut slope);
            assert_eq!((y[i].to_bits(), dx[i].to_bits()), (one[0].to_bits(), slope[0].to_bits()), "{i} of {n}");
        }
        assert!(y[n].is_nan() && dx[n] == dy[n], "{n}: written beyond the end");
    }
}

#[test]
fn threads_do_not_show() {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let cells = cells();
    for (name, runs) in layouts() {
        let sample: usize = runs.iter().map(|run| run.len).sum();
        let n = 300_000 / sample * sample;
        let (x, dy) = (noise(n, 5), noise(n, 6));
        let kernels = ActKernels::compile(&cells, &runs, &Options::default()).unwrap();
        let on = |threads| {
            let (mut y, mut dx) = (vec![0.0; n], dy.clone());
            pool(threads).install(|| {
                kernels.forward(&x, &mut y);
                kernels.backward(&x, &mut dx);
            });
            (bits(&y), bits(&dx))
        };
        assert!(on(1) == on(3), "{name}");
    }
}

#[test]
fn sine_far_out_stays_right_beside_ordinary_lanes() {
    let kernels = compile(&cells()[2], &Options::default());
    let x = [0.5, 1e9, -3e30, 8192.0, 8193.0, f32::INFINITY, 2.0];
    let mut y = [0.0; 7];
    kernels.forward(&x, &mut y);
    for (x, y) in x.iter().zip(y) {
        let exact = f64::from(*x).sin() as f32;
        assert!((y - exact).abs() <= 2.4e-7 * exact.abs() || (y.is_nan() && exact.is_nan()), "sin({x:e}) = {y}, not {exact}");
    }
}

#[test]
fn a_network_compiles_equal_cells_once() {
    let cells = cells();
    let mut compiler = Compiler::new(&Options::default()).unwrap();
    let first = compiler.layer(&cells, &[run(0, 20), run(1, 20)]).unwrap();
    let second = compiler.layer(&[cells[1].clone(), cells[1].clone()], &[run(0, 5), run(1, 6)]).unwrap();
    assert_eq!((first, second), (0, 1));
    let layers = compiler.finish().unwrap();
    let x = noise(11 * 40, 8);
    let (mut y, mut alone) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    layers[1].forward(&x, &mut y);
    compile(&cells[1], &Options::default()).forward(&x, &mut alone);
    assert_eq!(y, alone);
    assert_eq!(layers[1].clif().unwrap().matches("; y = f(x)").count(), 1);
}

#[test]
fn what_cannot_be_compiled_is_an_error() {
    let cells = cells();
    let compile = |cells: &[Formula], runs: &[Run], options: &Options| ActKernels::compile(cells, runs, options).err().unwrap();
    let defaults = Options::default();
    let refused = compile(&cells, &[run(0, 4)], &Options { refuse_memory: true, ..defaults.clone() });
    assert!(matches!(refused, KernelError::NoExecutableMemory { .. }), "{refused}");
    assert_eq!(refused.to_string(), "the system gives out no executable memory: Allocation error: permission denied");
    let large = compile(&cells, &[run(0, 4)], &Options { node_limit: 2, ..defaults.clone() });
    assert!(matches!(large, KernelError::TooLarge { limit: 2, .. }));
    assert_eq!(compile(&cells, &[run(3, 4)], &defaults), KernelError::NoSuchCell { cell: 3, cells: 3 });
    assert_eq!(compile(&cells, &[run(0, 0)], &defaults), KernelError::EmptySample);
    assert_eq!(compile(&cells, &[], &defaults), KernelError::EmptySample);

    let mut b = hetc_compiler::formula::Builder::new();
    let (u, v) = (b.input(0), b.input(1));
    let sum = b.add(u, v);
    let two = b.finish(&[sum], 2);
    assert_eq!(compile(&[two], &[run(0, 4)], &defaults), KernelError::Inputs { count: 2 });
}

#[test]
#[should_panic(expected = "whole number of samples")]
fn part_of_a_sample_is_refused() {
    let kernels = ActKernels::compile(&cells(), &[run(0, 4), run(1, 4)], &Options::default()).unwrap();
    kernels.forward(&[0.0; 12], &mut [0.0; 12]);
}
