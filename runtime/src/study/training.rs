//! The folder of one training as a run.

use super::refused;
use crate::experiment::{Measure, NotARun};
use crate::find::Found;
use crate::snapshots;
use crate::train::{RunResult, diverged_path, functions_path, metrics_path, result_path};
use hetc_report::study::{Epoch, LrCurve, Outcome, Run, Shape, Snapshot};
use serde::de::DeserializeOwned;
use std::path::Path;

/// What the training of `seed` in `folder` came to so far; `found` is of its network's range tests.
pub fn run(folder: &Path, seed: u64, found: Option<&Found>, started: Option<f64>) -> Result<Run, NotARun> {
    let path = result_path(folder);
    let result: Option<RunResult> = match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).map_err(|error| refused(&path, error))?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(refused(&path, error)),
    };
    let outcome = match result {
        Some(_) => Outcome::Finished,
        None if diverged_path(folder).is_file() => Outcome::Diverged,
        None => Outcome::Unfinished,
    };
    let epochs: Vec<Epoch> = lines(&metrics_path(folder))?;
    let value = result.and_then(|result| Measure::of(std::iter::once(&result.kept)).value(&result.kept));
    let functions = lines(&functions_path(folder))?.into_iter().map(snapshot).collect();
    let lr_curve = found.and_then(|found| {
        let test = found.tests.iter().find(|test| test.seed == seed)?.clone();
        Some(LrCurve { rates: test.rates, losses: test.losses, smoothed: test.smoothed, chosen: found.rate })
    });
    Ok(Run { seed, started, outcome, value, epochs, functions, lr_curve })
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
