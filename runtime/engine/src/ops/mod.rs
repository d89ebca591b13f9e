//! The operations, one file each.

use crate::op::Op;
use crate::params::{Entry, Owner, Part, Table};
use cells::Cells;
use hetc_compiler::plan::{self, NormKind, Plan};
use hetc_kernels::{CellCompiler, KernelError};
use std::ops::Range;

/// The operations of `plan`, one a layer, and what could not be compiled: the layer's name, and why. Without `machine_code` cells are
/// interpreted.
pub fn of(plan: &Plan, table: &Table, machine_code: bool) -> (Vec<Box<dyn Op>>, Vec<(String, KernelError)>) {
    let is_cells = |layer: &usize| matches!(plan.layers[*layer].op, plan::Op::Cells(_));
    let layers: Vec<usize> = (0..plan.layers.len()).filter(is_cells).collect();
    let mut compiler = CellCompiler::new(machine_code);
    layers.iter().for_each(|layer| compiler.add(plan, *layer));
    let mut uncompiled = Vec::new();
    let mut kernels = compiler.finish().into_iter().zip(&layers).map(|((kernels, error), layer)| {
        uncompiled.extend(error.map(|error| (plan.layers[*layer].name.clone(), error)));
        kernels
    });
    let mut op = |index: usize| -> Box<dyn Op> {
        let layer = &plan.layers[index];
        let tensors = Tensors { table, layer: index };
        let number = index as u64;
        match &layer.op {
            plan::Op::Conv { .. } => Box::new(conv::Conv::new(layer, tensors.of(Part::Weight), tensors.find(Part::Bias))),
            plan::Op::Dense { .. } => Box::new(dense::Dense::new(layer, tensors.of(Part::Weight), tensors.find(Part::Bias))),
            plan::Op::Flatten => Box::new(flatten::Flatten::new(layer)),
            plan::Op::Pool { .. } => Box::new(pool::Pool::new(layer)),
            plan::Op::AdaptivePool { .. } => Box::new(adaptive_pool::AdaptivePool::new(layer)),
            plan::Op::Dropout { .. } => Box::new(dropout::Dropout::new(layer, number)),
            plan::Op::Norm { kind: NormKind::Layer, .. } => {
                Box::new(layer_norm::LayerNorm::new(layer, tensors.find(Part::Scale), tensors.find(Part::Shift)))
            }
            plan::Op::Norm { kind: NormKind::Batch, .. } => {
                let affine = (tensors.find(Part::Scale), tensors.find(Part::Shift));
                Box::new(batch_norm::BatchNorm::new(layer, affine, tensors.of(Part::Mean), tensors.of(Part::Var)))
            }
            plan::Op::Response { .. } => Box::new(response::Response::new(layer)),
            plan::Op::Noise { .. } => Box::new(noise::Noise::new(layer, number)),
            plan::Op::Join { .. } => Box::new(join::Join::new(plan, index)),
            plan::Op::Cells(_) => {
                let kernels = kernels.next().expect("every layer of cells was added");
                Box::new(Cells::new(plan, index, table, kernels))
            }
        }
    };
    let ops = (0..plan.layers.len()).map(&mut op).collect();
    drop(kernels);
    (ops, uncompiled)
}

/// The tensors of one layer.
struct Tensors<'a> {
    table: &'a Table,
    layer: usize,
}

impl Tensors<'_> {
    /// Where its part lies, if it has it.
    fn find(&self, part: Part) -> Option<Range<usize>> {
        let is_it = |entry: &&Entry| entry.owner == Owner::Layer(self.layer) && entry.part == part;
        self.table.params.iter().chain(&self.table.state).find(is_it).map(|entry| entry.range.clone())
    }

    /// Where its part lies, which every such layer has.
    fn of(&self, part: Part) -> Range<usize> {
        self.find(part).expect("the table has every tensor of the plan")
    }
}
