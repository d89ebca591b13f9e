//! A run file with everything said: what goes into a run's folder.

use super::RunFile;
use crate::optim::{Clip, Optimiser};
use crate::select::Selector;
use crate::stage::{Kind, Stage};
use crate::target::{Target, Values};
use hetc_data::{Numbers, Portions, Request, Source, Step};
use serde::Serialize;
use toml::{Table, Value};

#[derive(Serialize)]
struct Data<'a> {
    #[serde(flatten)]
    source: &'a Source,
    #[serde(flatten)]
    portions: &'a Portions,
    prepare: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    normalise: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean: Option<&'a [f32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    std: Option<&'a [f32]>,
}

impl<'a> Data<'a> {
    fn new(request: &'a Request, steps: &'a [Step]) -> Self {
        let Request { source, portions } = request;
        let prepare = steps.iter().map(|step| match step {
            Step::Flip | Step::Normalise(_) => step.word().to_string(),
            Step::Crop(reach) => format!("crop {reach}"),
        });
        let numbers = steps.iter().find_map(|step| match step {
            Step::Normalise(numbers) => Some(numbers),
            Step::Flip | Step::Crop(_) => None,
        });
        let mut data = Self { source, portions, prepare: prepare.collect(), normalise: None, mean: None, std: None };
        match numbers {
            None => {}
            Some(Numbers::ImageNet) => data.normalise = Some("imagenet"),
            Some(Numbers::Set) => data.normalise = Some("set"),
            Some(Numbers::Given { mean, std }) => (data.mean, data.std) = (Some(mean.as_slice()), Some(std.as_slice())),
        }
        data
    }
}

/// `run_file` as TOML, every default written out; [`super::read`] reads it back to the same.
pub fn write(run_file: &RunFile) -> String {
    let train = &run_file.train;
    let mut file = Table::new();
    put(&mut file, "data", &Data::new(&run_file.data, &train.prepare));
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
    if let Some(start) = &train.start {
        put(&mut file, "start", start);
    }
    if train.stages[0].find {
        put(&mut file, "find", &run_file.find);
    }
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
    if stage.clip != Clip::default() {
        put(&mut tables, "clip", &stage.clip);
    }
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
                Values::Smooth { sigma } => put(&mut pretrain, "smooth", sigma),
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

#[cfg(test)]
mod tests {
    use super::super::{RunFile, Text, read};
    use super::write;
    use hetc_grammar::span::SourceId;

    fn read_whole(text: &str, flags: &[Text]) -> RunFile {
        let (run_file, diagnostics) = read(SourceId(1), text, flags);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        run_file.expect("nothing is wrong with it")
    }

    /// Without where values stand.
    fn same(a: &RunFile, b: &RunFile) -> bool {
        let bare = |run_file: &RunFile| RunFile {
            spans: Default::default(),
            stage_spans: Default::default(),
            start_spans: Default::default(),
            ..run_file.clone()
        };
        bare(a) == bare(b)
    }

    const SHORT: &str = r#"
        data = { set = "cifar10", validation = 0.1, mean = [0.5, 0.5, 0.5], std = [0.25, 0.25, 0.25], flip = true, crop = 4 }
        train = { epochs = 3, batch = 128, seeds = [4, 2], init = "doty", shuffle = false, keep = "best", freeze = "conv1" }
        optimiser = { kind = "adam", lr = "find", weight_decay = 5e-4 }
        find = { high = 0.005 }
        schedule = { kind = "cosine", warmup = 1.5 }
        clip = { norm = 2 }
        stop = { patience = 4 }
    "#;

    const LONG: &str = r#"
        data = { set = "mnist1d", validation = 100 }
        snapshots = { every = 5, points = 21 }
        [train]
        batch = 200
        seeds = 2
        [optimiser]
        kind = "sgd"
        lr = 0.01
        momentum = 0.8
        [[stage]]
        name = "lesson"
        epochs = 50
        pretrain = { cell = "g", formula = "x1, x2 -> x1*x2", low = -2.5, high = 2, points = 9 }
        [[stage]]
        name = "field"
        epochs = 5
        pretrain = { cell = "g", smooth = 0.25 }
        [[stage]]
        name = "meta"
        epochs = 300
        fresh = ["weights"]
        optimiser = { kind = "rmsprop", lr = 0.01, decay = 0.8, start = 1 }
        alternate = { inner = 5, samples = 1000, outer = ["g", "t*"], kind = "sgd", lr = 0.4, momentum = 0.8, clip = 0.1 }
        [[stage]]
        name = "last"
        epochs = 7
        batch = 10
        loss = "mse"
        schedule = { kind = "steps", every = 2, factor = 0.5 }
        stop = { patience = 3, rule = "rising" }
        [[stage.group]]
        of = "cells"
        kind = "adam"
        lr = 0.1
        clip = 0.5
    "#;

    #[test]
    fn what_is_written_reads_back_to_the_same() {
        for text in [SHORT, LONG] {
            let run_file = read_whole(text, &[]);
            let written = write(&run_file);
            assert!(same(&read_whole(&written, &[]), &run_file), "{written}");
        }
        assert!(!write(&read_whole(SHORT, &[])).contains("[[stage]]"), "one stage is written the short way");
    }

    #[test]
    fn stages_take_what_they_do_not_say_from_the_top_and_flags_name_them() {
        let flag = |text| Text { source: SourceId(2), text };
        let run_file =
            read_whole(LONG, &[flag("stage.meta.epochs = 2"), flag("optimiser.lr = 0.5"), flag("stage.last.stop.patience = 9")]);
        let [lesson, _, meta, last] = run_file.train.stages.as_slice() else { panic!("four") };
        assert_eq!((lesson.epochs, meta.epochs, last.epochs), (50, 2, 7));
        assert_eq!((lesson.batch, meta.batch, last.batch), (200, 200, 10));
        assert_eq!([lesson, meta, last].map(|stage| stage.optimiser.lr()), [0.5, 0.01, 0.5]);
        assert_eq!(last.stop.map(|stop| stop.patience), Some(9));
        let (none, diagnostics) = read(SourceId(1), LONG, &[flag("stage.mata.epochs = 2")]);
        assert!(none.is_none() && diagnostics.len() == 1, "{diagnostics:?}");
    }
}
