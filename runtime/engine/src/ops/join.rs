//! Several values as one: their sum, their product, or one after the other.

use crate::op::{Backward, Forward, Op};
use crate::order::positions;
use crate::wide::{Kernel, Simd, Width, wide};
use hetc_compiler::plan::{self, Layer};
use hetc_compiler::shape::Shape;
use hetc_kernels::Lanes;

/// Of two values or more.
#[derive(Debug)]
pub struct Join {
    how: plan::Join,
    /// Vectors of each value in a row; for a sum or a product of equal shapes there is one row.
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
        Some(Self { how, widths, stretched })
    }

    /// Row `row` of value `input`.
    #[inline(always)]
    fn row<'a>(&self, inputs: &[&'a [Lanes]], input: usize, row: usize) -> &'a [Lanes] {
        let width = self.widths[input];
        let row = if self.stretched[input] { 0 } else { row };
        &inputs[input][row * width..][..width]
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
            plan::Join::Add => wide(Sum { inputs: pass.inputs, y: pass.output }),
            plan::Join::Multiply => wide(Product { join: self, inputs: pass.inputs, y: pass.output }),
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
                    wide(ProductBack { join: self, inputs: pass.inputs, input, dy: pass.dy, dx, room });
                }
            }
            plan::Join::Concat => self.split(pass.dy, pass.dx),
        }
    }
}

struct Sum<'a> {
    inputs: &'a [&'a [Lanes]],
    y: &'a mut [Lanes],
}

impl Kernel for Sum<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const P: usize>(self, width: Width<S, P>) {
        for ((y, a), b) in self.y.iter_mut().zip(self.inputs[0]).zip(self.inputs[1]) {
            *y = (width.load(a) + width.load(b)).lanes();
        }
        for input in &self.inputs[2..] {
            add(width, self.y, input);
        }
    }
}

struct Product<'a> {
    join: &'a Join,
    inputs: &'a [&'a [Lanes]],
    y: &'a mut [Lanes],
}

impl Kernel for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const P: usize>(self, width: Width<S, P>) {
        for (row, y) in self.y.chunks_exact_mut(self.join.widths[0]).enumerate() {
            let value = |input: usize| self.join.row(self.inputs, input, row);
            multiply(width, y, value(0), value(1));
            for input in 2..self.inputs.len() {
                scale(width, y, value(input));
            }
        }
    }
}

/// The gradient times all other values, summed over all rows where the value stands for all.
struct ProductBack<'a> {
    join: &'a Join,
    inputs: &'a [&'a [Lanes]],
    input: usize,
    dy: &'a [Lanes],
    dx: &'a mut [Lanes],
    room: &'a mut [Lanes],
}

impl Kernel for ProductBack<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const P: usize>(self, width: Width<S, P>) {
        let Self { join, inputs, input, dy, dx, room } = self;
        let len = join.widths[input];
        for (row, dy) in dy.chunks_exact(len).enumerate() {
            let added = join.stretched[input] && row > 0;
            let start = if join.stretched[input] { 0 } else { row * len };
            let target = if added { &mut *room } else { &mut dx[start..start + len] };
            let mut others = (0..inputs.len()).filter(|other| *other != input).map(|other| join.row(inputs, other, row));
            if let Some(other) = others.next() {
                multiply(width, target, dy, other);
            }
            for other in others {
                scale(width, target, other);
            }
            if added {
                add(width, dx, room);
            }
        }
    }
}

#[inline(always)]
fn multiply<S: Simd, const P: usize>(width: Width<S, P>, y: &mut [Lanes], a: &[Lanes], b: &[Lanes]) {
    for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
        *y = (width.load(a) * width.load(b)).lanes();
    }
}

#[inline(always)]
fn scale<S: Simd, const P: usize>(width: Width<S, P>, y: &mut [Lanes], x: &[Lanes]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = (width.load(y) * width.load(x)).lanes();
    }
}

#[inline(always)]
fn add<S: Simd, const P: usize>(width: Width<S, P>, y: &mut [Lanes], x: &[Lanes]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y = (width.load(y) + width.load(x)).lanes();
    }
}
