//! Stretching and shearing.

use super::super::draws::Draws;
use super::super::grid::{Border, Grid};

/// How much the whole shifts, and how much its parts do: parts of the image's side.
#[derive(Clone, Copy)]
pub(super) struct Elastic {
    /// How far parts are displaced.
    strength: f64,
    /// How smooth displacements are: a standard deviation.
    smoothness: f64,
    /// How far the three points move that define the affine map.
    affine: f64,
}

/// For each severity.
pub(super) const CIFAR: [Elastic; 5] = [
    Elastic { strength: 0.0, smoothness: 0.0, affine: 0.08 },
    Elastic { strength: 0.05, smoothness: 0.2, affine: 0.07 },
    Elastic { strength: 0.08, smoothness: 0.06, affine: 0.06 },
    Elastic { strength: 0.1, smoothness: 0.04, affine: 0.05 },
    Elastic { strength: 0.1, smoothness: 0.03, affine: 0.03 },
];

/// Displacements are smoothed out to so many standard deviations.
const REACH: f64 = 3.0;

/// An affine map of the image that moves three points at random, then displacements of its parts by smoothed noise.
pub(super) fn transform(x: &Grid, elastic: Elastic, random: &mut impl Draws) -> Grid {
    let side = x.rows.min(x.columns) as f64;
    let moved = affine(x, elastic.affine * side, random);
    let mut field = || {
        let noise = (0..x.rows * x.columns).map(|_| random.between(-1.0, 1.0)).collect();
        let noise = Grid::new(x.rows, x.columns, 1, noise).gaussian(elastic.smoothness * side, REACH, Border::Reflect);
        noise.map(|value| value * elastic.strength * side)
    };
    let (right, down) = (field(), field());
    Grid::of(x.rows, x.columns, x.channels, |row, column, channel| {
        let (row_from, column_from) = (row as f64 + down.at(row, column, 0), column as f64 + right.at(row, column, 0));
        moved.between(row_from, column_from, channel, Border::Reflect)
    })
}

/// The image under the affine map that moves three points around the middle by up to `furthest` pixels down and right.
fn affine(x: &Grid, furthest: f64, random: &mut impl Draws) -> Grid {
    // The middle's coordinates are in the order rows, columns, those of points the other way round: so the published images were made.
    let middle = [(x.rows / 2) as f64, (x.columns / 2) as f64];
    let arm = (x.rows.min(x.columns) / 3) as f64;
    let from = [[1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]].map(|way| [middle[0] + way[0] * arm, middle[1] + way[1] * arm]);
    let to = from.map(|point| point.map(|coordinate| coordinate + random.between(-furthest, furthest)));
    let Some(back) = map_between(to, from) else { return x.clone() };
    Grid::of(x.rows, x.columns, x.channels, |row, column, channel| {
        let coordinate = |[right, down, shift]: [f64; 3]| right * column as f64 + down * row as f64 + shift;
        x.between(coordinate(back[1]), coordinate(back[0]), channel, Border::Mirror)
    })
}

/// The affine map that takes three points to three others, as factors of right, down and 1 for right and for down; `None` for points on one
/// line.
fn map_between(from: [[f64; 2]; 3], to: [[f64; 2]; 3]) -> Option<[[f64; 3]; 2]> {
    let side = |points: [[f64; 2]; 3], corner: usize, axis: usize| points[corner][axis] - points[0][axis];
    let (a, b, c, d) = (side(from, 1, 0), side(from, 1, 1), side(from, 2, 0), side(from, 2, 1));
    let area = a * d - b * c;
    let row = |axis: usize| {
        let (first, second) = (side(to, 1, axis), side(to, 2, axis));
        let (right, down) = ((first * d - second * b) / area, (second * a - first * c) / area);
        [right, down, to[0][axis] - right * from[0][0] - down * from[0][1]]
    };
    (area != 0.0).then(|| [row(0), row(1)])
}
