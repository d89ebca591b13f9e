//! The trained networks of a folder.

use super::Subject;
use crate::experiment::Experiment;
use crate::study::coordinates::names;
use crate::sweep::{Place, State, Sweep};
use crate::train::{RunResult, model_path, result_path};
use crate::{config::TrainConfig, error::TrainError};
use hetc_compiler::plan::Plan;
use std::path::Path;

/// Those of a run whose training came to its end, seed by seed for each network.
pub fn of_run(experiment: &Experiment) -> Vec<Subject<'_>> {
    let each = |member| experiment.run_file.seeds.iter().map(move |seed| (member, *seed));
    let all = experiment.members.iter().flat_map(each);
    let subject = |(member, seed): (&'_ crate::experiment::Member, u64)| {
        let folder = experiment.training_folder(member, seed);
        let result: RunResult = serde_json::from_slice(&std::fs::read(result_path(&folder)).ok()?).ok()?;
        let member = experiment.members.iter().find(|own| own.folder == member.folder)?;
        Some(subject((&member.title, &member.folder), &member.plan, experiment.config(), seed, &folder, result))
    };
    all.filter_map(subject).collect()
}

/// Those of a sweep, called as reports call its points.
pub fn of_sweep(sweep: &Sweep) -> Result<Vec<Subject<'_>>, TrainError> {
    let names = names(sweep);
    let mut all: Vec<(usize, u64, Subject)> = Vec::new();
    for (place @ Place { point, seed }, state) in sweep.states()? {
        if let State::Finished(result) = state {
            let own = &sweep.points[point];
            let folder = sweep.training_folder(place);
            all.push((
                point,
                seed,
                subject((&names[point], &own.folder), &own.plan, &own.run_file.train, seed, &folder, *result),
            ));
        }
    }
    all.sort_by_key(|(point, seed, _)| (*point, *seed));
    Ok(all.into_iter().map(|(.., subject)| subject).collect())
}

fn subject<'a>(
    (network, called): (&str, &str),
    plan: &'a Plan,
    config: &'a TrainConfig,
    seed: u64,
    folder: &Path,
    result: RunResult,
) -> Subject<'a> {
    Subject {
        network: network.to_string(),
        folder: called.to_string(),
        seed,
        plan,
        config,
        weights: model_path(folder),
        model: result.model,
    }
}
