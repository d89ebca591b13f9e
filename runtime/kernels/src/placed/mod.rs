//! A layer's cells, whatever they are, forward and backward over plain slices.
//!
//! Formulas are interpreted node by node over blocks of lanes, and learned functions are products of matrices with lanes as columns.
//! Nothing is kept between forward and backward: backward computes again what it needs, block by block, so that memory grows with neither
//! the batch nor the widths times the batch. Work is cut into chunks of samples in the same way however many threads there are, and the
//! chunks' sums are added in order: results are always the same bits on one machine.

mod block;
mod cell;
mod perceptron;
mod primitives;
mod product;
mod program;
mod reduce;
mod sites;
mod table;
mod weights;

use block::Block;
use cell::{Cell, Scratch};
use hetc_compiler::plan::{Op, Plan};
use perceptron::{Perceptron, Prepared};
use rayon::prelude::*;
use sites::Group;
use weights::Weights;

/// The most chunks that a batch is cut into: each has its own gradients of the weights.
const CHUNKS: usize = 16;
/// A chunk costs at least so many operations.
const CHUNK_COST: usize = 1 << 18;

/// The cells of one layer, ready to run.
///
/// Sums over windows, and of the weights' gradients, are taken in f64; everything else is f32. The conventions are those of
/// [`hetc_compiler::formula`]; further:
/// * an extreme of a window hands its gradient to the elements that have it, in equal parts; it is NaN if any element is;
/// * a table's slope at a breakpoint is that of the segment to its right;
/// * a step whose result an answer does not depend on (as on the unchosen side of a `select`) adds nothing to any gradient, even where
///   its slope is infinite or NaN.
#[derive(Debug)]
pub struct Placed {
    input_len: usize,
    output_len: usize,
    weights: Weights,
    groups: Vec<Group>,
    /// For each share.
    cells: Vec<Cell>,
    functions: Vec<Perceptron>,
    /// Rough number of operations a sample.
    cost: usize,
}

impl Placed {
    /// Of layer `layer` of `plan`, which is trusted.
    ///
    /// Panics if the layer places no cells.
    pub fn new(plan: &Plan, layer: usize) -> Self {
        let index = layer;
        let layer = &plan.layers[index];
        let Op::Cells(placement) = &layer.op else { panic!("layer `{}` places no cells", layer.name) };
        let sites = placement.sites(&layer.input).expect("the placement of a plan fits its input");
        let weights = Weights::new(plan, index, placement);
        let indices: Vec<usize> = weights.functions.keys().copied().collect();
        let cells: Vec<Cell> = placement.shares.iter().map(|share| Cell::new(plan, &plan.cells[share.cell], &indices)).collect();
        let functions: Vec<Perceptron> =
            weights.functions.iter().map(|(index, start)| Perceptron::new(&plan.functions[*index], *start)).collect();
        let groups = sites::groups(placement, &layer.input, &sites);
        let cost_of = |group: &Group| {
            let cell = &cells[group.share];
            let calls = cell.calls().map(|function| functions[function].cost()).sum::<usize>();
            group.inputs.len() * group.elements.len() * (cell.cost() + calls + 4)
        };
        let cost = groups.iter().map(cost_of).sum();
        let (input_len, output_len) = (layer.input.elements(), layer.output.elements());
        Self { input_len, output_len, weights, groups, cells, functions, cost }
    }

    /// Numbers in one sample of the input.
    pub fn input_len(&self) -> usize {
        self.input_len
    }

    /// Numbers in one sample of the output.
    pub fn output_len(&self) -> usize {
        self.output_len
    }

    /// Trained numbers that the layer reads, its own and shared ones.
    pub fn weights_len(&self) -> usize {
        self.weights.len
    }

    /// Answers `x`, samples of [`Self::input_len`] numbers, into `y`, samples of [`Self::output_len`].
    ///
    /// `weights` holds what the layer owns (for each share, for each trained parameter of its cell: one number if `per = layer`, at the
    /// first share with that cell; one for each of [`hetc_compiler::plan::Placement::units_of`] if `per = channel`), then the functions
    /// that its cells call, each once, in the plan's order, then the parameters `per = net` of its cells, in the plan's order.
    ///
    /// Panics if the lengths do not fit each other.
    pub fn forward(&self, x: &[f32], weights: &[f32], y: &mut [f32]) {
        let samples = self.samples(x, weights, y.len());
        let functions = self.prepare(weights);
        let chunk = self.chunk(samples);
        let run = |scratch: &mut Scratch, (x, y): (&[f32], &mut [f32])| self.forward_chunk(x, weights, &functions, scratch, y);
        let (xs, ys) = (chunk * self.input_len, chunk * self.output_len);
        if chunk >= samples {
            return run(&mut Scratch::default(), (x, y));
        }
        x.par_chunks(xs).zip(y.par_chunks_mut(ys)).for_each_init(Scratch::default, run);
    }

