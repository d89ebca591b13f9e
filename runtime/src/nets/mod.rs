//! A plan as burn modules, on any device that burn has. Everything that names a burn type is in this folder; numbers come in and go out
//! as `f32` slices.

mod act;
mod cell;
mod device;
mod dropout;
mod graph;
mod interpret;
mod join;
mod layers;
mod lookup;
mod noise;
mod norm;
mod pass;
mod perceptron;
mod placed;
mod pool;
mod reduce;
mod response;
mod shares;
mod signal;
mod sites;
mod tangent;
mod transfer;

pub use device::{Device, NoDevice};
pub use hetc_engine::op::{Draws, Look};

use crate::observe::Warning;
use crate::params::{Table, Weights};
use burn::module::{Module, Param, ParamId};
use burn::tensor::{Device as Burn, Tensor, TensorData};
use graph::Graph;
use hetc_compiler::plan::Plan;
use hetc_compiler::shape::Shape;
use layers::Layer;
use pass::Pass;
use signal::Signal;
use std::ops::Range;
use transfer::{fits, load, read, unload};

/// A network that can be run. Its weights are the caller's: they come in with every call.
#[derive(Debug)]
pub struct Net {
    stack: Stack,
    graph: Graph,
    input: Shape,
    table: Table,
    device: Burn,
}

/// Its parameters, field by field, are in the order of the table.
#[derive(Module, Debug)]
struct Stack {
    layers: Vec<Layer>,
    /// What layers share, see [`placed::shared`].
    shared: Vec<Param<Tensor<1>>>,
}

impl Net {
    /// The network of `plan` on `device`, with what the caller should know of it.
    ///
    /// Panics if [`Device::check`] finds fault with the device.
    pub fn new(plan: &Plan, device: Device) -> (Self, Vec<Warning>) {
        let (device, mut state) = (device.burn(), 0);
        let layers = (0..plan.layers.len()).map(|index| Layer::new(plan, index, &mut state, &device)).collect();
        let stack = Stack { layers, shared: placed::shared(plan, &device) };
        let table = Table::of(plan);
        assert!(fits(&stack, &table), "the modules of `{}` do not hold the tensors of its table", plan.net);
        (Self { stack, graph: Graph::of(plan), input: plan.input, table, device }, Vec::new())
    }

    /// The tensors that its weights consist of.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Numbers of one sample of its input.
    pub fn input_len(&self) -> usize {
        self.input.elements()
    }

    /// One training step's forward and backward pass.
    ///
    /// `input` holds whole samples. `slopes` gets the logits, `[samples, outputs]`, and returns the loss's derivative with respect to
    /// each, or `None` to stop here. `gradients` then gets each trained tensor's place in the flat buffer and its gradient, in the
    /// order of the table. Running statistics in `weights.state` move.
    pub fn step(
        &mut self,
        weights: &mut Weights,
        input: Vec<f32>,
        draws: Draws,
        slopes: impl FnOnce(&[f32]) -> Option<Vec<f32>>,
        mut gradients: impl FnMut(&mut Weights, Range<usize>, &[f32]),
    ) {
        let device = self.device.clone().autodiff();
        self.load_on(&device, &weights.params, true);
        let mut pass = Pass::Train { draws, seen: Vec::new() };
        let logits = self.forward(input, &mut pass, &device);
        let dims = logits.dims();
        let Some(slopes) = slopes(&settle(&logits, pass, &mut weights.state)) else { return };
        if self.table.params.is_empty() {
            return;
        }
        // The gradient of Σ logits · slopes is the slopes themselves: the loss enters the graph as numbers.
        let grads = (logits * Tensor::from_data(TensorData::new(slopes, dims), &device)).sum().backward();
        unload(&self.stack, &self.table, grads, |range, gradient| gradients(weights, range, gradient));
    }

    /// Takes `params` for the calls of [`Net::infer`] that follow.
    pub fn load(&mut self, params: &[f32]) {
        let device = self.device.clone();
        self.load_on(&device, params, false);
    }

    fn load_on(&mut self, device: &Burn, params: &[f32], tracked: bool) {
        let Stack { layers, shared } = &mut self.stack;
        let stack = Stack { layers: std::mem::take(layers), shared: std::mem::take(shared) };
        self.stack = load(stack, params, device, tracked);
    }

    /// The logits, `[samples, outputs]`, of whole samples under the parameters last loaded: without dropout, batch norms with the
    /// running statistics in `state`. Noise that is there always is drawn by `look`.
    pub fn infer(&self, state: &[f32], input: Vec<f32>, look: Look) -> Vec<f32> {
        numbers(self.forward(input, &mut Pass::Infer { state, look }, &self.device))
    }

    fn forward(&self, input: Vec<f32>, pass: &mut Pass, device: &Burn) -> Tensor<2> {
        let elements = self.input.elements();
        let samples = input.len() / elements;
        let vectors = Tensor::from_data(TensorData::new(input, [samples, elements]), device);
        let start = Signal::from_vectors(vectors, self.input);
        let Stack { layers, shared } = &self.stack;
        self.graph.run(start, |layer, inputs| layers[layer].forward(inputs, shared, pass)).into_vectors()
    }
}

/// A parameter of zeros.
fn param<const D: usize>(shape: [usize; D], device: &Burn) -> Param<Tensor<D>> {
    Param::initialized(ParamId::new(), Tensor::zeros(shape, device))
}

/// The logits' numbers; the running statistics in `state` follow what the pass has seen.
fn settle(logits: &Tensor<2>, pass: Pass, state: &mut [f32]) -> Vec<f32> {
    let seen = if let Pass::Train { seen, .. } = pass { seen } else { Vec::new() };
    let flat = logits.clone().inner().reshape([-1]);
    let tensors: Vec<Tensor<1>> = std::iter::once(flat).chain(seen.iter().map(|seen| seen.batch.clone())).collect();
    let mut numbers = read(tensors.into_iter());
    for (seen, batch) in seen.iter().zip(&numbers[1..]) {
        seen.follow(batch, state);
    }
    numbers.swap_remove(0) // the logits come first
}

/// A tensor's values in memory order.
fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().try_into_vec().unwrap_or_default() // every tensor here is f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use hetc_grammar::span::SourceId;

    fn plan(body: &str) -> Plan {
        let text = format!("net a {{\n    input 6x1x1\n{body}}}\n");
        hetc_compiler::compile(SourceId(1), &text, &[]).nets[0].plan.clone().expect("a sound spec")
    }

    #[test]
    fn modules_that_are_not_those_of_the_table_are_noticed() {
        let first = plan("    conv 6 1x1\n    dense 4\n    dense 2\n");
        let (net, _) = Net::new(&first, Device::Cpu);
        assert!(fits(&net.stack, &Table::of(&first)));
        let others = [
            "    conv 6 1x1\n    dense 4\n",
            "    conv 6 1x1\n    dense 2\n    dense 6\n",
            "    dense 6\n    dense 4\n    dense 2\n",
        ];
        for other in others {
            assert!(!fits(&net.stack, &Table::of(&plan(other))), "{other}");
        }
    }
}
