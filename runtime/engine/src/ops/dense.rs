//! Dense layers.

use crate::op::{Backward, Forward, Op, Place};
use crate::product::Machine;
use crate::product::pairs::add_totals;
use hetc_compiler::plan;
use hetc_kernels::Lanes;

/// `y = W x + b`: see [`plan::Op::Dense`].
#[derive(Debug)]
pub struct Dense {
    machine: Machine,
    weight: Place,
    bias: Option<Place>,
    inputs: usize,
    outputs: usize,
}

impl Dense {
    /// `layer` is dense; its weights `[out, in]` and its biases lie at `weight` and `bias`.
    pub fn new(layer: &plan::Layer, weight: Place, bias: Option<Place>) -> Self {
        Self::on(Machine::new(), layer, weight, bias)
    }

    /// As [`Dense::new`], with the vectors of `machine`.
    pub fn on(machine: Machine, layer: &plan::Layer, weight: Place, bias: Option<Place>) -> Self {
        Self { machine, weight, bias, inputs: layer.input.elements(), outputs: layer.output.elements() }
    }
}

impl Op for Dense {
    fn forward(&self, pass: Forward) {
        let weights = pass.params[self.weight.clone()].chunks_exact(self.inputs);
        let bias = self.bias.clone().map(|bias| &pass.params[bias]);
        for (unit, (weights, out)) in weights.zip(pass.output).enumerate() {
            *out = Lanes::all(bias.map_or(0.0, |bias| bias[unit]));
            for (weight, x) in weights.iter().zip(pass.inputs[0]) {
                out.0.iter_mut().zip(x.0).for_each(|(out, x)| *out += weight * x);
            }
        }
    }

    fn backward(&self, pass: Backward) {
        let [x] = pass.inputs else { panic!("a dense layer reads one value") };
        let dweights = pass.gradients[self.weight.clone()].chunks_exact_mut(self.inputs);
        for (dweights, dy) in dweights.zip(&*pass.dy) {
            for (dweight, x) in dweights.iter_mut().zip(*x) {
                *dweight += dy.0.iter().zip(x.0).map(|(dy, x)| dy * x).sum::<f32>();
            }
        }
        if let Some(bias) = self.bias.clone() {
            add_totals(pass.dy, &mut pass.gradients[bias]);
        }
        if let Some(dx) = &mut pass.dx[0] {
            dx.fill(Lanes::default());
            let weights = pass.params[self.weight.clone()].chunks_exact(self.inputs);
            for (weights, dy) in weights.zip(&*pass.dy) {
                for (weight, dx) in weights.iter().zip(dx.iter_mut()) {
                    dx.0.iter_mut().zip(dy.0).for_each(|(dx, dy)| *dx += weight * dy);
                }
            }
        }
    }
}
