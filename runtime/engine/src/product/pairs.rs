//! Vectors times vectors, summed over places; what is left is to be summed over lanes.

use super::Machine;
use super::machine::{registers, registers_mut};
use hetc_kernels::{LANES, Lanes};
use pulp::{Simd, WithSimd};

/// Adds `Σ left[place][l] · right[place][r]` to `sums[r][l]`, summed over `rows × places` places; or, where each on the left has its own,
/// `Σ left[place][l] · right[place][r][l]`.
pub struct Pairs<'a> {
    /// Rows of places.
    pub rows: usize,
    /// Places in a row.
    pub places: usize,
    /// From the first place's first vector.
    pub left: &'a [Lanes],
    /// Vectors from a row to the next and from a place to the next.
    pub left_steps: [usize; 2],
    /// Vectors of each place on the left: one of [`LEFT_SIZES`].
    pub lefts: usize,
    /// From the first place's first vector.
    pub right: &'a [Lanes],
    /// Vectors from a row to the next and from a place to the next.
    pub right_steps: [usize; 2],
    /// Vectors of each place on the right.
    pub rights: usize,
    /// If each vector on the left has its own on the right, as many side by side: vectors from those to the next, of `rights`.
    pub each: Option<usize>,
    /// `[rights][lefts]`, summed over lanes it is the result.
    pub sums: &'a mut [Lanes],
}

/// Vectors on the left of a tile, largest first, down to 1.
pub const LEFT_SIZES: [usize; 3] = [4, 2, 1];

impl WithSimd for Pairs<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.each {
            None => self.by_lefts::<S, false>(simd, 1),
            Some(step) => self.by_lefts::<S, true>(simd, step),
        }
    }
}

impl Pairs<'_> {
    #[inline(always)]
    fn by_lefts<S: Simd, const EACH: bool>(self, simd: S, step: usize) {
        match (S::F32_LANES, self.lefts) {
            (16, 4) => self.by_rights::<S, EACH, 1, 1, 4, 6>(simd, step),
            (16, 2) => self.by_rights::<S, EACH, 1, 1, 2, 6>(simd, step),
            (16, _) => self.by_rights::<S, EACH, 1, 1, 1, 6>(simd, step),
            (8, 4) => self.by_rights::<S, EACH, 2, 1, 4, 2>(simd, step),
            (8, 2) => self.by_rights::<S, EACH, 2, 1, 2, 4>(simd, step),
            (8, _) => self.by_rights::<S, EACH, 2, 1, 1, 6>(simd, step),
            (4, 4) => self.by_rights::<S, EACH, 4, 1, 4, 2>(simd, step),
            (4, 2) => self.by_rights::<S, EACH, 4, 1, 2, 4>(simd, step),
            (4, _) => self.by_rights::<S, EACH, 4, 1, 1, 6>(simd, step),
            (_, 4) => self.by_rights::<S, EACH, 16, 16, 4, 1>(simd, step),
            (_, 2) => self.by_rights::<S, EACH, 16, 16, 2, 1>(simd, step),
            _ => self.by_rights::<S, EACH, 16, 16, 1, 1>(simd, step),
        }
    }

    /// `R` vectors on the right at once while there are as many, then fewer.
    #[inline(always)]
    fn by_rights<S: Simd, const EACH: bool, const H: usize, const A: usize, const L: usize, const R: usize>(
        mut self,
        simd: S,
        step: usize,
    ) {
        let mut right = 0;
        while right < self.rights {
            right += match self.rights - right {
                left if left >= R => self.tile::<S, EACH, H, A, L, R>(simd, right, step),
                left if left >= 3 && R > 3 => self.tile::<S, EACH, H, A, L, 3>(simd, right, step),
                left if left >= 2 && R > 2 => self.tile::<S, EACH, H, A, L, 2>(simd, right, step),
                _ => self.tile::<S, EACH, H, A, L, 1>(simd, right, step),
            };
        }
    }

    /// `A` registers take the sum of a pair: its lanes' parts are added as they come. Gives `R`.
    #[inline(always)]
    fn tile<S: Simd, const EACH: bool, const H: usize, const A: usize, const L: usize, const R: usize>(
        &mut self,
        simd: S,
        first: usize,
        step: usize,
    ) -> usize {
        let (left, right) = (registers::<S, H>(self.left), registers::<S, H>(self.right));
        let sums = &mut registers_mut::<S, H>(self.sums)[first * L..][..R * L];
        let mut parts = [[[simd.splat_f32s(0.0); A]; L]; R];
        for r in 0..R {
            for l in 0..L {
                parts[r][l].copy_from_slice(&sums[r * L + l][..A]);
            }
        }
        let reach = if EACH { (R - 1) * step + L } else { R };
        for row in 0..self.rows {
            let (left, right) = (&left[row * self.left_steps[0]..], &right[row * self.right_steps[0]..]);
            for place in 0..self.places {
                let left = &left[place * self.left_steps[1]..][..L];
                let right = &right[place * self.right_steps[1] + first * step..][..reach];
                for h in 0..H {
                    for r in 0..R {
                        for l in 0..L {
                            let right = if EACH { &right[r * step + l] } else { &right[r] };
                            parts[r][l][h % A] = simd.mul_add_e_f32s(left[l][h], right[h], parts[r][l][h % A]);
                        }
                    }
                }
            }
        }
        for r in 0..R {
            for l in 0..L {
                sums[r * L + l][..A].copy_from_slice(&parts[r][l]);
            }
        }
        R
    }
}

