//! What everything is drawn from: groups of runs, as plain data.
//!
//! Whoever trained something writes a [`Study`]; figures, tables and words come from it alone.

use crate::looks::Look;
use serde::{Deserialize, Serialize};

/// Groups of runs that are looked at together.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Study {
    /// What it is called.
    pub title: String,
    /// What the data are, in words.
    pub data: String,
    /// What is compared.
    pub measure: Measure,
    /// Networks, or settings of one, each with its runs. Their names are all different.
    pub groups: Vec<Group>,
    /// How it was made: command lines, in their order.
    pub commands: Vec<String>,
    /// Settings and versions: name and value.
    pub facts: Vec<(String, String)>,
    /// What a reader has to know: sentences.
    pub notes: Vec<String>,
    /// What analyses found, section by section.
    pub looks: Vec<Look>,
}

/// The figure that every run comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// `test accuracy`
    pub name: String,
    /// `%`; empty for a plain number.
    pub unit: String,
    /// Whether a larger figure is a better one.
    pub higher_is_better: bool,
    /// When in a run it is taken.
    pub moment: Moment,
}

impl Default for Measure {
    fn default() -> Self {
        Self { name: "test accuracy".to_string(), unit: "%".to_string(), higher_is_better: true, moment: Moment::Last }
    }
}

/// When in a run its figure is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// After the last epoch.
    Last,
    /// Where the validation split did best.
    BestValidation,
    /// Where the test split did best, which favours every run.
    BestTest,
    /// With the weights that each run kept: groups differ in which these are.
    Kept,
}

/// Runs that differ in nothing but their seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// What tables call it; one of its kind in the study.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Trained numbers.
    pub params: u64,
    /// Where it stands in a sweep: parameter and value.
    #[serde(default)]
    pub coordinates: Vec<(String, Coordinate)>,
    /// One a seed.
    pub runs: Vec<Run>,
}

/// What a group is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What the study is about. A control may belong to several mixes, so each mix names its own.
    Subject {
        /// Its controls and their shares; empty for a network that nothing predicts.
        parts: Vec<Part>,
    },
    /// One of the parts of a mix, alone.
    Control,
    /// Something else that subjects are compared with.
    Other,
}

/// One part of a mix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The name of the control's group.
    pub control: String,
    /// Its share, in any unit.
    pub share: f64,
}

/// The value of a sweep's parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Coordinate {
    /// A number.
    Number(f64),
    /// Cells: a mix, or one alone.
    Cells(Vec<String>),
    /// Anything else.
    Text(String),
}

impl std::fmt::Display for Coordinate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Coordinate::Number(number) => write!(f, "{number}"),
            Coordinate::Cells(cells) => f.write_str(&cells.join("|")),
            Coordinate::Text(text) => f.write_str(text),
        }
    }
}

/// One training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its seed. Runs with equal seeds belong together across groups.
    pub seed: u64,
    /// When it began, in seconds since 1970, as far as that is known.
    #[serde(default)]
    pub started: Option<f64>,
    /// How it ended.
    pub outcome: Outcome,
    /// What it came to, in the measure's unit; `None` if it has not.
    pub value: Option<f64>,
    /// Epoch after epoch.
    #[serde(default)]
    pub epochs: Vec<Epoch>,
    /// Its learned functions, at several epochs.
    #[serde(default)]
    pub functions: Vec<Snapshot>,
    /// Its learning-rate range test.
    #[serde(default)]
    pub lr_curve: Option<LrCurve>,
}

/// How a training ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Trained to its end.
    Finished,
    /// Its loss stopped being a number.
    Diverged,
    /// Under way, or interrupted.
    Unfinished,
}

/// One epoch, with the names of `metrics.jsonl`. Accuracies are parts of 1; what was not measured, or is no number, is `None`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Epoch {
    /// From 1.
    pub epoch: u64,
    /// Steps since the start.
    pub step: u64,
    /// Mean loss over the training samples.
    pub train_loss: Option<f64>,
    /// Part of the training samples that were right.
    pub train_accuracy: Option<f64>,
    /// Mean loss on the validation split.
    pub validation_loss: Option<f64>,
    /// Part of the validation split that is right.
    pub validation_accuracy: Option<f64>,
    /// Mean loss on the test split.
    pub test_loss: Option<f64>,
    /// Part of the test split that is right.
    pub test_accuracy: Option<f64>,
    /// Wall-clock time of the epoch.
    pub seconds: f64,
}

/// A learned function at one epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its name in the spec.
    pub function: String,
    /// After this epoch; 0 is before the first.
    pub epoch: u64,
    /// Its values.
    pub shape: Shape,
}

/// Values of a function on a grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Of one argument.
    Curve {
        /// Points, ascending.
        x: Vec<f64>,
        /// One value a point.
        y: Vec<f64>,
    },
    /// Of two arguments.
    Map {
        /// Points of the first argument, ascending and evenly spaced.
        x: Vec<f64>,
        /// Points of the second, likewise.
        y: Vec<f64>,
        /// `z[j][i]` at `x[i]`, `y[j]`.
        z: Vec<Vec<f64>>,
    },
}

/// A learning-rate range test: one entry a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LrCurve {
    /// Rates.
    pub rates: Vec<f64>,
    /// Losses at them.
    pub losses: Vec<f64>,
    /// Smoothed losses.
    pub smoothed: Vec<f64>,
    /// The rate that was chosen.
    pub chosen: f64,
}

impl Group {
    /// What its runs came to, in their order.
    pub fn values(&self) -> Vec<f64> {
        self.runs.iter().filter_map(Run::figure).collect()
    }

    /// The same with seeds.
    pub fn by_seed(&self) -> Vec<(u64, f64)> {
        self.runs.iter().filter_map(|run| run.figure().map(|value| (run.seed, value))).collect()
    }

    /// How many runs ended like this.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.runs.iter().filter(|run| run.outcome == outcome).count()
    }

    /// Whether the study is about it.
    pub fn is_subject(&self) -> bool {
        matches!(self.role, Role::Subject { .. })
    }

    /// Its value of a sweep's parameter.
    pub fn coordinate(&self, name: &str) -> Option<&Coordinate> {
        self.coordinates.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }
}

impl Run {
    /// What it came to, if it trained to its end and that is a number.
    pub fn figure(&self) -> Option<f64> {
        self.value.filter(|value| value.is_finite() && self.outcome == Outcome::Finished)
    }
}

impl Study {
    /// The group of this name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// The groups that it is about.
    pub fn subjects(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter().filter(|group| group.is_subject())
    }

    /// Whether no run has come to a figure.
    pub fn is_empty(&self) -> bool {
        self.groups.iter().all(|group| group.values().is_empty())
    }
}
