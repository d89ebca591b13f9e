//! H0501 `formula-unknown-name`: a formula uses a name that stands for nothing.

use super::{Code, Diagnostic, Finding};
use super::suggest::meant;
use super::words;
use hetc_grammar::span::Span;

/// A formula uses a name that stands for nothing.
#[derive(Debug, Clone)]
pub struct FormulaUnknownName {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// The names there are.
    pub known: Vec<String>,
}

impl Finding for FormulaUnknownName {
    const CODE: &'static Code = crate::code!("H0501", "formula-unknown-name", Error, "a formula uses a name that stands for nothing");

    fn diagnose(&self) -> Diagnostic {
        let near = meant(&self.name, self.known.iter().map(String::as_str));
        let all = format!("this formula knows {}", words::code_list(self.known.iter().map(String::as_str), "and"));
        Diagnostic::new(Self::CODE, format!("unknown name `{}` in a formula", self.name))
            .label(self.span, "stands for nothing")
            .offer(self.span, near.clone())
            .help_if(near.is_none().then_some(all))
            .help_if(near.is_none().then(|| format!("a parameter is declared after the cell's name: `cell NAME({})`", self.name)))
    }
}
