//! Run folders as a study, for reports.

use super::{About, Experiment, Finished, Member, NotARun, Role, mixed_layers};
use crate::runfile;
use crate::train::{diverged_path, metrics_path, result_path};
use hetc_report::study::{Epoch, Group, Measure, Outcome, Part, Run, Study};
use std::path::Path;

/// What the trainings of `experiments` came to, those included that are under way. With several, networks are called after their run's
/// folder as well; controls predict the mix of their own run only.
pub fn study(experiments: &[Experiment]) -> Result<Study, NotARun> {
    let mut study = Study { measure: Measure::default(), ..Study::default() };
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
    let result = match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).map_err(|error| refused(&path, error))?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(refused(&path, error)),
    };
    let outcome = match result {
        Some(_) => Outcome::Finished,
        None if diverged_path(&folder).is_file() => Outcome::Diverged,
        None => Outcome::Unfinished,
    };
    let value = Finished { member, seed, result }.accuracy();
    Ok(Run { seed, outcome, value, epochs: epochs(&metrics_path(&folder))?, functions: Vec::new(), lr_curve: None })
}

/// A last line that is being written does not count yet.
fn epochs(path: &Path) -> Result<Vec<Epoch>, NotARun> {
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
