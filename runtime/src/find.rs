//! The learning-rate range test of Doty et al. (2021): one epoch in which the rate grows from step to step; the rate where the smoothed
//! loss is lowest, divided, is taken.

mod doubt;

pub use doubt::Doubt;

use crate::batches::{Batch, Batches};
use crate::config::TrainConfig;
use crate::error::TrainError;
use crate::network::{Hardware, Network};
use crate::optim::{Group, Update};
use crate::start;
use crate::train::Job;
use hetc_data::Part;
use hetc_engine::op::Draws;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;

/// How a range test goes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// The first rate; above 0.
    pub low: f64,
    /// The rate that the last step leads to; above `low`.
    pub high: f64,
    /// Passes over the training split.
    pub epochs: u64,
    /// Part of each new loss in the smoothed one: `s = smoothing * loss + (1 - smoothing) * s`, from the first loss on.
    pub smoothing: f64,
    /// What the rate is divided by.
    pub divide: f64,
}

/// The test of one initialisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RangeTest {
    /// Its seed.
    pub seed: u64,
    /// The rate that each step leads to: as in the authors' code, the one after it and not the one that it is taken with.
    pub rates: Vec<f64>,
    /// The loss of each step's batch, up to the first that is not a number.
    pub losses: Vec<f64>,
    /// The same, smoothed.
    pub smoothed: Vec<f64>,
    /// The rate where the smoothed loss is lowest.
    pub lowest: f64,
}

/// `lr.json`: what the tests of a network came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// How the tests went.
    pub find: Find,
    /// The rate to train with: the mean over initialisations of `lowest` divided.
    pub rate: f64,
    /// Why the rate may not be the one that was looked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
    /// One an initialisation.
    pub tests: Vec<RangeTest>,
}

impl Find {
    /// As Doty et al. for their small network: from 1e-7 to 0.1 in one epoch, halved. (For VGG11 they go to 0.005.)
    pub fn new() -> Self {
        Self { low: 1e-7, high: 0.1, epochs: 1, smoothing: 0.05, divide: 2.0 }
    }

    /// The rate before step `step` of `steps`.
    fn rate(&self, step: u64, steps: u64) -> f64 {
        self.low * (self.high / self.low).powf(step as f64 / steps as f64)
    }
}

impl Default for Find {
    fn default() -> Self {
        Self::new()
    }
}

impl Found {
    /// Of all tests of a network.
    pub fn new(find: Find, tests: Vec<RangeTest>) -> Self {
        let sum: f64 = tests.iter().map(|test| test.lowest / find.divide).sum();
        Self { find, rate: sum / tests.len() as f64, doubts: doubt::doubts(find, &tests), tests }
    }

    /// `config` with the rate that was found, where one was to be.
    pub fn apply(&self, config: &TrainConfig) -> TrainConfig {
        let mut config = config.clone();
        for stage in config.stages.iter_mut().filter(|stage| stage.find) {
            (stage.optimiser, stage.find) = (stage.optimiser.with_lr(self.rate), false);
        }
        config
    }
}

/// Tests the initialisation of `job`'s seed; its weights are thrown away. `None` if `stop` says so.
///
/// # Errors
/// If no loss is a number, [`TrainError::Diverged`]; what else [`crate::train()`] says before it begins.
pub fn range_test(job: &Job, find: Find, stop: &dyn Fn() -> bool) -> Result<Option<RangeTest>, TrainError> {
    let Job { plan, config, seed, .. } = *job;
    let stage = &config.stages[0]; // a configuration has one
    let batches = Batches::new(plan, job.data, config)?;
    let (mut net, _) = Network::new(plan, config.kernels, job.hardware);
    let table = net.table().clone();
    let mut weights = start::weights(plan, &table, config, seed)?;
    let groups: Vec<Group> =
        stage.groups(&table).into_iter().map(|group| Group { optimiser: group.optimiser.with_lr(1.0), ..group }).collect();
    let mut memory = Group::start(&groups, table.params_len());
    let samples = batches.samples(Part::Train);
    let steps = find.epochs * samples.div_ceil(stage.batch) as u64;
    let mut test = RangeTest { seed, rates: Vec::new(), losses: Vec::new(), smoothed: Vec::new(), lowest: 0.0 };
    let mut batch = Batch::default();
    for epoch in 0..find.epochs {
        for (step, indices) in Batches::order(samples, config.shuffle, seed, epoch).chunks(stage.batch).enumerate() {
            if stop() {
                return Ok(None);
            }
            let (done, step) = (test.losses.len() as u64, step as u64);
            batches.augmented(indices, seed, epoch, step, &mut batch);
            let draws = Draws { seed, epoch, step };
            let loss = net.learn(&mut weights, &batch.input, draws, stage.loss, &batch.targets).mean_loss();
            if !loss.is_finite() {
                return test.judged(epoch, step).map(Some);
            }
            memory.next_step();
            let update = Update::new(&groups, stage.clip.norm, memory.steps, find.rate(done, steps));
            net.update(&mut weights.params, &update, &mut memory);
            test.add(find.rate(done + 1, steps), loss, find.smoothing);
        }
    }
    test.judged(find.epochs, 0).map(Some)
}

