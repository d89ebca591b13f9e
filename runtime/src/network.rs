//! A network on the hardware at hand: the engine on the processor, or burn modules on any device.

use crate::loss::{Loss, Score};
use crate::nets::{self, Device};
use crate::observe::Warning;
use crate::optim::{Memory, Optimiser};
use crate::params::{Table, Weights};
use hetc_compiler::plan::Plan;
use hetc_engine::Engine;
use hetc_engine::op::{Draws, Look};
use std::ops::Range;

/// What a network is to run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hardware {
    /// Which device.
    pub device: Device,
    /// Threads of the processor that work on one network; at least 1.
    pub threads: usize,
}

impl Hardware {
    /// The processor, with all its cores for one network.
    pub fn cpu() -> Self {
        Self { device: Device::Cpu, threads: cores() }
    }
}

/// The vectors that the processor's kernels are made of.
pub fn vectors() -> &'static str {
    hetc_engine::vectors()
}

/// Cores of the processor that this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// A network that can be trained. Its weights are the caller's: they come in with every call.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // one a run
pub enum Network {
    /// Compiled for the processor.
    Engine(Engine),
    /// As tensor operations: on a GPU, or on the processor to compare with.
    Tensors {
        /// The modules.
        net: nets::Net,
        /// Of the last step.
        gradients: Vec<f32>,
    },
}

/// A batch of labels and what is minimised.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// What.
    pub loss: Loss,
    /// One a sample.
    pub labels: &'a [u16],
}

impl Target<'_> {
    /// The score of the logits of some of the samples; `slopes` gets their derivatives.
    fn of(&self, samples: Range<usize>, logits: &[f32], slopes: &mut [f32]) -> Score {
        let labels = &self.labels[samples];
        self.loss.slopes(logits, labels, self.labels.len(), slopes);
        self.loss.score(logits, labels)
    }
}

impl Network {
    /// Of `plan`. Where cells cannot be compiled they are interpreted, and a warning says so. Without `kernels` everything is done by
    /// tensor operations.
    pub fn new(plan: &Plan, kernels: bool, hardware: Hardware) -> (Self, Vec<Warning>) {
        if kernels && hardware.device == Device::Cpu {
            let (engine, uncompiled) = Engine::new(plan, hardware.threads, true);
            let warnings = uncompiled.into_iter().map(|(layer, error)| Warning::kernels(&layer, error)).collect();
            return (Network::Engine(engine), warnings);
        }
        (Network::Tensors { net: nets::Net::new(plan, hardware.device), gradients: Vec::new() }, Vec::new())
    }

    /// The tensors that its weights consist of.
    pub fn table(&self) -> &Table {
        match self {
            Network::Engine(engine) => engine.table(),
            Network::Tensors { net, .. } => net.table(),
        }
    }

    /// The forward and backward pass of a training step over whole samples; returns the batch's score. The gradients stay, for
    /// [`Network::update`]; running statistics in `weights.state` move.
    pub fn step(&mut self, weights: &mut Weights, input: &[f32], draws: Draws, target: Target) -> Score {
        match self {
            Network::Engine(engine) => {
                let loss = |samples: Range<usize>, logits: &[f32], slopes: &mut [f32]| target.of(samples, logits, slopes);
                let scores = engine.step(weights, input, draws, loss);
                scores.into_iter().fold(Score::default(), Score::plus)
            }
            Network::Tensors { net, gradients } => {
                let mut total = Score::default();
                gradients.resize(net.table().params_len(), 0.0);
                let slopes = |logits: &[f32]| {
                    let mut slopes = vec![0.0; logits.len()];
                    total = target.of(0..target.labels.len(), logits, &mut slopes);
                    Some(slopes)
                };
                net.step(weights, input.to_vec(), draws, slopes, |range, gradient| gradients[range].copy_from_slice(gradient));
                total
            }
        }
    }

    /// One step of `optimiser` by the gradients of the last [`Network::step`].
    pub fn update(&mut self, params: &mut [f32], optimiser: &Optimiser, memory: &mut Memory) {
        memory.next_step();
        match self {
            Network::Engine(engine) => engine.update(params, optimiser, memory),
            Network::Tensors { gradients, .. } => {
                let mut moments: Vec<&mut [f32]> = memory.moments.iter_mut().map(Vec::as_mut_slice).collect();
                optimiser.rule(memory.steps).apply(params, &mut moments, gradients);
            }
        }
    }

    /// The gradients of the last [`Network::step`], in the order of the table.
    pub fn gradients(&self) -> Vec<f32> {
        match self {
            Network::Engine(engine) => engine.gradients(),
            Network::Tensors { gradients, .. } => gradients.clone(),
        }
    }

    /// Takes `params` for the calls of [`Network::infer`] that follow.
    pub fn load(&mut self, params: &[f32]) {
        match self {
            Network::Engine(engine) => engine.load(params),
            Network::Tensors { net, .. } => net.load(params),
        }
    }

    /// The logits, `[samples, outputs]`, of whole samples under the parameters last loaded, which are `weights.params`: without dropout,
    /// batch norms with the running statistics. Noise that is there always is drawn by `look`.
    pub fn infer(&mut self, weights: &Weights, input: &[f32], look: Look) -> Vec<f32> {
        match self {
            Network::Engine(engine) => engine.infer(weights, input, look),
            Network::Tensors { net, .. } => net.infer(&weights.state, input.to_vec(), look),
        }
    }
}
