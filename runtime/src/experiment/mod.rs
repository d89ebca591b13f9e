//! An experiment: a network and its controls, each trained with every seed, in one run folder that explains itself.
//!
//! ```text
//! RUN/spec.net                    the spec, settings filled in
//! RUN/run.toml                    the run file, every default written out
//! RUN/run.json                    versions, data, threads, and which network is what
//! RUN/NETWORK/plan                the network's plan
//! RUN/NETWORK/lr.json             learning-rate range tests, where the rate is to be found
//! RUN/NETWORK/seed-N/             one training: metrics, weights, result, checkpoint (see `train`)
//! RUN/.lock                       held by the process that trains
//! RUN/results.csv, summary.json, table.txt    written when all trainings are over, and after each seed
//! ```
//!
//! Everything needed to go on is in the folder: [`Experiment::open`] reads it back, and [`Experiment::run`] trains what is missing.

pub(crate) mod crew;
mod measure;
mod origin;
mod rates;
mod summary;

pub use crew::{Crew, Training};
pub use measure::Measure;
pub use origin::Origin;
pub(crate) use summary::interval;
pub use summary::{Summary, Verdict, table};

use crate::config::TrainConfig;
use crate::digest::json;
use crate::error::TrainError;
use crate::files;
use crate::find::Found;
use crate::network::Hardware;
use crate::observe::{EpochMetrics, Observer, Warning};
use crate::runfile::{self, RunFile};
use crate::train::{Job, Outcome, RunResult, train};
use hetc_compiler::plan::{Op, Plan};
use hetc_data::Dataset;
use hetc_grammar::span::SourceId;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Version of the tensor library, as pinned in this crate's Cargo.toml.
const BURN_VERSION: &str = "0.22.1";
/// Version of the run folder's layout.
const FORMAT: u32 = 1;

/// One network of an experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its folder.
    pub folder: String,
    /// What tables call it: `sticknet8`, `swish(2) alone`.
    pub title: String,
    /// What it is for.
    pub role: Role,
    /// The network.
    pub plan: Plan,
}

impl Member {
    /// A control's part in the mix, of 1.
    pub fn part(&self) -> Option<f64> {
        match self.role {
            Role::Control { part } => Some(part),
            Role::Subject => None,
        }
    }
}

/// What a network is for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The network in question.
    Subject,
    /// The same with one of its cells alone.
    Control {
        /// The cell's part in the mix, of 1.
        part: f64,
    },
}

/// `run.json`
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct About {
    format: u32,
    pub(crate) hetc: String,
    pub(crate) burn: String,
    /// How the run was started.
    pub(crate) command: Vec<String>,
    /// Seconds since 1970.
    pub(crate) started: u64,
    pub(crate) threads: usize,
    /// The processor's widest vectors: sums are taken in their order.
    #[serde(default)]
    pub(crate) vectors: String,
    pub(crate) device: String,
    /// What the data are, in words.
    data: String,
    /// The folder that the user named for them.
    data_folder: Option<PathBuf>,
    networks: Vec<AboutMember>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct AboutMember {
    folder: String,
    title: String,
    role: Role,
}

/// A run folder and what is in it.
pub struct Experiment {
    /// The device that the run was made on: `cpu`, `cuda:0`.
    pub device: String,
    /// The folder.
    pub folder: PathBuf,
    /// The networks, the subject first.
    pub members: Vec<Member>,
    /// How they are trained.
    pub run_file: RunFile,
    /// What the data are, in words.
    pub data: String,
    /// The folder that the user named for them.
    pub data_folder: Option<PathBuf>,
    /// Where the run was made under other circumstances than these, in words: then equal bits are not to be expected.
    pub elsewhere: Vec<String>,
}

/// What a new run folder is made of.
pub struct NewRun<'a> {
    /// The text of the spec to keep.
    pub spec: &'a str,
    /// How the networks are trained.
    pub run_file: RunFile,
    /// The networks, the subject first.
    pub members: Vec<Member>,
    /// What they are trained on.
    pub data: &'a Dataset,
    /// The folder that the user named for it.
    pub data_folder: Option<PathBuf>,
    /// How the run was started.
    pub command: Vec<String>,
    /// What it runs on.
    pub hardware: Hardware,
}

