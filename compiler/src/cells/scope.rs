//! What the names in a cell's formula stand for.

use super::Library;
use super::signature::signature;
use crate::formula::Formula;
use crate::formula::lower::{FormulaError, FormulaErrorKind, Meaning, Scope, function_names};
use crate::limits::MAX_INPUTS;
use hetc_grammar::tree::{self, Name};

/// The names that one cell's formula knows.
pub(super) struct CellScope<'a> {
    pub(super) library: &'a Library,
    pub(super) cell: &'a tree::Cell,
    pub(super) values: &'a [f64],
}

impl Scope for CellScope<'_> {
    fn name(&self, name: &str) -> Option<Meaning> {
        let input = match &self.cell.inputs {
            None => (name == "x").then_some(0),
            Some(inputs) => inputs.iter().take(usize::from(MAX_INPUTS)).position(|input| input.node == name),
        };
        if let Some(i) = input {
            return Some(Meaning::Input(i as u8));
        }
        let param = self.cell.params.iter().position(|param| param.name.node == name);
        // There is one value a parameter.
        param.map(|i| self.values[i]).or((name == "pi").then_some(std::f64::consts::PI)).map(Meaning::Number)
    }

    fn cell(&self, name: &Name) -> Result<Formula, FormulaError> {
        let error = |kind| FormulaError { span: name.span, kind };
        let Some(definition) = self.library.definition(&name.node) else {
            if self.library.is_broken(&name.node) {
                return Err(error(FormulaErrorKind::Broken));
            }
            let known = function_names().into_iter().chain(self.library.names()).collect();
            return Err(error(FormulaErrorKind::UnknownFunction { name: name.node.clone(), known }));
        };
        if definition.params.iter().any(|param| param.default.is_none()) {
            return Err(error(FormulaErrorKind::NeedsParameters { cell: signature(definition) }));
        }
        // What a cell calls is lowered before it; a callee that is not there yet lies on a circle, which has been reported.
        self.library.formula(&name.node).ok_or(error(FormulaErrorKind::Broken))
    }

    fn names(&self) -> Vec<String> {
        let inputs = match &self.cell.inputs {
            None => vec!["x".to_string()],
            Some(inputs) => inputs.iter().map(|input| input.node.clone()).collect(),
        };
        let params = self.cell.params.iter().map(|param| param.name.node.clone());
        inputs.into_iter().chain(params).chain(["pi".to_string()]).collect()
    }

    fn cells(&self) -> Vec<String> {
        self.library.names()
    }
}
