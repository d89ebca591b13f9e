//! What is kept of the tile under way.

use super::{Activation, Perceptron};
use crate::{LANES, Lanes};

/// Memory of one thread for any learned functions: grows to what the largest needs, then stays.
#[derive(Debug, Default)]
pub struct PerceptronScratch {
    /// What each hidden layer gives, one after the other; rows of a tile.
    pub(super) after: Vec<Lanes>,
    /// The same before the activation, where that is not known from what it gives.
    pub(super) before: Vec<Lanes>,
    /// Gradients of what a layer gives, and of what is before it.
    pub(super) gradient: Vec<Lanes>,
    pub(super) next_gradient: Vec<Lanes>,
    /// Rows of units instead of positions.
    pub(super) transposed: Vec<Lanes>,
    /// Gradients of each layer's weights and of what it adds, as its places say.
    pub(super) sums: Vec<Lanes>,
}

fn provide(buffer: &mut Vec<Lanes>, len: usize) {
    if buffer.len() < len {
        buffer.resize(len, Lanes::default());
    }
}

impl PerceptronScratch {
    pub(super) fn provide_forward(&mut self, perceptron: &Perceptron) {
        provide(&mut self.after, perceptron.hidden().sum::<usize>() * perceptron.tile);
    }

    pub(super) fn provide_backward(&mut self, perceptron: &Perceptron) {
        self.provide_forward(perceptron);
        if matches!(perceptron.activation, Activation::Pointwise(_)) {
            provide(&mut self.before, perceptron.hidden().sum::<usize>() * perceptron.tile);
        }
        // Arguments can be more than hidden units.
        let widest = perceptron.layers.iter().map(|layer| layer.columns).max().unwrap_or(0);
        provide(&mut self.gradient, widest * perceptron.tile);
        provide(&mut self.next_gradient, widest * perceptron.tile);
        let by_units = |width: usize| width.div_ceil(LANES) * perceptron.tile * LANES;
        provide(&mut self.transposed, by_units(widest));
        let sums = perceptron.layers.last().map_or(0, |layer| layer.bias_sums.end);
        provide(&mut self.sums, sums);
        self.sums[..sums].fill(Lanes::default());
    }
}
