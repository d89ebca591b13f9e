//! Dropout with masks from the run's own streams: a resumed run draws the masks it would have drawn.

use super::pass::Pass;
use super::signal::Signal;
use burn::module::Module;
use burn::tensor::{Tensor, TensorData};
use hetc_engine::op::Draws;

/// In training, each value becomes 0 with probability `p` and is divided by `1 - p` otherwise.
#[derive(Module, Debug)]
pub struct Dropout {
    /// Probability of 0.
    pub p: f64,
    /// The layer's index, which names its streams.
    pub layer: u64,
}

impl Dropout {
    /// The input times a mask, or the input outside training.
    pub fn forward(&self, x: Signal, pass: &mut Pass) -> Signal {
        let Pass::Train { draws, .. } = pass else { return x };
        match x {
            Signal::Vector(x) => Signal::Vector(self.masked(x, *draws)),
            Signal::Map(x) => Signal::Map(self.masked(x, *draws)),
        }
    }

    /// Every sample has a stream of its own, drawn in the order of its elements.
    fn masked<const D: usize>(&self, x: Tensor<D>, draws: Draws) -> Tensor<D> {
        let dims = x.dims();
        let elements = dims[1..].iter().product();
        let dropped = (self.p * 4_294_967_296.0) as u64; // of the 2³² values that 32 random bits take
        let kept = if self.p < 1.0 { (1.0 / (1.0 - self.p)) as f32 } else { 0.0 };
        let mut mask: Vec<f32> = Vec::with_capacity(dims.iter().product());
        for sample in 0..dims[0] {
            let mut stream = draws.of_sample("dropout", self.layer, sample);
            let draw = || if u64::from(stream.bits()) < dropped { 0.0 } else { kept };
            mask.extend(std::iter::repeat_with(draw).take(elements));
        }
        let device = x.device();
        x * Tensor::from_data(TensorData::new(mask, dims), &device)
    }
}
