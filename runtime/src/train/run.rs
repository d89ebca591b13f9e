//! A run on its way: stage by stage, epoch by epoch, step by step.

use super::under_way::{Step, UnderWay};
use super::{Divergence, Job, Outcome, RunResult, diverged_path, functions_path, metrics_path, model_path, result_path};
use crate::batches::{Batch, Batches};
use crate::checkpoint::{self, Progress, State};
use crate::digest::Identity;
use crate::error::TrainError;
use crate::evaluate::score;
use crate::init::redraw;
use crate::loss::{Loss, Score};
use crate::model::{ModelInfo, save_weights};
use crate::network::Network;
use crate::observe::{EpochMetrics, Observer, finite};
use crate::optim::Memory;
use crate::params::Table;
use crate::select::meant;
use crate::snapshots::Album;
use crate::stage::{Keep, Kind, Stage};
use crate::{digest, files, start};
use hetc_data::Part;
use hetc_engine::op::Draws;
use std::time::{Duration, Instant};

/// A checkpoint at the end of an epoch is left out if the last one is younger than this.
const BETWEEN_EPOCHS: Duration = Duration::from_secs(2);

/// A run at work.
pub struct Run<'a> {
    job: Job<'a>,
    identity: Identity,
    batches: Batches<'a>,
    /// The one under way; its memory is used again and again.
    batch: Batch,
    net: Network,
    table: Table,
    state: State,
    /// `None` when all stages are over.
    stage: Option<UnderWay<'a>>,
    album: Option<Album>,
    saved: Instant,
}

/// How to go on.
enum Next {
    /// With this stage.
    Epoch,
    /// With the next, which has begun.
    Stage,
    Stop,
}

impl<'a> Run<'a> {
    /// From its start, or from its checkpoint.
    pub fn new(job: Job<'a>, identity: Identity, batches: Batches<'a>, observer: &mut dyn Observer) -> Result<Self, TrainError> {
        let (net, warnings) = Network::new(job.plan, job.config.kernels, job.hardware);
        warnings.into_iter().for_each(|warning| observer.warning(warning));
        let table = net.table().clone();
        let metrics = metrics_path(job.folder);
        let written = std::fs::metadata(&metrics).map_or(0, |metadata| metadata.len());
        let memory = |number: usize| match UnderWay::new(&job, &table, &batches, number) {
            Some(stage) => stage.memory(),
            None => Memory { steps: 0, moments: Vec::new() },
        };
        let found = checkpoint::load(job.folder, &identity, &table, &memory, written, &mut |warning| observer.warning(warning))?;
        let album = job.config.snapshots.map(|snapshots| Album::new(job.plan, &table, snapshots, job.hardware));
        let anew = found.is_none();
        let state = match found {
            Some(state) => state,
            None => {
                let weights = start::weights(job.plan, &table, job.config, job.seed)?;
                State { progress: Progress::default(), weights, memory: memory(0), best: None }
            }
        };
        let (batch, saved) = (Batch::default(), Instant::now());
        let mut run = Self { job, identity, batches, batch, net, table, state, stage: None, album, saved };
        // Lines after the checkpoint belong to epochs that will be trained again.
        files::truncate(&metrics_path(job.folder), run.state.progress.metrics_len)?;
        if run.album.is_some() {
            files::truncate(&functions_path(job.folder), run.state.progress.functions_len)?;
        }
        if anew {
            run.enter(0);
            run.photograph(0)?;
        } else {
            run.stage = UnderWay::new(&run.job, &run.table, &run.batches, run.state.progress.stage);
        }
        Ok(run)
    }

    /// Begins stage `first`, or the first after it that there is something to do in; none if all are over.
    fn enter(&mut self, first: usize) {
        let stages = self.job.config.stages.len();
        let found = (first..stages)
            .find_map(|number| UnderWay::new(&self.job, &self.table, &self.batches, number).map(|stage| (number, stage)));
        (self.state.progress.stage, self.stage) = found.map_or((stages, None), |(number, stage)| (number, Some(stage)));
        self.state.memory = Memory { steps: 0, moments: Vec::new() };
        if let Some(stage) = &self.stage {
            self.state.memory = stage.memory();
            self.redraw(stage.stage, &[self.state.progress.stage as u64 + 1]);
        }
    }

    fn redraw(&mut self, stage: &Stage, times: &[u64]) {
        let Job { plan, config, seed, .. } = self.job;
        if !stage.fresh.is_empty() {
            redraw(&mut self.state.weights, plan, &self.table, config.init, seed, times, &|entry| meant(&stage.fresh, entry));
        }
    }

    /// To its end, or until the observer asks to stop.
    pub fn drive(mut self, observer: &mut dyn Observer) -> Result<Outcome, TrainError> {
        while let Some(mut stage) = self.stage.take() {
            match self.epoch(&mut stage, observer)? {
                Next::Epoch => self.stage = Some(stage),
                Next::Stage => {}
                Next::Stop => {
                    self.save()?;
                    let Progress { epoch, step, .. } = self.state.progress;
                    return Ok(Outcome::Interrupted { epoch, step });
                }
            }
        }
        self.finish()
    }

