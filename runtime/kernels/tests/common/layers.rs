//! Layers of cells run over samples that lie one after the other, as a plan orders them.
#![allow(dead_code)]

use hetc_compiler::plan::Plan;
use hetc_compiler::shape::Shape;
use hetc_kernels::{CellCompiler, CellScratch, Cells, Emitter, KernelError, LANES, Lanes, Options};

/// All readings of a plan's first layer: code by each emitter that this machine has, and the interpreter.
pub fn readings(plan: &Plan) -> Vec<(&'static str, Layer<'_>)> {
    let emitters = [("wide", Emitter::Wide), ("cranelift", Emitter::Cranelift)];
    let compiled = emitters.into_iter().map(|(name, emitter)| {
        let options = Options { emitter, ..Options::default() };
        (name, Layer::with(plan, CellCompiler::new(plan, &options)))
    });
    let is_there = |layer: &Layer| !matches!(layer.cells.warning(), Some(KernelError::UnsupportedHost { .. }));
    compiled.filter(|(_, layer)| is_there(layer)).chain([("interpreted", Layer::interpreted(plan))]).collect()
}

/// A plan's first layer.
pub struct Layer<'p> {
    plan: &'p Plan,
    pub cells: Cells,
}

impl<'p> Layer<'p> {
    pub fn compiled(plan: &'p Plan) -> Self {
        Self::with(plan, CellCompiler::new(plan, &Options::default()))
    }

    pub fn interpreted(plan: &'p Plan) -> Self {
        Self::with(plan, CellCompiler::interpreting(plan))
    }

    pub fn with(plan: &'p Plan, mut compiler: CellCompiler<'p>) -> Self {
        compiler.layer(0);
        Self { plan, cells: compiler.finish().remove(0) }
    }

    /// Answers, gradients of the input and of the weights. Samples are taken in groups; the last one is filled up with copies of its
    /// last sample, whose answers have no gradients.
    pub fn run(&self, x: &[f32], weights: &[f32], dy: &[f32]) -> [Vec<f32>; 3] {
        let (input, output) = (self.plan.layers[0].input, self.plan.layers[0].output);
        let (xs, ys) = (input.elements(), output.elements());
        let samples = x.len() / xs;
        assert_eq!((x.len(), dy.len()), (samples * xs, samples * ys));
        let mut packed = vec![f32::NAN; self.cells.packed_len()];
        self.cells.prepare(weights, &mut packed);
        let mut scratch = CellScratch::default();
        let (mut y, mut dx, mut dweights) = (Vec::new(), Vec::new(), vec![0.0; weights.len()]);
        for first in (0..samples).step_by(LANES) {
            let samples = first..samples.min(first + LANES);
            let x = group(&x[samples.start * xs..samples.end * xs], input, true);
            let dy = group(&dy[samples.start * ys..samples.end * ys], output, false);
            let anything = Lanes::all(f32::NAN);
            let (mut group_y, mut group_dx) = (vec![anything; ys], vec![anything; xs]);
            self.cells.forward(&packed, &x, &mut group_y, &mut scratch);
            self.cells.backward(&packed, &x, &dy, Some(&mut group_dx), &mut dweights, &mut scratch);
            for lane in 0..samples.len() {
                y.extend(sample(&group_y, output, lane));
                dx.extend(sample(&group_dx, input, lane));
            }
        }
        [y, dx, dweights]
    }
}

/// At most 16 samples as vectors; the other lanes repeat the last sample, or are 0.
pub fn group(samples: &[f32], shape: Shape, repeat: bool) -> Vec<Lanes> {
    let len = shape.elements();
    let mut vectors = vec![Lanes::default(); len];
    let last = samples.len() / len - 1;
    for lane in (0..LANES).filter(|lane| *lane <= last || repeat) {
        let sample = &samples[lane.min(last) * len..][..len];
        sample.iter().enumerate().for_each(|(element, number)| vectors[place(shape, element)].0[lane] = *number);
    }
    vectors
}

/// One sample of a group, in the plan's order.
pub fn sample(vectors: &[Lanes], shape: Shape, lane: usize) -> impl Iterator<Item = f32> {
    (0..vectors.len()).map(move |element| vectors[place(shape, element)].0[lane])
}

/// The vector that holds an element.
fn place(shape: Shape, element: usize) -> usize {
    let positions = shape.elements() / shape.units();
    element % positions * shape.units() + element / positions
}

/// Numbers between -2 and 2 that look random.
pub fn scattered(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 24) as f32 * 4.0 - 2.0
    };
    (0..count).map(|_| next()).collect()
}
