//! Products of transposed vectors: 16 numbers of one sample side by side.
//!
//! A *square* is 16 vectors transposed: row `lane` holds 16 neighbouring channels or units of that sample. The product of two squares
//! is a sum of 16 products of a row with a row, 16 weights to a vector.

use super::machine::{registers, registers_mut};
use hetc_kernels::{LANES, Lanes};
use pulp::{Simd, WithSimd};

/// Where the squares of a sum lie: `rows × columns` places.
#[derive(Debug, Clone, Copy)]
pub struct Places {
    /// Rows of places.
    pub rows: usize,
    /// Places in a row.
    pub columns: usize,
    /// Number of the first square on the left, squares to the next row and to the next place.
    pub left: [usize; 3],
    /// The same on the right.
    pub right: [usize; 3],
}

/// `out[o][r] = Σ left[o] · right[r]` over places and lanes, for some rows `o` of a square and all of a few squares on the right.
pub struct Ranks<'a> {
    /// The places.
    pub places: Places,
    /// Squares.
    pub left: &'a [Lanes],
    /// First column of the squares on the left: a multiple of [`block`].
    pub column: usize,
    /// For each square on the right: its squares of all places.
    pub right: &'a [Lanes],
    /// Squares from those of one square on the right to those of the next.
    pub right_step: usize,
    /// How many squares on the right: at most [`MOST`].
    pub rights: usize,
    /// `[block][out_step]`, of which the first `rights` are set.
    pub out: &'a mut [Lanes],
    /// Vectors from a row of `out` to the next.
    pub out_step: usize,
}

/// Squares on the right at once.
pub const MOST: usize = 3;

/// Columns of the squares on the left that are taken at once where a register holds `width` floats and there are `rights` on the right.
pub fn block(width: usize, rights: usize) -> usize {
    match (width, rights) {
        (16, _) => 8,
        (8, 1) => 4,
        (8, _) => 2,
        _ => 1,
    }
}

impl WithSimd for Ranks<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match (S::F32_LANES, self.rights) {
            (16, 3) => self.tile::<S, 1, 8, 3>(simd),
            (16, 2) => self.tile::<S, 1, 8, 2>(simd),
            (16, _) => self.tile::<S, 1, 8, 1>(simd),
            (8, 3) => self.tile::<S, 2, 2, 3>(simd),
            (8, 2) => self.tile::<S, 2, 2, 2>(simd),
            (8, _) => self.tile::<S, 2, 4, 1>(simd),
            (4, 3) => self.tile::<S, 4, 1, 3>(simd),
            (4, 2) => self.tile::<S, 4, 1, 2>(simd),
            (4, _) => self.tile::<S, 4, 1, 1>(simd),
            (_, 3) => self.tile::<S, 16, 1, 3>(simd),
            (_, 2) => self.tile::<S, 16, 1, 2>(simd),
            _ => self.tile::<S, 16, 1, 1>(simd),
        }
    }
}

impl Ranks<'_> {
    #[inline(always)]
    fn tile<S: Simd, const H: usize, const O: usize, const R: usize>(self, simd: S) {
        let left = self.left.as_chunks::<LANES>().0;
        let right = registers::<S, H>(self.right).as_chunks::<LANES>().0;
        let mut sums = [[[simd.splat_f32s(0.0); H]; R]; O];
        let Places { rows, columns, left: left_at, right: right_at } = self.places;
        for row in 0..rows {
            for column in 0..columns {
                let left = &left[left_at[0] + row * left_at[1] + column * left_at[2]];
                let first = right_at[0] + row * right_at[1] + column * right_at[2];
                let mut squares = [&right[first]; R];
                for (r, square) in squares.iter_mut().enumerate() {
                    *square = &right[first + r * self.right_step];
                }
                for lane in 0..LANES {
                    let numbers = &left[lane].0[self.column..][..O];
                    for o in 0..O {
                        let number = simd.splat_f32s(numbers[o]);
                        for r in 0..R {
                            for h in 0..H {
                                sums[o][r][h] = simd.mul_add_e_f32s(squares[r][lane][h], number, sums[o][r][h]);
                            }
                        }
                    }
                }
            }
        }
        for (o, sums) in sums.iter().enumerate() {
            registers_mut::<S, H>(&mut self.out[o * self.out_step..][..R]).copy_from_slice(sums);
        }
    }
}
