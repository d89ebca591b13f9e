//! Sixteen samples side by side: the layout that every kernel works on.
//!
//! **Terms.** A *group* is 16 samples of a batch. A *vector* ([`Lanes`]) holds one number of each of them. A value of a group is a slice of
//! vectors: unit `u` of a vector of units is `value[u]`; channel `c` at row `y`, column `x` of a map of `C` channels and `W` columns is
//! `value[(y * W + x) * C + c]`, so that what a convolution or a cell of several arguments reads lies side by side.
//!
//! In this layout nothing has a tail and nothing is gathered: cells of different types take turns vector by vector at no cost, windows are
//! a few vectors above each other, and a product of matrices is a number of the one times a vector of the other.

use bytemuck::{Pod, Zeroable};

/// Samples in a group.
pub const LANES: usize = 16;

/// One number of each sample of a group.
#[derive(Debug, Clone, Copy, PartialEq, Default, Pod, Zeroable)]
#[repr(C, align(64))]
pub struct Lanes(pub [f32; LANES]);

impl Lanes {
    /// The same number for every sample.
    pub const fn all(number: f32) -> Self {
        Self([number; LANES])
    }
}

/// Vectors as plain numbers, 16 of them after each other.
pub fn floats(vectors: &[Lanes]) -> &[f32] {
    bytemuck::cast_slice(vectors)
}

/// As [`floats`].
pub fn floats_mut(vectors: &mut [Lanes]) -> &mut [f32] {
    bytemuck::cast_slice_mut(vectors)
}