/// The sum of a vector's lanes.
pub fn total(vector: &Lanes) -> f32 {
    let mut parts = vector.0;
    for half in [LANES / 2, LANES / 4, LANES / 8, 1] {
        let (low, high) = parts.split_at_mut(half);
        low.iter_mut().zip(high).for_each(|(low, high)| *low += *high);
    }
    parts[0]
}

/// Adds to `sums[u]` what vector `u` of each place holds: `vectors` has `sums.len()` vectors a place.
pub fn add_totals(machine: Machine, vectors: &[Lanes], sums: &mut [f32]) {
    machine.dispatch(Totals { vectors, sums });
}

struct Totals<'a> {
    vectors: &'a [Lanes],
    sums: &'a mut [f32],
}

impl WithSimd for Totals<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.all::<S, 1, 8>(simd),
            8 => self.all::<S, 2, 4>(simd),
            4 => self.all::<S, 4, 2>(simd),
            _ => self.all::<S, 16, 1>(simd),
        }
    }
}

impl Totals<'_> {
    /// `U` units at once while there are as many, then one by one.
    #[inline(always)]
    fn all<S: Simd, const H: usize, const U: usize>(self, simd: S) {
        let units = self.sums.len();
        let vectors = registers::<S, H>(self.vectors);
        let (blocks, rest) = self.sums.as_chunks_mut::<U>();
        let first_rest = blocks.len() * U;
        for (block, sums) in blocks.iter_mut().enumerate() {
            add_block::<S, H, U>(simd, vectors, units, block * U, sums);
        }
        for (unit, sum) in rest.as_chunks_mut().0.iter_mut().enumerate() {
            add_block::<S, H, 1>(simd, vectors, units, first_rest + unit, sum);
        }
    }
}

#[inline(always)]
fn add_block<S: Simd, const H: usize, const U: usize>(
    simd: S,
    vectors: &[[S::f32s; H]],
    units: usize,
    first: usize,
    sums: &mut [f32; U],
) {
    let mut parts = [[simd.splat_f32s(0.0); H]; U];
    for place in vectors.chunks_exact(units) {
        let Some(place) = place[first..].first_chunk::<U>() else { return };
        for u in 0..U {
            for h in 0..H {
                parts[u][h] = simd.add_f32s(parts[u][h], place[u][h]);
            }
        }
    }
    for (sum, part) in sums.iter_mut().zip(parts) {
        *sum += part.into_iter().map(|part| simd.reduce_sum_f32s(part)).sum::<f32>();
    }
}
