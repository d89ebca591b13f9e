//! A learned function: a multilayer perceptron to one number.

use crate::plan::Function;

/// What one layer of it saw and gave.
struct Pass {
    /// What went in.
    input: Vec<f64>,
    /// Weighted sums.
    sums: Vec<f64>,
}

/// Its value at `arguments`; `numbers` are its weights and biases, in the order of its tensors.
pub(super) fn value(function: &Function, numbers: &[f64], arguments: &[f64]) -> f64 {
    forward(function, numbers, arguments).last().map_or(f64::NAN, |pass| pass.sums[0])
}

/// The slopes with respect to the arguments of its value times `upstream`; those with respect to `numbers` are added to `slopes`.
pub(super) fn gradient(function: &Function, numbers: &[f64], arguments: &[f64], upstream: f64, slopes: &mut [f64]) -> Vec<f64> {
    let slope = function.activation.derivative(0);
    let mut back = vec![upstream]; // of the sums of the layer at hand
    let mut end = numbers.len();
    let passes = forward(function, numbers, arguments);
    for (layer, pass) in passes.iter().enumerate().rev() {
        let (inputs, outputs) = (pass.input.len(), pass.sums.len());
        let (weights, biases) = (end - outputs * (inputs + 1), end - outputs);
        let mut below = vec![0.0; inputs];
        for (out, back) in back.iter().enumerate() {
            slopes[biases + out] += back;
            for (i, input) in pass.input.iter().enumerate() {
                slopes[weights + out * inputs + i] += back * input;
                below[i] += back * numbers[weights + out * inputs + i];
            }
        }
        back = match layer {
            0 => below,
            _ => below.iter().zip(&passes[layer - 1].sums).map(|(below, sum)| below * slope.at(*sum)).collect(),
        };
        end = weights;
    }
    back
}

fn forward(function: &Function, numbers: &[f64], arguments: &[f64]) -> Vec<Pass> {
    let mut passes: Vec<Pass> = Vec::new();
    let mut input = arguments.to_vec();
    let mut rest = numbers;
    for pair in function.widths().windows(2) {
        let (weights, behind) = rest.split_at(pair[0] * pair[1]);
        let (biases, behind) = behind.split_at(pair[1]);
        let sum = |(row, bias): (&[f64], &f64)| row.iter().zip(&input).map(|(weight, value)| weight * value).sum::<f64>() + bias;
        let sums: Vec<f64> = weights.chunks(pair[0]).zip(biases).map(sum).collect();
        let answers = sums.iter().map(|sum| function.activation.at(*sum)).collect();
        passes.push(Pass { input: std::mem::replace(&mut input, answers), sums });
        rest = behind;
    }
    passes
}
