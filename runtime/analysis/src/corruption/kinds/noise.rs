//! Noise on every number by itself.

use super::super::draws::Draws;
use super::super::grid::Grid;

/// Normal noise of this standard deviation.
pub(super) fn gaussian(x: &Grid, deviation: f64, random: &mut impl Draws) -> Grid {
    x.map(|value| value + deviation * random.normal())
}

/// Poisson noise, where white is so many photons.
pub(super) fn shot(x: &Grid, photons: f64, random: &mut impl Draws) -> Grid {
    x.map(|value| random.poisson(value * photons) / photons)
}

/// Numbers become 0 or 1 with this probability, each as often. Which ones is drawn for all before which way.
pub(super) fn impulse(x: &Grid, probability: f64, random: &mut impl Draws) -> Grid {
    let hit: Vec<bool> = x.values.iter().map(|_| random.uniform() <= probability).collect();
    let mut hit = hit.into_iter();
    x.map(|value| {
        let salt = random.uniform() <= 0.5;
        if hit.next() == Some(true) { f64::from(u8::from(salt)) } else { value }
    })
}
