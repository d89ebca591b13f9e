//! Runs an operation over a batch as the engine does, with everything that it is to write filled with NaN before.

use hetc_compiler::plan::{self, Layer};
use hetc_compiler::shape::Shape;
use hetc_engine::op::{Backward, Draws, Forward, Group, Look, Mode, Op, Scratch};
use hetc_engine::streams::Stream;
use hetc_kernels::lanes::floats_mut;
use hetc_kernels::{LANES, Lanes};

/// Samples, each a sample's numbers in the plan's order.
pub type Batch = Vec<Vec<f64>>;

pub const DRAWS: Draws = Draws { seed: 5, epoch: 2, step: 7 };
pub const LOOK: Look = Look { seed: 5, batch: 3 };

/// A layer of a plan, of which an operation needs little.
pub fn layer(op: plan::Op, input: Shape, output: Shape) -> Layer {
    Layer { name: "it1".into(), line: 1, from: Vec::new(), input, output, params: 0, macs: 0, op }
}

/// Random numbers as they are in single precision.
pub fn numbers(stream: &mut Stream, count: usize) -> Vec<f64> {
    (0..count).map(|_| f64::from(stream.normal() as f32)).collect()
}

pub fn batch(stream: &mut Stream, samples: usize, shape: &Shape) -> Batch {
    (0..samples).map(|_| numbers(stream, shape.elements())).collect()
}

/// What an operation works with.
pub struct Case<'a> {
    pub op: &'a dyn Op,
    pub inputs: Vec<Shape>,
    pub output: Shape,
    pub params: Vec<f32>,
    pub state: Vec<f32>,
}

/// What came out of training.
pub struct Trained {
    pub y: Batch,
    /// One an input; empty where none was wanted.
    pub dx: Vec<Batch>,
    pub gradients: Vec<f32>,
    pub state: Vec<f32>,
}

impl<'a> Case<'a> {
    pub fn new(op: &'a dyn Op, layer: &Layer) -> Self {
        Self { op, inputs: vec![layer.input], output: layer.output, params: Vec::new(), state: Vec::new() }
    }

    /// In evaluation.
    pub fn infer(&self, inputs: &[Batch]) -> Batch {
        let (packed, mut scratch) = (self.packed(), scratch());
        let mut y = Batch::new();
        for group in groups(inputs[0].len()) {
            let x: Vec<Vec<Lanes>> = self.inputs.iter().zip(inputs).map(|(shape, x)| to_lanes(x, shape, group)).collect();
            let mut output = nothing(self.output.elements());
            self.op.forward(Forward {
                group,
                mode: Mode::Infer(LOOK),
                inputs: &x.iter().map(Vec::as_slice).collect::<Vec<_>>(),
                output: &mut output,
                kept: &mut [],
                packed: &packed,
                params: &self.params,
                state: &self.state,
                scratch: &mut scratch,
            });
            y.extend(from_lanes(&output, &self.output, group.samples));
        }
        y
    }

