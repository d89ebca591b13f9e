//! Weighted moments, and least squares through them.

use nalgebra::{DMatrix, DVector, SymmetricEigen};

/// Directions of the normal matrix below this part of the largest are taken to be missing.
const SINGULAR: f64 = 1e-10;

/// Σ w x / Σ w.
pub(super) fn mean(weights: &[f64], values: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut sum) = (0.0, 0.0);
    for (weight, value) in weights.iter().zip(values).filter(|(weight, _)| **weight > 0.0) {
        total += weight;
        sum += weight * value;
    }
    sum / total
}

/// Coefficients `c` that minimise `Σ w (y - a·c)²`, of rows `a` with `terms` terms each. `None` where they are not determined.
pub(super) fn least_squares(
    terms: usize,
    rows: impl Iterator<Item = Vec<f64>>,
    targets: &[f64],
    weights: &[f64],
) -> Option<DVector<f64>> {
    let (mut normal, mut right) = (DMatrix::<f64>::zeros(terms, terms), DVector::<f64>::zeros(terms));
    for ((row, y), weight) in rows.zip(targets).zip(weights).filter(|(_, weight)| **weight > 0.0) {
        for i in 0..terms {
            right[i] += weight * y * row[i];
            (0..terms).for_each(|j| normal[(i, j)] += weight * row[i] * row[j]);
        }
    }
    if normal.iter().chain(right.iter()).any(|x| !x.is_finite()) {
        return None;
    }
    let eigen = SymmetricEigen::new(normal);
    let determined = eigen.eigenvalues.min() > SINGULAR * eigen.eigenvalues.max();
    let along = eigen.eigenvectors.tr_mul(&right).component_div(&eigen.eigenvalues);
    determined.then(|| &eigen.eigenvectors * along)
}
