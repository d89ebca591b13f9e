//! Rows of registers, computed in blocks that fill a processor's registers with sums.
//!
//! Everything here and in what uses it is inlined into functions that are compiled for one kind of processor. So there are plain loops over
//! the places of arrays and no closures, which would be compiled for the least of all processors wherever they are not inlined.

use pulp::{Simd, WithSimd};

/// Rows of a block, at the most.
pub const ROWS: usize = 6;
/// Vectors of 16 numbers that are a whole number of blocks on every processor.
pub const BLOCK_VECTORS: usize = 4;
/// Registers of a single row that are computed together: enough not to wait for each other.
const LONG: usize = 8;

/// Registers of each row of a block: with [`ROWS`] rows, and what is multiplied, about as many as there are.
const fn width<S: Simd>() -> usize {
    if S::F32_LANES == 8 { 2 } else { 4 }
}

/// `count` things in as few parts of at most `most` as possible, whose sizes differ by one at the most: first and number of each.
pub fn splits(count: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let parts = count.div_ceil(most).max(1);
    let (size, larger) = (count / parts, count % parts);
    let mut next = 0;
    (0..parts).map(move |part| {
        let first = next;
        next += size + usize::from(part < larger);
        (first, next - first)
    })
}

/// What can be computed block by block.
pub trait Blocks<S: Simd>: Sized {
    /// Rows, and registers of each.
    fn shape(&self) -> (usize, usize);

    /// Computes rows `row..row + R`, registers `column..column + Q` of each.
    fn block<const R: usize, const Q: usize>(&mut self, simd: S, row: usize, column: usize);

    /// Computes all of them, in a function of its own: there is one copy of it for each kind of processor.
    #[inline(always)]
    fn compute(mut self, simd: S) {
        simd.vectorize(Task(simd, &mut self));
    }
}

struct Task<'a, S, B>(S, &'a mut B);

impl<S: Simd, B: Blocks<S>> WithSimd for Task<'_, S, B> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(self, _: T) {
        let Self(simd, blocks) = self;
        let (rows, registers) = blocks.shape();
        let mut column = 0;
        while rows == 1 && column + LONG <= registers {
            blocks.block::<1, LONG>(simd, 0, column);
            column += LONG;
        }
        while column + width::<S>() <= registers {
            if width::<S>() == 2 {
                columns::<S, B, 2>(simd, blocks, rows, column);
            } else {
                columns::<S, B, 4>(simd, blocks, rows, column);
            }
            column += width::<S>();
        }
        match registers - column {
            1 => columns::<S, B, 1>(simd, blocks, rows, column),
            2 if width::<S>() == 4 => columns::<S, B, 2>(simd, blocks, rows, column),
            3 if width::<S>() == 4 => columns::<S, B, 3>(simd, blocks, rows, column),
            _ => {}
        }
    }
}

/// `Q` registers of every row.
#[inline(always)]
fn columns<S: Simd, B: Blocks<S>, const Q: usize>(simd: S, blocks: &mut B, rows: usize, column: usize) {
    for (row, count) in splits(rows, ROWS) {
        match count {
            1 => blocks.block::<1, Q>(simd, row, column),
            2 => blocks.block::<2, Q>(simd, row, column),
            3 => blocks.block::<3, Q>(simd, row, column),
            4 => blocks.block::<4, Q>(simd, row, column),
            5 => blocks.block::<5, Q>(simd, row, column),
            _ => blocks.block::<6, Q>(simd, row, column),
        }
    }
}
