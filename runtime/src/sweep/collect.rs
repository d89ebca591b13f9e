//! What a sweep came to: one line a training, one row a point, and for every mix how it did against its controls' predictions.

use super::folder::{Place, Sweep};
use super::points::Point;
use super::state::State;
use crate::digest::json;
use crate::error::TrainError;
use crate::experiment::{Measure, interval};
use crate::files;
use crate::find::{Doubt, Found};
use hetc_compiler::diag::words;
use hetc_report::csv::line;
use hetc_report::stats::{Estimate, Sample};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a sweep came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Collected {
    /// What points are compared by.
    pub measure: Measure,
    /// Trainings that are over.
    pub over: usize,
    /// All trainings.
    pub trainings: usize,
    /// One a point, in the order of the sweep.
    pub rows: Vec<Row>,
}

/// What one point came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The point.
    pub name: String,
    /// Axis and value.
    pub coordinates: Vec<(String, String)>,
    /// Whether it is a control of a mix.
    pub control: bool,
    /// Trained numbers.
    pub params: u64,
    /// The learning rate that was found for it, if one was to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<f64>,
    /// Why that may not be the one that was looked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
    /// Seed and value of every training that came to its end.
    pub values: Vec<(u64, f64)>,
    /// Their mean with its interval.
    pub mean: Estimate,
    /// Seeds whose loss stopped being a number; they are in no mean.
    pub diverged: Vec<u64>,
    /// The mix minus the mean of its controls weighted by their shares, seed by seed.
    pub over_linear: Option<Estimate>,
    /// The mix minus the control with the best mean, seed by seed.
    pub over_max: Option<Estimate>,
    /// The name of that control.
    pub best_control: Option<String>,
}

/// One training with the point that it belongs to.
type Known<'a> = (&'a Point, u64, State);

/// Reads every result of a sweep and writes `results.csv`, `summary.json` and `table.txt`.
pub fn collect(sweep: &Sweep) -> Result<Collected, TrainError> {
    let states = sweep.states()?;
    let by_folder: BTreeMap<(&str, u64), &State> =
        states.iter().map(|(Place { point, seed }, state)| ((sweep.points[*point].folder.as_str(), *seed), state)).collect();
    let all = sweep.points.iter().flat_map(|point| sweep.seeds.iter().map(move |seed| (point, *seed)));
    let known: Vec<Known> =
        all.filter_map(|(point, seed)| Some((point, seed, (*by_folder.get(&(point.folder.as_str(), seed))?).clone()))).collect();
    // A file that cannot be read keeps no result from being shown.
    let found: Vec<Option<Found>> = sweep.points.iter().map(|point| sweep.found(point).ok().flatten()).collect();
    let collected = collected(sweep, &known, &states, &found);
    files::write_shared(&sweep.folder.join("results.csv"), csv(sweep, &known, &found).as_bytes())?;
    files::write_shared(&sweep.folder.join("summary.json"), &json(&collected))?;
    files::write_shared(&sweep.folder.join("table.txt"), table(&collected).as_bytes())?;
    Ok(collected)
}

fn collected(sweep: &Sweep, known: &[Known], states: &[(Place, State)], found: &[Option<Found>]) -> Collected {
    let kept = known.iter().filter_map(|(.., state)| match state {
        State::Finished(result) => Some(&result.kept),
        _ => None,
    });
    let measure = Measure::of(kept);
    let rows: Vec<Row> =
        sweep.points.iter().zip(found).map(|(point, found)| row(point, known, found.as_ref(), measure)).collect();
    let compared = (0..rows.len()).map(|index| against_controls(sweep, &rows, index, measure)).collect();
    Collected {
        measure,
        over: states.iter().filter(|(_, state)| state.is_over()).count(),
        trainings: states.len(),
        rows: compared,
    }
}

fn row(point: &Point, known: &[Known], found: Option<&Found>, measure: Measure) -> Row {
    let mine = || known.iter().filter(|(other, ..)| other.name == point.name);
    let finished = |(_, seed, state): &Known| match state {
        State::Finished(result) => Some((*seed, measure.value(&result.kept)?)),
        _ => None,
    };
    let values: Vec<(u64, f64)> = mine().filter_map(finished).collect();
    Row {
        name: point.name.clone(),
        coordinates: point.coordinates.clone(),
        control: point.control,
        params: point.plan.params,
        found: found.map(|found| found.rate),
        doubts: found.map_or(Vec::new(), |found| found.doubts.clone()),
        mean: Sample::new(values.iter().map(|(_, value)| *value).collect()).estimate(),
        values,
        diverged: mine().filter(|(.., state)| *state == State::Diverged).map(|(_, seed, _)| *seed).collect(),
        over_linear: None,
        over_max: None,
        best_control: None,
    }
}

