//! `[data]`: which samples, and how a network sees them.

mod equations;
mod files;
mod generated;
mod prepare;

use super::reader::{Amount, Table};
use hetc_compiler::diag::Findings;
use hetc_data::cifar::Labels;
use hetc_data::pictures::Pictures;
use hetc_data::registry::CALTECH101_TEST_SHARE;
use hetc_data::{DataError, Portions, Request, Source, Step, Validation};
use hetc_grammar::span::Span;
use std::collections::BTreeMap;

/// Every key of the table.
pub const KEYS: &[&str] = &[
    "set",
    "subset",
    "validation",
    "stratified",
    "split_seed",
    "prepare",
    "normalise",
    "mean",
    "std",
    "flip",
    "crop",
    "labels",
    "num_samples",
    "train_split",
    "template_len",
    "padding",
    "scale_coeff",
    "max_translation",
    "corr_noise_scale",
    "iid_noise_scale",
    "shear_scale",
    "shuffle_seq",
    "final_seq_length",
    "seed",
    "path",
    "fit",
    "channels",
    "test_share",
    "inputs",
    "targets",
    "test_inputs",
    "test_targets",
    "target_columns",
    "class_column",
    "targets_are",
    "state",
    "rates",
    "constants",
    "mu",
    "start",
    "starts",
    "low",
    "high",
    "dt",
    "steps",
    "inner_steps",
    "skip",
    "target",
    "range",
    "points",
    "sigma",
];

/// The keys that only some sets know, and these sets.
const OWNED: &[(&[&str], &[&str])] = &[
    (&["labels"], &["cifar100"]),
    (
        &[
            "num_samples",
            "train_split",
            "template_len",
            "padding",
            "scale_coeff",
            "max_translation",
            "corr_noise_scale",
            "iid_noise_scale",
            "shear_scale",
            "shuffle_seq",
            "final_seq_length",
        ],
        &["mnist1d"],
    ),
    (&["seed"], &["mnist1d", "smooth", "van-der-pol", "ode"]),
    (&["path"], &["folder"]),
    (&["fit", "channels"], &["folder", "tiny-imagenet", "caltech101"]),
    (&["test_share"], &["folder", "caltech101", "arrays", "van-der-pol", "ode"]),
    (&["targets", "test_inputs", "test_targets", "target_columns", "class_column", "targets_are"], &["arrays"]),
    (&["inputs"], &["arrays", "smooth"]),
    (&["state", "rates", "constants"], &["ode"]),
    (&["mu"], &["van-der-pol"]),
    (&["start", "starts", "low", "high", "dt", "steps", "inner_steps", "skip", "target"], &["van-der-pol", "ode"]),
    (&["range", "points", "sigma"], &["smooth"]),
];

/// The names of all sets.
const SETS: [&str; 12] = [
    "mnist1d",
    "mnist",
    "fashion-mnist",
    "cifar10",
    "cifar100",
    "tiny-imagenet",
    "caltech101",
    "folder",
    "arrays",
    "van-der-pol",
    "ode",
    "smooth",
];

/// What the table says.
pub struct Data {
    /// The samples.
    pub request: Request,
    /// What is done to them.
    pub prepare: Vec<Step>,
    /// Where values stand, by key.
    pub spans: BTreeMap<&'static str, Span>,
}

/// What the table says; nothing if it cannot be used.
pub fn data(table: &mut Table, findings: &mut Findings) -> Option<Data> {
    let spans = KEYS.iter().filter_map(|key| table.value_span(key).map(|span| (*key, span))).collect();
    let set = table.choice("set", &SETS.map(|name| (name, name)), findings);
    let set = table.required("set", "`set = \"mnist1d\"` under `[data]`", set, findings);
    let source = set.and_then(|set| source(set, table, findings));
    let portions = portions(table, findings);
    let prepare = prepare::prepare(table, findings);
    if let Some(set) = set {
        report_strangers(set, table, findings);
    }
    let source = source?;
    if let Err(DataError::Argument { argument, expected, found }) = source.check() {
        table.bad::<()>(argument, expected, &format!("`{found}`"), findings);
    }
    Some(Data { request: Request { source, portions }, prepare: prepare?, spans })
}

/// Every set with its own keys.
fn source(set: &str, table: &mut Table, findings: &mut Findings) -> Option<Source> {
    Some(match set {
        "mnist1d" => Source::Mnist1d(generated::mnist1d(table, findings)),
        "mnist" => Source::Mnist,
        "fashion-mnist" => Source::FashionMnist,
        "cifar10" => Source::Cifar10,
        "cifar100" => {
            let labels = table.choice("labels", &[("fine", Labels::Fine), ("coarse", Labels::Coarse)], findings);
            Source::Cifar100 { labels: labels.unwrap_or(Labels::Fine) }
        }
        "tiny-imagenet" => Source::TinyImagenet(files::pictures(table, Pictures::default(), findings)),
        "caltech101" => Source::Caltech101(files::folder(table, Pictures::caltech101(), CALTECH101_TEST_SHARE, findings)),
        "folder" => files::own_folder(table, findings)?,
        "arrays" => Source::Arrays(files::arrays(table, findings)?),
        "van-der-pol" => Source::VanDerPol(equations::van_der_pol(table, findings)),
        "smooth" => Source::Smooth(generated::smooth(table, findings)),
        _ => Source::Ode(equations::ode(table, findings)?),
    })
}

fn portions(table: &mut Table, findings: &mut Findings) -> Portions {
    let default = Portions::default();
    let subset = table.whole("subset", 1, u32::MAX.into(), findings).map(|count| count as usize);
    let validation = table.amount("validation", "test", findings).map(|amount| match amount {
        Amount::Count(count) => Validation::Count(count),
        Amount::Share(share) => Validation::Share(share),
        Amount::Word => Validation::Test,
    });
    let stratified = table.flag("stratified", findings).unwrap_or(default.stratified);
    let split_seed = table.seed("split_seed", findings).unwrap_or(default.split_seed);
    Portions { subset, validation: validation.filter(|validation| *validation != Validation::Count(0)), stratified, split_seed }
}

/// Reports keys that belong to other sets.
fn report_strangers(set: &str, table: &mut Table, findings: &mut Findings) {
    for (keys, sets) in OWNED.iter().filter(|(_, sets)| !sets.contains(&set)) {
        let sets = crate::findings::any_of(sets);
        table.not_for(keys, &format!("where `set` is {sets}"), findings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_owned_key_is_a_key_and_every_owner_a_set() {
        for (keys, sets) in OWNED {
            assert!(keys.iter().all(|key| KEYS.contains(key)) && sets.iter().all(|set| SETS.contains(set)), "{keys:?}");
        }
    }
}
