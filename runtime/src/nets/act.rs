//! Cells that are a formula of one value: each unit answers with its own.

use super::cells_op::{CellOps, Cells};
use super::kernel::Kernel;
use super::signal::Signal;
use burn::backend::Dispatch;
use burn::module::Module;
use burn::tensor::Tensor;
use hetc_compiler::plan::{self, Placement, Plan};
use std::sync::Arc;

/// A layer of such cells.
#[derive(Module, Debug)]
pub struct Act {
    #[module(skip)]
    cells: Arc<Cells>,
}

impl Act {
    /// By its kernels, or by tensor operations if it has none.
    pub fn new(plan: &Plan, layer: &plan::Layer, placement: &Placement, kernel: Option<Kernel>) -> Self {
        let formulas = placement.shares.iter().map(|share| plan.cells[share.cell].formula.clone()).collect();
        Self { cells: Arc::new(Cells::new(formulas, placement.runs(&layer.input), layer.input.elements(), kernel)) }
    }

    /// Every value through its cell.
    pub fn forward(&self, x: Signal) -> Signal {
        match x {
            Signal::Vector(x) => Signal::Vector(self.answer(x)),
            Signal::Map(x) => Signal::Map(self.answer(x)),
        }
    }

    fn answer<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        Tensor::from_dispatch(Dispatch::cells_forward(x.into_dispatch(), self.cells.clone()))
    }
}
