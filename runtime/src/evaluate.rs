//! Loss and accuracy on a test split.

use crate::batches::{Batch, Batches};
use crate::config::TrainConfig;
use crate::error::TrainError;
use crate::loss::{Loss, Score};
use crate::model::load_weights;
use crate::network::{Hardware, Network};
use crate::observe::{Observer, finite};
use crate::params::Weights;
use hetc_compiler::plan::Plan;
use hetc_data::{Dataset, Part};
use hetc_engine::op::Look;
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

/// The numbers of the weights in `file` on the test split: those that the run recorded last, if they are its `model.safetensors`. Noise
/// that is there always is drawn with the run's seed, which that file tells; with seed 0 for weights that something else wrote.
pub fn evaluate(
    plan: &Plan,
    file: &Path,
    data: &Dataset,
    config: &TrainConfig,
    hardware: Hardware,
    observer: &mut dyn Observer,
) -> Result<Metrics, TrainError> {
    let (weights, info) = load_weights(plan, file)?;
    evaluate_weights(plan, (&weights, info.map_or(0, |info| info.seed)), data, config, hardware, observer)
}

/// As [`evaluate`], for weights at hand and the seed of noise that is there always.
pub fn evaluate_weights(
    plan: &Plan,
    (weights, seed): (&Weights, u64),
    data: &Dataset,
    config: &TrainConfig,
    hardware: Hardware,
    observer: &mut dyn Observer,
) -> Result<Metrics, TrainError> {
    let batches = Batches::new(plan, data, config)?;
    let (mut net, warnings) = Network::new(plan, config.kernels, hardware);
    warnings.into_iter().for_each(|warning| observer.warning(warning));
    Ok(score(&mut net, weights, &batches, Part::Test, config.last().loss, seed).into())
}

/// The score of `weights` on a split. `seed` names noise that is there always.
pub(crate) fn score(net: &mut Network, weights: &Weights, batches: &Batches, part: Part, loss: Loss, seed: u64) -> Score {
    let indices: Vec<usize> = (0..batches.samples(part)).collect();
    let (mut total, mut batch) = (Score::default(), Batch::default());
    for (number, indices) in indices.chunks(BATCH).enumerate() {
        batches.plain(part, indices, &mut batch);
        let look = Look { seed, batch: number as u64 };
        total.add(loss.score(&net.infer(weights, &batch.input, look), batch.targets.all()));
    }
    total
}
