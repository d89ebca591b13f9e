//! Where the trained numbers of a layer's cells lie among the network's.

use hetc_compiler::plan::{Per, Placement, Plan, WeightPart};
use hetc_engine::params::{Entry, Owner, Table};
use std::collections::BTreeMap;

/// Why a tensor is there.
const LISTED: &str = "the table has every tensor of its plan";

/// Where a trained parameter's numbers are.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    start: usize,
    per_unit: bool,
}

impl Place {
    /// Of `unit`, counted among those of its share.
    pub fn at(self, unit: usize) -> usize {
        self.start + if self.per_unit { unit } else { 0 }
    }
}

/// All of a layer's.
pub struct Places {
    /// For each share, for each trained parameter of its cell.
    pub shares: Vec<Vec<Place>>,
    /// Where each function of the plan starts.
    pub functions: Vec<usize>,
}

impl Places {
    /// Of layer `layer`, in the order of [`Plan::layer_weights`].
    pub fn new(plan: &Plan, table: &Table, layer: usize, placement: &Placement) -> Self {
        let starts = |owner: Owner| {
            let own = table.params.iter().filter(move |entry: &&Entry| entry.owner == owner);
            own.map(|entry| entry.range.start)
        };
        let mut own = starts(Owner::Layer(layer));
        // By share, and by cell, with the parameter's index.
        let (mut per_unit, mut single) = (BTreeMap::new(), BTreeMap::new());
        for part in plan.layer_weights(layer) {
            match part {
                WeightPart::LayerTrained { share, trained, count } => {
                    let start = if count == 0 { 0 } else { own.next().expect(LISTED) };
                    let cell = placement.shares[share].cell; // a part of this placement
                    match plan.cells[cell].trained[trained].per {
                        Per::Channel => per_unit.insert((share, trained), start),
                        Per::Layer | Per::Net => single.insert((cell, trained), start),
                    };
                }
                WeightPart::CellTrained { cell, trained } => {
                    let before = plan.cells[cell].trained[..trained].iter().filter(|trained| trained.per == Per::Net).count();
                    single.insert((cell, trained), starts(Owner::Cell(cell)).nth(before).expect(LISTED));
                }
                WeightPart::Function(_) => (),
            }
        }
        let of_share = |(share, cell): (usize, usize)| {
            let place = |trained: usize| match per_unit.get(&(share, trained)) {
                Some(start) => Place { start: *start, per_unit: true },
                None => Place { start: single[&(cell, trained)], per_unit: false }, // every parameter is one or the other
            };
            (0..plan.cells[cell].trained.len()).map(place).collect()
        };
        Self {
            shares: placement.shares.iter().map(|share| share.cell).enumerate().map(of_share).collect(),
            functions: (0..plan.functions.len()).map(|index| starts(Owner::Function(index)).next().expect(LISTED)).collect(),
        }
    }
}
