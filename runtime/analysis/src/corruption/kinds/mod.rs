//! What each corruption does, with the constants of CIFAR-10-C.

mod blur;
mod digital;
mod elastic;
mod fog;
mod frost;
mod light;
mod motion;
mod noise;
mod snow;
#[cfg(test)]
mod tests;
mod zoom;

use super::draws::Draws;
use super::grid::Grid;
use super::{CorruptionError, Kind};

/// The corrupted image, as bytes; `severity` is 1 to 5.
pub(super) fn apply(x: &Grid, kind: Kind, severity: usize, random: &mut impl Draws) -> Result<Vec<u8>, CorruptionError> {
    let at = severity - 1;
    Ok(match kind {
        Kind::GaussianNoise => noise::gaussian(x, [0.04, 0.06, 0.08, 0.09, 0.10][at], random).bytes(),
        Kind::ShotNoise => noise::shot(x, [500.0, 250.0, 100.0, 75.0, 50.0][at], random).bytes(),
        Kind::ImpulseNoise => noise::impulse(x, [0.01, 0.02, 0.03, 0.05, 0.07][at], random).bytes(),
        Kind::DefocusBlur => blur::defocus(x, [(0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1.0, 0.2), (1.5, 0.1)][at]).bytes(),
        Kind::GlassBlur => {
            blur::glass(x, [(0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2)][at], random).bytes()
        }
        Kind::MotionBlur => {
            let (radius, deviation) = [(6, 1.0), (6, 1.5), (6, 2.0), (8, 2.0), (9, 2.5)][at];
            motion::blur(x, radius, deviation, random.between(-45.0, 45.0)).nearest_bytes()
        }
        Kind::ZoomBlur => zoom::blur(x, [7, 12, 16, 21, 26][at]).bytes(),
        Kind::Snow => snow::snow(x, &snow::CIFAR[at], random).bytes(),
        Kind::Frost => frost::frost(x, [(1.0, 0.2), (1.0, 0.3), (0.9, 0.4), (0.85, 0.4), (0.75, 0.45)][at], random).bytes(),
        Kind::Fog => fog::fog(x, [(0.2, 3.0), (0.5, 3.0), (0.75, 2.5), (1.0, 2.0), (1.5, 1.75)][at], random).bytes(),
        Kind::Brightness => light::brightness(x, [0.05, 0.1, 0.15, 0.2, 0.3][at]).bytes(),
        Kind::Contrast => light::contrast(x, [0.75, 0.5, 0.4, 0.3, 0.15][at]).bytes(),
        Kind::ElasticTransform => elastic::transform(x, elastic::CIFAR[at], random).bytes(),
        Kind::Pixelate => digital::pixelate(x, [0.95, 0.9, 0.85, 0.75, 0.65][at]),
        Kind::JpegCompression => digital::jpeg(x, [80, 65, 58, 50, 40][at])?,
    })
}
