//! Curvature of a loss at a point: products with the Hessian, its trace and its spectrum.

/// A loss that can be asked for its gradient.
pub trait Gradient {
    /// Parameters.
    fn parameters(&self) -> usize;

    /// The gradient at `parameters`.
    fn at(&mut self, parameters: &[f32]) -> Vec<f64>;
}
