//! Falling snow.

use super::super::draws::Draws;
use super::super::grid::Grid;
use super::motion;
use super::zoom::zoom;

/// How snow falls.
pub(super) struct Snow {
    /// Mean and standard deviation of the noise that flakes are made of.
    noise: (f64, f64),
    /// How large flakes are.
    zoom: f64,
    /// What is below this is no flake.
    threshold: f64,
    /// How far flakes are drawn out: radius and standard deviation in pixels.
    streak: (usize, f64),
    /// What of the image's own colour is left; the rest is whitened.
    colour: f64,
}

/// For each severity.
pub(super) const CIFAR: [Snow; 5] = [
    Snow { noise: (0.1, 0.2), zoom: 1.0, threshold: 0.6, streak: (8, 3.0), colour: 0.95 },
    Snow { noise: (0.1, 0.2), zoom: 1.0, threshold: 0.5, streak: (10, 4.0), colour: 0.9 },
    Snow { noise: (0.15, 0.3), zoom: 1.75, threshold: 0.55, streak: (10, 4.0), colour: 0.9 },
    Snow { noise: (0.25, 0.3), zoom: 2.25, threshold: 0.6, streak: (12, 6.0), colour: 0.85 },
    Snow { noise: (0.3, 0.3), zoom: 1.25, threshold: 0.65, streak: (14, 12.0), colour: 0.8 },
];

/// The red, green and blue parts of lightness.
const LIGHTNESS: [f64; 3] = [0.299, 0.587, 0.114];

/// A whitened image under streaks, which are laid over it twice, the second time upside down.
pub(super) fn snow(x: &Grid, snow: &Snow, random: &mut impl Draws) -> Grid {
    let flakes = layer(x, snow, random);
    let last = flakes.values.len() - 1;
    Grid::of(x.rows, x.columns, 3, |row, column, channel| {
        let at = row * x.columns + column;
        let light: f64 = (0..3).map(|c| LIGHTNESS[c] * x.at(row, column, c)).sum();
        let value = x.at(row, column, channel);
        let whitened = snow.colour * value + (1.0 - snow.colour) * value.max(light * 1.5 + 0.5);
        whitened + flakes.values[at] + flakes.values[last - at]
    })
}

fn layer(x: &Grid, snow: &Snow, random: &mut impl Draws) -> Grid {
    let (mean, deviation) = snow.noise;
    let noise = (0..x.rows * x.columns).map(|_| mean + deviation * random.normal()).collect();
    let zoomed = zoom(&Grid::new(x.rows, x.columns, 1, noise), snow.zoom);
    let flakes = zoomed.map(|value| if value < snow.threshold { 0.0 } else { value });
    let flakes = Grid::from_bytes(x.rows, x.columns, 1, &flakes.bytes());
    let streaks = motion::blur(&flakes, snow.streak.0, snow.streak.1, random.between(-135.0, -45.0));
    Grid::from_bytes(x.rows, x.columns, 1, &streaks.nearest_bytes())
}
