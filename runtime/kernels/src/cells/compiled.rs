//! A layer's cells as machine code.
//!
//! For each group of equal sites there is one program forward and one backward. Where cells make calls (see [`super::unroll`]), there are
//! more: those of each *level* of calls leave the arguments in *slots*, the calls are made for many sites at once, and the programs of the
//! next level find the results. Sites are taken in chunks of which all slots stay in the cache; backward makes the calls again.

use super::activation;
use super::points::Points;
use super::sites::Group;
use super::trained::Trained;
use super::unroll::{Call, Callee, Item, Quantity, Staged, Unplaced, Unrolled};
use super::weights::Weights;
use super::{CellScratch, LayerParts};
use crate::error::KernelError;
use crate::kernel::{Array, SiteCompiler, SiteKernel};
use crate::lanes::{LANES, Lanes, floats_mut};
use crate::perceptron::{Perceptron, PerceptronScratch};
use crate::site::{Place, Put, SiteProgram, Table};
use hetc_compiler::plan::Plan;
use std::collections::HashSet;
use std::ops::Range;

/// Elements of a chunk: a call of two arguments has six slots backward, 1.5 KiB an element of four.
const CHUNK: usize = 256;

/// The arrays of all programs; slots follow.
mod array {
    pub const X: u8 = 0;
    pub const TRAINED: u8 = 1;
    /// The answers or their gradients.
    pub const Y: u8 = 2;
    pub const DX: u8 = 3;
    /// Of the gradients of trained parameters.
    pub const SUMS: u8 = 4;
    pub const SLOTS: u8 = 5;
}

/// The cells of one layer.
pub struct Compiled {
    trained: Trained,
    functions: Vec<Learned>,
    parts: Vec<Part<SiteKernel>>,
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
}

/// A learned function, and where its numbers are in the layer's.
#[derive(Debug)]
struct Learned {
    perceptron: Perceptron,
    weights: Range<usize>,
    packed: Range<usize>,
}

/// A group of sites; `K` is what its programs have become.
#[derive(Debug)]
struct Part<K> {
    /// The vectors of its share's trained parameters.
    trained: Range<usize>,
    elements: usize,
    levels: Vec<Level<K>>,
    answers: K,
    answers_back: Option<K>,
    /// How many slots there are, forward and in all.
    slots: [usize; 2],
    chunks: Vec<Chunk>,
}

/// Calls that can be made at the same time.
#[derive(Debug)]
struct Level<K> {
    arguments: K,
    calls: Vec<Slots>,
    arguments_back: Option<K>,
}

/// A call and its slots.
#[derive(Debug)]
struct Slots {
    called: Called,
    arguments: Range<usize>,
    /// Behind the arguments.
    result: usize,
    result_gradient: usize,
    /// Behind the gradient of the result.
    argument_gradients: Range<usize>,
}

#[derive(Debug)]
enum Called {
    /// By its place in the layer.
    Function(usize),
    Points(Points),
}

/// Some sites.
#[derive(Debug)]
struct Chunk {
    sites: usize,
    places: Places,
}

#[derive(Debug)]
enum Places {
    /// Consecutive vectors.
    Range(Range<usize>),
    Table(Table),
}

impl Draft {
    /// Adds the programs of a layer to `compiler`.
    pub fn new(plan: &Plan, layer: LayerParts, (compiler, node_limit): (&mut SiteCompiler, usize)) -> Result<Self, KernelError> {
        let LayerParts { placement, groups, weights, units } = layer;
        let trained = Trained::new(&weights, &units);
        let indices: Vec<usize> = weights.functions.keys().copied().collect();
        let activation = |index: &usize| activation::Draft::new(&plan.functions[*index].activation, compiler);
        let activations = indices.iter().map(activation).collect::<Result<_, _>>()?;
        let part = |group: &Group| {
            let cell = &plan.cells[placement.shares[group.share].cell];
            let staged = Staged::new(cell, &plan.tables, group.elements.len());
            staged.check(node_limit)?;
            let called = |call: &Call| match call.callee {
                Callee::Function(function) => Called::Function(indices.partition_point(|known| *known < function)),
                Callee::Table(table) => Called::Points(Points::new(&plan.tables[table])),
            };
            PartBuilder::new(group, &staged, called).build(&trained, compiler)
        };
        let parts = groups.iter().map(part).collect::<Result<_, _>>()?;
        Ok(Self { trained, weights, activations, parts })
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
        Compiled { trained: self.trained, functions, parts, packed_len, weights_len: self.weights.len }
    }
}

