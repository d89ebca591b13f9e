//! Working at a sweep: every training that nobody has, one after the other and as many at a time as the machine takes.

use super::claim::{Claimed, Files};
use super::folder::{Place, Sweep};
use super::points::Point;
use super::worker::Worker;
use crate::config::TrainConfig;
use crate::digest::json;
use crate::error::TrainError;
use crate::experiment::crew::{Queue, work};
use crate::experiment::{Crew, Finished, Training, Watch};
use crate::files;
use crate::find::{Found, range_tests};
use crate::network::Hardware;
use crate::observe::{Observer, Warning};
use crate::train::{Job, Outcome, train};
use hetc_data::Dataset;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use crate::experiment::crew::End;

/// How often a worker that waits for others looks at what they do.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// How soon it hears that it is to stop.
const PATIENCE: Duration = Duration::from_millis(50);

/// How a process works at a sweep.
#[derive(Debug, Clone, Copy)]
pub struct Shift {
    /// What it runs on.
    pub hardware: Hardware,
    /// Trainings at a time; without it, one a thread, memory permitting.
    pub jobs: Option<usize>,
    /// The task of a cluster's array: it begins elsewhere in the list, so that tasks do not meet.
    pub task: Option<u32>,
    /// It ends after so many trainings.
    pub chunk: Option<usize>,
    /// Whether it waits for what others train, to take it over if they die.
    pub wait: bool,
    /// So long without a sign of life, and another may take over.
    pub lease: Duration,
}

impl Sweep {
    /// How many trainings at a time a process does.
    pub fn crew(&self, shift: &Shift) -> Crew {
        let networks = self.networks().into_iter().map(|index| &self.points[index]);
        let trainings = self.places().len().min(shift.chunk.unwrap_or(usize::MAX));
        Crew::for_networks(
            networks.map(|point| (&point.plan, point.run_file.train.batch())),
            trainings,
            shift.hardware,
            shift.jobs,
        )
    }

