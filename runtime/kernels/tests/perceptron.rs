//! Learned functions against the same in f64, written down plainly.
#![allow(clippy::unwrap_used, missing_docs)]

use hetc_compiler::formula::{Binary, Builder, Formula, NodeId, Unary};
use hetc_compiler::plan::Function;
use hetc_grammar::tree::CmpOp;
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
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
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
        let layer = |numbers: &mut Numbers, [columns, rows]: [usize; 2]| -> Vec<f32> {
            let scale = (3.0 / columns as f32).sqrt();
            let matrix: Vec<f32> = (0..rows * columns).map(|_| scale * numbers.number()).collect();
            let bias: Vec<f32> = (0..rows).map(|_| 0.5 * numbers.number()).collect();
            [matrix, bias].concat()
        };
        function.widths().windows(2).flat_map(|pair| layer(self, [pair[0], pair[1]])).collect()
    }
}

/// What hidden units answer with: a function and its slope.
#[derive(Debug, Clone, Copy)]
enum Hidden {
    Relu,
    Tanh,
}

impl Hidden {
    fn value(self, x: f64) -> f64 {
        match self {
            Self::Relu => x.max(0.0),
            Self::Tanh => x.tanh(),
        }
    }

    fn slope(self, x: f64) -> f64 {
        match self {
            Self::Relu => f64::from(x > 0.0),
            Self::Tanh => 1.0 - x.tanh().powi(2),
        }
    }

    fn formula(self) -> Formula {
        match self {
            Self::Relu => formula(|b, x, zero| b.binary(Binary::Max, x, zero)),
            Self::Tanh => formula(|b, x, _| b.unary(Unary::Tanh, x)),
        }
    }

    fn function(self, inputs: u8, hidden: &[usize]) -> Function {
        let params = Function::count(inputs, hidden);
        Function { name: "f".into(), inputs, hidden: hidden.to_vec(), activation: self.formula(), params }
    }

    fn activation(self) -> Activation {
        Activation::relu(&self.formula()).unwrap_or_else(|| Activation::Pointwise(Arc::new(self)))
    }
}

impl Pointwise for Hidden {
    fn forward(&self, buffer: &mut [Lanes]) {
        buffer.iter_mut().flat_map(|lanes| &mut lanes.0).for_each(|x| *x = self.value(f64::from(*x)) as f32);
    }

    fn backward(&self, pre: &[Lanes], gradient: &mut [Lanes]) {
        let gradients = gradient.iter_mut().flat_map(|lanes| &mut lanes.0);
        pre.iter().flat_map(|lanes| &lanes.0).zip(gradients).for_each(|(x, dx)| *dx *= self.slope(f64::from(*x)) as f32);
    }
}

/// Of one value and the number 0.
fn formula(root: impl Fn(&mut Builder, NodeId, NodeId) -> NodeId) -> Formula {
    let mut b = Builder::new();
    let (x, zero) = (b.input(0), b.constant(0.0));
    let root = root(&mut b, x, zero);
    b.finish(&[root], 1)
}

/// Every way of this machine; its own comes last.
fn ways() -> Vec<Arch> {
    let mut ways = vec![Arch::Scalar];
    #[cfg(target_arch = "x86_64")]
    ways.extend(pulp::x86::V3::try_new().map(Arch::V3));
    ways.push(Arch::new());
    ways
}

/// What is asked of a function.
struct Case {
    hidden: Hidden,
    function: Function,
    weights: Vec<f32>,
    n: usize,
    arguments: Vec<Lanes>,
    dout: Vec<Lanes>,
}

/// What it answers; the oracle in f64 and with single numbers, in the same order.
#[derive(Debug, Clone, PartialEq)]
struct Answers<Vector, Number> {
    out: Vec<Vector>,
    darguments: Vec<Vector>,
    dweights: Vec<Number>,
}

