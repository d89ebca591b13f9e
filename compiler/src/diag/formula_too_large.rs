//! H0507 `formula-too-large`: a formula has too many operations or steps.

use super::{Code, Diagnostic, Finding, words};
use crate::limits::{MAX_FORMULA_INPUTS, MAX_NODES};
use hetc_grammar::span::Span;

/// A formula has too many operations or steps.
#[derive(Debug, Clone)]
pub struct FormulaTooLarge {
    /// The part that goes beyond.
    pub span: Span,
    /// What there is too much of.
    pub of: Excess,
}

/// What a formula has too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// Operations.
    Operations,
    /// Values, trained parameters, reductions, and calls of learned functions and tables.
    Inputs,
}

impl Finding for FormulaTooLarge {
    const CODE: &'static Code = crate::code!("H0507", "formula-too-large", Error, "a formula has too many operations");

    fn diagnose(&self) -> Diagnostic {
        let headline = match self.of {
            Excess::Operations => format!("the formula has more than {} operations", words::thousands(MAX_NODES as u64)),
            Excess::Inputs => {
                format!("the formula has more than {MAX_FORMULA_INPUTS} trained parameters, reductions and calls of learned functions")
            }
        };
        Diagnostic::new(Self::CODE, headline)
            .label(self.span, "goes beyond the limit")
            .help("a cell that is called counts with all it has itself")
    }
}
