//! Networks in numbers that carry a derivative: products with the Hessian at a point.
//!
//! A plan in evaluation, sample by sample, in double precision, forward and backward by the plainest loops. Every number is a [`Dual`]: it
//! carries its derivative along one direction of the parameters, so that the slopes of the gradients are the product of the Hessian with
//! that direction (Pearlmutter 1994), to rounding. Nothing is differenced, so where slopes jump (ReLU, tables, maxima) the side that the
//! point lies on counts, and jumps beside it do not: as with automatic differentiation twice.
//!
//! Its code has nothing in common with the engine's but the order of parameters, so that tests can hold one against the other.

mod cells;
mod conv;
mod dense;
mod dual;
mod formula;
mod join;
mod layer;
mod loss;
mod network;
mod norm;
mod pool;
mod response;

pub use dual::Dual;
pub use loss::{Slopes, cross_entropy, squares};
pub use network::{Network, Noisy, Sum};
