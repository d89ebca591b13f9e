//! Auto-PGD (Croce and Hein 2020): gradient ascent that finds its step itself, on cross-entropy or on ratios of logits.

use super::AttackError;
use super::Budget;
use super::climb::{Climb, checkpoints};
use super::goal::{Goal, rival};
use super::setting::{Answer, Found, Sample, Setting};
use std::ops::ControlFlow;

/// What Auto-PGD climbs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Cross-entropy.
    CrossEntropy,
    /// The difference of logits ratio, whatever wrong class it leads to. Needs 3 classes.
    Dlr,
    /// The ratio towards the likeliest wrong classes at the sample, one after the other: so many at most. Needs 4 classes.
    TargetedDlr(usize),
}

/// Auto-PGD. Every point it passes counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Apgd {
    /// What it climbs.
    pub loss: Loss,
    /// Steps of each run, at least 1.
    pub steps: usize,
    /// Runs (for each target), at least 1.
    pub restarts: usize,
    /// The part of steps that has to go up, or else the step is halved: ρ.
    pub rho: f64,
    /// Runs begin at a random point on the ball's surface, else at the sample itself.
    pub random_start: bool,
}

impl Apgd {
    /// As in AutoAttack: 100 steps, one run, ρ of 0.75, from a random start.
    pub fn new(loss: Loss) -> Self {
        Self { loss, steps: 100, restarts: 1, rho: 0.75, random_start: true }
    }

    pub(super) fn name(&self) -> &'static str {
        match self.loss {
            Loss::CrossEntropy => "apgd-ce",
            Loss::Dlr => "apgd-dlr",
            Loss::TargetedDlr(_) => "apgd-t",
        }
    }

    pub(super) fn check(&self, classes: usize) -> Result<(), AttackError> {
        let needs = [2, 3, 4][match self.loss {
            Loss::CrossEntropy => 0,
            Loss::Dlr => 1,
            Loss::TargetedDlr(_) => 2,
        }];
        if classes < needs {
            return Err(AttackError::Classes { attack: self.name(), needs, classes });
        }
        let wrong = |setting, must| Err(AttackError::Setting { of: self.name(), setting, must });
        match self {
            Self { steps: 0, .. } => wrong("steps", "1 or more"),
            Self { restarts: 0, .. } => wrong("restarts", "1 or more"),
            Self { loss: Loss::TargetedDlr(0), .. } => wrong("targets", "1 or more"),
            Self { rho, .. } if !(0.0..=1.0).contains(rho) => wrong("rho", "from 0 to 1"),
            _ => Ok(()),
        }
    }

    pub(super) fn run(&self, setting: &mut Setting, samples: &[Sample]) -> Found {
        let targets = match self.loss {
            Loss::TargetedDlr(most) => most.min(setting.classifier.classes() - 1),
            _ => 1,
        };
        setting.in_turn(samples, targets * self.restarts, |setting, samples, turn| {
            let goals = self.goals(setting, samples, turn / self.restarts)?;
            let starts: Vec<Vec<f32>> = samples.iter().map(|sample| self.start(setting, sample, turn)).collect();
            self.once(setting, samples, &goals, starts)
        })
    }

    /// What to climb for each sample; a targeted run goes to the wrong class of this `rank`.
    fn goals(&self, setting: &mut Setting, samples: &[Sample], rank: usize) -> ControlFlow<(), Vec<Goal>> {
        ControlFlow::Continue(match self.loss {
            Loss::CrossEntropy => vec![Goal::CrossEntropy; samples.len()],
            Loss::Dlr => vec![Goal::Dlr; samples.len()],
            Loss::TargetedDlr(_) => {
                let logits = setting.logits(samples.iter().map(|sample| sample.x))?;
                logits.iter().zip(samples).map(|(logits, sample)| Goal::Towards(rival(logits, sample.label, rank))).collect()
            }
        })
    }

    fn start(&self, setting: &Setting, sample: &Sample, turn: usize) -> Vec<f32> {
        if !self.random_start {
            return sample.x.to_vec();
        }
        let Budget { norm, radius } = setting.budget;
        let direction = norm.random_unit(sample.x.len(), &mut setting.stream(self.name(), sample, turn));
        Budget::moved(sample.x, &direction, radius)
    }

    fn once(&self, setting: &mut Setting, samples: &[Sample], goals: &[Goal], starts: Vec<Vec<f32>>) -> Found {
        let asked: Vec<_> = (0..samples.len()).map(|index| samples[index].ask(&starts[index], goals[index])).collect();
        let answers = setting.climb(&asked)?;
        let mut runs: Vec<Run> = Vec::with_capacity(samples.len());
        for (index, (answer, start)) in answers.into_iter().zip(starts).enumerate() {
            runs.push(Run::new(samples[index], goals[index], start, answer, &setting.budget));
        }
        let checks = checkpoints(self.steps);
        for step in 1..=self.steps {
            let mut going: Vec<&mut Run> = runs.iter_mut().filter(|run| !run.fooled).collect();
            if going.is_empty() {
                break;
            }
            going.iter_mut().for_each(|run| run.climb.advance(&setting.budget, step == 1));
            let asked: Vec<_> = going.iter().map(|run| run.sample.ask(&run.climb.point, run.goal)).collect();
            let answers = setting.climb(&asked)?;
            for (run, answer) in going.into_iter().zip(answers) {
                run.see(answer);
                if !run.fooled && checks.contains(&step) {
                    run.climb.checkpoint(self.rho);
                }
            }
        }
        ControlFlow::Continue(runs.into_iter().map(|run| run.fooled.then_some(run.climb.point)).collect())
    }
}

/// A sample under attack. Once it is got wrong it stays where it is.
struct Run<'a> {
    sample: Sample<'a>,
    goal: Goal,
    climb: Climb<'a>,
    fooled: bool,
}

impl<'a> Run<'a> {
    fn new(sample: Sample<'a>, goal: Goal, start: Vec<f32>, answer: Answer, budget: &Budget) -> Self {
        let (loss, fooled) = (goal.value(&answer.logits, sample.label), sample.fooled(&answer.logits));
        Self { sample, goal, climb: Climb::new(sample.x, start, loss, answer.gradient, budget), fooled }
    }

    fn see(&mut self, answer: Answer) {
        self.fooled = self.sample.fooled(&answer.logits);
        self.climb.see(self.goal.value(&answer.logits, self.sample.label), answer.gradient);
    }
}
