//! H0111 `recursive-block`: a block is used inside itself.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A block is used inside itself.
#[derive(Debug, Clone)]
pub struct RecursiveBlock {
    /// The blocks on the way round.
    pub path: Vec<String>,
    /// The statement that closes the circle.
    pub span: Span,
}

impl Finding for RecursiveBlock {
    const CODE: &'static Code = crate::code!("H0111", "recursive-block", Error, "a block is used inside itself");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("block `{}` is used inside itself", self.path.first().map_or("", String::as_str)))
            .label(self.span, "this statement closes the circle")
            .help(format!("the circle is {}", self.path.join(" → ")))
    }
}