impl Part<usize> {
    fn finish(self, kernels: &[SiteKernel]) -> Part<SiteKernel> {
        let kernel = |place: usize| kernels[place].clone();
        let level = |level: Level<usize>| Level {
            arguments: kernel(level.arguments),
            calls: level.calls,
            arguments_back: level.arguments_back.map(kernel),
        };
        Part {
            trained: self.trained,
            elements: self.elements,
            levels: self.levels.into_iter().map(level).collect(),
            answers: kernel(self.answers),
            answers_back: self.answers_back.map(kernel),
            slots: self.slots,
            chunks: self.chunks,
        }
    }
}

/// Gives the programs of a group their places.
struct PartBuilder<'a> {
    group: &'a Group,
    staged: &'a Staged,
    /// Of each call.
    slots: Vec<Slots>,
    /// How many, forward and in all.
    slot_counts: [usize; 2],
    columns: Columns,
}

/// The columns of the table.
#[derive(Debug, Clone, Copy)]
struct Columns {
    output: u8,
    input: u8,
    trained: u8,
    slot: u8,
    count: u8,
}

impl<'a> PartBuilder<'a> {
    fn new(group: &'a Group, staged: &'a Staged, called: impl Fn(&Call) -> Called) -> Self {
        let mut next = 0;
        let mut take = |count: usize| {
            next += count;
            next - count..next
        };
        let forward: Vec<(Range<usize>, usize)> = staged.calls.iter().map(|call| (take(call.of.len()), take(1).start)).collect();
        let backward: Vec<(usize, Range<usize>)> = staged.calls.iter().map(|call| (take(1).start, take(call.of.len()))).collect();
        let slots = staged.calls.iter().zip(forward).zip(backward);
        let slots = slots.map(|((call, (arguments, result)), (result_gradient, argument_gradients))| Slots {
            called: called(call),
            arguments,
            result,
            result_gradient,
            argument_gradients,
        });
        let slots: Vec<Slots> = slots.collect();
        let slot_counts = [slots.iter().map(|slots| slots.arguments.len() + 1).sum(), next];
        Self { group, staged, slots, slot_counts, columns: Columns::new(staged) }
    }

    fn build(self, trained: &Trained, compiler: &mut SiteCompiler) -> Result<Part<usize>, KernelError> {
        let staged = self.staged;
        let mut add = |program: Unplaced| compiler.add(&self.program(program)?);
        let depth = staged.calls.iter().map(|call| call.level + 1).max().unwrap_or(0);
        let answers = add(staged.answers()?)?;
        let arguments = (0..depth).map(|level| add(staged.arguments(level)?)).collect::<Result<Vec<_>, _>>()?;
        // Backward the first program to have a gradient for a place sets it, and those after add to it; the last one to come by sets it
        // even to 0.
        let mut written = HashSet::new();
        let mut back = |unrolled: Unrolled, below: usize| {
            let program = program_back(unrolled, staged, below, &mut written)?;
            program.map(&mut add).transpose()
        };
        let answers_back = back(staged.answers_back(), depth)?;
        let mut arguments_back = Vec::new();
        for level in (0..depth).rev() {
            arguments_back.push(back(staged.arguments_back(level), level)?);
        }
        let chunks = self.chunks(trained);
        let levels: Vec<usize> = staged.calls.iter().map(|call| call.level).collect();
        let mut slots: Vec<Option<Slots>> = self.slots.into_iter().map(Some).collect();
        let level = |(level, (arguments, arguments_back)): (usize, (usize, Option<usize>))| {
            let of_level = slots.iter_mut().zip(&levels).filter(|(_, of)| **of == level);
            Level { arguments, calls: of_level.filter_map(|(slots, _)| slots.take()).collect(), arguments_back }
        };
        let levels = arguments.into_iter().zip(arguments_back.into_iter().rev()).enumerate().map(level).collect();
        Ok(Part {
            trained: trained.range(self.group.share),
            elements: self.group.elements.len(),
            levels,
            answers,
            answers_back,
            slots: self.slot_counts,
            chunks,
        })
    }

