//! H0511 `empty-domain`: no number keeps all bounds of a parameter.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// No number keeps all bounds of a parameter.
#[derive(Debug, Clone)]
pub struct EmptyDomain {
    /// The cell.
    pub cell: String,
    /// Its parameter.
    pub parameter: String,
    /// The bound from below, and where it stands.
    pub low: (String, Span),
    /// The bound from above, and where it stands.
    pub high: (String, Span),
}

impl Finding for EmptyDomain {
    const CODE: &'static Code = crate::code!("H0511", "empty-domain", Error, "no number keeps all bounds of a parameter");

    fn diagnose(&self) -> Diagnostic {
        let ((low, low_span), (high, high_span)) = (&self.low, &self.high);
        let headline = format!("no value of `{}` of `{}` is {low} and {high}", self.parameter, self.cell);
        let (first, second) = if low_span.start < high_span.start { (low_span, high_span) } else { (high_span, low_span) };
        Diagnostic::new(Self::CODE, headline)
            .label(*second, "leaves nothing of the other bound")
            .label(*first, "the other bound")
            .help("bounds are joined by `and`: all of them hold")
    }
}
