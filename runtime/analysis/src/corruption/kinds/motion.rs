//! Motion, as ImageMagick blurs by it.

use super::super::grid::{Border, Grid};

/// Averages along a line that begins at the pixel and leads `2 radius` pixels in the direction of `angle` (degrees, clockwise from right),
/// with the weights of half a Gaussian of this standard deviation.
pub(super) fn blur(x: &Grid, radius: usize, deviation: f64, angle: f64) -> Grid {
    let weights: Vec<f64> = (0..=2 * radius).map(|at| (-0.5 * (at as f64 / deviation).powi(2)).exp()).collect();
    let total: f64 = weights.iter().sum();
    let (down, right) = angle.to_radians().sin_cos();
    let place = |at: usize, part: f64| (at as f64 * part - 0.5).ceil() as isize;
    let line: Vec<(isize, isize, f64)> =
        weights.iter().enumerate().map(|(at, weight)| (place(at, down), place(at, right), weight / total)).collect();
    Grid::of(x.rows, x.columns, x.channels, |row, column, channel| {
        let near = |at: usize, by: isize, length| Border::Nearest.place(at as isize + by, length);
        let value = |down, right| x.at(near(row, down, x.rows), near(column, right, x.columns), channel);
        line.iter().map(|(down, right, weight)| weight * value(*down, *right)).sum()
    })
}
