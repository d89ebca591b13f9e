//! Training: from a plan and data to a folder that holds metrics, weights and a result.
//!
//! A run is a sequence of moments (`State`). Each step leads from one to the next and depends on nothing else than the run's
//! [`Identity`]: so a run that is stopped at any step, or killed at any moment, and trained again ends with the same bits.

use crate::batches::{Batch, Batches};
use crate::checkpoint::{self, Progress, State};
use crate::config::TrainConfig;
use crate::digest::Identity;
use crate::error::TrainError;
use crate::evaluate::score;
use crate::init::init;
use crate::model::{ModelInfo, save_weights};
use crate::network::{Hardware, Network};
use crate::observe::{EpochMetrics, Observer, Warning, finite};
use crate::params::Table;
use crate::{digest, files, memory};
use hetc_compiler::plan::Plan;
use hetc_data::{Dataset, Part};
use hetc_engine::op::Draws;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A checkpoint at the end of an epoch is left out if the last one is younger than this.
const BETWEEN_EPOCHS: Duration = Duration::from_secs(2);

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
    /// The epoch with the highest test accuracy, the first of equal ones.
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
    memory::check(job.plan, job.config.batch, job.hardware)?;
    let (net, warnings) = Network::new(job.plan, job.config.kernels, job.hardware);
    warnings.into_iter().for_each(|warning| observer.warning(warning));
    let table = net.table().clone();
    let state = start_or_resume(job, &table, &identity, observer)?;
    let run = Run { job: *job, identity, batches, batch: Batch::default(), net, table, state, saved: Instant::now() };
    run.drive(observer)
}

