//! What a run tells while it goes: numbers after each epoch, progress, warnings.

use crate::find::{Doubt, Found};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// Hears about a run. Every method may be left out.
pub trait Observer {
    /// An epoch is over.
    fn epoch(&mut self, _metrics: &EpochMetrics) {}

    /// A step is over: the `step`-th of `steps` in all epochs, and its loss.
    fn progress(&mut self, _step: u64, _steps: u64, _loss: f64) {}

    /// Something went wrong that the run got round.
    fn warning(&mut self, _warning: Warning) {}

    /// Whether to save and stop; asked after every step.
    fn stop_requested(&self) -> bool {
        false
    }
}

/// An observer that hears nothing and never stops a run.
pub struct Silent;

impl Observer for Silent {}

/// One line of `metrics.jsonl`. Numbers that are not finite are `null` there and `None` here.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// From 1.
    pub epoch: u64,
    /// The stage that it belongs to, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Steps since the start of the run.
    pub step: u64,
    /// The learning rate of its last step.
    #[serde(default)]
    pub lr: f64,
    /// Mean loss of the epoch's training samples, each at the weights it was trained with.
    pub train_loss: Option<f64>,
    /// Part of the epoch's training samples that were right, at the same time as the loss.
    pub train_accuracy: Option<f64>,
    /// Mean loss on the validation split after the epoch, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_loss: Option<f64>,
    /// Part of the validation split that is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_accuracy: Option<f64>,
    /// Mean loss on the test split after the epoch.
    pub test_loss: Option<f64>,
    /// Part of the test split that is right.
    pub test_accuracy: Option<f64>,
    /// Wall-clock time of the epoch, without interruptions; the only number that differs between equal runs.
    pub seconds: f64,
}

impl EpochMetrics {
    /// Whether it did better than `other`: by the first of test accuracy, test loss and training loss that either of them has.
    pub fn beats(&self, other: &Self) -> bool {
        let figures = |epoch: &Self| [epoch.test_accuracy, epoch.test_loss.map(|loss| -loss), epoch.train_loss.map(|loss| -loss)];
        let mut pairs = figures(self).into_iter().zip(figures(other));
        pairs.find(|(own, others)| own.is_some() || others.is_some()).is_some_and(|(own, others)| own > others)
    }
}

/// `None` for NaN and infinities.
pub(crate) fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}

/// Something that went wrong without stopping the run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A layer's cells are interpreted because they could not be compiled.
    KernelsUnavailable {
        /// The layer.
        layer: String,
        /// Why.
        reason: String,
    },
    /// The weights of a finished run are not those it wrote; it is trained again.
    ModelDamaged {
        /// The file.
        file: PathBuf,
    },
    /// A checkpoint cannot be used; an earlier one, or the start, is used instead.
    CheckpointDamaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A learning rate was found that may not be the one that was looked for.
    RateInDoubt {
        /// The network.
        network: String,
        /// Why.
        reason: String,
    },
}

impl Warning {
    /// What is doubtful about the rate of a network.
    pub fn rate(network: &str, found: &Found) -> Vec<Self> {
        let warning = |doubt: &Doubt| Warning::RateInDoubt { network: network.to_string(), reason: doubt.to_string() };
        found.doubts.iter().map(warning).collect()
    }

    /// [`Warning::KernelsUnavailable`].
    pub fn kernels(layer: &str, reason: impl fmt::Display) -> Self {
        Warning::KernelsUnavailable { layer: layer.to_string(), reason: reason.to_string() }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::KernelsUnavailable { layer, reason } => {
                write!(f, "the cells of `{layer}` are interpreted, which is slower: {reason}")
            }
            Warning::ModelDamaged { file } => {
                write!(f, "`{}` is not what the run wrote, so it is trained again", file.display())
            }
            Warning::CheckpointDamaged { file, reason } => {
                write!(f, "the checkpoint `{}` cannot be used, so an earlier state is: {reason}", file.display())
            }
            Warning::RateInDoubt { network, reason } => write!(f, "the learning rate of {network} is in doubt: {reason}"),
        }
    }
}