impl Case {
    fn new(hidden: Hidden, function: Function, n: usize, seed: u64) -> Self {
        let mut numbers = Numbers(seed);
        let weights = numbers.weights(&function);
        let arguments = numbers.vectors(usize::from(function.inputs) * n);
        Self { hidden, function, weights, n, arguments, dout: numbers.vectors(n) }
    }

    fn perceptron(&self) -> Perceptron {
        Perceptron::new(&self.function, self.hidden.activation())
    }

    fn packed(&self, perceptron: &Perceptron) -> Vec<f32> {
        let mut packed = vec![f32::NAN; perceptron.packed_len()];
        perceptron.prepare(&self.weights, &mut packed);
        packed
    }

    fn answers(&self, perceptron: &Perceptron, scratch: &mut PerceptronScratch) -> Answers<Lanes, f32> {
        let packed = self.packed(perceptron);
        let mut out = vec![Lanes::all(f32::NAN); self.n];
        let mut darguments = vec![Lanes::all(f32::NAN); self.arguments.len()];
        let mut dweights = vec![0.0; self.weights.len()];
        perceptron.forward(&packed, &self.arguments, self.n, &mut out, scratch);
        perceptron.backward(&packed, &self.arguments, self.n, &self.dout, &mut darguments, &mut dweights, scratch);
        Answers { out, darguments, dweights }
    }

    fn expected(&self) -> Answers<f64, f64> {
        let inputs = usize::from(self.function.inputs);
        let positions = self.n * LANES;
        let mut expected = Answers {
            out: vec![0.0; positions],
            darguments: vec![0.0; inputs * positions],
            dweights: vec![0.0; self.weights.len()],
        };
        let at = |vectors: &[Lanes], index: usize| f64::from(vectors[index / LANES].0[index % LANES]);
        for position in 0..positions {
            let x = (0..inputs).map(|input| at(&self.arguments, input * positions + position)).collect();
            let (y, dx) = self.one(x, at(&self.dout, position), &mut expected.dweights);
            expected.out[position] = y;
            dx.iter().enumerate().for_each(|(input, dx)| expected.darguments[input * positions + position] = *dx);
        }
        expected
    }

    /// Result and gradients at one position.
    fn one(&self, x: Vec<f64>, dy: f64, dweights: &mut [f64]) -> (f64, Vec<f64>) {
        let weight = |index: usize| f64::from(self.weights[index]);
        let widths = self.function.widths();
        let mut values = vec![x];
        let mut before: Vec<Vec<f64>> = Vec::new();
        let mut starts = Vec::new();
        let mut start = 0;
        for pair in widths.windows(2) {
            let [columns, rows] = [pair[0], pair[1]];
            let x = &values[values.len() - 1];
            let product = |row: usize| -> f64 { (0..columns).map(|i| weight(start + row * columns + i) * x[i]).sum() };
            let sums: Vec<f64> = (0..rows).map(|row| product(row) + weight(start + rows * columns + row)).collect();
            values.push(sums.iter().map(|sum| self.hidden.value(*sum)).collect());
            before.push(sums);
            starts.push(start);
            start += (columns + 1) * rows;
        }
        let mut gradient = vec![dy];
        for (index, start) in starts.into_iter().enumerate().rev() {
            let [columns, rows] = [widths[index], widths[index + 1]];
            let mut next = vec![0.0; columns];
            for row in 0..rows {
                for column in 0..columns {
                    dweights[start + row * columns + column] += gradient[row] * values[index][column];
                    next[column] += gradient[row] * weight(start + row * columns + column);
                }
                dweights[start + rows * columns + row] += gradient[row];
            }
            if index > 0 {
                next.iter_mut().zip(&before[index - 1]).for_each(|(next, x)| *next *= self.hidden.slope(*x));
            }
            gradient = next;
        }
        (before[widths.len() - 2][0], gradient)
    }

