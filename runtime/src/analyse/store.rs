//! What was found, on the disk: whole files, written after every network. Several processes may add to them.

use super::{Measure, Sample, Subject};
use crate::digest::json;
use crate::error::TrainError;
use crate::files;
use hetc_report::csv::line;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Version of the files; others are not read.
const FORMAT: u32 = 1;

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

/// Findings with the same settings and data.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Block<F> {
    /// Version of hetc that wrote it.
    hetc: String,
    /// Everything that findings depend on but the networks.
    pub settings: Settings,
    /// One a network.
    pub trainings: Vec<Record<F>>,
}

/// What findings depend on besides the networks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The measure's own.
    measure: Value,
    /// The data, and how many samples of them.
    data: String,
}

impl Settings {
    /// In a line: `100 test samples; norm Linf; radius 0.03`.
    pub fn line(&self) -> String {
        let samples = self.data.split_once(", ").map_or(self.data.as_str(), |(_, samples)| samples);
        let own = self.measure.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        let own = own.map(|(name, value)| format!("{name} {}", word(value)));
        [samples.to_string()].into_iter().chain(own).collect::<Vec<_>>().join("; ")
    }
}

/// Fractions with the digits of single precision, which they came from.
fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => (number.as_f64().unwrap_or_default() as f32).to_string(),
        other => other.to_string(),
    }
}

/// The file of a measure's findings: those of the last settings that were asked for come first.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Whole<F> {
    format: u32,
    findings: Vec<Block<F>>,
}

/// A file of findings that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable(pub PathBuf);

/// The findings of one measure with its settings, and the files that they are kept in.
pub struct Found<'a, M: Measure> {
    measure: &'a M,
    folder: &'a Path,
    settings: Settings,
    trainings: Vec<Record<M::Finding>>,
}

impl<'a, M: Measure> Found<'a, M> {
    /// What `folder` has of `measure` with the same version, settings and data. A file that cannot be read is put aside, and its new name
    /// returned.
    pub fn open(folder: &'a Path, measure: &'a M, sample: &Sample) -> Result<(Self, Option<PathBuf>), TrainError> {
        std::fs::create_dir_all(folder).map_err(TrainError::io("write", folder))?;
        let settings = Settings { measure: measure.settings(), data: sample.identity.clone() };
        let mut own = Self { measure, folder, settings, trainings: Vec::new() };
        let _lock = own.lock()?;
        let aside = match own.read() {
            Ok(whole) => {
                own.trainings =
                    whole.findings.into_iter().find(|block| own.is_own(block)).map_or(Vec::new(), |block| block.trainings);
                None
            }
            Err(Unreadable(file)) => {
                let names = (1..).map(|number| match number {
                    1 => file.with_extension("json.unreadable"),
                    _ => file.with_extension(format!("json.unreadable-{number}")),
                });
                let aside = names.into_iter().find(|name| !name.exists()).unwrap_or_default();
                files::rename(&file, &aside)?;
                Some(aside)
            }
        };
        Ok((own, aside))
    }

    /// Whether this training was measured.
    pub fn has(&self, subject: &Subject) -> bool {
        self.trainings.iter().any(|record| is(record, subject))
    }

    /// Adds a finding, on the disk as well.
    pub fn add(&mut self, subject: &Subject, finding: M::Finding) -> Result<(), TrainError> {
        let Subject { network, seed, model, .. } = subject.clone();
        self.change(None, |trainings| {
            trainings.retain(|record| !(record.network == network && record.seed == seed));
            trainings.push(Record { network, seed, model, finding });
        })
    }

    /// Puts the findings into the order of `subjects`, and drops those of other networks, with whatever settings. Nothing is written where
    /// nothing was found.
    pub fn keep(&mut self, subjects: &[Subject]) -> Result<(), TrainError> {
        if self.trainings.is_empty() {
            return Ok(());
        }
        let place = |record: &Record<M::Finding>| subjects.iter().position(|subject| is(record, subject));
        self.change(Some(subjects), |trainings| {
            trainings.retain(|record| place(record).is_some());
            trainings.sort_by_key(place);
        })
    }

