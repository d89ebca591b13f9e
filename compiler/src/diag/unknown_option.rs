//! H0104 `unknown-option`: a statement is given an option it does not have.

use super::{Code, Diagnostic, Finding};
use super::suggest::meant;
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
    /// How it is written, if it is no option but words: `ratio 1:1`.
    pub written: Option<String>,
}

impl Finding for UnknownOption {
    const CODE: &'static Code = crate::code!("H0104", "unknown-option", Error, "a statement is given an option it does not have");

    fn diagnose(&self) -> Diagnostic {
        let diagnostic = Diagnostic::new(Self::CODE, format!("`{}` has no option `{}`", self.head, self.name)).label(self.span, "no such option");
        if let Some(written) = &self.written {
            return diagnostic.help(format!("write `{written}`"));
        }
        let near = meant(&self.name, self.known.iter().copied());
        let all = match self.known {
            [] => format!("`{}` has no options", self.head),
            [only] => format!("its only option is `{only}`"),
            known => format!("`{}` has the options {}", self.head, words::code_list(known.iter().copied(), "and")),
        };
        diagnostic.offer(self.span, near.clone()).help_if(near.is_none().then_some(all))
    }
}
