//! Fog: clouds by midpoint displacement (Fournier, Fussell and Carpenter 1982), also the ground of frost.

use super::super::draws::Draws;
use super::super::grid::Grid;

/// Displacements of the largest squares.
const LARGEST: f64 = 100.0;

/// Clouds of this strength are added, then everything is scaled back to the image's own brightest number.
pub(super) fn fog(x: &Grid, (strength, decay): (f64, f64), random: &mut impl Draws) -> Grid {
    let brightest = x.values.iter().copied().fold(0.0, f64::max);
    let clouds = clouds(x.rows, x.columns, decay, random);
    Grid::of(x.rows, x.columns, x.channels, |row, column, channel| {
        (x.at(row, column, channel) + strength * clouds.at(row, column, 0)) * brightest / (brightest + strength)
    })
}

/// Heights of this size: a corner of a square that repeats, whose lowest height is 0 and whose highest 1. The larger the `decay`, the smoother.
pub(super) fn clouds(rows: usize, columns: usize, decay: f64, random: &mut impl Draws) -> Grid {
    let mut map = Map { side: rows.max(columns).next_power_of_two().max(2), heights: Vec::new() };
    map.heights = vec![0.0; map.side * map.side];
    let (mut step, mut strength) = (map.side, LARGEST);
    while step >= 2 {
        let half = step / 2;
        map.fill(step, (half, half), half, true, strength, random);
        map.fill(step, (0, half), half, false, strength, random);
        map.fill(step, (half, 0), half, false, strength, random);
        (step, strength) = (half, strength / decay);
    }
    let least = map.heights.iter().copied().fold(f64::INFINITY, f64::min);
    let most = map.heights.iter().copied().fold(f64::NEG_INFINITY, f64::max) - least;
    Grid::of(rows, columns, 1, |row, column, _| (map.heights[row * map.side + column] - least) / most)
}

struct Map {
    side: usize,
    heights: Vec<f64>,
}

impl Map {
    /// Places from `first` on, a `step` apart, become the mean of four neighbours, diagonal or straight ones, and a displacement.
    fn fill(&mut self, step: usize, first: (usize, usize), half: usize, diagonal: bool, strength: f64, random: &mut impl Draws) {
        let side = self.side;
        for row in (first.0..side).step_by(step) {
            for column in (first.1..side).step_by(step) {
                let at = |row: usize, column: usize| self.heights[row % side * side + column % side];
                let (up, down, left, right) = (row + side - half, row + half, column + side - half, column + half);
                let sum = match diagonal {
                    true => at(up, left) + at(down, left) + at(up, right) + at(down, right),
                    false => at(up, column) + at(down, column) + at(row, left) + at(row, right),
                };
                self.heights[row * side + column] = sum / 4.0 + strength * random.between(-strength, strength);
            }
        }
    }
}
