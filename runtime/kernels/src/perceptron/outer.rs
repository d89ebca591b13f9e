//! Gradients of weights: `sums[row][column] += Σ gradient[row][position] · before[column][position]`.

use super::product::{ROWS, block, splits};
use crate::LANES;
use pulp::{Simd, WithSimd};

/// Where rows and columns are that many or fewer, every lane has its own sums.
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

struct Task<'a, 'b, S: Simd>(S, &'b mut Outer<'a, S::f32s>);

impl<S: Simd> WithSimd for Task<'_, '_, S> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(self, _: T) {
        self.1.run(self.0);
    }
}

impl<V: Copy> Outer<'_, V> {
    /// Adds it.
    #[inline(always)]
    pub fn add<S: Simd<f32s = V>>(mut self, simd: S) {
        simd.vectorize(Task(simd, &mut self));
    }

    #[inline(always)]
    fn run<S: Simd<f32s = V>>(&mut self, simd: S) {
        let mut column = 0;
        while column + block::<S>() <= self.columns {
            if block::<S>() == 2 {
                self.panel::<S, 2>(simd, column);
            } else {
                self.panel::<S, 4>(simd, column);
            }
            column += block::<S>();
        }
        // Elsewhere a vector is a whole number of blocks.
        if S::F32_LANES == 16 {
            match self.columns - column {
                1 => self.panel::<S, 1>(simd, column),
                2 => self.panel::<S, 2>(simd, column),
                3 => self.panel::<S, 3>(simd, column),
                _ => {}
            }
        }
    }

    #[inline(always)]
    fn panel<S: Simd<f32s = V>, const Q: usize>(&mut self, simd: S, column: usize) {
        let rows = self.gradient.len() / self.positions;
        for (first, count) in splits(rows, ROWS) {
            match count {
                1 => self.block::<S, 1, Q>(simd, first, column),
                2 => self.block::<S, 2, Q>(simd, first, column),
                3 => self.block::<S, 3, Q>(simd, first, column),
                4 => self.block::<S, 4, Q>(simd, first, column),
                5 => self.block::<S, 5, Q>(simd, first, column),
                _ => self.block::<S, 6, Q>(simd, first, column),
            }
        }
    }

    #[inline(always)]
    fn block<S: Simd<f32s = V>, const R: usize, const Q: usize>(&mut self, simd: S, first: usize, column: usize) {
        let mut gradients = [self.gradient; R];
        for r in 0..R {
            gradients[r] = &self.gradient[(first + r) * self.positions..][..self.positions];
        }
        let mut sums = [[simd.splat_f32s(0.0); Q]; R];
        let mut before = &self.before[column..];
        for position in 0..self.positions {
            let Some(row) = before.first_chunk::<Q>() else { break };
            for r in 0..R {
                let gradient = simd.splat_f32s(gradients[r][position]);
                for q in 0..Q {
                    sums[r][q] = simd.mul_add_e_f32s(gradient, row[q], sums[r][q]);
                }
            }
            before = before.get(self.columns..).unwrap_or_default();
        }
        for r in 0..R {
            let start = (first + r) * self.columns + column;
            let out = &mut self.sums[start..start + Q];
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

/// Rows and columns that are computed together, at the most.
const SIDE: usize = 4;

struct LaneTask<'a, 'b, S: Simd>(S, &'b mut OuterByLane<'a, S::f32s>);

impl<S: Simd> WithSimd for LaneTask<'_, '_, S> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(self, _: T) {
        self.1.run(self.0);
    }
}

impl<V: Copy> OuterByLane<'_, V> {
    /// Adds it.
    #[inline(always)]
    pub fn add<S: Simd<f32s = V>>(mut self, simd: S) {
        simd.vectorize(LaneTask(simd, &mut self));
    }

    #[inline(always)]
    fn run<S: Simd<f32s = V>>(&mut self, simd: S) {
        let rows = self.gradient.len() / self.width;
        for (column, count) in splits(self.columns, SIDE) {
            match count {
                1 => self.panel::<S, 1>(simd, rows, column),
                2 => self.panel::<S, 2>(simd, rows, column),
                3 => self.panel::<S, 3>(simd, rows, column),
                _ => self.panel::<S, 4>(simd, rows, column),
            }
        }
    }

    #[inline(always)]
    fn panel<S: Simd<f32s = V>, const C: usize>(&mut self, simd: S, rows: usize, column: usize) {
        for (row, count) in splits(rows, SIDE) {
            match count {
                1 => self.block::<S, 1, C>(simd, row, column),
                2 => self.block::<S, 2, C>(simd, row, column),
                3 => self.block::<S, 3, C>(simd, row, column),
                _ => self.block::<S, 4, C>(simd, row, column),
            }
        }
    }

    #[inline(always)]
    fn block<S: Simd<f32s = V>, const R: usize, const C: usize>(&mut self, simd: S, row: usize, column: usize) {
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
            let start = (row + r) * self.columns + column;
            let out = &mut self.sums[start..start + C];
            for c in 0..C {
                out[c] = simd.add_f32s(out[c], sums[r][c]);
            }
        }
    }
}
