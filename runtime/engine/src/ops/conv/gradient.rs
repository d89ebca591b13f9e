//! The gradient of a convolution's weights.
//!
//! Weight `[o, i, y, x]` gets the product of the output's gradient in channel `o` and the input in channel `i`, summed over all places
//! where tap `(y, x)` reads something, and over lanes. Few weights are summed lane by lane and lanes are added at the end ([`pairs`]); for
//! many, the vectors are transposed first and 16 input channels are summed side by side ([`ranks`]).

use super::axis::{Axis, Phase, Span};
use crate::op::Scratch;
use crate::product::Machine;
use crate::product::machine::fetch;
use crate::product::pack::blocks;
use crate::product::pairs::{LEFT_SIZES, Pairs, total};
use crate::product::ranks::{self, Places, Ranks};
use crate::product::transpose::{self, Squares};
use crate::product::turn::{ByChannel, add};
use hetc_kernels::{LANES, Lanes};
use std::ops::Range;

/// Vectors that are read again and again before others are: what stays in the first cache.
const NEAREST: usize = 384;
/// Squares of transposed input that are held at once.
const NEAR: usize = 512;
/// Places of the output that are taken at once, in whole rows.
const PLACES: usize = 256;

/// How the gradient of a convolution's weights is computed.
#[derive(Debug)]
pub struct Gradient {
    machine: Machine,
    axes: [Axis; 2],
    /// Whether each channel is by itself.
    each: bool,
    /// Of the input and of the output.
    channels: [usize; 2],
    groups: usize,
    /// Input channels of a group.
    reads: usize,
    /// Output channels of a group.
    writes: usize,
    columns: Phase,
}

impl Gradient {
    /// Over `axes` (rows, columns); `channels` are those of the input and of the output.
    pub fn new(machine: Machine, axes: [Axis; 2], channels: [usize; 2], groups: usize) -> Self {
        // Where each channel is by itself, all are done as one group, of which each reads one.
        let each = channels == [groups; 2];
        let [reads, writes] = channels.map(|channels| channels / groups);
        let (groups, writes) = if each { (1, groups) } else { (groups, writes) };
        let [columns] = axes[1].forward().try_into().unwrap_or_else(|_| unreachable!("forward is one phase"));
        Self { machine, axes, each, channels, groups, reads, writes, columns }
    }

    /// Adds to `weights`.
    pub fn add(&self, x: &[Lanes], dy: &[Lanes], weights: &mut [f32], scratch: &mut Scratch) {
        let matrix = self.writes * self.reads * self.taps();
        for (group, weights) in weights.chunks_mut(matrix).enumerate() {
            if self.is_wide() {
                self.by_squares(group, x, dy, weights, scratch);
            } else {
                self.by_lanes(group, x, dy, weights, scratch);
            }
        }
    }

    fn taps(&self) -> usize {
        self.axes[0].kernel * self.axes[1].kernel
    }

    /// Whether transposing pays: whether squares and their blocks of columns are full enough.
    fn is_wide(&self) -> bool {
        let filled = |channels: usize, unit: usize| channels as f64 / channels.next_multiple_of(unit) as f64;
        filled(self.reads, LANES) * filled(self.writes, ranks::block(self.machine.width())) > 0.7
    }

    /// Lane by lane: for some output channels, for a row of the kernel, all places.
    fn by_lanes(&self, group: usize, x: &[Lanes], dy: &[Lanes], weights: &mut [f32], scratch: &mut Scratch) {
        let length = self.axes[1].kernel * self.reads;
        for (first, block) in blocks(self.writes, &LEFT_SIZES) {
            for tap in 0..self.axes[0].kernel {
                let sums = scratch.vectors(length * block);
                sums.fill(Lanes::default());
                self.row_by_lanes(group, tap, (first, block), x, dy, sums);
                for (at, sums) in sums.chunks_exact(block).enumerate() {
                    let (column, read) = (at / self.reads, at % self.reads);
                    for (o, sum) in sums.iter().enumerate() {
                        let weight = ((first + o) * self.reads + read) * self.taps() + tap * self.axes[1].kernel + column;
                        weights[weight] += total(sum);
                    }
                }
            }
        }
    }

