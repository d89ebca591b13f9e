//! `[train]`: what all stages have in common, and `[snapshots]`.

use super::LARGE;
use super::reader::{Document, Table};
use super::stages::{range, stages};
use crate::config::TrainConfig;
use crate::find::Find;
use crate::findings::RunFileUnused;
use crate::init::Init;
use crate::snapshots::Snapshots;
use hetc_compiler::diag::Findings;
use hetc_grammar::span::Span;
use std::collections::BTreeMap;
use std::time::Duration;

/// Keys of `[train]` that are not about stages.
pub const KEYS: [&str; 6] = ["seeds", "controls", "init", "shuffle", "kernels", "checkpoint_seconds"];

/// What the tables say.
pub struct Training {
    /// Without what other tables say.
    pub config: TrainConfig,
    /// Where each stage says something that the network or the data may not suit, by its name and the key.
    pub spans: BTreeMap<(String, &'static str), Span>,
    /// One training a seed and network.
    pub seeds: Vec<u64>,
    /// How learning rates are found.
    pub find: Find,
    /// Whether controls are trained.
    pub controls: bool,
}

/// What the tables say; nothing if it cannot be used.
pub fn training(document: &mut Document, findings: &mut Findings) -> Option<Training> {
    let table = &mut document.table("train");
    let seeds = table.seeds("seeds", findings);
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
    let snapshots = document.root().child("snapshots").map(|mut table| snapshots(&mut table, findings));
    let find = document.root().child("find").map_or_else(Find::new, |mut table| find(&mut table, findings));
    let (stages, spans) = stages(document, findings)?;
    if let (false, Some(span)) = (stages[0].find, document.root().place_of("find")) {
        let (key, why) = ("find".to_string(), "no learning rate is to be found");
        let instead = "`optimiser.lr = \"find\"` has it found, in the first stage".to_string();
        findings.report::<()>(RunFileUnused { key, span, why, instead });
    }
    let mut config = TrainConfig::of(stages);
    config.init = init.unwrap_or(config.init);
    config.shuffle = shuffle.unwrap_or(config.shuffle);
    config.kernels = kernels.unwrap_or(config.kernels);
    config.snapshots = snapshots;
    config.checkpoint_every = seconds.map_or(config.checkpoint_every, Duration::from_secs_f64);
    Some(Training { config, spans, seeds: seeds.unwrap_or_else(|| vec![1]), find, controls: controls.unwrap_or(true) })
}

fn find(table: &mut Table, findings: &mut Findings) -> Find {
    let usual = Find::new();
    let rate = |table: &mut Table, key, findings: &mut Findings| {
        table.number(key, f64::MIN_POSITIVE..=1e6, "a number above 0", findings)
    };
    let (low, high) = (rate(table, "low", findings).unwrap_or(usual.low), rate(table, "high", findings).unwrap_or(usual.high));
    if low >= high {
        table.bad::<()>("high", "above `low`", &format!("`{high}`"), findings);
    }
    Find {
        low,
        high,
        epochs: table.whole("epochs", 1, 1_000, findings).unwrap_or(usual.epochs),
        smoothing: table
            .number("smoothing", f64::MIN_POSITIVE..=1.0, "above 0 and at most 1", findings)
            .unwrap_or(usual.smoothing),
        divide: rate(table, "divide", findings).unwrap_or(usual.divide),
    }
}

fn snapshots(table: &mut Table, findings: &mut Findings) -> Snapshots {
    let every = table.whole("every", 1, 1_000_000, findings).unwrap_or(1);
    let (low, high) = (range(table, "low", findings).unwrap_or(-5.0), range(table, "high", findings).unwrap_or(5.0));
    let points = table.whole("points", 2, 1 << 12, findings).unwrap_or(101) as usize;
    if low >= high {
        table.bad::<()>("high", "above `low`", &format!("`{high}`"), findings);
    }
    Snapshots { every, low, high, points }
}
