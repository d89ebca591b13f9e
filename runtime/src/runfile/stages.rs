//! Stages: `[train]` and the tables beside it say what all of them do, each `[[stage]]` what it does otherwise.

use super::LARGE;
use super::optimiser::{self, Read};
use super::pretrain::pretrain;
use super::reader::{Document, Table};
use crate::findings::RunFileUnused;
use crate::loss::Loss;
use crate::optim::{Clip, Optimiser};
use crate::schedule::{Schedule, Shape};
use crate::select::Selector;
use crate::stage::{Alternate, Keep, Kind, OwnOptimiser, Stage, Stop, StopRule};
use hetc_compiler::diag::Findings;
use hetc_grammar::span::Span;
use std::collections::BTreeMap;

/// Keys of `[train]` that are about stages, and of `[[stage]]`.
pub const KEYS: [&str; 6] = ["epochs", "batch", "loss", "keep", "freeze", "fresh"];
/// Tables that stand at the top for all stages, or in a stage for it.
pub const TABLES: [&str; 5] = ["optimiser", "schedule", "clip", "stop", "group"];

/// What texts are.
pub const WORDS: &str = "words in quotes";

/// What one place says about stages.
#[derive(Debug, Clone, Default)]
struct Said {
    epochs: Option<u64>,
    batch: Option<u64>,
    loss: Option<Loss>,
    keep: Option<Keep>,
    freeze: Option<Vec<Selector>>,
    fresh: Option<Vec<Selector>>,
    optimiser: Option<Read>,
    schedule: Option<Schedule>,
    clip: Option<Clip>,
    stop: Option<Stop>,
    groups: Option<Vec<OwnOptimiser>>,
}

impl Said {
    /// What is said here, or else there.
    fn or(self, there: &Said) -> Self {
        let there = there.clone();
        Self {
            epochs: self.epochs.or(there.epochs),
            batch: self.batch.or(there.batch),
            loss: self.loss.or(there.loss),
            keep: self.keep.or(there.keep),
            freeze: self.freeze.or(there.freeze),
            fresh: self.fresh.or(there.fresh),
            optimiser: self.optimiser.or(there.optimiser),
            schedule: self.schedule.or(there.schedule),
            clip: self.clip.or(there.clip),
            stop: self.stop.or(there.stop),
            groups: self.groups.or(there.groups),
        }
    }

    fn stage(self, name: String, kind: Kind) -> Option<Stage> {
        let Read { optimiser, find } = self.optimiser?;
        Some(Stage {
            name,
            kind,
            find,
            loss: self.loss.unwrap_or_default(),
            keep: self.keep.unwrap_or_default(),
            freeze: self.freeze.unwrap_or_default(),
            fresh: self.fresh.unwrap_or_default(),
            schedule: self.schedule.unwrap_or_default(),
            clip: self.clip.unwrap_or_default(),
            stop: self.stop,
            groups: self.groups.unwrap_or_default(),
            ..Stage::new(self.epochs?, self.batch? as usize, optimiser)
        })
    }
}

