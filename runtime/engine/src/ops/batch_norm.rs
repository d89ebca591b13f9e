//! Batch norm: each unit by itself, over the batch and positions.

use super::layer_norm::Affine;
use crate::op::{Backward, Forward, Mode, Op, OverBatch, Place};
use crate::order::positions;
use crate::wide::{Kernel, Simd, Width, sum_of_lanes, totals, wide};
use hetc_compiler::plan::{self, Layer, NormKind};
use hetc_kernels::lanes::{floats, floats_mut};
use hetc_kernels::{LANES, Lanes};
use std::array::from_fn;

/// Weight of a new batch in the running statistics.
const MOMENTUM: f32 = 0.1;

/// Units with mean 0 and variance 1, scaled and shifted: in training by the batch's statistics, otherwise by the running ones.
///
/// The sums over the batch are those of `x` and `x²`, in double precision: their difference is exact enough however far the mean is from 0.
/// Each group takes them in single precision around its first value, 16 positions at a time, and moves them to 0 in double precision. Only
/// lanes of the batch count.
#[derive(Debug)]
pub struct BatchNorm {
    units: usize,
    positions: usize,
    epsilon: f64,
    affine: Option<Affine>,
    mean: Place,
    variance: Place,
}

/// Of one unit: a value `x` becomes `(x - mean)·slope - rest` before scale and shift.
struct Statistics {
    /// The mean, rounded.
    mean: f32,
    /// One by the standard deviation.
    slope: f64,
    /// What the rounded mean lacks, in standard deviations.
    rest: f64,
}

/// Numbers of a unit that a pass takes to each of its values.
const NUMBERS: usize = 4;

impl BatchNorm {
    /// With scale and shift in the parameters at `affine`, running statistics in the state at `mean` and `variance`; `None` if `layer` is no
    /// batch norm.
    pub fn new(layer: &Layer, affine: Option<Affine>, mean: Place, variance: Place) -> Option<Self> {
        let plan::Op::Norm { kind: NormKind::Batch, epsilon, .. } = layer.op else { return None };
        Some(Self { units: layer.input.units(), positions: positions(&layer.input), epsilon, affine, mean, variance })
    }

    /// Of a unit, from the batch's sums.
    fn of_batch(&self, sums: &[f64], unit: usize, samples: usize) -> Statistics {
        let (mean, variance) = self.moments(sums, unit, samples);
        self.statistics(mean, variance)
    }

    /// Mean and variance of a unit over the batch, from its sums.
    fn moments(&self, sums: &[f64], unit: usize, samples: usize) -> (f64, f64) {
        let values = (samples * self.positions) as f64;
        let mean = sums[unit] / values;
        let variance = sums[self.units + unit] / values - mean * mean;
        (mean, if variance < 0.0 { 0.0 } else { variance }) // NaN stays
    }

    fn statistics(&self, mean: f64, variance: f64) -> Statistics {
        let slope = 1.0 / (variance + self.epsilon).sqrt();
        Statistics { mean: mean as f32, slope, rest: (mean - f64::from(mean as f32)) * slope }
    }

    /// The backward pass where mean and variance are the running ones: constants.
    fn backward_of_running(&self, pass: &mut Backward) {
        let mut sums = vec![0.0; 2 * self.units];
        self.collect_back(pass, &mut sums);
        let table = &mut floats_mut(pass.scratch.vectors((NUMBERS * self.units).div_ceil(LANES)))[..NUMBERS * self.units];
        let kept = floats(pass.kept);
        for (unit, numbers) in table.chunks_exact_mut(NUMBERS).enumerate() {
            let (mean, slope, rest) = (kept[3 * unit], f64::from(kept[3 * unit + 1]), f64::from(kept[3 * unit + 2]));
            let (sum, product) = (sums[unit], sums[self.units + unit] * slope - sums[unit] * rest);
            if let Some(affine) = &self.affine {
                pass.gradients[affine.scale.start + unit] += product as f32;
                pass.gradients[affine.shift.start + unit] += sum as f32;
            }
            let (scale, _) = self.trained(pass.params, unit);
            numbers.copy_from_slice(&[mean, (slope * scale) as f32, 0.0, 0.0]);
        }
        if let Some(dx) = &mut pass.dx[0] {
            wide(Slopes { samples: pass.group.samples, x: pass.inputs[0], table, dy: pass.dy, dx });
        }
    }

