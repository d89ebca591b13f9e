//! Where each trained number lies in a layer's slice of weights.
//!
//! The order: what the layer owns (for each share, for each trained parameter of its cell: one number `per = layer`, at the first share
//! with that cell only; one for each unit of the share `per = channel`), then the functions that its cells call, in the plan's order,
//! then the parameters `per = net` of its cells, in the plan's order.

use hetc_compiler::plan::{Cell, Per, Placement, Plan};
use hetc_compiler::shape::Shape;
use std::collections::{BTreeMap, BTreeSet};

/// Where a trained parameter's numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// One for all sites.
    Single(usize),
    /// One for each unit of the share, from here on.
    PerUnit(usize),
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
    pub fn new(plan: &Plan, placement: &Placement, sites: &Shape) -> Self {
        let mut end = 0;
        let mut take = |count: usize| {
            end += count;
            end - count
        };
        let mut singles: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut per_unit: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for (index, share) in placement.shares.iter().enumerate() {
            for (parameter, trained) in plan.cells[share.cell].trained.iter().enumerate() {
                match trained.per {
                    Per::Layer => _ = singles.entry((share.cell, parameter)).or_insert_with(|| take(1)),
                    Per::Channel => {
                        _ = per_unit.insert((index, parameter), take(placement.units_of(index, sites).len()));
                    }
                    Per::Net => {}
                }
            }
        }
        let cells: BTreeSet<usize> = placement.shares.iter().map(|share| share.cell).collect();
        let called: BTreeSet<usize> = cells.iter().flat_map(|cell| plan.cells[*cell].calls()).collect();
        let functions = called.into_iter().map(|function| (function, take(plan.functions[function].params as usize))).collect();
        for cell in cells {
            for (parameter, _) in with_per(&plan.cells[cell], Per::Net) {
                singles.insert((cell, parameter), take(1));
            }
        }
        let place = |index: usize, cell: usize, parameter: usize| match per_unit.get(&(index, parameter)) {
            Some(start) => Place::PerUnit(*start),
            None => Place::Single(singles[&(cell, parameter)]), // one of the three
        };
        let of_share = |(index, cell): (usize, usize)| {
            (0..plan.cells[cell].trained.len()).map(|parameter| place(index, cell, parameter)).collect()
        };
        let shares = placement.shares.iter().map(|share| share.cell).enumerate().map(of_share).collect();
        Self { len: end, shares, functions }
    }
}

fn with_per(cell: &Cell, per: Per) -> impl Iterator<Item = (usize, &hetc_compiler::plan::Trained)> {
    cell.trained.iter().enumerate().filter(move |(_, trained)| trained.per == per)
}
