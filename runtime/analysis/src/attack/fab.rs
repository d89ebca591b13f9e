//! Fast adaptive boundary (Croce and Hein 2020): the nearest input that is got wrong, by projections onto linearised class boundaries.

use super::bounds::into_box;
use super::goal::{Goal, rival};
use super::hyperplane::towards;
use super::setting::{Answer, Found, Sample, Setting};
use super::{AttackError, Budget, Norm};
use std::ops::ControlFlow;

/// The fast adaptive boundary attack. It makes perturbations small; one counts if it ends within the budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Fab {
    /// The boundaries to the likeliest wrong classes at the sample are tried one after the other, so many at most; `None`: at each step the
    /// nearest of all boundaries, which costs a gradient for each class.
    pub targets: Option<usize>,
    /// Steps of each run, at least 1.
    pub steps: usize,
    /// Runs (for each target), at least 1. The first begins at the sample, the others at random points half the radius away.
    pub restarts: usize,
    /// The most that a step leans towards the sample: α_max.
    pub lean: f64,
    /// How far steps go past the boundary: η.
    pub overshoot: f64,
    /// What of the perturbation is left after a step back: β.
    pub back: f64,
}

/// Boundaries nearer than this are this far away.
const NEAR: f64 = 1e-8;

/// Keeps slopes of 0 from making distances NaN.
const TINY: f64 = 1e-12;

impl Fab {
    /// As in AutoAttack: 100 steps, one run, α_max of 0.1, η of 1.05, β of 0.9.
    pub fn new(targets: Option<usize>) -> Self {
        Self { targets, steps: 100, restarts: 1, lean: 0.1, overshoot: 1.05, back: 0.9 }
    }

    pub(super) fn name(&self) -> &'static str {
        if self.targets.is_some() { "fab-t" } else { "fab" }
    }

    pub(super) fn check(&self, classes: usize) -> Result<(), AttackError> {
        if classes < 2 {
            return Err(AttackError::Classes { attack: self.name(), needs: 2, classes });
        }
        let wrong = |setting, must| Err(AttackError::Setting { of: self.name(), setting, must });
        match self {
            Self { steps: 0, .. } => wrong("steps", "1 or more"),
            Self { restarts: 0, .. } => wrong("restarts", "1 or more"),
            Self { targets: Some(0), .. } => wrong("targets", "1 or more"),
            Self { lean, .. } if !(0.0..=1.0).contains(lean) => wrong("lean", "from 0 to 1"),
            Self { overshoot, .. } if !overshoot.is_finite() => wrong("overshoot", "finite"),
            Self { back, .. } if !(0.0..=1.0).contains(back) => wrong("back", "from 0 to 1"),
            _ => Ok(()),
        }
    }

    pub(super) fn run(&self, setting: &mut Setting, samples: &[Sample]) -> Found {
        let targets = self.targets.map_or(1, |most| most.min(setting.classifier.classes() - 1));
        setting.in_turn(samples, targets * self.restarts, |setting, samples, turn| {
            let towards = match self.targets {
                Some(_) => Some(self.classes(setting, samples, turn / self.restarts)?),
                None => None,
            };
            self.once(setting, samples, towards.as_deref(), turn)
        })
    }

    /// For each sample the wrong class of this `rank`.
    fn classes(&self, setting: &mut Setting, samples: &[Sample], rank: usize) -> ControlFlow<(), Vec<usize>> {
        let logits = setting.logits(samples.iter().map(|sample| sample.x))?;
        ControlFlow::Continue(logits.iter().zip(samples).map(|(logits, sample)| rival(logits, sample.label, rank)).collect())
    }

    fn once(&self, setting: &mut Setting, samples: &[Sample], classes: Option<&[usize]>, turn: usize) -> Found {
        let budget = setting.budget;
        let mut points: Vec<Vec<f32>> = samples.iter().map(|sample| self.start(setting, sample, turn)).collect();
        let mut best: Vec<(f64, Option<Vec<f32>>)> = vec![(f64::INFINITY, None); samples.len()];
        for _ in 0..self.steps {
            let boundaries = nearest(setting, samples, &points, classes)?;
            for ((point, sample), boundary) in points.iter_mut().zip(samples).zip(&boundaries) {
                *point = self.step(budget.norm, sample.x, point, boundary);
            }
            let logits = setting.logits(points.iter().map(Vec::as_slice))?;
            for (index, sample) in samples.iter().enumerate().filter(|(index, sample)| sample.fooled(&logits[*index])) {
                let length = budget.norm.distance(sample.x, &points[index]);
                if length < best[index].0 {
                    best[index] = (length, Some(points[index].clone()));
                }
                let back = sample.x.iter().zip(&mut points[index]);
                back.for_each(|(x, point)| *point = x + (*point - x) * self.back as f32);
            }
        }
        let within = |(length, point): (f64, Option<Vec<f32>>)| point.filter(|_| length <= f64::from(budget.radius));
        ControlFlow::Continue(best.into_iter().map(within).collect())
    }

    /// From the point and from the sample to the boundary, and between the two, nearer to the point.
    fn step(&self, norm: Norm, sample: &[f32], point: &[f32], boundary: &Boundary) -> Vec<f32> {
        let here = towards(norm, point, &boundary.slopes, boundary.surplus(point));
        let there = towards(norm, sample, &boundary.slopes, boundary.surplus(sample));
        let length = |change: &[f64]| norm.of(change.iter().map(|c| *c as f32)).max(NEAR);
        let (from_point, from_sample) = (length(&here), length(&there));
        let lean = (from_point / (from_point + from_sample)).min(self.lean);
        let moved = |from: f32, change: f64| f64::from(from) + self.overshoot * change;
        let both = point.iter().zip(here).zip(sample.iter().zip(there));
        let blend = both.map(|((p, h), (x, t))| moved(*p, h) * (1.0 - lean) + moved(*x, t) * lean);
        let mut next: Vec<f32> = blend.map(|value| value as f32).collect();
        into_box(&mut next);
        next
    }

    fn start(&self, setting: &Setting, sample: &Sample, turn: usize) -> Vec<f32> {
        if turn.is_multiple_of(self.restarts) {
            return sample.x.to_vec();
        }
        let Budget { norm, radius } = setting.budget;
        let direction = norm.random_unit(sample.x.len(), &mut setting.stream(self.name(), sample, turn));
        Budget::moved(sample.x, &direction, radius / 2.0)
    }
}

