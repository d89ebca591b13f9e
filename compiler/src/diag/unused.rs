//! H0106 `unused`: a definition or parameter that nothing uses.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A definition or parameter that nothing uses.
#[derive(Debug, Clone)]
pub struct Unused {
    /// `cell`, `parameter`
    pub what: &'static str,
    /// The name.
    pub name: String,
    /// Where it is defined.
    pub span: Span,
}

impl Finding for Unused {
    const CODE: &'static Code = crate::code!("H0106", "unused", Warning, "a definition or parameter that nothing uses");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("{} `{}` is never used", self.what, self.name)).label(self.span, "defined here, used nowhere").help("remove it, or use it")
    }
}