/// One training that is over.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Index of the network.
    pub member: usize,
    /// Its seed.
    pub seed: u64,
    /// What it came to; `None` if its loss stopped being a number.
    pub result: Option<RunResult>,
}

impl Finished {
    /// What it came to with the weights that it kept.
    pub fn figure(&self, measure: Measure) -> Option<f64> {
        measure.value(&self.result.as_ref()?.kept)
    }
}

/// Hears about an experiment. Every method may be left out.
pub trait Watch {
    /// The folder is ours, and training begins.
    fn start(&mut self, _experiment: &Experiment, _crew: Crew) {}

    /// The learning rate of a network was found.
    fn found(&mut self, _member: &Member, _found: &Found) {}

    /// A training begins.
    fn begin(&mut self, _training: Training) {}

    /// An epoch of a training is over.
    fn epoch(&mut self, _training: Training, _metrics: &EpochMetrics) {}

    /// So many of all steps of a training are over; not told after every one.
    fn progress(&mut self, _training: Training, _step: u64, _steps: u64) {}

    /// Something went wrong that a training got round.
    fn warning(&mut self, _warning: Warning) {}

    /// A training is over.
    fn end(&mut self, _training: Training, _finished: &Finished) {}

    /// Whether to save and stop; asked again and again.
    fn stop_requested(&self) -> bool {
        false
    }
}

/// How running an experiment ended.
#[derive(Debug)]
pub enum Ending {
    /// Every training is over.
    Complete(Summary),
    /// The observer asked to stop; [`Experiment::run`] goes on from here.
    Interrupted,
}

/// Why a folder is not a run that can go on.
#[derive(Debug)]
pub struct NotARun {
    /// The folder or file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for NotARun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a run that can go on: {}", self.path.display(), self.reason)
    }
}

/// The networks of an experiment on `plan`: itself and, if asked for and it is mixed, its homogeneous controls.
pub fn members(plan: &Plan, controls: bool) -> Vec<Member> {
    let mut members =
        vec![Member { folder: folder_name(&plan.net), title: plan.net.clone(), role: Role::Subject, plan: plan.clone() }];
    if controls {
        for ((cell, part), control) in plan.mixture().into_iter().zip(plan.controls()) {
            let name = &plan.cells[cell].name;
            let mut folder = format!("only-{}", folder_name(name));
            while members.iter().any(|member| member.folder == folder) {
                folder.push('_');
            }
            // Alone throughout, or only where it can stand.
            let homogeneous = mixed_layers(&control).is_empty();
            let title = if homogeneous { format!("{name} alone") } else { format!("{name} where it can") };
            members.push(Member { folder, title, role: Role::Control { part }, plan: control });
        }
    }
    members
}

/// The names of the layers of `plan` that still hold a mix.
pub(crate) fn mixed_layers(plan: &Plan) -> Vec<&str> {
    let mixed = |layer: &&hetc_compiler::plan::Layer| matches!(&layer.op, Op::Cells(placement) if placement.is_mixed());
    plan.layers.iter().filter(mixed).map(|layer| layer.name.as_str()).collect()
}

/// `swish(7.5)` as a folder: `swish-7.5`
pub(crate) fn folder_name(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || "._+-".contains(c) { c } else { '-' }).collect();
    let name = plain.trim_matches(['-', '.']);
    if name.is_empty() { "net".to_string() } else { name.to_string() }
}

