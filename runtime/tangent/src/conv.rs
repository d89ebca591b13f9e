//! Convolutions.

use crate::dual::Dual;
use crate::layer::{Layer, Numbers, Places, Values};
use hetc_compiler::plan;
use hetc_compiler::shape::Shape;
use hetc_engine::params::Part;
use std::ops::Range;

/// Cross-correlation, see [`plan::Op::Conv`].
#[derive(Debug)]
pub struct Conv {
    /// Channels, height, width.
    input: [usize; 3],
    output: [usize; 3],
    kernel: [usize; 2],
    pad: [usize; 2],
    stride: [usize; 2],
    groups: usize,
    /// `[out, in / groups, kernel h, kernel w]`.
    weight: Range<usize>,
    bias: Option<Range<usize>>,
}

/// One weight at one row: `output[o..]` in steps of one, `input[i..]` in steps of the stride, `len` times.
struct Row {
    weight: usize,
    output: usize,
    input: usize,
    len: usize,
}

impl Conv {
    /// `layer`, with its tensors at `places`; `None` if it is no convolution of maps.
    pub fn new(layer: &plan::Layer, places: &Places) -> Option<Self> {
        let plan::Op::Conv { kernel, pad, stride, groups, .. } = layer.op else { return None };
        let (Shape::Map(ci, hi, wi), Shape::Map(co, ho, wo)) = (layer.input, layer.output) else { return None };
        let (weight, bias) = (places.own(Part::Weight), places.find(Part::Bias));
        Some(Self { input: [ci, hi, wi], output: [co, ho, wo], kernel, pad, stride, groups, weight, bias })
    }

    /// Every weight at every row that it reaches.
    fn each(&self, mut f: impl FnMut(Row)) {
        let ([_, height, width], [units, down, across]) = (self.input, self.output);
        let (fan, per_group) = (self.input[0] / self.groups, units / self.groups);
        let mut weight = 0;
        for unit in 0..units {
            for channel in unit / per_group * fan..(unit / per_group + 1) * fan {
                for (ky, kx) in (0..self.kernel[0]).flat_map(|ky| (0..self.kernel[1]).map(move |kx| (ky, kx))) {
                    let columns = reached(across, width, kx, self.pad[1], self.stride[1]);
                    for row in reached(down, height, ky, self.pad[0], self.stride[0]) {
                        let y = row * self.stride[0] + ky - self.pad[0];
                        let Some(first) = (!columns.is_empty()).then(|| columns.start * self.stride[1] + kx - self.pad[1]) else {
                            break;
                        };
                        let output = (unit * down + row) * across + columns.start;
                        f(Row { weight, output, input: (channel * height + y) * width + first, len: columns.len() });
                    }
                    weight += 1;
                }
            }
        }
    }
}

/// Which of `outputs` places read a place of the map (of `inputs` places), and not padding, at `offset` of the kernel.
fn reached(outputs: usize, inputs: usize, offset: usize, pad: usize, stride: usize) -> Range<usize> {
    let first = pad.saturating_sub(offset).div_ceil(stride);
    let end = (inputs + pad).saturating_sub(offset).div_ceil(stride).min(outputs);
    first..end.max(first)
}

impl Layer for Conv {
    fn forward(&self, inputs: &[&[Dual]], numbers: Numbers) -> Values {
        let [units, down, across] = self.output;
        let mut y = vec![Dual::ZERO; units * down * across];
        if let Some(bias) = &self.bias {
            let planes = y.chunks_exact_mut(down * across).zip(&numbers.params[bias.clone()]);
            planes.for_each(|(plane, bias)| plane.fill(*bias));
        }
        let weights = &numbers.params[self.weight.clone()];
        self.each(|Row { weight, output, input, len }| {
            let x = inputs[0][input..].iter().step_by(self.stride[1]);
            y[output..output + len].iter_mut().zip(x).for_each(|(y, x)| *y += weights[weight] * *x);
        });
        y
    }

    fn backward(&self, inputs: &[&[Dual]], dy: &[Dual], numbers: Numbers, gradients: &mut [Dual]) -> Vec<Values> {
        let mut dx = vec![Dual::ZERO; inputs[0].len()];
        let weights = &numbers.params[self.weight.clone()];
        let sums = &mut gradients[self.weight.clone()];
        self.each(|Row { weight, output, input, len }| {
            let both = inputs[0][input..].iter().zip(&mut dx[input..]).step_by(self.stride[1]);
            let mut sum = Dual::ZERO;
            for (dy, (x, dx)) in dy[output..output + len].iter().zip(both) {
                sum += *dy * *x;
                *dx += *dy * weights[weight];
            }
            sums[weight] += sum;
        });
        if let Some(bias) = &self.bias {
            let planes = dy.chunks_exact(self.output[1] * self.output[2]);
            gradients[bias.clone()].iter_mut().zip(planes).for_each(|(sum, plane)| *sum += plane.iter().copied().sum());
        }
        vec![dx]
    }
}
