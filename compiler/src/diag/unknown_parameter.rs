//! H0103 `unknown-parameter`: a parameter is given that nothing has.

use super::{Code, Diagnostic, Finding};
use super::suggest::meant;
use super::words;
use hetc_grammar::span::Span;

/// A parameter is given that nothing has.
#[derive(Debug, Clone)]
pub struct UnknownParameter {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// Whose parameter it would be: ``cell `swish` ``.
    pub owner: String,
    /// The parameters there are.
    pub known: Vec<String>,
    /// Where the owner is declared, if the user wrote it.
    pub declared: Option<Span>,
}

impl Finding for UnknownParameter {
    const CODE: &'static Code = crate::code!("H0103", "unknown-parameter", Error, "a parameter is given that nothing has");

    fn diagnose(&self) -> Diagnostic {
        let near = meant(&self.name, self.known.iter().map(String::as_str));
        let known = words::code_list(self.known.iter().map(String::as_str), "and");
        let all = match self.known.len() {
            0 => format!("{} has no parameters", self.owner),
            1 => format!("its only parameter is {known}"),
            _ => format!("its parameters are {known}"),
        };
        Diagnostic::new(Self::CODE, format!("{} has no parameter `{}`", self.owner, self.name))
            .label(self.span, "no such parameter")
            .label_if(self.declared, "declared here")
            .offer(self.span, near.clone())
            .help_if(near.is_none().then_some(all))
    }
}
