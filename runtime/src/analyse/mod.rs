//! Looking inside trained networks: what is measured is a [`Measure`], what it is measured on a [`Subject`], and what it came to is kept
//! in the run's folder.
//!
//! ```text
//! RUN/analysis/participation.json   every training's findings, with what they depend on
//! RUN/analysis/participation.csv    the same as a table
//! ```
//!
//! The arithmetic is `hetc-analysis`; this asks networks, through the engine's [`Probe`], in evaluation: no dropout, running statistics.

pub mod attacks;
pub mod cells;
pub mod corruptions;
pub mod curvature;
pub mod functions;
mod gather;
pub mod pages;
pub mod participation;
mod places;
mod sample;
mod store;
pub mod subjects;

pub use sample::Sample;
use store::Found;
pub use store::Record;

use crate::config::TrainConfig;
use crate::digest::bytes_hash;
use crate::error::{TrainError, WeightsError};
use crate::loss::Loss;
use crate::params::Weights;
use hetc_compiler::plan::Plan;
use hetc_engine::Probe;
use hetc_engine::op::Look;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::path::{Path, PathBuf};

/// One trained network.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// What tables call it.
    pub network: String,
    /// What its folder is called.
    pub folder: String,
    /// The seed it was trained with.
    pub seed: u64,
    /// The network.
    pub plan: &'a Plan,
    /// How it was trained.
    pub config: &'a TrainConfig,
    /// The data that it was trained on: [`RunFile::data_key`](crate::runfile::RunFile::data_key).
    pub data: String,
    /// Its file of weights.
    pub weights: PathBuf,
    /// SHA-256 of that file, as its result says.
    pub model: String,
}

/// A trained network, opened.
pub struct Opened<'a> {
    /// The network.
    pub plan: &'a Plan,
    /// Its weights.
    pub weights: Weights,
    /// It, to be looked into.
    pub probe: Probe,
    /// What it was trained to minimise.
    pub loss: Loss,
    /// Names noise that is there always.
    pub look: Look,
    /// Threads to work with.
    pub threads: usize,
    /// What it is asked about.
    pub sample: &'a Sample,
}

/// Something to find out about a network.
pub trait Measure {
    /// What comes out for one network.
    type Finding: Serialize + DeserializeOwned + Clone;

    /// A word for files: `participation`.
    fn name(&self) -> &'static str;

    /// Everything that findings depend on besides network and data.
    fn settings(&self) -> serde_json::Value;

    /// Finds it out. `tell` hears how much of the work is done, of 1, and says whether to go on; [`Stop::Asked`] if not.
    fn find(&self, network: &mut Opened, tell: &mut dyn FnMut(f64) -> bool) -> Result<Self::Finding, Stop>;

    /// The head of the table of findings.
    fn head(&self) -> Vec<&'static str>;

    /// The rows that one network's finding is, in the order of the head.
    fn rows(&self, finding: &Self::Finding) -> Vec<Vec<String>>;
}

/// Why nothing was found.
#[derive(Debug)]
pub enum Stop {
    /// It was asked for: what is done is kept.
    Asked,
    /// The network or its data have no such thing: a sentence. Others are measured all the same.
    Without(String),
    /// The file system, or weights that do not fit.
    Error(TrainError),
}

impl From<TrainError> for Stop {
    fn from(error: TrainError) -> Self {
        Stop::Error(error)
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Asked => f.write_str("interrupted"),
            Stop::Without(why) => f.write_str(why),
            Stop::Error(error) => error.fmt(f),
        }
    }
}

/// Hears about an analysis.
pub trait Listen {
    /// So much of the work on subject number `subject` is done, of 1. False to save and stop.
    fn goes_on(&mut self, subject: usize, part: f64) -> bool;
}

/// What an analysis came to.
#[derive(Debug)]
pub struct Analysis<F> {
    /// Of each subject in which there is something to find.
    pub found: Vec<Record<F>>,
    /// Those in which there is not.
    pub without: Vec<Missed>,
    /// Those whose weights are not what training left.
    pub broken: Vec<Missed>,
    /// Where a former file of findings is now, if it could not be read.
    pub aside: Option<PathBuf>,
}

/// A training that was not measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// What tables call the network.
    pub network: String,
    /// The seed it was trained with.
    pub seed: u64,
    /// A sentence.
    pub why: String,
}

impl Missed {
    fn new(subject: &Subject, why: String) -> Self {
        Self { network: subject.network.clone(), seed: subject.seed, why }
    }
}

/// Measures every subject that was not measured alike before, and writes what was found after each into `folder`. What was found about others
/// stays there as long as they are among `all`, and what was found with other settings in any case.
pub fn analyse<M: Measure>(
    measure: &M,
    (subjects, all): (&[Subject], &[Subject]),
    sample: &Sample,
    folder: &Path,
    threads: usize,
    listen: &mut dyn Listen,
) -> Result<Analysis<M::Finding>, Stop> {
    let (mut without, mut broken) = (Vec::new(), Vec::new());
    let (mut found, aside) = Found::open(folder, measure, sample)?;
    for (number, subject) in subjects.iter().enumerate() {
        if let Err(error) = as_recorded(subject) {
            broken.push(Missed::new(subject, error.to_string()));
            continue;
        }
        if found.has(subject) {
            continue;
        }
        if !listen.goes_on(number, 0.0) {
            return Err(Stop::Asked);
        }
        let mut network = match open(subject, sample, threads) {
            Ok(network) => network,
            Err(error) => {
                broken.push(Missed::new(subject, error.to_string()));
                continue;
            }
        };
        match measure.find(&mut network, &mut |part| listen.goes_on(number, part)) {
            Ok(finding) => found.add(subject, finding)?,
            Err(Stop::Without(why)) => without.push(Missed::new(subject, why)),
            Err(stop) => return Err(stop),
        }
    }
    found.keep(all)?;
    Ok(Analysis { found: found.into_records(subjects), without, broken, aside })
}

/// Findings are filed under the weights that training left, so these must still be there.
fn as_recorded(subject: &Subject) -> Result<(), WeightsError> {
    let file = &subject.weights;
    let bytes = std::fs::read(file).map_err(|source| WeightsError::Io { file: file.clone(), source })?;
    if bytes_hash(&bytes) == subject.model { Ok(()) } else { Err(WeightsError::Changed { file: file.clone() }) }
}

fn open<'a>(subject: &Subject<'a>, sample: &'a Sample, threads: usize) -> Result<Opened<'a>, WeightsError> {
    let (weights, _) = crate::load_weights(subject.plan, &subject.weights)?;
    let (probe, _) = Probe::new(subject.plan, threads);
    let look = Look { seed: subject.seed, batch: 0 };
    Ok(Opened { plan: subject.plan, weights, probe, loss: subject.config.last().loss, look, threads, sample })
}

/// A number of a finding in a table.
fn number(value: f64) -> String {
    format!("{}", value + 0.0) // no minus before a zero
}

/// The same; empty if there is none.
fn optional(value: Option<f64>) -> String {
    value.map_or(String::new(), number)
}
