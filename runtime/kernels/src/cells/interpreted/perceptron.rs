//! A learned function, forward and backward over many lanes.

use super::product::{self, Packed, TILE, add_products};
use super::program::{Program, Registers, pieces};
use hetc_compiler::plan::Function;
use std::ops::Range;

/// A learned function and where its weights start in the layer's.
#[derive(Debug)]
pub struct Perceptron {
    /// From its arguments to its one result.
    widths: Vec<usize>,
    start: usize,
    activation: Program,
    slope: Program,
    /// How many lanes go through at a time: what is kept of them stays in the second-level cache, or within some MiB if it is wide.
    block: usize,
}

/// The weights of one call, laid out for products.
#[derive(Debug)]
pub struct Prepared<'a> {
    perceptron: &'a Perceptron,
    layers: Vec<Layer<'a>>,
}

#[derive(Debug)]
struct Layer<'a> {
    weights: Packed,
    transposed: Packed,
    bias: &'a [f32],
    /// Where its weights are in the layer's slice; the bias follows.
    places: Range<usize>,
}

/// What one thread keeps of the lanes under way; rows of lanes.
#[derive(Debug, Default)]
pub struct Scratch {
    arguments: Vec<f32>,
    /// For each layer, before and after the activation.
    before: Vec<Vec<f32>>,
    after: Vec<Vec<f32>>,
    gradient: Vec<f32>,
    next_gradient: Vec<f32>,
}

impl Perceptron {
    pub fn new(function: &Function, start: usize) -> Self {
        let widths = function.widths();
        let block = match widths.iter().max() {
            Some(..=512) => 128,
            Some(..=4096) => 32,
            _ => TILE,
        };
        let slope = Program::new(&function.activation.derivative(0));
        Self { widths, start, activation: Program::new(&function.activation), slope, block }
    }

    /// Lays out the weights, given all of the layer's.
    pub fn prepare<'a>(&'a self, weights: &'a [f32]) -> Prepared<'a> {
        let mut start = self.start;
        let layer = |pair: &[usize]| {
            let [columns, rows] = [pair[0], pair[1]];
            let places = start..start + rows * columns;
            start = places.end + rows;
            let matrix = &weights[places.clone()];
            Layer {
                weights: Packed::new(rows, columns, |row, column| matrix[row * columns + column]),
                transposed: Packed::new(columns, rows, |row, column| matrix[column * columns + row]),
                bias: &weights[places.end..start],
                places,
            }
        };
        Prepared { perceptron: self, layers: self.widths.windows(2).map(layer).collect() }
    }
}

/// Grows `buffer` to at least `len`.
fn provide(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    &mut buffer[..len]
}

impl Prepared<'_> {
    /// The results for the first `count` lanes of `arguments`.
    pub fn forward(&self, arguments: &[Vec<f32>], count: usize, memory: (&mut Scratch, &mut Registers), out: &mut [f32]) {
        let (scratch, registers) = memory;
        for lanes in self.blocks(count) {
            self.values(arguments, lanes.clone(), scratch, registers);
            let len = lanes.len();
            out[lanes].copy_from_slice(&scratch.before[self.layers.len() - 1][..len]);
        }
    }

    /// From the gradients of the results to those of the arguments, which are written, and of the weights, which are added to `sums`.
    pub fn backward(
        &self,
        arguments: &[Vec<f32>],
        gradients: &[f32],
        memory: (&mut Scratch, &mut Registers),
        out: &mut [Vec<f32>],
        sums: &mut [f64],
    ) {
        let (scratch, registers) = memory;
        for lanes in self.blocks(gradients.len()) {
            let padded = self.values(arguments, lanes.clone(), scratch, registers);
            let gradient = provide(&mut scratch.gradient, padded);
            gradient[..lanes.len()].copy_from_slice(&gradients[lanes.clone()]);
            gradient[lanes.len()..].fill(0.0);
            for layer in (0..self.layers.len()).rev() {
                self.layer_back(layer, padded, scratch, registers, sums);
            }
            for (out, row) in out.iter_mut().zip(scratch.gradient.chunks_exact(padded)) {
                out[lanes.clone()].copy_from_slice(&row[..lanes.len()]);
            }
        }
    }

    fn blocks(&self, count: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let block = self.perceptron.block;
        (0..count).step_by(block).map(move |start| start..count.min(start + block))
    }

    /// Computes every layer for `lanes`, and returns their number with those that fill up the last tile.
    fn values(&self, arguments: &[Vec<f32>], lanes: Range<usize>, scratch: &mut Scratch, registers: &mut Registers) -> usize {
        let padded = lanes.len().next_multiple_of(TILE);
        scratch.before.resize_with(self.layers.len().max(scratch.before.len()), Vec::new);
        scratch.after.resize_with(self.layers.len().max(scratch.after.len()), Vec::new);
        let count = self.perceptron.widths[0];
        let rows = provide(&mut scratch.arguments, count * padded).chunks_exact_mut(padded);
        for (row, argument) in rows.zip(arguments) {
            row[..lanes.len()].copy_from_slice(&argument[lanes.clone()]);
            row[lanes.len()..].fill(argument[lanes.end - 1]); // a lane that exists: nothing becomes NaN that would not be
        }
        for (index, layer) in self.layers.iter().enumerate() {
            let size = self.perceptron.widths[index + 1] * padded;
            let (done, open) = scratch.after.split_at_mut(index);
            let x = done.last().unwrap_or(&scratch.arguments);
            let before = provide(&mut scratch.before[index], size);
            layer.weights.times(x, padded, Some(layer.bias), before);
            if index + 1 < self.layers.len() {
                let after = provide(&mut open[0], size);
                self.perceptron.activation.evaluate(&[&*before], size, registers, after);
            }
        }
        padded
    }

    /// Takes the gradient of what a layer gives to that of what it is given.
    fn layer_back(&self, index: usize, lanes: usize, scratch: &mut Scratch, registers: &mut Registers, sums: &mut [f64]) {
        let layer = &self.layers[index];
        let [columns, rows] = [self.perceptron.widths[index], self.perceptron.widths[index + 1]];
        let x = if index == 0 { &scratch.arguments } else { &scratch.after[index - 1] };
        let gradient = &scratch.gradient[..rows * lanes];
        add_products(gradient, &x[..columns * lanes], lanes, &mut sums[layer.places.clone()]);
        for (sum, row) in sums[layer.places.end..].iter_mut().zip(gradient.chunks_exact(lanes)) {
            *sum += f64::from(product::sum(row));
        }
        let next = provide(&mut scratch.next_gradient, columns * lanes);
        layer.transposed.times(gradient, lanes, None, next);
        if index > 0 {
            let before = &scratch.before[index - 1][..columns * lanes];
            self.perceptron.times_slopes(before, registers, next);
        }
        std::mem::swap(&mut scratch.gradient, &mut scratch.next_gradient);
    }
}

impl Perceptron {
    fn times_slopes(&self, before: &[f32], registers: &mut Registers, gradient: &mut [f32]) {
        let inputs = [before];
        for lanes in pieces(before.len()) {
            self.slope.run(&inputs, lanes.clone(), registers);
            let slopes = self.slope.result(0, &inputs, lanes.clone(), registers);
            gradient[lanes].iter_mut().zip(slopes).for_each(|(gradient, slope)| *gradient *= slope);
        }
    }
}