/// Where each stage says something that the network or the data may not suit, by its name and the key.
pub type Spans = BTreeMap<(String, &'static str), Span>;

/// All stages that the document says, and where; nothing if they cannot be used.
pub fn stages(document: &mut Document, findings: &mut Findings) -> Option<(Vec<Stage>, Spans)> {
    let mut common = keys(&mut document.table("train"), findings);
    let several = document.root().children("stage").len();
    tables(&mut document.root(), &mut common, findings);
    if several == 0 {
        let train = document.table("train");
        train.required("epochs", "`epochs = 10` under `[train]`", common.epochs, findings);
        train.required("batch", "`batch = 100` under `[train]`", common.batch, findings);
        if common.optimiser.is_none() && document.root().child("optimiser").is_none() {
            optimiser::optimiser(&mut document.table("optimiser"), findings); // tells what is missing
        }
        let only = common.stage("training".to_string(), Kind::Train)?;
        let spans =
            spans(&document.table("train"), &only.name).into_iter().chain(self::spans(&document.root(), &only.name)).collect();
        return Some((vec![only], spans));
    }
    let common_spans = [places(&document.table("train")), places(&document.root())].concat();
    report_unused(document, findings);
    let mut root = document.root();
    let read: Vec<Option<Stage>> = root.children("stage").iter_mut().map(|table| stage(table, &common, findings)).collect();
    let stages: Vec<Stage> = read.into_iter().collect::<Option<_>>()?;
    let mut later = stages.iter().zip(root.children("stage")).skip(1);
    if let Some((stage, mut table)) = later.find(|(stage, _)| stage.find) {
        let found = format!("it in stage `{}`", stage.name);
        return match table.child("optimiser") {
            Some(optimiser) => optimiser.bad("lr", "found in the first stage alone, before training", &found, findings),
            None => table.bad("optimiser", "one of its own: `lr = \"find\"` is of the first stage alone", &found, findings),
        };
    }
    for (number, (stage, mut table)) in stages.iter().zip(root.children("stage")).enumerate() {
        if stages[..number].iter().any(|other| other.name == stage.name) {
            table.text("name", WORDS, findings);
            return table.bad("name", "another than those of the stages before", &format!("`\"{}\"`", stage.name), findings);
        }
    }
    let common = stages.iter().flat_map(|stage| common_spans.iter().map(|(key, span)| ((stage.name.clone(), *key), *span)));
    let own = stages.iter().zip(root.children("stage")).flat_map(|(stage, table)| spans(&table, &stage.name));
    let spans = common.chain(own).collect();
    Some((stages, spans))
}

fn spans(table: &Table, stage: &str) -> Spans {
    places(table).into_iter().map(|(key, span)| ((stage.to_string(), key), span)).collect()
}

/// Where a table says what only a network, or data, can bear out.
fn places(table: &Table) -> Vec<(&'static str, Span)> {
    let keys = ["freeze", "fresh", "loss", "group", "alternate", "pretrain", "keep", "stop"];
    keys.into_iter().filter_map(|key| Some((key, table.place_of(key)?))).collect()
}

/// Tells what is said for all stages, and by each of them otherwise.
fn report_unused(document: &mut Document, findings: &mut Findings) {
    let mut overruled = |key: &&'static str| document.root().children("stage").iter().all(|stage| stage.place_of(key).is_some());
    let keys: Vec<&'static str> = KEYS.iter().chain(&TABLES).copied().filter(|key| overruled(key)).collect();
    for (table, own) in [("train", KEYS.as_slice()), ("", TABLES.as_slice())] {
        for key in keys.iter().filter(|key| own.contains(key)) {
            let (place, path) = match table {
                "" => (document.root().place_of(key), key.to_string()),
                _ => (document.table(table).place_of(key), format!("{table}.{key}")),
            };
            let Some(span) = place else { continue };
            let instead = format!("a stage's own is `stage.NAME.{key}`");
            findings.report::<()>(RunFileUnused { key: path, span, why: "every stage says its own", instead });
        }
    }
}

fn stage(table: &mut Table, common: &Said, findings: &mut Findings) -> Option<Stage> {
    let name = table.text("name", WORDS, findings);
    let name = table.required("name", "`name = \"joint\"` under `[[stage]]`", name, findings);
    let mut said = keys(table, findings);
    tables(table, &mut said, findings);
    let said = said.or(common);
    let kind = kind(table, findings);
    table.required("epochs", "`epochs = 10` under `[[stage]]`, or under `[train]` for all stages", said.epochs, findings);
    table.required("batch", "`batch = 100` under `[[stage]]`, or under `[train]` for all stages", said.batch, findings);
    if said.optimiser.is_none() && table.child("optimiser").is_none() {
        let example = "a table `[optimiser]` with `kind = \"adam\"` and `lr = 0.001`, for all stages or as `[stage.optimiser]`";
        table.required::<()>("optimiser", example, None, findings);
    }
    said.stage(name?, kind?)
}

fn keys(table: &mut Table, findings: &mut Findings) -> Said {
    let select = |table: &mut Table, key, findings: &mut Findings| {
        table.one_or_more(key, findings).map(|names| names.into_iter().map(Selector).collect())
    };
    Said {
        epochs: table.whole("epochs", 1, 1_000_000, findings),
        batch: table.whole("batch", 1, 1_000_000, findings),
        loss: table.choice("loss", &[("cross_entropy", Loss::CrossEntropy), ("mse", Loss::Mse)], findings),
        keep: table.choice("keep", &[("last", Keep::Last), ("best", Keep::Best)], findings),
        freeze: select(table, "freeze", findings),
        fresh: select(table, "fresh", findings),
        ..Said::default()
    }
}

fn tables(table: &mut Table, said: &mut Said, findings: &mut Findings) {
    said.optimiser = table.child("optimiser").and_then(|mut table| optimiser::optimiser(&mut table, findings));
    said.schedule = table.child("schedule").and_then(|mut table| schedule(&mut table, findings));
    said.clip = table.child("clip").map(|mut table| Clip {
        value: table.number("value", f64::MIN_POSITIVE..=1e6, "a number above 0", findings),
        norm: table.number("norm", f64::MIN_POSITIVE..=1e6, "a number above 0", findings),
    });
    said.stop = table.child("stop").and_then(|mut table| stop(&mut table, findings));
    let groups: Vec<Option<OwnOptimiser>> = table.children("group").iter_mut().map(|table| group(table, findings)).collect();
    if !groups.is_empty() {
        said.groups = groups.into_iter().collect();
    }
}

fn schedule(table: &mut Table, findings: &mut Findings) -> Option<Schedule> {
    let kinds = ["constant", "cosine", "linear", "steps", "exponential"].map(|kind| (kind, kind));
    let kind = table.choice("kind", &kinds, findings);
    let kind = if table.value_span("kind").is_none() { "constant" } else { kind? };
    let warmup = table.number("warmup", 0.0..=1e6, LARGE, findings).unwrap_or(0.0);
    let end = |table: &mut Table, findings: &mut Findings| table.number("end", 0.0..=1e6, LARGE, findings).unwrap_or(0.0);
    let factor = |table: &mut Table, findings: &mut Findings| {
        let factor = table.number("factor", 0.0..=1e6, LARGE, findings);
        table.required("factor", "`factor = 0.1`: what the learning rate is multiplied by", factor, findings)
    };
    let shape = match kind {
        "cosine" => Shape::Cosine { end: end(table, findings) },
        "linear" => Shape::Linear { end: end(table, findings) },
        "steps" => {
            let every = table.whole("every", 1, 1_000_000, findings);
            let every = table.required("every", "`every = 30`: after so many epochs", every, findings);
            Shape::Steps { every: every?, factor: factor(table, findings)? }
        }
        "exponential" => Shape::Exponential { factor: factor(table, findings)? },
        _ => Shape::Constant,
    };
    let foreign: &[(&[&'static str], &str)] = match shape {
        Shape::Constant => &[(&["end"], "with `cosine` or `linear`"), (&["factor", "every"], "with `steps` or `exponential`")],
        Shape::Cosine { .. } | Shape::Linear { .. } => &[(&["factor", "every"], "with `steps` or `exponential`")],
        Shape::Steps { .. } => &[(&["end"], "with `cosine` or `linear`")],
        Shape::Exponential { .. } => &[(&["end"], "with `cosine` or `linear`"), (&["every"], "with `steps`")],
    };
    foreign.iter().for_each(|(keys, when)| table.not_for(keys, when, findings));
    Some(Schedule { shape, warmup })
}

fn stop(table: &mut Table, findings: &mut Findings) -> Option<Stop> {
    let patience = table.whole("patience", 1, 1_000_000, findings);
    let patience = table.required("patience", "`patience = 20`: so many epochs in a row", patience, findings);
    let rules = [("no_better", StopRule::NoBetter), ("rising", StopRule::Rising)];
    let rule = table.choice("rule", &rules, findings).unwrap_or_default();
    Some(Stop { patience: patience?, rule })
}

fn group(table: &mut Table, findings: &mut Findings) -> Option<OwnOptimiser> {
    let of = table.one_or_more("of", findings);
    let of = table.required("of", "`of = [\"cells\"]`: `weights`, `cells`, or names such as `conv*`", of, findings);
    let clip = clip(table, findings);
    let optimiser = fixed(table, findings)?;
    Some(OwnOptimiser { of: of?.into_iter().map(Selector).collect(), optimiser, clip })
}

fn clip(table: &mut Table, findings: &mut Findings) -> Option<f64> {
    table.number("clip", f64::MIN_POSITIVE..=1e6, "a number above 0", findings)
}

/// An optimiser with a learning rate.
fn fixed(table: &mut Table, findings: &mut Findings) -> Option<Optimiser> {
    let Read { optimiser, find } = optimiser::optimiser(table, findings)?;
    if find {
        return table.bad("lr", "a number: a range test finds the rate of a stage's own optimiser alone", "`\"find\"`", findings);
    }
    Some(optimiser)
}

fn kind(table: &mut Table, findings: &mut Findings) -> Option<Kind> {
    let pretrain = table.child("pretrain").map(|mut table| pretrain(&mut table, findings));
    let alternate = table.child("alternate").map(|mut table| alternate(&mut table, findings));
    match (pretrain, alternate) {
        (None, None) => Some(Kind::Train),
        (Some(pretrain), None) => pretrain,
        (None, Some(alternate)) => alternate,
        (Some(_), Some(_)) => table.bad("alternate", "left out where a stage pretrains", "both", findings),
    }
}

fn alternate(table: &mut Table, findings: &mut Findings) -> Option<Kind> {
    let inner = table.whole("inner", 1, 1_000_000, findings);
    let inner = table.required("inner", "`inner = 5`: passes before each outer step", inner, findings);
    let samples = table.whole("samples", 1, 1_000_000_000, findings);
    let samples = table.required("samples", "`samples = 1000`: training samples of the outer step", samples, findings);
    let outer = table.one_or_more("outer", findings).unwrap_or_else(|| vec![Selector::CELLS.to_string()]);
    let clip = clip(table, findings);
    let optimiser = fixed(table, findings)?;
    let (inner, samples, outer) = (inner?, samples? as usize, outer.into_iter().map(Selector).collect());
    Some(Kind::Alternate(Alternate { inner, outer, optimiser, clip, samples }))
}

/// An end of a range.
pub fn range(table: &mut Table, key: &str, findings: &mut Findings) -> Option<f64> {
    table.number(key, -1e6..=1e6, "a number from -1000000 to 1000000", findings)
}
