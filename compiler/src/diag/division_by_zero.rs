//! H0503 `division-by-zero`: a formula divides by zero, whatever its input.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A formula divides by zero, whatever its input.
#[derive(Debug, Clone)]
pub struct DivisionByZero {
    /// What it divides by; not quite 0 where only single precision makes it so.
    pub divisor: f64,
    /// Whether the span is the call of a cell that divides.
    pub in_call: bool,
    /// The divisor, or the call.
    pub span: Span,
    /// Parameter values that make it so: `beta = 0`.
    pub with: Vec<String>,
    /// Where those values are given.
    pub at: Option<Span>,
}

impl Finding for DivisionByZero {
    const CODE: &'static Code = crate::code!("H0503", "division-by-zero", Error, "a formula divides by zero, whatever its input");

    fn diagnose(&self) -> Diagnostic {
        let when = if self.with.is_empty() { String::new() } else { format!(" with {}", self.with.join(", ")) };
        let label = match (self.in_call, self.divisor == 0.0) {
            (true, _) => "this call divides by zero",
            (false, true) => "this is zero",
            (false, false) => "this is zero in single precision",
        };
        Diagnostic::new(Self::CODE, format!("division by zero{when}"))
            .label(self.span, label)
            .label_if(self.at, "with the values given here")
            .help_if((!self.with.is_empty()).then_some("declare the values that make sense, e.g. `NAME where > 0`"))
    }
}
