//! What an experiment came to: one row a network, and how the mix did against what its controls predict.

use super::{Experiment, Finished, Measure, Member, mixed_layers};
use crate::config::TrainConfig;
use crate::find::Doubt;
use crate::stage::Keep;
use crate::train::RunResult;
use hetc_compiler::diag::words::{count, thousands};
use hetc_report::csv::line;
use hetc_report::stats::{Estimate, Sample};
use serde::{Deserialize, Serialize};

/// Doty et al. predict a mix from its controls in two ways (their Methods): the *linear* prediction is the mean of the controls'
/// means, weighted by their shares; the *max* prediction is the best control's mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// What the data are.
    pub data: String,
    /// What is compared.
    pub measure: Measure,
    /// Epochs of a training that is not stopped before.
    pub epochs: u64,
    /// Which weights are compared, in words: `after 40 epochs`.
    pub when: String,
    /// One a network, the subject first.
    pub rows: Vec<Row>,
    /// How the mix did, if there are controls to compare with.
    pub verdict: Option<Verdict>,
    /// Why the controls predict nothing, if they do not.
    #[serde(default)]
    pub unpredicted: Option<String>,
}

/// What one network came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The network.
    pub title: String,
    /// Trained numbers.
    pub params: u64,
    /// The learning rate that was found for it, if one was to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<f64>,
    /// Why that may not be the one that was looked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<Doubt>,
    /// One value a seed that trained to the end.
    pub values: Vec<f64>,
    /// Their mean with its interval.
    pub mean: Estimate,
    /// Seeds whose loss stopped being a number; they are in no mean.
    pub diverged: Vec<u64>,
    /// Mean seconds an epoch.
    pub seconds_per_epoch: f64,
}

/// How a mix did against its controls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The mean of the controls' means, weighted by their shares.
    pub linear: f64,
    /// The mix minus that, seed by seed.
    pub over_linear: Estimate,
    /// The best control's mean.
    pub max: f64,
    /// The best control.
    pub best: String,
    /// The mix minus that, seed by seed.
    pub over_max: Estimate,
    /// How many seeds all networks came to their end with.
    pub pairs: usize,
}

impl Summary {
    /// Of the trainings that are over.
    pub fn of(experiment: &Experiment, finished: &[Finished]) -> Self {
        let kept = finished.iter().filter_map(|training| Some(&training.result.as_ref()?.kept));
        let measure = Measure::of(kept);
        let rows: Vec<Row> = (0..experiment.members.len()).map(|index| row(experiment, finished, measure, index)).collect();
        let unpredicted = unpredicted(experiment);
        let verdict = if unpredicted.is_none() { verdict(experiment, finished, measure, &rows) } else { None };
        let (epochs, when) = (experiment.config().epochs(), when(experiment.config(), finished));
        Self { data: experiment.data.clone(), measure, epochs, when, rows, verdict, unpredicted }
    }
}

/// Which weights trainings kept.
fn when(config: &TrainConfig, finished: &[Finished]) -> String {
    let epochs = count(config.epochs() as usize, "epoch");
    // A network of which nothing is trained has no epoch at all.
    let mut last = finished.iter().filter_map(|training| Some(training.result.as_ref()?.last.epoch));
    let stopped = last.any(|epoch| epoch > 0 && epoch < config.epochs());
    let most = if stopped { "at most " } else { "" };
    match config.last().keep {
        Keep::Last => format!("after {most}{epochs}"),
        Keep::Best => format!("at the epoch that did best on the validation split, of {most}{epochs}"),
    }
}

/// A control that could not take every mixed layer is of several types itself, so nothing can be predicted from it.
fn unpredicted(experiment: &Experiment) -> Option<String> {
    let controls = experiment.members.iter().filter(|member| member.part().is_some());
    let partial: Vec<String> = controls
        .filter_map(|control| {
            let kept = mixed_layers(&control.plan);
            (!kept.is_empty()).then(|| format!("{}: still mixed are {}", control.title, kept.join(", ")))
        })
        .collect();
    (!partial.is_empty())
        .then(|| format!("The controls are not of one type throughout, so they predict nothing.\n{}\n", partial.join("\n")))
}

