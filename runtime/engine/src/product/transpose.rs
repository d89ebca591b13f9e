//! Sixteen vectors of sixteen floats as rows and as columns.

use super::Machine;
use hetc_kernels::{LANES, Lanes};

/// Rows as columns.
pub fn transpose(_machine: Machine, from: &[Lanes; LANES], to: &mut [Lanes; LANES]) {
    for (row, from) in from.iter().enumerate() {
        for (to, number) in to.iter_mut().zip(from.0) {
            to.0[row] = number;
        }
    }
}

/// As [`transpose`], of at most 16 vectors; rows that are not there are zeros.
pub fn transpose_some(machine: Machine, from: &[Lanes], to: &mut [Lanes; LANES]) {
    if let Some(from) = from.first_chunk() {
        return transpose(machine, from, to);
    }
    let mut rows = [Lanes::default(); LANES];
    rows[..from.len()].copy_from_slice(from);
    transpose(machine, &rows, to);
}
