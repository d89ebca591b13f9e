//! Products of transposed vectors: 16 numbers of one sample side by side.
//!
//! A *square* is 16 vectors transposed: row `lane` holds 16 neighbouring channels or units of that sample. The product of two squares
//! is a sum of 16 products of a row with a row, 16 weights to a vector.

use super::machine::{fetch, registers, registers_mut};
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

impl Places {
    /// The first square on both sides.
    pub const ONE: Self = Self { rows: 1, columns: 1, left: [0; 3], right: [0; 3] };
}

/// Squares on the right at once where a register holds `width` floats.
pub fn most(width: usize) -> usize {
    if width == 8 { 1 } else { 3 }
}

/// Tiles of weights that are asked for before they are added to.
const NEXT: usize = 4;

/// Columns of the squares on the left that are taken at once where a register holds `width` floats: they divide 16.
pub fn block(width: usize) -> usize {
    match width {
        16 => 8,
        8 => 4,
        _ => 1,
    }
}

/// `out[o][r] = Σ left[column + o] · right[r]` over places and lanes, for a [`block`] of columns `o` of a square and a few squares `r`.
pub struct Ranks<'a> {
    /// The places.
    pub places: Places,
    /// Squares.
    pub left: &'a [Lanes],
    /// First column of the squares on the left: a multiple of [`block`].
    pub column: usize,
    /// Squares.
    pub right: &'a [Lanes],
    /// Squares from `r` to `r + 1`.
    pub right_step: usize,
    /// How many `r`: at most [`most`].
    pub rights: usize,
    /// `[block][out_step]`, of which the first `rights` are set.
    pub out: &'a mut [Lanes],
    /// Vectors from a row of `out` to the next.
    pub out_step: usize,
}

impl WithSimd for Ranks<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.by_rights::<S, 1, 8>(simd),
            8 => self.tile::<S, 2, 4, 1>(simd),
            4 => self.by_rights::<S, 4, 1>(simd),
            _ => self.by_rights::<S, 16, 1>(simd),
        }
    }
}

impl Ranks<'_> {
    #[inline(always)]
    fn by_rights<S: Simd, const H: usize, const O: usize>(self, simd: S) {
        match self.rights {
            1 => self.tile::<S, H, O, 1>(simd),
            2 => self.tile::<S, H, O, 2>(simd),
            _ => self.tile::<S, H, O, 3>(simd),
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const H: usize, const O: usize, const R: usize>(self, simd: S) {
        let right = registers::<S, H>(self.right);
        let sums = sums::<S, H, O, R>(simd, &self.places, self.left, self.column, right, self.right_step);
        for (o, sums) in sums.iter().enumerate() {
            registers_mut::<S, H>(&mut self.out[o * self.out_step..][..R]).copy_from_slice(sums);
        }
    }
}

/// Adds `Σ left[column + o] · right[u]` over lanes to `weights[o][u]` for a [`block`] of columns `o` of one square and all units `u`.
pub struct Rows<'a> {
    /// One square.
    pub left: &'a [Lanes],
    /// First column.
    pub column: usize,
    /// The squares of all units.
    pub right: &'a [Lanes],
    /// Units: the length of a row.
    pub units: usize,
    /// `[o][units]`, for those of the block's columns that there are.
    pub weights: &'a mut [f32],
}

impl WithSimd for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.rows::<S, 1, 8>(simd),
            8 => self.rows::<S, 2, 4>(simd),
            4 => self.rows::<S, 4, 1>(simd),
            _ => self.rows::<S, 16, 1>(simd),
        }
    }
}

impl Rows<'_> {
    #[inline(always)]
    fn rows<S: Simd, const H: usize, const O: usize>(mut self, simd: S) {
        let mut unit = 0;
        while unit < self.units {
            unit += match (self.units - unit).div_ceil(LANES).min(most(S::F32_LANES)) {
                1 => self.tile::<S, H, O, 1>(simd, unit),
                2 => self.tile::<S, H, O, 2>(simd, unit),
                _ => self.tile::<S, H, O, 3>(simd, unit),
            };
        }
    }

    /// The units from `unit` on. Gives how many.
    #[inline(always)]
    fn tile<S: Simd, const H: usize, const O: usize, const R: usize>(&mut self, simd: S, unit: usize) -> usize {
        let right = registers::<S, H>(&self.right[unit / LANES * LANES..]);
        let sums = sums::<S, H, O, R>(simd, &Places::ONE, self.left, self.column, right, 1);
        let units = (self.units - unit).min(R * LANES);
        for (sums, weights) in sums.iter().zip(self.weights.chunks_exact_mut(self.units)) {
            for line in 0..R {
                fetch(weights, unit + (NEXT * R + line) * LANES);
            }
            let weights = &mut weights[unit..][..units];
            let (vectors, rest) = S::as_mut_simd_f32s(weights);
            let sums = sums.as_flattened();
            for (weight, sum) in vectors.iter_mut().zip(sums) {
                *weight = simd.add_f32s(*weight, *sum);
            }
            if let Some(sum) = sums.get(vectors.len()) {
                let sum: &[f32] = bytemuck::cast_slice(std::slice::from_ref(sum));
                rest.iter_mut().zip(sum).for_each(|(weight, sum)| *weight += sum);
            }
        }
        units
    }
}

/// The sums of a tile.
#[inline(always)]
fn sums<S: Simd, const H: usize, const O: usize, const R: usize>(
    simd: S,
    places: &Places,
    left: &[Lanes],
    column: usize,
    right: &[[S::f32s; H]],
    right_step: usize,
) -> [[[S::f32s; H]; R]; O] {
    let (left, right) = (left.as_chunks::<LANES>().0, right.as_chunks::<LANES>().0);
    let mut sums = [[[simd.splat_f32s(0.0); H]; R]; O];
    for row in 0..places.rows {
        for place in 0..places.columns {
            let left = &left[places.left[0] + row * places.left[1] + place * places.left[2]];
            let first = places.right[0] + row * places.right[1] + place * places.right[2];
            let mut squares = [&right[first]; R];
            for (r, square) in squares.iter_mut().enumerate() {
                *square = &right[first + r * right_step];
            }
            for lane in 0..LANES {
                let mut numbers = [simd.splat_f32s(0.0); O];
                for (number, from) in numbers.iter_mut().zip(&left[lane].0[column..][..O]) {
                    *number = simd.splat_f32s(*from);
                }
                for r in 0..R {
                    for h in 0..H {
                        for o in 0..O {
                            sums[o][r][h] = simd.mul_add_e_f32s(squares[r][lane][h], numbers[o], sums[o][r][h]);
                        }
                    }
                }
            }
        }
    }
    sums
}
