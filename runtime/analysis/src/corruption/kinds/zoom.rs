//! Zooming in.

use super::super::grid::{Border, Grid};

/// What numpy makes of steps of 0.01 from 1 on.
const STEP: f64 = 1.01 - 1.0;

/// The mean of the image twice and of itself zoomed by 1.01, 1.02 and so on: so many images, the first of them not zoomed.
pub(super) fn blur(x: &Grid, images: usize) -> Grid {
    let mut sum = x.clone();
    for image in 0..images {
        let zoomed = zoom(x, 1.0 + STEP * image as f64);
        sum.values.iter_mut().zip(&zoomed.values).for_each(|(sum, value)| *sum += value);
    }
    sum.map(|value| value / (images + 1) as f64)
}

/// The middle of the image, enlarged to the image's size.
pub(super) fn zoom(x: &Grid, factor: f64) -> Grid {
    let (down, right) = (Axis::new(x.rows, factor), Axis::new(x.columns, factor));
    Grid::of(x.rows, x.columns, x.channels, |row, column, channel| {
        x.between(down.place(row), right.place(column), channel, Border::Nearest)
    })
}

/// How places along one side follow from places in the zoomed image.
struct Axis {
    first: f64,
    trim: f64,
    scale: f64,
}

impl Axis {
    /// So many pixels of `length` are cut out of the middle that they fill it when enlarged; corners stay corners.
    fn new(length: usize, factor: f64) -> Self {
        let cut = (length as f64 / factor).ceil();
        let large = (cut * factor).round_ties_even().max(length as f64);
        let middle = |more: f64| (more / 2.0).floor();
        let scale = if large > 1.0 { (cut - 1.0) / (large - 1.0) } else { 0.0 };
        Self { first: middle(length as f64 - cut), trim: middle(large - length as f64), scale }
    }

    fn place(&self, at: usize) -> f64 {
        self.first + (self.trim + at as f64) * self.scale
    }
}
