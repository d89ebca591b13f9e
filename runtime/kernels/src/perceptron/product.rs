//! Products of packed weights with rows of positions.
//!
//! Everything here is inlined into functions that are compiled for one kind of processor; so there are plain loops and no closures, which
//! would be compiled for the least of them wherever they are not inlined.

use pulp::{Simd, WithSimd};

/// Rows that are computed together, at the most: with a block of columns they fill the accumulators.
pub const ROWS: usize = 6;
/// Vectors of 16 positions that rows of tiles are multiples of, except the last tile.
pub const BLOCK_VECTORS: usize = 4;

/// Registers of a row that are computed together.
pub const fn block<S: Simd>() -> usize {
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

/// As an operation of its own, so that there is one copy of it for each kind of processor.
struct Task<'a, 'b, S: Simd>(S, &'b mut Product<'a, S::f32s>);

impl<S: Simd> WithSimd for Task<'_, '_, S> {
    type Output = ();

    #[inline(always)]
    fn with_simd<T: Simd>(self, _: T) {
        self.1.run(self.0);
    }
}

impl<V: Copy> Product<'_, V> {
    /// Computes it.
    #[inline(always)]
    pub fn compute<S: Simd<f32s = V>>(mut self, simd: S) {
        simd.vectorize(Task(simd, &mut self));
    }

    #[inline(always)]
    fn run<S: Simd<f32s = V>>(&mut self, simd: S) {
        let mut column = 0;
        while column + block::<S>() <= self.width {
            if block::<S>() == 2 {
                self.panel::<S, 2>(simd, column);
            } else {
                self.panel::<S, 4>(simd, column);
            }
            column += block::<S>();
        }
        // Elsewhere a vector is a whole number of blocks.
        if S::F32_LANES == 16 {
            match self.width - column {
                1 => self.panel::<S, 1>(simd, column),
                2 => self.panel::<S, 2>(simd, column),
                3 => self.panel::<S, 3>(simd, column),
                _ => {}
            }
        }
    }

    /// All rows, `Q` registers of each.
    #[inline(always)]
    fn panel<S: Simd<f32s = V>, const Q: usize>(&mut self, simd: S, column: usize) {
        for (first, count) in splits(self.matrix.rows, ROWS) {
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
        let columns = self.matrix.columns;
        let mut sums = [[simd.splat_f32s(0.0); Q]; R];
        if let Some(bias) = self.matrix.bias {
            let bias = &bias[first..first + R];
            for r in 0..R {
                sums[r] = [simd.splat_f32s(bias[r]); Q];
            }
        }
        let weights = &self.matrix.weights[first * columns..(first + R) * columns];
        let mut x = &self.x[column..];
        for weights in weights.as_chunks::<R>().0 {
            let Some(&row) = x.first_chunk::<Q>() else { break };
            for r in 0..R {
                let weight = simd.splat_f32s(weights[r]);
                for q in 0..Q {
                    sums[r][q] = simd.mul_add_e_f32s(weight, row[q], sums[r][q]);
                }
            }
            x = x.get(self.x_stride..).unwrap_or_default();
        }
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
                    let after = &after[(first + r) * self.out_stride + column..][..Q];
                    for q in 0..Q {
                        sums[r][q] = simd.select_f32s(simd.greater_than_f32s(after[q], zero), sums[r][q], zero);
                    }
                }
            }
        }
        for r in 0..R {
            self.out[(first + r) * self.out_stride + column..][..Q].copy_from_slice(&sums[r]);
        }
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
