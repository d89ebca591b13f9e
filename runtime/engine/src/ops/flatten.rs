//! A map as a vector, channels outermost.

use crate::op::{Backward, Forward, Op};
use crate::order::positions;
use hetc_compiler::plan::{self, Layer};
use hetc_kernels::Lanes;

/// Positions outermost become channels outermost: the plan's order of a vector.
#[derive(Debug)]
pub struct Flatten {
    channels: usize,
    positions: usize,
}

impl Flatten {
    /// `None` if `layer` flattens nothing.
    pub fn new(layer: &Layer) -> Option<Self> {
        let channels = layer.input.units();
        matches!(layer.op, plan::Op::Flatten).then(|| Self { channels, positions: positions(&layer.input) })
    }
}

impl Op for Flatten {
    fn forward(&self, pass: Forward) {
        transpose(pass.inputs[0], self.channels, pass.output, self.positions);
    }

    fn backward(&self, pass: Backward) {
        if let Some(dx) = &mut pass.dx[0] {
            transpose(pass.dy, self.positions, dx, self.channels);
        }
    }
}

/// From `from`, whose rows have `columns` vectors, to its transpose, whose rows have `rows`.
fn transpose(from: &[Lanes], columns: usize, to: &mut [Lanes], rows: usize) {
    for (column, target) in to.chunks_exact_mut(rows).enumerate() {
        for (target, source) in target.iter_mut().zip(from[column..].iter().step_by(columns)) {
            *target = *source;
        }
    }
}
