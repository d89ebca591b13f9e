//! Learned functions against the same in f64, written down plainly.
#![allow(clippy::unwrap_used, missing_docs)]

use hetc_compiler::formula::{Binary, Builder, Formula, Unary};
use hetc_compiler::plan::Function;
use hetc_kernels::perceptron::{Activation, Perceptron, PerceptronScratch, Pointwise};
use hetc_kernels::{LANES, Lanes};
use proptest::prelude::*;
use pulp::Arch;
use std::sync::Arc;

/// Numbers that look random: SplitMix64.
struct Numbers(u64);

impl Numbers {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in -1 .. 1.
    fn number(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    fn vectors(&mut self, count: usize) -> Vec<Lanes> {
        (0..count).map(|_| Lanes(std::array::from_fn(|_| self.number()))).collect()
    }

    /// Of each layer as large as keeps values near 1.
    fn weights(&mut self, function: &Function) -> Vec<f32> {
        let widths = function.widths();
        let layer = |numbers: &mut Numbers, pair: &[usize]| -> Vec<f32> {
            let scale = (3.0 / pair[0] as f32).sqrt();
            let matrix: Vec<f32> = (0..pair[0] * pair[1]).map(|_| scale * numbers.number()).collect();
            let bias: Vec<f32> = (0..pair[1]).map(|_| 0.5 * numbers.number()).collect();
            [matrix, bias].concat()
        };
        widths.windows(2).flat_map(|pair| layer(self, pair)).collect()
    }
}

fn relu() -> Formula {
    let mut b = Builder::new();
    let (x, zero) = (b.input(0), b.constant(0.0));
    let root = b.binary(Binary::Max, x, zero);
    b.finish(&[root], 1)
}

fn tanh() -> Formula {
    let mut b = Builder::new();
    let x = b.input(0);
    let root = b.unary(Unary::Tanh, x);
    b.finish(&[root], 1)
}

/// A formula as it is, number by number.
struct Plain {
    value: Formula,
    slope: Formula,
}

impl Pointwise for Plain {
    fn forward(&self, buffer: &mut [Lanes]) {
        buffer.iter_mut().flat_map(|lanes| &mut lanes.0).for_each(|x| *x = self.value.eval(&[f64::from(*x)]) as f32);
    }

    fn backward(&self, pre: &[Lanes], gradient: &mut [Lanes]) {
        let gradients = gradient.iter_mut().flat_map(|lanes| &mut lanes.0);
        for (x, gradient) in pre.iter().flat_map(|lanes| &lanes.0).zip(gradients) {
            *gradient *= self.slope.eval(&[f64::from(*x)]) as f32;
        }
    }
}

fn pointwise(formula: &Formula) -> Activation {
    Activation::Pointwise(Arc::new(Plain { value: formula.clone(), slope: formula.derivative(0) }))
}

fn function(inputs: u8, hidden: &[usize], activation: Formula) -> Function {
    Function { name: "f".into(), inputs, hidden: hidden.to_vec(), activation, params: Function::count(inputs, hidden) }
}

/// Every way of this machine; its own comes last.
fn ways() -> Vec<Arch> {
    let mut ways = vec![Arch::Scalar];
    #[cfg(target_arch = "x86_64")]
    ways.extend(pulp::x86::V3::try_new().map(Arch::V3));
    ways.push(Arch::new());
    ways
}

/// What is asked of a function, and what it answers.
struct Case {
    function: Function,
    weights: Vec<f32>,
    n: usize,
    arguments: Vec<Lanes>,
    dout: Vec<Lanes>,
}

#[derive(Debug, Clone, PartialEq)]
struct Answers {
    out: Vec<Lanes>,
    darguments: Vec<Lanes>,
    dweights: Vec<f32>,
}

impl Case {
    fn new(function: Function, n: usize, seed: u64) -> Self {
        let mut numbers = Numbers(seed);
        let weights = numbers.weights(&function);
        let arguments = numbers.vectors(usize::from(function.inputs) * n);
        let dout = numbers.vectors(n);
        Self { function, weights, n, arguments, dout }
    }

    fn answers(&self, perceptron: &Perceptron, scratch: &mut PerceptronScratch) -> Answers {
        let mut packed = vec![f32::NAN; perceptron.packed_len()];
        perceptron.prepare(&self.weights, &mut packed);
        let mut answers = Answers {
            out: vec![Lanes::all(f32::NAN); self.n],
            darguments: vec![Lanes::all(f32::NAN); self.arguments.len()],
            dweights: vec![0.0; self.weights.len()],
        };
        perceptron.forward(&packed, &self.arguments, self.n, &mut answers.out, scratch);
        let Answers { darguments, dweights, .. } = &mut answers;
        perceptron.backward(&packed, &self.arguments, self.n, &self.dout, darguments, dweights, scratch);
        answers
    }

