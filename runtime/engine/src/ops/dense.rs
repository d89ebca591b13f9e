//! Dense layers.

use crate::op::{Backward, Forward, Op, Place};
use crate::product::Machine;
use crate::product::pack::{blocks, interleave};
use crate::product::pairs::add_totals;
use crate::product::ranks::{self, Rows};
use crate::product::spread::Spread;
use crate::product::taps::{Taps, Window, sizes_alone};
use crate::product::transpose::{self, Squares};
use hetc_compiler::plan;
use hetc_kernels::{LANES, Lanes};

/// `y = W x + b`: see [`plan::Op::Dense`].
///
/// Both passes read the same packed weights from their beginning to their end: block by block of units of the output, for each unit of the
/// input one number a unit of the block. The gradient of the weights is added where it belongs, 16 in a row at a time.
#[derive(Debug)]
pub struct Dense {
    machine: Machine,
    weight: Place,
    bias: Option<Place>,
    inputs: usize,
    outputs: usize,
    /// Units of the output, block by block: first one and how many.
    blocks: Vec<(usize, usize)>,
}

impl Dense {
    /// `layer` is dense; its weights `[out, in]` and its biases lie at `weight` and `bias`.
    pub fn new(layer: &plan::Layer, weight: Place, bias: Option<Place>) -> Self {
        Self::on(Machine::new(), layer, weight, bias)
    }

    /// As [`Dense::new`], with the vectors of `machine`.
    pub fn on(machine: Machine, layer: &plan::Layer, weight: Place, bias: Option<Place>) -> Self {
        let (inputs, outputs) = (layer.input.elements(), layer.output.elements());
        Self { machine, weight, bias, inputs, outputs, blocks: blocks(outputs, sizes_alone(machine.width())) }
    }

    /// The packed weights of a block.
    fn packed_block<'a>(&self, packed: &'a [f32], (first, block): (usize, usize)) -> &'a [f32] {
        &packed[first * self.inputs..][..block * self.inputs]
    }

    fn add_gradient(&self, x: &[Lanes], dy: &[Lanes], weights: &mut [f32], scratch: &mut [Lanes]) {
        let (right, left) = scratch.split_at_mut(self.inputs.next_multiple_of(LANES));
        transpose::dispatch(self.machine, Squares { from: x.chunks(LANES).zip(right.as_chunks_mut().0) });
        let block = ranks::block(self.machine.width());
        let Some(left) = left.first_chunk_mut() else { return };
        for (dy, weights) in dy.chunks(LANES).zip(weights.chunks_mut(LANES * self.inputs)) {
            transpose::dispatch(self.machine, Squares { from: std::iter::once((dy, &mut *left)) });
            for (column, weights) in (0..).step_by(block).zip(weights.chunks_mut(block * self.inputs)) {
                self.machine.dispatch(Rows { left, column, right, units: self.inputs, weights });
            }
        }
    }

    fn spread(&self, packed: &[f32], dy: &[Lanes], dx: &mut [Lanes]) {
        for (first, block) in &self.blocks {
            let weights = self.packed_block(packed, (*first, *block));
            self.machine.dispatch(Spread { weights, from: &dy[*first..][..*block], to: dx, adds: *first > 0 });
        }
    }
}

impl Op for Dense {
    fn packed(&self) -> usize {
        self.inputs * self.outputs
    }

    fn prepare(&self, params: &[f32], packed: &mut [f32]) {
        let weights = &params[self.weight.clone()];
        for (first, block) in &self.blocks {
            let packed = &mut packed[first * self.inputs..][..block * self.inputs];
            interleave(self.machine, &weights[first * self.inputs..], 1, self.inputs, *block, packed);
        }
    }

    fn forward(&self, pass: Forward) {
        let bias = self.bias.clone().map(|bias| &pass.params[bias]);
        let run = Window { rows: 1, row_step: 0, row_weights: 0, runs: 1, run_step: 0, length: self.inputs };
        for (first, block) in &self.blocks {
            self.machine.dispatch(Taps {
                window: run,
                from: pass.inputs[0],
                from_step: 0,
                weights: self.packed_block(pass.packed, (*first, *block)),
                bias: bias.map(|bias| &bias[*first..][..*block]),
                places: 1,
                block: *block,
                each: false,
                to: &mut pass.output[*first..],
                to_step: 0,
            });
        }
    }

    fn backward(&self, pass: Backward) {
        let [x] = pass.inputs else { panic!("a dense layer reads one value") };
        let scratch = pass.scratch.vectors(self.inputs.next_multiple_of(LANES) + LANES);
        self.add_gradient(x, pass.dy, &mut pass.gradients[self.weight.clone()], scratch);
        if let Some(bias) = self.bias.clone() {
            add_totals(self.machine, pass.dy, &mut pass.gradients[bias]);
        }
        if let Some(dx) = &mut pass.dx[0] {
            self.spread(pass.packed, pass.dy, dx);
        }
    }
}