    /// Forward and backward over a batch, from the gradients `dy`; `wanted` says of which inputs the gradients are wanted.
    pub fn train(&self, inputs: &[Batch], dy: &Batch, wanted: &[bool]) -> Trained {
        let (packed, mut scratch) = (self.packed(), scratch());
        let samples = dy.len();
        let groups = groups(samples);
        let x: Vec<Vec<Vec<Lanes>>> = groups
            .iter()
            .map(|group| self.inputs.iter().zip(inputs).map(|(shape, x)| to_lanes(x, shape, *group)).collect())
            .collect();
        let mut outputs: Vec<Vec<Lanes>> = groups.iter().map(|_| nothing(self.output.elements())).collect();
        let mut kept: Vec<Vec<Lanes>> = groups.iter().map(|_| nothing(self.op.kept())).collect();
        let mut state = self.state.clone();
        let over = self.op.over_batch();
        let mut sums = vec![0.0; over.map_or(0, |over| over.sums())];
        for collecting in [true, false] {
            let before = sums.clone();
            for (index, group) in groups.iter().enumerate() {
                let pass = Forward {
                    group: *group,
                    mode: Mode::Train { draws: DRAWS, sums: &before, samples },
                    inputs: &x[index].iter().map(Vec::as_slice).collect::<Vec<_>>(),
                    output: &mut outputs[index],
                    kept: &mut kept[index],
                    packed: &packed,
                    params: &self.params,
                    state: &self.state,
                    scratch: &mut scratch,
                };
                match over {
                    Some(over) if collecting => over.collect(&pass, &mut sums),
                    _ if collecting => {}
                    _ => self.op.forward(pass),
                }
            }
        }
        if let Some(over) = over {
            over.settle(&sums, samples, &mut state);
        }
        let mut gradients = vec![0.5; self.params.len()]; // added to
        let mut dx: Vec<Vec<Vec<Lanes>>> =
            groups.iter().map(|_| self.inputs.iter().map(|shape| nothing(shape.elements())).collect()).collect();
        sums.fill(0.0);
        for collecting in [true, false] {
            let before = sums.clone();
            for (index, group) in groups.iter().enumerate() {
                let mut dy = gradient_lanes(dy, &self.output, *group);
                let mut wanted: Vec<Option<&mut [Lanes]>> =
                    dx[index].iter_mut().zip(wanted).map(|(dx, wanted)| wanted.then_some(dx.as_mut_slice())).collect();
                let pass = Backward {
                    group: *group,
                    mode: Mode::Train { draws: DRAWS, sums: &before, samples },
                    inputs: &x[index].iter().map(Vec::as_slice).collect::<Vec<_>>(),
                    output: &outputs[index],
                    kept: &kept[index],
                    packed: &packed,
                    params: &self.params,
                    dy: &mut dy,
                    dx: &mut wanted,
                    gradients: &mut gradients,
                    scratch: &mut scratch,
                };
                match over {
                    Some(over) if collecting => over.collect_back(&pass, &mut sums),
                    _ if collecting => {}
                    _ => self.op.backward(pass),
                }
            }
        }
        gradients.iter_mut().for_each(|gradient| *gradient -= 0.5);
        let whole = |values: &[Vec<Lanes>], shape: &Shape| {
            let parts = groups.iter().zip(values).map(|(group, lanes)| from_lanes(lanes, shape, group.samples));
            parts.flatten().collect::<Batch>()
        };
        let of_input = |input: usize| {
            let parts: Vec<Vec<Lanes>> = dx.iter().map(|dx| dx[input].clone()).collect();
            if wanted[input] {
                groups.iter().zip(&parts).for_each(|(group, lanes)| assert_none_beyond(lanes, *group));
            }
            if wanted[input] { whole(&parts, &self.inputs[input]) } else { Batch::new() }
        };
        Trained { y: whole(&outputs, &self.output), dx: (0..self.inputs.len()).map(of_input).collect(), gradients, state }
    }

    fn packed(&self) -> Vec<f32> {
        let mut packed = vec![f32::NAN; self.op.packed()];
        self.op.prepare(&self.params, &mut packed);
        packed
    }
}

/// What is beyond the batch must have no gradient, or that of a NaN before it: parameters' gradients sum over all lanes.
fn assert_none_beyond(gradients: &[Lanes], group: Group) {
    for Lanes(lanes) in gradients {
        let nan = lanes[group.samples - 1].is_nan();
        assert!(lanes[group.samples..].iter().all(|lane| *lane == 0.0 || nan), "lanes beyond the batch have gradients");
    }
}

/// Used before.
fn scratch() -> Scratch {
    let mut scratch = Scratch::default();
    scratch.vectors(4096).fill(Lanes::all(f32::NAN));
    scratch
}

fn nothing(count: usize) -> Vec<Lanes> {
    vec![Lanes::all(f32::NAN); count]
}

