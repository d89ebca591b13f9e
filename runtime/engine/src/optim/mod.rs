//! Optimisers over flat buffers, with PyTorch's semantics.
//!
//! A parameter is updated in f32, each operation rounded, in the order PyTorch's single-tensor code takes; factors that do not depend on
//! a parameter (bias corrections) are computed in f64.

mod adam;
mod rms_prop;
mod sgd;
mod update;

pub use adam::Adam;
pub use rms_prop::RmsProp;
pub use sgd::Sgd;
pub use update::{Clip, Group, Update};

use pulp::Arch;
use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};

/// Which optimiser, with its numbers. Defaults are PyTorch's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Optimiser {
    /// Stochastic gradient descent (`torch.optim.SGD`).
    Sgd {
        /// Learning rate.
        lr: f64,
        /// Part of the last step's direction that is kept; 0 for none.
        #[serde(default)]
        momentum: f64,
        /// Part of the gradient that does not enter the direction (from the second step on).
        #[serde(default)]
        dampening: f64,
        /// Nesterov's variant: looks ahead along the new direction.
        #[serde(default)]
        nesterov: bool,
        /// Times the parameter, added to the gradient.
        #[serde(default)]
        weight_decay: f64,
    },
    /// Adam, or AdamW if `decoupled` (`torch.optim.Adam`, `torch.optim.AdamW`).
    Adam {
        /// Learning rate.
        lr: f64,
        /// Decay of the mean of gradients.
        #[serde(default = "beta1")]
        beta1: f64,
        /// Decay of the mean of squared gradients.
        #[serde(default = "beta2")]
        beta2: f64,
        /// Added to the root of the mean square.
        #[serde(default = "epsilon")]
        epsilon: f64,
        /// Times the parameter: added to the gradient, or subtracted from the parameter (times `lr`) if `decoupled`.
        #[serde(default)]
        weight_decay: f64,
        /// Decay the parameter itself.
        #[serde(default)]
        decoupled: bool,
    },
    /// RMSprop (`torch.optim.RMSprop`).
    #[serde(rename = "rmsprop")]
    RmsProp {
        /// Learning rate.
        lr: f64,
        /// Part of the mean of squared gradients that is kept (PyTorch's `alpha`).
        #[serde(default = "alpha")]
        decay: f64,
        /// Added to the root of the mean square.
        #[serde(default = "epsilon")]
        epsilon: f64,
        /// Part of the last step's direction that is kept; 0 for none.
        #[serde(default)]
        momentum: f64,
        /// Times the parameter, added to the gradient.
        #[serde(default)]
        weight_decay: f64,
        /// The mean of squared gradients before the first step; Choudhary et al. (2023) take 1.
        #[serde(default)]
        start: f64,
    },
}

fn alpha() -> f64 {
    0.99
}

fn beta1() -> f64 {
    0.9
}

fn beta2() -> f64 {
    0.999
}

fn epsilon() -> f64 {
    1e-8
}

impl Optimiser {
    /// SGD without extras.
    pub fn sgd(lr: f64) -> Self {
        Optimiser::Sgd { lr, momentum: 0.0, dampening: 0.0, nesterov: false, weight_decay: 0.0 }
    }

    /// Adam without weight decay.
    pub fn adam(lr: f64) -> Self {
        Optimiser::Adam { lr, beta1: beta1(), beta2: beta2(), epsilon: epsilon(), weight_decay: 0.0, decoupled: false }
    }

    /// RMSprop without extras.
    pub fn rms_prop(lr: f64) -> Self {
        Optimiser::RmsProp { lr, decay: alpha(), epsilon: epsilon(), momentum: 0.0, weight_decay: 0.0, start: 0.0 }
    }

    /// The learning rate.
    pub fn lr(&self) -> f64 {
        match *self {
            Optimiser::Sgd { lr, .. } | Optimiser::Adam { lr, .. } | Optimiser::RmsProp { lr, .. } => lr,
        }
    }

    /// The same with another learning rate.
    #[must_use]
    pub fn with_lr(mut self, rate: f64) -> Self {
        match &mut self {
            Optimiser::Sgd { lr, .. } | Optimiser::Adam { lr, .. } | Optimiser::RmsProp { lr, .. } => *lr = rate,
        }
        self
    }

    /// A number that makes no sense: its name, itself, and what it may be.
    pub fn out_of_range(&self) -> Option<(&'static str, f64, &'static str)> {
        let below_one = |x: f64| (0.0..1.0).contains(&x);
        let at_least_zero = |x: f64| x >= 0.0 && x.is_finite();
        let (part, amount) = ("at least 0 and below 1", "at least 0");
        let checks = match *self {
            Optimiser::Sgd { lr, momentum, dampening, weight_decay, .. } => [
                ("lr", lr, at_least_zero(lr), amount),
                ("momentum", momentum, at_least_zero(momentum), amount),
                ("dampening", dampening, dampening.is_finite(), "a number"),
                ("weight_decay", weight_decay, at_least_zero(weight_decay), amount),
            ]
            .to_vec(),
            Optimiser::Adam { lr, beta1, beta2, epsilon, weight_decay, .. } => [
                ("lr", lr, at_least_zero(lr), amount),
                ("beta1", beta1, below_one(beta1), part),
                ("beta2", beta2, below_one(beta2), part),
                ("epsilon", epsilon, at_least_zero(epsilon), amount),
                ("weight_decay", weight_decay, at_least_zero(weight_decay), amount),
            ]
            .to_vec(),
            Optimiser::RmsProp { lr, decay, epsilon, momentum, weight_decay, start } => [
                ("lr", lr, at_least_zero(lr), amount),
                ("decay", decay, below_one(decay), part),
                ("epsilon", epsilon, at_least_zero(epsilon), amount),
                ("momentum", momentum, at_least_zero(momentum), amount),
                ("weight_decay", weight_decay, at_least_zero(weight_decay), amount),
                ("start", start, at_least_zero(start), amount),
            ]
            .to_vec(),
        };
        checks.into_iter().find(|(_, _, fine, _)| !fine).map(|(name, found, _, expected)| (name, found, expected))
    }