/// Where the logit of another class equals the label's, linearised: `slopes · x = offset`.
struct Boundary {
    slopes: Vec<f32>,
    offset: f64,
    distance: f64,
}

impl Boundary {
    /// At `point` the logits differ by `difference`, with these slopes.
    fn new(norm: Norm, point: &[f32], difference: f64, slopes: Vec<f32>) -> Self {
        let dual = match norm {
            Norm::Linf => slopes.iter().map(|s| f64::from(s.abs())).sum::<f64>(),
            Norm::L2 => norm.of(slopes.iter().copied()),
        };
        Self { offset: dot(&slopes, point) - difference, distance: difference.abs() / (TINY + dual), slopes }
    }

    fn surplus(&self, x: &[f32]) -> f64 {
        dot(&self.slopes, x) - self.offset
    }
}

/// For each sample the boundary to its class in `classes`, or the nearest of all.
fn nearest(
    setting: &mut Setting,
    samples: &[Sample],
    points: &[Vec<f32>],
    classes: Option<&[usize]>,
) -> ControlFlow<(), Vec<Boundary>> {
    let norm = setting.budget.norm;
    let rounds = if classes.is_some() { 1 } else { setting.classifier.classes() - 1 };
    let mut nearest: Vec<Option<Boundary>> = samples.iter().map(|_| None).collect();
    for round in 0..rounds {
        let other = |index: usize| classes.map_or((samples[index].label + 1 + round) % (rounds + 1), |classes| classes[index]);
        let goals = (0..samples.len()).map(|index| samples[index].ask(&points[index], Goal::Difference(other(index))));
        let answers = setting.climb(&goals.collect::<Vec<_>>())?;
        for (index, Answer { logits, gradient: slopes }) in answers.into_iter().enumerate() {
            let difference = f64::from(logits[other(index)]) - f64::from(logits[samples[index].label]);
            let boundary = Boundary::new(norm, &points[index], difference, slopes);
            if nearest[index].as_ref().is_none_or(|nearest| boundary.distance < nearest.distance) {
                nearest[index] = Some(boundary);
            }
        }
    }
    ControlFlow::Continue(nearest.into_iter().flatten().collect())
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}
