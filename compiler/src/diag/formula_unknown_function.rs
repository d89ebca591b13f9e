//! H0502 `formula-unknown-function`: a formula calls a function that does not exist.

use super::{Code, Diagnostic, Finding};
use super::suggest::meant;
use super::words;
use hetc_grammar::span::Span;

/// A formula calls a function that does not exist.
#[derive(Debug, Clone)]
pub struct FormulaUnknownFunction {
    /// The function.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// The functions and cells there are.
    pub known: Vec<String>,
}

impl Finding for FormulaUnknownFunction {
    const CODE: &'static Code = crate::code!("H0502", "formula-unknown-function", Error, "a formula calls a function that does not exist");

    fn diagnose(&self) -> Diagnostic {
        let near = meant(&self.name, self.known.iter().map(String::as_str));
        let functions = crate::formula::lower::function_names();
        let all = format!("functions are {}; every cell can be called too", words::code_list(functions.iter().map(String::as_str), "and"));
        Diagnostic::new(Self::CODE, format!("unknown function `{}`", self.name))
            .label(self.span, "no function or cell has this name")
            .offer(self.span, near.clone())
            .help_if(near.is_none().then_some(all))
    }
}
