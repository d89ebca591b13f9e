//! Products of packed weights with rows of positions.
#![allow(clippy::needless_range_loop)] // see `super::blocks`

use super::blocks::Blocks;
use pulp::Simd;

/// A matrix of weights, as packed by [`super::packed`].
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    pub weights: &'a [f32],
    pub rows: usize,
    pub columns: usize,
    /// Added to each row.
    pub bias: Option<&'a [f32]>,
}

/// What becomes of a product before it is put down.
pub enum Finish<'a, V> {
    /// Nothing.
    Plain,
    /// `max(x, 0)`.
    Relu,
    /// 0 where the rows here, of the same shape and stride, are not positive.
    Where(&'a [V]),
}

/// `out = matrix · x`. A row of either is `width` registers, the next one `stride` registers further on.
pub struct Product<'a, V> {
    pub matrix: Matrix<'a>,
    pub x: &'a [V],
    pub x_stride: usize,
    pub width: usize,
    pub finish: Finish<'a, V>,
    pub out: &'a mut [V],
    pub out_stride: usize,
}

impl<S: Simd> Blocks<S> for Product<'_, S::f32s> {
    #[inline(always)]
    fn shape(&self) -> (usize, usize) {
        (self.matrix.rows, self.width)
    }

    #[inline(always)]
    fn block<const R: usize, const Q: usize>(&mut self, simd: S, row: usize, column: usize) {
        let mut sums = self.sums::<S, R, Q>(simd, row, column);
        let zero = simd.splat_f32s(0.0);
        match self.finish {
            Finish::Plain => {}
            Finish::Relu => {
                for r in 0..R {
                    for q in 0..Q {
                        sums[r][q] = relu(simd, sums[r][q]);
                    }
                }
            }
            Finish::Where(after) => {
                for r in 0..R {
                    let after = &after[(row + r) * self.out_stride + column..][..Q];
                    for q in 0..Q {
                        sums[r][q] = simd.select_f32s(simd.greater_than_f32s(after[q], zero), sums[r][q], zero);
                    }
                }
            }
        }
        for r in 0..R {
            self.out[(row + r) * self.out_stride + column..][..Q].copy_from_slice(&sums[r]);
        }
    }
}

impl<V: Copy> Product<'_, V> {
    #[inline(always)]
    fn sums<S: Simd<f32s = V>, const R: usize, const Q: usize>(&self, simd: S, row: usize, column: usize) -> [[V; Q]; R] {
        let mut sums = [[simd.splat_f32s(0.0); Q]; R];
        if let Some(bias) = self.matrix.bias {
            let bias = &bias[row..row + R];
            for r in 0..R {
                sums[r] = [simd.splat_f32s(bias[r]); Q];
            }
        }
        let columns = self.matrix.columns;
        let mut x = &self.x[column..];
        for weights in self.matrix.weights[row * columns..(row + R) * columns].as_chunks::<R>().0 {
            let Some(&registers) = x.first_chunk::<Q>() else { break };
            for r in 0..R {
                let weight = simd.splat_f32s(weights[r]);
                for q in 0..Q {
                    sums[r][q] = simd.mul_add_e_f32s(weight, registers[q], sums[r][q]);
                }
            }
            x = x.get(self.x_stride..).unwrap_or_default();
        }
        sums
    }
}

/// `max(x, 0)`, NaN of NaN.
#[inline(always)]
fn relu<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let zero = simd.splat_f32s(0.0);
    if S::IS_SCALAR {
        return simd.select_f32s(simd.less_than_f32s(x, zero), zero, x);
    }
    simd.max_f32s(zero, x) // where one side is NaN: the second on x86, NaN elsewhere
}
