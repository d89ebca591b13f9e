//! How far from a sample an attack may go, and how it moves within that.

use crate::stream::Stream;

/// Keeps directions of length 0 from becoming NaN.
const TINY: f64 = 1e-12;

/// How perturbations are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Norm {
    /// The largest change of a number.
    Linf,
    /// The Euclidean length.
    L2,
}

impl Norm {
    /// The length of a perturbation.
    pub fn of(self, changes: impl Iterator<Item = f32>) -> f64 {
        match self {
            Norm::Linf => changes.fold(0.0, |most, change| most.max(f64::from(change.abs()))),
            Norm::L2 => changes.map(|change| f64::from(change).powi(2)).sum::<f64>().sqrt(),
        }
    }

    /// From one point to another.
    pub fn distance(self, from: &[f32], to: &[f32]) -> f64 {
        self.of(from.iter().zip(to).map(|(from, to)| to - from))
    }

    /// The direction that climbs a linear function with this `gradient` most per unit of length: its sign, or itself with length 1.
    pub(super) fn steepest(self, gradient: &[f32]) -> Vec<f32> {
        match self {
            Norm::Linf => gradient.iter().map(|g| if *g == 0.0 { 0.0 } else { g.signum() }).collect(),
            Norm::L2 => self.unit(gradient),
        }
    }

    /// With length 1 (or 0, if it has none).
    pub(super) fn unit(self, direction: &[f32]) -> Vec<f32> {
        let length = self.of(direction.iter().copied()) + TINY;
        direction.iter().map(|d| (f64::from(*d) / length) as f32).collect()
    }

    /// A direction of length 1 drawn at random: from the cube's surface, or from the sphere.
    pub(super) fn random_unit(self, inputs: usize, random: &mut Stream) -> Vec<f32> {
        let mut draw = || match self {
            Norm::Linf => random.between(-1.0, 1.0),
            Norm::L2 => random.normal(),
        };
        let drawn: Vec<f32> = (0..inputs).map(|_| draw() as f32).collect();
        self.unit(&drawn)
    }
}

/// The points that an attack may use: within `radius` of the sample, in pixel units, and in the box `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// How distance is measured.
    pub norm: Norm,
    /// The largest distance, above 0: the ε of the papers.
    pub radius: f32,
}

impl Budget {
    /// Moves `point` to where an attack on `sample` may be: onto the ball along the line to its centre (l2) or number by number (l∞),
    /// then into the box.
    pub(super) fn project(&self, sample: &[f32], point: &mut [f32]) {
        match self.norm {
            Norm::Linf => point.iter_mut().zip(sample).for_each(|(p, x)| *p = p.clamp(x - self.radius, x + self.radius)),
            Norm::L2 => {
                let length = self.norm.distance(sample, point);
                let factor = (f64::from(self.radius) / length.max(TINY)).min(1.0) as f32;
                point.iter_mut().zip(sample).for_each(|(p, x)| *p = x + (*p - x) * factor);
            }
        }
        into_box(point);
    }

    /// `sample` moved by `length` in `direction`, then into the box.
    pub(super) fn moved(sample: &[f32], direction: &[f32], length: f32) -> Vec<f32> {
        let mut point: Vec<f32> = sample.iter().zip(direction).map(|(x, d)| x + length * d).collect();
        into_box(&mut point);
        point
    }
}

/// Pixels below 0 become 0, those above 1 become 1.
pub(super) fn into_box(point: &mut [f32]) {
    point.iter_mut().for_each(|p| *p = p.clamp(0.0, 1.0));
}
