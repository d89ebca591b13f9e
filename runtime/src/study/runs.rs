//! A run folder in a study: a network and its controls.

use super::rates::Rates;
use super::{Chapter, keys, refused, training};
use crate::experiment::{About, Experiment, Member, NotARun, Role, mixed_layers};
use hetc_compiler::diag::words;
use hetc_report::study::{Group, Part, Role as Purpose, Run};
use std::path::Path;

/// Networks are called as `called` says.
pub fn chapter(experiment: &Experiment, called: &dyn Fn(&str) -> String) -> Result<Chapter, NotARun> {
    let about = about(&experiment.folder)?;
    let mut rates = Rates::default();
    experiment.members.iter().for_each(|member| rates.add(&member.title, experiment.found(member).as_ref()));
    let groups = experiment.members.iter().map(|member| group(experiment, member, &about, called));
    Ok(Chapter {
        data: experiment.data.clone(),
        facts: [facts(experiment, &about), rates.facts].concat(),
        notes: kept_mixed(experiment).chain(rates.doubts).collect(),
        groups: groups.collect::<Result<_, _>>()?,
        command: about.command,
    })
}

fn about(folder: &Path) -> Result<About, NotARun> {
    let path = folder.join("run.json");
    let text = std::fs::read_to_string(&path).map_err(|error| refused(&path, error))?;
    serde_json::from_str(&text).map_err(|error| refused(&path, error))
}

/// Versions and machine, then every key of the run file.
fn facts(experiment: &Experiment, about: &About) -> Vec<(String, String)> {
    let versions = format!("{}, burn {}", about.hetc, about.burn);
    let machine = format!("{}, {}, {} vectors", about.device, words::count(about.threads, "thread"), about.vectors);
    let mut facts = vec![("hetc".to_string(), versions), ("machine".to_string(), machine)];
    facts.extend(keys(&experiment.run_file));
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

fn group(experiment: &Experiment, member: &Member, about: &About, called: &dyn Fn(&str) -> String) -> Result<Group, NotARun> {
    let part = |control: &Member| control.part().map(|share| Part { control: called(&control.title), share });
    let role = match member.role {
        Role::Control { .. } => Purpose::Control,
        Role::Subject if experiment.members.iter().any(is_partial) => Purpose::Subject { parts: Vec::new() },
        Role::Subject => Purpose::Subject { parts: experiment.members.iter().filter_map(part).collect() },
    };
    let found = experiment.found(member);
    let run =
        |seed: &u64| training::run(&experiment.training_folder(member, *seed), *seed, found.as_ref(), Some(about.started as f64));
    let runs: Result<Vec<Run>, NotARun> = experiment.run_file.seeds.iter().map(run).collect();
    Ok(Group { name: called(&member.title), role, params: member.plan.params, coordinates: Vec::new(), runs: runs? })
}
