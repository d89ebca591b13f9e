//! A layer of mixed cells: which kernel runs over which elements, in which order, on which thread.
//!
//! **Terms.** A *sample* is the elements that the runs cover; a tensor is a whole number of samples. A *block* is what one thread works on at
//! a time: whole samples, or a *part* of a large one. Inside a block, a long run is handed to its kernel as it lies; the elements of short
//! runs are gathered, cell by cell, computed, and scattered back while the block is in the cache.
//!
//! Every element is computed by the same instructions wherever it stands, so results depend neither on threads nor on the layout.

use crate::jit::Kernel;

/// Elements of a block: 128 KiB of floats.
const BLOCK: usize = 32 * 1024;

/// From this many elements on, blocks are shared among threads: waking one takes 5 to 25 µs.
const PARALLEL: usize = 128 * 1024;

/// Whether a run is computed as it lies. Gathering costs about 1 ns an element forward and 1.5 ns backward whatever the layout; a call costs
/// a few ns and a last incomplete vector as much again. Measured in turns of swish and ptanh, the two are even at runs of 8 if no vector
/// is incomplete, and at runs of about 16 otherwise.
fn is_long(len: usize) -> bool {
    len >= 16 || (len >= 8 && len.is_multiple_of(4))
}

/// Elements gathered at a time: with their results they fill a quarter of a usual first-level cache.
const GATHERED: usize = 1024;

/// Consecutive elements of a sample that belong to one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Which cell.
    pub cell: usize,
    /// How many elements.
    pub len: usize,
}

/// Which elements belong to which kernel.
pub enum Layout {
    /// All to one.
    Uniform(usize),
    /// By place in the sample.
    Mixed(Mixed),
}

pub struct Mixed {
    sample: usize,
    /// Whole samples in a block; 1 if a sample has several parts.
    samples_per_block: usize,
    parts: Vec<Part>,
}

/// Consecutive elements of a sample.
struct Part {
    start: usize,
    len: usize,
    /// Runs that are computed in place; `start` counts from the start of the part.
    long: Vec<Piece>,
    gathered: Vec<Gathered>,
}

struct Piece {
    kernel: usize,
    start: usize,
    len: usize,
}

/// The elements of one kernel in the short runs of a part.
struct Gathered {
    kernel: usize,
    places: Vec<usize>,
}

impl Layout {
    /// `kernels[cell]` is the kernel of a cell; cells may share one.
    pub fn new(runs: &[Run], kernels: &[usize]) -> Self {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut sample = 0;
        for run in runs.iter().filter(|run| run.len > 0) {
            let kernel = kernels[run.cell];
            match pieces.last_mut() {
                Some(last) if last.kernel == kernel => last.len += run.len,
                _ => pieces.push(Piece { kernel, start: sample, len: run.len }),
            }
            sample += run.len;
        }
        match &pieces[..] {
            [single] => Self::Uniform(single.kernel),
            _ => Self::Mixed(Mixed { sample, samples_per_block: (BLOCK / sample).max(1), parts: parts(&pieces) }),
        }
    }

    /// How many elements a tensor is a multiple of.
    pub fn sample(&self) -> usize {
        match self {
            Self::Uniform(_) => 1,
            Self::Mixed(mixed) => mixed.sample,
        }
    }

    /// How many blocks a tensor of `total` elements has.
    fn blocks(&self, total: usize) -> usize {
        match self {
            Self::Uniform(_) => total.div_ceil(BLOCK),
            Self::Mixed(mixed) => (total / mixed.sample).div_ceil(mixed.samples_per_block) * mixed.parts.len(),
        }
    }

    /// Where block `index` of a tensor of `total` elements starts; the one after the last starts at the end.
    fn block_start(&self, index: usize, total: usize) -> usize {
        let start = match self {
            Self::Uniform(_) => index * BLOCK,
            Self::Mixed(mixed) => {
                let (group, part) = (index / mixed.parts.len(), index % mixed.parts.len());
                group * mixed.samples_per_block * mixed.sample + mixed.parts[part].start
            }
        };
        start.min(total)
    }
}

/// Cuts a sample at multiples of the block size.
fn parts(pieces: &[Piece]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for piece in pieces {
        let (mut start, end) = (piece.start, piece.start + piece.len);
        while start < end {
            let stop = end.min((start / BLOCK + 1) * BLOCK);
            if start % BLOCK == 0 {
                parts.push(Part { start, len: 0, long: Vec::new(), gathered: Vec::new() });
            }
            let part = parts.last_mut().expect("the first piece starts at 0");
            part.push(piece.kernel, start - part.start, stop - start, is_long(piece.len));
            start = stop;
        }
    }
    parts
}

impl Part {
    fn push(&mut self, kernel: usize, start: usize, len: usize, long: bool) {
        self.len = start + len;
        if long {
            self.long.push(Piece { kernel, start, len });
            return;
        }
        let known = self.gathered.iter().position(|gathered| gathered.kernel == kernel);
        let index = known.unwrap_or_else(|| {
            self.gathered.push(Gathered { kernel, places: Vec::new() });
            self.gathered.len() - 1
        });
        self.gathered[index].places.extend(start..start + len);
    }
}

/// The arrays of one call, or a stretch of them.
pub struct Arrays<'a> {
    pub x: &'a [f32],
    pub dy: Gradient<'a>,
    pub out: &'a mut [f32],
}

