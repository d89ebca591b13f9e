//! The run file: how networks are trained, in TOML.
//!
//! Every key is known, every value is checked, and what is wrong is a diagnostic with the exact place. Values from the command line
//! (`--with train.epochs=3`) go through the same reader, as texts of their own.

mod reader;
mod write;

pub use write::write;

use crate::config::{Augment, Normalisation, TrainConfig};
use crate::findings::RunFileMissing;
use crate::init::Init;
use crate::loss::Loss;
use crate::optim::Optimiser;
use hetc_compiler::diag::{Diagnostic, Findings};
use hetc_grammar::span::{SourceId, Span};
use reader::{Document, Table};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a run file says.
#[derive(Debug, Clone, PartialEq)]
pub struct RunFile {
    /// The data set, by its registry name.
    pub set: String,
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
    ("data", &["set", "mean", "std", "flip", "crop"]),
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
    let data = data(&mut document.table("data"), findings);
    let training = training(&mut document.table("train"), findings);
    let optimiser = optimiser(&mut document.table("optimiser"), findings);
    document.report_unknown(&TABLES, findings);
    let ((set, spans, normalise, augment), training, optimiser) = (data?, training?, optimiser?);
    let train = TrainConfig { optimiser, normalise, augment, ..training.config };
    Some(RunFile { set, spans, train, seeds: training.seeds, controls: training.controls })
}

type Data = (String, BTreeMap<&'static str, Span>, Option<Normalisation>, Augment);

fn data(table: &mut Table, findings: &mut Findings) -> Option<Data> {
    let names: Vec<&'static str> = hetc_data::registry::SETS.iter().map(|set| set.name).collect();
    let choices: Vec<(&'static str, &'static str)> = names.iter().map(|name| (*name, *name)).collect();
    let keys = TABLES[0].1.iter();
    let spans = keys.filter_map(|key| table.value_span(key).map(|span| (*key, span))).collect();
    let set = table.choice("set", &choices, findings);
    let set = table.required("data.set", "`set = \"mnist1d\"` under `[data]`", set, findings);
    let mean = table.numbers("mean", f64::MIN, findings);
    let std = table.numbers("std", f64::MIN_POSITIVE, findings);
    let normalise = match (mean, std) {
        (Some(mean), Some(std)) if mean.len() == std.len() => Some(Normalisation { mean, std }),
        (None, None) => None,
        (Some(_), Some(std)) => table.bad("std", "as many numbers as `data.mean`", &std.len().to_string(), findings),
        (Some(_), None) => table.bad("mean", "given together with `data.std`", "it alone", findings),
        (None, Some(_)) => table.bad("std", "given together with `data.mean`", "it alone", findings),
    };
    let flip = table.flag("flip", findings).unwrap_or(false);
    let crop = table.whole("crop", 0, 1_000, findings).unwrap_or(0) as usize;
    Some((set?.to_string(), spans, normalise, Augment { flip, crop }))
}

struct Training {
    config: TrainConfig,
    seeds: Vec<u64>,
    controls: bool,
}

fn training(table: &mut Table, findings: &mut Findings) -> Option<Training> {
    let epochs = table.whole("epochs", 1, 1_000_000, findings);
    let epochs = table.required("train.epochs", "`epochs = 10` under `[train]`", epochs, findings);
    let batch = table.whole("batch", 1, 1_000_000, findings);
    let batch = table.required("train.batch", "`batch = 100` under `[train]`", batch, findings);
    let seeds = table.seeds("seeds", findings);
    let losses = [("cross_entropy", Loss::CrossEntropy), ("mse", Loss::Mse)];
    let loss = table.choice("loss", &losses, findings);
    let inits = [
        ("torch", Init::Torch),
        ("doty", Init::Doty),
        ("xavier_uniform", Init::XavierUniform),
        ("kaiming_normal", Init::KaimingNormal),
    ];
    let init = table.choice("init", &inits, findings);
    let shuffle = table.flag("shuffle", findings);
    let kernels = table.flag("kernels", findings);
    let controls = table.flag("controls", findings);
    let seconds = table.number("checkpoint_seconds", 0.0..=1e6, LARGE, findings);
    let mut config = TrainConfig::new(epochs?, batch? as usize, Optimiser::sgd(0.0));
    config.loss = loss.unwrap_or(config.loss);
    config.init = init.unwrap_or(config.init);
    config.shuffle = shuffle.unwrap_or(config.shuffle);
    config.kernels = kernels.unwrap_or(config.kernels);
    config.checkpoint_every = seconds.map_or(config.checkpoint_every, Duration::from_secs_f64);
    Some(Training { config, seeds: seeds.unwrap_or_else(|| vec![1]), controls: controls.unwrap_or(true) })
}

fn optimiser(table: &mut Table, findings: &mut Findings) -> Option<Optimiser> {
    let kind = table.choice("kind", &[("sgd", "sgd"), ("adam", "adam")], findings);
    let kind = table.required("optimiser.kind", "`kind = \"adam\"` under `[optimiser]`", kind, findings);
    let lr = table.number("lr", 0.0..=1e6, LARGE, findings);
    let lr = table.required("optimiser.lr", "`lr = 0.001` under `[optimiser]`", lr, findings);
    let weight_decay = table.number("weight_decay", 0.0..=1e6, LARGE, findings).unwrap_or(0.0);
    if kind == Some("sgd") {
        let momentum = table.number("momentum", 0.0..=1.0, "a number from 0 to 1", findings).unwrap_or(0.0);
        let dampening = table.number("dampening", 0.0..=1.0, "a number from 0 to 1", findings).unwrap_or(0.0);
        let nesterov = table.flag("nesterov", findings).unwrap_or(false);
        if nesterov && (momentum == 0.0 || dampening != 0.0) {
            return table.bad("nesterov", "with a momentum and without dampening", "it otherwise", findings);
        }
        table.not_for(&["beta1", "beta2", "epsilon", "decoupled"], "with `kind = \"adam\"`", findings);
        return Some(Optimiser::Sgd { lr: lr?, momentum, dampening, nesterov, weight_decay });
    }
    let beta1 = table.number("beta1", 0.0..1.0, "at least 0 and below 1", findings).unwrap_or(0.9);
    let beta2 = table.number("beta2", 0.0..1.0, "at least 0 and below 1", findings).unwrap_or(0.999);
    let epsilon = table.number("epsilon", 0.0..=1.0, "a number from 0 to 1", findings).unwrap_or(1e-8);
    let decoupled = table.flag("decoupled", findings).unwrap_or(false);
    if kind.is_some() {
        table.not_for(&["momentum", "dampening", "nesterov"], "with `kind = \"sgd\"`", findings);
    }
    kind?;
    Some(Optimiser::Adam { lr: lr?, beta1, beta2, epsilon, weight_decay, decoupled })
}
