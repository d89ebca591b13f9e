//! From a sweep file to its points: every combination of values as a network with its settings, and the controls of all mixes, each once.

use super::axis::{Axis, Choice};
use super::controls::{canonical, with_controls};
use super::file::SweepFile;
use crate::digest::{bytes_hash, plan_hash};
use crate::findings::{RunFileUnused, RunFileValue};
use crate::runfile::{self, RunFile, Text};
use hetc_compiler::diag::{Diagnostic, Finding, Severity};
use hetc_compiler::plan::Plan;
use hetc_compiler::{Compilation, Setting};
use hetc_grammar::span::{SourceId, Span};
use std::collections::BTreeMap;

/// Most points of a sweep.
const MOST_POINTS: usize = 100_000;
/// After so many different messages, the other points are not looked at.
const MOST_MESSAGES: usize = 20;

/// One network of a sweep with its settings; it is trained with every seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// `cells=swish(2)|ptanh(1), optimiser.lr=0.01`: every axis with its value, so that it stays when values are added.
    pub name: String,
    /// Axis and value, in the order of the axes.
    pub coordinates: Vec<(String, String)>,
    /// The network.
    pub plan: Plan,
    /// How it is trained; its seeds are the sweep's.
    pub run_file: RunFile,
    /// Whether it is a homogeneous control of a mix.
    pub control: bool,
    /// The controls of a mix and their shares of its units; empty if it is none, or if they predict nothing.
    pub parts: Vec<Part>,
    /// Its folder under `points`, once it has one.
    pub folder: String,
}

/// One control of a mix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Index of the control among the points.
    pub control: usize,
    /// Its cell's share of the mixed units, of 1.
    pub share: f64,
}

impl Point {
    /// What makes it the network that it is, apart from data and seed: SHA-256 in hexadecimal.
    pub fn fingerprint(&self) -> String {
        let train = self.run_file.train.essence();
        let run_file = RunFile { seeds: vec![1], controls: false, train, ..self.run_file.clone() };
        bytes_hash(format!("{}\n{}", plan_hash(&self.plan), runfile::write(&run_file)).as_bytes())
    }
}

/// What a sweep file comes to.
pub struct Design {
    /// Every point, those of the file first and then the controls that it does not name itself.
    pub points: Vec<Point>,
    /// One training a seed and point.
    pub seeds: Vec<u64>,
    /// Where the network stands in its spec, for messages.
    pub net: Span,
}

/// Builds every point; `run` is the run file, `compile` compiles the spec with some parameters set.
///
/// The design is there whenever no diagnostic is an error.
pub fn design(
    file: &SweepFile,
    sweep: SourceId,
    run: Text,
    compile: &mut dyn FnMut(&[Setting]) -> Compilation,
) -> (Option<Design>, Vec<Diagnostic>) {
    let mut builder =
        Builder { file, sweep, run, compile, plans: BTreeMap::new(), net: file.span, unused: None, found: Vec::new() };
    let product = file.axes.iter().try_fold(1_usize, |product, axis| product.checked_mul(axis.values.len()));
    let Some(count) = product.filter(|count| *count <= MOST_POINTS) else {
        builder.bad("net", &format!("at most {MOST_POINTS} combinations"), "more");
        return (None, builder.found);
    };
    let mut points = Vec::new();
    for number in 0..count {
        let choices = combination(&file.axes, number);
        if file.exclude.iter().any(|exclusion| exclusion.applies(&choices)) {
            continue;
        }
        if builder.found.len() >= MOST_MESSAGES {
            break;
        }
        points.extend(builder.point(&choices).map(|point| (point, choices)));
    }
    if points.is_empty() && builder.found.is_empty() {
        builder.bad("exclude", "such that a point is left", "one that leaves out all");
    }
    let unused = builder.unused.take().unwrap_or_default();
    builder.report(unused);
    let failed = builder.found.iter().any(|found| found.code.severity == Severity::Error);
    let design = (!failed).then(|| {
        let seeds = file.seeds.clone().or_else(|| points.first().map(|(point, _)| point.run_file.seeds.clone()));
        Design { points: with_controls(points), seeds: seeds.unwrap_or_default(), net: builder.net }
    });
    builder.found.sort_by_key(|found| found.primary().map(|span| (span.source, span.start)));
    (design, builder.found)
}

