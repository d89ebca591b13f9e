//! Windows of a map taken together into one value each: what both kinds of pools are made of.
//!
//! The backward pass goes over the map and asks for each position which windows have it, so that every gradient is written once, whether
//! windows overlap, touch or leave gaps.

mod maxima;
mod means;

use crate::wide::wide;
use hetc_compiler::plan::PoolKind;
use hetc_kernels::lanes::floats_mut;
use hetc_kernels::{LANES, Lanes};
use maxima::{Maxima, MaximaBack};
use means::{Means, MeansBack};
use std::ops::Range;

/// Every span of rows with every span of columns.
#[derive(Debug)]
pub struct Windows {
    rows: Axis,
    columns: Axis,
    channels: usize,
    reduction: Reduction,
}

/// How the values of a window become one.
#[derive(Debug)]
enum Reduction {
    /// The largest. What is kept is its *tap*: its place in its window in memory order.
    Max { small: bool },
    /// The sum times the factors of its row and column.
    Mean,
}

/// One window.
#[derive(Clone, Copy)]
struct Window {
    /// Its place among all.
    number: usize,
    row: usize,
    column: usize,
}

/// One axis of the map.
#[derive(Debug)]
pub struct Axis {
    /// The positions of each window, without padding; no window is empty, and starts and ends ascend.
    spans: Vec<Range<usize>>,
    /// The windows that have each position.
    over: Vec<Range<usize>>,
    /// For a mean: one by the length of each window.
    factors: Vec<f32>,
}

impl Axis {
    /// Over `size` positions. Each window with the length that a mean divides by.
    pub fn new(size: usize, windows: impl Iterator<Item = (Range<usize>, usize)>) -> Self {
        let (spans, lengths): (Vec<Range<usize>>, Vec<usize>) = windows.unzip();
        let factors = lengths.iter().map(|length| 1.0 / *length as f32).collect();
        let over = |position| {
            let start = spans.partition_point(|span| span.end <= position);
            start..spans.partition_point(|span| span.start <= position)
        };
        Self { over: (0..size).map(over).collect(), spans, factors }
    }

    #[inline(always)]
    fn size(&self) -> usize {
        self.over.len()
    }

    fn longest(&self) -> usize {
        self.spans.iter().map(Range::len).max().unwrap_or(0)
    }
}

impl Windows {
    /// Over a map of so many channels.
    pub fn new(kind: PoolKind, channels: usize, rows: Axis, columns: Axis) -> Self {
        let reduction = match kind {
            PoolKind::Max => Reduction::Max { small: rows.longest() * columns.longest() <= 256 },
            PoolKind::Avg => Reduction::Mean,
        };
        Self { rows, columns, channels, reduction }
    }

    fn outputs(&self) -> usize {
        self.rows.spans.len() * self.columns.spans.len() * self.channels
    }

    /// Vectors that [`Windows::forward`] keeps.
    pub fn kept(&self) -> usize {
        match self.reduction {
            Reduction::Max { small: true } => self.outputs().div_ceil(4), // a byte a lane
            Reduction::Max { small: false } => self.outputs(),
            Reduction::Mean => 0,
        }
    }

    /// From the map `x` to one vector a window and channel.
    pub fn forward(&self, x: &[Lanes], y: &mut [Lanes], kept: &mut [Lanes]) {
        match self.reduction {
            Reduction::Max { small: true } => wide(Maxima::<u8> { windows: self, x, y, taps: bytemuck::cast_slice_mut(kept) }),
            Reduction::Max { small: false } => wide(Maxima::<u32> { windows: self, x, y, taps: bytemuck::cast_slice_mut(kept) }),
            Reduction::Mean => wide(Means { windows: self, x, y }),
        }
    }

    /// From the gradients of the windows to those of the map.
    pub fn backward(&self, kept: &[Lanes], dy: &[Lanes], dx: &mut [Lanes]) {
        match self.reduction {
            Reduction::Max { small: true } => wide(MaximaBack::<u8> { windows: self, taps: bytemuck::cast_slice(kept), dy, dx }),
            Reduction::Max { small: false } => {
                wide(MaximaBack::<u32> { windows: self, taps: bytemuck::cast_slice(kept), dy, dx })
            }
            Reduction::Mean => wide(MeansBack { windows: self, dy, dx }),
        }
    }

    #[inline(always)]
    fn window(&self, row: usize, column: usize) -> Window {
        Window { number: row * self.columns.spans.len() + column, row, column }
    }

    /// The windows in the order of what comes out of them.
    #[inline(always)]
    fn all(&self) -> impl Iterator<Item = Window> {
        (0..self.rows.spans.len()).flat_map(move |row| (0..self.columns.spans.len()).map(move |column| self.window(row, column)))
    }

    /// What a window's sum is multiplied with for its mean.
    #[inline(always)]
    fn factor(&self, window: Window) -> f32 {
        self.rows.factors[window.row] * self.columns.factors[window.column]
    }

    /// For each position of the map `dx` and each window that has it: `write` is given the numbers of the position, its row and column, the
    /// window, and whether to set the numbers and not to add to them.
    #[inline(always)]
    fn spread(&self, dx: &mut [Lanes], mut write: impl FnMut(&mut [f32], [usize; 2], Window, bool)) {
        let mut positions = floats_mut(dx).chunks_exact_mut(self.channels * LANES);
        for (y, rows) in self.rows.over.iter().enumerate() {
            for ((x, columns), dx) in self.columns.over.iter().enumerate().zip(&mut positions) {
                let mut set = true;
                for row in rows.clone() {
                    for column in columns.clone() {
                        write(dx, [y, x], self.window(row, column), set);
                        set = false;
                    }
                }
                if set {
                    dx.fill(0.0);
                }
            }
        }
    }

    /// The vectors of the map in row `y` of window column `column`.
    #[inline(always)]
    fn strip<'a>(&self, x: &'a [Lanes], y: usize, column: usize) -> &'a [Lanes] {
        let span = &self.columns.spans[column];
        let start = y * self.columns.size();
        &x[(start + span.start) * self.channels..(start + span.end) * self.channels]
    }
}

/// Channels that are taken together: enough sums or maxima to keep the machine busy, few enough for its registers.
const BLOCK: usize = 4;

/// The first channels of whole blocks, then the channels that fill none, one by one; with each whether it starts a whole block.
#[inline(always)]
fn blocks(channels: usize) -> impl Iterator<Item = (usize, bool)> {
    let whole = channels - channels % BLOCK;
    let blocks = (0..whole).step_by(BLOCK).map(|channel| (channel, true));
    blocks.chain((whole..channels).map(|channel| (channel, false)))
}

/// Sets or adds.
#[inline(always)]
fn write(target: &mut [f32], numbers: impl Iterator<Item = f32>, set: bool) {
    for (target, number) in target.iter_mut().zip(numbers) {
        *target = if set { number } else { *target + number };
    }
}
