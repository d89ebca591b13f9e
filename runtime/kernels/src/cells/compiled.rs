//! A layer's cells as machine code.
//!
//! For each group of equal sites there is one program forward and one backward. Where cells make calls (see [`super::staged`]), there are
//! more: those of each *level* of calls leave the arguments in *slots*, the calls are made for many sites at once, and the programs of the
//! next level find the results. Sites are taken in chunks: with calls, few enough for all slots to stay in the cache; in a layer of several
//! groups, those of a stretch of memory, group by group, so that memory is gone through once. Backward makes the calls again.

use super::activation;
use super::calls::{Call, Called, Callees, Learned};
use super::part::{Chunk, Part, Places, array};
use super::points::Points;
use super::sites::Group;
use super::staged::{self, Callee, Staged};
use super::trained::Trained;
use super::weights::Weights;
use super::{CellScratch, LayerParts};
use crate::error::KernelError;
use crate::kernel::{Array, SiteCompiler, SiteKernel};
use crate::lanes::{LANES, Lanes, floats_mut};
use crate::perceptron::Perceptron;
use hetc_compiler::plan::Plan;

/// Vectors that the groups of a layer go through together: 64 KiB of each array.
const STRETCH: u32 = 1024;

/// The cells of one layer.
pub struct Compiled {
    trained: Trained,
    functions: Vec<Learned>,
    parts: Vec<Part<SiteKernel>>,
    /// Part and chunk, in the order of memory.
    order: Vec<[usize; 2]>,
    packed_len: usize,
    weights_len: usize,
}

/// The same before its kernels are known, but for their positions.
#[derive(Debug)]
pub struct Draft {
    trained: Trained,
    weights: Weights,
    /// Of each function of the layer.
    activations: Vec<activation::Draft>,
    parts: Vec<Part<usize>>,
    order: Vec<[usize; 2]>,
}

impl Draft {
    /// Adds the programs of a layer to `compiler`.
    pub fn new(plan: &Plan, layer: LayerParts, (compiler, node_limit): (&mut SiteCompiler, usize)) -> Result<Self, KernelError> {
        let LayerParts { placement, groups, weights, units } = layer;
        let trained = Trained::new(&weights, &units);
        let indices: Vec<usize> = weights.functions.keys().copied().collect();
        let activation = |index: &usize| activation::Draft::new(&plan.functions[*index].activation, compiler);
        let activations = indices.iter().map(activation).collect::<Result<_, _>>()?;
        let called = |call: &staged::Call| match call.callee {
            Callee::Function(function) => Called::Function(indices.partition_point(|known| *known < function)),
            Callee::Table(table) => Called::Points(Points::new(&plan.tables[table])),
        };
        let stretch = if groups.len() == 1 { u32::MAX } else { STRETCH };
        let part = |group: &Group| {
            let cell = &plan.cells[placement.shares[group.share].cell];
            let staged = Staged::new(cell, &plan.tables, group.elements.len());
            staged.check(node_limit)?;
            Part::new(group, &staged, called, (&trained, stretch), compiler)
        };
        let parts: Vec<Part<usize>> = groups.iter().map(part).collect::<Result<_, _>>()?;
        let chunks = parts.iter().enumerate().flat_map(|(part, chunks)| (0..chunks.chunks.len()).map(move |chunk| [part, chunk]));
        let mut order: Vec<[usize; 2]> = chunks.collect();
        order.sort_by_key(|[part, chunk]| parts[*part].chunks[*chunk].start / stretch);
        Ok(Self { trained, weights, activations, parts, order })
    }

    /// With the kernels that the compiler has given.
    pub fn finish(self, plan: &Plan, kernels: &[SiteKernel]) -> Compiled {
        let mut packed_len = self.trained.len() * LANES;
        let learned = |((index, start), activation): ((&usize, &usize), activation::Draft)| {
            let function = &plan.functions[*index];
            let perceptron = Perceptron::new(function, activation.finish(kernels));
            let packed = packed_len..packed_len + perceptron.packed_len();
            packed_len = packed.end.next_multiple_of(LANES);
            Learned { perceptron, weights: *start..*start + function.params as usize, packed }
        };
        let functions = self.weights.functions.iter().zip(self.activations).map(learned).collect();
        let parts = self.parts.into_iter().map(|part| part.finish(kernels)).collect();
        let (trained, order, weights_len) = (self.trained, self.order, self.weights.len);
        Compiled { trained, functions, parts, order, packed_len, weights_len }
    }
}

impl Compiled {
    pub fn packed_len(&self) -> usize {
        self.packed_len
    }

    pub fn weights_len(&self) -> usize {
        self.weights_len
    }

    pub fn prepare(&self, weights: &[f32], packed: &mut [f32]) {
        self.trained.prepare(weights, &mut packed[..self.trained.len() * LANES]);
        for Learned { perceptron, weights: own, packed: place } in &self.functions {
            perceptron.prepare(&weights[own.clone()], &mut packed[place.clone()]);
        }
    }

