//! Where each trained number lies in a layer's slice of weights.
//!
//! The order is the plan's: [`Plan::layer_weights`].

use hetc_compiler::plan::{Per, Placement, Plan, WeightPart};
use std::collections::BTreeMap;

/// Where a trained parameter's numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// One for all sites.
    Single(usize),
    /// One for each unit of the share, from here on.
    PerUnit(usize),
}

impl Place {
    /// Where the number of `unit` is, counted among those of the share.
    pub fn at(self, unit: u32) -> usize {
        match self {
            Self::Single(at) => at,
            Self::PerUnit(start) => start + unit as usize,
        }
    }
}

#[derive(Debug)]
pub struct Weights {
    pub len: usize,
    /// For each share, for each trained parameter of its cell.
    pub shares: Vec<Vec<Place>>,
    /// Where each function starts, by its index in the plan.
    pub functions: BTreeMap<usize, usize>,
}

impl Weights {
    /// Of layer `layer`, which has the cells of `placement`.
    pub fn new(plan: &Plan, layer: usize, placement: &Placement) -> Self {
        let mut end = 0;
        // By cell for one number, by share for several; with the parameter's index.
        let mut singles: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut per_unit: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut functions = BTreeMap::new();
        for part in plan.layer_weights(layer) {
            match part {
                WeightPart::LayerTrained { share, trained, .. } => {
                    let cell = placement.shares[share].cell; // a part of this placement
                    match plan.cells[cell].trained[trained].per {
                        Per::Channel => per_unit.insert((share, trained), end),
                        Per::Layer | Per::Net => singles.insert((cell, trained), end),
                    };
                }
                WeightPart::Function(function) => _ = functions.insert(function, end),
                WeightPart::CellTrained { cell, trained } => _ = singles.insert((cell, trained), end),
            }
            end += plan.weight_count(part);
        }
        let place = |index: usize, cell: usize, parameter: usize| match per_unit.get(&(index, parameter)) {
            Some(start) => Place::PerUnit(*start),
            None => Place::Single(singles[&(cell, parameter)]), // every parameter is one or the other
        };
        let of_share = |(index, cell): (usize, usize)| {
            (0..plan.cells[cell].trained.len()).map(|parameter| place(index, cell, parameter)).collect()
        };
        let shares = placement.shares.iter().map(|share| share.cell).enumerate().map(of_share).collect();
        Self { len: end, shares, functions }
    }
}