fn groups(samples: usize) -> Vec<Group> {
    let starts = (0..samples).step_by(LANES);
    starts.map(|first| Group { first, samples: (samples - first).min(LANES) }).collect()
}

/// The vector of number `index` of a sample in the plan's order.
fn vector_of(shape: &Shape, index: usize) -> usize {
    let positions = shape.elements() / shape.units();
    index % positions * shape.units() + index / positions
}

fn to_lanes(batch: &Batch, shape: &Shape, group: Group) -> Vec<Lanes> {
    let mut lanes = nothing(shape.elements());
    for lane in 0..LANES {
        let sample = &batch[group.first + lane.min(group.samples - 1)];
        for (index, number) in sample.iter().enumerate() {
            floats_mut(&mut lanes)[vector_of(shape, index) * LANES + lane] = *number as f32;
        }
    }
    lanes
}

fn gradient_lanes(batch: &Batch, shape: &Shape, group: Group) -> Vec<Lanes> {
    let mut lanes = to_lanes(batch, shape, group);
    lanes.iter_mut().for_each(|vector| vector.0[group.samples..].fill(0.0));
    lanes
}

fn from_lanes(lanes: &[Lanes], shape: &Shape, samples: usize) -> Batch {
    let number = |sample: usize, index: usize| f64::from(lanes[vector_of(shape, index)].0[sample]);
    (0..samples).map(|sample| (0..shape.elements()).map(|index| number(sample, index)).collect()).collect()
}

/// Equal up to `tolerance`, absolute below 1 and relative above.
pub fn assert_close(got: &[f64], wanted: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    for (index, (got, wanted)) in got.iter().zip(wanted).enumerate() {
        let near = (got - wanted).abs() <= tolerance * wanted.abs().max(1.0);
        assert!(near || got == wanted || got.is_nan() && wanted.is_nan(), "{what} [{index}]: {got}, not {wanted}");
    }
}

pub fn assert_batches_close(got: &Batch, wanted: &Batch, tolerance: f64, what: &str) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    got.iter().zip(wanted).for_each(|(got, wanted)| assert_close(got, wanted, tolerance, what));
}

/// Central differences of `Σ dy·f(x)` along every number of `x`.
pub fn slopes(x: &[f64], f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let step = 1e-6;
    let mut x = x.to_vec();
    (0..x.len())
        .map(|index| {
            let middle = x[index];
            let mut at = |number| {
                x[index] = number;
                f(&x)
            };
            let slope = (at(middle + step) - at(middle - step)) / (2.0 * step);
            x[index] = middle;
            slope
        })
        .collect()
}

/// `Σ a·b`.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// An operation of one input on each sample by itself, without parameters: both passes and evaluation against `reference` and its slopes.
pub fn check_each(op: &dyn Op, layer: &Layer, samples: usize, tolerance: f64, reference: impl Fn(&[f64]) -> Vec<f64>) {
    let mut stream = Stream::new(1, "case", &[samples as u64]);
    let x = batch(&mut stream, samples, &layer.input);
    let dy = batch(&mut stream, samples, &layer.output);
    let case = Case::new(op, layer);
    let trained = case.train(std::slice::from_ref(&x), &dy, &[true]);
    let wanted: Batch = x.iter().map(|x| reference(x)).collect();
    let what = format!("{:?} of {}", layer.op, layer.input);
    assert_batches_close(&trained.y, &wanted, tolerance, &format!("value of {what}"));
    assert_batches_close(&case.infer(std::slice::from_ref(&x)), &wanted, tolerance, &format!("evaluation of {what}"));
    let gradients: Batch = x.iter().zip(&dy).map(|(x, dy)| slopes(x, |x| dot(dy, &reference(x)))).collect();
    assert_batches_close(&trained.dx[0], &gradients, tolerance.max(1e-6), &format!("gradient of {what}"));
    case.train(std::slice::from_ref(&x), &dy, &[false]); // nobody wants it
}
