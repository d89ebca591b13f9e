//! Learned functions: matrix products over all sites at once.
//!
//! A step keeps every hidden value of every site. An argument that is not finite makes the gradients of the function's numbers NaN, also
//! where no answer depends on it.

use super::tangent::Reading;
use burn::tensor::Tensor;
use hetc_compiler::plan::Function;

/// A learned function; its numbers come with every call.
#[derive(Debug)]
pub struct Perceptron {
    widths: Vec<usize>,
    activation: Reading,
}

impl Perceptron {
    /// Of the plan's.
    pub fn new(function: &Function) -> Self {
        Self { widths: function.widths(), activation: Reading::new(&function.activation) }
    }

    /// `[1, sites]` for arguments `[inputs, sites]`, with `numbers` in the order of the function's tensors.
    pub fn forward(&self, numbers: &Tensor<1>, arguments: Tensor<2>) -> Tensor<2> {
        let (mut x, mut start) = (arguments, 0);
        for (layer, pair) in self.widths.windows(2).enumerate() {
            let [inputs, outputs] = [pair[0], pair[1]];
            if layer > 0 {
                x = self.activation.apply(&[x]);
            }
            let weights = numbers.clone().narrow(0, start, inputs * outputs).reshape([outputs, inputs]);
            let biases = numbers.clone().narrow(0, start + inputs * outputs, outputs).reshape([outputs, 1]);
            start += (inputs + 1) * outputs;
            x = weights.matmul(x) + biases;
        }
        x
    }
}
