//! What was found, on the disk: whole files, written after every network.

use super::{Measure, Sample, Subject};
use crate::digest::json;
use crate::error::TrainError;
use crate::files;
use hetc_report::csv::line;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// One network's finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record<F> {
    /// What tables call the network.
    pub network: String,
    /// The seed it was trained with.
    pub seed: u64,
    /// SHA-256 of its file of weights.
    pub model: String,
    /// What was found.
    pub finding: F,
}

/// A file of findings that have the same settings and data.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Found<F> {
    /// Version of hetc that wrote it.
    hetc: String,
    /// Everything that findings depend on but the networks.
    settings: serde_json::Value,
    /// One a network.
    trainings: Vec<Record<F>>,
    #[serde(skip)]
    folder: PathBuf,
}

impl<F: Serialize + for<'de> Deserialize<'de> + Clone> Found<F> {
    /// What `folder` has of `measure`, if that was with the same version, settings and data; otherwise nothing. A damaged file is nothing.
    pub fn open<M: Measure<Finding = F>>(folder: &Path, measure: &M, sample: &Sample) -> Self {
        let settings = serde_json::json!({ "measure": measure.settings(), "data": sample.identity });
        let hetc = env!("CARGO_PKG_VERSION").to_string();
        let old = std::fs::read(path(folder, measure.name(), "json")).ok();
        let old: Option<Self> = old.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let trainings = match old {
            Some(old) if old.settings == settings && old.hetc == hetc => old.trainings,
            _ => Vec::new(),
        };
        Self { hetc, settings, trainings, folder: folder.to_path_buf() }
    }

    /// Whether this training was measured.
    pub fn has(&self, subject: &Subject) -> bool {
        self.trainings.iter().any(|record| is(record, subject))
    }

    /// Adds a finding.
    pub fn add(&mut self, subject: &Subject, finding: F) {
        let Subject { network, seed, model, .. } = subject.clone();
        self.trainings.retain(|record| !(record.network == network && record.seed == seed));
        self.trainings.push(Record { network, seed, model, finding });
    }

    /// Puts the findings into the order of `subjects`, and drops those of other networks.
    pub fn keep(&mut self, subjects: &[Subject]) {
        let place = |record: &Record<F>| subjects.iter().position(|subject| is(record, subject));
        self.trainings.retain(|record| place(record).is_some());
        self.trainings.sort_by_key(place);
    }

    /// Writes both files.
    pub fn write<M: Measure<Finding = F>>(&self, measure: &M) -> Result<(), TrainError> {
        std::fs::create_dir_all(&self.folder).map_err(TrainError::io("write", &self.folder))?;
        files::write(&path(&self.folder, measure.name(), "csv"), self.csv(measure).as_bytes())?;
        files::write(&path(&self.folder, measure.name(), "json"), &json(self))
    }

    /// Those of `subjects`.
    pub fn into_records(self, subjects: &[Subject]) -> Vec<Record<F>> {
        self.trainings.into_iter().filter(|record| subjects.iter().any(|subject| is(record, subject))).collect()
    }

    fn csv<M: Measure<Finding = F>>(&self, measure: &M) -> String {
        let mut text = line([vec!["network", "seed"], measure.head()].concat());
        for record in &self.trainings {
            for row in measure.rows(&record.finding) {
                text += &line([vec![record.network.clone(), record.seed.to_string()], row].concat());
            }
        }
        text
    }
}

/// The findings of a measure that `folder` has, with everything that they depend on; none if there is no such file or it is damaged.
pub fn read<F: for<'de> Deserialize<'de>>(folder: &Path, name: &str) -> Option<(serde_json::Value, Vec<Record<F>>)> {
    let bytes = std::fs::read(path(folder, name, "json")).ok()?;
    let found: Found<F> = serde_json::from_slice(&bytes).ok()?;
    Some((found.settings, found.trainings))
}

fn is<F>(record: &Record<F>, subject: &Subject) -> bool {
    record.network == subject.network && record.seed == subject.seed && record.model == subject.model
}

fn path(folder: &Path, name: &str, ending: &str) -> PathBuf {
    folder.join(format!("{name}.{ending}"))
}
