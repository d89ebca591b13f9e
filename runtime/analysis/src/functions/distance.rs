//! How far functions are from each other where they are used.

use super::solve::mean;

/// What counts as a difference. All but the first are blind to gain, which the next layer's weights undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    /// Weighted root mean squared difference.
    Rms,
    /// One less the cosine: what Yoon's code takes between a function and its fit.
    Cosine,
    /// One less the correlation: blind to an offset too.
    Correlation,
    /// One less the correlation's magnitude: blind to the sign too.
    Unsigned,
}

impl Distance {
    /// The distance between two functions' values in the same cells, cells weighted by the input density or a mask. NaN where it is not
    /// defined: no weight, a function that is zero (cosine) or constant (correlation).
    pub fn between(self, weights: &[f64], a: &[f64], b: &[f64]) -> f64 {
        match self {
            Self::Rms => mean(weights, a.iter().zip(b).map(|(a, b)| (a - b).powi(2))).sqrt(),
            Self::Cosine => 1.0 - cosine(weights, a, b, 0.0, 0.0),
            Self::Correlation => 1.0 - correlation(weights, a, b),
            Self::Unsigned => 1.0 - correlation(weights, a, b).abs(),
        }
    }
}

fn correlation(weights: &[f64], a: &[f64], b: &[f64]) -> f64 {
    cosine(weights, a, b, mean(weights, a.iter().copied()), mean(weights, b.iter().copied()))
}

/// The cosine between `a - from_a` and `b - from_b`.
fn cosine(weights: &[f64], a: &[f64], b: &[f64], from_a: f64, from_b: f64) -> f64 {
    let both = mean(weights, a.iter().zip(b).map(|(a, b)| (a - from_a) * (b - from_b)));
    let square = |values: &[f64], from: f64| mean(weights, values.iter().map(|x| (x - from).powi(2)));
    both / (square(a, from_a) * square(b, from_b)).sqrt()
}

/// The distances between all pairs of functions, each given by its values `[cells]`, in scipy's condensed order: 0-1, 0-2, …, 1-2, ….
pub fn distances(distance: Distance, weights: &[f64], functions: &[Vec<f64>]) -> Vec<f64> {
    let pairs = functions.iter().enumerate().flat_map(|(i, a)| functions[i + 1..].iter().map(move |b| (a, b)));
    pairs.map(|(a, b)| distance.between(weights, a, b)).collect()
}
