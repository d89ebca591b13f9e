//! Convolutions against loops over every product.

mod passes;

use hetc_compiler::plan;
use hetc_compiler::shape::Shape;
use hetc_engine::op::Place;
use hetc_engine::ops::conv::Conv;
use hetc_engine::product::Machine;
use hetc_kernels::lanes::floats;
use hetc_kernels::{LANES, Lanes};
use passes::{Numbers, Sum, assert_sums, layer, run};

/// A convolution by its numbers.
#[derive(Debug, Clone, Copy)]
struct Case {
    /// Channels, height, width.
    input: [usize; 3],
    channels: usize,
    kernel: [usize; 2],
    pad: [usize; 2],
    more: [usize; 2],
    stride: [usize; 2],
    groups: usize,
    bias: bool,
}

impl Case {
    fn output(&self) -> [usize; 3] {
        let size = |axis: usize| {
            (self.input[axis + 1] + 2 * self.pad[axis] + self.more[axis] - self.kernel[axis]) / self.stride[axis] + 1
        };
        [self.channels, size(0), size(1)]
    }

    fn weights(&self) -> usize {
        self.channels * self.input[0] / self.groups * self.kernel[0] * self.kernel[1]
    }

    fn layer(&self) -> plan::Layer {
        let shape = |[channels, height, width]: [usize; 3]| Shape::Map(channels, height, width);
        let Self { kernel, pad, more, stride, groups, bias, .. } = *self;
        layer(shape(self.input), shape(self.output()), plan::Op::Conv { kernel, pad, more, stride, groups, bias })
    }

