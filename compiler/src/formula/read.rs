//! Reading a formula's text back: the inverse of its [`Display`](std::fmt::Display).

use super::lower::{FormulaError, FormulaErrorKind, Meaning, Scope, lower_into};
use super::staged::{Draft, Staged};
use super::text::input_name;
use super::{Formula, NodeId};
use crate::limits::{MAX_FORMULA_INPUTS, MAX_NODES};
use hetc_grammar::span::SourceId;
use hetc_grammar::tree::Name;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::str::FromStr;

/// A text that is not a formula.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAFormula;

impl std::fmt::Display for NotAFormula {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("this text is not a formula")
    }
}

/// The inputs and the names bound so far.
struct Names {
    bound: Vec<(String, NodeId)>,
}

impl Scope for Names {
    fn name(&self, name: &str) -> Option<Meaning> {
        self.bound.iter().find(|(known, _)| known == name).map(|(_, id)| Meaning::Node(*id))
    }

    fn cell(&self, name: &Name) -> Result<Staged, FormulaError> {
        Err(FormulaError { span: name.span, kind: FormulaErrorKind::Broken })
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn windowed(&self) -> bool {
        false
    }
}

impl FromStr for Formula {
    type Err = NotAFormula;

    /// Reads `expression` or `t1 = expression; …; expression` of one input `x`, or the same behind `x1, x2, … -> `.
    fn from_str(text: &str) -> Result<Self, NotAFormula> {
        let (inputs, text) = match text.split_once("->") {
            None => (1, text),
            Some((names, text)) => (count_inputs(names)?, text),
        };
        let mut draft = Draft::default();
        let mut names = Names { bound: (0..inputs).map(|i| (input_name(inputs, i), draft.builder.input(i))).collect() };
        let (bindings, result) = text.rsplit_once(';').unwrap_or(("", text));
        for binding in bindings.split(';').filter(|part| !part.trim().is_empty()) {
            let (name, expression) = binding.split_once('=').ok_or(NotAFormula)?;
            if names.name(name.trim()).is_some() {
                return Err(NotAFormula); // one name would mean two things
            }
            let value = read(expression, &names, &mut draft)?;
            names.bound.push((name.trim().to_string(), value));
        }
        let root = read(result, &names, &mut draft)?;
        let formula = draft.builder.finish(&[root], inputs);
        if formula.nodes().len() <= MAX_NODES { Ok(formula) } else { Err(NotAFormula) }
    }
}

/// How many inputs `x1, x2, x3` are: all of them in order, at least two.
fn count_inputs(names: &str) -> Result<u8, NotAFormula> {
    let count = names.split(',').take(MAX_FORMULA_INPUTS + 1).count();
    if !(2..=MAX_FORMULA_INPUTS).contains(&count) {
        return Err(NotAFormula);
    }
    let count = count as u8; // at most MAX_FORMULA_INPUTS, which is 64
    let in_order = names.split(',').zip(0..count).all(|(name, i)| name.trim() == input_name(count, i));
    if in_order { Ok(count) } else { Err(NotAFormula) }
}

fn read(text: &str, names: &Names, draft: &mut Draft) -> Result<NodeId, NotAFormula> {
    let (expr, errors) = hetc_grammar::parse_formula(SourceId(0), text);
    let expr = expr.filter(|_| errors.is_empty()).ok_or(NotAFormula)?;
    lower_into(draft, &expr, names).map_err(|_| NotAFormula)
}

impl Serialize for Formula {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Formula {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom(format!("`{text}` is not a formula")))
    }
}
