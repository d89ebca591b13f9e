//! H0603 `run-file-value`: a key of a run file has a value it cannot have.

use hetc_compiler::diag::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A key of a run file has a value it cannot have.
#[derive(Debug, Clone)]
pub struct RunFileValue {
    /// The key with its table: `train.epochs`.
    pub key: String,
    /// Where the value stands.
    pub span: Span,
    /// What it may be: `a whole number of at least 1`.
    pub expected: String,
    /// What it is: `-3`, `a string`.
    pub found: String,
    /// A value that was probably meant.
    pub near: Option<&'static str>,
}

impl Finding for RunFileValue {
    const CODE: &'static Code = hetc_compiler::code!("H0603", "run-file-value", Error, "a key of a run file has a value it cannot have");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("`{}` must be {}, found {}", self.key, self.expected, self.found))
            .label(self.span, format!("must be {}", self.expected))
            .help_if(self.near.map(|near| format!("a similar value exists: `{near}`")))
    }
}
