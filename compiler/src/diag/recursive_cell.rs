//! H0506 `recursive-cell`: a cell is defined by itself.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A cell is defined by itself.
#[derive(Debug, Clone)]
pub struct RecursiveCell {
    /// The cells on the way round.
    pub path: Vec<String>,
    /// The call that closes the circle.
    pub span: Span,
}

impl Finding for RecursiveCell {
    const CODE: &'static Code = crate::code!("H0506", "recursive-cell", Error, "a cell is defined by itself");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("cell `{}` is defined by itself", self.path.first().map_or("", String::as_str)))
            .label(self.span, "this call closes the circle")
            .help(format!("the circle is {}", self.path.join(" → ")))
    }
}
