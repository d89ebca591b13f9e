//! Projected gradient descent (Madry et al. 2018): fixed steps up the cross-entropy, projected back after each.

use super::goal::Goal;
use super::setting::{Found, Sample, Setting};
use super::{AttackError, Budget, Norm};
use crate::stream::Stream;
use std::ops::ControlFlow;

/// Projected gradient descent. Every point it passes counts, not the last alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Pgd {
    /// Steps of each run, at least 1.
    pub steps: usize,
    /// The length of a step, in pixel units, above 0.
    pub step: f32,
    /// Runs begin at a random point within bounds, else at the sample itself.
    pub random_start: bool,
    /// Runs, at least 1; without a random start all are alike.
    pub restarts: usize,
}

impl Pgd {
    /// Forty steps of a quarter of the radius from a random start, once.
    pub fn new(budget: Budget) -> Self {
        Self { steps: 40, step: budget.radius / 4.0, random_start: true, restarts: 1 }
    }

    pub(super) fn check(&self) -> Result<(), AttackError> {
        let wrong = |setting, must| Err(AttackError::Setting { of: "pgd", setting, must });
        match self {
            Self { steps: 0, .. } => wrong("steps", "1 or more"),
            Self { restarts: 0, .. } => wrong("restarts", "1 or more"),
            Self { step, .. } if !(*step > 0.0 && step.is_finite()) => wrong("step", "above 0"),
            _ => Ok(()),
        }
    }

    pub(super) fn run(&self, setting: &mut Setting, samples: &[Sample]) -> Found {
        setting.in_turn(samples, self.restarts, |setting, samples, restart| self.once(setting, samples, restart))
    }

    fn once(&self, setting: &mut Setting, samples: &[Sample], restart: usize) -> Found {
        let mut points: Vec<Vec<f32>> = samples.iter().map(|sample| self.start(setting, sample, restart)).collect();
        let mut found = vec![false; samples.len()];
        for _ in 0..self.steps {
            let going: Vec<usize> = (0..samples.len()).filter(|index| !found[*index]).collect();
            let asked: Vec<_> = going.iter().map(|i| samples[*i].ask(&points[*i], Goal::CrossEntropy)).collect();
            let answers = setting.climb(&asked)?;
            for (index, answer) in going.into_iter().zip(answers) {
                found[index] = samples[index].fooled(&answer.logits);
                if !found[index] {
                    points[index] = self.step(&setting.budget, samples[index].x, &points[index], &answer.gradient);
                }
            }
            if found.iter().all(|found| *found) {
                break;
            }
        }
        let last = setting.logits(points.iter().map(Vec::as_slice))?;
        let keep = |((point, logits), sample): ((Vec<f32>, Vec<f32>), &Sample)| sample.fooled(&logits).then_some(point);
        ControlFlow::Continue(points.into_iter().zip(last).zip(samples).map(keep).collect())
    }

    fn step(&self, budget: &Budget, sample: &[f32], point: &[f32], gradient: &[f32]) -> Vec<f32> {
        let direction = budget.norm.steepest(gradient);
        let mut next: Vec<f32> = point.iter().zip(direction).map(|(p, d)| p + self.step * d).collect();
        budget.project(sample, &mut next);
        next
    }

    fn start(&self, setting: &Setting, sample: &Sample, restart: usize) -> Vec<f32> {
        if !self.random_start {
            return sample.x.to_vec();
        }
        inside(&setting.budget, sample.x, &mut setting.stream("pgd", sample, restart))
    }
}

/// Uniform in the ball, then moved into the box.
fn inside(budget: &Budget, x: &[f32], random: &mut Stream) -> Vec<f32> {
    match budget.norm {
        Norm::Linf => {
            let direction: Vec<f32> = x.iter().map(|_| random.between(-1.0, 1.0) as f32).collect();
            Budget::moved(x, &direction, budget.radius)
        }
        Norm::L2 => {
            let direction = budget.norm.random_unit(x.len(), random);
            let part = libm::pow(random.uniform(), 1.0 / x.len() as f64) as f32;
            Budget::moved(x, &direction, budget.radius * part)
        }
    }
}
