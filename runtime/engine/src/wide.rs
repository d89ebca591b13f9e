//! Inner loops at the machine's own vector width.
//!
//! What is written here and in the operations is plain arithmetic on the 16 numbers of a vector, one lane by itself. [`wide`] compiles such
//! a loop for several instruction sets and runs the widest that the machine has: one instruction a vector with AVX-512, two with AVX2.
//! Nothing here contracts a product and a sum, so that every machine gives the same bits.

use hetc_kernels::{LANES, Lanes};
use pulp::{Arch, Simd, WithSimd};
use std::array::from_fn;

/// Runs `body`, which is to be an `#[inline(always)]` function: one that is only called stays as narrow as the rest of the program.
#[inline]
pub fn wide<A, R>(body: impl FnOnce(A) -> R, arguments: A) -> R {
    Arch::new().dispatch(Call { body, arguments })
}

struct Call<F, A> {
    body: F,
    arguments: A,
}

impl<A, R, F: FnOnce(A) -> R> WithSimd for Call<F, A> {
    type Output = R;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> R {
        (self.body)(self.arguments)
    }
}

/// A vector, lane by lane.
#[inline(always)]
pub fn lanes(number: impl Fn(usize) -> f32) -> Lanes {
    Lanes(from_fn(number))
}

/// `sum + x`.
#[inline(always)]
pub fn plus(sum: Lanes, x: Lanes) -> Lanes {
    lanes(|lane| sum.0[lane] + x.0[lane])
}

/// The sum of a vector's lanes: by halves, the same on every machine.
#[inline(always)]
pub fn sum_of_lanes(x: &Lanes) -> f32 {
    let eight: [f32; 8] = from_fn(|lane| x.0[lane] + x.0[lane + 8]);
    let four: [f32; 4] = from_fn(|lane| eight[lane] + eight[lane + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

/// Vectors that are summed in single precision before they go to double precision.
const RUN: usize = 64;

/// For each lane the sums of `count` vectors each of `K` kinds, in double precision: single precision sums of [`RUN`] vectors at a time.
#[inline(always)]
pub fn totals<const K: usize>(count: usize, mut vectors: impl FnMut(usize) -> [Lanes; K]) -> [[f64; LANES]; K] {
    let mut totals = [[0.0; LANES]; K];
    let mut start = 0;
    while start < count {
        let end = (start + RUN).min(count);
        let mut sums = [Lanes::default(); K];
        for index in start..end {
            let vectors = vectors(index);
            sums = from_fn(|kind| plus(sums[kind], vectors[kind]));
        }
        for (total, sum) in totals.iter_mut().zip(&sums) {
            for (total, sum) in total.iter_mut().zip(&sum.0) {
                *total += f64::from(*sum);
            }
        }
        start = end;
    }
    totals
}
