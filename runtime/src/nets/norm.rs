//! Norms: layer norm over each sample, batch norm over each unit.

use super::param;
use super::pass::{Pass, Seen};
use super::signal::Signal;
use burn::module::{Module, Param};
use burn::tensor::module::{batch_norm, batch_norm_train, layer_norm};
use burn::tensor::{Device, Tensor, TensorData};
use hetc_compiler::shape::Shape;
use std::ops::Range;

/// Each sample by itself, over all its values.
#[derive(Module, Debug)]
pub struct LayerNorm {
    affine: Option<Affine>,
    #[module(skip)]
    shape: Shape,
    epsilon: f64,
}

/// A trained scale and shift, flat.
#[derive(Module, Debug)]
pub struct Affine {
    scale: Param<Tensor<1>>,
    shift: Param<Tensor<1>>,
}

impl Affine {
    fn new(size: usize, device: &Device) -> Self {
        Self { scale: param([size], device), shift: param([size], device) }
    }
}

/// Scale and shift, or 1 and 0.
fn scale_and_shift(affine: &Option<Affine>, size: usize, device: &Device) -> (Tensor<1>, Tensor<1>) {
    match affine {
        Some(affine) => (affine.scale.val(), affine.shift.val()),
        None => (Tensor::ones([size], device), Tensor::zeros([size], device)),
    }
}

impl LayerNorm {
    /// Over samples of `shape`.
    pub fn new(shape: Shape, affine: bool, epsilon: f64, device: &Device) -> Self {
        Self { affine: affine.then(|| Affine::new(shape.elements(), device)), shape, epsilon }
    }

    /// Samples with mean 0 and variance 1, scaled and shifted.
    pub fn forward(&self, x: Signal) -> Signal {
        let x = x.into_vectors();
        let (scale, shift) = scale_and_shift(&self.affine, self.shape.elements(), &x.device());
        Signal::from_vectors(layer_norm(x, scale, Some(shift), self.epsilon), self.shape)
    }
}

/// Each unit by itself, over the batch and positions.
#[derive(Module, Debug)]
pub struct BatchNorm {
    affine: Option<Affine>,
    epsilon: f64,
    units: usize,
    /// Where its running means start in the state; its variances follow.
    start: usize,
}

impl BatchNorm {
    /// Over `units`, with running statistics from `start` in the state.
    pub fn new(units: usize, affine: bool, epsilon: f64, start: usize, device: &Device) -> Self {
        Self { affine: affine.then(|| Affine::new(units, device)), epsilon, units, start }
    }

    /// In training with the batch's statistics, which go into the running ones; otherwise with those.
    pub fn forward(&self, x: Signal, pass: &mut Pass) -> Signal {
        match x {
            Signal::Vector(x) => Signal::Vector(self.normalise(x, pass)),
            Signal::Map(x) => Signal::Map(self.normalise(x, pass)),
        }
    }

    fn normalise<const D: usize>(&self, x: Tensor<D>, pass: &mut Pass) -> Tensor<D> {
        let device = x.device();
        let (scale, shift) = scale_and_shift(&self.affine, self.units, &device);
        let (means, variances) = (self.start..self.start + self.units, self.start + self.units..self.start + 2 * self.units);
        match pass {
            Pass::Infer { state, .. } => {
                let kept = |place: Range<usize>| Tensor::from_data(TensorData::new(state[place].to_vec(), [self.units]), &device);
                batch_norm(x, scale, shift, kept(means), kept(variances), self.epsilon)
            }
            Pass::Train { seen, .. } => {
                let values = x.shape().num_elements() / self.units;
                let batch = batch_norm_train(x, scale, shift, self.epsilon);
                // A single value a unit has no variance: PyTorch refuses to train on it, here it leaves the running statistics alone.
                if values > 1 {
                    let unbiased = values as f32 / (values - 1) as f32;
                    seen.push(Seen { place: means, batch: batch.mean.inner(), factor: 1.0 });
                    seen.push(Seen { place: variances, batch: batch.variance.inner(), factor: unbiased });
                }
                batch.output
            }
        }
    }
}
