//! H0205 `out-of-range`: a number is outside what a statement can work with.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A number is outside what a statement can work with.
#[derive(Debug, Clone)]
pub struct OutOfRange {
    /// What the number is: `the number of channels`.
    pub what: String,
    /// The number.
    pub found: String,
    /// What it may be: `at least 1`.
    pub range: String,
    /// Where it stands.
    pub span: Span,
    /// Where the value was written, if a name stands for it.
    pub origin: Option<Span>,
}

impl Finding for OutOfRange {
    const CODE: &'static Code = crate::code!("H0205", "out-of-range", Error, "a number is outside what a statement can work with");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("{} must be {}, found {}", self.what, self.range, self.found))
            .label(self.span, format!("must be {}", self.range))
            .label_if(self.origin, "the value comes from here")
    }
}
