//! H0504 `function-arity`: a function in a formula has too few or too many arguments.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A function in a formula has too few or too many arguments.
#[derive(Debug, Clone)]
pub struct FunctionArity {
    /// The function.
    pub name: String,
    /// How many it takes: `at least 2`.
    pub takes: String,
    /// How many there are.
    pub given: usize,
    /// The function.
    pub span: Span,
}

impl Finding for FunctionArity {
    const CODE: &'static Code = crate::code!("H0504", "function-arity", Error, "a function in a formula has too few or too many arguments");

    fn diagnose(&self) -> Diagnostic {
        let noun = if self.takes == "1" { "argument" } else { "arguments" };
        Diagnostic::new(Self::CODE, format!("`{}` takes {} {noun}, found {}", self.name, self.takes, self.given)).label(self.span, format!("takes {} {noun}", self.takes))
    }
}
