//! Local response normalisation.

use super::signal::Signal;
use burn::module::Module;
use burn::tensor::Tensor;

/// Each value by a power of the squares around it: `y_c = x_c / (k + alpha/size · Σ x_j²)^beta`, `j` over neighbouring channels (units of
/// a vector), those that exist.
#[derive(Module, Debug)]
pub struct Response {
    /// How many neighbours, `c` among them.
    pub size: usize,
    /// Factor.
    pub alpha: f64,
    /// Exponent.
    pub beta: f64,
    /// Summand.
    pub k: f64,
}

impl Response {
    /// Of every sample by itself.
    pub fn forward(&self, x: Signal) -> Signal {
        match x {
            Signal::Vector(x) => Signal::Vector(self.normalise(x)),
            Signal::Map(x) => Signal::Map(self.normalise(x)),
        }
    }

    fn normalise<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let around = self.around(x.clone() * x.clone());
        let base = around.mul_scalar(self.alpha / self.size as f64).add_scalar(self.k);
        x * base.powf_scalar(-self.beta)
    }

    /// For each channel the sum over `c - size/2 ..= c + (size - 1)/2`.
    fn around<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let dims = x.dims();
        let (channels, device) = (dims[1], x.device());
        let zeros = |channels: usize| {
            let mut dims = dims;
            dims[1] = channels;
            Tensor::<D>::zeros(dims, &device)
        };
        // Farther neighbours than there are channels do not exist.
        let (before, after) = ((self.size / 2).min(channels - 1), ((self.size - 1) / 2).min(channels - 1));
        let mut parts = vec![x];
        if before > 0 {
            parts.insert(0, zeros(before));
        }
        if after > 0 {
            parts.push(zeros(after));
        }
        let padded = Tensor::cat(parts, 1);
        let shifted = |shift: usize| padded.clone().narrow(1, shift, channels);
        (1..=before + after).map(shifted).fold(shifted(0), |sum, part| sum + part)
    }
}
