//! Trained parameters as vectors that programs read, and the sums of their gradients.
//!
//! Each share has rows of vectors, one vector for each of its cell's parameters: a row for each unit if some parameter has a number for
//! each, otherwise a few rows that sites take in turns, so that the sums do not wait for each other.

use super::weights::{Place, Weights};
use crate::lanes::Lanes;
use std::ops::Range;

/// Rows of a share all of whose sites have the same numbers.
const TURNS: usize = 8;

#[derive(Debug)]
pub struct Trained {
    shares: Vec<Share>,
    len: usize,
}

#[derive(Debug)]
struct Share {
    /// Its vectors.
    range: Range<usize>,
    per_unit: bool,
    /// Of each parameter.
    places: Vec<Place>,
}

impl Trained {
    /// `units` has the number of units of each share.
    pub fn new(weights: &Weights, units: &[usize]) -> Self {
        let mut len = 0;
        let share = |(places, units): (&Vec<Place>, &usize)| {
            let per_unit = places.iter().any(|place| matches!(place, Place::PerUnit(_)));
            let rows = if per_unit { *units } else { TURNS };
            let range = len..len + rows * places.len();
            len = range.end;
            Share { range, per_unit, places: places.clone() }
        };
        let shares = weights.shares.iter().zip(units).map(share).collect();
        Self { shares, len }
    }

    /// Vectors of all shares.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The vectors of a share.
    pub fn range(&self, share: usize) -> Range<usize> {
        self.shares[share].range.clone()
    }

    /// Where the row of a site begins in those of its share; it is the `number`th of its group.
    pub fn row(&self, share: usize, unit: u32, number: usize) -> u32 {
        let Share { per_unit, places, .. } = &self.shares[share];
        (if *per_unit { unit } else { (number % TURNS) as u32 }) * places.len() as u32
    }

    /// Copies every number into its vectors.
    pub fn prepare(&self, weights: &[f32], packed: &mut [f32]) {
        let mut vectors = packed.chunks_exact_mut(crate::LANES);
        self.each(|_, number| {
            if let Some(vector) = vectors.next() {
                vector.fill(weights[number]);
            }
        });
    }

    /// Adds what the vectors' lanes come to.
    pub fn collect(&self, sums: &[Lanes], dweights: &mut [f32]) {
        self.each(|vector, number| dweights[number] += sum(&sums[vector]));
    }

    /// Every vector and which number it is of.
    fn each(&self, mut f: impl FnMut(usize, usize)) {
        for Share { range, places, .. } in self.shares.iter().filter(|share| !share.places.is_empty()) {
            for (row, start) in range.clone().step_by(places.len()).enumerate() {
                places.iter().enumerate().for_each(|(parameter, place)| f(start + parameter, place.at(row as u32)));
            }
        }
    }
}

fn sum(vector: &Lanes) -> f32 {
    let mut parts = vector.0;
    for half in [8, 4, 2, 1] {
        let (low, high) = parts.split_at_mut(half);
        low.iter_mut().zip(high).for_each(|(low, high)| *low += *high);
    }
    parts[0]
}
