//! Layer norm: each sample by itself, over all its values.

use crate::op::{Backward, Forward, Op, Place};
use crate::order::vectors;
use crate::wide::{Kernel, Simd, Vector, Width, totals, wide};
use hetc_compiler::plan::{self, Layer, NormKind};
use hetc_compiler::shape::Shape;
use hetc_kernels::lanes::floats_mut;
use hetc_kernels::{LANES, Lanes};
use std::array::from_fn;

/// Samples with mean 0 and variance 1, scaled and shifted value by value.
///
/// The mean is taken first and the variance around it, in single precision for 16 values at a time and in double precision over those. What
/// the mean lacks when it is rounded is not lost: see `Statistics::rest`.
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
#[derive(Clone, Copy)]
struct Statistics<V> {
    /// The mean, rounded.
    mean: V,
    /// One by the standard deviation.
    slope: V,
    /// What the rounded mean lacks, in standard deviations.
    rest: V,
}

impl<V> Statistics<V> {
    #[inline(always)]
    fn map<W>(self, to: impl Fn(V) -> W) -> Statistics<W> {
        Statistics { mean: to(self.mean), slope: to(self.slope), rest: to(self.rest) }
    }
}

impl<S: Simd, const P: usize> Statistics<Vector<S, P>> {
    #[inline(always)]
    fn of(width: Width<S, P>, x: &[Lanes], epsilon: f64) -> Self {
        let count = x.len() as f64;
        let [sums] = totals(width, width.first(LANES), x.len(), |index| [width.load(&x[index])]);
        let mean = width.load(&Lanes(sums.map(|sum| (sum / count) as f32)));
        let [sums, squares] = totals(width, width.first(LANES), x.len(), |index| {
            let from_mean = width.load(&x[index]) - mean;
            [from_mean, from_mean * from_mean]
        });
        let rest = sums.map(|sum| sum / count);
        let slope: [f64; LANES] = from_fn(|lane| 1.0 / (squares[lane] / count - rest[lane] * rest[lane] + epsilon).sqrt());
        let rest: [f32; LANES] = from_fn(|lane| (rest[lane] * slope[lane]) as f32);
        Self { mean, slope: width.load(&Lanes(slope.map(|slope| slope as f32))), rest: width.load(&Lanes(rest)) }
    }

    #[inline(always)]
    fn normal(&self, x: Vector<S, P>) -> Vector<S, P> {
        (x - self.mean) * self.slope - self.rest
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
        let trained = params[affine.scale.clone()].iter().zip(&params[affine.shift.clone()]);
        for ((new_scale, new_shift), vector) in trained.zip(vectors(&self.shape)) {
            (scale[vector], shift[vector]) = (*new_scale, *new_shift);
        }
    }

    fn kept(&self) -> usize {
        KEPT
    }

    fn forward(&self, pass: Forward) {
        let (scale, shift) = pass.packed.split_at(self.shape.elements());
        let kernel = Values { epsilon: self.epsilon, x: pass.inputs[0], scale, shift, y: pass.output };
        let Statistics { mean, slope, rest } = wide(kernel);
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
        let (scale, dx) = (&pass.packed[..count], pass.dx[0].as_deref_mut());
        let trained = self.affine.is_some().then_some((&mut *scales, &mut *shifts));
        wide(Slopes { statistics, x: pass.inputs[0], scale, dy: pass.dy, dx, trained });
        let Some(affine) = &self.affine else { return };
        for (place, sums) in [(&affine.scale, scales), (&affine.shift, shifts)] {
            for (gradient, vector) in pass.gradients[place.clone()].iter_mut().zip(vectors(&self.shape)) {
                *gradient += sums[vector];
            }
        }
    }
}

struct Values<'a> {
    epsilon: f64,
    x: &'a [Lanes],
    scale: &'a [f32],
    shift: &'a [f32],
    y: &'a mut [Lanes],
}

impl Kernel for Values<'_> {
    type Output = Statistics<Lanes>;

    #[inline(always)]
    fn run<S: Simd, const P: usize>(self, width: Width<S, P>) -> Statistics<Lanes> {
        let statistics = Statistics::of(width, self.x, self.epsilon);
        for ((y, x), (scale, shift)) in self.y.iter_mut().zip(self.x).zip(self.scale.iter().zip(self.shift)) {
            *y = statistics.normal(width.load(x)).times_plus(width.all(*scale), width.all(*shift)).lanes();
        }
        statistics.map(Vector::lanes)
    }
}

/// With `g = dy·scale` and `n` the normalised value: `dx = slope·(g - mean of g - n·mean of g·n)`.
struct Slopes<'a> {
    statistics: Statistics<Lanes>,
    x: &'a [Lanes],
    scale: &'a [f32],
    dy: &'a [Lanes],
    dx: Option<&'a mut [Lanes]>,
    /// For the gradients of scale and shift, in the order of vectors.
    trained: Option<(&'a mut [f32], &'a mut [f32])>,
}

impl Kernel for Slopes<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const P: usize>(self, width: Width<S, P>) {
        let Self { statistics, x, scale, dy, dx, mut trained } = self;
        let statistics = statistics.map(|lanes| width.load(&lanes));
        let [sums, products] = totals(width, width.first(LANES), x.len(), |index| {
            let (normal, dy) = (statistics.normal(width.load(&x[index])), width.load(&dy[index]));
            let (product, scale) = (dy * normal, width.all(scale[index]));
            if let Some((scales, shifts)) = &mut trained {
                scales[index] = product.sum();
                shifts[index] = dy.sum();
            }
            [dy * scale, product * scale]
        });
        let Some(dx) = dx else { return };
        let count = x.len() as f64;
        let mean = |sums: [f64; LANES]| width.load(&Lanes(sums.map(|sum| (sum / count) as f32)));
        let (sum, product) = (mean(sums), mean(products));
        for ((dx, x), (dy, scale)) in dx.iter_mut().zip(x).zip(dy.iter().zip(scale)) {
            let straight = width.load(dy) * width.all(*scale) - sum;
            *dx = (statistics.slope * (straight - statistics.normal(width.load(x)) * product)).lanes();
        }
    }
}