    /// The same in f64: results, gradients of arguments as `[position][input]`, of weights.
    fn expected(&self) -> (Vec<f64>, Vec<Vec<f64>>, Vec<f64>) {
        let inputs = usize::from(self.function.inputs);
        let slope = self.function.activation.derivative(0);
        let mut dweights = vec![0.0; self.weights.len()];
        let mut out = Vec::new();
        let mut darguments = Vec::new();
        for position in 0..self.n * LANES {
            let at = |vectors: &[Lanes], row: usize| f64::from(vectors[row * self.n + position / LANES].0[position % LANES]);
            let x: Vec<f64> = (0..inputs).map(|input| at(&self.arguments, input)).collect();
            let (y, dx) = self.one(&slope, x, at(&self.dout, 0), &mut dweights);
            out.push(y);
            darguments.push(dx);
        }
        (out, darguments, dweights)
    }

    fn one(&self, slope: &Formula, x: Vec<f64>, dy: f64, dweights: &mut [f64]) -> (f64, Vec<f64>) {
        let widths = self.function.widths();
        let layers: Vec<[usize; 2]> = widths.windows(2).map(|pair| [pair[0], pair[1]]).collect();
        let mut values = vec![x];
        let mut before: Vec<Vec<f64>> = Vec::new();
        let mut starts = vec![0];
        for [columns, rows] in &layers {
            let start = starts[starts.len() - 1];
            let weight = |index: usize| f64::from(self.weights[start + index]);
            let x = &values[values.len() - 1];
            let sum = |row: usize| -> f64 { (0..*columns).map(|column| weight(row * columns + column) * x[column]).sum() };
            let sums: Vec<f64> = (0..*rows).map(|row| sum(row) + weight(rows * columns + row)).collect();
            values.push(sums.iter().map(|sum| self.function.activation.eval(&[*sum])).collect());
            before.push(sums);
            starts.push(start + rows * columns + rows);
        }
        let y = before[layers.len() - 1][0];
        let mut gradient = vec![dy];
        for (index, [columns, rows]) in layers.iter().enumerate().rev() {
            let start = starts[index];
            let mut next = vec![0.0; *columns];
            for row in 0..*rows {
                for column in 0..*columns {
                    dweights[start + row * columns + column] += gradient[row] * values[index][column];
                    next[column] += gradient[row] * f64::from(self.weights[start + row * columns + column]);
                }
                dweights[start + rows * columns + row] += gradient[row];
            }
            if index > 0 {
                next.iter_mut().zip(&before[index - 1]).for_each(|(next, x)| *next *= slope.eval(&[*x]));
            }
            gradient = next;
        }
        (y, gradient)
    }

    /// Panics where `answers` are further off than `tolerance` times the largest number of each kind.
    fn check(&self, answers: &Answers, tolerance: f64) {
        let (out, darguments, dweights) = self.expected();
        let lanes = |vectors: &[Lanes]| -> Vec<f64> { vectors.iter().flat_map(|lanes| lanes.0).map(f64::from).collect() };
        compare("results", &lanes(&answers.out), &out, tolerance);
        let inputs = usize::from(self.function.inputs);
        let by_input = |input: usize| darguments.iter().map(move |dx| dx[input]);
        compare("arguments", &lanes(&answers.darguments), &(0..inputs).flat_map(by_input).collect::<Vec<_>>(), tolerance);
        compare("weights", &answers.dweights.iter().map(|x| f64::from(*x)).collect::<Vec<_>>(), &dweights, tolerance);
    }
}

fn compare(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(1e-30, |largest: f64, x| largest.max(x.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs() / largest;
        assert!(error <= tolerance, "{what}[{index}]: {found} instead of {expected}, off by {error:e} of the largest");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_widths_and_numbers_of_positions(
        inputs in 1..=3u8,
        hidden in prop::collection::vec(1..40usize, 1..=3),
        n in 1..20usize,
        smooth in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let formula = if smooth { tanh() } else { relu() };
        let activation = Activation::relu(&formula).unwrap_or_else(|| pointwise(&formula));
        let case = Case::new(function(inputs, &hidden, formula), n, seed);
        // A position whose unit is at 0 but for rounding has another slope: as rare as it is, tolerate a few of them by size.
        for arch in ways() {
            let perceptron = Perceptron::new(&case.function, activation.clone()).on(arch);
            case.check(&case.answers(&perceptron, &mut PerceptronScratch::default()), 2e-5);
        }
    }
}

#[test]
fn wide_layers() {
    for (hidden, n) in [(&[64, 64][..], 21), (&[100, 30], 5), (&[7, 130], 6), (&[65], 3), (&[24, 32, 48, 16], 9)] {
        let case = Case::new(function(2, hidden, relu()), n, 5);
        for arch in ways() {
            let perceptron = Perceptron::new(&case.function, Activation::Relu).on(arch);
            case.check(&case.answers(&perceptron, &mut PerceptronScratch::default()), 2e-5);
        }
    }
}