    fn program(&self, program: Unplaced) -> Result<SiteProgram, KernelError> {
        let reads = program.reads.iter().map(|quantity| self.place(*quantity)).collect::<Result<_, _>>()?;
        let write = |(quantity, put): &(Quantity, Put)| Ok((self.place(*quantity)?, *put));
        let writes = program.writes.iter().map(write).collect::<Result<_, _>>()?;
        Ok(SiteProgram { formula: program.formula, reads, writes, columns: self.columns.count })
    }

    fn place(&self, quantity: Quantity) -> Result<Place, KernelError> {
        let Columns { output, input, trained, slot, .. } = self.columns;
        let offset_of = |element: usize| self.group.elements[element];
        let slot_array = |slot: usize| {
            let limit = usize::from(u8::MAX - array::SLOTS);
            u8::try_from(slot + usize::from(array::SLOTS)).map_err(|_| KernelError::TooManyInputs { count: slot, limit })
        };
        Ok(match quantity {
            Quantity::Number(Item::Value { element, value }) => {
                Place { array: array::X, column: input, offset: offset_of(element) + value as u32 }
            }
            Quantity::Gradient(Item::Value { element, value }) => {
                Place { array: array::DX, column: input, offset: offset_of(element) + value as u32 }
            }
            Quantity::Number(Item::Answer { element }) | Quantity::Gradient(Item::Answer { element }) => {
                Place { array: array::Y, column: output, offset: offset_of(element) }
            }
            Quantity::Number(Item::Trained(parameter)) => {
                Place { array: array::TRAINED, column: trained, offset: parameter as u32 }
            }
            Quantity::Gradient(Item::Trained(parameter)) => {
                Place { array: array::SUMS, column: trained, offset: parameter as u32 }
            }
            Quantity::Number(Item::Argument { call, argument, element }) => {
                let array = slot_array(self.slots[call].arguments.start + argument)?;
                Place { array, column: slot, offset: element as u32 }
            }
            Quantity::Gradient(Item::Argument { call, argument, element }) => {
                let array = slot_array(self.slots[call].argument_gradients.start + argument)?;
                Place { array, column: slot, offset: element as u32 }
            }
            Quantity::Number(Item::Result { call, element }) => {
                Place { array: slot_array(self.slots[call].result)?, column: slot, offset: element as u32 }
            }
            Quantity::Gradient(Item::Result { call, element }) => {
                Place { array: slot_array(self.slots[call].result_gradient)?, column: slot, offset: element as u32 }
            }
        })
    }

    /// All sites in chunks of about equal size; in one, if there are no slots.
    fn chunks(&self, trained: &Trained) -> Vec<Chunk> {
        let (total, elements) = (self.group.sites.len(), self.staged.elements);
        let most = if self.slots.is_empty() { total } else { (CHUNK / elements).max(1) };
        let count = total.div_ceil(most).max(1);
        let starts: Vec<usize> = (0..=count).map(|chunk| total * chunk / count).collect();
        starts.windows(2).map(|ends| self.chunk(ends[0]..ends[1], trained)).collect()
    }

    fn chunk(&self, sites: Range<usize>, trained: &Trained) -> Chunk {
        let Columns { output, input, trained: row, slot, count } = self.columns;
        let mut table = Vec::with_capacity(sites.len() * usize::from(count));
        for (place, number) in sites.clone().enumerate() {
            let site = self.group.sites[number];
            let mut columns = [0; 4];
            columns[usize::from(slot)] = (place * self.staged.elements) as u32;
            columns[usize::from(row)] = trained.row(self.group.share, site.unit, number);
            columns[usize::from(input)] = site.input;
            columns[usize::from(output)] = site.output;
            table.extend(&columns[..usize::from(count)]);
        }
        let first = table.first().map_or(0, |first| *first as usize);
        let in_order = table.iter().enumerate().all(|(number, place)| *place as usize == first + number);
        let places = match count == 1 && in_order {
            true => Places::Range(first..first + sites.len()),
            false => Places::Table(Table::new(usize::from(count), table)),
        };
        Chunk { sites: sites.len(), places }
    }
}

