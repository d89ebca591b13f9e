//! Each operation over one group of samples, one thread, on maps and vectors of the size of small image networks. The throughput counts what
//! has to be read and written: values, gradients and what is kept.
#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hetc_compiler::plan::{self, Layer, NoiseKind, NormKind, PoolKind};
use hetc_compiler::shape::Shape;
use hetc_engine::op::{Backward, Draws, Forward, Group, Mode, Op, Scratch};
use hetc_engine::ops::adaptive_pool::AdaptivePool;
use hetc_engine::ops::batch_norm::BatchNorm;
use hetc_engine::ops::dropout::Dropout;
use hetc_engine::ops::flatten::Flatten;
use hetc_engine::ops::join::Join;
use hetc_engine::ops::layer_norm::{Affine, LayerNorm};
use hetc_engine::ops::noise::Noise;
use hetc_engine::ops::pool::Pool;
use hetc_engine::ops::response::Response;
use hetc_engine::streams::Stream;
use hetc_kernels::lanes::floats_mut;
use hetc_kernels::{LANES, Lanes};
use std::hint::black_box;
use std::time::Duration;

const MAP: Shape = Shape::Map(8, 32, 32);
const DEEP: Shape = Shape::Map(64, 8, 8);
const WIDE: Shape = Shape::Vector(128);
const GROUP: Group = Group { first: 0, samples: LANES };

fn layer(op: plan::Op, input: Shape, output: Shape) -> Layer {
    Layer { name: "it1".into(), line: 1, from: Vec::new(), input, output, params: 0, macs: 0, op }
}

fn random(count: usize) -> Vec<Lanes> {
    let mut stream = Stream::new(1, "bench", &[]);
    let mut vectors = vec![Lanes::default(); count];
    floats_mut(&mut vectors).iter_mut().for_each(|number| *number = stream.between(-1.0, 1.0));
    vectors
}

/// Memory of a pass.
struct Bench<'a> {
    op: &'a dyn Op,
    inputs: Vec<Vec<Lanes>>,
    output: Vec<Lanes>,
    kept: Vec<Lanes>,
    packed: Vec<f32>,
    params: Vec<f32>,
    state: Vec<f32>,
    dy: Vec<Lanes>,
    dx: Vec<Vec<Lanes>>,
    gradients: Vec<f32>,
    sums: Vec<f64>,
    scratch: Scratch,
}

impl<'a> Bench<'a> {
    fn new(op: &'a dyn Op, inputs: &[Shape], output: Shape) -> Self {
        let params = vec![1.0; 4 * output.elements()];
        let mut packed = vec![0.0; op.packed()];
        op.prepare(&params, &mut packed);
        Self {
            op,
            inputs: inputs.iter().map(|shape| random(shape.elements())).collect(),
            output: random(output.elements()),
            kept: random(op.kept()),
            packed,
            state: params.clone(),
            gradients: params.clone(),
            params,
            dy: random(output.elements()),
            dx: inputs.iter().map(|shape| random(shape.elements())).collect(),
            sums: vec![1.0; op.over_batch().map_or(0, |over| over.sums())],
            scratch: Scratch::default(),
        }
    }

    fn forward(&mut self, step: u64, collect: bool) {
        let mut into = if collect { self.sums.clone() } else { Vec::new() };
        let pass = Forward {
            group: GROUP,
            mode: Mode::Train { draws: Draws { seed: 1, epoch: 0, step }, sums: &self.sums, samples: LANES },
            inputs: &self.inputs.iter().map(Vec::as_slice).collect::<Vec<_>>(),
            output: &mut self.output,
            kept: &mut self.kept,
            packed: &self.packed,
            params: &self.params,
            state: &self.state,
            scratch: &mut self.scratch,
        };
        match self.op.over_batch() {
            Some(over) if collect => over.collect(&pass, &mut into),
            _ => self.op.forward(pass),
        }
    }

    fn backward(&mut self, collect: bool) {
        let mut into = if collect { self.sums.clone() } else { Vec::new() };
        let pass = Backward {
            group: GROUP,
            mode: Mode::Train { draws: Draws { seed: 1, epoch: 0, step: 0 }, sums: &self.sums, samples: LANES },
            inputs: &self.inputs.iter().map(Vec::as_slice).collect::<Vec<_>>(),
            output: &self.output,
            kept: &self.kept,
            packed: &self.packed,
            params: &self.params,
            dy: &mut self.dy,
            dx: &mut self.dx.iter_mut().map(|dx| Some(dx.as_mut_slice())).collect::<Vec<_>>(),
            gradients: &mut self.gradients,
            scratch: &mut self.scratch,
        };
        match self.op.over_batch() {
            Some(over) if collect => over.collect_back(&pass, &mut into),
            _ => self.op.backward(pass),
        }
    }
}

