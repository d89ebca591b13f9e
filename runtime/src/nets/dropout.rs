//! Dropout with masks from the run's own streams: a resumed run draws the masks it would have drawn.

use super::pass::Pass;
use super::signal::Signal;
use crate::streams::Stream;
use burn::module::Module;
use burn::tensor::{Tensor, TensorData};

/// In training, each value becomes 0 with probability `p` and is divided by `1 - p` otherwise.
#[derive(Module, Debug)]
pub struct Dropout {
    /// Probability of 0.
    pub p: f64,
    /// The layer's index, which names its stream.
    pub layer: u64,
}

impl Dropout {
    /// The input times a mask, or the input outside training.
    pub fn forward(&self, x: Signal, pass: &mut Pass) -> Signal {
        let Pass::Train { draws, .. } = pass else { return x };
        let mut stream = Stream::new(draws.seed, "dropout", &[draws.epoch, draws.step, self.layer]);
        match x {
            Signal::Vector(x) => Signal::Vector(self.masked(x, &mut stream)),
            Signal::Map(x) => Signal::Map(self.masked(x, &mut stream)),
        }
    }

    fn masked<const D: usize>(&self, x: Tensor<D>, stream: &mut Stream) -> Tensor<D> {
        let dims = x.dims();
        let dropped = (self.p * 4_294_967_296.0) as u64; // of the 2³² values that 32 random bits take
        let kept = if self.p < 1.0 { (1.0 / (1.0 - self.p)) as f32 } else { 0.0 };
        let draw = || if u64::from(stream.bits()) < dropped { 0.0 } else { kept };
        let mask: Vec<f32> = std::iter::repeat_with(draw).take(dims.iter().product()).collect();
        let device = x.device();
        x * Tensor::from_data(TensorData::new(mask, dims), &device)
    }
}
