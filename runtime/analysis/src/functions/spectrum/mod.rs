//! What functions are made of: their power in basis functions of increasing spatial frequency (Yoon et al., section 4.4, Fig. 8).
//!
//! `P_ℓ = Σ_m | ∫ dx p(x) f(x) φ_ℓm(x) |²`, the integral being a sum over a grid's cells with the input density's shares for `p dx`.
//! The paper leaves open where the basis is centred, how wide it is, how it is normalised and whether `f` is; the readings taken:
//!
//! * Arguments are centred at the density's mean and divided by its standard deviation, the root mean square over the arguments: one
//!   scale for all, so that circles stay circles.
//! * `f` is brought to mean zero and variance one under the density, since the next layer undoes offset and gain; so functions of
//!   different size can be averaged and compared with freshly initialised ones.
//! * [`hermite`], for two arguments: the polar Hermite functions of Victor et al. (2006), with or without their envelope, `ℓ` their
//!   rank.
//! * [`solid`], for three: regular solid harmonics `r^ℓ Y_ℓm`, each with mean square one under a standard normal density.

mod hermite;
mod legendre;
mod solid;

pub use hermite::{Basis, hermite};
pub use solid::solid;

use super::Grid;
use super::solve::mean;

/// Power of each `ℓ` from zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Power {
    /// `P_ℓ`.
    pub of_rank: Vec<f64>,
    /// The parts of it, by the angular frequency: the first `ℓ + 1` entries are those of `μ = 0 ..= ℓ`.
    pub of_angle: Vec<Vec<f64>>,
}

impl Power {
    /// Parts of the power of all ranks from one up: they sum to one. Rank zero has no structure, only what is left of the mean. Empty if
    /// there is no power.
    pub fn shares(&self) -> Vec<f64> {
        let above = self.of_rank.get(1..).unwrap_or_default();
        let total: f64 = above.iter().sum();
        if total > 0.0 { above.iter().map(|power| power / total).collect() } else { Vec::new() }
    }
}

/// What a basis is multiplied with: places in its own units, and `p f` there.
struct Weighted {
    places: Vec<Vec<f64>>,
    values: Vec<f64>,
}

/// `None` if values or weights are not one a cell, or `f` or the inputs do not vary.
fn weighted(grid: &Grid, values: &[f64], weights: &[f64]) -> Option<Weighted> {
    if values.len() != grid.cells() || weights.len() != grid.cells() {
        return None;
    }
    let n = grid.arguments();
    let used: Vec<usize> = (0..grid.cells()).filter(|cell| weights[*cell] > 0.0).collect();
    let of = |all: &[f64]| used.iter().map(|cell| all[*cell]).collect::<Vec<f64>>();
    let (weights, values) = (of(weights), of(values));
    let centres: Vec<Vec<f64>> = used.iter().map(|cell| grid.centre(*cell)).collect();
    let middle: Vec<f64> = (0..n).map(|i| mean(&weights, centres.iter().map(|x| x[i]))).collect();
    let square = |x: &[f64]| x.iter().zip(&middle).map(|(x, m)| (x - m).powi(2)).sum::<f64>() / n as f64;
    let scale = mean(&weights, centres.iter().map(|x| square(x))).sqrt();
    let average = mean(&weights, values.iter().copied());
    let deviation = mean(&weights, values.iter().map(|f| (f - average).powi(2))).sqrt();
    if !(scale > 0.0 && scale.is_finite() && deviation > 0.0 && deviation.is_finite()) {
        return None;
    }
    let total: f64 = weights.iter().sum();
    Some(Weighted {
        places: centres.iter().map(|x| x.iter().zip(&middle).map(|(x, m)| (x - m) / scale).collect()).collect(),
        values: values.iter().zip(&weights).map(|(f, p)| (f - average) / deviation * p / total).collect(),
    })
}

/// The two phases of one angular frequency: squares of both sums. `at` gives radius times norm, and the angle.
fn phases(weighted: &Weighted, frequency: usize, at: impl Fn(&[f64]) -> (f64, f64)) -> f64 {
    let (mut even, mut odd) = (0.0, 0.0);
    for (place, value) in weighted.places.iter().zip(&weighted.values) {
        let (height, angle) = at(place);
        let (sine, cosine) = (frequency as f64 * angle).sin_cos();
        even += value * height * cosine;
        odd += value * height * sine;
    }
    even * even + odd * odd
}