fn measure(criterion: &mut Criterion, name: &str, op: &dyn Op, inputs: &[Shape], output: Shape) {
    let mut bench = Bench::new(op, inputs, output);
    let mut group = criterion.benchmark_group(name);
    group.warm_up_time(Duration::from_millis(100)).measurement_time(Duration::from_millis(400)).sample_size(20);
    let vectors = inputs.iter().map(Shape::elements).sum::<usize>() + output.elements() + op.kept();
    group.throughput(Throughput::Bytes((vectors * size_of::<Lanes>()) as u64));
    let mut step = 0;
    group.bench_function("forward", |bencher| {
        bencher.iter(|| {
            step += 1;
            black_box(&mut bench).forward(step, false);
        })
    });
    group.bench_function("backward", |bencher| bencher.iter(|| black_box(&mut bench).backward(false)));
    if op.over_batch().is_some() {
        group.bench_function("sums", |bencher| bencher.iter(|| black_box(&mut bench).forward(0, true)));
        group.bench_function("sums back", |bencher| bencher.iter(|| black_box(&mut bench).backward(true)));
    }
    group.finish();
}

fn pools(criterion: &mut Criterion) {
    let half = Shape::Map(8, 16, 16);
    for kind in [PoolKind::Max, PoolKind::Avg] {
        for (window, pad) in [([2, 2], [0, 0]), ([3, 3], [1, 1])] {
            let layer = layer(plan::Op::Pool { kind, window, stride: [2, 2], pad }, MAP, half);
            let name = format!("{kind:?} {}x{} on {MAP}", window[0], window[1]);
            measure(criterion, &name, &Pool::new(&layer).unwrap(), &[MAP], half);
        }
        let layer = layer(plan::Op::AdaptivePool { kind }, DEEP, Shape::Map(64, 1, 1));
        let pool = AdaptivePool::new(&layer).unwrap();
        measure(criterion, &format!("{kind:?} of all {DEEP}"), &pool, &[DEEP], layer.output);
    }
}

fn copies(criterion: &mut Criterion) {
    let vector = Shape::Vector(DEEP.elements());
    measure(criterion, "flatten", &Flatten::new(&layer(plan::Op::Flatten, DEEP, vector)).unwrap(), &[DEEP], vector);
    for how in [plan::Join::Add, plan::Join::Multiply, plan::Join::Concat] {
        let output = if how == plan::Join::Concat { Shape::Map(16, 32, 32) } else { MAP };
        let join = Join::new(&layer(plan::Op::Join { how }, MAP, output), &[MAP, MAP]).unwrap();
        measure(criterion, &format!("{how:?}"), &join, &[MAP, MAP], output);
    }
    let inputs = [DEEP, Shape::Map(64, 1, 1)];
    let join = Join::new(&layer(plan::Op::Join { how: plan::Join::Multiply }, DEEP, DEEP), &inputs).unwrap();
    measure(criterion, "a number a channel", &join, &inputs, DEEP);
}

fn random_draws(criterion: &mut Criterion) {
    for shape in [WIDE, MAP] {
        let dropout = Dropout::new(&layer(plan::Op::Dropout { p: 0.5 }, shape, shape), 0).unwrap();
        measure(criterion, &format!("dropout {shape}"), &dropout, &[shape], shape);
    }
    let noise = layer(plan::Op::Noise { kind: NoiseKind::Normal, scale: 0.1, always: false }, WIDE, WIDE);
    measure(criterion, &format!("noise, drawn each time, {WIDE}"), &Noise::new(&noise, 0).unwrap(), &[WIDE], WIDE);
}

fn norms(criterion: &mut Criterion) {
    for shape in [WIDE, MAP, DEEP] {
        let of = |kind| layer(plan::Op::Norm { kind, affine: true, epsilon: 1e-5 }, shape, shape);
        let places = |count: usize| Some(Affine { scale: 0..count, shift: count..2 * count });
        let norm = LayerNorm::new(&of(NormKind::Layer), places(shape.elements())).unwrap();
        measure(criterion, &format!("layer norm {shape}"), &norm, &[shape], shape);
        let units = shape.units();
        let norm = BatchNorm::new(&of(NormKind::Batch), places(units), 0..units, units..2 * units).unwrap();
        measure(criterion, &format!("batch norm {shape}"), &norm, &[shape], shape);
    }
    for shape in [MAP, DEEP] {
        let response = layer(plan::Op::Response { size: 5, alpha: 1e-4, beta: 0.75, k: 2.0 }, shape, shape);
        measure(criterion, &format!("response {shape}"), &Response::new(&response).unwrap(), &[shape], shape);
    }
}

criterion_group!(benches, pools, copies, random_draws, norms);
criterion_main!(benches);
