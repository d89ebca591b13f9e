//! The programs and tables of a group of equal sites.

use super::calls::{Call, Called};
use super::sites::{Group, Site};
use super::staged::{self, Item, Quantity, Staged, Unplaced};
use super::trained::Trained;
use super::unroll::Unrolled;
use crate::error::KernelError;
use crate::kernel::{SiteCompiler, SiteKernel};
use crate::site::{Place, Put, SiteProgram, Table};
use std::collections::HashSet;
use std::ops::Range;

/// Elements of a chunk whose sites make calls: one of two arguments has six slots with their gradients, 384 bytes an element.
const CALLED: usize = 256;

/// The arrays of all programs. Slots come after them, then the gradients of slots.
pub mod array {
    pub const X: u8 = 0;
    pub const TRAINED: u8 = 1;
    /// The answers or their gradients.
    pub const Y: u8 = 2;
    pub const DX: u8 = 3;
    /// Of the gradients of trained parameters.
    pub const SUMS: u8 = 4;
    pub const SLOTS: u8 = 5;
}

/// A group of sites; `K` is what its programs have become.
#[derive(Debug)]
pub struct Part<K> {
    /// The vectors of its share's trained parameters.
    pub trained: Range<usize>,
    pub elements: usize,
    pub calls: Vec<Call>,
    /// How many slots there are, without their gradients.
    pub slots: usize,
    pub levels: Vec<Level<K>>,
    pub answers: K,
    /// None if nothing is to be written.
    pub answers_back: Option<K>,
    pub chunks: Vec<Chunk>,
}

/// Calls that can be made at the same time, and the programs around them.
#[derive(Debug)]
pub struct Level<K> {
    /// Places in [`Part::calls`].
    pub calls: Vec<usize>,
    pub arguments: K,
    pub arguments_back: Option<K>,
}

/// Some sites.
#[derive(Debug)]
pub struct Chunk {
    /// The first answer of the first.
    pub start: u32,
    pub sites: usize,
    pub places: Places,
}

#[derive(Debug)]
pub enum Places {
    /// Consecutive vectors.
    Range(Range<usize>),
    Table(Table),
}

impl Part<usize> {
    /// Adds the programs of `staged` at the sites of `group` to `compiler`. Chunks end at multiples of `stretch` vectors at the latest.
    pub fn new(
        group: &Group,
        staged: &Staged,
        called: impl Fn(&staged::Call) -> Called,
        (trained, stretch): (&Trained, u32),
        compiler: &mut SiteCompiler,
    ) -> Result<Self, KernelError> {
        let mut slots = 0;
        let call = |call: &staged::Call| {
            let arguments = slots..slots + call.of.len();
            slots = arguments.end + 1;
            Call { called: called(call), result: arguments.end, arguments, again: false }
        };
        let mut calls: Vec<Call> = staged.calls.iter().map(call).collect();
        let columns = Columns::new(staged);
        let programs = Programs { group, calls: &calls, slots, columns };
        let answers = compiler.add(&programs.placed(staged.answers()?)?)?;
        // All programs but that of the answers are needed on the way back.
        let mut read_back = HashSet::new();
        let mut add = |program: Unplaced| {
            read_back.extend(program.reads.iter().copied());
            compiler.add(&programs.placed(program)?)
        };
        let mut back = Back { staged, written: HashSet::new() };
        let answers_back = back.program(staged.answers_back(), staged.depth())?.map(&mut add).transpose()?;
        let mut levels = Vec::new();
        for level in (0..staged.depth()).rev() {
            levels.push(Level {
                calls: staged.of_level(level).map(|(call, _)| call).collect(),
                arguments: add(staged.arguments(level)?)?,
                arguments_back: back.program(staged.arguments_back(level), level)?.map(&mut add).transpose()?,
            });
        }
        levels.reverse();
        for quantity in read_back {
            if let Quantity { item: Item::Result { call, .. }, is_gradient: false } = quantity {
                calls[call].again = true;
            }
        }
        let (range, elements) = (trained.range(group.share), staged.elements);
        let chunks = chunks(group, staged, stretch).into_iter();
        let chunks = chunks.map(|sites| columns.chunk(group, staged, trained, sites)).collect();
        Ok(Self { trained: range, elements, calls, slots, levels, answers, answers_back, chunks })
    }

    /// With the kernels that the compiler has given.
    pub fn finish(self, kernels: &[SiteKernel]) -> Part<SiteKernel> {
        let kernel = |place: usize| kernels[place].clone();
        let level = |level: Level<usize>| Level {
            calls: level.calls,
            arguments: kernel(level.arguments),
            arguments_back: level.arguments_back.map(kernel),
        };
        Part {
            trained: self.trained,
            elements: self.elements,
            calls: self.calls,
            slots: self.slots,
            levels: self.levels.into_iter().map(level).collect(),
            answers: kernel(self.answers),
            answers_back: self.answers_back.map(kernel),
            chunks: self.chunks,
        }
    }
}

/// Gives programs their places.
struct Programs<'a> {
    group: &'a Group,
    calls: &'a [Call],
    slots: usize,
    columns: Columns,
}

