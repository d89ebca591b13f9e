//! Where corruptions get random numbers from: a stream, or in tests the draws that another program made.

use crate::stream::Stream;
use rand_distr::{Distribution, Poisson};

/// Random numbers, one at a time and in a fixed order.
pub(super) trait Draws {
    /// Uniform in `[0, 1)`.
    fn uniform(&mut self) -> f64;

    /// Standard normal.
    fn normal(&mut self) -> f64;

    /// A whole number from 0 to `n - 1`.
    fn below(&mut self, n: usize) -> usize;

    /// How many of rare events that are expected so often happen.
    fn poisson(&mut self, expected: f64) -> f64;

    /// Uniform in `[low, high)`.
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }
}

impl Draws for Stream {
    fn uniform(&mut self) -> f64 {
        Stream::uniform(self)
    }

    fn normal(&mut self) -> f64 {
        Stream::normal(self)
    }

    fn below(&mut self, n: usize) -> usize {
        Stream::below(self, n)
    }

    /// None for an expectation of 0, which is no distribution.
    fn poisson(&mut self, expected: f64) -> f64 {
        Poisson::new(expected).map_or(0.0, |poisson| poisson.sample(self.bits()))
    }
}
