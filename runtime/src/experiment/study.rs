//! Run folders as a study, for reports.

use super::{About, Experiment, Member, NotARun, Role, mixed_layers};
use crate::observe::EpochMetrics;
use crate::runfile;
use crate::snapshots;
use crate::train::{RunResult, diverged_path, functions_path, metrics_path, result_path};
use hetc_report::study::{Group, LrCurve, Measure, Moment, Outcome, Part, Run, Shape, Snapshot, Study};
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// What the trainings of `experiments` came to, those included that are under way. With several, networks are called after their run's
/// folder as well; controls predict the mix of their own run only.
pub fn study(experiments: &[Experiment]) -> Result<Study, NotARun> {
    let mut study = Study { measure: measure(experiments), ..Study::default() };
    for experiment in experiments {
        let about = about(&experiment.folder)?;
        let run = name(&experiment.folder);
        let called = |text: &str| if experiments.len() > 1 { format!("{text} ({run})") } else { text.to_string() };
        add(&mut study.title, &run);
        add(&mut study.data, &experiment.data);
        study.commands.push(about.command.join(" "));
        study.facts.extend(facts(experiment, &about).into_iter().map(|(name, value)| (called(&name), value)));
        study.notes.extend(kept_mixed(experiment).map(|note| called(&note)));
        for index in 0..experiment.members.len() {
            study.groups.push(group(experiment, index, &called)?);
        }
    }
    Ok(study)
}

/// The accuracy, or the loss where numbers are to be found.
fn measure(experiments: &[Experiment]) -> Measure {
    let numbers = experiments.iter().flat_map(|experiment| {
        let seeds = experiment.run_file.seeds.iter();
        seeds.flat_map(move |seed| experiment.members.iter().map(move |member| experiment.training_folder(member, *seed)))
    });
    let result = |folder: PathBuf| serde_json::from_slice::<RunResult>(&std::fs::read(result_path(&folder)).ok()?).ok();
    match numbers.into_iter().find_map(result) {
        Some(RunResult { kept, .. }) if kept.test_accuracy.is_none() => {
            Measure { name: "test loss".to_string(), unit: String::new(), higher_is_better: false, moment: Moment::Last }
        }
        _ => Measure::default(),
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

fn about(folder: &Path) -> Result<About, NotARun> {
    let path = folder.join("run.json");
    let text = std::fs::read_to_string(&path).map_err(|error| refused(&path, error))?;
    serde_json::from_str(&text).map_err(|error| refused(&path, error))
}

fn refused(path: &Path, reason: impl ToString) -> NotARun {
    NotARun { path: path.to_path_buf(), reason: reason.to_string() }
}

/// Versions and machine, then every key of the run file.
fn facts(experiment: &Experiment, about: &About) -> Vec<(String, String)> {
    let versions = format!("{}, burn {}", about.hetc, about.burn);
    let machine = format!("{}, {} threads, {} vectors", about.device, about.threads, about.vectors);
    let mut facts = vec![("hetc".to_string(), versions), ("machine".to_string(), machine)];
    let mut table = String::new();
    for line in runfile::write(&experiment.run_file).lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = format!("{name}.");
        } else if let Some((key, value)) = line.split_once(" = ") {
            facts.push((format!("{table}{key}"), value.to_string()));
        }
    }
    facts
}

/// A control that is of several types itself predicts nothing.
fn kept_mixed(experiment: &Experiment) -> impl Iterator<Item = String> {
    experiment.members.iter().filter(|member| is_partial(member)).map(|control| {
        format!(
            "{} is still mixed in {}, so nothing is predicted from the controls.",
            control.title,
            mixed_layers(&control.plan).join(", ")
        )
    })
}

fn is_partial(member: &Member) -> bool {
    member.part().is_some() && !mixed_layers(&member.plan).is_empty()
}

fn group(experiment: &Experiment, index: usize, called: &dyn Fn(&str) -> String) -> Result<Group, NotARun> {
    let member = &experiment.members[index];
    let part = |control: &Member| control.part().map(|share| Part { control: called(&control.title), share });
    let role = match member.role {
        Role::Control { .. } => hetc_report::study::Role::Control,
        Role::Subject if experiment.members.iter().any(is_partial) => hetc_report::study::Role::Subject { parts: Vec::new() },
        Role::Subject => hetc_report::study::Role::Subject { parts: experiment.members.iter().filter_map(part).collect() },
    };
    let runs: Result<Vec<Run>, NotARun> = experiment.run_file.seeds.iter().map(|seed| run(experiment, index, *seed)).collect();
    Ok(Group { name: called(&member.title), role, params: member.plan.params, coordinates: Vec::new(), runs: runs? })
}

fn run(experiment: &Experiment, member: usize, seed: u64) -> Result<Run, NotARun> {
    let folder = experiment.training_folder(&experiment.members[member], seed);
    let path = result_path(&folder);
    let result: Option<RunResult> = match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).map_err(|error| refused(&path, error))?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(refused(&path, error)),
    };
    let outcome = match result {
        Some(_) => Outcome::Finished,
        None if diverged_path(&folder).is_file() => Outcome::Diverged,
        None => Outcome::Unfinished,
    };
    let figure = |kept: &EpochMetrics| kept.test_accuracy.map(|part| 100.0 * part).or(kept.test_loss);
    let value = result.and_then(|result| figure(&result.kept));
    let functions = lines(&functions_path(&folder))?.into_iter().map(snapshot).collect();
    let lr_curve = experiment.found(&experiment.members[member]).and_then(|found| {
        let chosen = found.rate;
        let test = found.tests.into_iter().find(|test| test.seed == seed)?;
        Some(LrCurve { rates: test.rates, losses: test.losses, smoothed: test.smoothed, chosen })
    });
    Ok(Run { seed, outcome, value, epochs: lines(&metrics_path(&folder))?, functions, lr_curve })
}

/// A learned cell on its grid.
fn snapshot(taken: snapshots::Snapshot) -> Snapshot {
    let snapshots::Snapshot { epoch, cell, inputs, low, high, points, values } = taken;
    let step = (high - low) / (points.max(2) - 1) as f64;
    let places: Vec<f64> = (0..points).map(|place| low + step * place as f64).collect();
    let numbers = |values: &[f32]| values.iter().map(|value| f64::from(*value)).collect::<Vec<f64>>();
    let shape = if inputs == 1 {
        Shape::Curve { x: places, y: numbers(&values) }
    } else {
        // The first argument goes to the right, and rows are of the second.
        let row = |second: usize| (0..points).map(|first| f64::from(values[first * points + second])).collect();
        Shape::Map { x: places.clone(), y: places, z: (0..points).map(row).collect() }
    };
    Snapshot { function: cell, epoch, shape }
}

/// A last line that is being written does not count yet.
fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, NotARun> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(refused(path, error)),
    };
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let epoch = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| refused(path, format!("line {}: {error}", number + 1)))
    };
    whole.lines().enumerate().map(epoch).collect()
}
