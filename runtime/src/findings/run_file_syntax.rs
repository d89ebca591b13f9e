//! H0601 `run-file-syntax`: a run file is not TOML.

use hetc_compiler::diag::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A run file is not TOML.
#[derive(Debug, Clone)]
pub struct RunFileSyntax {
    /// What the file is: `run file`, `sweep file`.
    pub file: &'static str,
    /// What the TOML reader says.
    pub message: String,
    /// Where.
    pub span: Span,
}

impl Finding for RunFileSyntax {
    const CODE: &'static Code = hetc_compiler::code!("H0601", "run-file-syntax", Error, "a run file is not TOML");

    fn diagnose(&self) -> Diagnostic {
        let message = self.message.lines().next().unwrap_or_default();
        Diagnostic::new(Self::CODE, format!("the {} is not TOML: {message}", self.file)).label(self.span, message)
    }
}
