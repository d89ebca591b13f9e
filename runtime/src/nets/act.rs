//! Cells that are formulas of the values they are applied to: each unit answers with its own.

use super::interpret::Known;
use super::shares::Shares;
use super::signal::Signal;
use super::sites::Sites;
use super::tangent::{Reading, Tangent, points};
use burn::module::Module;
use burn::tensor::{Device, Tensor};
use hetc_compiler::plan::{self, Placement, Plan};
use std::sync::Arc;

/// A layer of such cells.
///
/// Sharing out and putting together happen beside the graph: whatever the layout, a step goes through one tangent over all sites.
#[derive(Module, Debug)]
pub struct Act {
    #[module(skip)]
    cells: Arc<Cells>,
}

#[derive(Debug)]
struct Cells {
    sites: Sites,
    shares: Shares,
    /// For every share.
    readings: Vec<Reading>,
}

/// Whether all cells of `placement` are such cells.
pub fn fits(plan: &Plan, placement: &Placement) -> bool {
    placement.shares.iter().all(|share| plan.cells[share.cell].is_plain()) // a plan's indices exist
}

impl Act {
    /// The cells of `layer`.
    pub fn new(plan: &Plan, layer: &plan::Layer, placement: &Placement, device: &Device) -> Self {
        let sites = Sites::new(placement, layer.input, layer.output);
        let shares = Shares::new(placement, &sites.shape(), device);
        let readings = placement.shares.iter().map(|share| Reading::new(&plan.cells[share.cell].formula)).collect();
        Self { cells: Arc::new(Cells { sites, shares, readings }) }
    }

    /// Every value through its cell.
    pub fn forward(&self, x: Signal) -> Signal {
        self.cells.forward(x)
    }
}

impl Cells {
    fn forward(&self, x: Signal) -> Signal {
        let inputs = self.sites.values(x);
        let points = points(&inputs);
        let device = points[0].device();
        let tracked = inputs.iter().any(Tensor::is_tracked);
        let tangent = if tracked { self.tangent(&points) } else { self.value(&points) };
        self.sites.signal(tangent.enter(&inputs, &points, &device))
    }

    fn value(&self, points: &[Tensor<4>]) -> Tangent<4> {
        let parts = self.shares.present().map(|share| {
            let inputs = self.part(points, share);
            self.readings[share].value(&inputs).spread(inputs[0].dims(), &inputs[0].device())
        });
        Tangent { value: Known::Tensor(self.shares.whole(parts.collect())), slopes: Vec::new() }
    }

    fn tangent(&self, points: &[Tensor<4>]) -> Tangent<4> {
        let (mut values, mut slopes) = (Vec::new(), vec![Vec::new(); points.len()]);
        for share in self.shares.present() {
            let inputs = self.part(points, share);
            let (dims, device) = (inputs[0].dims(), inputs[0].device());
            let tangent = self.readings[share].tangent(&inputs);
            values.push(tangent.value.spread(dims, &device));
            for (input, slopes) in slopes.iter_mut().enumerate() {
                let own = tangent.slopes.iter().find(|(by, _)| *by == input);
                let slope = own.map_or(Known::Number(0.0), |(_, slope)| slope.clone());
                slopes.push(slope.spread(dims, &device));
            }
        }
        let whole = |parts| Known::Tensor(self.shares.whole(parts));
        Tangent { value: whole(values), slopes: slopes.into_iter().map(whole).enumerate().collect() }
    }

    fn part(&self, points: &[Tensor<4>], share: usize) -> Vec<Tensor<4>> {
        points.iter().map(|point| self.shares.part(point, share)).collect()
    }
}
