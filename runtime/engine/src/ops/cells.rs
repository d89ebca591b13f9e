//! Cells of any kind: the layer's numbers in one row for the kernels, and their gradients back to where they belong.

use crate::op::{Backward, Forward, Op, Place};
use crate::params::{Owner, Table};
use hetc_compiler::plan::{Plan, WeightPart};
use hetc_kernels::{CellScratch, Cells as Kernels};
use std::cell::RefCell;

thread_local! {
    /// Room for kernels to work in, kept from call to call.
    static ROOM: RefCell<CellScratch> = RefCell::default();
}

/// The cells of one layer.
#[derive(Debug)]
pub struct Cells {
    kernels: Kernels,
    /// Where the layer's numbers lie in the network's, in the order of [`Plan::layer_weights`].
    places: Vec<Place>,
    weights: usize,
}

impl Cells {
    /// Layer `layer` of `plan`, with its kernels.
    pub fn new(plan: &Plan, layer: usize, table: &Table, kernels: Kernels) -> Self {
        let places = places(plan, layer, table);
        let weights = places.iter().map(|place| place.len()).sum();
        assert_eq!(weights, kernels.weights_len(), "layer and kernels have the same numbers");
        Self { kernels, places, weights }
    }
}

impl Op for Cells {
    fn packed(&self) -> usize {
        self.weights + self.kernels.packed_len()
    }

    fn prepare(&self, params: &[f32], packed: &mut [f32]) {
        let (weights, packed) = packed.split_at_mut(self.weights);
        let mut rest = &mut *weights;
        for place in &self.places {
            let (part, after) = std::mem::take(&mut rest).split_at_mut(place.len());
            part.copy_from_slice(&params[place.clone()]);
            rest = after;
        }
        self.kernels.prepare(weights, packed);
    }

    fn forward(&self, pass: Forward) {
        let packed = &pass.packed[self.weights..];
        ROOM.with_borrow_mut(|room| self.kernels.forward(packed, pass.inputs[0], pass.output, room));
    }

    fn backward(&self, pass: Backward) {
        let packed = &pass.packed[self.weights..];
        let dx = pass.dx[0].as_deref_mut();
        ROOM.with_borrow_mut(|room| match &self.places[..] {
            [] => self.kernels.backward(packed, pass.inputs[0], pass.dy, dx, &mut [], room),
            [place] => self.kernels.backward(packed, pass.inputs[0], pass.dy, dx, &mut pass.gradients[place.clone()], room),
            places => {
                let sums = pass.scratch.floats(self.weights);
                sums.fill(0.0);
                self.kernels.backward(packed, pass.inputs[0], pass.dy, dx, sums, room);
                let mut rest = &*sums;
                for place in places {
                    let (part, after) = rest.split_at(place.len());
                    pass.gradients[place.clone()].iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
                    rest = after;
                }
            }
        });
    }
}

/// The places of a layer's numbers; those that follow each other as one.
fn places(plan: &Plan, layer: usize, table: &Table) -> Vec<Place> {
    let of_owner = |owner: Owner| table.params.iter().filter(move |entry| entry.owner == owner);
    let own: Vec<Place> = of_owner(Owner::Layer(layer)).map(|entry| entry.range.clone()).collect();
    let mut own = own.into_iter();
    let mut places: Vec<Place> = Vec::new();
    for part in plan.layer_weights(layer) {
        let parts: Vec<Place> = match part {
            WeightPart::LayerTrained { count: 0, .. } => Vec::new(),
            WeightPart::LayerTrained { .. } => own.next().into_iter().collect(),
            WeightPart::Function(function) => of_owner(Owner::Function(function)).map(|entry| entry.range.clone()).collect(),
            WeightPart::CellTrained { cell, trained } => {
                // A cell's tensors are its numbers for the whole network, in order.
                let numbers = plan.cells[cell].trained[..trained].iter();
                let before = numbers.filter(|trained| trained.per == hetc_compiler::plan::Per::Net).count();
                of_owner(Owner::Cell(cell)).nth(before).map(|entry| entry.range.clone()).into_iter().collect()
            }
        };
        for place in parts {
            match places.last_mut() {
                Some(last) if last.end == place.start => last.end = place.end,
                _ => places.push(place),
            }
        }
    }
    places
}