    /// What each number that it remembers of a parameter starts at.
    fn moments(&self) -> SmallVec<[f32; 2]> {
        match *self {
            Optimiser::Sgd { momentum: 0.0, .. } => SmallVec::new(),
            Optimiser::Sgd { .. } => smallvec![0.0],
            Optimiser::Adam { .. } => smallvec![0.0, 0.0],
            Optimiser::RmsProp { momentum: 0.0, start, .. } => smallvec![start as f32],
            Optimiser::RmsProp { start, .. } => smallvec![start as f32, 0.0],
        }
    }

    /// What to remember for `params` parameters before the first step.
    pub fn start(&self, params: usize) -> Memory {
        Memory { steps: 0, moments: self.moments().iter().map(|start| vec![*start; params]).collect() }
    }

    /// What step number `steps` (from 1) does to parameters.
    pub fn rule(&self, steps: u64) -> Rule {
        match *self {
            Optimiser::Sgd { lr, momentum, dampening, nesterov, weight_decay } => {
                // The first direction is the undampened gradient, as in PyTorch.
                let (kept, fresh) = if steps == 1 { (0.0, 1.0) } else { (momentum as f32, (1.0 - dampening) as f32) };
                let (lr, momentum, weight_decay) = (lr as f32, momentum as f32, weight_decay as f32);
                Rule::Sgd(Sgd { lr, momentum, kept, fresh, nesterov, weight_decay })
            }
            Optimiser::Adam { lr, beta1, beta2, epsilon, weight_decay, decoupled } => {
                let (correction1, correction2) = (1.0 - beta1.powf(steps as f64), 1.0 - beta2.powf(steps as f64));
                Rule::Adam(Adam {
                    keep: if decoupled { (1.0 - lr * weight_decay) as f32 } else { 1.0 },
                    coupled: if decoupled { 0.0 } else { weight_decay as f32 },
                    blend: (1.0 - beta1) as f32,
                    beta2: beta2 as f32,
                    rest2: (1.0 - beta2) as f32,
                    step: (lr / correction1) as f32,
                    root2: correction2.sqrt() as f32,
                    epsilon: epsilon as f32,
                })
            }
            Optimiser::RmsProp { lr, decay, epsilon, momentum, weight_decay, .. } => Rule::RmsProp(RmsProp {
                lr: lr as f32,
                decay: decay as f32,
                rest: (1.0 - decay) as f32,
                epsilon: epsilon as f32,
                momentum: momentum as f32,
                weight_decay: weight_decay as f32,
            }),
        }
    }
}

/// One step of an optimiser: the same for every parameter.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// See [`Optimiser::Sgd`].
    Sgd(Sgd),
    /// See [`Optimiser::Adam`].
    Adam(Adam),
    /// See [`Optimiser::RmsProp`].
    RmsProp(RmsProp),
}

impl Rule {
    /// Moves `params`, all or some of a network's, by their gradients; `moments` are the parts of [`Memory::moments`] that belong to them,
    /// of which there may be more than it uses.
    pub fn apply(&self, params: &mut [f32], moments: &mut [&mut [f32]], gradients: &[f32]) {
        Arch::new().dispatch(|| match (self, moments) {
            (Rule::Sgd(sgd), []) => sgd.plain(params, gradients),
            (Rule::Sgd(sgd), [directions, ..]) => sgd.with_directions(directions, params, gradients),
            (Rule::Adam(adam), [means, squares, ..]) => adam.update(means, squares, params, gradients),
            (Rule::RmsProp(rms_prop), [squares]) => rms_prop.plain(squares, params, gradients),
            (Rule::RmsProp(rms_prop), [squares, directions, ..]) => {
                rms_prop.with_directions(squares, directions, params, gradients);
            }
            (Rule::Adam(_) | Rule::RmsProp(_), _) => debug_assert!(false, "there are as many moments as it remembers"),
        });
    }
}

/// What an optimiser remembers from step to step.
#[derive(Debug, Clone, PartialEq)]
pub struct Memory {
    /// Steps taken, the current one included.
    pub steps: u64,
    /// One flat buffer, as long as the parameters', for each number it remembers: momentum, or mean and mean square.
    pub moments: Vec<Vec<f32>>,
}

impl Memory {
    /// Counts a step.
    pub fn next_step(&mut self) {
        self.steps += 1;
    }
}
