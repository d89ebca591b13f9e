//! H0509 `variable-exponent`: an exponent depends on the input.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// An exponent depends on the input.
#[derive(Debug, Clone)]
pub struct VariableExponent {
    /// The exponent.
    pub span: Span,
}

impl Finding for VariableExponent {
    const CODE: &'static Code = crate::code!("H0509", "variable-exponent", Error, "an exponent depends on the input");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, "an exponent must be a constant").label(self.span, "depends on a value or on a trained number").help("for a base that is constant or positive write `exp(EXPONENT * log(BASE))`")
    }
}
