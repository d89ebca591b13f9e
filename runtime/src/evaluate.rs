//! Loss and accuracy on a test split.

use crate::batches::Batches;
use crate::config::TrainConfig;
use crate::error::TrainError;
use crate::loss::{Loss, Score};
use crate::model::load_weights;
use crate::nets::Net;
use crate::observe::{Observer, finite};
use crate::params::Weights;
use hetc_compiler::plan::Plan;
use hetc_data::{Dataset, Part};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Samples that go through the network at once. A constant, since rounding may depend on it: [`evaluate`] then repeats a run's last
/// numbers bit for bit.
const BATCH: usize = 256;

/// A network's numbers on a test split.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Mean loss a sample; `None` if it is not finite.
    pub loss: Option<f64>,
    /// Part of the samples that are right.
    pub accuracy: Option<f64>,
    /// Samples.
    pub samples: u64,
}

impl From<Score> for Metrics {
    fn from(score: Score) -> Self {
        Self { loss: finite(score.mean_loss()), accuracy: finite(score.accuracy()), samples: score.samples }
    }
}

/// The numbers of the weights in `file` on the test split: those that the run recorded last, if they are its `model.safetensors`.
pub fn evaluate(
    plan: &Plan,
    file: &Path,
    data: &Dataset,
    config: &TrainConfig,
    observer: &mut dyn Observer,
) -> Result<Metrics, TrainError> {
    let (weights, _) = load_weights(plan, file)?;
    let batches = Batches::new(plan, data, config)?;
    let (mut net, warnings) = Net::new(plan, config.kernels);
    warnings.into_iter().for_each(|warning| observer.warning(warning));
    Ok(score(&mut net, &weights, &batches, config.loss).into())
}

/// The score of `weights` on the test split.
pub(crate) fn score(net: &mut Net, weights: &Weights, batches: &Batches, loss: Loss) -> Score {
    net.load(&weights.params);
    let indices: Vec<usize> = (0..batches.samples(Part::Test)).collect();
    let mut total = Score::default();
    for indices in indices.chunks(BATCH) {
        let batch = batches.plain(Part::Test, indices);
        total.add(loss.score(&net.infer(&weights.state, batch.input), &batch.labels));
    }
    total
}
