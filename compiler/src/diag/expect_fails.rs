//! H0404 `expect-fails`: an `expect` does not hold.

use super::{Code, Diagnostic, Finding};
use super::words;
use hetc_grammar::span::Span;

/// An `expect` does not hold.
#[derive(Debug, Clone)]
pub struct ExpectFails {
    /// `params`, `shape` or `macs`
    pub what: String,
    /// What was expected, as a reader likes it: `119,674`.
    pub expected: String,
    /// What it is, likewise.
    pub found: String,
    /// The expected value.
    pub span: Span,
    /// Where the figure comes from: layer, its part, its statement.
    pub parts: Vec<(String, u64, Span)>,
    /// What produces the shape.
    pub from: Option<Span>,
}

impl Finding for ExpectFails {
    const CODE: &'static Code = crate::code!("H0404", "expect-fails", Error, "an `expect` does not hold");

    fn diagnose(&self) -> Diagnostic {
        let diagnostic = Diagnostic::new(Self::CODE, format!("expected {} = {}, but it is {}", self.what, self.expected, self.found))
            .label(self.span, format!("it is {}", self.found))
            .label_if(self.from, format!("this produces {}", self.found));
        let mut parts = self.parts.clone();
        parts.sort_by_key(|(_, part, _)| std::cmp::Reverse(*part));
        let shown: Vec<String> = parts.iter().take(5).map(|(layer, part, _)| format!("{layer} {}", words::thousands(*part))).collect();
        let rest = if parts.len() > 5 { ", and smaller ones" } else { "" };
        let diagnostic = parts.iter().take(3).fold(diagnostic, |diagnostic, (layer, part, span)| diagnostic.label(*span, format!("{layer}: {}", words::thousands(*part))));
        diagnostic.help_if((!shown.is_empty()).then(|| format!("it comes from {}{rest}", shown.join(", "))))
    }
}
