//! Cells with more to them than a formula of one value: several values, windows, learned functions, tables, trained parameters.

use super::param;
use super::placed_op::PlacedOps;
use super::signal::Signal;
use burn::backend::Dispatch;
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use hetc_compiler::plan::{self, Cell, Placement, Plan, WeightPart};
use hetc_compiler::shape::Shape;
use hetc_kernels::Placed;
use std::sync::Arc;

/// A layer of such cells.
#[derive(Module, Debug)]
pub struct PlacedCells {
    /// What the layer trains alone, flat, in the order of its entries in the table.
    own: Option<Param<Tensor<1>>>,
    /// What it shares with other layers, as indices into the network's [`shared`] parameters.
    uses: Vec<usize>,
    #[module(skip)]
    output: Shape,
    #[module(skip)]
    executor: Arc<Placed>,
}

/// Whether `placement` needs more than kernels of one value.
pub fn is_needed(plan: &Plan, placement: &Placement) -> bool {
    let plain = placement.shares.iter().all(|share| plan.cells[share.cell].is_plain()); // a plan's indices exist
    placement.args > 1 || placement.window.is_some() || !plain
}

/// What belongs to no layer, as flat parameters of zeros: one for each learned function, then one for each cell that has numbers for
/// the whole network.
pub fn shared(plan: &Plan, device: &Device) -> Vec<Param<Tensor<1>>> {
    let functions = plan.functions.iter().map(|function| function.params);
    functions.chain(with_net_params(plan).map(|(_, params)| params)).map(|params| param([params as usize], device)).collect()
}

/// Cells that have numbers for the whole network, with how many.
fn with_net_params(plan: &Plan) -> impl Iterator<Item = (usize, u64)> {
    plan.cells.iter().map(Cell::net_params).enumerate().filter(|(_, params)| *params > 0)
}

impl PlacedCells {
    /// The cells of `layer`, number `index`, whose parameters are zero.
    pub fn new(plan: &Plan, index: usize, layer: &plan::Layer, device: &Device) -> Self {
        Self {
            own: (layer.params > 0).then(|| param([layer.params as usize], device)),
            uses: uses(plan, index),
            output: layer.output,
            executor: Arc::new(Placed::new(plan, index)),
        }
    }

    /// Every sample through the cells.
    pub fn forward(&self, x: Signal, shared: &[Param<Tensor<1>>]) -> Signal {
        let x = x.into_vectors();
        let weights = self.weights(shared, &x.device());
        let answers = Dispatch::placed_forward(x.into_dispatch(), weights.into_dispatch(), self.executor.clone());
        Signal::from_vectors(Tensor::from_dispatch(answers), self.output)
    }

    /// All numbers that the executor takes, in its order.
    fn weights(&self, shared: &[Param<Tensor<1>>], device: &Device) -> Tensor<1> {
        let own = self.own.iter().map(Param::val);
        let parts: Vec<Tensor<1>> = own.chain(self.uses.iter().map(|index| shared[*index].val())).collect();
        if parts.is_empty() { Tensor::zeros([0], device) } else { Tensor::cat(parts, 0) }
    }
}

/// What layer `index` uses of [`shared`], as indices, in the order of the plan.
fn uses(plan: &Plan, index: usize) -> Vec<usize> {
    let of_cell =
        |cell: usize| with_net_params(plan).position(|(other, _)| other == cell).map(|place| plan.functions.len() + place);
    let place = |part: WeightPart| match part {
        WeightPart::Function(function) => Some(function),
        WeightPart::CellTrained { cell, .. } => of_cell(cell),
        WeightPart::LayerTrained { .. } => None,
    };
    let mut uses: Vec<usize> = plan.layer_weights(index).into_iter().filter_map(place).collect();
    uses.dedup(); // the numbers of one cell lie together
    uses
}
