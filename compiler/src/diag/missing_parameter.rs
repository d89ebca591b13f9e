//! H0206 `missing-parameter`: a net has a parameter without a default and nobody sets it.

use super::{Code, Diagnostic, Finding};
use hetc_grammar::span::Span;

/// A net has a parameter without a default and nobody sets it.
#[derive(Debug, Clone)]
pub struct MissingParameter {
    /// The network.
    pub net: String,
    /// Its parameter.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
}

impl Finding for MissingParameter {
    const CODE: &'static Code = crate::code!("H0206", "missing-parameter", Error, "a net has a parameter without a default and nobody sets it");

    fn diagnose(&self) -> Diagnostic {
        Diagnostic::new(Self::CODE, format!("parameter `{}` of `{}` has no value", self.name, self.net))
            .label(self.span, "declared without a default")
            .help(format!("give it one here (`{0} = …`), or set it with `--set {0}=…`", self.name))
    }
}
