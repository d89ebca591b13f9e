//! Which trained numbers a layer with cells uses, in one order for everybody.

use super::{Op, Per, Placement, Plan};
use crate::shape::Shape;

/// One part of the trained numbers that a layer's cells use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightPart {
    /// A trained parameter that belongs to the layer.
    LayerTrained {
        /// Index into [`Placement::shares`]; for a number per layer the first share with its cell.
        share: usize,
        /// Index into [`super::Cell::trained`].
        trained: usize,
        /// How many numbers: 1, or one for each of [`Placement::units_of`].
        count: usize,
    },
    /// All numbers of a learned function, in the order of its tensors: index into [`Plan::functions`].
    Function(usize),
    /// A trained parameter that the whole network shares: one number.
    CellTrained {
        /// Index into [`Plan::cells`].
        cell: usize,
        /// Index into [`super::Cell::trained`].
        trained: usize,
    },
}

impl Plan {
    /// The trained numbers that layer `index` uses: what belongs to it, share by share; then the functions that its cells call, in the
    /// plan's order; then the parameters that its cells have once for the whole network, in the plan's order. Empty for other layers.
    pub fn layer_weights(&self, index: usize) -> Vec<WeightPart> {
        let layer = &self.layers[index];
        let Op::Cells(placement) = &layer.op else { return Vec::new() };
        let mut parts = self.owned(placement, &layer.input);
        let used = |cell: usize| placement.shares.iter().any(|share| share.cell == cell);
        let cells: Vec<usize> = (0..self.cells.len()).filter(|cell| used(*cell)).collect();
        let called = |function: usize| cells.iter().any(|cell| self.cells[*cell].calls().any(|call| call == function));
        parts.extend((0..self.functions.len()).filter(|function| called(*function)).map(WeightPart::Function));
        for cell in cells {
            let shared = self.cells[cell].trained.iter().enumerate().filter(|(_, trained)| trained.per == Per::Net);
            parts.extend(shared.map(|(trained, _)| WeightPart::CellTrained { cell, trained }));
        }
        parts
    }

    fn owned(&self, placement: &Placement, input: &Shape) -> Vec<WeightPart> {
        let mut parts = Vec::new();
        for (share, placed) in placement.shares.iter().enumerate() {
            let first = placement.shares[..share].iter().all(|earlier| earlier.cell != placed.cell);
            for (trained, parameter) in self.cells[placed.cell].trained.iter().enumerate() {
                let count = match (parameter.per, placement.sites(input)) {
                    (Per::Layer, _) if first => 1,
                    (Per::Channel, Some(sites)) => placement.units_of(share, &sites).len(),
                    _ => continue,
                };
                parts.push(WeightPart::LayerTrained { share, trained, count });
            }
        }
        parts
    }

    /// How many numbers `part` is.
    pub fn weight_count(&self, part: WeightPart) -> usize {
        match part {
            WeightPart::LayerTrained { count, .. } => count,
            WeightPart::Function(function) => self.functions[function].params as usize,
            WeightPart::CellTrained { .. } => 1,
        }
    }
}
