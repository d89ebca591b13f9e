//! The trained networks of a folder.

use super::Subject;
use crate::error::TrainError;
use crate::experiment::Experiment;
use crate::runfile::RunFile;
use crate::study::coordinates::names;
use crate::sweep::{Place, State, Sweep};
use crate::train::{RunResult, model_path, result_path};
use hetc_compiler::plan::Plan;
use std::path::Path;

/// The trainings of a folder.
#[derive(Debug)]
pub struct Subjects<'a> {
    /// Those that came to their end.
    pub finished: Vec<Subject<'a>>,
    /// How many did not.
    pub others: usize,
}

/// Those of a run, seed by seed for each network.
pub fn of_run(experiment: &Experiment) -> Subjects<'_> {
    let each = |member| experiment.run_file.seeds.iter().map(move |seed| (member, *seed));
    let all = experiment.members.iter().flat_map(each);
    let subject = |(member, seed): (&'_ crate::experiment::Member, u64)| {
        let folder = experiment.training_folder(member, seed);
        let result: RunResult = serde_json::from_slice(&std::fs::read(result_path(&folder)).ok()?).ok()?;
        let member = experiment.members.iter().find(|own| own.folder == member.folder)?;
        Some(subject((&member.title, &member.folder), &member.plan, &experiment.run_file, seed, &folder, result))
    };
    let all: Vec<Option<Subject>> = all.map(subject).collect();
    let others = all.iter().filter(|subject| subject.is_none()).count();
    Subjects { finished: all.into_iter().flatten().collect(), others }
}

/// Those of a sweep, called as reports call its points.
pub fn of_sweep(sweep: &Sweep) -> Result<Subjects<'_>, TrainError> {
    let states = sweep.states()?;
    let count = states.len();
    let names = names(sweep);
    let mut all: Vec<(usize, u64, Subject)> = Vec::new();
    for (place @ Place { point, seed }, state) in states {
        if let State::Finished(result) = state {
            let own = &sweep.points[point];
            let folder = sweep.training_folder(place);
            all.push((point, seed, subject((&names[point], &own.folder), &own.plan, &own.run_file, seed, &folder, *result)));
        }
    }
    all.sort_by_key(|(point, seed, _)| (*point, *seed));
    let finished: Vec<Subject> = all.into_iter().map(|(.., subject)| subject).collect();
    Ok(Subjects { others: count - finished.len(), finished })
}

fn subject<'a>(
    (network, called): (&str, &str),
    plan: &'a Plan,
    run_file: &'a RunFile,
    seed: u64,
    folder: &Path,
    result: RunResult,
) -> Subject<'a> {
    Subject {
        network: network.to_string(),
        folder: called.to_string(),
        seed,
        plan,
        config: &run_file.train,
        data: run_file.data_key(),
        weights: model_path(folder),
        model: result.model,
    }
}
