//! How long a training step takes: on made-up data, so that nothing but the network counts.

use crate::init::{Init, init};
use crate::loss::{Loss, Score};
use crate::nets::Device;
use crate::network::{Hardware, Network};
use crate::observe::Warning;
use crate::optim::{Group, Memory, Optimiser, Update};
use crate::params::Weights;
use crate::streams::Stream;
use hetc_compiler::plan::Plan;
use hetc_data::Targets;
use hetc_engine::op::{Draws, Look};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A network under training with Adam, and one batch that it sees again and again.
#[derive(Debug)]
pub struct Trainee {
    network: Network,
    weights: Weights,
    groups: [Group; 1],
    memory: Memory,
    input: Vec<f32>,
    targets: Targets,
    step: u64,
}

impl Trainee {
    /// With data and initial weights of `seed`; `kernels` as in [`crate::TrainConfig`].
    pub fn new(plan: &Plan, batch: usize, kernels: bool, hardware: Hardware, seed: u64) -> (Self, Vec<Warning>) {
        let (network, warnings) = Network::new(plan, kernels, hardware);
        let mut stream = Stream::new(seed, "made-up data", &[]);
        let input = (0..batch * plan.input.elements()).map(|_| stream.normal() as f32).collect();
        let targets = Targets::Classes((0..batch).map(|_| stream.below(plan.output.elements() as u32) as u16).collect());
        let weights = init(plan, network.table(), Init::Torch, seed);
        let groups = [Group::all(network.table().params_len(), Optimiser::adam(1e-3))];
        let memory = Group::start(&groups, network.table().params_len());
        (Self { network, weights, groups, memory, input, targets, step: 0 }, warnings)
    }

    /// The weights as they are.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Forward, loss, backward; returns the score before the step.
    pub fn passes(&mut self) -> Score {
        let draws = Draws { seed: 1, epoch: 0, step: self.step };
        self.step += 1;
        self.network.learn(&mut self.weights, &self.input, draws, Loss::CrossEntropy, &self.targets)
    }

    /// What follows the passes: Adam.
    pub fn update(&mut self) {
        self.memory.next_step();
        let update = Update::new(&self.groups, None, self.memory.steps, 1.0);
        self.network.update(&mut self.weights.params, &update, &mut self.memory);
    }

    /// A whole step.
    pub fn step(&mut self) -> Score {
        let score = self.passes();
        self.update();
        score
    }

    /// The logits of the batch.
    pub fn look(&mut self) -> Vec<f32> {
        self.network.infer(&self.weights, &self.input, Look { seed: 1, batch: 0 })
    }
}

/// Times of one kind, in the order in which they were measured.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    fn of(&mut self, work: impl FnOnce()) {
        let start = Instant::now();
        work();
        self.0.push(start.elapsed());
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The one that this part of them is shorter than: 0.5 for the median, 0 for the shortest. Zero if there are none.
    pub fn quantile(&self, part: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let last = sorted.len().saturating_sub(1);
        sorted.get((part * last as f64).round() as usize).copied().unwrap_or_default()
    }
}

/// What [`measure`] has measured.
#[derive(Debug, Clone, Default)]
pub struct Timing {
    /// From the plan to the end of the first step: compilation, memory, that step.
    pub start: Duration,
    /// Whole steps: forward, loss, backward and Adam.
    pub step: Times,
    /// Of that, Adam.
    pub update: Times,
    /// Logits of a batch, nothing kept.
    pub look: Times,
}

/// Times steps of `plan` for about `time`, after as many to warm up as take a fifth of it.
pub fn measure(plan: &Plan, batch: usize, kernels: bool, hardware: Hardware, time: Duration) -> (Timing, Vec<Warning>) {
    let begin = Instant::now();
    let (mut trainee, warnings) = Trainee::new(plan, batch, kernels, hardware, 1);
    trainee.step();
    let mut timing = Timing { start: begin.elapsed(), ..Timing::default() };
    let begin = Instant::now();
    while begin.elapsed() < time / 5 {
        trainee.step();
    }
    let begin = Instant::now();
    while begin.elapsed() < time || timing.step.count() < 5 {
        let mut update = Times::default();
        timing.step.of(|| {
            trainee.passes();
            update.of(|| trainee.update());
        });
        timing.update.0.append(&mut update.0);
    }
    let begin = Instant::now();
    while begin.elapsed() < time / 5 || timing.look.count() < 3 {
        timing.look.of(|| drop(trainee.look()));
    }
    (timing, warnings)
}

/// Times exactly `steps` steps of `plan`, the first one included, and nothing else.
pub fn measure_steps(plan: &Plan, batch: usize, kernels: bool, hardware: Hardware, steps: u32) -> (Timing, Vec<Warning>) {
    let begin = Instant::now();
    let (mut trainee, warnings) = Trainee::new(plan, batch, kernels, hardware, 1);
    let mut timing = Timing::default();
    for step in 0..steps {
        let mut update = Times::default();
        timing.step.of(|| {
            trainee.passes();
            update.of(|| trainee.update());
        });
        timing.update.0.append(&mut update.0);
        if step == 0 {
            timing.start = begin.elapsed();
        }
    }
    (timing, warnings)
}

/// How many of `seeds` networks train side by side: one a thread, but one alone on a GPU.
pub fn at_a_time(hardware: Hardware, seeds: u32) -> usize {
    if hardware.device == Device::Cpu { hardware.threads.min(seeds as usize) } else { 1 }
}

/// How long `seeds` networks of `plan` take for `steps` steps each, [`at_a_time`].
pub fn measure_seeds(
    plan: &Plan,
    batch: usize,
    kernels: bool,
    hardware: Hardware,
    steps: u32,
    seeds: u32,
) -> (Duration, Vec<Warning>) {
    let begin = Instant::now();
    let (next, first) = (AtomicU32::new(0), Mutex::new(Vec::new()));
    let alone = Hardware { threads: 1, ..hardware };
    std::thread::scope(|scope| {
        for _ in 0..at_a_time(hardware, seeds) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        return;
                    }
                    let (mut trainee, warnings) = Trainee::new(plan, batch, kernels, alone, u64::from(seed) + 1);
                    if seed == 0 {
                        *first.lock().unwrap_or_else(PoisonError::into_inner) = warnings; // the others' are the same
                    }
                    (0..steps).for_each(|_| _ = trainee.step());
                }
            });
        }
    });
    (begin.elapsed(), first.into_inner().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_sorted_times() {
        let times = Times([5, 1, 4, 2, 3].map(Duration::from_millis).to_vec());
        assert_eq!([0.0, 0.5, 1.0].map(|part| times.quantile(part).as_millis()), [1, 3, 5]);
        assert_eq!(Times::default().quantile(0.5), Duration::ZERO);
    }
}
