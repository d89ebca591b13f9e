//! H0607 `run-file-unused`: a key of a run file changes nothing.

use hetc_compiler::diag::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A key of a run file, or a flag, changes nothing where it stands.
#[derive(Debug, Clone)]
pub struct RunFileUnused {
    /// The key with its table: `train.epochs`.
    pub key: String,
    /// Where it stands.
    pub span: Span,
    /// Why it changes nothing.
    pub why: &'static str,
    /// What would do what is meant.
    pub instead: String,
}

impl Finding for RunFileUnused {
    const CODE: &'static Code = hetc_compiler::code!("H0607", "run-file-unused", Warning, "a key of a run file changes nothing");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("`{}` changes nothing: {}", self.key, self.why))
            .label(self.span, "not used")
            .help(self.instead.clone())
    }
}
