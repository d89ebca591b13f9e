//! Attacks one after the other, each on what is still right.

use super::goal::right;
use super::setting::{Sample, Setting};
use super::{Attack, AttackError, Budget, Classifier};
use std::ops::ControlFlow;

/// Samples with their classes.
#[derive(Debug, Clone, Copy)]
pub struct Samples<'a> {
    /// Pixels from 0 to 1, `[samples, inputs]`.
    pub x: &'a [f32],
    /// A class for each sample.
    pub labels: &'a [usize],
}

/// How an ensemble is run.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// How far perturbations may go.
    pub budget: Budget,
    /// Samples that are attacked together; it bounds memory and does not change results.
    pub batch: usize,
    /// Names the random streams.
    pub seed: u64,
}

/// Where a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The number of the attack.
    pub attack: usize,
    /// Its name.
    pub name: &'static str,
    /// Samples that it is through with.
    pub done: usize,
    /// Samples that it has to attack.
    pub of: usize,
}

/// A perturbed sample that is got wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// The number of the attack that found it.
    pub attack: usize,
    /// The perturbation's length in the budget's norm, in pixel units.
    pub length: f64,
    /// The perturbed sample.
    pub x: Vec<f32>,
}

/// What became of a sample.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It was got wrong before.
    Wrong,
    /// An attack succeeded.
    Broken(Broken),
    /// No attack did.
    Robust,
}

/// What an ensemble did.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The attacks' names, in order.
    pub attacks: Vec<&'static str>,
    /// In the samples' order.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// The part of samples that is got right unperturbed; NaN without samples, as the others.
    pub fn clean_accuracy(&self) -> f64 {
        self.part(|outcome| *outcome != Outcome::Wrong)
    }

    /// The part of samples that is still right after the attacks up to number `attack`.
    pub fn accuracy_after(&self, attack: usize) -> f64 {
        self.part(|outcome| match outcome {
            Outcome::Wrong => false,
            Outcome::Broken(broken) => broken.attack > attack,
            Outcome::Robust => true,
        })
    }

    /// The part of samples that no attack broke.
    pub fn robust_accuracy(&self) -> f64 {
        self.part(|outcome| *outcome == Outcome::Robust)
    }

    fn part(&self, keep: impl Fn(&Outcome) -> bool) -> f64 {
        self.outcomes.iter().filter(|outcome| keep(outcome)).count() as f64 / self.outcomes.len() as f64
    }
}

/// Runs `attacks` one after the other, each on the samples that are still right. `watch` is called before the classifier is asked about
/// perturbed samples and after each batch, and can stop the run.
///
/// # Errors
/// Samples, labels or settings that have no meaning, attacks that need more classes, and [`AttackError::Stopped`].
pub fn evaluate(
    classifier: &mut dyn Classifier,
    samples: Samples,
    attacks: &[Attack],
    options: &Options,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Report, AttackError> {
    check(classifier, samples, attacks, options)?;
    let samples: Vec<Sample> =
        samples.x.chunks_exact(classifier.inputs()).zip(samples.labels).enumerate().map(numbered).collect();
    let mut outcomes = clean(classifier, &samples, options.batch);
    for (attack, settings) in attacks.iter().enumerate() {
        let left: Vec<Sample> = samples.iter().filter(|sample| outcomes[sample.number] == Outcome::Robust).copied().collect();
        let progress = |done| Progress { attack, name: settings.name(), done, of: left.len() };
        for (batch, some) in left.chunks(options.batch).enumerate() {
            let done = batch * options.batch;
            let mut tick = || watch(progress(done));
            let mut setting = Setting { classifier, budget: options.budget, seed: options.seed, tick: &mut tick };
            let ControlFlow::Continue(found) = settings.run(&mut setting, some) else { return Err(AttackError::Stopped) };
            for (sample, x) in some.iter().zip(found).filter_map(|(sample, x)| Some((sample, x?))) {
                let length = options.budget.norm.distance(sample.x, &x);
                outcomes[sample.number] = Outcome::Broken(Broken { attack, length, x });
            }
            if watch(progress(done + some.len())).is_break() {
                return Err(AttackError::Stopped);
            }
        }
    }
    Ok(Report { attacks: attacks.iter().map(Attack::name).collect(), outcomes })
}

fn numbered<'a>((number, (x, label)): (usize, (&'a [f32], &usize))) -> Sample<'a> {
    Sample { number, x, label: *label }
}

fn clean(classifier: &mut dyn Classifier, samples: &[Sample], batch: usize) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(samples.len());
    for some in samples.chunks(batch) {
        let x: Vec<f32> = some.iter().flat_map(|sample| sample.x).copied().collect();
        let logits = classifier.logits(&x);
        let answers = logits.chunks_exact(classifier.classes()).zip(some);
        outcomes
            .extend(answers.map(|(logits, sample)| if right(logits, sample.label) { Outcome::Robust } else { Outcome::Wrong }));
    }
    outcomes
}

fn check(classifier: &dyn Classifier, samples: Samples, attacks: &[Attack], options: &Options) -> Result<(), AttackError> {
    let (inputs, classes, labels) = (classifier.inputs(), classifier.classes(), samples.labels);
    let setting = |of, setting, must| Err(AttackError::Setting { of, setting, must });
    if !(options.budget.radius > 0.0 && options.budget.radius.is_finite()) {
        return setting("budget", "radius", "above 0");
    }
    if options.batch == 0 {
        return setting("evaluation", "batch", "1 or more");
    }
    if inputs == 0 || samples.x.len() != labels.len() * inputs {
        return Err(AttackError::Length { numbers: samples.x.len(), labels: labels.len(), inputs });
    }
    if let Some(at) = samples.x.iter().position(|value| !(0.0..=1.0).contains(value)) {
        return Err(AttackError::Range { sample: at / inputs, value: samples.x[at] });
    }
    if let Some(sample) = labels.iter().position(|label| *label >= classes) {
        return Err(AttackError::Label { sample, label: labels[sample], classes });
    }
    attacks.iter().try_for_each(|attack| attack.check(classifier))
}
