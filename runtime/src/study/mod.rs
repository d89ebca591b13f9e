//! Runs and sweeps as a study, for reports: what their folders say, and nothing else.

pub(crate) mod coordinates;
mod rates;
mod runs;
mod sweep;
mod training;

use crate::analyse::pages;
use crate::experiment::{Experiment, NotARun};
use crate::runfile::{self, RunFile};
use crate::stage::Keep;
use crate::sweep::Sweep;
use hetc_data::Validation;
use hetc_report::looks::Look;
use hetc_report::study::{Epoch, Group, Measure, Moment, Run, Study};
use std::path::Path;

/// A folder with trainings.
pub enum Source {
    /// `hetc train` made it.
    Run(Experiment),
    /// `hetc sweep` made it.
    Sweep(Sweep),
}

impl Source {
    /// Whether a folder is a sweep's rather than a run's.
    pub fn is_sweep(folder: &Path) -> bool {
        folder.join("sweep.json").is_file()
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        match self {
            Source::Run(experiment) => &experiment.folder,
            Source::Sweep(sweep) => &sweep.folder,
        }
    }
}

/// What one source gives to a study.
struct Chapter {
    /// What the data are, in words.
    data: String,
    /// How it was started.
    command: Vec<String>,
    facts: Vec<(String, String)>,
    notes: Vec<String>,
    groups: Vec<Group>,
}

/// What the trainings of `sources` came to, those included that are under way. With several sources, networks are called after their
/// folder as well; controls predict the mixes of their own source only.
pub fn study(sources: &[Source]) -> Result<Study, NotARun> {
    let mut study = Study::default();
    for source in sources {
        let name = name(source.folder());
        let called = called(source, sources.len());
        let chapter = match source {
            Source::Run(experiment) => runs::chapter(experiment, &called)?,
            Source::Sweep(sweep) => sweep::chapter(sweep, &called)?,
        };
        add(&mut study.title, &name);
        add(&mut study.data, &chapter.data);
        study.commands.push(chapter.command.join(" "));
        study.facts.extend(chapter.facts.into_iter().map(|(name, value)| (called(&name), value)));
        study.notes.extend(chapter.notes.into_iter().map(|note| called(&note)));
        study.groups.extend(chapter.groups);
    }
    measured(&mut study);
    study.measure.moment = moment(sources);
    study.looks = looks(sources, &study);
    Ok(study)
}

/// When in a run the figures are taken.
fn moment(sources: &[Source]) -> Moment {
    let run_files = sources.iter().flat_map(|source| match source {
        Source::Run(experiment) => vec![&experiment.run_file],
        Source::Sweep(sweep) => sweep.points.iter().map(|point| &point.run_file).collect(),
    });
    let of = |run_file: &RunFile| match (run_file.train.last().keep, run_file.data.portions.validation) {
        (Keep::Last, _) => Moment::Last,
        (Keep::Best, Some(Validation::Test)) => Moment::BestTest,
        (Keep::Best, _) => Moment::BestValidation,
    };
    let mut moments: Vec<Moment> = run_files.map(of).collect();
    moments.dedup();
    if let [only] = moments[..] { only } else { Moment::Kept }
}

/// What was found by looking into the networks.
fn looks(sources: &[Source], study: &Study) -> Vec<Look> {
    let figure = |network: &str, seed: u64| study.group(network)?.runs.iter().find(|run| run.seed == seed)?.figure();
    let Measure { name: measured, unit, .. } = &study.measure;
    let measured = if unit.is_empty() { measured.clone() } else { format!("{measured} ({unit})") };
    let called: Vec<Called> = sources.iter().map(|source| called(source, sources.len())).collect();
    let folders: Vec<pages::Source> = sources.iter().zip(&called).map(|(source, called)| (source.folder(), &**called)).collect();
    pages::looks(&folders, &measured, &figure)
}

/// What reports call a network.
type Called = Box<dyn Fn(&str) -> String>;

/// What a source's networks are called: with several sources, after their folder as well.
fn called(source: &Source, sources: usize) -> Called {
    let folder = name(source.folder());
    Box::new(move |text| if sources > 1 { format!("{text} ({folder})") } else { text.to_string() })
}

/// A figure of an epoch, if it has it.
type Has = fn(&Epoch) -> Option<f64>;

/// What the last epoch of a run has: what it came to is told by that.
const MEASURES: [(&str, Has); 3] = [
    ("test accuracy", |epoch| epoch.test_accuracy),
    ("test loss", |epoch| epoch.test_loss),
    ("pretraining loss", |epoch| epoch.train_loss),
];

/// The accuracy, or the loss where no run has an accuracy; runs without an accuracy are not compared with those that have one.
fn measured(study: &mut Study) {
    let own = |run: &Run| MEASURES.iter().position(|(_, has)| run.epochs.last().and_then(has).is_some());
    let finished = study.groups.iter().flat_map(|group| &group.runs).filter(|run| run.figure().is_some());
    let Some(measure) = finished.filter_map(own).min() else { return };
    if measure > 0 {
        let name = MEASURES[measure].0.to_string();
        study.measure = Measure { name, unit: String::new(), higher_is_better: false, moment: Moment::Last };
    }
    for run in study.groups.iter_mut().flat_map(|group| &mut group.runs).filter(|run| own(run) != Some(measure)) {
        run.value = None;
    }
}

/// The folder's own name, also of `.`.
fn name(folder: &Path) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    whole.file_name().map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Adds to a list, once.
fn add(list: &mut String, text: &str) {
    if list.is_empty() {
        *list = text.to_string();
    } else if !list.split("; ").any(|known| known == text) {
        *list += &format!("; {text}");
    }
}

fn refused(path: &Path, reason: impl ToString) -> NotARun {
    NotARun { path: path.to_path_buf(), reason: reason.to_string() }
}

/// Every key of a run file.
fn keys(run_file: &RunFile) -> Vec<(String, String)> {
    let (mut facts, mut table) = (Vec::new(), String::new());
    for line in runfile::write(run_file).lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = format!("{name}.");
        } else if let Some((key, value)) = line.split_once(" = ") {
            facts.push((format!("{table}{key}"), value.to_string()));
        }
    }
    facts
}
