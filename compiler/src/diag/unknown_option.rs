//! H0104 `unknown-option`: a statement is given an option it does not have.

use super::{Code, Diagnostic, Finding};
use super::suggest::similar;
use super::words;
use hetc_grammar::span::Span;

/// A statement is given an option it does not have.
#[derive(Debug, Clone)]
pub struct UnknownOption {
    /// The option.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// The statement.
    pub head: String,
    /// The options the statement has.
    pub known: &'static [&'static str],
}

impl Finding for UnknownOption {
    const CODE: &'static Code = crate::code!("H0104", "unknown-option", Error, "a statement is given an option it does not have");

    fn diagnose(&self) -> Diagnostic {
        let near = similar(&self.name, self.known.iter().copied());
        let all = match self.known {
            [] => format!("`{}` has no options", self.head),
            [only] => format!("its only option is `{only}`"),
            known => format!("`{}` has the options {}", self.head, words::code_list(known.iter().copied(), "and")),
        };
        Diagnostic::new(Self::CODE, format!("`{}` has no option `{}`", self.head, self.name))
            .label(self.span, "no such option")
            .offer(self.span, near)
            .help_if(near.is_none().then_some(all))
    }
}
