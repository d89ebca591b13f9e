//! Several values as one: their sum, their product, or one after the other.

use crate::op::{Backward, Forward, Op};
use crate::order::positions;
use crate::wide::wide;
use hetc_compiler::plan::{self, Layer};
use hetc_compiler::shape::Shape;
use hetc_kernels::lanes::{floats, floats_mut};
use hetc_kernels::{LANES, Lanes};

/// Of two values or more.
#[derive(Debug)]
pub struct Join {
    how: plan::Join,
    /// Rows of vectors that all values are cut into; for a sum or a product of equal shapes one.
    rows: usize,
    /// Vectors of each value in a row.
    widths: Vec<usize>,
    /// Whether a value has but one row, which stands for all: one number a channel for a whole map.
    stretched: Vec<bool>,
}

impl Join {
    /// Of values of the shapes `inputs`; `None` if `layer` joins nothing.
    pub fn new(layer: &Layer, inputs: &[Shape]) -> Option<Self> {
        let plan::Op::Join { how } = layer.op else { return None };
        let sizes = || inputs.iter().map(Shape::elements);
        let whole = layer.output.elements();
        let in_rows = how == plan::Join::Concat || sizes().any(|size| size < whole);
        let rows = if in_rows { positions(&layer.output) } else { 1 };
        let stretched: Vec<bool> = sizes().map(|size| how == plan::Join::Multiply && size < whole).collect();
        let widths = sizes().zip(&stretched).map(|(size, stretched)| if *stretched { size } else { size / rows }).collect();
        Some(Self { how, rows, widths, stretched })
    }

    /// Row `row` of value `input`.
    #[inline(always)]
    fn row<'a>(&self, inputs: &[&'a [Lanes]], input: usize, row: usize) -> &'a [f32] {
        let width = self.widths[input];
        let row = if self.stretched[input] { 0 } else { row };
        floats(&inputs[input][row * width..][..width])
    }

    /// The values in turn, each with where it starts in a row of the output.
    fn starts(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let mut end = 0;
        self.widths.iter().enumerate().map(move |(input, width)| {
            end += width;
            (input, end - width, *width)
        })
    }

    fn concat(&self, inputs: &[&[Lanes]], output: &mut [Lanes]) {
        let whole: usize = self.widths.iter().sum();
        for (input, start, width) in self.starts() {
            for (target, source) in output.chunks_exact_mut(whole).zip(inputs[input].chunks_exact(width)) {
                target[start..start + width].copy_from_slice(source);
            }
        }
    }

    fn split(&self, dy: &[Lanes], dx: &mut [Option<&mut [Lanes]>]) {
        let whole: usize = self.widths.iter().sum();
        for (input, start, width) in self.starts() {
            let Some(dx) = &mut dx[input] else { continue };
            for (target, source) in dx.chunks_exact_mut(width).zip(dy.chunks_exact(whole)) {
                target.copy_from_slice(&source[start..start + width]);
            }
        }
    }
}

impl Op for Join {
    fn forward(&self, pass: Forward) {
        match self.how {
            plan::Join::Add => wide(sum, (pass.inputs, pass.output)),
            plan::Join::Multiply => wide(product, (self, pass.inputs, pass.output)),
            plan::Join::Concat => self.concat(pass.inputs, pass.output),
        }
    }

    fn backward(&self, pass: Backward) {
        match self.how {
            plan::Join::Add => pass.dx.iter_mut().flatten().for_each(|dx| dx.copy_from_slice(pass.dy)),
            plan::Join::Multiply => {
                for (input, dx) in pass.dx.iter_mut().enumerate() {
                    let Some(dx) = dx else { continue };
                    let room = pass.scratch.vectors(if self.stretched[input] { self.widths[input] } else { 0 });
                    wide(product_back, (self, pass.inputs, input, &*pass.dy, dx, room));
                }
            }
            plan::Join::Concat => self.split(pass.dy, pass.dx),
        }
    }
}

#[inline(always)]
fn sum((inputs, output): (&[&[Lanes]], &mut [Lanes])) {
    let y = floats_mut(output);
    let pairs = floats(inputs[0]).iter().zip(floats(inputs[1])); // a join reads two values or more
    y.iter_mut().zip(pairs).for_each(|(y, (a, b))| *y = a + b);
    for input in &inputs[2..] {
        y.iter_mut().zip(floats(input)).for_each(|(y, x)| *y += x);
    }
}

#[inline(always)]
fn product((join, inputs, output): (&Join, &[&[Lanes]], &mut [Lanes])) {
    for (row, y) in floats_mut(output).chunks_exact_mut(join.widths[0] * LANES).enumerate() {
        multiply(y, join.row(inputs, 0, row), join.row(inputs, 1, row));
        for input in 2..inputs.len() {
            scale(y, join.row(inputs, input, row));
        }
    }
}

type Back<'a> = (&'a Join, &'a [&'a [Lanes]], usize, &'a [Lanes], &'a mut [Lanes], &'a mut [Lanes]);

/// The gradient times all other values, summed over all rows where the value stands for all.
#[inline(always)]
fn product_back((join, inputs, input, dy, dx, room): Back) {
    let len = join.widths[input] * LANES;
    let (dy, dx, room) = (floats(dy), floats_mut(dx), floats_mut(room));
    for row in 0..join.rows {
        let direct = row == 0 || !join.stretched[input];
        let target = if !direct {
            &mut *room
        } else if join.stretched[input] {
            &mut *dx
        } else {
            &mut dx[row * len..][..len]
        };
        let mut others = (0..inputs.len()).filter(|other| *other != input).map(|other| join.row(inputs, other, row));
        if let Some(other) = others.next() {
            multiply(target, &dy[row * len..][..len], other);
        }
        others.for_each(|other| scale(target, other));
        if !direct {
            dx.iter_mut().zip(&*room).for_each(|(dx, row)| *dx += row);
        }
    }
}

#[inline(always)]
fn multiply(y: &mut [f32], a: &[f32], b: &[f32]) {
    y.iter_mut().zip(a.iter().zip(b)).for_each(|(y, (a, b))| *y = a * b);
}

#[inline(always)]
fn scale(y: &mut [f32], x: &[f32]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y *= x);
}
