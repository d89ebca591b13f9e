//! How to train.

use crate::error::TrainError;
use crate::init::Init;
use crate::optim::Optimiser;
use crate::snapshots::Snapshots;
use crate::stage::Stage;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Everything about a run but the network, the data and the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// One after the other; at least one.
    pub stages: Vec<Stage>,
    /// Weights to start from.
    #[serde(default)]
    pub init: Init,
    /// A new random order in every epoch, instead of the data's own.
    #[serde(default = "yes")]
    pub shuffle: bool,
    /// Random changes of training samples.
    #[serde(default)]
    pub augment: Augment,
    /// What is subtracted from and divided out of each channel; `None` leaves samples as they are.
    #[serde(default)]
    pub normalise: Option<Normalisation>,
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

/// Random changes of training samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augment {
    /// Mirror each image left to right with probability one half.
    #[serde(default)]
    pub flip: bool,
    /// Shift each image by up to so many pixels along each axis; zeros (before normalisation) move in.
    #[serde(default)]
    pub crop: usize,
}

/// One mean and one standard deviation a channel, for samples scaled to 0 to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalisation {
    /// Subtracted.
    pub mean: Vec<f32>,
    /// Divided by.
    pub std: Vec<f32>,
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
            shuffle: true,
            augment: Augment::default(),
            normalise: None,
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
        if i32::try_from(self.augment.crop).is_err() {
            return setting("crop", self.augment.crop.to_string(), "a number of pixels");
        }
        self.stages.iter().try_for_each(Stage::check)
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
