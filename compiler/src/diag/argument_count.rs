//! H0201 `argument-count`: a statement or cell has an argument too few or too many.

use super::{Code, Diagnostic, Finding, words};
use hetc_grammar::span::Span;

/// A statement or cell has an argument too few or too many.
#[derive(Debug, Clone)]
pub struct ArgumentCount {
    /// The statement or cell.
    pub head: String,
    /// The extra argument, or the place where one is missing.
    pub span: Span,
    /// What is missing; `None` if there is one too many.
    pub missing: Option<String>,
    /// How the extra argument should be written: `ratio 1:1`.
    pub written: Option<String>,
    /// How it is written.
    pub usage: String,
    /// Where a cell is declared, if the user wrote it.
    pub declared: Option<Span>,
}

impl Finding for ArgumentCount {
    const CODE: &'static Code = crate::code!("H0201", "argument-count", Error, "a statement or cell has an argument too few or too many");

    fn diagnose(&self) -> Diagnostic {
        let (headline, label) = match &self.missing {
            Some(missing) => (format!("`{}` needs {missing}", self.head), format!("needs {missing}")),
            None => (format!("too many arguments for `{}`", self.head), "one argument too many".to_string()),
        };
        Diagnostic::new(Self::CODE, headline)
            .label(self.span, label)
            .label_if(self.declared, "declared here")
            .help_if(self.written.as_ref().map(|written| format!("write `{written}`")))
            .help(words::written(&self.usage))
    }
}