    /// Calls `product` with the numbers of an output, an input and a weight that belong together.
    fn products(&self, mut product: impl FnMut(usize, usize, usize)) {
        let [channels_in, height, width] = self.input;
        let [channels_out, rows, columns] = self.output();
        let (reads, writes) = (channels_in / self.groups, channels_out / self.groups);
        for row in 0..rows {
            for column in 0..columns {
                for out in 0..channels_out {
                    for read in 0..reads {
                        for y in 0..self.kernel[0] {
                            for x in 0..self.kernel[1] {
                                let from_row = (row * self.stride[0] + y).checked_sub(self.pad[0]);
                                let from_column = (column * self.stride[1] + x).checked_sub(self.pad[1]);
                                let (Some(from_row), Some(from_column)) = (from_row, from_column) else { continue };
                                if from_row >= height || from_column >= width {
                                    continue;
                                }
                                let input = (from_row * width + from_column) * channels_in + out / writes * reads + read;
                                let weight = ((out * reads + read) * self.kernel[0] + y) * self.kernel[1] + x;
                                product((row * columns + column) * channels_out + out, input, weight);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Forward and backward on every machine that there is, against every product by itself.
fn check(case: Case, numbers: &mut Numbers) {
    let size = |shape: [usize; 3]| shape.iter().product::<usize>();
    let (x, dy) = (numbers.vectors(size(case.input)), numbers.vectors(size(case.output())));
    // Something lies before the layer's parameters.
    let before = 3;
    let weight: Place = before..before + case.weights();
    let bias: Option<Place> = case.bias.then(|| weight.end..weight.end + case.channels);
    let params = numbers.floats(weight.end + case.channels);
    let gradients = numbers.floats(params.len());

    let mut y = vec![Sum::default(); dy.len() * LANES];
    let mut dx = vec![Sum::default(); x.len() * LANES];
    let mut want: Vec<Sum> = gradients.iter().map(|start| Sum { value: f64::from(*start), size: start.abs().into() }).collect();
    let number = |vectors: &[Lanes], vector: usize, lane: usize| f64::from(vectors[vector].0[lane]);
    case.products(|out, input, at| {
        for lane in 0..LANES {
            let (x, dy, w) = (number(&x, input, lane), number(&dy, out, lane), f64::from(params[weight.start + at]));
            y[out * LANES + lane].add(x * w);
            dx[input * LANES + lane].add(dy * w);
            want[weight.start + at].add(dy * x);
        }
    });
    if let Some(bias) = &bias {
        for (out, number) in y.iter_mut().enumerate() {
            let unit = bias.start + out / LANES % case.channels;
            number.add(params[unit].into());
            want[unit].add(floats(&dy)[out].into());
        }
    }

    for machine in Machine::all() {
        let what = |part: &str| format!("{part} of {case:?} on {machine:?}");
        let op = Conv::on(machine, &case.layer(), weight.clone(), bias.clone());
        let got = run(&op, &params, &x, &dy, &gradients, true);
        assert_sums(&what("output"), floats(&got.y), &y);
        assert_sums(&what("input's gradient"), floats(&got.dx), &dx);
        assert_sums(&what("gradient"), &got.gradients, &want);
        let without = run(&op, &params, &x, &dy, &gradients, false);
        assert_eq!(without.gradients, got.gradients, "{}", what("gradient without the input's"));
    }
}

fn plain(input: [usize; 3], channels: usize, kernel: usize, pad: usize) -> Case {
    Case { input, channels, kernel: [kernel; 2], pad: [pad; 2], more: [0; 2], stride: [1, 1], groups: 1, bias: true }
}

#[test]
fn random_shapes() {
    let mut numbers = Numbers(1);
    for _ in 0..150 {
        let groups = numbers.one_of(&[1, 1, 1, 2, 3]);
        let kernel = [numbers.between(1, 5), numbers.between(1, 5)];
        let pad = [numbers.between(0, 4), numbers.between(0, 4)];
        let more = [numbers.between(0, 1), numbers.between(0, 1)];
        let least = |axis: usize| kernel[axis].saturating_sub(2 * pad[axis]).max(1);
        let case = Case {
            input: [numbers.between(1, 6) * groups, numbers.between(least(0), 9), numbers.between(least(1), 9)],
            channels: numbers.between(1, 9) * groups,
            kernel,
            pad,
            more,
            stride: [numbers.between(1, 3), numbers.between(1, 3)],
            groups,
            bias: numbers.between(0, 1) == 1,
        };
        check(case, &mut numbers);
    }
}

#[test]
fn many_channels() {
    let mut numbers = Numbers(2);
    for _ in 0..40 {
        let groups = numbers.one_of(&[1, 1, 2]);
        let kernel = [numbers.between(1, 3), numbers.between(1, 4)];
        let case = Case {
            input: [numbers.one_of(&[12, 16, 31, 32, 48, 70]) * groups, numbers.between(4, 6), numbers.between(4, 6)],
            channels: numbers.one_of(&[1, 5, 8, 15, 16, 18, 33]) * groups,
            kernel,
            pad: [numbers.between(0, 2), numbers.between(0, 2)],
            more: [0; 2],
            stride: [numbers.between(1, 2), numbers.between(1, 2)],
            groups,
            bias: true,
        };
        check(case, &mut numbers);
    }
}

#[test]
fn one_group_a_channel() {
    let mut numbers = Numbers(3);
    for (stride, channels) in [(1, 1), (2, 1), (1, 3)] {
        let case = Case {
            input: [10, 9, 8],
            channels: 10 * channels,
            kernel: [3, 3],
            pad: [1, 1],
            more: [0; 2],
            stride: [stride; 2],
            groups: 10,
            bias: false,
        };
        check(case, &mut numbers);
    }
}

/// Kernels larger than the map, and padding larger than the kernel: places that read nothing at all get the bias.
#[test]
fn more_padding_than_map() {
    let mut numbers = Numbers(4);
    for (size, kernel, pad) in [(1, 3, 1), (2, 3, 1), (2, 5, 2), (1, 1, 2), (3, 2, 4), (2, 7, 3)] {
        check(plain([5, size, size + 1], 7, kernel, pad), &mut numbers);
        check(plain([32, size, size], 24, kernel, pad), &mut numbers);
        check(Case { stride: [3, 2], ..plain([5, size, size + 1], 7, kernel, pad) }, &mut numbers);
    }
}

/// A stride larger than the kernel leaves places of the input that nothing reads: their gradient is 0.
#[test]
fn places_left_out() {
    let mut numbers = Numbers(5);
    check(Case { stride: [3, 4], ..plain([4, 10, 11], 3, 2, 0) }, &mut numbers);
    check(Case { stride: [2, 2], ..plain([20, 7, 7], 16, 1, 0) }, &mut numbers);
}

/// More rows than are taken at once, in all three passes.
#[test]
fn large_maps() {
    let mut numbers = Numbers(6);
    check(plain([3, 32, 32], 8, 3, 1), &mut numbers);
    check(plain([16, 33, 17], 6, 3, 1), &mut numbers);
    check(Case { stride: [2, 1], ..plain([64, 40, 20], 4, 3, 2) }, &mut numbers);
}
