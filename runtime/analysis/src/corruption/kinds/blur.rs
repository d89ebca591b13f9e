//! Lenses and glass.

use super::super::draws::Draws;
use super::super::grid::{Border, Grid};

/// Gaussian filters of images reach so many standard deviations.
const REACH: f64 = 4.0;

/// Averages over a disk of so many pixels, whose edge is softened by 3 × 3 Gaussian weights.
pub(super) fn defocus(x: &Grid, (radius, softness): (f64, f64)) -> Grid {
    let kernel = disk(radius, softness);
    Grid::of(x.rows, x.columns, x.channels, |row, column, channel| {
        let place = |at: usize, by: isize, length| Border::Mirror.place(at as isize + by, length);
        let value = |down, right| x.at(place(row, down, x.rows), place(column, right, x.columns), channel);
        kernel.iter().map(|(down, right, weight)| weight * value(*down, *right)).sum()
    })
}

/// The weights of places around the middle, with sum 1.
fn disk(radius: f64, softness: f64) -> Vec<(isize, isize, f64)> {
    let soft = (-0.5 / (softness * softness)).exp();
    let line = |by: isize| if by == 0 { 1.0 } else { soft } / (1.0 + 2.0 * soft);
    let reach = radius as isize;
    let inside = |down: isize, right: isize| (down * down + right * right) as f64 <= radius * radius;
    let square = |reach: isize| (-reach..=reach).flat_map(move |down| (-reach..=reach).map(move |right| (down, right)));
    let area = square(reach).filter(|(down, right)| inside(*down, *right)).count() as f64;
    let near = |down: isize, right: isize| square(1).filter(move |(d, r)| inside(down + d, right + r));
    let weight = |down, right| near(down, right).map(|(d, r)| line(d) * line(r)).sum::<f64>() / area;
    square(reach + 1).map(|(down, right)| (down, right, weight(down, right))).collect()
}

/// Blurs, copies pixels from places near by, so many times, and blurs again.
///
/// Pixels are copied from up to `furthest` places up or left, none down or right, and never swapped: so the published images were made.
pub(super) fn glass(x: &Grid, (deviation, furthest, times): (f64, usize, usize), random: &mut impl Draws) -> Grid {
    let blurred = x.gaussian(deviation, REACH, Border::Nearest);
    let mut grid = Grid::from_bytes(x.rows, x.columns, x.channels, &blurred.bytes());
    for _ in 0..times {
        for row in (furthest + 1..=x.rows.saturating_sub(furthest)).rev() {
            for column in (furthest + 1..=x.columns.saturating_sub(furthest)).rev() {
                let mut near = |at: usize| at + random.below(2 * furthest) - furthest;
                let (from_column, from_row) = (near(column), near(row));
                let (from, to) = ((from_row * x.columns + from_column) * x.channels, (row * x.columns + column) * x.channels);
                grid.values.copy_within(from..from + x.channels, to);
            }
        }
    }
    grid.gaussian(deviation, REACH, Border::Nearest)
}
