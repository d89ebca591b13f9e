//! What flows between layers: a batch of vectors or of maps.

use burn::tensor::Tensor;
use hetc_compiler::shape::Shape;

/// A batch.
#[derive(Debug, Clone)]
pub enum Signal {
    /// `[samples, units]`.
    Vector(Tensor<2>),
    /// `[samples, channels, height, width]`.
    Map(Tensor<4>),
}

impl Signal {
    /// Each sample as a vector, channels outermost.
    pub fn into_vectors(self) -> Tensor<2> {
        match self {
            Signal::Vector(vectors) => vectors,
            Signal::Map(maps) => {
                let [samples, channels, height, width] = maps.dims();
                maps.reshape([samples, channels * height * width])
            }
        }
    }

    /// Each sample as a map; a vector of units is a map of as many channels at one position.
    pub fn into_maps(self) -> Tensor<4> {
        match self {
            Signal::Map(maps) => maps,
            Signal::Vector(vectors) => {
                let [samples, units] = vectors.dims();
                vectors.reshape([samples, units, 1, 1])
            }
        }
    }

    /// Vectors under the sample shape `shape`.
    pub fn from_vectors(vectors: Tensor<2>, shape: Shape) -> Self {
        let [samples, _] = vectors.dims();
        match shape {
            Shape::Vector(_) => Signal::Vector(vectors),
            Shape::Map(channels, height, width) => Signal::Map(vectors.reshape([samples, channels, height, width])),
        }
    }
}
