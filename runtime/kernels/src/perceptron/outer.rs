//! Gradients of weights: `sums[row][column] += Σ gradient[row][position] · before[column][position]`.
#![allow(clippy::needless_range_loop)] // see `super::blocks`

use super::blocks::Blocks;
use crate::LANES;
use pulp::Simd;

/// Where rows or columns are that many or fewer, every lane has its own sums.
const FEW: usize = 4;
/// As [`FEW`], for the number of weights.
const FEW_WEIGHTS: usize = 400;

/// Whether every lane has its own sums.
pub fn by_lane(rows: usize, columns: usize) -> bool {
    rows.min(columns) <= FEW || rows * columns <= FEW_WEIGHTS
}

/// Vectors that the sums of a layer take; a register is a vector at the most.
pub fn sums_len(rows: usize, columns: usize) -> usize {
    if by_lane(rows, columns) { rows * columns } else { rows * columns.div_ceil(LANES) }
}

/// With `before` turned into rows of units: `columns` registers for each position. `sums` has rows of as many.
pub struct Outer<'a, V> {
    /// Rows of `positions`.
    pub gradient: &'a [f32],
    pub positions: usize,
    pub before: &'a [V],
    pub columns: usize,
    pub sums: &'a mut [V],
}

impl<S: Simd> Blocks<S> for Outer<'_, S::f32s> {
    #[inline(always)]
    fn shape(&self) -> (usize, usize) {
        (self.gradient.len() / self.positions, self.columns)
    }

    #[inline(always)]
    fn block<const R: usize, const Q: usize>(&mut self, simd: S, row: usize, column: usize) {
        let mut gradients = [self.gradient; R];
        for r in 0..R {
            gradients[r] = &self.gradient[(row + r) * self.positions..][..self.positions];
        }
        let mut sums = [[simd.splat_f32s(0.0); Q]; R];
        let mut before = &self.before[column..];
        for position in 0..self.positions {
            let Some(&registers) = before.first_chunk::<Q>() else { break };
            for r in 0..R {
                let gradient = simd.splat_f32s(gradients[r][position]);
                for q in 0..Q {
                    sums[r][q] = simd.mul_add_e_f32s(gradient, registers[q], sums[r][q]);
                }
            }
            before = before.get(self.columns..).unwrap_or_default();
        }
        for r in 0..R {
            let out = &mut self.sums[(row + r) * self.columns + column..][..Q];
            for q in 0..Q {
                out[q] = simd.add_f32s(out[q], sums[r][q]);
            }
        }
    }
}

/// Every lane by itself: `sums` has a register for each weight.
pub struct OuterByLane<'a, V> {
    /// Rows of `width` registers.
    pub gradient: &'a [V],
    pub width: usize,
    pub before: &'a [V],
    /// Registers from one row of `before` to the next.
    pub before_stride: usize,
    pub columns: usize,
    pub sums: &'a mut [V],
}

impl<S: Simd> Blocks<S> for OuterByLane<'_, S::f32s> {
    #[inline(always)]
    fn shape(&self) -> (usize, usize) {
        (self.gradient.len() / self.width, self.columns)
    }

    #[inline(always)]
    fn block<const R: usize, const C: usize>(&mut self, simd: S, row: usize, column: usize) {
        let width = self.width;
        let mut gradients = [self.gradient; R];
        for r in 0..R {
            gradients[r] = &self.gradient[(row + r) * width..][..width];
        }
        let mut before = [self.before; C];
        for c in 0..C {
            before[c] = &self.before[(column + c) * self.before_stride..][..width];
        }
        let mut sums = [[simd.splat_f32s(0.0); C]; R];
        for place in 0..width {
            for r in 0..R {
                for c in 0..C {
                    sums[r][c] = simd.mul_add_e_f32s(gradients[r][place], before[c][place], sums[r][c]);
                }
            }
        }
        for r in 0..R {
            let out = &mut self.sums[(row + r) * self.columns + column..][..C];
            for c in 0..C {
                out[c] = simd.add_f32s(out[c], sums[r][c]);
            }
        }
    }
}
