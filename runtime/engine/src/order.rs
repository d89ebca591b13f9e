//! The two orders of a sample's numbers: the plan's, units (channels) outermost, and that of vectors, positions outermost.

use hetc_compiler::shape::Shape;

/// Positions of a map; 1 for a vector, whose two orders are one.
pub fn positions(shape: &Shape) -> usize {
    shape.spatial().map_or(1, |(height, width)| height * width)
}

/// For the numbers of a sample of shape `shape`, in the plan's order: the place of the vector of each.
pub fn vectors(shape: &Shape) -> impl Iterator<Item = usize> {
    let (units, positions) = (shape.units(), positions(shape));
    (0..units).flat_map(move |unit| (0..positions).map(move |position| position * units + unit))
}
