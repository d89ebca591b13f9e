//! Vectors times numbers, a few spread over many.

use super::machine::{AHEAD, fetch, registers, registers_mut};
use hetc_kernels::Lanes;
use pulp::{Simd, WithSimd};

/// `to[k] = Σ weights[k][o] · from[o]`, or that added to what is there: the weights of one block in the order in which
/// [`Taps`](super::taps::Taps) reads them, run backward.
pub struct Spread<'a> {
    /// `[k][o]`.
    pub weights: &'a [f32],
    /// One vector an `o`: as many as one of [`sizes`](super::taps::sizes).
    pub from: &'a [Lanes],
    /// The result.
    pub to: &'a mut [Lanes],
    /// Whether to add.
    pub adds: bool,
}

impl WithSimd for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match (S::F32_LANES, self.from.len()) {
            (16, 16) => self.all::<S, 1, 16, 16>(simd),
            (16, 8) => self.all::<S, 1, 8, 16>(simd),
            (16, 4) => self.all::<S, 1, 4, 16>(simd),
            (16, 2) => self.all::<S, 1, 2, 16>(simd),
            (16, _) => self.all::<S, 1, 1, 16>(simd),
            (8, 6) => self.all::<S, 2, 6, 6>(simd),
            (8, 4) => self.all::<S, 2, 4, 6>(simd),
            (8, 2) => self.all::<S, 2, 2, 6>(simd),
            (8, _) => self.all::<S, 2, 1, 6>(simd),
            (4, 4) => self.all::<S, 4, 4, 4>(simd),
            (4, 2) => self.all::<S, 4, 2, 4>(simd),
            (4, _) => self.all::<S, 4, 1, 4>(simd),
            (_, 4) => self.all::<S, 16, 4, 1>(simd),
            (_, 2) => self.all::<S, 16, 2, 1>(simd),
            _ => self.all::<S, 16, 1, 1>(simd),
        }
    }
}

impl Spread<'_> {
    /// `K` at once while there are as many, then one by one.
    #[inline(always)]
    fn all<S: Simd, const H: usize, const O: usize, const K: usize>(self, simd: S) {
        let Some(from) = registers::<S, H>(self.from).first_chunk::<O>() else { return };
        let weights = self.weights.as_chunks::<O>().0;
        let (tiles, rest) = registers_mut::<S, H>(self.to).as_chunks_mut::<K>();
        let (tile_weights, rest_weights) = weights.split_at(tiles.len() * K);
        for (to, weights) in tiles.iter_mut().zip(tile_weights.as_chunks().0) {
            tile::<S, H, O, K>(simd, weights, from, to, self.adds);
        }
        for (to, weights) in rest.as_chunks_mut().0.iter_mut().zip(rest_weights.as_chunks().0) {
            tile::<S, H, O, 1>(simd, weights, from, to, self.adds);
        }
    }
}

#[inline(always)]
fn tile<S: Simd, const H: usize, const O: usize, const K: usize>(
    simd: S,
    weights: &[[f32; O]; K],
    from: &[[S::f32s; H]; O],
    to: &mut [[S::f32s; H]; K],
    adds: bool,
) {
    let mut sums = if adds { *to } else { [[simd.splat_f32s(0.0); H]; K] };
    for o in 0..O {
        fetch(weights.as_flattened(), AHEAD + o * K);
        for k in 0..K {
            let weight = simd.splat_f32s(weights[k][o]);
            for h in 0..H {
                sums[k][h] = simd.mul_add_e_f32s(from[o][h], weight, sums[k][h]);
            }
        }
    }
    *to = sums;
}