    fn epoch(&mut self, stage: &mut UnderWay, observer: &mut dyn Observer) -> Result<Next, TrainError> {
        let Progress { epoch, stage_epoch, seconds: before, .. } = self.state.progress;
        let started = Instant::now();
        let total: u64 = self.state.progress.steps + stage.steps() * (stage.stage.epochs - stage_epoch);
        if self.state.progress.step == 0 && matches!(stage.stage.kind, Kind::Alternate(_)) {
            stage.restart(&mut self.state.memory);
            self.redraw(stage.stage, &[self.state.progress.stage as u64 + 1, stage_epoch + 1]);
        }
        while self.state.progress.step < stage.steps() {
            if observer.stop_requested() {
                return Ok(Next::Stop);
            }
            let number = self.state.progress.step;
            let loss = match stage.step(epoch, number) {
                Step::Inner(indices) => self.step(stage, &indices, number),
                Step::Outer(indices) => self.outer(stage, &indices, number),
            };
            self.state.progress.step += 1;
            self.state.progress.seconds = before + started.elapsed().as_secs_f64();
            if !loss.is_finite() {
                return Err(self.diverged(stage)?);
            }
            observer.progress(self.state.progress.steps + self.state.progress.step, total, loss);
            if self.saved.elapsed() >= self.job.config.checkpoint_every {
                self.save()?;
            }
        }
        let mut metrics = self.train_metrics(stage, true);
        if stage.lesson.is_none() {
            let test = self.score(Part::Test, stage.stage.loss);
            if !test.mean_loss().is_finite() {
                return Err(self.diverged(stage)?);
            }
            (metrics.test_loss, metrics.test_accuracy) = (finite(test.mean_loss()), finite(test.accuracy()));
            if self.batches.samples(Part::Validation) > 0 {
                let validation = self.score(Part::Validation, stage.stage.loss);
                (metrics.validation_loss, metrics.validation_accuracy) =
                    (finite(validation.mean_loss()), finite(validation.accuracy()));
            }
        }
        self.state.progress.seconds = before + started.elapsed().as_secs_f64();
        metrics.seconds = self.state.progress.seconds;
        self.record(stage, metrics, observer)
    }

    fn score(&mut self, part: Part, loss: Loss) -> Score {
        score(&mut self.net, &self.state.weights, &self.batches, part, loss, self.job.seed)
    }

    /// One step; returns its mean loss. If that is not finite, the weights stay.
    fn step(&mut self, stage: &mut UnderWay, indices: &[usize], number: u64) -> f64 {
        let State { progress, weights, memory, .. } = &mut self.state;
        let draws = Draws { seed: self.job.seed, epoch: progress.epoch, step: number };
        stage.fill(&self.batches, indices, progress.epoch, number, &mut self.batch);
        let Batch { input, targets } = &self.batch;
        let score = match &mut stage.lesson {
            Some(lesson) => {
                lesson.learn_from(weights);
                lesson.network.learn(&mut lesson.weights, input, draws, Loss::Mse, targets)
            }
            None => self.net.learn(weights, input, draws, stage.stage.loss, targets),
        };
        progress.score.add(score);
        if score.mean_loss().is_finite() {
            memory.next_step();
            let update = stage.update(memory, progress.stage_epoch * stage.steps() + number);
            match &mut stage.lesson {
                Some(lesson) => {
                    lesson.network.update(&mut lesson.weights.params, &update, memory);
                    lesson.teach(weights);
                }
                None => self.net.update(&mut weights.params, &update, memory),
            }
        }
        score.mean_loss()
    }

    /// The outer step; returns its mean loss, which does not count in the epoch's.
    fn outer(&mut self, stage: &UnderWay, indices: &[usize], number: u64) -> f64 {
        let State { progress, weights, memory, .. } = &mut self.state;
        let draws = Draws { seed: self.job.seed, epoch: progress.epoch, step: number };
        self.batches.augmented(indices, self.job.seed, progress.epoch, number, &mut self.batch);
        let score = self.net.learn(weights, &self.batch.input, draws, stage.stage.loss, &self.batch.targets);
        if score.mean_loss().is_finite() {
            self.net.update(&mut weights.params, &stage.outer_update(progress.stage_epoch), memory);
        }
        score.mean_loss()
    }

    /// The epoch under way, without other splits than the training one.
    fn train_metrics(&self, stage: &UnderWay, finite_loss: bool) -> EpochMetrics {
        let Progress { epoch, stage_epoch, steps, step, score, seconds, .. } = &self.state.progress;
        EpochMetrics {
            epoch: epoch + 1,
            stage: (self.job.config.stages.len() > 1).then(|| stage.stage.name.clone()),
            step: steps + step,
            lr: stage.lr((stage_epoch * stage.steps() + step).saturating_sub(1)),
            train_loss: finite(score.mean_loss()).filter(|_| finite_loss),
            train_accuracy: finite(score.accuracy()).filter(|_| finite_loss),
            seconds: *seconds,
            ..EpochMetrics::default()
        }
    }

