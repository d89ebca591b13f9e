//! H0102 `unknown-cell`: a name that should be a cell type is none.

use super::{Code, Diagnostic, Finding};
use super::suggest::meant;
use hetc_grammar::span::Span;

/// A name that should be a cell type is none.
#[derive(Debug, Clone)]
pub struct UnknownCell {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// Every cell there is.
    pub known: Vec<String>,
}

impl Finding for UnknownCell {
    const CODE: &'static Code = crate::code!("H0102", "unknown-cell", Error, "a name that should be a cell type is none");

    fn diagnose(&self) -> Diagnostic {
        let near = meant(&self.name, self.known.iter().map(String::as_str));
        let all = near.is_none().then_some("`hetc cells` lists the cell types; `cell NAME = FORMULA` defines one");
        Diagnostic::new(Self::CODE, format!("unknown cell `{}`", self.name)).label(self.span, "no cell type has this name").offer(self.span, near).help_if(all)
    }
}
