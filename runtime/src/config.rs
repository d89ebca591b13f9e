//! How to train.

use crate::error::TrainError;
use crate::init::Init;
use crate::loss::Loss;
use crate::optim::Optimiser;
use hetc_data::Step;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Everything about a run but the network, the data and the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Passes over the training split; at least 1.
    pub epochs: u64,
    /// Samples a step; the last step of an epoch may have fewer. At least 1.
    pub batch: usize,
    /// What is minimised.
    #[serde(default)]
    pub loss: Loss,
    /// By what.
    pub optimiser: Optimiser,
    /// Weights to start from.
    #[serde(default)]
    pub init: Init,
    /// A new random order in every epoch, instead of the data's own.
    #[serde(default = "yes")]
    pub shuffle: bool,
    /// What is done to samples before the network sees them, in order.
    #[serde(default)]
    pub prepare: Vec<Step>,
    /// Cells that are a formula of one value as machine code; otherwise as tensor operations. Other cells are computed in one way only.
    #[serde(default = "yes")]
    pub kernels: bool,
    /// Longest time between checkpoints, in seconds where written down. Changes nothing about the numbers.
    #[serde(default = "minute", with = "seconds")]
    pub checkpoint_every: Duration,
}

fn yes() -> bool {
    true
}

fn minute() -> Duration {
    Duration::from_secs(60)
}

mod seconds {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::time::Duration;

    pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl TrainConfig {
    /// Cross-entropy, PyTorch's initial weights, shuffled, kernels on, nothing else.
    pub fn new(epochs: u64, batch: usize, optimiser: Optimiser) -> Self {
        Self {
            epochs,
            batch,
            loss: Loss::default(),
            optimiser,
            init: Init::default(),
            shuffle: true,
            prepare: Vec::new(),
            kernels: true,
            checkpoint_every: minute(),
        }
    }

    /// Refuses what no run can have.
    pub(crate) fn check(&self) -> Result<(), TrainError> {
        let setting = |name, found: String, expected| Err(TrainError::Setting { name, found, expected });
        if self.epochs == 0 {
            return setting("epochs", self.epochs.to_string(), "at least 1");
        }
        if self.batch == 0 {
            return setting("batch", self.batch.to_string(), "at least 1");
        }
        match self.optimiser.out_of_range() {
            Some((name, found, expected)) => setting(name, found.to_string(), expected),
            None => Ok(()),
        }
    }
}
