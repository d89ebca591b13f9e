//! A layer's cells without machine code.
//!
//! Formulas are interpreted node by node over blocks of lanes, and learned functions are products of matrices with lanes as columns. It
//! takes the place of compiled code where there is none, and shares as little with it as possible, so that tests can hold one against the
//! other. Sums over windows, and of the weights' gradients, are taken in f64.

mod block;
mod cell;
mod perceptron;
mod primitives;
mod product;
mod program;
mod reduce;

use super::sites::Group;
use super::weights::Weights;
use crate::lanes::Lanes;
use block::blocks;
use cell::Cell;
use hetc_compiler::plan::{Placement, Plan};
use perceptron::{Perceptron, Prepared};

/// The cells of one layer.
#[derive(Debug)]
pub struct Interpreted {
    weights: Weights,
    groups: Vec<Group>,
    /// For each share.
    cells: Vec<Cell>,
    functions: Vec<Perceptron>,
}

/// What one thread works in.
#[derive(Debug, Default)]
pub struct Scratch {
    cell: cell::Scratch,
    sums: Vec<f64>,
}

impl Interpreted {
    pub fn new(plan: &Plan, placement: &Placement, groups: Vec<Group>, weights: Weights) -> Self {
        let indices: Vec<usize> = weights.functions.keys().copied().collect();
        let cells = placement.shares.iter().map(|share| Cell::new(plan, &plan.cells[share.cell], &indices)).collect();
        let functions = weights.functions.iter().map(|(index, start)| Perceptron::new(&plan.functions[*index], *start)).collect();
        Self { weights, groups, cells, functions }
    }

    pub fn weights_len(&self) -> usize {
        self.weights.len
    }

    pub fn forward(&self, weights: &[f32], x: &[Lanes], y: &mut [Lanes], scratch: &mut Scratch) {
        let (functions, scratch) = (self.prepare(weights), &mut scratch.cell);
        for group in &self.groups {
            let cell = &self.cells[group.share];
            for block in blocks(group) {
                scratch.provide(cell.slots(), block.size().lanes);
                block.gather_values(x, &mut scratch.slots);
                block.gather_trained(&self.weights.shares[group.share], weights, &mut scratch.slots);
                cell.forward(&functions, block.size(), scratch);
                block.scatter_answers(&scratch.answers, y);
            }
        }
    }

    /// Writes `dx` and adds to `dweights`.
    pub fn backward(
        &self,
        (weights, x, dy): (&[f32], &[Lanes], &[Lanes]),
        dx: &mut [Lanes],
        dweights: &mut [f32],
        scratch: &mut Scratch,
    ) {
        let functions = self.prepare(weights);
        let Scratch { cell: scratch, sums } = scratch;
        sums.clear();
        sums.resize(self.weights.len, 0.0);
        for group in &self.groups {
            let cell = &self.cells[group.share];
            let places = &self.weights.shares[group.share];
            for block in blocks(group) {
                scratch.provide(cell.slots(), block.size().lanes);
                block.gather_values(x, &mut scratch.slots);
                block.gather_trained(places, weights, &mut scratch.slots);
                block.gather_answers(dy, &mut scratch.answers);
                cell.backward(&functions, block.size(), scratch, sums);
                block.scatter_values(&scratch.gradients, dx);
                block.sum_trained(places, scratch, sums);
            }
        }
        dweights.iter_mut().zip(sums).for_each(|(target, sum)| *target += *sum as f32);
    }

    fn prepare<'a>(&'a self, weights: &'a [f32]) -> Vec<Prepared<'a>> {
        self.functions.iter().map(|function| function.prepare(weights)).collect()
    }
}
