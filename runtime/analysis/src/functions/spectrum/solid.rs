//! Solid harmonics, for three arguments.

use super::legendre::legendre;
use super::{Power, phases, weighted};
use crate::functions::Grid;

/// Power of the degrees `0 ..= most` for a function of three arguments, with the values and the input density's shares `[cells]`.
///
/// The functions of degree ℓ are `r^ℓ P_ℓ^m(cos θ)` times `cos mφ` or `sin mφ`, for `m = 0 ..= ℓ`, with θ from the third argument's axis and
/// φ around it, each divided by its root mean square under a standard normal density: `∫ Y² = 1` and `E r^2ℓ = (2ℓ + 1)!!`. A dipole has
/// degree one, a quadrupole degree two; a bowl, which is not harmonic, has power in none under an isotropic density. Rotations move
/// power within a degree only.
///
/// `None` for another number of arguments, values or weights, and where inputs or function do not vary.
pub fn solid(grid: &Grid, values: &[f64], weights: &[f64], most: usize) -> Option<Power> {
    if grid.arguments() != 3 {
        return None;
    }
    let weighted = weighted(grid, values, weights)?;
    let of = |degree: usize, order: usize| {
        let norm = norm(degree, order);
        phases(&weighted, order, |x| {
            let r = (x[0] * x[0] + x[1] * x[1] + x[2] * x[2]).sqrt();
            let up = if r > 0.0 { x[2] / r } else { 1.0 };
            (norm * r.powi(degree as i32) * legendre(degree, order, up), x[1].atan2(x[0]))
        })
    };
    let of_angle: Vec<Vec<f64>> = (0..=most).map(|degree| (0..=degree).map(|order| of(degree, order)).collect()).collect();
    Some(Power { of_rank: of_angle.iter().map(|parts| parts.iter().sum()).collect(), of_angle })
}

/// `√(4π / (2ℓ+1)!!)` times the norm of the real spherical harmonic.
fn norm(degree: usize, order: usize) -> f64 {
    let phases = if order == 0 { 1.0 } else { 2.0 };
    let factorials: f64 = (degree - order + 1..=degree + order).map(|k| k as f64).product();
    let moment: f64 = (0..=degree).map(|k| (2 * k + 1) as f64).product();
    (phases * (2 * degree + 1) as f64 / factorials / moment).sqrt()
}
