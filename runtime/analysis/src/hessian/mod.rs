//! Curvature of a loss at a point: products with the Hessian, its trace and its spectrum.
//!
//! | question | from | products |
//! |---|---|---|
//! | the Hessian times a vector | [`Hessian::times`] | 1; by [`Differences`] two gradients |
//! | the sum of the eigenvalues | [`trace`] | up to 100 |
//! | how the eigenvalues are spread, and the outermost ones | [`lanczos`] | one a step |
//! | all eigenvalues, of small networks | [`exact`] | one a parameter |
//!
//! [`exact`] and [`lanczos`] both give a [`Spectrum`], which tells its [`density`] and what [lies near zero](near_zero).

mod density;
mod differences;
mod exact;
mod lanczos;
mod spectrum;
mod trace;
mod zero;

pub use density::{Density, density};
pub use differences::Differences;
pub use exact::{LARGEST, exact};
pub use lanczos::lanczos;
pub use spectrum::Spectrum;
pub use trace::{Rule, Trace, trace};
pub use zero::{Threshold, near_zero, thresholds};

use std::ops::ControlFlow;

/// The Hessian of a loss at a point, known by its products.
pub trait Hessian {
    /// Parameters.
    fn size(&self) -> usize;

    /// The Hessian times `v`, which has one number a parameter.
    fn times(&mut self, v: &[f64]) -> Result<Vec<f64>, Failure>;
}

/// A loss that can be asked for its gradient.
pub trait Gradient {
    /// Parameters.
    fn parameters(&self) -> usize;

    /// The gradient at `parameters`.
    fn at(&mut self, parameters: &[f32]) -> Vec<f64>;
}

/// Told after each product how many there were and how many there are to be at most; may put an end to it.
pub type Progress<'a> = dyn FnMut(usize, usize) -> ControlFlow<()> + 'a;

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The callback asked to stop.
    Stopped,
    /// A derivative at the point or near it is not finite.
    NotFinite,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(match self {
            Self::Stopped => "stopped before there was a result",
            Self::NotFinite => "a derivative at this point or near it is not finite",
        })
    }
}

impl std::error::Error for Failure {}

fn tell(progress: &mut Progress, done: usize, most: usize) -> Result<(), Failure> {
    if progress(done, most).is_break() { Err(Failure::Stopped) } else { Ok(()) }
}

/// Independent signs (Rademacher variables), one for each true or false of `coins`.
fn signs(coins: &mut dyn FnMut() -> bool, count: usize) -> Vec<f64> {
    (0..count).map(|_| if coins() { 1.0 } else { -1.0 }).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