impl Columns {
    fn new(staged: &Staged) -> Self {
        let mut count = 1;
        let mut add = |is_needed: bool| {
            count += u8::from(is_needed);
            if is_needed { count - 1 } else { 0 }
        };
        let input = add(staged.values > 1);
        let (trained, slot) = (add(staged.trained > 0), add(!staged.calls.is_empty()));
        Self { output: 0, input, trained, slot, count }
    }
}

/// The program that puts down the gradients of `unrolled`; after it only the programs of the levels below `below` run.
fn program_back(
    mut unrolled: Unrolled,
    staged: &Staged,
    below: usize,
    written: &mut HashSet<Item>,
) -> Result<Option<Unplaced>, KernelError> {
    let is_due = |item: &Item| match item {
        Item::Result { call, .. } => staged.calls[*call].level + 1 == below,
        _ => below == 0,
    };
    let mut roots = Vec::new();
    for (item, gradient) in unrolled.value_gradients().into_iter().chain(unrolled.result_gradients()) {
        let is_due = is_due(&item) && !written.contains(&item);
        let Some(root) = gradient.or_else(|| is_due.then(|| unrolled.zero())) else { continue };
        let put = if written.insert(item) { Put::Set } else { Put::Add };
        roots.push((Quantity::Gradient(item), put, root));
    }
    let trained = unrolled.trained_gradients().into_iter();
    roots.extend(trained.map(|(item, root)| (Quantity::Gradient(item), Put::Add, root)));
    if roots.is_empty() { Ok(None) } else { unrolled.finish(roots).map(Some) }
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
        for function in &self.functions {
            function.perceptron.prepare(&weights[function.weights.clone()], &mut packed[function.packed.clone()]);
        }
    }

    pub fn forward(&self, packed: &[f32], x: &[Lanes], y: &mut [Lanes], scratch: &mut CellScratch) {
        let trained = vectors(&packed[..self.trained.len() * LANES], &mut scratch.trained);
        let calls = Calls { functions: &self.functions, packed };
        for part in &self.parts {
            let mut arrays =
                Arrays { x, trained: &trained[part.trained.clone()], y: Y::Answers(&mut *y), dx: &mut [], sums: &mut [] };
            for chunk in &part.chunks {
                let slots = provide(&mut scratch.slots, part.slots[0] * chunk.sites * part.elements);
                part.call_all(chunk, &calls, &mut arrays, slots, &mut scratch.perceptron);
                arrays.run(&part.answers, chunk, part, slots);
            }
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
        let calls = Calls { functions: &self.functions, packed };
        let sums = provide(&mut scratch.sums, self.trained.len());
        sums.fill(Lanes::default());
        for part in &self.parts {
            let range = part.trained.clone();
            let mut arrays =
                Arrays { x, trained: &trained[range.clone()], y: Y::Gradients(dy), dx: &mut *dx, sums: &mut sums[range] };
            for chunk in &part.chunks {
                let slots = provide(&mut scratch.slots, part.slots[1] * chunk.sites * part.elements);
                part.call_all(chunk, &calls, &mut arrays, slots, &mut scratch.perceptron);
                part.back(chunk, &calls, &mut arrays, slots, dweights, &mut scratch.perceptron);
            }
        }
        self.trained.collect(sums, dweights);
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

/// What programs read and write.
struct Arrays<'a> {
    x: &'a [Lanes],
    trained: &'a [Lanes],
    y: Y<'a>,
    dx: &'a mut [Lanes],
    sums: &'a mut [Lanes],
}

enum Y<'a> {
    Answers(&'a mut [Lanes]),
    Gradients(&'a [Lanes]),
}

impl Arrays<'_> {
    fn run(&mut self, kernel: &SiteKernel, chunk: &Chunk, part: &Part<SiteKernel>, slots: &mut [Lanes]) {
        let y = match &mut self.y {
            Y::Answers(y) => Array::Write(y),
            Y::Gradients(dy) => Array::Read(dy),
        };
        let fixed = [Array::Read(self.x), Array::Read(self.trained), y, Array::Write(self.dx), Array::Write(self.sums)];
        if part.slots[0] == 0 {
            return run(kernel, fixed, chunk);
        }
        let slots = slots.chunks_exact_mut(chunk.sites * part.elements).map(Array::Write);
        run(kernel, fixed.into_iter().chain(slots).collect::<Vec<_>>(), chunk);
    }
}

fn run<'a>(kernel: &SiteKernel, mut arrays: impl AsMut<[Array<'a>]>, chunk: &Chunk) {
    match &chunk.places {
        Places::Range(sites) => kernel.run_range(arrays.as_mut(), sites.clone()),
        Places::Table(table) => kernel.run(arrays.as_mut(), table),
    }
}

