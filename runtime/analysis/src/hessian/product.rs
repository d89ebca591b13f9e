//! The Hessian times a vector, by central differences of gradients.

use super::{Gradient, dot};

/// How far the two points of a difference are from the middle, in parts of the parameters' size: near the cube root of f32's
/// precision, where the error of rounding (which falls with the distance) and that of the third derivative (which rises with its
/// square) are alike.
const STEP: f64 = 4e-3;

/// The Hessian of a loss at a point, known by its products.
pub struct Hessian<'a> {
    loss: &'a mut dyn Gradient,
    at: Vec<f32>,
    rms: f64,
}

impl<'a> Hessian<'a> {
    /// The Hessian at the parameters `at`. `None` if there are none, not as many as the loss has, or some that are not finite.
    pub fn new(loss: &'a mut dyn Gradient, at: &[f32]) -> Option<Self> {
        if at.is_empty() || at.len() != loss.parameters() || at.iter().any(|x| !x.is_finite()) {
            return None;
        }
        let rms = (at.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / at.len() as f64).sqrt();
        Some(Self { loss, at: at.to_vec(), rms })
    }

    /// Parameters.
    pub fn size(&self) -> usize {
        self.at.len()
    }

    /// `H v`, from the gradients at `θ + h v` and `θ - h v`. The step `h` moves the parameters by `STEP` of their root mean square, in
    /// the root mean square over the parameters that `v` moves: `h = STEP · rms(θ) · √m / ‖v‖`, where `m = ‖v‖₁² / ‖v‖²` counts
    /// them (all of them for signs, one for a unit vector). Parameters that are all zero have size one.
    pub fn times(&mut self, v: &[f64]) -> Vec<f64> {
        let square = dot(v, v);
        if square == 0.0 {
            return vec![0.0; v.len()];
        }
        let moved = v.iter().map(|x| x.abs()).sum::<f64>() / square.sqrt();
        let size = if self.rms > 0.0 { self.rms } else { 1.0 };
        let h = STEP * size * moved / square.sqrt();
        let (ahead, behind) = (self.moved(v, h), self.moved(v, -h));
        // The points are rounded to f32, so what lies between them is measured, not taken to be 2 h.
        let between = ahead.iter().zip(&behind).zip(v).map(|((a, b), v)| (f64::from(*a) - f64::from(*b)) * v).sum::<f64>() / square;
        let (ahead, behind) = (self.loss.at(&ahead), self.loss.at(&behind));
        ahead.iter().zip(&behind).map(|(a, b)| (a - b) / between).collect()
    }

    fn moved(&self, v: &[f64], h: f64) -> Vec<f32> {
        self.at.iter().zip(v).map(|(x, v)| (f64::from(*x) + h * v) as f32).collect()
    }
}
