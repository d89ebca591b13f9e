//! A sweep's folder in a study: every point a group at its coordinates.

use super::coordinates::{coordinate, names};
use super::rates::Rates;
use super::{Chapter, keys, refused, training};
use crate::experiment::NotARun;
use crate::find::Found;
use crate::sweep::{self, Place, Point, Sweep};
use hetc_report::study::{Group, Part, Role, Run};
use std::collections::BTreeMap;

/// Points are called as `called` says. Of several that come to the same, the first stands for all.
pub fn chapter(sweep: &Sweep, called: &dyn Fn(&str) -> String) -> Result<Chapter, NotARun> {
    let made = sweep.made()?;
    let networks = sweep.networks();
    let names = names(sweep);
    let mut rates = Rates::default();
    for index in &networks {
        rates.add(&names[*index], found(sweep, &sweep.points[*index])?.as_ref());
    }
    let points = Points {
        sweep,
        names: names.iter().map(|name| called(name)).collect(),
        first: networks.iter().map(|index| (sweep.points[*index].folder.as_str(), *index)).collect(),
        mixes: sweep.points.iter().any(|point| !point.parts.is_empty()),
        started: made.started.map(|seconds| seconds as f64),
    };
    let groups: Vec<Group> = networks.into_iter().map(|index| points.group(index)).collect::<Result<_, _>>()?;
    let mut facts = vec![("hetc".to_string(), made.hetc)];
    facts.extend(common(sweep));
    facts.extend(rates.facts);
    Ok(Chapter { data: data(sweep), command: made.command, facts, notes: rates.doubts, groups })
}

/// The names of the sets.
fn data(sweep: &Sweep) -> String {
    let mut names: Vec<&str> = sweep.points.iter().map(|point| point.run_file.data.source.name()).collect();
    names.dedup();
    names.sort_unstable();
    names.dedup();
    names.join("; ")
}

/// The keys of the run file that are the same everywhere, with the sweep's seeds.
fn common(sweep: &Sweep) -> Vec<(String, String)> {
    let Some((first, rest)) = sweep.points.split_first() else { return Vec::new() };
    let mut common = keys(&first.run_file);
    for point in rest.iter().filter(|point| point.run_file != first.run_file) {
        let own = keys(&point.run_file);
        common.retain(|key| own.contains(key));
    }
    for (_, seeds) in common.iter_mut().filter(|(key, _)| key == "train.seeds") {
        *seeds = format!("{:?}", sweep.seeds);
    }
    common
}

/// What the groups of all points have in common.
struct Points<'a> {
    sweep: &'a Sweep,
    names: Vec<String>,
    /// By folder, the first point that has it.
    first: BTreeMap<&'a str, usize>,
    /// Whether there are mixes with controls.
    mixes: bool,
    started: Option<f64>,
}

impl Points<'_> {
    fn group(&self, index: usize) -> Result<Group, NotARun> {
        let point = &self.sweep.points[index];
        let found = found(self.sweep, point)?;
        let run = |seed: &u64| {
            let folder = self.sweep.training_folder(Place { point: index, seed: *seed });
            training::run(&folder, *seed, found.as_ref(), self.started)
        };
        let runs: Vec<Run> = self.sweep.seeds.iter().map(run).collect::<Result<_, _>>()?;
        let coordinates = point.coordinates.iter().map(|(axis, value)| (axis.clone(), coordinate(axis, value))).collect();
        Ok(Group { name: self.names[index].clone(), role: self.role(point), params: point.plan.params, coordinates, runs })
    }

    /// Beside mixes, what is neither one nor a control of one is there for comparison; without mixes, everything is looked at.
    fn role(&self, point: &Point) -> Role {
        let trained = |control: usize| self.first.get(self.sweep.points[control].folder.as_str()).copied().unwrap_or(control);
        let part = |part: &sweep::Part| Part { control: self.names[trained(part.control)].clone(), share: part.share };
        match point.control {
            true => Role::Control,
            false if self.mixes && point.plan.mixture().is_empty() => Role::Other,
            false => Role::Subject { parts: point.parts.iter().map(part).collect() },
        }
    }
}

/// What the range tests of a point came to, if there were any.
fn found(sweep: &Sweep, point: &Point) -> Result<Option<Found>, NotARun> {
    let path = sweep.rates_path(point);
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| refused(&path, error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(refused(&path, error)),
    }
}