/// The row of a mix with its gains over both predictions of Doty et al. 2021, over the seeds that the mix and all of its controls have.
fn against_controls(sweep: &Sweep, rows: &[Row], index: usize, measure: Measure) -> Row {
    let (mut row, parts) = (rows[index].clone(), &sweep.points[index].parts);
    let controls: Vec<&Row> = parts.iter().map(|part| &rows[part.control]).collect();
    let goodness = |control: usize| measure.goodness(controls[control].mean.value);
    // Of equally good ones the first, as in reports.
    let Some(best) = (0..controls.len()).rev().max_by(|a, b| goodness(*a).total_cmp(&goodness(*b))) else {
        return row;
    };
    let of = |row: &Row, seed: u64| row.values.iter().find(|(other, _)| *other == seed).map(|(_, value)| *value);
    let whole: Vec<(f64, Vec<f64>)> = row
        .values
        .iter()
        .filter_map(|(seed, value)| Some((*value, controls.iter().map(|control| of(control, *seed)).collect::<Option<_>>()?)))
        .collect();
    if whole.is_empty() {
        return row;
    }
    let over = |prediction: &dyn Fn(&[f64]) -> f64| {
        Some(Sample::new(whole.iter().map(|(value, controls)| value - prediction(controls)).collect()).estimate())
    };
    row.over_linear = over(&|values| values.iter().zip(parts).map(|(value, part)| value * part.share).sum());
    row.over_max = over(&|values| values[best]);
    row.best_control = Some(controls[best].name.clone());
    row
}

/// One line a training: name, what it is, coordinates, seed, how it ended, figures.
fn csv(sweep: &Sweep, known: &[Known], found: &[Option<Found>]) -> String {
    let axes = sweep.axes();
    let figures =
        ["test_accuracy", "test_loss", "train_loss", "best_test_accuracy", "best_epoch", "params", "seconds", "learning_rate"];
    let mut out = line([&["name", "role"], axes.as_slice(), &["seed", "state"], &figures].concat());
    let figure = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for (point, seed, state) in known {
        let found = sweep.points.iter().zip(found).find_map(|(other, found)| found.as_ref().filter(|_| other.name == point.name));
        let first = &point.run_file.train.stages[0];
        let rate = found.map(|found| found.rate).or_else(|| (!first.find).then(|| first.optimiser.lr()));
        let role = if point.control { "control" } else { "subject" };
        let coordinate =
            |axis: &&str| point.coordinates.iter().find(|(name, _)| name == axis).map_or("", |(_, value)| value.as_str());
        let mut cells = vec![point.name.clone(), role.to_string()];
        cells.extend(axes.iter().map(|axis| coordinate(axis).to_string()));
        cells.push(seed.to_string());
        let params = point.plan.params.to_string();
        cells.extend(match state {
            State::Finished(result) => vec![
                "finished".to_string(),
                figure(result.kept.test_accuracy),
                figure(result.kept.test_loss),
                figure(result.kept.train_loss),
                figure(result.best.test_accuracy),
                result.best.epoch.to_string(),
                params,
                format!("{:.3}", result.seconds),
            ],
            other => {
                let word = if *other == State::Diverged { "diverged" } else { "unfinished" };
                let mut cells = vec![String::new(); 8];
                (cells[0], cells[6]) = (word.to_string(), params);
                cells
            }
        });
        cells.push(figure(rate));
        out += &line(cells);
    }
    out
}

/// The table that a sweep ends with: every point, mixes with their gains.
pub fn table(collected: &Collected) -> String {
    let width = collected.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).max(5);
    let mut out = format!(
        "{}, mean ± 95 % confidence interval; {} of {} trainings are over\n\n",
        collected.measure.words(),
        collected.over,
        collected.trainings
    );
    let decimals = collected.measure.decimals();
    out += &format!(
        "{:<width$}           runs     mean                over linear          over max             parameters\n",
        "point"
    );
    for row in &collected.rows {
        let role = if row.control { "control" } else { "" };
        out += &format!("{:<width$}  {role:<7}  {:>4}  ", row.name, row.values.len());
        let mean = if row.values.is_empty() { String::new() } else { format!("{:>7}", interval(row.mean, false, decimals)) };
        let gain = |gain: Option<Estimate>| gain.map_or(String::new(), |gain| interval(gain, true, decimals));
        let [linear, max] = [row.over_linear, row.over_max].map(gain);
        out += &format!("{mean:<18}  {linear:<19}  {max:<19}  {:>10}\n", words::thousands(row.params));
    }
    for row in collected.rows.iter().filter(|row| !row.diverged.is_empty()) {
        let seeds: Vec<String> = row.diverged.iter().map(u64::to_string).collect();
        out += &format!("{}: training diverged with seed {} (in no mean)\n", row.name, seeds.join(", "));
    }
    out += &rates(&collected.rows);
    if collected.rows.iter().any(|row| row.over_linear.is_some()) {
        out += "\nlinear: the controls weighted by their shares; max: the control with the best mean. Differences are taken seed by seed;\n\
                the best control is chosen by the same runs, which favours it. Intervals are of each row alone, not of all rows together.\n";
    }
    out
}

/// The learning rates that were found, one a line, and what is doubtful about them.
fn rates(rows: &[Row]) -> String {
    let mut out = String::new();
    for row in rows {
        out += &row.found.map_or(String::new(), |rate| format!("{}: learning rate {rate:.3e} found\n", row.name));
        row.doubts.iter().for_each(|doubt| out += &format!("  {doubt}\n"));
    }
    out
}
