//! The operations, one file each.

pub mod adaptive_pool;
pub mod batch_norm;
mod cells;
pub mod conv;
pub mod dense;
pub mod dropout;
pub mod flatten;
pub mod join;
pub mod layer_norm;
pub mod noise;
pub mod pool;
pub mod response;
mod windows;

use crate::op::{Op, Place};
use crate::params::{Entry, Owner, Part, Table};
use cells::Cells;
use hetc_compiler::plan::{self, NormKind, Plan};
use hetc_compiler::shape::Shape;
use hetc_kernels::{CellCompiler, KernelError, Options};
use layer_norm::Affine;

/// What could not be compiled: the layer's name, and why. It is interpreted.
pub type Uncompiled = (String, KernelError);

/// The operations of `plan`, one a layer, and what could not be compiled: the layer's name, and why. Without `machine_code` cells are
/// interpreted.
pub fn of(plan: &Plan, table: &Table, machine_code: bool) -> (Vec<Box<dyn Op>>, Vec<Uncompiled>) {
    let mut compiler = if machine_code { CellCompiler::new(plan, &Options::default()) } else { CellCompiler::interpreting(plan) };
    for (index, layer) in plan.layers.iter().enumerate() {
        if matches!(layer.op, plan::Op::Cells(_)) {
            compiler.layer(index);
        }
    }
    let mut uncompiled = Vec::new();
    let mut kernels = compiler.finish().into_iter();
    let mut cells = |index: usize| {
        let kernels = kernels.next().expect("every layer of cells was added");
        uncompiled.extend(kernels.warning().map(|error| (plan.layers[index].name.clone(), error.clone())));
        Cells::new(plan, index, table, kernels)
    };
    let op = |index: usize| match plan.layers[index].op {
        plan::Op::Cells(_) => Box::new(cells(index)),
        _ => plain(plan, index, table).expect("an operation fits its layer"),
    };
    let ops = (0..plan.layers.len()).map(op).collect();
    (ops, uncompiled)
}

/// The operation of a layer without cells; none if the layer is another.
fn plain(plan: &Plan, index: usize, table: &Table) -> Option<Box<dyn Op>> {
    let layer = &plan.layers[index];
    let find = |part| place(table, index, part);
    let affine = || Some(Affine { scale: find(Part::Scale)?, shift: find(Part::Shift)? });
    Some(match &layer.op {
        plan::Op::Conv { .. } => Box::new(conv::Conv::new(layer, find(Part::Weight)?, find(Part::Bias))),
        plan::Op::Dense { .. } => Box::new(dense::Dense::new(layer, find(Part::Weight)?, find(Part::Bias))),
        plan::Op::Flatten => Box::new(flatten::Flatten::new(layer)?),
        plan::Op::Pool { .. } => Box::new(pool::Pool::new(layer)?),
        plan::Op::AdaptivePool { .. } => Box::new(adaptive_pool::AdaptivePool::new(layer)?),
        plan::Op::Dropout { .. } => Box::new(dropout::Dropout::new(layer, index)?),
        plan::Op::Norm { kind: NormKind::Layer, .. } => Box::new(layer_norm::LayerNorm::new(layer, affine())?),
        plan::Op::Norm { kind: NormKind::Batch, .. } => {
            Box::new(batch_norm::BatchNorm::new(layer, affine(), find(Part::Mean)?, find(Part::Var)?)?)
        }
        plan::Op::Response { .. } => Box::new(response::Response::new(layer)?),
        plan::Op::Noise { .. } => Box::new(noise::Noise::new(layer, index)?),
        plan::Op::Join { .. } => {
            let inputs: Vec<Shape> = plan.sources(index).into_iter().map(|value| plan.shape(value)).collect();
            Box::new(join::Join::new(layer, &inputs)?)
        }
        plan::Op::Cells(_) => return None,
    })
}

/// Where a tensor of a layer lies, if the layer has it.
fn place(table: &Table, layer: usize, part: Part) -> Option<Place> {
    let is_it = |entry: &&Entry| entry.owner == Owner::Layer(layer) && entry.part == part;
    table.params.iter().chain(&table.state).find(is_it).map(|entry| entry.range.clone())
}