    /// Those of `subjects`.
    pub fn into_records(self, subjects: &[Subject]) -> Vec<Record<M::Finding>> {
        self.trainings.into_iter().filter(|record| subjects.iter().any(|subject| is(record, subject))).collect()
    }

    /// Changes what is on the disk, where others may have added to it; of other settings what is not about `all` goes.
    fn change(&mut self, all: Option<&[Subject]>, change: impl FnOnce(&mut Vec<Record<M::Finding>>)) -> Result<(), TrainError> {
        let _lock = self.lock()?;
        let mut whole = self.read().unwrap_or_else(|_| Whole { format: FORMAT, findings: Vec::new() });
        let place = whole.findings.iter().position(|block| self.is_own(block));
        let hetc = env!("CARGO_PKG_VERSION").to_string();
        let mut own = match place {
            Some(place) => whole.findings.remove(place),
            None => Block { hetc, settings: self.settings.clone(), trainings: Vec::new() },
        };
        // Another version's findings with the same settings would be counted beside these.
        whole.findings.retain(|block| block.settings != self.settings);
        for block in whole.findings.iter_mut().filter(|_| all.is_some()) {
            block.trainings.retain(|record| all.is_some_and(|all| all.iter().any(|subject| is(record, subject))));
        }
        whole.findings.retain(|block| !block.trainings.is_empty());
        change(&mut own.trainings);
        self.trainings.clone_from(&own.trainings);
        whole.findings.insert(0, own);
        files::write(&path(self.folder, self.measure.name(), "csv"), self.csv(&whole).as_bytes())?;
        files::write(&path(self.folder, self.measure.name(), "json"), &json(&whole))
    }

    fn is_own(&self, block: &Block<M::Finding>) -> bool {
        block.settings == self.settings && block.hetc == env!("CARGO_PKG_VERSION")
    }

    fn read(&self) -> Result<Whole<M::Finding>, Unreadable> {
        let findings = read(self.folder, self.measure.name())?;
        Ok(Whole { format: FORMAT, findings })
    }

    /// Held until it is dropped; a killed process lets go of it too.
    fn lock(&self) -> Result<File, TrainError> {
        let path = self.folder.join(".lock");
        let file = File::create(&path).map_err(TrainError::io("create", &path))?;
        file.lock().map_err(TrainError::io("lock", &path))?;
        Ok(file)
    }

    fn csv(&self, whole: &Whole<M::Finding>) -> String {
        let mut text = line([vec!["network", "seed", "settings"], self.measure.head()].concat());
        for block in &whole.findings {
            for record in &block.trainings {
                for row in self.measure.rows(&record.finding) {
                    let own = vec![record.network.clone(), record.seed.to_string(), block.settings.line()];
                    text += &line([own, row].concat());
                }
            }
        }
        text
    }
}

/// The findings of a measure that `folder` has, those with the same settings together; none if there is no such file.
pub fn read<F: for<'de> Deserialize<'de>>(folder: &Path, name: &str) -> Result<Vec<Block<F>>, Unreadable> {
    let file = path(folder, name, "json");
    match files::read(&file) {
        Ok(None) => Ok(Vec::new()),
        Ok(Some(bytes)) => match serde_json::from_slice::<Whole<F>>(&bytes) {
            Ok(whole) if whole.format == FORMAT => Ok(whole.findings),
            _ => Err(Unreadable(file)),
        },
        Err(_) => Err(Unreadable(file)),
    }
}

fn is<F>(record: &Record<F>, subject: &Subject) -> bool {
    record.network == subject.network && record.seed == subject.seed && record.model == subject.model
}

fn path(folder: &Path, name: &str, ending: &str) -> PathBuf {
    folder.join(format!("{name}.{ending}"))
}
