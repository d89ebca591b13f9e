//! Products with the Hessian by central differences of gradients.

use super::{Failure, Gradient, Hessian, dot};

/// How far either point of a difference is from the middle, in parts of the parameters' norm. Rounding to f32 errs by a part that falls
/// with the distance, third derivatives by one that rises with its square; here the two are alike: about
/// 1e-5 of the product on a network of 184 parameters, 1e-4 to 4e-3 on networks of 1500 to 2000, most along the steepest direction.
const STEP: f64 = 1.5e-3;

/// The Hessian from a loss that knows its gradient in single precision.
///
/// A loss with kinks (ReLU, functions as tables of straight pieces) has its slopes change at once wherever one lies between the two
/// points. Differences count such curvature, derivatives at a point (and so PyHessian) leave it out: the trace of a perceptron
/// 40-100-10 on random data comes out some twenty times as large with ReLU, whatever the step, and the same to 1e-6 with tanh.
pub struct Differences<'a> {
    loss: &'a mut dyn Gradient,
    at: Vec<f32>,
    norm: f64,
}

impl<'a> Differences<'a> {
    /// The Hessian at the parameters `at`. `None` if there are none, not as many as the loss has, or some that are not finite.
    pub fn new(loss: &'a mut dyn Gradient, at: &[f32]) -> Option<Self> {
        if at.is_empty() || at.len() != loss.parameters() || at.iter().any(|x| !x.is_finite()) {
            return None;
        }
        let square: f64 = at.iter().map(|x| f64::from(*x).powi(2)).sum();
        let norm = if square > 0.0 { square } else { at.len() as f64 }.sqrt();
        Some(Self { loss, at: at.to_vec(), norm })
    }

    fn moved(&self, v: &[f64], h: f64) -> Vec<f32> {
        self.at.iter().zip(v).map(|(x, v)| (f64::from(*x) + h * v) as f32).collect()
    }
}

impl Hessian for Differences<'_> {
    fn size(&self) -> usize {
        self.at.len()
    }

    /// `H v`, from the gradients at `θ + h v` and `θ - h v` with `h = STEP · ‖θ‖ / ‖v‖`; for parameters that are all zero, with `√n` in
    /// place of their norm.
    fn times(&mut self, v: &[f64]) -> Result<Vec<f64>, Failure> {
        let square = dot(v, v);
        if square == 0.0 {
            return Ok(vec![0.0; v.len()]);
        }
        let h = STEP * self.norm / square.sqrt();
        let (ahead, behind) = (self.moved(v, h), self.moved(v, -h));
        // The points are rounded to f32, so what lies between them is measured, not taken to be 2 h.
        let between =
            ahead.iter().zip(&behind).zip(v).map(|((a, b), v)| (f64::from(*a) - f64::from(*b)) * v).sum::<f64>() / square;
        let (ahead, behind) = (self.loss.at(&ahead), self.loss.at(&behind));
        let product: Vec<f64> = ahead.iter().zip(&behind).map(|(a, b)| (a - b) / between).collect();
        if product.iter().all(|x| x.is_finite()) { Ok(product) } else { Err(Failure::NotFinite) }
    }
}
