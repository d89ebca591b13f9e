//! Formulas outside a spec: of named values and constants, with the built-in functions, but no cells.

use super::report::report;
use crate::diag::{Findings, Syntax};
use crate::formula::Formula;
use crate::formula::lower::{FormulaError, FormulaErrorKind, Meaning, Scope, function_names, lower};
use crate::formula::staged::Staged;
use crate::limits::MAX_FORMULA_INPUTS;
use hetc_grammar::span::{SourceId, Span};
use hetc_grammar::tree::{Name, SyntaxError};
use std::collections::BTreeMap;

/// The names that a formula by itself knows; `pi` is one of them unless it means something else.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Its inputs, in order; at most [`MAX_FORMULA_INPUTS`].
    pub inputs: &'a [String],
    /// Its constants.
    pub constants: &'a BTreeMap<String, f64>,
}

impl Scope for Known<'_> {
    fn name(&self, name: &str) -> Option<Meaning> {
        let input = self.inputs.iter().take(MAX_FORMULA_INPUTS).position(|input| input == name);
        let constant = || self.constants.get(name).copied().or((name == "pi").then_some(std::f64::consts::PI));
        input.map(|place| Meaning::Input(place as u8)).or_else(|| constant().map(Meaning::Number))
    }

    fn cell(&self, name: &Name) -> Result<Staged, FormulaError> {
        let kind = FormulaErrorKind::UnknownFunction { name: name.node.clone(), known: function_names() };
        Err(FormulaError { span: name.span, kind })
    }

    fn names(&self) -> Vec<String> {
        self.inputs.iter().chain(self.constants.keys()).cloned().chain(["pi".to_string()]).collect()
    }

    fn windowed(&self) -> bool {
        false
    }
}

/// Reads `text` as a formula of `known`. What is wrong is reported at `place(range)`, where the caller says that these bytes of the text
/// stand.
pub fn read_formula(
    text: &str,
    known: Known,
    place: &dyn Fn(std::ops::Range<usize>) -> Span,
    findings: &mut Findings,
) -> Option<Formula> {
    let moved = |span: Span| place(span.range());
    let (expr, errors) = hetc_grammar::parse_formula(SourceId(u32::MAX), text);
    for error in errors {
        findings.report::<()>(Syntax(SyntaxError { span: moved(error.span), kind: error.kind }));
    }
    let inputs = known.inputs.len().min(MAX_FORMULA_INPUTS) as u8;
    match lower(&expr?, inputs, Vec::new(), &known) {
        Ok(staged) => Some(staged.formula),
        Err(mut errors) => {
            errors.iter_mut().for_each(|error| error.span = moved(error.span));
            report(&errors, &[], None, findings);
            None
        }
    }
}
