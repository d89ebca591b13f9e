//! What the names in a cell's formula stand for.

use super::Library;
use super::signature::signature;
use crate::formula::lower::{FormulaError, FormulaErrorKind, Meaning, Scope, WindowMisuse, function_names};
use crate::formula::staged::{Staged, StepKind};
use crate::limits::MAX_INPUTS;
use hetc_grammar::tree::{self, CellKind, Name};

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
        let params = &self.cell.params;
        let Some(place) = params.iter().position(|param| param.name.node == name) else {
            return (name == "pi").then_some(Meaning::Number(std::f64::consts::PI));
        };
        if params[place].learn.is_none() {
            return self.values.get(place).copied().map(Meaning::Number);
        }
        // Behind the values come the trained parameters, in order; together they are few enough.
        let before = params[..place].iter().filter(|param| param.learn.is_some()).count();
        let values = self.cell.inputs.as_ref().map_or(1, Vec::len).clamp(1, usize::from(MAX_INPUTS));
        Some(Meaning::Input((values + before) as u8))
    }

    fn cell(&self, name: &Name) -> Result<Staged, FormulaError> {
        let error = |kind| FormulaError { span: name.span, kind };
        if let Some(learned) = self.library.learned.get(&name.node) {
            let call = |inputs| Staged::pass(StepKind::Call(name.node.clone()), inputs);
            return learned.inputs.map(call).ok_or(error(FormulaErrorKind::Broken));
        }
        let Some(definition) = self.library.definition(&name.node) else {
            if self.library.is_broken(&name.node) {
                return Err(error(FormulaErrorKind::Broken));
            }
            let library = self.library;
            let known = function_names().into_iter().chain(library.names()).chain(library.function_names()).collect();
            return Err(error(FormulaErrorKind::UnknownFunction { name: name.node.clone(), known }));
        };
        if definition.kind == CellKind::Window && !self.windowed() {
            let misuse = WindowMisuse::Cell(name.node.clone());
            return Err(error(FormulaErrorKind::MisplacedWindow(misuse)));
        }
        if definition.params.iter().any(|param| param.default.is_none()) {
            return Err(error(FormulaErrorKind::NeedsParameters { cell: signature(definition) }));
        }
        // What a cell calls is lowered before it; a callee that is not there yet lies on a circle, which has been reported.
        self.library.staged(&name.node).cloned().ok_or(error(FormulaErrorKind::Broken))
    }

    fn names(&self) -> Vec<String> {
        let inputs = match &self.cell.inputs {
            None => vec!["x".to_string()],
            Some(inputs) => inputs.iter().map(|input| input.node.clone()).collect(),
        };
        let params = self.cell.params.iter().map(|param| param.name.node.clone());
        inputs.into_iter().chain(params).chain(["pi".to_string()]).collect()
    }

    fn windowed(&self) -> bool {
        self.cell.kind == CellKind::Window
    }
}