    /// Trains what is not over and what nobody else trains. `data` are by the names that run files have for them.
    ///
    /// A training that cannot be done (its network needs more memory than there is, say) does not keep the others from being done: how it
    /// failed comes back beside how the work ended.
    ///
    /// # Errors
    /// [`TrainError::Io`] if the folder cannot be worked in.
    pub fn work(
        &self,
        data: &BTreeMap<String, Dataset>,
        shift: &Shift,
        watch: &mut dyn Watch,
    ) -> Result<(End, Vec<(Training, TrainError)>), TrainError> {
        let crew = self.crew(shift);
        let worker = Worker::start(&self.folder, shift.task, shift.lease)?;
        let mut open: Vec<(usize, Place)> = self.places().into_iter().enumerate().collect();
        if let (Some(task), false) = (shift.task, open.is_empty()) {
            let start = task as usize * shift.chunk.unwrap_or(crew.jobs) % open.len();
            open.rotate_left(start);
        }
        let taken = AtomicUsize::new(0);
        let claims = Claims {
            sweep: self,
            data,
            worker,
            shift,
            open: Mutex::new(open),
            mine: Mutex::default(),
            taken,
            finding: Mutex::default(),
            failed: Mutex::default(),
        };
        let done = |finished: Finished, training: Training, watch: &mut dyn Watch| {
            watch.end(training, &finished);
            Ok(())
        };
        let end = work(&claims, crew, watch, done)?;
        Ok((end, claims.failed.into_inner().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// A crew's trainings, from a folder that others take from too.
struct Claims<'a> {
    sweep: &'a Sweep,
    data: &'a BTreeMap<String, Dataset>,
    worker: Worker,
    shift: &'a Shift,
    /// What is not known to be over, with its number among all.
    open: Mutex<Vec<(usize, Place)>>,
    /// The attempts of this process, by number.
    mine: Mutex<BTreeMap<usize, u32>>,
    taken: AtomicUsize,
    /// Held by who finds a learning rate, with all threads.
    finding: Mutex<()>,
    failed: Mutex<Vec<(Training, TrainError)>>,
}

impl Claims<'_> {
    /// One look at everything that is open: the first training that could be had, or whether others have some.
    fn look(&self, open: &mut Vec<(usize, Place)>) -> Result<(Option<Training>, bool), TrainError> {
        let (mut index, mut elsewhere) = (0, false);
        while let Some((number, place)) = open.get(index).copied() {
            match Files::new(self.sweep, place).claim_for(&self.worker)? {
                Claimed::Over => _ = open.remove(index),
                Claimed::Elsewhere => (index, elsewhere) = (index + 1, true),
                Claimed::GivenUp => {
                    open.remove(index);
                    let files = Files::new(self.sweep, place);
                    let (attempts, training) =
                        (files.attempts(), Training { member: place.point, seed: place.seed, number: number + 1 });
                    lock(&self.failed).push((training, TrainError::GivenUp { attempts, claim: files.claim(attempts) }));
                }
                Claimed::Mine(attempt) => {
                    open.remove(index);
                    lock(&self.mine).insert(number, attempt);
                    return Ok((Some(Training { member: place.point, seed: place.seed, number: number + 1 }), true));
                }
            }
        }
        Ok((None, elsewhere))
    }

    /// How a point is trained; where a learning rate is to be found, with that, found now if it is not yet known. Other processes may find
    /// it at the same time, and find the same. `None` if the work is to stop.
    fn config_of(&self, point: &Point, data: &Dataset, observer: &mut dyn Observer) -> Result<Option<TrainConfig>, TrainError> {
        let config = &point.run_file.train;
        if !config.stages[0].find {
            return Ok(Some(config.clone()));
        }
        let _one_at_a_time = lock(&self.finding);
        let (folder, path) = (self.sweep.point_folder(point), self.sweep.rates_path(point));
        if let Some(found) = self.sweep.found(point)? {
            return Ok(Some(found.apply(config)));
        }
        let job = Job { plan: &point.plan, data, config, seed: 0, folder: &folder, hardware: self.shift.hardware };
        let Shift { hardware, .. } = self.shift;
        let (find, stop) = (point.run_file.find, AtomicBool::new(false));
        let mut heard = || stop.store(observer.stop_requested(), Ordering::Relaxed);
        let Some(tests) = range_tests(&job, &self.sweep.seeds, find, hardware.threads, &stop, &mut heard)? else {
            return Ok(None);
        };
        let found = Found::new(find, tests);
        Warning::rate(&point.name, &found).into_iter().for_each(|warning| observer.warning(warning));
        files::write_shared(&path, &json(&found))?;
        Ok(Some(found.apply(config)))
    }

    /// Keeps how an attempt at a training failed; the others go on.
    fn fail(&self, training: Training, (files, attempt): (&Files, u32), error: TrainError) -> Option<Outcome> {
        let _ = files.failed(attempt, &error); // one that could not say why counts as lost
        lock(&self.failed).push((training, error));
        None
    }
}

impl Queue for Claims<'_> {
    fn next(&self, stop: &AtomicBool) -> Result<Option<Training>, TrainError> {
        if self.taken.fetch_add(1, Ordering::Relaxed) >= self.shift.chunk.unwrap_or(usize::MAX) {
            return Ok(None);
        }
        let mut open = lock(&self.open);
        loop {
            match self.look(&mut open)? {
                (None, true) if self.shift.wait => {}
                (training, _) => return Ok(training),
            }
            let looked = Instant::now();
            while looked.elapsed() < BETWEEN_LOOKS {
                if stop.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                std::thread::sleep(PATIENCE);
            }
        }
    }

    fn train(&self, training: Training, hardware: Hardware, observer: &mut dyn Observer) -> Result<Option<Outcome>, TrainError> {
        let point = &self.sweep.points[training.member];
        let attempt = lock(&self.mine).get(&(training.number - 1)).copied().unwrap_or_default();
        let files = Files::new(self.sweep, Place { point: training.member, seed: training.seed });
        let folder = files.work(attempt);
        let unknown = || TrainError::NoSamples { data: point.run_file.data.source.name().to_string(), split: "train" };
        let data = self.data.get(&point.run_file.data_key()).ok_or_else(unknown)?;
        let config = match self.config_of(point, data, observer) {
            Ok(Some(config)) => config,
            Ok(None) => {
                files.stopped(attempt)?;
                return Ok(Some(Outcome::Interrupted { epoch: 0, step: 0 }));
            }
            Err(error) => return Ok(self.fail(training, (&files, attempt), error)),
        };
        let result =
            train(&Job { plan: &point.plan, data, config: &config, seed: training.seed, folder: &folder, hardware }, observer);
        match result {
            // A worker that was silent for too long finds its files gone; what it did, another does.
            Err(_) if !files.holds(attempt) => Ok(None),
            Ok(Outcome::Finished(_)) | Err(TrainError::Diverged { .. }) => {
                let published = files.publish(attempt)?;
                result.map(|outcome| published.then_some(outcome))
            }
            Ok(outcome) => files.stopped(attempt).map(|()| Some(outcome)),
            Err(error) => Ok(self.fail(training, (&files, attempt), error)),
        }
    }
}

/// What is behind a lock is whole even if its holder panicked: it is changed in one step.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
