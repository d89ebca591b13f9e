//! Trainings side by side: one core each where that is faster than sharing one network among them.

use super::{Experiment, Finished, Watch};
use crate::error::TrainError;
use crate::memory;
use crate::nets::Device;
use crate::network::Hardware;
use crate::observe::{EpochMetrics, Observer, Warning};
use crate::train::{Outcome, RunResult};
use hetc_compiler::plan::Plan;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// Memory that trainings side by side may take together where the system does not say what there is.
const MEMORY: u64 = 4 << 30;
/// A training tells of its steps at most so often, and is asked to stop with no more delay than this.
const BETWEEN_NEWS: Duration = Duration::from_millis(50);

/// One training of an experiment or a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Training {
    /// Index of the network.
    pub member: usize,
    /// Its seed.
    pub seed: u64,
    /// Its place among all trainings, from 1.
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
        Self::for_networks(experiment.members.iter().map(|member| (&member.plan, batch)), trainings, hardware, jobs)
    }

    /// For `trainings` of these networks, each with its batch.
    pub fn for_networks<'p>(
        networks: impl Iterator<Item = (&'p Plan, usize)>,
        trainings: usize,
        hardware: Hardware,
        jobs: Option<usize>,
    ) -> Self {
        let largest = networks.map(|(plan, batch)| memory::needed(plan, batch, 1)).max().unwrap_or(0);
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
    End(Training, Outcome),
    Failed(Training, TrainError),
    /// There is no telling what is next.
    Lost(TrainError),
}

/// How a crew's work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Nothing was left to do.
    All,
    /// It was asked to stop.
    Interrupted,
}

/// Where a crew's trainings come from.
pub trait Queue: Sync {
    /// The next training, `None` when none is left; asked by many threads. It may wait for one, unless `stop` says otherwise.
    fn next(&self, stop: &AtomicBool) -> Result<Option<Training>, TrainError>;

    /// Trains it; `None` if it turned out to be another's.
    fn train(&self, training: Training, hardware: Hardware, observer: &mut dyn Observer) -> Result<Option<Outcome>, TrainError>;
}

/// Trains what `queue` has, in its order as far as trainings are not side by side. `done` hears of each that is over.
pub fn work(
    queue: &dyn Queue,
    crew: Crew,
    watch: &mut dyn Watch,
    mut done: impl FnMut(Finished, Training, &mut dyn Watch) -> Result<(), TrainError>,
) -> Result<End, TrainError> {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (sender, news) = channel();
        for _ in 0..crew.jobs {
            let (sender, stop) = (sender.clone(), &stop);
            scope.spawn(move || {
                let _guard = StopOnPanic(stop);
                while !stop.load(Ordering::Relaxed) {
                    let news = match queue.next(stop) {
                        Ok(None) => return,
                        Ok(Some(training)) => one(queue, crew.hardware, training, &sender, stop),
                        Err(error) => Some(News::Lost(error)),
                    };
                    if let Some(news) = news {
                        let _ = sender.send(news); // whoever listens has gone if this fails
                    }
                }
            });
        }
        drop(sender);
        let end = listen(&news, &stop, watch, &mut done);
        stop.store(true, Ordering::Relaxed);
        end
    })
}

fn one(queue: &dyn Queue, hardware: Hardware, training: Training, sender: &Sender<News>, stop: &AtomicBool) -> Option<News> {
    let _ = sender.send(News::Begin(training));
    match queue.train(training, hardware, &mut Reporter { training, sender, stop, last: Instant::now() }) {
        Ok(outcome) => outcome.map(|outcome| News::End(training, outcome)),
        Err(error) => Some(News::Failed(training, error)),
    }
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
    watch: &mut dyn Watch,
    done: &mut impl FnMut(Finished, Training, &mut dyn Watch) -> Result<(), TrainError>,
) -> Result<End, TrainError> {
    let mut end = Ok(End::All);
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
        let (training, result): (Training, Option<RunResult>) = match news.recv_timeout(BETWEEN_NEWS) {
            Ok(News::End(training, Outcome::Finished(result))) => (training, Some(result)),
            Ok(News::Failed(training, TrainError::Diverged { .. })) => (training, None),
            Ok(news) => {
                match news {
                    News::Begin(training) => watch.begin(training),
                    News::Epoch(training, metrics) => watch.epoch(training, &metrics),
                    News::Progress(training, step, steps) => watch.progress(training, step, steps),
                    News::Warning(warning) => watch.warning(warning),
                    News::End(..) => fail(&mut end, Ok(End::Interrupted)),
                    News::Failed(_, error) | News::Lost(error) => fail(&mut end, Err(error)),
                }
                continue;
            }
            Err(RecvTimeoutError::Timeout) => continue,
            // All workers are gone: there was nothing left, or they were asked to stop before they began the next.
            Err(RecvTimeoutError::Disconnected) => return end,
        };
        if let Err(error) = done(Finished { member: training.member, seed: training.seed, result }, training, watch) {
            fail(&mut end, Err(error));
        }
    }
}
