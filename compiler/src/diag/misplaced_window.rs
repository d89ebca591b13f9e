//! H0510 `misplaced-window`: a formula of a single value asks for a whole window.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A formula of a single value asks for a whole window.
#[derive(Debug, Clone)]
pub struct MisplacedWindow {
    /// The window.
    pub span: Span,
}

impl Finding for MisplacedWindow {
    const CODE: &'static Code = crate::code!("H0510", "misplaced-window", Error, "a formula of a single value asks for a whole window");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, "a cell answers for one unit and sees no window").label(self.span, "all values of a window").help("a formula of one unit uses `x` alone")
    }
}
