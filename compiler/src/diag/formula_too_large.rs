//! H0507 `formula-too-large`: a formula has too many operations.

use super::{Code, Diagnostic, Finding, words};
use hetc_grammar::span::Span;

/// A formula has too many operations.
#[derive(Debug, Clone)]
pub struct FormulaTooLarge {
    /// The part that goes beyond.
    pub span: Span,
}

impl Finding for FormulaTooLarge {
    const CODE: &'static Code = crate::code!("H0507", "formula-too-large", Error, "a formula has too many operations");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("the formula has more than {} operations", words::thousands(crate::limits::MAX_NODES as u64)))
            .label(self.span, "goes beyond the limit")
            .help("a cell that is called counts with all its operations")
    }
}
