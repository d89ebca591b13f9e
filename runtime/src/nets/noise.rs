//! Noise from the run's own streams, as dropout's masks.

use super::pass::Pass;
use super::signal::Signal;
use crate::streams::Stream;
use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use hetc_compiler::plan::NoiseKind;

/// A random number added to each value of a sample, the same for all samples of the batch.
#[derive(Module, Debug)]
pub struct Noise {
    /// What is drawn.
    #[module(skip)]
    pub kind: NoiseKind,
    /// Half the width of the uniform interval around 0, or the standard deviation.
    pub scale: f64,
    /// In evaluation as well.
    pub always: bool,
    /// The layer's index, which names its stream.
    pub layer: u64,
}

impl Noise {
    /// The input and its noise; the input alone outside training, unless it is there always.
    pub fn forward(&self, x: Signal, pass: &mut Pass) -> Signal {
        let Some(mut stream) = self.stream(pass) else { return x };
        match x {
            Signal::Vector(x) => Signal::Vector(self.added(x, &mut stream)),
            Signal::Map(x) => Signal::Map(self.added(x, &mut stream)),
        }
    }

    fn stream(&self, pass: &Pass) -> Option<Stream> {
        match pass {
            Pass::Train { draws, .. } => Some(draws.stream("noise", self.layer)),
            Pass::Infer { look, .. } if self.always => {
                Some(Stream::new(look.seed, "noise in evaluation", &[look.batch, self.layer]))
            }
            Pass::Infer { .. } => None,
        }
    }

    fn added<const D: usize>(&self, x: Tensor<D>, stream: &mut Stream) -> Tensor<D> {
        let mut dims = x.dims();
        dims[0] = 1; // stretched over the batch
        let draw = || match self.kind {
            NoiseKind::Uniform => stream.between(-self.scale, self.scale),
            NoiseKind::Normal => (self.scale * stream.normal()) as f32,
        };
        let noise: Vec<f32> = std::iter::repeat_with(draw).take(dims.iter().product()).collect();
        let device = x.device();
        x + Tensor::from_data(TensorData::new(noise, dims), &device)
    }
}
