//! From one map to another: a phase of each axis, all channels.

use super::axis::{Axis, Phase, Span};
use crate::product::Machine;
use crate::product::pack::{blocks, interleave};
use crate::product::taps::{Taps, Window, sizes};
use hetc_kernels::Lanes;
use std::ops::Range;

/// Vectors of a map that are read again and again before others are: what stays in a core's second cache.
const NEAR: usize = 6 * 1024;

/// One direction of a convolution.
#[derive(Debug)]
pub struct Sweeps {
    machine: Machine,
    phases: Vec<Sweep>,
    from: Side,
    to: Side,
    /// Whether each channel is by itself: then all are done as one group, of which each reads one.
    each: bool,
    groups: usize,
    /// Channels read by one that is written.
    reads: usize,
    /// Channels of a group that are written, block by block: first channel and how many.
    blocks: Vec<(usize, usize)>,
}

/// A map.
#[derive(Debug, Clone, Copy)]
pub struct Side {
    /// All of its channels.
    pub channels: usize,
    /// Its columns.
    pub width: usize,
}

/// One phase of each axis.
#[derive(Debug)]
struct Sweep {
    y: Phase,
    x: Phase,
    /// Its weights.
    weights: Range<usize>,
    /// Rows that are done for one block of channels before the next: neighbours in `y`.
    strips: Vec<Vec<Span>>,
}

impl Sweep {
    /// All taps, row by row, in the order in which they are read.
    fn taps(&self) -> Vec<(usize, usize)> {
        self.y.taps.iter().flat_map(|y| self.x.taps.iter().map(|x| (*y, *x))).collect()
    }
}

/// How far apart weights lie in their own order; neighbouring taps of a row are side by side.
#[derive(Debug, Clone, Copy)]
pub struct Steps {
    /// From a group to the next.
    pub group: usize,
    /// From a channel read to the next of its group.
    pub read: usize,
    /// From a channel written to the next of its group.
    pub written: usize,
    /// From a row of the kernel to the next.
    pub row: usize,
}

impl Sweeps {
    /// Forward over `axes` (rows, columns).
    pub fn forward(machine: Machine, axes: &[Axis; 2], channels: [usize; 2], groups: usize) -> Self {
        let [from, to] =
            [Side { channels: channels[0], width: axes[1].input }, Side { channels: channels[1], width: axes[1].output }];
        Self::new(machine, axes[0].forward(), axes[1].forward(), from, to, groups)
    }

    /// Backward over `axes`; `channels` are those of the input and of the output.
    pub fn backward(machine: Machine, axes: &[Axis; 2], channels: [usize; 2], groups: usize) -> Self {
        let [to, from] =
            [Side { channels: channels[0], width: axes[1].input }, Side { channels: channels[1], width: axes[1].output }];
        Self::new(machine, axes[0].backward(), axes[1].backward(), from, to, groups)
    }

    fn new(machine: Machine, rows: Vec<Phase>, columns: Vec<Phase>, from: Side, to: Side, groups: usize) -> Self {
        let near = (NEAR / (from.width * from.channels)).max(1);
        let matrix = from.channels / groups * to.channels;
        let mut start = 0;
        let mut phases = Vec::new();
        for y in &rows {
            for x in &columns {
                let end = start + y.taps.len() * x.taps.len() * matrix;
                let rows = near.saturating_sub(y.taps.len() - y.taps.len().min(1)).max(1);
                phases.push(Sweep { y: y.clone(), x: x.clone(), weights: start..end, strips: strips(y, rows) });
                start = end;
            }
        }
        let each = groups == from.channels && groups == to.channels;
        let (groups, reads) = if each { (1, 1) } else { (groups, from.channels / groups) };
        Self { machine, phases, from, to, each, groups, reads, blocks: blocks(to.channels / groups, sizes(machine.width())) }
    }

    /// Numbers of packed weights.
    pub fn packed(&self) -> usize {
        self.phases.last().map_or(0, |phase| phase.weights.end)
    }

