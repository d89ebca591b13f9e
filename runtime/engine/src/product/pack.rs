//! Bringing weights into blocks.

use super::Machine;
use super::transpose::{Turn, Turning, dispatch};
use hetc_kernels::lanes::floats;
use hetc_kernels::{LANES, Lanes};

/// `channels` in blocks, first and how many: the largest of `sizes` as often as it goes, then the next. The last size is 1.
pub fn blocks(channels: usize, sizes: &[usize]) -> Vec<(usize, usize)> {
    let mut first = 0;
    let mut blocks = Vec::new();
    for size in sizes {
        while first + size <= channels {
            blocks.push((first, *size));
            first += size;
        }
    }
    blocks
}

/// `to[k][o] = from[k · step + o · row]` for every `k` that `to` has room for and `o` up to `block`, at most 16.
pub fn interleave(machine: Machine, from: &[f32], step: usize, row: usize, block: usize, to: &mut [f32]) {
    match (block, step) {
        (16, 1) => dispatch(machine, Rows { from, row, to }),
        (16, _) => strided::<16>(from, step, row, to),
        (8, _) => strided::<8>(from, step, row, to),
        (6, _) => strided::<6>(from, step, row, to),
        (4, _) => strided::<4>(from, step, row, to),
        (2, _) => strided::<2>(from, step, row, to),
        _ => strided::<1>(from, step, row, to),
    }
}

fn strided<const O: usize>(from: &[f32], step: usize, row: usize, to: &mut [f32]) {
    for (k, to) in to.as_chunks_mut::<O>().0.iter_mut().enumerate() {
        let from = &from[k * step..];
        for (o, to) in to.iter_mut().enumerate() {
            *to = from[o * row];
        }
    }
}

/// Sixteen rows, sixteen numbers of each at a time.
struct Rows<'a> {
    from: &'a [f32],
    row: usize,
    to: &'a mut [f32],
}

impl Turning for Rows<'_> {
    #[inline(always)]
    fn run<T: Turn>(self, turn: T) {
        let Self { from, row, to } = self;
        let (tiles, rest) = to.as_chunks_mut::<{ LANES * LANES }>();
        let done = tiles.len() * LANES;
        let mut rows = [Lanes::default(); LANES];
        for (tile, to) in tiles.iter_mut().enumerate() {
            for (o, numbers) in rows.iter_mut().enumerate() {
                numbers.0.copy_from_slice(&from[o * row + tile * LANES..][..LANES]);
            }
            to.copy_from_slice(floats(&turn.turned(&rows)));
        }
        if !rest.is_empty() {
            strided::<LANES>(&from[done..], 1, row, rest);
        }
    }
}
