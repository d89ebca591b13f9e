//! The two orders of a sample's numbers: the plan's, units (channels) outermost, and that of vectors, positions outermost.

use hetc_compiler::shape::Shape;

/// Positions of a map; 1 for a vector, whose two orders are one.
pub fn positions(shape: &Shape) -> usize {
    shape.spatial().map_or(1, |(height, width)| height * width)
}

/// For the numbers of a sample of shape `shape`, in the order of vectors: the place of each in the plan's order.
pub fn places(shape: &Shape) -> impl Iterator<Item = usize> {
    let (units, positions) = (shape.units(), positions(shape));
    (0..positions).flat_map(move |position| (0..units).map(move |unit| unit * positions + position))
}
