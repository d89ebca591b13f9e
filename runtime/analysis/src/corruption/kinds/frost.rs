//! Ice on the lens. Drawn, not photographed: rough clouds of ice, bluish, about as light and as uneven as the photographs that the published
//! images were made with.

use super::super::draws::Draws;
use super::super::grid::Grid;
use super::fog::clouds;

/// How little ice is smoothed: each halving of the scale leaves this much less of the displacements.
const DECAY: f64 = 1.3;

/// How light ice is, from one window to another: green, of 1.
const LIGHTNESS: (f64, f64) = (0.45, 0.85);

/// Red, green and blue beside green.
const TINT: [f64; 3] = [0.87, 1.0, 1.07];

/// The standard deviation of lightness within an image.
const SPREAD: f64 = 0.1;

/// So much of the image, and ice of this strength over it.
pub(super) fn frost(x: &Grid, (image, strength): (f64, f64), random: &mut impl Draws) -> Grid {
    let ice = ice(x.rows, x.columns, random);
    Grid::of(x.rows, x.columns, x.channels, |row, column, channel| {
        image * x.at(row, column, channel) + strength * ice.at(row, column, channel)
    })
}

fn ice(rows: usize, columns: usize, random: &mut impl Draws) -> Grid {
    let lightness = random.between(LIGHTNESS.0, LIGHTNESS.1);
    let rough = clouds(rows, columns, DECAY, random);
    let mean = rough.values.iter().sum::<f64>() / rough.values.len() as f64;
    let variance = rough.values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / rough.values.len() as f64;
    let factor = SPREAD / variance.sqrt().max(1e-9);
    Grid::of(rows, columns, 3, |row, column, channel| {
        (TINT[channel] * (lightness + factor * (rough.at(row, column, 0) - mean))).clamp(0.0, 1.0)
    })
}