/// Where the incoming gradient is.
#[derive(Clone, Copy)]
pub enum Gradient<'a> {
    /// There is none: a forward pass.
    None,
    /// In the array that takes the results.
    InPlace,
    /// By itself.
    Separate(&'a [f32]),
}

impl<'a> Gradient<'a> {
    fn separate(self) -> Option<&'a [f32]> {
        match self {
            Self::Separate(dy) => Some(dy),
            Self::None | Self::InPlace => None,
        }
    }

    fn split_at(self, middle: usize) -> (Self, Self) {
        match self {
            Self::Separate(dy) => {
                let (first, second) = dy.split_at(middle);
                (Self::Separate(first), Self::Separate(second))
            }
            same => (same, same),
        }
    }
}

impl<'a> Arrays<'a> {
    fn split_at(self, middle: usize) -> (Self, Self) {
        let (x, x_rest) = self.x.split_at(middle);
        let (dy, dy_rest) = self.dy.split_at(middle);
        let (out, out_rest) = self.out.split_at_mut(middle);
        (Self { x, dy, out }, Self { x: x_rest, dy: dy_rest, out: out_rest })
    }

    fn run(&mut self, kernel: &Kernel, start: usize, len: usize) {
        let range = start..start + len;
        kernel.run(&self.x[range.clone()], self.dy.separate().map(|dy| &dy[range.clone()]), &mut self.out[range]);
    }
}

/// Runs `kernels` over `arrays` as `layout` says.
pub fn apply(layout: &Layout, kernels: &[&Kernel], arrays: Arrays) {
    let total = arrays.out.len();
    let pass = Pass { layout, kernels, total };
    if total < PARALLEL { pass.in_order(0..layout.blocks(total), arrays) } else { pass.shared(0..layout.blocks(total), arrays) }
}

struct Pass<'a> {
    layout: &'a Layout,
    kernels: &'a [&'a Kernel],
    total: usize,
}

impl Pass<'_> {
    fn in_order(&self, blocks: std::ops::Range<usize>, mut arrays: Arrays) {
        for index in blocks {
            let len = self.layout.block_start(index + 1, self.total) - self.layout.block_start(index, self.total);
            let (block, rest) = arrays.split_at(len);
            self.block(index, block);
            arrays = rest;
        }
    }

    /// Halves the work until one block is left.
    fn shared(&self, blocks: std::ops::Range<usize>, arrays: Arrays) {
        if blocks.len() <= 1 {
            return self.in_order(blocks, arrays);
        }
        let middle = blocks.start + blocks.len() / 2;
        let len = self.layout.block_start(middle, self.total) - self.layout.block_start(blocks.start, self.total);
        let (first, second) = arrays.split_at(len);
        rayon::join(|| self.shared(blocks.start..middle, first), || self.shared(middle..blocks.end, second));
    }

    fn block(&self, index: usize, mut arrays: Arrays) {
        match self.layout {
            Layout::Uniform(kernel) => arrays.run(self.kernels[*kernel], 0, arrays.out.len()),
            Layout::Mixed(mixed) => self.part(&mixed.parts[index % mixed.parts.len()], arrays),
        }
    }

    /// `arrays` holds the part of one sample, or of several if the part is the whole sample.
    fn part(&self, part: &Part, mut arrays: Arrays) {
        for sample in (0..arrays.out.len()).step_by(part.len) {
            for piece in &part.long {
                arrays.run(self.kernels[piece.kernel], sample + piece.start, piece.len);
            }
        }
        for gathered in &part.gathered {
            let kernel = self.kernels[gathered.kernel];
            for places in gathered.places.chunks(GATHERED) {
                let stretch = part.len * (GATHERED / places.len());
                for start in (0..arrays.out.len()).step_by(stretch) {
                    let end = arrays.out.len().min(start + stretch);
                    run_gathered(kernel, &mut arrays, start..end, part.len, places);
                }
            }
        }
    }
}

/// Computes the elements at `places` of every sample in `range`; they are at most [`GATHERED`].
fn run_gathered(kernel: &Kernel, arrays: &mut Arrays, range: std::ops::Range<usize>, sample: usize, places: &[usize]) {
    let (mut x, mut out) = ([0.0f32; GATHERED], [0.0f32; GATHERED]);
    let n = range.len() / sample * places.len();
    gather(&arrays.x[range.clone()], sample, places, &mut x[..n]);
    match arrays.dy {
        Gradient::None => {}
        Gradient::InPlace => gather(&arrays.out[range.clone()], sample, places, &mut out[..n]),
        Gradient::Separate(dy) => gather(&dy[range.clone()], sample, places, &mut out[..n]),
    }
    kernel.run(&x[..n], None, &mut out[..n]);
    for (target, values) in arrays.out[range].chunks_exact_mut(sample).zip(out.chunks_exact(places.len())) {
        for (place, value) in places.iter().zip(values) {
            target[*place] = *value;
        }
    }
}

fn gather(from: &[f32], sample: usize, places: &[usize], to: &mut [f32]) {
    for (source, values) in from.chunks_exact(sample).zip(to.chunks_exact_mut(places.len())) {
        for (place, value) in places.iter().zip(values) {
            *value = source[*place];
        }
    }
}
