//! What a cell is pretrained on: `pretrain` of a stage.

use super::reader::{Table, Word, is_name};
use super::stages::{WORDS, range};
use crate::stage::Kind;
use crate::target::{Target, Values};
use hetc_compiler::cells::{Known, read_formula};
use hetc_compiler::diag::Findings;
use hetc_compiler::formula::Formula;
use hetc_compiler::limits::MAX_FORMULA_INPUTS;
use std::collections::BTreeMap;

/// Keys of the table.
pub const KEYS: &[&str] = &["cell", "formula", "smooth", "low", "high", "points"];

/// What the table says; nothing if it cannot be used.
pub fn pretrain(table: &mut Table, findings: &mut Findings) -> Option<Kind> {
    let cell = table.text("cell", WORDS, findings);
    let cell = table.required("cell", "`cell = \"g\"`: a cell, or learned function, of the network", cell, findings);
    let word = table.word("formula", WORDS, findings);
    let formula = word.and_then(|word| formula(table, &word, findings)).map(Values::Formula);
    let smooth = table.number("smooth", f64::MIN_POSITIVE..=1e3, "a number above 0, at most 1000", findings);
    let smooth = smooth.map(|sigma| Values::Smooth { sigma });
    if formula.is_some() && smooth.is_some() {
        return table.bad("smooth", "left out where a formula is given", "both", findings);
    }
    let values = match smooth {
        Some(smooth) => Some(smooth),
        None if table.value_span("smooth").is_some() => None,
        None => table.required("formula", "`formula = \"sin(x)\"`, or `smooth = 0.3`", formula, findings),
    };
    let (low, high) = (range(table, "low", findings).unwrap_or(-5.0), range(table, "high", findings).unwrap_or(5.0));
    let points = table.whole("points", 2, 1 << 20, findings).unwrap_or(101) as usize;
    if low >= high {
        return table.bad("high", "above `low`", &format!("`{high}`"), findings);
    }
    Some(Kind::Pretrain { cell: cell?, target: Target { low, high, points, values: values? } })
}

/// `sin(x)`, or of arguments that have names: `a, b -> a*b`. What a run's folder says of a large formula, in steps, is read too.
fn formula(table: &Table, word: &Word, findings: &mut Findings) -> Option<Formula> {
    if let Ok(formula) = word.text.parse() {
        return Some(formula);
    }
    let (names, start) = match word.text.split_once("->") {
        None => (vec!["x".to_string()], 0),
        Some((names, _)) => (names.split(',').map(|name| name.trim().to_string()).collect(), names.len() + "->".len()),
    };
    let known = |number: usize| names[..number].contains(&names[number]);
    if names.len() > MAX_FORMULA_INPUTS || (0..names.len()).any(|number| !is_name(&names[number]) || known(number)) {
        let expected = "a formula of `x`, or of arguments with different names before an arrow, like `a, b -> a*b`";
        return table.bad("formula", expected, &format!("`\"{}\"`", word.text), findings);
    }
    let known = Known { inputs: &names, constants: &BTreeMap::new() };
    let place = |range: std::ops::Range<usize>| word.place(start + range.start..start + range.end);
    read_formula(&word.text[start..], known, &place, findings)
}