impl Experiment {
    /// Makes the folder, whole or not at all.
    pub fn create(folder: &Path, new: NewRun) -> Result<Self, TrainError> {
        let NewRun { spec, run_file, members, data, data_folder, command, hardware } = new;
        // A folder of this process alone, so that two that start at once do not meet in it.
        let scratch = files::sibling(&folder.with_extension(std::process::id().to_string()));
        let made = std::fs::remove_dir_all(&scratch).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        });
        made.and_then(|()| std::fs::create_dir_all(&scratch)).map_err(TrainError::io("create", &scratch))?;
        let (folder, data) = (folder.to_path_buf(), data.source.clone());
        let device = hardware.device.to_string();
        let experiment = Self { device, folder, members, run_file, data, data_folder, elsewhere: Vec::new() };
        for member in &experiment.members {
            let place = scratch.join(&member.folder);
            std::fs::create_dir_all(&place).map_err(TrainError::io("create", &place))?;
            files::write(&place.join("plan"), member.plan.to_text().as_bytes())?;
        }
        files::write(&scratch.join("spec.net"), spec.as_bytes())?;
        files::write(&scratch.join("run.toml"), runfile::write(&experiment.run_file).as_bytes())?;
        files::write(&scratch.join("run.json"), &json(&experiment.about(command, hardware)))?;
        files::rename(&scratch, &experiment.folder)?;
        Ok(experiment)
    }

    fn about(&self, command: Vec<String>, hardware: Hardware) -> About {
        let started = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let member =
            |member: &Member| AboutMember { folder: member.folder.clone(), title: member.title.clone(), role: member.role };
        About {
            format: FORMAT,
            hetc: env!("CARGO_PKG_VERSION").to_string(),
            burn: BURN_VERSION.to_string(),
            command,
            started,
            threads: hardware.threads,
            vectors: hetc_engine::vectors().to_string(),
            device: hardware.device.to_string(),
            data: self.data.clone(),
            data_folder: self.data_folder.clone(),
            networks: self.members.iter().map(member).collect(),
        }
    }

    /// Reads a run folder back.
    pub fn open(folder: &Path) -> Result<Self, NotARun> {
        let refuse = |path: PathBuf| move |reason: String| NotARun { path, reason };
        let read = |path: PathBuf| match std::fs::read_to_string(&path) {
            Ok(text) => Ok((path, text)),
            Err(error) => Err(NotARun { path, reason: error.to_string() }),
        };
        if !folder.join("run.json").is_file() {
            return Err(refuse(folder.to_path_buf())("it holds no `run.json`".to_string()));
        }
        let (path, text) = read(folder.join("run.json"))?;
        let about: About = serde_json::from_str(&text).map_err(|error| refuse(path.clone())(error.to_string()))?;
        if about.format != FORMAT {
            return Err(refuse(path)(format!("its format is {}, this is {FORMAT}", about.format)));
        }
        let (path, text) = read(folder.join("run.toml"))?;
        let (run_file, diagnostics) = runfile::read(SourceId(1), &text, &[]);
        let reason = || diagnostics.first().map_or(String::new(), |diagnostic| diagnostic.headline.clone());
        let run_file = run_file.ok_or_else(|| refuse(path)(reason()))?;
        let mut members = Vec::new();
        for AboutMember { folder: name, title, role } in about.networks {
            if folder_name(name.trim_end_matches('_')) != name.trim_end_matches('_') {
                return Err(refuse(folder.join("run.json"))(format!("`{name}` is no folder of a network")));
            }
            let (path, text) = read(folder.join(&name).join("plan"))?;
            let plan = Plan::from_text(&text).map_err(|error| refuse(path)(error.to_string()))?;
            members.push(Member { folder: name, title, role, plan });
        }
        let now = [("hetc", about.hetc, env!("CARGO_PKG_VERSION").to_string()), ("burn", about.burn, BURN_VERSION.to_string())];
        let vectors = ("vectors of the kind", about.vectors, hetc_engine::vectors().to_string());
        // Earlier runs do not say what their vectors were.
        let differs = now.into_iter().chain([vectors]).filter(|(_, then, now)| !then.is_empty() && then != now);
        let elsewhere = differs.map(|(what, then, now)| format!("{what} {then}, now {now}")).collect();
        let folder = folder.to_path_buf();
        Ok(Self { device: about.device, folder, members, run_file, data: about.data, data_folder: about.data_folder, elsewhere })
    }

    /// The folder of one training.
    pub fn training_folder(&self, member: &Member, seed: u64) -> PathBuf {
        self.folder.join(&member.folder).join(format!("seed-{seed}"))
    }

    /// How every network is trained.
    pub fn config(&self) -> &TrainConfig {
        &self.run_file.train
    }

    /// Trains every network with every seed, one seed after the other so that early tables compare like with like, and as many at a time
    /// as [`Crew`] says; what is there already is not trained again. Results do not depend on how many are trained at a time.
    pub fn run(
        &self,
        data: &Dataset,
        hardware: Hardware,
        jobs: Option<usize>,
        watch: &mut dyn Watch,
    ) -> Result<Ending, TrainError> {
        let _lock = self.lock()?; // held until this returns; a killed process lets go of it too
        let trainings = self.trainings();
        let crew = Crew::new(self, trainings.len(), hardware, jobs);
        watch.start(self, crew);
        if !self.find_rates(data, hardware, crew.jobs, watch)? {
            return Ok(Ending::Interrupted);
        }
        let mut finished: Vec<Option<Finished>> = vec![None; trainings.len()];
        let done = |training: Finished, which: Training, watch: &mut dyn Watch| {
            watch.end(which, &training);
            finished[which.number - 1] = Some(training);
            // Whole seeds alone, so that networks are compared on the same ones.
            let mut seeds = finished.chunks(self.members.len());
            let seed = (which.number - 1) / self.members.len();
            if seeds.nth(seed).is_some_and(|seed| seed.iter().all(Option::is_some)) {
                let whole = finished.chunks(self.members.len()).filter(|seed| seed.iter().all(Option::is_some));
                self.write_results(&whole.flatten().flatten().cloned().collect::<Vec<_>>())?;
            }
            Ok(())
        };
        let queue = List { experiment: self, data, trainings: &trainings, next: AtomicUsize::new(0) };
        let end = crew::work(&queue, crew, watch, done)?;
        let count = trainings.len();
        let finished: Vec<Finished> = finished.into_iter().flatten().collect();
        match end {
            // Asked to stop between two trainings, nobody was interrupted.
            crew::End::All if finished.len() == count => Ok(Ending::Complete(Summary::of(self, &finished))),
            _ => Ok(Ending::Interrupted),
        }
    }

    /// Every training, seed by seed.
    fn trainings(&self) -> Vec<Training> {
        let pairs = self.run_file.seeds.iter().flat_map(|seed| (0..self.members.len()).map(move |member| (member, *seed)));
        pairs.enumerate().map(|(index, (member, seed))| Training { member, seed, number: index + 1 }).collect()
    }

    /// The run's lock, for one process at a time.
    fn lock(&self) -> Result<File, TrainError> {
        let path = self.folder.join(".lock");
        let file = File::create(&path).map_err(TrainError::io("create", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(TrainError::Busy { folder: self.folder.clone() }),
            Err(TryLockError::Error(error)) => Err(TrainError::io("lock", &path)(error)),
        }
    }

    fn write_results(&self, finished: &[Finished]) -> Result<(), TrainError> {
        let summary = Summary::of(self, finished);
        files::write(&self.folder.join("results.csv"), summary::csv(self, finished).as_bytes())?;
        files::write(&self.folder.join("summary.json"), &json(&summary))?;
        files::write(&self.folder.join("table.txt"), table(&summary).as_bytes())
    }
}

/// The trainings of an experiment, one after the other.
struct List<'a> {
    experiment: &'a Experiment,
    data: &'a Dataset,
    trainings: &'a [Training],
    next: AtomicUsize,
}

impl crew::Queue for List<'_> {
    fn next(&self, _stop: &AtomicBool) -> Result<Option<Training>, TrainError> {
        Ok(self.trainings.get(self.next.fetch_add(1, Ordering::Relaxed)).copied())
    }

    fn train(&self, training: Training, hardware: Hardware, observer: &mut dyn Observer) -> Result<Option<Outcome>, TrainError> {
        let Self { experiment, data, .. } = self;
        let member = &experiment.members[training.member];
        let folder = experiment.training_folder(member, training.seed);
        let config = &experiment.config_of(member);
        let job = Job { plan: &member.plan, data, config, seed: training.seed, folder: &folder, hardware };
        train(&job, observer).map(Some)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_version_of_burn_is_the_pinned_one() {
        let pin = format!("burn = {{ version = \"={}\"", super::BURN_VERSION);
        assert!(include_str!("../../Cargo.toml").contains(&pin));
    }
}