    /// Panics where `answers` are further off than `tolerance` times the largest number of each kind.
    fn check(&self, answers: &Answers<Lanes, f32>, expected: &Answers<f64, f64>, tolerance: f64) {
        let lanes = |vectors: &[Lanes]| -> Vec<f32> { vectors.iter().flat_map(|lanes| lanes.0).collect() };
        compare("results", &lanes(&answers.out), &expected.out, tolerance);
        compare("arguments", &lanes(&answers.darguments), &expected.darguments, tolerance);
        compare("weights", &answers.dweights, &expected.dweights, tolerance);
    }
}

fn compare(what: &str, found: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(1e-30, |largest: f64, x| largest.max(x.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(*found) - expected).abs() / largest;
        assert!(error <= tolerance, "{what}[{index}]: {found} instead of {expected}, off by {error:e} of the largest");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_widths_and_numbers_of_positions(
        inputs in 1..=3u8,
        hidden in prop::collection::vec(1..40usize, 1..=3),
        n in 1..20usize,
        smooth in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let activation = if smooth { Hidden::Tanh } else { Hidden::Relu };
        let case = Case::new(activation, activation.function(inputs, &hidden), n, seed);
        let expected = case.expected();
        for arch in ways() {
            let answers = case.answers(&case.perceptron().on(arch), &mut PerceptronScratch::default());
            case.check(&answers, &expected, 2e-5);
        }
    }
}

#[test]
fn wide_layers() {
    let shapes: [(&[usize], usize); 6] =
        [(&[64, 64], 21), (&[100, 30], 5), (&[7, 130], 6), (&[65], 3), (&[24, 32, 48, 16], 9), (&[300], 2)];
    for (hidden, n) in shapes {
        for activation in [Hidden::Relu, Hidden::Tanh] {
            let case = Case::new(activation, activation.function(2, hidden), n, 5);
            let expected = case.expected();
            for arch in ways() {
                let answers = case.answers(&case.perceptron().on(arch), &mut PerceptronScratch::default());
                case.check(&answers, &expected, 2e-5);
            }
        }
    }
}

#[test]
fn fewer_hidden_units_than_arguments() {
    for hidden in [&[1][..], &[2], &[1, 1], &[2, 1, 2]] {
        for activation in [Hidden::Relu, Hidden::Tanh] {
            let case = Case::new(activation, activation.function(3, hidden), 40, 5);
            let expected = case.expected();
            for arch in ways() {
                let answers = case.answers(&case.perceptron().on(arch), &mut PerceptronScratch::default());
                case.check(&answers, &expected, 2e-5);
            }
        }
    }
}

#[test]
fn long_sums_stay_exact() {
    let case = Case::new(Hidden::Relu, Hidden::Relu.function(2, &[24, 20]), 6250, 11);
    let answers = case.answers(&case.perceptron(), &mut PerceptronScratch::default());
    case.check(&answers, &case.expected(), 2e-5);
}

#[test]
fn sums_of_one_sign_stay_exact() {
    let mut case = Case::new(Hidden::Relu, Hidden::Relu.function(1, &[24, 20]), 6250, 12);
    case.dout.iter_mut().flat_map(|lanes| &mut lanes.0).for_each(|x| *x = x.abs() + 0.1);
    case.weights.iter_mut().for_each(|x| *x = x.abs());
    let answers = case.answers(&case.perceptron(), &mut PerceptronScratch::default());
    case.check(&answers, &case.expected(), 2e-5);
}

#[test]
fn one_memory_serves_all_functions_and_nothing_is_left_in_it() {
    let mut scratch = PerceptronScratch::default();
    let cases = [(&[40, 40][..], 30), (&[3], 1), (&[17, 33], 7), (&[40, 40], 30)].map(|(hidden, n)| {
        let activation = if n == 7 { Hidden::Tanh } else { Hidden::Relu };
        Case::new(activation, activation.function(3, hidden), n, 3)
    });
    for case in &cases {
        let perceptron = case.perceptron();
        assert_eq!(case.answers(&perceptron, &mut scratch), case.answers(&perceptron, &mut PerceptronScratch::default()));
    }
}

#[test]
fn gradients_of_weights_are_added() {
    let case = Case::new(Hidden::Relu, Hidden::Relu.function(2, &[30, 30]), 9, 4);
    let perceptron = case.perceptron();
    let mut scratch = PerceptronScratch::default();
    let once = case.answers(&perceptron, &mut scratch);
    let mut dweights = once.dweights.clone();
    let mut darguments = vec![Lanes::all(f32::NAN); case.arguments.len()];
    let packed = case.packed(&perceptron);
    perceptron.backward(&packed, &case.arguments, case.n, &case.dout, &mut darguments, &mut dweights, &mut scratch);
    assert_eq!(dweights, once.dweights.iter().map(|x| x + x).collect::<Vec<_>>());
    assert_eq!(darguments, once.darguments);
}

#[test]
fn a_result_does_not_depend_on_where_it_stands() {
    let case = Case::new(Hidden::Relu, Hidden::Relu.function(1, &[20, 10]), 43, 8);
    let mut scratch = PerceptronScratch::default();
    for arch in ways() {
        let perceptron = case.perceptron().on(arch);
        let packed = case.packed(&perceptron);
        let together = case.answers(&perceptron, &mut scratch).out;
        for (argument, together) in case.arguments.iter().zip(together) {
            let mut alone = [Lanes::default()];
            perceptron.forward(&packed, &[*argument], 1, &mut alone, &mut scratch);
            assert_eq!(alone, [together]);
        }
    }
}

#[test]
fn no_positions() {
    let case = Case::new(Hidden::Relu, Hidden::Relu.function(2, &[5]), 0, 8);
    let answers = case.answers(&case.perceptron(), &mut PerceptronScratch::default());
    assert_eq!(answers.dweights, vec![0.0; 21]);
}

#[test]
fn nan_stays_nan() {
    let mut case = Case::new(Hidden::Relu, Hidden::Relu.function(2, &[20, 10]), 5, 8);
    case.arguments[2].0[3] = f32::NAN;
    for arch in ways() {
        let answers = case.answers(&case.perceptron().on(arch), &mut PerceptronScratch::default());
        for (vector, lanes) in answers.out.iter().enumerate() {
            for (lane, x) in lanes.0.iter().enumerate() {
                assert_eq!(x.is_nan(), (vector, lane) == (2, 3));
            }
        }
    }
}

#[test]
fn a_unit_at_zero_has_no_slope() {
    let mut case = Case::new(Hidden::Relu, Hidden::Relu.function(1, &[1]), 1, 8);
    case.weights = vec![1.0, 0.0, 1.0, 0.0];
    case.arguments[0] = Lanes::default();
    case.arguments[0].0[1] = 1e-40;
    for arch in ways() {
        let answers = case.answers(&case.perceptron().on(arch), &mut PerceptronScratch::default());
        assert_eq!(answers.darguments[0].0[0], 0.0);
        assert_eq!(answers.darguments[0].0[1], case.dout[0].0[1]);
    }
}

#[test]
fn relu_is_known_by_its_formula() {
    let known = |formula: Formula| Activation::relu(&formula).is_some();
    assert!(known(formula(|b, x, zero| b.binary(Binary::Max, x, zero))));
    assert!(!known(formula(|b, x, zero| b.binary(Binary::Max, zero, x))), "its slope at 0 is 1");
    assert!(!known(formula(|b, x, zero| b.select(CmpOp::Gt, x, zero, x, zero))), "it is 0 where x is NaN");
    assert!(!known(formula(|b, x, _| x_and_tenth(b, x))));
    assert!(!known(formula(|_, x, _| x)));
}

fn x_and_tenth(b: &mut Builder, x: NodeId) -> NodeId {
    let tenth = b.scale(0.1, x);
    b.binary(Binary::Max, x, tenth)
}
