//! H0422 `replacement-does-not-fit`: the network does not hold together with other cells in a place.

use super::{Code, Diagnostic, Finding};
use crate::rewrite::RewriteError;
use hetc_grammar::span::Span;

/// The network does not hold together with other cells in a place.
#[derive(Debug, Clone)]
pub struct ReplacementDoesNotFit {
    /// The `replace` statement.
    pub span: Span,
    /// The network whose cells are replaced.
    pub of: String,
    /// What does not follow.
    pub error: RewriteError,
    /// What asked for that layer.
    pub layer: Option<Span>,
}

impl Finding for ReplacementDoesNotFit {
    const CODE: &'static Code =
        crate::code!("H0422", "replacement-does-not-fit", Error, "the network does not hold together with other cells in a place");

    fn diagnose(&self) -> Diagnostic {
        let place = self.error.layer.as_ref().map_or(String::new(), |layer| format!("at `{layer}`: "));
        Diagnostic::new(Self::CODE, format!("`{}` does not hold together with these cells", self.of))
            .label(self.span, format!("{place}{}", self.error.reason))
            .label_if(self.layer, "this layer does not follow")
            .help("what gives its units to cells of several values gets as many times wider, and everything that reads it must still fit")
    }
}