fn row(experiment: &Experiment, finished: &[Finished], measure: Measure, index: usize) -> Row {
    let member = &experiment.members[index];
    let mine = || finished.iter().filter(move |training| training.member == index);
    let results: Vec<_> = mine().filter_map(|training| training.result.as_ref()).collect();
    let values: Vec<f64> = mine().filter_map(|training| training.figure(measure)).collect();
    let found = if experiment.config().stages[0].find { experiment.found(member) } else { None };
    let seconds: Vec<f64> = results.iter().map(|result| result.seconds / result.last.epoch.max(1) as f64).collect();
    Row {
        title: member.title.clone(),
        params: member.plan.params,
        found: found.as_ref().map(|found| found.rate),
        doubts: found.map_or(Vec::new(), |found| found.doubts),
        mean: Sample::new(values.clone()).estimate(),
        values,
        diverged: mine().filter(|training| training.result.is_none()).map(|training| training.seed).collect(),
        seconds_per_epoch: Sample::new(seconds).mean(),
    }
}

/// Runs with equal seeds share initial weights, order and augmentation, so the mix is compared with its controls seed by seed.
fn verdict(experiment: &Experiment, finished: &[Finished], measure: Measure, rows: &[Row]) -> Option<Verdict> {
    let parts: Vec<f64> = experiment.members.iter().filter_map(Member::part).collect();
    let controls = rows.get(1..)?;
    if parts.is_empty() || parts.len() != controls.len() || rows.iter().any(|row| row.values.is_empty()) {
        return None;
    }
    let goodness = |control: usize| measure.goodness(controls[control].mean.value);
    // Of equally good ones the first, as in reports.
    let best = (0..controls.len()).rev().max_by(|a, b| goodness(*a).total_cmp(&goodness(*b)))?;
    let whole: Vec<Vec<f64>> =
        experiment.run_file.seeds.iter().filter_map(|seed| figures(experiment, finished, measure, *seed)).collect();
    let over = |prediction: &dyn Fn(&[f64]) -> f64| {
        Sample::new(whole.iter().map(|values| values[0] - prediction(&values[1..])).collect()).estimate()
    };
    let weighted = |values: &[f64]| values.iter().zip(&parts).map(|(value, part)| value * part).sum::<f64>();
    let means: Vec<f64> = controls.iter().map(|row| row.mean.value).collect();
    Some(Verdict {
        linear: weighted(&means),
        over_linear: over(&weighted),
        max: means[best],
        best: controls[best].title.clone(),
        over_max: over(&|values| values[best]),
        pairs: whole.len(),
    })
}

/// What every network came to with one seed, if all of them came to their end.
fn figures(experiment: &Experiment, finished: &[Finished], measure: Measure, seed: u64) -> Option<Vec<f64>> {
    let of = |member: usize| finished.iter().find(|training| training.member == member && training.seed == seed);
    (0..experiment.members.len()).map(|member| of(member)?.figure(measure)).collect()
}

/// One line a training: network, seed, final and best figures, time.
pub(super) fn csv(experiment: &Experiment, finished: &[Finished]) -> String {
    let figures = ["test_accuracy", "test_loss", "train_loss", "best_test_accuracy", "best_epoch", "seconds", "learning_rate"];
    let mut out = line([&["network", "seed"], &figures[..]].concat());
    let figure = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for training in finished {
        let member = &experiment.members[training.member];
        let mut cells = vec![member.title.clone(), training.seed.to_string()];
        cells.extend(match &training.result {
            None => vec![String::new(); 6],
            Some(RunResult { kept, best, seconds, .. }) => vec![
                figure(kept.test_accuracy),
                figure(kept.test_loss),
                figure(kept.train_loss),
                figure(best.test_accuracy),
                best.epoch.to_string(),
                format!("{seconds:.3}"),
            ],
        });
        cells.push(experiment.config_of(member).stages[0].optimiser.lr().to_string());
        out += &line(cells);
    }
    out
}