    pub fn forward(&self, packed: &[f32], x: &[Lanes], y: &mut [Lanes], scratch: &mut CellScratch) {
        let trained = vectors(&packed[..self.trained.len() * LANES], &mut scratch.trained);
        let mut callees = Callees { functions: &self.functions, packed, scratch: &mut scratch.perceptron };
        for (part, chunk) in self.chunks() {
            let slots = provide(&mut scratch.slots, part.slots * chunk.sites * part.elements);
            let y = Y::Answers(&mut *y);
            let mut run = Run { part, chunk, x, trained: &trained[part.trained.clone()], y, dx: &mut [], sums: &mut [], slots };
            run.arguments(&mut callees, |_| true);
            run.program(&part.answers);
        }
    }

    /// Writes `dx` and adds to `dweights`.
    pub fn backward(
        &self,
        (packed, x, dy): (&[f32], &[Lanes], &[Lanes]),
        dx: &mut [Lanes],
        dweights: &mut [f32],
        scratch: &mut CellScratch,
    ) {
        let trained = vectors(&packed[..self.trained.len() * LANES], &mut scratch.trained);
        let mut callees = Callees { functions: &self.functions, packed, scratch: &mut scratch.perceptron };
        let sums = provide(&mut scratch.sums, self.trained.len());
        sums.fill(Lanes::default());
        for (part, chunk) in self.chunks() {
            let slots = provide(&mut scratch.slots, 2 * part.slots * chunk.sites * part.elements);
            let (trained, sums) = (&trained[part.trained.clone()], &mut sums[part.trained.clone()]);
            let mut run = Run { part, chunk, x, trained, y: Y::Gradients(dy), dx: &mut *dx, sums, slots };
            run.arguments(&mut callees, |call| call.again);
            run.back(&mut callees, dweights);
        }
        self.trained.collect(sums, dweights);
    }

    fn chunks(&self) -> impl Iterator<Item = (&Part<SiteKernel>, &Chunk)> {
        self.order.iter().map(|[part, chunk]| (&self.parts[*part], &self.parts[*part].chunks[*chunk]))
    }
}

/// The first `len` vectors of `buffer`, which grows if it has to.
fn provide(buffer: &mut Vec<Lanes>, len: usize) -> &mut [Lanes] {
    if buffer.len() < len {
        buffer.resize(len, Lanes::default());
    }
    &mut buffer[..len]
}

/// `floats` as vectors: where they are, or copied if they do not begin where a vector can.
fn vectors<'a>(floats: &'a [f32], copy: &'a mut Vec<Lanes>) -> &'a [Lanes] {
    if let Ok(vectors) = bytemuck::try_cast_slice(floats) {
        return vectors;
    }
    let copy = provide(copy, floats.len() / LANES);
    floats_mut(copy).copy_from_slice(floats);
    copy
}

/// The programs of one part run over one chunk, and what they read and write.
struct Run<'a> {
    part: &'a Part<SiteKernel>,
    chunk: &'a Chunk,
    x: &'a [Lanes],
    trained: &'a [Lanes],
    y: Y<'a>,
    dx: &'a mut [Lanes],
    sums: &'a mut [Lanes],
    /// All slots, and behind them their gradients, if this is the way back.
    slots: &'a mut [Lanes],
}

enum Y<'a> {
    Answers(&'a mut [Lanes]),
    Gradients(&'a [Lanes]),
}

impl Run<'_> {
    /// Vectors of a slot.
    fn n(&self) -> usize {
        self.chunk.sites * self.part.elements
    }

    fn program(&mut self, kernel: &SiteKernel) {
        let n = self.n();
        let y = match &mut self.y {
            Y::Answers(y) => Array::Write(y),
            Y::Gradients(dy) => Array::Read(dy),
        };
        // By their numbers in `array`.
        let fixed = [Array::Read(self.x), Array::Read(self.trained), y, Array::Write(self.dx), Array::Write(self.sums)];
        const { assert!(array::SLOTS == 5) };
        if self.slots.is_empty() {
            return self.chunk.run(kernel, fixed);
        }
        let slots = self.slots.chunks_exact_mut(n).map(Array::Write);
        self.chunk.run(kernel, fixed.into_iter().chain(slots).collect::<Vec<_>>());
    }

    /// The arguments of all calls, and the results of those that are wanted.
    fn arguments(&mut self, callees: &mut Callees, is_wanted: impl Fn(&Call) -> bool) {
        for level in &self.part.levels {
            self.program(&level.arguments);
            for call in level.calls.iter().map(|call| &self.part.calls[*call]).filter(|call| is_wanted(call)) {
                call.forward(self.n(), self.slots, callees);
            }
        }
    }

    /// From the gradients of the answers back.
    fn back(&mut self, callees: &mut Callees, dweights: &mut [f32]) {
        if let Some(kernel) = &self.part.answers_back {
            self.program(kernel);
        }
        let n = self.n();
        for level in self.part.levels.iter().rev() {
            for call in &level.calls {
                let slots = self.slots.split_at_mut(self.part.slots * n);
                self.part.calls[*call].backward(n, slots, callees, dweights);
            }
            if let Some(kernel) = &level.arguments_back {
                self.program(kernel);
            }
        }
    }
}

impl Chunk {
    fn run<'a>(&self, kernel: &SiteKernel, mut arrays: impl AsMut<[Array<'a>]>) {
        match &self.places {
            Places::Range(sites) => kernel.run_range(arrays.as_mut(), sites.clone()),
            Places::Table(table) => kernel.run(arrays.as_mut(), table),
        }
    }
}
