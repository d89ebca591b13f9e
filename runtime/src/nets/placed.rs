//! Cells with more to them than a formula of their values: windows, learned functions, tables, trained parameters.

use super::cell::Cell;
use super::param;
use super::shares::Shares;
use super::signal::Signal;
use super::sites::Sites;
use burn::module::{Module, Param};
use burn::tensor::{Bool, Device, Tensor, TensorData};
use hetc_compiler::plan::{self, Per, Placement, Plan, WeightPart};
use std::sync::Arc;

/// A layer of such cells.
#[derive(Module, Debug)]
pub struct PlacedCells {
    /// What the layer trains alone, flat, in the order of its entries in the table.
    own: Option<Param<Tensor<1>>>,
    #[module(skip)]
    layout: Arc<Placed>,
}

#[derive(Debug)]
struct Placed {
    sites: Sites,
    shares: Shares,
    /// For every share.
    placed: Vec<Share>,
}

#[derive(Debug)]
struct Share {
    cell: Cell,
    trained: Vec<Place>,
    /// Elements of its windows that are beyond the edge, `[1, units or 1, positions or 1, elements]`.
    absent: Option<Tensor<4, Bool>>,
}

/// Where a trained parameter lies.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// In the layer's own numbers: the first one and how many.
    Own(usize, usize),
    /// In a parameter of [`shared`]: its index, and the number in it.
    Shared(usize, usize),
}

/// What belongs to no layer, as flat parameters of zeros: one for each learned function, then one for each cell that has numbers for
/// the whole network.
pub fn shared(plan: &Plan, device: &Device) -> Vec<Param<Tensor<1>>> {
    let functions = plan.functions.iter().map(|function| function.params);
    functions.chain(with_net_params(plan).map(|(_, params)| params)).map(|params| param([params as usize], device)).collect()
}

/// Cells that have numbers for the whole network, with how many.
fn with_net_params(plan: &Plan) -> impl Iterator<Item = (usize, u64)> {
    plan.cells.iter().map(plan::Cell::net_params).enumerate().filter(|(_, params)| *params > 0)
}

impl PlacedCells {
    /// The cells of `layer`, number `index`, whose parameters are zero.
    pub fn new(plan: &Plan, index: usize, layer: &plan::Layer, placement: &Placement, device: &Device) -> Self {
        let sites = Sites::new(placement, layer.input, layer.output);
        let shares = Shares::new(placement, &sites.shape(), device);
        let share = |(share, placed): (usize, &plan::Share)| Share {
            cell: Cell::new(plan, &plan.cells[placed.cell], device),
            trained: trained(plan, index, placement, share),
            absent: absent(&sites, &shares, share, device),
        };
        let placed = placement.shares.iter().enumerate().map(share).collect();
        let own = (layer.params > 0).then(|| param([layer.params as usize], device));
        Self { own, layout: Arc::new(Placed { sites, shares, placed }) }
    }

    /// Every sample through the cells.
    pub fn forward(&self, x: Signal, shared: &[Param<Tensor<1>>]) -> Signal {
        let Placed { sites, shares, placed } = &*self.layout;
        let values = sites.values(x);
        let answer = |share: usize| {
            let Share { cell, trained, absent } = &placed[share];
            let values = values.iter().map(|value| shares.part(value, share));
            let known = values.chain(trained.iter().map(|place| self.numbers(*place, shared))).collect();
            cell.answer(known, |function| shared[function].val(), absent.as_ref())
        };
        sites.signal(shares.whole(shares.present().map(answer).collect()))
    }

    /// A trained parameter, `[1, units or 1, 1, 1]`.
    fn numbers(&self, place: Place, shared: &[Param<Tensor<1>>]) -> Tensor<4> {
        let (numbers, start, count) = match (place, &self.own) {
            (Place::Own(start, count), Some(own)) => (own.val(), start, count),
            (Place::Own(..), None) => unreachable!("a layer with trained numbers has them"),
            (Place::Shared(index, number), _) => (shared[index].val(), number, 1),
        };
        numbers.narrow(0, start, count).reshape([1, count, 1, 1])
    }
}

/// Where the parameters of the cell of share `share` of layer `index` lie.
fn trained(plan: &Plan, index: usize, placement: &Placement, share: usize) -> Vec<Place> {
    let cell = placement.shares[share].cell;
    let place = |(number, trained): (usize, &plan::Trained)| match trained.per {
        Per::Net => {
            let index =
                with_net_params(plan).position(|(other, _)| other == cell).map_or(0, |place| plan.functions.len() + place);
            let before = plan.cells[cell].trained[..number].iter().filter(|trained| trained.per == Per::Net).count();
            Place::Shared(index, before)
        }
        Per::Layer => own(plan, index, |owner, of| placement.shares[owner].cell == cell && of == number),
        Per::Channel => own(plan, index, |owner, of| (owner, of) == (share, number)),
    };
    plan.cells[cell].trained.iter().enumerate().map(place).collect()
}

/// The first of the layer's own trained parameters that is `wanted` by its share and its number in the cell.
fn own(plan: &Plan, index: usize, wanted: impl Fn(usize, usize) -> bool) -> Place {
    let mut start = 0;
    for part in plan.layer_weights(index) {
        let WeightPart::LayerTrained { share, trained, count } = part else { continue };
        if wanted(share, trained) {
            return Place::Own(start, count);
        }
        start += count;
    }
    unreachable!("a plan has a place for every parameter")
}

fn absent(sites: &Sites, shares: &Shares, share: usize, device: &Device) -> Option<Tensor<4, Bool>> {
    let ([units, positions, elements], present) = sites.present()?;
    let (axis, places) = shares.places(share);
    let all = |size: usize, number: usize| if axis == number && size > 1 { places.to_vec() } else { (0..size).collect() };
    let (units_here, positions_here) = (all(units, 1), all(positions, 2));
    let mut absent = Vec::with_capacity(units_here.len() * positions_here.len() * elements);
    for unit in &units_here {
        for position in &positions_here {
            let start = (unit * positions + position) * elements;
            absent.extend(present[start..start + elements].iter().map(|there| !there));
        }
    }
    let dims = [1, units_here.len(), positions_here.len(), elements];
    absent.contains(&true).then(|| Tensor::from_data(TensorData::new(absent, dims), device))
}
