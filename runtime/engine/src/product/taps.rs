//! Vectors times numbers, summed over what a kernel covers.
//!
//! What a place of the result reads is a few runs of vectors, each contiguous: a [`Window`]. A tile is the result at some places for one
//! block of channels; a number is loaded once for all places and a vector once for all channels of the tile.

use super::machine::{AHEAD, fetch, registers, registers_mut};
use hetc_kernels::Lanes;
use pulp::{Simd, WithSimd};

/// What a place reads: `rows` times `runs` runs of `length` vectors.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// How often.
    pub rows: usize,
    /// Vectors from a row to the next.
    pub row_step: usize,
    /// Numbers of weights, in blocks, from a row to the next.
    pub row_weights: usize,
    /// Runs in a row.
    pub runs: usize,
    /// Vectors from a run to the next.
    pub run_step: usize,
    /// Vectors in a run. Runs of a row follow each other in the weights.
    pub length: usize,
}

/// The result for one block of channels at places in a line.
pub struct Taps<'a> {
    /// What each place reads.
    pub window: Window,
    /// From where the first place reads.
    pub from: &'a [Lanes],
    /// Vectors from where a place reads to where the next one does.
    pub from_step: usize,
    /// From the first weight of the window: for each vector of it, one number a channel of the block.
    pub weights: &'a [f32],
    /// One number a channel of the block, or none.
    pub bias: Option<&'a [f32]>,
    /// How many places.
    pub places: usize,
    /// Channels of the block: one of [`sizes`] or [`sizes_alone`].
    pub block: usize,
    /// Whether each channel of the block is by itself: its weights belong to one vector each, side by side from the run's first on, and not
    /// to one that all have in common.
    pub each: bool,
    /// The result, from the first place's first channel.
    pub to: &'a mut [Lanes],
    /// Vectors from a place of the result to the next.
    pub to_step: usize,
}

/// Channels in a block on a machine whose registers hold `width` floats: largest first, down to 1.
pub fn sizes(width: usize) -> &'static [usize] {
    match width {
        16 => &[8, 4, 2, 1],
        8 => &[6, 4, 2, 1],
        _ => &[4, 2, 1],
    }
}

/// As [`sizes`], where there is one place alone.
pub fn sizes_alone(width: usize) -> &'static [usize] {
    if width == 16 { &[16, 8, 4, 2, 1] } else { sizes(width) }
}

impl WithSimd for Taps<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if self.each { self.by_block::<S, true>(simd) } else { self.by_block::<S, false>(simd) }
    }
}

impl Taps<'_> {
    #[inline(always)]
    fn by_block<S: Simd, const EACH: bool>(self, simd: S) {
        match (S::F32_LANES, self.block) {
            (16, 16) => self.line::<S, EACH, 1, 16, 1>(simd),
            (16, 8) => self.line::<S, EACH, 1, 8, 3>(simd),
            (16, 4) => self.line::<S, EACH, 1, 4, 6>(simd),
            (16, 2) => self.line::<S, EACH, 1, 2, 6>(simd),
            (16, _) => self.line::<S, EACH, 1, 1, 8>(simd),
            (8, 6) => self.line::<S, EACH, 2, 6, 1>(simd),
            (8, 4) => self.line::<S, EACH, 2, 4, 1>(simd),
            (8, 2) => self.line::<S, EACH, 2, 2, 3>(simd),
            (8, _) => self.line::<S, EACH, 2, 1, 5>(simd),
            (4, 4) => self.line::<S, EACH, 4, 4, 1>(simd),
            (4, 2) => self.line::<S, EACH, 4, 2, 2>(simd),
            (4, _) => self.line::<S, EACH, 4, 1, 4>(simd),
            (_, 4) => self.line::<S, EACH, 16, 4, 1>(simd),
            (_, 2) => self.line::<S, EACH, 16, 2, 1>(simd),
            _ => self.line::<S, EACH, 16, 1, 1>(simd),
        }
    }

    /// `P` places at once while there are as many, then one by one.
    #[inline(always)]
    fn line<S: Simd, const EACH: bool, const H: usize, const O: usize, const P: usize>(self, simd: S) {
        let Self { window, from, from_step, weights, bias, places, to, to_step, .. } = self;
        let (from, to) = (registers::<S, H>(from), registers_mut::<S, H>(to));
        let weights = weights.as_chunks::<O>().0;
        let mut start = [0.0; O];
        if let Some(bias) = bias {
            start.copy_from_slice(bias);
        }
        let mut place = 0;
        while place + P <= places {
            let sums = tile::<S, EACH, H, O, P>(simd, &window, &from[place * from_step..], from_step, weights, start);
            for (p, sums) in sums.iter().enumerate() {
                to[(place + p) * to_step..][..O].copy_from_slice(sums);
            }
            place += P;
        }
        while place < places {
            let [sums] = tile::<S, EACH, H, O, 1>(simd, &window, &from[place * from_step..], from_step, weights, start);
            to[place * to_step..][..O].copy_from_slice(&sums);
            place += 1;
        }
    }
}

/// The sums at `P` places.
#[inline(always)]
fn tile<S: Simd, const EACH: bool, const H: usize, const O: usize, const P: usize>(
    simd: S,
    window: &Window,
    from: &[[S::f32s; H]],
    from_step: usize,
    weights: &[[f32; O]],
    start: [f32; O],
) -> [[[S::f32s; H]; O]; P] {
    let mut sums = [[[simd.splat_f32s(0.0); H]; O]; P];
    for sums in &mut sums {
        for (sum, start) in sums.iter_mut().zip(start) {
            *sum = [simd.splat_f32s(start); H];
        }
    }
    let reach = if EACH { window.length + O - 1 } else { window.length };
    for row in 0..window.rows {
        for run in 0..window.runs {
            let first = row * window.row_step + run * window.run_step;
            let weights = &weights[row * window.row_weights + run * window.length..][..window.length];
            let mut vectors = [from; P];
            for (p, vectors) in vectors.iter_mut().enumerate() {
                *vectors = &from[first + p * from_step..][..reach];
            }
            for k in 0..window.length {
                fetch(weights.as_flattened(), k * O + AHEAD);
                for o in 0..O {
                    let weight = simd.splat_f32s(weights[k][o]);
                    for p in 0..P {
                        let vector = if EACH { &vectors[p][k + o] } else { &vectors[p][k] };
                        for h in 0..H {
                            sums[p][o][h] = simd.mul_add_e_f32s(vector[h], weight, sums[p][o][h]);
                        }
                    }
                }
            }
        }
    }
    sums
}
