//! A network on the hardware at hand: the engine on the processor, or burn modules on any device.

use crate::loss::{Loss, Score};
use crate::nets::{self, Device};
use crate::observe::Warning;
use crate::optim::{Memory, Update};
use crate::params::{Table, Weights};
use hetc_compiler::plan::Plan;
use hetc_data::Targets;
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

impl Network {
    /// Of `plan`. Where cells cannot be compiled they are interpreted, and a warning says so. Without `kernels` everything is done by
    /// tensor operations.
    pub fn new(plan: &Plan, kernels: bool, hardware: Hardware) -> (Self, Vec<Warning>) {
        if kernels && hardware.device == Device::Cpu {
            let (engine, uncompiled) = Engine::new(plan, hardware.threads, true);
            let warnings = uncompiled.into_iter().map(|(layer, error)| Warning::kernels(&layer, error)).collect();
            return (Network::Engine(engine), warnings);
        }
        let (net, warnings) = nets::Net::new(plan, hardware.device);
        (Network::Tensors { net, gradients: Vec::new() }, warnings)
    }

    /// The tensors that its weights consist of.
    pub fn table(&self) -> &Table {
        match self {
            Network::Engine(engine) => engine.table(),
            Network::Tensors { net, .. } => net.table(),
        }
    }

    /// The forward and backward pass of a training step over whole samples.
    ///
    /// For some of the samples at a time, `loss` gets which they are, their logits (`[samples, outputs]`) and room for as many slopes: the
    /// derivative of what is minimised with respect to each logit. What it returns comes back in the order of the samples. The gradients
    /// stay, for [`Network::update`]; running statistics in `weights.state` move.
    pub fn step<S: Send>(
        &mut self,
        weights: &mut Weights,
        input: &[f32],
        draws: Draws,
        loss: impl Fn(Range<usize>, &[f32], &mut [f32]) -> S + Sync,
    ) -> Vec<S> {
        match self {
            Network::Engine(engine) => engine.step(weights, input, draws, loss),
            Network::Tensors { net, gradients } => {
                let mut results = Vec::new();
                gradients.resize(net.table().params_len(), 0.0);
                let samples = input.len() / net.input_len();
                let slopes = |logits: &[f32]| {
                    let mut slopes = vec![0.0; logits.len()];
                    results.push(loss(0..samples, logits, &mut slopes));
                    Some(slopes)
                };
                let take = |_: &mut Weights, range: Range<usize>, gradient: &[f32]| gradients[range].copy_from_slice(gradient);
                net.step(weights, input.to_vec(), draws, slopes, take);
                results
            }
        }
    }

    /// [`Network::step`] by a loss and targets, one a sample; returns the batch's score.
    pub fn learn(&mut self, weights: &mut Weights, input: &[f32], draws: Draws, loss: Loss, targets: &Targets) -> Score {
        let scores = self.step(weights, input, draws, |samples, logits, slopes| {
            let own = targets.part(samples);
            loss.slopes(logits, own, targets.len(), slopes);
            loss.score(logits, own)
        });
        scores.into_iter().fold(Score::default(), Score::plus)
    }

    /// One step by the gradients of the last [`Network::step`], which are used up.
    pub fn update(&mut self, params: &mut [f32], update: &Update, memory: &mut Memory) {
        match self {
            Network::Engine(engine) => engine.update(params, update, memory),
            Network::Tensors { gradients, .. } => update.apply_all(params, memory, gradients),
        }
    }

    /// The gradients of the last [`Network::step`], in the order of the table.
    pub fn gradients(&self) -> Vec<f32> {
        match self {
            Network::Engine(engine) => engine.gradients(),
            Network::Tensors { gradients, .. } => gradients.clone(),
        }
    }

    /// The logits, `[samples, outputs]`, of whole samples: without dropout, batch norms with the running statistics. Noise that is there
    /// always is drawn by `look`.
    pub fn infer(&mut self, weights: &Weights, input: &[f32], look: Look) -> Vec<f32> {
        match self {
            Network::Engine(engine) => engine.infer(weights, input, look),
            Network::Tensors { net, .. } => {
                net.load(&weights.params);
                net.infer(&weights.state, input.to_vec(), look)
            }
        }
    }
}
