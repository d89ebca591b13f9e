//! Windows of a map taken together into one value each: what both kinds of pools are made of.
//!
//! The backward pass goes over the map and asks for each position which windows have it, so that every gradient is written once, whether
//! windows overlap, touch or leave gaps.

use crate::wide::{lanes, plus, wide};
use bytemuck::Pod;
use hetc_compiler::plan::PoolKind;
use hetc_kernels::lanes::{floats, floats_mut};
use hetc_kernels::{LANES, Lanes};
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
            Reduction::Max { small: true } => wide(maxima::<u8>, (self, x, y, bytemuck::cast_slice_mut(kept))),
            Reduction::Max { small: false } => wide(maxima::<u32>, (self, x, y, bytemuck::cast_slice_mut(kept))),
            Reduction::Mean => wide(means, (self, x, y)),
        }
    }

    /// From the gradients of the windows to those of the map.
    pub fn backward(&self, kept: &[Lanes], dy: &[Lanes], dx: &mut [Lanes]) {
        match self.reduction {
            Reduction::Max { small: true } => wide(maxima_back::<u8>, (self, bytemuck::cast_slice(kept), dy, dx)),
            Reduction::Max { small: false } => wide(maxima_back::<u32>, (self, bytemuck::cast_slice(kept), dy, dx)),
            Reduction::Mean => wide(means_back, (self, dy, dx)),
        }
    }

    /// The windows in the order of what comes out of them: number, row and column.
    #[inline(always)]
    fn all(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let across = self.columns.spans.len();
        (0..self.rows.spans.len()).flat_map(move |row| (0..across).map(move |column| (row * across + column, row, column)))
    }

    /// The positions of the map in memory order: number, row and column.
    #[inline(always)]
    fn positions(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let across = self.columns.size();
        (0..self.rows.size()).flat_map(move |row| (0..across).map(move |column| (row * across + column, row, column)))
    }

    /// The vectors of the map in row `y` of window column `column`.
    #[inline(always)]
    fn strip<'a>(&self, x: &'a [Lanes], y: usize, column: usize) -> &'a [Lanes] {
        let span = &self.columns.spans[column];
        let start = y * self.columns.size();
        &x[(start + span.start) * self.channels..(start + span.end) * self.channels]
    }
}

/// A tap as it is kept.
trait Tap: Pod + PartialEq {
    fn of(tap: u32) -> Self;
}

impl Tap for u8 {
    #[inline(always)]
    fn of(tap: u32) -> Self {
        tap as u8
    }
}

impl Tap for u32 {
    #[inline(always)]
    fn of(tap: u32) -> Self {
        tap
    }
}

/// The first of the largest values, or the last NaN: as PyTorch.
#[inline(always)]
fn maxima<T: Tap>((windows, x, y, taps): (&Windows, &[Lanes], &mut [Lanes], &mut [T])) {
    let channels = windows.channels;
    for (window, row, column) in windows.all() {
        for channel in 0..channels {
            let mut largest = Lanes::all(f32::NEG_INFINITY);
            let mut at = [0u32; LANES];
            let mut tap = 0u32;
            for y in windows.rows.spans[row].clone() {
                let strip = windows.strip(x, y, column);
                for value in strip[channel..].iter().step_by(channels) {
                    for ((value, largest), at) in value.0.iter().zip(&mut largest.0).zip(&mut at) {
                        let newer = (*value > *largest) | value.is_nan();
                        *largest = if newer { *value } else { *largest };
                        *at = if newer { tap } else { *at };
                    }
                    tap += 1;
                }
            }
            let place = window * channels + channel;
            y[place] = largest;
            taps[place * LANES..][..LANES].copy_from_slice(&at.map(T::of));
        }
    }
}

#[inline(always)]
fn maxima_back<T: Tap>((windows, taps, dy, dx): (&Windows, &[T], &[Lanes], &mut [Lanes])) {
    let len = windows.channels * LANES;
    let (dy, dx) = (floats(dy), floats_mut(dx));
    for (position, y, x) in windows.positions() {
        let dx = &mut dx[position * len..][..len];
        let mut first = true;
        for row in windows.rows.over[y].clone() {
            for column in windows.columns.over[x].clone() {
                let (rows, columns) = (&windows.rows.spans[row], &windows.columns.spans[column]);
                let tap = T::of(((y - rows.start) * columns.len() + x - columns.start) as u32);
                let start = (row * windows.columns.spans.len() + column) * len;
                let pairs = dy[start..start + len].iter().zip(&taps[start..start + len]);
                let chosen = pairs.map(|(dy, at)| if *at == tap { *dy } else { 0.0 });
                write(dx, chosen, first);
                first = false;
            }
        }
        if first {
            dx.fill(0.0);
        }
    }
}

/// Sets or adds.
#[inline(always)]
fn write(target: &mut [f32], numbers: impl Iterator<Item = f32>, set: bool) {
    if set {
        target.iter_mut().zip(numbers).for_each(|(target, number)| *target = number);
    } else {
        target.iter_mut().zip(numbers).for_each(|(target, number)| *target += number);
    }
}

#[inline(always)]
fn means((windows, x, y): (&Windows, &[Lanes], &mut [Lanes])) {
    let channels = windows.channels;
    for (window, row, column) in windows.all() {
        let factor = windows.rows.factors[row] * windows.columns.factors[column];
        for channel in 0..channels {
            let mut sum = Lanes::default();
            for y in windows.rows.spans[row].clone() {
                let strip = windows.strip(x, y, column);
                for value in strip[channel..].iter().step_by(channels) {
                    sum = plus(sum, *value);
                }
            }
            y[window * channels + channel] = lanes(|lane| sum.0[lane] * factor);
        }
    }
}

#[inline(always)]
fn means_back((windows, dy, dx): (&Windows, &[Lanes], &mut [Lanes])) {
    let len = windows.channels * LANES;
    let (dy, dx) = (floats(dy), floats_mut(dx));
    for (position, y, x) in windows.positions() {
        let dx = &mut dx[position * len..][..len];
        let mut first = true;
        for row in windows.rows.over[y].clone() {
            for column in windows.columns.over[x].clone() {
                let factor = windows.rows.factors[row] * windows.columns.factors[column];
                let start = (row * windows.columns.spans.len() + column) * len;
                write(dx, dy[start..start + len].iter().map(|dy| dy * factor), first);
                first = false;
            }
        }
        if first {
            dx.fill(0.0);
        }
    }
}
