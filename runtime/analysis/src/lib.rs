//! What trained networks do: dimensionality of their layers, curvature of their loss, the functions they learned, robustness.
//!
//! Arithmetic over plain slices. What has to ask a network asks it through a trait: [`attack::Classifier`] for outputs and slopes at
//! inputs, [`hessian::Gradient`] for the slope of a loss at parameters.

pub mod attack;
pub mod corruption;
pub mod functions;
pub mod hessian;
pub mod participation;
mod stream;
