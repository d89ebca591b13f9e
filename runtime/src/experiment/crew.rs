//! Trainings side by side: one core each where that is faster than sharing one network among them.

use super::{Experiment, Finished, Watch};
use crate::error::TrainError;
use crate::memory;
use crate::nets::Device;
use crate::network::Hardware;
use crate::observe::{EpochMetrics, Observer, Warning};
use crate::train::{Job, Outcome, RunResult, train};
use hetc_data::Dataset;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// Memory that trainings side by side may take together where the system does not say what there is.
const MEMORY: u64 = 4 << 30;
/// A training tells of its steps at most so often, and is asked to stop with no more delay than this.
const BETWEEN_NEWS: Duration = Duration::from_millis(50);

/// One training of an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Training {
    /// Index of the network.
    pub member: usize,
    /// Its seed.
    pub seed: u64,
    /// Its place among all trainings of the experiment, from 1.
    pub number: usize,
}

/// How trainings are spread over a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crew {
    /// Trainings at a time.
    pub jobs: usize,
    /// What each has.
    pub hardware: Hardware,
}

impl Crew {
    /// For `trainings` of `experiment` on `hardware`: as many at a time as there are threads, unless memory would not suffice; or `jobs`.
    pub fn new(experiment: &Experiment, trainings: usize, hardware: Hardware, jobs: Option<usize>) -> Self {
        let batch = experiment.config().batch();
        let largest = experiment.members.iter().map(|member| memory::needed(&member.plan, batch, 1)).max().unwrap_or(0);
        // The other half is for whoever else is there.
        let room = memory::available().map_or(MEMORY, |bytes| bytes / 2);
        let fitting = usize::try_from(room / largest.max(1)).unwrap_or(usize::MAX);
        let automatic = if hardware.device == Device::Cpu { hardware.threads.min(fitting) } else { 1 };
        let jobs = jobs.unwrap_or(automatic).clamp(1, trainings.max(1));
        Self { jobs, hardware: Hardware { threads: (hardware.threads / jobs).max(1), ..hardware } }
    }
}

enum News {
    Begin(Training),
    Epoch(Training, EpochMetrics),
    Progress(Training, u64, u64),
    Warning(Warning),
    End(Training, Result<Outcome, TrainError>),
}

/// How a crew's work ended.
pub enum End {
    /// All trainings are over.
    All,
    /// It was asked to stop.
    Interrupted,
}

/// Trains all of `trainings`, in their order as far as they are not side by side. `done` hears of each that is over.
pub fn work(
    experiment: &Experiment,
    data: &Dataset,
    crew: Crew,
    trainings: &[Training],
    watch: &mut dyn Watch,
    mut done: impl FnMut(Finished, Training, &mut dyn Watch) -> Result<(), TrainError>,
) -> Result<End, TrainError> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let (sender, news) = channel();
        for _ in 0..crew.jobs.min(trainings.len()) {
            let (sender, next, stop) = (sender.clone(), &next, &stop);
            scope.spawn(move || {
                let _guard = StopOnPanic(stop);
                while let Some(training) = trainings.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let result = one(experiment, data, crew.hardware, *training, &sender, stop);
                    let _ = sender.send(News::End(*training, result)); // whoever listens has gone if this fails
                }
            });
        }
        drop(sender);
        let end = listen(&news, &stop, trainings.len(), watch, &mut done);
        stop.store(true, Ordering::Relaxed);
        end
    })
}

fn one(
    experiment: &Experiment,
    data: &Dataset,
    hardware: Hardware,
    training: Training,
    sender: &Sender<News>,
    stop: &AtomicBool,
) -> Result<Outcome, TrainError> {
    let _ = sender.send(News::Begin(training));
    let member = &experiment.members[training.member];
    let folder = experiment.training_folder(member, training.seed);
    let config = &experiment.config_of(member);
    let job = Job { plan: &member.plan, data, config, seed: training.seed, folder: &folder, hardware };
    train(&job, &mut Reporter { training, sender, stop, last: Instant::now() })
}

/// A panic in one training stops the others.
struct StopOnPanic<'a>(&'a AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// Tells the one who listens what a training tells.
struct Reporter<'a> {
    training: Training,
    sender: &'a Sender<News>,
    stop: &'a AtomicBool,
    last: Instant,
}

impl Observer for Reporter<'_> {
    fn epoch(&mut self, metrics: &EpochMetrics) {
        let _ = self.sender.send(News::Epoch(self.training, metrics.clone()));
    }

    fn progress(&mut self, step: u64, steps: u64, _loss: f64) {
        if self.last.elapsed() >= BETWEEN_NEWS {
            let _ = self.sender.send(News::Progress(self.training, step, steps));
            self.last = Instant::now();
        }
    }

    fn warning(&mut self, warning: Warning) {
        let _ = self.sender.send(News::Warning(warning));
    }

    fn stop_requested(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn listen(
    news: &Receiver<News>,
    stop: &AtomicBool,
    trainings: usize,
    watch: &mut dyn Watch,
    done: &mut impl FnMut(Finished, Training, &mut dyn Watch) -> Result<(), TrainError>,
) -> Result<End, TrainError> {
    let (mut end, mut over) = (Ok(End::All), 0);
    let fail = |end: &mut Result<End, TrainError>, with: Result<End, TrainError>| {
        stop.store(true, Ordering::Relaxed);
        // The first reason stays, but an error outweighs a request.
        if !matches!((&*end, &with), (Err(_), _) | (Ok(End::Interrupted), Ok(_))) {
            *end = with;
        }
    };
    loop {
        if watch.stop_requested() {
            stop.store(true, Ordering::Relaxed);
        }
        match news.recv_timeout(BETWEEN_NEWS) {
            Ok(News::Begin(training)) => watch.begin(training),
            Ok(News::Epoch(training, metrics)) => watch.epoch(training, &metrics),
            Ok(News::Progress(training, step, steps)) => watch.progress(training, step, steps),
            Ok(News::Warning(warning)) => watch.warning(warning),
            Ok(News::End(training, result)) => {
                let result: Option<RunResult> = match result {
                    Ok(Outcome::Finished(result)) => Some(result),
                    Err(TrainError::Diverged { .. }) => None,
                    Ok(Outcome::Interrupted { .. }) => {
                        fail(&mut end, Ok(End::Interrupted));
                        continue;
                    }
                    Err(error) => {
                        fail(&mut end, Err(error));
                        continue;
                    }
                };
                let finished = Finished { member: training.member, seed: training.seed, result };
                over += 1;
                if let Err(error) = done(finished, training, watch) {
                    fail(&mut end, Err(error));
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    // All workers are gone: they have finished everything, or were asked to stop before they began the next.
    match end {
        Ok(End::All) if over < trainings => Ok(End::Interrupted),
        end => end,
    }
}
