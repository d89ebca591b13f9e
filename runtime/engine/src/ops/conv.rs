//! Convolutions.

mod axis;
mod gradient;
mod sweep;

use crate::op::{Backward, Forward, Op, Place};
use crate::product::Machine;
use crate::product::pairs::add_totals;
use axis::Axis;
use gradient::Gradient;
use hetc_compiler::plan;
use hetc_compiler::shape::Shape;
use sweep::{Steps, Sweeps};

/// A convolution: see [`plan::Op::Conv`].
#[derive(Debug)]
pub struct Conv {
    machine: Machine,
    weight: Place,
    bias: Option<Place>,
    axes: [Axis; 2],
    /// Of the input and of the output, in a group.
    channels: [usize; 2],
    forward: Sweeps,
    backward: Sweeps,
    gradient: Gradient,
}

impl Conv {
    /// `layer` is a convolution; its weights `[out, in / groups, kernel h, kernel w]` and its biases lie at `weight` and `bias`.
    ///
    /// # Panics
    /// If `layer` is none.
    pub fn new(layer: &plan::Layer, weight: Place, bias: Option<Place>) -> Self {
        Self::on(Machine::new(), layer, weight, bias)
    }

    /// As [`Conv::new`], with the vectors of `machine`.
    pub fn on(machine: Machine, layer: &plan::Layer, weight: Place, bias: Option<Place>) -> Self {
        let (plan::Op::Conv { kernel, pad, stride, groups, .. }, Shape::Map(reads, ..), Shape::Map(writes, ..)) =
            (&layer.op, layer.input, layer.output)
        else {
            panic!("`{}` is no convolution", layer.name)
        };
        let (input, output) = (layer.input.axes(), layer.output.axes());
        let axis = |axis: usize| Axis {
            input: input[axis + 1],
            output: output[axis + 1],
            kernel: kernel[axis],
            pad: pad[axis],
            stride: stride[axis],
        };
        let axes = [axis(0), axis(1)];
        Self {
            machine,
            weight,
            bias,
            axes,
            channels: [reads / groups, writes / groups],
            forward: Sweeps::forward(machine, &axes, [reads, writes], *groups),
            backward: Sweeps::backward(machine, &axes, [reads, writes], *groups),
            gradient: Gradient::new(machine, axes, [reads, writes], *groups),
        }
    }
}

impl Op for Conv {
    fn packed(&self) -> usize {
        self.forward.packed() + self.backward.packed()
    }

    fn prepare(&self, params: &[f32], packed: &mut [f32]) {
        let weights = &params[self.weight.clone()];
        let (forward, backward) = packed.split_at_mut(self.forward.packed());
        let ([reads, writes], [rows, columns]) = (self.channels, self.axes.map(|axis| axis.kernel));
        let (of_input, of_output) = (rows * columns, rows * columns * reads);
        let steps = Steps { group: of_output * writes, read: of_input, written: of_output, row: columns };
        self.forward.pack(weights, &steps, forward);
        self.backward.pack(weights, &Steps { read: of_output, written: of_input, ..steps }, backward);
    }

    fn forward(&self, pass: Forward) {
        let bias = self.bias.clone().map(|bias| &pass.params[bias]);
        self.forward.run(&pass.packed[..self.forward.packed()], bias, pass.inputs[0], pass.output);
    }

    fn backward(&self, pass: Backward) {
        let [x] = pass.inputs else { panic!("a convolution reads one value") };
        self.gradient.add(x, pass.dy, &mut pass.gradients[self.weight.clone()], pass.scratch);
        if let Some(bias) = self.bias.clone() {
            add_totals(self.machine, pass.dy, &mut pass.gradients[bias]);
        }
        if let Some(dx) = &mut pass.dx[0] {
            self.backward.run(&pass.packed[self.forward.packed()..], None, pass.dy, dx);
        }
    }
}