    /// Scale and shift of a unit.
    fn trained(&self, params: &[f32], unit: usize) -> (f64, f64) {
        let number = |place: &Place| f64::from(params[place.start + unit]);
        self.affine.as_ref().map_or((1.0, 0.0), |affine| (number(&affine.scale), number(&affine.shift)))
    }
}

impl Op for BatchNorm {
    /// Each unit's mean, slope and rest.
    fn kept(&self) -> usize {
        (3 * self.units).div_ceil(LANES)
    }

    fn forward(&self, pass: Forward) {
        let table = &mut floats_mut(pass.scratch.vectors((NUMBERS * self.units).div_ceil(LANES)))[..NUMBERS * self.units];
        let kept = floats_mut(pass.kept);
        for (unit, numbers) in table.chunks_exact_mut(NUMBERS).enumerate() {
            let of = match pass.mode {
                Mode::Train { sums, samples, .. } => self.of_batch(sums, unit, samples),
                Mode::Infer(_) | Mode::Probe(_) => {
                    let number = |place: &Place| f64::from(pass.state[place.start + unit]);
                    self.statistics(number(&self.mean), number(&self.variance))
                }
            };
            if pass.mode.keeps() {
                kept[3 * unit..3 * unit + 3].copy_from_slice(&[of.mean, of.slope as f32, of.rest as f32]);
            }
            let (scale, shift) = self.trained(pass.params, unit);
            numbers.copy_from_slice(&[of.mean, (of.slope * scale) as f32, (shift - of.rest * scale) as f32, 0.0]);
        }
        wide(Values { x: pass.inputs[0], table, y: pass.output });
    }

    fn backward(&self, mut pass: Backward) {
        let Mode::Train { sums, samples, .. } = pass.mode else { return self.backward_of_running(&mut pass) };
        let values = (samples * self.positions) as f64;
        let table = &mut floats_mut(pass.scratch.vectors((NUMBERS * self.units).div_ceil(LANES)))[..NUMBERS * self.units];
        let kept = floats(pass.kept);
        for (unit, numbers) in table.chunks_exact_mut(NUMBERS).enumerate() {
            let (mean, slope, rest) = (kept[3 * unit], f64::from(kept[3 * unit + 1]), f64::from(kept[3 * unit + 2]));
            let sum = sums[unit];
            let product = sums[self.units + unit] * slope - sum * rest; // of the gradient and the normalised value
            if let Some(affine) = self.affine.as_ref().filter(|_| pass.group.first == 0) {
                pass.gradients[affine.scale.start + unit] += product as f32;
                pass.gradients[affine.shift.start + unit] += sum as f32;
            }
            let (sum, product) = (sum / values, product / values);
            let (scale, _) = self.trained(pass.params, unit);
            let straight = (sum - product * rest) as f32;
            numbers.copy_from_slice(&[mean, (slope * scale) as f32, straight, (product * slope) as f32]);
        }
        if let Some(dx) = &mut pass.dx[0] {
            wide(Slopes { samples: pass.group.samples, x: pass.inputs[0], table, dy: pass.dy, dx });
        }
    }

    fn over_batch(&self) -> Option<&dyn OverBatch> {
        Some(self)
    }
}

impl OverBatch for BatchNorm {
    /// Forward: of each unit's values, then of their squares. Backward: of its gradients, then of these times the values from the mean.
    fn sums(&self) -> usize {
        2 * self.units
    }

    fn collect(&self, pass: &Forward, sums: &mut [f64]) {
        wide(Moments { norm: self, samples: pass.group.samples, x: pass.inputs[0], sums });
    }

    fn collect_back(&self, pass: &Backward, sums: &mut [f64]) {
        let (x, kept, dy) = (pass.inputs[0], floats(pass.kept), &*pass.dy);
        wide(Products { norm: self, samples: pass.group.samples, x, kept, dy, sums });
    }

