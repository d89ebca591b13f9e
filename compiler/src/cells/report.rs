//! What is wrong with a formula, as diagnostics.

use super::PRELUDE_SOURCE;
use crate::diag::{
    ArgumentCount, DivisionByZero, Excess, Finding, Findings, FormulaTooLarge, FormulaUnknownFunction, FormulaUnknownName,
    FunctionArity, MisplacedCondition, MisplacedWindow, NotFinite, VariableExponent,
};
use crate::formula::lower::{FormulaError, FormulaErrorKind};
use hetc_grammar::span::Span;

/// Puts formula errors into findings. `given` and `at` tell with which parameter values, where that matters.
pub(super) fn report(errors: &[FormulaError], given: &[String], at: Option<Span>, findings: &mut Findings) {
    for FormulaError { span, kind } in errors {
        // The prelude's text is not the user's: point at the values instead.
        let (span, at) = if span.source == PRELUDE_SOURCE { (at.unwrap_or(*span), None) } else { (*span, at) };
        match kind.clone() {
            FormulaErrorKind::UnknownName { name, known } => put(findings, FormulaUnknownName { name, span, known }),
            FormulaErrorKind::UnknownFunction { name, known } => put(findings, FormulaUnknownFunction { name, span, known }),
            FormulaErrorKind::Arity { name, takes, given } => put(findings, FunctionArity { name, takes, given, span }),
            FormulaErrorKind::ConditionAsNumber => put(findings, MisplacedCondition { span, is_condition: true }),
            FormulaErrorKind::NumberAsCondition => put(findings, MisplacedCondition { span, is_condition: false }),
            FormulaErrorKind::DivisionByZero { divisor, in_call } => {
                put(findings, DivisionByZero { divisor, in_call, span, with: given.to_vec(), at })
            }
            FormulaErrorKind::NotFinite { value } => put(findings, NotFinite { value, span, with: given.to_vec(), at }),
            FormulaErrorKind::VariableExponent => put(findings, VariableExponent { span }),
            FormulaErrorKind::MisplacedWindow(misuse) => put(findings, MisplacedWindow { span, misuse }),
            FormulaErrorKind::TooLarge => put(findings, FormulaTooLarge { span, of: Excess::Operations }),
            FormulaErrorKind::TooManyInputs => put(findings, FormulaTooLarge { span, of: Excess::Inputs }),
            FormulaErrorKind::NeedsParameters { cell: called } => {
                let head = called.split(['(', '[']).next().unwrap_or_default().to_string();
                let missing = Some("a default for each of its parameters before a formula can call it".to_string());
                put(findings, ArgumentCount { head, span, missing, written: None, usage: called, declared: None })
            }
            FormulaErrorKind::Broken => {}
        }
    }
}

fn put(findings: &mut Findings, finding: impl Finding) {
    findings.report::<()>(finding);
}