    /// Sums of one row of the kernel: `sums[tap of the columns][input channel][output channel]`.
    fn row_by_lanes(
        &self,
        group: usize,
        tap: usize,
        (first, block): (usize, usize),
        x: &[Lanes],
        dy: &[Lanes],
        sums: &mut [Lanes],
    ) {
        let [rows, columns] = &self.axes;
        let (to, from) = rows.hits(tap, 0..rows.output);
        let [channels_in, channels_out] = self.channels;
        for span in &self.columns.spans {
            let near = span.places * (span.from_step * self.reads + block);
            let strip = (NEAREST / near).max(1);
            for start in to.clone().step_by(strip) {
                let left = start * columns.output + span.to;
                let right = (from + (start - to.start) * rows.stride) * columns.input + span.from;
                let first_read = if self.each { first } else { group * self.reads };
                for run in self.runs(span) {
                    let (tap, length) = (span.taps.start + run.start / self.reads, run.len());
                    self.machine.dispatch(Pairs {
                        rows: strip.min(to.end - start),
                        places: span.places,
                        left: &dy[left * channels_out + group * self.writes + first..],
                        left_steps: [columns.output * channels_out, channels_out],
                        lefts: block,
                        right: &x[(right + run.start / self.reads) * channels_in + first_read..],
                        right_steps: [rows.stride * columns.input * channels_in, span.from_step * channels_in],
                        rights: length,
                        each: self.each.then_some(channels_in),
                        sums: &mut sums[tap * self.reads * block..][..length * block],
                    });
                }
            }
        }
    }

    /// What is taken at once of a row of the kernel, as taps and channels from the span's first tap on: what follows each other in the input,
    /// or all taps of a channel by itself.
    fn runs(&self, span: &Span) -> impl Iterator<Item = Range<usize>> {
        let length = if self.groups == 1 { span.taps.len() * self.reads } else { self.reads };
        (0..span.taps.len() * self.reads).step_by(length.max(1)).map(move |start| start..start + length)
    }

    /// From squares: strips of rows, in each some input channels, in each some output channels.
    fn by_squares(&self, group: usize, x: &[Lanes], dy: &[Lanes], weights: &mut [f32], scratch: &mut Scratch) {
        let [rows, columns] = &self.axes;
        let strip = (PLACES / columns.output).max(1);
        for start in (0..rows.output).step_by(strip) {
            let strip = start..(start + strip).min(rows.output);
            let top = (strip.start * rows.stride).saturating_sub(rows.pad).min(rows.input);
            let bottom = ((strip.end - 1) * rows.stride + rows.kernel).saturating_sub(rows.pad).clamp(top, rows.input);
            let strip = Strip { to: strip, from: top..bottom };
            if !strip.from.is_empty() {
                self.strip(group, &strip, x, dy, weights, scratch);
            }
        }
    }

    fn strip(&self, group: usize, strip: &Strip, x: &[Lanes], dy: &[Lanes], weights: &mut [f32], scratch: &mut Scratch) {
        let [_, columns] = &self.axes;
        let (places_in, places_out) = (strip.from.len() * columns.input, strip.to.len() * columns.output);
        let squares = self.reads.div_ceil(LANES);
        let (block, most) = (ranks::block(self.machine.width()), ranks::most(self.machine.width()));
        let near = (NEAR / places_in / most * most).max(most).min(squares);
        let tile = block * self.taps() * most;
        let room = scratch.vectors((near * places_in + places_out) * LANES + tile + tile + block);
        let (right, room) = room.split_at_mut(near * places_in * LANES);
        let (left, room) = room.split_at_mut(places_out * LANES);
        let (tile, turned) = room.split_at_mut(tile);
        for first in (0..squares).step_by(near) {
            let here = first..(first + near).min(squares);
            for (square, right) in here.clone().zip(right.chunks_exact_mut(places_in * LANES)) {
                let from = Square { channels: self.channels[0], first: group * self.reads, end: self.reads, square };
                from.fill(self.machine, &x[strip.from.start * columns.input * from.channels..], right);
            }
            for (square, weights) in weights.chunks_mut(LANES * self.reads * self.taps()).enumerate() {
                let from = Square { channels: self.channels[1], first: group * self.writes, end: self.writes, square };
                from.fill(self.machine, &dy[strip.to.start * columns.output * from.channels..], left);
                for (column, weights) in (0..).step_by(block).zip(weights.chunks_mut(block * self.reads * self.taps())) {
                    for rights in here.clone().step_by(most) {
                        let rights = rights..(rights + most).min(here.end);
                        let right = &right[(rights.start - first) * places_in * LANES..];
                        let tile = &mut tile[..block * self.taps() * rights.len()];
                        self.tile(strip, column, left, right, tile, &weights[rights.start * LANES * self.taps()..]);
                        self.add_tile(rights, tile, turned, weights);
                    }
                }
            }
        }
    }

