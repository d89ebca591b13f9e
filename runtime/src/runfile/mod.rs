//! The run file: how networks are trained, in TOML.
//!
//! Every key is known, every value is checked, and what is wrong is a diagnostic with the exact place. Values from the command line
//! (`--with train.epochs=3`) go through the same reader, as texts of their own.

mod data;
mod optimiser;
mod reader;
mod training;
mod write;

pub use write::write;

use crate::config::TrainConfig;
use crate::findings::RunFileMissing;
use hetc_compiler::diag::{Diagnostic, Findings};
use hetc_data::Request;
use hetc_grammar::span::{SourceId, Span};
use reader::Document;
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
    /// One training a seed and network.
    pub seeds: Vec<u64>,
    /// Whether the homogeneous controls of a mixed network are trained beside it.
    pub controls: bool,
}

/// One text that values come from: the run file, or a flag.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// What spans into it name.
    pub source: SourceId,
    /// The text itself.
    pub text: &'a str,
}

/// The range of numbers that have no natural end.
const LARGE: &str = "a number from 0 to 1000000";

/// Keys of each table, for suggestions; the reader reports every key that is not taken.
const TABLES: [(&str, &[&str]); 3] = [
    ("data", data::KEYS),
    ("train", &["epochs", "batch", "seeds", "controls", "loss", "init", "shuffle", "kernels", "checkpoint_seconds"]),
    ("optimiser", &["kind", "lr", "momentum", "dampening", "nesterov", "beta1", "beta2", "epsilon", "weight_decay", "decoupled"]),
];

/// Reads a run file; `flags` are texts like `train.epochs = 3` whose keys take the place of the file's.
///
/// The run file is there whenever no diagnostic is an error.
pub fn read(source: SourceId, text: &str, flags: &[Text]) -> (Option<RunFile>, Vec<Diagnostic>) {
    let mut findings = Findings::default();
    if text.trim().is_empty() {
        let example = "a table `[data]` with `set = \"mnist1d\"`, `[train]` with `epochs` and `batch`, and `[optimiser]` with `kind` and `lr`";
        findings.report::<()>(RunFileMissing { key: "data.set", span: Span::new(source, 0, 0), example });
        return (None, findings.into_sorted());
    }
    let document = Document::parse(Text { source, text }, flags, &TABLES.map(|(name, _)| name), &mut findings);
    let run_file = document.and_then(|mut document| run_file(&mut document, &mut findings));
    let run_file = run_file.filter(|_| !findings.has_errors());
    (run_file, findings.into_sorted())
}

fn run_file(document: &mut Document, findings: &mut Findings) -> Option<RunFile> {
    // Every table is read to its end before any gives up, so that all mistakes show at once.
    let data = data::data(&mut document.table("data"), findings);
    let training = training::training(&mut document.table("train"), findings);
    let optimiser = optimiser::optimiser(&mut document.table("optimiser"), findings);
    document.report_unknown(&TABLES, findings);
    let (data, training, optimiser) = (data?, training?, optimiser?);
    let train = TrainConfig { optimiser, prepare: data.prepare, ..training.config };
    Some(RunFile { data: data.request, spans: data.spans, train, seeds: training.seeds, controls: training.controls })
}
