//! `hetc sweep status` and `hetc sweep collect`: how far a sweep is, and what it came to so far.

use super::prepare::open;
use super::submit::queue;
use crate::Status;
use crate::failure::Failure;
use crate::terminal::Terminal;
use hetc_compiler::diag::words;
use hetc_runtime::sweep::{State, Sweep, at_work, table};
use std::path::Path;

pub fn run(folder: &Path, terminal: &Terminal) -> Result<Status, Failure> {
    let sweep = open(folder)?;
    let states = sweep.states().map_err(|error| Failure::new(error.to_string()))?;
    let count = |of: fn(&State) -> bool| states.iter().filter(|(_, state)| of(state)).count();
    terminal.print(&format!(
        "{}: {} finished, {} diverged, {} under way, {} left in the middle, {} not begun\n",
        words::count(states.len(), "training"),
        count(|state| matches!(state, State::Finished(_))),
        count(|state| matches!(state, State::Diverged)),
        count(|state| matches!(state, State::UnderWay { .. })),
        count(|state| matches!(state, State::Left { .. })),
        count(|state| matches!(state, State::Open)),
    ));
    for (place, state) in &states {
        let point = &sweep.points[place.point];
        let all = point.run_file.train.epochs();
        let said = match state {
            State::UnderWay { worker, epochs } => format!("epoch {epochs} of {all}, {worker}"),
            State::Left { epochs, attempts, given_up, failure } => {
                let failure = failure.as_ref().map_or(String::new(), |failure| format!("; {failure}"));
                format!(
                    "left after {epochs} of {}, {}{}{failure}",
                    words::count(all as usize, "epoch"),
                    words::count(*attempts as usize, "attempt"),
                    if *given_up { ", given up" } else { "" }
                )
            }
            State::Diverged => "diverged".to_string(),
            _ => continue,
        };
        terminal.print(&format!("  {}, seed {}: {said}\n", point.name, place.seed));
    }
    terminal.print(&workers(&sweep));
    terminal.print(&queue(&sweep));
    Ok(Status::Fine)
}

fn workers(sweep: &Sweep) -> String {
    let line = |(name, about): &(String, hetc_runtime::sweep::About)| {
        let task = about.task.map_or(String::new(), |task| format!(", task {task}"));
        format!("  {name} on {}{task}\n", about.machine.host)
    };
    let workers = at_work(&sweep.folder);
    format!("{} at work\n{}", words::count(workers.len(), "worker"), workers.iter().map(line).collect::<String>())
}

/// How to get the page.
pub fn page_of(folder: &Path) -> String {
    format!("`hetc report {}` makes a page of them", folder.display())
}

pub fn collect(folder: &Path, terminal: &Terminal) -> Result<Status, Failure> {
    let sweep = open(folder)?;
    let collected = hetc_runtime::sweep::collect(&sweep).map_err(|error| Failure::new(error.to_string()))?;
    terminal.print(&table(&collected));
    terminal.note(&format!("\nresults in {}", folder.join("results.csv").display()));
    terminal.note(&page_of(folder));
    Ok(Status::Fine)
}
