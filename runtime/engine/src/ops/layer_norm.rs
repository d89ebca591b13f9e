//! Layer norm: each sample by itself, over all its values.

use crate::op::{Backward, Forward, Op, Place};
use crate::order::places;
use crate::wide::{lanes, sum_of_lanes, totals, wide};
use hetc_compiler::plan::{self, Layer, NormKind};
use hetc_compiler::shape::Shape;
use hetc_kernels::lanes::floats_mut;
use hetc_kernels::{LANES, Lanes};
use std::array::from_fn;

/// Samples with mean 0 and variance 1, scaled and shifted value by value.
///
/// The mean is taken first and the variance around it, in single precision for 64 values at a time and in double precision over those. What
/// the mean lacks when it is rounded is not lost: [`Statistics::rest`].
#[derive(Debug)]
pub struct LayerNorm {
    shape: Shape,
    affine: Option<Affine>,
    epsilon: f64,
}

/// A trained scale and shift.
#[derive(Debug, Clone)]
pub struct Affine {
    /// Factors.
    pub scale: Place,
    /// Summands.
    pub shift: Place,
}

impl LayerNorm {
    /// With scale and shift in the parameters at `affine`; `None` if `layer` is no layer norm.
    pub fn new(layer: &Layer, affine: Option<Affine>) -> Option<Self> {
        let plan::Op::Norm { kind: NormKind::Layer, epsilon, .. } = layer.op else { return None };
        Some(Self { shape: layer.input, affine, epsilon })
    }
}

/// Vectors of [`Statistics`].
const KEPT: usize = 3;

/// Of each sample: a value `x` becomes `(x - mean)·slope - rest`.
struct Statistics {
    /// The mean, rounded.
    mean: Lanes,
    /// One by the standard deviation.
    slope: Lanes,
    /// What the rounded mean lacks, in standard deviations.
    rest: Lanes,
}

impl Statistics {
    #[inline(always)]
    fn of(x: &[Lanes], epsilon: f64) -> Self {
        let count = x.len() as f64;
        let [sums] = totals(x.len(), |index| [x[index]]);
        let mean = lanes(|lane| (sums[lane] / count) as f32);
        let [sums, squares] = totals(x.len(), |index| {
            let from_mean = lanes(|lane| x[index].0[lane] - mean.0[lane]);
            [from_mean, lanes(|lane| from_mean.0[lane] * from_mean.0[lane])]
        });
        let rest: [f64; LANES] = from_fn(|lane| sums[lane] / count);
        let slope: [f64; LANES] = from_fn(|lane| 1.0 / (squares[lane] / count - rest[lane] * rest[lane] + epsilon).sqrt());
        Self { mean, slope: lanes(|lane| slope[lane] as f32), rest: lanes(|lane| (rest[lane] * slope[lane]) as f32) }
    }

    #[inline(always)]
    fn normal(&self, x: &Lanes) -> Lanes {
        lanes(|lane| (x.0[lane] - self.mean.0[lane]) * self.slope.0[lane] - self.rest.0[lane])
    }
}

impl Op for LayerNorm {
    /// Scale, then shift, in the order of vectors.
    fn packed(&self) -> usize {
        2 * self.shape.elements()
    }

    fn prepare(&self, params: &[f32], packed: &mut [f32]) {
        let (scale, shift) = packed.split_at_mut(self.shape.elements());
        let Some(affine) = &self.affine else {
            scale.fill(1.0);
            shift.fill(0.0);
            return;
        };
        for (index, place) in places(&self.shape).enumerate() {
            scale[index] = params[affine.scale.clone()][place];
            shift[index] = params[affine.shift.clone()][place];
        }
    }

    fn kept(&self) -> usize {
        KEPT
    }

    fn forward(&self, pass: Forward) {
        let Statistics { mean, slope, rest } = wide(forward, (self.epsilon, pass.inputs[0], pass.packed, pass.output));
        if let [kept_mean, kept_slope, kept_rest] = pass.kept {
            (*kept_mean, *kept_slope, *kept_rest) = (mean, slope, rest);
        }
    }

    fn backward(&self, pass: Backward) {
        let &[mean, slope, rest] = pass.kept else { return };
        let statistics = Statistics { mean, slope, rest };
        let count = self.shape.elements();
        let room = pass.scratch.vectors((2 * count).div_ceil(LANES));
        let (scales, shifts) = floats_mut(room).split_at_mut(count);
        wide(backward, (&statistics, pass.inputs[0], pass.packed, &*pass.dy, pass.dx[0].as_deref_mut(), scales, shifts));
        if let Some(affine) = &self.affine {
            for (index, place) in places(&self.shape).enumerate() {
                pass.gradients[affine.scale.clone()][place] += scales[index];
                pass.gradients[affine.shift.clone()][place] += shifts[index];
            }
        }
    }
}

#[inline(always)]
fn forward((epsilon, x, packed, y): (f64, &[Lanes], &[f32], &mut [Lanes])) -> Statistics {
    let statistics = Statistics::of(x, epsilon);
    let (scale, shift) = packed.split_at(x.len());
    for ((y, x), (scale, shift)) in y.iter_mut().zip(x).zip(scale.iter().zip(shift)) {
        let normal = statistics.normal(x);
        *y = lanes(|lane| normal.0[lane] * scale + shift);
    }
    statistics
}

type Back<'a> = (&'a Statistics, &'a [Lanes], &'a [f32], &'a [Lanes], Option<&'a mut [Lanes]>, &'a mut [f32], &'a mut [f32]);

/// With `g = dy·scale` and `n` the normalised value: `dx = slope·(g - mean of g - n·mean of g·n)`.
#[inline(always)]
fn backward((statistics, x, packed, dy, dx, scales, shifts): Back) {
    let scale = &packed[..x.len()];
    let [sums, products] = totals(x.len(), |index| {
        let (normal, dy) = (statistics.normal(&x[index]), &dy[index]);
        let product = lanes(|lane| dy.0[lane] * normal.0[lane]);
        scales[index] = sum_of_lanes(&product);
        shifts[index] = sum_of_lanes(dy);
        [lanes(|lane| dy.0[lane] * scale[index]), lanes(|lane| product.0[lane] * scale[index])]
    });
    let Some(dx) = dx else { return };
    let count = x.len() as f64;
    let (sum, product) = (lanes(|lane| (sums[lane] / count) as f32), lanes(|lane| (products[lane] / count) as f32));
    for ((dx, x), (dy, scale)) in dx.iter_mut().zip(x).zip(dy.iter().zip(scale)) {
        let normal = statistics.normal(x);
        let straight = lanes(|lane| dy.0[lane] * scale - sum.0[lane]);
        *dx = lanes(|lane| statistics.slope.0[lane] * (straight.0[lane] - normal.0[lane] * product.0[lane]));
    }
}