/// The table that a run ends with.
pub fn table(summary: &Summary) -> String {
    let width = summary.rows.iter().map(|row| row.title.chars().count()).max().unwrap_or(0).max(7);
    let decimals = summary.measure.decimals();
    let mut out = format!("{}\n{} {}, mean ± 95 % confidence interval\n\n", summary.data, summary.measure.words(), summary.when);
    out += &format!("{:<width$}  runs     mean               min     max   parameters  s/epoch\n", "network");
    for row in &summary.rows {
        let sample = Sample::new(row.values.clone());
        out += &format!("{:<width$}  {:>4}  ", row.title, row.values.len());
        if row.values.is_empty() {
            out += if row.diverged.is_empty() { "nothing of it is trained\n" } else { "no run came to its end\n" };
            continue;
        }
        let mean = format!("{:>7}", interval(row.mean, false, decimals));
        let places = if row.seconds_per_epoch < 1.0 { 4 } else { 2 };
        out += &format!(
            "{mean:<17}  {:>6.decimals$}  {:>6.decimals$}  {:>11}  {:>7.places$}\n",
            sample.min(),
            sample.max(),
            thousands(row.params),
            row.seconds_per_epoch
        );
    }
    for row in summary.rows.iter().filter(|row| !row.diverged.is_empty()) {
        let seeds: Vec<String> = row.diverged.iter().map(u64::to_string).collect();
        out += &format!("{}: training diverged with seed {} (in no mean)\n", row.title, seeds.join(", "));
    }
    for row in &summary.rows {
        out += &row.found.map_or(String::new(), |rate| format!("{}: learning rate {rate:.3e} found\n", row.title));
        row.doubts.iter().for_each(|doubt| out += &format!("  {doubt}\n"));
    }
    if let Some(why) = &summary.unpredicted {
        out += &format!("\n{why}");
    }
    let Some(verdict) = &summary.verdict else { return out };
    out += "\nthe mix against its controls\n";
    out += &format!(
        "  linear prediction  {:>6.decimals$}   mix {}   {}\n",
        verdict.linear,
        interval(verdict.over_linear, true, decimals),
        words(verdict.over_linear)
    );
    out += &format!(
        "  max prediction     {:>6.decimals$}   mix {}   {}\n",
        verdict.max,
        interval(verdict.over_max, true, decimals),
        words(verdict.over_max)
    );
    if summary.rows.iter().any(|row| row.params != summary.rows[0].params) {
        out += "The networks have different numbers of parameters, since some of their cells are trained.\n";
    }
    out += &format!(
        "linear: the controls' means weighted by their shares; max: the best control's mean ({}).\n\
         Differences are taken seed by seed, over {}; the best control is chosen by the same runs, which favours it.\n",
        verdict.best,
        count(verdict.pairs, "seed")
    );
    out
}

pub(crate) fn interval(estimate: Estimate, signed: bool, decimals: usize) -> String {
    let value = if signed { format!("{:+.decimals$}", estimate.value) } else { format!("{:.decimals$}", estimate.value) };
    match estimate.half_width {
        Some(half) => format!("{value} ± {half:.decimals$}"),
        None => value,
    }
}

/// What a difference says, in words.
fn words(difference: Estimate) -> &'static str {
    match difference.half_width {
        None => "(too few runs to tell it from chance)",
        Some(half) if difference.value > half => "above",
        Some(half) if difference.value < -half => "below",
        Some(_) => "no difference beyond chance",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(params: [u64; 2]) -> Summary {
        let estimate = Sample::new(vec![90.0, 91.0]).estimate();
        let row = |(title, params): (&str, u64)| Row {
            title: title.to_string(),
            params,
            found: None,
            doubts: Vec::new(),
            values: vec![90.0, 91.0],
            mean: estimate,
            diverged: Vec::new(),
            seconds_per_epoch: 1.0,
        };
        let rows: Vec<Row> = ["a", "prelu(0.25) alone"].into_iter().zip(params).map(row).collect();
        let best = rows[1].title.clone();
        let verdict = Some(Verdict { linear: 90.0, over_linear: estimate, max: 90.0, best, over_max: estimate, pairs: 2 });
        Summary {
            data: "stripes".to_string(),
            measure: Measure::Accuracy,
            epochs: 2,
            when: "after 2 epochs".to_string(),
            rows,
            verdict,
            unpredicted: None,
        }
    }

    #[test]
    fn the_table_says_where_networks_differ_in_size() {
        let sentence = "different numbers of parameters";
        let equal = table(&summary([1200, 1200]));
        assert!(!equal.contains(sentence), "{equal}");
        let different = table(&summary([1200, 1234]));
        let counts = [1200, 1234].map(thousands);
        assert!(different.contains(sentence) && counts.iter().all(|count| different.contains(count)), "{different}");
    }
}
