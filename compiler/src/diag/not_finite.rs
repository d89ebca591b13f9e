//! H0508 `not-finite`: a constant part of a formula is not a finite number.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A constant part of a formula is not a finite number.
#[derive(Debug, Clone)]
pub struct NotFinite {
    /// What it comes to.
    pub value: f64,
    /// The constant part.
    pub span: Span,
    /// Parameter values that make it so: `a = 0`.
    pub with: Vec<String>,
    /// Where those values are given.
    pub at: Option<Span>,
}

impl Finding for NotFinite {
    const CODE: &'static Code = crate::code!("H0508", "not-finite", Error, "a constant part of a formula is not a finite number");

    fn diagnose(&self) -> Diagnostic {
        let value = match self.value {
            value if value.is_nan() => "not a number",
            value if value.is_infinite() => "infinite",
            _ => "too large for single precision",
        };
        let when = if self.with.is_empty() { String::new() } else { format!(" with {}", self.with.join(", ")) };
        Diagnostic::new(Self::CODE, format!("a constant part of the formula is {value}{when}"))
            .label(self.span, format!("this is {value}, whatever the input"))
            .label_if(self.at, "with the values given here")
            .help_if((!self.with.is_empty()).then_some("declare the values that make sense, e.g. `NAME where > 0`"))
    }
}
