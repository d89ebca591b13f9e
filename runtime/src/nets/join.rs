//! Several values as one.

use super::signal::Signal;
use burn::module::Module;
use burn::tensor::Tensor;
use hetc_compiler::plan;

/// Sum, product, or one after the other.
#[derive(Module, Debug)]
pub struct Join {
    /// How.
    #[module(skip)]
    pub how: plan::Join,
}

impl Join {
    /// Of values that fit together: see [`plan::Join`].
    pub fn forward(&self, values: Vec<Signal>) -> Signal {
        if values.iter().all(|value| matches!(value, Signal::Vector(_))) {
            Signal::Vector(self.joined(values.into_iter().map(Signal::into_vectors).collect()))
        } else {
            Signal::Map(self.joined(values.into_iter().map(Signal::into_maps).collect()))
        }
    }

    fn joined<const D: usize>(&self, values: Vec<Tensor<D>>) -> Tensor<D> {
        let mut values = values;
        let rest = values.split_off(1);
        let first = values.swap_remove(0); // a join reads two values or more
        match self.how {
            plan::Join::Add => rest.into_iter().fold(first, |sum, value| sum + value),
            // One number a channel is stretched over the map.
            plan::Join::Multiply => rest.into_iter().fold(first, |product, value| product * value),
            plan::Join::Concat => Tensor::cat(std::iter::once(first).chain(rest).collect(), 1),
        }
    }
}