/// `metrics.jsonl` of the run in `folder`.
pub fn metrics_path(folder: &Path) -> PathBuf {
    folder.join("metrics.jsonl")
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

pub(crate) fn diverged_path(folder: &Path) -> PathBuf {
    folder.join("diverged.json")
}

fn diverged(folder: &Path) -> Result<Option<Divergence>, TrainError> {
    Ok(files::read(&diverged_path(folder))?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

fn start_or_resume(job: &Job, table: &Table, identity: &Identity, observer: &mut dyn Observer) -> Result<State, TrainError> {
    let metrics = metrics_path(job.folder);
    let written = std::fs::metadata(&metrics).map_or(0, |metadata| metadata.len());
    let mut warn = |warning| observer.warning(warning);
    let found = checkpoint::load(job.folder, identity, table, &job.config.optimiser, written, &mut warn)?;
    let state = found.unwrap_or_else(|| State {
        progress: Progress::default(),
        weights: init(job.plan, table, job.config.init, job.seed),
        memory: job.config.optimiser.start(table.params_len()),
    });
    // Lines after the checkpoint belong to epochs that will be trained again.
    files::truncate(&metrics, state.progress.metrics_len)?;
    Ok(state)
}

struct Run<'a> {
    job: Job<'a>,
    identity: Identity,
    batches: Batches<'a>,
    /// The one under way; its memory is used again and again.
    batch: Batch,
    net: Network,
    table: Table,
    state: State,
    saved: Instant,
}

/// Whether to go on.
#[derive(PartialEq)]
enum Next {
    Epoch,
    Stop,
}

impl Run<'_> {
    fn drive(mut self, observer: &mut dyn Observer) -> Result<Outcome, TrainError> {
        while self.state.progress.epoch < self.job.config.epochs {
            if self.epoch(observer)? == Next::Stop {
                self.save()?;
                let Progress { epoch, step, .. } = self.state.progress;
                return Ok(Outcome::Interrupted { epoch, step });
            }
        }
        self.finish()
    }

    fn epoch(&mut self, observer: &mut dyn Observer) -> Result<Next, TrainError> {
        let Job { config, seed, .. } = self.job;
        let (epoch, steps) = (self.state.progress.epoch, self.steps());
        let (started, before) = (Instant::now(), self.state.progress.seconds);
        let order = self.batches.order(seed, epoch);
        for (step, indices) in order.chunks(config.batch).enumerate().skip(self.state.progress.step as usize) {
            if observer.stop_requested() {
                return Ok(Next::Stop);
            }
            let loss = self.step(indices, epoch, step as u64);
            self.state.progress.seconds = before + started.elapsed().as_secs_f64();
            if !loss.is_finite() {
                return Err(self.diverged()?);
            }
            observer.progress(epoch * steps + step as u64 + 1, config.epochs * steps, loss);
            if self.saved.elapsed() >= config.checkpoint_every {
                self.save()?;
            }
        }
        let test = score(&mut self.net, &self.state.weights, &self.batches, config.loss, seed);
        if !test.mean_loss().is_finite() {
            return Err(self.diverged()?);
        }
        self.state.progress.seconds = before + started.elapsed().as_secs_f64();
        let metrics = EpochMetrics {
            test_loss: finite(test.mean_loss()),
            test_accuracy: finite(test.accuracy()),
            ..self.train_metrics(true)
        };
        self.record(metrics, observer)?;
        Ok(Next::Epoch)
    }

    fn steps(&self) -> u64 {
        self.batches.samples(Part::Train).div_ceil(self.job.config.batch) as u64
    }

    /// One step; returns its mean loss. If that is not finite, the weights stay.
    fn step(&mut self, indices: &[usize], epoch: u64, step: u64) -> f64 {
        let Job { config, seed, .. } = self.job;
        let batch = &mut self.batch;
        self.batches.augmented(indices, seed, epoch, step, batch);
        let State { progress, weights, memory } = &mut self.state;
        let draws = Draws { seed, epoch, step };
        let score = self.net.learn(weights, &batch.input, draws, config.loss, &batch.labels);
        let mean = score.mean_loss();
        progress.score.add(score);
        if mean.is_finite() {
            self.net.update(&mut weights.params, &config.optimiser, memory);
        }
        progress.step = step + 1;
        mean
    }

    /// The epoch under way, without the test split.
    fn train_metrics(&self, finite_loss: bool) -> EpochMetrics {
        let Progress { epoch, step, score, seconds, .. } = &self.state.progress;
        EpochMetrics {
            epoch: epoch + 1,
            step: epoch * self.steps() + step,
            train_loss: finite(score.mean_loss()).filter(|_| finite_loss),
            train_accuracy: finite(score.accuracy()).filter(|_| finite_loss),
            test_loss: None,
            test_accuracy: None,
            seconds: *seconds,
        }
    }

    /// Writes an epoch down and begins the next.
    fn record(&mut self, metrics: EpochMetrics, observer: &mut dyn Observer) -> Result<(), TrainError> {
        let metrics_len = self.append(&metrics)?;
        observer.epoch(&metrics);
        let old = std::mem::take(&mut self.state.progress);
        let better = old.best.as_ref().is_none_or(|best| metrics.test_accuracy > best.test_accuracy);
        self.state.progress = Progress {
            epoch: old.epoch + 1,
            metrics_len,
            best: if better { Some(metrics.clone()) } else { old.best },
            total_seconds: old.total_seconds + metrics.seconds,
            last: Some(metrics),
            ..Progress::default()
        };
        if self.saved.elapsed() >= BETWEEN_EPOCHS.min(self.job.config.checkpoint_every) {
            self.save()?;
        }
        Ok(())
    }

    fn append(&self, metrics: &EpochMetrics) -> Result<u64, TrainError> {
        let line = serde_json::to_string(metrics).unwrap_or_default(); // numbers and nulls always serialise
        files::append_line(&metrics_path(self.job.folder), &line)
    }

    /// Writes the epoch down with nulls and says where the loss left the numbers.
    fn diverged(&self) -> Result<TrainError, TrainError> {
        self.append(&self.train_metrics(false))?;
        let (epoch, step) = (self.state.progress.epoch + 1, self.state.progress.step);
        let divergence = Divergence { run: self.identity.clone(), epoch, step };
        files::write(&diverged_path(self.job.folder), &digest::json(&divergence))?;
        Ok(TrainError::Diverged { epoch, step })
    }

    /// Commits the state. What it says of the metrics is on the disk before it is.
    fn save(&mut self) -> Result<(), TrainError> {
        files::sync(&metrics_path(self.job.folder))?;
        checkpoint::save(self.job.folder, &self.identity, &self.table, &self.state)?;
        self.saved = Instant::now();
        Ok(())
    }

    fn finish(self) -> Result<Outcome, TrainError> {
        files::sync(&metrics_path(self.job.folder))?;
        let Job { plan, seed, folder, .. } = self.job;
        let Progress { epoch, last, best, total_seconds, .. } = self.state.progress;
        let info = ModelInfo::new(plan, seed, epoch);
        let model = save_weights(&model_path(folder), &self.table, &self.state.weights, &info)?;
        let (last, best) = (last.unwrap_or_default(), best.unwrap_or_default()); // at least one epoch is over
        let hetc = info.hetc;
        let result =
            RunResult { hetc, net: info.net, run: self.identity, params: plan.params, model, last, best, seconds: total_seconds };
        files::write(&result_path(folder), &digest::json(&result))?;
        checkpoint::remove(folder)?;
        Ok(Outcome::Finished(result))
    }
}
