//! `hetc sweep run` and `hetc sweep work`: training what is left.

use super::prepare::{data_of, open, prepare};
use super::status::page_of;
use super::watch::SweepWatcher;
use crate::Status;
use crate::cli::sweep::{Run, Spread, Work};
use crate::commands::train::hardware;
use crate::failure::Failure;
use crate::terminal::Terminal;
use hetc_compiler::diag::words;
use hetc_data::Dataset;
use hetc_runtime::TrainError;
use hetc_runtime::sweep::{Collected, End, Shift, Sweep, collect, table};
use std::collections::BTreeMap;
use std::time::Duration;

/// What flags say of how to work.
pub fn shift(spread: &Spread) -> Result<Shift, Failure> {
    let (hardware, lease) = (hardware(&spread.machine)?, Duration::from_secs_f64(spread.lease));
    Ok(Shift { hardware, jobs: spread.jobs.map(usize::from), task: None, chunk: None, wait: true, lease })
}

pub fn run(args: Run, terminal: &Terminal) -> Result<Status, Failure> {
    let watcher = SweepWatcher::new(terminal, "`hetc sweep run` goes on from the last checkpoints")?;
    let shift = shift(&args.spread)?;
    let Some(prepared) = prepare(&args.target, terminal)? else { return Ok(Status::Findings) };
    prepared.save()?;
    train(&prepared.sweep, &prepared.data, &shift, watcher, terminal)
}

pub fn work(args: Work, terminal: &Terminal) -> Result<Status, Failure> {
    let watcher = SweepWatcher::new(terminal, "`hetc sweep work` goes on from the last checkpoints")?;
    let chunk = args.chunk.map(|chunk| chunk as usize);
    let shift = Shift { task: args.task, chunk, wait: args.wait, ..shift(&args.spread)? };
    let sweep = open(&args.folder)?;
    let data = data_of(&sweep, args.data.as_deref())?;
    train(&sweep, &data, &shift, watcher, terminal)
}

fn train(
    sweep: &Sweep,
    data: &BTreeMap<String, Dataset>,
    shift: &Shift,
    mut watcher: SweepWatcher,
    terminal: &Terminal,
) -> Result<Status, Failure> {
    watcher.start(sweep, sweep.crew(shift)).map_err(|error| failure(&error))?;
    let end = sweep.work(data, shift, &mut watcher);
    watcher.finish();
    let (end, failed) = end.map_err(|error| failure(&error))?;
    for (training, error) in &failed {
        terminal.note(&format!("{}, seed {}: {error}", sweep.points[training.member].name, training.seed));
    }
    let collected = collect(sweep).map_err(|error| failure(&error))?;
    let folder = sweep.folder.display();
    let left = collected.trainings - collected.over;
    if !failed.is_empty() {
        results(sweep, &collected, terminal);
        return Err(Failure::new(format!("{} could not be done", words::count(failed.len(), "training"))));
    }
    if left > 0 && (end == End::Interrupted || watcher.stopped()) {
        let left = words::count(left, "training");
        terminal.note(&format!("interrupted and saved, {left} left; go on with the same command, or `hetc sweep work {folder}`"));
        return Ok(Status::Interrupted);
    }
    if left > 0 {
        terminal.note(&format!("{} left or with others: `hetc sweep status {folder}`", words::count(left, "training")));
        return Ok(Status::Fine);
    }
    results(sweep, &collected, terminal);
    Ok(Status::Fine)
}

fn results(sweep: &Sweep, collected: &Collected, terminal: &Terminal) {
    terminal.print(&format!("\n{}", table(collected)));
    terminal.note(&format!("\nresults in {}", sweep.folder.display()));
    terminal.note(&page_of(&sweep.folder));
}

fn failure(error: &TrainError) -> Failure {
    Failure::new(error.to_string())
}