/// What is called.
struct Calls<'a> {
    functions: &'a [Learned],
    packed: &'a [f32],
}

impl Part<SiteKernel> {
    /// Makes all calls for the sites of a chunk.
    fn call_all(&self, chunk: &Chunk, calls: &Calls, arrays: &mut Arrays, slots: &mut [Lanes], scratch: &mut PerceptronScratch) {
        let n = chunk.sites * self.elements;
        for level in &self.levels {
            arrays.run(&level.arguments, chunk, self, slots);
            for call in &level.calls {
                let (before, after) = slots.split_at_mut(call.result * n);
                let (arguments, result) = (&before[call.arguments.start * n..], &mut after[..n]);
                match &call.called {
                    Called::Function(place) => {
                        let function = &calls.functions[*place];
                        let packed = &calls.packed[function.packed.clone()];
                        function.perceptron.forward(packed, arguments, n, result, scratch);
                    }
                    Called::Points(points) => {
                        result.copy_from_slice(arguments);
                        points.apply(floats_mut(result));
                    }
                }
            }
        }
    }

    /// From the gradients of the answers back; all calls have been made.
    fn back(
        &self,
        chunk: &Chunk,
        calls: &Calls,
        arrays: &mut Arrays,
        slots: &mut [Lanes],
        dweights: &mut [f32],
        scratch: &mut PerceptronScratch,
    ) {
        if let Some(kernel) = &self.answers_back {
            arrays.run(kernel, chunk, self, slots);
        }
        for level in self.levels.iter().rev() {
            for call in &level.calls {
                call.back(chunk.sites * self.elements, calls, slots, dweights, scratch);
            }
            if let Some(kernel) = &level.arguments_back {
                arrays.run(kernel, chunk, self, slots);
            }
        }
    }
}

impl Slots {
    /// From the gradient of the result of `n` calls to those of the arguments.
    fn back(&self, n: usize, calls: &Calls, slots: &mut [Lanes], dweights: &mut [f32], scratch: &mut PerceptronScratch) {
        let (forward, backward) = slots.split_at_mut(self.result_gradient * n);
        let arguments = &mut forward[self.arguments.start * n..self.arguments.end * n];
        let (gradient, rest) = backward.split_at_mut(n);
        let argument_gradients = &mut rest[..self.argument_gradients.len() * n];
        match &self.called {
            Called::Function(place) => {
                // A number that nothing depends on must not make the weights' gradients NaN.
                for argument in arguments.chunks_exact_mut(n) {
                    argument.iter_mut().zip(&*gradient).for_each(|(argument, gradient)| blank(argument, gradient));
                }
                let Learned { perceptron, weights, packed } = &calls.functions[*place];
                let (packed, dweights) = (&calls.packed[packed.clone()], &mut dweights[weights.clone()]);
                perceptron.backward(packed, arguments, n, gradient, argument_gradients, dweights, scratch);
            }
            Called::Points(points) => {
                argument_gradients.copy_from_slice(arguments);
                points.slopes(floats_mut(argument_gradients));
                for (slopes, gradient) in argument_gradients.iter_mut().zip(&*gradient) {
                    slopes.0.iter_mut().zip(gradient.0).for_each(|(slope, gradient)| *slope *= gradient);
                    blank(slopes, gradient);
                }
            }
        }
    }
}

/// Sets to 0 where the gradient is 0.
fn blank(numbers: &mut Lanes, gradient: &Lanes) {
    numbers.0.iter_mut().zip(gradient.0).for_each(|(number, gradient)| *number = if gradient == 0.0 { 0.0 } else { *number });
}
