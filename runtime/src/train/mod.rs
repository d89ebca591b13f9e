//! Training: from a plan and data to a folder that holds metrics, weights and a result.
//!
//! A run is a sequence of stages, and these of moments (`State`). Each step leads from one to the next and depends on nothing else than the run's
//! [`Identity`]: so a run that is stopped at any step, or killed at any moment, and trained again ends with the same bits.

mod run;
mod under_way;

use crate::batches::Batches;
use crate::checkpoint;
use crate::config::TrainConfig;
use crate::digest::Identity;
use crate::error::TrainError;
use crate::network::Hardware;
use crate::observe::{EpochMetrics, Observer, Warning};
use crate::{digest, files, memory};
use hetc_compiler::plan::Plan;
use hetc_data::Dataset;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What to train, and where.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// The network.
    pub plan: &'a Plan,
    /// The data.
    pub data: &'a Dataset,
    /// How.
    pub config: &'a TrainConfig,
    /// Of every random stream.
    pub seed: u64,
    /// For the run's files; made if it is not there. One run a folder, and one process at a time.
    pub folder: &'a Path,
    /// On what. Changes nothing about the numbers as long as the device is the same.
    pub hardware: Hardware,
}

/// How a call of [`train`] ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The run is over. Calling again returns the same.
    Finished(RunResult),
    /// The observer asked to stop; calling again goes on from here.
    Interrupted {
        /// Whole epochs behind it.
        epoch: u64,
        /// Steps behind it in the epoch under way.
        step: u64,
    },
}

/// `result.json`: the last file of a run to be written. Its presence says that the run is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// Version of hetc that wrote it.
    pub hetc: String,
    /// The network's name.
    pub net: String,
    /// What the run was.
    pub run: Identity,
    /// Trained numbers.
    pub params: u64,
    /// SHA-256 of `model.safetensors`.
    pub model: String,
    /// The last epoch.
    pub last: EpochMetrics,
    /// The epoch whose weights `model.safetensors` holds: the last, or the one that the last stage kept.
    pub kept: EpochMetrics,
    /// The epoch with the highest test accuracy, or where numbers are to be found the lowest test loss; the first of equal ones.
    pub best: EpochMetrics,
    /// Wall-clock time of all epochs, without interruptions.
    pub seconds: f64,
}

/// `diverged.json`: where the loss of a run stopped being a number. It would do so again, so the run is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Divergence {
    run: Identity,
    epoch: u64,
    step: u64,
}

/// Trains, or goes on training if the folder holds a checkpoint of this very run.
///
/// # Errors
/// [`TrainError::OtherRun`] if the folder holds something else; [`TrainError::Diverged`] at the first loss that is not finite (the
/// epoch's line in `metrics.jsonl` then holds nulls, and there is no result); what else [`TrainError`] says.
pub fn train(job: &Job, observer: &mut dyn Observer) -> Result<Outcome, TrainError> {
    job.config.check()?;
    let batches = Batches::new(job.plan, job.data, job.config)?;
    let identity = Identity::of(job.plan, job.config, job.seed, job.data);
    std::fs::create_dir_all(job.folder).map_err(TrainError::io("create", job.folder))?;
    if let Some(result) = finished(job, &identity, observer)? {
        checkpoint::remove(job.folder)?;
        return Ok(Outcome::Finished(result));
    }
    if let Some(Divergence { epoch, step, .. }) = diverged(job.folder)?.filter(|known| known.run == identity) {
        return Err(TrainError::Diverged { epoch, step });
    }
    memory::check(job.plan, job.config.batch(), job.hardware)?;
    run::Run::new(*job, identity, batches, observer)?.drive(observer)
}

/// `metrics.jsonl` of the run in `folder`.
pub fn metrics_path(folder: &Path) -> PathBuf {
    folder.join("metrics.jsonl")
}

/// `functions.jsonl` of the run in `folder`: learned cells, where the settings ask for them.
pub fn functions_path(folder: &Path) -> PathBuf {
    folder.join("functions.jsonl")
}

/// `model.safetensors` of the run in `folder`.
pub fn model_path(folder: &Path) -> PathBuf {
    folder.join("model.safetensors")
}

/// `result.json` of the run in `folder`.
pub fn result_path(folder: &Path) -> PathBuf {
    folder.join("result.json")
}

fn finished(job: &Job, identity: &Identity, observer: &mut dyn Observer) -> Result<Option<RunResult>, TrainError> {
    let path = result_path(job.folder);
    let Some(bytes) = files::read(&path)? else { return Ok(None) };
    // A result that is not ours to read (another version's, say) must not be overwritten.
    let other = |differs| TrainError::OtherRun { folder: job.folder.into(), differs };
    let result: RunResult = serde_json::from_slice(&bytes).map_err(|_| other(vec!["the formats of `result.json`"]))?;
    let differs = identity.differs(&result.run);
    if !differs.is_empty() {
        return Err(other(differs));
    }
    let model = model_path(job.folder);
    let whole = files::read(&model)?.is_some_and(|bytes| digest::bytes_hash(&bytes) == result.model);
    if !whole {
        observer.warning(Warning::ModelDamaged { file: model });
        files::remove(&path)?;
    }
    Ok(whole.then_some(result))
}

/// `diverged.json` of the run in `folder`.
pub fn diverged_path(folder: &Path) -> PathBuf {
    folder.join("diverged.json")
}

fn diverged(folder: &Path) -> Result<Option<Divergence>, TrainError> {
    Ok(files::read(&diverged_path(folder))?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}
