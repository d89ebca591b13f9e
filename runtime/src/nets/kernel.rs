//! The door to the compiled kernels.

use super::placed;
use hetc_compiler::formula::Formula;
use hetc_compiler::plan::{Op, Placement, Plan};
use hetc_kernels::{ActKernels, Compiler, KernelError, Options, Run};
use std::collections::BTreeMap;
use std::fmt;

/// Machine code for a layer's cells.
pub struct Kernel(ActKernels);

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kernel")
    }
}

impl Kernel {
    /// `y = f(x)` for whole samples.
    pub fn forward(&self, x: &[f32], y: &mut [f32]) {
        self.0.forward(x, y);
    }

    /// `grad *= f'(x)` for whole samples.
    pub fn backward(&self, x: &[f32], grad: &mut [f32]) {
        self.0.backward(x, grad);
    }
}

/// For the index of every layer of cells that are a formula of one value, its kernels or why there are none.
pub fn compile(plan: &Plan) -> BTreeMap<usize, Result<Kernel, KernelError>> {
    compile_together(plan).unwrap_or_else(|error| plain(plan).map(|(index, _)| (index, Err(error.clone()))).collect())
}

/// All layers in one go, so that equal formulas are compiled once. A layer's own error leaves the others alone.
fn compile_together(plan: &Plan) -> Result<BTreeMap<usize, Result<Kernel, KernelError>>, KernelError> {
    let mut compiler = Compiler::new(&Options::default())?;
    let added: Vec<(usize, Result<usize, KernelError>)> =
        plain(plan).map(|(index, placement)| (index, add(&mut compiler, plan, index, placement))).collect();
    let mut compiled = compiler.finish()?.into_iter().map(Kernel);
    // Layers come back in the order in which they were added.
    Ok(added.into_iter().filter_map(|(index, place)| Some((index, place.map(|_| compiled.next()).transpose()?))).collect())
}

fn add(compiler: &mut Compiler, plan: &Plan, index: usize, placement: &Placement) -> Result<usize, KernelError> {
    let cells: Vec<Formula> = placement.shares.iter().map(|share| plan.cells[share.cell].formula.clone()).collect();
    let runs = placement.runs(&plan.layers[index].input);
    let runs: Vec<Run> = runs.iter().map(|run| Run { cell: run.share, len: run.len }).collect();
    compiler.layer(&cells, &runs)
}

/// The layers of cells that are nothing but a formula of one value.
fn plain(plan: &Plan) -> impl Iterator<Item = (usize, &Placement)> {
    plan.layers.iter().enumerate().filter_map(|(index, layer)| match &layer.op {
        Op::Cells(placement) if !placed::is_needed(plan, placement) => Some((index, placement)),
        _ => None,
    })
}