    /// Writes an epoch down and begins the next, perhaps of the next stage.
    fn record(&mut self, stage: &UnderWay, metrics: EpochMetrics, observer: &mut dyn Observer) -> Result<Next, TrainError> {
        let metrics_len = self.append(&metrics)?;
        observer.epoch(&metrics);
        let old = std::mem::take(&mut self.state.progress);
        let loss = if stage.lesson.is_some() { metrics.train_loss } else { metrics.validation_loss };
        let mut judge = old.judge;
        let verdict = judge.hear(loss.unwrap_or(f64::INFINITY), stage.stage.stop);
        let keeps = stage.stage.keep == Keep::Last || verdict.best;
        if stage.stage.keep == Keep::Best && verdict.best {
            self.state.best = Some(self.state.weights.clone());
        }
        let better = old.best.as_ref().is_none_or(|best| metrics.beats(best));
        self.state.progress = Progress {
            stage: old.stage,
            stage_epoch: old.stage_epoch + 1,
            judge,
            epoch: old.epoch + 1,
            steps: metrics.step,
            metrics_len,
            functions_len: old.functions_len,
            kept: if keeps { Some(metrics.clone()) } else { old.kept },
            best: if better { Some(metrics.clone()) } else { old.best },
            total_seconds: old.total_seconds + metrics.seconds,
            last: Some(metrics),
            ..Progress::default()
        };
        let over = verdict.stop || self.state.progress.stage_epoch == stage.stage.epochs;
        if over {
            self.leave(stage.stage);
        }
        self.photograph(self.state.progress.epoch)?;
        if over {
            self.next_stage();
        }
        if self.saved.elapsed() >= BETWEEN_EPOCHS.min(self.job.config.checkpoint_every) {
            self.save()?;
        }
        Ok(if over { Next::Stage } else { Next::Epoch })
    }

    /// Ends a stage with the weights that it keeps.
    fn leave(&mut self, stage: &Stage) {
        if let Some(best) = self.state.best.take().filter(|_| stage.keep == Keep::Best) {
            self.state.weights = best;
        }
    }

    fn next_stage(&mut self) {
        let number = self.state.progress.stage + 1;
        self.state.progress.stage_epoch = 0;
        self.state.progress.judge = Default::default();
        self.enter(number);
    }

    /// Writes learned cells down, if it is time to.
    fn photograph(&mut self, epoch: u64) -> Result<(), TrainError> {
        let (Some(album), Some(snapshots)) = (&mut self.album, self.job.config.snapshots) else { return Ok(()) };
        if !epoch.is_multiple_of(snapshots.every) {
            return Ok(());
        }
        for snapshot in album.take(epoch, &self.state.weights) {
            let line = serde_json::to_string(&snapshot).unwrap_or_default(); // numbers and a name
            self.state.progress.functions_len = files::append_line(&functions_path(self.job.folder), &line)?;
        }
        Ok(())
    }

    fn append(&self, metrics: &EpochMetrics) -> Result<u64, TrainError> {
        let line = serde_json::to_string(metrics).unwrap_or_default(); // numbers and nulls always serialise
        files::append_line(&metrics_path(self.job.folder), &line)
    }

    /// Writes the epoch down with nulls and says where the loss left the numbers.
    fn diverged(&self, stage: &UnderWay) -> Result<TrainError, TrainError> {
        self.append(&self.train_metrics(stage, false))?;
        let (epoch, step) = (self.state.progress.epoch + 1, self.state.progress.step);
        let divergence = Divergence { run: self.identity.clone(), epoch, step };
        files::write(&diverged_path(self.job.folder), &digest::json(&divergence))?;
        Ok(TrainError::Diverged { epoch, step })
    }

    /// Commits the state. What it says of the metrics is on the disk before it is.
    fn save(&mut self) -> Result<(), TrainError> {
        self.sync()?;
        checkpoint::save(self.job.folder, &self.identity, &self.table, &self.state)?;
        self.saved = Instant::now();
        Ok(())
    }

    /// Brings the files of lines to the disk.
    fn sync(&self) -> Result<(), TrainError> {
        files::sync(&metrics_path(self.job.folder))?;
        if self.album.is_some() { files::sync(&functions_path(self.job.folder)) } else { Ok(()) }
    }

    fn finish(self) -> Result<Outcome, TrainError> {
        self.sync()?;
        let Job { plan, seed, folder, .. } = self.job;
        let Progress { epoch, last, kept, best, total_seconds, .. } = self.state.progress;
        let info = ModelInfo::new(plan, seed, epoch);
        let model = save_weights(&model_path(folder), &self.table, &self.state.weights, &info)?;
        let [last, kept, best] = [last, kept, best].map(Option::unwrap_or_default); // without an epoch, nothing was to be trained
        let (hetc, net, run, params, seconds) = (info.hetc, info.net, self.identity, plan.params, total_seconds);
        let result = RunResult { hetc, net, run, params, model, last, kept, best, seconds };
        files::write(&result_path(folder), &digest::json(&result))?;
        checkpoint::remove(folder)?;
        Ok(Outcome::Finished(result))
    }
}
