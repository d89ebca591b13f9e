//! Light.

use super::super::grid::Grid;

/// The largest of red, green and blue, which is HSV's value, becomes so much larger; hue and saturation stay.
pub(super) fn brightness(x: &Grid, more: f64) -> Grid {
    let pixel = |pixel: &[f64]| {
        let value = pixel.iter().copied().fold(0.0, f64::max);
        let brighter = (value + more).clamp(0.0, 1.0);
        pixel.iter().map(|part| if value == 0.0 { brighter } else { part / value * brighter }).collect::<Vec<f64>>()
    };
    Grid { values: x.values.chunks_exact(x.channels).flat_map(pixel).collect(), ..*x }
}

/// Each channel moves towards its mean, until so much of the differences is left.
pub(super) fn contrast(x: &Grid, left: f64) -> Grid {
    let area = (x.rows * x.columns) as f64;
    let mean = |channel: usize| x.values.iter().skip(channel).step_by(x.channels).sum::<f64>() / area;
    let means: Vec<f64> = (0..x.channels).map(mean).collect();
    Grid::of(x.rows, x.columns, x.channels, |row, column, channel| {
        (x.at(row, column, channel) - means[channel]) * left + means[channel]
    })
}
