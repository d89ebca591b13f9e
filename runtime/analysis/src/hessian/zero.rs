//! The fraction of eigenvalues near zero.

use super::Spectrum;

/// What counts as near zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Threshold {
    /// Magnitudes below this part of the largest magnitude.
    Relative(f64),
    /// Magnitudes below this.
    Absolute(f64),
}

/// The share of eigenvalues whose magnitude is below the threshold, as the mean over `runs`; `None` for no runs. Choudhary et al. state
/// no threshold; `Relative(1e-3)` is what hetc takes for theirs. From quadratures it is as coarse as their nodes are sparse.
pub fn near_zero(runs: &[Spectrum], threshold: Threshold) -> Option<f64> {
    let of = |run: &Spectrum| {
        let below = match threshold {
            Threshold::Relative(part) => part * run.radius(),
            Threshold::Absolute(size) => size,
        };
        run.nodes.iter().zip(&run.weights).filter(|(node, _)| node.abs() < below).map(|(_, weight)| weight).sum::<f64>()
    };
    (!runs.is_empty()).then(|| runs.iter().map(of).sum::<f64>() / runs.len() as f64)
}

/// `count` thresholds from `low` to `high`, both positive, in equal ratios: what a sweep goes through.
pub fn thresholds(low: f64, high: f64, count: usize) -> Vec<f64> {
    let part = |i: usize| if count > 1 { i as f64 / (count - 1) as f64 } else { 0.0 };
    (0..count).map(|i| low * (high / low).powf(part(i))).collect()
}
