//! Windows taken together.
//!
//! Values are laid out element by element: `values[element * sites + site]`. Every site has the same number of elements.

use super::primitives::{greatest, least};
use hetc_compiler::plan::Reduction;

/// Writes the reduction of each site to all its elements in `out`. Sums are taken in f64.
pub fn reduce(by: Reduction, values: &[f32], sites: usize, out: &mut [f32]) {
    match by {
        Reduction::Sum => {
            let sums = sums(values, sites);
            out[..sites].iter_mut().zip(sums).for_each(|(out, sum)| *out = sum as f32);
        }
        Reduction::Max => fold(values, sites, out, greatest),
        Reduction::Min => fold(values, sites, out, least),
    }
    for element in 1..values.len() / sites {
        out.copy_within(..sites, element * sites);
    }
}

/// The sum of each site's elements.
fn sums(values: &[f32], sites: usize) -> Vec<f64> {
    let mut sums = vec![0.0f64; sites];
    for row in values.chunks_exact(sites) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    sums
}

fn fold(values: &[f32], sites: usize, out: &mut [f32], f: impl Fn(f32, f32) -> f32) {
    let (out, _) = out.split_at_mut(sites);
    out.copy_from_slice(&values[..sites]);
    for row in values.chunks_exact(sites).skip(1) {
        out.iter_mut().zip(row).for_each(|(out, value)| *out = f(*out, *value));
    }
}

/// From the gradients of the elements' copies of the reduction to those of the values: `gradients` is overwritten.
///
/// An extreme is shared out among the elements that have it, in equal parts; if it is NaN, every element's gradient is NaN
/// (unless there is none to share out).
pub fn pull_back(by: Reduction, values: &[f32], reduced: &[f32], sites: usize, gradients: &mut [f32]) {
    let mut sums = sums(gradients, sites);
    if by == Reduction::Sum {
        for row in gradients.chunks_exact_mut(sites) {
            row.iter_mut().zip(&sums).for_each(|(gradient, sum)| *gradient = *sum as f32);
        }
        return;
    }
    let extreme = &reduced[..sites];
    let mut holders = vec![0u32; sites];
    for row in values.chunks_exact(sites) {
        holders.iter_mut().zip(row).zip(extreme).for_each(|((n, value), extreme)| *n += u32::from(value == extreme));
    }
    for ((sum, holders), extreme) in sums.iter_mut().zip(&holders).zip(extreme) {
        *sum = match (*sum == 0.0, extreme.is_nan()) {
            (true, _) => 0.0,
            (_, true) => f64::NAN,
            _ => *sum / f64::from(*holders),
        };
    }
    for (row, values) in gradients.chunks_exact_mut(sites).zip(values.chunks_exact(sites)) {
        for (((gradient, value), extreme), part) in row.iter_mut().zip(values).zip(extreme).zip(&sums) {
            *gradient = if value == extreme || extreme.is_nan() { *part as f32 } else { 0.0 };
        }
    }
}
