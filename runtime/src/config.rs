//! How to train.

use crate::error::TrainError;
use crate::init::Init;
use crate::optim::Optimiser;
use crate::snapshots::Snapshots;
use crate::stage::Stage;
use crate::start::Start;
use hetc_data::Step;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Everything about a run but the network, the data and the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// One after the other; at least one.
    pub stages: Vec<Stage>,
    /// How weights are drawn.
    #[serde(default)]
    pub init: Init,
    /// Weights to start from instead of drawn ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
    /// A new random order in every epoch, instead of the data's own.
    #[serde(default = "yes")]
    pub shuffle: bool,
    /// What is done to samples before the network sees them, in order.
    #[serde(default)]
    pub prepare: Vec<Step>,
    /// Cells that are a formula of one value as machine code; otherwise as tensor operations. Other cells are computed in one way only.
    #[serde(default = "yes")]
    pub kernels: bool,
    /// When learned cells are written down, if they are.
    #[serde(default)]
    pub snapshots: Option<Snapshots>,
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
    /// One stage by cross-entropy; see [`TrainConfig::of`].
    pub fn new(epochs: u64, batch: usize, optimiser: Optimiser) -> Self {
        Self::of(vec![Stage::new(epochs, batch, optimiser)])
    }

    /// These stages, PyTorch's initial weights, shuffled, kernels on, nothing else.
    pub fn of(stages: Vec<Stage>) -> Self {
        Self {
            stages,
            init: Init::default(),
            start: None,
            shuffle: true,
            prepare: Vec::new(),
            kernels: true,
            snapshots: None,
            checkpoint_every: minute(),
        }
    }

    /// Refuses what no run can have.
    pub(crate) fn check(&self) -> Result<(), TrainError> {
        let setting = |name, found: String, expected| Err(TrainError::Setting { name, found, expected });
        if self.stages.is_empty() {
            return setting("stages", "none".to_string(), "at least one");
        }
        if self.start.as_ref().is_some_and(|start| start.sha256.is_none()) {
            return setting("start.sha256", "nothing".to_string(), "known before training begins");
        }
        self.stages.iter().try_for_each(Stage::check)
    }

    /// What changes numbers: without the time between checkpoints, and with the content of the weights to start from instead of the place
    /// where they lie, if it is known.
    pub fn essence(&self) -> Self {
        Self { checkpoint_every: Duration::ZERO, start: self.start.as_ref().map(Start::essence), ..self.clone() }
    }

    /// The last stage: what the numbers of a training are told by.
    pub fn last(&self) -> &Stage {
        &self.stages[self.stages.len() - 1]
    }

    /// The largest batch of any stage.
    pub fn batch(&self) -> usize {
        self.stages.iter().map(|stage| stage.batch).max().unwrap_or(1)
    }

    /// Epochs of all stages, if none stops early.
    pub fn epochs(&self) -> u64 {
        self.stages.iter().map(|stage| stage.epochs).sum()
    }
}
