//! How large a difference is, beside the spread of the runs.

use super::Alternative;
use super::rank::mann_whitney;
use super::sample::{differences, mean, variance};
use statrs::function::gamma::ln_gamma;

/// Cohen's d: the difference of means in pooled standard deviations.
pub fn cohens_d(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() < 2 || b.len() < 2 {
        return None;
    }
    let (n, m) = (a.len() as f64, b.len() as f64);
    let pooled = ((n - 1.0) * variance(a) + (m - 1.0) * variance(b)) / (n + m - 2.0);
    (pooled > 0.0).then(|| (mean(a) - mean(b)) / pooled.sqrt())
}

/// Hedges' g: Cohen's d without its bias for small samples (the exact factor, Hedges 1981, eq. 6e).
pub fn hedges_g(a: &[f64], b: &[f64]) -> Option<f64> {
    let freedom = (a.len() + b.len()) as f64 - 2.0;
    let factor = |freedom: f64| (ln_gamma(freedom / 2.0) - ln_gamma((freedom - 1.0) / 2.0)).exp() / (freedom / 2.0).sqrt();
    cohens_d(a, b).map(|d| d * factor(freedom))
}

/// d_z: the mean difference of pairs in standard deviations of the differences.
pub fn paired_d(a: &[f64], b: &[f64]) -> Option<f64> {
    let differences = differences(a, b);
    let variance = variance(&differences);
    (a.len() == b.len() && a.len() > 1 && variance > 0.0).then(|| mean(&differences) / variance.sqrt())
}

/// The rank-biserial correlation: part of pairs in which `a` is larger, minus part in which it is smaller; from -1 to 1.
pub fn rank_biserial(a: &[f64], b: &[f64]) -> Option<f64> {
    let larger = mann_whitney(a, b, Alternative::TwoSided)?.u;
    Some(2.0 * larger / (a.len() * b.len()) as f64 - 1.0)
}
