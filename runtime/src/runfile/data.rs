//! `[data]`: which samples, and how a network sees them.

use super::TABLES;
use super::reader::Table;
use crate::config::{Augment, Normalisation};
use hetc_compiler::diag::Findings;
use hetc_grammar::span::Span;
use std::collections::BTreeMap;

pub type Data = (String, BTreeMap<&'static str, Span>, Option<Normalisation>, Augment);

/// What the table says; nothing if it cannot be used.
pub fn data(table: &mut Table, findings: &mut Findings) -> Option<Data> {
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
