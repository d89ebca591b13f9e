//! Reading a formula's text back: the inverse of its [`Display`](std::fmt::Display).

use super::lower::{FormulaError, FormulaErrorKind, Meaning, Scope, lower_into};
use super::{Builder, Formula, NodeId};
use crate::limits::MAX_NODES;
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

/// `x` and the names bound so far.
struct Names {
    bound: Vec<(String, NodeId)>,
}

impl Scope for Names {
    fn name(&self, name: &str) -> Option<Meaning> {
        self.bound.iter().find(|(known, _)| known == name).map(|(_, id)| Meaning::Node(*id))
    }

    fn cell(&self, name: &Name) -> Result<Formula, FormulaError> {
        Err(FormulaError { span: name.span, kind: FormulaErrorKind::Broken })
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn cells(&self) -> Vec<String> {
        Vec::new()
    }
}

impl FromStr for Formula {
    type Err = NotAFormula;

    /// Reads `expression` or `t1 = expression; …; expression` of one input `x`.
    fn from_str(text: &str) -> Result<Self, NotAFormula> {
        let mut builder = Builder::new();
        let mut names = Names { bound: vec![("x".to_string(), builder.input(0))] };
        let (bindings, result) = text.rsplit_once(';').unwrap_or(("", text));
        for binding in bindings.split(';').filter(|part| !part.trim().is_empty()) {
            let (name, expression) = binding.split_once('=').ok_or(NotAFormula)?;
            let value = read(expression, &names, &mut builder)?;
            names.bound.push((name.trim().to_string(), value));
        }
        let root = read(result, &names, &mut builder)?;
        let formula = builder.finish(&[root], 1);
        if formula.nodes().len() <= MAX_NODES { Ok(formula) } else { Err(NotAFormula) }
    }
}

fn read(text: &str, names: &Names, builder: &mut Builder) -> Result<NodeId, NotAFormula> {
    let (expr, errors) = hetc_grammar::parse_formula(SourceId(0), text);
    let expr = expr.filter(|_| errors.is_empty()).ok_or(NotAFormula)?;
    lower_into(builder, &expr, names).map_err(|_| NotAFormula)
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
