//! The run file: how networks are trained, in TOML.
//!
//! Every key is known, every value is checked, and what is wrong is a diagnostic with the exact place. Values from the command line
//! (`--with train.epochs=3`) go through the same reader, as texts of their own.

mod data;
mod optimiser;
mod pretrain;
pub(crate) mod reader;
mod stages;
mod start;
mod training;
mod write;

pub use write::write;

use crate::config::TrainConfig;
use crate::find::Find;
use crate::findings::{NoValidation, RunFileMissing};
use crate::loss::Loss;
use crate::stage::{Keep, Stage};
use hetc_compiler::diag::{Diagnostic, Findings};
use hetc_data::{Request, Task};
use hetc_grammar::span::{SourceId, Span};
use reader::Document;
use stages::Spans;
use std::collections::BTreeMap;

/// What a run file says.
#[derive(Debug, Clone, PartialEq)]
pub struct RunFile {
    /// The data.
    pub data: Request,
    /// Where the values of `[data]` stand, by key.
    pub spans: BTreeMap<&'static str, Span>,
    /// How every network is trained.
    pub train: TrainConfig,
    /// Where each stage says something that the network or the data may not suit, by its name and the key.
    pub stage_spans: BTreeMap<(String, &'static str), Span>,
    /// Where the values of `[start]` stand, by key.
    pub start_spans: BTreeMap<&'static str, Span>,
    /// One training a seed and network.
    pub seeds: Vec<u64>,
    /// How learning rates are found, where they are to be.
    pub find: Find,
    /// Whether the homogeneous controls of a mixed network are trained beside it.
    pub controls: bool,
}

impl RunFile {
    /// The data in one word: the same for run files that ask for the same.
    pub fn data_key(&self) -> String {
        serde_json::to_string(&self.data).unwrap_or_default() // names, numbers and lists
    }

    /// Lets every stage that does not say what it minimises minimise the mean square, where `task` is to find numbers.
    pub fn settle_losses(&mut self, task: Task) {
        let said = |stage: &Stage| self.stage_spans.contains_key(&(stage.name.clone(), "loss"));
        if let Task::Values(_) = task {
            self.train.stages.iter_mut().filter(|stage| !said(stage)).for_each(|stage| stage.loss = Loss::Mse);
        }
    }

    /// Where stages ask for a loss that `task` does not have: the cross-entropy of numbers.
    pub fn impossible_losses(&self, task: Task) -> Vec<Span> {
        let of_classes = self.train.stages.iter().filter(|stage| task.classes().is_none() && stage.loss == Loss::CrossEntropy);
        let mut spans: Vec<Span> =
            of_classes.filter_map(|stage| self.stage_spans.get(&(stage.name.clone(), "loss")).copied()).collect();
        spans.dedup(); // stages have it from `[train]`
        spans
    }
}

/// One text that values come from: the run file, or a flag.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// What spans into it name.
    pub source: SourceId,
    /// The text itself.
    pub text: &'a str,
}

/// What messages call the file.
const NOUN: &str = "run file";
/// The range of numbers that have no natural end.
const LARGE: &str = "a number from 0 to 1000000";

const SCHEDULE: &[&str] = &["kind", "warmup", "end", "factor", "every"];
const CLIP: &[&str] = &["value", "norm"];
const STOP: &[&str] = &["patience", "rule"];
const SNAPSHOTS: &[&str] = &["every", "low", "high", "points"];
const FIND: &[&str] = &["low", "high", "epochs", "smoothing", "divide"];

