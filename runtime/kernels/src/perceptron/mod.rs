//! Learned functions: small multilayer perceptrons, evaluated at many positions, forward and backward.
//!
//! **Layout.** Positions lie in lanes: what a layer gives is one row for each unit, and a row is a vector for every 16 positions. A product
//! of weights with such rows is a number of the one times registers of the other, so that nothing is padded but the last register of
//! accumulators, whatever the widths. Positions go through in tiles, all layers of a tile before the next one, so that what is between the
//! layers never leaves the nearest caches; backward computes it again.
//!
//! **Gradients of weights** sum over positions. Where there are many weights, the rows before them are turned into columns, so that a sum
//! over positions is a product of matrices like any other; where there are few, every lane has its own sums, which are added up
//! at the end of a call. Sums are taken in f32: over a tile first, then over tiles.

mod activation;
mod blocks;
mod outer;
mod packed;
mod pass;
mod product;
mod scratch;
mod transpose;

pub use activation::{Activation, Pointwise};
pub use scratch::PerceptronScratch;

use crate::Lanes;
use hetc_compiler::plan::Function;
use packed::Layer;
use pulp::Arch;

/// Vectors of a tile's widest layer, about: half of the first-level cache. Layers that are wider go through in the smallest tiles.
const TILE_VECTORS: usize = 256;

/// A learned function, ready to run at any number of positions.
#[derive(Debug, Clone)]
pub struct Perceptron {
    layers: Vec<Layer>,
    activation: Activation,
    /// Vectors a row of a full tile.
    tile: usize,
    arch: Arch,
}

impl Perceptron {
    /// Of `function`, whose hidden units answer with `activation`: that of its formula.
    pub fn new(function: &Function, activation: Activation) -> Self {
        let widths = function.widths();
        let widest = widths.iter().copied().max().unwrap_or(1);
        let whole_blocks = |vectors: usize| vectors / blocks::BLOCK_VECTORS * blocks::BLOCK_VECTORS;
        let tile = whole_blocks(TILE_VECTORS / widest).clamp(blocks::BLOCK_VECTORS, 8 * blocks::BLOCK_VECTORS);
        Self { layers: packed::layers(&widths), activation, tile, arch: Arch::new() }
    }

    /// The same with the instructions of `arch`, for comparison.
    #[doc(hidden)]
    pub fn on(self, arch: Arch) -> Self {
        Self { arch, ..self }
    }

    /// How many numbers it takes.
    pub fn inputs(&self) -> usize {
        self.layers[0].columns // a function has at least one hidden layer
    }

    /// Trained numbers.
    pub fn weights_len(&self) -> usize {
        self.layers.iter().map(|layer| layer.weights.len() + layer.bias.len()).sum()
    }

    /// Numbers that [`Self::prepare`] writes.
    pub fn packed_len(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.transposed.end)
    }

    /// Lays out `weights`, those of the function in the order of [`Function`]; once after every change of them.
    ///
    /// Panics if either length is not that of this function; so do the others for what they are given.
    pub fn prepare(&self, weights: &[f32], packed: &mut [f32]) {
        assert_eq!((weights.len(), packed.len()), (self.weights_len(), self.packed_len()), "numbers of this function");
        self.layers.iter().for_each(|layer| layer.prepare(weights, packed));
    }

    /// `out[p] = f(arguments[0][p], …)`: `arguments` is `[input][n]`, `out` is `[n]`, in vectors.
    pub fn forward(&self, packed: &[f32], arguments: &[Lanes], n: usize, out: &mut [Lanes], scratch: &mut PerceptronScratch) {
        self.check(packed, arguments, n);
        assert_eq!(out.len(), n, "one result a position");
        scratch.provide_forward(self);
        self.arch.dispatch(pass::Forward { perceptron: self, packed, arguments, out, scratch });
    }

    /// From the gradients of the results to those of the arguments, which are written, and of the weights, which are added to `dweights`
    /// in the order of [`Function`]. Needs no forward before it.
    #[allow(clippy::too_many_arguments)]
    pub fn backward(
        &self,
        packed: &[f32],
        arguments: &[Lanes],
        n: usize,
        dout: &[Lanes],
        darguments: &mut [Lanes],
        dweights: &mut [f32],
        scratch: &mut PerceptronScratch,
    ) {
        self.check(packed, arguments, n);
        assert_eq!(dout.len(), n, "one gradient a position");
        assert_eq!(darguments.len(), arguments.len(), "one gradient an argument");
        assert_eq!(dweights.len(), self.weights_len(), "numbers of this function");
        scratch.provide_backward(self);
        self.arch.dispatch(pass::Backward { perceptron: self, packed, arguments, dout, darguments, dweights, scratch });
    }

    fn check(&self, packed: &[f32], arguments: &[Lanes], n: usize) {
        assert_eq!(packed.len(), self.packed_len(), "numbers of this function");
        assert_eq!(arguments.len(), self.inputs() * n, "all arguments of every position");
    }

    /// Widths of the hidden layers.
    fn hidden(&self) -> impl Iterator<Item = usize> {
        self.layers[1..].iter().map(|layer| layer.columns)
    }
}