/// The tests of all `seeds`, so many at a time; `job`'s seed does not count. `heard` is called after each, and may set `stop`, which ends
/// it with `None`.
///
/// # Errors
/// Those of [`range_test`].
pub fn range_tests(
    job: &Job,
    seeds: &[u64],
    find: Find,
    jobs: usize,
    stop: &AtomicBool,
    heard: &mut dyn FnMut(),
) -> Result<Option<Vec<RangeTest>>, TrainError> {
    let next = AtomicUsize::new(0);
    let hardware = Hardware { threads: (job.hardware.threads / jobs.max(1)).max(1), ..job.hardware };
    let mut tests: Vec<Option<RangeTest>> = vec![None; seeds.len()];
    let mut failure = None;
    std::thread::scope(|scope| {
        let (sender, results) = channel();
        for _ in 0..jobs.clamp(1, seeds.len().max(1)) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(seed) = seeds.get(place) else { return };
                    let test = range_test(&Job { seed: *seed, hardware, ..*job }, find, &|| stop.load(Ordering::Relaxed));
                    let _ = sender.send((place, test)); // whoever listens has gone if this fails
                }
            });
        }
        drop(sender);
        for (place, test) in results {
            match test {
                Ok(test) => tests[place] = test,
                Err(error) => failure = Some(error),
            }
            heard();
            stop.fetch_or(failure.is_some(), Ordering::Relaxed);
        }
    });
    failure.map_or_else(|| Ok(tests.into_iter().collect()), Err)
}

impl RangeTest {
    fn add(&mut self, rate: f64, loss: f64, smoothing: f64) {
        let smoothed = self.smoothed.last().map_or(loss, |last| smoothing * loss + (1.0 - smoothing) * last);
        self.rates.push(rate);
        self.losses.push(loss);
        self.smoothed.push(smoothed);
    }

    /// With the rate of the lowest smoothed loss, the first of equal ones.
    fn judged(mut self, epoch: u64, step: u64) -> Result<Self, TrainError> {
        let pairs = self.smoothed.iter().zip(&self.rates);
        match pairs.min_by(|a, b| a.0.total_cmp(b.0)) {
            Some((_, rate)) => self.lowest = *rate,
            None => return Err(TrainError::Diverged { epoch: epoch + 1, step: step + 1 }),
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_smoothed_and_its_lowest_rate_taken() {
        let find = Find { low: 1e-4, high: 1.0, epochs: 1, smoothing: 0.5, divide: 2.0 };
        let mut test = RangeTest { seed: 1, rates: Vec::new(), losses: Vec::new(), smoothed: Vec::new(), lowest: 0.0 };
        for (step, loss) in [4.0, 2.0, 0.0, 3.0].into_iter().enumerate() {
            test.add(find.rate(step as u64 + 1, 4), loss, find.smoothing);
        }
        let test = test.judged(1, 0).expect("losses are numbers");
        assert_eq!(test.smoothed, [4.0, 3.0, 1.5, 2.25]);
        for (rate, expected) in test.rates.iter().zip([1e-3, 1e-2, 1e-1, 1.0]) {
            assert!((rate / expected - 1.0).abs() < 1e-12);
        }
        let other = RangeTest { lowest: 0.3, ..test.clone() };
        assert!((Found::new(find, vec![test, other]).rate - 0.1).abs() < 1e-12, "the mean of 0.05 and 0.15");
    }
}
