//! A spectrum as a smooth curve, drawn as PyHessian draws it.

use super::Spectrum;

/// Points of PyHessian's curve.
const POINTS: usize = 10_000;
/// What is added at either end, in units of the eigenvalues.
const OVERHEAD: f64 = 0.01;
/// Variance of each node's bell, for ranges below one; for wider ones times the range.
const VARIANCE: f64 = 1e-5;
/// Standard deviations beyond which a bell is zero in f64.
const REACH: f64 = 39.0;

/// A curve of area one over eigenvalues.
#[derive(Debug, Clone, PartialEq)]
pub struct Density {
    /// Eigenvalues, evenly spaced.
    pub at: Vec<f64>,
    /// The density at each.
    pub values: Vec<f64>,
}

/// The mean over `runs` of Gaussians at their nodes, on 10,000 points from the mean least node to the mean largest, 0.01 added at
/// either end. The Gaussians' variance is 1e-5 · max(1, range). `None` for no runs, a run without nodes, or nodes that are not finite.
pub fn density(runs: &[Spectrum]) -> Option<Density> {
    let ends = |end: fn(&[f64]) -> Option<&f64>| {
        let of_runs: Option<Vec<f64>> = runs.iter().map(|run| end(&run.nodes).copied()).collect();
        of_runs.map(|all| all.iter().sum::<f64>() / all.len() as f64).filter(|mean| mean.is_finite())
    };
    let (low, high) = (ends(<[f64]>::first)? - OVERHEAD, ends(<[f64]>::last)? + OVERHEAD);
    let step = (high - low) / (POINTS - 1) as f64;
    let variance = VARIANCE * (high - low).max(1.0);
    let mut values = vec![0.0; POINTS];
    for (node, weight) in runs.iter().flat_map(|run| run.nodes.iter().zip(&run.weights)) {
        add_bell(&mut values, (node - low) / step, variance.sqrt() / step, *weight);
    }
    let area = values.iter().sum::<f64>() * step;
    values.iter_mut().for_each(|value| *value /= area);
    Some(Density { at: (0..POINTS).map(|i| low + step * i as f64).collect(), values })
}

/// Adds a Gaussian, all in units of points; its height does not matter, as the curve is brought to area one.
fn add_bell(values: &mut [f64], middle: f64, deviation: f64, weight: f64) {
    let first = (middle - REACH * deviation).max(0.0) as usize;
    let last = (middle + REACH * deviation).max(0.0) as usize;
    for (i, value) in values.iter_mut().enumerate().take(last.saturating_add(1)).skip(first) {
        *value += weight * (-((i as f64 - middle) / deviation).powi(2) / 2.0).exp();
    }
}