    /// Brings the weights into the order in which they are read: for each phase, group and block, for each tap of the rows, of the columns
    /// and each channel read, one number for each channel written.
    pub fn pack(&self, weights: &[f32], steps: &Steps, packed: &mut [f32]) {
        let reads = self.reads;
        let next = if self.each { steps.group } else { steps.written };
        for phase in &self.phases {
            let taps = phase.taps();
            let mut packed = &mut packed[phase.weights.clone()];
            for group in 0..self.groups {
                for (first, block) in &self.blocks {
                    let weights = &weights[group * steps.group + first * next..];
                    let here;
                    (here, packed) = packed.split_at_mut(taps.len() * reads * block);
                    self.pack_block(weights, &Steps { written: next, ..*steps }, &taps, *block, here);
                }
            }
        }
    }

    /// Some channels read after others, so that their weights at all taps are still near.
    fn pack_block(&self, weights: &[f32], steps: &Steps, taps: &[(usize, usize)], block: usize, packed: &mut [f32]) {
        const NEAR: usize = 32;
        let reads = self.reads;
        for read in (0..reads).step_by(NEAR) {
            let end = reads.min(read + NEAR);
            for ((y, x), packed) in taps.iter().zip(packed.chunks_exact_mut(reads * block)) {
                let weights = &weights[read * steps.read + y * steps.row + x..];
                interleave(self.machine, weights, steps.read, steps.written, block, &mut packed[read * block..end * block]);
            }
        }
    }

    /// Writes `to` whole.
    pub fn run(&self, packed: &[f32], bias: Option<&[f32]>, from: &[Lanes], to: &mut [Lanes]) {
        for phase in &self.phases {
            let packed = &packed[phase.weights.clone()];
            for strip in &phase.strips {
                for group in 0..self.groups {
                    for (first, block) in &self.blocks {
                        for rows in strip {
                            self.rows(phase, rows, group, (*first, *block), packed, bias, from, to);
                        }
                    }
                }
            }
        }
    }

    /// One block of channels of some rows.
    #[expect(clippy::too_many_arguments)]
    fn rows(
        &self,
        phase: &Sweep,
        rows: &Span,
        group: usize,
        (first, block): (usize, usize),
        packed: &[f32],
        bias: Option<&[f32]>,
        from: &[Lanes],
        to: &mut [Lanes],
    ) {
        let (reads, written) = (self.reads, self.to.channels / self.groups);
        let taps = phase.y.taps.len() * phase.x.taps.len();
        let channel = group * written + first;
        let packed = &packed[channel * taps * reads..][..block * taps * reads];
        let bias = bias.map(|bias| &bias[channel..][..block]);
        let first_read = if self.each { channel } else { group * reads };
        for row in 0..rows.places {
            for columns in &phase.x.spans {
                let from_row = rows.from + row * rows.from_step;
                let to_row = rows.to + row * rows.to_step;
                let window = self.window(phase, rows, columns);
                let first_tap = if window.rows > 0 { rows.taps.start * phase.x.taps.len() + columns.taps.start } else { 0 };
                let from_at = (from_row * self.from.width + columns.from) * self.from.channels + first_read;
                let to_at = (to_row * self.to.width + columns.to) * self.to.channels + channel;
                self.machine.dispatch(Taps {
                    window,
                    from: &from[from_at..],
                    from_step: columns.from_step * self.from.channels,
                    weights: &packed[first_tap * reads * block..],
                    bias,
                    places: columns.places,
                    block,
                    each: self.each,
                    to: &mut to[to_at..],
                    to_step: columns.to_step * self.to.channels,
                });
            }
        }
    }

    fn window(&self, phase: &Sweep, rows: &Span, columns: &Span) -> Window {
        let reads = self.reads;
        // With one group all channels of neighbouring taps follow each other.
        let (runs, length) =
            if self.groups == 1 && !self.each { (1, columns.taps.len() * reads) } else { (columns.taps.len(), reads) };
        Window {
            rows: if columns.taps.is_empty() { 0 } else { rows.taps.len() },
            row_step: self.from.width * self.from.channels,
            row_weights: phase.x.taps.len() * reads,
            runs,
            run_step: self.from.channels,
            length,
        }
    }
}

/// The rows of `phase` in strips of about `rows`.
fn strips(phase: &Phase, rows: usize) -> Vec<Vec<Span>> {
    let mut strips: Vec<Vec<Span>> = Vec::new();
    let mut room = 0;
    for span in phase.cut(rows) {
        if span.places > room || strips.is_empty() {
            strips.push(Vec::new());
            room = rows;
        }
        room -= span.places;
        if let Some(strip) = strips.last_mut() {
            strip.push(span);
        }
    }
    strips
}
