//! H0604 `run-file-missing`: a run file lacks a key that has no default.

use hetc_compiler::diag::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A run file lacks a key that has no default.
#[derive(Debug, Clone)]
pub struct RunFileMissing {
    /// What the file is: `run file`, `sweep file`.
    pub file: &'static str,
    /// The key with its table: `data.set`.
    pub key: String,
    /// Its table, or the whole file if that is missing too.
    pub span: Span,
    /// How it might be written.
    pub example: &'static str,
}

impl Finding for RunFileMissing {
    const CODE: &'static Code = hetc_compiler::code!("H0604", "run-file-missing", Error, "a run file lacks a key that has no default");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("the {} does not say `{}`", self.file, self.key))
            .label(self.span, "it is missing here")
            .help(format!("add, for example, {}", self.example))
    }
}
