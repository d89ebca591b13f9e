//! Polar Hermite functions, for two arguments.

use super::{Power, phases, weighted};
use crate::functions::Grid;
use std::f64::consts::PI;

/// What is meant by a Hermite basis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Orthonormal over the plane, with a Gaussian envelope: the functions of Victor et al., which the paper's formula names. The
    /// density and the envelope both weigh, so that even a product of the arguments has power in ranks above two.
    Functions,
    /// Orthonormal under the standard normal density: the same without the envelope. Under that density a polynomial of degree ℓ has
    /// power in ranks up to ℓ only, and the powers of all ranks sum to one.
    Polynomials,
}

/// Power of the ranks `0 ..= most` for a function of two arguments, with the values and the input density's shares `[cells]`.
///
/// The functions of rank ℓ have angular frequency `μ = ℓ, ℓ - 2, …` and radial order `ν = (ℓ - μ) / 2`:
/// `φ = √(s ν! / (2π 2^μ (ν + μ)!)) r^μ L_ν^μ(r²/2) e^(-r²/4)` times `cos μθ` or `sin μθ`, where s is 2, or 1 for `μ = 0`, so that they are
/// orthonormal over the plane and the square of the first is the standard normal density; polynomials are this times
/// `√(2π) e^(r²/4)`. A dipole has rank one, a soft XOR rank two with `μ = 2`, a bowl rank two with `μ = 0`.
///
/// `None` for another number of arguments, values or weights, and where inputs or function do not vary.
pub fn hermite(grid: &Grid, values: &[f64], weights: &[f64], basis: Basis, most: usize) -> Option<Power> {
    if grid.arguments() != 2 {
        return None;
    }
    let weighted = weighted(grid, values, weights)?;
    let of = |rank: usize, frequency: usize| {
        if !(rank - frequency).is_multiple_of(2) {
            return 0.0;
        }
        let order = (rank - frequency) / 2;
        let norm = norm(frequency, order);
        phases(&weighted, frequency, |x| (norm * radial(basis, x[0].hypot(x[1]), frequency, order), x[1].atan2(x[0])))
    };
    let of_angle: Vec<Vec<f64>> = (0..=most).map(|rank| (0..=rank).map(|frequency| of(rank, frequency)).collect()).collect();
    Some(Power { of_rank: of_angle.iter().map(|parts| parts.iter().sum()).collect(), of_angle })
}

fn norm(frequency: usize, order: usize) -> f64 {
    let phases = if frequency == 0 { 1.0 } else { 2.0 };
    let ratio: f64 = (order + 1..=order + frequency).map(|k| 2.0 * k as f64).product();
    (phases / (2.0 * PI * ratio)).sqrt()
}

fn radial(basis: Basis, r: f64, frequency: usize, order: usize) -> f64 {
    let envelope = match basis {
        Basis::Functions => (-r * r / 4.0).exp(),
        Basis::Polynomials => (2.0 * PI).sqrt(),
    };
    r.powi(frequency as i32) * laguerre(order, frequency as f64, r * r / 2.0) * envelope
}

/// The generalised Laguerre polynomial, by its recurrence.
fn laguerre(order: usize, alpha: f64, x: f64) -> f64 {
    let (mut before, mut value) = (0.0, 1.0);
    for k in 0..order {
        let k = k as f64;
        (before, value) = (value, ((2.0 * k + 1.0 + alpha - x) * value - (k + alpha) * before) / (k + 1.0));
    }
    value
}