impl Programs<'_> {
    fn placed(&self, program: Unplaced) -> Result<SiteProgram, KernelError> {
        let reads = program.reads.iter().map(|quantity| self.place(*quantity)).collect::<Result<_, _>>()?;
        let write = |(quantity, put): &(Quantity, Put)| Ok((self.place(*quantity)?, *put));
        let writes = program.writes.iter().map(write).collect::<Result<_, _>>()?;
        Ok(SiteProgram { formula: program.formula, reads, writes, columns: self.columns.count })
    }

    fn place(&self, Quantity { item, is_gradient }: Quantity) -> Result<Place, KernelError> {
        let columns = self.columns;
        let either = |number: u8, gradient: u8| if is_gradient { gradient } else { number };
        let (array, column, offset) = match item {
            Item::Value { element, value } => {
                (either(array::X, array::DX), columns.input, self.group.elements[element] + value as u32)
            }
            Item::Trained(parameter) => (either(array::TRAINED, array::SUMS), columns.trained, parameter as u32),
            Item::Answer { element } => (array::Y, columns.output, self.group.elements[element]),
            Item::Argument { call, argument, element } => {
                (self.slot(self.calls[call].arguments.start + argument, is_gradient)?, columns.slot, element as u32)
            }
            Item::Result { call, element } => (self.slot(self.calls[call].result, is_gradient)?, columns.slot, element as u32),
        };
        Ok(Place { array, column, offset })
    }

    /// The array of a slot or of its gradient.
    fn slot(&self, slot: usize, is_gradient: bool) -> Result<u8, KernelError> {
        let array = usize::from(array::SLOTS) + slot + if is_gradient { self.slots } else { 0 };
        u8::try_from(array).map_err(|_| KernelError::TooManyInputs { count: 2 * self.slots, limit: usize::from(u8::MAX) })
    }
}

/// Programs on the way back. The first one to have a gradient for a place sets it, and those after add to it; the last one before the place
/// is read sets it even to 0.
struct Back<'a> {
    staged: &'a Staged,
    written: HashSet<Item>,
}

impl Back<'_> {
    /// The program that puts down the gradients of `unrolled`, if there is anything to put down. After it only the programs of levels below
    /// `level` run.
    fn program(&mut self, mut unrolled: Unrolled, level: usize) -> Result<Option<Unplaced>, KernelError> {
        let mut roots = Vec::new();
        for (item, gradient) in unrolled.gradients() {
            let is_due = self.is_due(item, level) && !self.written.contains(&item);
            let Some(root) = gradient.or_else(|| is_due.then(|| unrolled.zero())) else { continue };
            let first = self.written.insert(item);
            let put = if first && !matches!(item, Item::Trained(_)) { Put::Set } else { Put::Add };
            roots.push((Quantity::gradient(item), put, root));
        }
        if roots.is_empty() { Ok(None) } else { unrolled.finish(roots).map(Some) }
    }

    fn is_due(&self, item: Item, level: usize) -> bool {
        match item {
            Item::Value { .. } => level == 0,
            Item::Result { call, .. } => self.staged.calls[call].level + 1 == level,
            _ => false, // sums are 0 before the first program
        }
    }
}

/// The columns of the table. One that a program does not need is the first.
#[derive(Debug, Clone, Copy)]
struct Columns {
    output: u8,
    input: u8,
    trained: u8,
    slot: u8,
    count: u8,
}

impl Columns {
    fn new(staged: &Staged) -> Self {
        let mut count = 1;
        let mut add = |is_needed: bool| {
            count += u8::from(is_needed);
            if is_needed { count - 1 } else { 0 }
        };
        // Without several values input and output are alike.
        let input = add(staged.values > 1);
        let (trained, slot) = (add(staged.trained > 0), add(!staged.calls.is_empty()));
        Self { output: 0, input, trained, slot, count }
    }

    fn chunk(self, group: &Group, staged: &Staged, trained: &Trained, sites: Range<usize>) -> Chunk {
        let width = usize::from(self.count);
        let mut table = vec![0; sites.len() * width];
        for ((place, number), row) in sites.clone().enumerate().zip(table.chunks_exact_mut(width)) {
            let site = group.sites[number];
            // The first column comes last.
            row[usize::from(self.slot)] = (place * staged.elements) as u32;
            row[usize::from(self.trained)] = trained.row(group.share, site.unit, number);
            row[usize::from(self.input)] = site.input;
            row[usize::from(self.output)] = site.output;
        }
        let start = table[0]; // a chunk has a site
        let in_order = width == 1 && table.iter().zip(start..).all(|(place, number)| *place == number);
        let places = match in_order {
            true => Places::Range(start as usize..start as usize + sites.len()),
            false => Places::Table(Table::new(width, table)),
        };
        Chunk { start, sites: sites.len(), places }
    }
}

/// The sites of a group: few enough for their slots if there are calls, otherwise those of a stretch of memory.
fn chunks(group: &Group, staged: &Staged, stretch: u32) -> Vec<Range<usize>> {
    let total = group.sites.len();
    if !staged.calls.is_empty() {
        let count = total.div_ceil((CALLED / staged.elements).max(1));
        return (0..count).map(|chunk| total * chunk / count..total * (chunk + 1) / count).collect();
    }
    let mut end = 0;
    let range = |sites: &[Site]| {
        end += sites.len();
        end - sites.len()..end
    };
    group.sites.chunk_by(|site, next| site.output / stretch == next.output / stretch).map(range).collect()
}