    /// All taps between a block of output channels and a few squares of input channels: `tile[output][tap][square]`.
    fn tile(&self, strip: &Strip, column: usize, left: &[Lanes], right: &[Lanes], tile: &mut [Lanes], weights: &[f32]) {
        let [rows, columns] = &self.axes;
        let out_step = tile.len() / ranks::block(self.machine.width());
        let rights = out_step / self.taps();
        for y in 0..rows.kernel {
            for x in 0..columns.kernel {
                for weights in weights.chunks(self.reads * self.taps()) {
                    for line in 0..rights {
                        fetch(weights, ((y * columns.kernel + x) * rights + line) * LANES);
                    }
                }
                self.machine.dispatch(Ranks {
                    places: self.places(strip, y, x),
                    left,
                    column,
                    right,
                    right_step: strip.from.len() * columns.input,
                    rights,
                    out: &mut tile[(y * columns.kernel + x) * rights..],
                    out_step,
                });
            }
        }
    }

    /// Adds a tile to the weights of its output channels, as many of them as there are.
    fn add_tile(&self, rights: Range<usize>, tile: &[Lanes], turned: &mut [Lanes], weights: &mut [f32]) {
        let sums = self.taps() * rights.len();
        let first = rights.start * LANES * self.taps();
        let weights = weights.chunks_exact_mut(self.reads * self.taps()).map(|weights| &mut weights[first..]);
        if self.taps() == 1 {
            return tile.chunks_exact(sums).zip(weights).for_each(|(sums, weights)| add(self.machine, sums, weights));
        }
        // All of them before the first is read again: a vector just written in pieces is slow to read.
        for (tile, turned) in tile.chunks_exact(sums).zip(turned.chunks_exact_mut(sums + 1)) {
            transpose::dispatch(self.machine, ByChannel { sums: tile, taps: self.taps(), turned });
        }
        for (turned, weights) in turned.chunks_exact(sums + 1).zip(weights) {
            add(self.machine, &turned[..sums], weights);
        }
    }

    fn places(&self, strip: &Strip, y: usize, x: usize) -> Places {
        let [rows, columns] = &self.axes;
        let (to_rows, from_row) = rows.hits(y, strip.to.clone());
        let (to_columns, from_column) = columns.hits(x, 0..columns.output);
        let first_row = from_row.saturating_sub(strip.from.start);
        Places {
            rows: if to_columns.is_empty() { 0 } else { to_rows.len() },
            columns: to_columns.len(),
            left: [to_rows.start.saturating_sub(strip.to.start) * columns.output + to_columns.start, columns.output, 1],
            right: [first_row * columns.input + from_column, rows.stride * columns.input, columns.stride],
        }
    }
}

/// Neighbouring rows of the output, and the rows of the input that they read.
struct Strip {
    to: Range<usize>,
    from: Range<usize>,
}

/// Sixteen channels of a group.
struct Square {
    /// Channels of the map.
    channels: usize,
    /// The group's first channel.
    first: usize,
    /// Channels of the group.
    end: usize,
    /// Which sixteen.
    square: usize,
}

impl Square {
    /// The squares of the first places of `map`, as many as fit.
    fn fill(&self, machine: Machine, map: &[Lanes], squares: &mut [Lanes]) {
        let channels = self.first + self.square * LANES..self.first + self.end.min((self.square + 1) * LANES);
        let places = map.chunks_exact(self.channels).map(|place| &place[channels.clone()]);
        transpose::dispatch(machine, Squares { from: places.zip(squares.as_chunks_mut().0) });
    }
}
