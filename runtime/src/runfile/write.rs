//! A run file with everything said: what goes into a run's folder.

use super::RunFile;
use crate::optim::Optimiser;
use crate::select::Selector;
use crate::stage::{Kind, Stage};
use crate::target::{Target, Values};
use serde::Serialize;
use toml::{Table, Value};

#[derive(Serialize)]
struct Data<'a> {
    set: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean: Option<&'a [f32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    std: Option<&'a [f32]>,
    flip: bool,
    crop: usize,
}

/// `run_file` as TOML, every default written out; [`super::read`] reads it back to the same.
pub fn write(run_file: &RunFile) -> String {
    let train = &run_file.train;
    let data = Data {
        set: &run_file.set,
        mean: train.normalise.as_ref().map(|normalise| normalise.mean.as_slice()),
        std: train.normalise.as_ref().map(|normalise| normalise.std.as_slice()),
        flip: train.augment.flip,
        crop: train.augment.crop,
    };
    let mut file = Table::new();
    put(&mut file, "data", &data);
    let mut common = Table::new();
    put(&mut common, "seeds", &run_file.seeds);
    put(&mut common, "controls", &run_file.controls);
    put(&mut common, "init", &train.init);
    put(&mut common, "shuffle", &train.shuffle);
    put(&mut common, "kernels", &train.kernels);
    put(&mut common, "checkpoint_seconds", &train.checkpoint_every.as_secs_f64());
    match train.stages.as_slice() {
        // The short form, where it says the same.
        [only] if *only == (Stage { name: "training".to_string(), kind: Kind::Train, ..only.clone() }) => {
            let (keys, tables) = halves(only);
            common.extend(keys);
            file.extend(tables);
        }
        stages => {
            let whole = stages.iter().map(|stage| {
                let (keys, tables) = halves(stage);
                let mut table = Table::new();
                put(&mut table, "name", &stage.name);
                table.extend(keys);
                table.extend(tables);
                table.extend(kind(&stage.kind));
                Value::Table(table)
            });
            file.insert("stage".to_string(), Value::Array(whole.collect()));
        }
    }
    file.insert("train".to_string(), Value::Table(common));
    if let Some(snapshots) = &train.snapshots {
        put(&mut file, "snapshots", snapshots);
    }
    // Numbers, words and lists of them: TOML can hold them all.
    toml::to_string(&file).unwrap_or_default()
}

/// Puts `value` under `key`, unless it is nothing.
fn put(table: &mut Table, key: &str, value: &impl Serialize) {
    if let Ok(value) = Value::try_from(value) {
        table.insert(key.to_string(), value);
    }
}

/// A stage's values and its tables.
fn halves(stage: &Stage) -> (Table, Table) {
    let (mut keys, mut tables) = (Table::new(), Table::new());
    put(&mut keys, "epochs", &stage.epochs);
    put(&mut keys, "batch", &stage.batch);
    put(&mut keys, "loss", &stage.loss);
    put(&mut keys, "keep", &stage.keep);
    for (key, selectors) in [("freeze", &stage.freeze), ("fresh", &stage.fresh)] {
        if !selectors.is_empty() {
            put(&mut keys, key, selectors);
        }
    }
    let mut optimiser = table_of(&stage.optimiser);
    if stage.find {
        put(&mut optimiser, "lr", &"find");
    }
    tables.insert("optimiser".to_string(), Value::Table(optimiser));
    put(&mut tables, "schedule", &stage.schedule);
    put(&mut tables, "clip", &stage.clip);
    if let Some(stop) = &stage.stop {
        put(&mut tables, "stop", stop);
    }
    if !stage.groups.is_empty() {
        let groups = stage.groups.iter().map(|group| Value::Table(moved(&group.optimiser, group.clip, "of", &group.of)));
        tables.insert("group".to_string(), Value::Array(groups.collect()));
    }
    (keys, tables)
}

fn table_of(value: &impl Serialize) -> Table {
    match Value::try_from(value) {
        Ok(Value::Table(table)) => table,
        _ => Table::new(),
    }
}

/// What moves some tensors.
fn moved(optimiser: &Optimiser, clip: Option<f64>, key: &str, selectors: &[Selector]) -> Table {
    let mut table = table_of(optimiser);
    put(&mut table, key, &selectors);
    clip.iter().for_each(|clip| put(&mut table, "clip", clip));
    table
}

fn kind(kind: &Kind) -> Table {
    let mut table = Table::new();
    match kind {
        Kind::Train => {}
        Kind::Pretrain { cell, target: Target { low, high, points, values } } => {
            let mut pretrain = Table::new();
            put(&mut pretrain, "cell", cell);
            put(&mut pretrain, "low", low);
            put(&mut pretrain, "high", high);
            put(&mut pretrain, "points", points);
            match values {
                Values::Formula(formula) => put(&mut pretrain, "formula", formula),
                Values::None => {}
            }
            table.insert("pretrain".to_string(), Value::Table(pretrain));
        }
        Kind::Alternate(alternate) => {
            let mut outer = moved(&alternate.optimiser, alternate.clip, "outer", &alternate.outer);
            put(&mut outer, "inner", &alternate.inner);
            put(&mut outer, "samples", &alternate.samples);
            table.insert("alternate".to_string(), Value::Table(outer));
        }
    }
    table
}
