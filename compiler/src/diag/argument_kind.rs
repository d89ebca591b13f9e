//! H0202 `argument-kind`: an argument is of the wrong kind.

use super::{Code, Diagnostic, Finding, words};
use hetc_grammar::span::Span;

/// An argument is of the wrong kind.
#[derive(Debug, Clone)]
pub struct ArgumentKind {
    /// The statement or cell.
    pub head: String,
    /// The argument.
    pub span: Span,
    /// What should stand there.
    pub expected: String,
    /// What does: `the number 8`.
    pub found: String,
    /// Where the value was written, if a name stands for it.
    pub origin: Option<Span>,
    /// Where the thing named there is defined, if the user wrote it.
    pub declared: Option<Span>,
    /// How the argument should be written: `3x3`.
    pub written: Option<String>,
    /// How it is written.
    pub usage: Option<String>,
}

impl Finding for ArgumentKind {
    const CODE: &'static Code = crate::code!("H0202", "argument-kind", Error, "an argument is of the wrong kind");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("`{}` expects {}, found {}", self.head, self.expected, self.found))
            .label(self.span, format!("expected {}", self.expected))
            .label_if(self.origin, "the value comes from here")
            .label_if(self.declared, "defined here")
            .help_if(self.written.as_ref().map(|written| format!("write `{written}`")))
            .help_if(self.usage.as_deref().map(words::written))
    }
}
