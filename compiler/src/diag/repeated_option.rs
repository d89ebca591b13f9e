//! H0204 `repeated-option`: an option is given twice.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// An option is given twice.
#[derive(Debug, Clone)]
pub struct RepeatedOption {
    /// The option.
    pub name: String,
    /// The first time.
    pub first: Span,
    /// The second time.
    pub second: Span,
}

impl Finding for RepeatedOption {
    const CODE: &'static Code = crate::code!("H0204", "repeated-option", Error, "an option is given twice");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("`{}` is given twice", self.name)).label(self.second, "given again here").label(self.first, "first given here")
    }
}