    /// From `dy`, the gradients of the answers, to those of `x` and of the weights, which are overwritten.
    ///
    /// Panics if the lengths do not fit each other.
    pub fn backward(&self, x: &[f32], weights: &[f32], dy: &[f32], dx: &mut [f32], dweights: &mut [f32]) {
        let samples = self.samples(x, weights, dy.len());
        assert_eq!(dx.len(), x.len(), "the input and its gradient have one length");
        assert_eq!(dweights.len(), self.weights.len, "the weights' gradient has the layer's length");
        let functions = self.prepare(weights);
        let chunk = self.chunk(samples);
        let run = |((x, dy), dx): ((&[f32], &[f32]), &mut [f32])| {
            let mut sums = vec![0.0f64; self.weights.len];
            self.backward_chunk((x, weights, dy), &functions, dx, &mut sums);
            sums
        };
        let (xs, ys) = (chunk * self.input_len, chunk * self.output_len);
        let sums: Vec<Vec<f64>> = if chunk >= samples {
            vec![run(((x, dy), dx))]
        } else {
            x.par_chunks(xs).zip(dy.par_chunks(ys)).zip(dx.par_chunks_mut(xs)).map(run).collect()
        };
        for (index, target) in dweights.iter_mut().enumerate() {
            *target = sums.iter().map(|sums| sums[index]).sum::<f64>() as f32;
        }
    }

    fn samples(&self, x: &[f32], weights: &[f32], outputs: usize) -> usize {
        let samples = x.len() / self.input_len;
        assert_eq!(x.len(), samples * self.input_len, "the input is a whole number of samples");
        assert_eq!(outputs, samples * self.output_len, "input and output have as many samples");
        assert_eq!(weights.len(), self.weights.len, "the layer has that many weights");
        samples
    }

    fn prepare<'a>(&'a self, weights: &'a [f32]) -> Vec<Prepared<'a>> {
        self.functions.iter().map(|function| function.prepare(weights)).collect()
    }

    /// Samples of a chunk: depends on the batch and on nothing else.
    fn chunk(&self, samples: usize) -> usize {
        samples.div_ceil(CHUNKS).max(CHUNK_COST.div_ceil(self.cost.max(1)))
    }

    fn forward_chunk(&self, x: &[f32], weights: &[f32], functions: &[Prepared], scratch: &mut Scratch, y: &mut [f32]) {
        let mut block = Block::default();
        for group in &self.groups {
            let cell = &self.cells[group.share];
            for sites in block::pieces(group, x.len() / self.input_len) {
                let size = block.locate(group, sites, [self.input_len, self.output_len]);
                scratch.provide(cell.slots(), size.lanes);
                block.gather_values(group, x, &mut scratch.slots);
                block.gather_trained(group, &self.weights.shares[group.share], weights, size, scratch);
                cell.forward(functions, size, scratch);
                block.scatter_answers(group, &scratch.answers, y);
            }
        }
    }

    fn backward_chunk(
        &self,
        (x, weights, dy): (&[f32], &[f32], &[f32]),
        functions: &[Prepared],
        dx: &mut [f32],
        sums: &mut [f64],
    ) {
        let (mut block, mut scratch) = (Block::default(), Scratch::default());
        for group in &self.groups {
            let cell = &self.cells[group.share];
            let places = &self.weights.shares[group.share];
            for sites in block::pieces(group, x.len() / self.input_len) {
                let size = block.locate(group, sites, [self.input_len, self.output_len]);
                scratch.provide(cell.slots(), size.lanes);
                block.gather_values(group, x, &mut scratch.slots);
                block.gather_trained(group, places, weights, size, &mut scratch);
                block.gather_answers(group, dy, &mut scratch.answers);
                cell.backward(functions, size, &mut scratch, sums);
                block.scatter_values(group, &scratch.gradients, dx);
                block.sum_trained(group, places, size, &scratch, sums);
            }
        }
    }
}