/// One value an axis: the `number`-th combination, the last axis fastest.
fn combination(axes: &[Axis], number: usize) -> Vec<&Choice> {
    let mut rest = number;
    let mut choices: Vec<&Choice> = Vec::new();
    for axis in axes.iter().rev() {
        choices.push(&axis.values[rest % axis.values.len()]);
        rest /= axis.values.len();
    }
    choices.reverse();
    choices
}

struct Builder<'a> {
    file: &'a SweepFile,
    sweep: SourceId,
    run: Text<'a>,
    compile: &'a mut dyn FnMut(&[Setting]) -> Compilation,
    /// Of every combination of net parameters so far.
    plans: BTreeMap<String, Option<Plan>>,
    net: Span,
    /// What no run file so far has used; nothing before the first.
    unused: Option<Vec<Diagnostic>>,
    found: Vec<Diagnostic>,
}

impl Builder<'_> {
    fn point(&mut self, choices: &[&Choice]) -> Option<Point> {
        let axes = self.file.axes.iter().map(|axis| axis.name.clone());
        let coordinates: Vec<(String, String)> = axes.zip(choices.iter().map(|choice| choice.text())).collect();
        let (plan, run_file) = (self.plan(choices), self.run_file(choices));
        let (plan, run_file) = (plan?, run_file?);
        let name = if coordinates.is_empty() { plan.net.clone() } else { name(&coordinates) };
        let folder = String::new();
        Some(Point { name, coordinates, plan, run_file, control: false, parts: Vec::new(), folder })
    }

    fn plan(&mut self, choices: &[&Choice]) -> Option<Plan> {
        let settings: Vec<Setting> = choices.iter().filter_map(|choice| setting(choice)).collect();
        let key: String = settings.iter().map(|setting| format!("{}={}\n", setting.name.node, setting.value)).collect();
        if let Some(plan) = self.plans.get(&key) {
            return plan.clone();
        }
        let compilation = (self.compile)(&settings);
        let plan = match compilation.net(self.file.net.as_deref()) {
            Ok(net) => {
                self.net = net.span;
                net.plan.clone().filter(|_| !compilation.has_errors()).map(|plan| canonical(plan, &net.name))
            }
            Err(diagnostic) => {
                self.report(vec![*diagnostic]);
                None
            }
        };
        self.report(compilation.diagnostics);
        self.plans.insert(key, plan.clone());
        plan
    }

    fn run_file(&mut self, choices: &[&Choice]) -> Option<RunFile> {
        let flag = |choice: &&Choice| match choice {
            Choice::Run { flag, .. } => Some(flag.clone()),
            Choice::Net(_) => None,
        };
        let flags: Vec<String> = choices.iter().filter_map(flag).collect();
        let texts: Vec<Text> = flags.iter().map(|text| Text { source: self.sweep, text }).collect();
        let (run_file, found) = runfile::read(self.run.source, self.run.text, &texts);
        let (unused, found): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| one.code.id == RunFileUnused::CODE.id);
        let here = |known: &Diagnostic| unused.iter().any(|one| one.headline == known.headline);
        match &mut self.unused {
            Some(known) => known.retain(here),
            None => self.unused = Some(unused),
        }
        self.report(found);
        run_file
    }

    /// Keeps what was not found for another point already.
    fn report(&mut self, found: Vec<Diagnostic>) {
        for one in found {
            let same = |known: &Diagnostic| {
                (known.code.id, known.primary(), &known.headline) == (one.code.id, one.primary(), &one.headline)
            };
            if !self.found.iter().any(same) {
                self.found.push(one);
            }
        }
    }

    fn bad(&mut self, key: &str, expected: &str, found: &str) {
        let (key, span) = (format!("sweep.{key}"), self.file.span);
        let value = RunFileValue { key, span, expected: expected.to_string(), found: found.to_string(), near: None };
        self.found.push(value.diagnose());
    }
}

fn setting(choice: &Choice) -> Option<Setting> {
    match choice {
        Choice::Net(setting) => Some(setting.clone()),
        Choice::Run { .. } => None,
    }
}

/// `cells=relu, optimiser.lr=0.01`
pub(super) fn name(coordinates: &[(String, String)]) -> String {
    coordinates.iter().map(|(axis, value)| format!("{axis}={value}")).collect::<Vec<_>>().join(", ")
}