/// Keys of each table, by its path, for suggestions; the reader reports every key that is not taken.
fn known() -> Vec<(&'static str, Vec<&'static str>)> {
    let optimiser = optimiser::KEYS.to_vec();
    let with = |more: &[&'static str]| [&optimiser, more].concat();
    vec![
        ("data", data::KEYS.to_vec()),
        ("train", [&stages::KEYS[..], &training::KEYS].concat()),
        ("start", start::KEYS.to_vec()),
        ("optimiser", optimiser.clone()),
        ("schedule", SCHEDULE.to_vec()),
        ("clip", CLIP.to_vec()),
        ("stop", STOP.to_vec()),
        ("group", with(&["of", "clip"])),
        ("snapshots", SNAPSHOTS.to_vec()),
        ("find", FIND.to_vec()),
        ("stage", [&["name", "pretrain", "alternate"], &stages::KEYS[..], &stages::TABLES].concat()),
        ("stage.optimiser", optimiser.clone()),
        ("stage.schedule", SCHEDULE.to_vec()),
        ("stage.clip", CLIP.to_vec()),
        ("stage.stop", STOP.to_vec()),
        ("stage.group", with(&["of", "clip"])),
        ("stage.pretrain", pretrain::KEYS.to_vec()),
        ("stage.alternate", with(&["inner", "outer", "samples", "clip"])),
    ]
}

/// Reads a run file; `flags` are texts like `train.epochs = 3` whose keys take the place of the file's.
///
/// The run file is there whenever no diagnostic is an error.
pub fn read(source: SourceId, text: &str, flags: &[Text]) -> (Option<RunFile>, Vec<Diagnostic>) {
    let mut findings = Findings::default();
    if text.trim().is_empty() {
        let example = "a table `[data]` with `set = \"mnist1d\"`, `[train]` with `epochs` and `batch`, and `[optimiser]` with `kind` and `lr`";
        findings.report::<()>(RunFileMissing { file: NOUN, key: "data.set".to_string(), span: Span::new(source, 0, 0), example });
        return (None, findings.into_sorted());
    }
    let document = Document::parse(
        NOUN,
        Text { source, text },
        flags,
        &known().iter().map(|(table, _)| *table).collect::<Vec<_>>(),
        &mut findings,
    );
    let run_file = document.and_then(|mut document| run_file(&mut document, &mut findings));
    let run_file = run_file.filter(|_| !findings.has_errors());
    (run_file, findings.into_sorted())
}

/// Tells which stages go by a validation split, each place once.
fn report_unvalidated(train: &TrainConfig, spans: &Spans, set_span: Option<Span>, findings: &mut Findings) {
    let mut told = Vec::new();
    for stage in train.stages.iter().filter(|stage| stage.needs_validation()) {
        let keys = [("keep", "keep = \"best\"", stage.keep == Keep::Best), ("stop", "stop", stage.stop.is_some())];
        for (place, key, _) in keys.into_iter().filter(|(.., said)| *said) {
            let Some(span) = spans.get(&(stage.name.clone(), place)).copied().filter(|span| !told.contains(span)) else {
                continue;
            };
            told.push(span);
            findings.report::<()>(NoValidation { key, span, set_span });
        }
    }
}

fn run_file(document: &mut Document, findings: &mut Findings) -> Option<RunFile> {
    // Every table is read to its end before any gives up, so that all mistakes show at once.
    let data = data::data(&mut document.table("data"), findings);
    let training = training::training(document, findings);
    let (start, start_spans) = start::start(document, findings).unzip();
    let known = known();
    let known: Vec<(&'static str, &[&'static str])> = known.iter().map(|(table, keys)| (*table, keys.as_slice())).collect();
    document.report_unknown(&known, findings);
    let (data, training) = (data?, training?);
    let train = TrainConfig { prepare: data.prepare, start, ..training.config };
    if data.request.portions.validation.is_none() {
        report_unvalidated(&train, &training.spans, data.spans.get("set").copied(), findings);
    }
    Some(RunFile {
        data: data.request,
        spans: data.spans,
        train,
        stage_spans: training.spans,
        start_spans: start_spans.unwrap_or_default(),
        seeds: training.seeds,
        find: training.find,
        controls: training.controls,
    })
}
