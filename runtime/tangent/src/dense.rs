//! Dense layers.

use crate::dual::Dual;
use crate::layer::{Layer, Numbers, Places, Values};
use hetc_compiler::plan;
use hetc_engine::params::Part;
use std::ops::Range;

/// `y = W x + b`, see [`plan::Op::Dense`].
#[derive(Debug)]
pub struct Dense {
    inputs: usize,
    outputs: usize,
    /// `[out, in]`.
    weight: Range<usize>,
    bias: Option<Range<usize>>,
}

impl Dense {
    /// `layer`, with its tensors at `places`.
    pub fn new(layer: &plan::Layer, places: &Places) -> Self {
        let (inputs, outputs) = (layer.input.elements(), layer.output.elements());
        Self { inputs, outputs, weight: places.own(Part::Weight), bias: places.find(Part::Bias) }
    }
}

impl Layer for Dense {
    fn forward(&self, inputs: &[&[Dual]], numbers: Numbers) -> Values {
        let rows = numbers.params[self.weight.clone()].chunks_exact(self.inputs);
        let mut y: Values = rows.map(|row| row.iter().zip(inputs[0]).map(|(w, x)| *w * *x).sum()).collect();
        if let Some(bias) = &self.bias {
            y.iter_mut().zip(&numbers.params[bias.clone()]).for_each(|(y, bias)| *y += *bias);
        }
        y
    }

    fn backward(&self, inputs: &[&[Dual]], dy: &[Dual], numbers: Numbers, gradients: &mut [Dual]) -> Vec<Values> {
        let mut dx = vec![Dual::ZERO; self.inputs];
        let weights = numbers.params[self.weight.clone()].chunks_exact(self.inputs);
        for ((row, sums), dy) in weights.zip(gradients[self.weight.clone()].chunks_exact_mut(self.inputs)).zip(dy) {
            for ((w, sum), (x, dx)) in row.iter().zip(sums).zip(inputs[0].iter().zip(&mut dx)) {
                *sum += *dy * *x;
                *dx += *dy * *w;
            }
        }
        if let Some(bias) = &self.bias {
            gradients[bias.clone()].iter_mut().zip(&dy[..self.outputs]).for_each(|(sum, dy)| *sum += *dy);
        }
        vec![dx]
    }
}