    fn settle(&self, sums: &[f64], samples: usize, state: &mut [f32]) {
        let values = samples * self.positions;
        // A single value a unit has no variance: it leaves the running statistics alone.
        if values < 2 {
            return;
        }
        let unbiased = values as f64 / (values - 1) as f64;
        for unit in 0..self.units {
            let (mean, variance) = self.moments(sums, unit, samples);
            follow(&mut state[self.mean.start + unit], mean);
            follow(&mut state[self.variance.start + unit], variance * unbiased);
        }
    }
}

/// Moves a running statistic towards a batch's.
fn follow(running: &mut f32, batch: f64) {
    *running = (1.0 - MOMENTUM) * *running + MOMENTUM * batch as f32;
}

struct Moments<'a> {
    norm: &'a BatchNorm,
    samples: usize,
    x: &'a [Lanes],
    sums: &'a mut [f64],
}

impl Kernel for Moments<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const P: usize>(self, width: Width<S, P>) {
        let &BatchNorm { units, positions, .. } = self.norm;
        let (sums, squares) = self.sums.split_at_mut(units);
        let (counting, count) = (width.first(self.samples), (positions * self.samples) as f64);
        for (unit, (sum, square)) in sums.iter_mut().zip(squares).enumerate() {
            let middle = self.x[unit].0[0];
            let both = totals(width, counting, positions, |position| {
                let away = width.load(&self.x[position * units + unit]) - width.all(middle);
                [away, away * away]
            });
            let ([away, squares], middle) = (both.map(sum_of_lanes), f64::from(middle));
            *sum += away + count * middle;
            *square += squares + middle * (2.0 * away + count * middle);
        }
    }
}

struct Products<'a> {
    norm: &'a BatchNorm,
    samples: usize,
    x: &'a [Lanes],
    kept: &'a [f32],
    dy: &'a [Lanes],
    sums: &'a mut [f64],
}

impl Kernel for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const P: usize>(self, width: Width<S, P>) {
        let &BatchNorm { units, positions, .. } = self.norm;
        let (sums, products) = self.sums.split_at_mut(units);
        let counting = width.first(self.samples);
        for (unit, (sum, product)) in sums.iter_mut().zip(products).enumerate() {
            let mean = width.all(self.kept[3 * unit]);
            let both = totals(width, counting, positions, |position| {
                let place = position * units + unit;
                let dy = width.load(&self.dy[place]);
                [dy, dy * (width.load(&self.x[place]) - mean)]
            });
            let [gradients, products] = both.map(sum_of_lanes);
            *sum += gradients;
            *product += products;
        }
    }
}

struct Values<'a> {
    x: &'a [Lanes],
    table: &'a [f32],
    y: &'a mut [Lanes],
}

impl Kernel for Values<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const P: usize>(self, width: Width<S, P>) {
        let units = self.table.len() / NUMBERS;
        for (x, y) in self.x.chunks_exact(units).zip(self.y.chunks_exact_mut(units)) {
            for ((x, y), numbers) in x.iter().zip(y).zip(self.table.chunks_exact(NUMBERS)) {
                let [mean, slope, shift] = from_fn(|index| width.all(numbers[index]));
                *y = ((width.load(x) - mean) * slope + shift).lanes();
            }
        }
    }
}

/// `dx = slope·scale·(dy - mean of dy - n·mean of dy·n)` with `n` the normalised value; 0 in the lanes beyond the batch.
struct Slopes<'a> {
    samples: usize,
    x: &'a [Lanes],
    table: &'a [f32],
    dy: &'a [Lanes],
    dx: &'a mut [Lanes],
}

impl Kernel for Slopes<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd, const P: usize>(self, width: Width<S, P>) {
        let units = self.table.len() / NUMBERS;
        let (counting, zero) = (width.first(self.samples), width.all(0.0));
        let rows = self.x.chunks_exact(units).zip(self.dy.chunks_exact(units));
        for ((x, dy), dx) in rows.zip(self.dx.chunks_exact_mut(units)) {
            for (((x, dy), dx), numbers) in x.iter().zip(dy).zip(dx).zip(self.table.chunks_exact(NUMBERS)) {
                let [mean, slope, straight, product] = from_fn(|index| width.all(numbers[index]));
                let away = straight + product * (width.load(x) - mean);
                *dx = counting.choose(slope * (width.load(dy) - away), zero).lanes();
            }
        }
    }
}
